//! `absent`, `component-replaced`: what is there.

use overt_base::glob;
use overt_record::Finding;

use crate::gaps::{self, Gap, GapKind};
use crate::held::Held;
use crate::outcome::{Answer, Verdict};
use crate::scope::{self, Proof};
use crate::statement::Statement;

use super::{labels, wording};

fn names(held: &Held<'_>, patterns: &[String]) -> Vec<String> {
    let packages = scope::packages(held, patterns);
    packages.iter().map(|one| one.package.clone().unwrap_or_else(|| one.path.clone())).collect()
}

fn not_known(held: &Held<'_>, why: String) -> Gap {
    Gap { record_sha256: held.digest.to_owned(), package: None, kind: GapKind::NotRead, says: why }
}

/// `absent`: of packages or, with `behaviours`, of what they do.
pub(super) fn absent(statement: &Statement, held: &[&Held<'_>]) -> Answer {
    if statement.behaviours.is_empty() { no_package(statement, held) } else { no_behaviour(statement, held) }
}

fn no_package(statement: &Statement, held: &[&Held<'_>]) -> Answer {
    let mut there = Vec::new();
    let mut findings: Vec<(&Held<'_>, &Finding)> = Vec::new();
    let mut gaps = Vec::new();
    for one in held {
        let found = names(one, &statement.packages);
        if !found.is_empty() {
            there.push(format!("The {} has {}.", one.label(), wording::and(found)));
            findings.extend(
                scope::findings(one, &statement.packages)
                    .filter(|finding| scope::proof(finding) == Proof::Shown)
                    .map(|finding| (*one, finding)),
            );
        }
        if let Err(why) = gaps::lacks(one, &statement.packages.join(", ")) {
            gaps.push(not_known(one, why));
        }
    }
    if !there.is_empty() {
        return Answer::new(statement, Verdict::Contradicted, there.join(" ")).citing(findings).lacking(gaps);
    }
    if gaps.is_empty() {
        let because = format!("The {} has no such package; all of its packages were read.", labels(held));
        return Answer::new(statement, Verdict::Upheld, because);
    }
    let because = format!("No such package was found in the {}. {}", labels(held), wording::gaps(&gaps));
    Answer::new(statement, Verdict::NotDecidable, because).lacking(gaps)
}

fn no_behaviour(statement: &Statement, held: &[&Held<'_>]) -> Answer {
    let asked = |finding: &&Finding| {
        statement.behaviours.iter().any(|pattern| glob::matches(pattern, &finding.behaviour))
            && (statement.data.is_empty() || finding.data.iter().any(|kind| statement.data.contains(kind)))
            && (statement.effects.is_empty()
                || finding.effects.iter().any(|effect| statement.effects.contains(effect)))
    };
    let found: Vec<(&Held<'_>, &Finding)> = held
        .iter()
        .flat_map(|one| {
            scope::findings(one, &statement.packages).filter(asked).map(move |finding| (*one, finding))
        })
        .collect();
    let gaps: Vec<Gap> = held.iter().flat_map(|one| gaps::of(one, &statement.packages)).collect();
    let shown: Vec<(&Held<'_>, &Finding)> =
        found.iter().copied().filter(|(_, finding)| scope::proof(finding) == Proof::Shown).collect();
    let list = |findings: &[(&Held<'_>, &Finding)]| {
        wording::and(findings.iter().map(|(held, finding)| {
            format!(
                "{} of {} in the {} ({}, {})",
                finding.behaviour,
                wording::package(finding),
                held.label(),
                finding.rung,
                finding.id
            )
        }))
    };
    if !shown.is_empty() {
        let because = format!("It is there: {}.", list(&shown));
        return Answer::new(statement, Verdict::Contradicted, because).citing(shown).lacking(gaps);
    }
    if found.is_empty() && gaps.is_empty() {
        let because = format!("In the {} it was not found; everything was read.", labels(held));
        return Answer::new(statement, Verdict::Upheld, because);
    }
    let because = if found.is_empty() {
        format!("In the {} it was not found. {}", labels(held), wording::gaps(&gaps))
    } else {
        format!("What was found does not show that it happens: {}. {}", list(&found), wording::gaps(&gaps))
    };
    Answer::new(statement, Verdict::NotDecidable, because.trim_end()).citing(found).lacking(gaps)
}

/// `component-replaced`: the old one is gone, the new one is there.
pub(super) fn replaced(statement: &Statement, held: &[&Held<'_>]) -> Answer {
    let later: Vec<&Held<'_>> = match statement.since {
        None => held.to_vec(),
        Some(since) => held.iter().copied().filter(|one| one.day.is_some_and(|day| day >= since)).collect(),
    };
    let Some(since) = later.first().map(|_| statement.since.unwrap_or(statement.date)) else {
        return Answer::new(
            statement,
            Verdict::NotDecidable,
            "None of the builds given was made after the replacement.",
        );
    };
    let mut kept = Vec::new();
    let mut cited: Vec<(&Held<'_>, &Finding)> = Vec::new();
    let mut gaps = Vec::new();
    let mut newcomer = true;
    for one in &later {
        let old = names(one, &statement.old);
        if !old.is_empty() {
            kept.push(format!("The {} still has {}.", one.label(), wording::and(old)));
            cited.extend(
                scope::findings(one, &statement.old)
                    .filter(|finding| scope::proof(finding) == Proof::Shown)
                    .map(|finding| (*one, finding)),
            );
        }
        if let Err(why) = gaps::lacks(one, &statement.old.join(", ")) {
            gaps.push(not_known(one, why));
        }
        newcomer &= !names(one, &statement.new).is_empty();
    }
    if !kept.is_empty() {
        return Answer::new(statement, Verdict::Contradicted, kept.join(" ")).citing(cited).lacking(gaps);
    }
    if newcomer && gaps.is_empty() {
        let because =
            format!("The {}, made after {since}, has the new component and not the old one.", labels(&later));
        return Answer::new(statement, Verdict::Upheld, because);
    }
    let there = if newcomer {
        "The new component is there."
    } else {
        "The new component was not found in each build."
    };
    let because = format!(
        "The old component was not found in the {}. {there} {}",
        labels(&later),
        wording::gaps(&gaps)
    );
    Answer::new(statement, Verdict::NotDecidable, because.trim_end()).lacking(gaps)
}
