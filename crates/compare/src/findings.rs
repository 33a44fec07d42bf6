//! Rows of behaviours.

use std::collections::{BTreeMap, BTreeSet};

use overt_record::diff::{Because, Row, State};
use overt_record::evidence::{Evidence, Role};
use overt_record::package::{Component, Guard};
use overt_record::words::{Change, Rung, Subject, Theme, TriggerKind};
use overt_record::{Finding, Package};

use crate::absence::{Absence, Absences, has_capability};
use crate::knowledge::Knowledge;
use crate::order::match_up;
use crate::pairing::{Pair, identity};
use crate::same;

/// A cipher of which only is known that it is one: too little for a comparison.
const UNKNOWN: &str = "unknown";

/// Where classes of the platform lie.
const PLATFORM: [&str; 7] = [
    "Landroid/",
    "Ljava/",
    "Ljavax/",
    "Ldalvik/",
    "Lorg/apache/http/",
    "Lorg/json/",
    "Lcom/android/internal/",
];

/// Permissions named in a reason at most.
const PERMISSIONS: usize = 8;

/// The two builds as questions about findings need them.
pub(crate) struct Builds<'a> {
    pub(crate) knowledge: Knowledge,
    pub(crate) absent_a: Absences<'a>,
    pub(crate) absent_b: Absences<'a>,
    /// Libraries of the framework that only the other build has, by its own listing.
    pub(crate) gap_a: u32,
    pub(crate) gap_b: u32,
}

/// What a finding is called whatever its package is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// The behaviour, and which of several of the package.
    Known(String, String),
    /// Only the id says it.
    Id(String),
}

/// One package's findings, with what questions about them need.
pub(crate) struct Held<'a> {
    pub(crate) package: Option<&'a Package>,
    identity: String,
    findings: Vec<&'a Finding>,
    hidden: BTreeSet<&'a str>,
    /// Hosts that stand in its code as text.
    plain: BTreeSet<&'a str>,
}

impl<'a> Held<'a> {
    pub(crate) fn new(package: Option<&'a Package>, findings: Vec<&'a Finding>) -> Held<'a> {
        let identity = package.map_or_else(
            || "build".to_owned(),
            |package| identity(package.package.as_deref(), &package.path),
        );
        let hidden = findings
            .iter()
            .filter(|finding| finding.theme == Theme::Concealment)
            .flat_map(|finding| &finding.endpoints)
            .chain(findings.iter().flat_map(|finding| &finding.endpoints).filter(|endpoint| {
                endpoint.how.as_ref().is_some_and(|how| matches!(how.kind.as_str(), "evaluated" | "native"))
            }))
            .filter_map(|endpoint| endpoint.host.as_deref())
            .collect();
        let plain = findings
            .iter()
            .filter(|finding| finding.theme != Theme::Concealment)
            .flat_map(|finding| &finding.endpoints)
            .filter(|endpoint| {
                endpoint.how.as_ref().is_some_and(|how| matches!(how.kind.as_str(), "literal" | "resource"))
            })
            .filter_map(|endpoint| endpoint.host.as_deref())
            .collect();
        Held { package, identity, findings, hidden, plain }
    }

    /// Keys of the findings; `other` is the identity of the package on the other side.
    fn keys(&self, other: &str) -> Vec<Option<Key>> {
        let addresses: Vec<String> = if self.identity == other {
            Vec::new()
        } else {
            self.package.iter().flat_map(|package| &package.components).map(address).collect()
        };
        let key = |finding: &&Finding| {
            let is = |discriminator: &str| {
                Finding::identity(&finding.behaviour, &self.identity, discriminator) == finding.id
            };
            if self.identity == other {
                return Some(Key::Id(finding.id.clone()));
            }
            ["".to_owned(), "dead".to_owned(), "through another app".to_owned()]
                .into_iter()
                .chain(addresses.iter().map(|address| format!("door {address}")))
                .find(|discriminator| is(discriminator))
                .map(|discriminator| Key::Known(finding.behaviour.clone(), discriminator))
        };
        self.findings.iter().map(key).collect()
    }

    fn component(&self, finding: &Finding) -> Option<&'a Component> {
        let name = door(finding)?;
        self.package?.components.iter().find(|component| component.name == name)
    }
}

