//! `turned-off-by-server`, `consent-before`: what code waits for.

use overt_record::Finding;
use overt_record::words::{GateKind, Rung};

use crate::gaps::Gap;
use crate::held::Held;
use crate::outcome::{Answer, Verdict};
use crate::scope::{self, Proof};
use crate::statement::Statement;

use super::collects::Seen;
use super::{labels, wording};

/// `turned-off-by-server`: code that a server switches off can be switched on again, and the state of a server is not in
/// the build.
pub(super) fn off(statement: &Statement, held: &[&Held<'_>]) -> Answer {
    let data = scope::data(statement);
    let seen: Vec<Seen<'_>> = held.iter().map(|held| Seen::of(held, &statement.packages, &data)).collect();
    let gaps: Vec<Gap> = seen.iter().flat_map(|one| one.gaps.clone()).collect();
    // Traffic of a build made after the statement was captured after the statement.
    let observed: Vec<(&Held<'_>, &Finding)> = seen
        .iter()
        .filter(|one| one.held.day.is_some_and(|day| day > statement.date))
        .flat_map(|one| one.with(Proof::Shown).into_iter().map(|finding| (one.held, finding)))
        .filter(|(_, finding)| finding.rung == Rung::Observed)
        .collect();
    if !observed.is_empty() {
        let findings: Vec<&Finding> = observed.iter().map(|(_, finding)| *finding).collect();
        let because = format!(
            "It was seen in the traffic of a build made after the statement: {}.",
            wording::leaving(&findings, &data)
        );
        return Answer::new(statement, Verdict::Contradicted, because).citing(observed).lacking(gaps);
    }
    if seen.iter().all(Seen::surely_not) {
        let because = format!(
            "In the {} there is nothing left that a server could turn on: no code was found that can even read it; everything was read.",
            labels(held)
        );
        return Answer::new(statement, Verdict::Upheld, because);
    }
    let mut said = Vec::new();
    for one in &seen {
        let mut able: Vec<&Finding> = [Proof::Shown, Proof::Dormant, Proof::Doubtful]
            .into_iter()
            .flat_map(|proof| one.with(proof))
            .collect();
        if able.is_empty() {
            if !one.surely_not() {
                said.push(one.doubts(&data));
            }
            continue;
        }
        able.sort_by(|a, b| a.id.cmp(&b.id));
        let switches = if able.iter().any(|finding| finding.dormant) {
            "it waits for a server's word"
        } else {
            "no switch of a server was recognised on the way, which does not show that there is none"
        };
        said.push(format!(
            "Capability remains, state not decidable: the {} holds the code that sends {}; {switches}. Whether a server keeps it \
             from running is not in the build; only traffic can show that it runs.",
            one.held.label(),
            wording::leaving(&able, &data)
        ));
    }
    let cited = seen.iter().flat_map(|one| one.findings.iter().map(|(_, finding)| (one.held, *finding)));
    Answer::new(statement, Verdict::NotDecidable, said.join(" ")).citing(cited).lacking(gaps)
}

/// `consent-before`. Gates that were found are never all that must hold, so a flow without one contradicts nothing.
pub(super) fn consent(statement: &Statement, held: &[&Held<'_>]) -> Answer {
    let data = scope::data(statement);
    let seen: Vec<Seen<'_>> = held.iter().map(|held| Seen::of(held, &statement.packages, &data)).collect();
    let gaps: Vec<Gap> = seen.iter().flat_map(|one| one.gaps.clone()).collect();
    let shown: Vec<(&Held<'_>, &Finding)> = seen
        .iter()
        .flat_map(|one| one.with(Proof::Shown).into_iter().map(|finding| (one.held, finding)))
        .collect();
    if shown.is_empty() {
        return if seen.iter().all(Seen::surely_not) {
            let because = format!(
                "In the {} nothing leaves the phone that could need a consent; everything was read.",
                labels(held)
            );
            Answer::new(statement, Verdict::Upheld, because)
        } else {
            let said: Vec<String> = seen.iter().map(|one| one.doubts(&data)).collect();
            Answer::new(statement, Verdict::NotDecidable, said.join(" ")).lacking(gaps)
        };
    }
    let asks = |finding: &Finding| finding.gates.iter().any(|gate| gate.kind == GateKind::UserConsent);
    let unasked: Vec<(&Held<'_>, &Finding)> =
        shown.iter().copied().filter(|(_, finding)| !asks(finding)).collect();
    if unasked.is_empty()
        && gaps.is_empty()
        && seen.iter().all(|one| one.findings.len() == one.with(Proof::Shown).len())
    {
        let because = format!(
            "In the {} each way out passes a check of the owner's consent; everything was read.",
            labels(held)
        );
        return Answer::new(statement, Verdict::Upheld, because).citing(shown);
    }
    let findings: Vec<&Finding> = unasked.iter().map(|(_, finding)| *finding).collect();
    let silent =
        findings.iter().filter(|finding| finding.triggers.iter().any(|trigger| trigger.silent)).count();
    let because = if findings.is_empty() {
        format!("Each way out that was found passes a check of the owner's consent. {}", wording::gaps(&gaps))
    } else {
        format!(
            "No check of the owner's consent was recognised before {} leaves; {silent} of these {} ways begin silently (at the start \
             of the phone, by a timer, on an event). Checks that were recognised are not all there may be, so this does not show that \
             nobody was asked.",
            wording::leaving(&findings, &data),
            findings.len()
        )
    };
    Answer::new(statement, Verdict::NotDecidable, because.trim_end()).citing(shown).lacking(gaps)
}
