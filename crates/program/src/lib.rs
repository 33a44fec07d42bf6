//! The linked whole program of one package: classes, hierarchy, what each body does, what Android can reach.
//!
//! A [`ClassTable`] links DEX files into program-wide classes and methods; a package's table has the boot class
//! path's table as parent. [`body`] reads every method once into compact facts; [`reach`] finds what runs, from
//! roots that the caller names, and by which chain of calls.
//!
//! Invariants: knows no data kind, effect or severity; reads no file; an index of one DEX never indexes another
//! (only [`classes`] turns file-local indices into program-wide ids).

mod asked;
pub mod body;
pub mod classes;
pub mod graph;
pub mod hierarchy;
pub mod ir;
pub mod names;
pub mod reach;
pub mod shape;

pub use body::{Argument, Bodies, Body, Interest, Site, SiteKind};
pub use classes::{Class, ClassId, ClassTable, Method, MethodId};
pub use graph::Hop;
pub use names::{Names, Sym};
pub use reach::{Knowledge, LibraryCall, Reach, Root};
