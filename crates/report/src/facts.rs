//! What an investigator asks first about a finding, in words that never say more than its rung.

use overt_record::evidence::Role;
use overt_record::finding::{RunsAs, Transform};
use overt_record::words::GateKind;
use overt_record::{Confidence, Evidence, Finding, Rung};

use crate::words;

/// A question with its answers.
pub(crate) type Fact = (&'static str, Vec<String>);

/// What an investigator asks first: what, where to, when, from where. At most `endpoints` of the endpoints are named.
pub(crate) fn first(finding: &Finding, endpoints: usize) -> Vec<Fact> {
    let one = |label: &'static str, value: String| (label, vec![value]);
    let mut facts = vec![
        one(data_label(finding.rung), data(finding)),
        one(effect_label(finding.rung), effects(finding)),
        (endpoint_label(finding.rung), some_endpoints(finding, endpoints)),
    ];
    if !said_by_trigger(finding) {
        facts.push(one("reached from", reach(finding)));
    }
    facts.push(one("woken by", triggers(finding)));
    facts.push(one("only if", gates(finding)));
    facts.push(one("entry", entry(finding).map(place).unwrap_or_default()));
    if finding.confidence < Confidence::High {
        facts.push(one("confidence", finding.confidence.as_str().to_owned()));
    }
    for (_, values) in &mut facts {
        values.retain(|value| !value.is_empty());
    }
    facts.retain(|(_, values)| !values.is_empty());
    facts
}

/// Whether "woken by" already says where it is reached from.
fn said_by_trigger(finding: &Finding) -> bool {
    finding.reach.guard.is_none()
        && finding.triggers.iter().any(|trigger| trigger.kind.as_str() == finding.reach.from)
}

pub(crate) fn reach(finding: &Finding) -> String {
    words::reach(&finding.reach.from, finding.reach.guard.as_deref())
}

/// A label never says more than the rung.
pub(crate) fn data_label(rung: Rung) -> &'static str {
    match rung {
        Rung::Indicator => "would concern",
        Rung::Capability => "can concern",
        Rung::Flow => "data that flow",
        Rung::Observed => "data seen",
    }
}

/// A label never says more than the rung.
pub(crate) fn effect_label(rung: Rung) -> &'static str {
    match rung {
        Rung::Indicator => "known to",
        Rung::Capability => "can",
        Rung::Flow => "can be made to",
        Rung::Observed => "seen to",
    }
}

/// A label never says more than the rung.
pub(crate) fn endpoint_label(rung: Rung) -> &'static str {
    match rung {
        Rung::Indicator | Rung::Capability => "names",
        Rung::Flow => "peer",
        Rung::Observed => "peer seen",
    }
}

pub(crate) fn data(finding: &Finding) -> String {
    finding.data.iter().map(|kind| words::data(*kind)).collect::<Vec<_>>().join(", ")
}

pub(crate) fn effects(finding: &Finding) -> String {
    finding.effects.iter().map(|effect| words::effect(*effect)).collect::<Vec<_>>().join(", ")
}

pub(crate) fn triggers(finding: &Finding) -> String {
    finding.triggers.iter().map(words::trigger).collect::<Vec<_>>().join("; ")
}

/// The channels on the way.
pub(crate) fn channels(finding: &Finding) -> String {
    finding.via.iter().map(|via| words::via(*via)).collect::<Vec<_>>().join(", ")
}

pub(crate) fn gates(finding: &Finding) -> String {
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

fn some_endpoints(finding: &Finding, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = finding.endpoints.iter().take(most).map(words::endpoint).collect();
    if let Some(rest) = finding.endpoints.len().checked_sub(most).filter(|rest| *rest > 0) {
        lines.push(format!("and {rest} more: overt explain {}", finding.id));
    }
    lines
}

/// What happens to a datum on the way.
pub(crate) fn transform(transform: &Transform) -> String {
    let mut text = transform.kind.clone();
    if let Some(algorithm) = &transform.algorithm {
        text.push_str(&format!(" {algorithm}"));
    }
    if let Some(key) = &transform.key {
        text.push_str(&format!(" with the key {key}"));
    }
    if let Some(field) = &transform.field {
        text.push_str(&format!(", put in the field {field}"));
    }
    text
}

/// What was assumed, and where.
pub(crate) fn assumptions(finding: &Finding) -> Vec<String> {
    finding
        .assumptions
        .iter()
        .map(|assumption| format!("{} — at {}", words::assumption(&assumption.kind), assumption.at))
        .collect()
}

/// The user it happens as.
pub(crate) fn runs_as(finding: &Finding) -> String {
    if finding.package.is_none() && finding.runs_as == RunsAs::default() {
        "unknown: there is no manifest".to_owned()
    } else {
        words::runs_as(&finding.runs_as)
    }
}

/// Whether `says` adds something to the title.
pub(crate) fn says_more(finding: &Finding) -> bool {
    finding.says.trim_end_matches('.') != finding.title.trim_end_matches('.')
}

/// Where Android enters the code.
fn entry(finding: &Finding) -> Option<&Evidence> {
    finding.evidence.iter().find(|evidence| evidence.role == Role::Entry)
}

/// A piece of evidence in one line: `class › method › offset`, or the locus for what is not code.
pub(crate) fn place(evidence: &Evidence) -> String {
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
