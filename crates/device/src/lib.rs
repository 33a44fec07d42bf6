//! The phone around the packages: properties, init services, permissions, uids, native executables.
//!
//! Invariants: executes nothing and reads no file of the host; every input is hostile, so parsers never panic, follow no
//! cycle and stop at the limits of [`overt_base::Limits`] with a problem; what a build does not say is `None`, never a guess
//! (a rule that has to assume something says so in its result); results do not depend on the order of the input.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::arithmetic_side_effects
    )
)]
#![cfg_attr(test, allow(clippy::print_stdout, clippy::print_stderr))]

pub mod file;
pub mod grants;
pub mod identity;
pub mod init;
pub mod native;
pub mod partition;
pub mod permission;
pub mod platform_key;
pub mod properties;
pub mod rights;
pub mod sysconfig;
#[cfg(test)]
pub(crate) mod testing;
pub mod uid;

pub use file::{File, Files};
pub use grants::{Granted, Policy, Refused, Rights, grants};
pub use init::Init;
pub use partition::Role;
pub use permission::{Level, Permissions};
pub use platform_key::PlatformKey;
pub use properties::Properties;
pub use rights::PackageRights;
pub use sysconfig::SystemConfig;
