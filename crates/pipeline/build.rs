//! Names the engine by its own sources, so that nothing that another engine found out is ever taken for its own.

use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    collect(&crates, 0, &mut files);
    files.push(crates.join("../Cargo.lock"));
    files.sort();
    // FNV-1a with 128 bits: nobody attacks a build of their own.
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    let mut add = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    };
    for file in &files {
        println!("cargo:rerun-if-changed={}", file.display());
        add(file.file_name().map(|name| name.as_encoded_bytes()).unwrap_or_default());
        add(&fs::read(file).unwrap_or_default());
    }
    println!("cargo:rustc-env=OVERT_ENGINE_SOURCES={hash:032x}");
}

/// The Rust files of all crates that take part in analysis: those below `src`.
fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    const APART: &[&str] = &["cli", "store", "report", "testkit", "tests"];
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            let apart = APART.iter().any(|one| name == *one);
            if !apart && (depth != 1 || name == "src") {
                println!("cargo:rerun-if-changed={}", path.display());
                collect(&path, depth + 1, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}
