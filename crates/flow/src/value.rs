//! The abstract value: what a register, field or element may hold.
//!
//! One value carries *objects* (what a reference may refer to), *constants* (numbers, texts, classes) and *data* (from
//! which sources it derives). They are computed together because they need each other.

use std::rc::Rc;

use overt_base::id;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::numeric::after;
use crate::object::{Cell, ObjectId, Place};
use crate::text::Text;
use crate::trace::TraceId;

/// Most constants kept; more are "any".
pub const MAX_CONSTANTS: usize = 6;
/// Most objects kept.
pub const MAX_OBJECTS: usize = 12;
/// Most sources kept.
pub const MAX_SOURCES: usize = 48;
/// Most ports kept as origins.
pub const MAX_PORTS: usize = 16;
/// … and of those that stand for parts of things that an app shares by name: a table has many columns.
pub const MAX_PARTS: usize = 28;

/// Stands in a [`Constant::Template`] for a part that is not known: a noncharacter of Unicode, which no text has.
pub const HOLE: char = '\u{fdd0}';

/// A constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Constant {
    /// A number; 0 is also `null` and `false`.
    Number(i64),
    /// A string.
    Text(Text),
    /// A string of which only parts are known: [`HOLE`] stands for each of the others. Without a hole: a string that it
    /// may be, but that other code may have changed.
    Template(Text),
    /// A class object, by descriptor.
    Class(Text),
    /// A method object of a class: descriptor of the class, name.
    Method(Text, Text),
    /// Whatever the caller has in this port.
    Of(ObjectId),
}

/// Which constants a value may be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Constants {
    /// No constant (yet).
    #[default]
    None,
    /// One of these, sorted.
    Some(SmallVec<[Constant; 2]>),
    /// Anything.
    Any,
}

id! {
    /// An origin of an [`Origins`] table.
    pub struct OriginId(u32);
}

/// Where a datum comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// A source of the lists, at a place. The number is that of the bound source.
    Source(Place, u32),
    /// What others may have put into a part of a thing that apps share.
    Read(ObjectId, Cell),
    /// The data that the caller has in this port.
    At(ObjectId),
    /// … and in what it holds as a container; fields of the app's own classes do not count.
    Held(ObjectId),
    /// … and in everything that can be reached from it.
    Within(ObjectId),
}

/// Marks the numbers of sources, so that they stand last in sorted data.
const SOURCE: u32 = 1 << 31;
/// Marks the numbers of ports that are parts of things; they stand between the other ports and the sources.
const PART: u32 = 1 << 30;

impl OriginId {
    /// Is it a source, not a port?
    #[must_use]
    pub fn is_source(self) -> bool {
        self.0 & SOURCE != 0
    }

    /// Is it a port that is a part of a thing?
    #[must_use]
    pub fn is_part(self) -> bool {
        self.0 & PART != 0
    }
}

/// All origins of one analysis.
#[derive(Debug, Default)]
pub struct Origins {
    all: Vec<Origin>,
    /// Numbers of sources.
    sources: FxHashMap<(Place, u32), OriginId>,
    /// Numbers of what others put into things.
    reads: FxHashMap<(ObjectId, Cell), OriginId>,
    /// Numbers of a port's three origins, by the port's number.
    ports: Vec<[Option<OriginId>; 3]>,
}

impl Origins {
    /// The number of an origin.
    pub fn intern(&mut self, origin: Origin) -> OriginId {
        self.intern_as(origin, false)
    }

    /// The same; the port is a `part` of a thing that the app shares by name. (It is one always or never.)
    pub fn intern_as(&mut self, origin: Origin, part: bool) -> OriginId {
        let next = self.all.len() as u32;
        let (port, which) = match origin {
            Origin::Source(place, source) => {
                let all = &mut self.all;
                return *self.sources.entry((place, source)).or_insert_with(|| {
                    all.push(origin);
                    OriginId(next | SOURCE)
                });
            }
            Origin::Read(thing, cell) => {
                let all = &mut self.all;
                return *self.reads.entry((thing, cell)).or_insert_with(|| {
                    all.push(origin);
                    OriginId(next | SOURCE)
                });
            }
            Origin::At(port) => (port, 0),
            Origin::Held(port) => (port, 1),
            Origin::Within(port) => (port, 2),
        };
        if self.ports.len() <= port.index() {
            self.ports.resize(port.index() + 1, [None; 3]);
        }
        let known = &mut self.ports[port.index()][which];
        if let Some(known) = known {
            return *known;
        }
        self.all.push(origin);
        let made = OriginId(if part { next | PART } else { next });
        *known = Some(made);
        made
    }

