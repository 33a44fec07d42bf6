//! Ways of data put together: of many arrivals, one flow for each source and sink.

use std::rc::Rc;

use overt_catalogue::model::OpenKind;
use overt_program::MethodId;
use rustc_hash::FxHashMap;

use crate::channel::{Channel, Taken, via};
use crate::flow::Flow;
use crate::frame::Frame;
use crate::object::Place;
use crate::outcome::{STEPS, nearest, places_of, sink_end, source_end};
use crate::session::Session;
use crate::summary::{Arrival, Subject, Summary};
use crate::trace::TraceId;
use crate::value::{Constant, Constants, HOLE, Origin};

/// One of the [`Ways`].
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    Flow(usize),
    Taken(usize),
}

type FlowKey = (Place, u32, Place, u32);
type TakenKey = (Channel, Place, u32);

/// What was found so far. Of arrivals that are the same flow, the way of the first with the fewest marks is shown.
#[derive(Default)]
pub(crate) struct Ways {
    flows: Vec<(FlowKey, Flow, TraceId)>,
    flow_numbers: FxHashMap<FlowKey, usize>,
    taken: Vec<(TakenKey, Taken, TraceId)>,
    taken_numbers: FxHashMap<TakenKey, usize>,
}

impl Ways {
    /// The same ways are also an entry's.
    pub(crate) fn add_entry(&mut self, ways: &[Way], entry: u32) {
        for way in ways {
            match *way {
                Way::Flow(number) => self.flows[number].1.entries.push(entry),
                Way::Taken(number) => self.taken[number].1.entries.push(entry),
            }
        }
    }

    /// Flows, and what leaves from channels, with their steps; sorted.
    pub(crate) fn into_flows(self, session: &Session<'_>) -> (Vec<Flow>, Vec<Taken>) {
        let (mut flows, mut taken) = (self.flows, self.taken);
        flows.sort_unstable_by_key(|(key, ..)| *key);
        taken.sort_by_cached_key(|(key, ..)| key.clone());
        let flows = flows.into_iter().map(|(_, mut flow, trace)| {
            flow.steps = session.traces.steps(trace, STEPS);
            tidy(&mut flow.addresses, &mut flow.entries);
            flow
        });
        let taken = taken.into_iter().map(|(_, mut one, trace)| {
            one.steps = session.traces.steps(trace, STEPS);
            tidy(&mut one.addresses, &mut one.entries);
            one
        });
        (flows.collect(), taken.collect())
    }
}

fn tidy(addresses: &mut Vec<String>, entries: &mut Vec<u32>) {
    addresses.sort_unstable();
    addresses.dedup();
    entries.sort_unstable();
    entries.dedup();
}

impl Frame<'_, '_> {
    /// Notes an arrival in the life of an entry; gives the ways that it is.
    pub(crate) fn note_way(&mut self, entry: u32, arrival: &Arrival, ways: &mut Ways) -> Vec<Way> {
        let addresses = self.addresses_of(arrival);
        let mut all = Vec::new();
        let (sources, marks) = match self.session.origins.get(arrival.origin) {
            Origin::Source(place, source) => (vec![(place, source)], arrival.marks),
            Origin::Read(thing, cell) => {
                let Some(channel) = self.channel(thing, cell) else { return all };
                let sources = self.session.ends.kept(&channel, arrival.marks);
                let through = via(channel.kind);
                let place = if sources.is_empty() {
                    None
                } else {
                    let places = places_of(self.session, thing);
                    match &*places {
                        [] => None,
                        [one] => Some(*one),
                        _ => nearest(&places, &self.session.traces.steps(arrival.trace, STEPS)),
                    }
                };
                // What a program prints, no other app writes.
                if self.session.joined && channel.kind != OpenKind::Process {
                    let key = (channel, arrival.place, arrival.sink);
                    let number = match ways.taken_numbers.get(&key) {
                        Some(known) => *known,
                        None => {
                            let one = Taken {
                                from: key.0.clone(),
                                places: places_of(self.session, thing),
                                sink: sink_end(self.session, arrival),
                                marks: arrival.marks,
                                steps: Vec::new(),
                                addresses: Vec::new(),
                                entries: Vec::new(),
                            };
                            ways.taken.push((key.clone(), one, arrival.trace));
                            ways.taken_numbers.insert(key, ways.taken.len() - 1);
                            ways.taken.len() - 1
                        }
                    };
                    let (_, one, trace) = &mut ways.taken[number];
                    one.entries.push(entry);
                    one.addresses.extend(addresses.iter().cloned());
                    if arrival.marks.count_ones() < one.marks.count_ones() {
                        one.marks = arrival.marks;
                        *trace = arrival.trace;
                    }
                    all.push(Way::Taken(number));
                }
                // The platform's own provider, or a file of its own, is the source itself, not a channel on the way.
                let marks = arrival.marks & !through;
                (sources.into_iter().filter_map(|source| Some((place?, source))).collect(), marks)
            }
            _ => return all,
        };
        for (place, source) in sources {
            let key = (place, source, arrival.place, arrival.sink);
            let number = match ways.flow_numbers.get(&key) {
                Some(known) => *known,
                None => {
                    let flow = Flow {
                        source: source_end(self.session, place, source),
                        sink: sink_end(self.session, arrival),
                        marks,
                        steps: Vec::new(),
                        addresses: Vec::new(),
                        entries: Vec::new(),
                    };
                    ways.flows.push((key, flow, arrival.trace));
                    ways.flow_numbers.insert(key, ways.flows.len() - 1);
                    ways.flows.len() - 1
                }
            };
            let (_, flow, trace) = &mut ways.flows[number];
            flow.entries.push(entry);
            flow.addresses.extend(addresses.iter().cloned());
            if marks.count_ones() < flow.marks.count_ones() {
                flow.marks = marks;
                *trace = arrival.trace;
            }
            all.push(Way::Flow(number));
        }
        all
    }

