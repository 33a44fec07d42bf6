//! Receivers that code registers, as doors: whoever may send one of their broadcasts reaches them while their app runs.

use std::collections::BTreeMap;

use overt_apk::manifest::ComponentKind;
use overt_catalogue::Catalogue;
use overt_flow::AppFlows;
use overt_flow::object::Place;
use overt_flow::registered::{REGISTERED, Registered, Senders};
use overt_program::{ClassId, ClassTable, MethodId, Root};

use crate::entry::{self, EntryKind, EntryPoint, LevelOf};
use crate::join::Taker;
use crate::passage::{reference, text_argument};
use crate::unit::Code;

/// A registered receiver that others can reach.
pub(crate) struct Heard {
    /// It, as an entry point.
    pub(crate) entry: EntryPoint,
    /// Of its actions, those that others may send.
    pub(crate) open: Vec<String>,
    /// Position among the entry points of what registers it.
    pub(crate) host: usize,
    /// Where its filter is made.
    pub(crate) filter: Option<Place>,
}

/// Receivers that code registers for broadcasts that others may send. Those whose broadcasts are not known are left out, as
/// are those behind a permission that is not known.
pub(crate) fn heard(
    catalogue: &Catalogue,
    code: Code<'_>,
    found: &AppFlows,
    played: &[usize],
    level_of: &LevelOf<'_>,
    protected: &dyn Fn(&str) -> bool,
) -> Vec<Heard> {
    let mut widest: BTreeMap<ClassId, Heard> = BTreeMap::new();
    for one in &found.registered {
        let guard = match &one.senders {
            Senders::All => None,
            Senders::Holding(permission) => entry::guard(Some(permission), level_of),
            Senders::Own | Senders::Unknown => continue,
        };
        let Some(host) = played.get(one.entry as usize).copied() else { continue };
        // No Intent names a registered receiver: it hears its own broadcasts alone.
        let actions = actions(code, one);
        let open: Vec<String> = actions.iter().filter(|action| !protected(action)).cloned().collect();
        if open.is_empty() {
            continue;
        }
        let descriptor = code.table.text(code.table.class(one.class).descriptor);
        let triggers = entry::triggers(catalogue, "receiver", true, &actions, &[]);
        let entry = EntryPoint {
            kind: EntryKind::Component(ComponentKind::Receiver),
            name: entry::dotted(descriptor),
            exported: true,
            enabled: true,
            guard,
            triggers,
            actions,
            authorities: Vec::new(),
            root: Root { classes: vec![one.class], methods: Vec::new() },
        };
        let heard = Heard { entry, open, host, filter: one.filters.first().copied() };
        match widest.get_mut(&one.class) {
            Some(known) => {
                let (mine, theirs) = (known.entry.guard_rank(), heard.entry.guard_rank());
                if theirs < mine {
                    *known = heard;
                } else if theirs == mine {
                    let both =
                        [(&mut known.entry.actions, heard.entry.actions), (&mut known.open, heard.open)];
                    for (mine, theirs) in both {
                        mine.extend(theirs);
                        mine.sort_unstable();
                        mine.dedup();
                    }
                }
            }
            None => {
                widest.insert(one.class, heard);
            }
        }
    }
    widest.into_values().collect()
}

/// The components by which the registered receivers of a package take Intents of other apps.
#[must_use]
pub fn takers(table: &ClassTable, found: &AppFlows) -> Vec<Taker> {
    let mut all: Vec<Taker> = Vec::new();
    for one in found.registered.iter().filter(|one| !one.actions.is_empty()) {
        let guard = match &one.senders {
            Senders::Holding(permission) => Some(permission.clone()),
            Senders::All | Senders::Own => None,
            Senders::Unknown => continue,
        };
        let descriptor = table.text(table.class(one.class).descriptor);
        all.push(Taker {
            name: format!("{REGISTERED}{descriptor}"),
            exported: one.senders != Senders::Own,
            guard,
            actions: one.actions.clone(),
        });
    }
    all
}

/// Actions of a registered receiver: as the analysis knows them, or all that the method names that makes its only filter.
fn actions(code: Code<'_>, one: &Registered) -> Vec<String> {
    if !one.actions.is_empty() {
        return one.actions.clone();
    }
    let [filter] = one.filters[..] else { return Vec::new() };
    named_in(code, filter.method).unwrap_or_default()
}

/// The actions of the one filter that a method makes, where each of them is a constant.
fn named_in(code: Code<'_>, method: MethodId) -> Option<Vec<String>> {
    let own = code.table.own_index(method)?;
    let mut all = Vec::new();
    let mut made = 0;
    for call in code.bodies.calls(code.bodies.body(own)) {
        let Some(key) = reference(code, method, call.offset) else { continue };
        if code.table.text(key.class) != "Landroid/content/IntentFilter;" {
            continue;
        }
        let name = code.table.text(key.name);
        made += usize::from(name == "<init>");
        let takes = name == "addAction"
            || name == "<init>" && code.table.text(key.proto).starts_with("(Ljava/lang/String;");
        if takes {
            all.push(text_argument(code, method, call.offset, 1)?);
        }
    }
    all.sort_unstable();
    all.dedup();
    (made == 1).then_some(all)
}

/// Is a receiver registered by a screen, so that it listens only while that is shown?
pub(crate) fn is_by_screen(code: Code<'_>, host: usize) -> bool {
    code.entries.get(host).is_some_and(|entry| {
        matches!(
            entry.kind,
            EntryKind::Component(ComponentKind::Activity | ComponentKind::ActivityAlias) | EntryKind::Layout
        )
    })
}
