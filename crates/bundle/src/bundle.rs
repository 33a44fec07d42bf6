//! The file: an in-toto statement in a DSSE envelope that commits to each part by a salted digest, and the parts.

use std::collections::BTreeSet;

use overt_base::glob;
use overt_claims::{Answer, Day};
use overt_policy::{Decision, Policy, Waivers};
use overt_record::diff::Diff;
use overt_record::{Finding, Package, Record};
use overt_seal::{Envelope, PrivateKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The schema of [`Bundle`].
pub const SCHEMA: &str = "overt.bundle/1";
/// in-toto's type of statements, version 1.
pub const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// in-toto's media type of statements.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// What is said of the subject.
pub const PREDICATE: &str = "https://overt.invalid/evidence/v1";

/// What goes into a bundle.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a> {
    /// The record.
    pub record: &'a Record,
    /// Its digest.
    pub digest: &'a str,
    /// The decision on it.
    pub decision: &'a Decision,
    /// The policy that decided.
    pub policy: &'a Policy,
    /// The comparison it saw.
    pub diff: Option<&'a Diff>,
    /// The answers to statements that it saw.
    pub claims: &'a [Answer],
    /// The waivers it saw.
    pub waivers: &'a Waivers,
    /// The last day on which the decision is to be relied on.
    pub expires: Day,
}

/// A bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// [`SCHEMA`].
    pub schema: String,
    /// The signed list of parts.
    pub envelope: Envelope,
    /// The parts, by name.
    pub parts: Vec<Part>,
}

/// A part: given with its salt, or withheld.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Salt of its commitment, in hexadecimal; gone where it is withheld, so that its content cannot be guessed.
    pub salt: Option<String>,
    /// Its text.
    pub content: Option<String>,
}

