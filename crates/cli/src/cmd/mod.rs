//! The verbs, one file each.

mod bundle;
mod claims;
mod diff;
mod each;
mod explain;
mod find;
mod findings;
mod flows;
mod history;
mod judgement;
mod packages;
mod report;
mod scan;
mod strings;
mod watch;

use crate::exit::{Code, Failure};
use crate::flags::{High, Verb};

/// Does what is meant.
///
/// # Errors
/// The verb did not finish.
pub fn run(high: &High) -> Result<Code, Failure> {
    match &high.verb {
        Verb::Scan(flags) => scan::run(high, flags),
        Verb::Report(flags) => report::run(high, flags),
        Verb::Packages(flags) => packages::run(high, flags),
        Verb::Findings(flags) => findings::run(high, flags),
        Verb::Flows(flags) => flows::run(high, flags),
        Verb::Strings(flags) => strings::run(high, flags),
        Verb::Explain(flags) => explain::run(high, flags),
        Verb::Diff(flags) => diff::run(high, flags),
        Verb::History(flags) => history::run(high, flags),
        Verb::Find(flags) => find::run(high, flags),
        Verb::Watch(flags) => watch::run(high, flags),
        Verb::Claims(flags) => claims::run(high, flags),
        Verb::Gate(flags) => judgement::gate(high, flags),
        Verb::Policy(flags) => judgement::policy(high, flags),
        Verb::Waiver(flags) => judgement::waiver(high, flags),
        Verb::Key(flags) => judgement::key(flags),
        Verb::Bundle(flags) => bundle::run(high, flags),
        Verb::Verify(flags) => bundle::verify(high, flags),
    }
}
