//! What calls give back: of the app's methods what they return, of the platform's what is known of it.

use std::rc::Rc;

use overt_program::MethodId;
use overt_program::classes::ACC_STATIC;
use overt_program::ir::{InvokeKind, Literal, Operation, Register};

use super::index::At;
use super::parameters;
use super::platform::{self, Gives};
use super::register::{Code, Definition};
use super::resolve::{Entered, MOST, Resolver, Texts, Way, add, joined, names_a_host, unknown};
use super::template::{Giver, Template};
use crate::linkage::MethodTarget;
use crate::sandbox::{Outcome, Plain};

/// Decoders run on arguments found, for one app.
const RUNS: usize = 400;

impl Resolver<'_> {
    /// What a call gives back.
    pub(super) fn result(&mut self, way: &Way, method: MethodId, code: &Rc<Code>, at: u32) -> Texts {
        let Some((target, registers)) = self.call_at((method, at)) else {
            return unknown(Giver::Code, "a call");
        };
        let offset = code.body.instructions.get(at as usize).map_or(0, |one| one.offset);
        let kind = match code.body.instructions.get(at as usize).map(|one| one.operation) {
            Some(Operation::Invoke { kind, .. }) => kind,
            _ => InvokeKind::Static,
        };
        let shown: Texts = self.made.get(&(method, offset)).map_or_else(Texts::new, |all| {
            all.iter().take(MOST).map(|value| Template::of_shown(value)).collect()
        });
        // A library that the app brings along is what its classes are called, not what its copy does inside.
        let known = platform::is_address(&target.class)
            && platform::gives(&target.class, &target.name, &target.prototype).is_some();
        let callees = if known { Vec::new() } else { self.callees(kind, &target) };
        if callees.is_empty() {
            let found = self.platform(way, method, at, &target, &registers);
            return if names_a_host(&found) || shown.is_empty() { found } else { shown };
        }
        // What a decoder made when the method ran by itself.
        if names_a_host(&shown) {
            return shown;
        }
        let mut all = Texts::new();
        let entered = Some(Rc::new(Entered { by: (method, at), before: way.clone() }));
        for callee in &callees {
            let found = self.returned(&entered, *callee, false);
            add(&mut all, found);
        }
        if !all.iter().any(|text| text.whole().is_some())
            && let [callee] = callees.as_slice()
        {
            let run = self.run(way, method, at, *callee, &target, &registers);
            if !run.is_empty() {
                return run;
            }
        }
        if all.is_empty() { shown } else { all }
    }

    /// The app's methods that a call may run.
    pub(super) fn callees(&mut self, kind: InvokeKind, target: &MethodTarget) -> Vec<MethodId> {
        let link = &mut self.sandbox.machine.link;
        let table = link.table;
        let mut all: Vec<MethodId> = target.resolved.into_iter().collect();
        if matches!(kind, InvokeKind::Virtual | InvokeKind::Interface)
            && let Some(class) = table.class_named(target.key.class).filter(|class| table.is_own(*class))
        {
            for below in link.below(class) {
                all.extend(link.dispatch(below, target.key));
            }
        }
        all.retain(|method| table.method(*method).code_off != 0);
        all.sort_unstable();
        all.dedup();
        all.truncate(8);
        all
    }

    pub(super) fn returned(&mut self, way: &Way, method: MethodId, elements: bool) -> Texts {
        let Some(code) = self.code(method) else { return Texts::new() };
        let mut all = Texts::new();
        for (position, instruction) in code.body.instructions.iter().enumerate() {
            if let Operation::Return { value: Some(register) } = instruction.operation {
                let at = position as u32;
                let found = if elements {
                    self.elements(way, method, at, register)
                } else {
                    self.value(way, method, at, register)
                };
                add(&mut all, found);
            }
        }
        all
    }

    /// Runs a method of the app on the arguments found, where all are known.
    pub(super) fn run(
        &mut self,
        way: &Way,
        method: MethodId,
        at: u32,
        callee: MethodId,
        target: &MethodTarget,
        registers: &[Register],
    ) -> Texts {
        if &*target.return_type != "Ljava/lang/String;" {
            return Texts::new();
        }
        let table = self.sandbox.machine.link.table;
        let is_static = table.method(callee).access & ACC_STATIC != 0;
        let descriptors: Vec<String> = parameters(&target.prototype).map(str::to_owned).collect();
        // Every combination of the texts that each argument may be, as far as there are few.
        let mut given: Vec<Vec<Plain>> = vec![Vec::new()];
        let mut any_text = false;
        for (number, register) in registers.iter().enumerate() {
            let descriptor = if is_static {
                descriptors.get(number)
            } else {
                number.checked_sub(1).and_then(|n| descriptors.get(n))
            };
            let options: Vec<Plain> = match descriptor.map(String::as_str) {
                None => vec![Plain::Object(target.class.to_string())],
                Some("Ljava/lang/String;") => {
                    any_text = true;
                    let texts = self.value(way, method, at, *register);
                    texts
                        .iter()
                        .filter_map(|text| text.whole().map(|text| Plain::Text(text.to_owned())))
                        .collect()
                }
                Some("I" | "B" | "S" | "C" | "Z") => {
                    let number = self.number(method, at, *register);
                    number.map(Plain::Number).into_iter().collect()
                }
                Some(other) => vec![Plain::Unknown(other.to_owned())],
            };
            given = given
                .iter()
                .flat_map(|known| {
                    options.iter().map(|option| {
                        let mut known = known.clone();
                        known.push(option.clone());
                        known
                    })
                })
                .take(MOST)
                .collect();
        }
        if !any_text {
            return Texts::new();
        }
        let mut all = Texts::new();
        for arguments in given {
            let key: (MethodId, Vec<String>) =
                (callee, arguments.iter().map(|one| format!("{one:?}")).collect());
            let known = self.runs.get(&key).cloned();
            let value = match known {
                Some(value) => value,
                None if self.runs.len() >= RUNS => None,
                None => {
                    let value = match self.sandbox.evaluate_call(callee, &arguments).outcome {
                        Outcome::Value(Plain::Text(text)) => Some(text),
                        _ => None,
                    };
                    self.runs.insert(key, value.clone());
                    value
                }
            };
            if let Some(value) = value {
                add(&mut all, vec![Template::of_shown(&value)]);
            }
        }
        all
    }

    /// A number that an instruction loads.
    pub(super) fn number(&mut self, method: MethodId, at: u32, register: Register) -> Option<i64> {
        let code = self.code(method)?;
        let definitions = code.definitions(at, register);
        let [Definition::At(position)] = definitions.as_slice() else { return None };
        match code.body.instructions.get(*position as usize)?.operation {
            Operation::Constant { value: Literal::Number(number), .. } => Some(number),
            Operation::Move { from, .. } => self.number(method, *position, from),
            Operation::StaticGet { field, .. } => {
                let link = &mut self.sandbox.machine.link;
                let dex = link.table.method(method).dex;
                let target = link.field(dex, field)?;
                // Numbers of resources are kept in fields that nobody writes again.
                match self.sandbox.static_value(target.owner?, &target.name)? {
                    Plain::Number(number) => Some(number),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// What a call of the platform gives.
    pub(super) fn platform(
        &mut self,
        way: &Way,
        method: MethodId,
        at: u32,
        target: &MethodTarget,
        registers: &[Register],
    ) -> Texts {
        let class = target.owner.as_deref().unwrap_or(&target.class).to_owned();
        // What one part of the app hands to another through a parcel is found where that one puts it together.
        if class == "Landroid/os/Parcel;" {
            return Texts::new();
        }
        let not_followed = |class: &str| unknown(platform::giver(class, &target.name), &target.name);
        let Some(gives) = platform::gives(&class, &target.name, &target.prototype) else {
            return self.inherited(way, method, at, &class, target, registers);
        };
        let nth = |number: u8| registers.get(usize::from(number)).copied();
        match gives {
            Gives::Argument(number) => match nth(number) {
                Some(register) => self.value(way, method, at, register),
                None => not_followed(&class),
            },
            Gives::Joined(first, second) => {
                let (Some(first), Some(second)) = (nth(first), nth(second)) else {
                    return not_followed(&class);
                };
                let (first, second) =
                    (self.value(way, method, at, first), self.value(way, method, at, second));
                joined(&first, &second)
            }
            Gives::Built => {
                // The builder after this call is what it was before, and what this call appends.
                let Some(builder) = nth(0) else { return not_followed(&class) };
                let before = self.builder(way, method, at, builder);
                match nth(1).filter(|_| &*target.name == "append") {
                    Some(register) => {
                        let piece = self.piece(way, method, at, target, register);
                        joined(&before, &piece)
                    }
                    None => before,
                }
            }
            Gives::Either(context, spec) => {
                let (Some(context), Some(spec)) = (nth(context), nth(spec)) else {
                    return not_followed(&class);
                };
                let specs = self.value(way, method, at, spec);
                if names_a_host(&specs) {
                    return specs;
                }
                self.value(way, method, at, context)
            }
            Gives::Parts(protocol, host, file) => {
                let mut parts = Texts::new();
                for (number, between) in [(protocol, "://"), (host, ""), (file, "")] {
                    let Some(register) = nth(number) else { return not_followed(&class) };
                    let part = self.value(way, method, at, register);
                    let part: Texts = part.iter().map(|one| one.then(&Template::known(between))).collect();
                    parts = if parts.is_empty() { part } else { joined(&parts, &part) };
                }
                parts
            }
            Gives::Format(first) => {
                let (Some(format), Some(arguments)) = (nth(first), nth(first + 1)) else {
                    return not_followed(&class);
                };
                let formats = self.value(way, method, at, format);
                let arguments = self.listed(way, method, at, arguments);
                formats.iter().map(|format| format.formatted(&arguments)).collect()
            }
            Gives::Replaced => {
                let Some(text) = nth(0) else { return not_followed(&class) };
                let texts = self.value(way, method, at, text);
                let whole = |texts: Texts| match texts.as_slice() {
                    [one] => one.whole().map(str::to_owned),
                    _ => None,
                };
                let old = nth(1).and_then(|register| whole(self.value(way, method, at, register)));
                let new = nth(2).and_then(|register| whole(self.value(way, method, at, register)));
                match (old, new) {
                    (Some(old), Some(new)) if !old.is_empty() => {
                        texts.iter().map(|text| text.map(|piece| piece.replace(&old, &new))).collect()
                    }
                    _ => texts,
                }
            }
            Gives::Resource(number) => {
                let id = nth(number).and_then(|register| self.number(method, at, register));
                let text = id
                    .and_then(|id| u32::try_from(id & 0xffff_ffff).ok())
                    .and_then(|id| self.resources.string(id));
                text.map_or_else(|| unknown(Giver::Code, "a resource"), |text| vec![Template::known(&text)])
            }
            Gives::Kept(giver, key, default) => {
                let key_register = nth(key);
                let keys =
                    key_register.map_or_else(Texts::new, |register| self.value(way, method, at, register));
                let mut all = match default.and_then(nth) {
                    Some(register) => self.value(way, method, at, register),
                    None => Texts::new(),
                };
                all.retain(|text| text.whole() != Some(""));
                for key in keys.iter().filter_map(Template::whole).map(str::to_owned).collect::<Vec<_>>() {
                    let found = self.put_under(&key);
                    add(&mut all, found);
                }
                // What is kept may come from elsewhere, too, unless only the app itself has it.
                if giver == Giver::Code
                    && !names_a_host(&all)
                    && let Some(held) = nth(0).map(|held| self.contents(way, method, at, held))
                    && !held.is_empty()
                {
                    return held;
                }
                if giver != Giver::Code || !names_a_host(&all) {
                    let giver =
                        if giver == Giver::Code { platform::giver(&class, &target.name) } else { giver };
                    let label = keys.first().and_then(Template::whole).unwrap_or(&target.name).to_owned();
                    add(&mut all, unknown(giver, &label));
                }
                all
            }
            Gives::Element(number) => {
                let held = nth(number).map_or_else(Texts::new, |held| self.contents(way, method, at, held));
                if held.is_empty() {
                    return self.inherited(way, method, at, &class, target, registers);
                }
                held
            }
        }
    }

    /// Of a call that is not followed: who gave what it works on, where that can be said.
    pub(super) fn inherited(
        &mut self,
        way: &Way,
        method: MethodId,
        at: u32,
        class: &str,
        target: &MethodTarget,
        registers: &[Register],
    ) -> Texts {
        let giver = platform::giver(class, &target.name);
        if giver != Giver::Code {
            return unknown(giver, &target.name);
        }
        let mut all = Texts::new();
        for register in registers.iter().take(2) {
            for cause in self.value(way, method, at, *register).iter().flat_map(Template::causes) {
                if cause.giver != Giver::Code {
                    add(&mut all, unknown(cause.giver, &cause.at));
                }
            }
        }
        if all.is_empty() { unknown(Giver::Code, &target.name) } else { all }
    }

    /// What the app puts under a key, in whatever it puts it.
    pub(super) fn put_under(&mut self, key: &str) -> Texts {
        let mut all = Texts::new();
        for at in self.index.puts.clone() {
            let Some((target, registers)) = self.call_at(at) else { continue };
            let value_is_text = parameters(&target.prototype).nth(1).is_some_and(|one| {
                matches!(one, "Ljava/lang/String;" | "Ljava/lang/Object;" | "Ljava/lang/CharSequence;")
            });
            let (true, [.., first, second]) = (value_is_text, registers.as_slice()) else { continue };
            if self.text_of(at, *first).as_deref() == Some(key) && (self.counts)(at.0) {
                let found = self.value(&None, at.0, at.1, *second);
                add(&mut all, found);
            }
        }
        all
    }

    /// The text that an instruction of the same method loads.
    pub(super) fn text_of(&mut self, (method, at): At, register: Register) -> Option<String> {
        let code = self.code(method)?;
        let definitions = code.definitions(at, register);
        let [Definition::At(position)] = definitions.as_slice() else { return None };
        match code.body.instructions.get(*position as usize)?.operation {
            Operation::Constant { value: value @ Literal::String(_), .. } => {
                self.constant(method, value).first().and_then(|text| text.whole().map(str::to_owned))
            }
            Operation::StaticGet { field, .. } => {
                let texts = self.field(method, field, false);
                texts.first().and_then(|text| text.whole().map(str::to_owned))
            }
            _ => None,
        }
    }

    /// What `append` adds.
    pub(super) fn piece(
        &mut self,
        way: &Way,
        method: MethodId,
        at: u32,
        target: &MethodTarget,
        register: Register,
    ) -> Texts {
        match &*target.prototype {
            "(I)" | "(J)" | "(S)" | "(Z)" | "(F)" | "(D)" => match self.number(method, at, register) {
                Some(number) => vec![Template::known(&number.to_string())],
                None => unknown(Giver::Code, "a number"),
            },
            "(C)" => match self.number(method, at, register).and_then(|unit| char::from_u32(unit as u32)) {
                Some(c) => vec![Template::known(c.encode_utf8(&mut [0; 4]))],
                None => {
                    let mut all = Texts::new();
                    for cause in self.value(way, method, at, register).iter().flat_map(Template::causes) {
                        add(&mut all, unknown(cause.giver, &cause.at));
                    }
                    if all.is_empty() { unknown(Giver::Code, "a character") } else { all }
                }
            },
            _ => {
                let found = self.value(way, method, at, register);
                if found.is_empty() { unknown(Giver::Code, "null") } else { found }
            }
        }
    }
}
