//! What the play comes to: flows, and what goes into channels and comes out of them.

use std::collections::{BTreeMap, BTreeSet};

use overt_catalogue::model::{OpenKind, SendKind};
use overt_program::MethodId;

use crate::channel::{ACTION, Channel, FROM, Put, TO, WRITTEN, Whence, is_shared};
use crate::driver::{Driver, PARAMETER};
use crate::flow::{AppFlows, Flow, FlowEnd, Unmodelled};
use crate::object::{Cell, ObjectId, ObjectKind, Place};
use crate::session::Session;
use crate::summary::Arrival;
use crate::template::is_open;
use crate::trace::{Note, Step};
use crate::value::{Constant, Datum, Origin, UNPROVED, Value};
use crate::ways::{Summaries, Way, Ways};

/// What is put into channels: by channel, from where, and whether it is handed on as it is.
pub(crate) type Puts = BTreeMap<(Channel, Whence, bool), Put>;

/// Steps kept of a way.
pub(crate) const STEPS: usize = 64;

impl Driver<'_, '_, '_> {
    pub(crate) fn finish(mut self) -> AppFlows {
        let mut ways = Ways::default();
        for (entry, arrival) in std::mem::take(&mut self.arrivals) {
            self.frame.note_way(entry, &arrival, &mut ways);
        }
        // Arrivals inside summaries count where an entry uses the summary.
        let mut summaries = Summaries::default();
        let mut reached: Vec<Option<Vec<Way>>> = Vec::new();
        let used = std::mem::take(&mut self.used);
        for (entry, subjects) in used {
            for number in summaries.used_by(self.frame.session, &subjects) {
                if reached.len() <= number {
                    reached.resize_with(number + 1, || None);
                }
                match &reached[number] {
                    // The same for another entry.
                    Some(known) => ways.add_entry(known, entry),
                    None => {
                        let mut all = Vec::new();
                        if let Some(summary) = summaries.summary(number) {
                            for arrival in &summary.arrivals {
                                all.extend(self.frame.note_way(entry, arrival, &mut ways));
                            }
                        }
                        reached[number] = Some(all);
                    }
                }
            }
        }
        let (all, taken) = ways.into_flows(self.frame.session);
        let methods = summaries.methods();
        let puts = self.puts();
        let registered = self.registered();
        let mut statistics = std::mem::take(&mut self.frame.session.statistics);
        statistics.given_up.sort_unstable();
        statistics.given_up.dedup();
        let unmodelled = unmodelled(self.frame.session, &all);
        let asked = std::mem::take(&mut self.asked);
        AppFlows { flows: all, puts, taken, asked, registered, statistics, methods, unmodelled }
    }

    /// What stands in channels when everything was played.
    fn puts(&mut self) -> Vec<Put> {
        if !self.frame.session.joined {
            return Vec::new();
        }
        self.frame.state.heap = self.global.clone();
        let mut puts = std::mem::take(&mut self.answered);
        for kind in OpenKind::ALL.iter().map(|(_, kind)| *kind).filter(|kind| is_shared(*kind)) {
            for thing in self.frame.session.objects.things(kind) {
                let Some(channel) = self.frame.channel(thing, Cell::Content) else { continue };
                if is_open(&channel.key) {
                    continue;
                }
                let places = places_of(self.frame.session, thing);
                let provided = kind == OpenKind::Provider
                    || kind == OpenKind::File && channel.key.starts_with("content:");
                let key = if provided { format!("{WRITTEN}{}", channel.key) } else { channel.key };
                self.put_cells(thing, &Channel { key, ..channel }, &places, &mut puts);
            }
        }
        self.put_sent(&mut puts);
        puts.into_values().collect()
    }

    /// What Intents carry to other apps, and what is handed back to them.
    fn put_sent(&mut self, puts: &mut Puts) {
        let sent: Vec<(ObjectId, SendKind, Place, Value)> = (self.frame.state.heap.all().iter())
            .filter_map(|(holder, cell, value)| match cell {
                Cell::Sent(kind, place) => Some((*holder, *kind, *place, value.clone())),
                _ => None,
            })
            .collect();
        let extras = Cell::Named(self.frame.session.text("extras"));
        for (holder, kind, place, value) in sent {
            let name = (0..self.entries.len())
                .find(|number| self.component(*number) == Some(holder))
                .map(|number| self.entries[number].name.clone());
            for intent in value.objects.clone() {
                let (kind, keys) = match (kind, &name) {
                    (SendKind::Result, Some(name)) => (OpenKind::Result, vec![format!("{FROM}{name}")]),
                    (SendKind::Result | SendKind::Message | SendKind::Bind, _) => continue,
                    _ => (OpenKind::Intent, self.addressed(intent)),
                };
                for key in keys {
                    if let (OpenKind::Intent, Some(name)) = (kind, &name) {
                        self.asked.push((name.clone(), key.clone()));
                    }
                    let channel = Channel { kind, key, part: None };
                    self.put_data(&value.data.clone(), &channel, &[place], puts);
                    let held = self.frame.load(intent, extras);
                    for holder in held.objects.clone() {
                        self.put_holder(holder, &channel, &[place], false, puts);
                    }
                }
            }
        }
        self.asked.sort_unstable();
        self.asked.dedup();
    }

    /// Whom an Intent is for: a component by name, or else whoever takes its action.
    fn addressed(&mut self, intent: ObjectId) -> Vec<String> {
        let (target, action) =
            (Cell::Named(self.frame.session.text("target")), Cell::Named(self.frame.session.text("action")));
        let named = self.frame.load(intent, target);
        let texts = |this: &Self, value: &Value, before: &str| -> Vec<String> {
            let constants = value.known_constants().unwrap_or(&[]);
            (constants.iter())
                .filter_map(|constant| match constant {
                    Constant::Class(text) | Constant::Text(text) => {
                        let text = this.frame.session.texts.get(*text);
                        let name = text.trim_start_matches('L').trim_end_matches(';').replace('/', ".");
                        Some(format!("{before}{name}"))
                    }
                    _ => None,
                })
                .collect()
        };
        if !named.is_nothing() {
            return texts(self, &named, TO);
        }
        let action = self.frame.load(intent, action);
        texts(self, &action, ACTION)
    }

    /// What a thing or row holds goes into a channel; what stands behind it is handed on as it is.
    fn put_holder(
        &mut self,
        holder: ObjectId,
        into: &Channel,
        places: &[Place],
        answers: bool,
        puts: &mut Puts,
    ) {
        self.put_cells(holder, into, places, puts);
        let ObjectKind::Thing(kind, Some(_)) = self.frame.session.objects.get(holder).kind else { return };
        let Some(from) = self.frame.channel(holder, Cell::Content).filter(|_| is_shared(kind)) else {
            return;
        };
        if (from.kind, &from.key) == (into.kind, &into.key) || is_open(&from.key) {
            return;
        }
        let from = Whence::Channel(from, places_of(self.frame.session, holder));
        let put = Put {
            into: into.clone(),
            from: from.clone(),
            answers,
            whole: true,
            marks: 0,
            steps: Vec::new(),
            places: places.to_vec(),
        };
        puts.entry((into.clone(), from, true)).or_insert(put);
    }

    /// Every cell of a thing or row, as a part of a channel.
    fn put_cells(&mut self, holder: ObjectId, channel: &Channel, places: &[Place], puts: &mut Puts) {
        let cells: Vec<(Cell, Value)> = (self.frame.state.heap.of(holder).iter())
            .filter(|(_, cell, _)| !matches!(cell, Cell::Listener(_) | Cell::Sent(..) | Cell::Drain(..)))
            .map(|(_, cell, value)| (*cell, value.clone()))
            .collect();
        for (cell, value) in cells {
            let part = match cell {
                Cell::Key(name) => Some(self.frame.session.texts.get(name).to_string()),
                _ => None,
            };
            let into = Channel { part, ..channel.clone() };
            let mut rest = value.clone();
            // Objects of the app's own classes, written out: field by field.
            for object in value.objects.clone() {
                let class = self.frame.session.objects.get(object).class;
                if into.part.is_some()
                    || class.is_none_or(|class| self.frame.session.own_class(class).is_none())
                {
                    continue;
                }
                let left = rest.objects.iter().copied().filter(|one| *one != object).collect();
                rest = rest.with_objects(left);
                let fields: Vec<(Cell, Value)> = (self.frame.state.heap.of(object).iter())
                    .filter(|(_, cell, _)| matches!(cell, Cell::Field(..)))
                    .map(|(_, cell, value)| (*cell, value.clone()))
                    .collect();
                for (cell, value) in fields {
                    let Cell::Field(name, _) = cell else { continue };
                    let text = self.frame.session.texts.get(name);
                    let part = Some(format!(".{}", text.rsplit("->").next().unwrap_or(&text)));
                    let data = self.frame.deep(&value);
                    self.put_data(&data, &Channel { part, ..channel.clone() }, places, puts);
                }
            }
            let data = self.frame.deep(&rest);
            self.put_data(&data, &into, places, puts);
        }
    }

    fn put_data(&mut self, data: &[Datum], into: &Channel, places: &[Place], puts: &mut Puts) {
        for datum in data {
            // What is only possible proves nothing in another app either.
            if datum.marks & UNPROVED != 0 {
                continue;
            }
            let session = &mut *self.frame.session;
            let mut froms: Vec<Whence> = Vec::new();
            match session.origins.get(datum.origin) {
                Origin::Source(place, source) => {
                    froms.push(Whence::Source(source_end(session, place, source)))
                }
                Origin::Read(thing, cell) => {
                    let Some(from) = self.frame.channel(thing, cell) else { continue };
                    // What stood there already.
                    let told = into.key.strip_prefix(WRITTEN);
                    if from.kind == into.kind
                        && (from.key == into.key || told == Some(&*from.key) && from.part == into.part)
                    {
                        continue;
                    }
                    let session = &mut *self.frame.session;
                    let opened = places_of(session, thing);
                    let sources = session.ends.kept(&from, datum.marks);
                    if !sources.is_empty()
                        && let Some(place) = nearest(&opened, &session.traces.steps(datum.trace, STEPS))
                    {
                        for source in sources {
                            froms.push(Whence::Source(source_end(session, place, source)));
                        }
                    }
                    froms.push(Whence::Channel(from, opened));
                }
                _ => continue,
            }
            for from in froms {
                let key = (into.clone(), from, false);
                let known = puts.get(&key);
                if known.is_some_and(|known| known.marks.count_ones() <= datum.marks.count_ones()) {
                    continue;
                }
                let put = Put {
                    into: into.clone(),
                    from: key.1.clone(),
                    answers: places.iter().all(|place| place.offset == 0) && !places.is_empty(),
                    whole: false,
                    marks: datum.marks,
                    steps: self.frame.session.traces.steps(datum.trace, STEPS),
                    places: places.to_vec(),
                };
                puts.insert(key, put);
            }
        }
    }

    /// What a provider answered: the row of a cursor, a file, a bundle.
    pub(crate) fn put_answer(&mut self, answer: &Answer) {
        let mut all = std::mem::take(&mut self.answered);
        let puts = &mut all;
        let places = [Place { method: answer.method, offset: 0 }];
        let kind = if answer.rows { OpenKind::Provider } else { OpenKind::File };
        let own = Channel { kind, key: answer.key.clone(), part: None };
        self.put_data(&answer.value.data.clone(), &own, &places, puts);
        let mut holders: Vec<ObjectId> = Vec::new();
        for part in ["row", "file", "source", "extras"] {
            let part = Cell::Named(self.frame.session.text(part));
            let held = self.frame.load_from(&answer.value, part);
            self.put_data(&held.data.clone(), &own, &places, puts);
            holders.extend(held.objects.iter().copied());
        }
        holders.sort_unstable();
        holders.dedup();
        for holder in holders {
            self.put_holder(holder, &own, &places, true, puts);
        }
        self.answered = all;
    }
}

