//! Rows counted, and the outcome in sentences.

use std::collections::BTreeMap;

use overt_record::diff::{Because, Row, Summary};
use overt_record::words::{Change, Subject};

use crate::knowledge::Knowledge;

/// Counts rows.
pub(crate) fn summary(rows: &[Row], knowledge: Knowledge) -> Summary {
    let none: BTreeMap<Change, u32> = Change::ALL.iter().map(|&change| (change, 0)).collect();
    let mut counts: BTreeMap<Subject, BTreeMap<Change, u32>> =
        Subject::ALL.iter().map(|&kind| (kind, none.clone())).collect();
    let mut summary = Summary { same_knowledge: knowledge.is_same(), ..Summary::default() };
    for row in rows {
        if let Some(count) = counts.get_mut(&row.kind).and_then(|changes| changes.get_mut(&row.change)) {
            *count += 1;
        }
        match row.because {
            Because::Firmware if row.is_change() => summary.firmware += 1,
            Because::Knowledge => summary.knowledge += 1,
            _ => {}
        }
        if row.change == Change::Unknown {
            summary.undecided += 1;
        }
    }
    let behaviours = counts.get(&Subject::Behaviour).cloned().unwrap_or_default();
    let told: Vec<String> = Change::ALL
        .iter()
        .filter_map(|change| {
            behaviours.get(change).filter(|&&count| count > 0).map(|count| format!("{count} {change}"))
        })
        .collect();
    summary.says.push(if told.is_empty() {
        "Of behaviours nothing differs.".to_owned()
    } else {
        format!("Behaviours: {}.", told.join(", "))
    });
    if !knowledge.is_same() {
        summary.says.push(format!("{}; what only one of them knows is marked.", capital(knowledge.says())));
    }
    if summary.undecided > 0 {
        summary.says.push(format!(
            "{} rows cannot be decided: what is not there to be read is not gone.",
            summary.undecided
        ));
    }
    summary.counts = counts;
    summary
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
