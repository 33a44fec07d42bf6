//! Methods that speak of very many objects: those of one class are told apart no longer.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::frame::Frame;
use crate::heap::Heap;
use crate::object::{ANY, Cell, GLOBALS, ObjectId, ObjectKind};
use crate::value::{Constants, Data, Parts, Value};

impl Frame<'_, '_> {
    /// Tells objects of the app's own classes apart no longer, save those that are near to the caller: what a method
    /// does to very many objects is kept by field alone.
    pub(crate) fn coarsen(
        &mut self,
        cells: &mut Vec<(ObjectId, Cell, Value)>,
        returned: &mut Value,
        thrown: &mut Value,
    ) {
        let mut known: FxHashMap<ObjectId, ObjectId> = FxHashMap::default();
        let mut all: BTreeMap<(ObjectId, Cell), Value> = BTreeMap::new();
        let mut substitute = |this: &mut Self, object: ObjectId| -> ObjectId {
            if let Some(known) = known.get(&object) {
                return *known;
            }
            let its = *this.session.objects.get(object);
            let far = this.is_far(object);
            let made = match its.class {
                Some(class) if far && this.session.own_class(class).is_some() => {
                    this.session.objects.some(class)
                }
                _ => object,
            };
            known.insert(object, made);
            made
        };
        let mut replace = |this: &mut Self, value: &Value| -> Value {
            let objects: SmallVec<[ObjectId; 2]> =
                value.objects.iter().map(|object| substitute(this, *object)).collect();
            let mut objects = objects;
            objects.sort_unstable();
            objects.dedup();
            if objects == value.objects { value.clone() } else { value.with_objects(objects) }
        };
        *returned = replace(self, returned);
        *thrown = replace(self, thrown);
        for (object, cell, value) in std::mem::take(cells) {
            // Flags, counters and states of so many objects tell nothing; a datum of a source is kept all the same.
            if let Cell::Field(_, class) = cell
                && matches!(&*self.session.texts.get(class), "Z" | "B" | "S" | "C" | "I" | "F")
                && !value.data.iter().any(|datum| datum.origin.is_source())
            {
                continue;
            }
            let value = replace(self, &value);
            let holder = replace(self, &Value::object(object)).objects.first().copied().unwrap_or(object);
            let far = self.is_far(object);
            let holder = match cell {
                Cell::Field(..) if far => ANY,
                Cell::Listener(_) if far => GLOBALS,
                _ if matches!(self.session.objects.get(holder).kind, ObjectKind::Some(_))
                    && holder != ANY =>
                {
                    continue;
                }
                // Containers made on the way: only what is known to come from a source is worth its place.
                _ if far && !matches!(cell, Cell::Drain(..)) => {
                    if !value.data.iter().any(|datum| datum.origin.is_source()) {
                        continue;
                    }
                    holder
                }
                _ => holder,
            };
            let value = if holder == ANY { self.share(cell, &value) } else { value };
            if !value.is_nothing() {
                all.entry((holder, cell)).or_default().join(&value);
            }
        }
        cells.extend(all.into_iter().map(|((object, cell), value)| (object, cell, value)));
    }

    /// The same for the state of a method that has come to speak of very many objects.
    pub(crate) fn compact(&mut self) {
        let mut cells = self.state.heap.all().to_vec();
        let mut registers = std::mem::take(&mut self.state.registers);
        let (mut first, mut second) = (Value::NOTHING, Value::NOTHING);
        self.coarsen(&mut cells, &mut first, &mut second);
        for register in &mut registers {
            let mut nothing = Vec::new();
            self.coarsen(&mut nothing, register, &mut second);
        }
        self.state.registers = registers;
        let mut heap = Heap::default();
        for (object, cell, value) in cells {
            heap.set(object, cell, value);
        }
        self.state.heap = heap;
    }

    /// Is it not told apart in a summary that speaks of very many objects?
    fn is_far(&self, object: ObjectId) -> bool {
        match self.session.objects.get(object).kind {
            ObjectKind::Made(..) => true,
            ObjectKind::Part(of, _) => !matches!(self.session.objects.get(of).kind, ObjectKind::Parameter(_)),
            _ => false,
        }
    }

    /// Puts what a field of some object holds where all can see it; gives what depends on the caller.
    fn share(&mut self, cell: Cell, value: &Value) -> Value {
        let Cell::Field(_, class) = cell else { return Value::NOTHING };
        let mut parts = Parts { constants: value.constants.clone(), ..Parts::default() };
        if value.constant_ports().next().is_some() {
            parts.constants = Constants::Any;
        }
        parts.objects = (value.objects.iter().copied())
            .filter(|object| {
                matches!(
                    self.session.objects.get(*object).kind,
                    ObjectKind::Some(_) | ObjectKind::Component(_)
                )
            })
            .collect();
        let (sources, ports): (Data, Data) =
            value.data.iter().copied().partition(|datum| datum.origin.is_source());
        parts.data = sources;
        self.session.any.entry(cell).or_default().join(&Value::from(parts));
        if self.session.own_class(class).is_some() || ports.is_empty() {
            return Value::NOTHING;
        }
        Value::of_data(ports)
    }
}
