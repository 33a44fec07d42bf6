//! Listings of what a dump had when it was made.

/// Names under which such lists lie at the root of a dump, best first.
pub static NAMES: &[&str] =
    &["all_files.txt", "all_filenames.txt", "filelist.txt", "file_list.txt", "files.txt"];

/// A list of the files that the dump had, by device path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The list's own name.
    pub name: String,
    /// Its files, sorted by path, each once.
    pub entries: Vec<Listed>,
}

/// One file of a listing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Where it lay on the device.
    pub path: String,
    /// Its size, where the list gives sizes.
    pub size: Option<u64>,
}

/// One line: the path as it stands there, without leading `./` and `/`, and the size.
pub type Line = (String, Option<u64>);

/// How a line is built.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    SizeFirst,
    SizeLast,
    DigestFirst,
    Bare,
}

fn is_size(text: &str) -> bool {
    !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_digest(text: &str) -> bool {
    matches!(text.len(), 32 | 40 | 64 | 128) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_blank(character: char) -> bool {
    character == ' ' || character == '\t'
}

fn has_shape(line: &str, shape: Shape) -> bool {
    match shape {
        Shape::SizeFirst => line
            .trim_start()
            .split_once(is_blank)
            .is_some_and(|(first, rest)| is_size(first) && !rest.trim().is_empty()),
        Shape::SizeLast => line
            .trim_end()
            .rsplit_once(is_blank)
            .is_some_and(|(rest, last)| is_size(last) && !rest.trim().is_empty()),
        Shape::DigestFirst => {
            line.split_once(is_blank).is_some_and(|(first, rest)| is_digest(first) && !rest.trim().is_empty())
        }
        Shape::Bare => true,
    }
}

/// The files a list names, in its order. A line that ends in `/`, and a path that others lie below, is a directory and
/// left out. The list's shape is that which nearly all its lines have, so that a name which ends in a number stays one.
#[must_use]
pub fn parse(text: &str) -> Vec<Line> {
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.trim_end_matches('\r'))
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .collect();
    let shapes = [Shape::SizeFirst, Shape::DigestFirst, Shape::SizeLast];
    let fits = |shape: Shape| lines.iter().filter(|line| has_shape(line, shape)).count();
    let most = lines.len().saturating_sub(lines.len() / 20).max(1);
    let common = shapes.into_iter().find(|&shape| fits(shape) >= most).unwrap_or(Shape::Bare);
    let mut out: Vec<Line> = Vec::with_capacity(lines.len());
    for line in lines {
        let (path, size) = match if has_shape(line, common) { common } else { Shape::Bare } {
            Shape::SizeFirst => {
                let (size, path) = line.trim_start().split_once(is_blank).unwrap_or(("", line));
                (path.trim_start_matches(is_blank), size.parse().ok())
            }
            Shape::SizeLast => {
                let (path, size) = line.trim_end().rsplit_once(is_blank).unwrap_or((line, ""));
                (path.trim_end_matches(is_blank), size.parse().ok())
            }
            // The second character before the name says whether it was read as text or binary.
            Shape::DigestFirst => {
                let (_, path) = line.split_once(is_blank).unwrap_or(("", line));
                (path.trim_start_matches([' ', '\t', '*']), None)
            }
            Shape::Bare => (line, None),
        };
        let (path, _) = crate::member::safe_path(path);
        if !path.is_empty() && !line.ends_with('/') {
            out.push((path, size));
        }
    }
    without_directories(out)
}

fn without_directories(mut lines: Vec<Line>) -> Vec<Line> {
    lines.sort();
    lines.dedup_by(|later, first| later.0 == first.0);
    let paths: std::collections::BTreeSet<String> = lines
        .iter()
        .flat_map(|(path, _)| {
            path.match_indices('/').filter_map(|(at, _)| path.get(..at)).map(str::to_string)
        })
        .collect();
    lines.retain(|(path, _)| !paths.contains(path));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(path: &str, size: Option<u64>) -> Line {
        (path.to_string(), size)
    }

    #[test]
    fn all_shapes_are_understood() {
        let sized = [line("system/a b.apk", Some(12)), line("system/c 7", Some(0))];
        assert_eq!(parse("12\tsystem/a b.apk\r\n0\tsystem/c 7\n"), sized);
        assert_eq!(parse("  12 ./system/a b.apk\n0   /system/c 7\n\n"), sized);
        assert_eq!(parse("system/a b.apk 12\nsystem/c 7 0\n"), sized);
        let bare = [line("system/a b.apk", None), line("system/c 7", None)];
        assert_eq!(parse("# made by hand\nsystem/\nsystem/a b.apk\nsystem/c 7\n"), bare);
        let digest = "0123456789abcdef0123456789abcdef";
        assert_eq!(parse(&format!("{digest}  system/a b.apk\n{digest} *system/c 7")), bare);
        assert_eq!(parse(""), []);
    }

    #[test]
    fn directories_are_no_files() {
        assert_eq!(parse("system\nsystem/app\nsystem/app/X\n"), [line("system/app/X", None)]);
    }
}
