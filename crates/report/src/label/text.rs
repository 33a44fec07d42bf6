//! The label as text.

use std::io::{self, Write};

use super::{Label, Line, Part, Tally};
use crate::style::{Ink, Style};
use crate::subject::Subject;
use crate::text::SHORT_DIGEST;
use crate::text::canvas::Canvas;
use crate::words::{self, number, plural};

/// Sentences printed for one question.
const SENTENCES: usize = 30;
/// Capabilities counted in print for one question.
const TALLIES: usize = 12;
/// Findings named with a sentence.
const NAMED: usize = 4;

pub(super) fn render(subject: &Subject<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let Subject::Whole(whole) = subject else { return Err(io::Error::from(io::ErrorKind::Unsupported)) };
    let record = whole.record;
    let short = whole.digest.get(..SHORT_DIGEST).unwrap_or(whole.digest);
    let canvas = &mut Canvas::new(out, *style);
    let label = Label::of(record);
    canvas.wrapped(0, 0, &[(Ink::Strong, "WHAT THIS PHONE DOES")])?;
    crate::text::title(canvas, record)?;
    canvas.field(2, "record", whole.digest)?;
    canvas.field(2, "looked at", words::depth(record.depth))?;
    unseen(canvas, &label)?;
    for part in &label.parts {
        answer(canvas, &label, part)?;
    }
    if label.dead > 0 {
        canvas.gap()?;
        canvas.remark(
            2,
            &format!(
                "Not counted above: {} of code that nothing on the phone was found to reach.",
                plural(label.dead as u64, "behaviour")
            ),
        )?;
    }
    canvas.gap()?;
    canvas.field(2, "evidence", "overt explain ID")?;
    canvas.field(2, "everything", &format!("overt report {short} --format html --out report.html"))
}

/// First, because it bounds all the rest.
fn unseen(canvas: &mut Canvas<'_>, label: &Label<'_>) -> io::Result<()> {
    canvas.heading("WHAT COULD NOT BE LOOKED AT")?;
    for remark in &label.unseen {
        canvas.wrapped(2, 2, &[(if remark.grave { Ink::Warning } else { Ink::Plain }, &remark.text)])?;
    }
    Ok(())
}

fn answer(canvas: &mut Canvas<'_>, label: &Label<'_>, part: &Part<'_>) -> io::Result<()> {
    canvas.heading(&part.title.to_uppercase())?;
    if part.lines.is_empty() {
        if !part.nothing.is_empty() {
            canvas.paragraph(2, part.nothing)?;
        }
    } else if !part.note.is_empty() {
        canvas.remark(2, part.note)?;
    }
    for line in part.lines.iter().take(SENTENCES) {
        sentence(canvas, label, line)?;
    }
    if let Some(rest) = part.lines.len().checked_sub(SENTENCES).filter(|rest| *rest > 0) {
        canvas.remark(2, &format!("and {}, in the report", plural(rest as u64, "more sentence")))?;
    }
    if part.tallies.is_empty() {
        return Ok(());
    }
    canvas.gap()?;
    canvas.remark(2, part.counted)?;
    for tally in part.tallies.iter().take(TALLIES) {
        canvas.wrapped(4, 6, &[(Ink::Plain, &counted(tally))])?;
    }
    match part.tallies.len().checked_sub(TALLIES) {
        Some(rest) if rest > 0 => {
            canvas.remark(4, &format!("and {}, in the report", plural(rest as u64, "more kind")))
        }
        _ => Ok(()),
    }
}

/// "Can run shell commands: 20 apps, 7 of them privileged".
pub(crate) fn counted(tally: &Tally) -> String {
    let mut text = format!("{}: {}", tally.title, plural(tally.apps as u64, "app"));
    if tally.mighty > 0 {
        let of = if tally.mighty == tally.apps && tally.apps == 1 {
            "privileged or of the system".to_owned()
        } else if tally.mighty == tally.apps {
            "all privileged or of the system".to_owned()
        } else {
            format!("{} of them privileged or of the system", number(tally.mighty as u64))
        };
        text.push_str(&format!(", {of}"));
    }
    if !tally.named.is_empty() {
        text.push_str(&format!(": {}", tally.named.join(", ")));
    }
    text
}

fn sentence(canvas: &mut Canvas<'_>, label: &Label<'_>, line: &Line<'_>) -> io::Result<()> {
    let Some(app) = label.apps.get(line.app) else { return Ok(()) };
    canvas.gap()?;
    canvas.wrapped(2, 4, &[(Ink::Strong, &app.called()), (Ink::Plain, &format!("{}.", line.says))])?;
    let mut remarks = line.remarks.clone();
    remarks.push(rights(&app.rights()));
    for remark in remarks.iter().filter(|remark| !remark.is_empty()) {
        canvas.paragraph(4, &format!("{}.", remark.trim_end_matches('.')))?;
    }
    let severity = line.severity.as_str().to_uppercase();
    let ids: Vec<&str> = line.findings.iter().take(NAMED).map(|finding| finding.id.as_str()).collect();
    let mut rest = format!("{}, confidence {}; overt explain {}", line.rung, line.confidence, ids.join(", "));
    if let Some(more) = line.findings.len().checked_sub(NAMED).filter(|more| *more > 0) {
        rest.push_str(&format!(" and {more} more"));
    }
    canvas.wrapped(
        4,
        4,
        &[(words::severity_ink(line.severity), &format!("{severity},")), (Ink::Faint, &rest)],
    )
}

/// "It runs as system, privileged": the app's rights as a sentence.
pub(crate) fn rights(rights: &[String]) -> String {
    if rights.is_empty() { String::new() } else { format!("The app: {}", rights.join(", ")) }
}
