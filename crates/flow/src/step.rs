//! What each instruction does to registers and heap.

use overt_program::ir::{Arithmetic, Block, BlockId, Comparison, Instruction, Literal, Operation};
use smallvec::SmallVec;

use crate::frame::Frame;
use crate::numeric::plain;
use crate::object::{Cell, GLOBALS, ObjectKind};
use crate::text::Text;
use crate::trace::Note;
use crate::value::{Constant, Constants, Data, Datum, Value, join_data, mark};

impl Frame<'_, '_> {
    /// Evaluates one instruction. Where control may go is put into `outcome` (left empty: to all successors). `false`:
    /// nothing behind it runs.
    pub(crate) fn step(
        &mut self,
        instruction: &Instruction,
        block: &Block,
        outcome: &mut SmallVec<[BlockId; 4]>,
    ) -> bool {
        match instruction.operation {
            Operation::Nothing | Operation::Goto => {}
            Operation::FillArray { array } => self.fill_array(array),
            Operation::Move { to, from } => {
                let value = self.register(from);
                self.set(to, value);
            }
            Operation::Constant { to, value } => {
                let value = self.literal(value);
                self.set(to, value);
            }
            Operation::Caught { to } => {
                let value = self.state.caught.clone();
                self.set(to, value);
            }
            Operation::Compute { to, what, a, b, literal, .. } => {
                if matches!(what, Arithmetic::Divide | Arithmetic::Remainder) {
                    self.raised = Value::any();
                }
                let value = self.compute(what, a, b, literal);
                self.set(to, value);
            }
            Operation::InstanceOf { to, of, class } => {
                let value = self.instance_of(of, class);
                self.set(to, value);
            }
            Operation::ArrayLength { to, .. } => self.set(to, Value::any()),
            Operation::Cast { register, class } => {
                self.raised = Value::any();
                let value = self.cast(register, class);
                self.set(register, value);
            }
            Operation::New { to, class } => {
                let class = self.type_text(class);
                if let Some(class) = class {
                    self.initialise(class);
                }
                let object = self.session.objects.made(self.place, class, true, self.in_loop);
                self.set(to, Value::object(object).with_constants(Constants::None));
            }
            Operation::NewArray { to, class, length } => {
                let class = self.type_text(class);
                let object = self.session.objects.made(self.place, class, true, self.in_loop);
                let length = self.register(length).with_objects(SmallVec::new());
                if length.single().is_some() {
                    let cell = Cell::Named(self.session.size_name());
                    self.state.heap.set(
                        object,
                        cell,
                        Value::NOTHING.with_constants(length.constants.clone()),
                    );
                }
                self.set(to, Value::object(object).with_constants(Constants::None));
            }
            Operation::FilledArray { to, class, elements } => {
                let class = self.type_text(class);
                let object = self.session.objects.made(self.place, class, true, self.in_loop);
                let array = Value::object(object);
                for (position, element) in elements.iter().enumerate() {
                    let value = self.register(element);
                    self.store(&array, Cell::Index(position as i64), &value);
                }
                let size = Cell::Named(self.session.size_name());
                let count = Value::number(elements.iter().count() as i64);
                self.state.heap.set(object, size, count);
                if let Some(to) = to {
                    self.set(to, array);
                }
            }
            Operation::ArrayGet { to, array, index } => {
                let (array, index) = (self.register(array), self.register(index));
                if !self.in_bounds(&array, &index) {
                    self.raised = Value::any();
                }
                let cell = match index.single() {
                    Some(Constant::Number(position)) => Cell::Index(position),
                    _ => Cell::Content,
                };
                let mut value = self.load_from(&array, cell);
                if self.session.implicit && !index.data.is_empty() {
                    let told = implied(&index.data);
                    value = value.with_data(&told);
                }
                // A character looked up in a table is what was looked up, written otherwise.
                if !self.session.implicit && !index.data.is_empty() && self.is_table(&array) {
                    let told = self.marked(index.data.clone(), mark::ENCODE, Note::Derived);
                    let told = match self.is_list(&array) {
                        true => plain(Value::of_data(told), mark::CHOSEN).data.clone(),
                        false => told,
                    };
                    value = value.with_data(&told);
                }
                if value.is_nothing() {
                    value = Value::any();
                }
                self.set(to, value);
            }
            Operation::ArrayPut { from, array, index } => {
                let (value, array, index) = (self.register(from), self.register(array), self.register(index));
                if !self.in_bounds(&array, &index) {
                    self.raised = Value::any();
                }
                let cell = match index.single() {
                    Some(Constant::Number(position)) => Cell::Index(position),
                    _ => Cell::Content,
                };
                let chars = Cell::Named(self.session.text("chars"));
                for object in array.objects.clone() {
                    self.state.heap.remove(object, chars);
                }
                self.store(&array, cell, &value);
            }
            Operation::FieldGet { to, object, field } => {
                let base = self.register(object);
                let value = match self.session.field(self.dex, field) {
                    Some(info) => {
                        let base = self.of_type(base, info.class);
                        let mut value = self.load_from(&base, info.cell);
                        // What was handed to a platform object may stand in any field of it.
                        if self.session.own_class(info.class).is_none() {
                            value.join(&self.load_from(&base, Cell::Content));
                        }
                        let value = match info.cell {
                            Cell::Field(_, class) => self.of_plain_type(value, Some(class)),
                            _ => value,
                        };
                        self.field_source(value, &info.sources)
                    }
                    None => Value::any(),
                };
                self.set(to, value);
            }
            Operation::FieldPut { from, object, field } => {
                let (base, value) = (self.register(object), self.register(from));
                if let Some(info) = self.session.field(self.dex, field) {
                    let base = self.of_type(base, info.class);
                    let value = self.noted(&value, Note::Kept);
                    self.store(&base, info.cell, &value);
                }
            }
            Operation::StaticGet { to, field } => {
                let value = match self.session.field(self.dex, field) {
                    Some(info) => {
                        let value = match info.constant.clone() {
                            Some(constant) => constant,
                            None => {
                                let value = self.load(GLOBALS, Cell::Static(info.reference));
                                match self.session.statics.get(&info.reference) {
                                    // Nothing better is known of it here.
                                    Some(likely) if value.known_constants().is_none() => {
                                        value.with_constants(likely.clone())
                                    }
                                    _ => value,
                                }
                            }
                        };
                        let value = self.named_uri(value, &info);
                        let value = self.of_plain_type(value, self.session.static_type(info.reference));
                        self.field_source(value, &info.sources)
                    }
                    None => Value::any(),
                };
                self.set(to, value);
            }
            Operation::StaticPut { from, field } => {
                let value = self.register(from);
                if let Some(info) = self.session.field(self.dex, field) {
                    let value = self.noted(&value, Note::Kept);
                    self.store(&Value::object(GLOBALS), Cell::Static(info.reference), &value);
                }
            }
            Operation::Invoke { kind, method, arguments, to } => {
                return self.invoke(kind, method, &arguments, to);
            }
            Operation::InvokeCustom { call_site, arguments, to } => {
                let value = self.invoke_custom(call_site, &arguments);
                if let Some(to) = to {
                    self.set(to, value);
                }
            }
            Operation::InvokePolymorphic { arguments, to, .. } | Operation::Opaque { arguments, to } => {
                let mut data = Data::new();
                for register in arguments.iter() {
                    let value = self.register(register);
                    join_data(&mut data, &value.data);
                }
                for datum in &mut data {
                    datum.marks |= mark::DEFAULT_MODEL;
                }
                if let Some(to) = to {
                    self.set(to, Value::of_data(data));
                }
            }
            Operation::If { what, a, b } => self.branch(what, a, b, block, outcome),
            Operation::Switch { on } => self.switch(on, block, outcome),
            Operation::Return { value } => {
                let value = value.map(|register| self.register(register)).unwrap_or_default();
                let value =
                    if self.control.is_empty() { value } else { value.with_data(&self.control.clone()) };
                self.leave_by_return(value);
                return false;
            }
            Operation::Throw { value } => {
                let value = self.register(value);
                self.raised = if value.is_nothing() { Value::any() } else { value };
                return false;
            }
            Operation::Stop => return false,
        }
        true
    }

