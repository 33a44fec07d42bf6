//! Where an app connects to, call by call, as `overt strings --sinks` prints it: one line each.

use serde::{Deserialize, Serialize};

/// Why an address is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnknownPart {
    /// `given by a caller`, `given by a server`, `given by the user`, `kept in a setting, database or file`,
    /// `given by the device`, `reached by no code`, or `not followed`.
    pub giver: String,
    /// What was met there: the key under which it was asked for, else as a rule the name of a method.
    pub at: String,
    /// Where it comes in from outside the app's code; `None` where the walk did not get there, and `giver` is told from
    /// what was met alone.
    pub source: Option<UnknownSource>,
}

/// Where an address that the code does not decide comes in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnknownSource {
    /// Class of the method.
    pub class: String,
    /// The method.
    pub method: String,
    /// Its prototype.
    pub descriptor: String,
    /// Offset of the call in code units; `None`: the platform calls the method and hands it over.
    pub offset: Option<u32>,
    /// What is called, or which method of the platform is implemented.
    pub api: String,
    /// Of a server's answer: hosts that may have been asked, as far as they are known.
    pub hosts: Vec<String>,
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
    /// Hosts that it may connect to, in the order of the addresses: of a list that the code goes through, its own.
    pub hosts: Vec<String>,
    /// Methods of HTTP with which it asks (`GET`, `POST`), as far as the code tells.
    #[serde(default)]
    pub requests: Vec<String>,
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
