//! Sentences of the catalogue, filled in.

use std::borrow::Borrow;
use std::collections::BTreeMap;

pub(crate) fn short(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(MOST).collect();
    cut.push('…');
    cut
}

pub(crate) fn list(names: &[String], most: usize) -> String {
    let mut text = names.iter().take(most).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > most {
        text.push_str(&format!(" and {} more", names.len() - most));
    }
    text
}

/// Values for the placeholders of a sentence.
#[derive(Default)]
pub(crate) struct Words(pub(crate) BTreeMap<&'static str, String>);

impl Words {
    pub(crate) fn set(&mut self, name: &'static str, value: String) {
        self.0.insert(name, value);
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    pub(crate) fn fill(&self, text: &str) -> String {
        fill(&self.0, text)
    }
}

/// A sentence with its words.
pub(crate) fn fill<N: Borrow<str> + Ord>(words: &BTreeMap<N, String>, text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, behind) = rest.split_at(open);
        out.push_str(before);
        let Some(close) = behind.find('}') else {
            out.push_str(behind);
            return out;
        };
        let name = behind.get(1..close).unwrap_or("");
        out.push_str(words.get(name).map_or("", String::as_str));
        rest = behind.get(close + 1..).unwrap_or("");
    }
    out.push_str(rest);
    out
}
