//! What the tests of this crate share: a context, a small tree, and the tree in every container.
#![allow(dead_code, unreachable_pub, clippy::print_stderr)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use overt_base::{Cancel, Cx, Digest, Limits, Problem, Problems, View, progress::Silent};
use overt_container::{DeviceTree, OpenError};
use overt_testkit::image_builder::zip::{ZipBuilder, ZipFile};

/// Runs `body` with a fresh context and returns what it answered and the problems it met.
pub fn with_limits<T>(limits: &Limits, body: impl FnOnce(&Cx<'_>) -> T) -> (T, Vec<Problem>) {
    let problems = Problems::new(limits.problems_per_code);
    let cancel = Cancel::default();
    let answer = body(&Cx { limits, problems: &problems, progress: &Silent, cancel: &cancel });
    (answer, problems.into_sorted())
}

pub fn with_cx<T>(body: impl FnOnce(&Cx<'_>) -> T) -> (T, Vec<Problem>) {
    with_limits(&Limits::default(), body)
}

pub fn codes(problems: &[Problem]) -> Vec<&'static str> {
    problems.iter().map(|problem| problem.code).collect()
}

/// A file's path, its bytes, or where it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    File(Vec<u8>),
    Link(&'static str),
}

pub type Tree = Vec<(String, Node)>;

/// Bytes that do not compress, the same every time.
pub fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        })
        .collect()
}

/// The content of a small system partition, sorted by path.
pub fn sample() -> Tree {
    let file = |path: &str, bytes: &[u8]| (path.to_string(), Node::File(bytes.to_vec()));
    let apk = ZipBuilder::of(vec![
        ZipFile::deflated("AndroidManifest.xml", &[3, 0, 8, 0, 0, 0, 0, 0]),
        ZipFile::deflated("classes.dex", &noise(1000, 7)),
    ])
    .build();
    let props = "ro.build.version.sdk=23\nro.build.id=TEST\n";
    let text: String = (0..500).map(|line| format!("line {line} compresses\n")).collect();
    let mut tree = vec![
        file("app/Sample App/Sample App.apk", &apk),
        file("app/Sample App/oat/arm64/Sample App.odex", &noise(1000, 1)),
        file("build.prop", props.as_bytes()),
        file("etc/empty", b""),
        file("etc/permissions/platform.xml", b"<permissions/>\n"),
        file("etc/text.txt", text.as_bytes()),
        file("framework/\u{e4}\u{4e2d}.jar", &noise(1023, 2)),
        file("lib/libx.so", &noise(4096, 3)),
        file("lib/liby.so", &noise(4097, 4)),
        ("bin/sh".to_string(), Node::Link("mksh")),
        file("bin/mksh", &noise(100, 5)),
        (
            "bin/a-link-with-a-target-that-does-not-fit-into-an-inode".to_string(),
            Node::Link("../a/target/that/is/longer/than/sixty/bytes/and/therefore/lies/in/a/block"),
        ),
    ];
    tree.sort_by(|one, other| one.0.cmp(&other.0));
    tree
}

/// The tree below a directory.
pub fn below(directory: &str, tree: &Tree) -> Tree {
    tree.iter().map(|(path, node)| (format!("{directory}{path}"), node.clone())).collect()
}

/// Path, digest of the bytes, target: what must be the same whatever the container.
pub type Summary = Vec<(String, String, Option<String>)>;

pub fn expected(tree: &Tree) -> Summary {
    let mut out: Summary = tree
        .iter()
        .map(|(path, node)| match node {
            Node::File(bytes) => (format!("/{path}"), Digest::of(bytes).to_string(), None),
            Node::Link(target) => (format!("/{path}"), String::new(), Some((*target).to_string())),
        })
        .collect();
    out.sort();
    out
}

pub fn summary(tree: &DeviceTree, cx: &Cx<'_>) -> Summary {
    tree.files()
        .iter()
        .map(|file| match &file.link {
            Some(target) => (file.path.clone(), String::new(), Some(target.clone())),
            None => {
                let view = file.read(cx).unwrap_or_else(|error| panic!("{}: {error}", file.path));
                assert_eq!(view.len() as u64, file.size, "{}", file.path);
                (file.path.clone(), Digest::of(&view).to_string(), None)
            }
        })
        .collect()
}

pub fn open_bytes(bytes: Vec<u8>, name: &str) -> (Result<DeviceTree, OpenError>, Vec<Problem>) {
    with_cx(|cx| overt_container::open_bytes(View::from_vec(bytes), name, cx))
}

/// The summary of an image or archive, and the problems' codes.
pub fn summary_of(bytes: Vec<u8>, name: &str) -> (Summary, Vec<&'static str>) {
    let (summary, problems) = with_cx(|cx| {
        let tree = overt_container::open_bytes(View::from_vec(bytes), name, cx).expect("opens");
        summary(&tree, cx)
    });
    (summary, codes(&problems))
}

pub fn summary_of_path(path: &Path) -> (Summary, Vec<&'static str>) {
    let (summary, problems) = with_cx(|cx| {
        let tree = overt_container::open(path, cx).expect("opens");
        summary(&tree, cx)
    });
    (summary, codes(&problems))
}

/// Writes the tree into a folder of the host.
pub fn write(tree: &Tree, folder: &Path) {
    for (path, node) in tree {
        let host = folder.join(path);
        fs::create_dir_all(host.parent().expect("has one")).expect("writable");
        match node {
            Node::File(bytes) => fs::write(host, bytes).expect("writable"),
            Node::Link(target) => std::os::unix::fs::symlink(target, host).expect("writable"),
        }
    }
}

/// The tree as a ZIP archive; links are kept as `zip -y` does.
pub fn zipped(tree: &Tree) -> ZipBuilder {
    ZipBuilder::of(
        tree.iter()
            .map(|(path, node)| match node {
                Node::File(bytes) if bytes.len() % 2 == 0 => ZipFile::stored(path, bytes),
                Node::File(bytes) => ZipFile::deflated(path, bytes),
                Node::Link(target) => {
                    ZipFile { unix_mode: 0o120_777, ..ZipFile::stored(path, target.as_bytes()) }
                }
            })
            .collect(),
    )
}

/// Runs a program, or says loudly that it is not there.
pub fn run(program: &str, arguments: &[&str]) -> bool {
    match Command::new(program).args(arguments).output() {
        Ok(output) => {
            assert!(
                output.status.success(),
                "{program} {arguments:?}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            true
        }
        Err(_) => {
            eprintln!("SKIPPED: {program} not found");
            false
        }
    }
}

/// What a program makes of bytes on its standard input, or a loud notice that it is not there.
pub fn piped(program: &str, arguments: &[&str], bytes: &[u8]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().expect("writable");
    let input = folder.path().join("input");
    fs::write(&input, bytes).expect("writable");
    let stdin = fs::File::open(&input).expect("readable");
    let output = Command::new(program).args(arguments).stdin(stdin).stderr(Stdio::piped()).output();
    let Ok(output) = output else {
        eprintln!("SKIPPED: {program} not found");
        return None;
    };
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    Some(output.stdout)
}

/// A committed image.
pub fn fixture(path: &str) -> Vec<u8> {
    let path = fixtures().join(path);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/bytes")
}

/// The folder of real inputs, or a loud notice that it is not there.
pub fn corpora() -> Option<PathBuf> {
    let folder = std::env::var_os("OVERT_CORPORA").map_or_else(
        || Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpora")).to_path_buf(),
        PathBuf::from,
    );
    if folder.is_dir() {
        Some(folder)
    } else {
        eprintln!("SKIPPED: corpora not found");
        None
    }
}
