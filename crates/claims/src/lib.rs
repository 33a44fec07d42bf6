//! Holds what somebody says of a phone in public against the records of its builds.
//!
//! Invariants: *contradicted* is never said without a finding of rung *flow* or above (or, for the presence of a package,
//! the package itself) and confidence above low; *upheld* is never said unless everything the statement speaks of was looked
//! at; everything else is *not decidable*, with the reason. Knows no clock: all dates are those of statements and builds.
//!
//! Map: [`statement`] is the file that people write, [`held`] a build with its date, [`scope`] what of a build a statement
//! speaks of, [`gaps`] what of that was not looked at, `kind` one file a kind of statement, [`outcome`] the answers,
//! [`data_safety`] a first file made of a marketplace's questionnaire.

pub mod data_safety;
pub mod day;
pub mod gaps;
pub mod held;
mod kind;
pub mod outcome;
pub mod scope;
pub mod statement;

pub use day::Day;
pub use held::{Builds, Held};
pub use outcome::{Answer, Outcome, Verdict};
pub use statement::{Kind, Statement, Statements};

/// Answers every statement, in their order.
#[must_use]
pub fn check(statements: &Statements, builds: &Builds<'_>) -> Outcome {
    let answers = statements.claims.iter().map(|statement| kind::answer(statement, builds)).collect();
    Outcome::of(builds, answers)
}
