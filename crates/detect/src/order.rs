//! From capability to flow for effects: what somebody outside the phone sends is shown to decide what happens.

use std::collections::BTreeSet;

use overt_catalogue::{Behaviour, Catalogue, Naming, Noise, PlaceId, Selector};
use overt_evaluate::whence::Call;
use overt_flow::flow::Flow;
use overt_flow::object::Place;
use overt_flow::value::{HOLE, mark};
use overt_flow::{AppFlows, Ends, Label};
use overt_program::ClassTable;
use overt_record::evidence::{Evidence, Role};
use overt_record::finding::{Endpoint, Finding};
use overt_record::words::{Confidence, Rung};

use crate::asked::Asked;
use crate::climb::{Flows, UNPROVED, chain, settle};
use crate::dispatch::is_impossible;
use crate::exposure::is_held;
use crate::finding::{Maker, Words, list};
use crate::guard::Guards;
use crate::home::is_own_rows;
use crate::number::is_kept_as_number;
use crate::occurrence::{Occurrence, Occurrences, Strength};
use crate::passage::{Called, Passage, Wanted};
use crate::unit::Code;

/// Marks of what waits somewhere on the way.
pub(crate) const KEPT: u32 =
    mark::DATABASE | mark::PREFERENCES | mark::FILE | mark::PROVIDER | mark::PROPERTY | mark::SOCKET;

/// Sources from which orders come over the air.
pub(crate) const FROM_OUTSIDE: &[&str] = &["network", "push", "sms"];

/// Effects that take a number as well as a name.
pub(crate) const TAKES_NUMBERS: &[&str] = &[
    "settings_write",
    "network_config",
    "app_control",
    "reboot",
    "verification_off",
    "app_disable",
    "screen_capture",
];

/// Programs that run whatever they are given.
const SHELLS: &[&str] = &["sh", "su", "/system/bin/sh", "/system/xbin/su", "/system/bin/su", "bash"];

/// What a flow to an effect does: words of the catalogue. A command that is only completed by what is sent does what the
/// command does, and nothing where the catalogue does not know it.
pub(crate) fn effects_of<'c>(catalogue: &'c Catalogue, kind: &'c str, flow: &Flow) -> Vec<(&'c str, Noise)> {
    if kind != "exec" || flow.addresses.is_empty() {
        return vec![(kind, Noise::Low)];
    }
    let mut all: Vec<(&str, Noise)> = Vec::new();
    for command in &flow.addresses {
        let known = command.split(HOLE).next().unwrap_or("");
        let mut words = known.split_whitespace();
        // A word that a hole touches is not known.
        let whole = known.ends_with(char::is_whitespace) || !command.contains(HOLE);
        let program = match (words.next(), words.next(), whole) {
            (Some(first), Some(_), _) | (Some(first), None, true) => first,
            _ => return vec![(kind, Noise::Low)],
        };
        if SHELLS.contains(&program) {
            return vec![(kind, Noise::Low)];
        }
        for effect in catalogue.effects() {
            for (_, place) in catalogue.places_of_effect(effect) {
                let Selector::Named(named) = &place.selector else { continue };
                if named.naming == Naming::Command
                    && named.texts.iter().any(|text| known.trim_start().starts_with(text.as_str()))
                    && !all.iter().any(|(word, _)| *word == effect.word)
                {
                    all.push((effect.word.as_str(), place.noise));
                }
            }
        }
    }
    all
}

/// Is what was sent taken as a number alone, so that it cannot name what the effect needs a name for? A number that chooses
/// from a list in the code names nothing at all.
pub(crate) fn is_only_a_number(flow: &Flow, effect: &str) -> bool {
    if flow.marks & (mark::CHOSEN | mark::TEXT) == mark::CHOSEN {
        return true;
    }
    !TAKES_NUMBERS.contains(&effect) && flow.marks & (mark::NUMBER | mark::TEXT) == mark::NUMBER
}

/// What checks a file: its digest, a signature over it, or who signed it.
fn is_check(class: &str, name: &str) -> bool {
    matches!(
        (class, name),
        ("Ljava/security/MessageDigest;", "digest")
            | ("Ljava/security/Signature;", "verify")
            | ("Landroid/os/RecoverySystem;", "verifyPackage")
    ) || name == "checkSignatures"
}