    /// A new array is filled with constants: of characters and bytes the text is kept.
    fn fill_array(&mut self, array: u32) {
        /// Longest text kept, in characters.
        const LONGEST: u32 = 4096;
        let value = self.register(array);
        let [object] = value.objects.as_slice() else { return };
        let table = self.session.table;
        let definition = *table.method(self.method);
        let Some(linked) = table.dexes().get(usize::from(definition.dex)) else { return };
        let Ok(code) = linked.dex.code(definition.code_off) else { return };
        let Ok(insn) = code.instruction_at(self.place.offset) else { return };
        let Ok(payload) = code.array_payload(&insn) else { return };
        let known = *self.session.objects.get(*object);
        if payload.count > LONGEST || known.many || self.session.objects.is_port(*object) {
            return;
        }
        let class = known.class.map(|class| self.session.texts.get(class));
        let text = match class.as_deref() {
            Some("[C") => {
                let units: Vec<u16> = payload.iter().map(|unit| unit as u16).collect();
                String::from_utf16(&units).ok()
            }
            Some("[B") => String::from_utf8(payload.iter().map(|byte| byte as u8).collect()).ok(),
            _ => None,
        };
        if let Some(text) = text.filter(|text| !text.contains(crate::template::is_sign)) {
            let chars = Cell::Named(self.session.text("chars"));
            let text = self.session.text(&text);
            self.state.heap.set(*object, chars, Value::constant(Constant::Text(text)));
        }
    }

