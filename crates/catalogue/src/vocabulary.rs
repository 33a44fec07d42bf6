//! `vocab.toml`: the words that other files may use.

use std::collections::BTreeMap;

use crate::neighbour::nearest;
use crate::place::owned;
use crate::read::{Section, Text};

/// What a fact speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The whole build.
    Build,
    /// One package.
    Package,
    /// One component of a package.
    Component,
}

impl Subject {
    /// The word as the catalogue spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Subject::Build => "build",
            Subject::Package => "package",
            Subject::Component => "component",
        }
    }
}

pub(crate) const SUBJECTS: &[(&str, Subject)] =
    &[("build", Subject::Build), ("package", Subject::Package), ("component", Subject::Component)];

/// Something that the analysis can establish about a build, a package or a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its kebab-case name.
    pub name: String,
    /// What it speaks of.
    pub of: Subject,
    /// What it means, in one sentence.
    pub says: String,
}

/// A scheme of references, such as CWE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// What a reference starts with, up to its number.
    pub prefix: String,
    /// What the scheme is.
    pub says: String,
    /// Web address of an entry; `{}` stands for the number.
    pub url: Option<String>,
}

/// The words that other files may use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// Data words of the contract.
    pub data: Vec<String>,
    /// Effect words of the contract.
    pub effects: Vec<String>,
    /// Themes.
    pub themes: Vec<String>,
    /// Trigger words of the contract.
    pub triggers: Vec<String>,
    /// What must hold before something happens.
    pub gates: Vec<String>,
    /// Rungs, lowest first.
    pub rungs: Vec<String>,
    /// Severities, lowest first.
    pub severities: Vec<String>,
    /// Facts by name.
    pub facts: BTreeMap<String, Fact>,
    /// Reference schemes.
    pub schemes: Vec<Scheme>,
    /// Words that no text of a report may contain: they judge instead of saying what is there.
    pub forbidden: Vec<String>,
    /// For each rung, the severity by sensitivity 1 to 4 of the datum.
    pub data_severity: BTreeMap<String, Vec<String>>,
    /// For each rung, the severity by power 1 to 4 of the effect.
    pub effect_severity: BTreeMap<String, Vec<String>>,
    /// Placeholders that titles and sentences may hold, without their braces.
    pub placeholders: Vec<String>,
}

impl Vocabulary {
    pub(crate) fn read(file: Section<'_, '_>) -> Vocabulary {
        let words = |key| {
            let texts = file.required_texts(key);
            for (index, text) in texts.iter().enumerate() {
                if texts.iter().take(index).any(|earlier| earlier.value == text.value) {
                    file.reading.error(text.at, format!("\"{}\" stands here twice", text.value), None);
                }
            }
            owned(&texts)
        };
        let mut vocabulary = Vocabulary {
            data: words("data"),
            effects: words("effects"),
            themes: words("themes"),
            triggers: words("triggers"),
            gates: words("gates"),
            rungs: words("rungs"),
            severities: words("severities"),
            forbidden: words("forbidden"),
            placeholders: words("placeholders"),
            ..Vocabulary::default()
        };
        for section in file.sections("fact") {
            let name = section.required("name");
            let fact = Fact {
                name: name.value.to_owned(),
                of: section.choice("of", SUBJECTS).unwrap_or(Subject::Package),
                says: section.required("says").value.to_owned(),
            };
            if vocabulary.facts.insert(fact.name.clone(), fact).is_some() {
                section.reading.error(name.at, format!("fact \"{}\" stands here twice", name.value), None);
            }
            section.finish();
        }
        for section in file.sections("scheme") {
            vocabulary.schemes.push(Scheme {
                prefix: section.required("prefix").value.to_owned(),
                says: section.required("says").value.to_owned(),
                url: section.text("url").map(|text| text.value.to_owned()),
            });
            section.finish();
        }
        if let Some(section) = file.section("severity") {
            vocabulary.data_severity = vocabulary.read_severities(&section, "data");
            vocabulary.effect_severity = vocabulary.read_severities(&section, "effects");
            section.finish();
        } else {
            file.reading.error(0, "\"severity\" is missing", None);
        }
        file.finish();
        vocabulary
    }

    fn read_severities(&self, file: &Section<'_, '_>, key: &'static str) -> BTreeMap<String, Vec<String>> {
        let mut table = BTreeMap::new();
        let Some(section) = file.section(key) else {
            file.reading.error(file.at, format!("\"{key}\" is missing"), None);
            return table;
        };
        for rung in ["indicator", "capability", "flow", "observed"] {
            let row = section.required_texts(rung);
            for text in &row {
                self.check(&section, *text, "severity", &self.severities);
            }
            if row.len() != 4 {
                section.reading.error(section.at, format!("\"{rung}\" needs four severities"), None);
            }
            table.insert(rung.to_owned(), owned(&row));
        }
        section.finish();
        table
    }

    /// Reports a text that is not among the known words.
    pub(crate) fn check(&self, section: &Section<'_, '_>, text: Text<'_>, what: &str, known: &[String]) {
        if !known.iter().any(|word| word == text.value) {
            let meant = nearest(text.value, known.iter().map(String::as_str));
            section.reading.error(text.at, format!("unknown {what} \"{}\"", text.value), meant);
        }
    }

    pub(crate) fn check_fact(&self, section: &Section<'_, '_>, text: Text<'_>) {
        if !self.facts.contains_key(text.value) {
            let meant = nearest(text.value, self.facts.keys().map(String::as_str));
            section.reading.error(text.at, format!("unknown fact \"{}\"", text.value), meant);
        }
    }

    /// The scheme a reference belongs to and its number, if both are well formed.
    #[must_use]
    pub fn scheme_of<'a>(&self, reference: &'a str) -> Option<(&Scheme, &'a str)> {
        self.schemes.iter().find_map(|scheme| {
            let number = reference.strip_prefix(scheme.prefix.as_str())?;
            let valid = number.starts_with(|c: char| c.is_ascii_digit())
                && number.ends_with(|c: char| c.is_ascii_digit())
                && number.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-'));
            valid.then_some((scheme, number))
        })
    }
}
