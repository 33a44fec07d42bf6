//! The machine: frames on a stack of its own, one instruction after the other.

use std::rc::Rc;

use overt_dex::{Op, StringIdx};
use overt_program::ir::{Block, BlockId, Body, Comparison, Literal, Operation, Register};
use overt_program::{ClassId, ClassTable, MethodId};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::arithmetic;
use crate::budget::{Budget, Exhausted};
use crate::cipher::CipherUse;
use crate::explore::Ways;
use crate::heap::{Heap, Native, Object, Readiness, Statics};
use crate::linkage::{Linkage, Type};
use crate::observe::Recorder;
use crate::origin::{Decoder, Origins};
use crate::resources::Resources;
use crate::value::{Handle, Hole, Value};

/// Objects of which nothing is known that one call takes to be there: a loop until a stream or list ends ends here.
const ASSUMED: u32 = 128;

/// Arguments of a call; a `long` is one of them.
pub type Arguments = SmallVec<[Value; 6]>;

/// Why an instruction or a method of the platform gives no value.
#[derive(Debug)]
pub enum Raised {
    /// An exception.
    Throw(Value),
    /// It depends on something that is not known.
    Hole(Hole),
    /// The platform's method has no model.
    Unmodelled,
    /// A method of the app is to be called, and its result is the result.
    Invoke(MethodId, Arguments),
    /// A class must be initialised before.
    Initialise(ClassId),
    /// A limit.
    Exhausted(Exhausted),
    /// Code that cannot be read.
    Unreadable,
}

/// What a method of the platform answers.
pub type Answer = Result<Value, Raised>;

/// How a run ended.
#[derive(Debug)]
pub enum End {
    /// The method came to its end.
    Returned(Value),
    /// An exception left it.
    Threw(Value),
    /// It branched on something that is not known.
    Unknown(Hole),
    /// A class must be initialised, then the run begins anew.
    Initialise(ClassId),
    /// A limit.
    Exhausted(Exhausted),
    /// Code that cannot be read.
    Unreadable,
}

/// A method that is running.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) method: MethodId,
    pub(crate) dex: u16,
    pub(crate) body: Rc<Body>,
    /// Where its registers begin.
    pub(crate) base: usize,
    pub(crate) block: BlockId,
    pub(crate) at: u32,
    /// The caller's register for the result.
    pub(crate) to: Option<Register>,
    pub(crate) arguments: Arguments,
    /// It is the initialiser of this class, and the instruction that needed the class is run again.
    pub(crate) initialises: Option<ClassId>,
    pub(crate) caught: Value,
}

/// What the call under way says of its result.
#[derive(Debug, Default)]
pub(crate) struct Note {
    pub(crate) decoder: Option<Decoder>,
    pub(crate) cipher: Option<Rc<CipherUse>>,
    pub(crate) resource: bool,
}

/// Where control goes.
pub(crate) enum Next {
    Following,
    Block(BlockId),
    /// Another frame is on top now.
    Frame,
}

