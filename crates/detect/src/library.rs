//! What is known of library classes: from the build's own boot class path where it is there, else from the catalogue.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use overt_catalogue::{Called, Catalogue, EntryPoints};
use overt_program::{ClassTable, Knowledge, LibraryCall, Sym};

/// The catalogue's entry points as knowledge for reachability.
#[derive(Debug)]
pub struct LibraryKnowledge<'c> {
    entry_points: &'c EntryPoints,
}

impl<'c> LibraryKnowledge<'c> {
    /// Knowledge from `catalogue`.
    #[must_use]
    pub fn new(catalogue: &'c Catalogue) -> LibraryKnowledge<'c> {
        LibraryKnowledge { entry_points: catalogue.entry_points() }
    }
}

impl Knowledge for LibraryKnowledge<'_> {
    fn calls(&self, class: &str, name: &str, proto: &str) -> LibraryCall {
        match self.entry_points.calls(class, name, proto) {
            Called::Yes => LibraryCall::Called,
            Called::No => LibraryCall::NotCalled,
            Called::Unknown => LibraryCall::Unknown,
        }
    }
}

/// All supertypes of library classes by name, remembered.
#[derive(Debug)]
pub(crate) struct Ancestors<'a> {
    table: &'a ClassTable,
    entry_points: &'a EntryPoints,
    known: Mutex<BTreeMap<String, BTreeSet<String>>>,
}

impl<'a> Ancestors<'a> {
    pub(crate) fn new(table: &'a ClassTable, catalogue: &'a Catalogue) -> Ancestors<'a> {
        Ancestors { table, entry_points: catalogue.entry_points(), known: Mutex::default() }
    }

    /// Is `class` the type `wanted` or a subtype of it?
    pub(crate) fn is_a(&self, class: Sym, wanted: &str) -> bool {
        let text = self.table.text(class);
        if text == wanted {
            return true;
        }
        let mut known = self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !known.contains_key(text) {
            let all = self.ancestors(class);
            known.insert(text.to_owned(), all);
        }
        known.get(text).is_some_and(|all| all.contains(wanted))
    }

    fn ancestors(&self, class: Sym) -> BTreeSet<String> {
        let mut all: BTreeSet<String> = BTreeSet::new();
        let mut open: Vec<String> = match self.table.class_named(class) {
            Some(found) => {
                self.table.supertypes(found).into_iter().map(|s| self.table.text(s).to_owned()).collect()
            }
            None => vec![self.table.text(class).to_owned()],
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
