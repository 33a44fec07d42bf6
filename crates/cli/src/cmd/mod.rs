//! The verbs, one file each.

mod each;
mod explain;
mod findings;
mod flows;
mod packages;
mod report;
mod scan;
mod strings;

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
    }
}