/// An interpreter over one app.
pub struct Machine<'a> {
    pub(crate) link: Linkage<'a>,
    pub(crate) heap: Heap,
    pub(crate) statics: Statics,
    pub(crate) origins: Origins,
    pub(crate) frames: Vec<Frame>,
    pub(crate) registers: Vec<Value>,
    pub(crate) budget: Budget,
    pub(crate) steps: u64,
    /// Where this run ends, and where the call of the lowest frame does.
    pub(crate) step_limit: u64,
    pub(crate) call_limit: u64,
    pub(crate) bytes: u64,
    /// How often the call of the lowest frame took an object of which nothing is known to be there.
    assumed: u32,
    pub(crate) resources: &'a dyn Resources,
    pub(crate) forgiving: bool,
    pub(crate) note: Note,
    pub(crate) recorder: Option<Recorder>,
    pub(crate) ways: Option<Ways>,
    pub(crate) ciphers: Vec<Rc<CipherUse>>,
    labels: Vec<Rc<str>>,
    label_index: FxHashMap<Rc<str>, u32>,
    literals: FxHashMap<(u16, StringIdx), Handle>,
    classes: FxHashMap<Type, Handle>,
    result: Value,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(table: &'a ClassTable, resources: &'a dyn Resources, budget: Budget) -> Machine<'a> {
        Machine {
            link: Linkage::new(table),
            heap: Heap::default(),
            statics: Statics::default(),
            origins: Origins::default(),
            frames: Vec::new(),
            registers: Vec::new(),
            budget,
            steps: 0,
            step_limit: 0,
            call_limit: u64::MAX,
            bytes: 0,
            assumed: 0,
            resources,
            forgiving: false,
            note: Note::default(),
            recorder: None,
            ways: None,
            ciphers: Vec::new(),
            labels: Vec::new(),
            label_index: FxHashMap::default(),
            literals: FxHashMap::default(),
            classes: FxHashMap::default(),
            result: Value::NULL,
        }
    }

    /// A hole by its name.
    pub(crate) fn hole(&mut self, label: &str, reference: bool) -> Hole {
        if let Some(label) = self.label_index.get(label) {
            return Hole { label: *label, reference };
        }
        let number = self.labels.len() as u32;
        let text: Rc<str> = label.into();
        self.labels.push(Rc::clone(&text));
        self.label_index.insert(text, number);
        Hole { label: number, reference }
    }

    /// The name of a hole.
    #[must_use]
    pub(crate) fn label(&self, hole: Hole) -> &str {
        self.labels.get(hole.label as usize).map_or("", |label| label)
    }

    /// Makes an object; what it takes is counted.
    pub(crate) fn make(&mut self, object: Object) -> Value {
        let size = object.size() as u64;
        self.bytes += size;
        self.steps += size / 256;
        Value::Ref(self.heap.add(object))
    }

    /// Makes an object of a class of the platform.
    pub(crate) fn make_native(&mut self, class: &str, native: Native) -> Value {
        let class = self.link.type_of(class);
        self.make(Object::new(class, native))
    }

    /// The object behind a value.
    #[must_use]
    pub(crate) fn object(&self, value: Value) -> Option<&Object> {
        match value {
            Value::Ref(handle) => self.heap.get(handle),
            _ => None,
        }
    }

    pub(crate) fn object_mut(&mut self, value: Value) -> Option<&mut Object> {
        match value {
            Value::Ref(handle) => self.heap.get_mut(handle),
            _ => None,
        }
    }

    /// Throws an exception of the platform.
    pub(crate) fn throw(&mut self, class: &str, message: &str) -> Raised {
        let message = self.make_text(message);
        let trace = Value::NULL;
        Raised::Throw(self.make_native(class, Native::Throwable(message, trace)))
    }

    /// Begins a run: nothing on the stack, nothing changed.
    pub(crate) fn reset(&mut self) {
        self.frames.clear();
        self.registers.clear();
        self.heap.run = Default::default();
        self.statics.run.clear();
        self.bytes = 0;
        self.call_limit = u64::MAX;
        self.result = Value::NULL;
    }

    /// Puts a method on the stack. `false`: it has no code.
    pub(crate) fn push(&mut self, method: MethodId, arguments: Arguments, to: Option<Register>) -> bool {
        let Some(body) = self.link.body(method) else { return false };
        let definition = self.link.table.method(method);
        let base = self.registers.len();
        let frame = Frame {
            method,
            dex: definition.dex,
            base,
            block: BlockId(0),
            at: 0,
            to,
            arguments,
            initialises: None,
            caught: Value::NULL,
            body,
        };
        self.registers.resize(base + frame.body.registers as usize, Value::NULL);
        let proto = self.link.table.text(definition.proto);
        let parameters =
            proto.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or("", |(all, _)| all);
        let is_static = definition.access & overt_program::classes::ACC_STATIC != 0;
        let mut kinds: SmallVec<[u8; 8]> = SmallVec::new();
        if !is_static {
            kinds.push(b'L');
        }
        kinds.extend(crate::linkage::kinds(parameters).iter().copied());
        let mut register = base + frame.body.first_argument as usize;
        for (value, kind) in frame.arguments.iter().zip(kinds) {
            if let Some(slot) = self.registers.get_mut(register) {
                *slot = *value;
            }
            register += if matches!(kind, b'J' | b'D') { 2 } else { 1 };
        }
        if self.frames.len() <= 1 {
            self.assumed = 0;
        }
        if self.frames.len() == 1 {
            self.call_limit = self.steps.saturating_add(self.budget.call_steps);
        }
        self.frames.push(frame);
        true
    }

    pub(crate) fn register(&self, register: Register) -> Value {
        let base = self.frames.last().map_or(0, |frame| frame.base);
        self.registers.get(base + register as usize).copied().unwrap_or(Value::NULL)
    }

    pub(crate) fn set(&mut self, register: Register, value: Value) {
        let base = self.frames.last().map_or(0, |frame| frame.base);
        if let Some(slot) = self.registers.get_mut(base + register as usize) {
            *slot = value;
        }
    }

    /// Runs until the stack is empty.
    pub(crate) fn run(&mut self) -> End {
        loop {
            let Some(top) = self.frames.last() else { return End::Returned(self.result) };
            let body = Rc::clone(&top.body);
            let (mut block, mut at) = (top.block, top.at);
            if let Some(end) = self.run_frame(&body, &mut block, &mut at) {
                return end;
            }
        }
    }

    /// Runs the top frame until another is on top, or all ends.
    fn run_frame(&mut self, body: &Body, block: &mut BlockId, at: &mut u32) -> Option<End> {
        let Some(mut here) = body.blocks.get(block.index()) else {
            return self.raise(Raised::Unreadable);
        };
        *at = (*at).max(here.instructions.start);
        loop {
            self.steps += 1;
            if self.steps > self.call_limit || self.steps > self.step_limit {
                return self.raise(Raised::Exhausted(Exhausted::Steps));
            }
            if *at >= here.instructions.end {
                match here.successors.first() {
                    Some(next) => {
                        here = self.enter_block(body, *next)?;
                        (*block, *at) = (*next, here.instructions.start);
                        continue;
                    }
                    None => return self.raise(Raised::Unreadable),
                }
            }
            if let Some(top) = self.frames.last_mut() {
                (top.block, top.at) = (*block, *at);
            }
            let instruction = &body.instructions[*at as usize];
            match self.execute(here, &instruction.operation, instruction.offset) {
                Ok(Next::Following) => *at += 1,
                Ok(Next::Block(next)) => {
                    here = self.enter_block(body, next)?;
                    (*block, *at) = (next, here.instructions.start);
                }
                Ok(Next::Frame) => return None,
                Err(raised) => return self.raise(raised),
            }
        }
    }

    fn enter_block<'b>(&mut self, body: &'b Body, block: BlockId) -> Option<&'b Block> {
        if self.frames.len() == 1
            && let Some(ways) = &mut self.ways
        {
            ways.visit(block);
        }
        body.blocks.get(block.index())
    }

    /// Takes an instruction that gives no value where it belongs. `None`: the run goes on.
    fn raise(&mut self, raised: Raised) -> Option<End> {
        match raised {
            Raised::Throw(exception) => self.unwind(exception),
            Raised::Initialise(class) if self.heap.to_base => {
                self.begin_initialiser(class);
                None
            }
            Raised::Initialise(class) => Some(End::Initialise(class)),
            Raised::Hole(hole) => {
                if !self.forgiving || self.frames.len() <= 1 {
                    return Some(End::Unknown(hole));
                }
                self.abandon();
                None
            }
            Raised::Exhausted(what) => {
                if !self.forgiving || self.frames.len() <= 1 || self.steps > self.step_limit {
                    return Some(End::Exhausted(what));
                }
                while self.frames.len() > 1 {
                    self.abandon();
                }
                self.call_limit = u64::MAX;
                None
            }
            Raised::Unreadable | Raised::Unmodelled | Raised::Invoke(..) => {
                if !self.forgiving || self.frames.len() <= 1 {
                    return Some(End::Unreadable);
                }
                self.abandon();
                None
            }
        }
    }

    /// Gives the top frame up: its result and what it may have changed are unknown.
    pub(crate) fn abandon(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        self.registers.truncate(frame.base);
        let table = self.link.table;
        let definition = table.method(frame.method);
        if let Some(class) = frame.initialises {
            self.statics.classes.insert(class, Readiness::Partial);
            return;
        }
        let returns = table.text(definition.proto).rsplit(')').next().unwrap_or("V");
        let hole = self.hole(table.text(definition.name), returns.starts_with(['L', '[']));
        for value in frame.arguments.iter() {
            self.forget(*value, hole, 0);
        }
        if let Some(to) = frame.to {
            self.set(to, Value::Unknown(hole));
        }
        if let Some(top) = self.frames.last_mut() {
            top.at += 1;
        }
    }

    /// Whatever the object holds may have been changed by code that was not followed.
    pub(crate) fn forget(&mut self, value: Value, hole: Hole, depth: u32) {
        let Some(object) = self.object(value) else { return };
        let hole = Hole { reference: false, ..hole };
        match &object.native {
            Native::Array(_) => {
                if let Some(Object { native: Native::Array(array), .. }) = self.object_mut(value) {
                    let reference = matches!(array.kind, b'L' | b'[');
                    array.forget(Hole { reference, ..hole });
                }
            }
            Native::Builder(_) => {
                if let Some(Object { native: Native::Builder(text), .. }) = self.object_mut(value) {
                    text.holes = vec![(text.units.len() as u32, hole)];
                }
            }
            Native::List(_) | Native::Map(_) | Native::Set(_) => {
                if let Some(object) = self.object_mut(value) {
                    object.native = Native::Outside(hole);
                }
            }
            Native::None if depth < 2 => {
                let fields = object.fields.clone();
                if let Some(object) = self.object_mut(value) {
                    object.open = Some(hole);
                    object.fields.retain(|(_, value)| *value != Value::NULL);
                }
                for (_, value) in fields.into_iter().take(64) {
                    self.forget(value, hole, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// Takes the top frame off with its result.
    pub(crate) fn leave(&mut self, value: Value) {
        let Some(frame) = self.frames.pop() else { return };
        self.registers.truncate(frame.base);
        if let Some(class) = frame.initialises {
            self.statics.classes.insert(class, Readiness::Ready);
            return;
        }
        self.mark_returned(value, &frame);
        if let Some(to) = frame.to {
            self.set(to, value);
        }
        if self.frames.len() == 1 {
            self.call_limit = u64::MAX;
            self.note_returned(value, frame.method);
        }
        match self.frames.last_mut() {
            Some(top) => top.at += 1,
            None => self.result = value,
        }
    }

    /// Looks for who catches.
    fn unwind(&mut self, exception: Value) -> Option<End> {
        let class = self.object(exception).map(|object| object.class);
        while let Some(frame) = self.frames.last() {
            let body = Rc::clone(&frame.body);
            let dex = frame.dex;
            let handlers = match body.blocks.get(frame.block.index()) {
                Some(block) if frame.at == block.instructions.start => &block.handlers[..],
                _ => &[],
            };
            for handler in handlers {
                let catches = match (handler.catches, class) {
                    (None, _) => true,
                    (Some(caught), Some(class)) => {
                        let caught = self.link.type_at(dex, caught);
                        // Where the platform's classes are not known, the broad ones are taken to catch.
                        caught.is_some_and(|caught| {
                            self.link.is_instance(class, caught).unwrap_or_else(|| {
                                matches!(
                                    &*self.link.text(caught),
                                    "Ljava/lang/Throwable;" | "Ljava/lang/Exception;"
                                )
                            })
                        })
                    }
                    (Some(caught), None) => {
                        let caught = self.link.type_at(dex, caught);
                        caught.is_some_and(|caught| {
                            matches!(
                                &*self.link.text(caught),
                                "Ljava/lang/Throwable;" | "Ljava/lang/Exception;"
                            )
                        })
                    }
                };
                if catches {
                    self.enter_block(&body, handler.block);
                    if let (Some(top), Some(block)) =
                        (self.frames.last_mut(), body.blocks.get(handler.block.index()))
                    {
                        (top.block, top.at) = (handler.block, block.instructions.start);
                        top.caught = exception;
                    }
                    if self.frames.len() == 1 {
                        self.call_limit = u64::MAX;
                    }
                    return None;
                }
            }
            if self.frames.len() == 1 {
                // The lowest frame goes on where it is forgiven, with a result that is not known.
                let operation = body.instructions.get(frame.at as usize).map(|one| one.operation);
                if self.forgiving
                    && let Some(operation) = operation
                    && !matches!(operation, Operation::Throw { .. })
                {
                    let hole = self.hole("thrown", false);
                    if let Some(to) = operation.written() {
                        self.set(to, Value::Unknown(hole));
                    }
                    if let Some(top) = self.frames.last_mut() {
                        top.at += 1;
                    }
                    self.call_limit = u64::MAX;
                    return None;
                }
                self.frames.pop();
                return Some(End::Threw(exception));
            }
            let Some(frame) = self.frames.pop() else { break };
            self.registers.truncate(frame.base);
            if let Some(class) = frame.initialises {
                self.statics.classes.insert(class, Readiness::Partial);
                return None;
            }
        }
        Some(End::Threw(exception))
    }

    fn execute(&mut self, block: &Block, operation: &Operation, offset: u32) -> Result<Next, Raised> {
        match *operation {
            Operation::Nothing => {}
            Operation::Move { to, from } => self.set(to, self.register(from)),
            Operation::Constant { to, value } => {
                let value = self.constant(value)?;
                self.set(to, value);
            }
            Operation::Caught { to } => {
                let caught = self.frames.last().map_or(Value::NULL, |frame| frame.caught);
                self.set(to, caught);
            }
            Operation::Compute { to, a, b, literal, exact, .. } => self.compute(to, a, b, literal, exact)?,
            Operation::InstanceOf { to, of, class } => {
                let value = self.register(of);
                let target = self.type_at(class)?;
                let answer = match value {
                    Value::Number(_) => Value::NULL,
                    Value::Unknown(hole) => Value::Unknown(Hole { reference: false, ..hole }),
                    Value::Ref(_) => match self.object(value).map(|object| object.class) {
                        Some(class) => match self.link.is_instance(class, target) {
                            Some(answer) => Value::of_bool(answer),
                            None => Value::Unknown(self.hole("instanceof", false)),
                        },
                        None => Value::Unknown(self.hole("instanceof", false)),
                    },
                };
                self.set(to, answer);
            }
            Operation::Cast { register, class } => {
                let value = self.register(register);
                if let Some(of) = self.object(value).map(|object| object.class) {
                    let target = self.type_at(class)?;
                    if self.link.is_instance(of, target) == Some(false) {
                        return Err(self.throw("Ljava/lang/ClassCastException;", ""));
                    }
                }
            }
            Operation::ArrayLength { to, array } => {
                let length = self.array(array)?.map(|array| array.len());
                let value = self.or_unknown(length.map(|length| length as i64), array);
                self.set(to, value);
            }
            Operation::New { to, class } => {
                let class = self.type_at(class)?;
                self.ready(class)?;
                let value = self.make(Object::new(class, Native::None));
                self.set(to, value);
            }
            Operation::NewArray { to, class, length } => {
                let value = match self.register(length) {
                    Value::Number(length) => {
                        let class = self.type_at(class)?;
                        self.new_array(class, length as i32)?
                    }
                    _ => Value::Unknown(self.hole("array", true)),
                };
                self.set(to, value);
            }
            Operation::FilledArray { to, class, elements } => {
                let class = self.type_at(class)?;
                let value = self.new_array(class, elements.len() as i32)?;
                for (index, register) in elements.iter().enumerate() {
                    let element = self.register(register);
                    if let Some(Object { native: Native::Array(array), .. }) = self.object_mut(value) {
                        array.put(index, element);
                    }
                }
                if let Some(to) = to {
                    self.set(to, value);
                }
            }
            Operation::FillArray { array } => self.fill(array, offset)?,
            Operation::ArrayGet { to, array, index } => {
                let value = self.array_get(array, index)?;
                self.set(to, value);
            }
            Operation::ArrayPut { from, array, index } => self.array_put(from, array, index)?,
            Operation::FieldGet { to, object, field } => {
                let value = self.field_get(object, field)?;
                self.set(to, value);
            }
            Operation::FieldPut { from, object, field } => self.field_put(from, object, field)?,
            Operation::StaticGet { to, field } => {
                let value = self.static_get(field)?;
                self.set(to, value);
            }
            Operation::StaticPut { from, field } => self.static_put(from, field)?,
            Operation::Invoke { kind, method, arguments, to } => {
                return self.invoke(kind, method, arguments, to, block);
            }
            Operation::InvokeCustom { to, .. }
            | Operation::InvokePolymorphic { to, .. }
            | Operation::Opaque { to, .. } => {
                if let Some(to) = to {
                    let hole = self.hole("call", false);
                    self.set(to, Value::Unknown(hole));
                }
            }
            Operation::If { what, a, b } => return self.branch(block, what, a, b),
            Operation::Switch { on } => {
                return match self.register(on) {
                    Value::Number(number) => {
                        let key = number as i32;
                        let case = block.keys.iter().position(|one| *one == key);
                        let next = case.map_or(block.successors.last(), |case| block.successors.get(case));
                        next.map(|next| Next::Block(*next)).ok_or(Raised::Unreadable)
                    }
                    Value::Unknown(hole) => self.part(block, hole),
                    Value::Ref(_) => Err(Raised::Unreadable),
                };
            }
            Operation::Return { value } => {
                let value = value.map_or(Value::NULL, |register| self.register(register));
                self.leave(value);
                return Ok(Next::Frame);
            }
            Operation::Throw { value } => {
                return Err(match self.register(value) {
                    Value::Number(_) => self.throw("Ljava/lang/NullPointerException;", ""),
                    other => Raised::Throw(other),
                });
            }
            Operation::Goto => {
                return block.successors.first().map(|next| Next::Block(*next)).ok_or(Raised::Unreadable);
            }
            Operation::Stop => return Err(Raised::Unreadable),
        }
        Ok(Next::Following)
    }

    fn branch(
        &mut self,
        block: &Block,
        what: Comparison,
        a: Register,
        b: Option<Register>,
    ) -> Result<Next, Raised> {
        let (left, right) = (self.register(a), b.map_or(Value::NULL, |b| self.register(b)));
        let holds = match (left, right) {
            (Value::Number(a), Value::Number(b)) => {
                Some(what.holds(i64::from(a as i32), i64::from(b as i32)))
            }
            (Value::Ref(a), Value::Ref(b)) => Some((a == b) == (what == Comparison::Equal)),
            (Value::Ref(_), Value::Number(0)) | (Value::Number(0), Value::Ref(_)) => {
                Some(what == Comparison::NotEqual)
            }
            // Deep in a call, an object that is not known is taken to be there.
            (Value::Unknown(Hole { reference: true, .. }), Value::Number(0))
                if self.forgiving && self.frames.len() > 1 && self.assumed < ASSUMED =>
            {
                self.assumed += 1;
                Some(what == Comparison::NotEqual)
            }
            _ => None,
        };
        match (holds, left, right) {
            (Some(holds), ..) => {
                let next = block.successors.get(usize::from(!holds));
                next.map(|next| Next::Block(*next)).ok_or(Raised::Unreadable)
            }
            (None, Value::Unknown(hole), _) | (None, _, Value::Unknown(hole)) => self.part(block, hole),
            (None, ..) => Err(Raised::Unreadable),
        }
    }

    /// A branch on something that is not known.
    fn part(&mut self, block: &Block, hole: Hole) -> Result<Next, Raised> {
        if self.frames.len() == 1 && self.ways.is_some() {
            return match self.choose(block) {
                Some(next) => Ok(Next::Block(next)),
                None => Err(Raised::Hole(hole)),
            };
        }
        Err(Raised::Hole(hole))
    }

    fn compute(
        &mut self,
        to: Register,
        a: Register,
        b: Option<Register>,
        literal: i64,
        exact: Op,
    ) -> Result<(), Raised> {
        let left = self.register(a);
        let right = b.map_or(Value::Number(literal), |b| self.register(b));
        let value = match (left, right) {
            (Value::Number(a), Value::Number(b)) => match arithmetic::compute(exact, a, b) {
                Ok(Some(value)) => Value::Number(value),
                Ok(None) => Value::Unknown(self.hole("value", false)),
                Err(_) => return Err(self.throw("Ljava/lang/ArithmeticException;", "divide by zero")),
            },
            (Value::Unknown(hole), _) | (_, Value::Unknown(hole)) => {
                Value::Unknown(Hole { reference: false, ..hole })
            }
            _ => Value::Unknown(self.hole("value", false)),
        };
        self.set(to, value);
        Ok(())
    }

    pub(crate) fn dex(&self) -> u16 {
        self.frames.last().map_or(0, |frame| frame.dex)
    }

    fn type_at(&mut self, class: overt_dex::TypeIdx) -> Result<Type, Raised> {
        let dex = self.dex();
        self.link.type_at(dex, class).ok_or(Raised::Unreadable)
    }

    fn constant(&mut self, literal: Literal) -> Answer {
        let dex = self.dex();
        Ok(match literal {
            Literal::Number(number) => Value::Number(number),
            Literal::Handle => Value::Unknown(self.hole("handle", true)),
            Literal::String(string) => self.literal(dex, string).ok_or(Raised::Unreadable)?,
            Literal::Class(class) => {
                let class = self.type_at(class)?;
                self.class_object(class)
            }
        })
    }

    /// The string of a DEX; the same object each time.
    pub(crate) fn literal(&mut self, dex: u16, string: StringIdx) -> Option<Value> {
        if let Some(handle) = self.literals.get(&(dex, string)) {
            return Some(Value::Ref(*handle));
        }
        let bytes = self.link.table.dexes().get(usize::from(dex))?.dex.string_bytes(string).ok()?;
        let units = overt_dex::mutf8::units(bytes).collect();
        let class = self.link.type_of("Ljava/lang/String;");
        let handle =
            self.heap.add_shared(Object::new(class, Native::Text(crate::text::Text::of_units(units))));
        self.literals.insert((dex, string), handle);
        Some(Value::Ref(handle))
    }

    /// The `Class` of a type; the same object each time.
    pub(crate) fn class_object(&mut self, class: Type) -> Value {
        if let Some(handle) = self.classes.get(&class) {
            return Value::Ref(*handle);
        }
        let of = self.link.type_of("Ljava/lang/Class;");
        let handle = self.heap.add_shared(Object::new(of, Native::Class(class)));
        self.classes.insert(class, handle);
        Value::Ref(handle)
    }
}
