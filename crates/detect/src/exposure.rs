//! What any app can make a package do: from what a caller hands to an exported component to an effect.

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;
use overt_apk::manifest::{Component, ComponentKind};
use overt_catalogue::model::OpenKind;
use overt_catalogue::{Behaviour, Noise, TriggerSign};
use overt_flow::channel::{Put, Whence};
use overt_flow::flow::Flow;
use overt_flow::object::Place;
use overt_flow::trace::Note;
use overt_flow::value::mark;
use overt_program::ClassId;
use overt_record::Finding;
use overt_record::evidence::Role;
use overt_record::finding::{Assumption, Gate, Reach as ReachedFrom};
use overt_record::words::{Confidence, DataKind, Effect, GateKind, Rung, Via};

use crate::climb::{Flows, UNPROVED, chain, settle};
use crate::dispatch::is_impossible;
use crate::entry::{EntryGuard, EntryKind, EntryPoint, Guarding, component_guard, weaker};
use crate::finding::{Maker, Words, list};
use crate::guard::Guards;
use crate::home::is_own_rows;
use crate::number::is_kept_as_number;
use crate::occurrence::{Occurrence, Strength};
use crate::order::{
    CHECKS_CALLER, KEPT, MOST_WORDS, effects_of, is_cut, is_only_a_number, told_api, words_compared,
};
use crate::passage::{Called, Passage, reference, text_argument};
use crate::registered::{Heard, heard, is_by_screen};
use crate::unit::Code;

/// The source whose data other apps decide.
const CALLER: &str = "caller";

/// Effects that tell something: they matter where the caller is told.
const TELLING: &[&str] = &["data_read", "file_read"];

/// Effects inside the app's own walls, where it has no rights that other apps lack.
const AT_HOME: &[&str] =
    &["data_read", "data_write", "data_delete", "file_read", "file_write", "file_delete", "component_start"];

/// Calls that hold a path against the folder that it may lie in, or leave of a name what is no way out of one.
const HOLDS_PATHS: &[&str] = &[
    "getCanonicalPath",
    "getCanonicalFile",
    "toRealPath",
    "normalize",
    "buildValidFatFilename",
    "buildValidExtFilename",
];

/// Is a path or name held against what it may be before the way goes on?
pub(crate) fn is_held(passage: &Passage<'_>, names: &Guards<'_>) -> bool {
    passage.before(&|_, name| HOLDS_PATHS.contains(&name)).is_some() || names.stand_before(passage)
}

/// Does the way go on in another component than the one it began in? Between a screen and what it starts, the owner may
/// have been asked.
fn leaves(code: Code<'_>, entry: &EntryPoint, flow: &Flow) -> bool {
    let others: BTreeSet<ClassId> = (code.entries.iter())
        .filter(|one| matches!(one.kind, EntryKind::Component(_)))
        .flat_map(|one| one.root.classes.iter().copied())
        .filter(|class| !entry.root.classes.contains(class))
        .collect();
    let places = flow.steps.iter().map(|step| step.place).chain([flow.sink.place]);
    places.map(|place| code.table.method(place.method).class).any(|class| others.contains(&class))
}

/// What a provider answers, where that is taken and what it is.
type Answer<'a> = (&'a Put, Place, BTreeSet<DataKind>);

/// One way by which a component's caller decides about an effect.
struct Abused<'a> {
    flow: &'a Flow,
    effect: String,
    noise: Noise,
    check: Option<Called>,
}

