//! Files that were split for transport (`X.apk.aa`, `X.apk.ab`; `.001`; `.part1`): whole sets are joined, lone pieces
//! are named.

use std::collections::BTreeMap;
use std::sync::Arc;

use overt_base::{Cx, Locus, View};

use crate::ReadError;
use crate::formats::{Contents, sparse};
use crate::member::{Member, Members};
use crate::source::{self, Filling, Patchwork, Source};

/// Pieces of a file that is not there as a whole.
#[derive(Clone, Debug)]
pub struct Lone {
    /// Path of the file the pieces belong to.
    pub path: String,
    /// The pieces that are there.
    pub pieces: Vec<Member>,
    /// What is there and what is missing, in words.
    pub says: String,
}

/// How the pieces of one file are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Style {
    /// `.aa`, `.ab`: what `split` makes.
    Letters,
    /// `.000` or `.001`: that many digits.
    Digits(usize),
    /// `.part0` or `.part1`: that many digits.
    Part(usize),
    /// `_sparsechunk.0` or `_sparsechunk0`: sparse images that each describe a part of the whole. The flag says
    /// whether there is a point.
    Sparse(bool),
}

/// Endings of files that are large enough to be split. Anything else that ends in `.ac` is called so.
static SPLIT_ENDINGS: &[&str] = &[
    "7z", "apex", "apk", "art", "bin", "br", "dat", "dex", "ext4", "gz", "img", "jar", "mp4", "oat", "odex",
    "raw", "rar", "so", "tar", "tgz", "vdex", "xz", "zip", "zst",
];

/// The file a piece belongs to, how its pieces are numbered, and its number.
fn piece_of(path: &str) -> Option<(&str, Style, u32)> {
    let digits =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    if let Some((base, number)) = path.rsplit_once("_sparsechunk") {
        let bare = number.strip_prefix('.');
        return Some((base, Style::Sparse(bare.is_some()), digits(bare.unwrap_or(number))?));
    }
    let (base, suffix) =
        path.rsplit_once('.').filter(|(base, _)| !base.is_empty() && !base.ends_with('/'))?;
    if let [first @ b'a'..=b'z', second @ b'a'..=b'z'] = suffix.as_bytes() {
        let value = |letter: &u8| u32::from(letter.saturating_sub(b'a'));
        return Some((base, Style::Letters, value(first).saturating_mul(26).saturating_add(value(second))));
    }
    if let Some(number) = suffix.strip_prefix("part").filter(|number| (1..=3).contains(&number.len())) {
        return Some((base, Style::Part(number.len()), digits(number)?));
    }
    (2..=4)
        .contains(&suffix.len())
        .then(|| Some((base, Style::Digits(suffix.len()), digits(suffix)?)))
        .flatten()
}

fn suffix(style: Style, number: u32) -> String {
    match style {
        Style::Letters => {
            let letter = |value: u32| char::from(b'a'.saturating_add(u8::try_from(value).unwrap_or(25)));
            format!(".{}{}", letter(number / 26), letter(number % 26))
        }
        Style::Digits(width) => format!(".{number:0width$}"),
        Style::Part(width) => format!(".part{number:0width$}"),
        Style::Sparse(true) => format!("_sparsechunk.{number}"),
        Style::Sparse(false) => format!("_sparsechunk{number}"),
    }
}

