//! Who calls which method, who writes which field, who puts what under which key: read once for an app.

use overt_program::ir::{Definitions, InvokeKind, Operation};
use overt_program::{ClassTable, MethodId, Sym};
use rustc_hash::{FxHashMap, FxHashSet};

use super::contents;
use super::platform;
use crate::linkage::{FieldId, Linkage};
use std::rc::Rc;

/// An instruction: the method and the position in its body.
pub(super) type At = (MethodId, u32);

/// Most bodies' instructions read for one app.
const MOST: usize = 4_000_000;

/// The index.
#[derive(Default)]
pub(super) struct Index {
    /// Calls by name and prototype, with the class that the reference names.
    calls: FxHashMap<(Sym, Sym), Vec<(At, Sym)>>,
    /// Calls by name alone, of those that hand on what they are given: tasks.
    started: FxHashMap<Sym, Vec<(At, Sym)>>,
    /// Writes of fields.
    pub(super) stores: FxHashMap<FieldId, Vec<At>>,
    /// Calls that put something under a key.
    pub(super) puts: Vec<At>,
    /// Calls that put something into a collection.
    pub(super) fills: Vec<At>,
    /// Does the app fill objects by the names of their fields: by reflection, or with a library that reads JSON so?
    pub(super) fills_by_name: bool,
    /// Bodies.
    codes: FxHashMap<MethodId, Option<Rc<Definitions>>>,
}

impl Index {
    /// Reads the methods of the app that `counts` lets count.
    pub(super) fn new(link: &mut Linkage<'_>, counts: &dyn Fn(MethodId) -> bool) -> Index {
        let table: &ClassTable = link.table;
        let mut index = Index::default();
        let mut read = 0;
        let own: FxHashSet<(Sym, Sym)> =
            table.own_methods().map(|(_, method)| (method.name, method.proto)).collect();
        let methods: Vec<MethodId> = table.own_methods().map(|(id, _)| id).filter(|id| counts(*id)).collect();
        for method in methods {
            let Some(body) = link.body(method) else { continue };
            let dex = table.method(method).dex;
            read += body.instructions.len();
            if read > MOST {
                break;
            }
            for (position, instruction) in body.instructions.iter().enumerate() {
                let at = (method, position as u32);
                match instruction.operation {
                    Operation::Invoke { method: called, .. } => {
                        let key =
                            table.dexes().get(usize::from(dex)).and_then(|linked| linked.method_key(called));
                        let Some(key) = key else { continue };
                        if own.contains(&(key.name, key.proto)) {
                            index.calls.entry((key.name, key.proto)).or_default().push((at, key.class));
                        }
                        let name = table.text(key.name);
                        if matches!(name, "execute" | "executeOnExecutor") {
                            index.started.entry(key.class).or_default().push((at, key.class));
                        } else if platform::is_put(name) {
                            index.puts.push(at);
                        }
                        index.fills_by_name |= match name {
                            "set" => table.text(key.class) == "Ljava/lang/reflect/Field;",
                            "fromJson" | "readValue" | "parseObject" => true,
                            _ => false,
                        };
                        if contents::puts_into(name) {
                            index.fills.push(at);
                        }
                    }
                    Operation::FieldPut { field, .. } | Operation::StaticPut { field, .. } => {
                        if let Some(target) = link.field(dex, field) {
                            index.stores.entry(target.id).or_default().push(at);
                        }
                    }
                    _ => {}
                }
            }
        }
        index
    }

    /// A method's code with its edges.
    pub(super) fn code(&mut self, link: &mut Linkage<'_>, method: MethodId) -> Option<Rc<Definitions>> {
        if let Some(known) = self.codes.get(&method) {
            return known.clone();
        }
        let made = link.body(method).map(|body| Rc::new(Definitions::new(body)));
        self.codes.insert(method, made.clone());
        made
    }

    /// Calls that may run this method.
    pub(super) fn callers(&self, link: &mut Linkage<'_>, method: MethodId) -> Vec<At> {
        let table = link.table;
        let definition = table.method(method);
        let own = table.class(definition.class).descriptor;
        let Some(calls) = self.calls.get(&(definition.name, definition.proto)) else { return Vec::new() };
        let above: FxHashSet<Sym> = table.supertypes(definition.class).into_iter().collect();
        let may = |class: Sym| {
            class == own
                || above.contains(&class)
                // A reference through a class below ends here where that does not define its own.
                || table.class_named(class).is_some_and(|below| {
                    table.is_own(below)
                        && table.supertypes(below).contains(&own)
                        && table.defined(below, definition.name, definition.proto).is_none()
                })
        };
        calls.iter().filter(|(_, class)| may(*class)).map(|(at, _)| *at).collect()
    }

    /// Does any call of the app name a method so?
    pub(super) fn is_called(&self, name: Sym, proto: Sym) -> bool {
        self.calls.contains_key(&(name, proto))
    }

    /// Calls that start tasks through one of these classes, with the class.
    pub(super) fn starts(&self, classes: &[Sym]) -> Vec<(At, Sym)> {
        let calls = classes.iter().filter_map(|class| self.started.get(class));
        calls.flatten().copied().collect()
    }
}

/// Does a call of this kind have a receiver?
pub(super) fn has_receiver(kind: InvokeKind) -> bool {
    kind != InvokeKind::Static
}
