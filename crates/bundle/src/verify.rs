//! What is checked, in which order: signature, list of parts, each part, what they say of each other, and that the policy
//! decides so again.

use std::collections::BTreeMap;
use std::fmt;

use overt_claims::{Answer, Day};
use overt_policy::{Case, Decision, Policy, Waivers};
use overt_record::diff::Diff;
use overt_record::{Evidence, Record};
use overt_seal::PublicKey;
use serde::Serialize;

use crate::bundle::{Bundle, PAYLOAD_TYPE, PREDICATE, SCHEMA, STATEMENT, Statement, commitment, record_of};

/// Parts of a bundle.
const MOST_PARTS: usize = 1_000_000;

/// What the one who verifies knows himself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected<'a> {
    /// Whose signature counts.
    pub trusted: &'a [PublicKey],
    /// The day on which the decision is to be relied on.
    pub as_of: Option<Day>,
    /// Decisions made before that day are known to be replaced.
    pub not_before: Option<Day>,
    /// The record, or build, that the bundle is to be about: digest of the record or its beginning, or fingerprint.
    pub about: Option<&'a str>,
}

/// Why a bundle is not believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// `not-a-bundle`, `signature`, `missing-part`, `altered-part`, `unknown-part`, `record`, `decision`, `other-build`,
    /// `replayed`, `not-repeatable`, `wrong-image`.
    pub code: &'static str,
    /// In words.
    pub says: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.says)
    }
}

impl std::error::Error for Refused {}

fn refused(code: &'static str, says: impl Into<String>) -> Refused {
    Refused { code, says: says.into() }
}

/// What a verified bundle says.
#[derive(Clone, Debug, Serialize)]
pub struct Verified {
    /// Ids and names of the trusted keys that signed.
    pub signers: Vec<Signer>,
    /// Digest of the record.
    pub record_sha256: String,
    /// The build, as the statement names it.
    pub build: String,
    /// The day of the decision.
    pub made: Day,
    /// The last day to rely on it.
    pub expires: Day,
    /// Parts given.
    pub given: usize,
    /// Parts withheld, by name.
    pub withheld: Vec<String>,
    /// The record is there as a whole and has the digest.
    pub record_whole: bool,
    /// The policy was asked again and decided the same; `null` where something it needs is withheld.
    pub repeated: Option<bool>,
    /// The decision; `null` where it is withheld.
    pub decision: Option<Decision>,
    /// The evidence of the findings that are given.
    #[serde(skip)]
    pub evidence: Vec<Evidence>,
}

/// A signer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Signer {
    /// The key's id.
    pub key: String,
    /// Whose it is, as the trusted key's file says.
    pub name: String,
}

/// Reads a bundle's text and checks all of it.
///
/// # Errors
/// Why it is not believed.
pub fn verify(text: &str, expected: &Expected<'_>) -> Result<Verified, Refused> {
    let bundle: Bundle =
        serde_json::from_str(text).map_err(|error| refused("not-a-bundle", error.to_string()))?;
    if bundle.schema != SCHEMA {
        return Err(refused(
            "not-a-bundle",
            format!("its schema is {:?}, and this version reads {SCHEMA:?}", bundle.schema),
        ));
    }
    if bundle.parts.len() > MOST_PARTS {
        return Err(refused("not-a-bundle", format!("it has more than {MOST_PARTS} parts")));
    }
    let opened = bundle
        .envelope
        .open(PAYLOAD_TYPE, expected.trusted)
        .map_err(|why| refused("signature", why.to_string()))?;
    let statement: Statement = serde_json::from_slice(&opened.payload)
        .map_err(|error| refused("not-a-bundle", error.to_string()))?;
    if statement.kind != STATEMENT || statement.predicate_type != PREDICATE {
        return Err(refused(
            "not-a-bundle",
            format!("it is signed, and a statement of another kind: {}", statement.predicate_type),
        ));
    }
    let [subject] = statement.subject.as_slice() else {
        return Err(refused("not-a-bundle", "it is not about one build"));
    };
    let withheld = parts(&bundle, &statement)?;
    about(expected, &statement)?;
    let digest = subject.digest.sha256.as_str();
    let record = record_of(&bundle.parts).map_err(|why| refused("record", why))?;
    if let Some(record) = &record {
        let found = record.digest().map_err(|error| refused("record", error.to_string()))?;
        if found != digest {
            return Err(refused(
                "record",
                format!("its parts make a record of digest {found}, and {digest} is signed"),
            ));
        }
    }
    let decision = read::<Decision>(&bundle, "decision")?;
    if let Some(decision) = &decision {
        if decision.record_sha256 != digest {
            return Err(refused(
                "decision",
                format!(
                    "the decision is about the record {}, and the bundle about {digest}",
                    decision.record_sha256
                ),
            ));
        }
        if decision.today != statement.predicate.made {
            return Err(refused("decision", "the decision is of another day than the statement"));
        }
    }
    let repeated = match (&record, &decision) {
        (Some(record), Some(decision)) => repeat(&bundle, record, decision)?,
        _ => None,
    };
    let given: Vec<overt_record::Finding> = match &record {
        Some(record) => record.findings.clone(),
        None => findings(&bundle),
    };
    Ok(Verified {
        signers: opened
            .signers
            .iter()
            .map(|key| Signer { key: key.id(), name: key.name().to_owned() })
            .collect(),
        record_sha256: digest.to_owned(),
        build: subject.name.clone(),
        made: statement.predicate.made,
        expires: statement.predicate.expires,
        given: bundle.parts.len() - withheld.len(),
        withheld,
        record_whole: record.is_some(),
        repeated,
        decision,
        evidence: given.into_iter().flat_map(|finding| finding.evidence).collect(),
    })
}

