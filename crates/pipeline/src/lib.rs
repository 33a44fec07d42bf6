//! The only place that knows the order of stages: input to record.
//!
//! [`scan()`] opens the input, takes the inventory, settles rights over the whole build, analyses the code of every package
//! on its own thread's stack, and puts one record together. [`Inspector`] goes back from evidence to instructions.
//!
//! Invariants: contains no analysis; results are put back in the order of the input, so the number of threads changes
//! nothing; one package's panic is a problem of that package.

pub mod across;
mod artifact;
pub mod derive;
pub mod flows;
pub mod inspect;
pub mod reuse;
pub mod scan;
pub mod sinks;
pub mod strings;

mod boot;
mod code;
mod inventory;
mod isolate;
mod native;
mod oat;
mod quick;
mod rights;
mod settings;
mod shape;

pub use flows::{FlowQuestion, flows};
pub use inspect::{Inspector, Line};
pub use overt_flow::Ends;
pub use reuse::Shelf;
pub use scan::{ScanError, ScanOptions, scan, scan_with};
pub use sinks::sinks;
pub use strings::strings;
