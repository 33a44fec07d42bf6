//! Texts that are known in part.
//!
//! A template is a text in which some characters stand for what is not written out: [`HOLE`] for what nobody knows,
//! [`ENTRY`] for every name that a folder holds, and a number between two brackets for whatever text the caller has in
//! that port. Callers put theirs in its place, so that a helper's addresses, file names and keys need no second analysis
//! of the helper.

use std::borrow::Cow;
use std::collections::BTreeSet;

use overt_catalogue::model::OpenKind;
use smallvec::SmallVec;

use crate::call::Mapping;
use crate::frame::Frame;
use crate::object::ObjectId;
use crate::text::Text;
use crate::value::{Constant, Constants, HOLE, MAX_CONSTANTS, Value};

/// Stands for every name in a folder, at any depth.
pub const ENTRY: char = '\u{fdd1}';
/// Before and behind the number of a port.
pub(crate) const PORT: char = '\u{fdd2}';
const END: char = '\u{fdd3}';

/// Longest text kept, in bytes.
const LONGEST: usize = 4096;
/// Most unknown parts in one.
const HOLES: usize = 16;

/// Texts that a value may be, and whether each is certain to be whole.
type Alternatives = SmallVec<[(String, bool); 2]>;

/// Before and behind a text of which only a segment is meant: the path above it, or its last name.
pub(crate) const SEGMENT: char = '\u{fdd4}';

/// Which part of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Segment {
    /// All but the last name.
    Above,
    /// The last name.
    Last,
}

impl Segment {
    fn of(self, path: &str) -> &str {
        let path = path.trim_end_matches('/');
        let (above, last) = path.rsplit_once('/').unwrap_or(("", path));
        match self {
            Segment::Above => above,
            Segment::Last => last,
        }
    }

    fn sign(self) -> char {
        match self {
            Segment::Above => 'a',
            Segment::Last => 'l',
        }
    }
}

/// One piece of a template.
enum Piece<'t> {
    Plain(&'t str),
    Port(ObjectId),
    Segment(Segment, &'t str),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut all = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find([PORT, SEGMENT]) {
        let (before, after) = rest.split_at(at);
        if !before.is_empty() {
            all.push(Piece::Plain(before));
        }
        let Some(end) = closing(after) else { return all };
        let (inside, behind) = after.split_at(end);
        let behind = behind.get(END.len_utf8()..).unwrap_or("");
        let opened = inside.starts_with(SEGMENT);
        let inside = inside.get(PORT.len_utf8()..).unwrap_or("");
        if opened {
            let segment = if inside.starts_with('a') { Segment::Above } else { Segment::Last };
            all.push(Piece::Segment(segment, inside.get(1..).unwrap_or("")));
        } else if let Ok(number) = inside.parse() {
            all.push(Piece::Port(ObjectId(number)));
        }
        rest = behind;
    }
    if !rest.is_empty() {
        all.push(Piece::Plain(rest));
    }
    all
}

/// Where the bracket that `text` begins with is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            PORT | SEGMENT => depth += 1,
            END => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Does the character mean something in a template?
pub(crate) fn is_sign(c: char) -> bool {
    (HOLE..=SEGMENT).contains(&c)
}

/// A text as the app wrote it: no character of it means anything here.
pub(crate) fn literal(text: &str) -> Cow<'_, str> {
    if text.contains(is_sign) { text.replace(is_sign, "\u{fffd}").into() } else { text.into() }
}

/// Is something in the text that a caller must fill in?
pub(crate) fn is_open(text: &str) -> bool {
    text.contains([PORT, SEGMENT])
}

/// The segment of a path; as a template, where only the caller knows it.
fn segment_of(segment: Segment, path: &str) -> String {
    // Behind the last thing that is not known: the segment is written out.
    let behind = path.rfind([END, HOLE]).map_or(0, |at| at + END.len_utf8());
    let known = match segment {
        _ if !is_open(path) => true,
        Segment::Last => path.get(behind..).is_some_and(|rest| rest.trim_end_matches('/').contains('/')),
        Segment::Above => path.get(behind..).is_some_and(|rest| rest.trim_end_matches('/').contains('/')),
    };
    if known { segment.of(path).to_owned() } else { format!("{SEGMENT}{}{path}{END}", segment.sign()) }
}

