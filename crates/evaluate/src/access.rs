//! What instructions read and write: arrays, fields, statics.

use overt_program::ClassId;
use overt_program::ir::Register;

use crate::budget::Exhausted;
use crate::heap::{Array, Native, Object, Readiness, narrow};
use crate::linkage::Type;
use crate::machine::{Answer, Machine, Raised};
use crate::origin::OriginId;
use crate::value::{Hole, Value};

impl Machine<'_> {
    pub(crate) fn new_array(&mut self, class: Type, length: i32) -> Answer {
        let Ok(length) = usize::try_from(length) else {
            return Err(self.throw("Ljava/lang/NegativeArraySizeException;", ""));
        };
        if length > self.budget.length {
            return Err(Raised::Exhausted(Exhausted::Length));
        }
        let kind = self.link.text(class).as_bytes().get(1).copied().unwrap_or(b'L');
        let value = self.make(Object::new(class, Native::Array(Array::new(kind, length))));
        self.afford()?;
        Ok(value)
    }

    /// Is there memory left?
    pub(crate) fn afford(&self) -> Result<(), Raised> {
        let limit = if self.heap.to_base { self.budget.static_bytes } else { self.budget.bytes };
        if self.bytes > limit { Err(Raised::Exhausted(Exhausted::Bytes)) } else { Ok(()) }
    }

    pub(crate) fn fill(&mut self, array: Register, offset: u32) -> Result<(), Raised> {
        let Some(frame) = self.frames.last() else { return Err(Raised::Unreadable) };
        let table = self.link.table;
        let definition = table.method(frame.method);
        let linked = table.dexes().get(usize::from(frame.dex)).ok_or(Raised::Unreadable)?;
        let code = linked.dex.code(definition.code_off).map_err(|_| Raised::Unreadable)?;
        let instruction = code.instruction_at(offset).map_err(|_| Raised::Unreadable)?;
        let payload = code.array_payload(&instruction).map_err(|_| Raised::Unreadable)?;
        let value = self.register(array);
        if let Some(Object { native: Native::Array(array), .. }) = self.object_mut(value) {
            for (index, element) in payload.iter().enumerate() {
                if !array.put(index, Value::Number(narrow(array.kind, element))) {
                    break;
                }
            }
        }
        self.steps += u64::from(payload.count) / 32;
        Ok(())
    }

    /// The array in a register; `None`: unknown.
    pub(crate) fn array(&mut self, register: Register) -> Result<Option<&Array>, Raised> {
        let value = self.register(register);
        if value == Value::NULL {
            return self.on_null().map(|()| None);
        }
        Ok(match self.object(value).map(|object| &object.native) {
            Some(Native::Array(array)) => Some(array),
            _ => None,
        })
    }

    /// A null where an object is needed: an exception, but in the lowest frame, where a field may lack its value only
    /// because its maker was not followed, something unknown.
    pub(crate) fn on_null(&mut self) -> Result<(), Raised> {
        let lenient = self.forgiving
            && self.frames.len() == 1
            && self.frames.last().is_some_and(|frame| {
                frame.body.blocks.get(frame.block.index()).is_none_or(|block| block.handlers.is_empty())
            });
        if lenient { Ok(()) } else { Err(self.throw("Ljava/lang/NullPointerException;", "")) }
    }

    pub(crate) fn or_unknown(&mut self, number: Option<i64>, of: Register) -> Value {
        match (number, self.register(of)) {
            (Some(number), _) => Value::Number(number),
            (None, Value::Unknown(hole)) => Value::Unknown(Hole { reference: false, ..hole }),
            _ => Value::Unknown(self.hole("array", false)),
        }
    }

    fn out_of_bounds(&mut self) -> Raised {
        self.throw("Ljava/lang/ArrayIndexOutOfBoundsException;", "")
    }

    pub(crate) fn array_get(&mut self, array: Register, index: Register) -> Answer {
        let at = self.register(index);
        let (kind, found) = match (self.array(array)?, at) {
            (Some(array), Value::Number(index)) => {
                let found = usize::try_from(index as i32).ok().and_then(|index| array.get(index));
                (array.kind, found)
            }
            (Some(array), Value::Unknown(hole)) => {
                let reference = matches!(array.kind, b'L' | b'[');
                return Ok(Value::Unknown(Hole { reference, ..hole }));
            }
            _ => {
                return Ok(match self.register(array) {
                    Value::Unknown(hole) => Value::Unknown(hole),
                    _ => Value::Unknown(self.hole("element", true)),
                });
            }
        };
        let _ = kind;
        found.ok_or_else(|| self.out_of_bounds())
    }

    pub(crate) fn array_put(
        &mut self,
        from: Register,
        array: Register,
        index: Register,
    ) -> Result<(), Raised> {
        let (value, at, target) = (self.register(from), self.register(index), self.register(array));
        if self.array(array)?.is_none() {
            return Ok(());
        }
        if at.is_unknown() {
            // All of it is written.
            self.steps += self.array(array)?.map_or(0, |array| array.len() as u64 / 16);
        }
        let mut inside = true;
        let hole = self.hole("element", false);
        if let Some(Object { native: Native::Array(array), .. }) = self.object_mut(target) {
            match at {
                Value::Number(index) => {
                    inside = usize::try_from(index as i32).is_ok_and(|index| array.put(index, value));
                }
                _ => array.forget(Hole { reference: matches!(array.kind, b'L' | b'['), ..hole }),
            }
        }
        if inside { Ok(()) } else { Err(self.out_of_bounds()) }
    }

    pub(crate) fn field_get(&mut self, object: Register, field: overt_dex::FieldIdx) -> Answer {
        let dex = self.dex();
        let target = self.link.field(dex, field).ok_or(Raised::Unreadable)?;
        let value = self.register(object);
        let reference = matches!(target.kind, b'L' | b'[');
        if value == Value::NULL {
            self.on_null()?;
        }
        let found = self.object(value).map(|object| {
            let set = object.fields.iter().find(|(id, _)| *id == target.id).map(|(_, value)| *value);
            match (set, object.open) {
                (Some(value), _) => Some(value),
                (None, Some(_)) => None,
                (None, None) => Some(Value::NULL),
            }
        });
        Ok(match found.flatten() {
            Some(value) => value,
            None => Value::Unknown(self.hole(&target.name, reference)),
        })
    }

    pub(crate) fn field_put(
        &mut self,
        from: Register,
        object: Register,
        field: overt_dex::FieldIdx,
    ) -> Result<(), Raised> {
        let dex = self.dex();
        let target = self.link.field(dex, field).ok_or(Raised::Unreadable)?;
        let value = self.narrowed(self.register(from), target.kind);
        let to = self.register(object);
        if to == Value::NULL {
            return self.on_null();
        }
        if let Some(object) = self.object_mut(to) {
            match object.fields.iter_mut().find(|(id, _)| *id == target.id) {
                Some(slot) => slot.1 = value,
                None => object.fields.push((target.id, value)),
            }
        }
        Ok(())
    }

    fn narrowed(&self, value: Value, kind: u8) -> Value {
        match value {
            Value::Number(number) => Value::Number(narrow(kind, number)),
            other => other,
        }
    }

    pub(crate) fn static_get(&mut self, field: overt_dex::FieldIdx) -> Answer {
        let dex = self.dex();
        let target = self.link.field(dex, field).ok_or(Raised::Unreadable)?;
        let reference = matches!(target.kind, b'L' | b'[');
        let Some(owner) = target.owner else {
            return Ok(match crate::library::static_field(self, &target.class, &target.name) {
                Some(value) => value,
                None => Value::Unknown(self.hole(&target.name, reference)),
            });
        };
        self.ready_class(owner)?;
        let set = self.statics.run.get(&target.id).or_else(|| self.statics.base.get(&target.id));
        Ok(match (set, self.statics.classes.get(&owner)) {
            (Some(value), _) => *value,
            (None, Some(Readiness::Partial)) => Value::Unknown(self.hole(&target.name, reference)),
            (None, _) => Value::NULL,
        })
    }

    pub(crate) fn static_put(&mut self, from: Register, field: overt_dex::FieldIdx) -> Result<(), Raised> {
        let dex = self.dex();
        let target = self.link.field(dex, field).ok_or(Raised::Unreadable)?;
        let value = self.narrowed(self.register(from), target.kind);
        if let Some(owner) = target.owner {
            self.ready_class(owner)?;
        }
        self.put_static(target.id, value);
        Ok(())
    }

    pub(crate) fn put_static(&mut self, id: crate::linkage::FieldId, value: Value) {
        if self.heap.to_base {
            self.statics.base.insert(id, value);
        } else {
            self.statics.run.insert(id, value);
        }
    }

    /// Initialises the class of a type before its first use.
    pub(crate) fn ready(&mut self, class: Type) -> Result<(), Raised> {
        match self.link.own_class(class) {
            Some(own) => self.ready_class(own),
            None => Ok(()),
        }
    }

    /// Initialises a class before its first use.
    pub(crate) fn ready_class(&mut self, class: ClassId) -> Result<(), Raised> {
        if self.statics.classes.contains_key(&class) { Ok(()) } else { Err(Raised::Initialise(class)) }
    }

    /// The origin of an object.
    pub(crate) fn origin(&self, value: Value) -> OriginId {
        self.object(value).map_or(OriginId::LITERAL, |object| object.origin)
    }
}