/// How other apps address a component: what the next build keeps of it.
fn address(component: &Component) -> String {
    let mut names = if component.authorities.is_empty() {
        component.actions.clone()
    } else {
        component.authorities.clone()
    };
    names.sort();
    if names.is_empty() { component.name.clone() } else { names.join(" ") }
}

/// The same component in the other package.
fn twin<'h>(component: Option<&Component>, other: &Held<'h>) -> Option<&'h Component> {
    let component = component?;
    let mut all = other.package?.components.iter();
    all.find(|one| {
        one.kind == component.kind && (one.name == component.name || address(one) == address(component))
    })
}

/// The component that the evidence names first.
fn door(finding: &Finding) -> Option<&str> {
    let line = finding.evidence.iter().find(|evidence| evidence.role == Role::Manifest)?;
    line.instruction.as_deref()?.split("android:name=\"").nth(1)?.split('"').next()
}

/// Rows of the behaviours of a pair of packages.
pub(crate) fn rows(builds: &Builds<'_>, pair: Pair<'_>, a: &Held<'_>, b: &Held<'_>) -> Vec<Row> {
    let sides = Sides { builds, pair, a, b };
    let mut by_key: BTreeMap<Key, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    let (mut alone_a, mut alone_b) = (Vec::new(), Vec::new());
    for (at, key) in a.keys(&b.identity).into_iter().enumerate() {
        match key {
            Some(key) => by_key.entry(key).or_default().0.push(at),
            None => alone_a.push(at),
        }
    }
    for (at, key) in b.keys(&a.identity).into_iter().enumerate() {
        match key {
            Some(key) => by_key.entry(key).or_default().1.push(at),
            None => alone_b.push(at),
        }
    }
    let mut matched = Vec::new();
    for (left, right) in by_key.into_values() {
        let both = left.len().min(right.len());
        matched.extend(left.iter().copied().zip(right.iter().copied()));
        alone_a.extend(left.iter().skip(both));
        alone_b.extend(right.iter().skip(both));
    }
    // The same code that does the same, under another id.
    let names = |held: &Held<'_>, alone: &[usize]| -> Vec<String> {
        alone.iter().filter_map(|&at| held.findings.get(at)).map(|finding| finding.id.clone()).collect()
    };
    let again = match_up(&names(a, &alone_a), &names(b, &alone_b), |x, y| {
        let finding = |held: &Held<'_>, alone: &[usize], at: usize| {
            alone.get(at).and_then(|&at| held.findings.get(at)).copied().cloned()
        };
        match (finding(a, &alone_a, x), finding(b, &alone_b, y)) {
            (Some(x), Some(y)) if x.behaviour == y.behaviour => {
                let shape =
                    |held: &Held<'_>, finding| held.component(finding).and_then(|one| one.shape.clone());
                let (door_x, door_y) = (shape(a, &x), shape(b, &y));
                // The same class under another name is the same door.
                if door_x.is_some() && door_x == door_y { 1001 } else { likeness(&x, &y) }
            }
            _ => 0,
        }
    });
    let (taken_a, taken_b): (BTreeSet<usize>, BTreeSet<usize>) = again.iter().copied().unzip();
    let mut rows = Vec::new();
    for (x, y) in matched {
        if let (Some(x), Some(y)) = (a.findings.get(x), b.findings.get(y)) {
            rows.extend(sides.both(x, y, false));
        }
    }
    for (x, y) in again {
        let x = alone_a.get(x).and_then(|&at| a.findings.get(at));
        let y = alone_b.get(y).and_then(|&at| b.findings.get(at));
        if let (Some(x), Some(y)) = (x, y) {
            rows.extend(sides.both(x, y, true));
        }
    }
    for (number, &at) in alone_a.iter().enumerate() {
        if let (false, Some(finding)) = (taken_a.contains(&number), a.findings.get(at)) {
            rows.push(sides.one(finding, false));
        }
    }
    for (number, &at) in alone_b.iter().enumerate() {
        if let (false, Some(finding)) = (taken_b.contains(&number), b.findings.get(at)) {
            rows.push(sides.one(finding, true));
        }
    }
    rows
}

