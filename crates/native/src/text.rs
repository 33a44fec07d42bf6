//! Texts in the sandbox's memory: known bytes as they are, unknown ones as a hole.

use crate::mark::{CHANGED, IMAGE, Mark, Value};
use crate::memory::Memory;

/// What stands for a part that is not known.
pub(crate) const HOLE: &str = "‹?›";
/// The byte that unknown text consists of.
pub(crate) const FILLER: u8 = b'A';
/// The longest text read.
pub(crate) const LONGEST: usize = 4096;

/// A text as found in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) text: String,
    /// Who made the first unknown part.
    pub(crate) unknown: Option<u32>,
    /// Some byte of it was computed.
    pub(crate) changed: bool,
    /// Nothing but a hole.
    pub(crate) empty: bool,
}

/// Bytes with their marks up to the zero byte, at most `most`.
pub(crate) fn bytes(memory: &Memory<'_>, start: u64, most: usize) -> (Vec<(u8, Mark)>, Mark) {
    let mut out = Vec::new();
    for at in 0..most.min(LONGEST) {
        let (byte, mark) = memory.byte(start.wrapping_add(at as u64));
        if byte == 0 {
            return (out, mark);
        }
        out.push((byte, mark));
    }
    (out, Mark::KNOWN)
}

/// Reads the text at an address.
pub(crate) fn read(memory: &Memory<'_>, address: Value) -> Found {
    let Ok(start) = Memory::place(address) else { return Found { empty: true, ..Found::default() } };
    let (mut cells, end) = bytes(memory, start, LONGEST);
    if end.is_unknown() || address.mark.is_unknown() && cells.is_empty() {
        let from = if address.mark.is_unknown() { address.mark } else { end };
        cells.push((FILLER, from));
    }
    render(&cells)
}

/// Words for bytes.
pub(crate) fn render(cells: &[(u8, Mark)]) -> Found {
    let mut found = Found::default();
    let mut known: Vec<u8> = Vec::new();
    let mut holes = 0;
    let mut hole = false;
    let mut solid = 0;
    for (byte, mark) in cells {
        if mark.is_unknown() {
            found.unknown = found.unknown.or(Some(mark.from));
            if !hole {
                push(&mut found.text, &mut known);
                found.text.push_str(HOLE);
                holes += 1;
            }
            hole = true;
        } else {
            hole = false;
            solid += 1;
            found.changed |= mark.flags & IMAGE != 0 && mark.flags & CHANGED != 0;
            known.push(*byte);
        }
    }
    push(&mut found.text, &mut known);
    found.empty = solid == 0 && holes <= 1;
    found
}

fn push(text: &mut String, known: &mut Vec<u8>) {
    for char in String::from_utf8_lossy(known).chars() {
        if char.is_control() && !matches!(char, '\n' | '\r' | '\t') {
            text.push('\u{fffd}');
        } else {
            text.push(char);
        }
    }
    known.clear();
}
