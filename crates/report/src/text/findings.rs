//! Findings, app by app.

use std::collections::BTreeMap;
use std::io;

use overt_record::{Finding, Package, Record, Severity};

use super::canvas::Canvas;
use super::rights::{Rights, signer};
use super::summary::counts;
use super::{build, coverage, dead, finding, short};
use crate::style::Ink;
use crate::subject::FindingList;
use crate::words::{self, plural};

/// Findings of one app that the report prints in full.
const IN_FULL: usize = 10;
/// Less severe ones are counted only.
const WORTH_PRINTING: Severity = Severity::Medium;
/// Apps with minor findings only that the report names.
const MINOR_APPS: usize = 40;

/// One app and what was found in it.
struct App<'a> {
    package: Option<&'a Package>,
    name: Option<&'a str>,
    path: &'a str,
    findings: Vec<&'a Finding>,
}

impl<'a> App<'a> {
    /// Findings grouped by app: the app with the worst first.
    fn group(record: &'a Record, findings: impl IntoIterator<Item = &'a Finding>) -> Vec<App<'a>> {
        let packages: BTreeMap<(&str, Option<&str>), &Package> = record
            .packages
            .iter()
            .map(|package| ((package.path.as_str(), package.package.as_deref()), package))
            .collect();
        let mut apps: BTreeMap<(&str, Option<&str>), Vec<&Finding>> = BTreeMap::new();
        for finding in findings {
            apps.entry((&finding.path, finding.package.as_deref())).or_default().push(finding);
        }
        let mut apps: Vec<App<'a>> = apps
            .into_iter()
            .map(|((path, name), mut findings)| {
                findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| b.rung.cmp(&a.rung)));
                App { package: packages.get(&(path, name)).copied(), name, path, findings }
            })
            .collect();
        apps.sort_by_key(|app| {
            let of = |severity: Severity| app.findings.iter().filter(|f| f.severity == severity).count();
            std::cmp::Reverse(Severity::ALL.iter().rev().map(|severity| of(*severity)).collect::<Vec<_>>())
        });
        apps
    }

    /// What the app is called in commands.
    fn handle(&self) -> &'a str {
        self.name.unwrap_or(self.path)
    }

    fn counts(&self) -> String {
        counts(self.findings.iter().map(|finding| &finding.severity))
    }

    fn head(&self, canvas: &mut Canvas<'_>) -> io::Result<()> {
        canvas.gap()?;
        let mut pieces = vec![(Ink::Strong, self.handle())];
        let mut described = String::new();
        if let Some(package) = self.package {
            if let Some(label) = &package.label {
                described.push_str(&format!(" “{label}”"));
            }
            if let Some(version) = &package.version_name {
                described.push_str(&format!(" {version}"));
            }
        }
        pieces.push((Ink::Plain, &described));
        canvas.wrapped(2, 4, &pieces)?;
        let mut rights = Vec::new();
        if self.name.is_some() {
            rights.push(self.path.to_owned());
        }
        if let Some(package) = self.package {
            rights.push(match Rights::of(package) {
                Rights::Framework => "has the rights of whoever loads it".into(),
                Rights::Unknown => "its rights are unknown: there is no manifest".into(),
                _ => format!("runs as {}", words::runs_as(&package.runs_as)),
            });
            if package.privileged {
                rights.push("privileged".into());
            }
            if package.persistent {
                rights.push("always running".into());
            }
            match signer(package) {
                "platform" => rights.push("signed with the platform key".into()),
                "test key" => rights.push("signed with a published test key".into()),
                "invalid" => rights.push("its signature is not valid".into()),
                _ => {}
            }
        }
        canvas.remark(4, &rights.join(", "))
    }
}

/// The section of the report.
pub(super) fn by_app(canvas: &mut Canvas<'_>, record: &Record, digest: &str) -> io::Result<()> {
    if record.findings.is_empty() {
        return Ok(());
    }
    let apps = App::group(record, &record.findings);
    let (serious, minor): (Vec<App<'_>>, Vec<App<'_>>) =
        apps.into_iter().partition(|app| app.findings.iter().any(|f| f.severity >= WORTH_PRINTING));
    if !serious.is_empty() {
        canvas.heading("FINDINGS BY APP")?;
    }
    for app in &serious {
        app.head(canvas)?;
        let full: Vec<&&Finding> =
            app.findings.iter().filter(|f| f.severity >= WORTH_PRINTING).take(IN_FULL).collect();
        for finding in &full {
            canvas.gap()?;
            one(canvas, 4, finding)?;
        }
        let rest = &app.findings[full.len()..];
        if !rest.is_empty() {
            canvas.gap()?;
            canvas.wrapped(
                4,
                6,
                &[
                    (Ink::Plain, &format!("and {}:", counts(rest.iter().map(|finding| &finding.severity)))),
                    (Ink::Faint, &format!("overt findings {digest} --package {}", app.handle())),
                ],
            )?;
        }
    }
    if !minor.is_empty() {
        canvas.heading(&format!("APPS WITH NOTHING ABOVE {}", Severity::Low.as_str().to_uppercase()))?;
        let wide = canvas.beside(42);
        for app in minor.iter().take(MINOR_APPS) {
            canvas.row(2, &[(wide, Ink::Plain, app.handle()), (0, Ink::Plain, &app.counts())])?;
        }
        if let Some(rest) = minor.len().checked_sub(MINOR_APPS).filter(|rest| *rest > 0) {
            canvas.remark(2, &format!("and {}: overt findings {digest}", plural(rest as u64, "more app")))?;
        }
    }
    Ok(())
}

/// One finding: title, what it says where the title does not say it already, facts.
fn one(canvas: &mut Canvas<'_>, indent: usize, finding: &Finding) -> io::Result<()> {
    finding::title(canvas, indent, finding)?;
    if finding.says.trim_end_matches('.') != finding.title.trim_end_matches('.') {
        canvas.paragraph(indent + 4, &finding.says)?;
    }
    finding::facts(canvas, indent + 4, finding)
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
    for app in App::group(list.record, list.findings.iter().copied()) {
        app.head(canvas)?;
        for finding in &app.findings {
            canvas.gap()?;
            one(canvas, 4, finding)?;
        }
    }
    dead::section(canvas, list.dead.iter().copied())?;
    if !list.findings.is_empty() {
        canvas.gap()?;
        canvas.remark(2, "The evidence of one: overt explain ID")?;
    }
    Ok(())
}