/// How much of the code that two findings show is the same: parts in a thousand of the smaller, from one half on.
fn likeness(a: &Finding, b: &Finding) -> u32 {
    let methods = |finding: &Finding| -> BTreeSet<(Option<String>, Option<String>, Option<String>)> {
        finding
            .evidence
            .iter()
            .filter(|evidence| evidence.class.is_some())
            .map(|evidence| (evidence.class.clone(), evidence.method.clone(), evidence.descriptor.clone()))
            .collect()
    };
    let (a, b) = (methods(a), methods(b));
    share(a.intersection(&b).count(), a.len().min(b.len()))
}

fn share(common: usize, smaller: usize) -> u32 {
    if smaller == 0 || common * 2 < smaller { 0 } else { (common * 1000 / smaller) as u32 }
}

struct Sides<'a> {
    builds: &'a Builds<'a>,
    pair: Pair<'a>,
    a: &'a Held<'a>,
    b: &'a Held<'a>,
}

impl Sides<'_> {
    fn same_bytes(&self) -> bool {
        matches!((self.pair.a, self.pair.b), (Some(a), Some(b)) if same::same_bytes(a, b))
    }

    fn row(&self, change: Change, before: Option<State>, after: Option<State>) -> Row {
        let id = match (&before, &after) {
            (Some(x), Some(y)) => x.id.clone().min(y.id.clone()),
            (Some(one), None) | (None, Some(one)) => one.id.clone(),
            (None, None) => String::new(),
        };
        let package = match (self.pair.a, self.pair.b) {
            (Some(a), Some(b)) => {
                let names = [a, b].map(|one| one.package.as_deref());
                // Two names: the lesser, whatever the side; code without a manifest goes by its package's name.
                let named = names.iter().flatten().min().copied();
                Some(named.map_or_else(|| a.path.clone().min(b.path.clone()), str::to_owned))
            }
            (Some(one), None) | (None, Some(one)) => {
                Some(one.package.clone().unwrap_or_else(|| one.path.clone()))
            }
            (None, None) => None,
        };
        Row {
            kind: Subject::Behaviour,
            change,
            id,
            package,
            behaviour: None,
            before,
            after,
            reason: String::new(),
            because: Because::Firmware,
            differs: false,
        }
    }

    /// A behaviour that both builds have.
    fn both(&self, x: &Finding, y: &Finding, other_id: bool) -> Vec<Row> {
        let before = state(x, &self.a.hidden);
        let after = state(y, &self.b.hidden);
        let told = differences(x, y, &before, &after);
        let same_bytes = self.same_bytes();
        let known = self.builds.knowledge.is_same();
        let base = |change: Change, reason: String| {
            let mut row = self.row(change, Some(before.clone()), Some(after.clone()));
            row.behaviour = Some(x.behaviour.clone().min(y.behaviour.clone()));
            row.reason = reason;
            row.differs = !told.is_empty();
            if !known {
                row.because = Because::Knowledge;
            }
            row
        };
        let with_evidence = |mut row: Row| {
            if let Some(before) = &mut row.before {
                before.evidence = ends(x);
            }
            if let Some(after) = &mut row.after {
                after.evidence = ends(y);
            }
            row
        };
        if same_bytes && !moved(self.pair) {
            let mut row = base(Change::Unchanged, "the code is the same, byte for byte".into());
            if x.rung != y.rung {
                row.reason.push_str(&format!("; {}", rungs(x.rung, y.rung)));
                row.because = if known { Because::Coverage } else { Because::Knowledge };
                row.differs = false;
            }
            // What the manifest decides may change all the same.
            let changes: Vec<Row> = guard_change(x, y)
                .into_iter()
                .map(|(change, reason)| with_evidence(base(change, reason)))
                .collect();
            return if changes.is_empty() { vec![row] } else { changes };
        }
        let mut rows = Vec::new();
        if x.rung != y.rung && x.rung.min(y.rung) < Rung::Flow {
            let (change, reason) = self.rung_change(x, y);
            let mut row = base(change, reason);
            if change == Change::Unknown && known {
                row.because = Because::Coverage;
            }
            rows.push(with_evidence(row));
        }
        let mut changes = Vec::new();
        if moved(self.pair) || other_id {
            changes.push((Change::Moved, moved_says(self.pair, other_id)));
        }
        changes.extend(guard_change(x, y));
        changes.extend(destination_change(&before, &after));
        changes.extend(self.concealment_change(&before, &after, x, y));
        if matches!(x.theme, Theme::Privacy | Theme::RemoteControl | Theme::Targeting | Theme::Schedule) {
            changes.extend(period_change(&before, &after));
        }
        changes.extend(dormancy_change(x, y));
        rows.extend(changes.into_iter().map(|(change, reason)| with_evidence(base(change, reason))));
        if rows.is_empty() {
            rows.push(base(
                Change::Unchanged,
                if told.is_empty() {
                    "found alike in both".into()
                } else {
                    format!("found in both; {}", told.join("; "))
                },
            ));
        }
        rows
    }

    /// Proven on one side, only possible on the other.
    fn rung_change(&self, x: &Finding, y: &Finding) -> (Change, String) {
        let words = rungs(x.rung, y.rung);
        let fell = x.rung > y.rung;
        // The side where less is proven must have been followed to its end for that to mean anything.
        let (absent, package, proven) = if fell {
            (&self.builds.absent_b, self.pair.b, x)
        } else {
            (&self.builds.absent_a, self.pair.a, y)
        };
        let entry = door(proven);
        let entry_there = package.is_some_and(|package| {
            entry.is_some_and(|entry| package.components.iter().any(|component| component.name == entry))
        });
        let read = package.map(|package| absent.of_finding(package, proven));
        match (entry, entry_there, read) {
            (Some(entry), false, Some(Absence::Shown(read)))
                if self.builds.knowledge.is_same() && proven.rung >= Rung::Flow =>
            {
                let change = if fell { Change::Gone } else { Change::New };
                let side = if fell { "the second build" } else { "the first build" };
                (
                    change,
                    format!(
                        "{words}. The proven way begins in {entry}, which {side} does not have ({read}); what is left there \
                         is the capability"
                    ),
                )
            }
            _ => (
                Change::Unknown,
                format!("{words}. That a way is not proven does not show that there is none"),
            ),
        }
    }

    /// A behaviour that one build has; `in_b` says which.
    fn one(&self, finding: &Finding, in_b: bool) -> Row {
        let (own, other, package, absent, gap) = if in_b {
            (self.b, self.a, self.pair.a, &self.builds.absent_a, self.builds.gap_a)
        } else {
            (self.a, self.b, self.pair.b, &self.builds.absent_b, self.builds.gap_b)
        };
        if let Some(row) = self.hidden_now(finding, in_b) {
            return row;
        }
        let mut state = state(finding, &own.hidden);
        state.evidence = ends(finding);
        let path = own.package.map_or("", |package| package.path.as_str());
        let side = if in_b { "before" } else { "now" };
        let word = if in_b { Change::New } else { Change::Gone };
        let in_code = finding.evidence.iter().any(|evidence| evidence.class.is_some());
        let (change, because, reason) = match package {
            // What speaks of the whole build needs no package.
            None if own.package.is_none() => (word, Because::Firmware, format!("not found {side}")),
            None => match absent.of_package(path) {
                Absence::Shown(why) => {
                    (word, Because::Firmware, format!("the package is not there {side}: {why}"))
                }
                Absence::Unknown(why) => (Change::Unknown, Because::Coverage, format!("{side}: {why}")),
            },
            Some(_) if !self.builds.knowledge.is_same() => {
                if self.same_bytes() {
                    let reason =
                        format!("the code is the same, byte for byte; {}", self.builds.knowledge.says());
                    (Change::Unchanged, Because::Knowledge, reason)
                } else {
                    let reason = format!("not found {side}, but {}", self.builds.knowledge.says());
                    (Change::Unknown, Because::Knowledge, reason)
                }
            }
            Some(package) => match self.shut(finding, own, other) {
                Some(reason) => {
                    let change = if in_b { Change::GuardRemoved } else { Change::GuardAdded };
                    (change, Because::Firmware, reason)
                }
                None if self.guard_unknown(finding, own, other) => (
                    Change::Unknown,
                    Because::Coverage,
                    format!(
                        "not found {side}, but who may hold the permission that guards it is known on one side only"
                    ),
                ),
                None if gap > 0 && self.needs_framework(finding, other) => (
                    Change::Unknown,
                    Because::Coverage,
                    format!(
                        "not found {side}, but {gap} libraries of the framework that its code builds on are there only on the \
                         other side"
                    ),
                ),
                None if in_code && self.same_bytes() && self.door_stays(finding, other) => (
                    Change::Unknown,
                    Because::Coverage,
                    format!(
                        "the package's own code is the same, byte for byte; {side} it was not found: what lies around it differs"
                    ),
                ),
                None => match absent.of_finding(package, finding) {
                    Absence::Shown(why) => {
                        (word, Because::Firmware, format!("not found {side}, and {why}{}", self.asked(in_b)))
                    }
                    Absence::Unknown(why) => {
                        (Change::Unknown, Because::Coverage, format!("not found {side}, but {why}"))
                    }
                },
            },
        };
        let (before, after) = if in_b { (None, Some(state)) } else { (Some(state), None) };
        let mut row = self.row(change, before, after);
        row.behaviour = Some(finding.behaviour.clone());
        row.because = because;
        row.reason = reason;
        row.differs = because == Because::Firmware;
        row
    }

    /// Addresses that stood as text on this side and that code makes on the other have not gone.
    fn hidden_now(&self, finding: &Finding, in_b: bool) -> Option<Row> {
        let (own, other) = if in_b { (self.b, self.a) } else { (self.a, self.b) };
        let hosts: BTreeSet<&str> =
            finding.endpoints.iter().filter_map(|endpoint| endpoint.host.as_deref()).collect();
        let plain = finding.theme == Theme::Transport
            && !hosts.is_empty()
            && hosts.iter().all(|host| own.plain.contains(host) && !own.hidden.contains(host));
        if !plain || !self.builds.knowledge.is_same() {
            return None;
        }
        let there = other.findings.iter().find(|one| {
            one.theme == Theme::Concealment
                && one.endpoints.iter().any(|e| e.host.as_deref().is_some_and(|host| hosts.contains(host)))
        })?;
        let (mut here, mut there) = (state(finding, &own.hidden), state(there, &other.hidden));
        let hidden: Vec<&str> = hosts.iter().copied().filter(|host| other.hidden.contains(host)).collect();
        here.evidence = ends(finding);
        there.evidence = Vec::new();
        let (change, before, after) =
            if in_b { (Change::LessConcealed, there, here) } else { (Change::MoreConcealed, here, there) };
        let mut row = self.row(change, Some(before), Some(after));
        row.behaviour = Some(finding.behaviour.clone());
        row.reason = format!("{}: text on one side, made by code on the other", hidden.join(", "));
        row.differs = true;
        Some(row)
    }

    /// Whether what guards the component is known on one side only.
    fn guard_unknown(&self, finding: &Finding, own: &Held<'_>, other: &Held<'_>) -> bool {
        let (Some(here), Some(there)) = (own.component(finding), twin(own.component(finding), other)) else {
            return false;
        };
        here.guard.is_some()
            && strength(here.guard.as_ref()).is_none() != strength(there.guard.as_ref()).is_none()
            && here.guard.as_ref().map(|guard| &guard.permission)
                == there.guard.as_ref().map(|guard| &guard.permission)
    }

    /// Whether that it was not found on the other side may be for a framework that was not there: the way of data begins in a
    /// component that stays, and what it ends in is done there as well.
    fn needs_framework(&self, finding: &Finding, other: &Held<'_>) -> bool {
        let done = finding.effects.is_empty()
            || other
                .findings
                .iter()
                .any(|one| one.effects.iter().any(|effect| finding.effects.contains(effect)));
        inherits(finding) || !has_capability(finding.theme) && done && self.door_stays(finding, other)
    }

    /// What a package asks for no more (or newly), where that may be why a behaviour is gone (or new).
    fn asked(&self, in_b: bool) -> String {
        let (Some(a), Some(b)) = (self.pair.a, self.pair.b) else { return String::new() };
        let (own, other, word) = if in_b { (b, a, "newly") } else { (a, b, "no longer") };
        let lost: Vec<&str> = own
            .requested_permissions
            .iter()
            .filter(|permission| !other.requested_permissions.contains(permission))
            .map(|permission| permission.rsplit('.').next().unwrap_or(permission))
            .take(PERMISSIONS)
            .collect();
        if lost.is_empty() {
            String::new()
        } else {
            format!("; the package {word} asks for {}", lost.join(", "))
        }
    }

    /// Whether the other package declares the component that the finding begins in as well, or none is named.
    fn door_stays(&self, finding: &Finding, other: &Held<'_>) -> bool {
        door(finding).is_none_or(|name| {
            other
                .package
                .is_some_and(|package| package.components.iter().any(|component| component.name == name))
        })
    }

    /// Whether the same is harder or easier to see.
    fn concealment_change(
        &self,
        before: &State,
        after: &State,
        x: &Finding,
        y: &Finding,
    ) -> Option<(Change, String)> {
        let both: BTreeSet<&String> = before.hosts.iter().filter(|host| after.hosts.contains(host)).collect();
        let hidden = |state: &State| -> BTreeSet<String> {
            state.concealed_hosts.iter().filter(|host| both.contains(host)).cloned().collect()
        };
        let (mut was, mut is) = (hidden(before), hidden(after));
        // What a package hides is the matter of this theme: a host is new there that stood as text before.
        if x.theme == Theme::Concealment {
            let stood = |state: &State, held: &Held<'_>, other: &State| -> BTreeSet<String> {
                let new = state.hosts.iter().filter(|host| !other.hosts.contains(host));
                new.filter(|host| held.plain.contains(host.as_str())).cloned().collect()
            };
            is.extend(stood(after, self.a, before));
            was.extend(stood(before, self.b, after));
        }
        let ciphers = x.rung >= Rung::Flow && y.rung >= Rung::Flow;
        let (cipher_gone, cipher_new) = (
            ciphers && before.ciphers.iter().any(|cipher| cipher != UNKNOWN) && after.ciphers.is_empty(),
            ciphers && before.ciphers.is_empty() && after.ciphers.iter().any(|cipher| cipher != UNKNOWN),
        );
        let newly: Vec<&String> = is.difference(&was).collect();
        let no_more: Vec<&String> = was.difference(&is).collect();
        let more = !newly.is_empty() || cipher_new;
        let less = !no_more.is_empty() || cipher_gone;
        let list = |hosts: &[&String]| hosts.iter().map(|host| host.as_str()).collect::<Vec<_>>().join(", ");
        if more && !less {
            let mut parts = Vec::new();
            if !newly.is_empty() {
                parts.push(format!("{} stood in the code as text, and is made by code now", list(&newly)));
            }
            if cipher_new {
                parts.push(format!("passes a cipher now ({})", after.ciphers.join(", ")));
            }
            Some((Change::MoreConcealed, parts.join("; ")))
        } else if less && !more {
            let mut parts = Vec::new();
            if !no_more.is_empty() {
                parts.push(format!("{} was made by code, and stands in it as text now", list(&no_more)));
            }
            if cipher_gone {
                parts.push(format!("passed a cipher before ({})", before.ciphers.join(", ")));
            }
            Some((Change::LessConcealed, parts.join("; ")))
        } else {
            None
        }
    }

    /// Whether an open door of `own` is shut in `other`, and how.
    fn shut(&self, finding: &Finding, own: &Held<'_>, other: &Held<'_>) -> Option<String> {
        if finding.theme != Theme::Exposure {
            return None;
        }
        let component = own.component(finding)?;
        let there = twin(Some(component), other)?;
        let stronger = match (strength(there.guard.as_ref()), strength(component.guard.as_ref())) {
            (Some(there), Some(here)) => there > here,
            _ => false,
        };
        let what = if component.exported && !there.exported {
            "is not open to other apps".to_owned()
        } else if stronger {
            let guard = there.guard.as_ref()?;
            let level = guard.level.as_deref().unwrap_or("of unknown level");
            format!("needs the permission {} ({level})", guard.permission)
        } else {
            return None;
        };
        Some(format!("the {} {} is in both, and on the other side it {what}", component.kind, component.name))
    }
}

