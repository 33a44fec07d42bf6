//! What objects hold: reading and writing cells, and gathering the data of all that a value reaches.

use std::rc::Rc;

use overt_catalogue::model::OpenKind;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::channel::{WRITTEN, via};
use crate::frame::Frame;
use crate::heap::Version;
use crate::mapped::Raw;
use crate::object::{ANY, Cell, GLOBALS, ObjectId, ObjectKind};
use crate::template::{ENTRY, is_open, may_equal};
use crate::text::Text;
use crate::trace::NO_TRACE;
use crate::value::{Constants, Data, Datum, HOLE, Origin, Parts, Value, join_data, mark};

/// The value with more marks on its data.
fn marked(value: &Value, marks: u32) -> Value {
    if marks == 0 || value.data.iter().all(|datum| datum.marks & marks == marks) {
        return value.clone();
    }
    let mut parts = (**value).clone();
    for datum in &mut parts.data {
        datum.marks |= marks;
    }
    Value::from(parts)
}

/// Most ports that one value refers to.
const FEW: usize = 4;

/// Things with marks, and for how many things that is so.
type Others = (usize, Rc<[(ObjectId, u32)]>);

/// What is remembered of the heap while it does not change.
#[derive(Default)]
pub(crate) struct Memory {
    /// Of the driver: whether data can be reached from objects, and the version of the heap of which that is so.
    hot: FxHashMap<ObjectId, bool>,
    hot_at: Option<Version>,
    /// Of the driver: all data of values, for that version and so many app-wide things; values by where they are kept.
    gathered: FxHashMap<(usize, bool), (Value, Rc<Data>)>,
    gathered_at: Option<(Version, usize)>,
    /// Of the driver: what a field holds, put together from these parts.
    fields: FxHashMap<(ObjectId, Cell), ([Value; 3], Value)>,
    /// Of the driver: things that may be a thing too, with the marks of what is only possible; for so many things.
    others: FxHashMap<ObjectId, Others>,
    /// Of the driver: whether parts of things are sources.
    pub provided: FxHashMap<(ObjectId, Cell), bool>,
    /// Ports with parts of which the heap knows cells, sorted, and the version of the heap of which that is so.
    parts: Vec<(ObjectId, ObjectId)>,
    parts_at: Option<Version>,
}

impl Frame<'_, '_> {
    /// What a cell holds that the heap does not know.
    pub(crate) fn absent(&mut self, object: ObjectId, cell: Cell) -> Value {
        if matches!(cell, Cell::Listener(_) | Cell::Sent(..) | Cell::Drain(..) | Cell::Content) {
            return Value::NOTHING;
        }
        if object == ANY {
            return Value::NOTHING;
        }
        if !self.driver && self.session.objects.is_port(object) {
            return self.symbol(object, cell);
        }
        let known = self.session.objects.get(object);
        match cell {
            Cell::Static(field) => self.session.initial_static(field),
            Cell::Field(..) if known.exact => Value::number(0),
            Cell::Field(..) => Value::any(),
            _ => Value::NOTHING,
        }
    }

    /// What a port held at entry.
    fn symbol(&mut self, object: ObjectId, cell: Cell) -> Value {
        let mut root = object;
        while let ObjectKind::Part(of, _) = self.session.objects.get(root).kind {
            root = of;
        }
        let class = match self.session.objects.get(root).kind {
            ObjectKind::Parameter(number) => self.signature.parameters.get(usize::from(number)).copied(),
            _ => None,
        };
        let key = (object, cell, class);
        let value = match self.session.symbols.get(&key) {
            Some(known) => known.clone(),
            None => {
                let made = self.make_symbol(object, cell);
                self.session.symbols.insert(key, made.clone());
                made
            }
        };
        self.as_known(value)
    }

