//! What a callee's values are for its caller.
//!
//! A value of a summary is put together from the caller's: its ports' objects, constants and data. What Android's calls
//! bring is mostly known already where they write, so the parts are found first, held against what is there, and put
//! together where they tell something new.

use std::rc::Rc;

use smallvec::SmallVec;

use crate::call::Mapping;
use crate::frame::Frame;
use crate::object::{ObjectId, Place};
use crate::trace::{Note, Traces};
use crate::value::{
    Constant, Constants, Data, Datum, Parts, Value, has_news, join_constants, join_data, join_moved,
    join_objects, takes_all_but_data,
};

/// The caller's data behind a port: kept as such, or those of a value.
#[derive(Clone)]
pub(crate) enum Raw {
    Data(Rc<Data>),
    Of(Value),
}

impl std::ops::Deref for Raw {
    type Target = [Datum];

    fn deref(&self) -> &[Datum] {
        match self {
            Raw::Data(data) => data,
            Raw::Of(value) => &value.data,
        }
    }
}

/// Data of a callee, with the caller's behind each of its ports.
pub(crate) struct MappedData<'v> {
    data: &'v [Datum],
    /// Of the first of them, which are ports.
    raw: SmallVec<[Raw; 2]>,
}

impl MappedData<'_> {
    /// Is there no datum?
    pub(crate) fn is_empty(&self) -> bool {
        self.raw.len() == self.data.len() && self.raw.iter().all(|raw| raw.is_empty())
    }

    /// Would joining them into `known` change it? May say so where it would not, but never the other way round.
    pub(crate) fn is_news_to(&self, known: &[Datum]) -> bool {
        let mut ports = self.data.iter().zip(&self.raw);
        ports.any(|(datum, raw)| has_news(known, raw, datum.marks))
            || has_news(known, &self.data[self.raw.len()..], 0)
    }

    /// The data. `into`: the call that leads to a sink; data kept on the way name their own steps.
    pub(crate) fn together(&self, traces: &mut Traces, into: Option<Place>) -> Data {
        let most: usize = self.raw.iter().map(|raw| raw.len()).max().unwrap_or(0);
        let mut mapped = Data::with_capacity(most + self.data.len() - self.raw.len());
        for (datum, raw) in self.data.iter().zip(&self.raw) {
            join_moved(&mut mapped, raw, datum.marks, |trace| {
                let before = match into {
                    Some(place) => traces.step(trace, place, Note::Passed),
                    None => trace,
                };
                traces.then(before, datum.trace)
            });
        }
        join_data(&mut mapped, &self.data[self.raw.len()..]);
        mapped
    }
}

/// A value of a callee, with the caller's behind each of its ports.
pub(crate) enum Mapped<'v> {
    /// It means the same to every caller.
    Whole(Value),
    /// It is put together from the caller's.
    Parts {
        /// Its own data, and the caller's behind them.
        data: MappedData<'v>,
        /// What the caller has for its objects; whether data come along.
        theirs: SmallVec<[(Value, bool); 2]>,
        /// The objects of them all.
        objects: SmallVec<[ObjectId; 2]>,
        /// The constants.
        constants: Constants,
    },
}

impl Mapped<'_> {
    /// Would joining it into `known` change that? May say so where it would not, but never the other way round.
    pub(crate) fn is_news_to(&self, known: &Value) -> bool {
        match self {
            Mapped::Whole(value) => known.would_change(value),
            Mapped::Parts { data, theirs, objects, constants } => {
                !takes_all_but_data(known, constants, objects)
                    || data.is_news_to(&known.data)
                    || theirs.iter().any(|(value, brings)| *brings && has_news(&known.data, &value.data, 0))
            }
        }
    }

    /// The value.
    pub(crate) fn together(&self, traces: &mut Traces) -> Value {
        match self {
            Mapped::Whole(value) => value.clone(),
            Mapped::Parts { data, theirs, objects, constants } => {
                let data = data.together(traces, None);
                let mut parts = Parts { data, constants: constants.clone(), ..Parts::default() };
                for (value, brings) in theirs {
                    let data: &[_] = if *brings { &value.data } else { &[] };
                    parts.add(&value.objects, data);
                }
                parts.objects.clone_from(objects);
                Value::from(parts)
            }
        }
    }
}

impl Frame<'_, '_> {
    /// A value of a callee, as its caller has it.
    pub(crate) fn map_value(&mut self, value: &Value, mapping: &mut Mapping) -> Value {
        match self.mapped(value, mapping) {
            Mapped::Whole(value) => value,
            mapped @ Mapped::Parts { .. } => mapped.together(&mut self.session.traces),
        }
    }

    /// The parts of a callee's value, as its caller has them.
    pub(crate) fn mapped<'v>(&mut self, value: &'v Value, mapping: &mut Mapping) -> Mapped<'v> {
        let says_the_same = value.data.first().is_none_or(|first| first.origin.is_source())
            && value.constant_ports().next().is_none()
            && !self.has_open(value);
        if says_the_same && value.objects.iter().all(|object| self.is_same_everywhere(*object)) {
            let bounded = if value.objects.is_empty() { value.clone() } else { self.bounded(value.clone()) };
            return Mapped::Whole(bounded);
        }
        if let Some(theirs) = self.handed_on(value, mapping) {
            return Mapped::Whole(theirs);
        }
        let data = self.mapped_data(&value.data, mapping);
        let mut constants = Constants::None;
        match &value.constants {
            Constants::Some(some) => {
                for constant in some {
                    match constant {
                        Constant::Of(port) => {
                            let theirs = self.map_object(*port, mapping);
                            join_constants(&mut constants, &theirs.constants);
                        }
                        Constant::Template(text) if self.is_open(*text) => {
                            let filled = self.filled(*text, mapping);
                            join_constants(&mut constants, &filled);
                        }
                        other => {
                            let other = Constants::Some(smallvec::smallvec![*other]);
                            join_constants(&mut constants, &other);
                        }
                    }
                }
            }
            other => constants = other.clone(),
        }
        let mut all: SmallVec<[(Value, bool); 2]> = SmallVec::new();
        let mut objects: SmallVec<[ObjectId; 2]> = SmallVec::new();
        for object in &value.objects {
            let theirs = self.map_object(*object, mapping);
            // A port of unknown type may be a text in the caller: then it has data and refers to nothing.
            let brings = self.session.objects.is_port(*object) && !theirs.data.is_empty();
            if !theirs.objects.is_empty() || brings {
                join_objects(&mut objects, &theirs.objects);
                all.push((theirs, brings));
            }
        }
        let objects = self.bounded_objects(objects);
        Mapped::Parts { data, theirs: all, objects, constants }
    }

    /// What the caller has for a value that is a port as it was found, and nothing else.
    fn handed_on(&mut self, value: &Value, mapping: &mut Mapping) -> Option<Value> {
        let Some(Constant::Of(port)) = value.single() else { return None };
        match (value.objects.as_slice(), value.data.as_slice()) {
            ([object], []) if *object == port => {
                let theirs = self.map_object(port, mapping);
                Some(self.bounded(theirs))
            }
            _ => None,
        }
    }

    /// The caller's data behind a callee's.
    pub(crate) fn mapped_data<'v>(&mut self, data: &'v Data, mapping: &mut Mapping) -> MappedData<'v> {
        // Ports stand before sources.
        let ports = data.iter().take_while(|datum| !datum.origin.is_source());
        let raw = ports.map(|datum| self.raw_data(datum.origin, mapping)).collect();
        MappedData { data, raw }
    }
}
