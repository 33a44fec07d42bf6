//! Lists every file of the catalogue, sorted, so that the binary carries the knowledge it was built with. The models, most
//! of its bulk, are put into their short form.

use std::path::{Path, PathBuf};
use std::{env, fs};

use toml::de::DeTable;

#[path = "src/model/compact.rs"]
mod compact;

fn main() {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets this")).join("../../catalogue");
    let mut files = Vec::new();
    list(&root, &root, &mut files);
    files.sort();
    let mut text = String::from("pub(crate) static FILES: &[(&str, &str)] = &[\n");
    let (models, files): (Vec<_>, Vec<_>) = files.iter().partition(|(name, _)| name.starts_with("models/"));
    for (name, path) in files {
        let path = fs::canonicalize(path).expect("a file that was just listed");
        text.push_str(&format!("    ({name:?}, include_str!({path:?})),\n"));
    }
    text.push_str("];\n\npub(crate) static MODELS: &[(&str, &str)] = &[\n");
    let models: Vec<String> = models
        .iter()
        .map(|(_, path)| fs::read_to_string(path).expect("a file that was just listed"))
        .collect();
    // A file that is no TOML is left out here and refused by the tests, which say where it is wrong.
    let models: Vec<_> = models.iter().filter_map(|text| DeTable::parse(text).ok()).collect();
    for (class, entries) in compact::compact(models.iter().map(|table| table.get_ref())) {
        text.push_str(&format!("    ({class:?}, {entries:?}),\n"));
    }
    text.push_str("];\n");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets this")).join("files.rs");
    fs::write(out, text).expect("the output folder is writable");
}

fn list(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder).expect("the catalogue is there") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            list(root, &path, files);
        } else if path.extension().is_some_and(|e| e == "toml") {
            let name = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
            println!("cargo::rerun-if-changed={}", path.display());
            files.push((name, path));
        }
    }
}
