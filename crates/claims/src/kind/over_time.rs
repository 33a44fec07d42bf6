//! `stopped-since`, `unchanged-since`: one build says nothing about them.

use std::collections::BTreeMap;

use overt_base::glob;
use overt_compare::Named;
use overt_record::Finding;
use overt_record::diff::{Because, State};
use overt_record::words::{Rung, Subject, Theme};

use crate::day::Day;
use crate::gaps::{self, Gap};
use crate::held::Held;
use crate::outcome::{Answer, Verdict};
use crate::scope::{self, Proof};
use crate::statement::Statement;

use super::collects::Seen;
use super::wording;

/// The builds before and after the day of which the statement speaks.
struct Sides<'h, 'a> {
    before: &'h Held<'a>,
    after: Vec<&'h Held<'a>>,
}

/// Splits the builds at `since`; without it, the oldest is before and the others are after.
fn sides<'h, 'a>(since: Option<Day>, held: &[&'h Held<'a>]) -> Result<Sides<'h, 'a>, String> {
    let two = "Two builds are needed, one from before and one from after";
    let (before, after): (Vec<&Held<'a>>, Vec<&Held<'a>>) = match since {
        None => (held.iter().copied().take(1).collect(), held.iter().copied().skip(1).collect()),
        Some(since) => {
            if let Some(undated) = held.iter().find(|one| one.day.is_none()) {
                return Err(format!(
                    "The {} does not say when it was made, so it stands neither before nor after {since}.",
                    undated.label()
                ));
            }
            held.iter().copied().partition(|one| one.day.is_some_and(|day| day < since))
        }
    };
    let day = since.map(|day| format!(" {day}")).unwrap_or_default();
    match (before.last().copied(), after.is_empty()) {
        (Some(before), false) => match after.iter().find(|one| !one.same_phone(before)) {
            Some(other) => Err(format!(
                "The {} and the {} are not known to be of the same phone, so a difference between them is not a change.",
                before.label(),
                other.label()
            )),
            None => Ok(Sides { before, after }),
        },
        (None, false) => Err(format!("{two}{day}; all builds given are from after it.")),
        (Some(_), true) => Err(format!("{two}{day}; all builds given are from before it.")),
        (None, true) => Err(format!("{two}{day}; none is given.")),
    }
}

