//! Renders records for people and programs.
//!
//! Invariants: a pure function of what it is given (no clock, no environment, no terminal queries); never decides a
//! severity; never says more than a finding's rung; every string that stems from the input is made harmless before it
//! is printed ([`harmless`]).
//!
//! One file or folder an output ([`html`], [`json`], [`jsonl`], [`label`], [`markdown`], [`text`]), listed in [`OUTPUTS`];
//! one type for each thing that is rendered ([`subject`]). What several outputs say stands beside them: findings by app,
//! facts of a finding, gaps in coverage, peers on the network, rights, and the fixed words ([`words`]).

mod apps;
pub mod explanation;
mod facts;
mod gaps;
pub mod harmless;
pub mod html;
pub mod json;
pub mod jsonl;
pub mod label;
pub mod markdown;
mod peers;
mod rights;
pub mod select;
pub mod style;
pub mod subject;
pub mod text;
pub mod words;

use std::io::{self, Write};

pub use explanation::{Explanation, Line, Reopened, Shown};
pub use select::{FindingFilter, PackageFilter};
pub use style::Style;
pub use subject::{FindingList, Kind, PackageList, Subject, Verification, Whole};

/// A form in which things can be printed.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// What `--format` calls it.
    pub name: &'static str,
    /// What it can render.
    pub kinds: &'static [Kind],
    /// Renders a subject of one of `kinds`.
    pub render: fn(&Subject<'_>, &Style, &mut dyn Write) -> io::Result<()>,
}

/// Every output, sorted by name.
pub const OUTPUTS: &[Output] =
    &[html::OUTPUT, json::OUTPUT, jsonl::OUTPUT, label::OUTPUT, markdown::OUTPUT, text::OUTPUT];

/// The output called `name`.
#[must_use]
pub fn output(name: &str) -> Option<&'static Output> {
    OUTPUTS.iter().find(|output| output.name == name)
}

/// Names of the outputs that can render `kind`.
#[must_use]
pub fn names_for(kind: Kind) -> Vec<&'static str> {
    OUTPUTS.iter().filter(|output| output.kinds.contains(&kind)).map(|output| output.name).collect()
}
