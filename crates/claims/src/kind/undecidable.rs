//! What no build shows: where data is kept, who checked what, judgements and promises. The answer says what the builds do
//! show about it.

use std::collections::BTreeSet;

use overt_record::Finding;

use crate::gaps::{self, Gap};
use crate::held::Held;
use crate::outcome::{Answer, Verdict};
use crate::scope::{self, Proof};
use crate::statement::Statement;

use super::wording;

fn shown<'a>(statement: &Statement, held: &[&'a Held<'a>]) -> Vec<(&'a Held<'a>, &'a Finding)> {
    let data = scope::data(statement);
    held.iter()
        .flat_map(|held| scope::findings(held, &statement.packages).map(move |finding| (*held, finding)))
        .filter(|(_, finding)| scope::proof(finding) == Proof::Shown && scope::concerns(finding, &data))
        .collect()
}

fn all_gaps(statement: &Statement, held: &[&Held<'_>]) -> Vec<Gap> {
    held.iter().flat_map(|held| gaps::of(held, &statement.packages)).collect()
}

/// `stored-in`.
pub(super) fn stored(statement: &Statement, held: &[&Held<'_>]) -> Answer {
    let found = shown(statement, held);
    let hosts: BTreeSet<String> = found
        .iter()
        .flat_map(|(_, finding)| finding.endpoints.iter().filter_map(|endpoint| endpoint.host.clone()))
        .collect();
    let servers = if hosts.is_empty() {
        "No server that receives it was recovered from these builds.".to_owned()
    } else {
        format!("These builds name the servers that receive it: {}.", wording::and(hosts))
    };
    let because = format!(
        "Where data is kept is not in a build: the place of a server is not the place of storage, and a server may pass on what it \
         receives. {servers}"
    );
    Answer::new(statement, Verdict::NotDecidable, because).citing(found).lacking(all_gaps(statement, held))
}

/// `checked-by`.
pub(super) fn checked(statement: &Statement, held: &[&Held<'_>]) -> Answer {
    let found = shown(statement, held);
    let met = if found.is_empty() {
        "In the builds given, nothing was found that such a check would have had to meet.".to_owned()
    } else {
        let findings: Vec<&Finding> = found.iter().map(|(_, finding)| *finding).collect();
        format!(
            "A check of the builds given would meet this: {}.",
            wording::leaving(&findings, &scope::data(statement))
        )
    };
    let because =
        format!("That somebody checked a build, and what he looked at, leaves no trace in it. {met}");
    Answer::new(statement, Verdict::NotDecidable, because).citing(found).lacking(all_gaps(statement, held))
}

/// `other`.
pub(super) fn other(statement: &Statement) -> Answer {
    Answer::new(
        statement,
        Verdict::NotDecidable,
        "It is a judgement, a promise or a fact that no build shows; it is kept here so that it is not lost.",
    )
}
