//! What a package puts into channels and takes out of them, with its evidence: the halves of ways through more than one app.

use std::collections::{BTreeMap, BTreeSet};

use overt_catalogue::{Noise, PlaceId, Status};
use overt_flow::channel::{Channel, Put, Taken, Whence};
use overt_flow::object::Place;
use overt_flow::trace::{Note, Step};
use overt_flow::value::{HOLE, Marks};
use overt_record::Finding;
use overt_record::evidence::{Evidence, Role};
use overt_record::words::{Rung, Severity};

use crate::climb::{AWAY, Flows};
use crate::finding::{Maker, list};
use crate::join::Taker;
use crate::occurrence::{Occurrence, Strength};
use crate::unit::Code;
use crate::withheld::Gives;

/// Where a datum comes from that goes into a channel.
#[derive(Debug, Clone)]
pub enum Origin {
    /// Data of this kind, handed out here.
    Data(String, Evidence),
    /// Another channel, opened here.
    Channel(Channel, Vec<Evidence>),
}

/// Something that a package puts into a channel.
#[derive(Debug, Clone)]
pub struct Outlet {
    /// Into which.
    pub into: Channel,
    /// From where.
    pub from: Origin,
    /// It is handed on as it is, part by part.
    pub whole: bool,
    /// It answers a question: a provider's cursor or file. Otherwise it is written.
    pub answers: bool,
    /// What happened on the way.
    pub marks: Marks,
    /// The way.
    pub steps: Vec<Evidence>,
    /// Where it goes in.
    pub at: Option<Evidence>,
}

/// Something from a channel that leaves the package for a network.
#[derive(Debug, Clone)]
pub struct Inlet {
    /// From which.
    pub from: Channel,
    /// Where it is taken out.
    pub at: Option<Evidence>,
    /// What happened on the way.
    pub marks: Marks,
    /// The way.
    pub steps: Vec<Evidence>,
    /// Where it leaves.
    pub sink: Evidence,
    /// Kind of the sink.
    pub kind: String,
    /// What is known of the finding that it would be: who, started by what, where to. None where no finding is wanted.
    pub draft: Option<Finding>,
    /// Words for its sentences.
    pub words: BTreeMap<String, String>,
    /// How somebody outside decides what is taken out here; empty where nobody does.
    pub selected: Vec<Evidence>,
}

/// Both halves of one package.
#[derive(Debug, Clone, Default)]
pub struct Outlets {
    /// What it puts in.
    pub outlets: Vec<Outlet>,
    /// What it takes out.
    pub inlets: Vec<Inlet>,
    /// Who of it started whom for a result.
    pub asked: Vec<(String, String)>,
    /// How severe each behaviour would be on the rung of a flow, here.
    pub severities: BTreeMap<String, Severity>,
    /// Receivers that its code registers, as other apps reach them.
    pub takers: Vec<Taker>,
}

/// The halves of ways that a package's code holds. Without a manifest it is not known what starts the code: none.
pub(crate) fn made_by(maker: &mut Maker<'_, '_>) -> Outlets {
    let (index, unit) = (maker.index, maker.unit);
    let mut found = Outlets::default();
    let Some(code) = unit.code.filter(|_| unit.manifest.is_some()) else { return found };
    let Some(flows) = code.flows else { return found };
    for behaviour in index.catalogue.behaviours() {
        if behaviour.status == Status::Retired || behaviour.matches.data.is_empty() {
            continue;
        }
        let data: Vec<&str> = behaviour.matches.data.iter().map(String::as_str).collect();
        let holds = |fact: &str| maker.holds(fact);
        let severity =
            index.catalogue.severity(behaviour, Rung::Flow.as_str(), &data, &[], Noise::Low, &holds);
        found.severities.insert(behaviour.id.clone(), Severity::parse(severity).unwrap_or(Severity::Info));
    }
    found.asked.clone_from(&flows.found.asked);
    found.takers = crate::registered::takers(code.table, flows.found);
    let own = unit.package.package.as_ref().map(|name| format!("/data/data/{name}/"));
    let alone = unit.package.runs_as.shared_user.is_none();
    for put in &flows.found.puts {
        // What nobody else can name or reach joins nothing.
        let vague = !put.answers && put.into.key.contains(HOLE);
        let private = alone && own.as_ref().is_some_and(|own| put.into.key.starts_with(own.as_str()));
        if vague || private {
            continue;
        }
        found.outlets.extend(outlet(maker, code, flows, put));
    }
    let selected = if flows.found.taken.is_empty() { BTreeMap::new() } else { maker.selected(code, flows) };
    for taken in &flows.found.taken {
        let away = flows
            .ends
            .sinks
            .get(taken.sink.end as usize)
            .is_some_and(|end| AWAY.contains(&end.kind.as_str()));
        if away && !taken.from.key.contains(HOLE) {
            let mut made = inlet(maker, code, flows, taken);
            if let (Some(made), Some(one)) =
                (&mut made, taken.places.iter().find_map(|place| selected.get(place)))
            {
                made.selected = maker.deciding(code, one);
                made.words.insert("source".to_owned(), one.source.clone());
            }
            found.inlets.extend(made);
        }
    }
    found
}

