//! How many findings of which severity on which rung.

use std::io;

use overt_record::{Record, Rung, Severity};

use super::canvas::Canvas;
use crate::style::Ink;
use crate::words::{number, plural, severity_ink};

/// The section of the report.
pub(super) fn section(canvas: &mut Canvas<'_>, record: &Record) -> io::Result<()> {
    canvas.heading("SUMMARY")?;
    let mut dead = String::new();
    if !record.dead.is_empty() {
        dead = format!(
            " Not counted: {} of code that nothing reaches.",
            plural(record.dead.len() as u64, "behaviour")
        );
    }
    if record.findings.is_empty() {
        return canvas.paragraph(2, &format!("No findings in what was looked at.{dead}"));
    }
    let mut apps: Vec<&str> = record.findings.iter().map(|finding| finding.path.as_str()).collect();
    apps.sort_unstable();
    apps.dedup();
    let dormant = record.findings.iter().filter(|finding| finding.dormant).count() as u64;
    let dormant = match dormant {
        0 => String::new(),
        count => {
            format!(", {} of them dormant (the code is there, and a server can turn it on)", number(count))
        }
    };
    canvas.paragraph(
        2,
        &format!(
            "{} in {} of {}{dormant}.{dead}",
            plural(record.findings.len() as u64, "finding"),
            number(apps.len() as u64),
            plural(record.packages.len() as u64, "package")
        ),
    )?;
    canvas.gap()?;
    let mut head = vec![(12, Ink::Faint, "rung")];
    let severities: Vec<Severity> = Severity::ALL.iter().rev().copied().collect();
    for severity in &severities {
        head.push((-10, severity_ink(*severity), severity.as_str()));
    }
    canvas.row(2, &head)?;
    for rung in Rung::ALL.iter().rev() {
        let counts: Vec<String> = severities
            .iter()
            .map(|severity| {
                let count =
                    record.findings.iter().filter(|f| f.rung == *rung && f.severity == *severity).count();
                if count == 0 { "-".to_owned() } else { number(count as u64) }
            })
            .collect();
        if counts.iter().all(|count| count == "-") {
            continue;
        }
        let mut row = vec![(12, Ink::Plain, rung.as_str())];
        row.extend(counts.iter().map(|count| (-10, Ink::Plain, count.as_str())));
        canvas.row(2, &row)?;
    }
    Ok(())
}
