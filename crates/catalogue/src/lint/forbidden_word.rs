//! A report says what is there; it does not judge who wrote it.

use super::{Lint, Report, file_of, file_of_behaviour, sentences};
use crate::Catalogue;

pub(super) static LINT: Lint = Lint {
    id: "forbidden-word",
    says: "No text that a report can show contains a word that accuses.",
    do_this: "Say what the code does, with which data and rights; leave the judgement to the reader.",
    check,
};

fn check(catalogue: &Catalogue, report: &mut Report<'_>) {
    let forbidden = &catalogue.vocabulary().forbidden;
    let accusing = |text: &str| -> Option<String> {
        let lower = text.to_lowercase();
        let mut words = lower.split(|c: char| !c.is_alphanumeric());
        words.find(|word| forbidden.iter().any(|f| f == word)).map(str::to_owned)
    };
    let mut texts: Vec<(String, u32, &str)> = Vec::new();
    for entry in catalogue.data() {
        let file = format!("data/{}.toml", entry.word);
        texts.extend([&entry.noun, &entry.says, &entry.reset].map(|text| (file.clone(), 0, text.as_str())));
    }
    for entry in catalogue.effects() {
        let file = format!("effects/{}.toml", entry.word);
        texts.extend([&entry.verb, &entry.says].map(|text| (file.clone(), 0, text.as_str())));
    }
    for word in catalogue.gate_words() {
        texts.push((format!("gates/{}.toml", word.kind), 0, &word.says));
        texts.push((format!("gates/{}.toml", word.kind), 0, &word.compares));
    }
    for word in catalogue.trigger_words() {
        texts.push((format!("triggers/{}.toml", word.kind), 0, &word.says));
    }
    for indicator in catalogue.indicators() {
        texts.push((format!("indicators/{}.toml", indicator.slug), 0, &indicator.says));
    }
    for (_, owner, place) in catalogue.places() {
        if let Some(note) = &place.note {
            texts.push((file_of(owner), place.line, note));
        }
    }
    for behaviour in catalogue.behaviours() {
        let file = file_of_behaviour(behaviour);
        texts.extend(sentences(behaviour).into_iter().map(|(_, text)| (file.clone(), 0, text)));
    }
    for (file, line, text) in texts {
        if let Some(word) = accusing(text) {
            report.remark(file, line, format!("\"{word}\" in \"{text}\""));
        }
    }
}
