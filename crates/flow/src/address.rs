//! Where a network sink sends to: the texts that look like addresses among what it is given.
//!
//! An [`Address`](crate::value::Value) is an ordinary value of which only constants (texts, known in part or whole) and
//! ports count; a caller puts its own in the place of the ports, as for everything else in a summary.

use smallvec::SmallVec;

use crate::call::Mapping;
use crate::frame::Frame;
use crate::mapped::MappedData;
use crate::object::{Cell, ObjectId, Place};
use crate::summary::Hit;
use crate::template::{PORT, SEGMENT};
use crate::value::{Constant, Constants, Data, HOLE, MAX_CONSTANTS, Value, join_data};

/// Most objects looked into for one address.
const MOST_OBJECTS: usize = 24;
/// Most ports kept of one.
const MOST_PORTS: usize = 4;
/// Most different addresses told apart at one sink; more are one whose address is not known.
const MOST_ADDRESSES: usize = 6;

/// Does a text look like an address, or like a part that one begins with?
fn looks_like_address(text: &str) -> bool {
    let known = text.split(HOLE).next().unwrap_or("");
    known.split_once("://").is_some_and(|(scheme, _)| {
        (1..=8).contains(&scheme.len()) && scheme.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

impl Frame<'_, '_> {
    /// What of `carried` may be the address that a sink sends to.
    pub(crate) fn address_of(&mut self, carried: &[Value]) -> Value {
        let mut texts: SmallVec<[Constant; 2]> = SmallVec::new();
        let mut ports: SmallVec<[ObjectId; 2]> = SmallVec::new();
        let mut open: Vec<ObjectId> = Vec::new();
        for value in carried {
            self.take_texts(value, &mut texts);
            open.extend(value.objects.iter().copied().filter(|one| !open.contains(one)).collect::<Vec<_>>());
        }
        let mut next = 0;
        while let Some(object) = open.get(next).copied() {
            next += 1;
            if next > MOST_OBJECTS {
                break;
            }
            if !self.driver && self.session.objects.is_port(object) && ports.len() < MOST_PORTS {
                ports.push(object);
            }
            let cells: Vec<Value> = (self.state.heap.of(object).iter())
                .filter(|(_, cell, _)| {
                    !matches!(cell, Cell::Listener(_) | Cell::Sent(..) | Cell::Drain(..) | Cell::Static(_))
                        && !matches!(cell, Cell::Field(name, _) if self.session.is_outer(*name))
                })
                .map(|(.., value)| value.clone())
                .collect();
            for value in cells {
                self.take_texts(&value, &mut texts);
                for inner in &value.objects {
                    if !open.contains(inner) {
                        open.push(*inner);
                    }
                }
            }
        }
        texts.sort_unstable();
        texts.dedup();
        ports.sort_unstable();
        let constants = match texts.len() {
            0 => Constants::None,
            1..=MAX_CONSTANTS => Constants::Some(texts),
            _ => Constants::Any,
        };
        Value::NOTHING.with_constants(constants).with_objects(ports)
    }

    /// Texts of a value that look like addresses, and ports whose texts may be.
    fn take_texts(&self, value: &Value, texts: &mut SmallVec<[Constant; 2]>) {
        let Constants::Some(some) = &value.constants else { return };
        for constant in some {
            let counts = match *constant {
                Constant::Text(text) | Constant::Template(text) => {
                    let text = self.session.texts.get(text);
                    looks_like_address(&text) || !self.driver && text.starts_with([PORT, SEGMENT])
                }
                // A port that is an object is kept as such.
                Constant::Of(port) => !self.driver && !value.objects.contains(&port),
                _ => false,
            };
            if counts && !texts.contains(constant) {
                texts.push(*constant);
            }
        }
    }

    /// Where a callee's hit goes to, in the caller's terms; `None`: the caller's code fixes whom it is for.
    pub(crate) fn map_hit(&mut self, hit: &Hit, mapping: &mut Mapping) -> Option<Value> {
        let known = hit.address.objects.is_empty()
            && hit.address.constant_ports().next().is_none()
            && !self.has_open(&hit.address);
        let ends = self.session.ends;
        match ends.sinks.get(hit.sink as usize).filter(|end| end.orders) {
            _ if known => Some(hit.address.clone()),
            Some(effect) => {
                let told = self.map_told(&effect.kind, &hit.address, mapping);
                (!self.is_fixed(&effect.kind, &told)).then_some(told)
            }
            None => Some(self.map_address(&hit.address, mapping)),
        }
    }

    /// What the caller has for the ports of a callee's address.
    pub(crate) fn map_address(&mut self, address: &Value, mapping: &mut Mapping) -> Value {
        let mut carried: Vec<Value> = Vec::new();
        if let Constants::Some(some) = &address.constants {
            for constant in some {
                carried.push(match *constant {
                    Constant::Of(port) => {
                        let theirs = self.map_object(port, mapping);
                        Value::NOTHING.with_constants(theirs.constants.clone())
                    }
                    Constant::Template(text) if self.is_open(text) => {
                        Value::NOTHING.with_constants(self.filled(text, mapping))
                    }
                    other => Value::constant(other),
                });
            }
        }
        for object in address.objects.clone() {
            carried.push(self.map_object(object, mapping));
        }
        let mapped = self.address_of(&carried);
        if address.constants == Constants::Any { mapped.with_constants(Constants::Any) } else { mapped }
    }

    /// Notes data at a sink; what goes to different addresses is kept apart.
    pub(crate) fn note_hit(&mut self, place: Place, sink: u32, data: &Data, address: &Value) {
        let known = self.hits.entry((place, sink)).or_default();
        if let Some(same) = known.iter_mut().find(|hit| hit.address == *address) {
            join_data(&mut same.data, data);
            return;
        }
        if known.len() < MOST_ADDRESSES {
            known.push(Hit { place, sink, data: data.clone(), address: address.clone() });
            return;
        }
        if let Some(last) = known.last_mut() {
            join_data(&mut last.data, data);
            last.address = Value::any();
        }
    }

    /// Would noting these data at a sink change what is known of it?
    pub(crate) fn is_new_hit(&self, place: Place, sink: u32, data: &MappedData<'_>, address: &Value) -> bool {
        let Some(known) = self.hits.get(&(place, sink)) else { return true };
        match known.iter().find(|hit| hit.address == *address) {
            Some(same) => data.is_news_to(&same.data),
            None => true,
        }
    }

    /// Is where this sink sends to of interest, and can it be told?
    pub(crate) fn has_address(&self, sink: u32) -> bool {
        self.session.ends.sinks.get(sink as usize).is_some_and(|end| end.kind == "network")
    }
}
