//! Findings, app by app.

use std::io;

use overt_record::{Record, Severity};

use super::canvas::Canvas;
use super::{build, coverage, dead, finding, short};
use crate::apps::{self, App, Met, counts};
use crate::facts;
use crate::style::Ink;
use crate::subject::FindingList;
use crate::words::{self, plural};

/// Findings of one app that the report prints in full.
const IN_FULL: usize = 10;
/// Less severe ones are counted only.
const WORTH_PRINTING: Severity = Severity::Medium;
/// Apps with minor findings only that the report names.
const MINOR_APPS: usize = 40;

/// Name, label and rights of an app.
fn head(canvas: &mut Canvas<'_>, app: &App<'_>) -> io::Result<()> {
    canvas.gap()?;
    let mut pieces = vec![(Ink::Strong, app.handle())];
    let mut described = String::new();
    if let Some(package) = app.package {
        if let Some(label) = &package.label {
            described.push_str(&format!(" “{label}”"));
        }
        if let Some(version) = &package.version_name {
            described.push_str(&format!(" {version}"));
        }
    }
    pieces.push((Ink::Plain, &described));
    canvas.wrapped(2, 4, &pieces)?;
    let paths = if app.name.is_some() { app.paths.as_slice() } else { &[] };
    let remarks: Vec<String> = paths.iter().map(|path| (*path).to_owned()).chain(app.rights()).collect();
    canvas.remark(4, &remarks.join(", "))
}

fn counts_of<'a>(findings: &'a [Met<'a>]) -> String {
    counts(findings.iter().map(|met| &met.finding.severity))
}

/// The section of the report.
pub(super) fn by_app(canvas: &mut Canvas<'_>, record: &Record, digest: &str) -> io::Result<()> {
    if record.findings.is_empty() {
        return Ok(());
    }
    let apps = apps::group(record, &record.findings);
    let (serious, minor): (Vec<App<'_>>, Vec<App<'_>>) = apps
        .into_iter()
        .partition(|app| app.findings.iter().any(|met| met.finding.severity >= WORTH_PRINTING));
    if !serious.is_empty() {
        canvas.heading("FINDINGS BY APP")?;
    }
    for app in &serious {
        head(canvas, app)?;
        let worth = |met: &&Met<'_>| met.finding.severity >= WORTH_PRINTING;
        let full: Vec<&Met<'_>> = app.findings.iter().filter(worth).take(IN_FULL).collect();
        for met in &full {
            canvas.gap()?;
            one(canvas, 4, met)?;
        }
        let rest = &app.findings[full.len()..];
        if !rest.is_empty() {
            canvas.gap()?;
            canvas.wrapped(
                4,
                6,
                &[
                    (Ink::Plain, &format!("and {}:", counts_of(rest))),
                    (Ink::Faint, &format!("overt findings {digest} --package {}", app.handle())),
                ],
            )?;
        }
    }
    if !minor.is_empty() {
        canvas.heading(&format!("APPS WITH NOTHING ABOVE {}", Severity::Low.as_str().to_uppercase()))?;
        let wide = canvas.beside(42);
        for app in minor.iter().take(MINOR_APPS) {
            canvas.row(2, &[(wide, Ink::Plain, app.handle()), (0, Ink::Plain, &counts_of(&app.findings))])?;
        }
        if let Some(rest) = minor.len().checked_sub(MINOR_APPS).filter(|rest| *rest > 0) {
            canvas.remark(2, &format!("and {}: overt findings {digest}", plural(rest as u64, "more app")))?;
        }
    }
    Ok(())
}

/// One finding: title, what it says where the title does not say it already, facts.
fn one(canvas: &mut Canvas<'_>, indent: usize, met: &Met<'_>) -> io::Result<()> {
    let finding = met.finding;
    finding::title(canvas, indent, finding)?;
    if facts::says_more(finding) {
        canvas.paragraph(indent + 4, &finding.says)?;
    }
    finding::facts(canvas, indent + 4, finding)?;
    canvas.field(indent + 4, "also in", &met.also.join(", "))
}

/// What `overt findings` prints: all that was asked for.
pub(super) fn list(canvas: &mut Canvas<'_>, list: &FindingList<'_>) -> io::Result<()> {
    build::title(canvas, list.record)?;
    coverage::brief(canvas, &list.record.coverage, short(list.digest))?;
    let all = list.record.findings.len() as u64;
    let shown = list.findings.len() as u64;
    let asked = if list.asked.is_empty() {
        plural(shown, "finding")
    } else {
        format!("{} of {} ({})", words::number(shown), plural(all, "finding"), list.asked)
    };
    let severities = counts(list.findings.iter().map(|finding| &finding.severity));
    canvas.field(
        2,
        "shown",
        &if severities.is_empty() { asked } else { format!("{asked}: {severities}") },
    )?;
    for app in apps::group(list.record, list.findings.iter().copied()) {
        head(canvas, &app)?;
        for met in &app.findings {
            canvas.gap()?;
            one(canvas, 4, met)?;
        }
    }
    dead::section(canvas, list.dead.iter().copied())?;
    if !list.findings.is_empty() {
        canvas.gap()?;
        canvas.remark(2, "The evidence of one: overt explain ID")?;
    }
    Ok(())
}