/// An answer of a provider.
pub(crate) struct Answer {
    /// The URI under which it was asked; unknown parts are holes.
    pub key: String,
    /// The method that answered.
    pub method: MethodId,
    /// The answer.
    pub value: Value,
    /// It answers with rows, not with a file.
    pub rows: bool,
}

pub(crate) fn places_of(session: &Session<'_>, thing: ObjectId) -> Vec<Place> {
    session.opened.get(&thing).map(|places| places.iter().copied().collect()).unwrap_or_default()
}

/// The place in a method that the way passes; else the first.
pub(crate) fn nearest(places: &[Place], steps: &[Step]) -> Option<Place> {
    let near = places.iter().find(|place| steps.iter().any(|step| step.place.method == place.method));
    near.or(places.first()).copied()
}

pub(crate) fn sink_end(session: &mut Session<'_>, arrival: &Arrival) -> FlowEnd {
    FlowEnd { place: arrival.place, end: arrival.sink, api: session.api_at(arrival.place) }
}

pub(crate) fn source_end(session: &mut Session<'_>, place: Place, source: u32) -> FlowEnd {
    if place.offset >= PARAMETER {
        FlowEnd {
            place: Place { offset: 0, ..place },
            end: source,
            api: format!("parameter:{}", place.offset - PARAMETER),
        }
    } else {
        FlowEnd { place, end: source, api: session.api_at(place) }
    }
}

