//! Effects that are only *decided* by what somebody outside sends: the code compares it with a word, and where it is that
//! word, goes on to an effect that it is told nothing else about.

use std::collections::{BTreeMap, BTreeSet};

use overt_catalogue::{Behaviour, Catalogue, Noise, Owner, PlaceId};
use overt_flow::ends::COMPARISON;
use overt_flow::flow::Flow;
use overt_flow::object::Place;
use overt_flow::value::mark;
use overt_program::MethodId;
use overt_program::ir::{BlockId, Comparison, Definition, Operation};
use overt_record::evidence::Role;
use overt_record::finding::{Endpoint, Finding};
use overt_record::words::{Confidence, Rung};

use crate::climb::{Flows, UNPROVED, chain, settle};
use crate::finding::{Maker, Words, list};
use crate::occurrence::{Occurrence, Strength};
use crate::order::{FROM_OUTSIDE, KEPT, MOST_WORDS, askers, is_cut, senders, short_api};
use crate::passage::{reference, text_argument};
use crate::unit::Code;
use crate::waits::gate::leads;
use crate::waits::held::{Read, Reader};

/// Methods of a text that say whether it is another.
const SAYS_EQUAL: &[&str] = &["equals", "equalsIgnoreCase", "contentEquals"];

/// Effects of which it matters that somebody else decides when they happen, whatever they are told.
const DECIDED: &[&str] = &[
    "exec",
    "install",
    "uninstall",
    "app_disable",
    "dynamic_code",
    "settings_write",
    "verification_off",
    "permission_grant",
    "sms_send",
    "call_place",
    "wipe",
    "flash",
    "reboot",
    "network_config",
    "screen_capture",
    "log_capture",
];

/// Calls from the comparison to the effect.
const DEEPEST: u8 = 3;
/// Methods looked into behind one comparison.
const MOST_METHODS: usize = 60;

/// An effect behind a comparison.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Behind {
    /// The place of the catalogue that it is.
    place: PlaceId,
    /// The calls that lead to it, the first in the method of the comparison.
    hops: Vec<(usize, u32)>,
    /// Where it happens.
    at: (usize, u32),
}

/// Comparisons with a word, behind which an effect happens.
#[derive(Debug, Default)]
pub struct Decided {
    by: BTreeMap<Place, (String, Vec<Behind>)>,
}

/// Effects of a package by the method in which they happen.
type Effects = BTreeMap<usize, Vec<(u32, PlaceId)>>;

impl Decided {
    /// Finds them in the code that is reached.
    #[must_use]
    pub fn of(catalogue: &Catalogue, code: Code<'_>) -> Decided {
        let mut effects = Effects::new();
        for one in &code.occurrences.places {
            let wanted = matches!(catalogue.owner(one.place), Some(Owner::Effect(word)) if DECIDED.contains(&word.as_str()));
            let loud = catalogue.place(one.place).is_some_and(|place| place.noise != Noise::High);
            if wanted && loud && one.strength == Strength::Direct && code.reach.is_reached(one.method) {
                effects.entry(one.method).or_default().push((one.offset, one.place));
            }
        }
        let mut all = Decided::default();
        if effects.is_empty() {
            return all;
        }
        let near = near(code, &effects);
        let reader = Reader::new(code.table);
        for method in near {
            let id = code.table.own_method_at(method);
            for (offset, word) in compared(code, id) {
                let behind = behind(&reader, code, &effects, id, offset);
                if !behind.is_empty() {
                    all.by.insert(Place { method: id, offset }, (word, behind));
                }
            }
        }
        all
    }

    /// The comparisons.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        self.by.keys().copied()
    }
}

/// Reached methods from which an effect is a few calls away.
fn near(code: Code<'_>, effects: &Effects) -> BTreeSet<usize> {
    let mut callers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for method in (0..code.bodies.len()).filter(|method| code.reach.is_reached(*method)) {
        for (_, target) in own_calls(code, method) {
            callers.entry(target).or_default().push(method);
        }
    }
    let mut all: BTreeSet<usize> = effects.keys().copied().collect();
    let mut last: Vec<usize> = all.iter().copied().collect();
    for _ in 0..DEEPEST {
        let next: BTreeSet<usize> =
            last.iter().filter_map(|method| callers.get(method)).flatten().copied().collect();
        last = next.into_iter().filter(|method| all.insert(*method)).collect();
    }
    all
}

/// Calls of methods of the app: where, and of which.
fn own_calls(code: Code<'_>, method: usize) -> Vec<(u32, usize)> {
    let table = code.table;
    let Some(linked) = table.dexes().get(usize::from(table.method(table.own_method_at(method)).dex)) else {
        return Vec::new();
    };
    let calls = code.bodies.calls(code.bodies.body(method)).iter();
    calls
        .filter_map(|call| {
            let target = table.resolve(linked.method_key(call.method)?)?;
            Some((call.offset, table.own_index(target)?))
        })
        .collect()
}

