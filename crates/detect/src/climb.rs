//! From capability to flow: a datum that the code can read is shown to go to a network.

use std::collections::BTreeSet;

use overt_catalogue::{Behaviour, Catalogue, Naming, PlaceId, Selector};
use overt_evaluate::Recovered;
use overt_evaluate::whence::{Call, Sink};
use overt_flow::flow::Flow;
use overt_flow::object::Place;
use overt_flow::trace::Note;
use overt_flow::value::{HOLE, mark};
use overt_flow::{AppFlows, Ends};
use overt_program::{ClassTable, MethodId};
use overt_record::evidence::{Evidence, Role};
use overt_record::finding::{Assumption, Endpoint, Finding, How, Transform};
use overt_record::words::{Confidence, Rung, Via};

use crate::decided::Decided;
use crate::occurrence::{Occurrence, Strength};
use crate::withheld::{Gives, source_place};

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
    /// The flows that show this behaviour's datum leaving, best first: whose source surely gives it, with the fewest
    /// assumptions, not only as a digest, with a known address, the shortest.
    fn proved(&self, behaviour: &Behaviour, gives: impl Fn(u32) -> Gives) -> Vec<&'a Flow> {
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
                && gives(flow.source.end) != Gives::Nothing
        };
        let mut all: Vec<&Flow> = self.found.flows.iter().filter(wanted).collect();
        all.sort_by_cached_key(|flow| {
            let assumed = mark::words(flow.marks, mark::ASSUMPTIONS).count();
            let nowhere = self.endpoints(&flow.addresses, flow.sink.place).is_empty();
            let hashed = flow.marks & mark::HASH != 0;
            (
                gives(flow.source.end),
                assumed,
                hashed,
                nowhere,
                flow.steps.len(),
                flow.source.place,
                flow.sink.place,
            )
        });
        all
    }
}

impl Flows<'_> {
    /// Occurrences of what is read by its name, where only following the data shows the name: a file or command put together,
    /// whose words stand apart in the code.
    pub(crate) fn named_sources(
        self,
        catalogue: &Catalogue,
        behaviour: &Behaviour,
        table: &ClassTable,
        gives: impl Fn(u32) -> Gives,
    ) -> Vec<Occurrence> {
        let mut all: Vec<Occurrence> = Vec::new();
        for flow in self.proved(behaviour, gives) {
            let Some(id) = source_place(self.ends, flow.source.end) else { continue };
            let Some(Selector::Named(named)) = catalogue.place(id).map(|place| &place.selector) else {
                continue;
            };
            let Some(method) = table.own_index(flow.source.place.method) else { continue };
            let offset = flow.source.place.offset;
            if named.naming != Naming::Uri
                && !all.iter().any(|one| (one.method, one.offset, one.place) == (method, offset, id))
            {
                let text = named.texts.first().cloned();
                all.push(Occurrence { place: id, method, offset, strength: Strength::Direct, text });
            }
        }
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

/// What lifted a finding to the rung of a flow.
pub(crate) struct Shown {
    /// The places of the catalogue that the data come from.
    pub(crate) places: BTreeSet<PlaceId>,
    /// Of every way it is known where it goes.
    pub(crate) addressed: bool,
}

/// Lifts a finding to the rung of a flow where one shows it; `gives` says what a source gives to the package, `unchecked`
/// whether what a call in a method opens has its TLS checks off, `place` makes evidence of an instruction.
pub(crate) fn climb(
    flows: Flows<'_>,
    behaviour: &Behaviour,
    finding: &mut Finding,
    gives: impl Fn(u32) -> Gives,
    unchecked: impl Fn(MethodId, &str) -> bool,
    mut place: impl FnMut(Role, Place) -> Option<Evidence>,
) -> Option<Shown> {
    if finding.rung != Rung::Capability || !behaviour.titles.contains_key(Rung::Flow.as_str()) {
        return None;
    }
    let proved = flows.proved(behaviour, gives);
    let flow = proved.first()?;
    let ways = chain(flow, &mut place);
    settle(finding, flow, ways);
    let sinks: BTreeSet<_> = proved.iter().map(|flow| flow.sink.place).collect();
    finding.sites = sinks.len() as u32;
    // High confidence is for what was judged by people: no sample of these was, yet (docs/accuracy.md).
    finding.confidence = Confidence::Medium;
    // Each place that it goes to, by whichever way.
    let mut everywhere: BTreeSet<Endpoint> = BTreeSet::new();
    let mut addressed = true;
    for one in &proved {
        let lax = unchecked(one.sink.place.method, &one.sink.api);
        let ends = flows.endpoints(&one.addresses, one.sink.place);
        addressed &= !ends.is_empty();
        for mut end in ends {
            if lax && end.tls.as_deref() == Some("tls") {
                end.tls = Some("tls-unchecked".into());
            }
            everywhere.insert(end);
        }
    }
    finding.endpoints = everywhere.into_iter().collect();
    Some(Shown {
        places: proved.iter().filter_map(|flow| source_place(flows.ends, flow.source.end)).collect(),
        addressed,
    })
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