/// The check of a file on a way, in words, with its places.
fn check_of(code: Code<'_>, passage: &Passage<'_>) -> Option<(String, Vec<Called>)> {
    let whole: Wanted<'_> = &|class, name| is_check(class, name) && name != "digest";
    if let Some(found) = passage.before(whole) {
        return Some((format!("{} is called before.", found.api), vec![found]));
    }
    let digest: Wanted<'_> = &|class, name| is_check(class, name) && name == "digest";
    let (found, compared) = passage.compared_before(digest)?;
    Passage::reads(code, found.method).then(|| {
        let told = format!(
            "Before, the digest of something that is read is made ({}) and a comparison follows ({}).",
            found.api, compared.api
        );
        (told, vec![found, compared])
    })
}

/// Is the way so long that the middle of it is not told?
pub(crate) fn is_cut(flow: &Flow) -> bool {
    /// A little less than the engine keeps.
    const LONG: usize = 60;
    flow.steps.len() >= LONG
}

/// Effects at which a file is used whose content may come from outside.
const USES_FILES: &[&str] = &["install", "dynamic_code", "flash", "exec"];

/// Ways of one finding on which words are looked for.
const MOST_WAYS: usize = 24;
/// Words of a protocol that are told.
pub(crate) const MOST_WORDS: usize = 12;

/// Words with which something is compared on the way, as a sentence.
pub(crate) fn words_compared(compared: &[(String, Called)]) -> Option<String> {
    let words: Vec<String> = compared.iter().map(|(word, _)| format!("“{word}”")).collect();
    (!words.is_empty()).then(|| format!("On the way the code compares with {}.", list(&words, MOST_WORDS)))
}

/// What a climb found out besides the finding.
pub(crate) struct Climbed {
    /// Who sends it, in words.
    pub(crate) source: String,
    /// A sentence on whether a file is checked.
    pub(crate) checked: Option<String>,
    /// The places of the check.
    pub(crate) check: Vec<Called>,
    /// What the ways end in.
    pub(crate) apis: Vec<String>,
    /// How common the loudest of them is.
    pub(crate) noise: Noise,
    /// Words with which something is compared on the way.
    pub(crate) compared: Vec<(String, Called)>,
}

