//! A typed value of an attribute or a resource (`Res_value` of the platform's `ResourceTypes.h`).

use crate::string_pool::StringPool;

/// What a binary XML attribute or a resource entry holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing (`TYPE_NULL`).
    Null,
    /// A resource id, `@string/x`; dynamic references included.
    Reference(u32),
    /// A theme attribute, `?attr/x`.
    ThemeAttribute(u32),
    /// Text.
    Text(String),
    /// A number in decimal or hexadecimal notation; colours included.
    Integer(u32),
    /// `true` or `false`.
    Boolean(bool),
    /// A float, dimension or fraction, or a type that is not known: its code and its bits.
    Other {
        /// `Res_value::dataType`.
        kind: u8,
        /// `Res_value::data`.
        data: u32,
    },
}

impl Value {
    /// Decodes type code and data; strings come from `pool`. A string index without a string is [`Value::Null`],
    /// as it is for Android.
    #[must_use]
    pub fn decode(kind: u8, data: u32, pool: &StringPool<'_>) -> Value {
        match kind {
            0x00 => Value::Null,
            0x01 | 0x07 => Value::Reference(data),
            0x02 | 0x08 => Value::ThemeAttribute(data),
            0x03 => pool.owned(data).map_or(Value::Null, Value::Text),
            0x12 => Value::Boolean(data != 0),
            0x10 | 0x11 | 0x1c..=0x1f => Value::Integer(data),
            _ => Value::Other { kind, data },
        }
    }

    /// As text, in the form that `TypedArray.getString` gives (references excluded).
    #[must_use]
    pub fn as_text(&self) -> Option<String> {
        match self {
            Value::Text(text) => Some(text.clone()),
            Value::Integer(number) => Some((*number as i32).to_string()),
            Value::Boolean(flag) => Some(flag.to_string()),
            Value::Other { kind: 0x04, data } => Some(f32::from_bits(*data).to_string()),
            _ => None,
        }
    }

    /// As a truth value, by the rules of `TypedArray.getBoolean`: numbers are true unless zero, texts are true
    /// when they are `1`, `true` or `TRUE`, and say nothing when empty.
    #[must_use]
    pub fn as_boolean(&self) -> Option<bool> {
        match self {
            Value::Boolean(flag) => Some(*flag),
            Value::Integer(number) => Some(*number != 0),
            Value::Text(text) if text.is_empty() => None,
            Value::Text(text) => Some(matches!(text.as_str(), "1" | "true" | "TRUE")),
            _ => None,
        }
    }

    /// As a number, by the rules of `TypedArray.getInt`; texts are read with the prefixes `0x`, `#` and `0`.
    #[must_use]
    pub fn as_integer(&self) -> Option<u32> {
        match self {
            Value::Integer(number) => Some(*number),
            Value::Boolean(flag) => Some(u32::from(*flag)),
            Value::Text(text) => parse_integer(text),
            _ => None,
        }
    }
}

/// `XmlUtils.convertValueToInt`.
fn parse_integer(text: &str) -> Option<u32> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (radix, digits) = if digits == "0" {
        (10, digits)
    } else if let Some(rest) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        (16, rest)
    } else if let Some(rest) = digits.strip_prefix('#') {
        (16, rest)
    } else if let Some(rest) = digits.strip_prefix('0') {
        (8, rest)
    } else {
        (10, digits)
    };
    let number = i64::from_str_radix(digits, radix).ok()?;
    let number = if negative { number.checked_neg()? } else { number };
    // `(int) Long.parseLong(…)`: the low 32 bits.
    Some(number as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_follow_the_platform() {
        for (value, expected) in [
            (Value::Boolean(true), Some(true)),
            (Value::Integer(0), Some(false)),
            (Value::Integer(u32::MAX), Some(true)),
            (Value::Text("true".into()), Some(true)),
            (Value::Text("TRUE".into()), Some(true)),
            (Value::Text("True".into()), Some(false)),
            (Value::Text("yes".into()), Some(false)),
            (Value::Text(String::new()), None),
            (Value::Null, None),
            (Value::Reference(1), None),
        ] {
            assert_eq!(value.as_boolean(), expected, "{value:?}");
        }
    }

    #[test]
    fn integers_in_text_follow_the_platform() {
        for (text, expected) in [
            ("23", Some(23)),
            ("-1", Some(u32::MAX)),
            ("0x10", Some(16)),
            ("#ff", Some(255)),
            ("010", Some(8)),
            ("0", Some(0)),
            ("R", None),
            ("", None),
        ] {
            assert_eq!(Value::Text(text.into()).as_integer(), expected, "{text}");
        }
    }
}
