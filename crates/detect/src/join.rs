//! Ways through more than one app: what one puts into a channel, another takes out and sends away.
//!
//! No code is looked at again: the halves are joined by the names of channels, where Android lets the one side reach the
//! other. A name that is not known joins nothing here.

use std::collections::{BTreeMap, BTreeSet};

use overt_catalogue::model::OpenKind;
use overt_catalogue::{Catalogue, Status};
use overt_flow::Ends;
use overt_flow::channel::{ACTION, Channel, FROM, TO, WRITTEN, via};
use overt_flow::template::may_equal;
use overt_flow::value::{HOLE, Marks, mark};
use overt_record::Finding;
use overt_record::evidence::{Evidence, Role};
use overt_record::finding::{Assumption, Endpoint, Transform};
use overt_record::words::{Confidence, DataKind, Rung, Severity, Theme, Via};

use crate::climb::UNPROVED;
use crate::outlet::{Inlet, Origin, Outlet, Outlets};

/// A provider that a package declares.
#[derive(Debug, Clone)]
pub struct Provided {
    /// Its authority.
    pub authority: String,
    /// Other apps may use it.
    pub exported: bool,
    /// The permission that its readers need.
    pub read: Option<String>,
    /// The permission that its writers need.
    pub write: Option<String>,
}

/// A component that takes Intents.
#[derive(Debug, Clone)]
pub struct Taker {
    /// Its dotted name.
    pub name: String,
    /// Other apps may send it Intents.
    pub exported: bool,
    /// The permission that they need.
    pub guard: Option<String>,
    /// Actions that it takes without being named.
    pub actions: Vec<String>,
}

/// One package: what it puts and takes, and what it may.
#[derive(Debug, Clone, Default)]
pub struct Member {
    /// Name for people.
    pub name: String,
    /// A name that the next build keeps.
    pub identity: String,
    /// Its user, where that is known: packages of one user share everything.
    pub user: Option<String>,
    /// Permissions it holds or may ask for.
    pub permissions: BTreeSet<String>,
    /// Android denies it nothing.
    pub holds_all: bool,
    /// Its providers.
    pub providers: Vec<Provided>,
    /// Its other components.
    pub takers: Vec<Taker>,
    /// Who of it started whom for a result.
    pub asked: Vec<(String, String)>,
    /// Its halves of ways.
    pub outlets: Outlets,
}

/// Channels passed on one way.
const MOST_CHANNELS: usize = 5;
/// Ways followed for one inlet.
const MOST_WAYS: usize = 400;

/// A way from data to an inlet, found backwards.
#[derive(Clone)]
struct Way {
    kind: String,
    /// From the source to the last channel, by package.
    evidence: Vec<Evidence>,
    marks: Marks,
    /// Who put it in, and into which channel; the last first.
    members: Vec<(usize, String)>,
    /// Who was handed this back as a result: what the other side was given came from there.
    asker: Option<usize>,
}

/// A whole way from data to a sink, through channels.
pub struct Joined<'m> {
    /// Number of the member that it leaves from.
    pub reader: usize,
    /// Where it leaves.
    pub inlet: &'m Inlet,
    /// Number of the member in which it begins.
    pub writer: usize,
    /// What it is.
    pub kind: String,
    /// Every piece, from source to sink.
    pub evidence: Vec<Evidence>,
    /// What happened on the way.
    pub marks: Marks,
    /// Who put it into which channel; the last first.
    members: Vec<(usize, String)>,
}

/// Finds the ways through channels of more than one member; unproved ones too on request.
#[must_use]
pub fn ways<'m>(ends: &Ends, members: &'m [Member], unproved: bool) -> Vec<Joined<'m>> {
    let refused = if unproved { 0 } else { UNPROVED };
    let mut joiner = Joiner { ends, members, refused, by_kind: BTreeMap::new() };
    for (number, member) in members.iter().enumerate() {
        for (at, outlet) in member.outlets.outlets.iter().enumerate() {
            joiner.by_kind.entry(outlet.into.kind).or_default().push((number, at));
        }
    }
    let mut all = Vec::new();
    for (number, member) in members.iter().enumerate() {
        for inlet in &member.outlets.inlets {
            let known =
                inlet.from.kind == OpenKind::Provider && !ends.provided(&inlet.from.key, None).is_empty();
            if inlet.marks & refused != 0 || known {
                continue;
            }
            let mut found = Vec::new();
            let mut budget = MOST_WAYS;
            joiner.follow(number, &inlet.from, &Way::end(inlet), &mut found, &mut budget);
            all.extend(found.into_iter().filter(|way| way.marks & refused == 0).map(|way| Joined {
                reader: number,
                inlet,
                writer: way.members.last().map_or(number, |(writer, _)| *writer),
                kind: way.kind,
                evidence: way.evidence,
                marks: way.marks,
                members: way.members,
            }));
        }
    }
    all
}

