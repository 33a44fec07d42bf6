//! Timers: where code asks to be woken, how often, and what is woken then.

use std::collections::{BTreeMap, BTreeSet};

use overt_catalogue::{Catalogue, Port, TriggerSign, Unit};
use overt_flow::Ancestors;
use overt_program::ir::{Definition, InvokeKind, Operation, Register};
use overt_program::{ClassId, MethodId};
use overt_record::finding::Trigger;
use overt_record::words::TriggerKind;

use super::held::{Frame, Part, Reader};
use crate::entry::dotted;
use crate::unit::Code;

/// Least milliseconds until what sets itself again: below are pauses, and second tries after a failure.
const LEAST: i64 = 3_600_000;
/// Most milliseconds that are a time from now: above are dates.
const MOST: i64 = 315_360_000_000;

/// What a timer wakes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Wakes {
    /// Components, by dotted name.
    components: BTreeSet<String>,
    /// Intent actions.
    actions: BTreeSet<String>,
    /// Objects of these classes.
    classes: BTreeSet<String>,
}

/// Timers of a package's reached code.
#[derive(Debug, Default)]
pub(crate) struct Schedules {
    /// By method and offset of the call.
    sites: BTreeMap<(usize, u32), Trigger>,
    /// By entry.
    entries: BTreeMap<usize, BTreeSet<Trigger>>,
    /// By class of what runs.
    classes: BTreeMap<ClassId, BTreeSet<Trigger>>,
}

/// A call that asks to be woken, as the catalogue knows it.
struct Rule<'c> {
    period: Option<Port>,
    unit: Unit,
    after: Option<Port>,
    target: Option<Port>,
    method: &'c overt_catalogue::MethodSelector,
    kind: TriggerKind,
    silent: bool,
}

impl Schedules {
    /// Timers that reached code sets.
    pub(crate) fn of(
        catalogue: &Catalogue,
        ancestors: &Ancestors<'_>,
        reader: &Reader<'_>,
        code: Code<'_>,
    ) -> Schedules {
        let mut rules: BTreeMap<&str, Vec<Rule<'_>>> = BTreeMap::new();
        for rule in catalogue.trigger_rules() {
            let TriggerSign::Schedule { method, period, unit, after, target } = &rule.sign else { continue };
            let Some(kind) = TriggerKind::parse(&rule.kind) else { continue };
            for name in &method.names {
                rules.entry(name).or_default().push(Rule {
                    period: *period,
                    unit: *unit,
                    after: *after,
                    target: *target,
                    method,
                    kind,
                    silent: rule.silent,
                });
            }
        }
        let mut all = Schedules::default();
        for method in (0..code.bodies.len()).filter(|method| code.reach.is_reached(*method)) {
            let id = code.table.own_method_at(method);
            let Some(linked) = code.table.dexes().get(usize::from(code.table.method(id).dex)) else {
                continue;
            };
            for call in code.bodies.calls(code.bodies.body(method)) {
                let Some(key) = linked.method_key(call.method) else { continue };
                let (class, name, proto) =
                    (code.table.text(key.class), code.table.text(key.name), code.table.text(key.proto));
                let Some(rule) = rules.get(name).into_iter().flatten().find(|rule| {
                    rule.method.fits(name, proto)
                        && (class == rule.method.class || ancestors.is_named(class, &rule.method.class))
                }) else {
                    continue;
                };
                all.add(reader, code, rule, (method, id), call.offset);
            }
        }
        all
    }

    /// What the timer is that is set at this place.
    pub(crate) fn set_at(&self, method: usize, offset: u32) -> Option<&Trigger> {
        self.sites.get(&(method, offset))
    }

    /// Timers that wake an entry.
    pub(crate) fn of_entry(&self, entry: usize) -> impl Iterator<Item = &Trigger> {
        self.entries.get(&entry).into_iter().flatten()
    }

    /// Timers that run an object of a class.
    pub(crate) fn of_class(&self, class: ClassId) -> impl Iterator<Item = &Trigger> {
        self.classes.get(&class).into_iter().flatten()
    }

