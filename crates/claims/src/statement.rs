//! Statements as people write them down: a TOML file of `[[claim]]` tables, described in `docs/claims.md`.

use std::fmt;

use overt_record::words::{DataKind, Effect};
use serde::{Deserialize, Serialize};

use crate::day::Day;

/// The schema of the file; may be left out.
pub const SCHEMA: &str = "overt.statements/1";
/// Nobody says more about one phone; a larger file is something else.
const MOST_CLAIMS: usize = 10_000;
/// Bytes of a file.
pub const LARGEST: usize = 8 << 20;

/// A file of statements.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statements {
    /// [`SCHEMA`], where the file names one.
    #[serde(default)]
    pub schema: Option<String>,
    /// What was said, in the file's order.
    #[serde(default, rename = "claim")]
    pub claims: Vec<Statement>,
}

/// What was said.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Statement {
    /// A name for it, the only one of the file.
    pub id: String,
    /// Who says it.
    pub speaker: String,
    /// Whose words the speaker says they are.
    #[serde(default)]
    pub attributed_to: Option<String>,
    /// Who denies it.
    #[serde(default)]
    pub disputed_by: Vec<String>,
    /// When.
    pub date: Day,
    /// The words themselves.
    #[serde(default)]
    pub quote: Option<String>,
    /// What it comes to, in the words of whoever wrote it down here.
    #[serde(default)]
    pub says: Option<String>,
    /// Where it can be read.
    pub source: String,
    /// What kind of statement it is: decides how it is checked.
    pub kind: Kind,
    /// Of which packages, by name (`*` and `?`); none means all.
    #[serde(default)]
    pub packages: Vec<String>,
    /// Of which data; none means all.
    #[serde(default)]
    pub data: Vec<DataKind>,
    /// Of which effects; none means all.
    #[serde(default)]
    pub effects: Vec<Effect>,
    /// Of which behaviours (`*` and `?`); none means those the kind asks about.
    #[serde(default)]
    pub behaviours: Vec<String>,
    /// The first day it speaks of (`stopped-since`, `unchanged-since`, `component-replaced`).
    #[serde(default)]
    pub since: Option<Day>,
    /// Builds made before that day are not what it speaks of.
    #[serde(default)]
    pub applies_from: Option<Day>,
    /// Nor are builds made after this one.
    #[serde(default)]
    pub applies_until: Option<Day>,
    /// It speaks of phones that come on the market after it was said.
    #[serde(default)]
    pub future_phones: bool,
    /// What the packages are there for (`standard-for`).
    #[serde(default)]
    pub role: Option<String>,
    /// What they are compared with (`standard-for`, `no-more-than-peers`).
    #[serde(default)]
    pub baseline: Vec<Baseline>,
    /// What was there (`component-replaced`).
    #[serde(default)]
    pub old: Vec<String>,
    /// What is there instead.
    #[serde(default)]
    pub new: Vec<String>,
}

/// Somebody else's component of the same role.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The build, as `overt` verbs name builds.
    pub build: String,
    /// Its packages of that role (`*` and `?`).
    pub packages: Vec<String>,
}

/// Kinds of statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// `data` does not leave the phone by these packages.
    DoesNotCollect,
    /// Nothing but `data` leaves the phone by these packages.
    CollectsOnly,
    /// These packages, or behaviours, are not there.
    Absent,
    /// `data` left the phone once, and no longer.
    StoppedSince,
    /// Nothing changed.
    UnchangedSince,
    /// The code is there, and a server keeps it from running.
    TurnedOffByServer,
    /// What these packages do is what others of the same role do, too.
    StandardFor,
    /// These packages do nothing that none of the others does.
    NoMoreThanPeers,
    /// The owner is asked first.
    ConsentBefore,
    /// Another component does this work now.
    ComponentReplaced,
    /// The data is kept in some place.
    StoredIn,
    /// Somebody checked it.
    CheckedBy,
    /// What leaves the phone is encrypted on the way.
    EncryptedInTransit,
    /// A judgement, a promise, or a fact that no build shows.
    Other,
}

