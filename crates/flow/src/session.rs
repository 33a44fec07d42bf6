//! One analysis of one app: tables, what was summarised so far, and the order in which that is done.

use std::rc::Rc;

use overt_catalogue::Catalogue;
use overt_program::ir::Body;
use overt_program::{ClassId, ClassTable, MethodId, Sym};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::ancestry::Ancestors;
use crate::ends::Ends;
use crate::frame::Frame;
use crate::intrinsic::Intrinsic;
use crate::object::{ObjectId, Objects};
use crate::reference::{Reference, Shared, Signature, split_prototype};
use crate::summary::{Known, Special, Subject, Summary};
use crate::text::{Text, Texts};
use crate::trace::Traces;
use crate::value::{Constants, Origins};

/// Budgets of one analysis. Each is a number of things, so that results do not depend on the machine.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Steps for one method before it is given up: an instruction, a cell of a callee, four cells of a joined state.
    pub steps_per_method: u64,
    /// … and for each of its instructions.
    pub steps_per_instruction: u64,
    /// Analyses of one method for callers that know more.
    pub specials_per_method: u32,
    /// … as long as all analyses of it together took no more steps.
    pub steps_for_specials: u64,
    /// Calls deep.
    pub depth: u32,
    /// Rounds over a group of methods that call each other.
    pub rounds: u32,
    /// Cells in one summary up to which objects are told apart.
    pub exact_cells: usize,
    /// Cells in the state of a method up to which objects are told apart.
    pub state_cells: usize,
    /// Cells in one summary.
    pub cells: usize,
    /// Targets of one call whose receiver is not known.
    pub targets: usize,
}

impl Default for Budget {
    fn default() -> Budget {
        Budget {
            steps_per_method: 30_000,
            steps_per_instruction: 60,
            specials_per_method: 16,
            steps_for_specials: 12_000,
            depth: 400,
            rounds: 5,
            exact_cells: 96,
            state_cells: 256,
            cells: 384,
            targets: 16,
        }
    }
}