/// Comparisons of a text with a word, in the order of the code.
fn compared(code: Code<'_>, method: MethodId) -> Vec<(u32, String)> {
    let Some(own) = code.table.own_index(method) else { return Vec::new() };
    let mut all = Vec::new();
    for call in code.bodies.calls(code.bodies.body(own)) {
        let Some(key) = reference(code, method, call.offset) else { continue };
        let (class, name) = (code.table.text(key.class), code.table.text(key.name));
        let compares = class == "Ljava/lang/String;" && SAYS_EQUAL.contains(&name)
            || class == "Landroid/text/TextUtils;" && name == "equals";
        if !compares {
            continue;
        }
        let word = (0..=2).find_map(|argument| text_argument(code, method, call.offset, argument));
        // Empty texts and single characters are no words of a protocol.
        all.extend(
            word.filter(|word| word.trim().chars().count() > 1 && word != "null")
                .map(|word| (call.offset, word)),
        );
    }
    all
}

/// Effects that happen only where the comparison says yes.
fn behind(
    reader: &Reader<'_>,
    code: Code<'_>,
    effects: &Effects,
    method: MethodId,
    offset: u32,
) -> Vec<Behind> {
    let (Some(read), Some(own)) = (reader.read(method), code.table.own_index(method)) else {
        return Vec::new();
    };
    let body = &read.definitions.body;
    let Ok(position) = body.instructions.binary_search_by_key(&offset, |one| one.offset) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for number in 0..body.blocks.len() {
        let branch = BlockId(number as u32);
        let Some((yes, no)) = sides(&read, branch, position as u32) else { continue };
        let within: Vec<BlockId> = (read.regions().decided_by(branch).iter().copied())
            .filter(|block| leads(&read, branch, yes, *block) && !leads(&read, branch, no, *block))
            .collect();
        for block in within {
            for at in body.block(block).instructions.clone() {
                let Some(instruction) = body.instructions.get(at as usize) else { continue };
                let mut seen = BTreeSet::new();
                follow(code, effects, (own, Some(instruction.offset)), &[], &mut seen, &mut all);
            }
        }
    }
    all.sort();
    all.dedup_by(|a, b| a.at == b.at);
    all
}

/// Where a branch goes on when the call at `position` says yes, and where when it says no.
fn sides(read: &Read, branch: BlockId, position: u32) -> Option<(BlockId, BlockId)> {
    let body = &read.definitions.body;
    let block = body.block(branch);
    let at = block.instructions.end.checked_sub(1)?;
    let Operation::If { what, a, b: None } = body.instructions.get(at as usize)?.operation else {
        return None;
    };
    if read.definitions.definitions(at, a)[..] != [Definition::At(position)] {
        return None;
    }
    let (taken, passed) = (*block.successors.first()?, *block.successors.get(1)?);
    match what {
        Comparison::NotEqual => Some((taken, passed)),
        Comparison::Equal => Some((passed, taken)),
        _ => None,
    }
}

/// Effects at an instruction of a method, or (with none) anywhere in it.
fn follow(
    code: Code<'_>,
    effects: &Effects,
    (method, only): (usize, Option<u32>),
    hops: &[(usize, u32)],
    seen: &mut BTreeSet<usize>,
    all: &mut Vec<Behind>,
) {
    let meant = |offset: u32| only.is_none_or(|only| only == offset);
    for (offset, place) in effects.get(&method).into_iter().flatten().filter(|(offset, _)| meant(*offset)) {
        all.push(Behind { place: *place, hops: hops.to_vec(), at: (method, *offset) });
    }
    if hops.len() >= usize::from(DEEPEST) || seen.len() >= MOST_METHODS {
        return;
    }
    for (offset, target) in own_calls(code, method).into_iter().filter(|(offset, _)| meant(*offset)) {
        if seen.insert(target) {
            let mut hops = hops.to_vec();
            hops.push((method, offset));
            follow(code, effects, (target, None), &hops, seen, all);
        }
    }
}

/// What is known of an effect that is decided by somebody outside.
pub(crate) struct Told {
    title: String,
    says: String,
}

