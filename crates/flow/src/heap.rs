//! What objects hold at one point of a method.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::object::{Cell, ObjectId};
use crate::value::Value;

/// Cells with known contents, sorted by object and cell. What a cell that is not here holds depends on its object:
/// a port's is what the caller has there, a new object's is nothing or zero.
#[derive(Debug, Clone, Default)]
pub struct Heap {
    cells: Rc<Vec<(ObjectId, Cell, Value)>>,
    /// Changes with every change, so that what was derived from a heap can be known to be old without keeping a copy.
    version: u64,
}

/// One state of one heap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version(u64);

thread_local! {
    static LAST: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

fn next_version() -> u64 {
    LAST.with(|last| {
        last.set(last.get() + 1);
        last.get()
    })
}

impl PartialEq for Heap {
    fn eq(&self, other: &Heap) -> bool {
        Rc::ptr_eq(&self.cells, &other.cells) || self.cells == other.cells
    }
}

impl Heap {
    fn find(&self, object: ObjectId, cell: Cell) -> Result<usize, usize> {
        self.cells.binary_search_by(|(o, c, _)| (*o, *c).cmp(&(object, cell)))
    }

    /// What a cell holds, where that is known.
    #[must_use]
    pub fn get(&self, object: ObjectId, cell: Cell) -> Option<&Value> {
        self.find(object, cell).ok().map(|at| &self.cells[at].2)
    }

    /// Replaces what a cell holds.
    pub fn set(&mut self, object: ObjectId, cell: Cell, value: Value) {
        match self.find(object, cell) {
            Ok(at) => {
                if self.cells[at].2 != value {
                    self.changed()[at].2 = value;
                }
            }
            Err(at) => self.changed().insert(at, (object, cell, value)),
        }
    }

    /// Forgets a cell.
    pub fn remove(&mut self, object: ObjectId, cell: Cell) {
        if let Ok(at) = self.find(object, cell) {
            self.changed().remove(at);
        }
    }

    /// All cells of an object.
    #[must_use]
    pub fn of(&self, object: ObjectId) -> &[(ObjectId, Cell, Value)] {
        let start = self.cells.partition_point(|(o, ..)| *o < object);
        let rest = &self.cells[start..];
        // Few objects have many cells.
        let length = match rest.get(8) {
            Some((o, ..)) if *o == object => rest.partition_point(|(o, ..)| *o == object),
            _ => rest.iter().take_while(|(o, ..)| *o == object).count(),
        };
        &rest[..length]
    }

    /// All cells.
    #[must_use]
    pub fn all(&self) -> &[(ObjectId, Cell, Value)] {
        &self.cells
    }

    /// Equal versions: equal contents.
    #[must_use]
    pub fn version(&self) -> Version {
        Version(self.version)
    }

    fn changed(&mut self) -> &mut Vec<(ObjectId, Cell, Value)> {
        self.version = next_version();
        Rc::make_mut(&mut self.cells)
    }

    /// Can a cell with data be reached from an object? `known` keeps answers for this heap.
    #[must_use]
    pub fn reaches_data(&self, object: ObjectId, known: &mut FxHashMap<ObjectId, bool>) -> bool {
        if let Some(known) = known.get(&object) {
            return *known;
        }
        // Each with the number of the one from which it was reached.
        let mut open = vec![(object, 0)];
        let mut seen = FxHashSet::from_iter([object]);
        let mut next = 0;
        while let Some((at, _)) = open.get(next).copied() {
            for (_, _, value) in self.of(at) {
                let found = !value.data.is_empty()
                    || value.objects.iter().any(|inner| known.get(inner).copied().unwrap_or(false));
                if found {
                    // So it can from all on the way there.
                    let mut back = next;
                    loop {
                        let (one, from) = open[back];
                        known.insert(one, true);
                        if back == 0 {
                            return true;
                        }
                        back = from;
                    }
                }
                for inner in &value.objects {
                    if !known.contains_key(inner) && seen.insert(*inner) {
                        open.push((*inner, next));
                    }
                }
            }
            next += 1;
        }
        known.extend(open.into_iter().map(|(one, _)| (one, false)));
        false
    }

    /// Forgets the cells of objects that `keep` refuses.
    pub fn retain(&mut self, mut keep: impl FnMut(ObjectId) -> bool) {
        if self.cells.iter().any(|(object, ..)| !keep(*object)) {
            self.changed().retain(|(object, ..)| keep(*object));
        }
    }

    /// Joins another heap of the same method into this one. `absent` says what a cell holds on the side where it is not
    /// known. Says whether anything changed.
    pub fn join(&mut self, other: &Heap, mut absent: impl FnMut(ObjectId, Cell) -> Value) -> bool {
        if Rc::ptr_eq(&self.cells, &other.cells) {
            return false;
        }
        let (mine, theirs) = (&self.cells, &other.cells);
        // Mostly nothing changes: the joined cells are only written out from the first change on.
        let mut joined: Option<Vec<(ObjectId, Cell, Value)>> = None;
        let (mut a, mut b) = (0, 0);
        loop {
            let (x, y) = (mine.get(a), theirs.get(b));
            // Most cells hold the very same value on both sides.
            if let (Some(x), Some(y)) = (x, y)
                && x.2.is_shared_with(&y.2)
                && x.0 == y.0
                && x.1 == y.1
            {
                if let Some(all) = &mut joined {
                    all.push(x.clone());
                }
                a += 1;
                b += 1;
                continue;
            }
            let order = match (x, y) {
                (None, None) => break,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(x), Some(y)) => (x.0, x.1).cmp(&(y.0, y.1)),
            };
            let (cell, changed) = match (order, x, y) {
                (std::cmp::Ordering::Less, Some((object, cell, value)), _) => {
                    let mut value = value.clone();
                    let changed = value.join(&absent(*object, *cell));
                    ((*object, *cell, value), changed)
                }
                (std::cmp::Ordering::Greater, _, Some((object, cell, value))) => {
                    ((*object, *cell, value.joined(&absent(*object, *cell))), true)
                }
                (_, Some((object, cell, value)), Some((.., other))) => {
                    let mut value = value.clone();
                    let changed = value.join(other);
                    ((*object, *cell, value), changed)
                }
                _ => break,
            };
            if changed && joined.is_none() {
                let mut all = Vec::with_capacity(mine.len().max(theirs.len()) + 1);
                all.extend_from_slice(&mine[..a]);
                joined = Some(all);
            }
            if let Some(all) = &mut joined {
                all.push(cell);
            }
            a += usize::from(order != std::cmp::Ordering::Greater);
            b += usize::from(order != std::cmp::Ordering::Less);
        }
        let changed = joined.is_some();
        if let Some(all) = joined {
            self.version = next_version();
            self.cells = Rc::new(all);
        }
        changed
    }
}
