//! What the analysis of one app yields: flows from sources to sinks, in order.

use overt_program::MethodId;

use crate::object::Place;
use crate::session::Statistics;
use crate::trace::Step;
use crate::value::Marks;

/// One end of a flow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlowEnd {
    /// The instruction; of a parameter of a callback, the method's start.
    pub place: Place,
    /// Number of the source or sink among the ends.
    pub end: u32,
    /// The method or field that is used there, or `parameter:N`.
    pub api: String,
}

/// A datum that goes from a source to a sink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// Where it is handed out.
    pub source: FlowEnd,
    /// Where it leaves.
    pub sink: FlowEnd,
    /// What happened on the way: bits of [`crate::value::mark`].
    pub marks: Marks,
    /// The way, from source to sink.
    pub steps: Vec<Step>,
    /// Where it goes to: addresses of which parts may not be known ([`crate::value::HOLE`]), sorted.
    pub addresses: Vec<String>,
    /// Entries (by position in the list given) from which the code that joins both runs.
    pub entries: Vec<u32>,
}

/// A method without a model, or without a known implementation, through which data of flows was assumed to pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmodelled {
    /// The method.
    pub api: String,
    /// Flows whose way shows it.
    pub flows: u64,
    /// Calls of it on those ways.
    pub sites: u64,
    /// The app itself declares it: no implementation of it is known to run.
    pub own: bool,
}

/// All flows of one app.
#[derive(Debug, Default)]
pub struct AppFlows {
    /// Sorted by source and sink place.
    pub flows: Vec<Flow>,
    /// What is put into channels, sorted.
    pub puts: Vec<crate::channel::Put>,
    /// What comes out of channels and reaches a sink.
    pub taken: Vec<crate::channel::Taken>,
    /// Who started whom for a result: name of the component, and whom as the channel of its Intent names it; sorted.
    pub asked: Vec<(String, String)>,
    /// Receivers that code registers, sorted.
    pub registered: Vec<crate::registered::Registered>,
    /// What the analysis cost and what it gave up.
    pub statistics: Statistics,
    /// Methods of the app that were analysed.
    pub methods: Vec<MethodId>,
    /// What a model would settle, by name.
    pub unmodelled: Vec<Unmodelled>,
}