    /// The text that an array of characters holds, where all of it is known.
    pub(crate) fn chars_of(&mut self, array: &Value) -> Option<Constant> {
        let [object] = array.objects.as_slice() else { return None };
        let known = *self.session.objects.get(*object);
        if known.many || self.session.objects.is_port(*object) {
            return None;
        }
        let cells = self.state.heap.of(*object);
        let written =
            cells.iter().filter(|(_, cell, _)| matches!(cell, Cell::Index(_) | Cell::Content)).count();
        if written == 0 {
            let chars = Cell::Named(self.session.text("chars"));
            return self.state.heap.get(*object, chars)?.single();
        }
        let size = Cell::Named(self.session.text("size"));
        let Some(Constant::Number(length)) = self.state.heap.get(*object, size)?.single() else {
            return None;
        };
        if usize::try_from(length) != Ok(written) {
            return None;
        }
        let mut units: Vec<u16> = Vec::new();
        for position in 0..length {
            match self.state.heap.get(*object, Cell::Index(position))?.single()? {
                Constant::Number(unit) => units.push(u16::try_from(unit).ok()?),
                _ => return None,
            }
        }
        let text = String::from_utf16(&units).ok()?;
        Some(Constant::Text(self.session.text(&crate::template::literal(&text))))
    }

    /// Is it an array of characters or numbers?
    fn is_table(&mut self, array: &Value) -> bool {
        array.objects.iter().any(|object| {
            let table = |class: Option<Text>, this: &Self| {
                class.is_some_and(|class| matches!(&*this.session.texts.get(class), "[C" | "[B" | "[I"))
            };
            match self.session.objects.get(*object).kind {
                ObjectKind::Part(_, Cell::Static(field)) => {
                    self.is_texts(field) || table(self.session.static_type(field), self)
                }
                _ => {
                    let (classes, _) = self.classes_of(*object);
                    table(classes.first().copied(), self)
                }
            }
        })
    }

