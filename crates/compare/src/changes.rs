//! What may change of a behaviour that both builds have, each with the words for it.

use std::collections::BTreeSet;

use overt_record::Finding;
use overt_record::diff::State;
use overt_record::words::Change;

pub(crate) fn guard_change(x: &Finding, y: &Finding) -> Option<(Change, String)> {
    if x.reach.from != "exported" || y.reach.from != "exported" {
        return None;
    }
    match (&x.reach.guard, &y.reach.guard) {
        (None, Some(guard)) => Some((Change::GuardAdded, format!("now guarded by {guard}"))),
        (Some(guard), None) => Some((Change::GuardRemoved, format!("no longer guarded by {guard}"))),
        _ => None,
    }
}

pub(crate) fn destination_change(before: &State, after: &State) -> Option<(Change, String)> {
    if before.hosts.is_empty() || after.hosts.is_empty() || before.hosts == after.hosts {
        return None;
    }
    let lacks = |one: &[String], other: &[String]| -> Vec<String> {
        one.iter().filter(|host| !other.contains(host)).cloned().collect()
    };
    let (no_more, added) = (lacks(&before.hosts, &after.hosts), lacks(&after.hosts, &before.hosts));
    let mut parts = Vec::new();
    if !no_more.is_empty() {
        parts.push(format!("no longer {}", no_more.join(", ")));
    }
    if !added.is_empty() {
        parts.push(format!("newly {}", added.join(", ")));
    }
    Some((Change::DestinationChanged, parts.join("; ")))
}

pub(crate) fn period_change(before: &State, after: &State) -> Option<(Change, String)> {
    // How often at least is what counts: one timer of several that is gone does not make it rarer.
    let (was, is) = (before.periods.first()?, after.periods.first()?);
    if was == is {
        return None;
    }
    let list = |periods: &[u64]| periods.iter().map(|p| format!("{p} s")).collect::<Vec<_>>().join(", ");
    Some((
        Change::PeriodChanged,
        format!("every {} before, every {} now", list(&before.periods), list(&after.periods)),
    ))
}

pub(crate) fn dormancy_change(x: &Finding, y: &Finding) -> Option<(Change, String)> {
    match (x.dormant, y.dormant) {
        (false, true) => Some((Change::Dormant, "runs only when a server turns it on now".into())),
        (true, false) => Some((Change::Active, "ran only when a server turned it on before".into())),
        _ => None,
    }
}

/// What differs of two findings of the same behaviour, in words.
pub(crate) fn differences(x: &Finding, y: &Finding, before: &State, after: &State) -> Vec<String> {
    let mut told = Vec::new();
    let mut tell = |what: &str, a: String, b: String| {
        if a != b {
            let shown = |text: String| if text.is_empty() { "none known".to_owned() } else { text };
            told.push(format!("{what}: {} before, {} now", shown(a), shown(b)));
        }
    };
    tell("severity", x.severity.to_string(), y.severity.to_string());
    tell("rung", x.rung.to_string(), y.rung.to_string());
    tell("reached from", x.reach.from.clone(), y.reach.from.clone());
    tell("guard", x.reach.guard.clone().unwrap_or_default(), y.reach.guard.clone().unwrap_or_default());
    let timers =
        |state: &State| state.periods.iter().map(|p| format!("{p} s")).collect::<Vec<_>>().join(", ");
    tell("timers", timers(before), timers(after));
    tell("hosts", before.hosts.join(", "), after.hosts.join(", "));
    let gates = |finding: &Finding| {
        let all: BTreeSet<String> = finding
            .gates
            .iter()
            .map(|gate| {
                gate.value
                    .as_ref()
                    .map_or_else(|| gate.kind.to_string(), |value| format!("{} {value}", gate.kind))
            })
            .collect();
        all.into_iter().collect::<Vec<_>>().join(", ")
    };
    tell("gates", gates(x), gates(y));
    told
}