    /// Where what arrives goes to, as far as it is known.
    fn addresses_of(&self, arrival: &Arrival) -> Vec<String> {
        let some = match &arrival.address.constants {
            Constants::Some(some) => some,
            // Of a command nothing is known.
            Constants::Any if self.session.ends.is_effect(arrival.sink) => return vec![HOLE.to_string()],
            _ => return Vec::new(),
        };
        let texts = some.iter().filter_map(|constant| match constant {
            Constant::Text(text) | Constant::Template(text) => {
                Some(crate::template::closed(&self.session.texts.get(*text)))
            }
            _ => None,
        });
        texts.collect()
    }
}

/// Summaries by number, each with those that it rests on: many entries use the same.
#[derive(Default)]
pub(crate) struct Summaries {
    numbers: FxHashMap<Rc<Subject>, usize>,
    all: Vec<(Rc<Subject>, Option<Rc<Summary>>)>,
    callees: Vec<Option<Rc<[usize]>>>,
    /// By which entry each was met last, counted from 1.
    met: Vec<u32>,
    round: u32,
}

impl Summaries {
    fn number(&mut self, session: &Session<'_>, subject: &Rc<Subject>) -> usize {
        if let Some(known) = self.numbers.get(subject) {
            return *known;
        }
        let number = self.all.len();
        self.all.push((Rc::clone(subject), session.finished(subject).cloned()));
        self.callees.push(None);
        self.met.push(0);
        self.numbers.insert(Rc::clone(subject), number);
        number
    }

    /// All that subjects rest on, themselves included.
    pub(crate) fn used_by(&mut self, session: &Session<'_>, subjects: &[Rc<Subject>]) -> Vec<usize> {
        self.round += 1;
        let mut all = Vec::new();
        let mut open: Vec<usize> = subjects.iter().map(|one| self.number(session, one)).collect();
        while let Some(number) = open.pop() {
            if std::mem::replace(&mut self.met[number], self.round) == self.round {
                continue;
            }
            all.push(number);
            let callees = match &self.callees[number] {
                Some(known) => Rc::clone(known),
                None => {
                    let subjects = self.all[number].1.as_ref().map(|summary| summary.callees.clone());
                    let made: Rc<[usize]> =
                        subjects.unwrap_or_default().iter().map(|one| self.number(session, one)).collect();
                    self.callees[number] = Some(Rc::clone(&made));
                    made
                }
            };
            open.extend(callees.iter().copied());
        }
        all
    }

    /// The summary with this number, if it was finished.
    pub(crate) fn summary(&self, number: usize) -> Option<Rc<Summary>> {
        self.all.get(number).and_then(|(_, summary)| summary.clone())
    }

    /// The methods of all that were met, sorted.
    pub(crate) fn methods(&self) -> Vec<MethodId> {
        let mut methods: Vec<MethodId> = self.all.iter().map(|(subject, _)| subject.method).collect();
        methods.sort_unstable();
        methods.dedup();
        methods
    }
}