/// Lifts a finding to the rung of a flow where what is sent from outside reaches one of its effects. `sites` are the
/// places of the behaviour; `hops` leads to the effect from where Android enters.
#[allow(clippy::too_many_arguments)]
pub(crate) fn climb(
    flows: Flows<'_>,
    code: Code<'_>,
    behaviour: &Behaviour,
    catalogue: &Catalogue,
    sites: &BTreeSet<(usize, u32)>,
    finding: &mut Finding,
    hops: impl Fn(usize) -> Vec<(usize, u32)>,
    asked: &Asked<'_>,
    mut place: impl FnMut(Role, Place) -> Option<Evidence>,
) -> Option<Climbed> {
    if finding.rung != Rung::Capability || !behaviour.titles.contains_key(Rung::Flow.as_str()) {
        return None;
    }
    let mut all: Vec<(&Flow, &str, Vec<Endpoint>, Noise)> = Vec::new();
    let names = Guards::of_names(code);
    for flow in &flows.found.flows {
        let (Some(source), Some(sink)) =
            (flows.ends.sources.get(flow.source.end as usize), flows.ends.sinks.get(flow.sink.end as usize))
        else {
            continue;
        };
        if !sink.orders || !FROM_OUTSIDE.contains(&source.kind.as_str()) || flow.marks & UNPROVED != 0 {
            continue;
        }
        let Some(method) = code.table.own_index(flow.sink.place.method) else { continue };
        let effects = effects_of(catalogue, &sink.kind, flow);
        let wanted = |word: &str| behaviour.matches.effects.iter().any(|effect| effect == word);
        // A command of the behaviour's that is completed by what is sent, or a call of the behaviour's.
        let here = sink.kind == "exec" || sites.contains(&(method, flow.sink.place.offset));
        let Some((word, _)) = effects.iter().find(|(word, _)| wanted(word)) else { continue };
        // A digest of what was sent names nothing; but what is fetched is chosen, however the file is called.
        let hashed = flow.marks & mark::HASH != 0 && !WHOLE.contains(word);
        if !here || hashed || is_cut(flow) || is_only_a_number(flow, &sink.kind) {
            continue;
        }
        let held = word.starts_with("file_") && is_held(&Passage::of(code, flow), &names);
        if held
            || is_own_rows(code, &sink.kind, flow)
            || is_impossible(code, flow)
            || is_kept_as_number(code, flow, word)
        {
            continue;
        }
        // What a message says is done at once; what is kept first may be anything that was ever kept there.
        if source.kind != "network" && flow.marks & KEPT != 0 {
            continue;
        }
        let noise = match &sink.label {
            Label::Place(id) if *word == sink.kind => {
                catalogue.place(*id).map_or(Noise::Low, |place| place.noise)
            }
            _ => Noise::Low,
        };
        let endpoints = match source.kind.as_str() {
            "network" => askers(asked, flows, flow),
            _ => Vec::new(),
        };
        all.push((flow, source.kind.as_str(), endpoints, noise));
    }
    all.sort_by_cached_key(|(flow, kind, endpoints, noise)| {
        let assumed = mark::words(flow.marks, mark::ASSUMPTIONS).count();
        let rank = FROM_OUTSIDE.iter().position(|one| one == kind);
        (*noise, assumed, endpoints.is_empty(), rank, flow.steps.len(), flow.source.place, flow.sink.place)
    });
    let (flow, ..) = all.first()?;
    let ways = chain(flow, &mut place);
    settle(finding, flow, ways);
    finding.confidence = Confidence::Medium;
    let sinks: BTreeSet<_> = all.iter().map(|(flow, ..)| flow.sink.place).collect();
    finding.sites = sinks.len() as u32;
    let endpoints: BTreeSet<Endpoint> =
        all.iter().flat_map(|(_, _, endpoints, _)| endpoints.iter().cloned()).collect();
    let hosts: BTreeSet<String> = endpoints.iter().filter_map(|endpoint| endpoint.host.clone()).collect();
    let hosts: Vec<String> = hosts.into_iter().collect();
    finding.endpoints = endpoints.into_iter().collect();
    let kinds: BTreeSet<&str> = all.iter().map(|(_, kind, ..)| *kind).collect();
    let source = senders(&kinds, &hosts);
    let sink = flows.ends.sinks.get(flow.sink.end as usize).map_or("", |end| end.kind.as_str());
    let mut compared: Vec<(String, Called)> = Vec::new();
    for (flow, ..) in all.iter().take(MOST_WAYS) {
        for (word, at) in Passage::of(code, flow).compared() {
            if compared.len() < MOST_WORDS && !compared.iter().any(|(known, _)| *known == word) {
                compared.push((word, at));
            }
        }
    }
    let (mut checked, mut check) = (None, Vec::new());
    if USES_FILES.contains(&sink) && flow.marks & mark::FILE != 0
        || behaviour.matches.effects.iter().any(|effect| WHOLE.contains(&effect.as_str()))
    {
        let method = code.table.own_index(flow.sink.place.method)?;
        let passage = Passage::of(code, flow).with(hops(method).into_iter());
        checked = Some(match check_of(code, &passage) {
            Some((told, places)) => {
                check = places;
                told
            }
            None => "No check of a file by digest or signature was found on the way to it.".to_owned(),
        });
    }
    let mut apis: Vec<String> = Vec::new();
    for (flow, ..) in &all {
        let effect = behaviour.matches.effects.first().map_or("", String::as_str);
        let api = told_api(catalogue, flow, effect);
        if !apis.contains(&api) {
            apis.push(api);
        }
    }
    let noise = all.iter().map(|(.., noise)| *noise).min().unwrap_or(Noise::Low);
    Some(Climbed { source, checked, check, apis, noise, compared })
}

/// Effects that use a file up whole.
const WHOLE: &[&str] = &["install", "dynamic_code", "flash"];