    fn make_symbol(&mut self, object: ObjectId, cell: Cell) -> Value {
        let part = match self.repeated(object, cell) {
            Some(above) => Err(Some(above)),
            None => {
                // Positions of an array that came from elsewhere are not told apart below the first level.
                let nested = !matches!(self.session.objects.get(object).kind, ObjectKind::Parameter(_));
                let cell = match cell {
                    Cell::Index(_) if nested => Cell::Content,
                    cell => cell,
                };
                match self.session.objects.part(object, cell) {
                    Some(part) => Ok(part),
                    None => match cell {
                        Cell::Field(_, class) if self.session.own_class(class).is_some() => {
                            Err(Some(self.session.objects.some(class)))
                        }
                        _ => Err(None),
                    },
                }
            }
        };
        let part = match part {
            Ok(part) => part,
            Err(folded) => {
                let origin = self.session.port(Origin::Within(object));
                let parts = Parts {
                    objects: folded.into_iter().collect(),
                    constants: Constants::Any,
                    data: smallvec::smallvec![Datum { origin, marks: 0, trace: NO_TRACE }],
                };
                return Value::from(parts);
            }
        };
        let class = match cell {
            Cell::Field(_, class) => Some(class),
            Cell::Static(field) => self.session.static_type(field),
            Cell::Named(name) if name == self.session.text_name => {
                Some(self.session.text("Ljava/lang/String;"))
            }
            Cell::Index(_) | Cell::Content => self.plain_element(object),
            _ => None,
        };
        self.any_port_value(part, class)
    }

    /// The type of an array's elements, where they are numbers.
    fn plain_element(&mut self, array: ObjectId) -> Option<Text> {
        let class = match self.session.objects.get(array).kind {
            ObjectKind::Part(_, Cell::Static(field)) => self.session.static_type(field),
            _ => self.classes_of(array).0.first().copied(),
        }?;
        let text = self.session.texts.get(class);
        let element = self.session.text(text.strip_prefix('[')?);
        crate::reference::is_primitive(&self.session.texts.get(element)).then_some(element)
    }

    /// A part whose class already stands in its chain is taken to be that object: recursive types fold.
    fn repeated(&mut self, object: ObjectId, cell: Cell) -> Option<ObjectId> {
        let Cell::Field(_, class) = cell else { return None };
        self.session.own_class(class)?;
        let (mut at, mut length, mut found, mut count) = (object, 0, None, 0);
        loop {
            let its = match self.session.objects.get(at).kind {
                ObjectKind::Parameter(number) => self.signature.parameters.get(usize::from(number)).copied(),
                _ => self.session.objects.get(at).class,
            };
            if its == Some(class) {
                found = found.or(Some(at));
                count += 1;
            }
            match self.session.objects.get(at).kind {
                ObjectKind::Part(of, _) => at = of,
                _ => break,
            }
            length += 1;
        }
        if count > 1 || length >= 1 { found } else { None }
    }

