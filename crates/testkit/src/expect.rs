//! Expectations sit on the line they speak of, in the source of a fixture:
//!
//! ```text
//! invoke-virtual {v0}, Landroid/telephony/TelephonyManager;->getDeviceId()Ljava/lang/String;   #~ can privacy/imei
//! invoke-virtual {v0}, Landroid/telephony/TelephonyManager;->getPhoneType()I                   #~ none privacy/imei
//! .method public onCreate(Landroid/os/Bundle;)V                                                #~ entry
//! ```
//!
//! | annotation | holds when |
//! |---|---|
//! | `can ID` | a living finding of behaviour ID cites this line |
//! | `dead ID` | a finding of ID cites this line, and only among the dead |
//! | `none ID` | no living finding of ID cites this line |
//! | `entry` | Android itself calls this method (on a `.method` line) |
//! | `none entry` | it does not |
//! | `flow KIND` | data of this kind flows to the sink on this line; `flow KIND from METHOD`: taken in a method of that name |
//! | `string VALUE KIND` | this string comes out on this line, of this kind (`built`, `evaluated` …; empty for any) |
//! | `none string` | no string comes out on this line |
//! | `none flow KIND` | no data of this kind does; without KIND: none of those that the app speaks of |
//!
//! Several on a line are separated by `;`. `MISSING can ID -- reason` is a known gap, `SPURIOUS can ID -- reason` a known
//! false accusation; both fail as soon as they are no longer true, so that an improvement must be recorded. Annotations are
//! complete: whatever is reported on a line that does not expect it fails too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::fixture::Fixture;
use crate::smali::{Kind, Source, comment_start};

/// What an annotation claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// A living finding cites the line.
    Can,
    /// Only a dead finding cites the line.
    Dead,
    /// No living finding cites the line.
    None,
    /// Android calls the method.
    Entry,
    /// Android does not call the method.
    NoEntry,
    /// Data flows to the line.
    Flow,
    /// No data flows to the line.
    NoFlow,
    /// A string comes out on the line.
    String,
    /// No string comes out on the line.
    NoString,
}

/// Whether the claim holds today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It does.
    Holds,
    /// It should be reported and is not.
    Missing,
    /// It is reported and should not be.
    Spurious,
}

/// One expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// Source, relative to the app's folder.
    pub file: String,
    /// Physical line.
    pub line: u32,
    /// DEX descriptor of the class.
    pub class: String,
    /// `name(parameters)return`, inside a method.
    pub method: Option<String>,
    /// What is claimed.
    pub verb: Verb,
    /// The behaviour; of a flow the kind of data; of a string its value; empty for entries.
    pub behaviour: String,
    /// Of a flow: the name of the method that takes the data; of a string its kind; empty for any.
    pub from: String,
    /// Whether it holds today.
    pub mark: Mark,
    /// Why it does not; empty where it holds.
    pub reason: String,
}

/// A line that a finding cites as its source or sink.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reported {
    /// The behaviour.
    pub behaviour: String,
    /// Whether the finding is among the dead.
    pub dead: bool,
    /// DEX descriptor of the class.
    pub class: String,
    /// Name of the method (with or without its descriptor), for the message.
    pub method: String,
    /// Line by the debug table; `None` where it has none.
    pub line: Option<u32>,
}

/// What does not agree, a sentence each.
#[derive(Debug, PartialEq, Eq)]
pub struct Mismatches(pub Vec<String>);

impl fmt::Display for Mismatches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for sentence in &self.0 {
            writeln!(f, "{sentence}")?;
        }
        Ok(())
    }
}