/// Finds the ways through channels to a network, as findings of the packages that send.
#[must_use]
pub fn join(catalogue: &Catalogue, ends: &Ends, members: &[Member]) -> Vec<Finding> {
    let mut found: BTreeMap<(usize, String), (Finding, (u32, usize))> = BTreeMap::new();
    for way in ways(ends, members, false) {
        let (Some(member), Some(draft)) = (members.get(way.reader), &way.inlet.draft) else { continue };
        for behaviour in catalogue.behaviours() {
            // What is picked by somebody outside is a behaviour of its own, besides that it is sent.
            let picks = behaviour.theme == Theme::Targeting.as_str();
            let counts =
                if picks { !way.inlet.selected.is_empty() } else { behaviour.matches.data.len() == 1 };
            if behaviour.status == Status::Retired
                || !behaviour.matches.data.contains(&way.kind)
                || !counts
                || !behaviour.titles.contains_key(Rung::Flow.as_str())
            {
                continue;
            }
            let finding = worded(behaviour, member, draft, &way, members);
            let rank = (mark::words(way.marks, mark::ASSUMPTIONS).count() as u32, finding.evidence.len());
            match found.get_mut(&(way.reader, behaviour.id.clone())) {
                Some((known, best)) => {
                    let endpoints = merged(&known.endpoints, &finding.endpoints);
                    let sites = known.sites + 1;
                    if rank < *best {
                        *known = finding;
                        *best = rank;
                    }
                    known.endpoints = endpoints;
                    known.sites = sites;
                }
                None => {
                    found.insert((way.reader, behaviour.id.clone()), (finding, rank));
                }
            }
        }
    }
    found.into_values().map(|(finding, _)| finding).collect()
}

fn merged(a: &[Endpoint], b: &[Endpoint]) -> Vec<Endpoint> {
    let all: BTreeSet<Endpoint> = a.iter().chain(b).cloned().collect();
    all.into_iter().collect()
}

struct Joiner<'a> {
    ends: &'a Ends,
    members: &'a [Member],
    /// Marks of ways that are not followed.
    refused: Marks,
    by_kind: BTreeMap<OpenKind, Vec<(usize, usize)>>,
}

impl Way {
    fn end(inlet: &Inlet) -> Way {
        let mut evidence: Vec<Evidence> = Vec::new();
        evidence.extend(inlet.at.clone().map(|at| Evidence { role: Role::Channel, ..at }));
        evidence.extend(inlet.steps.iter().cloned());
        evidence.push(inlet.sink.clone());
        Way { kind: String::new(), evidence, marks: inlet.marks, members: Vec::new(), asker: None }
    }

    /// This way with something before it.
    fn after(&self, before: Vec<Evidence>, marks: Marks, member: (usize, String)) -> Way {
        let mut evidence = before;
        evidence.extend(self.evidence.iter().cloned());
        let mut members = self.members.clone();
        members.push(member);
        Way { kind: self.kind.clone(), evidence, marks: self.marks | marks, members, asker: self.asker }
    }
}