/// The text with holes where a caller's texts would stand.
#[must_use]
pub fn closed(text: &str) -> String {
    if !is_open(text) {
        return text.to_owned();
    }
    let mut all = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Plain(plain) => all.push_str(plain),
            _ if all.ends_with(HOLE) => {}
            _ => all.push(HOLE),
        }
    }
    all
}

/// May the two texts, each with [`HOLE`]s and [`ENTRY`]s, be the same? A hole is any text, an entry one without end.
#[must_use]
pub fn may_equal(a: &str, b: &str) -> bool {
    fn wild(c: char) -> bool {
        c == HOLE || c == ENTRY
    }
    let (a_plain, b_plain) = (!a.contains(wild), !b.contains(wild));
    if a_plain && b_plain {
        return a == b;
    }
    // Both ends that are written out must agree.
    let ends = |a: &str, b: &str| {
        let (a_head, b_head) = (a.split(wild).next().unwrap_or(""), b.split(wild).next().unwrap_or(""));
        let (a_tail, b_tail) = (a.rsplit(wild).next().unwrap_or(""), b.rsplit(wild).next().unwrap_or(""));
        (a_head.starts_with(b_head) || b_head.starts_with(a_head))
            && (a_tail.ends_with(b_tail) || b_tail.ends_with(a_tail))
    };
    if !a_plain && !b_plain {
        return ends(a, b);
    }
    let (pattern, text) = if a_plain { (b, a) } else { (a, b) };
    let mut rest = text;
    let parts: Vec<&str> = pattern.split(wild).collect();
    for (number, part) in parts.iter().enumerate() {
        if number == 0 {
            match rest.strip_prefix(part) {
                Some(after) => rest = after,
                None => return false,
            }
        } else if number + 1 == parts.len() {
            return rest.ends_with(part);
        } else {
            match rest.find(part) {
                Some(at) => rest = rest.get(at + part.len()..).unwrap_or(""),
                None => return false,
            }
        }
    }
    true
}

/// The one spelling of the name of a thing.
pub(crate) fn spelling(kind: OpenKind, text: &str) -> String {
    match kind {
        OpenKind::File if !text.starts_with("content:") => path(text.strip_prefix("file://").unwrap_or(text)),
        OpenKind::Provider | OpenKind::File => {
            let text = text.split(['?', '#']).next().unwrap_or(text);
            text.trim_end_matches('/').to_owned()
        }
        OpenKind::Table if !is_open(text) => match text.split_once('\n') {
            Some((database, statement)) => {
                let table = crate::sql::read(statement).tables.into_iter().next();
                // A name that is a path is not meant to be below the folder of databases.
                let own = database.split_once("/databases//");
                let database = path(&own.map_or(database.to_owned(), |(_, path)| format!("/{path}")));
                format!("{database}\n{}", table.as_deref().unwrap_or(&HOLE.to_string()))
            }
            None => text.to_owned(),
        },
        _ => text.to_owned(),
    }
}

/// Other names of folders of Android, and the one that is kept.
const FOLDERS: &[(&str, &str)] = &[
    ("/data/user/0/", "/data/data/"),
    ("/storage/emulated/0/", "/sdcard/"),
    ("/storage/sdcard0/", "/sdcard/"),
    ("/mnt/sdcard/", "/sdcard/"),
    ("/storage/emulated/legacy/", "/sdcard/"),
];

fn path(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '/' && all.ends_with('/') {
            continue;
        }
        all.push(c);
    }
    if all.len() > 1 && all.ends_with('/') {
        all.pop();
    }
    for (other, kept) in FOLDERS {
        if let Some(rest) = all.strip_prefix(other) {
            all = format!("{kept}{rest}");
        } else if other.strip_suffix('/') == Some(&all) {
            all = kept.trim_end_matches('/').to_owned();
        }
    }
    // Entries of entries are entries.
    let twice = format!("{ENTRY}/{ENTRY}");
    while all.contains(&twice) {
        all = all.replace(&twice, &ENTRY.to_string());
    }
    all
}

