//! What models ask of their arguments.

use crate::budget::Exhausted;
use crate::charset::Charset;
use crate::heap::{Array, Key, Native, Object};
use crate::machine::{Answer, Machine, Raised};
use crate::text::Text;
use crate::value::{Hole, Value};

/// The first argument, or null.
pub(super) fn at(values: &[Value], position: usize) -> Value {
    values.get(position).copied().unwrap_or(Value::NULL)
}

impl Machine<'_> {
    /// Why a value cannot be used: it is null, it is not known, or it is something else.
    pub(super) fn unfit(&mut self, value: Value) -> Raised {
        match value {
            Value::Number(_) => self.throw("Ljava/lang/NullPointerException;", ""),
            Value::Unknown(hole) => Raised::Hole(hole),
            Value::Ref(_) => match self.object(value) {
                Some(Object { native: Native::Outside(hole), .. }) => Raised::Hole(*hole),
                _ => Raised::Unmodelled,
            },
        }
    }

    /// A number.
    pub(super) fn number(&mut self, value: Value) -> Result<i64, Raised> {
        match value {
            Value::Number(number) => Ok(number),
            other => Err(self.unfit(other)),
        }
    }

    /// An `int`.
    pub(super) fn int(&mut self, value: Value) -> Result<i32, Raised> {
        self.number(value).map(|number| number as i32)
    }

    /// A length or position that must not be negative.
    pub(super) fn size(&mut self, value: Value) -> Result<usize, Raised> {
        let number = self.int(value)?;
        match usize::try_from(number) {
            Ok(number) => Ok(number),
            Err(_) => Err(self.throw("Ljava/lang/IndexOutOfBoundsException;", "")),
        }
    }

    /// The text of a string or builder, holes and all.
    pub(super) fn any_text(&mut self, value: Value) -> Result<&Text, Raised> {
        let fits =
            matches!(self.object(value), Some(Object { native: Native::Text(_) | Native::Builder(_), .. }));
        if !fits {
            return Err(self.unfit(value));
        }
        match self.object(value) {
            Some(Object { native: Native::Text(text) | Native::Builder(text), .. }) => Ok(text),
            _ => Err(Raised::Unmodelled),
        }
    }

    /// The units of a string or builder that is known throughout.
    pub(super) fn units(&mut self, value: Value) -> Result<&[u16], Raised> {
        let text = self.any_text(value)?;
        match text.holes.first() {
            Some((_, hole)) => Err(Raised::Hole(*hole)),
            None => Ok(&text.units),
        }
    }

    /// A known string, for names and the like.
    pub(super) fn string(&mut self, value: Value) -> Result<String, Raised> {
        self.units(value).map(String::from_utf16_lossy)
    }

    /// A known `byte[]`.
    pub(super) fn byte_array(&mut self, value: Value) -> Result<Vec<u8>, Raised> {
        let bytes = match self.object(value) {
            Some(Object { native: Native::Array(array), .. }) => array.bytes(),
            _ => None,
        };
        match bytes {
            Some(bytes) => {
                self.steps += bytes.len() as u64 / 32;
                Ok(bytes)
            }
            None => Err(self.unknown_elements(value)),
        }
    }

    /// A known `char[]`.
    pub(super) fn char_array(&mut self, value: Value) -> Result<Vec<u16>, Raised> {
        let units = match self.object(value) {
            Some(Object { native: Native::Array(array), .. }) => array.units(),
            _ => None,
        };
        match units {
            Some(units) => {
                self.steps += units.len() as u64 / 16;
                Ok(units)
            }
            None => Err(self.unknown_elements(value)),
        }
    }

    fn unknown_elements(&mut self, value: Value) -> Raised {
        let hole = match self.object(value) {
            Some(Object { native: Native::Array(array), .. }) => {
                (0..array.len()).find_map(|index| match array.get(index) {
                    Some(Value::Unknown(hole)) => Some(hole),
                    _ => None,
                })
            }
            _ => None,
        };
        hole.map_or_else(|| self.unfit(value), Raised::Hole)
    }

    /// An array of any type.
    pub(super) fn any_array(&mut self, value: Value) -> Result<Array, Raised> {
        let found = match self.object(value) {
            Some(Object { native: Native::Array(array), .. }) => Some(array.clone()),
            _ => None,
        };
        match found {
            Some(array) => {
                self.steps += array.len() as u64 / 16;
                Ok(array)
            }
            None => Err(self.unfit(value)),
        }
    }

    /// A part of a list of units or bytes.
    pub(super) fn part_of<'v, T>(
        &mut self,
        all: &'v [T],
        from: Value,
        count: Value,
    ) -> Result<&'v [T], Raised> {
        let (from, count) = (self.size(from)?, self.size(count)?);
        match from.checked_add(count).and_then(|end| all.get(from..end)) {
            Some(part) => Ok(part),
            None => Err(self.throw("Ljava/lang/StringIndexOutOfBoundsException;", "")),
        }
    }

    /// A character set by object or name.
    pub(super) fn charset(&mut self, value: Value) -> Result<Charset, Raised> {
        if let Some(Object { native: Native::Charset(charset), .. }) = self.object(value) {
            return Ok(*charset);
        }
        let name = self.string(value)?;
        match Charset::named(&name) {
            Some(charset) => Ok(charset),
            None => Err(self.throw("Ljava/io/UnsupportedEncodingException;", &name)),
        }
    }

    /// What is long is refused before it is made.
    pub(super) fn long_enough(&mut self, length: usize) -> Result<(), Raised> {
        self.steps += length as u64 / 32;
        if length > self.budget.length { Err(Raised::Exhausted(Exhausted::Length)) } else { Ok(()) }
    }

    /// A string.
    pub(super) fn answer_units(&mut self, units: Vec<u16>) -> Answer {
        self.answer_text(Text::of_units(units))
    }

    /// A string.
    pub(super) fn answer_text(&mut self, text: Text) -> Answer {
        self.long_enough(text.units.len())?;
        Ok(self.make_native("Ljava/lang/String;", Native::Text(text)))
    }

    /// A string.
    pub(crate) fn make_text(&mut self, text: &str) -> Value {
        self.make_native("Ljava/lang/String;", Native::Text(Text::of(text)))
    }

    /// A `byte[]`.
    pub(super) fn answer_bytes(&mut self, bytes: &[u8]) -> Answer {
        self.long_enough(bytes.len())?;
        Ok(self.make_native("[B", Native::Array(Array::of_bytes(bytes))))
    }

    /// A `char[]`.
    pub(super) fn answer_chars(&mut self, units: Vec<u16>) -> Answer {
        self.long_enough(units.len())?;
        let array = Array { kind: b'C', cells: crate::heap::Cells::Chars(units) };
        Ok(self.make_native("[C", Native::Array(array)))
    }

    /// An array of objects.
    pub(super) fn answer_objects(&mut self, class: &str, all: Vec<Value>) -> Answer {
        self.long_enough(all.len())?;
        let kind = class.as_bytes().get(1).copied().unwrap_or(b'L');
        let array = Array { kind, cells: crate::heap::Cells::Values(all) };
        Ok(self.make_native(class, Native::Array(array)))
    }

    /// Makes the receiver what its constructor makes it.
    pub(super) fn construct(&mut self, receiver: Value, native: Native) -> Answer {
        self.bytes += 64;
        if let Some(object) = self.object_mut(receiver) {
            object.native = native;
        }
        Ok(Value::NULL)
    }

    /// What a value shows as in a string; `kind` is the first letter of its declared type.
    pub(super) fn shown_text(&mut self, value: Value, kind: u8) -> Text {
        match value {
            Value::Unknown(hole) => Text::of_hole(hole),
            Value::Number(number) => match kind {
                b'C' => Text::of_units(vec![number as u16]),
                b'Z' => Text::of(if number & 1 == 0 { "false" } else { "true" }),
                b'J' => Text::of(&number.to_string()),
                b'F' => Text::of(&show_double(f64::from(f32::from_bits(number as u32)), true)),
                b'D' => Text::of(&show_double(f64::from_bits(number as u64), false)),
                b'L' | b'[' => {
                    // A null here is mostly a field whose maker was not followed.
                    Text::of_hole(self.hole("null", true))
                }
                _ => Text::of(&(number as i32).to_string()),
            },
            Value::Ref(_) => self.shown_object(value, 0),
        }
    }

    fn shown_object(&mut self, value: Value, depth: u32) -> Text {
        let Some(object) = self.object(value) else { return self.shown_text(value, b'L') };
        match &object.native {
            Native::Text(text) | Native::Builder(text) => text.clone(),
            Native::Boxed(kind, bits) => {
                let (kind, bits) = (*kind, *bits);
                self.shown_text(Value::Number(bits), kind)
            }
            Native::Outside(hole) => Text::of_hole(*hole),
            Native::List(all) if depth < 4 => {
                let all = all.clone();
                self.shown_list(&all, depth)
            }
            Native::Set(set) if depth < 4 => {
                let all: Vec<Value> = set.in_order().iter().map(|(key, _)| *key).collect();
                self.shown_list(&all, depth)
            }
            Native::Class(class) => {
                let name = java_name(&self.link.text(*class));
                Text::of(&format!("class {name}"))
            }
            Native::Charset(charset) => Text::of(charset.name()),
            Native::Throwable(message, _) => {
                let (class, message) = (object.class, *message);
                let mut text = Text::of(&java_name(&self.link.text(class)));
                if message != Value::NULL {
                    text.push(&Text::of(": "));
                    let message = self.shown_object(message, depth + 1);
                    text.push(&message);
                }
                text
            }
            Native::Output(bytes) => Text::of_units(Charset::Utf8.decode(bytes)),
            _ => Text::of_hole(self.hole("toString", true)),
        }
    }

    fn shown_list(&mut self, all: &[Value], depth: u32) -> Text {
        let mut text = Text::of("[");
        for (number, value) in all.iter().enumerate() {
            if text.units.len() > self.budget.length {
                break;
            }
            if number > 0 {
                text.push(&Text::of(", "));
            }
            let one = match value {
                Value::Ref(_) => self.shown_object(*value, depth + 1),
                other => self.shown_text(*other, b'L'),
            };
            text.push(&one);
        }
        text.push(&Text::of("]"));
        text
    }

    /// What a value is as a key of a map.
    pub(super) fn key(&mut self, value: Value) -> Result<Key, Raised> {
        match self.object(value) {
            Some(Object { native: Native::Text(text), .. }) => match text.holes.first() {
                Some((_, hole)) => Err(Raised::Hole(*hole)),
                None => Ok(Key::Text(text.units.clone())),
            },
            Some(Object { native: Native::Boxed(kind, bits), .. }) => Ok(Key::Number(*kind, *bits)),
            Some(_) => Ok(Key::Identity(value)),
            None => match value {
                Value::Unknown(hole) => Err(Raised::Hole(hole)),
                other => Ok(Key::Identity(other)),
            },
        }
    }

    /// A number in its box.
    pub(super) fn answer_boxed(&mut self, kind: u8, bits: i64) -> Answer {
        let class = match kind {
            b'Z' => "Ljava/lang/Boolean;",
            b'B' => "Ljava/lang/Byte;",
            b'C' => "Ljava/lang/Character;",
            b'S' => "Ljava/lang/Short;",
            b'J' => "Ljava/lang/Long;",
            b'F' => "Ljava/lang/Float;",
            b'D' => "Ljava/lang/Double;",
            _ => "Ljava/lang/Integer;",
        };
        Ok(self.make_native(class, Native::Boxed(kind, bits)))
    }

    /// What is in a box.
    pub(super) fn unboxed(&mut self, value: Value) -> Result<(u8, i64), Raised> {
        match self.object(value) {
            Some(Object { native: Native::Boxed(kind, bits), .. }) => Ok((*kind, *bits)),
            _ => Err(self.unfit(value)),
        }
    }

    /// A hole as the answer.
    pub(super) fn answer_hole(&mut self, label: &str) -> Answer {
        let hole: Hole = self.hole(label, true);
        Err(Raised::Hole(hole))
    }
}