/// Reads the annotations of a source.
///
/// # Errors
/// A sentence with file and line, when an annotation cannot be understood.
pub fn annotations(source: &Source) -> Result<Vec<Annotation>, String> {
    let mut found = Vec::new();
    for line in &source.lines {
        let comment = line.text.get(comment_start(&line.text)..).unwrap_or_default();
        let Some(text) = comment.strip_prefix("#~") else { continue };
        let wrong = |why: &str| format!("{}:{}: {why} in `#~{text}`", source.path, line.number);
        let (claims, reason) = match text.split_once(" -- ") {
            Some((claims, reason)) => (claims, reason.trim()),
            None => (text, ""),
        };
        for claim in claims.split(';') {
            let mut words = claim.split_whitespace().peekable();
            let mark = match words.peek() {
                Some(&"MISSING") => Mark::Missing,
                Some(&"SPURIOUS") => Mark::Spurious,
                _ => Mark::Holds,
            };
            if mark != Mark::Holds {
                words.next();
                if reason.is_empty() {
                    return Err(wrong("a known gap without ` -- reason`"));
                }
            }
            let mut from = "";
            let (verb, behaviour) = match (words.next(), words.next()) {
                (Some("flow"), Some(kind)) => {
                    if words.next_if_eq(&"from").is_some() {
                        from = words.next().ok_or_else(|| wrong("no method behind `from`"))?;
                    }
                    (Verb::Flow, kind)
                }
                (Some("none"), Some("flow")) => (Verb::NoFlow, words.next().unwrap_or_default()),
                (Some("string"), Some(value)) => {
                    from = words.next().unwrap_or_default();
                    (Verb::String, value)
                }
                (Some("none"), Some("string")) => (Verb::NoString, ""),
                (Some("entry"), None) => (Verb::Entry, ""),
                (Some("none"), Some("entry")) => (Verb::NoEntry, ""),
                (Some("can"), Some(id)) => (Verb::Can, id),
                (Some("dead"), Some(id)) => (Verb::Dead, id),
                (Some("none"), Some(id)) => (Verb::None, id),
                _ => {
                    return Err(wrong(
                        "not `can ID`, `dead ID`, `none ID`, `entry`, `none entry`, `flow KIND` or `none flow`",
                    ));
                }
            };
            if words.next().is_some() {
                return Err(wrong("something behind the claim (a reason begins with ` -- `)"));
            }
            let is_entry = matches!(verb, Verb::Entry | Verb::NoEntry);
            let is_flow = matches!(verb, Verb::Flow | Verb::NoFlow | Verb::String | Verb::NoString);
            if !is_entry && !is_flow && !behaviour.contains('/') {
                return Err(wrong("a behaviour is `theme/slug`"));
            }
            if is_entry != (line.kind == Kind::Method) {
                return Err(wrong("`entry` belongs on a `.method` line, everything else on an instruction"));
            }
            if !is_entry && line.kind != Kind::Instruction {
                return Err(wrong("there is no instruction on this line"));
            }
            if mark != Mark::Holds
                && matches!(verb, Verb::None | Verb::NoEntry | Verb::NoFlow | Verb::NoString)
            {
                return Err(wrong("a gap is said of what should be or is reported, not of `none`"));
            }
            found.push(Annotation {
                file: source.path.clone(),
                line: line.number,
                class: source.class.clone(),
                method: line.method.clone(),
                verb,
                behaviour: behaviour.to_owned(),
                from: from.to_owned(),
                mark,
                reason: if mark == Mark::Holds { String::new() } else { reason.to_owned() },
            });
        }
    }
    Ok(found)
}

/// Compares what was reported for a fixture with what its lines expect.
///
/// `reported` names the lines that findings cite as source or sink; those of behaviours that the fixture does not speak of
/// (see [`crate::fixture::Settings::behaviours`]) are left out of account.
///
/// # Errors
/// Every disagreement.
pub fn check(fixture: &Fixture, reported: &[Reported]) -> Result<(), Mismatches> {
    let speaks_of = |behaviour: &str| fixture.settings.speaks_of(behaviour);
    let mut wrong = Vec::new();
    let claims: Vec<Annotation> = (fixture.annotations.iter())
        .filter(|annotation| {
            !matches!(annotation.verb, Verb::Flow | Verb::NoFlow | Verb::String | Verb::NoString)
        })
        .cloned()
        .collect();
    for annotation in &claims {
        if !annotation.behaviour.is_empty() && !speaks_of(&annotation.behaviour) {
            wrong.push(format!(
                "{}/{}:{}: `{}` is not among the `behaviours` of app.toml",
                fixture.slug, annotation.file, annotation.line, annotation.behaviour
            ));
        }
    }
    let reported: Vec<&Reported> = reported.iter().filter(|one| speaks_of(&one.behaviour)).collect();
    wrong.extend(compare(&fixture.slug, &fixture.sources, &claims, &reported));
    if wrong.is_empty() { Ok(()) } else { Err(Mismatches(wrong)) }
}