impl Frame<'_, '_> {
    /// The texts that a value may be.
    pub(crate) fn alternatives(&self, value: &Value) -> Alternatives {
        match &value.constants {
            Constants::Some(some) => (some.iter())
                .map(|constant| match *constant {
                    Constant::Number(number) => (number.to_string(), true),
                    Constant::Text(text) => (self.session.texts.get(text).to_string(), true),
                    Constant::Template(text) => (self.session.texts.get(text).to_string(), false),
                    Constant::Of(port) if !self.driver => (format!("{PORT}{}{END}", port.0), false),
                    _ => (HOLE.to_string(), false),
                })
                .collect(),
            _ => smallvec::smallvec![(HOLE.to_string(), false)],
        }
    }

    /// Two texts, one after the other; `None` where nothing is known of either, or it would grow too long.
    pub(crate) fn joined_text(&mut self, a: &str, b: &str, certain: bool) -> Option<Constant> {
        if a.len() + b.len() > LONGEST {
            return None;
        }
        let b = if a.ends_with(HOLE) { b.trim_start_matches(HOLE) } else { b };
        self.as_text(format!("{a}{b}"), certain)
    }

    fn as_text(&mut self, text: String, certain: bool) -> Option<Constant> {
        let unknown = text.matches([HOLE, PORT, SEGMENT]).count();
        match unknown {
            0 if certain => Some(Constant::Text(self.session.text(&text))),
            0..=HOLES if text.chars().any(|one| one != HOLE) => {
                Some(Constant::Template(self.session.text(&text)))
            }
            _ => None,
        }
    }

    /// The value with empty texts where it may be `null`.
    pub(crate) fn null_as_empty(&mut self, value: &Value) -> Value {
        let Constants::Some(some) = &value.constants else { return value.clone() };
        if !some.contains(&Constant::Number(0)) {
            return value.clone();
        }
        let empty = Constant::Text(self.session.text(""));
        let mut all: SmallVec<[Constant; 2]> =
            some.iter().map(|one| if *one == Constant::Number(0) { empty } else { *one }).collect();
        all.sort_unstable();
        all.dedup();
        value.with_constants(Constants::Some(all))
    }

    /// Every text of one value before every text of the other, with `between`.
    pub(crate) fn all_joined(&mut self, a: &Value, between: &str, b: &Value) -> Constants {
        let (left, right) = (self.alternatives(a), self.alternatives(b));
        if left.len() * right.len() > MAX_CONSTANTS {
            return Constants::Any;
        }
        let mut all: SmallVec<[Constant; 2]> = SmallVec::new();
        for x in &left {
            for y in &right {
                let Some(joined) = self.joined_text(&format!("{}{between}", x.0), &y.0, x.1 && y.1) else {
                    return Constants::Any;
                };
                all.push(joined);
            }
        }
        all.sort_unstable();
        all.dedup();
        Constants::Some(all)
    }

    /// The template with the caller's texts in the place of its ports.
    pub(crate) fn filled(&mut self, template: Text, mapping: &mut Mapping) -> Constants {
        self.filled_with(template, mapping, false)
    }

    fn filled_with(&mut self, template: Text, mapping: &mut Mapping, names: bool) -> Constants {
        let text = self.session.texts.get(template);
        let Some(all) = self.filled_text(&text, mapping, names) else { return Constants::Any };
        let mut constants: SmallVec<[Constant; 2]> = SmallVec::new();
        for (text, certain) in all {
            match self.as_text(text, certain) {
                Some(constant) => constants.push(constant),
                None => return Constants::Any,
            }
        }
        constants.sort_unstable();
        constants.dedup();
        Constants::Some(constants)
    }

