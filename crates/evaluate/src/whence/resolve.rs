//! The walk backwards.

use std::collections::BTreeSet;
use std::rc::Rc;

use overt_program::MethodId;
use overt_program::classes::ACC_STATIC;
use overt_program::ir::{Definition, Definitions, InvokeKind, Literal, Operation, Register};
use rustc_hash::{FxHashMap, FxHashSet};

use super::index::{At, Index, has_receiver};
use super::platform;
use super::template::{Giver, Host, Template};
use super::{Call, Sink, parameters};
use crate::linkage::{FieldId, MethodTarget};
use crate::resources::Resources;
use crate::sandbox::Sandbox;

/// Most different texts of one value.
pub(super) const MOST: usize = 16;
/// Deepest walk, in definitions, calls and fields.
pub(super) const DEEPEST: usize = 96;
/// Definitions looked at for one call.
const STEPS_PER_SINK: u64 = 60_000;
/// Of them, those looked at for who decides what the code does not.
const STEPS_FOR_SOURCES: u32 = 6_000;
/// Definitions looked at for one app.
const STEPS: u64 = 3_000_000;
/// What is told of a call that no way gives anything to.
const NOTHING: &str = "null";
/// Addresses told of one call.
const TOLD: usize = 12;

pub(super) type Texts = Vec<Template>;

/// The call by which a method was entered from the walk; none: any of its callers.
#[derive(Clone, Debug)]
pub(super) struct Entered {
    pub(super) by: At,
    pub(super) before: Option<Rc<Entered>>,
}

pub(super) type Way = Option<Rc<Entered>>;

pub(super) struct Resolver<'a> {
    pub(super) sandbox: Sandbox<'a>,
    pub(super) resources: &'a dyn Resources,
    pub(super) index: Index,
    pub(super) counts: &'a dyn Fn(MethodId) -> bool,
    /// What the sandbox made, by method and offset.
    pub(super) made: FxHashMap<(MethodId, u32), Vec<String>>,
    /// Values under way: a value that goes into itself adds nothing.
    pub(super) open: FxHashSet<(MethodId, u32, Register, u8)>,
    pub(super) fields: FxHashMap<FieldId, Texts>,
    /// What collections in fields hold.
    pub(super) contents_known: FxHashMap<FieldId, Texts>,
    /// Calls that put something into the collection of a field.
    pub(super) filled: Option<FxHashMap<FieldId, Vec<At>>>,
    pub(super) runs: FxHashMap<(MethodId, Vec<String>), Option<String>>,
    left: u64,
    steps: u64,
    pub(super) depth: usize,
    /// Who fills a field with what the code does not decide.
    pub(super) sources_known: FxHashMap<FieldId, Texts>,
    /// Who gives what a register holds, whichever way the method was entered.
    pub(super) sources_found: FxHashMap<(MethodId, u32, Register), Texts>,
    /// Hosts asked by a call, by the call and the one by which its method was entered.
    pub(super) asked: FxHashMap<(At, Option<At>), BTreeSet<String>>,
    /// Calls that put something under a key, by the key.
    pub(super) keyed: Option<FxHashMap<String, Vec<At>>>,
    pub(super) source_steps: u32,
    pub(super) source_depth: usize,
}

pub(super) fn unknown(giver: Giver, at: &str) -> Texts {
    vec![Template::hole(giver, at)]
}

pub(super) fn add(all: &mut Texts, more: Texts) {
    for one in more {
        if all.contains(&one) {
            continue;
        }
        if all.len() < MOST {
            all.push(one);
        } else if names_host(&one)
            // What is known of an address is worth more than one more reason why another is not.
            && let Some(place) = all.iter().rposition(|other| other.known_start().is_empty())
            && let Some(slot) = all.get_mut(place)
        {
            *slot = one;
        }
    }
}

fn names_host(text: &Template) -> bool {
    matches!(text.host(false), Host::Known(_))
}

