//! What an indicator names stands in no other file: general knowledge finds it without knowing the name.

use super::{Lint, Report, file_of, file_of_behaviour, sentences};
use crate::{Catalogue, Selector};

pub(super) static LINT: Lint = Lint {
    id: "indicator-stays-apart",
    says: "Hosts and package names of indicators stand in no place and no sentence of another file.",
    do_this: "State the general mechanism instead of the single name.",
    check,
};

fn check(catalogue: &Catalogue, report: &mut Report<'_>) {
    let mut names: Vec<String> = Vec::new();
    for indicator in catalogue.indicators() {
        names.extend(indicator.hosts.iter().chain(&indicator.packages).cloned());
        names.extend(indicator.packages.iter().map(|package| format!("L{};", package.replace('.', "/"))));
    }
    let named = |text: &str| names.iter().find(|name| text.contains(name.trim_end_matches(';'))).cloned();
    for (_, owner, place) in catalogue.places() {
        let mut texts: Vec<&str> = place.note.iter().map(String::as_str).collect();
        match &place.selector {
            Selector::Call { method, .. } | Selector::Callback { method, .. } => texts.push(&method.class),
            Selector::Field { class, .. } => texts.push(class),
            Selector::Named(selector) => texts.extend(selector.texts.iter().map(String::as_str)),
            Selector::Received(actions) => texts.extend(actions.iter().map(String::as_str)),
            Selector::Literal { starts_with, .. } => texts.extend(starts_with.iter().map(String::as_str)),
        }
        if let Some(name) = texts.into_iter().find_map(named) {
            report.remark(file_of(owner), place.line, format!("names \"{name}\""));
        }
    }
    for behaviour in catalogue.behaviours() {
        if let Some(name) = sentences(behaviour).into_iter().find_map(|(_, text)| named(text)) {
            report.remark(file_of_behaviour(behaviour), 0, format!("names \"{name}\""));
        }
    }
}
