//! The data-flow engine: where data of one app goes, proved step by step over its whole program.
//!
//! Each method is analysed for itself ([`session`]): registers and heap hold abstract values ([`value`]) over abstract
//! objects ([`object`]), what the caller has is named by *ports*, and the outcome is a summary ([`summary`]) that every
//! caller applies to its own state. Where a summary depends on a class or a constant that the caller knows, it says so
//! ("wishes"), and the method is analysed once more for such callers. What the platform does is data of the catalogue
//! ([`overt_catalogue::model`]). [`driver`] plays Android: it makes components, calls their methods in every order that
//! their life allows, delivers Intents and calls registered listeners until nothing new happens.
//!
//! Invariants: words nothing; reads no file; knows a kind of data only as the number of an end; results depend on the
//! input and the budgets alone, never on time or order of threads.

pub mod ancestry;
pub mod channel;
pub mod driver;
pub mod ends;
pub mod flow;
pub mod heap;
pub mod intrinsic;
pub mod object;
pub mod reference;
pub mod registered;
pub mod session;
pub mod summary;
pub mod template;
pub mod text;
pub mod trace;
pub mod value;

mod address;
mod call;
mod coarse;
mod effect;
mod field;
mod frame;
mod holds;
mod library;
mod mapped;
mod meant;
mod numeric;
mod outcome;
mod rows;
mod sql;
mod step;
mod ways;
mod write;

pub use ancestry::Ancestors;
pub use driver::{Entry, Life, analyse};
pub use ends::{End, Ends, Label};
pub use flow::{AppFlows, Flow};
