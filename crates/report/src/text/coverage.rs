//! What could not be looked at. It stands before the findings, because it bounds what they can say.

use std::collections::BTreeMap;
use std::io;

use overt_record::{Coverage, Missing, Unreadable};

use super::canvas::Canvas;
use crate::style::Ink;
use crate::words::{number, plural};

/// Missing files named; the record names all of them.
const MISSING_SHOWN: usize = 12;
/// Places named for each kind of problem; the record names all of them.
const PLACES_SHOWN: usize = 3;

/// The section of the report.
pub(super) fn section(canvas: &mut Canvas<'_>, coverage: &Coverage) -> io::Result<()> {
    canvas.heading("WHAT COULD NOT BE LOOKED AT")?;
    for line in lines(coverage) {
        canvas.wrapped(2, 2, &[line.as_piece()])?;
    }
    missing(canvas, &coverage.missing, coverage.listing.as_deref())?;
    unreadable(canvas, &coverage.unreadable)
}

/// One or two lines for everything that is not the whole report.
pub(super) fn brief(canvas: &mut Canvas<'_>, coverage: &Coverage, digest: &str) -> io::Result<()> {
    let holes = holes(coverage);
    let text = if holes.is_empty() {
        if coverage.complete {
            return canvas.field(2, "coverage", "complete");
        }
        "completeness unknown: the input brought no list of its files".to_owned()
    } else {
        format!("incomplete: {} (overt scan, or the record {digest}, names them)", holes.join(", "))
    };
    canvas.field(2, "coverage", &text)
}

struct Line {
    ink: Ink,
    text: String,
}

impl Line {
    fn as_piece(&self) -> (Ink, &str) {
        (self.ink, &self.text)
    }
}

fn holes(coverage: &Coverage) -> Vec<String> {
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

fn lines(coverage: &Coverage) -> Vec<Line> {
    let mut lines = Vec::new();
    let holes = holes(coverage);
    if !holes.is_empty() {
        lines.push(Line {
            ink: Ink::Warning,
            text: format!(
                "Incomplete: {}. Nothing below speaks of these parts; not found there does not mean not there.",
                holes.join(", ")
            ),
        });
    } else if coverage.complete {
        lines.push(Line {
            ink: Ink::Plain,
            text: "Nothing: every file of the build is there and was read.".into(),
        });
    } else {
        lines.push(Line { ink: Ink::Plain, text: "Nothing that was there.".into() });
    }
    match (&coverage.listing, coverage.complete) {
        (Some(listing), _) => lines.push(Line {
            ink: Ink::Plain,
            text: format!("The input was compared with its own list of files, {listing}."),
        }),
        (None, false) => lines.push(Line {
            ink: Ink::Warning,
            text: "The input brought no list of its files: whether something is absent from it is unknown."
                .into(),
        }),
        (None, true) => {}
    }
    lines.push(Line {
        ink: Ink::Plain,
        text: format!(
            "Seen: {} and code files, {} not wholly read; {} with code, {} not wholly analysed.",
            plural(u64::from(coverage.packages_seen), "package"),
            number(u64::from(coverage.packages_incomplete)),
            plural(coverage.methods_seen, "method"),
            number(coverage.methods_incomplete),
        ),
    });
    lines
}

/// Files that hold code matter most: what they would do is unknown.
const CODE_ENDINGS: [&str; 8] = [".apk", ".apex", ".jar", ".odex", ".oat", ".vdex", ".dex", ".so"];

fn code_ending(path: &str) -> Option<&'static str> {
    CODE_ENDINGS.into_iter().find(|ending| path.ends_with(ending))
}

fn missing(canvas: &mut Canvas<'_>, missing: &[Missing], listing: Option<&str>) -> io::Result<()> {
    let mut by_reason: BTreeMap<&str, Vec<&Missing>> = BTreeMap::new();
    for file in missing {
        by_reason.entry(&file.why).or_default().push(file);
    }
    if !missing.is_empty() {
        canvas.gap()?;
        let count = plural(missing.len() as u64, "file");
        let by = listing.map(|listing| format!(" that {listing} names")).unwrap_or_default();
        canvas.paragraph(2, &format!("Missing: {count}{by}.{}", code_among(missing)))?;
    }
    for (why, files) in by_reason {
        canvas.wrapped(
            4,
            6,
            &[(Ink::Strong, why), (Ink::Plain, &format!("× {}", number(files.len() as u64)))],
        )?;
        let (code, other): (Vec<&Missing>, Vec<&Missing>) =
            files.iter().partition(|file| code_ending(&file.path).is_some());
        for file in code.iter().chain(&other).take(MISSING_SHOWN) {
            let text = match file.size {
                Some(bytes) => format!("{} ({})", file.path, plural(bytes, "byte")),
                None => file.path.clone(),
            };
            canvas.wrapped(6, 8, &[(Ink::Plain, &text)])?;
        }
        more(canvas, 6, files.len(), MISSING_SHOWN)?;
    }
    Ok(())
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

fn unreadable(canvas: &mut Canvas<'_>, unreadable: &[Unreadable]) -> io::Result<()> {
    let mut by_code: BTreeMap<&str, Vec<&Unreadable>> = BTreeMap::new();
    for item in unreadable {
        by_code.entry(&item.code).or_default().push(item);
    }
    let mut kinds: Vec<(&str, Vec<&Unreadable>)> = by_code.into_iter().collect();
    kinds.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(b.0)));
    for (code, items) in kinds {
        canvas.gap()?;
        canvas.wrapped(
            2,
            4,
            &[(Ink::Strong, code), (Ink::Plain, &format!("× {}", number(items.len() as u64)))],
        )?;
        for item in items.iter().take(PLACES_SHOWN) {
            canvas.paragraph(4, &item.locus)?;
            let says = format!("{}; {}", item.detail, item.consequence);
            canvas.remark(6, says.trim_matches(|c: char| c == ';' || c == ' '))?;
        }
        more(canvas, 4, items.len(), PLACES_SHOWN)?;
    }
    Ok(())
}

fn more(canvas: &mut Canvas<'_>, indent: usize, all: usize, shown: usize) -> io::Result<()> {
    match all.checked_sub(shown) {
        Some(rest) if rest > 0 => {
            canvas.remark(indent, &format!("and {} more, in the record", number(rest as u64)))
        }
        _ => Ok(()),
    }
}