/// How much a permission keeps away: 0 nothing, 1 whoever asks for it, 2 whom the owner does not allow, 3 strangers; `None`
/// where nobody says.
pub(crate) fn strength(guard: Option<&Guard>) -> Option<u8> {
    let Some(guard) = guard else { return Some(0) };
    match guard.level.as_deref()?.split('|').next() {
        Some("signature" | "signatureOrSystem" | "internal") => Some(3),
        Some("dangerous") => Some(2),
        _ => Some(1),
    }
}

/// Whether a call that shows it names a class that is none of the platform's: that it is a call of the platform is known from
/// what the class inherits.
fn inherits(finding: &Finding) -> bool {
    finding
        .evidence
        .iter()
        .filter(|evidence| matches!(evidence.role, Role::Source | Role::Sink))
        .filter_map(|evidence| evidence.instruction.as_deref())
        .filter_map(|instruction| instruction.split_once(";->")?.0.rsplit([' ', ',']).next())
        .any(|class| class.starts_with('L') && !PLATFORM.iter().any(|prefix| class.starts_with(prefix)))
}

fn moved(pair: Pair<'_>) -> bool {
    matches!((pair.a, pair.b), (Some(a), Some(b)) if a.package != b.package || a.path != b.path)
}

fn moved_says(pair: Pair<'_>, other_id: bool) -> String {
    match (pair.a, pair.b) {
        (Some(a), Some(b)) if a.package != b.package => {
            format!("from {} to {}", crate::pairing::called(a), crate::pairing::called(b))
        }
        (Some(a), Some(b)) if a.path != b.path => format!("from {} to {}", a.path, b.path),
        _ if other_id => "the same code, reached or named otherwise".into(),
        _ => String::new(),
    }
}