    /// Reads a cell of one object.
    pub(crate) fn load(&mut self, object: ObjectId, cell: Cell) -> Value {
        if let (Cell::Field(..), ObjectKind::Some(_)) = (cell, self.session.objects.get(object).kind) {
            if self.driver {
                let own = self.any.get(&cell).cloned().unwrap_or_else(|| Value::number(0));
                let session = self.session.any.get(&cell).cloned().unwrap_or_default();
                let heap = self.state.heap.get(ANY, cell).cloned().unwrap_or_default();
                return self.field_of(object, cell, [own, session, heap]);
            }
            let mut value = self.symbol(object, cell);
            if let Some(more) = self.state.heap.get(ANY, cell) {
                value.join(more);
            }
            return value;
        }
        let mut value = match cell {
            Cell::Content => {
                let mut value = Value::NOTHING;
                for (_, cell, held) in self.state.heap.of(object) {
                    if matches!(cell, Cell::Key(_) | Cell::Index(_) | Cell::Content) {
                        value.join(held);
                    }
                }
                if !self.driver && self.session.objects.is_port(object) {
                    value.join(&self.symbol(object, Cell::Content));
                }
                value
            }
            Cell::Field(..) if self.driver => {
                let own = match self.state.heap.get(object, cell) {
                    Some(value) => value.clone(),
                    None => self.absent(object, cell),
                };
                let heap = self.state.heap.get(ANY, cell).cloned().unwrap_or_default();
                let session = self.session.any.get(&cell).cloned().unwrap_or_default();
                self.field_of(object, cell, [own, heap, session])
            }
            _ => {
                let mut value = match self.state.heap.get(object, cell) {
                    Some(value) => value.clone(),
                    None => self.absent(object, cell),
                };
                if matches!(cell, Cell::Key(_) | Cell::Index(_))
                    && !matches!(self.session.objects.get(object).kind, ObjectKind::Thing(..))
                    && let Some(more) = self.state.heap.get(object, Cell::Content)
                {
                    value.join(more);
                }
                if matches!(cell, Cell::Field(..))
                    && let Some(more) = self.state.heap.get(ANY, cell)
                {
                    value.join(more);
                }
                if self.driver
                    && let Some(more) = self.session.any.get(&cell)
                {
                    value.join(more);
                }
                value
            }
        };
        if let ObjectKind::Thing(kind, key) = self.session.objects.get(object).kind
            && matches!(cell, Cell::Key(_) | Cell::Index(_) | Cell::Content)
        {
            // Which row and column of a table, or which key of a file of preferences, is read is not told apart.
            let keyed = matches!(
                kind,
                OpenKind::Table | OpenKind::Database | OpenKind::Provider | OpenKind::Preferences
            );
            let mut marks = via(kind);
            let name = key.map(|key| self.session.texts.get(key));
            let guessed = kind == OpenKind::File && name.as_ref().is_some_and(|name| name.contains(HOLE));
            if key.is_none() || guessed || keyed && cell == Cell::Content {
                marks |= mark::UNRESOLVED_KEY;
            }
            if let Some(datum) = self.foreign(object, cell) {
                value = value.with_data(&[datum]);
            }
            value = marked(&value, marks);
            if matches!(cell, Cell::Key(_) | Cell::Index(_))
                && let Some(more) = self.state.heap.get(object, Cell::Content).cloned()
            {
                let (own, more) = self.written_column(&more, cell);
                value.join(&marked(&Value::of_data(own), marks));
                let marks = if keyed { marks | mark::UNRESOLVED_KEY } else { marks };
                value.join(&marked(&more, marks));
            }
            if !self.driver {
                return value;
            }
            for (other, possible) in self.others(object, kind, key).iter().copied() {
                let marks = marks | possible;
                for (_, its, held) in self.state.heap.of(other) {
                    if *its == cell || cell == Cell::Content || *its == Cell::Content {
                        value.join(&marked(held, marks));
                    }
                }
            }
        }
        value
    }

    /// What a field holds that is put together from `parts`, in this order.
    fn field_of(&mut self, object: ObjectId, cell: Cell, parts: [Value; 3]) -> Value {
        let [first, rest @ ..] = &parts;
        if rest.iter().all(Value::is_nothing) {
            return first.clone();
        }
        if let Some((known, value)) = self.memory.fields.get(&(object, cell))
            && known.iter().zip(&parts).all(|(known, part)| known.is_shared_with(part))
        {
            return value.clone();
        }
        let mut value = first.clone();
        for more in rest {
            value.join(more);
        }
        self.memory.fields.insert((object, cell), (parts, value.clone()));
        value
    }

    /// Other things that a thing may be too, and with which mark what they hold is read.
    fn others(&mut self, object: ObjectId, kind: OpenKind, key: Option<Text>) -> Rc<[(ObjectId, u32)]> {
        if let Some((count, known)) = self.memory.others.get(&object)
            && *count == self.session.objects.things_count()
        {
            return Rc::clone(known);
        }
        let name = key.map(|key| self.session.texts.get(key));
        let objects = &mut self.session.objects;
        let others = match &name {
            Some(name) => {
                let mut others = vec![objects.thing(kind, None)];
                if name.contains([HOLE, ENTRY]) {
                    others.extend(objects.things(kind));
                } else {
                    others.extend(objects.patterns(kind));
                }
                others
            }
            None => objects.things(kind),
        };
        let mut all: Vec<(ObjectId, u32)> = Vec::new();
        for other in others {
            if other == object {
                continue;
            }
            // A listing of a folder names all that is in it, and so does the same name with a part left open; what else
            // is only known to be possible is said to be so.
            let mut marks = 0;
            match (&name, self.session.objects.get(other).kind) {
                (Some(name), ObjectKind::Thing(_, Some(its))) => {
                    let its = self.session.texts.get(its);
                    if is_open(&its) || !may_equal(name, &its) {
                        continue;
                    }
                    let sure = kind == OpenKind::Table || !name.contains(HOLE) && !its.contains(HOLE);
                    if !sure {
                        marks = mark::UNRESOLVED_KEY;
                    }
                }
                _ => marks = mark::UNRESOLVED_KEY,
            }
            all.push((other, marks));
        }
        let all: Rc<[(ObjectId, u32)]> = all.into();
        self.memory.others.insert(object, (self.session.objects.things_count(), Rc::clone(&all)));
        all
    }