/// What was learnt of the whole run.
#[derive(Debug, Default, Clone)]
pub struct Statistics {
    /// Analyses of bodies.
    pub analyses: u64,
    /// Instructions evaluated.
    pub steps: u64,
    /// Methods given up, with the reason.
    pub given_up: Vec<(MethodId, &'static str)>,
}

struct Active {
    depth: u32,
    current: Rc<Summary>,
    used: bool,
}

/// One analysis.
pub struct Session<'a> {
    /// Classes and methods.
    pub table: &'a ClassTable,
    /// Classes of which objects exist.
    pub created: FxHashSet<ClassId>,
    /// The knowledge.
    pub catalogue: &'a Catalogue,
    /// Supertypes.
    pub ancestors: &'a Ancestors<'a>,
    /// Sources and sinks.
    pub ends: &'a Ends,
    /// Follow what control tells.
    pub implicit: bool,
    /// Budgets.
    pub budget: Budget,
    /// Names and constants.
    pub texts: Texts,
    /// Objects.
    pub objects: Objects,
    /// Origins.
    pub origins: Origins,
    /// Ways.
    pub traces: Traces,
    /// What was learnt.
    pub statistics: Statistics,
    /// `text`: what a builder of texts holds.
    pub text_name: Text,
    /// Names that are asked for often, numbered where they are first met: numbers decide the order of cells.
    target_name: Option<Text>,
    size_name: Option<Text>,
    /// Views of layouts whose contents are a source: resource ids.
    pub password_views: FxHashSet<i64>,
    /// Comparisons of texts behind which an effect happens: what somebody outside tells is followed to them.
    pub decisive: FxHashSet<crate::object::Place>,
    /// Classes of the components that the manifest declares; `None` where there is no manifest.
    pub declared: Option<FxHashSet<ClassId>>,
    /// Texts that static fields likely hold, by reference.
    pub(crate) statics: FxHashMap<Text, Constants>,
    /// API level of the build, where it is known: code for other levels does not run.
    pub sdk: Option<u32>,
    /// Texts that evaluation found to come out of calls, by place: likely, not the only ones.
    pub recovered: FxHashMap<crate::object::Place, Vec<Text>>,
    /// Follow what others may have put into channels, and ask providers.
    pub channels: bool,
    /// The outcome is joined with that of other apps: tell what is put into channels and what leaves from them.
    pub joined: bool,
    /// Patterns of all `UriMatcher`s, with their numbers.
    pub(crate) uris: std::collections::BTreeSet<(String, i64)>,
    /// Addresses that Android hands to a provider: each is one of the provider's own.
    pub(crate) asked_at: FxHashMap<ObjectId, Constants>,
    /// Name of the app's package.
    pub package: Option<String>,
    /// Where each app-wide thing is opened.
    pub(crate) opened: FxHashMap<ObjectId, std::collections::BTreeSet<crate::object::Place>>,
    /// How many places of a thing whose name callers tell were handed on to the thing that a caller named.
    pub(crate) handed_places: FxHashMap<(ObjectId, ObjectId), usize>,
    done: FxHashMap<Rc<Subject>, Rc<Summary>>,
    tentative: FxHashMap<Rc<Subject>, (Rc<Summary>, u32, u64)>,
    previous: FxHashMap<Rc<Subject>, Rc<Summary>>,
    active: FxHashMap<Rc<Subject>, Active>,
    lowest: u32,
    clock: u64,
    specials: FxHashMap<MethodId, u32>,
    /// Steps that analyses of a method took.
    pub(crate) spent: FxHashMap<MethodId, u64>,
    references: FxHashMap<(u16, u32), Shared<'a>>,
    signatures: FxHashMap<MethodId, Rc<Signature>>,
    subclasses: FxHashMap<Sym, Vec<ClassId>>,
    dispatched: FxHashMap<(ClassId, Sym, Sym), Option<MethodId>>,
    class_ids: FxHashMap<Text, Option<ClassId>>,
    casts: FxHashMap<(Text, Text), bool>,
    nobody: Special,
    pub(crate) fields: crate::field::Fields,
    /// What fields of objects that are not told apart have held, as far as it does not depend on callers.
    pub(crate) any: FxHashMap<crate::object::Cell, crate::value::Value>,
    stubs: FxHashMap<MethodId, bool>,
    /// What cells of ports held at entry, by the class of the parameter below which they stand.
    pub(crate) symbols: FxHashMap<(ObjectId, crate::object::Cell, Option<Text>), crate::value::Value>,
    /// Whether types are contexts or components.
    pub(crate) contexts: FxHashMap<Text, bool>,
    /// Used up, to be used again.
    pub(crate) mappings: Vec<crate::call::Mapping>,
    /// What instructions call or read, as flows name it.
    pub(crate) apis: FxHashMap<crate::object::Place, String>,
    /// Code of methods, ready for data flow.
    bodies: FxHashMap<MethodId, Rc<Body>>,
    /// Used up, to be used again.
    pub(crate) written: FxHashSet<(ObjectId, crate::object::Cell)>,
    callers: FxHashMap<Text, bool>,
    compatibles: FxHashMap<(Text, Text), bool>,
}

const NEVER: u32 = u32::MAX;

