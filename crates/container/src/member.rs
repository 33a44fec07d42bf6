//! The files of one container, before anybody asked where they lie on the device.

use std::sync::Arc;

use overt_base::{Cx, Locus};

use crate::formats::Contents;

/// A regular file or symbolic link.
#[derive(Clone, Debug)]
pub struct Member {
    /// Path inside the container: no leading slash, no empty, `.` or `..` component.
    pub path: String,
    /// Length in bytes as the container says; 0 for links.
    pub size: u64,
    /// Permissions with the set-id bits, where the container's are the device's.
    pub mode: Option<u16>,
    /// Owner.
    pub uid: Option<u32>,
    /// Group.
    pub gid: Option<u32>,
    /// Target of a symbolic link.
    pub link: Option<String>,
    /// The bytes; `None` for links.
    pub contents: Option<Arc<dyn Contents>>,
}

/// All files and directories of one container.
#[derive(Clone, Debug, Default)]
pub struct Members {
    /// Files and links, sorted by path, each path once.
    pub files: Vec<Member>,
    /// Paths of directories, sorted.
    pub directories: Vec<String>,
}

impl Members {
    /// Sorts; of two members with one path the first stays, and the other is reported at `locus`.
    #[must_use]
    pub fn sorted(mut self, locus: &Locus, cx: &Cx<'_>) -> Members {
        self.directories.sort();
        self.directories.dedup();
        self.files.sort_by(|one, other| one.path.cmp(&other.path));
        self.files.dedup_by(|later, first| {
            let same = later.path == first.path;
            if same {
                let detail =
                    format!("{:?} is there twice ({} and {} bytes)", first.path, first.size, later.size);
                cx.problems.report(locus, "container/duplicate-path", detail, "the first was used");
            }
            same
        });
        self
    }
}

/// `raw` as a path that cannot leave its root: `/`-separated, without empty and `.` components, and without `..`,
/// which is dropped. The flag says whether something was dropped that could have led elsewhere.
#[must_use]
pub fn safe_path(raw: &str) -> (String, bool) {
    let unsafe_start = raw.starts_with('/');
    let mut dropped = unsafe_start;
    let mut path = String::with_capacity(raw.len());
    for part in raw.split('/') {
        match part {
            "" | "." => {}
            ".." => dropped = true,
            part => {
                if !path.is_empty() {
                    path.push('/');
                }
                path.push_str(part);
            }
        }
    }
    (path, dropped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        for (raw, safe, dropped) in [
            ("system/app/X.apk", "system/app/X.apk", false),
            ("./system//app/", "system/app", false),
            ("/system/app", "system/app", true),
            ("../../etc/passwd", "etc/passwd", true),
            ("a/../../b", "a/b", true),
            ("..", "", true),
        ] {
            assert_eq!(safe_path(raw), (safe.to_string(), dropped), "{raw}");
        }
    }
}
