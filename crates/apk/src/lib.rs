//! A package as Android sees it: manifest, resources, signatures, role.
//!
//! *Invariants.* Reads bytes that were given to it and nothing else; judges nothing but signatures; knows no
//! catalogue and no other package. Attributes of a manifest are found by their resource id, as Android finds
//! them, so a manifest without names reads the same. Every count of the input is cut to what the input can hold.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

pub mod apk;
pub mod attribute;
pub mod binary_xml;
pub mod layout;
pub mod manifest;
pub mod network_config;
pub mod resource_table;
pub mod signing;
pub mod string_pool;
pub mod value;
pub mod xml;
