//! Findings, app by app: grave ones with their facts and, where data were followed, their way; the others in a line.

use std::io::{self, Write};

use overt_record::{Evidence, Finding, Rung, Severity};

use super::mark::{code, prose};
use crate::apps::{App, Met, counts};
use crate::facts;
use crate::words::{self, plural};

/// Endpoints named with a finding.
const ENDPOINTS: usize = 8;
/// Pieces of evidence named with a finding.
const EVIDENCE: usize = 100;
/// Findings of one app that stand in a line each; the rest is counted.
const LINES: usize = 60;
/// Copies of an app that are named.
const COPIES: usize = 8;
/// Behaviours of unreached code that are named.
const DEAD: usize = 200;

fn is_grave(finding: &Finding) -> bool {
    finding.rung >= Rung::Flow || finding.severity >= Severity::Medium
}

pub(super) fn section(out: &mut dyn Write, apps: &[App<'_>], digest: &str) -> io::Result<()> {
    writeln!(out, "## Findings\n")?;
    if apps.is_empty() {
        return writeln!(out, "No findings in what was looked at.\n");
    }
    for app in apps {
        writeln!(out, "### {}\n", prose(&app.called()))?;
        let paths: Vec<String> = app.paths.iter().take(COPIES).map(|path| code(path)).collect();
        writeln!(
            out,
            "{}; {}; {}\n",
            paths.join(", "),
            prose(&app.rights().join(", ")),
            counts(app.findings.iter().map(|met| &met.finding.severity))
        )?;
        let (grave, minor): (Vec<&Met<'_>>, Vec<&Met<'_>>) =
            app.findings.iter().partition(|met| is_grave(met.finding));
        for met in grave {
            one(out, met)?;
        }
        for met in minor.iter().take(LINES) {
            let finding = met.finding;
            writeln!(
                out,
                "- {}, {}, confidence {}: {} ({})",
                finding.severity,
                finding.rung,
                finding.confidence,
                prose(&finding.title),
                code(&finding.id)
            )?;
        }
        if let Some(rest) = minor.len().checked_sub(LINES).filter(|rest| *rest > 0) {
            let command = format!("overt findings {digest} --package {}", app.handle());
            writeln!(out, "- and {}: {}", plural(rest as u64, "more finding"), code(&command))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn one(out: &mut dyn Write, met: &Met<'_>) -> io::Result<()> {
    let finding = met.finding;
    let dormant = if finding.dormant { " (dormant)" } else { "" };
    writeln!(out, "#### {}: {}{dormant}\n", finding.severity, prose(&finding.title))?;
    writeln!(
        out,
        "{}, confidence {}, {} ({})\n",
        finding.rung,
        finding.confidence,
        code(&finding.behaviour),
        code(&finding.id)
    )?;
    if facts::says_more(finding) {
        writeln!(out, "{}\n", prose(&finding.says))?;
    }
    let mut all = facts::first(finding, ENDPOINTS);
    all.retain(|(label, _)| *label != "confidence" && *label != "entry");
    all.push(("runs as", vec![facts::runs_as(finding)]));
    all.push(("by way of", finding.via.iter().map(|via| words::via(*via).to_owned()).collect()));
    all.push(("changed by", finding.transforms.iter().map(facts::transform).collect()));
    all.push(("assumed", facts::assumptions(finding)));
    all.push(("wrong if", finding.would_be_wrong_if.iter().cloned().collect()));
    all.push(("also in", met.also.iter().take(COPIES).map(|path| (*path).to_owned()).collect()));
    for (label, values) in all.iter().filter(|(_, values)| !values.is_empty()) {
        let values: Vec<String> = values.iter().map(|value| prose(value)).collect();
        writeln!(out, "- **{label}:** {}", values.join("; "))?;
    }
    writeln!(out)?;
    for (number, evidence) in finding.evidence.iter().take(EVIDENCE).enumerate() {
        writeln!(out, "{}. {}", number + 1, place(evidence))?;
    }
    if let Some(rest) = finding.evidence.len().checked_sub(EVIDENCE).filter(|rest| *rest > 0) {
        writeln!(out, "\nand {}", plural(rest as u64, "more place"))?;
    }
    writeln!(out)
}

fn place(evidence: &Evidence) -> String {
    let mut text = format!("{} {}", words::role(evidence.role), code(&facts::place(evidence)));
    if let Some(package) = &evidence.package {
        text.push_str(&format!(" in {}", code(package)));
    }
    if let Some(instruction) = &evidence.instruction {
        text.push_str(&format!(": {}", code(instruction)));
    }
    text
}

/// What code that nothing reaches could do: apart, and never counted.
pub(super) fn dead(out: &mut dyn Write, apps: &[App<'_>]) -> io::Result<()> {
    let all = apps.iter().map(|app| app.findings.len()).sum::<usize>();
    if all == 0 {
        return Ok(());
    }
    writeln!(out, "## Code that nothing reaches\n")?;
    writeln!(out, "No entry point of this build was found to reach it. It is not counted as behaviour.\n")?;
    let every = apps.iter().flat_map(|app| app.findings.iter().map(move |met| (app, met.finding)));
    for (app, finding) in every.take(DEAD) {
        writeln!(out, "- {}: {} ({})", code(app.handle()), prose(&finding.title), code(&finding.id))?;
    }
    if all > DEAD {
        writeln!(out, "- and {}, in the record", plural((all - DEAD) as u64, "more behaviour"))?;
    }
    writeln!(out)
}