    /// Reads a cell of whatever `base` refers to; data of the reference itself covers its parts.
    pub(crate) fn load_from(&mut self, base: &Value, cell: Cell) -> Value {
        let mut value = Value::NOTHING;
        for object in base.objects.clone() {
            value.join(&self.load(object, cell));
        }
        let value = self.bounded(value);
        if let (true, Cell::Key(_)) = (self.driver, cell) {
            // A row that another app wrote into a provider of this one: of its columns, this one.
            let (own, rest) = self.written_column(base, cell);
            let value = self.with_base_data(value, &rest);
            return value.with_data(&own);
        }
        if let (true, Cell::Field(name, _)) = (self.driver, cell)
            && base.data.iter().any(|datum| self.is_read_whole(datum))
        {
            // An object of another app, read from a channel: of its fields, this one.
            let text = self.session.texts.get(name);
            let field = format!(".{}", text.rsplit("->").next().unwrap_or(&text));
            let field = self.session.text(&field);
            let mut own = Data::new();
            for datum in &base.data {
                match self.session.origins.get(datum.origin) {
                    Origin::Read(thing, Cell::Content) => {
                        let origin = self.session.origins.intern(Origin::Read(thing, Cell::Key(field)));
                        join_data(&mut own, &[Datum { origin, ..*datum }]);
                    }
                    _ => {
                        join_data(&mut own, &[*datum]);
                    }
                }
            }
            let mut parts = (**base).clone();
            parts.data = own;
            return self.with_base_data(value, &Value::from(parts));
        }
        self.with_base_data(value, base)
    }

    /// What a column holds of the whole rows that other apps wrote into a provider; and the value without those rows.
    fn written_column(&mut self, value: &Value, cell: Cell) -> (Data, Value) {
        let mut own = Data::new();
        if !self.driver
            || !matches!(cell, Cell::Key(_))
            || !value.data.iter().any(|datum| self.is_read_whole(datum))
        {
            return (own, value.clone());
        }
        let mut rest = Data::new();
        for datum in &value.data {
            match self.session.origins.get(datum.origin) {
                Origin::Read(thing, Cell::Content) if self.is_written(thing) => {
                    let origin = self.session.origins.intern(Origin::Read(thing, cell));
                    join_data(&mut own, &[Datum { origin, ..*datum }]);
                }
                _ => {
                    join_data(&mut rest, &[*datum]);
                }
            }
        }
        if own.is_empty() {
            return (own, value.clone());
        }
        let mut parts = (**value).clone();
        parts.data = rest;
        (own, Value::from(parts))
    }

    /// Is it all that others put into a thing, whichever part of it?
    fn is_read_whole(&self, datum: &Datum) -> bool {
        datum.origin.is_source()
            && matches!(self.session.origins.get(datum.origin), Origin::Read(_, Cell::Content))
    }

    /// Is it what other apps write into a provider?
    fn is_written(&self, thing: ObjectId) -> bool {
        let ObjectKind::Thing(OpenKind::Provider, Some(key)) = self.session.objects.get(thing).kind else {
            return false;
        };
        self.session.texts.get(key).starts_with(WRITTEN)
    }

