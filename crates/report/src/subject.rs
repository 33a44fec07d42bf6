//! What can be rendered.

use overt_bundle::{Refused, Verified};
use overt_claims::Outcome;
use overt_policy::{Decision, Tested};
use overt_record::diff::Diff;
use overt_record::flow::FlowList;
use overt_record::history::History;
use overt_record::matches::Matches;
use overt_record::sinks::SinkList;
use overt_record::strings::StringList;
use overt_record::{Finding, Package, Record};

use crate::explanation::Explanation;

/// The kinds of [`Subject`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole record.
    Whole,
    /// Some packages.
    Packages,
    /// Some findings.
    Findings,
    /// One finding in full.
    Explanation,
    /// Flows inside apps.
    Flows,
    /// Strings of apps.
    Strings,
    /// What changed from one build to another.
    Diff,
    /// A device over its builds.
    History,
    /// Where else something is found.
    Matches,
    /// Statements and what became of them.
    Claims,
    /// A decision on a build.
    Decision,
    /// A bundle that was verified, or refused.
    Verification,
    /// Tests of a policy.
    PolicyTests,
    /// A text made for somebody to go on with.
    Draft,
}

/// A whole record.
#[derive(Clone, Copy, Debug)]
pub struct Whole<'a> {
    /// The record.
    pub record: &'a Record,
    /// Its digest, [`Record::digest`].
    pub digest: &'a str,
}

/// Packages that were asked for.
#[derive(Clone, Debug)]
pub struct PackageList<'a> {
    /// The record they stem from.
    pub record: &'a Record,
    /// Its digest.
    pub digest: &'a str,
    /// What was asked for, in words; empty when everything was.
    pub asked: String,
    /// In the record's order.
    pub packages: Vec<&'a Package>,
}

/// Findings that were asked for.
#[derive(Clone, Debug)]
pub struct FindingList<'a> {
    /// The record they stem from.
    pub record: &'a Record,
    /// Its digest.
    pub digest: &'a str,
    /// What was asked for, in words; empty when everything was.
    pub asked: String,
    /// In the record's order.
    pub findings: Vec<&'a Finding>,
    /// The same of dead code.
    pub dead: Vec<&'a Finding>,
}

/// What became of a bundle.
#[derive(Clone, Debug)]
pub struct Verification {
    /// What it says, or why it is not believed.
    pub outcome: Result<Verified, Refused>,
    /// Pieces of evidence that were found again in the image; `None` where no image was given.
    pub rederived: Option<usize>,
}

/// Something to render.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A whole record.
    Whole(Whole<'a>),
    /// Some packages.
    Packages(&'a PackageList<'a>),
    /// Some findings.
    Findings(&'a FindingList<'a>),
    /// One finding in full.
    Explanation(&'a Explanation<'a>),
    /// Flows inside apps.
    Flows(&'a FlowList),
    /// Of the same, only the library methods without a model that they pass.
    Unmodelled(&'a FlowList),
    /// Strings of apps; text only counts those of no known use.
    Strings(&'a StringList),
    /// The same, all of them.
    EveryString(&'a StringList),
    /// Calls that connect to a network.
    Sinks(&'a SinkList),
    /// What changed from one build to another.
    Diff(&'a Diff),
    /// A device over its builds.
    History(&'a History),
    /// Where else something is found.
    Matches(&'a Matches),
    /// Statements and what became of them.
    Claims(&'a Outcome),
    /// A decision on a build.
    Decision(&'a Decision),
    /// A bundle that was verified, or refused.
    Verification(&'a Verification),
    /// Tests of a policy.
    PolicyTests(&'a [Tested]),
    /// A text made for somebody to go on with; printed as it is.
    Draft(&'a str),
}

impl Subject<'_> {
    /// Which kind it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Subject::Whole(_) => Kind::Whole,
            Subject::Packages(_) => Kind::Packages,
            Subject::Findings(_) => Kind::Findings,
            Subject::Explanation(_) => Kind::Explanation,
            Subject::Flows(_) | Subject::Unmodelled(_) => Kind::Flows,
            Subject::Strings(_) | Subject::EveryString(_) | Subject::Sinks(_) => Kind::Strings,
            Subject::Diff(_) => Kind::Diff,
            Subject::History(_) => Kind::History,
            Subject::Matches(_) => Kind::Matches,
            Subject::Claims(_) => Kind::Claims,
            Subject::Decision(_) => Kind::Decision,
            Subject::Verification(_) => Kind::Verification,
            Subject::PolicyTests(_) => Kind::PolicyTests,
            Subject::Draft(_) => Kind::Draft,
        }
    }
}
