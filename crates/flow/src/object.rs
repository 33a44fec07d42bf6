//! Abstract objects: what a reference may refer to.
//!
//! Inside a method, what existed before is named by where the caller finds it ("ports": parameters, static fields,
//! app-wide things, and what those hold); what is made is named by where it was made. A summary keeps these names,
//! and a caller replaces them by its own.

use overt_base::id;
use overt_catalogue::model::{OpenKind, SendKind};
use overt_program::{ClassId, MethodId};
use rustc_hash::FxHashMap;

use crate::text::Text;

id! {
    /// An object of an [`Objects`] table.
    pub struct ObjectId(u32);
}

/// An instruction of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The method.
    pub method: MethodId,
    /// Offset in code units.
    pub offset: u32,
}

/// A part of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// A field of a class of the app: name with the class that defines it (a reference may name a subclass), and type.
    Field(Text, Text),
    /// A static field, by its whole reference.
    Static(Text),
    /// What is held under a constant key.
    Key(Text),
    /// What is held at a constant position.
    Index(i64),
    /// What is held without a known key or position.
    Content,
    /// A part with a name of the catalogue's choosing, e.g. the stream that a writer writes to.
    Named(Text),
    /// Listeners that were handed over through a parameter of this type.
    Listener(Text),
    /// An Intent or message that was sent at this place.
    Sent(SendKind, Place),
    /// What the object holds leaves through the sink with this number, taken at this place.
    Drain(u32, Place),
}

/// What an object is known as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ObjectKind {
    /// The holder of static fields and of what is known app-wide.
    Globals,
    /// What a parameter refers to; 0 is the receiver or the first parameter of a static method.
    Parameter(u16),
    /// An app-wide thing under a key, e.g. a preference file. Without a key: one whose key is not known.
    Thing(OpenKind, Option<Text>),
    /// What a port held when the method was entered.
    Part(ObjectId, Cell),
    /// Some object of this class, where there are too many to tell apart: its fields are those of all.
    Some(Text),
    /// Made at a place; by a callee, when it has an inner name.
    Made(Place, Option<ObjectId>),
    /// A named part of a made object, made with it: the extras of an Intent.
    Inner(ObjectId, Cell),
    /// A component (or the application) of this class, made by Android.
    Component(ClassId),
    /// What Android hands to a callback: method and parameter.
    Handed(MethodId, u16),
}

/// What is known of an object wherever it occurs.
#[derive(Debug, Clone, Copy)]
pub struct Object {
    /// Its name.
    pub kind: ObjectKind,
    /// Descriptor of its class, where the name implies one.
    pub class: Option<Text>,
    /// The class is exactly this one.
    pub exact: bool,
    /// Stands for more than one object at run time: writes never replace.
    pub many: bool,
    /// Length of the name.
    depth: u8,
}

/// Longest chain of parts below a port.
const MAX_PARTS: u8 = 4;
/// Longest chain of parts below a static field.
const MAX_GLOBAL_PARTS: u8 = 2;
/// Longest chain of calls in the name of a made object.
const MAX_CALLS: u8 = 2;

/// The holder of static fields.
pub const GLOBALS: ObjectId = ObjectId(0);
/// The holder of the fields of objects that are not told apart ([`ObjectKind::Some`]).
pub const ANY: ObjectId = ObjectId(1);

/// All objects of one analysis.
#[derive(Debug)]
pub struct Objects {
    all: Vec<Object>,
    by_kind: FxHashMap<ObjectKind, ObjectId>,
    /// App-wide things, in the order in which they came up.
    things: Vec<(OpenKind, ObjectId)>,
    /// Those of which only a part of the name is known.
    patterns: Vec<(OpenKind, ObjectId)>,
}

impl Default for Objects {
    fn default() -> Objects {
        let mut objects = Objects {
            all: Vec::new(),
            by_kind: FxHashMap::default(),
            things: Vec::new(),
            patterns: Vec::new(),
        };
        objects.add(Object { kind: ObjectKind::Globals, class: None, exact: true, many: false, depth: 0 });
        let nothing = ObjectKind::Some(Text(u32::MAX));
        objects.add(Object { kind: nothing, class: None, exact: false, many: true, depth: 0 });
        objects
    }
}

impl Objects {
    fn add(&mut self, object: Object) -> ObjectId {
        if let Some(known) = self.by_kind.get(&object.kind) {
            let id = *known;
            if object.many && !self.all[id.index()].many {
                self.all[id.index()].many = true;
            }
            return id;
        }
        let id = ObjectId(self.all.len() as u32);
        self.all.push(object);
        self.by_kind.insert(object.kind, id);
        if let ObjectKind::Thing(kind, _) = object.kind {
            self.things.push((kind, id));
        }
        id
    }

