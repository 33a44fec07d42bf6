//! `standard-for`, `no-more-than-peers`: held against components of others, which the statement names. Without such a list
//! nobody can say what is standard.

use std::collections::{BTreeMap, BTreeSet};

use overt_base::glob;
use overt_record::Finding;
use overt_record::words::{Rung, Theme};

use crate::gaps::{self, Gap, GapKind};
use crate::held::{Builds, Held};
use crate::outcome::{Answer, Verdict};
use crate::scope::{self, Proof};
use crate::statement::{Baseline, Kind, Statement};

use super::wording;

/// What a peer does.
enum Does {
    Yes,
    /// Not even the ability was found, and all of it was read.
    No,
    Unknown,
}

fn asked(statement: &Statement, finding: &Finding) -> bool {
    let behaviour = if statement.behaviours.is_empty() {
        matches!(finding.theme, Theme::Privacy | Theme::RemoteControl)
    } else {
        statement.behaviours.iter().any(|pattern| glob::matches(pattern, &finding.behaviour))
    };
    behaviour
        && (statement.data.is_empty() || finding.data.iter().any(|kind| statement.data.contains(kind)))
        && (statement.effects.is_empty()
            || finding.effects.iter().any(|effect| statement.effects.contains(effect)))
}

fn does(peer: &Held<'_>, baseline: &Baseline, behaviour: &str) -> Does {
    let same: Vec<&Finding> =
        scope::findings(peer, &baseline.packages).filter(|finding| finding.behaviour == behaviour).collect();
    let packages = scope::packages(peer, &baseline.packages);
    if same.iter().any(|finding| finding.rung >= Rung::Flow && scope::proof(finding) == Proof::Shown) {
        Does::Yes
    } else if !same.is_empty() || packages.is_empty() {
        Does::Unknown
    } else {
        // That nothing can even read it needs the code only, not the ways of data through it.
        let unread = packages
            .iter()
            .any(|one| gaps::of_package(peer, one).iter().any(|gap| gap.kind != GapKind::NotFollowed));
        if unread { Does::Unknown } else { Does::No }
    }
}

/// `standard-for` (more than half of the peers do it) and `no-more-than-peers` (one of them does).
pub(super) fn compared(statement: &Statement, held: &[&Held<'_>], builds: &Builds<'_>) -> Answer {
    let role = statement.role.as_deref().unwrap_or("this work");
    let missing: Vec<String> = statement
        .baseline
        .iter()
        .filter(|one| {
            builds.peer(&one.build).is_none_or(|peer| scope::packages(peer, &one.packages).is_empty())
        })
        .map(|one| format!("{} of {}", one.packages.join(", "), one.build))
        .collect();
    let peers: Vec<(&Baseline, &Held<'_>)> = statement
        .baseline
        .iter()
        .filter_map(|one| builds.peer(&one.build).map(|peer| (one, peer)))
        .filter(|(one, peer)| !scope::packages(peer, &one.packages).is_empty())
        .collect();
    let shown: Vec<(&Held<'_>, &Finding)> = held
        .iter()
        .flat_map(|one| scope::findings(one, &statement.packages).map(move |finding| (*one, finding)))
        .filter(|(_, finding)| scope::proof(finding) == Proof::Shown && asked(statement, finding))
        .collect();
    let gaps: Vec<Gap> = held.iter().flat_map(|one| gaps::of(one, &statement.packages)).collect();
    if peers.is_empty() {
        let named = if missing.is_empty() {
            "The statement names no component of anybody else to compare with (baseline)".to_owned()
        } else {
            format!("Of the components it is to be compared with, none is there: {}", wording::and(missing))
        };
        let does: BTreeSet<&str> = shown.iter().map(|(_, finding)| finding.behaviour.as_str()).collect();
        let because = format!(
            "{named}, so what is usual for {role} cannot be said. What these packages do: {}.",
            wording::and(does.into_iter().map(str::to_owned))
        );
        return Answer::new(statement, Verdict::NotDecidable, because).citing(shown).lacking(gaps);
    }
    let mut more: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unknown = Vec::new();
    let behaviours: BTreeSet<&str> = shown.iter().map(|(_, finding)| finding.behaviour.as_str()).collect();
    for behaviour in &behaviours {
        let (mut yes, mut no) = (0, 0);
        for (baseline, peer) in &peers {
            match does(peer, baseline, behaviour) {
                Does::Yes => yes += 1,
                Does::No => no += 1,
                Does::Unknown => {}
            }
        }
        let (usual, unusual) = match statement.kind {
            Kind::StandardFor => (2 * yes > peers.len(), 2 * no >= peers.len()),
            _ => (yes > 0, no == peers.len()),
        };
        if unusual {
            more.insert(behaviour, no);
        } else if !usual {
            unknown.push((*behaviour).to_owned());
        }
    }
    let against = wording::and(
        peers.iter().map(|(one, peer)| format!("{} ({})", one.packages.join(", "), peer.label())),
    );
    if !more.is_empty() {
        let cited: Vec<(&Held<'_>, &Finding)> = shown
            .iter()
            .copied()
            .filter(|(_, finding)| more.contains_key(finding.behaviour.as_str()))
            .collect();
        let list = wording::and(
            more.iter().map(|(behaviour, no)| format!("{behaviour} (not in {no} of {})", peers.len())),
        );
        let because = format!("Held against {against}, these go beyond what others do as {role}: {list}.");
        return Answer::new(statement, Verdict::Contradicted, because).citing(cited).lacking(gaps);
    }
    if unknown.is_empty() && gaps.is_empty() && missing.is_empty() {
        let because = format!(
            "Held against {against}, all that was found is what others do as {role}, too; everything was read."
        );
        return Answer::new(statement, Verdict::Upheld, because).citing(shown);
    }
    let mut because = format!("Held against {against}: ");
    if unknown.is_empty() {
        because.push_str("all that was found is what others do, too.");
    } else {
        because
            .push_str(&format!("whether the others do it, too, is not known for {}.", wording::and(unknown)));
    }
    if !missing.is_empty() {
        because.push_str(&format!(" Not there to compare with: {}.", wording::and(missing)));
    }
    because.push(' ');
    because.push_str(&wording::gaps(&gaps));
    Answer::new(statement, Verdict::NotDecidable, because.trim_end()).citing(shown).lacking(gaps)
}
