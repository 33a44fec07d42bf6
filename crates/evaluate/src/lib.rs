//! A sandbox that runs an app's own code on what it holds: concealed strings, keys and addresses come out.
//!
//! The [`machine`] interprets the bodies of [`overt_program::ir`] with exact arithmetic ([`arithmetic`]); the platform's
//! methods that work on values are models ([`library`], a file a family). What a device, a server or a caller would
//! know is a *hole* with a name: it goes through strings as `‹name›`, and control never branches on it unnoticed.
//! [`Sandbox::evaluate_call`] runs one call on known arguments; [`strings`] explores every method of an app for every
//! way through it and notes the strings that come out, with the decoder, cipher and key that made them.
//!
//! Invariants: nothing outside the app is read, written or asked, also no clock; every loop and allocation is paid for
//! from a [`Budget`], and hostile code ends in a named outcome; the same app and budget give the same answer; calls of
//! the app's methods take frames of the machine, not of our own stack.

#![forbid(unsafe_code)]

pub mod arithmetic;
pub mod budget;
pub mod charset;
pub mod cipher;
pub mod form;
pub mod hash;
pub mod heap;
pub mod hierarchy;
pub mod library;
pub mod linkage;
pub mod machine;
pub mod observe;
pub mod origin;
pub mod recover;
pub mod resources;
pub mod sandbox;
pub mod text;
pub mod value;
pub mod whence;

mod access;
mod explore;
mod invoke;

pub use budget::{Budget, Exhausted};
pub use form::Use;
pub use recover::{How, Recovered, Strings, strings, strings_of};
pub use resources::{NoResources, Resources};
pub use sandbox::{Evaluation, Outcome, Plain, Sandbox};