    /// The origin.
    #[must_use]
    pub fn get(&self, id: OriginId) -> Origin {
        self.all[(id.0 & !(SOURCE | PART)) as usize]
    }
}

/// What happened to a datum on its way: a set of [`mark`] bits.
pub type Marks = u32;

/// Bits of [`Marks`].
pub mod mark {
    /// Passed a hash.
    pub const HASH: u32 = 1;
    /// Passed a cipher.
    pub const CIPHER: u32 = 1 << 1;
    /// Passed a compression.
    pub const COMPRESS: u32 = 1 << 2;
    /// Passed an encoding (Base64, hex, URL).
    pub const ENCODE: u32 = 1 << 3;
    /// Passed JSON.
    pub const JSON: u32 = 1 << 4;
    /// Passed XML.
    pub const XML: u32 = 1 << 5;
    /// Passed object serialisation.
    pub const SERIALISE: u32 = 1 << 6;
    /// Was taken as a number out of what held it.
    pub const NUMBER: u32 = 1 << 7;
    /// Was taken as a text.
    pub const TEXT: u32 = 1 << 14;
    /// Was chosen out of a list of texts in the code, by a number.
    pub const CHOSEN: u32 = 1 << 15;
    /// Was a number, or one out of a list: marks of a text from before do not count any more.
    pub const PLAIN: u32 = 1 << 29;
    /// Was read as a number out of a row.
    pub const COUNT: u32 = 1 << 30;
    /// Passed a method whose behaviour is assumed.
    pub const DEFAULT_MODEL: u32 = 1 << 8;
    /// Passed native code.
    pub const NATIVE: u32 = 1 << 9;
    /// Passed a reflective call.
    pub const REFLECTION: u32 = 1 << 10;
    /// Passed a method that was given up.
    pub const HAVOC: u32 = 1 << 11;
    /// Passed a place whose key is not known.
    pub const UNRESOLVED_KEY: u32 = 1 << 12;
    /// Only the way that control took tells the datum.
    pub const IMPLICIT: u32 = 1 << 13;
    /// Passed an Intent.
    pub const INTENT: u32 = 1 << 16;
    /// Passed a result of an activity.
    pub const RESULT: u32 = 1 << 17;
    /// Passed a broadcast.
    pub const BROADCAST: u32 = 1 << 18;
    /// Passed a binder call.
    pub const BINDER: u32 = 1 << 19;
    /// Passed a message.
    pub const MESSENGER: u32 = 1 << 20;
    /// Passed a provider.
    pub const PROVIDER: u32 = 1 << 21;
    /// Passed preferences.
    pub const PREFERENCES: u32 = 1 << 22;
    /// Passed a database.
    pub const DATABASE: u32 = 1 << 23;
    /// Passed a file.
    pub const FILE: u32 = 1 << 24;
    /// Passed a static field.
    pub const STATIC: u32 = 1 << 25;
    /// Passed an archive.
    pub const ARCHIVE: u32 = 1 << 26;
    /// Passed a system property.
    pub const PROPERTY: u32 = 1 << 27;
    /// Passed a socket on the phone.
    pub const SOCKET: u32 = 1 << 28;