impl<'a> Session<'a> {
    /// A new analysis.
    #[must_use]
    pub fn new(
        table: &'a ClassTable,
        created: &[ClassId],
        catalogue: &'a Catalogue,
        ancestors: &'a Ancestors<'a>,
        ends: &'a Ends,
    ) -> Session<'a> {
        let mut texts = Texts::default();
        let mut subclasses: FxHashMap<Sym, Vec<ClassId>> = FxHashMap::default();
        let mut sorted = created.to_vec();
        sorted.sort_unstable();
        for class in &sorted {
            for name in table.supertypes(*class) {
                subclasses.entry(name).or_default().push(*class);
            }
        }
        // The platform's classes are not loaded, so not every chain is known to end there.
        if let Some(object) = table.names().get("Ljava/lang/Object;") {
            subclasses.insert(object, sorted);
        }
        Session {
            table,
            created: created.iter().copied().collect(),
            catalogue,
            ancestors,
            ends,
            implicit: false,
            budget: Budget::default(),
            text_name: texts.intern("text"),
            target_name: None,
            size_name: None,
            texts,
            objects: Objects::default(),
            origins: Origins::default(),
            traces: Traces::default(),
            statistics: Statistics::default(),
            password_views: FxHashSet::default(),
            declared: None,
            statics: FxHashMap::default(),
            sdk: None,
            recovered: FxHashMap::default(),
            decisive: FxHashSet::default(),
            channels: false,
            joined: false,
            uris: std::collections::BTreeSet::new(),
            asked_at: FxHashMap::default(),
            package: None,
            opened: FxHashMap::default(),
            handed_places: FxHashMap::default(),
            done: FxHashMap::default(),
            tentative: FxHashMap::default(),
            previous: FxHashMap::default(),
            active: FxHashMap::default(),
            lowest: NEVER,
            clock: 0,
            specials: FxHashMap::default(),
            spent: FxHashMap::default(),
            references: FxHashMap::default(),
            signatures: FxHashMap::default(),
            subclasses,
            dispatched: FxHashMap::default(),
            class_ids: FxHashMap::default(),
            casts: FxHashMap::default(),
            nobody: Rc::from(Vec::new()),
            fields: crate::field::Fields::default(),
            any: FxHashMap::default(),
            stubs: FxHashMap::default(),
            symbols: FxHashMap::default(),
            contexts: FxHashMap::default(),
            mappings: Vec::new(),
            apis: FxHashMap::default(),
            bodies: FxHashMap::default(),
            written: FxHashSet::default(),
            callers: FxHashMap::default(),
            compatibles: FxHashMap::default(),
        }
    }

    /// The number of the data that the caller has in a port.
    pub(crate) fn port(&mut self, origin: crate::value::Origin) -> crate::value::OriginId {
        use crate::value::Origin;
        let mut part = false;
        if let Origin::At(port) | Origin::Held(port) | Origin::Within(port) = origin {
            let mut at = port;
            while let crate::object::ObjectKind::Part(of, _) = self.objects.get(at).kind {
                at = of;
            }
            part = matches!(self.objects.get(at).kind, crate::object::ObjectKind::Thing(..));
        }
        self.origins.intern_as(origin, part)
    }

    /// The summary for any caller.
    pub fn summarise(&mut self, method: MethodId) -> (Rc<Subject>, Rc<Summary>) {
        let special = Rc::clone(&self.nobody);
        self.subject(Subject { method, special })
    }

    /// The summary for callers that know `special`; for any caller, when there are too many such already.
    pub fn summarise_for(
        &mut self,
        method: MethodId,
        special: Vec<(ObjectId, Known)>,
    ) -> (Rc<Subject>, Rc<Summary>) {
        let subject = Subject { method, special: special.into() };
        if !self.done.contains_key(&subject)
            && !self.tentative.contains_key(&subject)
            && !self.active.contains_key(&subject)
        {
            let budget = self.budget.specials_per_method;
            // Which method runs matters more than which constant decides.
            let dispatches = subject.special.iter().any(|(_, known)| matches!(known, Known::Classes(_)));
            let limit = self.budget.steps_for_specials * if dispatches { 2 } else { 1 };
            let spent = self.spent.get(&method).copied().unwrap_or_default() > limit;
            let count = self.specials.entry(method).or_default();
            if (*count >= budget || spent) && !self.previous.contains_key(&subject) {
                return self.summarise(method);
            }
            *count += 1;
        }
        self.subject(subject)
    }

    /// A finished summary.
    #[must_use]
    pub fn finished(&self, subject: &Subject) -> Option<&Rc<Summary>> {
        self.done.get(subject)
    }

    fn subject(&mut self, subject: Subject) -> (Rc<Subject>, Rc<Summary>) {
        if let Some((key, done)) = self.done.get_key_value(&subject) {
            return (Rc::clone(key), Rc::clone(done));
        }
        if let Some((key, (summary, lowest, _))) = self.tentative.get_key_value(&subject) {
            self.lowest = self.lowest.min(*lowest);
            return (Rc::clone(key), Rc::clone(summary));
        }
        let subject = Rc::new(subject);
        if let Some(active) = self.active.get_mut(&subject) {
            active.used = true;
            self.lowest = self.lowest.min(active.depth);
            return (subject, Rc::clone(&active.current));
        }
        let depth = self.active.len() as u32;
        if depth >= self.budget.depth {
            self.statistics.given_up.push((subject.method, "calls too deep"));
            return (subject, Rc::new(Summary { havoc: true, ..Summary::default() }));
        }
        let start = self.previous.get(&subject).cloned().unwrap_or_default();
        self.active.insert(Rc::clone(&subject), Active { depth, current: start, used: false });
        let outer = std::mem::replace(&mut self.lowest, NEVER);
        let began = self.clock;
        self.clock += 1;
        let mut round = 0;
        let (summary, lowest) = loop {
            self.lowest = NEVER;
            let summary = Rc::new(Frame::analyse(self, &subject));
            let lowest = self.lowest;
            round += 1;
            if lowest < depth {
                break (summary, lowest);
            }
            let stable = match self.active.get_mut(&subject) {
                Some(active) => {
                    let stable = !active.used || active.current.same(&summary);
                    active.current = Rc::clone(&summary);
                    active.used = false;
                    stable
                }
                None => true,
            };
            if stable || round >= self.budget.rounds {
                break (summary, NEVER);
            }
            // What rested on the last approximation is done again; it starts from where it was.
            let stale: Vec<_> = self
                .tentative
                .iter()
                .filter(|(_, (.., at))| *at > began)
                .map(|(key, _)| Rc::clone(key))
                .collect();
            for key in stale {
                if let Some((summary, ..)) = self.tentative.remove(&key) {
                    self.previous.insert(key, summary);
                }
            }
        };
        self.active.remove(&subject);
        if lowest == NEVER {
            let inner: Vec<_> = self
                .tentative
                .iter()
                .filter(|(_, (.., at))| *at > began)
                .map(|(key, _)| Rc::clone(key))
                .collect();
            for key in inner {
                if let Some((summary, ..)) = self.tentative.remove(&key) {
                    self.previous.remove(&key);
                    self.done.insert(key, summary);
                }
            }
            self.previous.remove(&subject);
            self.done.insert(Rc::clone(&subject), Rc::clone(&summary));
            self.lowest = outer;
        } else {
            self.clock += 1;
            self.tentative.insert(Rc::clone(&subject), (Rc::clone(&summary), lowest, self.clock));
            self.lowest = outer.min(lowest);
        }
        (subject, summary)
    }

    /// The code of a method, ready for data flow.
    pub(crate) fn body(&mut self, method: MethodId, code: &overt_dex::Code<'_>) -> Rc<Body> {
        let made = self.bodies.entry(method).or_insert_with(|| Rc::new(overt_program::ir::lower(code)));
        Rc::clone(made)
    }

    /// What a method reference means.
    pub fn reference(&mut self, dex: u16, index: u32) -> Option<Shared<'a>> {
        if let Some(known) = self.references.get(&(dex, index)) {
            return Some(Rc::clone(known));
        }
        let linked = self.table.dexes().get(usize::from(dex))?;
        let key = linked.method_key(overt_dex::MethodIdx(index))?;
        let made = Rc::new(self.resolve(key));
        self.references.insert((dex, index), Rc::clone(&made));
        Some(made)
    }

    /// The same for a reference that is not in a DEX.
    pub fn resolve(&mut self, key: overt_program::classes::MethodKey) -> Reference<'a> {
        let table = self.table;
        let (class, name, proto) = (table.text(key.class), table.text(key.name), table.text(key.proto));
        let (parameters, returns) = split_prototype(proto);
        let own = table.resolve(key).filter(|method| table.own_index(*method).is_some());
        // A copy of a class of the platform, brought along to compile against: at run time the platform's is taken.
        let shadowed = own.filter(|method| self.is_shadowed(*method));
        let own = own.filter(|_| shadowed.is_none());
        let library = match shadowed {
            Some(method) => Some(table.class(table.method(method).class).descriptor),
            None => table.library_owner(key),
        };
        let owner = library.map_or(class, |owner| table.text(owner));
        let models = self.catalogue.models();
        let instead = models.find_instead(class, name, proto).filter(|_| library.is_none() && own.is_some());
        Reference {
            key,
            class: self.texts.intern(class),
            name: self.texts.intern(name),
            parameters: parameters.iter().map(|one| self.texts.intern(one)).collect(),
            returns: self.texts.intern(returns),
            api: self.texts.intern(&format!("{owner}->{name}{proto}")),
            own: own.filter(|_| instead.is_none()),
            library,
            model: instead.or_else(|| models.find(owner, name, proto)),
            instead: instead.is_some(),
            intrinsic: Intrinsic::of(owner, name, proto),
            // A list may name the app's own subclass, of which the platform's class only inherits the name.
            sources: self.ends.sources_of(self.ancestors, class, name, proto),
            sinks: self.ends.sinks_of(self.ancestors, class, name, proto),
            taken: crate::effect::taken(owner, name),
        }
    }

    /// Does the platform have this method's class too, so that this code never runs?
    pub(crate) fn is_shadowed(&mut self, method: MethodId) -> bool {
        let table = self.table;
        let definition = table.method(method);
        let descriptor = table.class(definition.class).descriptor;
        if table.boot_has(descriptor) {
            return true;
        }
        if let Some(known) = self.stubs.get(&method) {
            return *known;
        }
        // What the classes that apps are compiled against do: `throw new RuntimeException("Stub!")`.
        let stub = || {
            /// Longest such body, in code units: a call of the superclass's constructor stands before it at most.
            const LONGEST: u32 = 20;
            if definition.code_off == 0 {
                return None;
            }
            let dex = &table.dexes().get(usize::from(definition.dex))?.dex;
            let code = dex.code(definition.code_off).ok()?;
            let (mut throws, mut says) = (false, false);
            for insn in code.instructions() {
                let Ok(insn) = insn else { break };
                if insn.offset > LONGEST {
                    return None;
                }
                says |= insn.op as u8 == 0x1a
                    && dex.string(overt_dex::StringIdx(insn.index)).is_ok_and(|text| &*text == "Stub!");
                throws |= insn.op as u8 == 0x27;
            }
            Some(throws && says)
        };
        let is_stub = stub().unwrap_or(false);
        self.stubs.insert(method, is_stub);
        is_stub
    }

    /// Parameters of a method of the app.
    pub fn signature(&mut self, method: MethodId) -> Rc<Signature> {
        if let Some(known) = self.signatures.get(&method) {
            return Rc::clone(known);
        }
        let definition = self.table.method(method);
        let (declared, returns) = split_prototype(self.table.text(definition.proto));
        let is_static = definition.access & overt_program::classes::ACC_STATIC != 0;
        let mut parameters = Vec::with_capacity(declared.len() + 1);
        if !is_static {
            let class = self.table.class(definition.class).descriptor;
            parameters.push(self.texts.intern(self.table.text(class)));
        }
        parameters.extend(declared.iter().map(|one| self.texts.intern(one)));
        let made = Rc::new(Signature { parameters, returns: self.texts.intern(returns), is_static });
        self.signatures.insert(method, Rc::clone(&made));
        made
    }

    /// The initialiser of a class.
    pub fn initializer(&mut self, class: ClassId) -> Option<MethodId> {
        let table = self.table;
        let (name, proto) = (table.names().get("<clinit>")?, table.names().get("()V")?);
        table.defined(class, name, proto).filter(|method| table.own_index(*method).is_some())
    }

    /// The app's own class of this descriptor.
    pub fn own_class(&mut self, descriptor: Text) -> Option<ClassId> {
        if let Some(known) = self.class_ids.get(&descriptor) {
            return *known;
        }
        let found = self.table.find(&self.texts.get(descriptor)).filter(|class| self.table.is_own(*class));
        self.class_ids.insert(descriptor, found);
        found
    }

    /// The app's own method that a call on an object of exactly `class` runs.
    pub fn dispatch(&mut self, class: ClassId, name: Sym, proto: Sym) -> Option<MethodId> {
        let table = self.table;
        if let Some(known) = self.dispatched.get(&(class, name, proto)) {
            return *known;
        }
        let descriptor = table.class(class).descriptor;
        let found = table
            .resolve(overt_program::classes::MethodKey { class: descriptor, name, proto })
            .filter(|method| table.own_index(*method).is_some())
            .filter(|method| !self.is_shadowed(*method));
        self.dispatched.insert((class, name, proto), found);
        found
    }

    /// Classes of the app with objects that extend or implement `class`, itself included; sorted.
    #[must_use]
    pub fn subclasses(&self, class: Sym) -> &[ClassId] {
        self.subclasses.get(&class).map_or(&[], |all| all)
    }

    /// May an object of exactly `class` be cast to `wanted`?
    pub fn is_a(&mut self, class: Text, wanted: Text) -> bool {
        if class == wanted {
            return true;
        }
        if let Some(known) = self.casts.get(&(class, wanted)) {
            return *known;
        }
        let (name, to) = (self.texts.get(class), self.texts.get(wanted));
        let is = &*to == "Ljava/lang/Object;"
            || name.starts_with('[')
            || to.starts_with('[') && !name.starts_with('L')
            || self.ancestors.is_named(&name, &to);
        self.casts.insert((class, wanted), is);
        is
    }

    /// May an object whose declared class is `class` be of type `wanted`?
    pub fn compatible(&mut self, class: Text, wanted: Text) -> bool {
        if class == wanted {
            return true;
        }
        if let Some(known) = self.compatibles.get(&(class, wanted)) {
            return *known;
        }
        let made = self.find_compatible(class, wanted);
        self.compatibles.insert((class, wanted), made);
        made
    }

    fn find_compatible(&mut self, class: Text, wanted: Text) -> bool {
        const ANY: &[&str] = &["Ljava/lang/Object;", "Ljava/io/Serializable;", "Ljava/lang/Cloneable;"];
        let (name, to) = (self.texts.get(class), self.texts.get(wanted));
        if ANY.contains(&&*name) || ANY.contains(&&*to) {
            return true;
        }
        match (name.strip_prefix('['), to.strip_prefix('[')) {
            (None, None) => {}
            (Some(a), Some(b)) => {
                if !a.starts_with(['L', '[']) || !b.starts_with(['L', '[']) {
                    return a == b;
                }
                let (a, b) = (self.texts.intern(a), self.texts.intern(b));
                return self.compatible(a, b);
            }
            _ => return false,
        }
        if self.is_a(class, wanted) || self.is_a(wanted, class) {
            return true;
        }
        let table = self.table;
        let (own, own_wanted) = (self.own_class(class), self.own_class(wanted));
        let below = |session: &mut Session<'a>, one: ClassId, other: Text| {
            let all = session.subclasses(table.class(one).descriptor).to_vec();
            all.into_iter().any(|class| {
                let name = session.texts.intern(table.text(table.class(class).descriptor));
                session.is_a(name, other)
            })
        };
        match (own, own_wanted) {
            (Some(own), _) => below(self, own, wanted),
            (None, Some(own)) => below(self, own, class),
            // Two types of the platform: one may be an interface that the other's subclasses implement.
            (None, None) => true,
        }
    }

    /// Does the platform call methods on objects that it got as this type?
    pub(crate) fn calls_back(&mut self, class: Text, name: &str) -> bool {
        if let Some(known) = self.callers.get(&class) {
            return *known;
        }
        let points = self.catalogue.entry_points();
        // Interfaces that the platform calls are named so; others (menus, texts, parcels) are for the app to call.
        const NAMED: &[&str] = &[
            "Listener",
            "Callback",
            "Observer",
            "Watcher",
            "Client",
            "Connection",
            "Receiver",
            "Handler",
            "Adapter",
            "Filter",
            "Factory",
            "Task",
        ];
        let is = points.is_library(name)
            && !name.starts_with("Ljava/lang/")
            && (!points.calls_of(name).is_empty()
                || points.platform.interface(name).is_some() && NAMED.iter().any(|part| name.contains(part)));
        self.callers.insert(class, is);
        is
    }

    /// Methods of an object of exactly `class` that the platform calls, most derived definitions, in order.
    pub fn called_methods(&mut self, class: ClassId, as_type: Option<Text>) -> Vec<MethodId> {
        use overt_catalogue::Called;
        let table = self.table;
        let points = self.catalogue.entry_points();
        let narrowed = as_type.map(|class| self.texts.get(class));
        let mut libraries: Vec<&str> = (table.supertypes(class).into_iter())
            .filter(|name| table.class_named(*name).is_none_or(|class| !table.is_own(class)))
            .map(|name| table.text(name))
            .collect();
        if let Some(narrowed) = &narrowed
            && points.is_library(narrowed)
            && &**narrowed != "Ljava/lang/Object;"
        {
            libraries = vec![narrowed];
        }
        let mut methods: Vec<MethodId> = Vec::new();
        for at in table.superclasses(class).collect::<Vec<_>>() {
            if !table.is_own(at) {
                break;
            }
            for id in table.class(at).methods.clone().map(MethodId) {
                let method = table.method(id);
                if method.direct || method.code_off == 0 {
                    continue;
                }
                let (name, proto) = (table.text(method.name), table.text(method.proto));
                let generic = points.always.iter().any(|call| call.fits(name, proto));
                let called = !generic
                    && libraries.iter().any(|library| match points.calls(library, name, proto) {
                        Called::Yes => true,
                        Called::No | Called::Unknown => false,
                    });
                if called
                    && let Some(target) = self.dispatch(class, method.name, method.proto)
                    && !methods.contains(&target)
                {
                    methods.push(target);
                }
            }
        }
        methods
    }

    /// `target`: what a writer writes to, or whom an Intent is for.
    pub(crate) fn target_name(&mut self) -> Text {
        let texts = &mut self.texts;
        *self.target_name.get_or_insert_with(|| texts.intern("target"))
    }

    /// `size`: the length of an array.
    pub(crate) fn size_name(&mut self) -> Text {
        let texts = &mut self.texts;
        *self.size_name.get_or_insert_with(|| texts.intern("size"))
    }

    /// A text's number.
    pub fn text(&mut self, text: &str) -> Text {
        self.texts.intern(text)
    }
}