    /// Is it a list of texts that a static field holds?
    fn is_list(&self, array: &Value) -> bool {
        array.objects.iter().any(|object| match self.session.objects.get(*object).kind {
            ObjectKind::Part(_, Cell::Static(field)) => self.is_texts(field),
            _ => false,
        })
    }

    fn is_texts(&self, field: Text) -> bool {
        let class = self.session.static_type(field);
        class.is_some_and(|class| &*self.session.texts.get(class) == "[Ljava/lang/String;")
    }

    /// Is the position certainly inside the array?
    fn in_bounds(&mut self, array: &Value, index: &Value) -> bool {
        let size = Cell::Named(self.session.size_name());
        let Some(positions) = index.known_constants() else { return false };
        let highest = positions.iter().map(|one| match one {
            Constant::Number(position) if *position >= 0 => *position,
            _ => i64::MAX,
        });
        let Some(highest) = highest.max() else { return false };
        !array.objects.is_empty()
            && array.objects.iter().all(|object| {
                let length = self.state.heap.get(*object, size).and_then(Value::single);
                matches!(length, Some(Constant::Number(length)) if highest < length)
            })
    }

    /// Making an object initialises its class: what the initialiser does to objects made before is seen here. (Static
    /// fields themselves are set by the driver.)
    fn initialise(&mut self, class: Text) {
        let Some(own) = self.session.own_class(class) else { return };
        let Some(method) = self.session.initializer(own).filter(|method| *method != self.method) else {
            return;
        };
        if self.driver {
            return;
        }
        let (subject, summary) = self.session.summarise(method);
        let outward = summary.cells.iter().any(|(object, ..)| {
            *object != GLOBALS && self.session.objects.is_port(*object) && *object != crate::object::ANY
        });
        if outward {
            let before = self.state.heap.clone();
            self.callees.push(subject);
            self.apply(&summary, &mut crate::call::Mapping::new(&[]));
            let mut heap = std::mem::take(&mut self.state.heap);
            self.join_heaps(&mut heap, &before);
            self.state.heap = heap;
            self.raised = Value::NOTHING;
        }
    }

    fn literal(&mut self, literal: Literal) -> Value {
        let table = self.session.table;
        match literal {
            Literal::Number(number) => Value::number(number),
            Literal::String(string) => {
                let text = table
                    .dexes()
                    .get(usize::from(self.dex))
                    .and_then(|linked| linked.dex.string(string).ok());
                match text {
                    Some(text) => {
                        let text = self.session.text(&crate::template::literal(&text));
                        Value::constant(Constant::Text(text))
                    }
                    None => Value::any(),
                }
            }
            Literal::Class(class) => match self.type_text(class) {
                Some(class) => Value::constant(Constant::Class(class)),
                None => Value::any(),
            },
            Literal::Handle => Value::any(),
        }
    }

    /// The value with a step on the way of its data.
    pub(crate) fn noted(&mut self, value: &Value, note: Note) -> Value {
        if value.data.is_empty() {
            return value.clone();
        }
        let mut parts = (**value).clone();
        for datum in &mut parts.data {
            datum.trace = self.session.traces.step(datum.trace, self.place, note);
        }
        Value::from(parts)
    }

    fn compute(&mut self, what: Arithmetic, a: u32, b: Option<u32>, literal: i64) -> Value {
        let first = self.register(a);
        let second = b.map(|b| self.register(b));
        let mut data = first.data.clone();
        if let Some(second) = &second {
            join_data(&mut data, &second.data);
        }
        let mut constants = Constants::Any;
        if let Some(Constant::Number(x)) = first.single() {
            let y = match &second {
                None => Some(literal),
                Some(second) => match second.single() {
                    Some(Constant::Number(y)) => Some(y),
                    _ => None,
                },
            };
            if let Some(number) = y.and_then(|y| arithmetic(what, x, y)) {
                constants = Constants::Some(smallvec::smallvec![Constant::Number(number)]);
            }
        }
        Value::from(crate::value::Parts { objects: SmallVec::new(), constants, data })
    }