    /// Transformations with the words of the contract.
    pub const TRANSFORMS: &[(u32, &str)] = &[
        (HASH, "hash"),
        (CIPHER, "cipher"),
        (COMPRESS, "compress"),
        (ENCODE, "encode"),
        (JSON, "json"),
        (XML, "xml"),
        (SERIALISE, "serialise"),
    ];
    /// Assumptions with the words of the contract.
    pub const ASSUMPTIONS: &[(u32, &str)] = &[
        (HAVOC, "havoc"),
        (DEFAULT_MODEL, "default-model"),
        (NATIVE, "native"),
        (REFLECTION, "reflection"),
        (UNRESOLVED_KEY, "unresolved-key"),
    ];
    /// Channels.
    pub const VIA: &[(u32, &str)] = &[
        (INTENT, "intent"),
        (RESULT, "result"),
        (BROADCAST, "broadcast"),
        (BINDER, "binder"),
        (MESSENGER, "messenger"),
        (PROVIDER, "provider"),
        (PREFERENCES, "preferences"),
        (DATABASE, "database"),
        (FILE, "file"),
        (STATIC, "static"),
        (ARCHIVE, "archive"),
        (PROPERTY, "property"),
        (SOCKET, "socket"),
    ];

    /// The words of a table whose marks are set.
    pub fn words(marks: super::Marks, table: &[(u32, &'static str)]) -> impl Iterator<Item = &'static str> {
        table.iter().filter(move |(bit, _)| marks & bit != 0).map(|(_, word)| *word)
    }
}

/// A datum: its origin, what happened to it, and how it came.
#[derive(Debug, Clone, Copy)]
pub struct Datum {
    /// Where from.
    pub origin: OriginId,
    /// What happened.
    pub marks: Marks,
    /// How it came; two data that differ in nothing else are the same.
    pub trace: TraceId,
}

impl PartialEq for Datum {
    fn eq(&self, other: &Datum) -> bool {
        self.origin == other.origin && self.marks == other.marks
    }
}

impl Eq for Datum {}

/// Data, sorted by origin.
pub type Data = SmallVec<[Datum; 2]>;

/// What a value consists of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// Objects, sorted.
    pub objects: SmallVec<[ObjectId; 2]>,
    /// Constants.
    pub constants: Constants,
    /// Data.
    pub data: Data,
}

/// An abstract value. The default is *nothing*: no run of the program is known to come here.
#[derive(Debug, Clone, Default)]
pub struct Value(Option<Rc<Parts>>);

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(a), Some(b)) => Rc::ptr_eq(a, b) || a == b,
            _ => false,
        }
    }
}

impl Eq for Value {}

thread_local! {
    static ANY: Value = Value::from(Parts { constants: Constants::Any, ..Parts::default() });
    static ZERO: Value = Value::constant(Constant::Number(0));
}

static EMPTY: Parts =
    Parts { objects: SmallVec::new_const(), constants: Constants::None, data: SmallVec::new_const() };

impl From<Parts> for Value {
    fn from(parts: Parts) -> Value {
        let empty = parts.objects.is_empty() && parts.data.is_empty() && parts.constants == Constants::None;
        if empty { Value(None) } else { Value(Some(Rc::new(parts))) }
    }
}

impl std::ops::Deref for Value {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        self.0.as_deref().unwrap_or(&EMPTY)
    }
}

impl Value {
    /// Nothing.
    pub const NOTHING: Value = Value(None);

    /// Some value without objects and data.
    #[must_use]
    pub fn any() -> Value {
        ANY.with(Value::clone)
    }

    /// A constant.
    #[must_use]
    pub fn constant(constant: Constant) -> Value {
        let mut some = SmallVec::new();
        some.push(constant);
        Value::from(Parts { constants: Constants::Some(some), ..Parts::default() })
    }

    /// A number.
    #[must_use]
    pub fn number(number: i64) -> Value {
        if number == 0 { ZERO.with(Value::clone) } else { Value::constant(Constant::Number(number)) }
    }

    /// A reference to one object.
    #[must_use]
    pub fn object(object: ObjectId) -> Value {
        let mut objects = SmallVec::new();
        objects.push(object);
        Value::from(Parts { objects, constants: Constants::Any, ..Parts::default() })
    }

    /// Only the data, with some unknown constant.
    #[must_use]
    pub fn of_data(data: Data) -> Value {
        Value::from(Parts { data, constants: Constants::Any, ..Parts::default() })
    }