    /// An object.
    #[must_use]
    pub fn get(&self, id: ObjectId) -> &Object {
        &self.all[id.index()]
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Never: the holder of static fields is always there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Is it named by what the caller has?
    #[must_use]
    pub fn is_port(&self, id: ObjectId) -> bool {
        matches!(
            self.get(id).kind,
            ObjectKind::Globals
                | ObjectKind::Parameter(_)
                | ObjectKind::Thing(..)
                | ObjectKind::Part(..)
                | ObjectKind::Some(_)
        )
    }

    /// A parameter.
    pub fn parameter(&mut self, number: u16) -> ObjectId {
        let kind = ObjectKind::Parameter(number);
        self.add(Object { kind, class: None, exact: false, many: false, depth: 0 })
    }

    /// An app-wide thing.
    pub fn thing(&mut self, kind: OpenKind, key: Option<Text>) -> ObjectId {
        let many = key.is_none();
        self.add(Object { kind: ObjectKind::Thing(kind, key), class: None, exact: false, many, depth: 0 })
    }

    /// All app-wide things of one kind so far.
    #[must_use]
    pub fn things(&self, of: OpenKind) -> Vec<ObjectId> {
        self.things.iter().filter(|(kind, _)| *kind == of).map(|(_, id)| *id).collect()
    }

    /// Counts app-wide things and those of them whose names are known in part.
    #[must_use]
    pub fn things_count(&self) -> usize {
        self.things.len() + self.patterns.len()
    }

    /// Notes that only a part of the thing's name is known: it may be others of its kind.
    pub fn add_pattern(&mut self, kind: OpenKind, thing: ObjectId) {
        if !self.patterns.contains(&(kind, thing)) {
            self.patterns.push((kind, thing));
        }
        self.all[thing.index()].many = true;
    }

    /// App-wide things of one kind whose names are known in part.
    pub fn patterns(&self, of: OpenKind) -> impl Iterator<Item = ObjectId> + '_ {
        self.patterns.iter().filter(move |(kind, _)| *kind == of).map(|(_, id)| *id)
    }

    /// Some object of a class.
    pub fn some(&mut self, class: Text) -> ObjectId {
        self.add(Object {
            kind: ObjectKind::Some(class),
            class: Some(class),
            exact: false,
            many: true,
            depth: 0,
        })
    }

    /// What `of`, a port, held in `cell` at entry; `None` where the chain would grow too long.
    pub fn part(&mut self, of: ObjectId, cell: Cell) -> Option<ObjectId> {
        let known = ObjectKind::Part(of, cell);
        if let Some(id) = self.by_kind.get(&known) {
            return Some(*id);
        }
        let base = *self.get(of);
        let mut above = of;
        while let ObjectKind::Part(next, _) = self.get(above).kind {
            above = next;
        }
        let limit = match self.get(above).kind {
            ObjectKind::Globals => MAX_GLOBAL_PARTS,
            ObjectKind::Some(_) => 1,
            _ => MAX_PARTS,
        };
        if base.depth >= limit {
            return None;
        }
        let class = match cell {
            Cell::Field(_, class) => Some(class),
            _ => None,
        };
        let many = base.many || cell == Cell::Content;
        Some(self.add(Object { kind: known, class, exact: false, many, depth: base.depth + 1 }))
    }

    /// An object made at `place`.
    pub fn made(&mut self, place: Place, class: Option<Text>, exact: bool, many: bool) -> ObjectId {
        self.add(Object { kind: ObjectKind::Made(place, None), class, exact, many, depth: 0 })
    }

    /// The name that a caller gives to what its callee made.
    pub fn made_by_callee(&mut self, place: Place, inner: ObjectId, in_loop: bool) -> ObjectId {
        let object = *self.get(inner);
        if object.depth >= MAX_CALLS {
            self.all[inner.index()].many = true;
            return inner;
        }
        let kind = ObjectKind::Made(place, Some(inner));
        self.add(Object { kind, many: object.many || in_loop, depth: object.depth + 1, ..object })
    }

    /// Was it (or what it is a part of) made by the call at this place?
    pub fn is_made_at(&self, object: ObjectId, place: Place) -> bool {
        let mut at = object;
        loop {
            match self.get(at).kind {
                ObjectKind::Made(made, _) => return made == place,
                ObjectKind::Inner(of, _) => at = of,
                _ => return false,
            }
        }
    }

    /// A named part of an object that is no port.
    pub fn inner(&mut self, of: ObjectId, cell: Cell) -> ObjectId {
        let outer = *self.get(of);
        let kind = ObjectKind::Inner(of, cell);
        self.add(Object { kind, class: None, exact: false, many: outer.many, depth: outer.depth })
    }

    /// A component.
    pub fn component(&mut self, class: ClassId, name: Text) -> ObjectId {
        let kind = ObjectKind::Component(class);
        self.add(Object { kind, class: Some(name), exact: true, many: false, depth: 0 })
    }

    /// What Android hands to a callback.
    pub fn handed(&mut self, method: MethodId, parameter: u16, class: Option<Text>) -> ObjectId {
        let kind = ObjectKind::Handed(method, parameter);
        self.add(Object { kind, class, exact: false, many: true, depth: 0 })
    }
}
