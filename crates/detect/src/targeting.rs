//! Who and what is picked: reading of which a server decides the condition.

use std::collections::{BTreeMap, BTreeSet};

use overt_catalogue::{Behaviour, Noise, Owner, PlaceId};
use overt_flow::flow::Flow;
use overt_flow::object::Place;
use overt_flow::value::mark;
use overt_program::MethodId;
use overt_program::ir::{Literal, Operation};
use overt_record::Finding;
use overt_record::evidence::{Evidence, Role};
use overt_record::finding::Endpoint;
use overt_record::words::{Confidence, DataKind, Rung};

use crate::climb::{Flows, UNPROVED, chain, settle};
use crate::finding::Maker;
use crate::occurrence::{Occurrence, Strength};
use crate::order::{FROM_OUTSIDE, KEPT, askers, is_cut, is_only_a_number, senders};
use crate::unit::Code;
use crate::waits::held::Reader;

/// The effect whose arguments say what is read.
const READS: &str = "data_read";

/// Columns of messages, calls and contacts in which people and texts stand (`android.provider.Telephony.TextBasedSmsColumns`,
/// `CallLog.Calls`, `ContactsContract`).
const COLUMNS: &[&str] = &["body", "address", "number", "person", "subject", "display_name", "name", "data1"];

/// What compares a column with a text in SQL.
const COMPARES: &[&str] = &["=", "!=", "<>", "like", "in", "glob", "match"];

/// A query that somebody outside decides.
pub(crate) struct Selected<'f> {
    /// How what they send comes there.
    pub(crate) flow: &'f Flow,
    /// Who, in words.
    pub(crate) source: String,
    /// Where the answer that decides is asked for.
    pub(crate) endpoints: Vec<Endpoint>,
}