fn rungs(x: Rung, y: Rung) -> String {
    format!("shown as {x} before and as {y} now")
}

fn guard_change(x: &Finding, y: &Finding) -> Option<(Change, String)> {
    if x.reach.from != "exported" || y.reach.from != "exported" {
        return None;
    }
    match (&x.reach.guard, &y.reach.guard) {
        (None, Some(guard)) => Some((Change::GuardAdded, format!("now guarded by {guard}"))),
        (Some(guard), None) => Some((Change::GuardRemoved, format!("no longer guarded by {guard}"))),
        _ => None,
    }
}

fn destination_change(before: &State, after: &State) -> Option<(Change, String)> {
    if before.hosts.is_empty() || after.hosts.is_empty() || before.hosts == after.hosts {
        return None;
    }
    let lacks = |one: &[String], other: &[String]| -> Vec<String> {
        one.iter().filter(|host| !other.contains(host)).cloned().collect()
    };
    let (no_more, added) = (lacks(&before.hosts, &after.hosts), lacks(&after.hosts, &before.hosts));
    let mut parts = Vec::new();
    if !no_more.is_empty() {
        parts.push(format!("no longer {}", no_more.join(", ")));
    }
    if !added.is_empty() {
        parts.push(format!("newly {}", added.join(", ")));
    }
    Some((Change::DestinationChanged, parts.join("; ")))
}

