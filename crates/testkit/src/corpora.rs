//! Where the real inputs lie, for tests that use them when they are there.

use std::path::{Path, PathBuf};

/// The folder of real inputs: `OVERT_CORPORA`, else `../shared/corpora` beside the workspace. `None`, with a loud notice
/// on stderr, when it is absent.
#[must_use]
#[allow(clippy::print_stderr)]
pub fn corpora() -> Option<PathBuf> {
    let path = std::env::var_os("OVERT_CORPORA").map_or_else(
        || Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpora")).to_owned(),
        PathBuf::from,
    );
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("SKIPPED: corpora not found at {}", path.display());
    None
}

/// Every file under `path`, sorted.
#[must_use]
pub fn files(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|t| t.is_dir()) {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
