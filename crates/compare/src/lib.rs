//! Compares records: what changed, what is the same code under another name, and what cannot be said.
//!
//! Invariants: works on records alone; *gone* and *new* need evidence of absence on the other side, else the row says
//! *unknown* and why; what only one record knows because it was made otherwise is never called a change of the firmware;
//! a comparison seen from the other side is the same comparison.
//!
//! Map: [`fn@diff`] makes the rows, [`pairing`] says which packages belong together, [`absence`] what it takes to call a
//! thing absent, `findings` the changes of behaviours, `inventory` those of packages and files.

pub mod absence;
mod diff;
mod findings;
mod inventory;
mod knowledge;
pub mod likeness;
mod order;
pub mod pairing;
mod same;
mod summary;

pub use diff::{Named, diff, diff_packages};
pub use knowledge::Knowledge;
