//! Sentences about one app, put together from what its findings have in common.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use overt_record::finding::{Endpoint, Trigger};
use overt_record::words::TriggerKind;
use overt_record::{Confidence, Finding, Rung, Severity};

use super::Line;
use crate::apps::App;
use crate::{facts, words};

/// Peers named in a sentence.
const PEERS: usize = 3;
/// Deeds named in a sentence.
const TITLES: usize = 8;
/// Occasions named in a sentence.
const OCCASIONS: usize = 4;

/// What is said of data that go somewhere. `{data}` and `{peer}` are filled in.
const SENDING: &[(Rung, &str)] = &[
    (Rung::Indicator, "holds traces of something known to send to {peer}: {data}"),
    (Rung::Capability, "can read: {data}"),
    (Rung::Flow, "sends to {peer}: {data}"),
    (Rung::Observed, "was seen sending to {peer}: {data}"),
];

/// Findings that go into one sentence: of one app, on one rung, with the same peers.
type Groups<'a> = BTreeMap<(usize, Reverse<Rung>, Vec<String>, bool), Vec<&'a Finding>>;

fn groups<'a>(apps: &[App<'a>], wanted: &dyn Fn(&Finding) -> bool) -> Groups<'a> {
    let mut groups: Groups<'a> = BTreeMap::new();
    for (index, app) in apps.iter().enumerate() {
        for finding in app.findings.iter().map(|met| met.finding).filter(|finding| wanted(finding)) {
            let key = (index, Reverse(finding.rung), peers(&finding.endpoints), finding.dormant);
            groups.entry(key).or_default().push(finding);
        }
    }
    groups
}

/// One sentence for what one app does on one rung towards the same peers; the gravest first.
pub(super) fn lines<'a>(apps: &[App<'a>], key: &str, wanted: &dyn Fn(&Finding) -> bool) -> Vec<Line<'a>> {
    let all = groups(apps, wanted).into_iter().map(|((app, Reverse(rung), peers, _), findings)| {
        let is_sending = key == "sends" && findings.iter().all(|finding| !finding.data.is_empty());
        let mut remarks = Vec::new();
        let says = if is_sending {
            sending(rung, &findings, &peers)
        } else {
            if !peers.is_empty() {
                remarks.push(match rung {
                    Rung::Flow | Rung::Observed => format!("The other side: {}", some(&peers, PEERS)),
                    Rung::Indicator | Rung::Capability => {
                        format!("Its code names {}", some(&peers, PEERS))
                    }
                });
            } else if key == "commands" && rung >= Rung::Flow {
                remarks.push("The address of the other side was not recovered".to_owned());
            }
            // Doors are what others do with the app.
            if key == "doors" { format!("– {}", titles(&findings)) } else { titles(&findings) }
        };
        remarks.extend(protection(rung, &findings));
        if key == "doors" {
            remarks.extend(guards(&findings));
        }
        remarks.extend(occasion(&findings));
        remarks.extend(conditions(&findings));
        line(app, says, remarks, findings)
    });
    sorted(all.collect())
}

/// One sentence for each finding that waits, with what it waits for.
pub(super) fn sleeping<'a>(apps: &[App<'a>], wanted: impl Fn(&Finding) -> bool) -> Vec<Line<'a>> {
    let all = groups(apps, &wanted).into_iter().map(|((app, ..), findings)| {
        let remarks = conditions(&findings);
        line(app, titles(&findings), remarks, findings)
    });
    sorted(all.collect())
}

fn line<'a>(app: usize, says: String, remarks: Vec<String>, findings: Vec<&'a Finding>) -> Line<'a> {
    let rung = findings.iter().map(|finding| finding.rung).min().unwrap_or(Rung::Indicator);
    let severity = findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Info);
    let confidence = findings.iter().map(|finding| finding.confidence).min().unwrap_or(Confidence::Low);
    Line { app, says, remarks, rung, severity, confidence, findings }
}