    fn instance_of(&mut self, of: u32, class: overt_dex::TypeIdx) -> Value {
        let value = self.register(of);
        let Some(wanted) = self.type_text(class) else { return Value::any() };
        let (mut yes, mut no) = (false, false);
        if value.objects.is_empty() || value.constants != Constants::None {
            if value.is_null() {
                return Value::number(0);
            }
            return Value::any();
        }
        for object in value.objects.clone() {
            let (classes, exact) = self.classes_of(object);
            if !exact || classes.is_empty() {
                if !self.driver && self.session.objects.is_port(object) {
                    self.wishes.insert(crate::summary::Wish::Classes(object));
                }
                return Value::any();
            }
            for one in classes {
                if self.session.is_a(one, wanted) { yes = true } else { no = true }
            }
        }
        match (yes, no) {
            (true, false) => Value::number(1),
            (false, true) => Value::number(0),
            _ => Value::any(),
        }
    }

    fn cast(&mut self, register: u32, class: overt_dex::TypeIdx) -> Value {
        let value = self.register(register);
        if value.objects.is_empty() {
            return value;
        }
        let Some(wanted) = self.type_text(class) else { return value };
        self.of_type(value, wanted)
    }

    fn branch(
        &mut self,
        what: Comparison,
        a: u32,
        b: Option<u32>,
        block: &Block,
        outcome: &mut SmallVec<[BlockId; 4]>,
    ) {
        let first = self.register(a);
        let second = b.map_or_else(|| Value::number(0), |b| self.register(b));
        let (taken, not_taken) = self.possible(what, &first, &second);
        if !(taken && not_taken) {
            let [yes, no] = block.successors.as_slice() else { return };
            outcome.push(if taken { *yes } else { *no });
            return;
        }
        self.wish_numbers(a, &first);
        if let Some(b) = b {
            self.wish_numbers(b, &second);
        }
    }

    /// Numbers handed over by a caller decide a branch: a caller that knows them gets its own answer.
    fn wish_numbers(&mut self, _register: u32, value: &Value) {
        if value.objects.is_empty() && !self.driver {
            let ports: SmallVec<[_; 2]> = value.constant_ports().collect();
            if ports.iter().all(|port| self.is_number(*port)) {
                self.wish_constants(value);
            }
        }
    }

    fn is_number(&mut self, port: crate::object::ObjectId) -> bool {
        let (classes, _) = self.classes_of(port);
        classes.iter().all(|class| crate::reference::is_primitive(&self.session.texts.get(*class)))
    }

    /// Whether the comparison may hold, and whether it may not.
    fn possible(&mut self, what: Comparison, a: &Value, b: &Value) -> (bool, bool) {
        // Only references have objects: compared with null, or with each other.
        if !a.objects.is_empty() || !b.objects.is_empty() {
            if b.is_null() && a.constants == Constants::None && !a.objects.is_empty() {
                return match what {
                    Comparison::Equal => (false, true),
                    Comparison::NotEqual => (true, false),
                    _ => (true, true),
                };
            }
            return (true, true);
        }
        let (Some(left), Some(right)) = (a.known_constants(), b.known_constants()) else {
            return (true, true);
        };
        let (mut yes, mut no) = (false, false);
        for x in left {
            for y in right {
                let holds = match (x, y) {
                    (Constant::Number(x), Constant::Number(y)) => Some(what.holds(*x, *y)),
                    // A text or a class is not null, and equal to another reference only by chance.
                    (Constant::Text(_) | Constant::Class(_), Constant::Number(0)) => match what {
                        Comparison::Equal => Some(false),
                        Comparison::NotEqual => Some(true),
                        _ => None,
                    },
                    _ => None,
                };
                match holds {
                    Some(true) => yes = true,
                    Some(false) => no = true,
                    None => return (true, true),
                }
            }
        }
        if yes || no { (yes, no) } else { (true, true) }
    }

