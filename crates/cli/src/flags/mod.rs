//! Flags: what was typed ([`low`]), and what it means here and now ([`high`]). Nothing below this crate reads arguments
//! or the environment.

mod claims;
mod high;
mod judgement;
mod low;
mod over_time;

pub use claims::{Claims, ClaimsCheck, ClaimsStart};
pub use high::{High, StorePlace, Surroundings};
pub use judgement::{Bundle, BundleMake, BundleRedact, Gate, Key, Policy, PolicyTest, Verify, Waiver};
pub use low::{Explain, Findings, Flows, Packages, Report, Scan, Strings, Verb, parse};
pub use over_time::{Diff, Find, History, Watch};
