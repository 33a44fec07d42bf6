//! What callers ask of the sandbox.

use std::rc::Rc;

use overt_program::{ClassId, ClassTable, MethodId};

use crate::budget::{Budget, Exhausted};
use crate::cipher::CipherUse;
use crate::heap::{Array, Native, Object, Readiness};
use crate::linkage::MethodTarget;
use crate::machine::{Arguments, End, Machine};
use crate::resources::Resources;
use crate::text::Text;
use crate::value::Value;

/// A value as callers give and get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plain {
    /// `null`.
    Null,
    /// A number, by its bits.
    Number(i64),
    /// A string; parts that are not known stand as `‹name›`.
    Text(String),
    /// A `byte[]`.
    Bytes(Vec<u8>),
    /// A `char[]`.
    Chars(Vec<u16>),
    /// An object of this class.
    Object(String),
    /// Not known; named after what would give it.
    Unknown(String),
}

/// How an evaluation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With a value.
    Value(Plain),
    /// With an exception of this class.
    Threw(String),
    /// It would have to know this.
    Unknown(String),
    /// A limit.
    Exhausted(Exhausted),
    /// The code cannot be read, or is not there (native methods).
    Unreadable,
}

/// An evaluated call.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// How it ended.
    pub outcome: Outcome,
    /// Ciphers it used, in order.
    pub ciphers: Vec<Rc<CipherUse>>,
    /// Steps it took.
    pub steps: u64,
}

/// Runs an app's code with nothing outside it.
pub struct Sandbox<'a> {
    pub(crate) machine: Machine<'a>,
    pub(crate) budget: Budget,
}

