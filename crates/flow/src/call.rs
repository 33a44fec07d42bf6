//! Calls: which methods run, what is known for them, and what they do to the caller's state.

use std::collections::BTreeMap;
use std::rc::Rc;

use overt_catalogue::{Condition, Port};
use overt_dex::{Args, MethodIdx};
use overt_program::MethodId;
use overt_program::classes::MethodKey;
use overt_program::ir::InvokeKind;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::frame::Frame;
use crate::mapped::Raw;
use crate::object::{Cell, ObjectId, ObjectKind, Place};
use crate::reference::Reference;
use crate::summary::{Hit, Known, Subject, Summary, Wish};
use crate::text::Text;
use crate::trace::Note;
use crate::value::{Constant, Constants, Data, HOLE, Origin, OriginId, Value, join_data, mark};
use crate::write::Write;

/// What a callee's names mean to the caller.
#[derive(Default)]
pub(crate) struct Mapping {
    arguments: Vec<Value>,
    known: FxHashMap<ObjectId, Value>,
    raw: FxHashMap<OriginId, Raw>,
}

/// What a call was applied with: while it is the same, doing it again changes nothing.
pub(crate) struct Applied {
    summary: Rc<Summary>,
    known: Vec<(ObjectId, Value)>,
    raw: Vec<(OriginId, Raw)>,
    returned: Option<Value>,
}

impl Mapping {
    pub(crate) fn new(arguments: &[Value]) -> Mapping {
        Mapping { arguments: arguments.to_vec(), known: FxHashMap::default(), raw: FxHashMap::default() }
    }

    /// The same from what an earlier one used, if there is any.
    fn again(used: &mut Vec<Mapping>, arguments: Vec<Value>) -> Mapping {
        Mapping { arguments, ..used.pop().unwrap_or_default() }
    }

    fn give_back(mut self, used: &mut Vec<Mapping>) {
        /// Larger tables cost more to clear than to make.
        const LARGE: usize = 512;
        if self.known.capacity() <= LARGE && self.raw.capacity() <= LARGE {
            self.arguments.clear();
            self.known.clear();
            self.raw.clear();
            used.push(self);
        }
    }
}

/// A method that a call may run, with the receivers for which it does; `None`: the platform's.
type Target = (Option<MethodId>, Value);

fn sends(model: &overt_catalogue::model::Model) -> bool {
    model.steps.iter().any(|step| matches!(step, overt_catalogue::model::Step::Send { .. }))
}

/// The parameter that stands for what the caller's control tells.
pub(crate) const CONTROL: u16 = u16::MAX;

