//! Images as they are sent: packed, in tape archives, packed in tape archives.

mod support;

use std::fs;
use std::path::Path;

use overt_base::{Limits, View};
use overt_testkit::image_builder::sparse::SparseBuilder;
use overt_testkit::image_builder::tar::{TarBuilder, TarFile};
use overt_testkit::image_builder::zip::{ZipBuilder, ZipFile};
use support::{
    below, codes, expected, fixture, noise, open_bytes, piped, sample, summary, summary_of, with_limits,
    write,
};

const NONE: [&str; 0] = [];

/// Name of the packed file, program, arguments.
const PACKERS: &[(&str, &str, &[&str])] = &[
    ("system.img.gz", "gzip", &["-9"]),
    ("system.img.bz2", "bzip2", &["-9"]),
    ("system.img.bz2", "bzip2", &["-1"]),
    ("system.img.xz", "xz", &["-1"]),
    ("system.img.xz", "xz", &["--x86", "--lzma2=preset=3", "--block-size=65536"]),
    ("system.img.zst", "zstd", &["-3"]),
    ("system.img.zst", "zstd", &["--ultra", "-20", "--long=27"]),
    ("system.img.lz4", "lz4", &["-B4"]),
    ("system.img.lz4", "lz4", &["-B4", "-BD", "--content-size"]),
    ("system.img.lz4", "lz4", &["-B5", "-BX", "--content-size"]),
    ("system.img.lz4", "lz4", &["-l"]),
    ("system.img.br", "brotli", &["-c", "-q", "5"]),
];

#[test]
fn images_packed_by_the_usual_programs_hold_the_sample() {
    let system = expected(&below("system/", &sample()));
    for image in ["ext4/ok-ext4.img", "erofs/ok-lz4.img"] {
        let raw = fixture(image);
        for (name, program, arguments) in PACKERS {
            let Some(packed) = piped(program, arguments, &raw) else { continue };
            let what = format!("{image} by {program} {arguments:?}");
            assert_eq!(summary_of(packed.clone(), name), (system.clone(), NONE.to_vec()), "{what}");
            // Two streams one after another are one file; brotli knows no second one, and legacy lz4 no short block
            // before the last.
            if !matches!((*program, *arguments), ("brotli", _) | ("lz4", ["-l"])) {
                let (first, second) = raw.split_at(raw.len() / 3);
                let twice = [first, second].map(|half| piped(program, arguments, half).expect("is there"));
                assert_eq!(summary_of(twice.concat(), name), (system.clone(), NONE.to_vec()), "twice {what}");
            }
            let zip = ZipBuilder::of(vec![ZipFile::stored(name, &packed)]).build();
            assert_eq!(summary_of(zip, "x.zip"), (system.clone(), NONE.to_vec()), "zip of {what}");
        }
    }
}

#[test]
fn large_images_are_read_block_by_block() {
    // 9 MiB of which every other mebibyte is noise: several blocks in each format.
    let mut raw = Vec::new();
    for step in 0..9u64 {
        raw.extend(if step % 2 == 0 { noise(1 << 20, step + 1) } else { vec![step as u8; 1 << 20] });
    }
    for (name, program, arguments) in PACKERS {
        let Some(packed) = piped(program, arguments, &raw) else { continue };
        // Inside a ZIP archive nothing else says what it is: the bytes that come out are looked at alone.
        let name = name.replace("system.img", "noise.apk");
        let tar = TarBuilder::of(vec![TarFile::of("a.apk", &raw)]).build();
        let tarred = piped(program, arguments, &tar).expect("is there");
        drop(packed);
        let (tree, problems) = open_bytes(tarred, &name.replace("apk", "tar"));
        assert_eq!(codes(&problems), NONE, "{program} {arguments:?}");
        let tree = tree.expect("opens");
        let read = support::with_cx(|cx| tree.files()[0].read(cx).expect("readable")).0;
        assert!(*read == *raw, "{program} {arguments:?}");
    }
}

