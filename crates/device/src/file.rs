//! The files of the device, as this crate takes them: a path, bytes, a mode where the container kept one.

use std::collections::BTreeMap;

use overt_base::{Cx, Locus};

use crate::partition;

/// A file of the device.
#[derive(Clone, Debug)]
pub struct File<'a> {
    /// Absolute path on the device.
    pub path: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
    /// Where it lies in the input.
    pub locus: Locus,
    /// Unix permission bits, where the container keeps them.
    pub mode: Option<u32>,
}

impl<'a> File<'a> {
    /// The content of a configuration file, cut (with a problem) at the limit for such files.
    pub(crate) fn text(&self, cx: &Cx<'_>) -> &'a [u8] {
        let limit = cx.limits.configuration_file_bytes;
        match self.bytes.get(..limit) {
            Some(head) if self.bytes.len() > limit => {
                cx.problems.report(
                    &self.locus,
                    "device/configuration-too-large",
                    format!("{} has {} bytes, the limit is {limit}", self.path, self.bytes.len()),
                    "only the part before the limit was read",
                );
                head
            }
            _ => self.bytes,
        }
    }
}

/// Files by path. Aliases that every Android device has (`/system/vendor` and `/vendor` …) find the same file.
#[derive(Clone, Debug, Default)]
pub struct Files<'a> {
    by_path: BTreeMap<String, File<'a>>,
}

impl<'a> Files<'a> {
    /// A set of files. Of two that aliases make one, the file that lies at the canonical path stays.
    #[must_use]
    pub fn new(files: impl IntoIterator<Item = File<'a>>) -> Files<'a> {
        let mut by_path: BTreeMap<String, File<'a>> = BTreeMap::new();
        for file in files {
            let canonical = partition::canonical(file.path);
            let exact = canonical == file.path;
            match by_path.entry(canonical.into_owned()) {
                std::collections::btree_map::Entry::Vacant(place) => {
                    place.insert(file);
                }
                std::collections::btree_map::Entry::Occupied(mut place) => {
                    if exact {
                        place.insert(file);
                    }
                }
            }
        }
        Files { by_path }
    }

    /// The file at `path`, by any of its aliases.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&File<'a>> {
        self.by_path.get(partition::canonical(path).as_ref())
    }

    /// Whether there is a file at `path`.
    #[must_use]
    pub fn contains(&self, path: &str) -> bool {
        self.get(path).is_some()
    }

    /// Canonical paths with their files, in order of path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &File<'a>)> {
        self.by_path.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_path.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_path.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file<'a>(path: &'a str, bytes: &'a [u8]) -> File<'a> {
        File { path, bytes, locus: Locus::input().child(path), mode: None }
    }

    #[test]
    fn aliases_find_the_same_file_and_the_canonical_one_wins() {
        let files = Files::new([file("/system/vendor/build.prop", b"a"), file("/vendor/build.prop", b"b")]);
        assert_eq!(files.len(), 1);
        assert_eq!(files.get("/system/vendor/build.prop").expect("there").bytes, b"b");
        let files = Files::new([file("/vendor/build.prop", b"b"), file("/system/vendor/build.prop", b"a")]);
        assert_eq!(files.get("/vendor/build.prop").expect("there").bytes, b"b");
        assert!(!files.contains("/odm/build.prop"));
        assert!(!files.is_empty());
    }
}
