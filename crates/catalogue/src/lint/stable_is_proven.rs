//! Every stable behaviour is shown by a fixture, and so is its absence.

use super::{Remark, file_of_behaviour};
use crate::{Catalogue, Status};

const ID: &str = "stable-is-proven";
const DO_THIS: &str = "Annotate a line of a fixture with `can <behaviour>` and one with `none <behaviour>`, or set the status to draft.";

/// Stable behaviours shown by code that no annotation proves. `annotations` are the texts behind `#~` in the fixtures'
/// sources; several claims on a line are separated by `;`, a reason follows `--`. A claim marked `MISSING` or `SPURIOUS`
/// proves nothing.
///
/// Behaviours that rest on facts alone have no line to stand on and are proven by the tests of the facts.
#[must_use]
pub fn unproven<'a>(catalogue: &Catalogue, annotations: impl IntoIterator<Item = &'a str>) -> Vec<Remark> {
    let mut can: Vec<&str> = Vec::new();
    let mut none: Vec<&str> = Vec::new();
    for text in annotations {
        let claims = text.split(" -- ").next().unwrap_or("");
        for claim in claims.trim_start().trim_start_matches("#~").split(';') {
            let mut words = claim.split_whitespace();
            match (words.next(), words.next()) {
                (Some("can"), Some(id)) => can.push(id),
                (Some("none"), Some(id)) => none.push(id),
                _ => {}
            }
        }
    }
    let mut remarks = Vec::new();
    for behaviour in catalogue.behaviours() {
        if behaviour.status != Status::Stable || !behaviour.is_shown_by_code() {
            continue;
        }
        for (verb, proven) in [("can", &can), ("none", &none)] {
            if !proven.contains(&behaviour.id.as_str()) {
                remarks.push(Remark {
                    file: file_of_behaviour(behaviour),
                    line: 0,
                    lint: ID,
                    found: format!("no fixture says \"{verb} {}\"", behaviour.id),
                    advice: DO_THIS,
                });
            }
        }
    }
    remarks
}