impl<'a> Maker<'a, '_> {
    /// Queries whose condition somebody outside decides, by place: where it picks texts or people, not times alone.
    pub(crate) fn selected<'f>(&self, code: Code<'a>, flows: Flows<'f>) -> BTreeMap<Place, Selected<'f>> {
        let mut all: BTreeMap<Place, Vec<(&Flow, &str)>> = BTreeMap::new();
        for flow in &flows.found.flows {
            let (Some(source), Some(sink)) = (
                flows.ends.sources.get(flow.source.end as usize),
                flows.ends.sinks.get(flow.sink.end as usize),
            ) else {
                continue;
            };
            if !sink.orders
                || sink.kind != READS
                || !FROM_OUTSIDE.contains(&source.kind.as_str())
                || source.kind != "network" && flow.marks & KEPT != 0
                || flow.marks & UNPROVED != 0
                || flow.marks & mark::HASH != 0
                || is_cut(flow)
                || is_only_a_number(flow, READS)
                || !picks(&self.asked(code).reader, flow)
            {
                continue;
            }
            all.entry(flow.sink.place).or_default().push((flow, source.kind.as_str()));
        }
        let of = |ways: Vec<(&'f Flow, &str)>| -> Option<Selected<'f>> {
            let asked = self.asked(code);
            let answers = ways.iter().filter(|(_, kind)| *kind == "network");
            let endpoints: BTreeSet<Endpoint> =
                answers.flat_map(|(flow, _)| askers(asked, flows, flow)).collect();
            let hosts: BTreeSet<String> = endpoints.iter().filter_map(|one| one.host.clone()).collect();
            let kinds: BTreeSet<&str> = ways.iter().map(|(_, kind)| *kind).collect();
            let rank = |flow: &Flow| (mark::words(flow.marks, mark::ASSUMPTIONS).count(), flow.steps.len());
            let (flow, _) = ways.into_iter().min_by_key(|(flow, _)| (rank(flow), flow.source.place))?;
            let source = senders(&kinds, &hosts.into_iter().collect::<Vec<_>>());
            Some(Selected { flow, source, endpoints: endpoints.into_iter().collect() })
        };
        all.into_iter().filter_map(|(place, ways)| Some((place, of(ways)?))).collect()
    }

    /// A finding of a behaviour about data that somebody outside picks.
    pub(crate) fn targeted(&mut self, behaviour: &Behaviour, code: Code<'a>) -> Option<Finding> {
        let flows = code.flows.filter(|_| self.unit.manifest.is_some())?;
        if !behaviour.titles.contains_key(Rung::Flow.as_str()) {
            return None;
        }
        let selected = self.selected(code, flows);
        let mut best: Option<(Place, &Selected<'_>)> = None;
        let mut data: BTreeSet<DataKind> = BTreeSet::new();
        let mut sites = 0;
        for (place, one) in &selected {
            let kinds = self.read_at(behaviour, code, flows, *place);
            if kinds.is_empty() {
                continue;
            }
            data.extend(kinds);
            sites += 1;
            if best.is_none_or(|(_, known)| one.flow.steps.len() < known.flow.steps.len()) {
                best = Some((*place, one));
            }
        }
        let (place, one) = best?;
        let mut finding = self.start(behaviour, Rung::Capability);
        let mut words = self.words();
        let method = code.table.own_index(place.method)?;
        if !code.reach.is_reached(method) {
            return None;
        }
        let occurrence = Occurrence {
            place: PlaceId(0),
            method,
            offset: place.offset,
            strength: Strength::Direct,
            text: None,
        };
        let mut way = self.reached_from(code, &[&occurrence], &mut finding, &mut words);
        way.extend(one.flow.steps.iter().map(|step| (step.place.method, step.place.offset)));
        let mut make =
            |role, at: Place| Some(self.place(code, role, code.table.own_index(at.method)?, at.offset));
        let evidence = chain(one.flow, &mut make);
        settle(&mut finding, one.flow, evidence);
        finding.confidence = Confidence::Medium;
        finding.data = data.into_iter().collect();
        finding.endpoints.clone_from(&one.endpoints);
        finding.sites = sites;
        words.set("source", one.source.clone());
        finding.gates = self.waits(code).gates(&way);
        self.finish(behaviour, &mut finding, Noise::Low, &words);
        Some(finding)
    }

    /// What of the behaviour's data a query at this place reads.
    fn read_at(
        &self,
        behaviour: &Behaviour,
        code: Code<'_>,
        flows: Flows<'_>,
        place: Place,
    ) -> BTreeSet<DataKind> {
        let wanted = |word: &str| behaviour.matches.data.iter().any(|one| one == word);
        let flowing = (flows.found.flows.iter())
            .filter(|flow| flow.source.place == place && flow.marks & UNPROVED == 0)
            .filter_map(|flow| flows.ends.sources.get(flow.source.end as usize))
            .map(|source| source.kind.as_str());
        let occurring = (code.occurrences.places.iter())
            .filter(|one| (code.table.own_method_at(one.method), one.offset) == (place.method, place.offset))
            .filter(|one| one.strength == Strength::Direct)
            .filter_map(|one| match self.index.catalogue.owner(one.place)? {
                Owner::Data(word) => Some(word.as_str()),
                _ => None,
            });
        flowing.chain(occurring).filter(|word| wanted(word)).filter_map(DataKind::parse).collect()
    }

    /// The evidence that what somebody outside sends comes into a query.
    pub(crate) fn deciding(&self, code: Code<'_>, selected: &Selected<'_>) -> Vec<Evidence> {
        let mut make = |role, at: Place| {
            let role = if role == Role::Sink { Role::Step } else { role };
            Some(self.place(code, role, code.table.own_index(at.method)?, at.offset))
        };
        chain(selected.flow, &mut make)
    }
}

/// Does the code on the way put together a condition about texts or people?
fn picks(reader: &Reader<'_>, flow: &Flow) -> bool {
    let methods: BTreeSet<MethodId> =
        flow.steps.iter().map(|step| step.place.method).chain([flow.sink.place.method]).collect();
    methods.into_iter().any(|method| {
        let Some(read) = reader.read(method) else { return false };
        let Some(linked) = reader.table.dexes().get(read.dex()) else { return false };
        read.definitions.body.instructions.iter().any(|one| match one.operation {
            Operation::Constant { value: Literal::String(text), .. } => {
                linked.dex.string(text).is_ok_and(|text| is_condition(&text))
            }
            _ => false,
        })
    })
}

/// Is this a part of a condition in SQL about texts or people: `body like '%`, `address=?`?
fn is_condition(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    COLUMNS.iter().any(|column| {
        lower.match_indices(column).any(|(at, _)| {
            let before = lower.get(..at).and_then(|before| before.chars().next_back());
            let behind = lower.get(at + column.len()..).unwrap_or("");
            let rest = behind.trim_start();
            let compares = |sign: &&&str| match sign.starts_with(|c: char| c.is_ascii_alphabetic()) {
                true => {
                    rest.len() < behind.len()
                        && rest.strip_prefix(**sign).is_some_and(|more| !more.starts_with(is_word))
                }
                false => rest.starts_with(**sign),
            };
            !before.is_some_and(is_word) && COMPARES.iter().any(|sign| compares(&sign))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::is_condition;

    #[test]
    fn conditions_about_texts_and_people() {
        for text in ["( body like '%", " and address = ", "address=?", "number IN (", "BODY LIKE ?"] {
            assert!(is_condition(text), "{text}");
        }
        for text in ["date > ", "body", "the address is unknown here", "somebody = ", "name", "type=1"] {
            assert!(!is_condition(text), "{text}");
        }
    }
}
