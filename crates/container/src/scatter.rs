//! MediaTek's scatter files: which file of a package is which partition.

use std::collections::BTreeMap;

/// Partitions by the name of their file. What is no scatter file says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scatter(BTreeMap<String, String>);

/// Real ones have some tens of kilobytes.
pub(crate) const LONGEST: u64 = 1 << 20;

/// Whether the name is that of a scatter file, such as `MT6765_Android_scatter.txt`.
pub(crate) fn is_scatter(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.contains("scatter") && [".txt", ".xml", ".cfg"].iter().any(|ending| name.ends_with(ending))
}

impl Scatter {
    /// Reads the lines `partition_name: X` and `file_name: Y` that belong together; or the elements of the same names.
    pub(crate) fn read(text: &str) -> Scatter {
        let mut files = BTreeMap::new();
        let mut partition = None;
        for line in text.lines() {
            if let Some(name) = value(line, "partition_name") {
                partition = Some(name);
            } else if let (Some(file), Some(name)) = (value(line, "file_name"), partition) {
                // Of a file that is flashed to both slots the first is its name.
                if file != "NONE" {
                    files.entry(file.to_string()).or_insert_with(|| name.to_string());
                }
            }
        }
        Scatter(files)
    }

    /// The partition that the file at `path` is flashed to.
    pub(crate) fn partition(&self, path: &str) -> Option<&str> {
        self.0.get(path.rsplit('/').next().unwrap_or(path)).map(String::as_str)
    }
}

fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let line = line.trim().trim_start_matches("- ");
    let rest = match line.strip_prefix(key) {
        Some(rest) => rest.strip_prefix(':')?,
        None => line.strip_prefix('<')?.strip_prefix(key)?.strip_prefix('>')?.split('<').next()?,
    };
    Some(rest.trim()).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_partition() {
        let text = "- general: MTK_PLATFORM_CFG\n  info:\n- partition_index: SYS0\n  partition_name: preloader\n  \
                    file_name: preloader_x.bin\n- partition_index: SYS1\n  partition_name: system_a\n  file_name: \
                    x-sys.bin\n- partition_name: system_b\n  file_name: x-sys.bin\n- partition_name: nvram\n  \
                    file_name: NONE\n";
        let scatter = Scatter::read(text);
        assert_eq!(scatter.partition("a/x-sys.bin"), Some("system_a"));
        assert_eq!(scatter.partition("preloader_x.bin"), Some("preloader"));
        assert_eq!((scatter.partition("NONE"), scatter.partition("a")), (None, None));
        let xml = "<partition_name>vendor</partition_name>\n<file_name>v.img</file_name>\n";
        assert_eq!(Scatter::read(xml).partition("v.img"), Some("vendor"));
        assert_eq!(Scatter::read("file_name: a\npartition_name:\n"), Scatter::default());
        assert!(
            is_scatter("a/MT6765_Android_scatter.txt") && !is_scatter("scatter.img") && !is_scatter("a.txt")
        );
    }
}