impl<'a> Maker<'a, '_> {
    /// Lifts a finding about effects to a flow where what somebody outside sends is compared with a word, and an effect
    /// happens where it is that word.
    pub(crate) fn decided(
        &self,
        behaviour: &Behaviour,
        code: Code<'a>,
        flows: Flows<'_>,
        occurrences: &[&Occurrence],
        finding: &mut Finding,
        words: &mut Words,
    ) -> Option<Told> {
        if finding.rung != Rung::Capability || behaviour.theme != "remote-control" {
            return None;
        }
        let sites: BTreeSet<(usize, u32)> = occurrences.iter().map(|one| (one.method, one.offset)).collect();
        let mut ways: Vec<(&Flow, &str, &str, &Behind)> = Vec::new();
        for flow in &flows.found.flows {
            let (Some(source), Some(sink)) = (
                flows.ends.sources.get(flow.source.end as usize),
                flows.ends.sinks.get(flow.sink.end as usize),
            ) else {
                continue;
            };
            if sink.kind != COMPARISON
                || !FROM_OUTSIDE.contains(&source.kind.as_str())
                || source.kind != "network" && flow.marks & KEPT != 0
                || flow.marks & (UNPROVED | mark::HASH) != 0
                || is_cut(flow)
            {
                continue;
            }
            let Some((word, behind)) = flows.decided.by.get(&flow.sink.place) else { continue };
            let there = behind.iter().filter(|one| sites.contains(&one.at));
            ways.extend(there.map(|one| (flow, source.kind.as_str(), word.as_str(), one)));
        }
        ways.sort_by_cached_key(|(flow, _, _, behind)| {
            let assumed = mark::words(flow.marks, mark::ASSUMPTIONS).count();
            (assumed, behind.hops.len(), flow.steps.len(), flow.source.place, flow.sink.place)
        });
        let (flow, _, _, behind) = *ways.first()?;
        let asked = self.asked(code);
        let answers = ways.iter().filter(|(_, kind, ..)| *kind == "network");
        let endpoints: BTreeSet<Endpoint> =
            answers.flat_map(|(flow, ..)| askers(asked, flows, flow)).collect();
        let hosts: BTreeSet<String> = endpoints.iter().filter_map(|one| one.host.clone()).collect();
        let kinds: BTreeSet<&str> = ways.iter().map(|(_, kind, ..)| *kind).collect();
        let source = senders(&kinds, &hosts.into_iter().collect::<Vec<_>>());
        let mut place = |role, at: Place| {
            let role = if role == Role::Sink { Role::Guard } else { role };
            Some(self.place(code, role, code.table.own_index(at.method)?, at.offset))
        };
        let mut evidence = chain(flow, &mut place);
        for (method, offset) in &behind.hops {
            evidence.push(self.place(code, Role::Step, *method, *offset));
        }
        evidence.push(self.place(code, Role::Sink, behind.at.0, behind.at.1));
        settle(finding, flow, evidence);
        finding.confidence = Confidence::Medium;
        finding.endpoints = endpoints.into_iter().collect();
        finding.sites = ways.iter().map(|(.., one)| one.at).collect::<BTreeSet<_>>().len() as u32;
        let mut verbs: Vec<String> = Vec::new();
        for (_, _, word, _) in &ways {
            let word = format!("“{word}”");
            if !verbs.contains(&word) {
                verbs.push(word);
            }
        }
        // The other words that the same code knows.
        let mut others: Vec<String> = Vec::new();
        for method in ways.iter().map(|(flow, ..)| flow.sink.place.method).collect::<BTreeSet<_>>() {
            for (_, word) in compared(code, method) {
                let word = format!("“{word}”");
                if !verbs.contains(&word) && !others.contains(&word) {
                    others.push(word);
                }
            }
        }
        let apis: BTreeSet<String> = (ways.iter())
            .filter_map(|(.., one)| {
                let key = reference(code, code.table.own_method_at(one.at.0), one.at.1)?;
                Some(short_api(&format!("{}->{}(", code.table.text(key.class), code.table.text(key.name))))
            })
            .collect();
        let apis = list(&apis.into_iter().collect::<Vec<_>>(), 4);
        let effect = behaviour.matches.effects.first().and_then(|word| self.index.catalogue.effect(word))?;
        words.set("source", source.clone());
        let mut says = format!(
            "What {source} sends decides whether the code goes on to {} ({apis}): it does where that is {}. What it does \
             then stands in the code. It is reached from {} and runs as {}.",
            effect.verb,
            list(&verbs, MOST_WORDS),
            words.get("entry"),
            words.get("runs_as"),
        );
        if !others.is_empty() {
            says.push_str(&format!(" The same code also compares with {}.", list(&others, MOST_WORDS)));
        }
        let says_who = if kinds.contains("network") { "a server" } else { "a message" };
        Some(Told { title: format!("Can {}, when {says_who} says so", effect.verb), says })
    }
}

impl Told {
    /// Words the finding, and weighs it: what happens stands in the code, and is one step less than what somebody else
    /// chooses.
    pub(crate) fn word(self, finding: &mut Finding) {
        finding.title = self.title;
        finding.says = self.says;
        finding.severity = finding.severity.lower();
    }
}
