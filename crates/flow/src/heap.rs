//! What objects hold at one point of a method.

use std::rc::Rc;

use crate::object::{Cell, ObjectId};
use crate::value::Value;

/// Cells with known contents, sorted by object and cell. What a cell that is not here holds depends on its object:
/// a port's is what the caller has there, a new object's is nothing or zero.
#[derive(Debug, Clone, Default)]
pub struct Heap(Rc<Vec<(ObjectId, Cell, Value)>>);

impl PartialEq for Heap {
    fn eq(&self, other: &Heap) -> bool {
        Rc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Heap {
    fn find(&self, object: ObjectId, cell: Cell) -> Result<usize, usize> {
        self.0.binary_search_by(|(o, c, _)| (*o, *c).cmp(&(object, cell)))
    }

    /// What a cell holds, where that is known.
    #[must_use]
    pub fn get(&self, object: ObjectId, cell: Cell) -> Option<&Value> {
        self.find(object, cell).ok().map(|at| &self.0[at].2)
    }

    /// Replaces what a cell holds.
    pub fn set(&mut self, object: ObjectId, cell: Cell, value: Value) {
        match self.find(object, cell) {
            Ok(at) => {
                if self.0[at].2 != value {
                    Rc::make_mut(&mut self.0)[at].2 = value;
                }
            }
            Err(at) => Rc::make_mut(&mut self.0).insert(at, (object, cell, value)),
        }
    }

    /// Forgets a cell.
    pub fn remove(&mut self, object: ObjectId, cell: Cell) {
        if let Ok(at) = self.find(object, cell) {
            Rc::make_mut(&mut self.0).remove(at);
        }
    }

    /// All cells of an object.
    #[must_use]
    pub fn of(&self, object: ObjectId) -> &[(ObjectId, Cell, Value)] {
        let start = self.0.partition_point(|(o, ..)| *o < object);
        let length = self.0[start..].partition_point(|(o, ..)| *o == object);
        &self.0[start..start + length]
    }

    /// All cells.
    #[must_use]
    pub fn all(&self) -> &[(ObjectId, Cell, Value)] {
        &self.0
    }

    /// Is this the very same heap, unchanged since it was copied?
    #[must_use]
    pub fn is_same(&self, other: &Heap) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Objects from which a cell with data can be reached.
    #[must_use]
    pub fn with_data(&self) -> rustc_hash::FxHashSet<ObjectId> {
        let mut found = rustc_hash::FxHashSet::default();
        let mut holders: rustc_hash::FxHashMap<ObjectId, Vec<ObjectId>> = rustc_hash::FxHashMap::default();
        let mut open = Vec::new();
        for (object, _, value) in self.0.iter() {
            if !value.data.is_empty() && found.insert(*object) {
                open.push(*object);
            }
        }
        if open.is_empty() {
            return found;
        }
        for (object, _, value) in self.0.iter() {
            for inner in &value.objects {
                holders.entry(*inner).or_default().push(*object);
            }
        }
        while let Some(object) = open.pop() {
            for holder in holders.get(&object).into_iter().flatten() {
                if found.insert(*holder) {
                    open.push(*holder);
                }
            }
        }
        found
    }

    /// Forgets the cells of objects that `keep` refuses.
    pub fn retain(&mut self, mut keep: impl FnMut(ObjectId) -> bool) {
        if self.0.iter().any(|(object, ..)| !keep(*object)) {
            Rc::make_mut(&mut self.0).retain(|(object, ..)| keep(*object));
        }
    }

    /// Joins another heap of the same method into this one. `absent` says what a cell holds on the side where it is not
    /// known. Says whether anything changed.
    pub fn join(&mut self, other: &Heap, mut absent: impl FnMut(ObjectId, Cell) -> Value) -> bool {
        if Rc::ptr_eq(&self.0, &other.0) {
            return false;
        }
        let mine = &self.0;
        let mut all: Vec<(ObjectId, Cell, Value)> = Vec::with_capacity(mine.len().max(other.0.len()));
        let mut changed = false;
        let (mut a, mut b) = (mine.iter().peekable(), other.0.iter().peekable());
        loop {
            let order = match (a.peek(), b.peek()) {
                (None, None) => break,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(x), Some(y)) => (x.0, x.1).cmp(&(y.0, y.1)),
            };
            match order {
                std::cmp::Ordering::Less => {
                    if let Some((object, cell, value)) = a.next() {
                        let mut value = value.clone();
                        changed |= value.join(&absent(*object, *cell));
                        all.push((*object, *cell, value));
                    }
                }
                std::cmp::Ordering::Greater => {
                    if let Some((object, cell, value)) = b.next() {
                        changed = true;
                        all.push((*object, *cell, value.joined(&absent(*object, *cell))));
                    }
                }
                std::cmp::Ordering::Equal => {
                    if let (Some((object, cell, value)), Some((.., other))) = (a.next(), b.next()) {
                        let mut value = value.clone();
                        changed |= value.join(other);
                        all.push((*object, *cell, value));
                    }
                }
            }
        }
        if changed {
            self.0 = Rc::new(all);
        }
        changed
    }
}
