//! `docs/behaviours.md`: the behaviours for people to read, generated from the catalogue.

use std::fmt::Write;

use crate::behaviour::{Behaviour, IndicatorKind, Status};
use crate::catalogue::Catalogue;
use crate::place::Noise;

/// The page. It changes only when the catalogue says something else.
#[must_use]
pub fn behaviours(catalogue: &Catalogue) -> String {
    let mut page = String::from(
        "# Behaviours\n\n\
         What Overt can report, generated from `/catalogue`; do not edit. After a change of the catalogue:\n\
         `OVERT_BLESS=1 cargo test -p overt-catalogue`.\n\n\
         A finding states its rung and never more: *indicator* (a name known from elsewhere is there), *capability* (code \
         that Android can start can do it), *flow* (the way of the data is proven), *observed* (seen in traffic).\n\n",
    );
    let all: Vec<&Behaviour> = catalogue.behaviours().filter(|b| b.status != Status::Retired).collect();
    page.push_str("| theme | behaviours | stable | drafts |\n|---|---|---|---|\n");
    for theme in &catalogue.vocabulary().themes {
        let of_theme: Vec<_> = all.iter().filter(|b| b.theme == *theme).collect();
        let stable = of_theme.iter().filter(|b| b.status == Status::Stable).count();
        let drafts = of_theme.len() - stable;
        let _ = writeln!(page, "| [{theme}](#{theme}) | {} | {stable} | {drafts} |", of_theme.len());
    }
    words(catalogue, &mut page);
    for theme in &catalogue.vocabulary().themes {
        let _ = writeln!(page, "\n## {theme}\n");
        for behaviour in all.iter().filter(|b| b.theme == *theme) {
            one(catalogue, behaviour, &mut page);
        }
    }
    page
}

fn words(catalogue: &Catalogue, page: &mut String) {
    page.push_str(
        "\n## Data\n\nSensitivity: 1 state of the device, 2 resettable or coarse, 3 lifelong identifiers, records, location, \
         4 content.\n\n| word | what it is | what the owner can do | sensitivity | places |\n|---|---|---|---|---|\n",
    );
    for entry in catalogue.data() {
        let places = catalogue.places_of_datum(entry).count();
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {places} |",
            entry.word, entry.says, entry.reset, entry.sensitivity
        );
    }
    page.push_str(
        "\n## Effects\n\nPower: 1 ordinary, 2 disturbing, 3 takes a part of the phone, 4 takes the phone. What nearly every app does \
         is of severity info alone.\n\n| word | what it does | power | nearly every app | places |\n|---|---|---|---|---|\n",
    );
    for entry in catalogue.effects() {
        let places = catalogue.places_of_effect(entry).count();
        let noise = if entry.noise == Noise::High { "yes" } else { "no" };
        let _ =
            writeln!(page, "| `{}` | {} | {} | {noise} | {places} |", entry.word, entry.says, entry.power);
    }
}

fn one(catalogue: &Catalogue, behaviour: &Behaviour, page: &mut String) {
    let _ = writeln!(page, "### {}\n", behaviour.id);
    let draft = if behaviour.status == Status::Draft { " · draft" } else { "" };
    let _ = writeln!(page, "one finding per {}{draft}\n", behaviour.per.as_str());
    page.push_str("| rung | title | severity |\n|---|---|---|\n");
    for rung in &catalogue.vocabulary().rungs {
        if let Some(title) = behaviour.titles.get(rung) {
            let data: Vec<&str> = behaviour.matches.data.iter().map(String::as_str).collect();
            let effects: Vec<&str> = behaviour.matches.effects.iter().map(String::as_str).collect();
            let severity = catalogue.severity(behaviour, rung, &data, &effects, Noise::Low, &|_| false);
            let _ = writeln!(page, "| {rung} | {title} | {severity} |");
        }
    }
    let _ = writeln!(page, "\n{}\n", behaviour.why);
    let _ = writeln!(page, "*Honest explanation:* {}  ", behaviour.benign);
    let _ = writeln!(page, "*Wrong if:* {}  ", behaviour.would_be_wrong_if);
    let _ = writeln!(page, "*Found by:* {}  ", found_by(catalogue, behaviour));
    for shift in &behaviour.shifts {
        let direction = if shift.by > 0 { "Raised" } else { "Lowered" };
        let facts = shift.facts.join(", ");
        let rungs =
            if shift.rungs.is_empty() { String::new() } else { format!(", on {}", shift.rungs.join(", ")) };
        let _ = writeln!(page, "*{direction} by {} if {facts}{rungs}:* {}  ", shift.by.abs(), shift.says);
    }
    for ask in &behaviour.asks {
        let _ = writeln!(page, "*Ask:* {ask}  ");
    }
    if !behaviour.refs.is_empty() {
        let _ = writeln!(page, "*References:* {}  ", references(catalogue, behaviour));
    }
    page.push('\n');
}

fn found_by(catalogue: &Catalogue, behaviour: &Behaviour) -> String {
    let matches = &behaviour.matches;
    let mut ways = Vec::new();
    let ticked =
        |words: &[String]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    if !matches.data.is_empty() {
        ways.push(format!("data {}", ticked(&matches.data)));
    }
    if !matches.effects.is_empty() {
        ways.push(format!("effects {}", ticked(&matches.effects)));
    }
    let own = catalogue.places_of_behaviour(behaviour).count();
    if own > 0 {
        ways.push(format!("{own} places of its own"));
    }
    if !matches.facts.is_empty() {
        ways.push(format!("facts {}", ticked(&matches.facts)));
    }
    if !matches.any_fact.is_empty() {
        ways.push(format!("any of the facts {}", ticked(&matches.any_fact)));
    }
    if !matches.no_fact.is_empty() {
        ways.push(format!("none of the facts {}", ticked(&matches.no_fact)));
    }
    if let Some(kind) = matches.indicator {
        ways.push(match kind {
            IndicatorKind::Host => "the host names of indicators".into(),
            IndicatorKind::Package => "the package names of indicators".into(),
            IndicatorKind::Certificate => "the certificates of indicators".into(),
        });
    }
    if !behaviour.needs_any_permission.is_empty() {
        ways.push(format!("a permission of {}", ticked(&behaviour.needs_any_permission)));
    }
    ways.join("; ")
}

fn references(catalogue: &Catalogue, behaviour: &Behaviour) -> String {
    let one = |reference: &String| {
        let address = catalogue.vocabulary().scheme_of(reference).and_then(|(scheme, number)| {
            let form = scheme.url.as_deref()?;
            // Sub-techniques of ATT&CK have an address of their own below the technique's.
            let number = if scheme.prefix.starts_with("ATTACK") {
                number.replace('.', "/")
            } else {
                number.to_owned()
            };
            Some(form.replace("{}", &number))
        });
        match address {
            Some(address) => format!("[{reference}]({address})"),
            None => reference.clone(),
        }
    };
    behaviour.refs.iter().map(one).collect::<Vec<_>>().join(", ")
}
