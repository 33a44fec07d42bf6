//! The container must not matter: one small firmware tree as folder, archive, file systems and partitioned image gives the
//! same packages and findings. Only the loci differ, as they name the whole chain from the input.
#![allow(missing_docs, clippy::print_stderr)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use overt_base::{Cancel, Cx, Limits, Problems, progress::Silent};
use overt_testkit::fixture::samples_folder;
use overt_testkit::image_builder::zip::{ZipBuilder, ZipFile};
use serde_json::Value;

fn scan(input: &Path) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_overt"))
        .arg("scan")
        .arg(input)
        .args(["--no-store", "--json"])
        .output()
        .expect("the binary runs");
    assert!(matches!(output.status.code(), Some(0 | 1 | 4)), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("a record")
}

/// Packages and findings as text, each locus cut to what lies behind the container: the device path and inner files.
fn essence(record: &Value) -> String {
    let mut parts = record.clone();
    for list in ["findings", "dead"] {
        for finding in parts[list].as_array_mut().into_iter().flatten() {
            for evidence in finding["evidence"].as_array_mut().into_iter().flatten() {
                let locus = evidence["locus"].as_str().unwrap_or_default();
                let inner: Vec<&str> = locus.split('!').filter(|step| !step.starts_with('/')).collect();
                evidence["locus"] = Value::from((*inner.last().unwrap_or(&"")).to_owned());
            }
        }
    }
    serde_json::to_string_pretty(&(&parts["packages"], &parts["findings"], &parts["dead"])).expect("JSON")
}

/// Writes the files of the sample image below `folder` and gives their relative paths with the bytes.
fn unpack(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let limits = Limits::default();
    let (problems, cancel) = (Problems::new(10), Cancel::default());
    let cx = Cx { limits: &limits, problems: &problems, progress: &Silent, cancel: &cancel };
    let tree = overt_container::open(&samples_folder().join("firmware.img"), &cx).expect("the sample opens");
    let mut all = Vec::new();
    for file in tree.files().iter().filter(|file| file.link.is_none()) {
        let bytes = file.read(&cx).expect("readable").to_vec();
        let relative = file.path.trim_start_matches('/').to_owned();
        let target = folder.join(&relative);
        fs::create_dir_all(target.parent().expect("a parent")).expect("a folder");
        fs::write(&target, &bytes).expect("written");
        all.push((relative, bytes));
    }
    all
}

/// Runs a tool that makes an image; `None`, loudly, where it is not installed.
fn made(program: &str, arguments: &[&str], image: PathBuf) -> Option<PathBuf> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => {
            assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
            Some(image)
        }
        Err(error) => {
            eprintln!("SKIPPED: {program} is not installed ({error}); this container is not compared");
            None
        }
    }
}

#[test]
fn the_container_does_not_matter() {
    let work = tempfile::tempdir().expect("a folder");
    let at = |name: &str| work.path().join(name);
    let text = |path: &Path| path.to_str().expect("a plain path").to_owned();
    let folder = at("tree");
    let files = unpack(&folder);
    let mut inputs = vec![samples_folder().join("firmware.img"), folder.clone()];
    let members = files.iter().map(|(path, bytes)| ZipFile::deflated(path, bytes)).collect();
    fs::write(at("tree.zip"), ZipBuilder::of(members).build()).expect("written");
    inputs.push(at("tree.zip"));

    let (tree, ext4, sparse) = (text(&folder), text(&at("tree.ext4")), text(&at("tree.simg")));
    inputs.extend(made("mkfs.ext4", &["-q", "-d", &tree, &ext4, "16M"], at("tree.ext4")));
    if at("tree.ext4").exists() {
        inputs.extend(made("img2simg", &[&ext4, &sparse], at("tree.simg")));
    }
    let plain = text(&at("plain.erofs"));
    inputs.extend(made("mkfs.erofs", &["--quiet", &plain, &tree], at("plain.erofs")));
    let packed = text(&at("lz4.erofs"));
    inputs.extend(made("mkfs.erofs", &["--quiet", "-zlz4hc", &packed, &tree], at("lz4.erofs")));

    let first = essence(&scan(&inputs[0]));
    for input in &inputs {
        let other = essence(&scan(input));
        assert!(first == other, "{} differs from {}", input.display(), inputs[0].display());
    }
    eprintln!("{} containers agree", inputs.len());
}
