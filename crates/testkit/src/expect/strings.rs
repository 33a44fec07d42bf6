//! Strings against what the lines say where they come out.

use super::{Mark, Mismatches, Verb};
use crate::fixture::Fixture;

/// A string that was reported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReportedString {
    /// Its value.
    pub value: String,
    /// `built`, `evaluated` …
    pub kind: String,
    /// DEX descriptor of the class.
    pub class: String,
    /// Line by the debug table.
    pub line: Option<u32>,
}

/// Compares the strings found in a fixture with what its lines expect. Lines that expect nothing are left out of account:
/// decoders make strings on their way.
///
/// # Errors
/// Every disagreement.
pub fn check_strings(fixture: &Fixture, reported: &[ReportedString]) -> Result<(), Mismatches> {
    let mut wrong = Vec::new();
    for claim in &fixture.annotations {
        let at = format!("{}/{}:{}", fixture.slug, claim.file, claim.line);
        let here: Vec<&ReportedString> =
            reported.iter().filter(|one| one.class == claim.class && one.line == Some(claim.line)).collect();
        let fits = |one: &&ReportedString| {
            one.value == claim.behaviour && (claim.from.is_empty() || one.kind == claim.from)
        };
        let found = here.iter().any(fits);
        let seen: Vec<String> = here.iter().map(|one| format!("{:?} ({})", one.value, one.kind)).collect();
        match (claim.verb, claim.mark) {
            (Verb::String, Mark::Holds) if !found => {
                wrong.push(format!("{at}: expected `{} {}`, found {seen:?}", claim.behaviour, claim.from));
            }
            (Verb::String, Mark::Missing) if found => {
                wrong.push(format!("{at}: `{}` is no longer MISSING: take the mark away", claim.behaviour));
            }
            (Verb::String, Mark::Spurious) if !found => {
                wrong.push(format!("{at}: `{}` is no longer SPURIOUS: write `none string`", claim.behaviour));
            }
            (Verb::NoString, _) if !here.is_empty() => {
                wrong.push(format!("{at}: `none string`, but found {seen:?}"));
            }
            _ => {}
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Mismatches(wrong)) }
}
