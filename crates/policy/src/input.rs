//! What a policy sees: facts of the record small enough for ten thousand findings, described in `docs/policy.md`.

use std::collections::{BTreeMap, BTreeSet};

use overt_claims::{Answer, Day, Verdict};
use overt_record::diff::{Because, Diff};
use overt_record::words::{
    Change, Confidence, DataKind, Effect, GateKind, Rung, Severity, Subject, Theme, TriggerKind,
};
use overt_record::{Build, Depth, Finding, Package, Record};
use serde::{Deserialize, Serialize};

use crate::decision::Looked;
use crate::waiver::Waivers;

/// The uid below which Android's own users are; an app that runs as one of them has rights of the system.
const FIRST_APPLICATION_UID: u32 = 10_000;

/// How a listing stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the words of the listing's states")]
pub enum State {
    #[default]
    Listed,
    OnHold,
    Suspended,
    Reinstated,
    Withdrawn,
}

/// What is to be decided.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The build.
    pub record: &'a Record,
    /// Digest of its record.
    pub digest: &'a str,
    /// What changed since another build.
    pub diff: Option<&'a Diff>,
    /// What the vendor says, held against the build.
    pub claims: &'a [Answer],
    /// Exceptions.
    pub waivers: &'a Waivers,
    /// How the listing stands.
    pub state: State,
    /// The day of the decision.
    pub today: Day,
}

#[derive(Serialize)]
pub(crate) struct Input<'a> {
    today: Day,
    state: State,
    build: &'a Build,
    record_sha256: &'a str,
    depth: Depth,
    pub(crate) coverage: Looked,
    findings: Vec<Fact<'a>>,
    diff: Option<Since<'a>>,
    claims: Vec<Said<'a>>,
}

#[derive(Serialize)]
struct Fact<'a> {
    id: &'a str,
    behaviour: &'a str,
    theme: Theme,
    rung: Rung,
    severity: Severity,
    confidence: Confidence,
    package: Option<&'a str>,
    path: &'a str,
    privileged: bool,
    system: bool,
    data: &'a [DataKind],
    effects: &'a [Effect],
    hosts: BTreeSet<&'a str>,
    cleartext: bool,
    silent: bool,
    dormant: bool,
    triggers: BTreeSet<TriggerKind>,
    gates: BTreeSet<GateKind>,
    from: &'a str,
    guard: Option<&'a str>,
    waived_by: Vec<&'a str>,
}

#[derive(Serialize)]
struct Since<'a> {
    record_sha256: &'a str,
    rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    kind: Subject,
    change: Change,
    because: Because,
    id: &'a str,
    package: Option<&'a str>,
    behaviour: Option<&'a str>,
}

#[derive(Serialize)]
struct Said<'a> {
    id: &'a str,
    kind: &'static str,
    result: Verdict,
    findings: &'a [String],
}

/// How much of a record's build was looked at.
#[must_use]
pub fn looked(record: &Record) -> Looked {
    let coverage = &record.coverage;
    let holes = coverage.missing.len() + coverage.unreadable.len();
    Looked {
        complete: coverage.complete
            && record.depth == Depth::Full
            && holes == 0
            && coverage.packages_incomplete == 0
            && coverage.methods_incomplete == 0,
        missing: coverage.missing.len(),
        unreadable: coverage.unreadable.len(),
        packages_incomplete: coverage.packages_incomplete,
        methods_incomplete: coverage.methods_incomplete,
    }
}

impl<'a> Input<'a> {
    pub(crate) fn of(case: &Case<'a>) -> Input<'a> {
        let record = case.record;
        let privileged: BTreeMap<&str, &Package> =
            record.packages.iter().map(|package| (package.path.as_str(), package)).collect();
        let live: Vec<&crate::waiver::Waiver> = case.waivers.in_force(&record.build, case.today).collect();
        let facts = record.findings.iter().map(|finding| fact(finding, &privileged, &live));
        Input {
            today: case.today,
            state: case.state,
            build: &record.build,
            record_sha256: case.digest,
            depth: record.depth,
            coverage: looked(record),
            findings: facts.collect(),
            diff: case.diff.map(|diff| Since {
                record_sha256: &diff.a.record_sha256,
                rows: diff
                    .rows
                    .iter()
                    .map(|row| Row {
                        kind: row.kind,
                        change: row.change,
                        because: row.because,
                        id: &row.id,
                        package: row.package.as_deref(),
                        behaviour: row.behaviour.as_deref(),
                    })
                    .collect(),
            }),
            claims: case
                .claims
                .iter()
                .map(|answer| Said {
                    id: &answer.id,
                    kind: answer.kind.as_str(),
                    result: answer.result,
                    findings: &answer.findings,
                })
                .collect(),
        }
    }
}

fn fact<'a>(
    finding: &'a Finding,
    packages: &BTreeMap<&str, &Package>,
    waivers: &[&'a crate::waiver::Waiver],
) -> Fact<'a> {
    let package = packages.get(finding.path.as_str());
    let clear = |tls: &Option<String>| tls.as_deref() == Some("cleartext");
    Fact {
        id: &finding.id,
        behaviour: &finding.behaviour,
        theme: finding.theme,
        rung: finding.rung,
        severity: finding.severity,
        confidence: finding.confidence,
        package: finding.package.as_deref(),
        path: &finding.path,
        privileged: package.is_some_and(|package| package.privileged),
        system: finding.runs_as.uid.is_some_and(|uid| uid < FIRST_APPLICATION_UID),
        data: &finding.data,
        effects: &finding.effects,
        hosts: finding.endpoints.iter().filter_map(|endpoint| endpoint.host.as_deref()).collect(),
        // One clear address among several may belong to another request.
        cleartext: !finding.endpoints.is_empty()
            && finding.endpoints.iter().all(|endpoint| clear(&endpoint.tls)),
        silent: finding.triggers.iter().any(|trigger| trigger.silent),
        dormant: finding.dormant,
        triggers: finding.triggers.iter().map(|trigger| trigger.kind).collect(),
        gates: finding.gates.iter().map(|gate| gate.kind).collect(),
        from: &finding.reach.from,
        guard: finding.reach.guard.as_deref(),
        waived_by: waivers
            .iter()
            .filter(|waiver| waiver.covers(finding))
            .map(|waiver| waiver.id.as_str())
            .collect(),
    }
}
