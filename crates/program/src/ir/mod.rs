//! Bodies for data-flow analysis: instructions over registers, cut into blocks, with the edges of control.
//!
//! A [`Body`] keeps the registers of the DEX ("Dalvik bytecode": registers are 32 bits wide, wide values take a pair of
//! which only the first is named here). Which registers a block still needs is known ([`Body::live`]), so that values
//! kept a program point are those that a pruned SSA form would keep, without its copies.
//!
//! Invariants: every instruction belongs to exactly one block; an instruction that can throw inside a `try` stands
//! first in its block, so that its handlers see the registers as they were before it; damaged code ends the body with
//! [`Operation::Stop`] and [`Body::cut`] says why.

mod blocks;
mod definitions;
mod live;
mod lower;
mod operation;
mod regions;

#[cfg(test)]
mod tests;

pub use blocks::{Block, BlockId, Body, Handler};
pub use definitions::{Definition, Definitions};
pub use lower::{blocks, lower};
pub use operation::{Arithmetic, Comparison, Instruction, InvokeKind, Literal, Operation, Register};
pub use regions::Regions;
