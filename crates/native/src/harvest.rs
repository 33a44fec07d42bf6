//! Texts among the bytes that a function wrote.

use std::collections::BTreeMap;

use crate::cipher;
use crate::facts::Recovered;
use crate::image::Image;
use crate::mark::{CHANGED, IMAGE, Mark};
use crate::memory::Memory;

/// Shortest text kept that was decoded, and that was assembled from constants.
const SHORTEST: usize = 4;
const SHORTEST_ASSEMBLED: usize = 6;
const LONGEST: usize = 4096;

/// The texts found in one file, each place with its longest.
pub(crate) struct Harvest<'i> {
    image: &'i Image,
    most: usize,
    /// By decoder and source: the text, and its number in the order of finding.
    found: BTreeMap<(u64, u64), BTreeMap<String, (usize, Recovered)>>,
    number: usize,
    count: usize,
    /// Texts were left out because there were too many.
    pub(crate) full: bool,
}

impl<'i> Harvest<'i> {
    pub(crate) fn new(image: &'i Image, most: usize) -> Harvest<'i> {
        Harvest { image, most, found: BTreeMap::new(), number: 0, count: 0, full: false }
    }

    /// Looks at what `decoder` wrote on behalf of `function`: places with sizes. Answers whether a decoded text was among it.
    pub(crate) fn gather(
        &mut self,
        memory: &Memory<'_>,
        written: &mut Vec<(u64, u8)>,
        decoder: u64,
        function: u64,
    ) -> bool {
        written.sort_unstable();
        written.dedup();
        let mut decoded = false;
        let mut from = 0;
        while from < written.len() {
            let (start, size) = written[from];
            let mut end = start.saturating_add(u64::from(size));
            let mut next = from + 1;
            while let Some((place, size)) = written.get(next).copied().filter(|(place, _)| *place <= end) {
                end = end.max(place.saturating_add(u64::from(size)));
                next += 1;
            }
            from = next;
            if end - start >= SHORTEST as u64 {
                decoded |= self.run(memory, start, (end - start).min(LONGEST as u64), decoder, function);
            }
        }
        written.clear();
        decoded
    }

    fn run(&mut self, memory: &Memory<'_>, start: u64, size: u64, decoder: u64, function: u64) -> bool {
        let cells: Vec<(u8, Mark)> = (0..size).map(|at| memory.byte(start + at)).collect();
        let mut decoded = false;
        for part in cells.split(|(byte, mark)| !printable(*byte) || mark.is_unknown()) {
            if part.len() >= SHORTEST {
                decoded |= self.text(part, decoder, function);
            }
        }
        decoded
    }

    fn text(&mut self, cells: &[(u8, Mark)], decoder: u64, function: u64) -> bool {
        let plain: Vec<u8> = cells.iter().map(|cell| cell.0).collect();
        let changed = cells.iter().filter(|cell| cell.1.is_changed()).count();
        let assembled = cells.iter().filter(|cell| cell.1.flags & IMAGE == 0).count();
        let decoded = changed * 10 >= cells.len() * 6;
        if !decoded && (assembled < cells.len() || plain.len() < SHORTEST_ASSEMBLED) {
            return false;
        }
        if !likely(&plain) || self.literal(&plain) {
            return false;
        }
        let flags = cells.iter().fold(0, |sum, cell| sum | cell.1.flags);
        let first = cells.iter().find(|cell| cell.1.flags & IMAGE != 0).map(|cell| u64::from(cell.1.from));
        let (algorithm, key) = if decoded {
            let sources: Vec<u8> = cells
                .iter()
                .filter(|cell| cell.1.flags & IMAGE != 0)
                .filter_map(|cell| self.image.byte(u64::from(cell.1.from)).map(|byte| byte.0))
                .collect();
            cipher::name(flags & CHANGED, Some(&sources), &plain)
        } else {
            ("assembled".to_owned(), None)
        };
        // Text that is only copied is no decoded text; a few bytes without a formula, or a few letters of a constant, may be chance.
        let letters = plain.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
        let chance = if decoded {
            // Searching for a zero byte word by word subtracts 1 from every byte of text that is not hidden at all.
            let search = plain.len() <= 8 && key.as_deref() == Some("0x01") && algorithm == "subtract";
            plain.len() < 6 && key.is_none() || search
        } else {
            // A path, a name with dots or a URL; words alone are what compilers make of any literal.
            let path = plain.iter().any(|byte| matches!(byte, b'/' | b'.'));
            letters < 5 || letters * 2 < plain.len() || !plain.is_ascii() || !path
        };
        if algorithm == "copy" || chance {
            return false;
        }
        let value = String::from_utf8_lossy(&plain).into_owned();
        let place = (decoder, first.unwrap_or(0));
        let known = self.found.entry(place).or_default();
        // A text seen while it grew.
        if known.keys().any(|longer| longer.starts_with(&value)) {
            return decoded;
        }
        let before = known.len();
        if first.is_some() {
            known.retain(|shorter, _| !value.starts_with(shorter.as_str()));
        }
        self.count -= before - known.len();
        if self.count >= self.most {
            self.full = true;
            return decoded;
        }
        self.count += 1;
        let recovered = Recovered {
            value: value.clone(),
            decoder: self.image.plain(decoder),
            function: self.image.plain(function),
            source: first.filter(|_| decoded).map(|at| at.wrapping_sub(self.image.bias)),
            algorithm,
            key,
        };
        self.number += 1;
        known.insert(value, (self.number, recovered));
        decoded
    }

    /// Whether the file holds the text as such.
    fn literal(&self, text: &[u8]) -> bool {
        self.image.ranges().any(|(_, bytes)| contains(bytes, text))
    }

    /// Everything found: one entry for each text and source. Who wrote it first decoded it; later ones only saw it pass.
    pub(crate) fn finish(self) -> Vec<Recovered> {
        let mut all: Vec<(usize, Recovered)> =
            self.found.into_values().flat_map(BTreeMap::into_values).collect();
        all.sort_by(|a, b| (&a.1.value, a.1.source, a.0).cmp(&(&b.1.value, b.1.source, b.0)));
        all.dedup_by(|next, kept| next.1.value == kept.1.value && next.1.source == kept.1.source);
        all.into_iter().map(|entry| entry.1).collect()
    }
}

pub(crate) fn contains(bytes: &[u8], text: &[u8]) -> bool {
    let Some((first, rest)) = text.split_first() else { return true };
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|tail| tail.iter().position(|byte| byte == first)) {
        at += found + 1;
        if bytes.get(at..at + rest.len()) == Some(rest) {
            return true;
        }
    }
    false
}

pub(crate) fn printable(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7e | b'\t' | b'\n' | b'\r') || byte >= 0x80
}

/// Whether bytes read like text: numbers that happen to be printable do not.
fn likely(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let length = text.chars().count();
    let letters = text.chars().filter(|char| char.is_alphanumeric()).count();
    let common =
        text.chars().filter(|char| matches!(char, '.' | '/' | '-' | '_' | ' ' | ':' | '%' | '=')).count();
    let mut distinct: Vec<char> = text.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    // Short runs that change between small letters, capitals, digits and signs at every step are no words.
    let class = |char: &char| {
        u8::from(char.is_lowercase())
            | u8::from(char.is_uppercase()) << 1
            | u8::from(char.is_ascii_digit()) << 2
    };
    let classes: Vec<u8> = text.chars().map(|char| class(&char)).collect();
    let turns = classes.windows(2).filter(|pair| pair[0] != pair[1]).count();
    if length < 16 && turns * 10 > (length - 1) * 6 {
        return false;
    }
    let needed = if length < 6 { 10 } else { 8 };
    (letters + common) * 10 >= length * needed
        && letters * 2 >= length
        && distinct.len() * 5 >= length.min(20)
        && distinct.len() >= 3
}
