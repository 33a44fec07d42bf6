//! What a value is made from, told from the instructions that may have written it: constants, and what was asked for.
//!
//! Looks into the methods of the app that a value comes out of, and back to the call by which it got there; never to callers
//! that it did not come from. What it does not see is left out, so an answer names some of the parts, not all.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use overt_dex::Value;
use overt_program::ir::{
    Arithmetic, Definition, Definitions, InvokeKind, Literal, Operation, Regions, Register,
};
use overt_program::{ClassId, ClassTable, MethodId};
use rustc_hash::FxHashMap;

/// Calls that are looked into, one below the other.
const DEEPEST: u8 = 4;
/// Instructions looked at for one question.
const STEPS: u32 = 600;

/// A part of a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// A number that the code knows.
    Number(i64),
    /// A text of the code.
    Text(String),
    /// The result of a method that is not the app's.
    Called {
        /// Descriptor of the class that the reference names.
        class: String,
        /// Name.
        name: String,
        /// Prototype.
        proto: String,
        /// The first text that it was given.
        key: Option<String>,
    },
    /// What a field holds.
    Field {
        /// Descriptor of the class that the reference names.
        class: String,
        /// Name.
        name: String,
    },
    /// An object made here, of this class.
    Made(String),
}

/// A method's code, ready to be asked.
pub(crate) struct Read {
    pub(crate) definitions: Definitions,
    regions: OnceCell<Regions>,
    dex: u16,
}

/// A method under question, and the call by which the question came to it.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'f> {
    pub(crate) method: MethodId,
    pub(crate) read: &'f Read,
    caller: Option<(&'f Frame<'f>, u32)>,
    depth: u8,
}

/// Where static fields are written, by class and name.
type Writes = FxHashMap<(String, String), Vec<(MethodId, u32)>>;