/// Each part that is signed is given as it was signed, or withheld in the open; there is no other. Returns those withheld.
fn parts(bundle: &Bundle, statement: &Statement) -> Result<Vec<String>, Refused> {
    let mut given = BTreeMap::new();
    for part in &bundle.parts {
        if given.insert(part.name.as_str(), part).is_some() {
            return Err(refused("unknown-part", format!("{} stands twice", part.name)));
        }
    }
    let mut withheld = Vec::new();
    for signed in &statement.predicate.parts {
        let Some(part) = given.remove(signed.name.as_str()) else {
            return Err(refused(
                "missing-part",
                format!("{} was signed, and is neither given nor withheld", signed.name),
            ));
        };
        match (&part.salt, &part.content) {
            (Some(salt), Some(content)) => {
                if commitment(&part.name, salt, content) != signed.commitment {
                    return Err(refused("altered-part", format!("{} is not what was signed", part.name)));
                }
            }
            (None, None) => withheld.push(part.name.clone()),
            _ => return Err(refused("altered-part", format!("{} is given by halves", part.name))),
        }
    }
    match given.keys().next() {
        Some(name) => Err(refused("unknown-part", format!("{name} is given, and was not signed"))),
        None => Ok(withheld),
    }
}

/// Whether it is the bundle that was asked for, and one to be relied on.
fn about(expected: &Expected<'_>, statement: &Statement) -> Result<(), Refused> {
    let Some(subject) = statement.subject.first() else { return Ok(()) };
    if let Some(about) = expected.about {
        let digest = about.len() >= 4 && subject.digest.sha256.starts_with(&about.to_ascii_lowercase());
        if !digest && subject.name != about {
            return Err(refused(
                "other-build",
                format!("it is about {} (record {}), not about {about}", subject.name, subject.digest.sha256),
            ));
        }
    }
    let predicate = &statement.predicate;
    if let Some(as_of) = expected.as_of.filter(|as_of| *as_of > predicate.expires) {
        return Err(refused(
            "replayed",
            format!(
                "the decision of {} was to be relied on until {}, and it is {as_of}",
                predicate.made, predicate.expires
            ),
        ));
    }
    if let Some(newest) = expected.not_before.filter(|newest| predicate.made < *newest) {
        return Err(refused(
            "replayed",
            format!("the decision is of {}, and decisions from before {newest} are replaced", predicate.made),
        ));
    }
    Ok(())
}

/// A part as what it is; `None` where it is withheld.
fn read<T: serde::de::DeserializeOwned>(bundle: &Bundle, name: &str) -> Result<Option<T>, Refused> {
    let Some(text) = bundle.part(name) else { return Ok(None) };
    serde_json::from_str(text).map(Some).map_err(|error| refused("not-a-bundle", format!("{name}: {error}")))
}

/// Asks the policy again. `None` where something it needs is withheld.
fn repeat(bundle: &Bundle, record: &Record, decision: &Decision) -> Result<Option<bool>, Refused> {
    let mut files = Vec::new();
    for part in bundle.parts.iter().filter(|part| part.name.starts_with("policy/")) {
        let Some(text) = &part.content else { return Ok(None) };
        files.push((part.name.clone(), text.clone()));
    }
    let (Some(claims), Some(waivers), Some(diff)) = (
        read::<Vec<Answer>>(bundle, "claims")?,
        read::<Waivers>(bundle, "waivers")?,
        read::<Option<Diff>>(bundle, "diff")?,
    ) else {
        return Ok(None);
    };
    let policy = Policy::new(files).map_err(|why| refused("not-repeatable", why))?;
    let case = Case {
        record,
        digest: &decision.record_sha256,
        diff: diff.as_ref(),
        claims: &claims,
        waivers: &waivers,
        state: decision.state,
        today: decision.today,
    };
    let again = policy.decide(&case).map_err(|why| refused("not-repeatable", why))?;
    if again == *decision {
        return Ok(Some(true));
    }
    Err(refused(
        "not-repeatable",
        format!(
            "the policy of the bundle decides {} on its record, and the decision says {}",
            again.decision.as_str(),
            decision.decision.as_str()
        ),
    ))
}

/// The findings that are given of a record that is not whole.
fn findings(bundle: &Bundle) -> Vec<overt_record::Finding> {
    let given = bundle.parts.iter().filter(|part| part.name.starts_with(crate::bundle::FINDING));
    given.filter_map(|part| serde_json::from_str(part.content.as_deref()?).ok()).collect()
}
