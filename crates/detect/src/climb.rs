//! From capability to flow: a datum that the code can read is shown to go to a network.

use std::collections::BTreeSet;

use overt_catalogue::Behaviour;
use overt_evaluate::Recovered;
use overt_evaluate::whence::{Call, Sink};
use overt_flow::flow::Flow;
use overt_flow::object::Place;
use overt_flow::trace::Note;
use overt_flow::value::{HOLE, mark};
use overt_flow::{AppFlows, Ends};
use overt_program::MethodId;
use overt_record::evidence::{Evidence, Role};
use overt_record::finding::{Assumption, Endpoint, Finding, How, Transform};
use overt_record::words::{Confidence, Rung, Via};

use crate::decided::Decided;

/// What the data-flow analysis of a package found.
#[derive(Clone, Copy)]
pub struct Flows<'a> {
    /// The sources and sinks it knew.
    pub ends: &'a Ends,
    /// What it found.
    pub found: &'a AppFlows,
    /// What evaluation recovered of the package's strings.
    pub recovered: &'a [Recovered],
    /// Addresses that calls are given, for sinks whose flows do not tell it.
    pub sinks: &'a [Sink],
    /// For each entry as the analysis numbers them, its position among the package's entry points.
    pub played: &'a [usize],
    /// Comparisons behind which an effect happens.
    pub decided: &'a Decided,
}

/// The part of an address that names the host, where no hole touches it.
fn authority(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://").unwrap_or(("", address));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    rest.get(..end).filter(|authority| !authority.contains(HOLE))
}

/// Kinds of sinks at which data leaves for another computer.
pub(crate) const AWAY: &[&str] = &["network"];

/// Marks with which a way proves nothing: contract, "assumptions".
pub(crate) const UNPROVED: u32 = mark::HAVOC | mark::UNRESOLVED_KEY | mark::IMPLICIT;

impl<'a> Flows<'a> {
    /// The flows that show this behaviour's datum leaving, best first: with the fewest assumptions, with a known address,
    /// the shortest.
    fn proved(&self, behaviour: &Behaviour) -> Vec<&'a Flow> {
        let wanted = |flow: &&Flow| {
            let (Some(source), Some(sink)) = (
                self.ends.sources.get(flow.source.end as usize),
                self.ends.sinks.get(flow.sink.end as usize),
            ) else {
                return false;
            };
            behaviour.matches.data.contains(&source.kind)
                && AWAY.contains(&sink.kind.as_str())
                && flow.marks & UNPROVED == 0
        };
        let mut all: Vec<&Flow> = self.found.flows.iter().filter(wanted).collect();
        all.sort_by_cached_key(|flow| {
            let assumed = mark::words(flow.marks, mark::ASSUMPTIONS).count();
            let nowhere = self.endpoints(&flow.addresses, flow.sink.place).is_empty();
            (assumed, nowhere, flow.steps.len(), flow.source.place, flow.sink.place)
        });
        all
    }
}

/// How a part of an address that is not known is written.
const UNKNOWN: &str = "‹?›";

impl Flows<'_> {
    /// The places on the network that a flow goes to, as far as they are known. An address whose host is not known is
    /// none.
    pub(crate) fn endpoints(&self, addresses: &[String], sink: Place) -> Vec<Endpoint> {
        let mut all: Vec<Endpoint> = Vec::new();
        for address in addresses {
            if authority(address).is_none() {
                continue;
            }
            let url = address.replace(HOLE, UNKNOWN);
            all.extend(crate::endpoint::endpoint_of(&url, self.how(address)));
        }
        if all.is_empty() {
            all = self.told_by_the_call(sink);
        }
        all.sort();
        all.dedup();
        all
    }

    /// The addresses that the call of the sink is given, whoever calls it; only where there is no other that is not known:
    /// one of several may be another flow's.
    fn told_by_the_call(&self, place: Place) -> Vec<Endpoint> {
        let call = self.sinks.iter().find(|sink| {
            (sink.method, sink.offset) == (place.method, place.offset) && sink.entered.is_empty()
        });
        let Some(sink) = call.filter(|sink| sink.unknown.is_empty() && sink.hosts.len() == 1) else {
            return Vec::new();
        };
        let addresses = sink.addresses.iter().filter(|address| address.contains("://"));
        addresses
            .filter_map(|address| crate::endpoint::endpoint_of(address, self.how(&with_holes(address))))
            .collect()
    }

    /// The addresses of a request that is come to by known calls; some of them may not be known.
    pub(crate) fn told_by_the_way(&self, call: &Call) -> Vec<Endpoint> {
        /// Most hosts of one request: of more it is not told which.
        const MOST: usize = 6;
        let asked = self.sinks.iter().find(|sink| {
            (sink.method, sink.offset, &sink.entered) == (call.method, call.offset, &call.entered)
        });
        let Some(sink) = asked.filter(|sink| sink.hosts.len() <= MOST) else { return Vec::new() };
        let addresses = sink.addresses.iter().filter(|address| address.contains("://"));
        let mut all: Vec<Endpoint> = addresses
            .filter_map(|address| crate::endpoint::endpoint_of(address, self.how(&with_holes(address))))
            .filter(|end| end.host.as_ref().is_some_and(|host| sink.hosts.contains(host)))
            .collect();
        all.sort();
        all.dedup();
        all
    }

    /// How an address was learnt: evaluated where a decoder made it or a part of it, literal where one string is all of it.
    fn how(&self, address: &str) -> How {
        let parts: Vec<&str> = address.split(HOLE).collect();
        let made = |one: &&Recovered| {
            one.value.len() > 3
                && one.how.kind != "literal"
                && parts.iter().any(|part| part.contains(one.value.as_str()))
        };
        // The longest piece tells most.
        match self.recovered.iter().filter(made).max_by_key(|one| (one.value.len(), std::cmp::Reverse(*one)))
        {
            Some(one) => crate::concealed::how(one),
            None => {
                let kind = if parts.len() > 1 { "built" } else { "literal" };
                How { kind: kind.into(), ..How::default() }
            }
        }
    }
}