    /// As a name, 0 is taken for `null`, which is none.
    fn filled_text(&mut self, text: &str, mapping: &mut Mapping, names: bool) -> Option<Alternatives> {
        let mut all: Alternatives = smallvec::smallvec![(String::new(), true)];
        for piece in pieces(text) {
            let these: Alternatives = match piece {
                Piece::Plain(plain) => smallvec::smallvec![(plain.to_owned(), true)],
                Piece::Port(port) if port.index() >= self.session.objects.len() => return None,
                Piece::Port(port) => {
                    let theirs = self.map_object(port, mapping);
                    let mut all = self.alternatives(&theirs);
                    for one in all.iter_mut().filter(|one| names && one.0 == "0") {
                        *one = (HOLE.to_string(), false);
                    }
                    all
                }
                Piece::Segment(segment, inside) => {
                    let inside = self.filled_text(inside, mapping, names)?;
                    inside.iter().map(|(path, sure)| (segment_of(segment, path), *sure)).collect()
                }
            };
            let these = match all.len() * these.len() {
                0 => return None,
                1..=MAX_CONSTANTS => these,
                _ => smallvec::smallvec![(HOLE.to_string(), false)],
            };
            let mut longer: Alternatives = SmallVec::new();
            for (before, sure) in &all {
                for (after, also) in &these {
                    if before.len() + after.len() > LONGEST {
                        return None;
                    }
                    let after =
                        if before.ends_with(HOLE) { after.trim_start_matches(HOLE) } else { after.as_str() };
                    longer.push((format!("{before}{after}"), *sure && *also));
                }
            }
            all = longer;
        }
        Some(all)
    }

    /// A segment of each path that a value may be.
    pub(crate) fn segments(&mut self, paths: &Value, segment: Segment) -> Constants {
        let mut all: SmallVec<[Constant; 2]> = SmallVec::new();
        for (path, whole) in self.alternatives(paths) {
            match self.as_text(segment_of(segment, &path), whole) {
                Some(constant) => all.push(constant),
                None => return Constants::Any,
            }
        }
        all.sort_unstable();
        all.dedup();
        Constants::Some(all)
    }

    /// May the value be a text with parts that the caller must fill in?
    pub(crate) fn has_open(&self, value: &Value) -> bool {
        let Constants::Some(some) = &value.constants else { return false };
        some.iter().any(|one| matches!(one, Constant::Template(text) if self.is_open(*text)))
    }

    /// Is there a port of the caller in the template?
    pub(crate) fn is_open(&self, template: Text) -> bool {
        self.session.texts.is_open(template)
    }

    /// The thing of this name; without one where too little of the name is known.
    pub(crate) fn named_thing(&mut self, kind: OpenKind, constant: Constant) -> ObjectId {
        let text = match constant {
            Constant::Text(text) | Constant::Template(text) => self.session.texts.get(text).to_string(),
            Constant::Of(port) if !self.driver => format!("{PORT}{}{END}", port.0),
            // A number is `null`: no name.
            _ => return self.session.objects.thing(kind, None),
        };
        let text = spelling(kind, &text);
        let written = text.chars().filter(|c| ![HOLE, ENTRY, '/', '.'].contains(c)).count();
        let partly = match kind {
            OpenKind::File | OpenKind::Provider | OpenKind::Process => true,
            OpenKind::Table => !text.ends_with(HOLE),
            _ => false,
        };
        if text.is_empty() || text.contains(HOLE) && (!partly || written < 3 && kind != OpenKind::Table) {
            return self.session.objects.thing(kind, None);
        }
        let open = is_open(&text);
        let pattern = text.contains([HOLE, ENTRY]);
        let key = self.session.text(&text);
        let thing = self.session.objects.thing(kind, Some(key));
        if pattern && !open {
            self.session.objects.add_pattern(kind, thing);
        }
        thing
    }

