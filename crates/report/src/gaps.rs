//! What could not be looked at, in words. It bounds what every finding, and the lack of one, can say.

use std::collections::BTreeMap;

use overt_record::{Coverage, Missing, Unreadable};

use crate::words::{number, plural};

/// A sentence on coverage.
pub(crate) struct Remark {
    /// It takes something away from what the report can say.
    pub grave: bool,
    /// The sentence.
    pub text: String,
}

/// What is missing from the picture, each with its number; empty where nothing is known to be.
pub(crate) fn holes(coverage: &Coverage) -> Vec<String> {
    let mut holes = Vec::new();
    if coverage.packages_incomplete > 0 {
        holes.push(format!("{} not wholly read", plural(u64::from(coverage.packages_incomplete), "package")));
    }
    if coverage.methods_incomplete > 0 {
        holes.push(format!("{} not wholly analysed", plural(coverage.methods_incomplete, "method")));
    }
    if !coverage.missing.is_empty() {
        holes.push(format!("{} missing", plural(coverage.missing.len() as u64, "file")));
    }
    if !coverage.unreadable.is_empty() {
        holes.push(format!(
            "{} not readable or not understood",
            plural(coverage.unreadable.len() as u64, "thing")
        ));
    }
    holes
}

/// What was looked at and what was not.
pub(crate) fn remarks(coverage: &Coverage) -> Vec<Remark> {
    let grave = |text: String| Remark { grave: true, text };
    let plain = |text: String| Remark { grave: false, text };
    let mut remarks = Vec::new();
    let holes = holes(coverage);
    if !holes.is_empty() {
        remarks.push(grave(format!(
            "Incomplete: {}. Nothing below speaks of these parts; not found there does not mean not there.",
            holes.join(", ")
        )));
    } else if coverage.complete {
        remarks.push(plain("Nothing: every file of the build is there and was read.".into()));
    } else {
        remarks.push(plain("Nothing that was there.".into()));
    }
    match (&coverage.listing, coverage.complete) {
        (Some(listing), _) => {
            remarks.push(plain(format!("The input was compared with its own list of files, {listing}.")))
        }
        (None, false) => remarks.push(grave(
            "The input brought no list of its files: whether something is absent from it is unknown.".into(),
        )),
        (None, true) => {}
    }
    remarks.push(plain(format!(
        "Seen: {} and code files, {} not wholly read; {} with code, {} not wholly analysed.",
        plural(u64::from(coverage.packages_seen), "package"),
        number(u64::from(coverage.packages_incomplete)),
        plural(coverage.methods_seen, "method"),
        number(coverage.methods_incomplete),
    )));
    remarks
}

/// Files that hold code matter most: what they would do is unknown.
const CODE_ENDINGS: [&str; 8] = [".apk", ".apex", ".jar", ".odex", ".oat", ".vdex", ".dex", ".so"];

fn code_ending(path: &str) -> Option<&'static str> {
    CODE_ENDINGS.into_iter().find(|ending| path.ends_with(ending))
}

/// "Missing: 14 files that all_files.txt names. Code among them: 3 .odex."
pub(crate) fn missing_in_all(coverage: &Coverage) -> String {
    let count = plural(coverage.missing.len() as u64, "file");
    let by = coverage.listing.as_ref().map(|listing| format!(" that {listing} names")).unwrap_or_default();
    format!("Missing: {count}{by}.{}", code_among(&coverage.missing))
}

/// How many of the missing files hold code, by their names: " Code among them: 812 .odex, 30 .jar."
fn code_among(missing: &[Missing]) -> String {
    let counts: Vec<String> = CODE_ENDINGS
        .iter()
        .map(|ending| (ending, missing.iter().filter(|file| code_ending(&file.path) == Some(ending)).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(ending, count)| format!("{} {ending}", number(count as u64)))
        .collect();
    if counts.is_empty() { String::new() } else { format!(" Code among them: {}.", counts.join(", ")) }
}

/// Missing files by the reason, those that hold code first.
pub(crate) fn missing_by_reason(missing: &[Missing]) -> Vec<(&str, Vec<&Missing>)> {
    let mut by_reason: BTreeMap<&str, Vec<&Missing>> = BTreeMap::new();
    for file in missing {
        by_reason.entry(&file.why).or_default().push(file);
    }
    for files in by_reason.values_mut() {
        files.sort_by_key(|file| code_ending(&file.path).is_none());
    }
    by_reason.into_iter().collect()
}

/// A missing file with its size.
pub(crate) fn missing_file(file: &Missing) -> String {
    match file.size {
        Some(bytes) => format!("{} ({})", file.path, plural(bytes, "byte")),
        None => file.path.clone(),
    }
}

/// What could not be read, by problem, the most frequent first.
pub(crate) fn unreadable_by_code(unreadable: &[Unreadable]) -> Vec<(&str, Vec<&Unreadable>)> {
    let mut by_code: BTreeMap<&str, Vec<&Unreadable>> = BTreeMap::new();
    for item in unreadable {
        by_code.entry(&item.code).or_default().push(item);
    }
    let mut kinds: Vec<(&str, Vec<&Unreadable>)> = by_code.into_iter().collect();
    kinds.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(b.0)));
    kinds
}

/// What happened to one thing that could not be read.
pub(crate) fn consequence(item: &Unreadable) -> String {
    let says = format!("{}; {}", item.detail, item.consequence);
    says.trim_matches(|c: char| c == ';' || c == ' ').to_owned()
}
