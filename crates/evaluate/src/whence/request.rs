//! With which method of HTTP a call asks.

use std::collections::BTreeSet;
use std::rc::Rc;

use overt_program::ir::{Definition, Operation, Register};

use super::index::At;
use super::platform;
use super::resolve::{Resolver, Way};
use super::template::Template;
use crate::linkage::MethodTarget;

/// Methods of HTTP (RFC 9110, section 9.3; `PATCH`: RFC 5789).
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"];
/// The numbers that Volley has for them (`Request.Method`).
const VOLLEY: &[&str] = &["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "PATCH"];
/// Most calls looked at behind the one that makes an object.
const MOST_BEHIND: u32 = 400;
/// Deepest walk.
const DEEPEST: u32 = 12;

type Requests = BTreeSet<&'static str>;

/// The method with this name, in any case.
fn named(name: &str) -> Option<&'static str> {
    METHODS.iter().find(|method| method.eq_ignore_ascii_case(name)).copied()
}

impl Resolver<'_> {
    /// With what a sink asks; `argument`: the one that stands for the address. Empty where the code does not tell.
    pub(super) fn requests(
        &mut self,
        by: At,
        target: &MethodTarget,
        registers: &[Register],
        argument: usize,
    ) -> Requests {
        let class = target.owner.as_deref().unwrap_or(&target.class);
        // These read, and nothing else.
        let reads = matches!(class, "Landroid/webkit/WebView;" | "Landroid/app/DownloadManager$Request;")
            || class == "Ljava/net/URL;" && matches!(&*target.name, "openStream" | "getContent");
        if reads {
            let posts = &*target.name == "postUrl";
            return Requests::from([if posts { "POST" } else { "GET" }]);
        }
        if class == "Ljava/net/URL;" {
            return self.asked_by_connection(by);
        }
        let Some(request) = registers.get(argument) else { return Requests::new() };
        self.requests_of(&None, by, *request, DEEPEST)
    }

    /// With what the request in a register asks.
    fn requests_of(&mut self, way: &Way, (method, at): At, register: Register, left: u32) -> Requests {
        let mut all = Requests::new();
        let (Some(left), Some(code)) = (left.checked_sub(1), self.code(method)) else { return all };
        for definition in code.definitions(at, register) {
            let Definition::At(position) = definition else {
                let Some(number) = self.number_of(method, &code, register) else { continue };
                let callers = match way {
                    Some(entered) => vec![(entered.by, entered.before.clone())],
                    None => {
                        let callers = self.index.callers(&mut self.sandbox.machine.link, method);
                        callers.into_iter().filter(|by| (self.counts)(by.0)).map(|by| (by, None)).collect()
                    }
                };
                for (by, before) in callers {
                    let Some((_, registers)) = self.call_at(by) else { continue };
                    let Some(given) = registers.get(number) else { continue };
                    all.extend(self.requests_of(&before, by, *given, left));
                }
                continue;
            };
            match code.body.instructions.get(position as usize).map(|one| one.operation) {
                Some(Operation::Move { from, .. }) => {
                    all.extend(self.requests_of(way, (method, position), from, left));
                }
                Some(Operation::Cast { register, .. }) => {
                    all.extend(self.requests_of(way, (method, position), register, left));
                }
                Some(Operation::New { class, .. }) => {
                    all.extend(self.asked_by_object((method, position), class));
                }
                Some(Operation::Invoke { .. }) => {
                    all.extend(self.asked_by_call(way, (method, position), left))
                }
                _ => {}
            }
        }
        all
    }

    /// By a request that a call gives: of a builder, what it was told last; of the app's own, what it returns.
    fn asked_by_call(&mut self, way: &Way, by: At, left: u32) -> Requests {
        let Some((target, registers)) = self.call_at(by) else { return Requests::new() };
        if let Some(told) = self.told_to_builder(by, &target, &registers) {
            return told;
        }
        if target.class.contains("Request$Builder;") {
            let before = registers.first().map(|builder| self.requests_of(way, by, *builder, left));
            return before.unwrap_or_default();
        }
        let kind = self
            .code(by.0)
            .and_then(|code| code.body.instructions.get(by.1 as usize).map(|one| one.operation));
        let Some(Operation::Invoke { kind, .. }) = kind else { return Requests::new() };
        let mut all = Requests::new();
        for callee in self.callees(kind, &target) {
            let Some(code) = self.code(callee) else { continue };
            let entered = Some(Rc::new(super::resolve::Entered { by, before: way.clone() }));
            for (position, instruction) in code.body.instructions.iter().enumerate() {
                if let Operation::Return { value: Some(register) } = instruction.operation {
                    all.extend(self.requests_of(&entered, (callee, position as u32), register, left));
                }
            }
        }
        all
    }

    /// What a call tells the builder of a request; `None`: not how to ask.
    fn told_to_builder(&mut self, by: At, target: &MethodTarget, registers: &[Register]) -> Option<Requests> {
        if !target.class.contains("Request$Builder;") {
            return None;
        }
        match &*target.name {
            "get" | "post" | "put" | "delete" | "head" | "patch" => {
                Some(named(&target.name).into_iter().collect())
            }
            "method" => Some(self.texts_named(by, *registers.get(1)?)),
            _ => None,
        }
    }

    fn texts_named(&mut self, by: At, register: Register) -> Requests {
        let texts = self.value(&None, by.0, by.1, register);
        texts.iter().filter_map(Template::whole).filter_map(named).collect()
    }

    /// By an object that is made at this place: by its class, or by what it is told there.
    fn asked_by_object(&mut self, (method, at): At, class: overt_dex::TypeIdx) -> Requests {
        let table = self.sandbox.machine.link.table;
        let dex = usize::from(table.method(method).dex);
        let name =
            table.dexes().get(dex).and_then(|linked| linked.type_name(class)).map(|name| table.text(name));
        let Some(name) = name.map(str::to_owned) else { return Requests::new() };
        // Of a class of the app, the class of the platform above it.
        let above: Vec<String> = match table.find(&name) {
            Some(class) => {
                table.supertypes(class).into_iter().map(|class| table.text(class).to_owned()).collect()
            }
            None => vec![name.clone()],
        };
        let apache = above.iter().find_map(|class| {
            named(class.strip_prefix("Lorg/apache/http/client/methods/Http")?.strip_suffix(';')?)
        });
        if let Some(method) = apache {
            return Requests::from([method]);
        }
        let is_builder = name.contains("Request$Builder;");
        let is_volley = above.iter().any(|class| class == "Lcom/android/volley/Request;");
        if !is_builder && !is_volley {
            return Requests::new();
        }
        let Some(code) = self.code(method) else { return Requests::new() };
        for position in at + 1..(code.body.instructions.len() as u32).min(at + MOST_BEHIND) {
            let Some((target, registers)) = self.call_at((method, position)) else { continue };
            if !registers.first().is_some_and(|one| code.is_made_at(position, *one, at)) {
                continue;
            };
            if is_builder {
                if let Some(told) = self.told_to_builder((method, position), &target, &registers) {
                    return told;
                }
            } else if &*target.name == "<init>" && target.prototype.starts_with("(I") {
                let number =
                    registers.get(1).and_then(|number| self.number(&None, method, position, *number));
                let known = number.and_then(|number| VOLLEY.get(usize::try_from(number).ok()?)).copied();
                return known.into_iter().collect();
            }
        }
        // What nobody tells a builder reads.
        if is_builder { Requests::from(["GET"]) } else { Requests::new() }
    }

    /// By a connection that is opened here: by what the same method tells it. What is written to is sent with `POST`.
    fn asked_by_connection(&mut self, (method, at): At) -> Requests {
        let Some(code) = self.code(method) else { return Requests::new() };
        let (mut told, mut writes, mut leaves) = (Requests::new(), false, false);
        for position in at + 1..(code.body.instructions.len() as u32).min(at + MOST_BEHIND) {
            if let Some(Operation::Return { value: Some(register) }) =
                code.body.instructions.get(position as usize).map(|one| one.operation)
            {
                leaves |= code.is_made_at(position, register, at);
            }
            let Some((target, registers)) = self.call_at((method, position)) else { continue };
            let on_it = registers.iter().position(|one| code.is_made_at(position, *one, at));
            match (&*target.name, on_it) {
                ("setRequestMethod", Some(0)) => {
                    if let Some(given) = registers.get(1) {
                        told.extend(self.texts_named((method, position), *given));
                    }
                }
                ("getOutputStream", Some(0)) => writes = true,
                // Told elsewhere.
                (_, Some(number)) if number > 0 || !platform::is_of_platform(&target.class) => leaves = true,
                _ => {}
            }
        }
        if !told.is_empty() {
            told
        } else if writes {
            Requests::from(["POST"])
        } else if leaves {
            Requests::new()
        } else {
            Requests::from(["GET"])
        }
    }
}
