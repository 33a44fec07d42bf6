//! `overt explain FINDING`: one finding in full, with the code of the input around each piece of evidence.

use std::path::{Path, PathBuf};

use overt_pipeline::Inspector;
use overt_record::derivation::Verdict;
use overt_record::{Derivation, Evidence, Finding};
use overt_report::{Explanation, Line, Reopened, Shown, Subject};
use overt_store::Store;

use crate::builds::{self, Named};
use crate::exit::{Code, Failure};
use crate::flags::{Explain, High};
use crate::message;
use crate::verdict::verdict;

/// Instructions shown before and after the one that the evidence names.
const CONTEXT: usize = 4;

pub(super) fn run(high: &High, flags: &Explain) -> Result<Code, Failure> {
    let store = builds::store(&high.store)?;
    let named = builds::finding(store.as_ref(), &flags.finding, flags.build.as_deref())?;
    let finding = named.finding().ok_or_else(|| {
        Failure::own("the store's index names a finding that its record lacks. Scan the build again")
    })?;
    let (input, evidence, derivations) =
        reopen(high, finding, place(flags, store.as_ref(), &named)?.as_deref());
    let explanation = Explanation {
        record: &named.record,
        digest: &named.digest,
        finding,
        dead: named.dead,
        input,
        evidence,
        derivations,
    };
    high.sink.render(high.output, &Subject::Explanation(&explanation), &high.style)?;
    match &explanation.input {
        Reopened::Different(says) | Reopened::Unreadable(says) => {
            message::error(says);
            Ok(Code::Unreadable)
        }
        Reopened::Same | Reopened::Unneeded | Reopened::Unknown(_) => {
            let differing: Vec<&str> = (explanation.derivations.iter())
                .filter(|derivation| derivation.verdict == Verdict::Different)
                .map(|derivation| derivation.of.as_str())
                .collect();
            if !differing.is_empty() {
                message::error(&format!(
                    "Running the code of the input again does not give what the record says: {}. The record is not of \
                     this input, or was made by another version; scan the input again.",
                    differing.join(", ")
                ));
                return Ok(Code::Unreadable);
            }
            let living = (!named.dead).then_some(finding.severity);
            Ok(verdict(living, &named.record.coverage, high.fail_on))
        }
    }
}

/// Where the input lies: where the user says, else the latest place where it was scanned and something still is.
fn place(flags: &Explain, store: Option<&Store>, named: &Named) -> Result<Option<PathBuf>, Failure> {
    if let Some(input) = &flags.input {
        return Ok(Some(input.clone()));
    }
    let known = store.map(|store| store.sources(&named.digest)).transpose()?.unwrap_or_default();
    let there = known.iter().find(|path| path.exists()).cloned();
    Ok(there.or_else(|| known.into_iter().next()))
}

fn is_code(evidence: &Evidence) -> bool {
    evidence.class.is_some() && evidence.method.is_some() && evidence.offset.is_some()
}

type Reread<'a> = (Reopened, Vec<Shown<'a>>, Vec<Derivation>);

fn reopen<'a>(high: &High, finding: &'a Finding, place: Option<&Path>) -> Reread<'a> {
    let bare = || {
        finding
            .evidence
            .iter()
            .map(|evidence| Shown { evidence, around: None, why_not: None })
            .collect::<Vec<_>>()
    };
    if !finding.evidence.iter().any(is_code) && !overt_pipeline::derive::derives(finding) {
        return (Reopened::Unneeded, bare(), Vec::new());
    }
    let Some(place) = place else {
        return (
            Reopened::Unknown(
                "Nobody said where the input lies, so the instructions around are not shown. Give --input PATH to see \
                 them."
                    .into(),
            ),
            bare(),
            Vec::new(),
        );
    };
    let inspector = match Inspector::open(place, &high.scan.limits) {
        Ok(inspector) => inspector,
        Err(error) => {
            let says = format!(
                "The input cannot be opened again at {}, so the instructions around are not shown: {error}. Give \
                 --input PATH if it lies elsewhere now.",
                place.display()
            );
            return (Reopened::Unreadable(says), bare(), Vec::new());
        }
    };
    let mut first = None;
    let shown = finding
        .evidence
        .iter()
        .map(|evidence| {
            if !is_code(evidence) {
                return Shown { evidence, around: None, why_not: None };
            }
            match inspector.instructions_around(evidence, CONTEXT) {
                Ok(lines) => {
                    Shown { evidence, around: Some(lines.into_iter().map(line).collect()), why_not: None }
                }
                Err(why) => {
                    first.get_or_insert_with(|| why.clone());
                    Shown { evidence, around: None, why_not: Some(why) }
                }
            }
        })
        .collect();
    let input = match first {
        None => Reopened::Same,
        Some(why) => Reopened::Different(format!(
            "The input at {} differs from the one that was scanned: {why}. Give the scanned one with --input PATH, or \
             scan this one.",
            place.display()
        )),
    };
    // What another input gives says nothing of this record.
    let derivations = if matches!(input, Reopened::Same) { inspector.derive(finding) } else { Vec::new() };
    (input, shown, derivations)
}

fn line(line: overt_pipeline::Line) -> Line {
    Line { offset: line.offset, text: line.text, marked: line.marked }
}
