//! The device's files, whatever container they came in.

use std::sync::Arc;

use overt_base::{Cx, Locus, View};

use crate::ReadError;
use crate::formats::Contents;
use crate::listing::Listing;
use crate::unfold::Unopened;

/// One file or symbolic link of the device.
#[derive(Clone, Debug)]
pub struct DeviceFile {
    /// Where it lies on the device, such as `/system/app/X/X.apk`.
    pub path: String,
    /// The partition: `system`, `vendor`, `product` …; `root` for the ramdisk or the root of a system-as-root image;
    /// `unknown` where nothing tells.
    pub partition: &'static str,
    /// The whole chain from the input, such as `input!super!system_a!/app/X/X.apk`.
    pub locus: Locus,
    /// Length in bytes; 0 for links.
    pub size: u64,
    /// Permissions with the set-id bits. Folders and archives do not tell: theirs are the host's.
    pub mode: Option<u16>,
    /// Owner.
    pub uid: Option<u32>,
    /// Group.
    pub gid: Option<u32>,
    /// Target of a symbolic link, as it stands there.
    pub link: Option<String>,
    pub(crate) contents: Option<Arc<dyn Contents>>,
}

impl DeviceFile {
    /// The bytes: a slice of the input where they lie in one piece, else read into memory.
    ///
    /// # Errors
    /// When they are not there, are malformed, or exceed a limit; [`ReadError::NotAFile`] for links.
    pub fn read(&self, cx: &Cx<'_>) -> Result<View, ReadError> {
        self.contents.as_ref().ok_or(ReadError::NotAFile)?.read(cx)
    }
}

/// A file that the build had and the input has not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// Where it lay on the device.
    pub path: String,
    /// Its size, where the listing tells.
    pub size: Option<u64>,
    /// How that is known.
    pub why: String,
}

/// All files of the input by their place on the device.
#[derive(Clone, Debug, Default)]
pub struct DeviceTree {
    /// Sorted by path, each path once.
    pub(crate) files: Vec<DeviceFile>,
    /// What the dump had when it was made, if a listing came with it. Without one, completeness is unknown.
    pub listing: Option<Listing>,
    /// Listed files that are not there, and files of which only pieces are; sorted.
    pub missing: Vec<Missing>,
    /// What may be a container and could not be opened, and pieces that could not be joined; sorted by locus.
    pub unopened: Vec<Unopened>,
}

/// Links that lead through more links than this lead nowhere (`MAXSYMLINKS`).
const MOST_LINKS: usize = 40;

impl DeviceTree {
    /// All files and links, sorted by path.
    #[must_use]
    pub fn files(&self) -> &[DeviceFile] {
        &self.files
    }

    /// The file or link at a device path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&DeviceFile> {
        let index = self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
        self.files.get(index)
    }

    /// The files and links below a directory, given with its final slash.
    pub fn below<'a>(&'a self, directory: &'a str) -> impl Iterator<Item = &'a DeviceFile> + 'a {
        let start = self.files.partition_point(|file| file.path.as_str() < directory);
        self.files.iter().skip(start).take_while(move |file| file.path.starts_with(directory))
    }

    /// The regular file at a device path, links followed inside the tree.
    #[must_use]
    pub fn resolve(&self, path: &str) -> Option<&DeviceFile> {
        let mut path = path.to_string();
        for _ in 0..MOST_LINKS {
            if let Some(file) = self.get(&path) {
                match &file.link {
                    None => return Some(file),
                    Some(target) => path = joined(parent(&path), target),
                }
                continue;
            }
            // A directory on the way may be a link.
            let through = path.match_indices('/').skip(1).find_map(|(at, _)| {
                let (directory, rest) = path.split_at_checked(at)?;
                let target = self.get(directory)?.link.as_ref()?;
                Some(joined(&joined(parent(directory), target), rest.trim_start_matches('/')))
            });
            path = through?;
        }
        None
    }

    /// Whether the listing names a device path; `None` when there is no listing.
    #[must_use]
    pub fn contains_listed(&self, path: &str) -> Option<bool> {
        let listing = self.listing.as_ref()?;
        Some(listing.entries.binary_search_by(|entry| entry.path.as_str().cmp(path)).is_ok())
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// `target` as seen from `directory`, without `.` and `..`.
fn joined(directory: &str, target: &str) -> String {
    let whole = if target.starts_with('/') { target.to_string() } else { format!("{directory}/{target}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, link: Option<&str>) -> DeviceFile {
        DeviceFile {
            path: path.to_string(),
            partition: "system",
            locus: Locus::input(),
            size: 0,
            mode: None,
            uid: None,
            gid: None,
            link: link.map(str::to_string),
            contents: None,
        }
    }

    #[test]
    fn links_are_followed_and_loops_end() {
        let tree = DeviceTree {
            files: vec![
                file("/bin", Some("/system/bin")),
                file("/loop", Some("loop")),
                file("/system/app/X/lib/libx.so", Some("../../../lib/libx.so")),
                file("/system/bin/sh", None),
                file("/system/lib/libx.so", None),
                file("/up", Some("../../../etc")),
            ],
            ..DeviceTree::default()
        };
        let resolved = |path: &str| tree.resolve(path).map(|file| file.path.as_str());
        assert_eq!(resolved("/system/app/X/lib/libx.so"), Some("/system/lib/libx.so"));
        assert_eq!(resolved("/bin/sh"), Some("/system/bin/sh"));
        assert_eq!(resolved("/loop"), None);
        assert_eq!(resolved("/up"), None);
        assert_eq!(resolved("/none"), None);
        assert_eq!(tree.below("/system/").count(), 3);
        assert_eq!(tree.contains_listed("/bin"), None);
    }
}
