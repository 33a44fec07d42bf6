//! Signed envelopes: DSSE (Dead Simple Signing Envelope, protocol version 1) with Ed25519 signatures, and the keys for them.
//!
//! *Invariants*: nothing of a payload is given out before a signature of a trusted key holds over all of it and its type; an
//! envelope that is not understood is refused, never passed; draws no random numbers and reads no file (seeds come from the
//! caller); knows no clock.
//!
//! Map: [`key`] the keys and their files, [`envelope`] what is signed.

#![forbid(unsafe_code)]

pub mod envelope;
pub mod key;

pub use envelope::{Envelope, Opened, Refused};
pub use key::{PrivateKey, PublicKey};