impl Joiner<'_> {
    /// Follows what `reader` takes from `channel` back to data.
    fn follow(&self, reader: usize, channel: &Channel, rest: &Way, ways: &mut Vec<Way>, budget: &mut usize) {
        if rest.members.len() >= MOST_CHANNELS || *budget == 0 {
            return;
        }
        for (number, at) in self.by_kind.get(&channel.kind).into_iter().flatten() {
            let (Some(writer), true) = (self.members.get(*number), *budget > 0) else { continue };
            let Some(outlet) = writer.outlets.outlets.get(*at) else { continue };
            let Some(unsure) = self.joins(*number, outlet, reader, channel) else { continue };
            // The app's own things were joined when its code was followed.
            if *number == reader && !outlet.answers {
                continue;
            }
            // A result answers the Intent of the one that is handed it, not that of somebody else.
            if channel.kind == OpenKind::Intent && rest.asker.is_some_and(|asker| asker != *number) {
                continue;
            }
            *budget -= 1;
            let provided = if channel.key.contains("content://") { mark::PROVIDER } else { 0 };
            let marks = outlet.marks | via(channel.kind) | provided | unsure;
            if marks & self.refused != 0 {
                continue;
            }
            let mut before: Vec<Evidence> = outlet.steps.clone();
            before.extend(outlet.at.clone().map(|at| Evidence { role: Role::Channel, ..at }));
            match &outlet.from {
                Origin::Data(kind, source) => {
                    let mut first = vec![Evidence { role: Role::Source, ..source.clone() }];
                    first.extend(before);
                    let mut way = rest.after(first, marks, (*number, channel.key.clone()));
                    way.kind.clone_from(kind);
                    ways.push(way);
                }
                Origin::Channel(from, opened) => {
                    if rest.members.iter().any(|(one, _)| one == number) && rest.members.len() > 2 {
                        continue;
                    }
                    let mut from = from.clone();
                    if outlet.whole {
                        from.part.clone_from(&channel.part);
                    }
                    let mut first: Vec<Evidence> = opened
                        .first()
                        .map(|at| Evidence { role: Role::Channel, ..at.clone() })
                        .into_iter()
                        .collect();
                    first.extend(before);
                    let mut next = rest.after(first, marks, (*number, channel.key.clone()));
                    next.asker = (channel.kind == OpenKind::Result).then_some(reader);
                    // What the platform keeps under this address is data itself, whichever app answers for it.
                    if from.kind == OpenKind::Provider {
                        let known = !self.ends.provided(&from.key, None).is_empty();
                        for source in self.ends.provided(&from.key, from.part.as_deref()) {
                            let Some(end) = self.ends.sources.get(source as usize) else { continue };
                            let mut way = next.clone();
                            way.kind.clone_from(&end.kind);
                            if let Some(first) = way.evidence.first_mut() {
                                first.role = Role::Source;
                            }
                            ways.push(way);
                        }
                        if known {
                            continue;
                        }
                    }
                    self.follow(*number, &from, &next, ways, budget);
                }
            }
        }
    }

    /// May what `outlet` puts in be what the reader takes out? Marks say what is not sure.
    fn joins(&self, writer: usize, outlet: &Outlet, reader: usize, channel: &Channel) -> Option<Marks> {
        if outlet.into.part.is_some() && channel.part.is_some() && outlet.into.part != channel.part {
            return None;
        }
        let (wrote, read) = (self.members.get(writer)?, self.members.get(reader)?);
        let one_user = writer == reader || wrote.user.is_some() && wrote.user == read.user;
        if channel.kind == OpenKind::Provider || outlet.into.key.contains("content://") {
            // What others wrote reaches the owner; what the owner answers reaches others.
            let (owner, asker) = if outlet.answers { (wrote, read) } else { (read, wrote) };
            let given = channel.key.strip_prefix(WRITTEN);
            let key = given.unwrap_or(&channel.key);
            let told = outlet.into.key.strip_prefix(WRITTEN).unwrap_or(&outlet.into.key);
            if given.is_some() == outlet.answers || key.contains(HOLE) {
                return None;
            }
            let authority = key.strip_prefix("content://")?.split('/').next()?;
            let provider = owner.providers.iter().find(|provider| provider.authority == authority)?;
            let needed = if outlet.answers { &provider.read } else { &provider.write };
            let allowed = one_user
                || provider.exported
                    && (asker.holds_all
                        || needed.as_ref().is_none_or(|needed| asker.permissions.contains(needed)));
            if !allowed {
                return None;
            }
            if may_equal(told, key) {
                return Some(0);
            }
            // A provider that does not tell addresses apart answers all of them, as far as is known.
            let whole = format!("content://{authority}");
            let below = |one: &str| one.strip_prefix(&whole).is_some_and(|rest| rest.starts_with('/'));
            let all = told == whole || key == whole && below(told);
            return all.then_some(mark::DEFAULT_MODEL);
        }
        if channel.kind == OpenKind::Intent {
            let name = channel.key.strip_prefix(TO)?;
            return wrote.reaches(&outlet.into.key, read, name, one_user).then_some(0);
        }
        if channel.kind == OpenKind::Result {
            // Handed back to the one that started it.
            let (from, to) = (outlet.into.key.strip_prefix(FROM)?, channel.key.strip_prefix(TO)?);
            let started = read
                .asked
                .iter()
                .any(|(asker, whom)| asker == to && read.reaches(whom, wrote, from, one_user));
            return started.then_some(0);
        }
        if outlet.into.key.contains(HOLE)
            || channel.key.contains(HOLE)
            || !may_equal(&outlet.into.key, &channel.key)
        {
            return None;
        }
        let private = channel.kind == OpenKind::File && channel.key.starts_with("/data/data/");
        if private && !one_user && !read.holds_all {
            return None;
        }
        Some(0)
    }
}

