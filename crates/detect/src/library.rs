//! What is known of library classes: from the build's own boot class path where it is there, else from the catalogue.

use overt_catalogue::{Called, Catalogue, EntryPoints};
use overt_program::{Knowledge, LibraryCall};

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
