//! JSON for programs, one document; the shapes are described under `schema/` at the root of the project.

use std::io::{self, Write};

use overt_policy::Tested;
use overt_record::{Build, Coverage, Derivation, Evidence, Finding, Package};
use serde::Serialize;

use crate::Output;
use crate::explanation::{Explanation, Line};
use crate::style::Style;
use crate::subject::{Kind, Subject, Verification};

/// One JSON document on one line.
pub const OUTPUT: Output = Output {
    name: "json",
    kinds: &[
        Kind::Whole,
        Kind::Packages,
        Kind::Findings,
        Kind::Explanation,
        Kind::Flows,
        Kind::Strings,
        Kind::Diff,
        Kind::History,
        Kind::Matches,
        Kind::Claims,
        Kind::Decision,
        Kind::Verification,
        Kind::PolicyTests,
    ],
    render,
};

#[derive(Serialize)]
struct Packages<'a> {
    schema: &'static str,
    record_sha256: &'a str,
    build: &'a Build,
    coverage: &'a Coverage,
    packages: &'a [&'a Package],
}

#[derive(Serialize)]
struct Findings<'a> {
    schema: &'static str,
    record_sha256: &'a str,
    build: &'a Build,
    coverage: &'a Coverage,
    findings: &'a [&'a Finding],
    dead: &'a [&'a Finding],
}

#[derive(Serialize)]
struct Verified<'a> {
    schema: &'static str,
    verified: bool,
    refused: Option<&'a overt_bundle::Refused>,
    bundle: Option<&'a overt_bundle::Verified>,
    rederived: Option<usize>,
}

impl<'a> Verified<'a> {
    fn of(verification: &'a Verification) -> Verified<'a> {
        Verified {
            schema: "overt.verification/1",
            verified: verification.outcome.is_ok(),
            refused: verification.outcome.as_ref().err(),
            bundle: verification.outcome.as_ref().ok(),
            rederived: verification.rederived,
        }
    }
}

#[derive(Serialize)]
struct PolicyTests<'a> {
    schema: &'static str,
    passed: usize,
    failed: usize,
    tests: &'a [Tested],
}

#[derive(Serialize)]
struct Explained<'a> {
    schema: &'static str,
    record_sha256: &'a str,
    build: &'a Build,
    coverage: &'a Coverage,
    input: Input<'a>,
    dead: bool,
    finding: &'a Finding,
    evidence: Vec<Shown<'a>>,
    derivations: &'a [Derivation],
}

#[derive(Serialize)]
struct Input<'a> {
    state: &'static str,
    says: Option<&'a str>,
}

#[derive(Serialize)]
struct Shown<'a> {
    evidence: &'a Evidence,
    around: Option<&'a [Line]>,
    why_not: Option<&'a str>,
}

impl<'a> Explained<'a> {
    fn of(explanation: &'a Explanation<'a>) -> Explained<'a> {
        Explained {
            schema: "overt.explanation/1",
            record_sha256: explanation.digest,
            build: &explanation.record.build,
            coverage: &explanation.record.coverage,
            input: Input { state: explanation.input.word(), says: explanation.input.says() },
            dead: explanation.dead,
            finding: explanation.finding,
            evidence: explanation
                .evidence
                .iter()
                .map(|shown| Shown {
                    evidence: shown.evidence,
                    around: shown.around.as_deref(),
                    why_not: shown.why_not.as_deref(),
                })
                .collect(),
            derivations: &explanation.derivations,
        }
    }
}

fn render(subject: &Subject<'_>, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match subject {
        // The record's own bytes: what its digest is taken of.
        Subject::Whole(whole) => out.write_all(whole.record.to_json()?.as_bytes()),
        Subject::Packages(list) => document(
            out,
            &Packages {
                schema: "overt.packages/1",
                record_sha256: list.digest,
                build: &list.record.build,
                coverage: &list.record.coverage,
                packages: &list.packages,
            },
        ),
        Subject::Findings(list) => document(
            out,
            &Findings {
                schema: "overt.findings/1",
                record_sha256: list.digest,
                build: &list.record.build,
                coverage: &list.record.coverage,
                findings: &list.findings,
                dead: &list.dead,
            },
        ),
        Subject::Explanation(explanation) => document(out, &Explained::of(explanation)),
        Subject::Flows(list) => document(out, list),
        Subject::Unmodelled(list) => document(out, &list.unmodelled),
        Subject::Sinks(list) => document(out, list),
        Subject::Diff(diff) => document(out, diff),
        Subject::History(history) => document(out, history),
        Subject::Matches(matches) => document(out, matches),
        Subject::Claims(outcome) => document(out, outcome),
        Subject::Decision(decision) => document(out, decision),
        Subject::Verification(verification) => document(out, &Verified::of(verification)),
        Subject::PolicyTests(tests) => document(
            out,
            &PolicyTests {
                schema: "overt.policy-tests/1",
                passed: tests.iter().filter(|test| test.passed).count(),
                failed: tests.iter().filter(|test| !test.passed).count(),
                tests,
            },
        ),
        Subject::Draft(text) => document(out, text),
        Subject::Strings(list) | Subject::EveryString(list) => document(out, list),
    }
}

fn document(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}
