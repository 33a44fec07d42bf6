//! `behaviours/<theme>/<slug>.toml`: what is reported, in which words, and how bad it is.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::entry::{Owner, Places};
use crate::place::{Access, Defaults, owned};
use crate::read::{Section, Text};
use crate::vocabulary::{SUBJECTS, Subject, Vocabulary};

/// How settled a behaviour is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Reported, never gates.
    Draft,
    /// Proven by fixtures.
    Stable,
    /// Kept so that old records can be read; never reported.
    Retired,
}

impl Status {
    /// The word as the catalogue spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Draft => "draft",
            Status::Stable => "stable",
            Status::Retired => "retired",
        }
    }
}

/// Which kind of indicator a behaviour reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IndicatorKind {
    /// A host name.
    Host,
    /// A package name.
    Package,
    /// The SHA-256 of a signing certificate.
    Certificate,
}

/// What must be so for a behaviour to be reported: one of `data`, `effects`, own places or `indicator` where any is given,
/// and all conditions on facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Match {
    /// Any of these data is handed out.
    pub data: Vec<String>,
    /// Any of these effects happens.
    pub effects: Vec<String>,
    /// All of these facts hold.
    pub facts: Vec<String>,
    /// At least one of these facts holds; empty means no condition.
    pub any_fact: Vec<String>,
    /// None of these facts holds.
    pub no_fact: Vec<String>,
    /// A publicly known name is present.
    pub indicator: Option<IndicatorKind>,
}

/// One step of a severity rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// All of these facts must hold.
    pub facts: Vec<String>,
    /// Steps up (positive) or down (negative).
    pub by: i8,
    /// Only on these rungs; empty means all.
    pub rungs: Vec<String>,
    /// The reason, in plain words.
    pub says: String,
}

/// A behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// `theme/slug`, from the path.
    pub id: String,
    /// Theme word of the contract.
    pub theme: String,
    /// What it is reported for: one finding per build, per package, or per component.
    pub per: Subject,
    /// One line per rung. A rung without a title is never claimed.
    pub titles: BTreeMap<String, String>,
    /// Plain sentences per rung, with placeholders in braces.
    pub says: BTreeMap<String, String>,
    /// How settled it is.
    pub status: Status,
    /// Why it matters.
    pub why: String,
    /// The honest explanation that a reviewer should consider first.
    pub benign: String,
    /// References to public schemes.
    pub refs: Vec<String>,
    /// What must be so.
    pub matches: Match,
    /// Severity by rung where it is not the default of the datum or the effect.
    pub severity: BTreeMap<String, String>,
    /// Changes to the severity.
    pub shifts: Vec<Shift>,
    /// Questions for a reviewer.
    pub asks: Vec<String>,
    /// What would make such a finding wrong.
    pub would_be_wrong_if: String,
    /// Claimed only for a package that holds one of these permissions (a fixed uid of the system has all).
    pub needs_any_permission: Vec<String>,
    pub(crate) places: Range<u32>,
}

const STATUSES: &[(&str, Status)] =
    &[("draft", Status::Draft), ("stable", Status::Stable), ("retired", Status::Retired)];
const INDICATORS: &[(&str, IndicatorKind)] = &[
    ("host", IndicatorKind::Host),
    ("package", IndicatorKind::Package),
    ("certificate", IndicatorKind::Certificate),
];

impl Behaviour {
    /// Whether lines of code show it; otherwise facts of the manifest, the signature or the build do.
    #[must_use]
    pub fn is_shown_by_code(&self) -> bool {
        !self.matches.data.is_empty() || !self.matches.effects.is_empty() || !self.places.is_empty()
    }

