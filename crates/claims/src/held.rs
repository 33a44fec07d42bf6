//! The builds that statements are held against.

use std::collections::BTreeMap;

use overt_record::Record;

use crate::day::Day;
use crate::statement::Statement;

/// Digits of a record's digest that name it in sentences.
const SHORT: usize = 12;

/// A build.
#[derive(Clone, Debug)]
pub struct Held<'a> {
    /// Its record.
    pub record: &'a Record,
    /// Digest of the record.
    pub digest: &'a str,
    /// When it was made, as far as it says so.
    pub day: Option<Day>,
}

impl<'a> Held<'a> {
    /// A build by its record and the record's digest.
    #[must_use]
    pub fn new(record: &'a Record, digest: &'a str) -> Held<'a> {
        let day = record.build.build_date.as_deref().and_then(Day::parse);
        Held { record, digest, day }
    }

    /// How sentences call it: `build 248bd43f6ee6 of 2016-08-27`.
    #[must_use]
    pub fn label(&self) -> String {
        let digits = self.digest.get(..SHORT).unwrap_or(self.digest);
        match self.day {
            Some(day) => format!("build {digits} of {day}"),
            None => format!("build {digits} of unknown date"),
        }
    }

    /// Whether both are builds of the same phone model, as far as they say what they are of.
    #[must_use]
    pub fn same_phone(&self, other: &Held<'_>) -> bool {
        let (a, b) = (&self.record.build, &other.record.build);
        a.device.is_some() && a.device == b.device && a.brand == b.brand
    }
}

/// The builds, oldest first where all of them are dated, else in the order they were given; and those of others to compare with.
#[derive(Clone, Debug, Default)]
pub struct Builds<'a> {
    all: Vec<Held<'a>>,
    peers: BTreeMap<String, Held<'a>>,
}

impl<'a> Builds<'a> {
    /// Builds in the order they were given, and the builds that [`Statement::baseline`] names, by that name.
    #[must_use]
    pub fn new(mut all: Vec<Held<'a>>, peers: BTreeMap<String, Held<'a>>) -> Builds<'a> {
        if all.iter().all(|held| held.day.is_some()) {
            all.sort_by_key(|held| held.day);
        }
        Builds { all, peers }
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Held<'a>] {
        &self.all
    }

    /// The build of somebody else that a statement names so.
    #[must_use]
    pub fn peer(&self, name: &str) -> Option<&Held<'a>> {
        self.peers.get(name)
    }

    /// The builds that a statement speaks of, and why the others are not among them.
    #[must_use]
    pub fn of(&self, statement: &Statement) -> (Vec<&Held<'a>>, Vec<String>) {
        let mut spoken_of = Vec::new();
        let mut left_out = Vec::new();
        for held in &self.all {
            match self.why_not(statement, held) {
                None => spoken_of.push(held),
                Some(why) => left_out.push(format!("The {} {why}.", held.label())),
            }
        }
        (spoken_of, left_out)
    }

    fn why_not(&self, statement: &Statement, held: &Held<'_>) -> Option<String> {
        let limited =
            statement.applies_from.is_some() || statement.applies_until.is_some() || statement.future_phones;
        let Some(day) = held.day else {
            return limited.then(|| "does not say when it was made".to_owned());
        };
        if let Some(from) = statement.applies_from.filter(|from| day < *from) {
            return Some(format!("was made before {from}, from when on the statement holds"));
        }
        if let Some(until) = statement.applies_until.filter(|until| day > *until) {
            return Some(format!("was made after {until}, until when the statement holds"));
        }
        let older = |other: &Held<'_>| {
            other.same_phone(held) && other.day.is_some_and(|other| other < statement.date)
        };
        if statement.future_phones && self.all.iter().any(older) {
            return Some(format!(
                "is of a phone that was there before {}, and the statement speaks of later phones",
                statement.date
            ));
        }
        if statement.future_phones && day < statement.date {
            return Some("was made before the statement, which speaks of later phones".into());
        }
        None
    }
}
