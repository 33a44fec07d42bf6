//! ASN.1 in DER, and in the BER that old signing tools write (X.690).
//!
//! Own, because certificates of preinstalled apps are odd in every way, the only CMS crate is a pre-release that
//! takes nothing but strict DER, and the same sixty lines serve both.

use std::borrow::Cow;
use std::fmt;

/// Identifier octets (X.690, 8.1.2).
pub mod tag {
    /// INTEGER.
    pub const INTEGER: u8 = 0x02;
    /// BIT STRING.
    pub const BIT_STRING: u8 = 0x03;
    /// OCTET STRING.
    pub const OCTET_STRING: u8 = 0x04;
    /// OBJECT IDENTIFIER.
    pub const OBJECT_IDENTIFIER: u8 = 0x06;
    /// UTCTime.
    pub const UTC_TIME: u8 = 0x17;
    /// GeneralizedTime.
    pub const GENERALIZED_TIME: u8 = 0x18;
    /// SEQUENCE.
    pub const SEQUENCE: u8 = 0x30;
    /// SET.
    pub const SET: u8 = 0x31;
    /// Constructed, context-specific, number 0.
    pub const CONTEXT_0: u8 = 0xa0;
    /// Constructed, context-specific, number 3.
    pub const CONTEXT_3: u8 = 0xa3;
}

/// Nesting of indefinite lengths that is followed.
const DEPTH: usize = 32;

/// Why bytes are not the structure that was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One element.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    /// Identifier octet.
    pub tag: u8,
    /// Content octets.
    pub content: &'a [u8],
    /// Identifier, length and content.
    pub whole: &'a [u8],
}

impl<'a> Element<'a> {
    /// A reader over the content.
    #[must_use]
    pub fn inside(&self) -> Elements<'a> {
        Elements::new(self.content)
    }

    /// The bytes of an INTEGER without leading zeros; `None` when it is negative.
    #[must_use]
    pub fn unsigned(&self) -> Option<&'a [u8]> {
        if self.tag != tag::INTEGER || self.content.first().is_none_or(|byte| byte & 0x80 != 0) {
            return None;
        }
        let zeros = self.content.iter().take_while(|byte| **byte == 0).count();
        self.content.get(zeros..)
    }

    /// The bytes of a BIT STRING with no unused bits.
    #[must_use]
    pub fn bits(&self) -> Option<&'a [u8]> {
        match self.content.split_first() {
            Some((0, rest)) if self.tag == tag::BIT_STRING => Some(rest),
            _ => None,
        }
    }

    /// The bytes of an OCTET STRING, joined when it is constructed of several.
    #[must_use]
    pub fn octets(&self) -> Option<Cow<'a, [u8]>> {
        match self.tag {
            tag::OCTET_STRING => Some(Cow::Borrowed(self.content)),
            0x24 => {
                let mut joined = Vec::new();
                let mut parts = self.inside();
                while let Some(part) = parts.next_element().ok()? {
                    if part.tag != tag::OCTET_STRING {
                        return None;
                    }
                    joined.extend_from_slice(part.content);
                }
                Some(Cow::Owned(joined))
            }
            _ => None,
        }
    }
}

/// Elements one after another.
#[derive(Clone, Copy, Debug)]
pub struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    /// Reads `bytes` from the beginning.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Elements<'a> {
        Elements { rest: bytes }
    }

    /// The next element, or `None` at the end.
    ///
    /// # Errors
    /// [`Malformed`] when identifier or length are cut or of a kind that is never used here.
    pub fn next_element(&mut self) -> Result<Option<Element<'a>>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (element, rest) = split(self.rest, 0)?;
        self.rest = rest;
        Ok(Some(element))
    }

    /// The next element, which must be there and have this tag.
    ///
    /// # Errors
    /// [`Malformed`] when it is not.
    pub fn expect(&mut self, tag: u8, what: &str) -> Result<Element<'a>, Malformed> {
        match self.next_element()? {
            Some(element) if element.tag == tag => Ok(element),
            Some(element) => {
                Err(Malformed(format!("{what}: tag {:#04x} where {tag:#04x} belongs", element.tag)))
            }
            None => Err(Malformed(format!("{what} is missing"))),
        }
    }

    /// The next element when it has this tag; else nothing is read.
    ///
    /// # Errors
    /// [`Malformed`] as [`Elements::next_element`].
    pub fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, Malformed> {
        if self.rest.first() == Some(&tag) { self.next_element() } else { Ok(None) }
    }

    /// What is left.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

