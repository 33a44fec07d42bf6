//! What a method does, in names that any caller can replace by its own.

use std::rc::Rc;

use overt_program::MethodId;

use crate::object::{Cell, ObjectId, Place};
use crate::text::Text;
use crate::trace::TraceId;
use crate::value::{Constant, Data, Marks, OriginId, Value};

/// What a summary would like to know of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wish {
    /// The exact classes: a call depends on them.
    Classes(ObjectId),
    /// The constants: a branch, a key or a name depends on them.
    Constants(ObjectId),
}

impl Wish {
    /// The port.
    #[must_use]
    pub fn port(self) -> ObjectId {
        match self {
            Wish::Classes(port) | Wish::Constants(port) => port,
        }
    }
}

/// What a caller knows of a port for which a summary had a wish.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Known {
    /// Exactly these classes, by descriptor; sorted.
    Classes(Vec<Text>),
    /// One of these constants; sorted.
    Constants(Vec<Constant>),
}

/// What a method is analysed for: the ports whose classes or constants are known. Empty: for any caller.
pub type Special = Rc<[(ObjectId, Known)]>;

/// The subject of one analysis.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The method.
    pub method: MethodId,
    /// What is known of its ports.
    pub special: Special,
}

/// Data at a sink that the caller must fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Where the sink is called.
    pub place: Place,
    /// Its number among the bound sinks.
    pub sink: u32,
    /// What arrives: ports; and sources, where the address is the caller's to tell.
    pub data: Data,
    /// Where it goes to, as far as it is known here.
    pub address: Value,
}

/// A datum that is known to go from a source to a sink.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// A source.
    pub origin: OriginId,
    /// Where the sink is called.
    pub place: Place,
    /// The sink.
    pub sink: u32,
    /// What happened on the way.
    pub marks: Marks,
    /// The way, up to the sink.
    pub trace: TraceId,
    /// Where it goes to, as far as it is known.
    pub address: Value,
}

/// What a method does.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// What it returns.
    pub returned: Value,
    /// What it throws.
    pub thrown: Value,
    /// What cells hold when it is done, as far as the caller can see them.
    pub cells: Vec<(ObjectId, Cell, Value)>,
    /// Sinks that data of the caller reaches.
    pub hits: Vec<Hit>,
    /// What the caller should tell.
    pub wishes: Vec<Wish>,
    /// Data that goes from source to sink whoever calls.
    pub arrivals: Vec<Arrival>,
    /// The analyses it rests on.
    pub callees: Vec<Rc<Subject>>,
    /// No run of it returns normally.
    pub never_returns: bool,
    /// It was given up.
    pub havoc: bool,
}

impl Summary {
    /// Does it say the same as `other` to a caller?
    #[must_use]
    pub fn same(&self, other: &Summary) -> bool {
        self.returned == other.returned
            && self.thrown == other.thrown
            && self.never_returns == other.never_returns
            && self.hits == other.hits
            && self.wishes == other.wishes
            && self.cells == other.cells
            && self.arrivals.len() == other.arrivals.len()
    }
}
