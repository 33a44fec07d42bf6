//! Supertypes of classes of the platform, from the build's own boot class path where it is there, else from the catalogue.

use std::sync::Mutex;

use overt_catalogue::{Catalogue, EntryPoints};
use overt_program::{ClassTable, Sym};
use rustc_hash::{FxHashMap, FxHashSet};

/// All supertypes of classes by name, remembered.
#[derive(Debug)]
pub struct Ancestors<'a> {
    table: &'a ClassTable,
    entry_points: &'a EntryPoints,
    known: Mutex<FxHashMap<String, FxHashSet<String>>>,
}

impl<'a> Ancestors<'a> {
    /// Supertypes as `table` and `catalogue` know them.
    #[must_use]
    pub fn new(table: &'a ClassTable, catalogue: &'a Catalogue) -> Ancestors<'a> {
        Ancestors { table, entry_points: catalogue.entry_points(), known: Mutex::default() }
    }

    /// Is `class` the type `wanted` (a descriptor) or a subtype of it?
    #[must_use]
    pub fn is_a(&self, class: Sym, wanted: &str) -> bool {
        self.is_named(self.table.text(class), wanted)
    }

    /// The same by descriptor.
    #[must_use]
    pub fn is_named(&self, class: &str, wanted: &str) -> bool {
        if class == wanted {
            return true;
        }
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !known.contains_key(class) {
            let all = self.ancestors(class);
            known.insert(class.to_owned(), all);
        }
        known.get(class).is_some_and(|all| all.contains(wanted))
    }

    fn ancestors(&self, class: &str) -> FxHashSet<String> {
        let mut all: FxHashSet<String> = FxHashSet::default();
        let mut open: Vec<String> = match self.table.find(class) {
            Some(found) => {
                self.table.supertypes(found).into_iter().map(|s| self.table.text(s).to_owned()).collect()
            }
            None => vec![class.to_owned()],
        };
        while let Some(next) = open.pop() {
            if all.contains(&next) {
                continue;
            }
            open.extend(self.entry_points.ancestry(&next).into_iter().skip(1).map(str::to_owned));
            all.insert(next);
        }
        all
    }
}
