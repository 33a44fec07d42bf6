//! A flow from a source to a sink, as `overt flows` prints it: one line each.

use serde::{Deserialize, Serialize};

/// One end of a flow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FlowPlace {
    /// The input path as given; `path!inner` for what lies inside.
    pub apk: String,
    /// Package name.
    pub package: Option<String>,
    /// Class in which the statement stands, as a descriptor.
    pub class: String,
    /// Its method.
    pub method: String,
    /// The method's prototype.
    pub descriptor: String,
    /// Offset in code units.
    pub offset: u32,
    /// The method or field used there, or `parameter:N`.
    pub api: String,
    /// Kind of the source or sink: a word of the catalogue, or `listed`.
    pub kind: String,
}

/// One step of the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowStep {
    /// Class.
    pub class: String,
    /// Method.
    pub method: String,
    /// Offset in code units.
    pub offset: u32,
    /// What happens there.
    pub note: String,
}

/// A flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowLine {
    /// The source's input path.
    pub apk: String,
    /// Where the datum is handed out.
    pub source: FlowPlace,
    /// Where it leaves.
    pub sink: FlowPlace,
    /// The way.
    pub steps: Vec<FlowStep>,
    /// Channels it passes.
    pub via: Vec<String>,
    /// What was assumed on the way.
    pub assumptions: Vec<String>,
    /// Transformations it passes.
    pub transforms: Vec<String>,
    /// Only the way that control took tells the datum.
    pub implicit: bool,
}

/// What `overt flows` found in one input.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowList {
    /// Flows, in order.
    pub flows: Vec<FlowLine>,
    /// Methods analysed.
    pub methods: u64,
    /// Methods given up, with the reason.
    pub given_up: Vec<String>,
    /// What could not be looked at.
    pub problems: Vec<String>,
}