    /// Is it certainly the same, being kept at the same place? Says nothing when it is not.
    #[must_use]
    pub fn is_shared_with(&self, other: &Value) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(a), Some(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// Where it is kept: as long as that is held, no other value has it.
    pub(crate) fn address(&self) -> usize {
        self.0.as_ref().map_or(0, |parts| Rc::as_ptr(parts).addr())
    }

    /// Is nothing known to come here?
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.0.is_none()
    }

    /// The only constant it can be.
    #[must_use]
    pub fn single(&self) -> Option<Constant> {
        match &self.constants {
            Constants::Some(some) if some.len() == 1 => some.first().copied(),
            _ => None,
        }
    }

    /// The constants it can be, when all are known (none of them a port's, none with holes).
    #[must_use]
    pub fn known_constants(&self) -> Option<&[Constant]> {
        match &self.constants {
            Constants::Some(some)
                if !some.iter().any(|one| matches!(one, Constant::Of(_) | Constant::Template(_))) =>
            {
                Some(some)
            }
            _ => None,
        }
    }

    /// Is it certainly `null` (or 0)?
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.objects.is_empty() && self.single() == Some(Constant::Number(0))
    }

    /// Ports whose constants it may be.
    pub fn constant_ports(&self) -> impl Iterator<Item = ObjectId> + '_ {
        let some = match &self.constants {
            Constants::Some(some) => some.as_slice(),
            _ => &[],
        };
        some.iter().filter_map(|one| match one {
            Constant::Of(port) => Some(*port),
            _ => None,
        })
    }

    /// Joins `other` into this value; says whether it changed.
    pub fn join(&mut self, other: &Value) -> bool {
        let (mine, theirs) = match (&mut self.0, &other.0) {
            (_, None) => return false,
            (None, Some(theirs)) => {
                self.0 = Some(Rc::clone(theirs));
                return true;
            }
            (Some(mine), Some(theirs)) => (mine, theirs),
        };
        if Rc::ptr_eq(mine, theirs) || takes_nothing(mine, theirs) {
            return false;
        }
        if covers(theirs, mine) {
            *mine = Rc::clone(theirs);
            return true;
        }
        let parts = Rc::make_mut(mine);
        join_objects(&mut parts.objects, &theirs.objects);
        join_constants(&mut parts.constants, &theirs.constants);
        join_data(&mut parts.data, &theirs.data);
        true
    }

    /// Would joining `other` into this value change it?
    #[must_use]
    pub fn would_change(&self, other: &Value) -> bool {
        match (&self.0, &other.0) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(mine), Some(theirs)) => !Rc::ptr_eq(mine, theirs) && !takes_nothing(mine, theirs),
        }
    }

    /// Both values.
    #[must_use]
    pub fn joined(&self, other: &Value) -> Value {
        let mut value = self.clone();
        value.join(other);
        value
    }

    /// This value with more data.
    #[must_use]
    pub fn with_data(&self, data: &[Datum]) -> Value {
        if !has_news(&self.data, data, 0) {
            return self.clone();
        }
        let mut parts = (**self).clone();
        join_data(&mut parts.data, data);
        Value::from(parts)
    }

    /// This value with other constants.
    #[must_use]
    pub fn with_constants(&self, constants: Constants) -> Value {
        Value::from(Parts { constants, ..(**self).clone() })
    }

    /// This value with these objects only.
    #[must_use]
    pub fn with_objects(&self, objects: SmallVec<[ObjectId; 2]>) -> Value {
        Value::from(Parts { objects, ..(**self).clone() })
    }

    /// Numbers that grow around a loop become "any".
    pub fn widen(&mut self) {
        if let Constants::Some(some) = &self.constants
            && some.len() > 1
            && some.iter().any(|one| matches!(one, Constant::Number(_)))
        {
            *self = self.with_constants(Constants::Any);
        }
    }
}

