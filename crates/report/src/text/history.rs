//! A device over its builds: a table of behaviours with a column a build.

use std::io;

use overt_record::history::{History, HistoryLine, Presence};

use super::canvas::Canvas;
use super::short;
use crate::style::Ink;
use crate::words::plural;

/// Columns for builds; of more, the last are shown.
const COLUMNS: usize = 24;

/// What `overt history` prints.
pub(super) fn history(canvas: &mut Canvas<'_>, history: &History) -> io::Result<()> {
    canvas.wrapped(0, 0, &[(Ink::Strong, &format!("{} OVER TIME", history.device))])?;
    for (number, build) in history.builds.iter().enumerate() {
        let name = build.fingerprint.as_deref().unwrap_or("without fingerprint");
        let date = build.build_date.as_deref().unwrap_or("date unknown");
        let mut text = format!("{name}, built {date}, record {}", short(&build.record_sha256));
        if !build.complete {
            text.push_str(", not complete");
        }
        if !build.same_knowledge {
            text.push_str(", scanned otherwise than the build before: differences may be ours");
        }
        canvas.field(2, &format!("{}", number + 1), &text)?;
    }
    canvas.gap()?;
    canvas.remark(2, "■ found   · looked for and not there   ? could not be looked at")?;
    let steady = history.lines.iter().filter(|line| line.steady).count();
    let mut package = None;
    for line in history.lines.iter().filter(|line| !line.steady) {
        if package != Some(&line.package) {
            canvas.heading(if line.package.is_empty() { "the build" } else { &line.package })?;
            package = Some(&line.package);
        }
        row(canvas, line)?;
    }
    if steady > 0 {
        canvas.gap()?;
        canvas.paragraph(2, &format!("{} found in every build.", plural(steady as u64, "behaviour")))?;
    }
    Ok(())
}

fn row(canvas: &mut Canvas<'_>, line: &HistoryLine) -> io::Result<()> {
    let skipped = line.at.len().saturating_sub(COLUMNS);
    let marks: String = line
        .at
        .iter()
        .skip(skipped)
        .map(|presence| match presence {
            Presence::Present => '■',
            Presence::Absent => '·',
            Presence::Unknown => '?',
        })
        .collect();
    let returned = if line.returned { "  returned after being gone" } else { "" };
    canvas.wrapped(
        2,
        6,
        &[
            (Ink::Strong, &marks),
            (Ink::Plain, &format!("  {} {} ({}){returned}", line.behaviour, line.id, line.severity)),
        ],
    )
}
