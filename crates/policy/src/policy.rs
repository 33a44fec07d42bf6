//! Rego files: loaded, asked, tested.

use overt_claims::Day;
use regorus::{Engine, Value};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::decision::{Decision, Reason, SCHEMA, Word};
use crate::input::{Case, Input};

/// The policy that is used where no other is named.
pub const DEFAULT: &str = include_str!("../../../policy/default.rego");
/// Its tests.
pub const DEFAULT_TESTS: &str = include_str!("../../../policy/default_test.rego");
/// The rule that answers.
const ANSWER: &str = "data.overt.gate.answer";
/// Bytes of a policy's file.
pub const LARGEST: usize = 1 << 20;

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    files: Vec<(String, String)>,
}

/// One test of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tested {
    /// Package and rule.
    pub name: String,
    /// It held.
    pub passed: bool,
    /// Why not.
    pub error: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    decision: Word,
    reasons: Vec<Reason>,
    #[serde(default)]
    waivers_used: Vec<String>,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy { files: vec![("default.rego".into(), DEFAULT.into())] }
    }
}

impl Policy {
    /// A policy of one or more files: name and text of each.
    ///
    /// # Errors
    /// What is wrong with them, with the line.
    pub fn new(mut files: Vec<(String, String)>) -> Result<Policy, String> {
        if let Some((name, text)) = files.iter().find(|(_, text)| text.len() > LARGEST) {
            return Err(format!("{name} has {} bytes, more than any policy", text.len()));
        }
        files.sort();
        let policy = Policy { files };
        policy.engine()?;
        Ok(policy)
    }

    /// Digest over all files, whatever they are called and in whatever order they were named.
    #[must_use]
    pub fn sha256(&self) -> String {
        let mut texts: Vec<&str> = self.files.iter().map(|(_, text)| text.as_str()).collect();
        texts.sort_unstable();
        let mut hasher = Sha256::new();
        // Of a single file it is the digest that every tool prints.
        for (number, text) in texts.iter().enumerate() {
            if number > 0 {
                hasher.update([0]);
            }
            hasher.update(text.as_bytes());
        }
        hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Its files, by name: name and text of each.
    #[must_use]
    pub fn files(&self) -> &[(String, String)] {
        &self.files
    }

    fn engine(&self) -> Result<Engine, String> {
        let mut engine = Engine::new();
        for (name, text) in &self.files {
            engine.add_policy(name.clone(), text.clone()).map_err(|error| error.to_string())?;
        }
        Ok(engine)
    }

    /// Decides.
    ///
    /// # Errors
    /// The policy gives no answer, or one that is none.
    pub fn decide(&self, case: &Case<'_>) -> Result<Decision, String> {
        let input = Input::of(case);
        let looked = input.coverage;
        let text = serde_json::to_string(&input).map_err(|error| error.to_string())?;
        let mut engine = self.engine()?;
        engine.set_input(Value::from_json_str(&text).map_err(|error| error.to_string())?);
        let value = engine.eval_rule(ANSWER.into()).map_err(|error| format!("{ANSWER}: {error}"))?;
        if value == Value::Undefined {
            return Err(format!(
                "it has no value for {ANSWER}: decision, reasons or waivers_used is undefined"
            ));
        }
        let text = value.to_json_str().map_err(|error| error.to_string())?;
        let answer: Answer = serde_json::from_str(&text).map_err(|error| {
            format!(
                "{ANSWER} is not {{decision, reasons: [{{rule, findings, says}}], waivers_used}}: {error}"
            )
        })?;
        let mut reasons = answer.reasons;
        for reason in &mut reasons {
            reason.findings.sort();
            reason.findings.dedup();
        }
        let mut decision = answer.decision;
        if decision.passes() && !looked.complete {
            decision = Word::Incomplete;
        }
        if decision == Word::Incomplete {
            reasons.push(Reason {
                rule: "coverage".into(),
                findings: Vec::new(),
                says: format!(
                    "Not everything was looked at: {} files missing, {} places unreadable or not followed to the end, {} packages \
                     and {} methods not wholly read{}.",
                    looked.missing,
                    looked.unreadable,
                    looked.packages_incomplete,
                    looked.methods_incomplete,
                    if looked.missing + looked.unreadable == 0 { "; or no listing says what belongs to the build" } else { "" }
                ),
            });
        }
        reasons.sort();
        reasons.dedup();
        let mut used = answer.waivers_used;
        used.sort();
        used.dedup();
        used.retain(|id| case.waivers.waivers.iter().any(|waiver| waiver.id == *id));
        let today: Day = case.today;
        let unused = case.waivers.unused(&used, &case.record.build, today);
        Ok(Decision {
            schema: SCHEMA.to_owned(),
            decision,
            reasons,
            waivers_unused: unused.iter().map(|one| one.id.clone()).collect(),
            waivers_unused_because: unused,
            waivers_used: used,
            policy_sha256: self.sha256(),
            record_sha256: case.digest.to_owned(),
            against_sha256: case.diff.map(|diff| diff.a.record_sha256.clone()),
            build: case.record.build.clone(),
            state: case.state,
            today,
            coverage: looked,
        })
    }

    /// Runs the rules of these files that are called `test_…`, as `opa test` does: a test holds when its rule is true.
    ///
    /// # Errors
    /// The files cannot be loaded.
    pub fn test(&self) -> Result<Vec<Tested>, String> {
        let engine = self.engine()?;
        let mut tested = Vec::new();
        for (name, text) in &self.files {
            let Some(package) = package(text) else { return Err(format!("{name} has no package")) };
            for rule in tests(text) {
                let name = format!("{package}.{rule}");
                let (passed, error) = match engine.clone().eval_rule(format!("data.{name}")) {
                    Ok(value) if value == Value::from(true) => (true, None),
                    Ok(Value::Undefined) => (false, Some("it is undefined".to_owned())),
                    Ok(value) => (false, Some(format!("it is {value}"))),
                    Err(error) => (false, Some(error.to_string())),
                };
                tested.push(Tested { name, passed, error });
            }
        }
        Ok(tested)
    }
}

/// The package of a file.
fn package(text: &str) -> Option<&str> {
    text.lines()
        .find_map(|line| line.trim().strip_prefix("package "))
        .map(|name| name.split('#').next().unwrap_or(name).trim())
}

/// Rules of a file that are tests, in its order.
fn tests(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("test_")) {
        let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(line.len());
        if !found.contains(&&line[..end]) {
            found.push(&line[..end]);
        }
    }
    found
}