pub(super) fn joined(first: &Texts, second: &Texts) -> Texts {
    let mut all = Texts::new();
    for a in first {
        for b in second {
            add(&mut all, vec![a.then(b)]);
        }
    }
    all
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        mut sandbox: Sandbox<'a>,
        resources: &'a dyn Resources,
        made: FxHashMap<(MethodId, u32), Vec<String>>,
        counts: &'a dyn Fn(MethodId) -> bool,
    ) -> Resolver<'a> {
        let index = Index::new(&mut sandbox.machine.link, counts);
        Resolver {
            sandbox,
            resources,
            index,
            counts,
            made,
            open: FxHashSet::default(),
            fields: FxHashMap::default(),
            contents_known: FxHashMap::default(),
            filled: None,
            runs: FxHashMap::default(),
            left: STEPS,
            steps: 0,
            depth: 0,
            sources_known: FxHashMap::default(),
            sources_found: FxHashMap::default(),
            asked: FxHashMap::default(),
            keyed: None,
            source_steps: 0,
            source_depth: 0,
        }
    }

    /// What the call at this place is given; `None` where it takes and determines no address.
    pub(super) fn sink(&mut self, call: &Call) -> Option<Sink> {
        let Call { method, offset, .. } = *call;
        let code = self.code(method)?;
        let position = code.body.instructions.iter().position(|one| one.offset == offset)? as u32;
        let Operation::Invoke { kind, method: called, arguments, .. } =
            code.body.instructions.get(position as usize)?.operation
        else {
            return None;
        };
        let target = self.target(method, called)?;
        let registers: Vec<Register> = self.registers(kind, &target, arguments);
        let class = target.owner.as_deref().unwrap_or(&target.class).to_owned();
        let mut given: Option<(usize, bool)> = None;
        let opens = matches!(&*target.name, "openConnection" | "openStream" | "getContent");
        if has_receiver(kind) && opens && &*class == "Ljava/net/URL;" {
            given = Some((0, false));
        }
        for (number, descriptor) in parameters(&target.prototype).enumerate() {
            // Texts of a request's body and headers are no addresses, what stands for a request is.
            let text_first = descriptor == "Ljava/lang/String;" && given.is_none();
            if text_first || (platform::is_address(descriptor) && given.is_none()) {
                let bare = class.contains("Socket") || class.contains("InetA") || class.contains("HttpHost");
                given = Some((number + usize::from(has_receiver(kind)), bare));
            }
        }
        // What a connection is told goes where the connection was opened to.
        if has_receiver(kind) && class.ends_with("URLConnection;") {
            given = Some((0, false));
        }
        // A request of a library stands for its address whatever its class is called.
        if given.is_none()
            && matches!(&*target.name, "newCall" | "newWebSocket" | "add" | "enqueue" | "performRequest")
        {
            given = Some((1, false));
        }
        if matches!(&*target.name, "storeFile" | "appendFile" | "publish") {
            return None;
        }
        let (argument, bare) = given?;
        self.steps = 0;
        self.open.clear();
        self.depth = 0;
        (self.source_steps, self.source_depth) = (STEPS_FOR_SOURCES, 0);
        let way = self.way(&call.entered);
        let texts = self.value(&way, method, position, *registers.get(argument)?);
        let mut texts = if texts.is_empty() { unknown(Giver::Code, NOTHING) } else { texts };
        // An empty text is what a variable begins with.
        if texts.len() > 1 {
            texts.retain(|text| text.whole() != Some(""));
        }
        let mut sink = Sink {
            method,
            offset,
            entered: call.entered.clone(),
            api: target.signature(),
            addresses: texts.iter().take(TOLD).map(Template::show).collect(),
            hosts: Vec::new(),
            unknown: Default::default(),
            local: false,
            requests: BTreeSet::new(),
        };
        let mut local = false;
        for text in &texts {
            match text.host(bare) {
                Host::Known(host) if sink.hosts.contains(&host) => {}
                Host::Known(host) => sink.hosts.push(host),
                Host::Local => local = true,
                Host::Unknown(cause) => {
                    sink.unknown.insert(cause);
                }
            }
        }
        // Players play files, too: what is not known to be elsewhere is not said to be.
        let plays = class.starts_with("Landroid/media/");
        sink.local = sink.hosts.is_empty() && (plays || local && sink.unknown.is_empty());
        if !sink.local {
            sink.requests = self.requests((method, position), &target, &registers, argument);
        }
        let table = self.sandbox.machine.link.table;
        let own = table.text(table.method(method).name).to_owned();
        // A copy of the platform's class that hands on what it is given, and that nobody in the app calls.
        let hands_on = sink.hosts.is_empty()
            && own.starts_with(&*target.name)
            && sink.unknown.iter().all(|cause| cause.at.starts_with(&*target.name) || cause.at == NOTHING);
        if hands_on { None } else { Some(sink) }
    }

    /// A way into a method, from the calls that it was come to by, the innermost first.
    fn way(&mut self, entered: &[(MethodId, u32)]) -> Way {
        let mut way: Way = None;
        for (method, offset) in entered.iter().rev() {
            let at = self
                .code(*method)
                .and_then(|code| code.body.instructions.iter().position(|one| one.offset == *offset));
            way = at.map(|at| Rc::new(Entered { by: (*method, at as u32), before: way.take() }));
        }
        way
    }

    pub(super) fn code(&mut self, method: MethodId) -> Option<Rc<Definitions>> {
        self.index.code(&mut self.sandbox.machine.link, method)
    }

    pub(super) fn target(
        &mut self,
        method: MethodId,
        called: overt_dex::MethodIdx,
    ) -> Option<Rc<MethodTarget>> {
        let link = &mut self.sandbox.machine.link;
        let dex = link.table.method(method).dex;
        link.method(dex, called)
    }

    /// The first register of each argument, the receiver first.
    pub(super) fn registers(
        &self,
        kind: InvokeKind,
        target: &MethodTarget,
        arguments: overt_dex::Args,
    ) -> Vec<Register> {
        let mut all = Vec::new();
        let mut registers = arguments.iter();
        if has_receiver(kind) {
            all.extend(registers.next());
        }
        for kind in &target.parameters {
            all.extend(registers.next());
            if matches!(kind, b'J' | b'D') {
                registers.next();
            }
        }
        all
    }

    /// One step of the walk; `false`: there are none left.
    fn step(&mut self) -> bool {
        self.steps += 1;
        self.left = self.left.saturating_sub(1);
        self.steps <= STEPS_PER_SINK && self.left > 0 && self.depth < DEEPEST
    }

    /// What a register may hold before the instruction at `at`.
    pub(super) fn value(&mut self, way: &Way, method: MethodId, at: u32, register: Register) -> Texts {
        self.guarded(method, at, register, 0, |this| this.value_inner(way, method, at, register))
    }

    pub(super) fn guarded(
        &mut self,
        method: MethodId,
        at: u32,
        register: Register,
        what: u8,
        work: impl FnOnce(&mut Self) -> Texts,
    ) -> Texts {
        if !self.step() {
            return unknown(Giver::Code, "a longer way");
        }
        if !self.open.insert((method, at, register, what)) {
            return Texts::new();
        }
        self.depth += 1;
        let found = work(self);
        self.depth -= 1;
        self.open.remove(&(method, at, register, what));
        found
    }

    fn value_inner(&mut self, way: &Way, method: MethodId, at: u32, register: Register) -> Texts {
        let Some(code) = self.code(method) else { return unknown(Giver::Code, "code that cannot be read") };
        let mut all = Texts::new();
        for definition in code.definitions(at, register) {
            let found = match definition {
                Definition::Argument => self.argument(way, method, &code, register, false),
                Definition::At(position) => self.made_at(way, method, &code, position, register),
            };
            add(&mut all, found);
        }
        all
    }

    pub(super) fn made_at(
        &mut self,
        way: &Way,
        method: MethodId,
        code: &Rc<Definitions>,
        at: u32,
        register: Register,
    ) -> Texts {
        let Some(instruction) = code.body.instructions.get(at as usize).copied() else { return Texts::new() };
        match instruction.operation {
            Operation::Move { from, .. } => self.value(way, method, at, from),
            Operation::Cast { register, .. } => self.value(way, method, at, register),
            Operation::Constant { value, .. } => self.constant(method, value),
            Operation::Invoke { .. } => self.result(way, method, code, at),
            Operation::New { .. } => self.object(way, method, code, at, register),
            Operation::StaticGet { field, .. } => self.field(method, field, false),
            Operation::FieldGet { field, object, .. } => {
                let found = self.field(method, field, false);
                let told = |text: &Template| {
                    text.causes().iter().all(|cause| cause.giver != Giver::Code && cause.source.is_some())
                };
                if found.iter().any(told) {
                    found
                } else {
                    self.member(way, (method, at), field, object, found)
                }
            }
            Operation::ArrayGet { array, .. } => self.elements(way, method, at, array),
            Operation::Caught { .. } => unknown(Giver::Code, "exception"),
            Operation::Opaque { .. } => unknown(Giver::Code, "an instruction that is not restored"),
            // What is computed from what somebody gave is given by them.
            Operation::Compute { a, .. } => {
                let mut all = Texts::new();
                for cause in self.value(way, method, at, a).iter().flat_map(Template::causes) {
                    add(&mut all, unknown(cause.giver, &cause.at));
                }
                if all.is_empty() { unknown(Giver::Code, "a number") } else { all }
            }
            _ => unknown(Giver::Code, "a number"),
        }
    }

    pub(super) fn constant(&mut self, method: MethodId, value: Literal) -> Texts {
        let table = self.sandbox.machine.link.table;
        match value {
            Literal::String(string) => {
                let dex = usize::from(table.method(method).dex);
                let text = table.dexes().get(dex).and_then(|linked| linked.dex.string(string).ok());
                text.map_or_else(Texts::new, |text| vec![Template::known(&text)])
            }
            // Null, or a number that is appended.
            Literal::Number(0) => Texts::new(),
            Literal::Number(number) => vec![Template::known(&number.to_string())],
            Literal::Class(_) | Literal::Handle => unknown(Giver::Code, "a class"),
        }
    }

    /// What the caller gives. `elements`: what is in the array that it gives.
    pub(super) fn argument(
        &mut self,
        way: &Way,
        method: MethodId,
        code: &Definitions,
        register: Register,
        elements: bool,
    ) -> Texts {
        let table = self.sandbox.machine.link.table;
        let definition = table.method(method);
        let (class, name) = (definition.class, table.text(definition.name));
        let is_static = definition.access & ACC_STATIC != 0;
        let Some(number) =
            argument_number(table.text(definition.proto), is_static, register, code.body.first_argument)
        else {
            return unknown(Giver::Code, "a register");
        };
        if let Some(entered) = way {
            return self.given(&entered.before.clone(), entered.by, number, elements);
        }
        let mut all = Texts::new();
        let callers = self.index.callers(&mut self.sandbox.machine.link, method);
        let callers: Vec<At> = callers.into_iter().filter(|at| (self.counts)(at.0)).collect();
        for by in &callers {
            let found = self.given(&None, *by, number, elements);
            add(&mut all, found);
        }
        let mut started = false;
        if name == "doInBackground" && number == 1 {
            for (by, way) in self.starts(class) {
                started = true;
                let last = self.call_at(by).map_or(1, |(_, registers)| registers.len().saturating_sub(1));
                let found = self.given(&way, by, last, elements);
                add(&mut all, found);
            }
        }
        if name == "onPostExecute" && number == 1 {
            let link = &self.sandbox.machine.link;
            let of_task: Vec<MethodId> = link
                .table
                .own_methods()
                .filter(|(_, other)| other.class == class && link.table.text(other.name) == "doInBackground")
                .map(|(id, _)| id)
                .collect();
            for task in of_task {
                let found = self.returned(&None, task, elements);
                add(&mut all, found);
            }
        }
        // Who calls it gives nothing, or what it was given itself.
        if all.is_empty() && !callers.is_empty() && number > 0 {
            return self.called_back(method).map(Template::unknown).into_iter().collect();
        }
        if all.is_empty() && !started {
            if number == 0 && !is_static {
                return unknown(Giver::Code, "this");
            }
            return vec![Template::unknown(self.cause_of_parameter(method))];
        }
        all
    }

    /// Which argument of a method a register is.
    pub(super) fn number_of(
        &self,
        method: MethodId,
        code: &Definitions,
        register: Register,
    ) -> Option<usize> {
        let table = self.sandbox.machine.link.table;
        let definition = table.method(method);
        let is_static = definition.access & ACC_STATIC != 0;
        argument_number(table.text(definition.proto), is_static, register, code.body.first_argument)
    }

    pub(super) fn call_at(&mut self, (method, at): At) -> Option<(Rc<MethodTarget>, Vec<Register>)> {
        let code = self.code(method)?;
        let Operation::Invoke { kind, method: called, arguments, .. } =
            code.body.instructions.get(at as usize)?.operation
        else {
            return None;
        };
        let target = self.target(method, called)?;
        let registers = self.registers(kind, &target, arguments);
        Some((target, registers))
    }

    pub(super) fn given(&mut self, way: &Way, by: At, number: usize, elements: bool) -> Texts {
        let Some((_, registers)) = self.call_at(by) else { return Texts::new() };
        let Some(register) = registers.get(number) else { return unknown(Giver::Code, "an argument") };
        if elements {
            self.elements(way, by.0, by.1, *register)
        } else {
            self.value(way, by.0, by.1, *register)
        }
    }
}

pub(super) fn names_a_host(texts: &Texts) -> bool {
    texts.iter().any(|text| {
        matches!(text.host(false), Host::Known(_)) || text.whole().is_some_and(|one| !one.is_empty())
    })
}

/// Which argument a register is, the receiver first.
fn argument_number(proto: &str, is_static: bool, register: Register, first: Register) -> Option<usize> {
    let mut at = first;
    let mut number = 0;
    if !is_static {
        if register == at {
            return Some(0);
        }
        at += 1;
        number += 1;
    }
    for descriptor in parameters(proto) {
        if register == at {
            return Some(number);
        }
        at += if matches!(descriptor, "J" | "D") { 2 } else { 1 };
        number += 1;
    }
    None
}
