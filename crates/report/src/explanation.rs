//! One finding with what the input holds at each place of its evidence.

use overt_record::{Derivation, Evidence, Finding, Record};
use serde::Serialize;

/// An instruction of the input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// 16-bit code units from the start of the method's instructions.
    pub offset: u32,
    /// The instruction in readable form.
    pub text: String,
    /// The one the evidence speaks of.
    pub marked: bool,
}

/// What became of re-opening the input. The text says what, where, why and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reopened {
    /// It was opened, and it is the one that was scanned.
    Same,
    /// It was opened, and it is not the one that was scanned.
    Different(String),
    /// It could not be opened.
    Unreadable(String),
    /// Nobody said where it lies.
    Unknown(String),
    /// No piece of the evidence is code and nothing was recovered, so it was not opened.
    Unneeded,
}

impl Reopened {
    /// The word of the JSON form.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Reopened::Same => "same",
            Reopened::Different(_) => "different",
            Reopened::Unreadable(_) => "unreadable",
            Reopened::Unknown(_) => "unknown",
            Reopened::Unneeded => "unneeded",
        }
    }

    /// What there is to say about it.
    #[must_use]
    pub fn says(&self) -> Option<&str> {
        match self {
            Reopened::Same | Reopened::Unneeded => None,
            Reopened::Different(says) | Reopened::Unreadable(says) | Reopened::Unknown(says) => Some(says),
        }
    }
}

/// A piece of evidence and what the input holds there.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    /// The evidence.
    pub evidence: &'a Evidence,
    /// Instructions around the place.
    pub around: Option<Vec<Line>>,
    /// Why there are none; `None` where there are, and for evidence that is not code.
    pub why_not: Option<String>,
}

/// One finding with what the input holds at each place of its evidence.
#[derive(Clone, Debug)]
pub struct Explanation<'a> {
    /// The record it stems from.
    pub record: &'a Record,
    /// Its digest.
    pub digest: &'a str,
    /// The finding.
    pub finding: &'a Finding,
    /// It is about code that no entry point reaches.
    pub dead: bool,
    /// What became of re-opening the input.
    pub input: Reopened,
    /// One item for each piece of evidence, in the finding's order.
    pub evidence: Vec<Shown<'a>>,
    /// One item for each recovered endpoint and key; empty where the input was not opened.
    pub derivations: Vec<Derivation>,
}