/// `stopped-since`: it was so before, and is not so after.
pub(super) fn stopped(statement: &Statement, held: &[&Held<'_>]) -> Answer {
    let data = scope::data(statement);
    let sides = match sides(statement.since, held) {
        Ok(sides) => sides,
        Err(why) => return Answer::new(statement, Verdict::NotDecidable, why),
    };
    let before = Seen::of(sides.before, &statement.packages, &data);
    let after: Vec<Seen<'_>> =
        sides.after.iter().map(|held| Seen::of(held, &statement.packages, &data)).collect();
    let mut gaps: Vec<Gap> = after.iter().flat_map(|one| one.gaps.clone()).collect();
    let was = before.with(Proof::Shown);
    let then = if was.is_empty() {
        format!("That it was so before is not shown by the {}.", before.held.label())
    } else {
        format!("In the {}: {}.", before.held.label(), wording::leaving(&was, &data))
    };
    let cited_before = || was.iter().map(|finding| (before.held, *finding));
    let still: Vec<(&Held<'_>, &Finding)> = after
        .iter()
        .flat_map(|one| one.with(Proof::Shown).into_iter().map(|finding| (one.held, finding)))
        .collect();
    if !still.is_empty() {
        let said: Vec<String> = after
            .iter()
            .filter(|one| !one.with(Proof::Shown).is_empty())
            .map(|one| {
                format!(
                    "Still in the {}: {}.",
                    one.held.label(),
                    wording::leaving(&one.with(Proof::Shown), &data)
                )
            })
            .collect();
        return Answer::new(statement, Verdict::Contradicted, format!("{then} {}", said.join(" ")))
            .citing(still.into_iter().chain(cited_before()))
            .lacking(gaps);
    }
    let surely = after.iter().all(Seen::surely_not);
    if surely && !was.is_empty() {
        let labels = wording::and(after.iter().map(|one| one.held.label()));
        let because = format!(
            "{then} In the {labels} no code was found that can even read it; all of their code was read."
        );
        return Answer::new(statement, Verdict::Upheld, because).citing(cited_before());
    }
    if surely {
        let because = format!(
            "{then} In the later builds it is not there, so there is nothing that can be said to have stopped."
        );
        return Answer::new(statement, Verdict::NotDecidable, because).lacking(before.gaps);
    }
    let said: Vec<String> =
        after.iter().filter(|one| !one.surely_not()).map(|one| one.doubts(&data)).collect();
    gaps.extend(before.gaps.clone());
    let cited_after =
        after.iter().flat_map(|one| one.findings.iter().map(|(_, finding)| (one.held, *finding)));
    Answer::new(statement, Verdict::NotDecidable, format!("{then} {}", said.join(" ")))
        .citing(cited_before().chain(cited_after))
        .lacking(gaps)
}

/// A difference between two builds that is one of the firmware.
struct Change<'h, 'a> {
    word: overt_record::words::Change,
    says: String,
    held: &'h Held<'a>,
    finding: &'a Finding,
}

/// `unchanged-since`: what the packages do is what they did.
pub(super) fn unchanged(statement: &Statement, held: &[&Held<'_>]) -> Answer {
    let sides = match sides(statement.since, held) {
        Ok(sides) => sides,
        Err(why) => return Answer::new(statement, Verdict::NotDecidable, why),
    };
    let mut changes = Vec::new();
    let mut unknown = Vec::new();
    let mut gaps = gaps::of(sides.before, &statement.packages);
    for after in &sides.after {
        gaps.extend(gaps::of(after, &statement.packages));
        compare(statement, sides.before, after, &mut changes, &mut unknown);
    }
    let since = match statement.since {
        Some(since) => format!(" The first of them is the latest given from before {since}."),
        None => String::new(),
    };
    let labels =
        format!("{} and {}", sides.before.label(), wording::and(sides.after.iter().map(|one| one.label())));
    if !changes.is_empty() {
        // What is new contradicts most, then the most severe.
        changes.sort_by(|a, b| {
            (a.word, b.finding.severity, &a.says).cmp(&(b.word, a.finding.severity, &b.says))
        });
        let mut counts: BTreeMap<overt_record::words::Change, usize> = BTreeMap::new();
        for change in &changes {
            *counts.entry(change.word).or_default() += 1;
        }
        let because = format!(
            "Between {labels}, what they do changed: {}.{since} {}.",
            wording::and(counts.iter().map(|(word, count)| format!("{count} {word}"))),
            wording::and(changes.iter().map(|change| change.says.clone()))
        );
        return Answer::new(statement, Verdict::Contradicted, because)
            .citing(changes.iter().map(|change| (change.held, change.finding)))
            .lacking(gaps);
    }
    if unknown.is_empty() && gaps.is_empty() {
        let because = format!(
            "Between {labels}, what they do is the same, behaviour by behaviour; everything was read.{since}"
        );
        return Answer::new(statement, Verdict::Upheld, because);
    }
    let differences = if unknown.is_empty() {
        "no difference was found".to_owned()
    } else {
        format!(
            "differences were found that may be differences of what could be looked at: {}",
            wording::and(unknown)
        )
    };
    let because = format!("Between {labels}, {differences}.{since} {}", wording::gaps(&gaps));
    Answer::new(statement, Verdict::NotDecidable, because.trim_end()).lacking(gaps)
}

/// Whether a finding is one by which a change is told: shown, and about what an owner would want to know.
fn telling(statement: &Statement, finding: &Finding) -> bool {
    let behaviour = if statement.behaviours.is_empty() {
        matches!(
            finding.theme,
            Theme::Privacy | Theme::RemoteControl | Theme::Exposure | Theme::Bypass | Theme::Targeting
        )
    } else {
        statement.behaviours.iter().any(|pattern| glob::matches(pattern, &finding.behaviour))
    };
    behaviour
        && matches!(scope::proof(finding), Proof::Shown | Proof::Dormant)
        && scope::meant(&statement.packages, finding.package.as_deref(), &finding.path)
        && (statement.data.is_empty() || finding.data.iter().any(|kind| statement.data.contains(kind)))
        && (statement.effects.is_empty()
            || finding.effects.iter().any(|effect| statement.effects.contains(effect)))
}

/// The rows of the comparison that speak of what the statement speaks of: changes of the firmware, and what cannot be said.
fn compare<'h, 'a>(
    statement: &Statement,
    before: &'h Held<'a>,
    after: &'h Held<'a>,
    changes: &mut Vec<Change<'h, 'a>>,
    unknown: &mut Vec<String>,
) {
    let named = |held: &'h Held<'a>| Named { record: held.record, digest: held.digest };
    let index = |held: &'h Held<'a>| -> BTreeMap<(&'a str, &'a str), &'a Finding> {
        held.record.findings.iter().map(|one| ((one.id.as_str(), one.path.as_str()), one)).collect()
    };
    let (were, are) = (index(before), index(after));
    for row in overt_compare::diff(named(before), named(after)).rows {
        if row.kind != Subject::Behaviour || row.change == overt_record::words::Change::Unchanged {
            continue;
        }
        let find = |state: &Option<State>, index: &BTreeMap<(&'a str, &'a str), &'a Finding>| {
            let state = state.as_ref()?;
            index.get(&(state.id.as_str(), state.path.as_deref().unwrap_or_default())).copied()
        };
        let (was, is) = (find(&row.before, &were), find(&row.after, &are));
        let Some((held, finding)) = is.map(|is| (after, is)).or(was.map(|was| (before, was))) else {
            continue;
        };
        if !telling(statement, finding) {
            continue;
        }
        let says = format!(
            "{}: {} in {} ({})",
            row.change,
            finding.behaviour,
            wording::package(finding),
            finding.id
        );
        // Moved is the same behaviour in a package under another name.
        let told =
            !matches!(row.change, overt_record::words::Change::Unknown | overt_record::words::Change::Moved);
        // A behaviour that was only able to be is not one that changed.
        let proven = was.is_none_or(|was| was.rung >= Rung::Flow);
        if told && proven && row.because == Because::Firmware {
            changes.push(Change { word: row.change, says, held, finding });
        } else if row.change != overt_record::words::Change::Moved {
            unknown.push(format!("{says}: {}", row.reason));
        }
    }
}