/// A descriptor as Java code writes the name: `a.b.C$D`, `[I`.
pub(super) fn java_name(descriptor: &str) -> String {
    match descriptor {
        "I" => "int".into(),
        "J" => "long".into(),
        "Z" => "boolean".into(),
        "B" => "byte".into(),
        "C" => "char".into(),
        "S" => "short".into(),
        "F" => "float".into(),
        "D" => "double".into(),
        "V" => "void".into(),
        array if array.starts_with('[') => array.replace('/', "."),
        class => class.trim_start_matches('L').trim_end_matches(';').replace('/', "."),
    }
}

/// A name of Java code as a descriptor.
pub(super) fn descriptor(name: &str) -> String {
    if name.starts_with('[') { name.replace('.', "/") } else { format!("L{};", name.replace('.', "/")) }
}

/// `Double.toString` and `Float.toString`.
pub(super) fn show_double(value: f64, single: bool) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    let size = value.abs();
    if value == 0.0 || (1e-3..1e7).contains(&size) {
        return if single { format!("{:?}", value as f32) } else { format!("{value:?}") };
    }
    let shown = if single { format!("{:e}", value as f32) } else { format!("{value:e}") };
    let (digits, exponent) = shown.split_once('e').unwrap_or((&shown, "0"));
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{exponent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_show_as_in_java() {
        for (value, wanted) in [
            (1.0, "1.0"),
            (0.001, "0.001"),
            (1e-4, "1.0E-4"),
            (12_345_678.0, "1.2345678E7"),
            (-0.5, "-0.5"),
            (100.0, "100.0"),
        ] {
            assert_eq!(show_double(value, false), wanted);
        }
        assert_eq!(show_double(f64::from(0.1f32), true), "0.1");
    }
}