/// Answers questions about the code of one package.
pub(crate) struct Reader<'a> {
    pub(crate) table: &'a ClassTable,
    known: RefCell<FxHashMap<MethodId, Option<Rc<Read>>>>,
    /// Who writes each static field of the package, once it was asked for: by class and name.
    written: OnceCell<Writes>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(table: &'a ClassTable) -> Reader<'a> {
        Reader { table, known: RefCell::default(), written: OnceCell::new() }
    }

    /// The code of a method of the package.
    pub(crate) fn read(&self, method: MethodId) -> Option<Rc<Read>> {
        if let Some(known) = self.known.borrow().get(&method) {
            return known.clone();
        }
        let definition = self.table.method(method);
        let made = (definition.code_off != 0)
            .then(|| self.table.dexes().get(usize::from(definition.dex)))
            .flatten()
            .and_then(|linked| linked.dex.code(definition.code_off).ok())
            .map(|code| {
                let body = Rc::new(overt_program::ir::blocks(&code));
                Rc::new(Read {
                    definitions: Definitions::new(body),
                    regions: OnceCell::new(),
                    dex: definition.dex,
                })
            });
        self.known.borrow_mut().insert(method, made.clone());
        made
    }

    /// The parts of what `register` holds before the instruction at `position`.
    pub(crate) fn parts(&self, frame: &Frame<'_>, position: u32, register: Register) -> BTreeSet<Part> {
        let mut parts = BTreeSet::new();
        let mut steps = STEPS;
        self.collect(frame, position, register, &mut parts, &mut steps);
        parts
    }

    /// The number that `register` holds, where it can be one only.
    pub(crate) fn number(&self, frame: &Frame<'_>, position: u32, register: Register) -> Option<i64> {
        let mut steps = STEPS;
        self.constant(frame, position, register, &mut steps)
    }

    fn collect(
        &self,
        frame: &Frame<'_>,
        position: u32,
        register: Register,
        parts: &mut BTreeSet<Part>,
        steps: &mut u32,
    ) {
        for definition in frame.read.definitions.definitions(position, register) {
            let Some(left) = steps.checked_sub(1) else { return };
            *steps = left;
            let at = match definition {
                Definition::At(at) => at,
                Definition::Argument => {
                    if let Some((caller, call, given)) = frame.given(register) {
                        self.collect(caller, call, given, parts, steps);
                    }
                    continue;
                }
            };
            let Some(instruction) = frame.read.definitions.body.instructions.get(at as usize) else {
                continue;
            };
            match instruction.operation {
                Operation::Move { from, .. } => self.collect(frame, at, from, parts, steps),
                Operation::Cast { register, .. } => self.collect(frame, at, register, parts, steps),
                Operation::Constant { value: Literal::Number(number), .. } => {
                    parts.insert(Part::Number(number));
                }
                Operation::Constant { value: Literal::String(text), .. } => {
                    let dex = &self.table.dexes()[usize::from(frame.read.dex)].dex;
                    parts.extend(dex.string(text).ok().map(|text| Part::Text(text.to_string())));
                }
                Operation::Compute { what, a, b, literal, .. } => {
                    match self.computed(frame, at, instruction.operation, steps) {
                        Some(number) => {
                            parts.insert(Part::Number(number));
                        }
                        // Of what is scaled by something that is not known no number says how much it is.
                        None if !matches!(
                            what,
                            Arithmetic::Add
                                | Arithmetic::Subtract
                                | Arithmetic::Compare
                                | Arithmetic::ToLong
                                | Arithmetic::ToInt
                        ) =>
                        {
                            let mut scaled = BTreeSet::new();
                            self.collect(frame, at, a, &mut scaled, steps);
                            if let Some(b) = b {
                                self.collect(frame, at, b, &mut scaled, steps);
                            }
                            scaled.retain(|part| !matches!(part, Part::Number(_)));
                            parts.append(&mut scaled);
                        }
                        None => {
                            self.collect(frame, at, a, parts, steps);
                            match b {
                                Some(b) => self.collect(frame, at, b, parts, steps),
                                None if literal != 0 => {
                                    parts.insert(Part::Number(literal));
                                }
                                None => {}
                            }
                        }
                    }
                }
                Operation::New { class, .. } => {
                    let name = self.table.dexes()[usize::from(frame.read.dex)].type_name(class);
                    parts.extend(name.map(|name| Part::Made(self.table.text(name).to_owned())));
                }
                Operation::Invoke { kind, method, arguments, .. } => {
                    let linked = &self.table.dexes()[usize::from(frame.read.dex)];
                    let Some(key) = linked.method_key(method) else { continue };
                    let own =
                        self.table.resolve(key).filter(|target| self.table.own_index(*target).is_some());
                    if let Some(target) = own {
                        self.collect_returned(frame, at, target, parts, steps);
                        continue;
                    }
                    if let Some(number) = self.constant_call(frame, at, steps) {
                        parts.insert(Part::Number(number));
                        continue;
                    }
                    let class = self.table.text(key.class);
                    if hands_through(class, self.table.text(key.name)) {
                        for given in arguments.iter() {
                            self.collect(frame, at, given, parts, steps);
                        }
                    }
                    let receiver = usize::from(kind != InvokeKind::Static);
                    let text = arguments.iter().skip(receiver).find_map(|given| {
                        let mut inner = BTreeSet::new();
                        self.collect(frame, at, given, &mut inner, steps);
                        inner.into_iter().find_map(|part| match part {
                            Part::Text(text) => Some(text),
                            _ => None,
                        })
                    });
                    parts.insert(Part::Called {
                        class: class.to_owned(),
                        name: self.table.text(key.name).to_owned(),
                        proto: self.table.text(key.proto).to_owned(),
                        key: text,
                    });
                }
                Operation::StaticGet { field, .. } | Operation::FieldGet { field, .. } => {
                    let Some((class, name)) = self.field(frame.read.dex, field) else { continue };
                    match self.always(&class, &name, steps) {
                        Some(number) => parts.insert(Part::Number(number)),
                        None => parts.insert(Part::Field { class, name }),
                    };
                }
                _ => {}
            }
        }
    }

    /// The parts of what a method of the app returns; of a yes or no also those of what it compares.
    fn collect_returned(
        &self,
        frame: &Frame<'_>,
        call: u32,
        target: MethodId,
        parts: &mut BTreeSet<Part>,
        steps: &mut u32,
    ) {
        if frame.depth >= DEEPEST {
            return;
        }
        let Some(read) = self.read(target) else { return };
        let inner =
            Frame { method: target, read: &read, caller: Some((frame, call)), depth: frame.depth + 1 };
        let answers = self.table.text(self.table.method(target).proto).ends_with(")Z");
        let body = Rc::clone(&read.definitions.body);
        for (at, instruction) in body.instructions.iter().enumerate() {
            let at = at as u32;
            match instruction.operation {
                Operation::Return { value: Some(value) } => self.collect(&inner, at, value, parts, steps),
                Operation::If { a, b, .. } if answers => {
                    self.collect(&inner, at, a, parts, steps);
                    if let Some(b) = b {
                        self.collect(&inner, at, b, parts, steps);
                    }
                }
                _ => {}
            }
        }
    }

    fn constant(&self, frame: &Frame<'_>, position: u32, register: Register, steps: &mut u32) -> Option<i64> {
        let mut found = None;
        for definition in frame.read.definitions.definitions(position, register) {
            *steps = steps.checked_sub(1)?;
            let number = match definition {
                Definition::Argument => {
                    let (caller, call, given) = frame.given(register)?;
                    self.constant(caller, call, given, steps)?
                }
                Definition::At(at) => {
                    let operation = frame.read.definitions.body.instructions.get(at as usize)?.operation;
                    match operation {
                        Operation::Move { from, .. } => self.constant(frame, at, from, steps)?,
                        Operation::Constant { value: Literal::Number(number), .. } => number,
                        Operation::Compute { .. } => self.computed(frame, at, operation, steps)?,
                        Operation::StaticGet { field, .. } => {
                            let (class, name) = self.field(frame.read.dex, field)?;
                            self.always(&class, &name, steps)?
                        }
                        Operation::Invoke { .. } => self.constant_call(frame, at, steps)?,
                        _ => return None,
                    }
                }
            };
            if found.is_some_and(|known| known != number) {
                return None;
            }
            found = Some(number);
        }
        found
    }

    fn computed(&self, frame: &Frame<'_>, at: u32, operation: Operation, steps: &mut u32) -> Option<i64> {
        let Operation::Compute { what, a, b, literal, .. } = operation else { return None };
        let first = self.constant(frame, at, a, steps)?;
        let second = match b {
            Some(b) => self.constant(frame, at, b, steps)?,
            None => literal,
        };
        match what {
            Arithmetic::Add => first.checked_add(second),
            Arithmetic::Subtract => first.checked_sub(second),
            Arithmetic::Multiply => first.checked_mul(second),
            Arithmetic::Divide => first.checked_div(second),
            Arithmetic::ToLong | Arithmetic::ToInt => Some(first),
            _ => None,
        }
    }

    /// `TimeUnit.HOURS.toMillis(72)` and the boxing of a number.
    fn constant_call(&self, frame: &Frame<'_>, at: u32, steps: &mut u32) -> Option<i64> {
        let body = &frame.read.definitions.body;
        let Operation::Invoke { method, arguments, .. } = body.instructions.get(at as usize)?.operation
        else {
            return None;
        };
        let key = self.table.dexes()[usize::from(frame.read.dex)].method_key(method)?;
        let (class, name) = (self.table.text(key.class), self.table.text(key.name));
        match (class, name) {
            ("Ljava/util/concurrent/TimeUnit;", "toMillis" | "toSeconds") => {
                let unit = self.unit(frame, at, arguments.iter().next()?)?;
                let amount = self.constant(frame, at, arguments.iter().nth(1)?, steps)?;
                let seconds = amount.checked_mul(unit)?;
                if name == "toMillis" { seconds.checked_mul(1000) } else { Some(seconds) }
            }
            // What it is until somebody sets it.
            ("Landroid/content/SharedPreferences;", "getLong" | "getInt") => {
                self.constant(frame, at, arguments.iter().nth(2)?, steps)
            }
            ("Ljava/lang/Long;" | "Ljava/lang/Integer;", "valueOf" | "longValue" | "intValue") => {
                self.constant(frame, at, arguments.iter().next()?, steps)
            }
            _ => None,
        }
    }

    /// Seconds of the `TimeUnit` in a register.
    pub(crate) fn unit(&self, frame: &Frame<'_>, at: u32, register: Register) -> Option<i64> {
        let [Definition::At(made)] = frame.read.definitions.definitions(at, register)[..] else {
            return None;
        };
        let Operation::StaticGet { field, .. } =
            frame.read.definitions.body.instructions.get(made as usize)?.operation
        else {
            return None;
        };
        match self.field(frame.read.dex, field)?.1.as_str() {
            "SECONDS" => Some(1),
            "MINUTES" => Some(60),
            "HOURS" => Some(3_600),
            "DAYS" => Some(86_400),
            _ => None,
        }
    }

    fn field(&self, dex: u16, field: overt_dex::FieldIdx) -> Option<(String, String)> {
        let dex = &self.table.dexes().get(usize::from(dex))?.dex;
        let reference = dex.field(field).ok()?;
        let class = dex.descriptor(reference.class).ok()?.to_string();
        Some((class, dex.string(reference.name).ok()?.to_string()))
    }

    /// The number that a static field of the app always holds.
    fn always(&self, class: &str, name: &str, steps: &mut u32) -> Option<i64> {
        let field = (class.to_owned(), name.to_owned());
        match self.written.get_or_init(|| self.writes()).get(&field).map(Vec::as_slice) {
            None => self.initial(class, name),
            Some([(method, offset)]) => {
                let table = self.table;
                if table.text(table.method(*method).name) != "<clinit>" || self.initial(class, name).is_some()
                {
                    return None;
                }
                let read = self.read(*method)?;
                let body = &read.definitions.body;
                let at = body.instructions.binary_search_by_key(offset, |one| one.offset).ok()?;
                let Operation::StaticPut { from, .. } = body.instructions.get(at)?.operation else {
                    return None;
                };
                let left = steps.checked_sub(8)?;
                *steps = left;
                self.constant(&self.frame(*method, &read), at as u32, from, steps)
            }
            Some(_) => None,
        }
    }

    fn writes(&self) -> Writes {
        /// `sput` to `sput-short` ("Dalvik bytecode").
        const PUTS: std::ops::RangeInclusive<u8> = 0x67..=0x6d;
        let mut all = Writes::default();
        for (method, definition) in self.table.own_methods() {
            let Some(linked) = self.table.dexes().get(usize::from(definition.dex)) else { continue };
            let Some(code) = linked.dex.code(definition.code_off).ok().filter(|_| definition.code_off != 0)
            else {
                continue;
            };
            for insn in
                code.instructions().map_while(Result::ok).filter(|insn| PUTS.contains(&(insn.op as u8)))
            {
                if let Some(field) = self.field(definition.dex, overt_dex::FieldIdx(insn.index)) {
                    all.entry(field).or_default().push((method, insn.offset));
                }
            }
        }
        all
    }

    /// The number that the class file gives a static field.
    fn initial(&self, class: &str, name: &str) -> Option<i64> {
        let class: ClassId = self.table.find(class).filter(|class| self.table.is_own(*class))?;
        let definition = self.table.class(class);
        let dex = &self.table.dexes().get(usize::from(definition.dex))?.dex;
        let row = dex.class_def(definition.definition).ok()?;
        let data = dex.class_data(&row);
        let position = data.static_fields.iter().position(|field| {
            dex.field(field.field).ok().and_then(|one| dex.string(one.name).ok()).is_some_and(|n| &*n == name)
        })?;
        match dex.static_values(&row).get(position)?.as_ref().ok()? {
            Value::Int(number) => Some(i64::from(*number)),
            Value::Long(number) => Some(*number),
            Value::Short(number) => Some(i64::from(*number)),
            Value::Byte(number) => Some(i64::from(*number)),
            _ => None,
        }
    }

    /// A method, asked for itself.
    pub(crate) fn frame<'f>(&self, method: MethodId, read: &'f Read) -> Frame<'f> {
        Frame { method, read, caller: None, depth: 0 }
    }

    /// The descriptor of a class that the code of a frame names.
    pub(crate) fn class_name(&self, frame: &Frame<'_>, class: overt_dex::TypeIdx) -> Option<String> {
        let name = self.table.dexes()[usize::from(frame.read.dex)].type_name(class)?;
        Some(self.table.text(name).to_owned())
    }

    /// Class, name and prototype of the method that the code of a frame calls.
    pub(crate) fn called(
        &self,
        frame: &Frame<'_>,
        method: overt_dex::MethodIdx,
    ) -> Option<(&str, &str, &str)> {
        let key = self.table.dexes()[usize::from(frame.read.dex)].method_key(method)?;
        Some((self.table.text(key.class), self.table.text(key.name), self.table.text(key.proto)))
    }

    /// The descriptor of a class object that a register holds.
    pub(crate) fn class_in(&self, frame: &Frame<'_>, at: u32, register: Register) -> Option<String> {
        for definition in frame.read.definitions.definitions(at, register) {
            let Definition::At(made) = definition else { continue };
            match frame.read.definitions.body.instructions.get(made as usize)?.operation {
                Operation::Constant { value: Literal::Class(class), .. } => {
                    let name = self.table.dexes()[usize::from(frame.read.dex)].type_name(class)?;
                    return Some(self.table.text(name).to_owned());
                }
                Operation::Move { from, .. } => return self.class_in(frame, made, from),
                _ => {}
            }
        }
        None
    }
}

