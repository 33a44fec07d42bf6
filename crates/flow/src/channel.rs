//! Channels: places that outlive a call, and that code of other apps may read or write too.
//!
//! What an app puts into one and what it takes out of one are part of its outcome, by name, so that the ways of many apps
//! can be joined without looking at their code again.

use std::collections::BTreeSet;

use overt_catalogue::model::OpenKind;

use crate::flow::FlowEnd;
use crate::frame::Frame;
use crate::object::{Cell, ObjectId, ObjectKind, Place};
use crate::template::is_sign;
use crate::text::Text;
use crate::trace::{NO_TRACE, Step};
use crate::value::{Constant, Constants, Datum, HOLE, Marks, Origin, Value, mark};

/// A channel, or one part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Channel {
    /// Its kind.
    pub kind: OpenKind,
    /// Its name: a content URI, a path. [`HOLE`] stands for a part that is not known, [`crate::template::ENTRY`] for all
    /// entries of a folder.
    pub key: String,
    /// A column or key of it; `None`: which one is not known, or it has none.
    pub part: Option<String>,
}

/// Where a datum comes from that goes into a channel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whence {
    /// A source.
    Source(FlowEnd),
    /// Another channel, taken from at these places.
    Channel(Channel, Vec<Place>),
}

/// Something that an app puts into a channel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Put {
    /// Into which.
    pub into: Channel,
    /// From where.
    pub from: Whence,
    /// It answers a question, as providers do.
    pub answers: bool,
    /// It is handed on as it is: each part of the one is the same part of the other.
    pub whole: bool,
    /// What happened on the way.
    pub marks: Marks,
    /// The way.
    pub steps: Vec<Step>,
    /// Where the channel is opened, or the method that answers.
    pub places: Vec<Place>,
}

/// Something from a channel that reaches a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// From which.
    pub from: Channel,
    /// Where it is opened.
    pub places: Vec<Place>,
    /// Where it leaves.
    pub sink: FlowEnd,
    /// What happened on the way.
    pub marks: Marks,
    /// The way.
    pub steps: Vec<Step>,
    /// Where it goes to.
    pub addresses: Vec<String>,
    /// Entries whose code does it.
    pub entries: Vec<u32>,
}

/// Stands before the key of what is written into a provider, to tell it from what the provider answers.
pub const WRITTEN: &str = "into ";

/// Stands before the name of the component that an Intent or result is for, …
pub const TO: &str = "to ";
/// … before the action of an Intent without one, …
pub const ACTION: &str = "action ";
/// … and before the name of the component that hands a result back.
pub const FROM: &str = "from ";

/// The mark of what passed an app-wide thing.
#[must_use]
pub fn via(kind: OpenKind) -> Marks {
    match kind {
        OpenKind::Preferences => mark::PREFERENCES,
        OpenKind::File => mark::FILE,
        OpenKind::Database | OpenKind::Table => mark::DATABASE,
        OpenKind::Provider => mark::PROVIDER,
        OpenKind::Intent => mark::INTENT,
        OpenKind::Result => mark::RESULT,
        OpenKind::Property => mark::PROPERTY,
        OpenKind::Socket => mark::SOCKET,
        _ => 0,
    }
}

/// Kinds of things that code of other apps may use under the same name.
pub(crate) fn is_shared(kind: OpenKind) -> bool {
    matches!(
        kind,
        OpenKind::File
            | OpenKind::Provider
            | OpenKind::Setting
            | OpenKind::Property
            | OpenKind::Socket
            | OpenKind::Clipboard
            | OpenKind::Process
            | OpenKind::Intent
            | OpenKind::Result
    )
}

/// Most URIs of one provider that are told apart.
const MOST_URIS: usize = 32;

impl Frame<'_, '_> {
    /// What others may have put into a part of a thing.
    pub(crate) fn foreign(&mut self, thing: ObjectId, cell: Cell) -> Option<Datum> {
        if !self.driver || !self.session.channels {
            return None;
        }
        let ObjectKind::Thing(kind, Some(_)) = self.session.objects.get(thing).kind else { return None };
        if !is_shared(kind) {
            return None;
        }
        let cell = if matches!(cell, Cell::Key(_)) { cell } else { Cell::Content };
        if !self.session.joined && !self.is_provided(thing, cell) {
            return None;
        }
        let origin = self.session.origins.intern(Origin::Read(thing, cell));
        Some(Datum { origin, marks: 0, trace: NO_TRACE })
    }

    /// Is what stands in a part of a thing known to be a source, whoever put it there? Nothing else can come of it where no
    /// other app is looked at.
    fn is_provided(&mut self, thing: ObjectId, cell: Cell) -> bool {
        if let Some(known) = self.memory.provided.get(&(thing, cell)) {
            return *known;
        }
        let ends = self.session.ends;
        let is = self.channel(thing, cell).is_some_and(|channel| !ends.kept(&channel, 0).is_empty());
        self.memory.provided.insert((thing, cell), is);
        is
    }