    /// The value with no more than a few ports: objects of one own class become some object of it.
    pub(crate) fn bounded(&mut self, value: Value) -> Value {
        if value.objects.len() <= FEW {
            return value;
        }
        let objects = self.bounded_objects(value.objects.clone());
        if objects == value.objects { value } else { value.with_objects(objects) }
    }

    /// The same for its objects.
    pub(crate) fn bounded_objects(&mut self, objects: SmallVec<[ObjectId; 2]>) -> SmallVec<[ObjectId; 2]> {
        if objects.len() <= FEW {
            return objects;
        }
        let ports = objects.iter().filter(|object| self.session.objects.is_port(**object)).count();
        if ports <= FEW {
            return objects;
        }
        let mut kept: SmallVec<[ObjectId; 2]> = SmallVec::new();
        let mut left = FEW;
        for object in objects {
            if !self.session.objects.is_port(object) {
                kept.push(object);
                continue;
            }
            let class = self.session.objects.get(object).class;
            match class.filter(|class| self.session.own_class(*class).is_some()) {
                Some(class) => kept.push(self.session.objects.some(class)),
                None if left > 0 => {
                    left -= 1;
                    kept.push(object);
                }
                None => {}
            }
        }
        kept.sort_unstable();
        kept.dedup();
        kept
    }

    pub(crate) fn with_base_data(&mut self, value: Value, base: &Value) -> Value {
        let Some(first) = base.data.first() else { return value };
        if first.origin.is_source() {
            return value.with_data(&base.data);
        }
        let more: Data = (base.data.iter())
            .filter(|datum| match self.session.origins.get(datum.origin) {
                Origin::At(port) => !base.objects.contains(&port),
                _ => true,
            })
            .copied()
            .collect();
        if more.is_empty() { value } else { value.with_data(&more) }
    }

    /// Writes a cell of whatever `base` refers to.
    pub(crate) fn store(&mut self, base: &Value, cell: Cell, value: &Value) {
        let value = if self.control.is_empty() { value.clone() } else { value.with_data(&self.control) };
        let single = base.objects.len() == 1;
        for object in base.objects.clone() {
            let many = self.session.objects.get(object).many;
            if single && !many && !matches!(cell, Cell::Content | Cell::Sent(..)) {
                self.state.heap.set(object, cell, value.clone());
            } else {
                self.store_weakly(object, cell, &value);
            }
        }
    }

    pub(crate) fn store_weakly(&mut self, object: ObjectId, cell: Cell, value: &Value) {
        if let ObjectKind::Some(_) = self.session.objects.get(object).kind {
            if matches!(cell, Cell::Field(..)) {
                let mut held = self.state.heap.get(ANY, cell).cloned().unwrap_or_default();
                if held.join(value) {
                    self.state.heap.set(ANY, cell, held);
                }
            }
            return;
        }
        if self.driver && matches!(cell, Cell::Field(..)) {
            self.any.entry(cell).or_default().join(value);
        }
        let mut held = match self.state.heap.get(object, cell) {
            Some(held) => held.clone(),
            None => self.absent(object, cell),
        };
        if held.join(value) || self.state.heap.get(object, cell).is_none() {
            self.state.heap.set(object, cell, held);
        }
        // Behind a writer or a filter stands what it writes to.
        if cell == Cell::Content {
            let target = self.session.target_name();
            if let Some(target) = self.state.heap.get(object, Cell::Named(target)).cloned() {
                for behind in target.objects.clone() {
                    if behind != object
                        && self.state.heap.get(behind, Cell::Content).is_none_or(|held| {
                            let mut held = held.clone();
                            held.join(value)
                        })
                    {
                        self.store_weakly(behind, Cell::Content, value);
                    }
                }
            }
        }
    }

    /// All data of a value: its own, and of all that can be reached from it.
    pub(crate) fn deep(&mut self, value: &Value) -> Data {
        self.collect(value, true)
    }

    /// Data of a value and of what it holds as a container: what a method of the platform can see of it.
    pub(crate) fn held(&mut self, value: &Value) -> Data {
        self.collect(value, false)
    }

