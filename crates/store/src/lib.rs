//! Keeps records: builds, findings, sources, in one SQLite file.
//!
//! Invariants: a record comes back byte for byte as it went in; one record is one transaction, so a scan that is killed
//! leaves the store as it was; where the input lay on this machine is known here and nowhere else; what a record
//! means is not interpreted here.
//!
//! The records are the truth. The tables of packages and findings beside them are an index, made from the records and
//! good for questions over many builds.

mod build;
mod elsewhere;
mod error;
mod finding;
mod history;
mod insert;
mod location;
mod over_time;
mod record_file;
mod resolve;
mod schema;
mod shelf;
mod store;

pub use build::Build;
pub use elsewhere::{Code, Search};
pub use error::{Error, Result};
pub use finding::{Identity, Occurrence};
pub use location::default_path;
pub use record_file::read as read_record_file;
pub use resolve::{Origin, Resolved, resolve};
pub use schema::VERSION;
pub use shelf::Shelf;
pub use store::Store;