#[test]
fn what_breaks_off_is_used_as_far_as_it_goes() {
    let raw = fixture("erofs/ok-plain.img");
    for (name, program, arguments) in PACKERS {
        let Some(packed) = piped(program, arguments, &raw) else { continue };
        for end in (0..packed.len()).step_by(packed.len() / 60 + 1) {
            let (tree, problems) = open_bytes(packed[..end].to_vec(), name);
            assert!(tree.is_err() || !problems.is_empty(), "{name} to {end}: nothing was said");
        }
        // A flipped byte is found by a checksum, breaks the image, or lies where it does no harm: never a panic.
        for at in (0..packed.len()).step_by(packed.len() / 60 + 1) {
            let mut bytes = packed.clone();
            bytes[at] ^= 0x55;
            let (tree, _) = open_bytes(bytes, name);
            if let Ok(tree) = tree {
                support::with_cx(|cx| tree.files().iter().for_each(|file| drop(file.read(cx))));
            }
        }
    }
}

#[test]
fn bombs_end_at_the_limit() {
    let limits =
        Limits { unfolded_memory_bytes: 1 << 20, unfolded_archive_bytes: 16 << 20, ..Limits::default() };
    for (name, program, arguments) in PACKERS {
        for (fill, says) in [(0u8, "unfolded_archive_bytes"), (7, "unfolded_memory_bytes")] {
            let Some(packed) = piped(program, arguments, &vec![fill; 40 << 20]) else { continue };
            let (_, problems) = with_limits(&limits, |cx| {
                overt_container::open_bytes(View::from_vec(packed), name, cx).map(drop)
            });
            // Blocks of lz4 are not unfolded before they are wanted.
            let lazy = *program == "lz4" && !arguments.contains(&"-BD");
            let said = problems.iter().any(|problem| problem.detail.contains(says));
            assert!(said != lazy, "{name} {arguments:?}: {problems:?}");
        }
    }
}

#[test]
fn packed_packages_and_logs() {
    let apk = ZipBuilder::of(vec![ZipFile::deflated("AndroidManifest.xml", &[3, 0, 8, 0])]).build();
    if let Some(packed) = piped("gzip", &["-n"], &apk) {
        let (tree, _) = open_bytes(packed.clone(), "x.apk.gz");
        let tree = tree.expect("opens");
        assert_eq!((tree.files()[0].path.as_str(), tree.files()[0].size), ("/input.apk", apk.len() as u64));
        let log = piped("gzip", &["-n"], b"a log\n").expect("is there");
        let image = piped("gzip", &["-n"], b"no image at all").expect("is there");
        let zip = ZipBuilder::of(vec![
            ZipFile::stored("a/system.img", &fixture("erofs/ok-plain.img")),
            ZipFile::stored("a/kernel.log.gz", &log),
            ZipFile::stored("a/modem.img.gz", &image),
        ])
        .build();
        let (tree, problems) = open_bytes(zip, "x.zip");
        let tree = tree.expect("opens");
        assert!(tree.files().iter().any(|file| file.path.ends_with("kernel.log.gz")));
        assert_eq!(tree.unopened.len(), 1);
        assert_eq!(tree.unopened[0].reason, "inside gzip: no known format");
        assert_eq!(codes(&problems), NONE);
    }
}

