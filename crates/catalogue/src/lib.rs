//! Loads, validates and lints the knowledge: data, effects, channels, entry points, triggers, behaviours,
//! indicators, and models of library methods.
//!
//! The knowledge itself is the folder `/catalogue` of the repository; this crate gives it types. One file a noun, the path
//! is the name. Class names are DEX descriptors once loaded.
//!
//! Invariants: knows no program and no finding; never changes what was loaded; iterates in sorted order; a file with a
//! mistake is refused with file, line, column and the word that was probably meant, and never half used.

mod access;
mod behaviour;
mod catalogue;
mod descriptor;
pub mod document;
mod entry;
mod entrypoint;
mod error;
mod gate;
mod indicator;
pub mod lint;
pub mod model;
mod neighbour;
mod place;
mod platform;
mod read;
mod trigger;
mod vocabulary;
mod withheld;

pub use access::{AccessMethod, NamedConstant};
pub use behaviour::{Behaviour, IndicatorKind, Match, Shift, Status};
pub use catalogue::{Catalogue, LoadError};
pub use descriptor::class_name;
pub use entry::{ChannelEntry, DataEntry, EffectEntry, Owner};
pub use entrypoint::{Alive, Called, CalledMethod, EntryPointClass, EntryPoints};
pub use error::{CatalogueError, CatalogueErrors};
pub use gate::{GateRule, GateSign, GateWord};
pub use indicator::Indicator;
pub use model::{Model, Models};
pub use place::{
    Access, Body, Condition, Constant, MethodSelector, NamedSelector, Naming, Noise, Place, PlaceId, Port,
    Selector, Test,
};
pub use platform::Platform;
pub use trigger::{TriggerRule, TriggerSign, TriggerWord, Unit};
pub use vocabulary::{Fact, Scheme, Subject, Vocabulary};
pub use withheld::Withheld;
