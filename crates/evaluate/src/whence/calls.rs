//! What calls give back: of the app's methods what they return, of the platform's what is known of it.

use std::rc::Rc;

use overt_program::MethodId;
use overt_program::classes::ACC_STATIC;
use overt_program::ir::{Definition, Definitions, InvokeKind, Literal, Operation, Register};

use super::index::At;
use super::parameters;
use super::platform::{self, Gives, Keeper};
use super::resolve::{Entered, MOST, Resolver, Texts, Way, add, joined, names_a_host, unknown};
use rustc_hash::FxHashMap;

use super::template::{Cause, Giver, Template};
use crate::linkage::MethodTarget;
use crate::sandbox::{Outcome, Plain};

/// Decoders run on arguments found, for one app.
const RUNS: usize = 400;

impl Resolver<'_> {
    /// What a call gives back.
    pub(super) fn result(&mut self, way: &Way, method: MethodId, code: &Rc<Definitions>, at: u32) -> Texts {
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
        // What stands in for the platform's own class, so that the app can be built, does nothing but throw.
        if platform::is_of_platform(&target.class) {
            all.retain(|method| {
                link.body(*method).is_some_and(|body| {
                    body.instructions.iter().any(|one| matches!(one.operation, Operation::Return { .. }))
                })
            });
        }
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
                    let number = self.number(way, method, at, *register);
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

    /// What a call of the platform gives.
    pub(super) fn platform(
        &mut self,
        way: &Way,
        method: MethodId,
        at: u32,
        target: &Rc<MethodTarget>,
        registers: &[Register],
    ) -> Texts {
        let class = target.owner.as_deref().unwrap_or(&target.class).to_owned();
        // What one part of the app hands to another through a parcel is found where that one puts it together.
        if class == "Landroid/os/Parcel;" {
            return Texts::new();
        }
        let not_followed = |class: &str| unknown(platform::giver(class, &target.name), &target.name);
        let Some(gives) = platform::gives(&class, &target.name, &target.prototype) else {
            let made = self.made_of_texts(way, (method, at), target, registers);
            if !made.is_empty() {
                return made;
            }
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
                let by = (method, at);
                if let Some(changed) = self.builder_changed(way, by, target, registers) {
                    return changed;
                }
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
                let id = nth(number).and_then(|register| self.number(way, method, at, register));
                let text = id
                    .and_then(|id| u32::try_from(id & 0xffff_ffff).ok())
                    .and_then(|id| self.resources.string(id));
                text.map_or_else(|| unknown(Giver::Code, "a resource"), |text| vec![Template::known(&text)])
            }
            Gives::Kept(giver, key, default) => {
                self.kept(way, (method, at), target, registers, (giver, key, default))
            }
            Gives::Scheme | Gives::Authority | Gives::Path => {
                let (Some(builder), Some(given)) = (nth(0), nth(1)) else { return not_followed(&class) };
                let before = self.value(way, method, at, builder);
                let given = self.value(way, method, at, given);
                built(&before, gives, &given)
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
        let label = self.label((method, at), target, registers);
        let found = self.sources_of_call(way, (method, at), target, registers);
        if !found.is_empty() {
            return relabelled(&found, &label);
        }
        let mut all = Texts::new();
        for register in registers.iter().take(2) {
            for cause in self.value(way, method, at, *register).iter().flat_map(Template::causes) {
                if cause.giver != Giver::Code {
                    add(&mut all, vec![Template::unknown(cause.clone())]);
                }
            }
        }
        if all.is_empty() { unknown(platform::giver(class, &target.name), &label) } else { all }
    }

    /// What to call a value by: the key under which a call asks for it, else the call's name.
    fn label(&mut self, by: At, target: &MethodTarget, registers: &[Register]) -> String {
        let asks = target.name.starts_with("get") || target.name.starts_with("opt");
        let mut key = None;
        if asks && target.prototype.contains("Ljava/lang/String;") {
            key = registers.iter().skip(1).find_map(|register| self.text_of(by, *register));
        }
        key.filter(|key| !key.is_empty()).unwrap_or_else(|| target.name.to_string())
    }

    /// What is kept under a key: what the app puts there, a default, and what others may have put there.
    fn kept(
        &mut self,
        way: &Way,
        (method, at): At,
        target: &MethodTarget,
        registers: &[Register],
        (giver, key, default): (Giver, u8, Option<u8>),
    ) -> Texts {
        let class = target.owner.as_deref().unwrap_or(&target.class).to_owned();
        let nth = |number: u8| registers.get(usize::from(number)).copied();
        let keys = nth(key).map_or_else(Texts::new, |register| self.value(way, method, at, register));
        let keys: Vec<String> = keys.iter().filter_map(Template::whole).map(str::to_owned).collect();
        let keeper = platform::keeper(&class);
        // What the manifest says of the app itself.
        if keeper == Keeper::Bundle
            && let Some(held) = nth(0)
            && self.is_from_manifest((method, at), held)
        {
            let stated: Texts = keys
                .iter()
                .filter_map(|key| self.resources.meta_data(key))
                .map(|text| Template::known(&text))
                .collect();
            if !stated.is_empty() {
                return stated;
            }
        }
        let mut all = match default.and_then(nth) {
            Some(register) => self.value(way, method, at, register),
            None => Texts::new(),
        };
        all.retain(|text| text.whole() != Some(""));
        let mut put = Texts::new();
        for key in &keys {
            let found = self.put_under(key, keeper);
            add(&mut put, found);
        }
        let is_put = !put.is_empty();
        // What is kept may come from elsewhere, too, unless only the app itself has it.
        if giver == Giver::Code
            && !names_a_host(&put)
            && let Some(held) = nth(0).map(|held| self.contents(way, method, at, held))
            && !held.is_empty()
        {
            return held;
        }
        let mut others = self.sources_of_call(way, (method, at), target, registers);
        // A file that comes with the app.
        if others.is_empty() && matches!(keeper, Keeper::Properties | Keeper::Json) {
            for key in &keys {
                let stated = self.resources.setting(key).iter().map(|text| Template::known(text)).collect();
                add(&mut put, stated);
            }
        }
        let stated = names_a_host(&put);
        // In JSON from outside stands what others wrote, not what the app writes into its own.
        if keeper != Keeper::Json || others.is_empty() {
            add(&mut all, put);
        }
        // An app's preferences are its own: what no code puts there is not there.
        let own = keeper == Keeper::Preferences && is_put;
        let label = keys.first().map_or(&*target.name, String::as_str);
        if others.is_empty() && (giver != Giver::Code && !stated || !names_a_host(&all)) {
            let giver = if giver == Giver::Code { platform::giver(&class, &target.name) } else { giver };
            others = unknown(giver, label);
        }
        if !own {
            add(&mut all, relabelled(&others, label));
        }
        all
    }

    /// Is this the meta-data that the manifest states of the app?
    fn is_from_manifest(&mut self, (method, at): At, register: Register) -> bool {
        let Some(code) = self.code(method) else { return false };
        code.definitions(at, register).into_iter().any(|definition| match definition {
            Definition::At(position) => {
                match code.body.instructions.get(position as usize).map(|one| one.operation) {
                    Some(Operation::FieldGet { field, .. }) => {
                        let link = &mut self.sandbox.machine.link;
                        let dex = link.table.method(method).dex;
                        link.field(dex, field)
                            .is_some_and(|target| target.owner.is_none() && &*target.name == "metaData")
                    }
                    Some(Operation::Move { from, .. }) => self.is_from_manifest((method, position), from),
                    _ => false,
                }
            }
            Definition::Argument => false,
        })
    }

    /// What the app puts under a key in things of this kind.
    fn put_under(&mut self, key: &str, keeper: Keeper) -> Texts {
        let mut all = Texts::new();
        for at in self.keyed(key) {
            let Some((target, registers)) = self.call_at(at) else { continue };
            let Some(value) = registers.last() else { continue };
            if platform::keeper(target.owner.as_deref().unwrap_or(&target.class)) == keeper {
                let found = self.value(&None, at.0, at.1, *value);
                add(&mut all, found);
            }
        }
        all
    }

    /// Calls that put a text under this key.
    fn keyed(&mut self, key: &str) -> Vec<At> {
        if self.keyed.is_none() {
            // Each call is looked at once for all keys.
            let mut keyed: FxHashMap<String, Vec<At>> = FxHashMap::default();
            for at in self.index.puts.clone() {
                let Some((target, registers)) = self.call_at(at) else { continue };
                let value_is_text = parameters(&target.prototype).nth(1).is_some_and(|one| {
                    matches!(one, "Ljava/lang/String;" | "Ljava/lang/Object;" | "Ljava/lang/CharSequence;")
                });
                let (true, [.., first, _]) = (value_is_text, registers.as_slice()) else { continue };
                if let Some(key) = self.text_of(at, *first) {
                    keyed.entry(key).or_default().push(at);
                }
            }
            self.keyed = Some(keyed);
        }
        self.keyed.as_ref().and_then(|keyed| keyed.get(key)).cloned().unwrap_or_default()
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
            Operation::StaticGet { field, .. } | Operation::FieldGet { field, .. } => {
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
            "(I)" | "(J)" | "(S)" | "(Z)" | "(F)" | "(D)" => match self.number(way, method, at, register) {
                Some(number) => vec![Template::known(&number.to_string())],
                None => unknown(Giver::Code, "a number"),
            },
            "(C)" => {
                match self.number(way, method, at, register).and_then(|unit| char::from_u32(unit as u32)) {
                    Some(c) => vec![Template::known(c.encode_utf8(&mut [0; 4]))],
                    None => {
                        let mut all = Texts::new();
                        for cause in self.value(way, method, at, register).iter().flat_map(Template::causes) {
                            add(&mut all, unknown(cause.giver, &cause.at));
                        }
                        if all.is_empty() { unknown(Giver::Code, "a character") } else { all }
                    }
                }
            }
            _ => {
                let found = self.value(way, method, at, register);
                if found.is_empty() { unknown(Giver::Code, "null") } else { found }
            }
        }
    }
}

/// The same causes under another name.
pub(super) fn relabelled(texts: &Texts, label: &str) -> Texts {
    let mut all = Texts::new();
    for cause in texts.iter().flat_map(Template::causes) {
        add(&mut all, vec![Template::unknown(Cause { at: label.to_owned(), ..cause.clone() })]);
    }
    all
}

/// An address put together by a builder that is told one more part.
pub(super) fn built(before: &Texts, part: Gives, given: &Texts) -> Texts {
    let separator = Template::known("://");
    match part {
        // What was told before the scheme stands behind it.
        Gives::Scheme => {
            match before.iter().filter(|text| !text.known_start().is_empty()).cloned().collect::<Texts>() {
                rest if rest.is_empty() => given.iter().map(|scheme| scheme.then(&separator)).collect(),
                rest if rest.iter().any(|text| text.known_start().contains("://")) => rest,
                rest => {
                    let schemes: Texts = given.iter().map(|scheme| scheme.then(&separator)).collect();
                    joined(&schemes, &rest)
                }
            }
        }
        Gives::Path => {
            let paths: Texts = (given.iter())
                .map(|path| {
                    let rooted = path.known_start().starts_with('/');
                    if rooted { path.clone() } else { Template::known("/").then(path) }
                })
                .collect();
            if before.is_empty() { paths } else { joined(before, &paths) }
        }
        // The host comes behind the scheme, whatever stood there.
        _ => {
            let scheme = |text: &Template| {
                let (scheme, _) = text.known_start().split_once("://")?;
                Some(Template::known(scheme).then(&separator))
            };
            let schemes: Texts = before.iter().filter_map(scheme).collect();
            if schemes.is_empty() { given.clone() } else { joined(&schemes, given) }
        }
    }
}