/// An address whose unknown parts are written `‹what›`, with holes instead.
fn with_holes(address: &str) -> String {
    let mut out = String::new();
    let mut rest = address;
    while let Some((before, behind)) = rest.split_once('‹') {
        out.push_str(before);
        out.push(HOLE);
        rest = behind.split_once('›').map_or("", |(_, behind)| behind);
    }
    out.push_str(rest);
    out
}

/// Lifts a finding to the rung of a flow where one shows it; `unchecked` says whether what a call in a method opens has
/// its TLS checks off, `place` makes evidence of an instruction. Says whether it did.
pub(crate) fn climb(
    flows: Flows<'_>,
    behaviour: &Behaviour,
    finding: &mut Finding,
    unchecked: impl Fn(MethodId, &str) -> bool,
    mut place: impl FnMut(Role, Place) -> Option<Evidence>,
) -> bool {
    if finding.rung != Rung::Capability || !behaviour.titles.contains_key(Rung::Flow.as_str()) {
        return false;
    }
    let proved = flows.proved(behaviour);
    let Some(flow) = proved.first() else { return false };
    let ways = chain(flow, &mut place);
    settle(finding, flow, ways);
    let sinks: BTreeSet<_> = proved.iter().map(|flow| flow.sink.place).collect();
    finding.sites = sinks.len() as u32;
    // High confidence is for what was judged by people: no sample of these was, yet (docs/accuracy.md).
    finding.confidence = Confidence::Medium;
    // Each place that it goes to, by whichever way.
    let mut everywhere: BTreeSet<Endpoint> = BTreeSet::new();
    for one in &proved {
        let lax = unchecked(one.sink.place.method, &one.sink.api);
        for mut end in flows.endpoints(&one.addresses, one.sink.place) {
            if lax && end.tls.as_deref() == Some("tls") {
                end.tls = Some("tls-unchecked".into());
            }
            everywhere.insert(end);
        }
    }
    finding.endpoints = everywhere.into_iter().collect();
    true
}

/// The evidence of a flow, from source to sink; `place` makes it of an instruction.
pub(crate) fn chain(flow: &Flow, place: &mut impl FnMut(Role, Place) -> Option<Evidence>) -> Vec<Evidence> {
    let mut chain: Vec<Evidence> = Vec::new();
    chain.extend(place(Role::Source, flow.source.place));
    for step in &flow.steps {
        let end = step.place == flow.source.place || step.place == flow.sink.place;
        if !end && !matches!(step.note, Note::Source | Note::Sink) {
            chain.extend(place(Role::Step, step.place));
        }
    }
    chain.extend(place(Role::Sink, flow.sink.place));
    chain.dedup();
    chain
}

/// Makes a finding one of a flow that proves it, with the chain of its evidence.
pub(crate) fn settle(finding: &mut Finding, flow: &Flow, chain: Vec<Evidence>) {
    // The entry and what leads to the code stand in front already.
    finding.evidence.retain(|evidence| !matches!(evidence.role, Role::Source | Role::Sink));
    finding.evidence.extend(chain);
    finding.rung = Rung::Flow;
    for kind in mark::words(flow.marks, mark::ASSUMPTIONS) {
        let assumption = Assumption { kind: kind.into(), at: "on the way from source to sink".into() };
        if !finding.assumptions.contains(&assumption) {
            finding.assumptions.push(assumption);
        }
    }
    finding.transforms = mark::words(flow.marks, mark::TRANSFORMS)
        .map(|kind| Transform { kind: kind.into(), algorithm: None, key: None, field: None })
        .collect();
    finding.via = mark::words(flow.marks, mark::VIA).filter_map(Via::parse).collect();
}
