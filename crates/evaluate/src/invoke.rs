//! Calls: of the app's methods, and of the platform's through their models.

use std::rc::Rc;

use overt_dex::{Args, MethodIdx, Value as Constant};
use overt_program::classes::MethodKey;
use overt_program::ir::{Block, InvokeKind, Register};
use overt_program::{ClassId, MethodId};
use smallvec::SmallVec;

use crate::budget::Exhausted;
use crate::heap::{Native, Object, Readiness};
use crate::library::{self, Function};
use crate::linkage::MethodTarget;
use crate::machine::{Arguments, Machine, Next, Note, Raised};
use crate::origin::{Decoder, Kind, Origin};
use crate::value::{Hole, Value};

impl Machine<'_> {
    pub(crate) fn invoke(
        &mut self,
        kind: InvokeKind,
        method: MethodIdx,
        arguments: Args,
        to: Option<Register>,
        block: &Block,
    ) -> Result<Next, Raised> {
        let dex = self.dex();
        let target = self.link.method(dex, method).ok_or(Raised::Unreadable)?;
        let mut values = Arguments::new();
        let mut registers = arguments.iter();
        if kind != InvokeKind::Static
            && let Some(receiver) = registers.next()
        {
            values.push(self.register(receiver));
        }
        for kind in &target.parameters {
            let Some(register) = registers.next() else { break };
            values.push(self.register(register));
            if matches!(kind, b'J' | b'D') {
                registers.next();
            }
        }
        let receiver = values.first().copied().unwrap_or(Value::NULL);
        match kind {
            InvokeKind::Static => match target.resolved {
                Some(method) => {
                    self.ready_class(self.link.table.method(method).class)?;
                    self.enter(method, values, to, &target)
                }
                None => self.platform(target.model, &target, values, to, block),
            },
            InvokeKind::Direct => match target.resolved {
                Some(method) => self.enter(method, values, to, &target),
                None => self.platform(target.model, &target, values, to, block),
            },
            InvokeKind::Super => {
                let method = self.super_target(&target);
                match method {
                    Some(method) => self.enter(method, values, to, &target),
                    None => {
                        let model = self.model_for(receiver, &target);
                        self.platform(model, &target, values, to, block)
                    }
                }
            }
            InvokeKind::Virtual | InvokeKind::Interface => {
                self.invoke_virtual(receiver, target, values, to, block)
            }
        }
    }

    fn super_target(&mut self, target: &MethodTarget) -> Option<MethodId> {
        let table = self.link.table;
        let own = table.method(self.frames.last()?.method).class;
        let superclass = table.class(own).superclass?;
        let key = MethodKey { class: superclass, ..target.key };
        table.resolve(key).filter(|method| table.is_own(table.method(*method).class))
    }

    fn invoke_virtual(
        &mut self,
        receiver: Value,
        target: Rc<MethodTarget>,
        mut values: Arguments,
        to: Option<Register>,
        block: &Block,
    ) -> Result<Next, Raised> {
        match receiver {
            Value::Number(_) => {
                // What stands in for a null is something unknown where that is forgiven.
                self.on_null()?;
                self.unknown_result(&target, &values, to, None);
                Ok(Next::Following)
            }
            Value::Ref(_) => {
                let class = self.object(receiver).map(|object| object.class);
                if let Some(own) = class.and_then(|class| self.link.own_class(class))
                    && let Some(method) = self.link.dispatch(own, target.key)
                    && self.link.table.method(method).code_off != 0
                {
                    return self.enter(method, values, to, &target);
                }
                let model = self.model_for(receiver, &target);
                self.platform(model, &target, values, to, block)
            }
            Value::Unknown(hole) => {
                if target.resolved.is_some()
                    && let Some(class) = self.link.only_implementation(target.key.class)
                    && let Some(method) = self.link.dispatch(class, target.key)
                    && self.link.table.method(method).code_off != 0
                {
                    let stand_in = self.stand_in(class, hole);
                    if let Some(first) = values.first_mut() {
                        *first = stand_in;
                    }
                    return self.enter(method, values, to, &target);
                }
                self.platform(target.model, &target, values, to, block)
            }
        }
    }

    /// An object of a class of which nothing is known.
    pub(crate) fn stand_in(&mut self, class: ClassId, hole: Hole) -> Value {
        let class = self.link.type_of_class(class);
        let mut object = Object::new(class, Native::None);
        object.open = Some(hole);
        self.make(object)
    }

    /// The model for a call on this object: by what it is, then by the class of the reference.
    fn model_for(&mut self, receiver: Value, target: &MethodTarget) -> Option<Function> {
        let class = match self.object(receiver) {
            Some(object) => library::class_of(&object.native),
            None => None,
        };
        class
            .and_then(|class| library::find(class, &target.name, &target.prototype))
            .or(target.model)
            .or_else(|| library::find(target.owner.as_deref()?, &target.name, &target.prototype))
            .or_else(|| library::find("Ljava/lang/Object;", &target.name, &target.prototype))
    }

    /// Calls a method of the app.
    pub(crate) fn enter(
        &mut self,
        method: MethodId,
        values: Arguments,
        to: Option<Register>,
        target: &MethodTarget,
    ) -> Result<Next, Raised> {
        if self.frames.len() >= self.budget.depth {
            return Err(Raised::Exhausted(Exhausted::Depth));
        }
        if self.link.table.method(method).code_off == 0 {
            self.unknown_result(target, &values, to, None);
            return Ok(Next::Following);
        }
        if self.push(method, values.clone(), to) {
            return Ok(Next::Frame);
        }
        self.unknown_result(target, &values, to, None);
        Ok(Next::Following)
    }

    /// Calls a method of the platform.
    fn platform(
        &mut self,
        model: Option<Function>,
        target: &Rc<MethodTarget>,
        values: Arguments,
        to: Option<Register>,
        block: &Block,
    ) -> Result<Next, Raised> {
        self.note_use(target, &values, model.is_some());
        let Some(model) = model else {
            self.unmodelled(target, &values, to, block);
            return Ok(Next::Following);
        };
        self.note = Note::default();
        match model(self, &values, target) {
            Ok(value) => {
                self.afford()?;
                self.mark_made(value, &values, target);
                if let Some(to) = to {
                    self.set(to, value);
                }
                Ok(Next::Following)
            }
            Err(Raised::Hole(hole)) => {
                self.unknown_result(target, &values, to, Some(hole));
                Ok(Next::Following)
            }
            Err(Raised::Unmodelled) => {
                self.unmodelled(target, &values, to, block);
                Ok(Next::Following)
            }
            Err(Raised::Invoke(method, arguments)) => self.enter(method, arguments, to, target),
            Err(other) => Err(other),
        }
    }

    fn unmodelled(&mut self, target: &MethodTarget, values: &[Value], to: Option<Register>, block: &Block) {
        if self.frames.len() == 1 {
            self.part_to_handlers(block);
        }
        if &*target.name == "<init>" {
            let label = target.class.rsplit('/').next().unwrap_or("").trim_end_matches(';').to_owned();
            let hole = self.hole(&label, true);
            if let Some(object) = values.first().and_then(|receiver| self.object_mut(*receiver))
                && matches!(object.native, Native::None)
            {
                // Of an object of the app only the platform's part is not known.
                object.native = Native::Outside(hole);
            }
            return;
        }
        self.unknown_result(target, values, to, None);
    }

    /// The result is not known, and what the callee may have changed is neither.
    fn unknown_result(
        &mut self,
        target: &MethodTarget,
        values: &[Value],
        to: Option<Register>,
        hole: Option<Hole>,
    ) {
        let reference = matches!(target.returns, b'L' | b'[');
        let hole = match hole {
            Some(hole) => Hole { reference, ..hole },
            None => self.hole(&target.name, reference),
        };
        for value in values {
            let changeable = self.object(*value).is_some_and(|object| {
                matches!(&object.native, Native::Builder(_))
                    || matches!(&object.native, Native::Array(array) if array.kind != b'L')
            });
            if changeable {
                self.forget(*value, hole, 2);
            }
        }
        if let Some(to) = to {
            self.set(to, Value::Unknown(hole));
        }
    }

    /// Says of what a model made how it came about: from its arguments.
    fn mark_made(&mut self, value: Value, values: &[Value], target: &Rc<MethodTarget>) {
        let tracked = |native: &Native| {
            matches!(
                native,
                Native::Text(_)
                    | Native::Builder(_)
                    | Native::Array(_)
                    | Native::Output(_)
                    | Native::Input(..)
                    | Native::Reader(..)
                    | Native::List(_)
                    | Native::Iterator(..)
                    | Native::Key(..)
                    | Native::Class(_)
            )
        };
        let mut origin = crate::origin::OriginId::LITERAL;
        for value in values {
            let of = self.origin(*value);
            origin = self.origins.join(origin, of);
        }
        let note = std::mem::take(&mut self.note);
        let is_resource = note.resource;
        if note.decoder.is_some() || note.cipher.is_some() || note.resource {
            let kind = if note.resource { Kind::Resource } else { Kind::Evaluated };
            let before = self.origins.get(origin).clone();
            let decoder = note
                .decoder
                .or(before.decoder)
                .or_else(|| (!note.resource).then(|| Decoder::Platform(target.signature().into())));
            let cipher = note.cipher.or(before.cipher);
            origin =
                self.origins.add(Origin { kind: kind.max(before.kind), decoder, cipher, returned: false });
        }
        let receiver = values.first().copied().filter(|value| *value != Value::NULL);
        let mut changed: SmallVec<[Value; 2]> = SmallVec::new();
        if let Some(receiver) = receiver
            && self.object(receiver).is_some_and(|object| {
                matches!(object.native, Native::Builder(_) | Native::Output(_)) || &*target.name == "<init>"
            })
        {
            changed.push(receiver);
        }
        if !values.contains(&value) {
            changed.push(value);
        }
        for value in changed {
            let Some(object) = self.object(value) else { continue };
            let is_new = matches!(value, Value::Ref(handle) if self.is_latest(handle));
            let is_text = matches!(object.native, Native::Text(_) | Native::Array(_));
            if !tracked(&object.native) {
                continue;
            }
            // A result that was there before (a field, an element) keeps what is said of it.
            if is_text
                && !is_new
                && &*target.name != "<init>"
                && object.origin != crate::origin::OriginId::LITERAL
            {
                continue;
            }
            if !is_new
                && !matches!(object.native, Native::Builder(_) | Native::Output(_))
                && &*target.name != "<init>"
            {
                continue;
            }
            let old = object.origin;
            let joined = self.origins.join(origin, old);
            let joined = if is_resource { joined } else { self.origins.reworked(joined) };
            if joined != old
                && let Some(object) = self.object_mut(value)
            {
                object.origin = joined;
            }
        }
        self.note_made(value, values, target);
    }

    /// Says of what a method of the app gives back that it is the decoder.
    pub(crate) fn mark_returned(&mut self, value: Value, frame: &crate::machine::Frame) {
        let Value::Ref(handle) = value else { return };
        let Some(object) = self.object(value) else { return };
        let literal = object.origin == crate::origin::OriginId::LITERAL;
        match &object.native {
            Native::Text(text) if !literal && text.is_known() => {}
            Native::Array(array) if array.bytes().is_some() || array.units().is_some() => {}
            _ => return,
        }
        if !self.heap.to_base && !self.is_of_run(handle) {
            return;
        }
        let origin = self.origins.get(object.origin);
        if origin.returned || origin.kind == Kind::Resource {
            return;
        }
        let made = Origin {
            kind: Kind::Evaluated,
            decoder: Some(Decoder::App(frame.method)),
            cipher: origin.cipher.clone(),
            returned: true,
        };
        let id = self.origins.add(made);
        if let Some(object) = self.object_mut(value) {
            object.origin = id;
        }
    }

    /// Puts the initialiser of a class (and of its superclasses) on the stack, with the values that the file states.
    pub(crate) fn begin_initialiser(&mut self, class: ClassId) {
        let table = self.link.table;
        let chain: Vec<ClassId> =
            table.superclasses(class).take_while(|class| table.is_own(*class)).collect();
        // The nearest class is put on first: those above it then run before it.
        for at in chain {
            if self.statics.classes.contains_key(&at) {
                continue;
            }
            self.statics.classes.insert(at, Readiness::Ready);
            self.initial_values(at);
            let names = table.names();
            let (Some(name), Some(proto)) = (names.get("<clinit>"), names.get("()V")) else { continue };
            if self.frames.len() >= self.budget.depth {
                self.statics.classes.insert(at, Readiness::Partial);
                continue;
            }
            if let Some(method) = table.defined(at, name, proto)
                && self.push(method, Arguments::new(), None)
                && let Some(frame) = self.frames.last_mut()
            {
                frame.initialises = Some(at);
                self.statics.classes.insert(at, Readiness::Running);
            }
        }
    }

    fn initial_values(&mut self, class: ClassId) {
        let dex = self.link.table.class(class).dex;
        let of = self.link.type_of_class(class);
        for member in self.link.members(class).iter().filter(|member| member.is_static) {
            let value = match &member.initial {
                Some(Constant::Byte(number)) => Value::Number(i64::from(*number)),
                Some(Constant::Short(number)) => Value::Number(i64::from(*number)),
                Some(Constant::Char(number)) => Value::Number(i64::from(*number)),
                Some(Constant::Int(number)) => Value::Number(i64::from(*number)),
                Some(Constant::Long(number)) => Value::Number(*number),
                Some(Constant::Float(number)) => Value::Number(i64::from(number.to_bits() as i32)),
                Some(Constant::Double(number)) => Value::Number(number.to_bits() as i64),
                Some(Constant::Boolean(truth)) => Value::of_bool(*truth),
                Some(Constant::String(string)) => match self.literal(dex, *string) {
                    Some(value) => value,
                    None => continue,
                },
                Some(Constant::Type(class)) => match self.link.type_at(dex, *class) {
                    Some(class) => self.class_object(class),
                    None => continue,
                },
                _ => continue,
            };
            let id = self.link.field_id(of, &member.name);
            self.statics.base.insert(id, value);
        }
    }
}

impl Machine<'_> {
    fn is_latest(&self, handle: crate::value::Handle) -> bool {
        self.heap.is_latest(handle)
    }

    fn is_of_run(&self, handle: crate::value::Handle) -> bool {
        self.heap.is_of_run(handle)
    }
}