    pub(crate) fn read(
        id: &str,
        file: Section<'_, '_>,
        vocabulary: &Vocabulary,
        places: &mut Places,
    ) -> Behaviour {
        let theme = id.split_once('/').map_or("", |(theme, _)| theme);
        let range =
            places.read(&file, &Owner::Behaviour(id.to_owned()), &Defaults::read(&file, Some(Access::Read)));
        let behaviour = Behaviour {
            id: id.to_owned(),
            theme: theme.to_owned(),
            per: file.choice("per", SUBJECTS).unwrap_or(Subject::Package),
            titles: by_rung(&file, "titles", vocabulary),
            says: by_rung(&file, "says", vocabulary),
            status: file.choice("status", STATUSES).unwrap_or(Status::Draft),
            why: prose(file.required("why")),
            benign: prose(file.required("benign")),
            refs: owned(&file.texts("refs")),
            matches: read_match(&file, vocabulary),
            severity: read_severity(&file, vocabulary),
            shifts: read_shifts(&file, vocabulary),
            asks: file
                .sections("ask")
                .into_iter()
                .map(|section| {
                    let text = prose(section.required("text"));
                    section.finish();
                    text
                })
                .collect(),
            would_be_wrong_if: prose(file.required("would-be-wrong-if")),
            needs_any_permission: owned(&file.texts("needs-any-permission")),
            places: range,
        };
        if !file.has("status") {
            file.reading.error(file.at, "\"status\" is missing", None);
        }
        for rung in behaviour.titles.keys() {
            if !behaviour.says.contains_key(rung) {
                file.reading.error(
                    file.at,
                    format!("\"says\" lacks the rung \"{rung}\" that has a title"),
                    None,
                );
            }
        }
        let matches = &behaviour.matches;
        let nothing = matches.data.is_empty()
            && matches.effects.is_empty()
            && matches.facts.is_empty()
            && matches.any_fact.is_empty()
            && matches.indicator.is_none()
            && behaviour.places.is_empty();
        if nothing {
            file.reading.error(
                file.at,
                "matches everything: no data, effects, facts, indicator or place",
                None,
            );
        }
        file.finish();
        behaviour
    }
}

/// Sentences are written over several lines; the breaks mean nothing.
fn prose(text: Text<'_>) -> String {
    text.value.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn by_rung(file: &Section<'_, '_>, key: &'static str, vocabulary: &Vocabulary) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    match file.section(key) {
        None => {
            if !file.has(key) {
                file.reading.error(file.at, format!("\"{key}\" is missing"), None);
            }
        }
        Some(section) => {
            for (rung, text) in section.pairs() {
                vocabulary.check(&section, rung, "rung", &vocabulary.rungs);
                check_placeholders(&section, text, vocabulary);
                texts.insert(rung.value.to_owned(), prose(text));
            }
            if texts.is_empty() {
                file.reading.error(section.at, format!("\"{key}\" is empty"), None);
            }
        }
    }
    texts
}

fn check_placeholders(section: &Section<'_, '_>, text: Text<'_>, vocabulary: &Vocabulary) {
    for part in text.value.split('{').skip(1) {
        match part.split_once('}') {
            Some((name, _)) => {
                let at = Text { value: name, at: text.at };
                vocabulary.check(section, at, "placeholder", &vocabulary.placeholders);
            }
            None => section.reading.error(text.at, "a brace is not closed", None),
        }
    }
}

fn read_match(file: &Section<'_, '_>, vocabulary: &Vocabulary) -> Match {
    let Some(section) = file.section("match") else {
        return Match::default();
    };
    let words = |key, what, known: &[String]| {
        let texts = section.texts(key);
        for text in &texts {
            vocabulary.check(&section, *text, what, known);
        }
        owned(&texts)
    };
    let facts = |key| {
        let texts = section.texts(key);
        for text in &texts {
            vocabulary.check_fact(&section, *text);
        }
        owned(&texts)
    };
    let matches = Match {
        data: words("data", "data word", &vocabulary.data),
        effects: words("effects", "effect word", &vocabulary.effects),
        facts: facts("facts"),
        any_fact: facts("any-fact"),
        no_fact: facts("no-fact"),
        indicator: section.choice("indicator", INDICATORS),
    };
    section.finish();
    matches
}

fn read_severity(file: &Section<'_, '_>, vocabulary: &Vocabulary) -> BTreeMap<String, String> {
    let mut table = BTreeMap::new();
    if let Some(section) = file.section("severity") {
        for (rung, severity) in section.pairs() {
            vocabulary.check(&section, rung, "rung", &vocabulary.rungs);
            vocabulary.check(&section, severity, "severity", &vocabulary.severities);
            table.insert(rung.value.to_owned(), severity.value.to_owned());
        }
    }
    table
}

fn read_shifts(file: &Section<'_, '_>, vocabulary: &Vocabulary) -> Vec<Shift> {
    let mut shifts = Vec::new();
    for (key, sign) in [("raise", 1i8), ("lower", -1i8)] {
        for section in file.sections(key) {
            let facts = section.required_texts("if");
            for fact in &facts {
                vocabulary.check_fact(&section, *fact);
            }
            let rungs = section.texts("on");
            for rung in &rungs {
                vocabulary.check(&section, *rung, "rung", &vocabulary.rungs);
            }
            let by = if section.has("by") { section.required_number("by", 1..=4) } else { 1 };
            shifts.push(Shift {
                facts: owned(&facts),
                by: sign * i8::try_from(by).unwrap_or(1),
                rungs: owned(&rungs),
                says: prose(section.required("says")),
            });
            section.finish();
        }
    }
    shifts
}