fn period_change(before: &State, after: &State) -> Option<(Change, String)> {
    // How often at least is what counts: one timer of several that is gone does not make it rarer.
    let (was, is) = (before.periods.first()?, after.periods.first()?);
    if was == is {
        return None;
    }
    let list = |periods: &[u64]| periods.iter().map(|p| format!("{p} s")).collect::<Vec<_>>().join(", ");
    Some((
        Change::PeriodChanged,
        format!("every {} before, every {} now", list(&before.periods), list(&after.periods)),
    ))
}

fn dormancy_change(x: &Finding, y: &Finding) -> Option<(Change, String)> {
    match (x.dormant, y.dormant) {
        (false, true) => Some((Change::Dormant, "runs only when a server turns it on now".into())),
        (true, false) => Some((Change::Active, "ran only when a server turned it on before".into())),
        _ => None,
    }
}

/// What differs of two findings of the same behaviour, in words.
fn differences(x: &Finding, y: &Finding, before: &State, after: &State) -> Vec<String> {
    let mut told = Vec::new();
    let mut tell = |what: &str, a: String, b: String| {
        if a != b {
            let shown = |text: String| if text.is_empty() { "none known".to_owned() } else { text };
            told.push(format!("{what}: {} before, {} now", shown(a), shown(b)));
        }
    };
    tell("severity", x.severity.to_string(), y.severity.to_string());
    tell("rung", x.rung.to_string(), y.rung.to_string());
    tell("reached from", x.reach.from.clone(), y.reach.from.clone());
    tell("guard", x.reach.guard.clone().unwrap_or_default(), y.reach.guard.clone().unwrap_or_default());
    let timers =
        |state: &State| state.periods.iter().map(|p| format!("{p} s")).collect::<Vec<_>>().join(", ");
    tell("timers", timers(before), timers(after));
    tell("hosts", before.hosts.join(", "), after.hosts.join(", "));
    let gates = |finding: &Finding| {
        let all: BTreeSet<String> = finding
            .gates
            .iter()
            .map(|gate| {
                gate.value
                    .as_ref()
                    .map_or_else(|| gate.kind.to_string(), |value| format!("{} {value}", gate.kind))
            })
            .collect();
        all.into_iter().collect::<Vec<_>>().join(", ")
    };
    tell("gates", gates(x), gates(y));
    told
}