/// Checks of the caller in code.
pub(crate) const CHECKS_CALLER: Wanted<'static> = &|_, name| {
    matches!(
        name,
        "checkCallingPermission"
            | "checkCallingOrSelfPermission"
            | "enforceCallingPermission"
            | "enforceCallingOrSelfPermission"
            | "enforcePermission"
            | "checkPermission"
            | "checkUriPermission"
            | "checkCallingUriPermission"
            | "enforceCallingUriPermission"
            | "getCallingUid"
            | "getCallingPid"
            | "getCallingPackage"
            | "getCallingActivity"
            | "getPackagesForUid"
            | "checkSignatures"
    )
};

/// What a flow ends in; of a command that is completed, the command as far as it is known.
pub(crate) fn told_api(catalogue: &Catalogue, flow: &Flow, effect: &str) -> String {
    let api = short_api(&flow.sink.api);
    let does = |command: &&String| {
        let known = command.split(HOLE).next().unwrap_or("").trim_start();
        let places =
            catalogue.effect(effect).into_iter().flat_map(|effect| catalogue.places_of_effect(effect));
        places.into_iter().any(|(_, place)| {
            matches!(&place.selector, Selector::Named(named)
                if named.naming == Naming::Command && named.texts.iter().any(|text| known.starts_with(text.as_str())))
        })
    };
    match flow.addresses.iter().find(does) {
        Some(command) => format!("{api} of “{}”", command.replace(HOLE, "‹?›")),
        None => api,
    }
}

/// `Runtime.exec` of `Ljava/lang/Runtime;->exec(…)…`.
pub(crate) fn short_api(api: &str) -> String {
    let (class, rest) = api.split_once("->").unwrap_or((api, ""));
    let simple = class.trim_end_matches(';').rsplit('/').next().unwrap_or(class).replace('$', ".");
    match rest.split('(').next() {
        Some("<init>") => format!("new {simple}"),
        Some(name) => format!("{simple}.{name}"),
        None => simple,
    }
}

/// Calls that run a command of an effect's, which a flow completes: occurrences of the effect that stand in no code as a
/// whole.
pub(crate) fn commanded(
    catalogue: &Catalogue,
    behaviour: &Behaviour,
    flows: Flows<'_>,
    code: Code<'_>,
) -> Vec<Occurrence> {
    let mut all: Vec<Occurrence> = Vec::new();
    let commands: Vec<(PlaceId, &[String])> = (behaviour.matches.effects.iter())
        .filter_map(|word| catalogue.effect(word))
        .flat_map(|effect| catalogue.places_of_effect(effect))
        .filter_map(|(id, place)| match &place.selector {
            Selector::Named(named) if named.naming == Naming::Command => Some((id, named.texts.as_slice())),
            _ => None,
        })
        .collect();
    for flow in &flows.found.flows {
        let sink = flows.ends.sinks.get(flow.sink.end as usize);
        if flow.marks & UNPROVED != 0 || sink.is_none_or(|sink| !sink.orders || sink.kind != "exec") {
            continue;
        }
        let Some(method) = code.table.own_index(flow.sink.place.method) else { continue };
        for (place, texts) in &commands {
            let command = flow.addresses.iter().find(|command| {
                let known = command.split(HOLE).next().unwrap_or("").trim_start();
                texts.iter().any(|text| known.starts_with(text.as_str()))
            });
            let known = |one: &Occurrence| (one.method, one.offset) == (method, flow.sink.place.offset);
            if let Some(command) = command.filter(|_| !all.iter().any(known)) {
                all.push(Occurrence {
                    place: *place,
                    method,
                    offset: flow.sink.place.offset,
                    strength: Strength::Direct,
                    text: Some(command.replace(HOLE, "‹?›")),
                });
            }
        }
    }
    all
}

/// Effects of which it matters who orders them.
const WEIGHTY: &[&str] = &[
    "exec",
    "install",
    "uninstall",
    "app_disable",
    "app_control",
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
];

/// Most requests asked about in one package.
const MOST_REQUESTS: usize = 48;