    fn switch(&mut self, on: u32, block: &Block, outcome: &mut SmallVec<[BlockId; 4]>) {
        let value = self.register(on);
        let Some(constants) = value.known_constants() else {
            self.wish_numbers(on, &value);
            return;
        };
        let Some(default) = block.successors.last().copied() else { return };
        for constant in constants {
            let Constant::Number(number) = constant else {
                outcome.clear();
                return;
            };
            let case = block.keys.iter().position(|key| i64::from(*key) == *number);
            let to = case.and_then(|case| block.successors.get(case)).copied().unwrap_or(default);
            if !outcome.contains(&to) {
                outcome.push(to);
            }
        }
    }

    /// A field of the platform that holds a URI known to the catalogue.
    fn named_uri(&mut self, value: Value, field: &crate::field::Field) -> Value {
        let Some(uri) = field.uri else { return value };
        let class = self.session.text("Landroid/net/Uri;");
        let object = self.session.objects.made(self.place, Some(class), true, self.in_loop);
        let text = Cell::Named(self.session.text_name);
        self.state.heap.set(object, text, crate::channel::text_value(uri));
        Value::object(object)
    }

    fn field_source(&mut self, value: Value, sources: &[u32]) -> Value {
        if sources.is_empty() {
            return value;
        }
        let mut data = Data::new();
        for source in sources {
            let datum = self.source_datum(*source);
            join_data(&mut data, &[datum]);
        }
        value.with_data(&data)
    }

    /// A datum that starts here.
    pub(crate) fn source_datum(&mut self, source: u32) -> Datum {
        let origin = self.session.origins.intern(crate::value::Origin::Source(self.place, source));
        let trace = self.session.traces.step(crate::trace::NO_TRACE, self.place, Note::Source);
        Datum { origin, marks: 0, trace }
    }

    /// Constants that are class names, for calls that ask.
    pub(crate) fn class_constants(&self, value: &Value) -> SmallVec<[Text; 2]> {
        let Some(constants) = value.known_constants() else { return SmallVec::new() };
        (constants.iter())
            .filter_map(|constant| match constant {
                Constant::Class(class) => Some(*class),
                _ => None,
            })
            .collect()
    }
}

/// Data that only the way of control tells.
pub(crate) fn implied(data: &[Datum]) -> Data {
    data.iter().map(|datum| Datum { marks: datum.marks | mark::IMPLICIT, ..*datum }).collect()
}

fn arithmetic(what: Arithmetic, x: i64, y: i64) -> Option<i64> {
    let int = |value: i64| i64::from(value as i32);
    Some(match what {
        Arithmetic::Add => int(x.wrapping_add(y)),
        Arithmetic::Subtract => int(x.wrapping_sub(y)),
        Arithmetic::SubtractReversed => int(y.wrapping_sub(x)),
        Arithmetic::Multiply => int(x.wrapping_mul(y)),
        Arithmetic::Divide => int(x.checked_div(y)?),
        Arithmetic::Remainder => int(x.checked_rem(y)?),
        Arithmetic::And => x & y,
        Arithmetic::Or => x | y,
        Arithmetic::Xor => x ^ y,
        Arithmetic::ShiftLeft => int(x.wrapping_shl(y as u32 & 31)),
        Arithmetic::ShiftRight => x.wrapping_shr(y as u32 & 31),
        Arithmetic::ShiftRightUnsigned => i64::from((x as u32).wrapping_shr(y as u32 & 31) as i32),
        Arithmetic::Negate => int(x.wrapping_neg()),
        Arithmetic::Not => !x,
        Arithmetic::ToByte => i64::from(x as i8),
        Arithmetic::ToChar => i64::from(x as u16),
        Arithmetic::ToShort => i64::from(x as i16),
        Arithmetic::ToInt => int(x),
        Arithmetic::ToLong => x,
        Arithmetic::Compare => i64::from(x > y) - i64::from(x < y),
        Arithmetic::Float => return None,
    })
}
