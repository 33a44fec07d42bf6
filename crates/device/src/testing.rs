//! What the tests of this crate share: a context of their own, and files from text.

use std::path::PathBuf;

use overt_base::progress::Silent;
use overt_base::{Cancel, Cx, Limits, Locus, Problem, Problems};

use crate::file::{File, Files};

pub(crate) struct Context {
    limits: Limits,
    problems: Problems,
    progress: Silent,
    cancel: Cancel,
}

impl Context {
    pub(crate) fn new() -> Context {
        Context::with(Limits::default())
    }

    pub(crate) fn with(limits: Limits) -> Context {
        let problems = Problems::new(limits.problems_per_code);
        Context { limits, problems, progress: Silent, cancel: Cancel::default() }
    }

    pub(crate) fn cx(&self) -> Cx<'_> {
        Cx { limits: &self.limits, problems: &self.problems, progress: &self.progress, cancel: &self.cancel }
    }

    pub(crate) fn problems(self) -> Vec<Problem> {
        self.problems.into_sorted()
    }
}

pub(crate) fn files<'a>(list: &[(&'a str, &'a str)]) -> Files<'a> {
    Files::new(list.iter().map(|(path, text)| File {
        path,
        bytes: text.as_bytes(),
        locus: Locus::input().child(path),
        mode: None,
    }))
}

/// The folder of real inputs, or `None` after saying loudly that it is absent.
pub(crate) fn corpora() -> Option<PathBuf> {
    let path = std::env::var_os("OVERT_CORPORA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpora")),
        PathBuf::from,
    );
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("SKIPPED: corpora not found at {}", path.display());
    None
}

/// Every file under a corpus folder as it would lie on the device: the ramdisk at the root, a system-as-root image unfolded.
pub(crate) fn corpus(name: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let root = corpora()?.join(name);
    let mut out = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a readable corpus") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let inside = path.strip_prefix(&root).expect("below the root").to_str().expect("UTF-8");
            let device = inside
                .strip_prefix("boot/ramdisk/")
                .map(str::to_owned)
                .or_else(|| inside.strip_prefix("system/system/").map(|rest| format!("system/{rest}")))
                .unwrap_or_else(|| inside.to_owned());
            out.push((format!("/{device}"), std::fs::read(&path).expect("a readable file")));
        }
    }
    out.sort();
    Some(out)
}

pub(crate) fn corpus_files(list: &[(String, Vec<u8>)]) -> Files<'_> {
    Files::new(list.iter().map(|(path, bytes)| File {
        path,
        bytes,
        locus: Locus::input().child(path),
        mode: None,
    }))
}