    /// The channel that a part of a thing is.
    pub(crate) fn channel(&self, thing: ObjectId, cell: Cell) -> Option<Channel> {
        let ObjectKind::Thing(kind, Some(key)) = self.session.objects.get(thing).kind else { return None };
        let part = match cell {
            Cell::Key(name) => Some(self.session.texts.get(name).to_string()),
            _ => None,
        };
        Some(Channel { kind, key: self.session.texts.get(key).to_string(), part })
    }

    /// Notes a pattern of a `UriMatcher`. All matchers of an app are taken together: each knows the app's own authorities.
    pub(crate) fn add_uri(&mut self, authority: &Value, path: &Value, code: Option<&Value>) {
        let Some(Constant::Number(code)) = code.and_then(|code| code.single()) else { return };
        for (authority, _) in self.alternatives(authority) {
            for (path, _) in self.alternatives(path) {
                let pattern = format!("content://{authority}/{}", path.trim_start_matches('/'));
                let pattern = pattern.trim_end_matches('/').to_owned();
                if !pattern.contains(is_sign) {
                    self.session.uris.insert((pattern, code));
                }
            }
        }
    }

    /// The numbers that a `UriMatcher` has for a URI.
    pub(crate) fn matched_uri(&mut self, uri: &Value) -> Value {
        let text = self.load_from(uri, Cell::Named(self.session.text_name));
        let Some(constants) = text.known_constants() else {
            self.wish_constants(&text);
            return Value::any();
        };
        let mut codes = Value::NOTHING;
        for constant in constants.iter().copied() {
            let Constant::Text(text) = constant else { return Value::any() };
            let text = self.session.texts.get(text);
            let found: Vec<i64> = (self.session.uris.iter())
                .filter(|(pattern, _)| uri_matches(pattern, &text))
                .map(|(_, code)| *code)
                .collect();
            if found.is_empty() {
                return Value::any();
            }
            for code in found {
                codes.join(&Value::number(code));
            }
        }
        codes
    }

    /// The URIs under which a provider of these authorities is asked.
    pub(crate) fn asked_uris(&mut self, authorities: &[String], by_name: bool) -> Vec<Text> {
        let mut all: BTreeSet<String> = BTreeSet::new();
        for authority in authorities {
            let whole = format!("content://{authority}");
            let below = format!("{whole}/");
            let known: Vec<String> = (self.session.uris.iter())
                .filter(|(pattern, _)| *pattern == whole || pattern.starts_with(&below))
                .map(|(pattern, _)| pattern.clone())
                .collect();
            // A provider that tells very many apart is asked for all of them at once.
            if !by_name {
                // A file is often handed out whatever the address.
                all.insert(whole.clone());
            }
            if known.is_empty() || known.len() > MOST_URIS {
                all.insert(whole);
            } else {
                all.extend(known);
            }
        }
        all.iter().map(|uri| self.session.text(uri)).collect()
    }
}

/// `UriMatcher`: `*` is any text without slash, `#` a number.
fn uri_matches(pattern: &str, uri: &str) -> bool {
    let uri =
        uri.split(['?', '#']).next().filter(|_| !uri.contains("/#")).unwrap_or(uri).trim_end_matches('/');
    let (mut pattern, mut found) = (pattern.split('/'), uri.split('/'));
    loop {
        match (pattern.next(), found.next()) {
            (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some("#"), Some(part)) if part == "#" || part.bytes().all(|byte| byte.is_ascii_digit()) => {}
            (Some(wanted), Some(part)) if wanted == part => {}
            _ => return false,
        }
    }
}

/// The name of the channel that a provider answers under a URI of its matcher: wildcards are unknown parts.
pub(crate) fn answered(uri: &str) -> String {
    let parts: Vec<String> = (uri.split('/'))
        .map(|part| if part == "*" || part == "#" { HOLE.to_string() } else { part.to_owned() })
        .collect();
    parts.join("/")
}

/// Texts as constants.
pub(crate) fn text_value(text: Text) -> Value {
    let mut some = smallvec::SmallVec::new();
    some.push(Constant::Text(text));
    Value::any().with_constants(Constants::Some(some))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matchers_know_wildcards() {
        assert!(uri_matches("content://a/b", "content://a/b"));
        assert!(uri_matches("content://a/b", "content://a/b/?x=1"));
        assert!(!uri_matches("content://a/b", "content://a/c"));
        assert!(uri_matches("content://a/b/#", "content://a/b/12"));
        assert!(uri_matches("content://a/b/#", "content://a/b/#"));
        assert!(!uri_matches("content://a/b/#", "content://a/b/x"));
        assert!(uri_matches("content://a/*/c", "content://a/b/c"));
        assert!(!uri_matches("content://a/*", "content://a/b/c"));
    }
}
