//! Calls of the platform: what the catalogue's models say, or what is assumed where they say nothing.

use overt_catalogue::model::{Access, Base, Key, Model, OpenKind, Part, SendKind, Step};
use smallvec::SmallVec;

use crate::frame::Frame;
use crate::numeric::after;
use crate::object::{Cell, GLOBALS, ObjectId};
use crate::reference::{Reference, is_plain, is_primitive};
use crate::template::{ENTRY, Segment};
use crate::text::Text;
use crate::trace::Note;
use crate::value::{Constant, Constants, Data, HOLE, Marks, Value, join_data, mark};

/// A call while its model is applied.
struct Site<'v, 'r, 'a> {
    reference: &'r Reference<'a>,
    receiver: Option<&'v Value>,
    declared: &'v [Value],
    result: Value,
}

/// Names of cells that the engine itself uses.
fn transform_mark(kind: &str) -> u32 {
    match kind {
        "hash" => mark::HASH,
        "cipher" => mark::CIPHER,
        "compress" => mark::COMPRESS,
        "archive" => mark::COMPRESS | mark::ARCHIVE,
        "encode" => mark::ENCODE,
        "json" => mark::JSON,
        "xml" => mark::XML,
        _ => mark::SERIALISE,
    }
}

impl<'a> Frame<'_, 'a> {
    /// Applies a call of the platform; gives what it returns.
    pub(crate) fn call_library(
        &mut self,
        reference: &Reference<'a>,
        arguments: &[Value],
        is_static: bool,
    ) -> Value {
        self.raised = Value::any();
        let (receiver, declared) = match arguments.split_first() {
            Some((first, rest)) if !is_static => (Some(first), rest),
            _ => (None, arguments),
        };
        if let Some(intrinsic) = reference.intrinsic
            && let Some(value) = self.intrinsic(intrinsic, reference, receiver, declared)
        {
            return value;
        }
        let site = Site { reference, receiver, declared, result: Value::NOTHING };
        let value = match reference.model {
            Some(model) => self.apply_model(model, site),
            None => self.assume(&site),
        };
        self.taken_as(value, reference.taken)
    }

    /// A value that was taken as a number or a text out of what held it.
    pub(crate) fn taken_as(&mut self, value: Value, taken: Marks) -> Value {
        if taken == 0 {
            return value;
        }
        let mut data = self.held(&value);
        let marks = match taken {
            mark::NUMBER | mark::COUNT => taken | mark::PLAIN,
            other => other,
        };
        for datum in &mut data {
            datum.marks = after(datum.marks, marks);
        }
        match taken {
            // A number refers to nothing.
            mark::NUMBER | mark::COUNT if value.constants != Constants::None => {
                Value::of_data(data).with_constants(value.constants.clone())
            }
            mark::NUMBER | mark::COUNT => Value::of_data(data),
            _ => value.with_data(&data),
        }
    }

    /// A fresh object that the platform returns, with this value's data.
    pub(crate) fn library_result(&mut self, value: Value, class: Text) -> Value {
        let name = self.session.texts.get(class);
        if is_primitive(&name) || is_plain(&name) {
            return if value.is_nothing() { Value::any() } else { value };
        }
        let object = self.session.objects.made(self.place, Some(class), false, self.in_loop);
        let mut fresh = Value::object(object).with_constants(Constants::Any);
        if !value.is_nothing() {
            fresh = fresh.with_data(&value.data);
        }
        fresh
    }

    fn apply_model(&mut self, model: &Model, mut site: Site<'_, '_, 'a>) -> Value {
        let mut marks = 0;
        if let Some(transform) = &model.transform {
            marks = transform_mark(&transform.kind);
        }
        // What is registered is called by the driver, in its time: not at once.
        let registered: SmallVec<[&Access; 1]> = (model.steps.iter())
            .filter_map(|step| match step {
                Step::Register(access) => Some(access),
                _ => None,
            })
            .collect();
        for step in &model.steps {
            if let Step::Call { on, .. } = step
                && registered.contains(&on)
            {
                continue;
            }
            match step {
                Step::Copy { from, to } => {
                    if from.parts.last() == Some(&Part::Content) && to.parts.last() == Some(&Part::Content) {
                        self.copy_contents(&mut site, from, to);
                        continue;
                    }
                    let value = self.read(&mut site, from);
                    let value = match marks {
                        0 => value,
                        // What is written out and read in again is the same object.
                        mark::SERIALISE if !value.objects.is_empty() => {
                            let data = self.marked(value.data.clone(), marks, Note::Derived);
                            let objects = Value::NOTHING.with_objects(value.objects.clone());
                            objects.with_data(&data)
                        }
                        _ => self.derived(&value, marks),
                    };
                    self.write(&mut site, to, &value);
                }
                Step::Derive { from, to } => {
                    let value = self.read(&mut site, from);
                    let value = self.derived(&value, marks);
                    self.write_derived(&mut site, to, &value);
                }
                Step::Append { from, to } => self.append(&mut site, from, to),
                Step::Clear(access) => self.clear(&mut site, access),
                Step::Call { on, name, proto, arguments, into } => {
                    let receiver = self.read(&mut site, on);
                    let class = self.declared_class(&site, on);
                    let values: Vec<Value> = arguments.iter().map(|one| self.read(&mut site, one)).collect();
                    let value = self.call_back(class, &receiver, name, proto, &values);
                    if let Some(into) = into {
                        self.write(&mut site, into, &value);
                    }
                }
                Step::Register(access) => {
                    let value = self.read(&mut site, access);
                    let class = self.declared_class(&site, access);
                    self.register_listener(&site, class, &value);
                }
                Step::Unregister(access) => {
                    let value = access.as_ref().map(|access| self.read(&mut site, access));
                    self.unregister_listener(&site, value.as_ref());
                }
                Step::Open { kind, key, into } => {
                    let opened = self.opened(&mut site, *kind, key);
                    self.write(&mut site, into, &opened);
                }
                Step::Text { text, into } => {
                    let constant = self.constant_text(text);
                    self.write_text(&mut site, into, &Value::constant(constant));
                }
                Step::Path { base, below, into } => {
                    let upper = self.read(&mut site, base);
                    let lower = self.key_value(&mut site, below);
                    let (above, below) = (self.null_as_empty(&upper), self.null_as_empty(&lower));
                    let constants = self.all_joined(&above, "/", &below);
                    let mut data = upper.data.clone();
                    join_data(&mut data, &lower.data);
                    let data = self.marked(data, 0, Note::Derived);
                    self.write_text(&mut site, into, &Value::of_data(data).with_constants(constants));
                }
                Step::Segment { last, of, into } => {
                    let path = self.read(&mut site, of);
                    let segment = if *last { Segment::Last } else { Segment::Above };
                    let constants = self.segments(&path, segment);
                    let data = self.marked(path.data.clone(), 0, Note::Derived);
                    self.write_text(&mut site, into, &Value::of_data(data).with_constants(constants));
                }
                Step::Send { kind, what } => {
                    let value = self.read(&mut site, what);
                    self.send(&site, *kind, &value);
                }
            }
        }
        let returns = site.reference.returns;
        if site.result.is_nothing() {
            return self.library_result(Value::NOTHING, returns);
        }
        site.result
    }

    /// The data of a value and of all that it holds, as a new value.
    fn derived(&mut self, value: &Value, marks: u32) -> Value {
        // Serialisers look into objects of the app's own classes; nothing else of the platform does.
        let whole = marks & (mark::JSON | mark::XML | mark::SERIALISE) != 0;
        let data = if whole { self.deep(value) } else { self.held(value) };
        if data.is_empty() {
            return Value::any();
        }
        let data = self.marked(data, marks, Note::Derived);
        Value::of_data(data)
    }

    fn base(&mut self, site: &mut Site<'_, '_, 'a>, base: Base) -> Value {
        match base {
            Base::This => site.receiver.cloned().unwrap_or_default(),
            Base::Argument(number) => {
                site.declared.get(usize::from(number).wrapping_sub(1)).cloned().unwrap_or_default()
            }
            Base::AllArguments => {
                let mut all = Value::NOTHING;
                for one in site.declared {
                    all.join(one);
                }
                all
            }
            Base::Return => {
                if site.result.objects.is_empty() {
                    let fresh = self.library_result(Value::NOTHING, site.reference.returns);
                    site.result.join(&fresh);
                }
                site.result.clone()
            }
        }
    }

    /// The cells that a part may mean, given what is known of keys.
    fn cells(&mut self, site: &Site<'_, '_, 'a>, part: &Part) -> SmallVec<[Cell; 2]> {
        match part {
            Part::Content => smallvec::smallvec![Cell::Content],
            Part::Literal(text) => smallvec::smallvec![Cell::Key(self.session.text(text))],
            Part::Index(position) => smallvec::smallvec![Cell::Index(*position)],
            Part::Named(name) => smallvec::smallvec![Cell::Named(self.session.text(name))],
            Part::Key(number) => {
                let Some(value) = site.declared.get(usize::from(*number).wrapping_sub(1)) else {
                    return smallvec::smallvec![Cell::Content];
                };
                let Some(constants) = value.known_constants() else {
                    self.wish_constants(value);
                    return smallvec::smallvec![Cell::Content];
                };
                (constants.iter())
                    .map(|constant| match constant {
                        Constant::Number(number) => Cell::Index(*number),
                        Constant::Text(text) | Constant::Class(text) => Cell::Key(*text),
                        Constant::Method(..) | Constant::Of(_) | Constant::Template(_) => Cell::Content,
                    })
                    .collect()
            }
        }
    }

    fn read(&mut self, site: &mut Site<'_, '_, 'a>, access: &Access) -> Value {
        let mut value = match (access.base, access.parts.is_empty()) {
            (Base::Return, true) => site.result.clone(),
            (base, _) => self.base(site, base),
        };
        for part in &access.parts {
            let cells = self.cells(site, part);
            let mut next = Value::NOTHING;
            for cell in cells {
                next.join(&self.load_from(&value, cell));
            }
            value = next;
        }
        value
    }

    fn write(&mut self, site: &mut Site<'_, '_, 'a>, access: &Access, value: &Value) {
        if value.is_nothing() {
            return;
        }
        let Some((last, path)) = access.parts.split_last() else {
            match access.base {
                Base::Return => {
                    site.result.join(value);
                }
                base => {
                    let target = self.base(site, base);
                    self.store(&target, Cell::Content, value);
                }
            }
            return;
        };
        let mut target = self.base(site, access.base);
        for part in path {
            let cells = self.cells(site, part);
            let mut next = Value::NOTHING;
            for cell in cells {
                next.join(&self.part_of(&target, cell));
            }
            target = next;
        }
        let value = self.noted(value, Note::Kept);
        let cells = self.cells(site, last);
        if let [one] = cells.as_slice() {
            self.store(&target, *one, &value);
        } else {
            for object in target.objects.clone() {
                for cell in &cells {
                    self.store_weakly(object, *cell, &value);
                }
            }
        }
    }

    fn write_derived(&mut self, site: &mut Site<'_, '_, 'a>, access: &Access, value: &Value) {
        if access.base == Base::Return && access.parts.is_empty() {
            if site.result.objects.is_empty() {
                let fresh = self.library_result(value.clone(), site.reference.returns);
                site.result.join(&fresh);
            } else {
                site.result = site.result.with_data(&value.data);
            }
            return;
        }
        if !value.data.is_empty() {
            self.write(site, access, value);
        }
    }

    /// Writes a text: what is returned is the text itself.
    fn write_text(&mut self, site: &mut Site<'_, '_, 'a>, access: &Access, text: &Value) {
        if access.base == Base::Return && access.parts.is_empty() {
            site.result = text.clone();
        } else {
            self.write(site, access, text);
        }
    }

    /// A part to write into: named parts and elements of new objects are made when they are first needed.
    fn part_of(&mut self, base: &Value, cell: Cell) -> Value {
        let mut all = Value::NOTHING;
        for object in base.objects.clone() {
            let value = self.load(object, cell);
            if value.objects.is_empty()
                && matches!(cell, Cell::Named(_) | Cell::Content)
                && !self.session.objects.is_port(object)
            {
                let inner = Value::object(self.session.objects.inner(object, cell));
                self.state.heap.set(object, cell, value.joined(&inner));
                all.join(&inner);
            } else {
                all.join(&value);
            }
        }
        all
    }

    /// Everything that one container holds goes into another, keys and positions kept.
    fn copy_contents(&mut self, site: &mut Site<'_, '_, 'a>, from: &Access, to: &Access) {
        let strip = |access: &Access| Access {
            base: access.base,
            parts: access.parts.get(..access.parts.len().saturating_sub(1)).unwrap_or(&[]).to_vec(),
        };
        let source = self.read(site, &strip(from));
        let (target_base, target_parts) = (to.base, strip(to));
        let mut target = self.base(site, target_base);
        for part in &target_parts.parts {
            let mut next = Value::NOTHING;
            for cell in self.cells(site, part) {
                next.join(&self.part_of(&target, cell));
            }
            target = next;
        }
        for object in source.objects.clone() {
            let held: Vec<(Cell, Value)> = (self.state.heap.of(object).iter())
                .filter(|(_, cell, _)| matches!(cell, Cell::Key(_) | Cell::Index(_) | Cell::Content))
                .map(|(_, cell, value)| (*cell, value.clone()))
                .collect();
            for (cell, value) in held {
                for into in &target.objects {
                    self.store_weakly(*into, cell, &value);
                }
            }
            if !self.driver && self.session.objects.is_port(object) {
                let rest = self.load(object, Cell::Content);
                for into in &target.objects {
                    self.store_weakly(*into, Cell::Content, &rest);
                }
            }
        }
        if !source.data.is_empty() {
            let data = Value::of_data(source.data.clone());
            for into in &target.objects {
                self.store_weakly(*into, Cell::Content, &data);
            }
        }
    }

    /// Adds behind what an ordered container holds: at a known position while its length is known.
    fn append(&mut self, site: &mut Site<'_, '_, 'a>, from: &Access, to: &Access) {
        let value = self.read(site, from);
        let value = self.noted(&value, Note::Kept);
        let parts = to.parts.get(..to.parts.len().saturating_sub(1)).unwrap_or(&[]).to_vec();
        let mut target = self.base(site, to.base);
        for part in &parts {
            let mut next = Value::NOTHING;
            for cell in self.cells(site, part) {
                next.join(&self.part_of(&target, cell));
            }
            target = next;
        }
        let length = Cell::Named(self.session.text("length"));
        for object in target.objects.clone() {
            let known = *self.session.objects.get(object);
            let fresh = !self.session.objects.is_port(object) && known.exact && !known.many;
            let count = match self.state.heap.get(object, length) {
                Some(count) => match count.single() {
                    Some(Constant::Number(count)) => Some(count),
                    _ => None,
                },
                None => (fresh && self.state.heap.of(object).is_empty()).then_some(0),
            };
            match count {
                Some(count) if fresh && target.objects.len() == 1 && !self.in_loop && count < 64 => {
                    self.state.heap.set(object, Cell::Index(count), value.clone());
                    self.state.heap.set(object, length, Value::number(count + 1));
                }
                _ => {
                    self.store_weakly(object, Cell::Content, &value);
                    self.state.heap.set(object, length, Value::any());
                }
            }
        }
    }

    fn clear(&mut self, site: &mut Site<'_, '_, 'a>, access: &Access) {
        let Some((last, path)) = access.parts.split_last() else { return };
        let target = self.read(site, &Access { base: access.base, parts: path.to_vec() });
        let [object] = target.objects.as_slice() else { return };
        if self.session.objects.get(*object).many || self.session.objects.is_port(*object) {
            return;
        }
        for cell in self.cells(site, last) {
            if cell == Cell::Content {
                let all: Vec<Cell> = (self.state.heap.of(*object).iter())
                    .map(|(_, cell, _)| *cell)
                    .filter(|cell| matches!(cell, Cell::Key(_) | Cell::Index(_) | Cell::Content))
                    .collect();
                for cell in all {
                    self.state.heap.remove(*object, cell);
                }
            } else {
                self.state.heap.remove(*object, cell);
            }
        }
    }

    /// The things of the app that are opened under a key.
    fn opened(&mut self, site: &mut Site<'_, '_, 'a>, kind: OpenKind, key: &Key) -> Value {
        let mut value = self.key_value(site, key);
        if kind == OpenKind::Process {
            value = self.told("exec", &[value]);
        }
        let mut opened = Value::NOTHING;
        match &value.constants {
            _ if kind == OpenKind::Table => {
                let database = site.receiver.cloned();
                opened = self.tables(database.as_ref(), &value);
            }
            Constants::Some(some) => {
                for constant in some.clone() {
                    let thing = self.named_thing(kind, constant);
                    opened.join(&Value::object(thing));
                }
            }
            _ => {
                opened.join(&Value::object(self.session.objects.thing(kind, None)));
            }
        }
        for thing in &opened.objects {
            self.session.opened.entry(*thing).or_default().insert(self.place);
        }
        opened
    }

    fn key_value(&mut self, site: &mut Site<'_, '_, 'a>, key: &Key) -> Value {
        match key {
            Key::Literal(text) => {
                let text = self.constant_text(text);
                Value::constant(text)
            }
            Key::At(access) => self.read(site, access),
        }
    }

    /// A text of the catalogue's, with what is known of the app in it.
    fn constant_text(&mut self, text: &str) -> Constant {
        let mut text = text.replace("{entry}", &ENTRY.to_string());
        if text.contains("{package}") {
            let package = self.session.package.clone();
            text = text.replace("{package}", package.as_deref().unwrap_or(&HOLE.to_string()));
        }
        let whole = !text.contains([HOLE, ENTRY]);
        let text = self.session.text(&text);
        if whole { Constant::Text(text) } else { Constant::Template(text) }
    }

    fn declared_class(&mut self, site: &Site<'_, '_, 'a>, access: &Access) -> Text {
        match (access.base, access.parts.is_empty()) {
            (Base::This, true) => site.reference.class,
            (Base::Argument(number), true) => {
                let at = usize::from(number).wrapping_sub(1);
                site.reference.parameters.get(at).copied().unwrap_or(site.reference.class)
            }
            _ => self.session.text("Ljava/lang/Object;"),
        }
    }

    fn register_listener(&mut self, site: &Site<'_, '_, 'a>, class: Text, value: &Value) {
        let cell = Cell::Listener(class);
        let holder = match site.receiver {
            Some(receiver) if !receiver.objects.is_empty() => receiver.clone(),
            _ => Value::object(GLOBALS),
        };
        // A setter replaces what was set before; anything else adds.
        if self.session.texts.get(site.reference.name).starts_with("set") {
            self.store(&holder, cell, value);
            return;
        }
        for object in holder.objects.clone() {
            self.store_weakly(object, cell, value);
        }
    }

    fn unregister_listener(&mut self, site: &Site<'_, '_, 'a>, value: Option<&Value>) {
        let Some(receiver) = site.receiver else { return };
        let gone: Option<ObjectId> = match value {
            None => None,
            Some(value) => match value.objects.as_slice() {
                [one] => Some(*one),
                _ => return,
            },
        };
        for object in receiver.objects.clone() {
            let cells: Vec<(Cell, Value)> = (self.state.heap.of(object).iter())
                .filter(|(_, cell, _)| matches!(cell, Cell::Listener(_)))
                .map(|(_, cell, value)| (*cell, value.clone()))
                .collect();
            for (cell, held) in cells {
                let left: SmallVec<[ObjectId; 2]> = held
                    .objects
                    .iter()
                    .copied()
                    .filter(|one| gone.is_some_and(|gone| gone != *one))
                    .collect();
                self.state.heap.set(object, cell, held.with_objects(left));
            }
        }
    }

    fn send(&mut self, site: &Site<'_, '_, 'a>, kind: SendKind, value: &Value) {
        let cell = Cell::Sent(kind, self.place);
        let sender = match (kind, site.receiver) {
            (
                SendKind::ActivityForResult | SendKind::Result | SendKind::Bind | SendKind::Message,
                Some(receiver),
            ) if !receiver.objects.is_empty() => receiver.clone(),
            _ => Value::object(GLOBALS),
        };
        for object in sender.objects.clone() {
            self.store_weakly(object, cell, value);
        }
    }

    /// No model: what goes in may be in what comes out.
    fn assume(&mut self, site: &Site<'_, '_, 'a>) -> Value {
        let reference = site.reference;
        if reference.library.is_none() && reference.own.is_some() {
            return self.give_up_call(site);
        }
        let mut data = Data::new();
        let context = self.is_context(reference.class);
        if let Some(receiver) = site.receiver.filter(|_| !context) {
            let all = self.held(receiver);
            join_data(&mut data, &all);
        }
        for (value, class) in site.declared.iter().zip(&reference.parameters) {
            if !self.is_context(*class) {
                let all = self.held(value);
                join_data(&mut data, &all);
            }
        }
        let returns = self.session.texts.get(reference.returns);
        // Whether something is so tells next to nothing of what it is.
        let data =
            if &*returns == "Z" { Data::new() } else { self.marked(data, Frame::ASSUMED, Note::Assumed) };
        for (value, class) in site.declared.iter().zip(&reference.parameters) {
            if !value.objects.is_empty() && self.is_callback_type(*class) {
                self.register_listener(site, *class, value);
            }
        }
        let keeps = &*returns == "V" || reference.returns == reference.class;
        if keeps
            && let Some(receiver) = site.receiver
            && !context
        {
            for (value, class) in site.declared.iter().zip(&reference.parameters) {
                if (value.data.is_empty() && value.objects.is_empty()) || self.is_context(*class) {
                    continue;
                }
                let marked = self.marked(value.data.clone(), Frame::ASSUMED, Note::Assumed);
                let mut parts = (**value).clone();
                parts.data = marked;
                self.store(receiver, Cell::Content, &Value::from(parts));
            }
        }
        if &*returns == "V" {
            return Value::NOTHING;
        }
        let fresh = self.library_result(Value::of_data(data), reference.returns);
        // What the receiver holds may come back, and so may the receiver itself.
        let Some(receiver) = site.receiver else { return fresh };
        if is_plain(&returns) || returns.starts_with('[') {
            return fresh;
        }
        let mut result = fresh;
        let held = self.load_from(receiver, Cell::Content);
        if !held.objects.is_empty() {
            result.join(&Value::NOTHING.with_objects(held.objects.clone()));
        }
        if reference.returns == reference.class {
            result.join(&Value::NOTHING.with_objects(receiver.objects.clone()));
        }
        result
    }

    /// A call of the app's own code that could go to more methods than are followed. All data that goes in may come out
    /// or stay in the receiver; no object does: what is in its fields would then come out without the mark.
    fn give_up_call(&mut self, site: &Site<'_, '_, 'a>) -> Value {
        let mut data = Data::new();
        for value in site.receiver.into_iter().chain(site.declared) {
            let all = self.held(value);
            join_data(&mut data, &all);
        }
        let data = self.marked(data, mark::HAVOC, Note::Assumed);
        let returns = self.session.texts.get(site.reference.returns);
        if &*returns != "V" {
            let data = if &*returns == "Z" { Data::new() } else { data };
            return self.library_result(Value::of_data(data), site.reference.returns);
        }
        if let Some(receiver) = site.receiver {
            self.store(receiver, Cell::Content, &Value::of_data(data));
        }
        Value::NOTHING
    }

    /// Contexts and components are handed everywhere; what is handed to them is not kept in them.
    fn is_context(&mut self, class: Text) -> bool {
        if let Some(known) = self.session.contexts.get(&class) {
            return *known;
        }
        let context = self.session.text("Landroid/content/Context;");
        let view = self.session.text("Landroid/app/Fragment;");
        let is = self.session.is_a(class, context) || self.session.is_a(class, view);
        self.session.contexts.insert(class, is);
        is
    }

    /// A type of the platform through which it calls what it is given.
    fn is_callback_type(&mut self, class: Text) -> bool {
        let name = self.session.texts.get(class);
        if !name.starts_with('L') || self.session.own_class(class).is_some() || self.is_context(class) {
            return false;
        }
        self.session.calls_back(class, &name)
    }
}
