//! Flows from one package to another, for `overt flows`: the halves of ways of each package, and the lines that they join to.

use std::collections::BTreeMap;

use overt_apk::manifest::Manifest;
use overt_detect::join::{self, Member};
use overt_detect::outlet::{Inlet, Origin, Outlet, Outlets};
use overt_flow::channel::Whence;
use overt_flow::flow::FlowEnd;
use overt_flow::object::Place;
use overt_flow::trace::{Note, Step};
use overt_flow::value::mark;
use overt_flow::{AppFlows, Ends};
use overt_program::ClassTable;
use overt_record::evidence::{Evidence, Role};
use overt_record::flow::{FlowLine, FlowPlace, FlowStep};

use crate::flows::{names, words};

/// What a package puts into channels and takes out of them. Evidence names the input in the place of the package, and
/// of ends what is called.
pub(crate) fn member(
    table: &ClassTable,
    ends: &Ends,
    flows: &AppFlows,
    apk: &str,
    manifest: Option<&Manifest>,
) -> Member {
    let place = |role, at: Place, called: Option<&str>| {
        let (class, method, descriptor) = names(table, at.method);
        Evidence {
            role,
            package: Some(apk.to_owned()),
            class: Some(class.to_owned()),
            method: Some(method.to_owned()),
            descriptor: Some(descriptor.to_owned()),
            offset: Some(at.offset),
            code_sha256: None,
            locus: manifest.map(|manifest| manifest.package.clone()).unwrap_or_default(),
            instruction: called.map(str::to_owned),
        }
    };
    let way = |steps: &[Step]| -> Vec<Evidence> {
        (steps.iter())
            .filter(|step| !matches!(step.note, Note::Source | Note::Sink))
            .map(|step| place(Role::Step, step.place, None))
            .collect()
    };
    let end = |role, end: &FlowEnd| place(role, end.place, Some(&end.api));
    let outlets = (flows.puts.iter())
        .filter_map(|put| {
            Some(Outlet {
                into: put.into.clone(),
                from: match &put.from {
                    Whence::Source(source) => Origin::Data(
                        ends.sources.get(source.end as usize)?.kind.clone(),
                        end(Role::Source, source),
                    ),
                    Whence::Channel(channel, places) => Origin::Channel(
                        channel.clone(),
                        places.iter().take(1).map(|at| place(Role::Channel, *at, None)).collect(),
                    ),
                },
                whole: put.whole,
                answers: put.answers,
                marks: put.marks,
                steps: way(&put.steps),
                at: put.places.first().map(|at| place(Role::Channel, *at, None)),
            })
        })
        .collect();
    let inlets = (flows.taken.iter())
        .map(|taken| Inlet {
            from: taken.from.clone(),
            at: taken.places.first().map(|at| place(Role::Channel, *at, None)),
            marks: taken.marks,
            steps: way(&taken.steps),
            sink: end(Role::Sink, &taken.sink),
            kind: ends.sinks.get(taken.sink.end as usize).map(|end| end.kind.clone()).unwrap_or_default(),
            draft: None,
            words: BTreeMap::new(),
            selected: Vec::new(),
        })
        .collect();
    Member {
        name: apk.to_owned(),
        identity: apk.to_owned(),
        user: manifest
            .map(|manifest| manifest.shared_user_id.clone().unwrap_or_else(|| manifest.package.clone())),
        permissions: manifest
            .map(|manifest| manifest.uses_permissions.iter().map(|one| one.name.clone()).collect())
            .unwrap_or_default(),
        holds_all: false,
        providers: manifest.map(crate::scan::providers).unwrap_or_default(),
        takers: (manifest.map(crate::scan::takers).unwrap_or_default().into_iter())
            .chain(overt_detect::registered::takers(table, flows))
            .collect(),
        asked: flows.asked.clone(),
        outlets: Outlets { outlets, inlets, ..Outlets::default() },
    }
}

/// The flows from one member to another.
pub(crate) fn lines(ends: &Ends, members: &[Member]) -> Vec<FlowLine> {
    let mut all: BTreeMap<(FlowPlace, FlowPlace), FlowLine> = BTreeMap::new();
    for way in join::ways(ends, members, true) {
        let (Some(first), Some(last)) = (way.evidence.first(), way.evidence.last()) else { continue };
        let end = |evidence: &Evidence, kind: &str| FlowPlace {
            apk: evidence.package.clone().unwrap_or_default(),
            package: Some(evidence.locus.clone()).filter(|package| !package.is_empty()),
            class: evidence.class.clone().unwrap_or_default(),
            method: evidence.method.clone().unwrap_or_default(),
            descriptor: evidence.descriptor.clone().unwrap_or_default(),
            offset: evidence.offset.unwrap_or_default(),
            api: evidence.instruction.clone().unwrap_or_default(),
            kind: kind.to_owned(),
        };
        let (source, sink) = (end(first, &way.kind), end(last, &way.inlet.kind));
        let steps = (way.evidence.iter())
            .map(|one| FlowStep {
                class: one.class.clone().unwrap_or_default(),
                method: one.method.clone().unwrap_or_default(),
                offset: one.offset.unwrap_or_default(),
                note: match one.role {
                    Role::Source => Note::Source.words().to_owned(),
                    Role::Sink => Note::Sink.words().to_owned(),
                    Role::Channel => "passes from one part of the phone to another".to_owned(),
                    _ => Note::Passed.words().to_owned(),
                },
            })
            .collect();
        let line = FlowLine {
            apk: source.apk.clone(),
            source: source.clone(),
            sink: sink.clone(),
            steps,
            via: words(way.marks, mark::VIA),
            assumptions: words(way.marks, mark::ASSUMPTIONS),
            transforms: words(way.marks, mark::TRANSFORMS),
            implicit: way.marks & mark::IMPLICIT != 0,
        };
        all.entry((source, sink)).or_insert(line);
    }
    all.into_values().collect()
}
