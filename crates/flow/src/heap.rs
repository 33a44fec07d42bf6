//! What objects hold at one point of a method.

use std::rc::Rc;

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
        let length = self.cells[start..].partition_point(|(o, ..)| *o == object);
        &self.cells[start..start + length]
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

    /// Objects from which a cell with data may be reached, by number; those beyond the end are not.
    #[must_use]
    pub fn with_data(&self) -> Vec<bool> {
        /// Chains of references longer than this many turns of direction are not followed: all are taken.
        const MOST: usize = 24;
        let last = self.cells.last().map_or(0, |(object, ..)| object.index() + 1);
        let mut found = vec![false; last];
        // Only cells with references have to be asked more than once.
        let mut open: Vec<(ObjectId, &[ObjectId])> = Vec::new();
        for (object, _, value) in self.cells.iter() {
            if found[object.index()] {
                continue;
            }
            if !value.data.is_empty() {
                found[object.index()] = true;
            } else if !value.objects.is_empty() {
                open.push((*object, &value.objects));
            }
        }
        for turn in 0..MOST {
            let mut grew = false;
            let mut visit = |(object, inner): &(ObjectId, &[ObjectId])| {
                if found[object.index()] {
                    return false;
                }
                if inner.iter().any(|one| found.get(one.index()).copied().unwrap_or(false)) {
                    found[object.index()] = true;
                    grew = true;
                    return false;
                }
                true
            };
            if turn % 2 == 0 {
                open.retain(&mut visit);
            } else {
                for edge in open.iter().rev() {
                    visit(edge);
                }
            }
            if !grew {
                return found;
            }
        }
        vec![true; last]
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
                && x.0 == y.0
                && x.1 == y.1
                && x.2.is_shared_with(&y.2)
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