impl Member {
    /// Does an Intent of this package, for whom its channel says, reach a component of the other?
    fn reaches(&self, whom: &str, other: &Member, name: &str, one_user: bool) -> bool {
        let Some(taker) = other.takers.iter().find(|taker| taker.name == name) else { return false };
        let meant = match (whom.strip_prefix(TO), whom.strip_prefix(ACTION)) {
            (Some(target), _) => target == name,
            (_, Some(action)) => taker.actions.iter().any(|one| one == action),
            _ => false,
        };
        let allowed = one_user
            || taker.exported
                && (self.holds_all
                    || taker.guard.as_ref().is_none_or(|guard| self.permissions.contains(guard)));
        meant && allowed
    }
}

fn worded(
    behaviour: &overt_catalogue::Behaviour,
    member: &Member,
    draft: &Finding,
    way: &Joined<'_>,
    members: &[Member],
) -> Finding {
    let inlet = way.inlet;
    let mut finding = draft.clone();
    finding.id = Finding::identity(&behaviour.id, &member.identity, "through another app");
    finding.behaviour.clone_from(&behaviour.id);
    finding.theme = Theme::parse(&behaviour.theme).unwrap_or(Theme::Privacy);
    finding.rung = Rung::Flow;
    finding.severity = member.outlets.severities.get(&behaviour.id).copied().unwrap_or(Severity::Info);
    // High confidence is for what was judged by people.
    finding.confidence = Confidence::Medium;
    finding.data = DataKind::parse(&way.kind).into_iter().collect();
    finding.would_be_wrong_if = Some(behaviour.would_be_wrong_if.clone()).filter(|text| !text.is_empty());
    if finding.theme == Theme::Targeting {
        finding.evidence.extend(inlet.selected.iter().cloned());
    }
    finding.evidence.extend(way.evidence.iter().cloned());
    finding.evidence.dedup();
    finding.sites = 1;
    finding.via = mark::words(way.marks, mark::VIA).filter_map(Via::parse).collect();
    finding.transforms = mark::words(way.marks, mark::TRANSFORMS)
        .map(|kind| Transform { kind: kind.into(), algorithm: None, key: None, field: None })
        .collect();
    for kind in mark::words(way.marks, mark::ASSUMPTIONS) {
        finding
            .assumptions
            .push(Assumption { kind: kind.into(), at: "on the way from source to sink".into() });
    }
    let mut words = inlet.words.clone();
    let source = way.evidence.first();
    words.insert("apis".to_owned(), source.and_then(called).unwrap_or_else(|| "a provider".into()));
    let fill = |text: &str| crate::finding::fill(&words, text);
    finding.title = fill(behaviour.titles.get(Rung::Flow.as_str()).map_or("", String::as_str));
    finding.says = fill(behaviour.says.get(Rung::Flow.as_str()).map_or("", String::as_str));
    let mut through: Vec<String> = Vec::new();
    for (number, key) in way.members.iter().rev() {
        let name = members.get(*number).map_or("", |one| one.name.as_str());
        let key = key.strip_prefix(WRITTEN).unwrap_or(key);
        let told = if name == member.name { key.to_owned() } else { format!("{name} ({key})") };
        if !through.contains(&told) {
            through.push(told);
        }
    }
    if !through.is_empty() {
        finding.says = format!("{} It comes through {}.", finding.says.trim_end(), through.join(", "));
    }
    finding
}

/// `ContentResolver.query` of an instruction that calls.
fn called(evidence: &Evidence) -> Option<String> {
    let instruction = evidence.instruction.as_ref()?;
    let start = instruction.find(", L")? + 3;
    let (class, rest) = instruction.get(start..)?.split_once(';')?;
    let name = rest.trim_start_matches(['-', '>', '.']).split(['(', ':']).next()?;
    Some(format!("{}.{name}", class.rsplit('/').next()?.replace('$', ".")))
}