impl<'a> Sandbox<'a> {
    /// A sandbox for the app's classes.
    #[must_use]
    pub fn new(table: &'a ClassTable, resources: &'a dyn Resources, budget: Budget) -> Sandbox<'a> {
        Sandbox { machine: Machine::new(table, resources, budget), budget }
    }

    /// Steps taken so far.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.machine.steps
    }

    /// Runs the initialiser of a class, and of the classes it needs.
    pub(crate) fn initialise(&mut self, class: ClassId) {
        let machine = &mut self.machine;
        if machine.statics.classes.contains_key(&class) {
            return;
        }
        let left = self.budget.app_steps.saturating_sub(machine.steps);
        if left == 0 {
            machine.statics.classes.insert(class, Readiness::Partial);
            return;
        }
        let before = machine.bytes;
        machine.reset();
        machine.bytes = before;
        machine.heap.to_base = true;
        machine.forgiving = true;
        machine.step_limit = machine.steps + left.min(self.budget.initialiser_steps);
        machine.begin_initialiser(class);
        if !matches!(machine.run(), End::Returned(_)) {
            for frame in &machine.frames {
                if let Some(class) = frame.initialises {
                    machine.statics.classes.insert(class, Readiness::Partial);
                }
            }
            machine.statics.classes.insert(class, Readiness::Partial);
        }
        machine.heap.to_base = false;
        let bytes = machine.bytes;
        machine.reset();
        machine.bytes = bytes;
    }

    /// Runs a method on known arguments (the receiver first); branches on what is not known end it.
    pub fn evaluate_call(&mut self, method: MethodId, arguments: &[Plain]) -> Evaluation {
        let first = self.machine.steps;
        // Each round initialises a class that was not yet.
        for _ in 0..4096 {
            let bytes = self.machine.bytes;
            self.machine.reset();
            self.machine.forgiving = false;
            self.machine.ciphers.clear();
            self.machine.step_limit = self.machine.steps.saturating_add(self.budget.call_steps);
            let values: Arguments = arguments.iter().map(|one| self.value_of(one)).collect();
            let own = self.machine.link.table.method(method).class;
            let end = if !self.machine.statics.classes.contains_key(&own) {
                End::Initialise(own)
            } else if self.machine.push(method, values, None) {
                self.machine.run()
            } else {
                End::Unreadable
            };
            let outcome = match end {
                End::Initialise(class) => {
                    self.machine.bytes = bytes;
                    self.initialise(class);
                    continue;
                }
                End::Returned(value) => Outcome::Value(self.plain(value)),
                End::Threw(exception) => {
                    let class = self.machine.object(exception).map(|object| object.class);
                    Outcome::Threw(
                        class.map_or_else(String::new, |class| self.machine.link.text(class).to_string()),
                    )
                }
                End::Unknown(hole) => Outcome::Unknown(self.machine.label(hole).to_owned()),
                End::Exhausted(what) => Outcome::Exhausted(what),
                End::Unreadable => Outcome::Unreadable,
            };
            let ciphers = std::mem::take(&mut self.machine.ciphers);
            return Evaluation { outcome, ciphers, steps: self.machine.steps - first };
        }
        Evaluation {
            outcome: Outcome::Exhausted(Exhausted::Steps),
            ciphers: Vec::new(),
            steps: self.machine.steps - first,
        }
    }

    /// What a method of the platform makes of known arguments (the receiver first), where it is modelled.
    pub(crate) fn evaluate_model(&mut self, target: &MethodTarget, arguments: &[Plain]) -> Option<Plain> {
        let model = target.model?;
        let bytes = self.machine.bytes;
        self.machine.reset();
        self.machine.forgiving = false;
        let values: Arguments = arguments.iter().map(|one| self.value_of(one)).collect();
        let made = model(&mut self.machine, &values, target).ok().map(|value| self.plain(value));
        self.machine.reset();
        self.machine.bytes = bytes;
        made.filter(|made| !matches!(made, Plain::Unknown(_) | Plain::Null))
    }

    /// What a static field holds after its class was initialised.
    pub fn static_value(&mut self, class: ClassId, field: &str) -> Option<Plain> {
        self.initialise(class);
        let owner = self.machine.link.declaring(class, field)?;
        let of = self.machine.link.type_of_class(owner);
        let id = self.machine.link.field_id(of, &field.into());
        let value = self.machine.statics.base.get(&id).copied();
        match (value, self.machine.statics.classes.get(&owner)) {
            (Some(value), _) => Some(self.plain(value)),
            (None, Some(Readiness::Partial)) => Some(Plain::Unknown(field.to_owned())),
            (None, _) => Some(Plain::Null),
        }
    }

    fn value_of(&mut self, plain: &Plain) -> Value {
        let machine = &mut self.machine;
        match plain {
            Plain::Null => Value::NULL,
            Plain::Number(number) => Value::Number(*number),
            Plain::Text(text) => machine.make_text(text),
            Plain::Bytes(bytes) => machine.make_native("[B", Native::Array(Array::of_bytes(bytes))),
            Plain::Chars(units) => {
                let mut array = Array::new(b'C', units.len());
                for (index, unit) in units.iter().enumerate() {
                    array.put(index, Value::of_int(i32::from(*unit)));
                }
                machine.make_native("[C", Native::Array(array))
            }
            Plain::Object(class) => {
                let class = machine.link.type_of(class);
                let hole = machine.hole("object", true);
                let mut object = Object::new(class, Native::None);
                object.open = Some(hole);
                machine.make(object)
            }
            Plain::Unknown(label) => Value::Unknown(machine.hole(label, true)),
        }
    }

    fn plain(&self, value: Value) -> Plain {
        let machine = &self.machine;
        match value {
            Value::Number(number) => Plain::Number(number),
            Value::Unknown(hole) => Plain::Unknown(machine.label(hole).to_owned()),
            Value::Ref(_) => match machine.object(value) {
                None => Plain::Null,
                Some(object) => match &object.native {
                    Native::Text(text) | Native::Builder(text) => Plain::Text(shown(machine, text)),
                    Native::Array(array) => match (array.bytes(), array.units()) {
                        (Some(bytes), _) => Plain::Bytes(bytes),
                        (_, Some(units)) => Plain::Chars(units),
                        _ => Plain::Object(machine.link.text(object.class).to_string()),
                    },
                    Native::Boxed(_, bits) => Plain::Number(*bits),
                    _ => Plain::Object(machine.link.text(object.class).to_string()),
                },
            },
        }
    }
}

fn shown(machine: &Machine<'_>, text: &Text) -> String {
    text.show(|hole| machine.label(hole).to_owned())
}
