//! Where the real inputs are, and a context to open them with.
#![allow(dead_code, clippy::print_stderr, missing_docs)]

use std::path::{Path, PathBuf};

use overt_apk::apk::Apk;
use overt_base::progress::Silent;
use overt_base::{Cancel, Cx, Limits, Locus, Problem, Problems, View};

/// A folder of the real inputs; says loudly when it is not there.
pub fn corpora(folder: &str) -> Option<PathBuf> {
    Some(overt_testkit::corpora::corpora()?.join(folder)).filter(|path| path.is_dir())
}

/// All files below `root` whose name ends so, sorted.
pub fn files(root: &Path, ending: &str) -> Vec<PathBuf> {
    let mut files = overt_testkit::corpora::files(root);
    files.retain(|path| path.to_string_lossy().ends_with(ending));
    files.sort();
    files
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

/// Writes an archive of stored entries.
pub fn archive(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    let put = |out: &mut Vec<u8>, name: &str, data: &[u8], offset: Option<u32>| {
        let mut crc = flate2::Crc::new();
        crc.update(data);
        // Version, flags, method, time and date.
        out.extend([10, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        out.extend(crc.sum().to_le_bytes());
        out.extend((data.len() as u32).to_le_bytes());
        out.extend((data.len() as u32).to_le_bytes());
        out.extend((name.len() as u16).to_le_bytes());
        out.extend([0, 0]);
        if let Some(offset) = offset {
            // Comment length, disk, attributes.
            out.extend([0; 10]);
            out.extend(offset.to_le_bytes());
        }
        out.extend(name.as_bytes());
    };
    for (name, data) in entries {
        let offset = out.len() as u32;
        out.extend(b"PK\x03\x04");
        put(&mut out, name, data, None);
        out.extend(data);
        directory.extend(b"PK\x01\x02\x0a\x00");
        put(&mut directory, name, data, Some(offset));
    }
    let start = out.len() as u32;
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend((entries.len() as u16).to_le_bytes());
    out.extend((entries.len() as u16).to_le_bytes());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

/// The entries of an archive, unfolded.
pub fn entries(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let (apk, _) = open(bytes.to_vec());
    let (list, _) = with_cx(|cx| {
        let archive = apk.archive();
        let read = |entry| archive.read(entry, cx).expect("readable").to_vec();
        archive.entries().iter().map(|entry| (entry.name.clone(), read(entry))).collect()
    });
    list
}
