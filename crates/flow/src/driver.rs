//! Android, played: components are made and live, Intents arrive, listeners are called, until nothing new happens.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use overt_catalogue::Port;
use overt_catalogue::model::{OpenKind, SendKind};
use overt_program::{ClassId, MethodId};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::channel::text_value;
use crate::flow::AppFlows;
use crate::frame::Frame;
use crate::heap::{Heap, Version};
use crate::object::{Cell, GLOBALS, ObjectId, Place};
use crate::outcome::{Answer, Puts};
use crate::session::Session;
use crate::summary::{Arrival, Subject};
use crate::text::Text;
use crate::value::{Constant, Constants, Data, HOLE, Origin, Value, join_constants, join_data, mark};

/// How Android treats an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Life {
    /// Made first, lives with the process.
    Application,
    /// A screen.
    Activity,
    /// Works in the background.
    Service,
    /// Is told of broadcasts.
    Receiver,
    /// Answers queries.
    Provider,
    /// A class that layouts name, or code without a manifest.
    Other,
}

/// Something that Android starts.
#[derive(Debug, Clone)]
pub struct Entry {
    /// How it lives.
    pub life: Life,
    /// Its class.
    pub class: Option<ClassId>,
    /// Dotted name in the manifest (of an alias: its own).
    pub name: String,
    /// Intents of other apps reach it.
    pub exported: bool,
    /// Intent actions that reach it.
    pub actions: Vec<String>,
    /// Of a provider: the authorities of its content URIs.
    pub authorities: Vec<String>,
    /// Methods that Android calls besides those that the class overrides: `onClick` of layouts, `main`.
    pub methods: Vec<MethodId>,
}

/// Offsets from here on stand for parameters of a callback.
pub(crate) const PARAMETER: u32 = 0xffff_0000;
/// Rounds over all entries.
const ROUNDS: usize = 8;
/// Rounds over the callbacks of one entry.
const INNER_ROUNDS: usize = 8;

/// Analyses an app from its entries.
pub fn analyse(session: &mut Session<'_>, entries: &[Entry], initializers: &[MethodId]) -> AppFlows {
    let Some(any) = session.table.own_methods().map(|(id, _)| id).next() else { return AppFlows::default() };
    let mut driver = Driver::new(session, any, entries);
    for round in 0..ROUNDS {
        let before = driver.global.clone();
        driver.initialise(initializers);
        if round == 0 {
            driver.learn_statics();
        }
        for number in 0..entries.len() {
            driver.live(number);
        }
        let news = driver.deliver() | std::mem::take(&mut driver.news);
        if news {
            driver.seen.clear();
        }
        if round > 0 && !news && driver.global == before {
            break;
        }
    }
    if driver.frame.session.channels {
        driver.frame.state.heap = driver.global.clone();
        driver.ask_providers();
        let heap = std::mem::take(&mut driver.frame.state.heap);
        driver.keep(&heap);
    }
    driver.finish()
}

/// Methods that are handed the state that a component saved of itself.
const STATE: &[&str] = &[
    "onCreate",
    "onSaveInstanceState",
    "onRestoreInstanceState",
    "onPostCreate",
    "onActivityCreated",
    "onCreateView",
    "onViewCreated",
    "onViewStateRestored",
    "onCreateDialog",
];

/// Methods by which a provider is asked.
const ASKED: &[&str] = &["query", "openFile", "openAssetFile", "openTypedAssetFile"];

/// Parameters from this number on are the URIs under which a provider is asked.
const ASKED_UNDER: u16 = 0x4000;

/// Methods that run once before anything else of an object's life, in this order.
const FIRST: &[&str] = &["attachBaseContext", "attachInfo", "onAttach", "onCreate"];