impl Maker<'_, '_> {
    /// Findings of a behaviour about components that let other apps cause its effects.
    pub(crate) fn exposed(&mut self, behaviour: &Behaviour, occurrences: &[&Occurrence]) -> Vec<Finding> {
        let mut found = Vec::new();
        let (Some(code), Some(_)) = (self.unit.code, self.unit.manifest) else { return found };
        let Some(flows) = code.flows else { return found };
        if !behaviour.titles.contains_key(Rung::Flow.as_str()) {
            return found;
        }
        let mut doors: BTreeMap<usize, Vec<Abused<'_>>> = BTreeMap::new();
        let protected = |action: &str| self.unit.protected.contains(action);
        let heard =
            heard(self.index.catalogue, code, flows.found, flows.played, self.unit.level_of, &protected);
        let mut called: BTreeMap<usize, Vec<Abused<'_>>> = BTreeMap::new();
        let (callers, names) = (Guards::of_callers(code, self.unit.level_of), Guards::of_names(code));
        let touched = self.touched();
        let mut untouched: BTreeMap<usize, FixedBitSet> = BTreeMap::new();
        for flow in &flows.found.flows {
            let Some((effect, noise)) = self.effect_of(behaviour, flows, flow) else { continue };
            if is_only_a_number(flow, &effect)
                || is_own_rows(code, &effect, flow)
                || is_impossible(code, flow)
                || is_kept_as_number(code, flow, &effect)
            {
                continue;
            }
            if let Some((number, one)) = heard_by(code, &heard, flow) {
                let passage = Passage::of(code, flow);
                let users = self.is_users(code, &touched, &mut untouched, one.host, flow);
                if !users && !is_beside(&one.entry, &effect) && !self.is_systems(&one.entry, &passage) {
                    called.entry(number).or_default().push(Abused { flow, effect, noise, check: None });
                }
                continue;
            }
            for door in self.doors(code, flows, flow) {
                let Some(entry) = code.entries.get(door) else { continue };
                let open = open_for(self.component(entry), entry, self.method_of(code, flow.source.place));
                if !open
                    || self.is_users(code, &touched, &mut untouched, door, flow)
                    || is_beside(entry, &effect)
                {
                    continue;
                }
                let passage = Passage::of(code, flow);
                // Who sent a broadcast is not known to its receiver.
                let receives = matches!(entry.kind, EntryKind::Component(ComponentKind::Receiver));
                if receives && self.is_systems(entry, &passage) {
                    continue;
                }
                let check = if receives { None } else { passage.before(CHECKS_CALLER) };
                if check.is_some() && callers.stand_before(&passage)
                    || effect.starts_with("file_") && is_held(&passage, &names)
                {
                    continue;
                }
                doors.entry(door).or_default().push(Abused { flow, effect: effect.clone(), noise, check });
            }
        }
        for (door, mut ways) in doors {
            sort(&mut ways);
            if let Some(entry) = code.entries.get(door) {
                found.extend(self.door(behaviour, code, flows, entry, &ways));
            }
        }
        for (number, mut ways) in called {
            sort(&mut ways);
            let made = heard.get(number).and_then(|one| self.registered(behaviour, code, flows, one, &ways));
            // Two that hear the same are one door.
            if let Some(made) = made
                && !found.iter().any(|known| known.id == made.id)
            {
                found.push(made);
            }
        }
        if behaviour.titles.contains_key(Rung::Capability.as_str()) {
            self.reached(behaviour, code, occurrences, &mut found);
        }
        if behaviour.matches.effects.iter().any(|effect| effect == "data_read") {
            self.answered(behaviour, code, flows, &mut found);
        }
        found
    }

    /// The effect that a flow of a caller's ends in, if it is one of the behaviour's and counts for this package.
    fn effect_of(&self, behaviour: &Behaviour, flows: Flows<'_>, flow: &Flow) -> Option<(String, Noise)> {
        let source = flows.ends.sources.get(flow.source.end as usize)?;
        let sink = flows.ends.sinks.get(flow.sink.end as usize)?;
        // What is kept first and used some day is not what this caller asked for.
        let hashed = flow.marks & mark::HASH != 0;
        if source.kind != CALLER
            || !sink.orders
            || flow.marks & (UNPROVED | KEPT) != 0
            || hashed
            || is_cut(flow)
        {
            return None;
        }
        let all = effects_of(self.index.catalogue, &sink.kind, flow);
        let (effect, noise) = all
            .into_iter()
            .find(|(word, _)| behaviour.matches.effects.iter().any(|effect| effect == word))?;
        if effect != sink.kind {
            return Some((effect.to_owned(), noise));
        }
        let overt_flow::Label::Place(id) = sink.label else { return None };
        let place = self.index.catalogue.place(id)?;
        let counts = self.may(&place.needs) && (place.unless.is_empty() || !self.may(&place.unless));
        counts.then(|| (sink.kind.clone(), place.noise))
    }

    fn component(&self, entry: &EntryPoint) -> Option<&Component> {
        let EntryKind::Component(kind) = entry.kind else { return None };
        let components = &self.unit.manifest?.components;
        components.iter().find(|one| one.kind == kind && one.name == entry.name)
    }

