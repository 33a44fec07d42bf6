//! Messages of protocol buffers (`protobuf.dev/programming-guides/encoding`), as far as manifests need them.

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Number(u64),
    /// Text, bytes, a message, or numbers packed together.
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    pub(crate) fn number(self) -> Option<u64> {
        match self {
            Value::Number(number) => Some(number),
            Value::Bytes(_) => None,
        }
    }

    pub(crate) fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Value::Bytes(bytes) => Some(bytes),
            Value::Number(_) => None,
        }
    }
}

/// The fields of a message in their order, up to the end or the first that is malformed.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
    broken: bool,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(message: &'a [u8]) -> Fields<'a> {
        Fields { rest: message, broken: false }
    }

    /// Whether the message ended early or holds what no message can.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f).wrapping_shl(shift);
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, count: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(usize::try_from(count).ok()?)?;
        self.rest = rest;
        Some(taken)
    }

    fn field(&mut self) -> Option<(u32, Value<'a>)> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Number(self.varint()?),
            1 => Value::Number(u64::from_le_bytes(*self.take(8)?.first_chunk()?)),
            2 => {
                let length = self.varint()?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Number(u64::from(u32::from_le_bytes(*self.take(4)?.first_chunk()?))),
            // Groups are not written any more.
            _ => return None,
        };
        Some((u32::try_from(tag >> 3).ok()?, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (u32, Value<'a>);

    fn next(&mut self) -> Option<(u32, Value<'a>)> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.broken = true;
            self.rest = &[];
        }
        field
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_in_order_and_end_where_they_break() {
        // 1: 150, 2: "testing", 3: fixed 32, 4: fixed 64.
        let message = b"\x08\x96\x01\x12\x07testing\x1d\x01\0\0\0\x21\x02\0\0\0\0\0\0\0";
        let fields: Vec<_> = Fields::of(message).collect();
        let wanted = [
            (1, Value::Number(150)),
            (2, Value::Bytes(b"testing")),
            (3, Value::Number(1)),
            (4, Value::Number(2)),
        ];
        assert_eq!(fields, wanted);
        let ends = [0, 3, 12, 17, message.len()];
        for end in 0..=message.len() {
            let mut fields = Fields::of(&message[..end]);
            let count = fields.by_ref().count();
            assert_eq!(count, ends.iter().filter(|&&whole| whole <= end && whole > 0).count());
            assert_eq!(fields.is_broken(), !ends.contains(&end), "{end}");
        }
        let mut group = Fields::of(b"\x0b\x0c");
        assert!(group.next().is_none() && group.is_broken());
        let mut endless = Fields::of(&[0xff; 20]);
        assert!(endless.next().is_none() && endless.is_broken());
    }
}