fn split(bytes: &[u8], depth: usize) -> Result<(Element<'_>, &[u8]), Malformed> {
    let cut = || Malformed("the data ends inside an element".into());
    let [tag, first, after @ ..] = bytes else { return Err(cut()) };
    if tag & 0x1f == 0x1f {
        return Err(Malformed("a tag number above 30".into()));
    }
    let (length, header) = match *first {
        short @ 0..=0x7f => (usize::from(short), 2usize),
        0x80 => return split_indefinite(bytes, *tag, after, depth),
        long => {
            let count = usize::from(long & 0x7f);
            if count > 4 {
                return Err(Malformed(format!("a length of {count} bytes")));
            }
            let digits = after.get(..count).ok_or_else(cut)?;
            let length = digits.iter().fold(0usize, |sum, digit| (sum << 8) | usize::from(*digit));
            (length, 2usize.saturating_add(count))
        }
    };
    let end = header.checked_add(length).ok_or_else(cut)?;
    let whole = bytes.get(..end).ok_or_else(cut)?;
    let content = whole.get(header..).ok_or_else(cut)?;
    Ok((Element { tag: *tag, content, whole }, bytes.get(end..).unwrap_or(&[])))
}

/// The indefinite form (X.690, 8.1.3.6): elements up to two zero bytes.
fn split_indefinite<'a>(
    bytes: &'a [u8],
    tag: u8,
    after: &'a [u8],
    depth: usize,
) -> Result<(Element<'a>, &'a [u8]), Malformed> {
    if tag & 0x20 == 0 || depth >= DEPTH {
        return Err(Malformed("an indefinite length where none is allowed".into()));
    }
    let mut rest = after;
    loop {
        if let [0, 0, behind @ ..] = rest {
            let content = after.get(..after.len().saturating_sub(rest.len())).unwrap_or(&[]);
            let whole = bytes.get(..bytes.len().saturating_sub(behind.len())).unwrap_or(bytes);
            return Ok((Element { tag, content, whole }, behind));
        }
        if rest.is_empty() {
            return Err(Malformed("an indefinite length without an end".into()));
        }
        rest = split(rest, depth.saturating_add(1))?.1;
    }
}

/// An object identifier in dotted form.
#[must_use]
pub fn dotted(content: &[u8]) -> String {
    let mut arcs: Vec<u64> = Vec::new();
    let mut value = 0u64;
    for byte in content {
        value = (value << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if arcs.is_empty() {
                let first = (value / 40).min(2);
                arcs.push(first);
                arcs.push(value.saturating_sub(first.saturating_mul(40)));
            } else {
                arcs.push(value);
            }
            value = 0;
        }
    }
    let parts: Vec<String> = arcs.iter().map(u64::to_string).collect();
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_length_forms() {
        let mut elements = Elements::new(&[
            0x02, 0x01, 0x05, // INTEGER 5
            0x30, 0x80, 0x02, 0x01, 0x07, 0x00, 0x00, // SEQUENCE of indefinite length with INTEGER 7
            0x04, 0x81, 0x01, 0xff, // OCTET STRING, long form
        ]);
        let five = elements.expect(tag::INTEGER, "five").expect("there");
        assert_eq!(five.unsigned(), Some(&[5u8][..]));
        let list = elements.expect(tag::SEQUENCE, "list").expect("there");
        assert_eq!(list.content, [0x02, 0x01, 0x07]);
        assert_eq!(list.whole.len(), 7);
        let text = elements.expect(tag::OCTET_STRING, "text").expect("there");
        assert_eq!(text.octets().as_deref(), Some(&[0xffu8][..]));
        assert!(elements.next_element().expect("the end").is_none());
    }

    #[test]
    fn hostile_lengths_are_refused() {
        for bytes in [
            &[0x30][..],
            &[0x30, 0x05, 0x00],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x30, 0x85, 0, 0, 0, 0, 0],
            &[0x04, 0x80, 0x00, 0x00],
            &[0x30, 0x80, 0x02, 0x01, 0x07],
            &[0x1f, 0x81, 0x00],
        ] {
            assert!(Elements::new(bytes).next_element().is_err(), "{bytes:02x?}");
        }
        // Nesting of indefinite lengths without end costs no stack.
        let deep: Vec<u8> = [0x30, 0x80].repeat(100_000);
        assert!(Elements::new(&deep).next_element().is_err());
    }

    #[test]
    fn object_identifiers_in_dotted_form() {
        assert_eq!(dotted(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05]), "1.2.840.113549.1.1.5");
        assert_eq!(dotted(&[0x55, 0x04, 0x03]), "2.5.4.3");
        assert_eq!(dotted(&[]), "");
    }
}