fn evidence(maker: &Maker<'_, '_>, code: Code<'_>, role: Role, at: Place) -> Option<Evidence> {
    Some(maker.place(code, role, code.table.own_index(at.method)?, at.offset))
}

fn way(maker: &Maker<'_, '_>, code: Code<'_>, steps: &[Step], ends: &[Place]) -> Vec<Evidence> {
    (steps.iter())
        .filter(|step| !matches!(step.note, Note::Source | Note::Sink) && !ends.contains(&step.place))
        .filter_map(|step| evidence(maker, code, Role::Step, step.place))
        .collect()
}

/// The place in a method that the way passes; else the only one.
fn nearest(places: &[Place], steps: &[Step]) -> Option<Place> {
    let near = places.iter().find(|place| steps.iter().any(|step| step.place.method == place.method));
    near.or(places.first().filter(|_| places.len() == 1)).copied()
}

fn outlet(maker: &Maker<'_, '_>, code: Code<'_>, flows: Flows<'_>, put: &Put) -> Option<Outlet> {
    let mut ends: Vec<Place> = Vec::new();
    let from = match &put.from {
        Whence::Source(end) => {
            if maker.gives_source(flows.ends, end.end) == Gives::Nothing {
                return None;
            }
            ends.push(end.place);
            let kind = flows.ends.sources.get(end.end as usize)?.kind.clone();
            Origin::Data(kind, evidence(maker, code, Role::Source, end.place)?)
        }
        Whence::Channel(channel, places) => {
            // What is handed on as it is was opened where it is handed on.
            let there = places.iter().find(|place| put.places.iter().any(|at| at.method == place.method));
            let place =
                there.copied().or_else(|| nearest(places, &put.steps)).or_else(|| places.first().copied());
            let opened = place.and_then(|place| evidence(maker, code, Role::Channel, place));
            Origin::Channel(channel.clone(), opened.into_iter().collect())
        }
    };
    let at = if put.answers { put.places.first().copied() } else { nearest(&put.places, &put.steps) };
    Some(Outlet {
        into: put.into.clone(),
        from,
        whole: put.whole,
        answers: put.answers,
        marks: put.marks,
        steps: way(maker, code, &put.steps, &ends),
        at: at.and_then(|place| evidence(maker, code, Role::Channel, place)),
    })
}

fn inlet<'a>(maker: &mut Maker<'a, '_>, code: Code<'a>, flows: Flows<'_>, taken: &Taken) -> Option<Inlet> {
    let sink = evidence(maker, code, Role::Sink, taken.sink.place)?;
    let behaviour = maker.index.catalogue.behaviours().next()?;
    let mut draft = maker.start(behaviour, Rung::Flow);
    let mut words = maker.words();
    // What wakes the code at which it leaves.
    let method = code.table.own_index(taken.sink.place.method)?;
    let occurrence = Occurrence {
        place: PlaceId(0),
        method,
        offset: taken.sink.place.offset,
        strength: Strength::Direct,
        text: None,
    };
    let mut gone = maker.reached_from(code, &[&occurrence], &mut draft, &mut words);
    gone.extend(taken.steps.iter().map(|step| (step.place.method, step.place.offset)));
    draft.gates = maker.waits(code).gates(&gone);
    draft.endpoints = flows.endpoints(&taken.addresses, taken.sink.place);
    let place = (taken.sink.place.method, taken.sink.place.offset);
    crate::endpoint::tell_requests(&mut draft.endpoints, flows.sinks, Some(place));
    let hosts: BTreeSet<&str> =
        draft.endpoints.iter().filter_map(|endpoint| endpoint.host.as_deref()).collect();
    let hosts: Vec<String> = hosts.into_iter().map(str::to_owned).collect();
    words.set("endpoint", if hosts.is_empty() { "a network connection".into() } else { list(&hosts, 4) });
    let at = nearest(&taken.places, &taken.steps).or(taken.places.first().copied());
    Some(Inlet {
        from: taken.from.clone(),
        at: at.and_then(|place| evidence(maker, code, Role::Channel, place)),
        marks: taken.marks,
        steps: way(maker, code, &taken.steps, &[taken.sink.place]),
        sink,
        kind: flows.ends.sinks.get(taken.sink.end as usize).map(|end| end.kind.clone()).unwrap_or_default(),
        draft: Some(draft),
        words: words.0.into_iter().map(|(name, word)| (name.to_owned(), word)).collect(),
        selected: Vec::new(),
    })
}
