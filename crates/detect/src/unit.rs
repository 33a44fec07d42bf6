//! What `detect` is given for one package: everything the stages before it found out.

use std::collections::BTreeSet;

use overt_apk::manifest::Manifest;
use overt_apk::network_config::NetworkConfig;
use overt_base::Limits;
use overt_program::{Bodies, ClassTable, Reach};
use overt_record::{Build, Package};

use crate::entry::{EntryPoint, LevelOf};
use crate::occurrence::Occurrences;

/// Where the code of one DEX of the table lies.
#[derive(Debug, Clone)]
pub struct CodePlace {
    /// The chain from the input to the DEX.
    pub locus: String,
    /// SHA-256 of the DEX.
    pub sha256: String,
}

/// A package's code after linking and reachability.
#[derive(Clone, Copy)]
pub struct Code<'a> {
    /// Classes and methods.
    pub table: &'a ClassTable,
    /// Bodies.
    pub bodies: &'a Bodies,
    /// Where Android enters; the same order as the roots given to `reach`.
    pub entries: &'a [EntryPoint],
    /// What runs.
    pub reach: &'a Reach,
    /// What the catalogue knows of it.
    pub occurrences: &'a Occurrences,
    /// Where each DEX lies.
    pub places: &'a [CodePlace],
    /// Where data goes; `None` at depth capability.
    pub flows: Option<crate::climb::Flows<'a>>,
    /// What its code conceals; `None` at depth capability.
    pub concealed: Option<&'a crate::concealed::Concealed>,
}

/// One package.
#[derive(Clone, Copy)]
pub struct Unit<'a> {
    /// The package entry of the record, complete but for findings.
    pub package: &'a Package,
    /// A name for the package that the next build keeps: the package name, or the folder of code without a manifest.
    pub identity: &'a str,
    /// Its manifest.
    pub manifest: Option<&'a Manifest>,
    /// Where the manifest lies.
    pub manifest_locus: &'a str,
    /// Its network security configuration, with the place of the file.
    pub network_config: Option<(&'a NetworkConfig, &'a str)>,
    /// Its code; `None` at depth inventory and for packages without code.
    pub code: Option<Code<'a>>,
    /// Permissions the package holds or may ask the owner for.
    pub permissions: &'a BTreeSet<String>,
    /// Runs as root or the system's user, to whom Android denies nothing.
    pub holds_all: bool,
    /// Packages of its shared user may be missing from the input: the user may hold more than is known.
    pub user_in_part: bool,
    /// Broadcasts that only the system may send.
    pub protected: &'a BTreeSet<String>,
    /// Protection levels over the build.
    pub level_of: &'a LevelOf<'a>,
    /// The build.
    pub build: &'a Build,
    /// Budgets of what is printed.
    pub limits: &'a Limits,
}