impl Parts {
    /// Joins objects with data of theirs.
    pub(crate) fn add(&mut self, objects: &[ObjectId], data: &[Datum]) {
        let all_mine = self.constants == Constants::None
            && covers_objects(objects, &self.objects)
            && covers_data(data, &self.data);
        if all_mine && !(objects == self.objects.as_slice() && no_news(&self.data, data)) {
            self.objects = objects.iter().copied().collect();
            self.data = data.iter().copied().collect();
            return;
        }
        join_objects(&mut self.objects, objects);
        join_data(&mut self.data, data);
    }
}

fn covers_constants(a: &Constants, b: &Constants) -> bool {
    match (a, b) {
        (Constants::Any, _) | (_, Constants::None) => true,
        (Constants::Some(a), Constants::Some(b)) => b.iter().all(|one| a.binary_search(one).is_ok()),
        _ => false,
    }
}

/// Does joining `b` into `a` change nothing: is all of it there already, or no room left for it? Were the latter taken
/// for a change, loops over full values would end with the budget alone.
fn takes_nothing(a: &Parts, b: &Parts) -> bool {
    takes_all_but_data(a, &b.constants, &b.objects) && no_news(&a.data, &b.data)
}

/// Does joining constants and objects into `a` change nothing?
pub(crate) fn takes_all_but_data(a: &Parts, constants: &Constants, objects: &[ObjectId]) -> bool {
    covers_constants(&a.constants, constants)
        && (a.objects.len() >= MAX_OBJECTS || covers_objects(&a.objects, objects))
}

/// Is everything in `b` also in `a`?
fn covers(a: &Parts, b: &Parts) -> bool {
    covers_constants(&a.constants, &b.constants)
        && covers_objects(&a.objects, &b.objects)
        && covers_data(&a.data, &b.data)
}

fn covers_objects(a: &[ObjectId], b: &[ObjectId]) -> bool {
    let mut rest = a.iter();
    a.len() >= b.len() && b.iter().all(|one| rest.any(|mine| mine == one))
}

fn covers_data(a: &[Datum], b: &[Datum]) -> bool {
    let mut rest = a.iter();
    a.len() >= b.len()
        && b.iter().all(|one| {
            rest.find(|mine| mine.origin == one.origin)
                .is_some_and(|mine| mine.marks & one.marks == one.marks)
        })
}

/// Does joining `b` into `a` change nothing?
fn no_news(a: &[Datum], b: &[Datum]) -> bool {
    !has_news(a, b, 0)
}

/// Does joining `b`, with more marks, into `a` change something?
pub(crate) fn has_news(a: &[Datum], b: &[Datum], marks: Marks) -> bool {
    if b.is_empty() {
        return false;
    }
    if a.is_empty() {
        return true;
    }
    // Mostly all is there; only for what is not, it matters what there is room for.
    let mut limits: Option<([usize; 3], bool)> = None;
    let mut at = 0;
    for one in b {
        while a.get(at).is_some_and(|mine| mine.origin < one.origin) {
            at += 1;
        }
        let marks = after(one.marks, marks);
        match a.get(at) {
            Some(mine) if mine.origin == one.origin => {
                if mine.marks & marks != marks {
                    return true;
                }
                at += 1;
            }
            _ => {
                let (room, worse) = limits.get_or_insert_with(|| (rooms(a), worst(a).is_some()));
                let replaces = *worse && one.origin.is_source() && marks & UNPROVED == 0;
                if *room_for(one.origin, room) > 0 || replaces {
                    return true;
                }
            }
        }
    }
    false
}

/// Room left in sorted data: for ports, for parts of things and for sources. They stand in this order.
fn rooms(data: &[Datum]) -> [usize; 3] {
    let ports = data.partition_point(|datum| datum.origin.0 & (SOURCE | PART) == 0);
    let parts = data.partition_point(|datum| !datum.origin.is_source()) - ports;
    let sources = data.len() - ports - parts;
    [MAX_PORTS.saturating_sub(ports), MAX_PARTS.saturating_sub(parts), MAX_SOURCES.saturating_sub(sources)]
}

fn room_for(origin: OriginId, rooms: &mut [usize; 3]) -> &mut usize {
    let [ports, parts, sources] = rooms;
    if origin.is_source() {
        sources
    } else if origin.is_part() {
        parts
    } else {
        ports
    }
}