/// Replaces whole sets of pieces among `members` by the file they make, and takes lone pieces out. `listed` is the
/// size that a listing gives the whole file.
pub fn join(
    members: &mut Members,
    listed: impl Fn(&str) -> Option<Option<u64>>,
    locus: &Locus,
    cx: &Cx<'_>,
) -> Vec<Lone> {
    let mut sets: BTreeMap<(String, Style), Vec<(u32, usize)>> = BTreeMap::new();
    for (index, member) in members.files.iter().enumerate().filter(|(_, member)| member.contents.is_some()) {
        if let Some((base, style, number)) = piece_of(&member.path) {
            sets.entry((base.to_string(), style)).or_default().push((number, index));
        }
    }
    let mut lone = Vec::new();
    let mut joined = Vec::new();
    let mut taken = Vec::new();
    for ((base, style), mut numbered) in sets {
        numbered.sort_unstable();
        let ending = base.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
        let listed = listed(&base);
        let starts = numbered.first().is_some_and(|&(number, _)| number <= 1) && numbered.len() > 1;
        let is_likely = SPLIT_ENDINGS.contains(&ending.as_str()) || (starts && listed.is_some());
        if !is_likely {
            continue;
        }
        // `.gz`, `.br` and `.rc` are no pieces: who splits into so many has the first ones, too.
        if style == Style::Letters && numbered.iter().all(|&(number, _)| number > 25) {
            continue;
        }
        let parts: Vec<(u32, Member)> = numbered
            .iter()
            .filter_map(|&(number, index)| Some((number, members.files.get(index)?.clone())))
            .collect();
        taken.extend(numbered.iter().map(|&(_, index)| index));
        if members.files.binary_search_by(|member| member.path.as_str().cmp(&base)).is_ok() {
            let detail = format!("{} pieces besides the whole file", parts.len());
            let locus = locus.child(&format!("/{base}"));
            cx.problems.report(&locus, "container/pieces-and-whole", detail, "the pieces were not used");
            continue;
        }
        match verdict(style, &parts, listed.flatten()) {
            Verdict::Whole(doubt) => {
                let locus = locus.child(&format!("/{base}"));
                if let Some(doubt) = doubt {
                    let consequence = "the pieces were joined; the end of the file may be missing";
                    cx.problems.report(&locus, "container/pieces-unsure", doubt, consequence);
                }
                joined.push(whole(base, style, parts.into_iter().map(|(_, part)| part).collect()));
            }
            Verdict::Lone(says) => {
                for (_, part) in &parts {
                    let locus = locus.child(&format!("/{}", part.path));
                    let consequence =
                        "the file it belongs to could not be put together and was not looked at";
                    cx.problems.report(&locus, "container/lone-piece", says.clone(), consequence);
                }
                lone.push(Lone {
                    path: base,
                    pieces: parts.into_iter().map(|(_, part)| part).collect(),
                    says,
                });
            }
        }
    }
    if !taken.is_empty() {
        let mut index = 0usize;
        taken.sort_unstable();
        members.files.retain(|_| {
            let keep = taken.binary_search(&index).is_err();
            index = index.saturating_add(1);
            keep
        });
        members.files.extend(joined);
        members.files.sort_by(|one, other| one.path.cmp(&other.path));
    }
    lone
}

enum Verdict {
    /// All pieces are there; the text is a doubt about the last.
    Whole(Option<String>),
    Lone(String),
}