impl Read {
    /// Position of the DEX that it stands in.
    pub(crate) fn dex(&self) -> usize {
        usize::from(self.dex)
    }

    /// What its branches decide.
    pub(crate) fn regions(&self) -> &Regions {
        self.regions.get_or_init(|| Regions::of(&self.definitions.body))
    }
}

impl<'f> Frame<'f> {
    /// What the caller gave for an argument register: its frame, the place of the call, its register.
    fn given(&self, register: Register) -> Option<(&'f Frame<'f>, u32, Register)> {
        let (caller, call) = self.caller?;
        let word = register.checked_sub(self.read.definitions.body.first_argument)?;
        let Operation::Invoke { arguments, .. } =
            caller.read.definitions.body.instructions.get(call as usize)?.operation
        else {
            return None;
        };
        Some((caller, call, arguments.iter().nth(word as usize)?))
    }
}

/// Does this method give back what it was given, in another form, or say how it compares?
fn hands_through(class: &str, name: &str) -> bool {
    match class {
        "Ljava/lang/Long;" | "Ljava/lang/Integer;" | "Ljava/lang/Boolean;" | "Ljava/lang/Math;" => true,
        "Ljava/util/Objects;" | "Landroid/text/TextUtils;" => matches!(name, "equals" | "isEmpty"),
        "Ljava/lang/String;" => matches!(
            name,
            "equals"
                | "equalsIgnoreCase"
                | "contentEquals"
                | "compareTo"
                | "compareToIgnoreCase"
                | "startsWith"
                | "endsWith"
                | "contains"
                | "trim"
                | "toLowerCase"
                | "toUpperCase"
                | "substring"
                | "valueOf"
                | "toString"
        ),
        _ => false,
    }
}
