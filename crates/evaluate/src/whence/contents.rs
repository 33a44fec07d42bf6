//! What lists, sets, queues and maps hold: what is put into them where they are made, and through the fields they are in.

use std::rc::Rc;

use overt_program::MethodId;
use overt_program::ir::{Definition, Definitions, Operation, Register};

use rustc_hash::FxHashMap;

use super::index::At;
use super::resolve::{Entered, Resolver, Texts, Way, add};
use crate::linkage::FieldId;

/// Names of methods that put their last argument into what they are called on.
pub(super) fn puts_into(name: &str) -> bool {
    matches!(
        name,
        "add" | "addFirst" | "addLast" | "addElement" | "offer" | "push" | "put" | "set" | "addAll"
    )
}

impl Resolver<'_> {
    /// What a collection in `register` may hold before the instruction at `at`.
    pub(super) fn contents(&mut self, way: &Way, method: MethodId, at: u32, register: Register) -> Texts {
        self.guarded(method, at, register, 4, |this| {
            let Some(code) = this.code(method) else { return Texts::new() };
            let mut all = Texts::new();
            for definition in code.definitions(at, register) {
                let found = match definition {
                    Definition::Argument => this.contents_given(method, &code, register),
                    Definition::At(position) => this.contents_made(way, method, &code, position),
                };
                add(&mut all, found);
            }
            all
        })
    }

    fn contents_given(&mut self, method: MethodId, code: &Definitions, register: Register) -> Texts {
        let mut all = Texts::new();
        for by in self.index.callers(&mut self.sandbox.machine.link, method) {
            if (self.counts)(by.0)
                && let Some(number) = self.number_of(method, code, register)
                && let Some((_, registers)) = self.call_at(by)
                && let Some(given) = registers.get(number)
            {
                let found = self.contents(&None, by.0, by.1, *given);
                add(&mut all, found);
            }
        }
        all
    }

    fn contents_made(&mut self, way: &Way, method: MethodId, code: &Rc<Definitions>, at: u32) -> Texts {
        let Some(operation) = code.body.instructions.get(at as usize).map(|one| one.operation) else {
            return Texts::new();
        };
        match operation {
            Operation::Move { from, .. } => self.contents(way, method, at, from),
            Operation::Cast { register, .. } => self.contents(way, method, at, register),
            Operation::New { .. } => {
                let mut all = Texts::new();
                for position in at + 1..code.body.instructions.len() as u32 {
                    let Some((target, registers)) = self.call_at((method, position)) else { continue };
                    if let [receiver, .., last] = registers.as_slice()
                        && (puts_into(&target.name) || &*target.name == "<init>" && registers.len() == 2)
                        && target.resolved.is_none()
                        && code.is_made_at(position, *receiver, at)
                    {
                        let whole = matches!(&*target.name, "addAll" | "<init>");
                        let found = if whole {
                            self.contents(way, method, position, *last)
                        } else {
                            self.value(way, method, position, *last)
                        };
                        add(&mut all, found);
                    }
                }
                all
            }
            Operation::FieldGet { field, .. } | Operation::StaticGet { field, .. } => {
                let link = &mut self.sandbox.machine.link;
                let dex = link.table.method(method).dex;
                match link.field(dex, field) {
                    Some(target) if target.owner.is_some() => self.contents_of_field(target.id),
                    _ => Texts::new(),
                }
            }
            Operation::Invoke { kind, .. } => {
                let Some((target, registers)) = self.call_at((method, at)) else { return Texts::new() };
                let callees = self.callees(kind, &target);
                if callees.is_empty() {
                    // `iterator`, `values`, `subList`, `asList` and the like: of the same things.
                    return match registers.first() {
                        Some(receiver) if &*target.name == "asList" => {
                            self.elements(way, method, at, *receiver)
                        }
                        Some(receiver) => self.contents(way, method, at, *receiver),
                        None => Texts::new(),
                    };
                }
                let entered = Some(Rc::new(Entered { by: (method, at), before: way.clone() }));
                let mut all = Texts::new();
                for callee in callees {
                    let Some(code) = self.code(callee) else { continue };
                    for (position, instruction) in code.body.instructions.iter().enumerate() {
                        if let Operation::Return { value: Some(register) } = instruction.operation {
                            let found = self.contents(&entered, callee, position as u32, register);
                            add(&mut all, found);
                        }
                    }
                }
                all
            }
            _ => Texts::new(),
        }
    }

    /// The instructions that write a field, with the register that each takes the value from.
    pub(super) fn written_into(&mut self, field: FieldId) -> Vec<(MethodId, u32, Register)> {
        let mut all = Vec::new();
        for (writer, at) in self.index.stores.get(&field).cloned().unwrap_or_default() {
            let Some(code) = self.code(writer) else { continue };
            if let Some(Operation::FieldPut { from, .. } | Operation::StaticPut { from, .. }) =
                code.body.instructions.get(at as usize).map(|one| one.operation)
            {
                all.push((writer, at, from));
            }
        }
        all
    }

    /// What reached code puts into the collection of a field.
    fn contents_of_field(&mut self, field: FieldId) -> Texts {
        if let Some(known) = self.contents_known.get(&field) {
            return known.clone();
        }
        // Under way: a collection that is filled from itself holds nothing more by that.
        self.contents_known.insert(field, Texts::new());
        let mut all = Texts::new();
        for (writer, at, from) in self.written_into(field) {
            let found = self.contents(&None, writer, at, from);
            add(&mut all, found);
        }
        for (method, at) in self.fills_of(field) {
            let Some((target, registers)) = self.call_at((method, at)) else { continue };
            let Some(last) = registers.last() else { continue };
            let found = if &*target.name == "addAll" {
                self.contents(&None, method, at, *last)
            } else {
                self.value(&None, method, at, *last)
            };
            add(&mut all, found);
        }
        self.contents_known.insert(field, all.clone());
        all
    }

    /// Calls that put something into the collection of a field.
    pub(super) fn fills_of(&mut self, field: FieldId) -> Vec<At> {
        if self.filled.is_none() {
            // Each call is looked at once for all fields.
            let mut filled: FxHashMap<FieldId, Vec<At>> = FxHashMap::default();
            for (method, at) in self.index.fills.clone() {
                let Some((_, registers)) = self.call_at((method, at)) else { continue };
                let [receiver, _, ..] = registers.as_slice() else { continue };
                for field in self.fields_of(method, at, *receiver) {
                    filled.entry(field).or_default().push((method, at));
                }
            }
            self.filled = Some(filled);
        }
        self.filled.as_ref().and_then(|filled| filled.get(&field)).cloned().unwrap_or_default()
    }

    /// Fields out of which a register's value may have been taken.
    fn fields_of(&mut self, method: MethodId, at: u32, register: Register) -> Vec<FieldId> {
        let Some(code) = self.code(method) else { return Vec::new() };
        let mut all = Vec::new();
        for definition in code.definitions(at, register) {
            let Definition::At(position) = definition else { continue };
            if let Some(Operation::FieldGet { field, .. } | Operation::StaticGet { field, .. }) =
                code.body.instructions.get(position as usize).map(|one| one.operation)
            {
                let link = &mut self.sandbox.machine.link;
                let dex = link.table.method(method).dex;
                all.extend(link.field(dex, field).map(|target| target.id));
            }
        }
        all
    }
}
