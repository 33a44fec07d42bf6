//! The paths of a container as a tree that costs nothing.

/// Sorted paths of files.
#[derive(Clone, Debug)]
pub struct Paths<'a>(Vec<&'a str>);

impl<'a> Paths<'a> {
    /// Sorts them.
    #[must_use]
    pub fn new(paths: impl IntoIterator<Item = &'a str>) -> Paths<'a> {
        let mut paths: Vec<&str> = paths.into_iter().collect();
        paths.sort_unstable();
        paths.dedup();
        Paths(paths)
    }

    /// All paths that begin with `prefix`.
    pub fn below(&self, prefix: &str) -> impl Iterator<Item = &'a str> + '_ {
        let prefix = prefix.to_string();
        let start = self.0.partition_point(|path| *path < prefix.as_str());
        self.0.iter().skip(start).copied().take_while(move |path| path.starts_with(&prefix))
    }

    /// Whether there is a file of that path.
    #[must_use]
    pub fn has_file(&self, path: &str) -> bool {
        self.0.binary_search(&path).is_ok()
    }

    /// Whether something lies below `prefix`, which ends in a slash.
    #[must_use]
    pub fn has_directory(&self, prefix: &str) -> bool {
        self.below(prefix).next().is_some()
    }

    /// What lies directly below `prefix`: names, and whether they are directories.
    #[must_use]
    pub fn children(&self, prefix: &str) -> Vec<(&'a str, bool)> {
        let mut out: Vec<(&str, bool)> = Vec::new();
        let mut at = self.0.partition_point(|path| *path < prefix);
        while let Some(rest) = self.0.get(at).and_then(|path| path.strip_prefix(prefix)) {
            match rest.split_once('/') {
                Some((name, _)) => {
                    out.push((name, true));
                    // On to the first path that is not below this directory: "0" follows "/".
                    let after = format!("{prefix}{name}0");
                    at = self.0.partition_point(|path| *path < after.as_str()).max(at.saturating_add(1));
                }
                None => {
                    out.push((rest, false));
                    at = at.saturating_add(1);
                }
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_are_listed_once() {
        let paths = Paths::new(["a/b/c", "a/b/d", "a.txt", "a/e", "a0", "a/b-c", "a/b0/x"]);
        assert_eq!(paths.children(""), [("a", true), ("a.txt", false), ("a0", false)]);
        assert_eq!(paths.children("a/"), [("b", true), ("b-c", false), ("b0", true), ("e", false)]);
        assert!(paths.has_directory("a/b/") && !paths.has_directory("a/e/"));
        assert!(paths.has_file("a0") && !paths.has_file("a"));
        assert!(paths.children("none/").is_empty());
    }
}
