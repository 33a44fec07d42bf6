//! Behaviours of the catalogue held against a program: the only maker of findings.
//!
//! [`Index`] turns the catalogue's places around once a scan; [`analyse`] binds them to a package's linked code and
//! finds what Android can reach; [`finding`] words what follows, on the rung that was reached and no higher.
//!
//! Invariants: parses nothing; claims nothing without evidence; a behaviour is claimed only on a rung that its
//! catalogue file has words for.

pub mod endpoint;
pub mod entry;
pub mod facts;
pub mod finding;
pub mod index;
mod indicator;
pub mod join;
pub mod library;
pub mod occurrence;
pub mod outlet;
pub mod registered;
pub mod unit;

mod asked;
mod bound;
mod carrier;
pub mod climb;
pub mod concealed;
pub mod decided;
mod dispatch;
mod exposure;
mod guard;
mod home;
mod lax;
mod number;
pub mod order;
mod passage;
mod sentence;
mod service;
mod targeting;
mod waits;
mod withheld;

use overt_program::{Bodies, ClassTable, Reach};

pub use entry::{EntryKind, EntryPoint};
pub use facts::BuildProperties;
pub use finding::Findings;
pub use index::Index;
pub use library::LibraryKnowledge;
pub use occurrence::{Occurrence, Occurrences};
pub use unit::{Code, CodePlace, Unit};

/// What is learnt of a package's code before behaviours are held against it.
#[derive(Debug)]
pub struct Analysis {
    /// Bodies.
    pub bodies: Bodies,
    /// Places of the catalogue that occur.
    pub occurrences: Occurrences,
    /// What runs.
    pub reach: Reach,
}

/// Reads all bodies of `table` and finds what runs from `entries`.
#[must_use]
pub fn analyse(index: &Index<'_>, table: &ClassTable, entries: &[EntryPoint]) -> Analysis {
    let ancestors = overt_flow::Ancestors::new(table, index.catalogue);
    let bound = bound::Bound::new(index, table, &ancestors);
    let bodies = Bodies::read(table, &bound.interest);
    let occurrences = Occurrences::find(index, table, &bodies, &bound, &ancestors, entries);
    let roots: Vec<_> = entries.iter().map(|entry| entry.root.clone()).collect();
    let reach = Reach::compute(table, &bodies, &roots, &LibraryKnowledge::new(index.catalogue));
    Analysis { bodies, occurrences, reach }
}

/// What one package shows, and its halves of ways through more than one app: made together, they ask the code once.
#[must_use]
pub fn of_package(
    index: &Index<'_>,
    unit: &Unit<'_>,
    properties: BuildProperties,
) -> (Findings, outlet::Outlets) {
    let mut maker = finding::Maker::new(index, unit, properties);
    (finding::made_by(&mut maker), outlet::made_by(&mut maker))
}