/// Calls that send the requests whose answers decide something: a weighty effect, or what is read.
#[must_use]
pub fn requests(
    catalogue: &Catalogue,
    ends: &Ends,
    found: &AppFlows,
    table: &ClassTable,
    occurrences: &Occurrences,
) -> Vec<Call> {
    let mut weighty: BTreeSet<Call> = BTreeSet::new();
    let mut others: BTreeSet<Call> = BTreeSet::new();
    let asked = Asked::new(catalogue, table, occurrences);
    for flow in &found.flows {
        let Some(sink) = ends.sinks.get(flow.sink.end as usize).filter(|sink| sink.orders) else { continue };
        let answers =
            ends.sources.get(flow.source.end as usize).is_some_and(|source| source.kind == "network");
        if !answers || flow.marks & UNPROVED != 0 {
            continue;
        }
        let all = match sink.kind.as_str() {
            kind if WEIGHTY.contains(&kind) => &mut weighty,
            "data_read" => &mut others,
            _ => continue,
        };
        all.insert(Call::from((flow.source.place.method, flow.source.place.offset)));
        all.extend(asked.by(flow));
    }
    others.retain(|call| !weighty.contains(call));
    weighty.into_iter().chain(others).take(MOST_REQUESTS).collect()
}

/// Whose answer a flow begins with: the addresses of the requests for it.
pub(crate) fn askers(asked: &Asked<'_>, flows: Flows<'_>, flow: &Flow) -> Vec<Endpoint> {
    let own = flows.endpoints(&[], flow.source.place);
    if !own.is_empty() {
        return own;
    }
    let all: BTreeSet<Endpoint> =
        asked.by(flow).iter().flat_map(|call| flows.told_by_the_way(call)).collect();
    all.into_iter().collect()
}

/// Who sends it, in words: `hosts` are those of the servers.
pub(crate) fn senders(kinds: &BTreeSet<&str>, hosts: &[String]) -> String {
    let mut sources: Vec<String> = Vec::new();
    for kind in FROM_OUTSIDE.iter().filter(|kind| kinds.contains(*kind)) {
        sources.push(match *kind {
            "network" if !hosts.is_empty() => format!("the server {}", list(hosts, 3)),
            "network" => "a server".into(),
            "push" => "a push service".into(),
            _ => "whoever sends a text message".into(),
        });
    }
    sources.join(" or ")
}

impl<'a> Maker<'a, '_> {
    /// Lifts a finding about effects to a flow where orders from outside reach one; adds to its sentences what is known of
    /// checks on the way.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn ordered(
        &self,
        behaviour: &Behaviour,
        code: Code<'a>,
        flows: Flows<'_>,
        occurrences: &[&Occurrence],
        finding: &mut Finding,
        words: &mut Words,
        more: &mut String,
        asks: &mut bool,
    ) {
        let sites = occurrences.iter().map(|one| (one.method, one.offset)).collect();
        let place =
            |role, at: Place| Some(self.place(code, role, code.table.own_index(at.method)?, at.offset));
        let hops = |method: usize| -> Vec<(usize, u32)> {
            let Some(root) = code.reach.roots_of(method).next() else { return Vec::new() };
            code.reach.ways(root).to(method).iter().map(|hop| (hop.method, hop.offset)).collect()
        };
        let asked = self.asked(code);
        let Some(climbed) =
            climb(flows, code, behaviour, self.index.catalogue, &sites, finding, hops, asked, place)
        else {
            return;
        };
        words.set("source", climbed.source);
        if let Some(checked) = climbed.checked {
            more.push(' ');
            more.push_str(&checked);
        }
        if let Some(told) = words_compared(&climbed.compared) {
            more.push(' ');
            more.push_str(&told);
        }
        for (_, at) in &climbed.compared {
            finding.evidence.push(self.place(code, Role::Guard, at.method, at.offset));
        }
        words.set("apis", list(&climbed.apis, 4));
        if climbed.noise == Noise::High {
            // It asks the owner, or is what every app does.
            *asks = true;
        }
        for check in climbed.check {
            finding.evidence.push(self.place(code, Role::Guard, check.method, check.offset));
        }
    }
}