impl<'a> Frame<'_, 'a> {
    /// A call instruction. `false`: it never returns.
    pub(crate) fn invoke(
        &mut self,
        kind: InvokeKind,
        method: MethodIdx,
        registers: &Args,
        to: Option<u32>,
    ) -> bool {
        let Some(reference) = self.session.reference(self.dex, method.0) else {
            self.raised = Value::any();
            if let Some(to) = to {
                self.set(to, Value::any());
            }
            return true;
        };
        let mut arguments: Vec<Value> = Vec::with_capacity(reference.parameters.len() + 1);
        let mut registers = registers.iter();
        if kind != InvokeKind::Static {
            arguments.push(registers.next().map(|register| self.register(register)).unwrap_or_default());
        }
        for class in &reference.parameters {
            arguments.push(registers.next().map(|register| self.register(register)).unwrap_or_default());
            if matches!(&*self.session.texts.get(*class), "J" | "D") {
                registers.next();
            }
        }
        match self.call(kind, &reference, &arguments) {
            Some(value) => {
                let recovered = self.recovered(&reference, &arguments);
                if let Some(to) = to {
                    let value = match (&value.constants, recovered) {
                        (Constants::Any | Constants::None, Some(constants)) => {
                            value.with_constants(constants)
                        }
                        _ => value,
                    };
                    self.set(to, value);
                } else if let (Some(made), Some(constants)) = (arguments.first(), recovered) {
                    self.construct_recovered(made, &constants);
                }
                true
            }
            None => false,
        }
    }

    /// What evaluation found to come out here, as texts that the value may be. Only where nothing that the caller handed
    /// over goes into it: what comes out for one caller says nothing of another.
    fn recovered(&mut self, reference: &Reference<'a>, arguments: &[Value]) -> Option<Constants> {
        let texts = self.session.recovered.get(&self.place)?;
        let mut some: SmallVec<[Constant; 2]> = texts.iter().map(|text| Constant::Template(*text)).collect();
        some.sort_unstable();
        some.dedup();
        let string = "Ljava/lang/String;";
        let makes_text = match &*self.session.texts.get(reference.returns) {
            "V" => &*self.session.texts.get(reference.class) == string,
            returns => returns == string,
        };
        if !makes_text || some.len() > crate::value::MAX_CONSTANTS {
            return None;
        }
        for value in arguments {
            let theirs = self.deep(value).iter().any(|datum| !datum.origin.is_source());
            if theirs || value.constant_ports().next().is_some() {
                return None;
            }
        }
        Some(Constants::Some(some))
    }

    /// For a string that a constructor made: it is known by the object that registers hold.
    fn construct_recovered(&mut self, made: &Value, constants: &Constants) {
        let [object] = made.objects.as_slice() else { return };
        for register in &mut self.state.registers {
            if register.objects.as_slice() == [*object] && register.constants == Constants::Any {
                *register = register.with_constants(constants.clone());
            }
        }
    }

    /// A call with known arguments (the receiver's first). `None`: it never returns.
    pub(crate) fn call(
        &mut self,
        kind: InvokeKind,
        reference: &Reference<'a>,
        arguments: &[Value],
    ) -> Option<Value> {
        let is_static = kind == InvokeKind::Static;
        self.meet_sinks(reference, arguments, is_static);
        let targets = self.targets(kind, reference, arguments);
        let mut result: Option<Value> = None;
        let add = |result: &mut Option<Value>, value: Value| match result {
            None => *result = Some(value),
            Some(known) => {
                known.join(&value);
            }
        };
        let before = (targets.len() > 1).then(|| self.state.heap.clone());
        let mut after: Option<crate::heap::Heap> = None;
        for (target, receiver) in targets {
            if let Some(before) = &before {
                self.state.heap = before.clone();
            }
            let mut narrowed = arguments.to_vec();
            if !is_static && let Some(first) = narrowed.first_mut() {
                *first = receiver;
            }
            let value = match target {
                Some(method) => self.call_own(method, &narrowed),
                None => Some(self.call_library(reference, &narrowed, is_static)),
            };
            if let Some(value) = value {
                add(&mut result, value);
                if before.is_some() {
                    let now = self.state.heap.clone();
                    match &mut after {
                        None => after = Some(now),
                        Some(after) => {
                            self.join_heaps(after, &now);
                        }
                    }
                }
            }
        }
        if let Some(after) = after {
            self.state.heap = after;
        }
        let result = self.of_plain_type(result?, Some(reference.returns));
        Some(self.meet_sources(reference, arguments, is_static, result))
    }

    // ---- ends ----------------------------------------------------------------------------------------------

    fn holds(&mut self, conditions: &[Condition], arguments: &[Value], is_static: bool) -> bool {
        conditions.iter().all(|condition| {
            let position = usize::from(condition.argument);
            let position = if is_static { position.wrapping_sub(1) } else { position };
            let constants = arguments.get(position).map(|value| value.constants.clone());
            let Some(Constants::Some(all)) = constants else { return condition.holds(None) };
            all.iter().any(|constant| match constant {
                Constant::Number(number) => condition.holds(Some(overt_catalogue::Constant::Number(*number))),
                Constant::Text(text) => {
                    let text = self.session.texts.get(*text);
                    condition.holds(Some(overt_catalogue::Constant::Text(&text)))
                }
                Constant::Template(text) => {
                    let text = self.session.texts.get(*text);
                    condition.holds_in_part(text.split(HOLE))
                }
                _ => condition.holds(None),
            })
        })
    }

    fn meet_sinks(&mut self, reference: &Reference<'a>, arguments: &[Value], is_static: bool) {
        for number in &reference.sinks {
            let ends = self.session.ends;
            let Some(end) = ends.sinks.get(*number as usize) else { continue };
            if !self.holds(&end.conditions, arguments, is_static) {
                continue;
            }
            if end.kind == crate::ends::COMPARISON && !self.session.decisive.contains(&self.place) {
                continue;
            }
            if reference.intrinsic == Some(crate::intrinsic::Intrinsic::GiveToPage) {
                continue;
            }
            let first = usize::from(!is_static);
            let mut carried: SmallVec<[Value; 4]> = SmallVec::new();
            let mut drains = false;
            for port in &end.ports {
                match port {
                    Port::This => {
                        drains = !end.orders;
                        carried.extend(arguments.first().cloned());
                    }
                    Port::Argument(position) => {
                        carried.extend(arguments.get(first + usize::from(*position) - 1).cloned());
                    }
                    Port::Return | Port::Parameter(_) => {}
                }
            }
            if end.ports.is_empty() {
                match arguments.get(first..) {
                    Some([]) | None => carried.extend(arguments.first().cloned()),
                    Some(declared) => {
                        carried.extend(declared.iter().cloned());
                        // A receiver that is itself a datum is used up here too; what it holds is not.
                        if let Some(receiver) = arguments.first().filter(|_| !is_static) {
                            carried.push(Value::NOTHING.with_data(&receiver.data));
                        }
                    }
                }
            }
            if reference.model.is_some_and(sends) && carried.iter().any(|value| self.goes_nowhere(value)) {
                continue;
            }
            if end.orders {
                let data = self.deciding(&end.kind, &carried);
                let told = self.told(&end.kind, &carried);
                self.hit(self.place, *number, data, &told);
                continue;
            }
            let mut data = self.control.clone();
            for value in &carried {
                let all = self.deep(value);
                join_data(&mut data, &all);
                if drains {
                    let place = self.place;
                    self.store(value, Cell::Drain(*number, place), &Value::number(1));
                }
            }
            if data.is_empty() {
                continue;
            }
            let address = if self.has_address(*number) {
                let mut given = carried.into_vec();
                given.extend(arguments.iter().cloned());
                self.address_of(&given)
            } else {
                Value::NOTHING
            };
            self.hit(self.place, *number, data, &address);
        }
    }

    /// An Intent for a class of the app that the manifest does not declare: nobody gets it.
    fn goes_nowhere(&mut self, intent: &Value) -> bool {
        let Some(declared) = self.session.declared.clone() else { return false };
        let target = Cell::Named(self.session.target_name());
        let mut all = Value::NOTHING;
        for object in &intent.objects {
            if let Some(value) = self.state.heap.get(*object, target) {
                all.join(value);
            }
        }
        let classes = self.class_constants(&all);
        !classes.is_empty()
            && all.known_constants().is_some_and(|constants| constants.len() == classes.len())
            && classes
                .iter()
                .all(|class| self.session.own_class(*class).is_some_and(|own| !declared.contains(&own)))
    }

    /// Data arrives at a sink.
    pub(crate) fn hit(&mut self, place: Place, sink: u32, data: Data, address: &Value) {
        let mut data = self.arriving(sink, data);
        if data.is_empty() {
            return;
        }
        for datum in &mut data {
            datum.trace = self.session.traces.step(datum.trace, place, Note::Sink);
        }
        self.note_hit(place, sink, &data, address);
    }

    /// What objects hold now leaves through the sinks that were taken from them.
    pub(crate) fn drain(&mut self) {
        let drains: Vec<(ObjectId, u32, Place)> = (self.state.heap.all().iter())
            .filter_map(|(object, cell, _)| match cell {
                Cell::Drain(sink, place) => Some((*object, *sink, *place)),
                _ => None,
            })
            .collect();
        for (object, sink, place) in drains {
            let data = self.deep(&Value::object(object));
            let address = if !data.is_empty() && self.has_address(sink) {
                self.address_of(&[Value::object(object)])
            } else {
                Value::NOTHING
            };
            self.hit(place, sink, data, &address);
        }
    }

    fn meet_sources(
        &mut self,
        reference: &Reference<'a>,
        arguments: &[Value],
        is_static: bool,
        mut result: Value,
    ) -> Value {
        for number in &reference.sources {
            let ends = self.session.ends;
            let Some(end) = ends.sources.get(*number as usize) else { continue };
            if !self.holds(&end.conditions, arguments, is_static) {
                continue;
            }
            let datum = self.source_datum(*number);
            for port in &end.ports {
                match port {
                    Port::Return => result = result.with_data(&[datum]),
                    Port::This => {
                        if let Some(receiver) = arguments.first() {
                            self.store(receiver, Cell::Content, &Value::of_data(smallvec::smallvec![datum]));
                            // The object itself is the datum, whatever is asked of it later.
                            if let [one] = receiver.objects.as_slice() {
                                for register in &mut self.state.registers {
                                    if register.objects.as_slice() == [*one] {
                                        *register = register.with_data(&[datum]);
                                    }
                                }
                            }
                        }
                    }
                    Port::Argument(position) => {
                        let at = usize::from(!is_static) + usize::from(*position) - 1;
                        if let Some(argument) = arguments.get(at) {
                            self.store(argument, Cell::Content, &Value::of_data(smallvec::smallvec![datum]));
                        }
                    }
                    Port::Parameter(_) => {}
                }
            }
        }
        result
    }

    // ---- targets -------------------------------------------------------------------------------------------

    fn targets(&mut self, kind: InvokeKind, reference: &Reference<'a>, arguments: &[Value]) -> Vec<Target> {
        let receiver = arguments.first().cloned().unwrap_or_default();
        let receiver =
            if receiver.objects.len() > 1 { self.of_type(receiver, reference.class) } else { receiver };
        if reference.instead {
            return vec![(None, receiver)];
        }
        match kind {
            InvokeKind::Static | InvokeKind::Direct | InvokeKind::Super => vec![(reference.own, receiver)],
            InvokeKind::Virtual | InvokeKind::Interface => self.virtual_targets(reference, &receiver),
        }
    }

    pub(crate) fn virtual_targets(&mut self, reference: &Reference<'a>, receiver: &Value) -> Vec<Target> {
        if receiver.is_null() {
            return vec![(None, receiver.clone())];
        }
        let key = reference.key;
        let mut targets: Vec<(Option<MethodId>, SmallVec<[ObjectId; 2]>)> = Vec::new();
        let add =
            |targets: &mut Vec<(Option<MethodId>, SmallVec<[ObjectId; 2]>)>, method, object| match targets
                .iter_mut()
                .find(|(known, _)| *known == method)
            {
                Some((_, objects)) => objects.extend([object]),
                None => targets.push((method, smallvec::smallvec![object])),
            };
        let mut open: SmallVec<[ObjectId; 2]> = SmallVec::new();
        for object in &receiver.objects {
            let (classes, exact) = self.classes_of(*object);
            if !exact || classes.is_empty() {
                open.push(*object);
                continue;
            }
            for class in classes {
                let method = match self.session.own_class(class) {
                    Some(own) => self.session.dispatch(own, key.name, key.proto),
                    None => None,
                };
                if method.is_some() || reference.library.is_some() {
                    add(&mut targets, method, *object);
                }
            }
        }
        if !open.is_empty() || receiver.objects.is_empty() {
            for (method, objects) in self.open_targets(reference, &open) {
                for object in objects {
                    add(&mut targets, method, object);
                }
                if open.is_empty() && !targets.iter().any(|(known, _)| *known == method) {
                    targets.push((method, SmallVec::new()));
                }
            }
        }
        if targets.is_empty() {
            targets.push((None, receiver.objects.clone()));
        }
        targets.into_iter().map(|(method, objects)| (method, receiver.with_objects(objects))).collect()
    }

    /// Targets for receivers of which only a supertype is known.
    fn open_targets(
        &mut self,
        reference: &Reference<'a>,
        open: &[ObjectId],
    ) -> Vec<(Option<MethodId>, SmallVec<[ObjectId; 2]>)> {
        let key = reference.key;
        let mut narrowest = key.class;
        if let [one] = open
            && let Some(class) = self.classes_of(*one).0.first().copied()
            && let Some(own) = self.session.own_class(class)
            && self.session.is_a(class, reference.class)
        {
            narrowest = self.session.table.class(own).descriptor;
        }
        let classes: Vec<_> = self.session.subclasses(narrowest).to_vec();
        let mut methods: Vec<MethodId> = Vec::new();
        for class in classes {
            if let Some(method) = self.session.dispatch(class, key.name, key.proto)
                && !methods.contains(&method)
            {
                methods.push(method);
                if methods.len() > self.session.budget.targets {
                    break;
                }
            }
        }
        let all: SmallVec<[ObjectId; 2]> = open.iter().copied().collect();
        let ports: Vec<ObjectId> =
            open.iter().copied().filter(|object| self.session.objects.is_port(*object)).collect();
        let library = reference.library.is_some() && ports.len() < open.len().max(1);
        let few = if self.driver { self.session.budget.targets } else { 3 };
        let mut targets: Vec<(Option<MethodId>, SmallVec<[ObjectId; 2]>)> = Vec::new();
        match methods.len() {
            0 => targets.push((reference.own, all)),
            count => {
                if count > 1 && !self.driver {
                    self.wishes.extend(ports.iter().map(|port| Wish::Classes(*port)));
                }
                if count <= few {
                    targets.extend(methods.into_iter().map(|method| (Some(method), all.clone())));
                    if library {
                        targets.push((None, all));
                    }
                } else {
                    targets.push((None, all));
                }
            }
        }
        targets
    }

    // ---- the app's own methods ------------------------------------------------------------------------------

    /// Calls a method of the app. `None`: it never returns.
    pub(crate) fn call_own(&mut self, method: MethodId, arguments: &[Value]) -> Option<Value> {
        let signature = self.session.signature(method);
        let mut filtered = Vec::with_capacity(arguments.len());
        for (number, value) in arguments.iter().enumerate() {
            let value = match signature.parameters.get(number) {
                Some(class) => self.of_type(value.clone(), *class),
                None => value.clone(),
            };
            filtered.push(value);
        }
        let mut mapping = Mapping::again(&mut self.session.mappings, filtered);
        if self.session.implicit {
            let control = self.session.objects.parameter(CONTROL);
            let mut data = self.control.clone();
            // Which object is called tells what chose it.
            if let Some(first) = mapping.arguments.first().filter(|first| !first.objects.is_empty()) {
                join_data(&mut data, &crate::step::implied(&first.data));
            }
            mapping.known.insert(control, Value::of_data(data));
        }
        let (subject, summary) = self.specialise(method, &mut mapping);
        self.callees.push(subject);
        let returned = self.apply(&summary, &mut mapping);
        mapping.give_back(&mut self.session.mappings);
        returned
    }

    /// The summary for what is known here.
    fn specialise(&mut self, method: MethodId, mapping: &mut Mapping) -> (Rc<Subject>, Rc<Summary>) {
        let (mut subject, mut summary) = self.session.summarise(method);
        let mut known: BTreeMap<ObjectId, Known> = BTreeMap::new();
        for _ in 0..4 {
            let mut grew = false;
            let wishes = Rc::clone(&summary);
            for wish in wishes.wishes.iter().copied() {
                let port = wish.port();
                if known.contains_key(&port) {
                    continue;
                }
                let value = self.map_object(port, mapping);
                let answer = match wish {
                    Wish::Classes(_) => self.answer_classes(&value),
                    Wish::Constants(_) => self.answer_constants(&value),
                };
                if let Some(answer) = answer {
                    known.insert(port, answer);
                    grew = true;
                }
            }
            if !grew {
                break;
            }
            let special = known.iter().map(|(port, known)| (*port, known.clone())).collect();
            (subject, summary) = self.session.summarise_for(method, special);
        }
        (subject, summary)
    }

    fn answer_classes(&mut self, value: &Value) -> Option<Known> {
        let mut all: Vec<Text> = Vec::new();
        let mut complete = !value.objects.is_empty();
        for object in value.objects.clone() {
            let (classes, exact) = self.classes_of(object);
            if exact && !classes.is_empty() {
                all.extend(classes);
                continue;
            }
            complete = false;
            if !self.driver && self.session.objects.is_port(object) && !self.is_special(object) {
                self.wishes.insert(Wish::Classes(object));
            }
        }
        all.sort_unstable();
        all.dedup();
        (complete && all.len() <= 4).then_some(Known::Classes(all))
    }

    fn answer_constants(&mut self, value: &Value) -> Option<Known> {
        match value.known_constants() {
            Some(constants) if constants.len() <= 3 && !constants.is_empty() => {
                Some(Known::Constants(constants.to_vec()))
            }
            Some(_) => None,
            None => {
                self.wish_constants(value);
                None
            }
        }
    }

    /// Does to this state what a callee does. `None`: it never returns.
    pub(crate) fn apply(&mut self, summary: &Summary, mapping: &mut Mapping) -> Option<Value> {
        self.steps += (summary.cells.len() + summary.wishes.len()) as u64;
        // What may happen takes nothing away: of that, only news are put together.
        let lazily = self.driver && self.uncertain;
        // All is found before anything is written: what it is found by is the state before the call.
        let mut writes: Vec<Write<'_>> = Vec::with_capacity(summary.cells.len());
        for (object, cell, value) in &summary.cells {
            let port = self.session.objects.is_port(*object);
            let target = if port { self.map_object(*object, mapping) } else { self.map_made(*object) };
            writes.push(Write { target, port, cell: *cell, value: self.mapped(value, mapping) });
        }
        let returned = self.map_value(&summary.returned, mapping);
        let thrown = self.mapped(&summary.thrown, mapping);
        if !self.driver {
            let thrown = thrown.together(&mut self.session.traces);
            self.raised = self.noted(&thrown, Note::Returned);
        }
        let mut hits: Vec<Hit> = Vec::new();
        for hit in &summary.hits {
            let data = self.mapped_data(&hit.data, mapping);
            if !data.is_empty() {
                let Some(address) = self.map_hit(hit, mapping) else { continue };
                if !self.is_new_hit(hit.place, hit.sink, &data, &address) {
                    continue;
                }
                let data = data.together(&mut self.session.traces, Some(self.place));
                let data = self.arriving(hit.sink, data);
                if data.is_empty() {
                    continue;
                }
                hits.push(Hit { place: hit.place, sink: hit.sink, data, address });
            }
        }
        if lazily {
            self.write_late(writes);
        } else {
            self.write_now(writes);
        }
        for hit in hits {
            self.note_hit(hit.place, hit.sink, &hit.data, &hit.address);
        }
        if !self.driver && self.state.heap.all().len() > self.session.budget.state_cells {
            self.compact();
        }
        if summary.never_returns {
            return None;
        }
        Some(self.noted(&returned, Note::Returned))
    }

    fn map_made(&mut self, object: ObjectId) -> Value {
        match self.session.objects.get(object).kind {
            ObjectKind::Made(..) => {
                let renamed = self.session.objects.made_by_callee(self.place, object, self.in_loop);
                Value::object(renamed)
            }
            ObjectKind::Inner(of, cell) => {
                let outer = self.map_made(of);
                let outer = outer.objects.first().copied().unwrap_or(of);
                Value::object(self.session.objects.inner(outer, cell))
            }
            _ => Value::object(object),
        }
    }

    /// What the caller has where the callee says `object`.
    pub(crate) fn map_object(&mut self, object: ObjectId, mapping: &mut Mapping) -> Value {
        if let Some(known) = mapping.known.get(&object) {
            return known.clone();
        }
        let value = match self.session.objects.get(object).kind {
            ObjectKind::Parameter(number) => {
                mapping.arguments.get(usize::from(number)).cloned().unwrap_or_default()
            }
            ObjectKind::Part(of, cell) => {
                let base = self.map_object(of, mapping);
                self.load_from(&base, cell)
            }
            ObjectKind::Made(..) | ObjectKind::Inner(..) => self.map_made(object),
            ObjectKind::Thing(kind, Some(key)) if self.is_open(key) => {
                self.map_thing(object, kind, key, mapping)
            }
            _ => Value::object(object),
        };
        mapping.known.insert(object, value.clone());
        value
    }

    /// Does this name mean the same object to every caller?
    pub(crate) fn is_same_everywhere(&self, object: ObjectId) -> bool {
        match self.session.objects.get(object).kind {
            ObjectKind::Parameter(_)
            | ObjectKind::Part(..)
            | ObjectKind::Made(..)
            | ObjectKind::Inner(..) => false,
            ObjectKind::Thing(_, Some(name)) => !self.is_open(name),
            _ => true,
        }
    }

    /// The caller's data behind an origin that is a port.
    pub(crate) fn raw_data(&mut self, origin: OriginId, mapping: &mut Mapping) -> Raw {
        if let Some(known) = mapping.raw.get(&origin) {
            return known.clone();
        }
        let data = match self.session.origins.get(origin) {
            Origin::Source(..) | Origin::Read(..) => Raw::Of(Value::NOTHING),
            Origin::At(port) => Raw::Of(self.map_object(port, mapping)),
            Origin::Held(port) => {
                let value = self.map_object(port, mapping);
                self.gathered(&value, false)
            }
            Origin::Within(port) => {
                let value = self.map_object(port, mapping);
                self.gathered(&value, true)
            }
        };
        mapping.raw.insert(origin, data.clone());
        data
    }

    /// Calls a method of the app, unless everything that decides what it does is as it was the last time.
    pub(crate) fn call_again(
        &mut self,
        method: MethodId,
        arguments: &[Value],
        last: &mut Option<Applied>,
    ) -> Option<Value> {
        let mut mapping = Mapping::new(arguments);
        let (subject, summary) = self.specialise(method, &mut mapping);
        self.callees.push(subject);
        if let Some(last) = last
            && Rc::ptr_eq(&last.summary, &summary)
            && last.known.iter().all(|(object, value)| self.map_object(*object, &mut mapping) == *value)
            && last.raw.iter().all(|(origin, data)| *self.raw_data(*origin, &mut mapping) == **data)
        {
            return last.returned.clone();
        }
        let returned = self.apply(&summary, &mut mapping);
        *last = Some(Applied {
            summary,
            known: mapping.known.into_iter().collect(),
            raw: mapping.raw.into_iter().collect(),
            returned: returned.clone(),
        });
        returned
    }

    /// `invoke-custom`: a lambda whose implementing method the call site names.
    pub(crate) fn invoke_custom(&mut self, call_site: u32, arguments: &Args) -> Value {
        let mut captured = Value::NOTHING;
        for register in arguments.iter() {
            captured.join(&self.register(register));
        }
        let object = self.session.objects.made(self.place, None, false, self.in_loop);
        let value = Value::object(object);
        if !captured.is_nothing() {
            self.store(&value, Cell::Content, &captured);
        }
        let _ = call_site;
        value
    }

    /// Calls a method by name on whatever `receiver` refers to: what the platform does with an object it was given.
    pub(crate) fn call_back(
        &mut self,
        class: Text,
        receiver: &Value,
        name: &str,
        proto: &str,
        arguments: &[Value],
    ) -> Value {
        let table = self.session.table;
        let names = table.names();
        let class = self.session.texts.get(class);
        let (Some(class), Some(name), Some(proto)) = (names.get(&class), names.get(name), names.get(proto))
        else {
            return Value::NOTHING;
        };
        let reference = self.session.resolve(MethodKey { class, name, proto });
        let mut result = Value::NOTHING;
        for (target, narrowed) in self.virtual_targets(&reference, receiver) {
            let Some(method) = target else { continue };
            let mut all = vec![narrowed];
            all.extend(arguments.iter().cloned());
            if let Some(value) = self.call_own(method, &all) {
                result.join(&value);
            }
        }
        result
    }

    /// Data with more marks.
    pub(crate) fn marked(&mut self, mut data: Data, marks: u32, note: Note) -> Data {
        for datum in &mut data {
            datum.marks |= marks;
            datum.trace = self.session.traces.step(datum.trace, self.place, note);
        }
        data
    }

    /// Marks of a call whose behaviour is assumed.
    pub(crate) const ASSUMED: u32 = mark::DEFAULT_MODEL;
}