fn verdict(style: Style, parts: &[(u32, Member)], listed: Option<u64>) -> Verdict {
    let sum = parts.iter().fold(0u64, |sum, (_, part)| sum.saturating_add(part.size));
    let numbers: Vec<u32> = parts.iter().map(|(number, _)| *number).collect();
    let (Some(&first), Some(&last)) = (numbers.first(), numbers.last()) else {
        return Verdict::Lone(String::new());
    };
    let starts = first == 0 || (first == 1 && style != Style::Letters);
    let gaps =
        numbers.iter().zip(numbers.iter().skip(1)).any(|(one, next)| one.checked_add(1) != Some(*next));
    let is_sparse = matches!(style, Style::Sparse(_));
    let complete = match listed {
        // Sparse parts are shorter than what they describe.
        _ if is_sparse => numbers.len() > 1,
        Some(size) => sum == size,
        None => numbers.len() > 1,
    };
    if starts && !gaps && complete {
        let even = parts.iter().all(|(_, part)| Some(part.size) == parts.first().map(|(_, part)| part.size));
        let doubt = !is_sparse && listed.is_none() && even && numbers.len() > 1;
        return Verdict::Whole(doubt.then(|| {
            format!(
                "the last of {} pieces is as long as the others, so more may have followed",
                numbers.len()
            )
        }));
    }
    let there: Vec<String> = parts
        .iter()
        .map(|(number, part)| format!("{} ({} bytes)", suffix(style, *number), part.size))
        .collect();
    let mut missing = Vec::new();
    if !starts {
        let start = u32::from(style != Style::Letters && first > 1);
        let end = first.saturating_sub(1);
        let range = if start == end {
            suffix(style, end)
        } else {
            format!("{} to {}", suffix(style, start), suffix(style, end))
        };
        missing.push(format!("the first ({range})"));
    }
    if gaps {
        let count = last.saturating_sub(first).saturating_add(1) as usize;
        missing.push(format!("{} in the middle", count.saturating_sub(numbers.len())));
    }
    match listed {
        Some(size) if starts && !gaps && !is_sparse => {
            missing.push(format!("the last ({} bytes)", size.saturating_sub(sum)))
        }
        _ if numbers.len() == 1 && starts => missing.push("the last".to_string()),
        _ => {}
    }
    let missing = missing.join(" and ");
    Verdict::Lone(format!("of a split file only {} is there; missing: {missing}", there.join(", ")))
}

fn whole(path: String, style: Style, parts: Vec<Member>) -> Member {
    let size = parts.iter().fold(0u64, |sum, part| sum.saturating_add(part.size));
    let is_sparse = matches!(style, Style::Sparse(_));
    let parts = parts.into_iter().filter_map(|part| part.contents).collect();
    let contents: Arc<dyn Contents> = Arc::new(Joined { parts, is_sparse });
    Member { path, size, mode: None, uid: None, gid: None, link: None, contents: Some(contents) }
}

/// Several files one after another, or sparse images one over another.
#[derive(Debug)]
struct Joined {
    parts: Vec<Arc<dyn Contents>>,
    is_sparse: bool,
}

impl Contents for Joined {
    fn read(&self, cx: &Cx<'_>) -> Result<View, ReadError> {
        source::whole(self.source(cx)?.as_ref(), ("unfolded_file_bytes", cx.limits.unfolded_file_bytes))
    }

    fn is_unfolded(&self) -> bool {
        self.parts.iter().any(|part| part.is_unfolded())
    }

    fn source(&self, cx: &Cx<'_>) -> Result<Arc<dyn Source>, ReadError> {
        let sources = self.parts.iter().map(|part| part.source(cx)).collect::<Result<Vec<_>, _>>()?;
        if self.is_sparse {
            return Ok(sparse::overlay(&sources)?.simplified());
        }
        let mut whole = Patchwork::new();
        for source in sources {
            whole.push(source.len(), Filling::Part(source, 0))?;
        }
        Ok(whole.simplified())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_known_by_their_names() {
        assert_eq!(piece_of("a/X.apk.ac"), Some(("a/X.apk", Style::Letters, 2)));
        assert_eq!(piece_of("X.img.001"), Some(("X.img", Style::Digits(3), 1)));
        assert_eq!(piece_of("X.zip.part10"), Some(("X.zip", Style::Part(2), 10)));
        assert_eq!(piece_of("X.img_sparsechunk.3"), Some(("X.img", Style::Sparse(true), 3)));
        assert_eq!(piece_of("X.img_sparsechunk3"), Some(("X.img", Style::Sparse(false), 3)));
        for other in ["X.apk", "X.so.1", ".ac", "a/.ac", "X.partly", "X.12345", "X"] {
            assert_eq!(piece_of(other), None, "{other}");
        }
        for (style, number, text) in
            [(Style::Letters, 27, ".bb"), (Style::Digits(3), 7, ".007"), (Style::Part(1), 2, ".part2")]
        {
            assert_eq!(suffix(style, number), text);
        }
    }
}