pub(crate) struct Driver<'s, 'a, 'e> {
    pub(crate) frame: Frame<'s, 'a>,
    pub(crate) entries: &'e [Entry],
    /// What holds between the lives of components.
    pub(crate) global: Heap,
    /// Summaries that entries use.
    pub(crate) used: BTreeMap<u32, Vec<Rc<Subject>>>,
    used_once: FxHashSet<(u32, Rc<Subject>)>,
    pub(crate) entry: u32,
    pub(crate) arrivals: Vec<(u32, Arrival)>,
    /// Who started whom.
    pub(crate) asked: Vec<(String, String)>,
    /// What providers answered, as what they put into channels.
    pub(crate) answered: Puts,
    called: FxHashMap<(ClassId, Option<Text>), Rc<[MethodId]>>,
    /// In whose life a listener was registered first: it is called there.
    pub(crate) owners: FxHashMap<(ObjectId, Text), u32>,
    /// What was applied last to which state.
    seen: FxHashMap<(MethodId, ObjectId), Version>,
    applied: FxHashMap<(MethodId, ObjectId), Option<crate::call::Applied>>,
    intents: FxHashMap<u32, Value>,
    results: FxHashMap<u32, Value>,
    bound: Value,
    /// What each entry gave to those who bind to it.
    binders: FxHashMap<u32, Value>,
    /// A service gave a binder that was not known.
    news: bool,
    pub(crate) broadcasts: Value,
}

