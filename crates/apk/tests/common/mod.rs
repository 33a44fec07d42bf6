//! Where the real inputs are, and a context to open them with.
#![allow(dead_code, clippy::print_stderr, missing_docs)]

use std::path::{Path, PathBuf};

use overt_apk::apk::Apk;
use overt_base::progress::Silent;
use overt_base::{Cancel, Cx, Limits, Locus, Problem, Problems, View};

/// The folder of real inputs; says loudly when it is not there.
pub fn corpora(folder: &str) -> Option<PathBuf> {
    let root = std::env::var_os("OVERT_CORPORA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpora")),
        PathBuf::from,
    );
    let path = root.join(folder);
    if !path.is_dir() {
        eprintln!("SKIPPED: corpora not found ({folder})");
        return None;
    }
    Some(path)
}

/// All files below `root` whose name ends so, sorted.
pub fn files(root: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(path),
                Ok(kind) if kind.is_file() && path.to_string_lossy().ends_with(ending) => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// Runs `work` with a context and gives its result and the problems.
pub fn with_cx<T>(work: impl FnOnce(&Cx<'_>) -> T) -> (T, Vec<Problem>) {
    let (limits, problems, cancel) = (Limits::default(), Problems::new(20), Cancel::default());
    let result = work(&Cx { limits: &limits, problems: &problems, progress: &Silent, cancel: &cancel });
    (result, problems.into_sorted())
}

/// Opens an archive that must be one.
pub fn open(bytes: Vec<u8>) -> (Apk, Vec<Problem>) {
    with_cx(|cx| Apk::open(View::from_vec(bytes), &Locus::input(), cx).expect("an archive"))
}
