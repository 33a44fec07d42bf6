//! Where an app connects to, call by call, as `overt strings --sinks` prints it: one line each.

use serde::{Deserialize, Serialize};

/// Why an address is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnknownPart {
    /// `given by a caller`, `given by a server`, `given by the user`, `kept in a setting, database or file`,
    /// `given by the device`, or `not followed`.
    pub giver: String,
    /// What was met there, as a rule the name of a method.
    pub at: String,
}

/// A call that takes or determines an address on the network.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SinkLine {
    /// The input path as given; `path!inner` for what lies inside.
    pub apk: String,
    /// Package name.
    pub package: Option<String>,
    /// Class in which the call stands, as a descriptor.
    pub class: String,
    /// Its method.
    pub method: String,
    /// The method's prototype.
    pub descriptor: String,
    /// Offset in code units.
    pub offset: u32,
    /// What is called.
    pub api: String,
    /// `known`: each address names its host; `partly`: some do; `unknown`: none does; `local`: none leaves the device.
    pub state: String,
    /// Hosts that it may connect to.
    pub hosts: Vec<String>,
    /// Addresses that it may be given; parts that are not known stand as `‹what›`.
    pub addresses: Vec<String>,
    /// Why there may be others, or why none is known.
    pub unknown: Vec<UnknownPart>,
}

/// What `overt strings --sinks` found in one input.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinkList {
    /// Calls that entry points reach, in the order of apps and places.
    pub sinks: Vec<SinkLine>,
    /// What could not be looked at.
    pub problems: Vec<String>,
}
