//! A folder of the host as a container: links are recorded and never followed, and nothing but regular files is opened.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use overt_base::{Cx, Locus, View};

use crate::ReadError;
use crate::formats::Contents;
use crate::member::{Member, Members};

/// Everything below `root`. What cannot be read inside is a problem at `locus`.
///
/// # Errors
/// When `root` itself cannot be listed.
pub fn walk(root: &Path, locus: &Locus, cx: &Cx<'_>) -> io::Result<Members> {
    let mut members = Members::default();
    let mut waiting = vec![(String::new(), root.to_path_buf(), 1usize, list(root)?)];
    let report = |path: &str, code, detail: String, consequence: &str| {
        cx.problems.report(&locus.child(&format!("/{path}")), code, detail, consequence);
    };
    while let Some((path, host, depth, entries)) = waiting.pop() {
        if cx.cancel.is_cancelled() {
            break;
        }
        for (name, kind) in entries {
            if members.files.len().saturating_add(members.directories.len()) >= cx.limits.files {
                let detail = format!("{} files and more", members.files.len());
                report(&path, "container/too-many-files", detail, "the rest of the folder is missing");
                return Ok(members.sorted(locus, cx));
            }
            let text = name.to_string_lossy();
            let below = if path.is_empty() { text.to_string() } else { format!("{path}/{text}") };
            let host_below = host.join(&name);
            if below.len() > cx.limits.path_bytes {
                let detail = format!("{} bytes of path", below.len());
                report(&path, "container/path-too-long", detail, "an entry of this folder is missing");
            } else if kind.is_symlink() {
                match fs::read_link(&host_below) {
                    Ok(target) => {
                        let target = target.to_string_lossy().into_owned();
                        members.files.push(entry(below, 0, Some(target), None));
                    }
                    Err(error) => {
                        report(&below, "folder/unreadable", error.to_string(), "the link is missing")
                    }
                }
            } else if kind.is_dir() {
                members.directories.push(below.clone());
                if depth >= cx.limits.directory_depth {
                    let detail = format!("{depth} levels of folders");
                    report(&below, "container/too-deep", detail, "what lies deeper is missing");
                    continue;
                }
                match list(&host_below) {
                    Ok(entries) => waiting.push((below, host_below, depth.saturating_add(1), entries)),
                    Err(error) => {
                        report(&below, "folder/unreadable", error.to_string(), "what lies in it is missing");
                    }
                }
            } else if kind.is_file() {
                match fs::symlink_metadata(&host_below) {
                    Ok(metadata) => {
                        let contents: Arc<dyn Contents> = Arc::new(HostFile(host_below));
                        members.files.push(entry(below, metadata.len(), None, Some(contents)));
                    }
                    Err(error) => {
                        report(&below, "folder/unreadable", error.to_string(), "the file is missing")
                    }
                }
            }
        }
    }
    Ok(members.sorted(locus, cx))
}

/// The host's modes and owners say nothing about the device.
fn entry(path: String, size: u64, link: Option<String>, contents: Option<Arc<dyn Contents>>) -> Member {
    Member { path, size, mode: None, uid: None, gid: None, link, contents }
}

/// The entries of a folder, sorted, so that a limit cuts at the same place every time.
fn list(folder: &Path) -> io::Result<Vec<(std::ffi::OsString, fs::FileType)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        entries.push((entry.file_name(), entry.file_type()?));
    }
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(entries)
}

/// A regular file of the host, mapped when it is read.
pub(crate) struct HostFile(pub(crate) PathBuf);

impl std::fmt::Debug for HostFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The host's path is nobody's business, not even in a panic message.
        f.write_str("HostFile")
    }
}

impl Contents for HostFile {
    fn read(&self, _: &Cx<'_>) -> Result<View, ReadError> {
        View::map(&self.0).map_err(|error| ReadError::Host(error.to_string()))
    }

    fn is_unfolded(&self) -> bool {
        false
    }
}