impl Kind {
    /// The word as it is spelt.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::DoesNotCollect => "does-not-collect",
            Kind::CollectsOnly => "collects-only",
            Kind::Absent => "absent",
            Kind::StoppedSince => "stopped-since",
            Kind::UnchangedSince => "unchanged-since",
            Kind::TurnedOffByServer => "turned-off-by-server",
            Kind::StandardFor => "standard-for",
            Kind::NoMoreThanPeers => "no-more-than-peers",
            Kind::ConsentBefore => "consent-before",
            Kind::ComponentReplaced => "component-replaced",
            Kind::StoredIn => "stored-in",
            Kind::CheckedBy => "checked-by",
            Kind::EncryptedInTransit => "encrypted-in-transit",
            Kind::Other => "other",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Statements {
    /// Reads a file of statements.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Statements, String> {
        if text.len() > LARGEST {
            return Err(format!("it has {} bytes, more than any file of statements", text.len()));
        }
        let statements: Statements = toml::from_str(text).map_err(|error| error.to_string())?;
        match statements.schema.as_deref() {
            None | Some(SCHEMA) => {}
            Some(other) => {
                return Err(format!("its schema is {other:?}, and this version reads {SCHEMA:?}"));
            }
        }
        if statements.claims.is_empty() {
            return Err("it has no [[claim]]".into());
        }
        if statements.claims.len() > MOST_CLAIMS {
            return Err(format!("it has more than {MOST_CLAIMS} claims"));
        }
        let mut seen = std::collections::BTreeSet::new();
        for claim in &statements.claims {
            if !seen.insert(claim.id.as_str()) {
                return Err(format!("two claims have the id {:?}", claim.id));
            }
            claim.lint().map_err(|why| format!("the claim {:?} {why}", claim.id))?;
        }
        Ok(statements)
    }
}

impl Statement {
    /// What its kind needs must be there: a statement that cannot be checked for want of a field is a slip of the pen.
    fn lint(&self) -> Result<(), String> {
        let needs = |there: bool, what: &str| {
            if there { Ok(()) } else { Err(format!("is of kind {} and has no `{what}`", self.kind)) }
        };
        needs(self.quote.is_some() || self.says.is_some(), "quote` or `says")?;
        match self.kind {
            Kind::DoesNotCollect => {
                needs(!self.data.is_empty() || !self.packages.is_empty(), "data` or `packages")
            }
            Kind::CollectsOnly => needs(!self.data.is_empty(), "data"),
            Kind::Absent => {
                needs(!self.packages.is_empty() || !self.behaviours.is_empty(), "packages` or `behaviours")
            }
            Kind::StandardFor => needs(self.role.is_some(), "role"),
            Kind::ComponentReplaced => needs(!self.old.is_empty() && !self.new.is_empty(), "old` and `new"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "[[claim]]\nid = 'a'\nspeaker = 's'\ndate = 2017-07-31\nquote = 'q'\nsource = 'x'\n";

    #[test]
    fn a_statement_is_read() {
        let text =
            format!("{HEAD}kind = 'does-not-collect'\ndata = ['sms_body']\napplies-from = '2016-11'\n");
        let read = Statements::parse(&text).expect("right");
        let claim = &read.claims[0];
        assert_eq!((claim.kind, claim.data.as_slice()), (Kind::DoesNotCollect, &[DataKind::SmsBody][..]));
        assert_eq!(claim.date.to_string(), "2017-07-31");
        assert_eq!(claim.applies_from.map(|day| day.to_string()).as_deref(), Some("2016-11"));
    }

    #[test]
    fn slips_of_the_pen_are_refused_with_their_place() {
        for (rest, says) in [
            ("kind = 'never'", "unknown variant `never`"),
            ("kind = 'does-not-collect'\ndata = ['sms']", "unknown variant `sms`"),
            ("kind = 'does-not-collect'\npackage = ['x']", "unknown field `package`"),
            ("kind = 'collects-only'", "has no `data`"),
            ("kind = 'absent'", "has no `packages` or `behaviours`"),
            ("kind = 'standard-for'", "has no `role`"),
            ("kind = 'component-replaced'\nold = ['x']", "has no `old` and `new`"),
            ("kind = 'other'\nsince = 'once'", "is no day"),
            (
                "kind = 'other'\n[[claim]]\nid = 'a'\nspeaker = 's'\ndate = 2017-07-31\nquote = 'q'\nsource = 'x'\nkind = 'other'",
                "two claims have the id",
            ),
        ] {
            let error = Statements::parse(&format!("{HEAD}{rest}\n")).expect_err(rest);
            assert!(error.contains(says), "{rest}: {error}");
        }
        assert!(Statements::parse("").expect_err("nothing").contains("no [[claim]]"));
        assert!(Statements::parse("schema = 'x'").expect_err("other").contains("overt.statements/1"));
    }

    #[test]
    fn words_are_spelt_as_they_are_read() {
        for kind in
            [Kind::DoesNotCollect, Kind::TurnedOffByServer, Kind::NoMoreThanPeers, Kind::EncryptedInTransit]
        {
            let text = format!("{HEAD}kind = '{kind}'\ndata = ['imei']\n");
            assert_eq!(Statements::parse(&text).expect("right").claims[0].kind, kind);
        }
    }
}
