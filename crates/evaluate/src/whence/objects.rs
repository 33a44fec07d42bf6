//! What objects hold: builders of strings, addresses, arrays, fields.

use std::rc::Rc;

use overt_program::MethodId;
use overt_program::ir::{Definition, Definitions, Operation, Register};

use super::calls::{built, relabelled};
use super::index::{At, has_receiver};
use super::platform::{self, Gives};
use super::resolve::{DEEPEST, Entered, MOST, Resolver, Texts, Way, add, joined, names_a_host, unknown};
use super::template::{Giver, Template};
use crate::linkage::MethodTarget;
use crate::sandbox::Plain;

impl Resolver<'_> {
    /// What a builder of strings in `register` holds before the instruction at `at`.
    pub(super) fn builder(&mut self, way: &Way, method: MethodId, at: u32, register: Register) -> Texts {
        let Some(code) = self.code(method) else { return Texts::new() };
        let block = code.block_of(at);
        self.guarded(method, at, register, 1, |this| {
            this.builder_before(way, method, &code, (block, at), register)
        })
    }

    /// The same before a position of a block.
    pub(super) fn builder_before(
        &mut self,
        way: &Way,
        method: MethodId,
        code: &Rc<Definitions>,
        (block, until): (u32, u32),
        register: Register,
    ) -> Texts {
        let start = code.start_of(block);
        let mut position = until;
        while position > start {
            position -= 1;
            let Some(instruction) = code.body.instructions.get(position as usize) else { break };
            let operation = instruction.operation;
            if let Operation::Invoke { to, .. } = operation
                && let Some((target, registers)) = self.call_at((method, position))
            {
                let on_it = registers.first() == Some(&register);
                let is_builder = target.class.starts_with("Ljava/lang/StringBu");
                if is_builder && (on_it || to == Some(register)) {
                    let receiver = registers.first().copied().unwrap_or(register);
                    let argument = registers.get(1).copied();
                    match &*target.name {
                        "append" => {
                            let before = self.builder(way, method, position, receiver);
                            let Some(argument) = argument else { return before };
                            let piece = self.piece(way, method, position, &target, argument);
                            return joined(&before, &piece);
                        }
                        "<init>" => {
                            return match (argument, &*target.prototype) {
                                (Some(argument), "(Ljava/lang/String;)" | "(Ljava/lang/CharSequence;)") => {
                                    self.value(way, method, position, argument)
                                }
                                _ => vec![Template::default()],
                            };
                        }
                        "setLength" | "reverse" | "insert" | "replace" | "delete" | "deleteCharAt"
                        | "setCharAt" => {
                            let by = (method, position);
                            let changed = self.builder_changed(way, by, &target, &registers);
                            return changed.unwrap_or_else(|| unknown(Giver::Code, &target.name));
                        }
                        _ if to == Some(register) => return unknown(Giver::Code, &target.name),
                        _ => continue,
                    }
                }
            }
            if operation.written() == Some(register) {
                return match operation {
                    Operation::Move { from, .. } => self.builder(way, method, position, from),
                    Operation::Cast { .. } => continue,
                    _ => self.made_at(way, method, code, position, register),
                };
            }
        }
        let mut all = Texts::new();
        for (before, until) in code.blocks_before(block) {
            let found = self.guarded(method, until, register, 3, |this| {
                this.builder_before(way, method, code, (before, until), register)
            });
            add(&mut all, found);
        }
        if block == 0 && all.is_empty() && register >= code.body.first_argument {
            return self.argument(way, method, code, register, false);
        }
        all
    }

    /// What an object was made with, as far as that is an address.
    pub(super) fn object(
        &mut self,
        way: &Way,
        method: MethodId,
        code: &Rc<Definitions>,
        at: u32,
        register: Register,
    ) -> Texts {
        let mut all = Texts::new();
        let mut made = false;
        for position in at + 1..(code.body.instructions.len() as u32).min(at + 400) {
            let Some(Operation::Invoke { kind, to, .. }) =
                code.body.instructions.get(position as usize).map(|one| one.operation)
            else {
                continue;
            };
            let Some((target, registers)) = self.call_at((method, position)) else { continue };
            let on_it = registers
                .first()
                .is_some_and(|receiver| *receiver == register || code.is_made_at(position, *receiver, at));
            if !on_it || !has_receiver(kind) {
                continue;
            }
            let name = &*target.name;
            let sets = matches!(name, "setURI" | "setUrl" | "setURL" | "setUri" | "url" | "parse");
            if name == "<init>" {
                if made {
                    break;
                }
                made = target.resolved.is_some()
                    || platform::gives(&target.class, "<init>", &target.prototype).is_some();
                let found = self.constructed(way, (method, position), &target, &registers);
                add(&mut all, found);
            } else if platform::is_address_builder(&target.class)
                // Where the result is used, the walk comes by the call itself.
                && to.is_none()
                && let Some(part @ (Gives::Scheme | Gives::Authority | Gives::Path)) =
                    platform::gives(&target.class, name, &target.prototype)
                && let Some(given) = registers.get(1)
            {
                // Told one after the other, whatever is made of what each call gives back.
                made = true;
                let given = self.value(way, method, position, *given);
                all = built(&all, part, &given);
            } else if sets && let Some(given) = registers.get(1) {
                let found = self.value(way, method, position, *given);
                if names_a_host(&found) || all.is_empty() {
                    all = found;
                } else {
                    add(&mut all, found);
                }
            }
        }
        // Made of nothing but itself, as a redirection of an address in a loop is, it adds nothing.
        if all.is_empty() && !made { unknown(Giver::Code, "an object") } else { all }
    }

    /// What the constructor of an object makes of its arguments: the address, as far as it has one.
    pub(super) fn constructed(
        &mut self,
        way: &Way,
        by: At,
        target: &Rc<MethodTarget>,
        registers: &[Register],
    ) -> Texts {
        let bundled = platform::is_address(&target.class)
            && platform::gives(&target.class, "<init>", &target.prototype).is_some();
        let Some(own) = target.resolved.filter(|_| !bundled) else {
            // A string made by its constructor may be what the sandbox found.
            let offset = self
                .code(by.0)
                .and_then(|code| code.body.instructions.get(by.1 as usize).map(|one| one.offset));
            let shown = offset.and_then(|offset| self.made.get(&(by.0, offset)).cloned()).unwrap_or_default();
            let shown: Texts = shown.iter().take(MOST).map(|value| Template::of_shown(value)).collect();
            if names_a_host(&shown) && &*target.class == "Ljava/lang/String;" {
                return shown;
            }
            if platform::gives(&target.class, "<init>", &target.prototype).is_none() {
                return Texts::new();
            }
            return self.platform(way, by.0, by.1, target, registers);
        };
        // Of a class of the app: what its constructor hands to the one above.
        let entered = Some(Rc::new(Entered { by, before: way.clone() }));
        let Some(code) = self.code(own) else { return Texts::new() };
        let this = code.body.first_argument;
        let mut all = Texts::new();
        for (position, instruction) in code.body.instructions.iter().enumerate() {
            let Operation::Invoke { .. } = instruction.operation else { continue };
            let position = position as u32;
            let Some((inner, registers)) = self.call_at((own, position)) else { continue };
            if registers.first() != Some(&this) || self.depth > DEEPEST / 2 {
                continue;
            }
            let found = match &*inner.name {
                "<init>" => self.constructed(&entered, (own, position), &inner, &registers),
                "setURI" | "setUrl" | "setURL" => {
                    let Some(given) = registers.get(1).copied() else { continue };
                    self.value(&entered, own, position, given)
                }
                _ => continue,
            };
            add(&mut all, found);
        }
        all
    }

    /// What the app writes into a field. `elements`: what is in the array that it writes.
    pub(super) fn field(&mut self, method: MethodId, field: overt_dex::FieldIdx, elements: bool) -> Texts {
        let link = &mut self.sandbox.machine.link;
        let dex = link.table.method(method).dex;
        let Some(target) = link.field(dex, field) else { return unknown(Giver::Code, "a field") };
        if target.owner.is_none() {
            return unknown(platform::giver(&target.class, &target.name), &target.name);
        }
        if let Some(known) = self.fields.get(&target.id).filter(|_| !elements) {
            return known.clone();
        }
        let mut all = Texts::new();
        let stores = self.index.stores.get(&target.id).cloned().unwrap_or_default();
        for (writer, at) in stores {
            let Some(code) = self.code(writer) else { continue };
            let from = match code.body.instructions.get(at as usize).map(|one| one.operation) {
                Some(Operation::FieldPut { from, .. } | Operation::StaticPut { from, .. }) => from,
                _ => continue,
            };
            let found = if elements {
                self.elements(&None, writer, at, from)
            } else {
                self.value(&None, writer, at, from)
            };
            add(&mut all, found);
        }
        // What the file states, and what the initialiser computed.
        if !elements
            && !names_a_host(&all)
            && let Some(owner) = target.owner
            && let Some(Plain::Text(text)) = self.sandbox.static_value(owner, &target.name)
            && !text.contains('‹')
        {
            add(&mut all, vec![Template::known(&text)]);
        }
        // Nothing of the app writes it: what fills objects by the names of their fields may.
        if !elements
            && self.index.stores.get(&target.id).is_none_or(Vec::is_empty)
            && self.index.fills_by_name
        {
            let stated = self.resources.setting(&target.name);
            add(&mut all, stated.iter().map(|text| Template::known(text)).collect());
        }
        if all.is_empty() && self.open.len() < 2 {
            all = unknown(Giver::Code, &target.name);
        }
        if !elements && names_a_host(&all) {
            self.fields.insert(target.id, all.clone());
        }
        all
    }

    /// A field that no code writes: it is told with who gives the object, as far as that is known.
    pub(super) fn member(
        &mut self,
        way: &Way,
        (method, at): At,
        field: overt_dex::FieldIdx,
        object: Register,
        found: Texts,
    ) -> Texts {
        let link = &mut self.sandbox.machine.link;
        let dex = link.table.method(method).dex;
        let Some(target) = link.field(dex, field) else { return found };
        if target.owner.is_none() {
            return self.source_of_field(method, at, &target).map_or(found, |one| vec![one]);
        }
        if self.is_written(target.id) {
            return found;
        }
        let givers = self.sources_of_object(way, method, at, object);
        if givers.is_empty() && !self.index.fills_by_name {
            return unknown(Giver::Nobody, &target.name);
        }
        if givers.is_empty() { found } else { relabelled(&givers, &target.name) }
    }

    /// What the elements of an array may be.
    pub(super) fn elements(&mut self, way: &Way, method: MethodId, at: u32, array: Register) -> Texts {
        self.guarded(method, at, array, 2, |this| {
            let Some(code) = this.code(method) else { return Texts::new() };
            let mut all = Texts::new();
            for definition in code.definitions(at, array) {
                let found = match definition {
                    Definition::Argument => this.argument(way, method, &code, array, true),
                    Definition::At(position) => this.elements_made(way, method, &code, position, array),
                };
                add(&mut all, found);
            }
            all
        })
    }

    pub(super) fn elements_made(
        &mut self,
        way: &Way,
        method: MethodId,
        code: &Rc<Definitions>,
        at: u32,
        array: Register,
    ) -> Texts {
        let Some(operation) = code.body.instructions.get(at as usize).map(|one| one.operation) else {
            return Texts::new();
        };
        match operation {
            Operation::Move { from, .. } => self.elements(way, method, at, from),
            Operation::Cast { register, .. } => self.elements(way, method, at, register),
            Operation::StaticGet { field, .. } | Operation::FieldGet { field, .. } => {
                self.field(method, field, true)
            }
            Operation::FilledArray { .. } | Operation::NewArray { .. } => {
                let all = self.put_into(way, method, code, at, array);
                let mut flat = Texts::new();
                for one in all {
                    add(&mut flat, one);
                }
                let copied = self.copied_into(way, method, code, at);
                add(&mut flat, copied);
                flat
            }
            Operation::Invoke { kind, .. } => {
                let Some((target, registers)) = self.call_at((method, at)) else { return Texts::new() };
                let entered = Some(Rc::new(Entered { by: (method, at), before: way.clone() }));
                let mut all = Texts::new();
                for callee in self.callees(kind, &target) {
                    let found = self.returned(&entered, callee, true);
                    add(&mut all, found);
                }
                if all.is_empty() {
                    self.elements_of_call(way, (method, at), &target, &registers)
                } else {
                    all
                }
            }
            _ => unknown(Giver::Code, "an array"),
        }
    }

    /// What is in an array that a call of the platform gives.
    fn elements_of_call(
        &mut self,
        way: &Way,
        by: At,
        target: &Rc<MethodTarget>,
        registers: &[Register],
    ) -> Texts {
        let first = registers.first().copied();
        match (&*target.name, first) {
            ("toArray", Some(list)) => self.contents(way, by.0, by.1, list),
            ("clone" | "copyOf" | "copyOfRange", Some(array)) => self.elements(way, by.0, by.1, array),
            ("split", Some(_)) if &*target.class == "Ljava/lang/String;" => {
                let pieces = self.pieces(way, by, registers);
                if pieces.is_empty() {
                    self.inherited(way, by.0, by.1, &target.class, target, registers)
                } else {
                    pieces
                }
            }
            ("getStringArray" | "getTextArray", Some(_)) if &*target.prototype == "(I)" => {
                let id = registers.get(1).and_then(|id| self.number(way, by.0, by.1, *id));
                let id = id.and_then(|id| u32::try_from(id & 0xffff_ffff).ok());
                let all = id.map_or_else(Vec::new, |id| self.resources.strings(id));
                if all.is_empty() {
                    return unknown(Giver::Code, "a resource");
                }
                all.iter().take(MOST).map(|text| Template::known(text)).collect()
            }
            _ => self.inherited(way, by.0, by.1, &target.class, target, registers),
        }
    }

    /// What is copied from other arrays into one made at `at`.
    fn copied_into(&mut self, way: &Way, method: MethodId, code: &Rc<Definitions>, at: u32) -> Texts {
        let mut all = Texts::new();
        for position in at + 1..code.body.instructions.len() as u32 {
            let Some((target, registers)) = self.call_at((method, position)) else { continue };
            if &*target.name == "arraycopy"
                && let [from, _, into, ..] = registers.as_slice()
                && code.is_made_at(position, *into, at)
            {
                let found = self.elements(way, method, position, *from);
                add(&mut all, found);
            }
        }
        all
    }

    /// What is put into an array made at `at`, in order.
    pub(super) fn put_into(
        &mut self,
        way: &Way,
        method: MethodId,
        code: &Rc<Definitions>,
        at: u32,
        array: Register,
    ) -> Vec<Texts> {
        let mut all: Vec<Texts> = Vec::new();
        if let Some(Operation::FilledArray { elements, .. }) =
            code.body.instructions.get(at as usize).map(|one| one.operation)
        {
            for register in elements.iter() {
                all.push(self.value(way, method, at, register));
            }
            return all;
        }
        for (position, instruction) in code.body.instructions.iter().enumerate().skip(at as usize) {
            if let Operation::ArrayPut { from, array: into, .. } = instruction.operation
                && into == array
                && all.len() < MOST
                && code.definitions(position as u32, into).contains(&Definition::At(at))
            {
                all.push(self.value(way, method, position as u32, from));
            }
        }
        all
    }

    /// The arguments of a format: one text for each place of the array, as far as there is one.
    pub(super) fn listed(&mut self, way: &Way, method: MethodId, at: u32, array: Register) -> Vec<Template> {
        let Some(code) = self.code(method) else { return Vec::new() };
        let definitions = code.definitions(at, array);
        let [Definition::At(made)] = definitions.as_slice() else { return Vec::new() };
        let all = self.put_into(way, method, &code, *made, array);
        all.into_iter()
            .map(|texts| texts.into_iter().next().unwrap_or_else(|| Template::hole(Giver::Code, "format")))
            .collect()
    }
}