/// Apps stand in the order of what is worst in them, which the sort keeps among equals.
fn sorted(mut lines: Vec<Line<'_>>) -> Vec<Line<'_>> {
    lines.sort_by_key(|line| (Reverse(line.severity), Reverse(line.rung)));
    lines
}

/// What is sent to whom.
fn sending(rung: Rung, findings: &[&Finding], peers: &[String]) -> String {
    let mut data: Vec<String> = Vec::new();
    for finding in findings {
        let hashed = finding.transforms.iter().any(|transform| transform.kind == "hash");
        for kind in &finding.data {
            let text = match hashed {
                true => format!("{}, after hashing", words::data(*kind)),
                false => words::data(*kind).to_owned(),
            };
            if !data.contains(&text) {
                data.push(text);
            }
        }
    }
    let peer = match peers {
        [] => "a server whose address was not recovered".to_owned(),
        peers => some(peers, PEERS),
    };
    let template = SENDING.iter().find(|(of, _)| *of == rung).map_or("{data}", |(_, template)| template);
    // Data first: their names are ours, a host could hold what looks like a place to be filled in.
    template.replace("{data}", &data.join("; ")).replace("{peer}", &peer)
}

/// The catalogue's titles, as the continuation of a sentence.
fn titles(findings: &[&Finding]) -> String {
    let mut titles: Vec<String> = Vec::new();
    for finding in findings {
        let title = lowered(&finding.title);
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    let rest = titles.len().saturating_sub(TITLES);
    titles.truncate(TITLES);
    let more = if rest > 0 { format!("; and {rest} more") } else { String::new() };
    format!("{}{more}", titles.join("; "))
}

/// A title as it stands inside a sentence; names and abbreviations keep their capitals.
fn lowered(title: &str) -> String {
    let mut characters = title.chars();
    match (characters.next(), characters.next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(title.chars().skip(1)).collect()
        }
        _ => title.to_owned(),
    }
}

/// Hosts, each once; the scheme belongs to the protection.
fn peers(endpoints: &[Endpoint]) -> Vec<String> {
    let mut peers: Vec<String> = endpoints
        .iter()
        .filter_map(|endpoint| endpoint.host.clone().or_else(|| endpoint.url.clone()))
        .collect();
    peers.sort();
    peers.dedup();
    peers
}

fn some(all: &[String], most: usize) -> String {
    let mut text = all.iter().take(most).cloned().collect::<Vec<_>>().join(", ");
    if let Some(rest) = all.len().checked_sub(most).filter(|rest| *rest > 0) {
        text.push_str(&format!(" and {rest} more"));
    }
    text
}

/// What protects the way there, where some of it is not protected.
fn protection(rung: Rung, findings: &[&Finding]) -> Option<String> {
    let endpoints: Vec<&Endpoint> = findings.iter().flat_map(|finding| &finding.endpoints).collect();
    let of = |word: &str| endpoints.iter().filter(|endpoint| endpoint.tls.as_deref() == Some(word)).count();
    let (open, unchecked) = (of("cleartext"), of("tls-unchecked"));
    let way = if rung >= Rung::Flow { "" } else { "Named addresses: " };
    match (open, unchecked) {
        (0, 0) => None,
        (0, _) => Some(format!("{way}Encrypted, but whose server it is is not checked")),
        (some, 0) if some == endpoints.len() => Some(format!("{way}Not encrypted")),
        _ => Some(format!("{way}Not encrypted, or not checked, for some of them")),
    }
}

/// What keeps other apps out.
fn guards(findings: &[&Finding]) -> Option<String> {
    let mut guards: Vec<String> = findings.iter().map(|finding| facts::reach(finding)).collect();
    guards.sort();
    guards.dedup();
    (!guards.is_empty()).then(|| format!("Reached from {}", some(&guards, OCCASIONS)))
}

/// When it happens, by what wakes it.
const WHEN: &[(TriggerKind, &str)] = &[
    (TriggerKind::Timer, "by a timer whose period was not recovered"),
    (TriggerKind::Boot, "when the phone starts"),
    (TriggerKind::Connectivity, "when the network changes"),
    (TriggerKind::Power, "when the phone is charged or its battery changes"),
    (TriggerKind::Screen, "when the screen goes on or off"),
    (TriggerKind::Push, "when a push message arrives"),
    (TriggerKind::Sms, "when an SMS arrives"),
    (TriggerKind::Call, "when there is a call"),
    (TriggerKind::PackageEvent, "when an app is installed or removed"),
    (TriggerKind::AppStart, "when the app starts"),
    (TriggerKind::Native, "when native code starts it"),
    (TriggerKind::ProviderQuery, "when its data are asked for"),
    (TriggerKind::OtherApp, "when another app starts it"),
    (TriggerKind::User, "when the owner uses it"),
];

/// When it happens, and whether the owner has a part in it. A period says most, so it comes first.
fn occasion(findings: &[&Finding]) -> Option<String> {
    let mut triggers: Vec<&Trigger> = findings.iter().flat_map(|finding| &finding.triggers).collect();
    let rank = |kind: TriggerKind| WHEN.iter().position(|(of, _)| *of == kind);
    triggers.sort_by_key(|trigger| {
        (trigger.period_seconds.is_none(), trigger.period_seconds, rank(trigger.kind))
    });
    let (mut silent, mut noticed): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for trigger in triggers {
        let says = WHEN.iter().find(|(of, _)| *of == trigger.kind).map_or("", |(_, says)| says);
        let text = match (trigger.kind, trigger.period_seconds) {
            (TriggerKind::Timer, Some(seconds)) => format!("every {}", words::period(seconds)),
            (_, Some(seconds)) => format!("{says}, every {}", words::period(seconds)),
            (_, None) => says.to_owned(),
        };
        let list = if trigger.silent { &mut silent } else { &mut noticed };
        if !list.contains(&text) {
            list.push(text);
        }
    }
    noticed.retain(|text| !silent.contains(text));
    match (silent.is_empty(), noticed.is_empty()) {
        (true, true) => None,
        (true, false) => Some(format!("It happens {}", some(&noticed, OCCASIONS))),
        (false, true) => Some(format!("Without the owner doing anything: {}", some(&silent, OCCASIONS))),
        (false, false) => Some(format!(
            "Without the owner doing anything: {}; also {}",
            some(&silent, OCCASIONS),
            some(&noticed, OCCASIONS)
        )),
    }
}

/// What must hold first.
fn conditions(findings: &[&Finding]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for finding in findings {
        let gates = facts::gates(finding);
        if !gates.is_empty() && !all.contains(&gates) {
            all.push(gates);
        }
    }
    all.into_iter().map(|gates| format!("Condition: {gates}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_go_on_in_a_sentence() {
        assert_eq!(lowered("Runs shell commands"), "runs shell commands");
        assert_eq!(lowered("SMS messages are read"), "SMS messages are read");
        assert_eq!(lowered("相册"), "相册");
        assert_eq!(lowered(""), "");
    }

    #[test]
    fn hosts_are_not_filled_in() {
        let record = overt_testkit::record::sample();
        let mut finding = record.findings[0].clone();
        finding.endpoints[0].host = Some("{data}.invalid".into());
        let says = sending(Rung::Flow, &[&finding], &peers(&finding.endpoints));
        assert_eq!(says.matches("text of SMS").count(), 1, "{says}");
        assert!(says.contains("{data}.invalid"), "{says}");
    }
}