    /// The same as [`Frame::deep`] (with fields) or [`Frame::held`], kept as long as the driver's heap does not change.
    pub(crate) fn gathered(&mut self, value: &Value, fields: bool) -> Raw {
        if value.objects.is_empty() {
            return Raw::Of(value.clone());
        }
        if !self.driver {
            return Raw::Data(Rc::new(self.collect(value, fields)));
        }
        let key = (value.address(), fields);
        let at = Some((self.state.heap.version(), self.session.objects.things_count()));
        if self.memory.gathered_at != at {
            self.memory.gathered.clear();
            self.memory.gathered_at = at;
        } else if let Some((_, known)) = self.memory.gathered.get(&key) {
            return Raw::Data(Rc::clone(known));
        }
        let data = Rc::new(self.collect(value, fields));
        // Holding the value keeps its address from being another's.
        self.memory.gathered.insert(key, (value.clone(), Rc::clone(&data)));
        Raw::Data(data)
    }

    fn collect(&mut self, value: &Value, fields: bool) -> Data {
        let mut data = value.data.clone();
        if value.objects.is_empty() {
            return data;
        }
        let version = Some(self.state.heap.version());
        if self.driver && self.memory.hot_at != version {
            self.memory.hot.clear();
            self.memory.hot_at = version;
        }
        let mut seen: Vec<ObjectId> = value.objects.to_vec();
        let mut next = 0;
        while let Some(object) = seen.get(next).copied() {
            next += 1;
            if self.driver
                && !self.state.heap.reaches_data(object, &mut self.memory.hot)
                && !matches!(self.session.objects.get(object).kind, ObjectKind::Thing(..))
            {
                continue;
            }
            if seen.len() > 48 {
                break;
            }
            if matches!(self.session.objects.get(object).kind, ObjectKind::Component(_)) || object == GLOBALS
            {
                continue;
            }
            if !self.driver && self.session.objects.is_port(object) {
                let origin = match (fields, self.is_own_object(object)) {
                    (true, _) => Origin::Within(object),
                    (false, false) => Origin::Held(object),
                    (false, true) => Origin::At(object),
                };
                let origin = self.session.port(origin);
                join_data(&mut data, &[Datum { origin, marks: 0, trace: NO_TRACE }]);
            }
            if !self.driver && self.session.objects.is_port(object) {
                if self.memory.parts_at != version {
                    self.index_parts();
                }
                let parts = &self.memory.parts;
                let start = parts.partition_point(|(of, _)| *of < object);
                for (_, holder) in parts[start..].iter().take_while(|(of, _)| *of == object) {
                    if !seen.contains(holder) {
                        seen.push(*holder);
                    }
                }
            }
            if self.driver
                && let ObjectKind::Thing(..) = self.session.objects.get(object).kind
            {
                let all = self.load(object, Cell::Content);
                join_data(&mut data, &all.data);
            }
            for (_, cell, held) in self.state.heap.of(object) {
                match cell {
                    Cell::Listener(_) | Cell::Sent(..) | Cell::Drain(..) | Cell::Static(_) => continue,
                    Cell::Field(..) if !fields => continue,
                    Cell::Field(name, _) if self.session.is_outer(*name) => continue,
                    _ => {}
                }
                join_data(&mut data, &held.data);
                for inner in &held.objects {
                    if !seen.contains(inner) {
                        seen.push(*inner);
                    }
                }
            }
        }
        data
    }

    /// Which parts of which ports the state knows cells of.
    fn index_parts(&mut self) {
        self.memory.parts.clear();
        let mut last = None;
        for (holder, ..) in self.state.heap.all() {
            if last == Some(*holder) {
                continue;
            }
            last = Some(*holder);
            if let ObjectKind::Part(of, _) = self.session.objects.get(*holder).kind {
                self.memory.parts.push((of, *holder));
            }
        }
        self.memory.parts.sort_unstable();
        self.memory.parts_at = Some(self.state.heap.version());
    }

    /// Is its class one of the app's own, so that the platform sees nothing of what it holds?
    fn is_own_object(&mut self, object: ObjectId) -> bool {
        let (classes, _) = self.classes_of(object);
        !classes.is_empty() && classes.iter().all(|class| self.session.own_class(*class).is_some())
    }
}