/// A finding as a row shows it.
fn state(finding: &Finding, hidden: &BTreeSet<&str>) -> State {
    let hosts: BTreeSet<String> =
        finding.endpoints.iter().filter_map(|endpoint| endpoint.host.clone()).collect();
    let concealed = hosts.iter().filter(|host| hidden.contains(host.as_str())).cloned().collect();
    let ciphers: BTreeSet<String> = finding
        .transforms
        .iter()
        .filter(|transform| transform.kind == "cipher")
        .map(|transform| transform.algorithm.clone().unwrap_or_else(|| UNKNOWN.into()))
        .collect();
    let periods: BTreeSet<u64> = finding
        .triggers
        .iter()
        .filter(|trigger| trigger.kind == TriggerKind::Timer)
        .filter_map(|trigger| trigger.period_seconds)
        .collect();
    State {
        id: finding.id.clone(),
        says: finding.title.clone(),
        package: finding.package.clone(),
        path: Some(finding.path.clone()).filter(|path| !path.is_empty()),
        rung: Some(finding.rung),
        severity: Some(finding.severity),
        confidence: Some(finding.confidence),
        hosts: hosts.into_iter().collect(),
        concealed_hosts: concealed,
        ciphers: ciphers.into_iter().collect(),
        reach: Some(finding.reach.from.clone()),
        guard: finding.reach.guard.clone(),
        periods: periods.into_iter().collect(),
        dormant: Some(finding.dormant),
        version: None,
        sha256: None,
        evidence: Vec::new(),
    }
}

/// Where a finding begins and ends.
fn ends(finding: &Finding) -> Vec<Evidence> {
    let first = finding
        .evidence
        .iter()
        .find(|evidence| evidence.role == Role::Source)
        .or_else(|| finding.evidence.iter().find(|evidence| evidence.class.is_some()))
        .or_else(|| finding.evidence.first());
    let last = finding.evidence.iter().rev().find(|evidence| evidence.role == Role::Sink);
    let mut ends: Vec<Evidence> = first.into_iter().chain(last).cloned().collect();
    ends.dedup();
    ends
}