/// in-toto's statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Statement {
    #[serde(rename = "_type")]
    pub(crate) kind: String,
    pub(crate) subject: Vec<Subject>,
    pub(crate) predicate_type: String,
    pub(crate) predicate: Predicate,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Subject {
    pub(crate) name: String,
    pub(crate) digest: SubjectDigest,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SubjectDigest {
    pub(crate) sha256: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Predicate {
    pub(crate) made: Day,
    pub(crate) expires: Day,
    pub(crate) parts: Vec<Commitment>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Commitment {
    pub(crate) name: String,
    pub(crate) commitment: String,
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is signed instead of a part: nobody can tell the part from it, nor find another one that gives it.
pub(crate) fn commitment(name: &str, salt: &str, content: &str) -> String {
    let mut hasher = Sha256::new();
    for piece in ["overt.part/1", name, salt, content] {
        hasher.update((piece.len() as u64).to_le_bytes());
        hasher.update(piece.as_bytes());
    }
    hexadecimal(&hasher.finalize())
}

/// A part's salt: of a seed that is drawn for this bundle and then forgotten.
fn salt(seed: &[u8; 32], name: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(b"overt.salt/1");
    hasher.update(seed);
    hasher.update(name.as_bytes());
    hexadecimal(&hasher.finalize())
}

/// Names of the lists that a record is taken apart into, so that single findings and packages can be withheld.
pub(crate) const FINDING: &str = "finding/";
pub(crate) const DEAD: &str = "dead/";
pub(crate) const PACKAGE: &str = "package/";

/// The record in parts.
fn record_parts(record: &Record) -> serde_json::Result<Vec<(String, String)>> {
    let mut head = record.clone();
    let (packages, findings, dead) = (
        std::mem::take(&mut head.packages),
        std::mem::take(&mut head.findings),
        std::mem::take(&mut head.dead),
    );
    let mut parts = vec![("record".to_owned(), serde_json::to_string(&head)?)];
    for (number, package) in packages.iter().enumerate() {
        parts.push((format!("{PACKAGE}{number:06}"), serde_json::to_string(package)?));
    }
    for (list, prefix) in [(&findings, FINDING), (&dead, DEAD)] {
        for (number, finding) in list.iter().enumerate() {
            // The id stands in the name, so that a part can be found and withheld by it.
            parts.push((format!("{prefix}{number:06}/{}", finding.id), serde_json::to_string(finding)?));
        }
    }
    Ok(parts)
}

/// The record that parts make; `None` where one of them is withheld.
pub(crate) fn record_of(parts: &[Part]) -> Result<Option<Record>, String> {
    let of = |part: &Part| -> Result<Option<String>, String> { Ok(part.content.clone()) };
    let mut head: Option<Record> = None;
    let (mut packages, mut findings, mut dead) =
        (Vec::<Package>::new(), Vec::<Finding>::new(), Vec::<Finding>::new());
    for part in parts {
        let name = part.name.as_str();
        let is_record =
            name == "record" || [FINDING, DEAD, PACKAGE].iter().any(|prefix| name.starts_with(prefix));
        if !is_record {
            continue;
        }
        let Some(content) = of(part)? else { return Ok(None) };
        let wrong = |error: serde_json::Error| format!("{name}: {error}");
        if name == "record" {
            head = Some(serde_json::from_str(&content).map_err(wrong)?);
        } else if name.starts_with(PACKAGE) {
            packages.push(serde_json::from_str(&content).map_err(wrong)?);
        } else if name.starts_with(FINDING) {
            findings.push(serde_json::from_str(&content).map_err(wrong)?);
        } else {
            dead.push(serde_json::from_str(&content).map_err(wrong)?);
        }
    }
    let Some(mut record) = head else { return Err("there is no part called record".into()) };
    record.packages = packages;
    record.findings = findings;
    record.dead = dead;
    Ok(Some(record))
}

impl Bundle {
    /// Makes a bundle and signs it with each of the keys. `seed` is drawn for this bundle alone.
    ///
    /// # Errors
    /// Never for values of our own types; the type is serde_json's.
    pub fn make(contents: &Contents<'_>, keys: &[PrivateKey], seed: &[u8; 32]) -> serde_json::Result<Bundle> {
        let mut texts = record_parts(contents.record)?;
        texts.push(("decision".into(), serde_json::to_string(contents.decision)?));
        texts.push(("claims".into(), serde_json::to_string(contents.claims)?));
        texts.push(("waivers".into(), serde_json::to_string(contents.waivers)?));
        texts.push(("diff".into(), serde_json::to_string(&contents.diff)?));
        for (number, (_, text)) in contents.policy.files().iter().enumerate() {
            texts.push((format!("policy/{number:03}"), text.clone()));
        }
        texts.sort();
        let parts: Vec<Part> = texts
            .into_iter()
            .map(|(name, content)| Part { salt: Some(salt(seed, &name)), content: Some(content), name })
            .collect();
        let commitments = parts.iter().map(|part| Commitment {
            name: part.name.clone(),
            commitment: commitment(
                &part.name,
                part.salt.as_deref().unwrap_or_default(),
                part.content.as_deref().unwrap_or_default(),
            ),
        });
        let statement = Statement {
            kind: STATEMENT.into(),
            subject: vec![Subject {
                name: contents
                    .record
                    .build
                    .fingerprint
                    .clone()
                    .unwrap_or_else(|| "build without fingerprint".into()),
                digest: SubjectDigest { sha256: contents.digest.to_owned() },
            }],
            predicate_type: PREDICATE.into(),
            predicate: Predicate {
                made: contents.decision.today,
                expires: contents.expires,
                parts: commitments.collect(),
            },
        };
        let payload = serde_json::to_vec(&statement)?;
        Ok(Bundle { schema: SCHEMA.into(), envelope: Envelope::seal(PAYLOAD_TYPE, &payload, keys), parts })
    }

    /// Withholds the parts whose name matches one of the patterns (`*` and `?`). What remains verifies as before. Returns
    /// their names.
    pub fn withhold(&mut self, patterns: &[String]) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for part in &mut self.parts {
            if part.content.is_some() && patterns.iter().any(|pattern| glob::matches(pattern, &part.name)) {
                part.content = None;
                part.salt = None;
                names.insert(part.name.clone());
            }
        }
        names
    }

    /// The text of its file.
    ///
    /// # Errors
    /// Never for a bundle of this crate; the type is serde_json's.
    pub fn to_file(&self) -> serde_json::Result<String> {
        let mut text = serde_json::to_string(self)?;
        text.push('\n');
        Ok(text)
    }

    /// The text of a part that is given; believed only once the bundle is verified.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<&str> {
        self.parts.iter().find(|part| part.name == name).and_then(|part| part.content.as_deref())
    }
}