impl<'s, 'a, 'e> Driver<'s, 'a, 'e> {
    fn new(session: &'s mut Session<'a>, any: MethodId, entries: &'e [Entry]) -> Driver<'s, 'a, 'e> {
        Driver {
            frame: Frame::new(session, any, true),
            entries,
            global: Heap::default(),
            used: BTreeMap::new(),
            used_once: FxHashSet::default(),
            entry: 0,
            arrivals: Vec::new(),
            asked: Vec::new(),
            answered: Puts::new(),
            called: FxHashMap::default(),
            owners: FxHashMap::default(),
            seen: FxHashMap::default(),
            applied: FxHashMap::default(),
            intents: FxHashMap::default(),
            results: FxHashMap::default(),
            bound: Value::NOTHING,
            binders: FxHashMap::default(),
            news: false,
            broadcasts: Value::NOTHING,
        }
    }

    pub(crate) fn name(&mut self, text: &str) -> Cell {
        Cell::Named(self.frame.session.text(text))
    }

    pub(crate) fn component(&mut self, number: usize) -> Option<ObjectId> {
        let class = self.entries[number].class?;
        let table = self.frame.session.table;
        let name = self.frame.session.text(table.text(table.class(class).descriptor));
        Some(self.frame.session.objects.component(class, name))
    }

    fn called(&mut self, class: ClassId, as_type: Option<Text>) -> Rc<[MethodId]> {
        if let Some(known) = self.called.get(&(class, as_type)) {
            return Rc::clone(known);
        }
        let made: Rc<[MethodId]> = self.frame.session.called_methods(class, as_type).into();
        self.called.insert((class, as_type), Rc::clone(&made));
        made
    }

    /// Class initialisers: any time, so with whatever holds.
    fn initialise(&mut self, initializers: &[MethodId]) {
        self.entry = u32::MAX;
        self.frame.state.heap = self.global.clone();
        for method in initializers {
            self.apply(*method, None, false);
        }
        let heap = std::mem::take(&mut self.frame.state.heap);
        self.keep(&heap);
    }

    /// Texts that class initialisers leave in static fields are likely what the rest of the code finds there.
    fn learn_statics(&mut self) {
        let mut learnt: Vec<(Text, Constants)> = Vec::new();
        for (_, cell, value) in self.global.of(GLOBALS) {
            let (Cell::Static(field), Constants::Some(some)) = (cell, &value.constants) else { continue };
            let texts = (some.iter()).filter_map(|constant| match *constant {
                Constant::Text(text) | Constant::Template(text) => Some(Constant::Template(text)),
                _ => None,
            });
            let mut texts: smallvec::SmallVec<[Constant; 2]> = texts.collect();
            if !texts.is_empty() {
                texts.sort_unstable();
                learnt.push((*field, Constants::Some(texts)));
            }
        }
        self.frame.session.statics.extend(learnt);
    }

    fn keep(&mut self, heap: &Heap) {
        let mut global = std::mem::take(&mut self.global);
        self.frame.join_heaps(&mut global, heap);
        self.global = global;
    }

    /// One life of an entry: made, started, then called in any order.
    fn live(&mut self, number: usize) {
        self.entry = number as u32;
        let entries = self.entries;
        let entry = &entries[number];
        let object = self.component(number);
        self.frame.state.heap = self.global.clone();
        let mut later: Vec<(MethodId, Option<ObjectId>)> = Vec::new();
        if let (Some(class), Some(object)) = (entry.class, object) {
            self.frame.state.heap.retain(|one| one != object);
            let incoming = self.incoming(number);
            let cell = self.name("intent");
            self.frame.state.heap.set(object, cell, incoming);
            let application = self.name("application");
            let app = self.application();
            self.frame.state.heap.set(object, application, app);
            let activity = self.name("host");
            let owner = match entry.life {
                Life::Other => self.all_activities(),
                _ => Value::object(object),
            };
            self.frame.state.heap.set(object, activity, owner);
            self.construct(class, object);
            let called = self.called(class, None);
            let table = self.frame.session.table;
            let rank = |method: &MethodId| {
                let name = table.text(table.method(*method).name);
                FIRST.iter().position(|first| *first == name)
            };
            let mut first: Vec<MethodId> =
                called.iter().copied().filter(|method| rank(method).is_some()).collect();
            first.sort_by_key(|method| (rank(method), *method));
            for method in first {
                self.apply(method, Some(object), true);
            }
            later.extend(
                called.iter().filter(|method| rank(method).is_none()).map(|method| (*method, Some(object))),
            );
        }
        for method in &entry.methods {
            let receiver = match (entry.class, object) {
                (Some(class), Some(object)) if entry.life != Life::Other => {
                    let definition = *self.frame.session.table.method(*method);
                    match self.frame.session.dispatch(class, definition.name, definition.proto) {
                        Some(target) if target == *method => Some(object),
                        _ => continue,
                    }
                }
                _ => None,
            };
            later.push((*method, receiver));
        }
        // Others live meanwhile; and what its own later life did in the last round, it may do again.
        let shared = self.global.clone();
        let mut heap = std::mem::take(&mut self.frame.state.heap);
        self.frame.join_heaps(&mut heap, &shared);
        self.frame.state.heap = heap;
        for _ in 0..INNER_ROUNDS {
            let before = self.frame.state.heap.version();
            for (method, receiver) in &later {
                self.apply(*method, *receiver, false);
            }
            for (receiver, method) in self.listeners() {
                self.apply(method, Some(receiver), false);
            }
            for (receiver, method) in self.transactions() {
                self.apply(method, Some(receiver), false);
            }
            if self.frame.state.heap.version() == before {
                break;
            }
        }
        self.frame.drain();
        let arrivals = self.frame.take_arrivals();
        self.arrivals.extend(arrivals.into_iter().map(|arrival| (number as u32, arrival)));
        let heap = std::mem::take(&mut self.frame.state.heap);
        self.keep(&heap);
    }

    fn application(&mut self) -> Value {
        match (0..self.entries.len()).find(|number| self.entries[*number].life == Life::Application) {
            Some(number) => self.component(number).map(Value::object).unwrap_or_default(),
            None => Value::NOTHING,
        }
    }

    fn all_activities(&mut self) -> Value {
        let mut all = Value::NOTHING;
        for number in 0..self.entries.len() {
            if self.entries[number].life == Life::Activity
                && let Some(object) = self.component(number)
            {
                all.join(&Value::object(object));
            }
        }
        all
    }

    fn construct(&mut self, class: ClassId, object: ObjectId) {
        let table = self.frame.session.table;
        let Some(init) = table.names().get("<init>") else { return };
        for method in table.class(class).methods.clone().map(MethodId) {
            if table.method(method).name == init {
                self.apply(method, Some(object), true);
            }
        }
    }

    /// Registered objects and the methods that Android calls on them.
    fn listeners(&mut self) -> Vec<(ObjectId, MethodId)> {
        let mut objects: BTreeSet<(ObjectId, Text)> = BTreeSet::new();
        for (_, cell, value) in self.frame.state.heap.all() {
            if let Cell::Listener(class) = cell {
                objects.extend(value.objects.iter().map(|object| (*object, *class)));
            }
        }
        let activity = self.name("host");
        let owner = self.component(self.entry as usize);
        let mut all: BTreeSet<(ObjectId, MethodId)> = BTreeSet::new();
        for (object, class) in objects {
            if *self.owners.entry((object, class)).or_insert(self.entry) != self.entry {
                continue;
            }
            let known = *self.frame.session.objects.get(object);
            let Some(own) = known.class.filter(|_| known.exact) else { continue };
            let Some(own) = self.frame.session.own_class(own) else { continue };
            if let Some(owner) = owner {
                self.frame.store_weakly(object, activity, &Value::object(owner));
            }
            all.extend(self.called(own, Some(class)).iter().map(|method| (object, *method)));
        }
        all.into_iter().collect()
    }

    /// Binders that an entry gives to other apps, with the method by which those call them.
    fn transactions(&mut self) -> Vec<(ObjectId, MethodId)> {
        let entries = self.entries;
        if !entries.get(self.entry as usize).is_some_and(|entry| entry.exported) {
            return Vec::new();
        }
        let table = self.frame.session.table;
        let names = table.names();
        let (Some(name), Some(proto)) =
            (names.get("onTransact"), names.get("(ILandroid/os/Parcel;Landroid/os/Parcel;I)Z"))
        else {
            return Vec::new();
        };
        let given = self.binders.get(&self.entry).cloned().unwrap_or_default();
        let mut all = Vec::new();
        for object in given.objects.iter().copied() {
            let known = *self.frame.session.objects.get(object);
            let Some(class) = known.class.filter(|_| known.exact) else { continue };
            let Some(own) = self.frame.session.own_class(class) else { continue };
            all.extend(self.frame.session.dispatch(own, name, proto).map(|method| (object, method)));
        }
        all
    }

    /// Asks each provider of the app under each URI that it tells apart, and keeps the answers.
    fn ask_providers(&mut self) {
        let entries = self.entries;
        for (number, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.life == Life::Provider) {
            let (Some(class), Some(receiver)) = (entry.class, self.component(number)) else { continue };
            // What the platform's own providers hand out is known by their addresses.
            let ends = self.frame.session.ends;
            let known =
                |authority: &String| !ends.provided(&format!("content://{authority}"), None).is_empty();
            if entry.authorities.iter().any(known) {
                continue;
            }
            self.entry = number as u32;
            for method in self.called(class, None).iter().copied() {
                let table = self.frame.session.table;
                let definition = table.method(method);
                if ASKED.contains(&table.text(definition.name))
                    && table.text(definition.proto).starts_with("(Landroid/net/Uri;")
                {
                    self.ask(method, receiver, &entry.authorities);
                }
            }
        }
    }

    fn ask(&mut self, method: MethodId, receiver: ObjectId, authorities: &[String]) {
        let uri_class = self.frame.session.text("Landroid/net/Uri;");
        let text_name = Cell::Named(self.frame.session.text_name);
        let table = self.frame.session.table;
        let by_name = table.text(table.method(method).name) == "query";
        // The same instructions make the answers to all questions, and made some when the question was not known: none of
        // them may stand in another.
        let place = Place { method, offset: 0 };
        let before = self.frame.state.heap.clone();
        let mut blank = before.clone();
        let objects = &self.frame.session.objects;
        blank.retain(|object| !objects.is_made_at(object, place));
        for (number, uri) in self.frame.asked_uris(authorities, by_name).into_iter().enumerate() {
            self.frame.state.heap = blank.clone();
            let parameter = ASKED_UNDER.saturating_add(number as u16);
            let object = self.frame.session.objects.handed(method, parameter, Some(uri_class));
            self.frame.state.heap.set(object, text_name, text_value(uri));
            let mut arguments = self.arguments(method, Some(receiver));
            if let Some(asked) = arguments.get_mut(1) {
                *asked = Value::object(object).with_data(&asked.data.clone());
            }
            self.frame.uncertain = true;
            self.frame.place = place;
            self.frame.in_loop = true;
            self.frame.callees.clear();
            let returned = self.frame.call_own(method, &arguments);
            self.use_callees();
            if let Some(value) = returned {
                let key = crate::channel::answered(&self.frame.session.texts.get(uri));
                self.put_answer(&Answer { key, method, value, rows: by_name });
            }
        }
        self.frame.state.heap = before;
    }

    fn use_callees(&mut self) {
        let callees = std::mem::take(&mut self.frame.callees);
        let used = self.used.entry(self.entry).or_default();
        used.extend(
            callees.into_iter().filter(|subject| self.used_once.insert((self.entry, Rc::clone(subject)))),
        );
    }

    /// Calls a method; `certain`: exactly once, here and now.
    fn apply(&mut self, method: MethodId, receiver: Option<ObjectId>, certain: bool) {
        let key = (method, receiver.unwrap_or(GLOBALS));
        if !certain {
            let version = self.frame.state.heap.version();
            if self.seen.insert(key, version) == Some(version) {
                return;
            }
        }
        self.frame.uncertain = !certain;
        let arguments = self.arguments(method, receiver);
        self.frame.place = Place { method, offset: 0 };
        self.frame.in_loop = true;
        self.frame.callees.clear();
        let returned = if certain {
            self.frame.call_own(method, &arguments)
        } else {
            let mut last = self.applied.remove(&key).flatten();
            let returned = self.frame.call_again(method, &arguments, &mut last);
            self.applied.insert(key, last);
            returned
        };
        self.use_callees();
        let name = {
            let table = self.frame.session.table;
            table.text(table.method(method).name)
        };
        if name == "onBind"
            && let Some(binder) = returned
        {
            self.news |= self.bound.join(&binder);
            self.binders.entry(self.entry).or_default().join(&binder);
        }
    }

    /// What Android hands over.
    fn arguments(&mut self, method: MethodId, receiver: Option<ObjectId>) -> Vec<Value> {
        let signature = self.frame.session.signature(method);
        let table = self.frame.session.table;
        let definition = *table.method(method);
        let (name, proto) = (table.text(definition.name), table.text(definition.proto));
        let sources = self.parameter_sources(definition.class, name, proto);
        let mut all = Vec::with_capacity(signature.parameters.len());
        for (number, class) in signature.parameters.clone().into_iter().enumerate() {
            if number == 0 && !signature.is_static {
                all.push(match receiver {
                    Some(object) => Value::object(object),
                    None => self.handed(method, 0, class),
                });
                continue;
            }
            let declared = if signature.is_static { number + 1 } else { number };
            let text = self.frame.session.texts.get(class);
            let mut value = match &*text {
                "Landroid/content/Intent;"
                    if name == "onReceive" && self.component(self.entry as usize) != receiver =>
                {
                    self.broadcast_for(method, number, class, receiver)
                }
                "Landroid/content/Intent;" => self.intent_for(method, number, class, name),
                "Landroid/os/Bundle;" if STATE.contains(&name) && receiver.is_some() => {
                    let cell = self.name("state");
                    let kept = self.frame.session.objects.inner(receiver.unwrap_or(GLOBALS), cell);
                    Value::object(kept).with_constants(Constants::Any)
                }
                "Landroid/content/SharedPreferences;" => {
                    let mut all = self.handed(method, number, class);
                    for thing in self.frame.session.objects.things(OpenKind::Preferences) {
                        all.join(&Value::object(thing));
                    }
                    all
                }
                "Landroid/os/IBinder;" if name == "onServiceConnected" && !self.bound.objects.is_empty() => {
                    self.bound.clone()
                }
                "Landroid/content/ContentValues;" | "[Landroid/content/ContentValues;"
                    if self.frame.session.channels && receiver.is_some() =>
                {
                    let row = self.handed(method, number, class);
                    let written = self.written();
                    row.with_data(&written)
                }
                _ if crate::reference::is_plain(&text) => Value::any(),
                _ => self.handed(method, number, class),
            };
            for source in &sources {
                let ends = self.frame.session.ends;
                let ports = &ends.sources[*source as usize].ports;
                if ports.contains(&Port::Parameter(declared as u8)) {
                    self.frame.place = Place { method, offset: 0 };
                    let origin =
                        Origin::Source(Place { method, offset: PARAMETER + declared as u32 }, *source);
                    let origin = self.frame.session.origins.intern(origin);
                    let mut datum = self.frame.source_datum(*source);
                    datum.origin = origin;
                    value = value.with_data(&[datum]);
                }
            }
            if name == "onReceive" && declared == 2 {
                for (source, certain) in self.heard_by(receiver) {
                    let origin = Origin::Source(Place { method, offset: PARAMETER + 2 }, source);
                    let origin = self.frame.session.origins.intern(origin);
                    self.frame.place = Place { method, offset: 0 };
                    let mut datum = self.frame.source_datum(source);
                    datum.origin = origin;
                    // Which of its actions it is given is not told apart.
                    datum.marks = if certain { 0 } else { mark::DEFAULT_MODEL };
                    value = value.with_data(&[datum]);
                }
            }
            all.push(value);
        }
        all
    }

    fn handed(&mut self, method: MethodId, number: usize, class: Text) -> Value {
        let object = self.frame.session.objects.handed(method, number as u16, Some(class));
        if self.frame.session.channels && &*self.frame.session.texts.get(class) == "Landroid/content/Intent;"
        {
            let kind = match self.frame.session.table.text(self.frame.session.table.method(method).name) {
                "onActivityResult" => OpenKind::Result,
                _ => OpenKind::Intent,
            };
            let entries = self.entries;
            if let Some(entry) = entries.get(self.entry as usize) {
                self.let_others_fill(object, kind, &entry.name);
            }
        }
        self.note_asked(object, class);
        Value::object(object).with_constants(Constants::Any)
    }

    /// Android hands a provider no address but its own.
    fn note_asked(&mut self, object: ObjectId, class: Text) {
        if &*self.frame.session.texts.get(class) != "Landroid/net/Uri;" {
            return;
        }
        let Some(entry) = self.entries.get(self.entry as usize) else { return };
        let mut all = Constants::None;
        for authority in &entry.authorities {
            let address = self.frame.session.text(&format!("content://{authority}/{HOLE}"));
            join_constants(&mut all, &Constants::Some(smallvec::smallvec![Constant::Template(address)]));
        }
        if all != Constants::None {
            self.frame.session.asked_at.insert(object, all);
        }
    }

    /// What other apps write into the provider that is played.
    fn written(&mut self) -> Data {
        let mut all = Data::new();
        let Some(entry) = self.entries.get(self.entry as usize) else { return all };
        for authority in &entry.authorities {
            let key = self.frame.session.text(&format!("{}content://{authority}", crate::channel::WRITTEN));
            let thing = self.frame.named_thing(OpenKind::Provider, Constant::Text(key));
            if let Some(datum) = self.frame.foreign(thing, Cell::Content) {
                join_data(&mut all, &[datum]);
            }
        }
        all
    }

    /// What an Intent carries that Android hands to whom this names may come from another app.
    pub(crate) fn let_others_fill(&mut self, intent: ObjectId, kind: OpenKind, whom: &str) {
        let key = self.frame.session.text(&format!("{}{whom}", crate::channel::TO));
        let thing = self.frame.named_thing(kind, Constant::Text(key));
        let extras = self.name("extras");
        if self.frame.state.heap.get(intent, extras).is_none() {
            self.frame.state.heap.set(intent, extras, Value::object(thing));
        }
    }

    fn parameter_sources(&mut self, class: ClassId, name: &str, proto: &str) -> Vec<u32> {
        let table = self.frame.session.table;
        let mut all = Vec::new();
        for supertype in table.supertypes(class) {
            if table.class_named(supertype).is_some_and(|class| table.is_own(class)) {
                continue;
            }
            let ends = self.frame.session.ends;
            all.extend(ends.callbacks_of(self.frame.session.ancestors, table.text(supertype), name, proto));
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    // ---- Intents ---------------------------------------------------------------------------------------------

    fn intent_for(&mut self, method: MethodId, number: usize, class: Text, name: &str) -> Value {
        let own = self.handed(method, number, class);
        let delivered = if name == "onActivityResult" {
            self.results.get(&self.entry).cloned()
        } else {
            self.intents.get(&self.entry).cloned()
        };
        own.joined(&delivered.unwrap_or_default())
    }

    fn incoming(&mut self, number: usize) -> Value {
        let class = self.frame.session.text("Landroid/content/Intent;");
        let Some(method) = self.entries[number]
            .class
            .and_then(|class| self.frame.session.table.class(class).methods.clone().map(MethodId).next())
        else {
            return Value::NOTHING;
        };
        let own = self.handed(method, 255, class);
        own.joined(&self.intents.get(&(number as u32)).cloned().unwrap_or_default())
    }

    /// Brings what was sent to those who can receive it.
    /// Says whether anything new was brought.
    fn deliver(&mut self) -> bool {
        let mut news = false;
        let heap = self.global.clone();
        self.frame.state.heap = heap.clone();
        let mut results: Vec<(ObjectId, Value)> = Vec::new();
        let mut waiting: Vec<(ObjectId, Vec<usize>)> = Vec::new();
        for (holder, cell, value) in heap.all() {
            let Cell::Sent(kind, _) = cell else { continue };
            match kind {
                SendKind::Result => results.push((*holder, value.clone())),
                SendKind::Message => {}
                SendKind::Broadcast => {
                    news |= self.broadcasts.join(value);
                    for object in value.objects.clone() {
                        for target in self.targets(object, *kind) {
                            let intent = Value::object(object).with_data(&value.data);
                            news |= self.intents.entry(target as u32).or_default().join(&intent);
                        }
                    }
                }
                _ => {
                    for object in value.objects.clone() {
                        let targets = self.targets(object, *kind);
                        for target in &targets {
                            news |= self
                                .intents
                                .entry(*target as u32)
                                .or_default()
                                .join(&Value::object(object).with_data(&value.data));
                        }
                        if *kind == SendKind::ActivityForResult {
                            waiting.push((*holder, targets));
                        }
                    }
                }
            }
        }
        for (holder, targets) in waiting {
            let Some(asker) = (0..self.entries.len()).find(|number| self.component(*number) == Some(holder))
            else {
                continue;
            };
            for target in targets {
                let object = self.component(target);
                for (from, value) in &results {
                    if Some(*from) == object {
                        news |= self.results.entry(asker as u32).or_default().join(value);
                    }
                }
            }
        }
        news
    }

    /// Entries that an Intent may reach.
    fn targets(&mut self, intent: ObjectId, kind: SendKind) -> Vec<usize> {
        let (component, action) = (self.name("target"), self.name("action"));
        let lives: &[Life] = match kind {
            SendKind::Activity | SendKind::ActivityForResult => &[Life::Activity],
            SendKind::Service | SendKind::Bind => &[Life::Service],
            _ => &[Life::Receiver],
        };
        let named = self.frame.load(intent, component);
        let mut names: Vec<String> = Vec::new();
        for constant in named.known_constants().unwrap_or(&[]) {
            match constant {
                Constant::Class(class) => {
                    let text = self.frame.session.texts.get(*class);
                    names.push(text.trim_start_matches('L').trim_end_matches(';').replace('/', "."));
                }
                Constant::Text(text) => names.push(self.frame.session.texts.get(*text).to_string()),
                _ => {}
            }
        }
        let acts = self.frame.load(intent, action);
        let mut actions: Vec<String> = Vec::new();
        for constant in acts.known_constants().unwrap_or(&[]) {
            if let Constant::Text(text) = constant {
                actions.push(self.frame.session.texts.get(*text).to_string());
            }
        }
        (self.entries.iter().enumerate())
            .filter(|(_, entry)| lives.contains(&entry.life))
            .filter(|(_, entry)| {
                if !names.is_empty() {
                    return names.iter().any(|name| {
                        *name == entry.name || entry.name.ends_with(name.as_str()) && name.starts_with('.')
                    });
                }
                if !named.is_nothing() {
                    // An explicit Intent whose target is not known. Where somebody outside names it, other apps are meant.
                    return named.data.is_empty();
                }
                if actions.is_empty() {
                    return !entry.actions.is_empty();
                }
                entry.actions.iter().any(|action| actions.contains(action))
            })
            .map(|(number, _)| number)
            .collect()
    }
}