    fn method_of<'c>(&self, code: Code<'c>, place: Place) -> &'c str {
        code.table.text(code.table.method(place.method).name)
    }

    /// Methods that run because the owner touched something.
    fn touched(&self) -> BTreeSet<String> {
        let rules = self.index.catalogue.trigger_rules().iter().filter(|rule| rule.kind == "user");
        // What another screen hands back, the owner let it hand back.
        let results = ["onActivityResult".to_owned()];
        rules
            .filter_map(|rule| match &rule.sign {
                TriggerSign::Callback(method) => Some(method.names.iter().cloned()),
                _ => None,
            })
            .flatten()
            .chain(results)
            .collect()
    }

    /// Does it happen only after the owner touched something on the screen?
    fn is_users(
        &self,
        code: Code<'_>,
        touched: &BTreeSet<String>,
        untouched: &mut BTreeMap<usize, FixedBitSet>,
        door: usize,
        flow: &Flow,
    ) -> bool {
        let name = |method| code.table.text(code.table.method(method).name);
        let steps = flow.steps.iter().filter(|step| step.note == Note::Passed);
        if steps.map(|step| step.place).chain([flow.sink.place]).any(|at| touched.contains(name(at.method))) {
            return true;
        }
        let Some(sink) = code.table.own_index(flow.sink.place.method) else { return false };
        let is_touched = |method: usize| touched.contains(name(code.table.own_method_at(method)));
        let around = untouched.entry(door).or_insert_with(|| code.reach.around(door, &is_touched));
        !around.contains(sink)
    }

    /// Does a receiver do it only for broadcasts that nobody but the system may send?
    fn is_systems(&self, entry: &EntryPoint, passage: &Passage<'_>) -> bool {
        let protected = |action: &str| self.unit.protected.contains(action);
        let words = passage.compared();
        let actions: Vec<&String> =
            words.iter().map(|(word, _)| word).filter(|word| entry.actions.contains(word)).collect();
        let asked = passage.asks_for_action();
        match actions.is_empty() {
            // It looks at the action in a way that is not told: then it is one of those that it is for.
            true => asked && !entry.actions.is_empty() && entry.actions.iter().all(|one| protected(one)),
            false => actions.into_iter().all(|action| protected(action)),
        }
    }

    /// The components whose callers hand over what flows: positions among the entry points.
    fn doors(&self, code: Code<'_>, flows: Flows<'_>, flow: &Flow) -> Vec<usize> {
        let table = code.table;
        let at = flow.source.place;
        let definition = table.method(at.method);
        let class = definition.class;
        let name = table.text(definition.name);
        let played: BTreeSet<usize> =
            flow.entries.iter().filter_map(|entry| flows.played.get(*entry as usize).copied()).collect();
        let component = |entry: &EntryPoint| entry.enabled && matches!(entry.kind, EntryKind::Component(_));
        let owners: BTreeSet<usize> = (code.entries.iter().enumerate())
            .filter(|(_, entry)| component(entry))
            .filter(|(_, entry)| {
                entry.root.classes.iter().any(|root| table.superclasses(*root).any(|one| one == class))
            })
            .map(|(number, _)| number)
            .collect();
        let kinds = |wanted: &[ComponentKind]| -> Vec<usize> {
            let fits = |number: &&usize| {
                code.entries.get(**number).is_some_and(
                    |entry| matches!(entry.kind, EntryKind::Component(kind) if wanted.contains(&kind)),
                )
            };
            played.iter().filter(fits).copied().collect()
        };
        let doors: Vec<usize> = if !owners.is_empty() {
            let both: Vec<usize> = owners.intersection(&played).copied().collect();
            if both.is_empty() { owners.into_iter().collect() } else { both }
        } else {
            match name {
                "onTransact" => kinds(&[ComponentKind::Service]),
                "handleMessage" => {
                    let services = kinds(&[ComponentKind::Service]);
                    services.into_iter().filter(|service| self.hands_out_messenger(code, *service)).collect()
                }
                // Registered in code: for whom is not known here.
                "onReceive" => Vec::new(),
                _ => kinds(&[ComponentKind::Activity, ComponentKind::ActivityAlias]),
            }
        };
        // Names for one class are one door: the widest.
        let mut by_class: BTreeMap<_, usize> = BTreeMap::new();
        for door in doors {
            let Some(entry) = code.entries.get(door) else { continue };
            let known = by_class.entry(entry.root.classes.first().copied()).or_insert(door);
            if code.entries.get(*known).is_some_and(|known| rank(entry) < rank(known)) {
                *known = door;
            }
        }
        by_class.into_values().collect()
    }

    /// Does the class of a service make a messenger, as one that hands it out does?
    fn hands_out_messenger(&self, code: Code<'_>, service: usize) -> bool {
        let table = code.table;
        let roots = code.entries.get(service).map(|entry| entry.root.classes.clone()).unwrap_or_default();
        roots.iter().any(|root| {
            table.class(*root).methods.clone().map(overt_program::MethodId).any(|method| {
                let (Some(index), Some(linked)) =
                    (table.own_index(method), table.dexes().get(usize::from(table.method(method).dex)))
                else {
                    return false;
                };
                code.bodies.types(code.bodies.body(index)).iter().any(|used| {
                    let name = linked.type_name(used.class).map(|name| table.text(name));
                    name == Some("Landroid/os/Messenger;")
                })
            })
        })
    }

    /// One component, and what its callers can cause.
    fn door(
        &mut self,
        behaviour: &Behaviour,
        code: Code<'_>,
        flows: Flows<'_>,
        entry: &EntryPoint,
        ways: &[Abused<'_>],
    ) -> Option<Finding> {
        let best = ways.first()?;
        let mut finding = self.opened(behaviour, entry);
        let mut words = self.words();
        let guard = self.guard_of(entry, self.method_of(code, best.flow.source.place));
        // Other apps do not get past it.
        if guard.as_ref().is_some_and(|guard| guard.guarding == Guarding::Strong) {
            return None;
        }
        let mut place =
            |role, at: Place| Some(self.place(code, role, code.table.own_index(at.method)?, at.offset));
        let evidence = chain(best.flow, &mut place);
        settle(&mut finding, best.flow, evidence);
        if let Some(check) = &best.check {
            finding.evidence.push(self.place(code, Role::Guard, check.method, check.offset));
        }
        let effects: BTreeSet<Effect> = ways.iter().filter_map(|way| Effect::parse(&way.effect)).collect();
        finding.effects = effects.into_iter().collect();
        finding.sites = ways.iter().map(|way| way.flow.sink.place).collect::<BTreeSet<_>>().len() as u32;
        let apis: BTreeSet<String> =
            ways.iter().map(|way| told_api(self.index.catalogue, way.flow, &way.effect)).collect();
        words.set("apis", list(&apis.into_iter().collect::<Vec<_>>(), 4));
        let noise = ways.iter().map(|way| way.noise).min().unwrap_or(Noise::Low);
        self.tell(&mut finding, &mut words, entry, guard.as_ref(), best.check.as_ref());
        self.finish(behaviour, &mut finding, noise, &words);
        let request = self.request(code, flows, entry, ways);
        finding.says = format!("{} {request}", finding.says.trim_end());
        let mut compared: Vec<(String, Called)> = Vec::new();
        for way in ways.iter().take(MOST_WORDS) {
            for (word, at) in Passage::of(code, way.flow).compared() {
                if compared.len() < MOST_WORDS && !compared.iter().any(|(known, _)| *known == word) {
                    compared.push((word, at));
                }
            }
        }
        if let Some(told) = words_compared(&compared) {
            finding.says = format!("{} {told}", finding.says);
        }
        self.weigh(&mut finding, &best.effect, noise, guard.as_ref(), best.check.is_some());
        if matches!(entry.kind, EntryKind::Component(ComponentKind::Activity | ComponentKind::ActivityAlias))
        {
            // The owner sees that a screen opens.
            finding.severity = finding.severity.lower();
            if ways.iter().all(|way| leaves(code, entry, way.flow)) {
                finding.severity = finding.severity.lower();
                finding.confidence = Confidence::Low;
                finding.gates.push(Gate {
                    kind: GateKind::UserConsent,
                    value: None,
                    says: "whether the owner is asked on the screen before is not known".into(),
                });
            }
        }
        Some(finding)
    }

    /// A receiver that code registers, and what those who send its broadcasts can cause.
    fn registered(
        &mut self,
        behaviour: &Behaviour,
        code: Code<'_>,
        flows: Flows<'_>,
        heard: &Heard,
        ways: &[Abused<'_>],
    ) -> Option<Finding> {
        let entry = EntryPoint { actions: heard.open.clone(), ..heard.entry.clone() };
        let mut finding = self.door(behaviour, code, flows, &entry, ways)?;
        let host = code.entries.get(heard.host)?;
        finding.id = Finding::identity(
            &behaviour.id,
            self.unit.identity,
            &format!("heard {}", entry.actions.join(" ")),
        );
        // Its line does not stand in the manifest: that of what registers it does.
        finding.evidence.retain(|evidence| evidence.role != Role::Manifest);
        if matches!(host.kind, EntryKind::Component(_)) {
            finding.evidence.insert(0, self.manifest_line(host));
        }
        if let Some(filter) = heard.filter
            && let Some(method) = code.table.own_index(filter.method)
        {
            let at = finding.evidence.len().min(1);
            finding.evidence.insert(at, self.place(code, Role::Entry, method, filter.offset));
        }
        finding.says =
            format!("{} Code of {} registers it: it hears them while that runs.", finding.says, host.name);
        if is_by_screen(code, heard.host) {
            finding.severity = finding.severity.lower();
        }
        Some(finding)
    }

    /// Components without a screen from which other apps can reach an effect that nobody needs to name anything for.
    fn reached(
        &mut self,
        behaviour: &Behaviour,
        code: Code<'_>,
        occurrences: &[&Occurrence],
        found: &mut Vec<Finding>,
    ) {
        let mut doors: BTreeMap<usize, Vec<&Occurrence>> = BTreeMap::new();
        let direct = |occurrence: &&&Occurrence| {
            occurrence.strength == Strength::Direct && code.reach.is_certain(occurrence.method)
        };
        for occurrence in occurrences.iter().filter(direct) {
            for door in code.reach.roots_of(occurrence.method) {
                let open = code.entries.get(door).is_some_and(|entry| {
                    let screen = matches!(
                        entry.kind,
                        EntryKind::Component(ComponentKind::Activity | ComponentKind::ActivityAlias)
                    );
                    entry.open_to_all() && entry.enabled && !screen
                });
                if open {
                    doors.entry(door).or_default().push(occurrence);
                }
            }
        }
        for (door, ways) in doors {
            let (Some(entry), Some(first)) = (code.entries.get(door), ways.first()) else { continue };
            let mut finding = self.opened(behaviour, entry);
            if found.iter().any(|known| known.id == finding.id) {
                continue;
            }
            finding.rung = Rung::Capability;
            let mut words = self.words();
            let hops = self.ways.entry(door).or_insert_with(|| code.reach.ways(door)).to(first.method);
            for hop in hops.iter().take(self.unit.limits.chain_steps) {
                finding.evidence.push(self.place(code, Role::Step, hop.method, hop.offset));
            }
            for way in ways.iter().take(self.unit.limits.evidence_sites) {
                finding.evidence.push(self.place(code, Role::Sink, way.method, way.offset));
            }
            finding.sites = ways.len() as u32;
            finding.effects =
                behaviour.matches.effects.iter().filter_map(|word| Effect::parse(word)).collect();
            let apis: BTreeSet<String> = ways.iter().map(|way| self.api_name(code, way)).collect();
            words.set("apis", list(&apis.into_iter().collect::<Vec<_>>(), 4));
            self.tell(&mut finding, &mut words, entry, entry.guard.as_ref(), None);
            self.finish(behaviour, &mut finding, Noise::Low, &words);
            found.push(finding);
        }
    }

    /// A finding about a component, with who it is.
    fn opened(&self, behaviour: &Behaviour, entry: &EntryPoint) -> Finding {
        let mut finding = self.start(behaviour, Rung::Flow);
        // How others address it is what the next build keeps.
        let mut names =
            if entry.authorities.is_empty() { entry.actions.clone() } else { entry.authorities.clone() };
        names.sort();
        let address = if names.is_empty() { entry.name.clone() } else { names.join(" ") };
        finding.id = Finding::identity(&behaviour.id, self.unit.identity, &format!("door {address}"));
        finding.confidence = Confidence::Medium;
        finding.triggers = entry.triggers.clone();
        finding.evidence.push(self.manifest_line(entry));
        finding
    }

    /// Guards in words.
    fn tell(
        &self,
        finding: &mut Finding,
        words: &mut Words,
        entry: &EntryPoint,
        guard: Option<&EntryGuard>,
        check: Option<&Called>,
    ) {
        let mut told = match guard {
            None if self.component(entry).is_none() => "none where it is registered".to_owned(),
            None => "none in the manifest".to_owned(),
            Some(guard) => format!(
                "the permission {} ({})",
                guard.permission,
                guard.level.as_deref().unwrap_or("which nobody declares")
            ),
        };
        if let Some(check) = check {
            told.push_str(&format!(
                "; the code calls {} first, and what it makes of the answer was not followed",
                check.api
            ));
            finding.confidence = Confidence::Low;
        }
        words.set("guard", told);
        words.set("component", format!("the {} {}", kind_word(entry), entry.name));
        words.set("entry", format!("{} {}", kind_word(entry), entry.name));
        words.set("source", "its caller".into());
        finding.reach = ReachedFrom {
            from: "exported".into(),
            guard: guard
                .map(|guard| guard.permission.clone())
                .or_else(|| check.map(|check| format!("code: {}", check.api))),
        };
    }

    /// The guard in the manifest that what a caller does there must pass.
    fn guard_of(&self, entry: &EntryPoint, method: &str) -> Option<EntryGuard> {
        let level_of = self.unit.level_of;
        match self.component(entry) {
            Some(component) if component.kind == ComponentKind::Provider => {
                let (read, write) = crate::entry::provider_guards(component, level_of);
                match method {
                    "query" => read,
                    "insert" | "update" | "delete" | "bulkInsert" => write,
                    _ => weaker(read, write),
                }
            }
            Some(component) => component_guard(component, level_of),
            None => entry.guard.clone(),
        }
    }

    /// Less severe where something stands in the way, or where the package has no rights to lend.
    fn weigh(
        &self,
        finding: &mut Finding,
        effect: &str,
        noise: Noise,
        guard: Option<&EntryGuard>,
        checked: bool,
    ) {
        let has_rights = [
            "runs-as-system",
            "runs-as-phone",
            "runs-as-shared-system-user",
            "privileged",
            "platform-signed",
        ]
        .iter()
        .any(|fact| self.holds(fact));
        let mut down = 0;
        down += u8::from(guard.is_some_and(|guard| guard.guarding == Guarding::Owner));
        down += if checked { 2 } else { 0 };
        // What a method of the platform makes of what it is given may have nothing to do with it.
        let assumed = finding.assumptions.iter().any(|one| one.kind == "default-model");
        if assumed {
            finding.confidence = Confidence::Low;
        }
        down += if assumed { 2 } else { 0 };
        down += u8::from(!has_rights) * if AT_HOME.contains(&effect) { 2 } else { 1 };
        down += u8::from(noise == Noise::High && !self.holds("runs-as-system") && has_rights);
        for _ in 0..down {
            finding.severity = finding.severity.lower();
        }
    }

    /// How the request looks that reaches it: for reading only.
    fn request(&self, code: Code<'_>, _flows: Flows<'_>, entry: &EntryPoint, ways: &[Abused<'_>]) -> String {
        let mut names: BTreeSet<String> = BTreeSet::new();
        let mut asked: BTreeSet<String> = BTreeSet::new();
        for way in ways {
            let places = way.flow.steps.iter().map(|step| step.place).chain([way.flow.source.place]);
            asked.insert(self.method_of(code, way.flow.source.place).to_owned());
            for place in places {
                let Some(key) = reference(code, place.method, place.offset) else { continue };
                let (class, name) = (code.table.text(key.class), code.table.text(key.name));
                let named = name.starts_with("get")
                    && matches!(
                        class,
                        "Landroid/content/Intent;"
                            | "Landroid/os/Bundle;"
                            | "Landroid/os/BaseBundle;"
                            | "Landroid/content/ContentValues;"
                    )
                    || class == "Landroid/net/Uri;" && name == "getQueryParameter";
                if named {
                    names.extend(text_argument(code, place.method, place.offset, 1));
                }
            }
        }
        let names: Vec<String> = names.into_iter().map(|name| format!("“{name}”")).collect();
        let with = |what: &str| match names.is_empty() {
            true => String::new(),
            false => format!(" with the {what} {}", list(&names, 6)),
        };
        let actions = match entry.actions.is_empty() {
            true => String::new(),
            false => format!(" (actions {})", list(&entry.actions, 4)),
        };
        match entry.kind {
            EntryKind::Component(ComponentKind::Provider) => {
                let asked: Vec<String> = asked.into_iter().collect();
                let authorities = list(&entry.authorities, 3);
                format!("The request: {} of content://{authorities}{}.", list(&asked, 5), with("values"))
            }
            EntryKind::Component(ComponentKind::Receiver) if self.component(entry).is_none() => {
                format!("The request: a broadcast{actions}{}.", with("extras"))
            }
            EntryKind::Component(ComponentKind::Receiver) => {
                format!("The request: a broadcast to {}{actions}{}.", entry.name, with("extras"))
            }
            EntryKind::Component(ComponentKind::Service) if asked.contains("onTransact") => {
                format!("The request: a call of the binder that {}{actions} gives.", entry.name)
            }
            EntryKind::Component(ComponentKind::Service) => {
                format!("The request: starting the service {}{actions}{}.", entry.name, with("extras"))
            }
            _ => format!("The request: starting {}{actions}{}.", entry.name, with("extras")),
        }
    }

    /// Providers that hand other apps what the platform's own providers hold.
    fn answered(&self, behaviour: &Behaviour, code: Code<'_>, flows: Flows<'_>, found: &mut Vec<Finding>) {
        let callers = Guards::of_callers(code, self.unit.level_of);
        let mut doors: BTreeMap<usize, Vec<Answer<'_>>> = BTreeMap::new();
        for put in flows.found.puts.iter().filter(|put| put.answers && put.marks & UNPROVED == 0) {
            let Some(authority) =
                put.into.key.strip_prefix("content://").and_then(|key| key.split('/').next())
            else {
                continue;
            };
            let Some((kinds, at)) = self.data_of(flows, put) else { continue };
            let door = code.entries.iter().position(|entry| {
                entry.enabled && entry.exported && entry.authorities.iter().any(|one| one == authority)
            });
            let Some(door) = door.filter(|_| !kinds.is_empty()) else { continue };
            doors.entry(door).or_default().push((put, at, kinds));
        }
        for (door, mut puts) in doors {
            let Some(entry) = code.entries.get(door) else { continue };
            let guard = self.guard_of(entry, "query");
            // Of what the platform keeps behind a permission of the owner, a provider with such a permission is no way around.
            if guard.as_ref().is_some_and(|guard| guard.guarding > Guarding::Weak) {
                continue;
            }
            let passage = |put: &Put, at: Place| {
                Passage::through(code, put.steps.iter().map(|step| step.place).chain([at]))
            };
            // What is handed out only to whom the code lets through is no open door.
            let kept = |put: &Put, at: Place| {
                let mut answering = put.places.iter().filter_map(|place| code.table.own_index(place.method));
                callers.stand_before(&passage(put, at))
                    || !put.places.is_empty() && answering.all(|method| callers.stand_before_answers(method))
            };
            puts.retain(|(put, at, _)| !kept(put, *at));
            puts.sort_by_key(|(put, ..)| (put.marks.count_ones(), put.steps.len()));
            let Some((put, at, _)) = puts.first() else { continue };
            let mut finding = self.opened(behaviour, entry);
            let mut words = self.words();
            let check = passage(put, *at).before(CHECKS_CALLER);
            let evidence =
                |role, at: Place| Some(self.place(code, role, code.table.own_index(at.method)?, at.offset));
            finding.evidence.extend(evidence(Role::Source, *at));
            for step in put.steps.iter().filter(|step| !matches!(step.note, Note::Source | Note::Sink)) {
                if step.place != *at {
                    finding.evidence.extend(evidence(Role::Step, step.place));
                }
            }
            for place in &put.places {
                finding.evidence.extend(evidence(Role::Sink, *place));
            }
            finding.evidence.dedup();
            if let Some(check) = &check {
                finding.evidence.push(self.place(code, Role::Guard, check.method, check.offset));
            }
            finding.rung = Rung::Flow;
            let kinds: BTreeSet<DataKind> =
                puts.iter().flat_map(|(.., kinds)| kinds.iter().copied()).collect();
            finding.data = kinds.into_iter().collect();
            finding.effects = Effect::parse("data_read").into_iter().collect();
            finding.sites = puts.len() as u32;
            finding.via = mark::words(put.marks, mark::VIA).filter_map(Via::parse).collect();
            for kind in mark::words(put.marks, mark::ASSUMPTIONS) {
                let at = "on the way from the data to the answer".into();
                finding.assumptions.push(Assumption { kind: kind.into(), at });
            }
            let nouns: Vec<String> = (finding.data.iter())
                .filter_map(|kind| self.index.catalogue.datum(kind.as_str()))
                .map(|datum| datum.noun.clone())
                .collect();
            words.set("apis", "ContentResolver.query".into());
            self.tell(&mut finding, &mut words, entry, guard.as_ref(), check.as_ref());
            self.finish(behaviour, &mut finding, Noise::Low, &words);
            let keys: BTreeSet<String> =
                puts.iter().map(|(put, ..)| put.into.key.replace(overt_flow::value::HOLE, "‹?›")).collect();
            finding.says = format!(
                "What {} answers holds {}. Guard on the way: {}. It runs as {}. The request: query of {}.",
                words.get("component"),
                list(&nouns, 6),
                words.get("guard"),
                words.get("runs_as"),
                list(&keys.into_iter().collect::<Vec<_>>(), 4),
            );
            self.weigh(&mut finding, "exec", Noise::Low, guard.as_ref(), check.is_some());
            // One finding for each door: the data says more than that the caller names what is read.
            match found.iter_mut().find(|known| known.id == finding.id) {
                Some(known) if known.severity <= finding.severity => *known = finding,
                Some(_) => {}
                None => found.push(finding),
            }
        }
    }

    /// What data a provider's answer holds, and where it is taken.
    fn data_of(&self, flows: Flows<'_>, put: &Put) -> Option<(BTreeSet<DataKind>, Place)> {
        let kind = |number: u32| {
            let kind = &flows.ends.sources.get(number as usize)?.kind;
            DataKind::parse(kind)
        };
        match &put.from {
            Whence::Source(end) => Some((kind(end.end).into_iter().collect(), end.place)),
            Whence::Channel(channel, places) if channel.kind == OpenKind::Provider => {
                let sources = flows.ends.provided(&channel.key, channel.part.as_deref());
                Some((sources.into_iter().filter_map(kind).collect(), *places.first()?))
            }
            Whence::Channel(..) => None,
        }
    }
}

/// The registered receiver in which a flow begins.
fn heard_by<'h>(code: Code<'_>, heard: &'h [Heard], flow: &Flow) -> Option<(usize, &'h Heard)> {
    let definition = code.table.method(flow.source.place.method);
    if code.table.text(definition.name) != "onReceive" {
        return None;
    }
    let fits = |one: &&Heard| {
        let mut classes = one.entry.root.classes.iter().flat_map(|root| code.table.superclasses(*root));
        classes.any(|class| class == definition.class)
    };
    let is_declared = code.entries.iter().any(|entry| {
        entry.enabled
            && matches!(entry.kind, EntryKind::Component(_))
            && entry.root.classes.contains(&definition.class)
    });
    if is_declared {
        return None;
    }
    let number = heard.iter().position(|one| fits(&one))?;
    Some((number, heard.get(number)?))
}

/// The best way first: unchecked, with the fewest assumptions, the shortest.
fn sort(ways: &mut [Abused<'_>]) {
    ways.sort_by_cached_key(|way| {
        let assumed = mark::words(way.flow.marks, mark::ASSUMPTIONS).count();
        let flow = way.flow;
        (way.check.is_some(), assumed, flow.steps.len(), flow.source.place, flow.sink.place)
    });
}

/// Can other apps come in by this method of the component?
fn open_for(component: Option<&Component>, entry: &EntryPoint, _method: &str) -> bool {
    component.is_some() && entry.enabled && entry.exported
}

/// Is the effect of no use to whoever calls this component?
fn is_beside(entry: &EntryPoint, effect: &str) -> bool {
    TELLING.contains(&effect) && !matches!(entry.kind, EntryKind::Component(ComponentKind::Provider))
}

fn rank(entry: &EntryPoint) -> (bool, Guarding) {
    (!entry.exported, entry.guard.as_ref().map_or(Guarding::Open, |guard| guard.guarding))
}

fn kind_word(entry: &EntryPoint) -> &'static str {
    match entry.kind {
        EntryKind::Component(kind) => kind.as_str(),
        _ => "class",
    }
}
