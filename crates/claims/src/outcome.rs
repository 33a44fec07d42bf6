//! The answers, in the shape that programs read (`schema/overt.claims-1.schema.json`).

use overt_record::words::{Confidence, Rung};
use overt_record::{Build, Finding};
use serde::{Deserialize, Serialize};

use crate::day::Day;
use crate::gaps::Gap;
use crate::held::{Builds, Held};
use crate::statement::{Kind, Statement};

/// The schema of [`Outcome`].
pub const SCHEMA: &str = "overt.claims/1";
/// Gaps that an answer names; there may be thousands of missing files.
const MOST_GAPS: usize = 60;

/// What became of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It holds for the builds it was held against; all that it speaks of was looked at.
    Upheld,
    /// A finding says otherwise.
    Contradicted,
    /// Neither can be said from these builds.
    NotDecidable,
}

impl Verdict {
    /// The word as it is spelt.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Upheld => "upheld",
            Verdict::Contradicted => "contradicted",
            Verdict::NotDecidable => "not-decidable",
        }
    }
}

/// All answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// [`SCHEMA`].
    pub schema: String,
    /// The builds, as they were ordered.
    pub builds: Vec<Against>,
    /// In the order of the statements.
    pub claims: Vec<Answer>,
    /// How many of each.
    pub summary: Summary,
}

/// A build that statements were held against.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Against {
    /// Digest of the record.
    pub record_sha256: String,
    /// When the build was made.
    pub date: Option<Day>,
    /// What it says it is.
    pub build: Build,
    /// Everything of it is there and was read.
    pub complete: bool,
}

/// How many answers of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names of the verdicts")]
pub struct Summary {
    pub upheld: usize,
    pub contradicted: usize,
    pub not_decidable: usize,
}

/// The answer to one statement.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// The statement's id.
    pub id: String,
    /// Who said it.
    pub speaker: String,
    /// Whose words they are said to be.
    pub attributed_to: Option<String>,
    /// Who denies it.
    pub disputed_by: Vec<String>,
    /// When it was said.
    pub date: Day,
    /// The words.
    pub quote: Option<String>,
    /// What it comes to.
    pub says: Option<String>,
    /// Where it can be read.
    pub source: String,
    /// Its kind.
    pub kind: Kind,
    /// What became of it.
    pub result: Verdict,
    /// Why, in sentences.
    pub because: String,
    /// Ids of the findings that `because` rests on.
    pub findings: Vec<String>,
    /// The same findings, with the build each is in.
    pub cited: Vec<Cited>,
    /// What of all that the statement speaks of was not looked at.
    pub coverage: AnswerCoverage,
}

/// A finding that an answer rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cited {
    /// Digest of the record it is in.
    pub record_sha256: String,
    /// Its id there.
    pub id: String,
    /// Its behaviour.
    pub behaviour: String,
    /// Its package.
    pub package: Option<String>,
    /// Its rung.
    pub rung: Rung,
    /// Its confidence.
    pub confidence: Confidence,
    /// It waits for a server.
    pub dormant: bool,
    /// Its title.
    pub title: String,
    /// What would make it wrong.
    pub would_be_wrong_if: Option<String>,
}

impl Cited {
    /// A finding of a build.
    #[must_use]
    pub fn of(held: &Held<'_>, finding: &Finding) -> Cited {
        Cited {
            record_sha256: held.digest.to_owned(),
            id: finding.id.clone(),
            behaviour: finding.behaviour.clone(),
            package: finding.package.clone(),
            rung: finding.rung,
            confidence: finding.confidence,
            dormant: finding.dormant,
            title: finding.title.clone(),
            would_be_wrong_if: finding.would_be_wrong_if.clone(),
        }
    }
}

/// What of all that a statement speaks of was not looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerCoverage {
    /// All of it was.
    pub complete: bool,
    /// What was not; at most the first 60.
    pub gaps: Vec<Gap>,
    /// How many there are.
    pub gaps_total: usize,
}

impl Answer {
    /// An answer without findings and gaps.
    pub(crate) fn new(statement: &Statement, result: Verdict, because: impl Into<String>) -> Answer {
        Answer {
            id: statement.id.clone(),
            speaker: statement.speaker.clone(),
            attributed_to: statement.attributed_to.clone(),
            disputed_by: statement.disputed_by.clone(),
            date: statement.date,
            quote: statement.quote.clone(),
            says: statement.says.clone(),
            source: statement.source.clone(),
            kind: statement.kind,
            result,
            because: because.into(),
            findings: Vec::new(),
            cited: Vec::new(),
            coverage: AnswerCoverage { complete: true, gaps: Vec::new(), gaps_total: 0 },
        }
    }

    /// With the findings it rests on.
    pub(crate) fn citing<'a>(
        mut self,
        findings: impl IntoIterator<Item = (&'a Held<'a>, &'a Finding)>,
    ) -> Answer {
        self.cited.extend(findings.into_iter().map(|(held, finding)| Cited::of(held, finding)));
        self.cited.sort();
        self.cited.dedup();
        self.findings = self.cited.iter().map(|cited| cited.id.clone()).collect();
        self.findings.sort();
        self.findings.dedup();
        self
    }

    /// With what was not looked at.
    pub(crate) fn lacking(mut self, mut gaps: Vec<Gap>) -> Answer {
        gaps.sort();
        gaps.dedup();
        self.coverage.complete = gaps.is_empty();
        self.coverage.gaps_total = gaps.len();
        gaps.truncate(MOST_GAPS);
        self.coverage.gaps = gaps;
        self
    }

    /// With a remark at the end of its reasons.
    pub(crate) fn adding(mut self, remarks: &[String]) -> Answer {
        for remark in remarks {
            self.because.push(' ');
            self.because.push_str(remark);
        }
        self
    }
}

impl Outcome {
    /// Answers, with what they were held against.
    pub(crate) fn of(builds: &Builds<'_>, claims: Vec<Answer>) -> Outcome {
        let count = |verdict| claims.iter().filter(|answer| answer.result == verdict).count();
        let summary = Summary {
            upheld: count(Verdict::Upheld),
            contradicted: count(Verdict::Contradicted),
            not_decidable: count(Verdict::NotDecidable),
        };
        let builds = builds.all().iter().map(|held| Against {
            record_sha256: held.digest.to_owned(),
            date: held.day,
            build: held.record.build.clone(),
            complete: held.record.coverage.complete,
        });
        Outcome { schema: SCHEMA.to_owned(), builds: builds.collect(), claims, summary }
    }
}
