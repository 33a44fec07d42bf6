//! The report as Markdown (GitHub's kind), for issues and wikis.
//!
//! *Invariant*: a text of the record is never markup: prose is escaped sign by sign, everything that a program made up
//! stands in code spans (`mark`).

mod findings;
mod mark;
mod tables;

use std::io::{self, Write};

use mark::{code, prose};

use crate::Output;
use crate::apps;
use crate::gaps;
use crate::label::{Label, Part, counted, rights};
use crate::style::Style;
use crate::subject::{Kind, Subject, Whole};
use crate::text::{SHORT_DIGEST, build};
use crate::words::{self, plural};

/// Markdown.
pub const OUTPUT: Output = Output { name: "markdown", kinds: &[Kind::Whole], render };

/// Sentences for one question.
const SENTENCES: usize = 100;
/// Capabilities counted for one question.
const TALLIES: usize = 40;
/// Places named for each kind of problem, files for each reason.
const PLACES: usize = 12;

fn render(subject: &Subject<'_>, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match subject {
        Subject::Whole(whole) => report(out, whole),
        _ => Err(io::Error::from(io::ErrorKind::Unsupported)),
    }
}

fn report(out: &mut dyn Write, whole: &Whole<'_>) -> io::Result<()> {
    let record = whole.record;
    let short = whole.digest.get(..SHORT_DIGEST).unwrap_or(whole.digest);
    writeln!(out, "# What this phone’s pre-installed software does\n")?;
    let fingerprint = record.build.fingerprint.as_deref().unwrap_or("unknown");
    for (name, value) in [
        ("Build", fingerprint),
        ("Device", &build::device(record)),
        ("Record", whole.digest),
        ("Looked at", words::depth(record.depth)),
        ("Engine", &record.engine),
    ] {
        writeln!(out, "- **{name}:** {}", code(value))?;
    }
    let label = Label::of(record);
    writeln!(out, "\n## What could not be looked at\n")?;
    for remark in &label.unseen {
        let text = prose(&remark.text);
        writeln!(out, "{}\n", if remark.grave { format!("**{text}**") } else { text })?;
    }
    for part in &label.parts {
        answer(out, &label, part)?;
    }
    findings::section(out, &label.apps, short)?;
    tables::peers(out, record)?;
    tables::packages(out, record)?;
    coverage(out, record)?;
    findings::dead(out, &apps::group(record, &record.dead))?;
    writeln!(out, "## How to read this\n\nEach finding states how much is proven, and never more:\n")?;
    for rung in overt_record::Rung::ALL {
        writeln!(out, "- **{rung}**: {}", prose(words::rung(*rung)))?;
    }
    writeln!(out, "\nThe code behind a finding: `overt explain ID --build {}`", mark::word(short))
}

fn answer(out: &mut dyn Write, label: &Label<'_>, part: &Part<'_>) -> io::Result<()> {
    writeln!(out, "## {}\n", part.title)?;
    if part.lines.is_empty() {
        if !part.nothing.is_empty() {
            writeln!(out, "{}\n", prose(part.nothing))?;
        }
    } else if !part.note.is_empty() {
        writeln!(out, "*{}*\n", prose(part.note))?;
    }
    for line in part.lines.iter().take(SENTENCES) {
        let Some(app) = label.apps.get(line.app) else { continue };
        write!(out, "- **{}** {}.", prose(&app.called()), prose(&line.says))?;
        let about = rights(&app.rights());
        for remark in line.remarks.iter().chain([&about]).filter(|remark| !remark.is_empty()) {
            write!(out, " {}.", prose(remark.trim_end_matches('.')))?;
        }
        let ids: Vec<String> = line.findings.iter().take(4).map(|finding| code(&finding.id)).collect();
        writeln!(
            out,
            " ({}, {}, confidence {}: {})",
            line.severity,
            line.rung,
            line.confidence,
            ids.join(" ")
        )?;
    }
    if !part.lines.is_empty() {
        more(out, part.lines.len(), SENTENCES)?;
        writeln!(out)?;
    }
    if !part.tallies.is_empty() {
        writeln!(out, "{}\n", prose(part.counted))?;
        for tally in part.tallies.iter().take(TALLIES) {
            writeln!(out, "- {}", prose(&counted(tally)))?;
        }
        more(out, part.tallies.len(), TALLIES)?;
        writeln!(out)?;
    }
    Ok(())
}

fn coverage(out: &mut dyn Write, record: &overt_record::Record) -> io::Result<()> {
    let coverage = &record.coverage;
    if coverage.missing.is_empty() && coverage.unreadable.is_empty() {
        return Ok(());
    }
    writeln!(out, "## What exactly could not be looked at\n")?;
    if !coverage.missing.is_empty() {
        writeln!(out, "{}\n", prose(&gaps::missing_in_all(coverage)))?;
    }
    for (why, files) in gaps::missing_by_reason(&coverage.missing) {
        writeln!(out, "- {} × {}", prose(why), words::number(files.len() as u64))?;
        for file in files.iter().take(PLACES) {
            writeln!(out, "  - {}", code(&gaps::missing_file(file)))?;
        }
        more(out, files.len(), PLACES)?;
    }
    for (problem, items) in gaps::unreadable_by_code(&coverage.unreadable) {
        writeln!(out, "- {} × {}", code(problem), words::number(items.len() as u64))?;
        for item in items.iter().take(PLACES) {
            writeln!(out, "  - {}: {}", code(&item.locus), prose(&gaps::consequence(item)))?;
        }
        more(out, items.len(), PLACES)?;
    }
    writeln!(out)
}

/// How many are not shown.
fn more(out: &mut dyn Write, all: usize, shown: usize) -> io::Result<()> {
    match all.checked_sub(shown) {
        Some(rest) if rest > 0 => {
            writeln!(out, "  - and {}, in the record", plural(rest as u64, "more thing"))
        }
        _ => Ok(()),
    }
}