/// The last source whose way proves nothing.
fn worst(data: &[Datum]) -> Option<usize> {
    data.iter().rposition(|datum| datum.origin.is_source() && datum.marks & UNPROVED != 0)
}

pub(crate) fn join_objects(mine: &mut SmallVec<[ObjectId; 2]>, theirs: &[ObjectId]) {
    for one in theirs {
        if let Err(at) = mine.binary_search(one)
            && mine.len() < MAX_OBJECTS
        {
            mine.insert(at, *one);
        }
    }
}

pub(crate) fn join_constants(mine: &mut Constants, theirs: &Constants) {
    match (&mut *mine, theirs) {
        (Constants::Any, _) | (_, Constants::None) => {}
        (Constants::None, _) | (_, Constants::Any) => *mine = theirs.clone(),
        (Constants::Some(a), Constants::Some(b)) => {
            for one in b {
                if let Err(at) = a.binary_search(one) {
                    a.insert(at, *one);
                }
            }
            if a.len() > MAX_CONSTANTS {
                *mine = Constants::Any;
            }
        }
    }
}

/// Marks of ways that prove nothing.
pub(crate) const UNPROVED: Marks = mark::HAVOC | mark::UNRESOLVED_KEY | mark::IMPLICIT;

/// Joins data; marks of one origin are united. Both are sorted. Says whether anything changed.
pub fn join_data(mine: &mut Data, theirs: &[Datum]) -> bool {
    if mine.is_empty() {
        // What somebody kept is within the limits.
        mine.extend_from_slice(theirs);
        return !theirs.is_empty();
    }
    join_moved(mine, theirs, 0, |trace| trace)
}

/// The same with more marks on theirs and another way, which is only made for data that are new here.
pub(crate) fn join_moved(
    mine: &mut Data,
    theirs: &[Datum],
    marks: Marks,
    mut way: impl FnMut(TraceId) -> TraceId,
) -> bool {
    debug_assert!(theirs.is_sorted_by(|a, b| a.origin < b.origin), "data are sorted by origin");
    if mine.is_empty() {
        let moved =
            |one: &Datum| Datum { origin: one.origin, marks: after(one.marks, marks), trace: way(one.trace) };
        mine.extend(theirs.iter().map(moved));
        return !theirs.is_empty();
    }
    let mut changed = false;
    let (mut at, mut next) = (0, 0);
    // Mostly all is there.
    let known = mine.as_mut_slice();
    while let Some(one) = theirs.get(next) {
        while known.get(at).is_some_and(|datum| datum.origin < one.origin) {
            at += 1;
        }
        match known.get_mut(at) {
            Some(datum) if datum.origin == one.origin => {
                let all = datum.marks | after(one.marks, marks);
                changed |= all != datum.marks;
                datum.marks = all;
                at += 1;
                next += 1;
            }
            _ => break,
        }
    }
    let theirs = theirs.get(next..).unwrap_or_default();
    if theirs.is_empty() {
        return changed;
    }
    let mut room = rooms(mine);
    mine.reserve(theirs.len().min(room.iter().sum()));
    for one in theirs {
        while mine.get(at).is_some_and(|datum| datum.origin < one.origin) {
            at += 1;
        }
        let marks = after(one.marks, marks);
        match mine.get_mut(at).filter(|datum| datum.origin == one.origin) {
            Some(datum) => {
                changed |= datum.marks | marks != datum.marks;
                datum.marks |= marks;
            }
            None => {
                let room = room_for(one.origin, &mut room);
                if *room > 0 {
                    *room -= 1;
                    mine.insert(at, Datum { origin: one.origin, marks, trace: way(one.trace) });
                    changed = true;
                } else if one.origin.is_source() && marks & UNPROVED == 0 {
                    // What is proved takes the place of what is only possible.
                    let Some(worse) = worst(mine) else { continue };
                    mine.remove(worse);
                    at = mine.partition_point(|datum| datum.origin < one.origin);
                    mine.insert(at, Datum { origin: one.origin, marks, trace: way(one.trace) });
                    changed = true;
                }
            }
        }
    }
    changed
}