fn compare(
    slug: &str,
    sources: &[Source],
    annotations: &[Annotation],
    reported: &[&Reported],
) -> Vec<String> {
    let mut wrong = Vec::new();
    // (class, line, behaviour) -> (living, dead)
    let mut cited: BTreeMap<(&str, u32, &str), (bool, bool)> = BTreeMap::new();
    for one in reported {
        let is_ours = sources.iter().any(|source| source.class == one.class);
        match one.line {
            Some(line) if is_ours => {
                let entry = cited.entry((&one.class, line, &one.behaviour)).or_default();
                if one.dead { entry.1 = true } else { entry.0 = true }
            }
            _ => wrong.push(format!(
                "{slug}: `{}` is reported at {}->{}, which is no line of the fixture",
                one.behaviour, one.class, one.method
            )),
        }
    }
    let mut expected = BTreeSet::new();
    for annotation in annotations.iter().filter(|annotation| !annotation.behaviour.is_empty()) {
        let key = (annotation.class.as_str(), annotation.line, annotation.behaviour.as_str());
        let (living, dead) = cited.get(&key).copied().unwrap_or_default();
        let is_true = match annotation.verb {
            Verb::Can => living,
            Verb::Dead => dead && !living,
            _ => !living,
        };
        let at = format!("{slug}/{}:{}", annotation.file, annotation.line);
        let id = &annotation.behaviour;
        let what = if annotation.verb == Verb::Can { "can" } else { "dead" };
        let seen = match (living, dead) {
            (true, _) => "it is reported as living",
            (false, true) => "it is reported among the dead",
            (false, false) => "nothing is reported",
        };
        match (annotation.mark, annotation.verb, is_true) {
            (Mark::Holds, Verb::None, false) => {
                wrong.push(format!("{at}: expected none of `{id}`, but it is reported"))
            }
            (Mark::Holds, _, false) => wrong.push(format!("{at}: expected `{what} {id}`, but {seen}")),
            (Mark::Missing, _, true) => {
                wrong.push(format!("{at}: `{what} {id}` is no longer MISSING: take the mark away"));
            }
            (Mark::Spurious, _, false) => {
                wrong.push(format!("{at}: `{what} {id}` is no longer SPURIOUS: write `none {id}`"));
            }
            _ => {}
        }
        // A dead report needs `dead`, a living one `can`; `none` and MISSING expect nothing.
        if annotation.verb != Verb::None && annotation.mark != Mark::Missing {
            expected.insert((key, annotation.verb));
        } else if living {
            // Said above, once.
            expected.insert((key, Verb::Can));
        }
    }
    for (key, (living, dead)) in &cited {
        let (class, line, id) = key;
        let file =
            sources.iter().find(|source| source.class == *class).map_or("?", |source| source.path.as_str());
        if *living && !expected.contains(&(*key, Verb::Can)) && !expected.contains(&(*key, Verb::Dead)) {
            wrong.push(format!("{slug}/{file}:{line}: `{id}` is reported, and no annotation expects it"));
        }
        if *dead
            && !*living
            && !expected.contains(&(*key, Verb::Dead))
            && !expected.contains(&(*key, Verb::Can))
        {
            wrong.push(format!(
                "{slug}/{file}:{line}: `{id}` is reported among the dead, and no annotation expects it"
            ));
        }
    }
    wrong
}

/// Compares the entry points found in a fixture with its `entry` annotations. A fixture without any speaks of none.
///
/// `entries` are (class descriptor, `name(parameters)return`); those of other classes are left out of account.
///
/// # Errors
/// Every disagreement.
pub fn check_entries(fixture: &Fixture, entries: &[(String, String)]) -> Result<(), Mismatches> {
    let wrong = compare_entries(&fixture.slug, &fixture.sources, &fixture.annotations, entries);
    if wrong.is_empty() { Ok(()) } else { Err(Mismatches(wrong)) }
}

fn compare_entries(
    slug: &str,
    sources: &[Source],
    annotations: &[Annotation],
    entries: &[(String, String)],
) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut expected = BTreeSet::new();
    let mut speaks = false;
    for annotation in annotations {
        let is_entry = match annotation.verb {
            Verb::Entry => true,
            Verb::NoEntry => false,
            _ => continue,
        };
        speaks = true;
        let method = annotation.method.as_deref().unwrap_or_default();
        let found = entries.iter().any(|(class, name)| *class == annotation.class && name == method);
        let at = format!("{slug}/{}:{}", annotation.file, annotation.line);
        match (annotation.mark, is_entry, found) {
            (Mark::Holds, true, false) => wrong.push(format!("{at}: `{method}` is not found to be an entry")),
            (Mark::Holds, false, true) => {
                wrong.push(format!("{at}: `{method}` is no entry, but is taken for one"))
            }
            (Mark::Missing, _, true) => wrong.push(format!("{at}: entry `{method}` is no longer MISSING")),
            (Mark::Spurious, _, false) => wrong.push(format!("{at}: entry `{method}` is no longer SPURIOUS")),
            _ => {}
        }
        expected.insert((annotation.class.clone(), method.to_owned()));
    }
    if speaks {
        let ours = entries.iter().filter(|(class, _)| sources.iter().any(|source| source.class == *class));
        for entry in ours.filter(|entry| !expected.contains(*entry)) {
            wrong.push(format!(
                "{slug}: {}->{} is taken for an entry, and no annotation expects it",
                entry.0, entry.1
            ));
        }
    }
    wrong
}

pub mod flows;
pub mod strings;

#[cfg(test)]
#[path = "expect/tests.rs"]
mod tests;