/// The methods that flows are assumed to pass, by name.
fn unmodelled(session: &mut Session<'_>, flows: &[Flow]) -> Vec<Unmodelled> {
    let mut apis: BTreeMap<String, (BTreeSet<usize>, BTreeSet<Place>)> = BTreeMap::new();
    let mut names: BTreeMap<Place, String> = BTreeMap::new();
    for (number, flow) in flows.iter().enumerate() {
        for step in flow.steps.iter().filter(|step| step.note == Note::Assumed) {
            let api = names.entry(step.place).or_insert_with(|| session.api_at(step.place)).clone();
            let (flows, sites) = apis.entry(api).or_default();
            flows.insert(number);
            sites.insert(step.place);
        }
    }
    (apis.into_iter())
        .map(|(api, (flows, sites))| {
            let class = api.split_once("->").and_then(|(class, _)| session.table.find(class));
            let own = class.is_some_and(|class| session.table.is_own(class));
            Unmodelled { api, flows: flows.len() as u64, sites: sites.len() as u64, own }
        })
        .collect()
}

impl Session<'_> {
    /// The method or field that the instruction at `place` uses.
    fn api_at(&mut self, place: Place) -> String {
        if let Some(known) = self.apis.get(&place) {
            return known.clone();
        }
        let made = self.find_api_at(place);
        self.apis.insert(place, made.clone());
        made
    }

    fn find_api_at(&mut self, place: Place) -> String {
        let table = self.table;
        let method = table.method(place.method);
        let Some(linked) = table.dexes().get(usize::from(method.dex)) else { return String::new() };
        let Ok(code) = linked.dex.code(method.code_off) else { return String::new() };
        let Ok(insn) = code.instruction_at(place.offset) else { return String::new() };
        match insn.op as u8 {
            0x6e..=0x72 | 0x74..=0x78 => {
                let reference = self.reference(method.dex, insn.index);
                reference.map_or_else(String::new, |reference| self.texts.get(reference.api).to_string())
            }
            0x52..=0x6d => {
                let field = self.field(method.dex, overt_dex::FieldIdx(insn.index));
                field.map_or_else(String::new, |field| self.texts.get(field.reference).to_string())
            }
            _ => String::new(),
        }
    }
}
