//! Who decides what the code does not: from a value back to the calls by which it came in from outside.
//!
//! An address that is taken out of an answer, a table or an Intent goes through parsers, streams and beans first. This
//! walks over all of them, whatever they make of the text, until it meets a call of the platform that brings something in
//! (`platform::entrance`), or a parameter that the platform hands over. Of an answer it also says which hosts were asked.

use std::collections::BTreeSet;
use std::rc::Rc;

use overt_program::classes::ACC_STATIC;
use overt_program::ir::{Definition, Definitions, Operation, Register};
use overt_program::{ClassId, MethodId, Sym};

use super::index::{At, has_receiver};
use super::parameters;
use super::platform;
use super::resolve::{Entered, Resolver, Texts, Way, add};
use super::template::{Cause, Giver, Host, Source, Template};
use crate::linkage::{FieldId, FieldTarget, MethodTarget};

/// Calls looked at behind the one that makes an object.
const MOST_BEHIND: u32 = 400;
/// Deepest walk from where it starts.
const DEEPEST: usize = 48;

impl Resolver<'_> {
    /// From where comes what a register holds before the instruction at `at`: holes with their sources, empty where
    /// none was met.
    pub(super) fn sources(&mut self, way: &Way, method: MethodId, at: u32, register: Register) -> Texts {
        if self.source_depth >= DEEPEST || self.source_steps == 0 {
            return Texts::new();
        }
        let key = (method, at, register);
        if let (None, Some(known)) = (way, self.sources_found.get(&key)) {
            return known.clone();
        }
        self.source_depth += 1;
        self.source_steps -= 1;
        let found = self.guarded(method, at, register, 5, |this| {
            let Some(code) = this.code(method) else { return Texts::new() };
            let mut all = Texts::new();
            for definition in code.definitions(at, register) {
                let found = match definition {
                    Definition::Argument => this.sources_given(way, method, &code, register),
                    Definition::At(position) => this.sources_at(way, method, &code, position),
                };
                add(&mut all, found);
            }
            all
        });
        self.source_depth -= 1;
        let found: Texts = (found.into_iter())
            .filter(|one| one.causes().iter().any(|cause| cause.source.is_some()))
            .collect();
        if way.is_none() && !found.is_empty() {
            self.sources_found.insert(key, found.clone());
        }
        found
    }

    /// The same of an object that is filled as a whole, where it is the method's own object, too: by those who call it.
    pub(super) fn sources_of_object(
        &mut self,
        way: &Way,
        method: MethodId,
        at: u32,
        object: Register,
    ) -> Texts {
        let Some(code) = self.code(method) else { return Texts::new() };
        let own = code.definitions(at, object).contains(&Definition::Argument)
            && self.number_of(method, &code, object) == Some(0)
            && self.sandbox.machine.link.table.method(method).access & ACC_STATIC == 0;
        if !own {
            return self.sources(way, method, at, object);
        }
        let callers: Vec<(At, Way)> = match way {
            Some(entered) => vec![(entered.by, entered.before.clone())],
            None => self.givers(method, 0).into_iter().map(|(by, way, _)| (by, way)).collect(),
        };
        let mut all = Texts::new();
        for (by, before) in callers {
            let Some((_, registers)) = self.call_at(by) else { continue };
            let Some(receiver) = registers.first() else { continue };
            let found = self.sources(&before, by.0, by.1, *receiver);
            add(&mut all, found);
        }
        all
    }

    fn sources_given(
        &mut self,
        way: &Way,
        method: MethodId,
        code: &Definitions,
        register: Register,
    ) -> Texts {
        let Some(number) = self.number_of(method, code, register) else { return Texts::new() };
        let table = self.sandbox.machine.link.table;
        let definition = table.method(method);
        let receiver = usize::from(definition.access & ACC_STATIC == 0);
        // An object's own method works on what the object holds; who made the object gives nothing.
        let Some(declared) = number.checked_sub(receiver) else { return Texts::new() };
        let carries = parameters(table.text(definition.proto)).nth(declared).is_some_and(platform::may_carry);
        if !carries {
            return Texts::new();
        }
        if let Some(entered) = way {
            let Some((_, registers)) = self.call_at(entered.by) else { return Texts::new() };
            let Some(given) = registers.get(number) else { return Texts::new() };
            return self.sources(&entered.before.clone(), entered.by.0, entered.by.1, *given);
        }
        let mut all = Texts::new();
        for (by, way, number) in self.givers(method, number) {
            let Some((_, registers)) = self.call_at(by) else { continue };
            let Some(given) = registers.get(number).or(registers.last()) else { continue };
            let found = self.sources(&way, by.0, by.1, *given);
            add(&mut all, found);
        }
        if all.is_empty()
            && let Some(cause) = self.called_back(method)
        {
            all.push(Template::unknown(cause));
        }
        all
    }

    /// Calls that give a parameter, with the way to each and the number of the argument there; the last argument stands
    /// for a higher one.
    fn givers(&mut self, method: MethodId, number: usize) -> Vec<(At, Way, usize)> {
        let callers = self.index.callers(&mut self.sandbox.machine.link, method);
        let mut all: Vec<(At, Way, usize)> =
            callers.into_iter().filter(|at| (self.counts)(at.0)).map(|at| (at, None, number)).collect();
        let table = self.sandbox.machine.link.table;
        let definition = table.method(method);
        if table.text(definition.name) == "doInBackground" && number == 1 {
            let started = self.starts(definition.class);
            all.extend(started.into_iter().map(|(at, way)| (at, way, usize::MAX)));
        }
        all
    }

    fn sources_at(&mut self, way: &Way, method: MethodId, code: &Rc<Definitions>, at: u32) -> Texts {
        let Some(operation) = code.body.instructions.get(at as usize).map(|one| one.operation) else {
            return Texts::new();
        };
        match operation {
            Operation::Move { from, .. } => self.sources(way, method, at, from),
            Operation::Cast { register, .. } => self.sources(way, method, at, register),
            Operation::Compute { a, .. } => self.sources(way, method, at, a),
            Operation::ArrayGet { array, .. } => self.sources(way, method, at, array),
            Operation::New { .. } | Operation::NewArray { .. } | Operation::FilledArray { .. } => {
                self.sources_of_made(way, method, code, at)
            }
            Operation::FieldGet { field, .. } | Operation::StaticGet { field, .. } => {
                let link = &mut self.sandbox.machine.link;
                let dex = link.table.method(method).dex;
                let Some(target) = link.field(dex, field) else { return Texts::new() };
                if target.owner.is_none() {
                    return self.source_of_field(method, at, &target).into_iter().collect();
                }
                let found = self.sources_of_field(target.id);
                match operation {
                    // Nothing writes it: an object that is filled by the names of its fields comes as a whole.
                    Operation::FieldGet { object, .. } if !self.is_written(target.id) => {
                        self.sources_of_object(way, method, at, object)
                    }
                    _ => found,
                }
            }
            Operation::Invoke { kind, .. } => {
                let Some((target, registers)) = self.call_at((method, at)) else { return Texts::new() };
                // What a library brought along does inside is as well known as what the platform does.
                let brings = platform::entrance(&target.class, &target.name, &target.prototype).is_some()
                    || platform::reads_objects(&target.name);
                let callees = if brings { Vec::new() } else { self.callees(kind, &target) };
                if callees.is_empty() {
                    return self.sources_of_call(way, (method, at), &target, &registers);
                }
                let entered = Some(Rc::new(Entered { by: (method, at), before: way.clone() }));
                let mut all = Texts::new();
                for callee in callees {
                    let Some(code) = self.code(callee) else { continue };
                    for (position, instruction) in code.body.instructions.iter().enumerate() {
                        if let Operation::Return { value: Some(register) } = instruction.operation {
                            let found = self.sources(&entered, callee, position as u32, register);
                            add(&mut all, found);
                        }
                    }
                }
                all
            }
            _ => Texts::new(),
        }
    }

    /// Of a call of the platform: the call itself where it brings something in, else what it is given.
    pub(super) fn sources_of_call(
        &mut self,
        way: &Way,
        by: At,
        target: &MethodTarget,
        registers: &[Register],
    ) -> Texts {
        let class = target.owner.as_deref().unwrap_or(&target.class).to_owned();
        if let Some(entrance) = platform::entrance(&class, &target.name, &target.prototype) {
            let mut source = Source {
                method: by.0,
                offset: self.offset_of(by),
                api: target.signature(),
                hosts: BTreeSet::new(),
            };
            if let Some(asked) = entrance.asked.and_then(|number| registers.get(usize::from(number))) {
                source.hosts = self.asked(way, by, *asked);
            }
            return vec![Template::unknown(Cause::from_source(entrance.giver, &target.name, source))];
        }
        let mut all = Texts::new();
        for register in self.carriers(by, target, registers) {
            let found = self.sources(way, by.0, by.1, register);
            add(&mut all, found);
        }
        all
    }

    /// Hosts that a call may have asked, by the register that says so.
    fn asked(&mut self, way: &Way, by: At, register: Register) -> BTreeSet<String> {
        let key = (by, way.as_ref().map(|entered| entered.by));
        if let Some(known) = self.asked.get(&key) {
            return known.clone();
        }
        // Under way: an answer that says whom to ask next.
        self.asked.insert(key, BTreeSet::new());
        let texts = self.value(way, by.0, by.1, register);
        let hosts = texts.iter().filter_map(|text| match text.host(false) {
            Host::Known(host) => Some(host),
            _ => None,
        });
        let hosts: BTreeSet<String> = hosts.collect();
        self.asked.insert(key, hosts.clone());
        hosts
    }

    /// Calls that run a task of this class, with the way to each.
    pub(super) fn starts(&mut self, class: ClassId) -> Vec<(At, Way)> {
        let table = self.sandbox.machine.link.table;
        let own = table.class(class).descriptor;
        let above = table.supertypes(class);
        let mut all = Vec::new();
        for (at, named) in self.index.starts(&above) {
            let Some((_, registers)) = self.call_at(at) else { continue };
            let Some(task) = registers.first().copied() else { continue };
            if named == own || self.is_made_as(at, task, own) {
                all.push((at, None));
                continue;
            }
            // A method that runs any task: by those who give it one of this class.
            let Some(code) = self.code(at.0) else { continue };
            if !code.definitions(at.1, task).contains(&Definition::Argument) {
                continue;
            }
            let Some(number) = self.number_of(at.0, &code, task) else { continue };
            for by in self.index.callers(&mut self.sandbox.machine.link, at.0) {
                let Some((_, registers)) = self.call_at(by) else { continue };
                if registers.get(number).is_some_and(|task| self.is_made_as(by, *task, own)) {
                    all.push((at, Some(Rc::new(Entered { by, before: None }))));
                }
            }
        }
        all
    }

    /// May a register hold an object that the same method makes of this class?
    fn is_made_as(&mut self, (method, at): At, register: Register, class: Sym) -> bool {
        let Some(code) = self.code(method) else { return false };
        let link = &self.sandbox.machine.link;
        let dex = usize::from(link.table.method(method).dex);
        code.definitions(at, register).into_iter().any(|definition| {
            let Definition::At(position) = definition else { return false };
            match code.body.instructions.get(position as usize).map(|one| one.operation) {
                Some(Operation::New { class: made, .. }) => {
                    link.table.dexes().get(dex).is_some_and(|linked| linked.type_name(made) == Some(class))
                }
                _ => false,
            }
        })
    }

    /// The arguments of a call that may carry texts: no numbers, and nothing that only gives access to the platform.
    fn carriers(&mut self, by: At, target: &MethodTarget, registers: &[Register]) -> Vec<Register> {
        let is_static = self.code(by.0).is_some_and(|code| {
            matches!(
                code.body.instructions.get(by.1 as usize).map(|one| one.operation),
                Some(Operation::Invoke { kind, .. }) if !has_receiver(kind)
            )
        });
        let receiver = (!is_static).then_some(&*target.class);
        let all = receiver.into_iter().chain(parameters(&target.prototype));
        let all = registers.iter().zip(all).filter(|(_, class)| platform::may_carry(class));
        all.map(|(register, _)| *register).take(4).collect()
    }

    /// Of a field of the platform: what the device tells of itself.
    pub(super) fn source_of_field(
        &mut self,
        method: MethodId,
        at: u32,
        field: &FieldTarget,
    ) -> Option<Template> {
        if !platform::is_of_device(&field.class) {
            return None;
        }
        let source = Source {
            method,
            offset: self.offset_of((method, at)),
            api: format!("{}->{}", field.class, field.name),
            hosts: BTreeSet::new(),
        };
        Some(Template::unknown(Cause::from_source(Giver::Device, &field.name, source)))
    }

    /// Does reached code write this field, otherwise than with a constant of nothing?
    pub(super) fn is_written(&self, field: FieldId) -> bool {
        self.index.stores.get(&field).is_some_and(|stores| !stores.is_empty())
    }

    fn offset_of(&mut self, (method, at): At) -> Option<u32> {
        self.code(method)?.body.instructions.get(at as usize).map(|one| one.offset)
    }

    /// Of an object or array made at `at`: what it is made of, and what is put into it in the same method.
    fn sources_of_made(&mut self, way: &Way, method: MethodId, code: &Rc<Definitions>, at: u32) -> Texts {
        let mut all = Texts::new();
        let Some(made) = code.body.instructions.get(at as usize).map(|one| one.operation) else { return all };
        if let Operation::FilledArray { elements, .. } = made {
            for register in elements.iter() {
                let found = self.sources(way, method, at, register);
                add(&mut all, found);
            }
        }
        let is_array = matches!(made, Operation::NewArray { .. } | Operation::FilledArray { .. });
        for position in at + 1..(code.body.instructions.len() as u32).min(at + MOST_BEHIND) {
            match code.body.instructions.get(position as usize).map(|one| one.operation) {
                Some(Operation::ArrayPut { from, array, .. })
                    if is_array && code.is_made_at(position, array, at) =>
                {
                    let found = self.sources(way, method, position, from);
                    add(&mut all, found);
                }
                Some(Operation::Invoke { kind, .. }) => {
                    let Some((target, registers)) = self.call_at((method, position)) else { continue };
                    let Some(first) = registers.first().filter(|_| has_receiver(kind)) else { continue };
                    // `stream.read(buffer)` fills what it is given.
                    let filled = is_array
                        && target.name.starts_with("read")
                        && registers.get(1).is_some_and(|into| code.is_made_at(position, *into, at));
                    if filled {
                        let found = self.sources(way, method, position, *first);
                        add(&mut all, found);
                    }
                    let puts = matches!(
                        &*target.name,
                        "<init>"
                            | "append"
                            | "write"
                            | "add"
                            | "addAll"
                            | "put"
                            | "set"
                            | "setInput"
                            | "load"
                    );
                    if is_array || !puts || !code.is_made_at(position, *first, at) {
                        continue;
                    }
                    let class = target.owner.as_deref().unwrap_or(&target.class).to_owned();
                    if platform::entrance(&class, &target.name, &target.prototype).is_some() {
                        let found = self.sources_of_call(way, (method, position), &target, &registers);
                        add(&mut all, found);
                    }
                    for register in self.carriers((method, position), &target, &registers) {
                        if register != *first {
                            let found = self.sources(way, method, position, register);
                            add(&mut all, found);
                        }
                    }
                }
                _ => {}
            }
        }
        all
    }

    fn sources_of_field(&mut self, field: FieldId) -> Texts {
        if let Some(known) = self.sources_known.get(&field) {
            return known.clone();
        }
        // Under way: what a field is filled with from itself adds nothing.
        self.sources_known.insert(field, Texts::new());
        let mut all = Texts::new();
        for (writer, at, from) in self.written_into(field) {
            let found = self.sources(&None, writer, at, from);
            add(&mut all, found);
        }
        for (method, at) in self.fills_of(field) {
            let Some((_, registers)) = self.call_at((method, at)) else { continue };
            let Some(last) = registers.last() else { continue };
            let found = self.sources(&None, method, at, *last);
            add(&mut all, found);
        }
        if all.is_empty() {
            self.sources_known.remove(&field);
        } else {
            self.sources_known.insert(field, all.clone());
        }
        all
    }

    /// No code of the app calls this method: is it one that the platform calls?
    pub(super) fn called_back(&mut self, method: MethodId) -> Option<Cause> {
        let table = self.sandbox.machine.link.table;
        let definition = table.method(method);
        if definition.access & ACC_STATIC != 0 {
            return None;
        }
        let name = table.text(definition.name);
        let above = table.supertypes(definition.class);
        let (giver, class) = above.into_iter().find_map(|class| {
            let known = table.class_named(class);
            if known.is_some_and(|class| table.is_own(class)) {
                return None;
            }
            // Where the platform's class is here, it has to have the method.
            let has =
                known.is_none_or(|class| table.defined(class, definition.name, definition.proto).is_some());
            let class = table.text(class);
            platform::calls_back(class, name).filter(|_| has).map(|giver| (giver, class))
        })?;
        let api = format!("{class}->{name}{}", table.text(definition.proto));
        let source = Source { method, offset: None, api, hosts: BTreeSet::new() };
        Some(Cause::from_source(giver, name, source))
    }

    /// Who gives a parameter of a method that no code of the app calls.
    pub(super) fn cause_of_parameter(&mut self, method: MethodId) -> Cause {
        if let Some(cause) = self.called_back(method) {
            return cause;
        }
        let table = self.sandbox.machine.link.table;
        let definition = table.method(method);
        let name = table.text(definition.name);
        let giver = if self.index.is_called(definition.name, definition.proto) || self.is_of_platform(method)
        {
            Giver::Code
        } else {
            Giver::Nobody
        };
        Cause::new(giver, name)
    }

    /// May the method implement one of a class of the platform?
    fn is_of_platform(&self, method: MethodId) -> bool {
        let table = self.sandbox.machine.link.table;
        let definition = table.method(method);
        let is_static = definition.access & ACC_STATIC != 0;
        !is_static
            && table.text(definition.name) != "<init>"
            && table.supertypes(definition.class).into_iter().any(|class| {
                let known = table.class_named(class);
                let is_own = known.is_some_and(|class| table.is_own(class));
                table.text(class) != "Ljava/lang/Object;"
                    && !is_own
                    && known
                        .is_none_or(|class| table.defined(class, definition.name, definition.proto).is_some())
            })
    }
}