    fn add(
        &mut self,
        reader: &Reader<'_>,
        code: Code<'_>,
        rule: &Rule<'_>,
        (method, id): (usize, MethodId),
        offset: u32,
    ) {
        let Some(read) = reader.read(id) else { return };
        let frame = reader.frame(id, &read);
        let body = &read.definitions.body;
        let Ok(at) = body.instructions.binary_search_by_key(&offset, |one| one.offset) else { return };
        let at = at as u32;
        let Operation::Invoke { kind, arguments, .. } = body.instructions[at as usize].operation else {
            return;
        };
        let given = |port: Port| -> Option<Register> {
            let Port::Argument(number) = port else { return None };
            // Registers of the arguments before it: `long` and `double` take two.
            let (_, _, proto) = match body.instructions[at as usize].operation {
                Operation::Invoke { method, .. } => reader.called(&frame, method)?,
                _ => return None,
            };
            let mut word = usize::from(kind != InvokeKind::Static);
            for descriptor in
                overt_flow::reference::split_prototype(proto).0.iter().take(usize::from(number) - 1)
            {
                word += if matches!(*descriptor, "J" | "D") { 2 } else { 1 };
            }
            arguments.iter().nth(word)
        };
        let wakes = rule.target.and_then(given).map(|register| wakes(reader, &frame, at, register));
        let wakes =
            wakes.filter(|wakes| *wakes != Wakes::default()).unwrap_or_else(|| named_beside(reader, &frame));
        let entries: BTreeSet<usize> = (code.entries.iter().enumerate())
            .filter(|(_, entry)| {
                wakes.components.contains(&entry.name)
                    || entry.actions.iter().any(|action| wakes.actions.contains(action))
            })
            .map(|(number, _)| number)
            .collect();
        let classes: BTreeSet<ClassId> = (wakes.classes.iter())
            .filter_map(|class| code.table.find(class).filter(|class| code.table.is_own(*class)))
            .collect();
        let period = match rule.period {
            Some(port) => given(port).and_then(|register| {
                let amount = reader.number(&frame, at, register)?;
                match rule.unit {
                    Unit::NextArgument => {
                        let unit = given(next(port)?)?;
                        u64::try_from(amount.checked_mul(reader.unit(&frame, at, unit)?)?).ok()
                    }
                    unit => unit.seconds(amount),
                }
            }),
            None => {
                // Set once: a period only where what is woken sets it again.
                let again = code.reach.roots_of(method).any(|root| entries.contains(&root))
                    || classes.contains(&code.table.method(id).class);
                rule.after.filter(|_| again).and_then(given).and_then(|register| {
                    let parts = reader.parts(&frame, at, register);
                    let delays: Vec<i64> = (parts.iter())
                        .filter_map(|part| match part {
                            Part::Number(number) if (LEAST..=MOST).contains(number) => Some(*number),
                            _ => None,
                        })
                        .collect();
                    match delays[..] {
                        [delay] => u64::try_from(delay / 1000).ok(),
                        _ => None,
                    }
                })
            }
        };
        let period = period.filter(|period| *period > 0);
        if period.is_none() && rule.period.is_none() && rule.after.is_some() && entries.is_empty() {
            // A pause: nothing outside the running code is woken by it.
            return;
        }
        let trigger = Trigger { kind: rule.kind, period_seconds: period, silent: rule.silent };
        self.sites.insert((method, offset), trigger.clone());
        for entry in entries {
            self.entries.entry(entry).or_default().insert(trigger.clone());
        }
        for class in classes {
            self.classes.entry(class).or_default().insert(trigger.clone());
        }
    }
}

fn next(port: Port) -> Option<Port> {
    match port {
        Port::Argument(number) => Some(Port::Argument(number.checked_add(1)?)),
        _ => None,
    }
}

/// What the object in a register stands for: a pending Intent, a task, the name of a component.
fn wakes(reader: &Reader<'_>, frame: &Frame<'_>, at: u32, register: Register) -> Wakes {
    let mut found = Wakes::default();
    follow(reader, frame, at, register, &mut found, 6);
    found
}

fn follow(reader: &Reader<'_>, frame: &Frame<'_>, at: u32, register: Register, found: &mut Wakes, left: u8) {
    let Some(left) = left.checked_sub(1) else { return };
    let body = &frame.read.definitions.body;
    for definition in frame.read.definitions.definitions(at, register) {
        let made = match definition {
            Definition::At(made) => made,
            Definition::Argument => {
                // An object that hands itself over.
                let own = reader.table.method(frame.method);
                if register == body.first_argument && own.access & overt_program::classes::ACC_STATIC == 0 {
                    let class = reader.table.class(own.class).descriptor;
                    found.classes.insert(reader.table.text(class).to_owned());
                }
                continue;
            }
        };
        match body.instructions.get(made as usize).map(|one| one.operation) {
            Some(Operation::Move { from, .. }) => follow(reader, frame, made, from, found, left),
            Some(Operation::Cast { register, .. }) => follow(reader, frame, made, register, found, left),
            Some(Operation::Invoke { method, arguments, .. }) => {
                let Some((class, name, _)) = reader.called(frame, method) else { continue };
                if class == "Landroid/app/PendingIntent;" && name.starts_with("get") {
                    for intent in arguments.iter().skip(2).take(1) {
                        follow(reader, frame, made, intent, found, left);
                    }
                }
            }
            Some(Operation::New { class, .. }) => {
                let name = reader.class_name(frame, class).unwrap_or_default();
                match name.as_str() {
                    "Landroid/content/Intent;" | "Landroid/content/ComponentName;" => {
                        named(reader, frame, Some(made), found)
                    }
                    _ => {
                        found.classes.insert(name);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Whom Intents and component names of this method name; of the object made at `made`, or of any.
fn named(reader: &Reader<'_>, frame: &Frame<'_>, made: Option<u32>, found: &mut Wakes) {
    let body = &frame.read.definitions.body;
    for (at, instruction) in body.instructions.iter().enumerate() {
        let at = at as u32;
        let Operation::Invoke { kind, method, arguments, .. } = instruction.operation else { continue };
        let Some((class, name, _)) = reader.called(frame, method) else { continue };
        let speaks = match class {
            "Landroid/content/Intent;" => {
                matches!(name, "<init>" | "setClass" | "setClassName" | "setAction" | "setComponent")
            }
            "Landroid/content/ComponentName;" => name == "<init>",
            _ => false,
        };
        let Some(receiver) = arguments.iter().next().filter(|_| speaks && kind != InvokeKind::Static) else {
            continue;
        };
        if made.is_some_and(|made| !frame.read.definitions.is_made_at(at, receiver, made)) {
            continue;
        }
        for given in arguments.iter().skip(1) {
            if let Some(class) = reader.class_in(frame, at, given) {
                found.components.insert(dotted(&class));
                continue;
            }
            for part in reader.parts(frame, at, given) {
                if let Part::Text(text) = part {
                    // A name of a class is one of no action, and the other way round.
                    found.components.insert(text.clone());
                    found.actions.insert(text);
                }
            }
        }
    }
}

/// The component that this method alone speaks of: the period of a job is set at another call than its service.
fn named_beside(reader: &Reader<'_>, frame: &Frame<'_>) -> Wakes {
    let mut found = Wakes::default();
    named(reader, frame, None, &mut found);
    if found.components.len() == 1 { found } else { Wakes::default() }
}
