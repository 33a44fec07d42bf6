//! How each kind of statement is checked, one file a family.

mod collects;
mod encrypted;
mod over_time;
mod peers;
mod presence;
mod switched;
mod undecidable;
pub(crate) mod wording;

use crate::held::{Builds, Held};
use crate::outcome::{Answer, Verdict};
use crate::statement::{Kind, Statement};

/// The answer to a statement.
pub(crate) fn answer(statement: &Statement, builds: &Builds<'_>) -> Answer {
    let (spoken_of, left_out) = builds.of(statement);
    let answer = match (statement.kind, spoken_of.as_slice()) {
        // These compare builds with each other and look at the dates themselves.
        (Kind::StoppedSince, held) => over_time::stopped(statement, held),
        (Kind::UnchangedSince, held) => over_time::unchanged(statement, held),
        (Kind::StoredIn, held) => undecidable::stored(statement, held),
        (Kind::CheckedBy, held) => undecidable::checked(statement, held),
        (Kind::Other, _) => undecidable::other(statement),
        (_, []) => nothing_to_hold_against(statement),
        (Kind::DoesNotCollect, held) => collects::none(statement, held),
        (Kind::CollectsOnly, held) => collects::only(statement, held),
        (Kind::Absent, held) => presence::absent(statement, held),
        (Kind::ComponentReplaced, held) => presence::replaced(statement, held),
        (Kind::TurnedOffByServer, held) => switched::off(statement, held),
        (Kind::ConsentBefore, held) => switched::consent(statement, held),
        (Kind::StandardFor | Kind::NoMoreThanPeers, held) => peers::compared(statement, held, builds),
        (Kind::EncryptedInTransit, held) => encrypted::in_transit(statement, held),
    };
    answer.adding(&left_out)
}

fn nothing_to_hold_against(statement: &Statement) -> Answer {
    Answer::new(
        statement,
        Verdict::NotDecidable,
        "None of the builds given is one that the statement speaks of.",
    )
}

/// What the builds are called together.
pub(crate) fn labels(held: &[&Held<'_>]) -> String {
    wording::and(held.iter().map(|one| one.label()))
}
