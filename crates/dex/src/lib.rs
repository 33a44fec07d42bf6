//! DEX tables, code items and instructions, zero-copy and lazy.
//!
//! [`DexFile::parse`] looks at the header only; everything else is read when it is asked for, from the bytes themselves.
//!
//! *Invariants.* Never panics, whatever the bytes. Never trusts a count or an offset. Never refuses a file for its
//! checksum or signature: code embedded in OAT files fails its own, and so does code that was altered. Never shifts an
//! index: a slot that cannot be read stays a slot, and says [`Bad`]. Knows no name of any Android class or API. Knows
//! nothing of APKs, OAT or VDEX.
//!
//! | module | noun |
//! |---|---|
//! | `file` | [`DexFile`]: header and tables |
//! | `class` | class definitions and their members |
//! | `code` | code items, tries, payloads, line numbers |
//! | `insn`, `op`, `format` | instructions |
//! | `value` | encoded values, annotations |
//! | `mutf8` | text |

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod bad;
mod class;
mod code;
mod debug;
mod display;
mod file;
mod format;
mod insn;
pub mod mutf8;
mod op;
mod payload;
mod proto;
mod value;

pub use bad::{Bad, NotDex};
pub use class::{ClassData, ClassDef, EncodedField, EncodedMethod, NO_INDEX};
pub use code::{Code, Instructions, Try};
pub use debug::{LineNumber, Local};
pub use display::Display;
pub use file::{CallSite, DexFile, FieldRef, MethodHandle, MethodRef};
pub use format::{Format, IndexKind};
pub use insn::{Args, Insn};
pub use op::Op;
pub use payload::{ArrayPayload, SwitchCase};
pub use proto::{Proto, TypeList};
pub use value::{Annotation, AnnotationItem, Annotations, Value};

overt_base::id! {
    /// A position in the string table.
    pub struct StringIdx(u32);
    /// A position in the type table.
    pub struct TypeIdx(u32);
    /// A position in the prototype table.
    pub struct ProtoIdx(u32);
    /// A position in the field table.
    pub struct FieldIdx(u32);
    /// A position in the method table.
    pub struct MethodIdx(u32);
}
