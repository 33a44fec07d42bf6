//! What changed: package by package, changes first, what is unknown with its reason, what stayed as a number.

use std::collections::BTreeMap;
use std::io;

use overt_record::diff::{Because, Diff, Row, Side, State};
use overt_record::words::{Change, Subject};

use super::canvas::Canvas;
use super::short;
use crate::style::Ink;
use crate::words::{number, plural};

/// Rows of one kind and change printed for a package; the rest is counted.
const SHOWN: usize = 40;

/// What `overt diff` prints.
pub(super) fn diff(canvas: &mut Canvas<'_>, diff: &Diff) -> io::Result<()> {
    canvas.wrapped(0, 0, &[(Ink::Strong, "FROM ONE BUILD TO ANOTHER")])?;
    canvas.field(2, "from", &side(&diff.a))?;
    canvas.field(2, "to", &side(&diff.b))?;
    if diff.rows.is_empty() {
        return canvas.paragraph(2, "It is the same record: nothing differs.");
    }
    for sentence in &diff.summary.says {
        canvas.paragraph(2, sentence)?;
    }
    counts(canvas, diff)?;
    let own = |row: &&Row| row.package.is_none() && row.kind != Subject::Coverage;
    section(canvas, "THE BUILD", diff.rows.iter().filter(own))?;
    let mut packages: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in &diff.rows {
        if let Some(package) = row.package.as_deref() {
            packages.entry(package).or_default().push(row);
        }
    }
    let whole = diff.a.package.is_some();
    let (told, rest): (Vec<_>, Vec<_>) =
        packages.into_iter().partition(|(_, rows)| whole || rows.iter().any(|row| row.is_change()));
    for (name, rows) in told {
        package(canvas, name, &rows, whole)?;
    }
    let undecided: Vec<&Row> =
        rest.iter().flat_map(|(_, rows)| rows).copied().filter(|row| row.change == Change::Unknown).collect();
    unknown(canvas, &undecided)?;
    section(canvas, "WHAT COULD BE LOOKED AT", diff.rows.iter().filter(|row| row.kind == Subject::Coverage))
}

fn side(side: &Side) -> String {
    let build = side.build.fingerprint.as_deref().unwrap_or("a build without fingerprint");
    let package = side.package.as_ref().map_or_else(String::new, |package| format!("{package} of "));
    format!("{package}{build} (record {})", short(&side.record_sha256))
}

/// A table of kinds and changes.
fn counts(canvas: &mut Canvas<'_>, diff: &Diff) -> io::Result<()> {
    canvas.gap()?;
    for (kind, changes) in &diff.summary.counts {
        let told: Vec<String> = changes
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|(change, count)| format!("{} {change}", number(u64::from(*count))))
            .collect();
        canvas.field(2, kind.as_str(), &told.join(", "))?;
    }
    Ok(())
}

fn section<'r>(canvas: &mut Canvas<'_>, title: &str, rows: impl Iterator<Item = &'r Row>) -> io::Result<()> {
    let rows: Vec<&Row> = rows.filter(|row| row.is_change() || row.change == Change::Unknown).collect();
    if rows.is_empty() {
        return Ok(());
    }
    canvas.heading(title)?;
    lines(canvas, &rows)
}

/// One package; `all`: also what is the same in both.
fn package(canvas: &mut Canvas<'_>, name: &str, rows: &[&Row], all: bool) -> io::Result<()> {
    canvas.gap()?;
    let own = rows.iter().find(|row| {
        row.kind == Subject::Package && !matches!(row.change, Change::MoreConcealed | Change::LessConcealed)
    });
    let mut described = String::new();
    if let Some(row) = own {
        described = format!("  {} · {}", row.change, row.reason);
    }
    canvas.wrapped(0, 4, &[(Ink::Strong, name), (Ink::Plain, &described)])?;
    let changed: Vec<&Row> = rows
        .iter()
        .copied()
        .filter(|row| {
            let told = all || row.is_change() || row.change == Change::Unknown;
            told && (row.kind != Subject::Package || own.is_none_or(|own| row.change != own.change))
        })
        .collect();
    lines(canvas, &changed)?;
    let unchanged = |row: &&&Row| row.kind == Subject::Behaviour && row.change == Change::Unchanged;
    let same = rows.iter().filter(unchanged).count() as u64;
    if same > 0 && !all {
        canvas.remark(2, &format!("{} unchanged", plural(same, "behaviour")))?;
    }
    Ok(())
}

fn lines(canvas: &mut Canvas<'_>, rows: &[&Row]) -> io::Result<()> {
    let mut counted: BTreeMap<(Subject, Change), usize> = BTreeMap::new();
    for row in rows {
        let count = counted.entry((row.kind, row.change)).or_default();
        *count += 1;
        if *count <= SHOWN {
            line(canvas, row)?;
        }
    }
    for ((kind, change), count) in counted {
        if count > SHOWN {
            let more = (count - SHOWN) as u64;
            canvas.remark(2, &format!("and {} more of kind {kind} that are {change}", number(more)))?;
        }
    }
    Ok(())
}

fn line(canvas: &mut Canvas<'_>, row: &Row) -> io::Result<()> {
    let ink = match row.change {
        Change::New | Change::GuardRemoved | Change::MoreConcealed | Change::Active => Ink::Warning,
        Change::Unknown => Ink::Faint,
        _ => Ink::Plain,
    };
    let what = match (&row.behaviour, row.kind) {
        (Some(behaviour), _) => format!("{behaviour} {}", row.id),
        (None, Subject::Property | Subject::Coverage | Subject::Native) => row.id.clone(),
        (None, _) => {
            let own = row.package.as_deref().unwrap_or_default();
            row.id.strip_prefix(own).unwrap_or(&row.id).trim_start().to_owned()
        }
    };
    let kind = if row.kind == Subject::Behaviour { String::new() } else { format!("{} ", row.kind) };
    let says =
        row.after.as_ref().or(row.before.as_ref()).map(|state| told(row.kind, state)).unwrap_or_default();
    let knowledge = if row.because == Because::Knowledge { " [known better, not changed]" } else { "" };
    canvas.wrapped(
        2,
        6,
        &[
            (ink, row.change.as_str()),
            (Ink::Plain, " "),
            (Ink::Plain, &format!("{kind}{what}{says}{knowledge}")),
        ],
    )?;
    if row.kind != Subject::Property && !row.reason.is_empty() {
        canvas.remark(6, &row.reason)?;
    }
    Ok(())
}

fn told(kind: Subject, state: &State) -> String {
    match kind {
        Subject::Behaviour => format!(": {}", state.says),
        Subject::Permission | Subject::Property | Subject::Coverage => String::new(),
        _ if state.says == state.id => String::new(),
        _ => format!(": {}", state.says),
    }
}

/// What cannot be said, by reason.
fn unknown(canvas: &mut Canvas<'_>, rows: &[&Row]) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    canvas.heading(&format!("NOT KNOWN · {}", number(rows.len() as u64)))?;
    let mut reasons: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in rows {
        *reasons.entry((row.package.as_deref().unwrap_or_default(), &row.reason)).or_default() += 1;
    }
    for ((package, reason), count) in reasons {
        canvas.wrapped(
            2,
            6,
            &[(Ink::Plain, package), (Ink::Faint, &format!(" ({}): {reason}", plural(count as u64, "row")))],
        )?;
    }
    Ok(())
}
