//! The reviewer's first pass over a catalogue that loads: what is well formed and still not right.
//!
//! One file a lint, the file's name is its id. Drafts are looked at as hard as everything else.

use std::fmt;

use crate::{Behaviour, Catalogue, Owner};

mod argument_exists;
mod claims_fit_rung;
mod duplicate_place;
mod forbidden_word;
mod indicator_stays_apart;
mod reference_known;
mod severity_stated;
mod stable_is_proven;
mod texts_differ;
mod word_has_behaviour;
mod word_has_file;

/// One thing that is not right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// The file, relative to the catalogue's folder.
    pub file: String,
    /// Line, from 1; 0 when the remark concerns the file as a whole.
    pub line: u32,
    /// Id of the lint.
    pub lint: &'static str,
    /// What was found.
    pub found: String,
    /// What to do.
    pub advice: &'static str,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {} [{}]; do this: {}", self.found, self.lint, self.advice)
    }
}

/// A rule.
pub struct Lint {
    /// Kebab-case name, that of its file.
    pub id: &'static str,
    /// What must be so.
    pub says: &'static str,
    /// What to do where it is not.
    pub do_this: &'static str,
    check: fn(&Catalogue, &mut Report<'_>),
}

/// All lints, sorted by id. The one over fixtures, [`unproven`], stands apart because it needs their annotations.
pub static LINTS: &[&Lint] = &[
    &argument_exists::LINT,
    &claims_fit_rung::LINT,
    &duplicate_place::LINT,
    &forbidden_word::LINT,
    &indicator_stays_apart::LINT,
    &reference_known::LINT,
    &severity_stated::LINT,
    &texts_differ::LINT,
    &word_has_behaviour::LINT,
    &word_has_file::LINT,
];

pub use stable_is_proven::unproven;

struct Report<'r> {
    lint: &'static Lint,
    remarks: &'r mut Vec<Remark>,
}

impl Report<'_> {
    fn remark(&mut self, file: impl Into<String>, line: u32, found: impl Into<String>) {
        self.remarks.push(Remark {
            file: file.into(),
            line,
            lint: self.lint.id,
            found: found.into(),
            advice: self.lint.do_this,
        });
    }
}

/// Runs every lint; sorted by file and line.
#[must_use]
pub fn all(catalogue: &Catalogue) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for lint in LINTS.iter().copied() {
        (lint.check)(catalogue, &mut Report { lint, remarks: &mut remarks });
    }
    remarks.sort();
    remarks
}

/// The file that states an owner's places.
fn file_of(owner: &Owner) -> String {
    match owner {
        Owner::Data(word) => format!("data/{word}.toml"),
        Owner::Effect(word) => format!("effects/{word}.toml"),
        Owner::Sink(name) => format!("sinks/{name}.toml"),
        Owner::Source(name) => format!("sources/{name}.toml"),
        Owner::Behaviour(id) => format!("behaviours/{id}.toml"),
    }
}

fn file_of_behaviour(behaviour: &Behaviour) -> String {
    format!("behaviours/{}.toml", behaviour.id)
}

/// Every sentence of a behaviour that a report can show, with the key it stands under.
fn sentences(behaviour: &Behaviour) -> Vec<(String, &str)> {
    let mut all: Vec<(String, &str)> = Vec::new();
    for (key, texts) in [("titles", &behaviour.titles), ("says", &behaviour.says)] {
        all.extend(texts.iter().map(|(rung, text)| (format!("{key}.{rung}"), text.as_str())));
    }
    all.push(("why".into(), &behaviour.why));
    all.push(("benign".into(), &behaviour.benign));
    all.push(("would-be-wrong-if".into(), &behaviour.would_be_wrong_if));
    all.extend(behaviour.asks.iter().map(|text| ("ask".into(), text.as_str())));
    all.extend(behaviour.shifts.iter().map(|shift| ("raise or lower".into(), shift.says.as_str())));
    all
}

#[cfg(test)]
mod tests;
