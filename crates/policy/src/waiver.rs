//! Exceptions: somebody answers for a finding, for a time. A file of them is signed (`overt waiver sign`).

use overt_base::glob;
use overt_claims::Day;
use overt_record::{Build, Finding};
use serde::{Deserialize, Serialize};

use crate::decision::Unused;

/// The schema of [`Waivers`].
pub const SCHEMA: &str = "overt.waivers/1";
/// What an envelope of them says it holds.
pub const PAYLOAD_TYPE: &str = "application/vnd.overt.waivers+json";
/// Waivers of a file.
const MOST: usize = 10_000;

/// A file of waivers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waivers {
    /// [`SCHEMA`].
    #[serde(default)]
    pub schema: String,
    /// The waivers.
    #[serde(default, alias = "waiver")]
    pub waivers: Vec<Waiver>,
}

/// An exception.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// A name for it.
    pub id: String,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The first day it holds.
    pub issued: Day,
    /// The last day it holds.
    pub expires: Day,
    /// The finding's id. It, or `behaviour` and `package`, must be there: nobody waives everything.
    #[serde(default)]
    pub finding: Option<String>,
    /// The behaviour (`*` and `?`).
    #[serde(default)]
    pub behaviour: Option<String>,
    /// The package's name (`*` and `?`).
    #[serde(default)]
    pub package: Option<String>,
    /// The brand it is for.
    #[serde(default)]
    pub brand: Option<String>,
    /// The model it is for.
    #[serde(default)]
    pub model: Option<String>,
    /// The build's fingerprint (`*` and `?`).
    #[serde(default)]
    pub fingerprint: Option<String>,
}

impl Waivers {
    /// Reads the payload of a signed file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<Waivers, String> {
        let waivers: Waivers = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        waivers.lint()?;
        Ok(waivers)
    }

    /// Reads what people write.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn of_toml(text: &str) -> Result<Waivers, String> {
        let mut waivers: Waivers = toml::from_str(text).map_err(|error| error.to_string())?;
        if waivers.schema.is_empty() {
            waivers.schema = SCHEMA.to_owned();
        }
        waivers.lint()?;
        Ok(waivers)
    }

    /// What is signed.
    #[must_use]
    pub fn to_payload(&self) -> Vec<u8> {
        // A struct of texts has nothing that JSON could refuse.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Whether they can be used as they are.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn lint(&self) -> Result<(), String> {
        if self.schema != SCHEMA {
            return Err(format!("its schema is {:?}, and this version reads {SCHEMA:?}", self.schema));
        }
        if self.waivers.len() > MOST {
            return Err(format!("it has more than {MOST} waivers"));
        }
        let mut seen = std::collections::BTreeSet::new();
        for waiver in &self.waivers {
            let id = &waiver.id;
            if !seen.insert(id) {
                return Err(format!("two waivers have the id {id:?}"));
            }
            if waiver.expires < waiver.issued {
                return Err(format!("the waiver {id:?} expires before it is issued"));
            }
            let narrow = |pattern: &Option<String>| {
                pattern.as_deref().is_some_and(|text| text.chars().any(char::is_alphanumeric))
            };
            if waiver.finding.is_none() && !(narrow(&waiver.behaviour) && narrow(&waiver.package)) {
                return Err(format!(
                    "the waiver {id:?} names neither a finding nor a behaviour and a package: nobody waives everything"
                ));
            }
        }
        Ok(())
    }

    /// Those that hold for a build on a day.
    pub fn in_force<'w>(&'w self, build: &'w Build, today: Day) -> impl Iterator<Item = &'w Waiver> {
        self.waivers.iter().filter(move |waiver| waiver.why_not(build, today).is_none())
    }

    /// Those that are not among `used`, with the reason.
    pub(crate) fn unused(&self, used: &[String], build: &Build, today: Day) -> Vec<Unused> {
        self.waivers
            .iter()
            .filter(|waiver| !used.contains(&waiver.id))
            .map(|waiver| Unused {
                id: waiver.id.clone(),
                why: waiver.why_not(build, today).unwrap_or("nothing-to-waive").to_owned(),
            })
            .collect()
    }
}

impl Waiver {
    fn why_not(&self, build: &Build, today: Day) -> Option<&'static str> {
        let same = |wanted: &Option<String>, found: &Option<String>| {
            wanted
                .as_ref()
                .is_none_or(|wanted| found.as_ref().is_some_and(|found| found.eq_ignore_ascii_case(wanted)))
        };
        let fingerprint = self.fingerprint.as_ref().is_none_or(|pattern| {
            build.fingerprint.as_deref().is_some_and(|found| glob::matches(pattern, found))
        });
        if !same(&self.brand, &build.brand) || !same(&self.model, &build.model) || !fingerprint {
            Some("other-build")
        } else if today < self.issued {
            Some("not-yet")
        } else if today > self.expires {
            Some("expired")
        } else {
            None
        }
    }

    /// Whether it covers a finding of a build that it holds for.
    #[must_use]
    pub fn covers(&self, finding: &Finding) -> bool {
        let package = finding.package.as_deref().unwrap_or(&finding.path);
        self.finding.as_ref().is_none_or(|id| *id == finding.id)
            && self.behaviour.as_ref().is_none_or(|pattern| glob::matches(pattern, &finding.behaviour))
            && self.package.as_ref().is_none_or(|pattern| glob::matches(pattern, package))
    }
}