    /// What the caller has for a thing whose name it tells.
    pub(crate) fn map_thing(
        &mut self,
        thing: ObjectId,
        kind: OpenKind,
        key: Text,
        mapping: &mut Mapping,
    ) -> Value {
        let mut all = Value::NOTHING;
        match self.filled_with(key, mapping, true) {
            Constants::Some(some) => {
                for constant in some {
                    let thing = self.named_thing(kind, constant);
                    all.join(&Value::object(thing));
                }
            }
            _ => {
                all.join(&Value::object(self.session.objects.thing(kind, None)));
            }
        }
        // Places are only ever added: as many as the last time are the same.
        let many = self.session.opened.get(&thing).map_or(0, BTreeSet::len);
        for named in &all.objects {
            let handed = self.session.handed_places.entry((thing, *named)).or_default();
            if *named != thing && std::mem::replace(handed, many) != many {
                let places = self.session.opened.get(&thing).cloned().unwrap_or_default();
                self.session.opened.entry(*named).or_default().extend(places);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_meet_what_they_may_be() {
        let hole = |text: &str| text.replace('?', &HOLE.to_string());
        for (a, b, may) in [
            ("/a/b", "/a/b", true),
            ("/a/b", "/a/c", false),
            ("/a/?", "/a/c", true),
            ("/a/?", "/b/c", false),
            ("/a/?.txt", "/a/c.json", false),
            ("/a/?.txt", "/a/c.txt", true),
            ("/a/?/x/?.txt", "/a/1/x/2.txt", true),
            ("/a/?/x/?.txt", "/a/1/y/2.txt", false),
            ("/a/?", "/a/b/?", true),
            ("/a/?", "/c/?", false),
            ("?", "/anything", true),
        ] {
            assert_eq!(may_equal(&hole(a), &hole(b)), may, "{a} {b}");
            assert_eq!(may_equal(&hole(b), &hole(a)), may, "{b} {a}");
        }
    }

    #[test]
    fn paths_have_one_spelling() {
        assert_eq!(path("/mnt/sdcard//a/"), "/sdcard/a");
        assert_eq!(path("/data/user/0/p/files"), "/data/data/p/files");
        assert_eq!(path(&format!("/z/{ENTRY}/{ENTRY}/{ENTRY}")), format!("/z/{ENTRY}"));
        assert_eq!(path("/"), "/");
    }

    #[test]
    fn ports_close_to_holes() {
        assert_eq!(closed(&format!("a{PORT}12{END}{PORT}3{END}/b")), format!("a{HOLE}/b"));
        assert_eq!(closed("plain"), "plain");
    }

    /// Paths of few names, some of them not known, so that they often meet.
    fn patterns() -> impl Strategy<Value = String> {
        let part = prop::sample::select(vec!["a", "b", "ab", "/", "é", "\u{fdd0}", "\u{fdd1}"]);
        prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
    }

    /// The text with something in the place of each hole.
    fn filled_with(pattern: &str, names: &[&str]) -> String {
        let mut names = names.iter().cycle();
        (pattern.chars())
            .map(|c| match c {
                HOLE | ENTRY => names.next().copied().unwrap_or("").to_owned(),
                plain => plain.to_string(),
            })
            .collect()
    }

    proptest! {
        #[test]
        fn what_may_be_equal_is_so_both_ways(a in patterns(), b in patterns()) {
            prop_assert_eq!(may_equal(&a, &b), may_equal(&b, &a));
            prop_assert!(may_equal(&a, &a));
            prop_assert!(may_equal(&HOLE.to_string(), &a));
            if !a.contains([HOLE, ENTRY]) && !b.contains([HOLE, ENTRY]) {
                prop_assert_eq!(may_equal(&a, &b), a == b);
            }
        }

        #[test]
        fn a_pattern_meets_what_it_stands_for(
            pattern in patterns(),
            names in prop::collection::vec(prop::sample::select(vec!["", "a", "b/a", "/", "é"]), 1..4),
        ) {
            let text = filled_with(&pattern, &names);
            prop_assert!(may_equal(&pattern, &text), "{} is {}", pattern, text);
        }

        #[test]
        fn a_path_has_one_spelling_only(text in patterns()) {
            let once = path(&text);
            prop_assert_eq!(path(&once), once);
        }

        #[test]
        fn what_apps_write_is_no_template(text in "[a/\u{fdcf}-\u{fdd5}0-9]{0,24}") {
            prop_assert!(!literal(&text).contains(is_sign));
            prop_assert_eq!(literal(&text).chars().count(), text.chars().count());
        }

        #[test]
        fn any_text_can_be_closed(text in "[a/\u{fdd0}-\u{fdd4}0-9]{0,24}") {
            prop_assert!(!is_open(&closed(&text)));
            // The engine asks for segments of such texts too.
            segment_of(Segment::Last, &text);
            segment_of(Segment::Above, &text);
        }
    }
}
