//! One finding: its title with severity and rung, and what an investigator asks first.

use std::io;

use overt_record::evidence::Role;
use overt_record::words::GateKind;
use overt_record::{Confidence, Evidence, Finding, Rung};

use super::canvas::Canvas;
use crate::style::Ink;
use crate::words;

/// Endpoints printed with a finding.
const ENDPOINTS: usize = 5;

/// The title line: severity, rung, title, id.
pub(super) fn title(canvas: &mut Canvas<'_>, indent: usize, finding: &Finding) -> io::Result<()> {
    let severity = format!("{:9}", finding.severity.as_str().to_uppercase());
    let rung = format!("{:11}", finding.rung.as_str());
    let title = if finding.dormant { format!("{} [dormant]", finding.title) } else { finding.title.clone() };
    canvas.row(
        indent,
        &[
            (9, words::severity_ink(finding.severity), severity.trim_end()),
            (10, Ink::Plain, rung.trim_end()),
            (16, Ink::Faint, &finding.id),
            (0, Ink::Strong, &title),
        ],
    )
}

/// What an investigator asks first: what, where to, when, from where.
pub(super) fn facts(canvas: &mut Canvas<'_>, indent: usize, finding: &Finding) -> io::Result<()> {
    canvas.field(indent, data_label(finding.rung), &data(finding))?;
    canvas.field(indent, effect_label(finding.rung), &effects(finding))?;
    canvas.fields(indent, endpoint_label(finding.rung), endpoints(finding))?;
    if !said_by_trigger(finding) {
        canvas.field(indent, "reached from", &reach(finding))?;
    }
    canvas.field(indent, "woken by", &triggers(finding))?;
    canvas.field(indent, "only if", &gates(finding))?;
    canvas.field(indent, "entry", &entry(finding).map(place).unwrap_or_default())?;
    if finding.confidence < Confidence::High {
        canvas.field(indent, "confidence", finding.confidence.as_str())?;
    }
    Ok(())
}

/// Whether "woken by" already says where it is reached from.
fn said_by_trigger(finding: &Finding) -> bool {
    finding.reach.guard.is_none()
        && finding.triggers.iter().any(|trigger| trigger.kind.as_str() == finding.reach.from)
}

pub(super) fn reach(finding: &Finding) -> String {
    words::reach(&finding.reach.from, finding.reach.guard.as_deref())
}

/// A label never says more than the rung.
pub(super) fn data_label(rung: Rung) -> &'static str {
    match rung {
        Rung::Indicator => "would concern",
        Rung::Capability => "can concern",
        Rung::Flow => "data that flow",
        Rung::Observed => "data seen",
    }
}

/// A label never says more than the rung.
pub(super) fn effect_label(rung: Rung) -> &'static str {
    match rung {
        Rung::Indicator => "known to",
        Rung::Capability => "can",
        Rung::Flow => "can be made to",
        Rung::Observed => "seen to",
    }
}

/// A label never says more than the rung.
pub(super) fn endpoint_label(rung: Rung) -> &'static str {
    match rung {
        Rung::Indicator | Rung::Capability => "names",
        Rung::Flow => "peer",
        Rung::Observed => "peer seen",
    }
}

pub(super) fn data(finding: &Finding) -> String {
    finding.data.iter().map(|kind| words::data(*kind)).collect::<Vec<_>>().join(", ")
}

pub(super) fn effects(finding: &Finding) -> String {
    finding.effects.iter().map(|effect| words::effect(*effect)).collect::<Vec<_>>().join(", ")
}

pub(super) fn triggers(finding: &Finding) -> String {
    finding.triggers.iter().map(words::trigger).collect::<Vec<_>>().join("; ")
}

pub(super) fn gates(finding: &Finding) -> String {
    let mut gates: Vec<String> = finding
        .gates
        .iter()
        .map(|gate| match &gate.value {
            Some(value) if !gate.says.contains(value.as_str()) => format!("{} ({value})", gate.says),
            _ => gate.says.clone(),
        })
        .collect();
    if finding.dormant && !finding.gates.iter().any(|gate| gate.kind == GateKind::ServerSwitch) {
        gates.push("dormant: the code is there and runs only when a server turns it on".into());
    }
    gates.join("; ")
}

fn endpoints(finding: &Finding) -> Vec<String> {
    let mut lines: Vec<String> = finding.endpoints.iter().take(ENDPOINTS).map(words::endpoint).collect();
    if let Some(rest) = finding.endpoints.len().checked_sub(ENDPOINTS).filter(|rest| *rest > 0) {
        lines.push(format!("and {rest} more: overt explain {}", finding.id));
    }
    lines
}

/// Where Android enters the code.
fn entry(finding: &Finding) -> Option<&Evidence> {
    finding.evidence.iter().find(|evidence| evidence.role == Role::Entry)
}

/// A piece of evidence in one line: `class › method › offset`, or the locus for what is not code.
pub(super) fn place(evidence: &Evidence) -> String {
    let Some(class) = &evidence.class else {
        return evidence.locus.clone();
    };
    let mut text = class.clone();
    if let Some(method) = &evidence.method {
        text.push_str(&format!(" › {method}{}", evidence.descriptor.as_deref().unwrap_or_default()));
    }
    if let Some(offset) = evidence.offset {
        text.push_str(&format!(" › {offset:04x}"));
    }
    text
}
