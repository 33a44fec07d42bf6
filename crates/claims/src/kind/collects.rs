//! `does-not-collect`, `collects-only`: to collect is to let leave the phone.

use overt_record::Finding;
use overt_record::words::DataKind;

use crate::gaps::{self, Gap, GapKind};
use crate::held::Held;
use crate::outcome::{Answer, Verdict};
use crate::scope::{self, Proof};
use crate::statement::Statement;

use super::{labels, wording};

/// What one build shows of data leaving the phone.
pub(super) struct Seen<'a> {
    pub(super) held: &'a Held<'a>,
    /// Findings that concern the data, with what each proves.
    pub(super) findings: Vec<(Proof, &'a Finding)>,
    /// What was not looked at.
    pub(super) gaps: Vec<Gap>,
    /// Whether any package was meant at all.
    pub(super) nobody: bool,
}

impl<'a> Seen<'a> {
    pub(super) fn of(held: &'a Held<'a>, patterns: &[String], data: &[DataKind]) -> Seen<'a> {
        let nobody = scope::packages(held, patterns).is_empty();
        let mut gaps = gaps::of(held, patterns);
        if nobody {
            let names = patterns.join(", ");
            if let Err(why) = gaps::lacks(held, &names) {
                let record_sha256 = held.digest.to_owned();
                gaps.push(Gap { record_sha256, package: None, kind: GapKind::NotRead, says: why });
            }
        }
        let findings = scope::findings(held, patterns)
            .filter(|finding| scope::concerns(finding, data))
            .map(|finding| (scope::proof(finding), finding))
            .collect();
        Seen { held, findings, gaps, nobody }
    }

    pub(super) fn with(&self, proof: Proof) -> Vec<&'a Finding> {
        self.findings.iter().filter(|(found, _)| *found == proof).map(|(_, finding)| *finding).collect()
    }

    /// Neither shown nor possible, and everything was looked at.
    pub(super) fn surely_not(&self) -> bool {
        self.findings.is_empty() && self.gaps.is_empty()
    }

    /// What stands between this build and a yes or no.
    pub(super) fn doubts(&self, asked: &[DataKind]) -> String {
        let mut said = Vec::new();
        let (dormant, doubtful, able) =
            (self.with(Proof::Dormant), self.with(Proof::Doubtful), self.with(Proof::Able));
        if !dormant.is_empty() {
            said.push(format!(
                "the code that does it is there and waits for a server: {}",
                wording::leaving(&dormant, asked)
            ));
        }
        if !doubtful.is_empty() {
            said.push(format!("a way was found, of low confidence: {}", wording::leaving(&doubtful, asked)));
        }
        if !able.is_empty() {
            said.push(format!(
                "code that can read it is there, a way from there to a server was not found: {}",
                wording::reading(&able, asked)
            ));
        }
        let mut text = String::new();
        if said.is_empty() {
            text.push_str(&format!("In the {} nothing of it was found.", self.held.label()));
        } else {
            text.push_str(&format!("In the {}, {}.", self.held.label(), said.join("; ")));
        }
        if self.nobody {
            text.push_str(" None of the packages it speaks of was found there.");
        }
        let gaps = wording::gaps(&self.gaps);
        if !gaps.is_empty() {
            text.push(' ');
            text.push_str(&gaps);
        }
        text
    }
}

/// `does-not-collect`.
pub(super) fn none(statement: &Statement, held: &[&Held<'_>]) -> Answer {
    let data = scope::data(statement);
    judge(statement, held, &data)
}

/// `collects-only`: nothing but these.
pub(super) fn only(statement: &Statement, held: &[&Held<'_>]) -> Answer {
    let allowed = &statement.data;
    let others: Vec<DataKind> = DataKind::ALL
        .iter()
        .copied()
        // The state of the device names nobody; lists of what is collected leave it out.
        .filter(|kind| *kind != DataKind::DeviceStatus && !allowed.contains(kind))
        .collect();
    judge(statement, held, &others)
}

/// Whether none of `data` leaves the phone.
fn judge(statement: &Statement, held: &[&Held<'_>], data: &[DataKind]) -> Answer {
    let seen: Vec<Seen<'_>> = held.iter().map(|held| Seen::of(held, &statement.packages, data)).collect();
    let shown: Vec<&Seen<'_>> = seen.iter().filter(|one| !one.with(Proof::Shown).is_empty()).collect();
    let gaps: Vec<Gap> = seen.iter().flat_map(|one| one.gaps.clone()).collect();
    if !shown.is_empty() {
        let said = shown.iter().map(|one| {
            format!(
                "In the {}, these leave the phone: {}.",
                one.held.label(),
                wording::leaving(&one.with(Proof::Shown), data)
            )
        });
        let cited = shown
            .iter()
            .flat_map(|one| one.with(Proof::Shown).into_iter().map(|finding| (one.held, finding)));
        return Answer::new(statement, Verdict::Contradicted, said.collect::<Vec<_>>().join(" "))
            .citing(cited)
            .lacking(gaps);
    }
    if seen.iter().all(Seen::surely_not) {
        let because =
            format!("In the {} no code was found that can even read it; everything was read.", labels(held));
        return Answer::new(statement, Verdict::Upheld, because);
    }
    let said: Vec<String> = seen.iter().filter(|one| !one.surely_not()).map(|one| one.doubts(data)).collect();
    let cited = seen.iter().flat_map(|one| one.findings.iter().map(|(_, finding)| (one.held, *finding)));
    Answer::new(statement, Verdict::NotDecidable, said.join(" ")).citing(cited).lacking(gaps)
}