#[test]
fn tape_archives_of_all_makers_hold_the_sample() {
    let folder = tempfile::tempdir().expect("writable");
    let tree = folder.path().join("tree/dump");
    let long = format!("system/etc/{}/{}", "long".repeat(40), "name".repeat(30));
    let mut files = below("system/", &sample());
    files.push((long, support::Node::File(b"far".to_vec())));
    files.sort_by(|one, other| one.0.cmp(&other.0));
    write(&files, &tree);
    let wanted = expected(&files);
    for format in ["gnu", "pax", "posix"] {
        let out = folder.path().join("out.tar");
        let root = folder.path().join("tree");
        let arguments = ["--format", format, "-C", path(&root), "-cf", path(&out), "dump"];
        if support::run("tar", &arguments) {
            let mut bytes = fs::read(&out).expect("readable");
            assert_eq!(summary_of(bytes.clone(), "x.tar"), (wanted.clone(), NONE.to_vec()), "{format}");
            bytes.extend(b"0123456789abcdef0123456789abcdef  x.tar\n");
            assert_eq!(summary_of(bytes, "x.tar.md5"), (wanted.clone(), NONE.to_vec()), "{format}");
        }
    }
    let short = below("system/", &sample());
    let built = short.iter().map(|(path, node)| match node {
        support::Node::File(bytes) => TarFile::of(path, bytes),
        support::Node::Link(target) => TarFile::link(path, target),
    });
    let mut builder = TarBuilder::of(built.collect());
    assert_eq!(summary_of(builder.build(), "x.tar"), (expected(&short), NONE.to_vec()));
    builder.v7 = true;
    assert_eq!(summary_of(builder.build(), "x.tar"), (expected(&short), NONE.to_vec()));
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn a_maker_s_package_of_packed_sparse_images() {
    let sparse = SparseBuilder::from_raw(&fixture("ext4/ok-ext4.img")).build();
    let Some(packed) = piped("lz4", &["-B6", "--content-size"], &sparse) else { return };
    let tar = TarBuilder::of(vec![
        TarFile::of("boot.img.lz4", &piped("lz4", &[], b"ANDROID! and so on").expect("is there")),
        TarFile::of("meta-data/fota.zip", &ZipBuilder::of(vec![ZipFile::stored("a", b"b")]).build()),
        TarFile::of("system.img.ext4.lz4", &packed),
    ]);
    let mut bytes = tar.build();
    bytes.extend(b"0123456789abcdef0123456789abcdef  AP_X.tar\n");
    let (tree, problems) = open_bytes(bytes, "AP_X.tar.md5");
    let tree = tree.expect("opens");
    let (all, _) = support::with_cx(|cx| summary(&tree, cx));
    let system: Vec<_> = all.into_iter().filter(|file| file.0.starts_with("/system/")).collect();
    assert_eq!(system, expected(&below("system/", &sample())));
    assert_eq!(codes(&problems), NONE);
    let file = tree.get("/system/build.prop").expect("there");
    assert_eq!(file.locus.to_string(), "input!/system.img.ext4.lz4!/build.prop");
}

#[test]
fn tape_archives_that_lie_are_reported() {
    let of = |files: Vec<TarFile>| TarBuilder::of(files).build();
    let (tree, problems) = open_bytes(of(vec![TarFile::of("../../a/b", b"x"), TarFile::of("/c", b"y")]), "x");
    let paths: Vec<_> = tree.expect("opens").files().iter().map(|file| file.path.clone()).collect();
    assert_eq!(paths, ["/a/b", "/c"]);
    assert_eq!(codes(&problems), NONE);
    let (tree, problems) = open_bytes(of(vec![TarFile::of("a", b"old"), TarFile::of("a", b"newer")]), "x");
    assert_eq!(tree.expect("opens").files()[0].size, 5, "who unpacks ends with the last");
    assert_eq!(codes(&problems), ["container/duplicate-path"]);
    let huge = TarFile { size: Some(u64::MAX / 2), ..TarFile::of("a", b"x") };
    let (tree, problems) = open_bytes(of(vec![huge]), "x");
    assert!(support::with_cx(|cx| tree.expect("opens").files()[0].read(cx).is_err()).0);
    assert_eq!(codes(&problems), ["tar/cut"]);
    let (tree, problems) = open_bytes(of(vec![TarFile::hard("a", "b"), TarFile::of("c", b"x")]), "x");
    assert_eq!(tree.expect("opens").files().len(), 1);
    assert_eq!(codes(&problems), ["tar/hard-link"]);
    let whole = of(vec![TarFile::of("a", &[1; 600]), TarFile::hard("b", "a"), TarFile::link("c", "a")]);
    for end in 0..whole.len() {
        let (tree, problems) = open_bytes(whole[..end].to_vec(), "x.tar");
        let read = support::with_cx(|cx| {
            tree.map(|tree| tree.files().iter().filter(|file| file.read(cx).is_ok()).count())
        });
        assert!(end >= 2048 || read.0.is_err() || !problems.is_empty() || end % 512 == 0, "{end}");
    }
}

/// These need no tool to be there.
#[test]
fn committed_samples_hold_the_same() {
    let files = |name: &str| {
        let (tree, problems) = open_bytes(fixture(&format!("packed/{name}")), name);
        assert_eq!(codes(&problems), NONE, "{name}");
        support::with_cx(|cx| summary(&tree.unwrap_or_else(|error| panic!("{name}: {error}")), cx)).0
    };
    let wanted = files("sample.cpio");
    assert_eq!(wanted.len(), 4);
    for name in [
        "sample-boot-3.img",
        "sample-boot.img",
        "sample-legacy.cpio.lz4",
        "sample.cpio.br",
        "sample.cpio.bz2",
        "sample.cpio.gz",
        "sample.cpio.lz4",
        "sample.cpio.xz",
        "sample.cpio.zst",
        "sample.tar",
    ] {
        assert_eq!(files(name), wanted, "{name}");
    }
}
