//! A flow from a source to a sink, as `overt flows` prints it: one line each.

use std::collections::BTreeMap;

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

/// A method that flows were assumed to pass, for it has no model: one of it would settle them. Where the app itself declares
/// it, no implementation of it is known to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmodelled {
    /// The method, `Lp/C;->m(I)V`.
    pub api: String,
    /// Flows whose way shows it.
    pub flows: u64,
    /// Calls of it on those ways.
    pub sites: u64,
    /// The app itself declares it.
    pub own: bool,
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
    /// Library methods without a model on the way, most frequent first.
    pub unmodelled: Vec<Unmodelled>,
    /// What could not be looked at.
    pub problems: Vec<String>,
}

impl FlowList {
    /// Adds what was found in another input.
    pub fn extend(&mut self, other: FlowList) {
        self.flows.extend(other.flows);
        self.methods += other.methods;
        self.given_up.extend(other.given_up);
        self.problems.extend(other.problems);
        self.count_unmodelled(other.unmodelled);
    }

    /// Adds to the count of methods without a model; the most frequent come first, equals by name.
    pub fn count_unmodelled(&mut self, more: Vec<Unmodelled>) {
        let mut counts: BTreeMap<(String, bool), (u64, u64)> = BTreeMap::new();
        for one in self.unmodelled.drain(..).chain(more) {
            let (flows, sites) = counts.entry((one.api, one.own)).or_default();
            *flows += one.flows;
            *sites += one.sites;
        }
        self.unmodelled = (counts.into_iter())
            .map(|((api, own), (flows, sites))| Unmodelled { api, flows, sites, own })
            .collect();
        // A stable sort: equals stay in the order of their names.
        self.unmodelled.sort_by_key(|one| std::cmp::Reverse((one.flows, one.sites)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unmodelled(api: &str, flows: u64) -> Unmodelled {
        Unmodelled { api: api.to_owned(), flows, sites: 1, own: false }
    }

    #[test]
    fn methods_without_a_model_are_counted_over_inputs() {
        let mut list = FlowList::default();
        let one = FlowList {
            unmodelled: vec![unmodelled("a", 1), unmodelled("b", 2)],
            methods: 3,
            ..FlowList::default()
        };
        list.extend(one.clone());
        list.extend(FlowList { unmodelled: vec![unmodelled("a", 1), unmodelled("c", 9)], ..one });
        let names: Vec<(&str, u64)> = list.unmodelled.iter().map(|one| (&*one.api, one.flows)).collect();
        assert_eq!(names, [("c", 9), ("a", 2), ("b", 2)]);
        assert_eq!(list.methods, 6);
    }
}
