//! An ELF file as the dynamic linker would place it, without the linker's trust.
//!
//! Read through the program headers; section headers are ignored, as on the device. Positions inside the file are addresses of the
//! file; the sandbox moves position-independent files up by [`Image::bias`] so that a null pointer stays one.

use std::collections::{BTreeMap, BTreeSet};

use crate::memory;

/// Files larger than this are not run.
const LARGEST: u64 = 24 << 20;
/// Symbols, relocations, functions kept of one file.
const MOST: usize = 60_000;

/// What executes the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// 32-bit ARM, both instruction sets.
    Arm,
    /// 64-bit ARM.
    Arm64,
}

struct Segment {
    start: u64,
    bytes: Vec<u8>,
    /// Bytes behind `bytes` that are zero.
    zero: u64,
    code: bool,
}

/// A loaded file.
pub(crate) struct Image {
    pub(crate) machine: Machine,
    /// Added to every address of the file.
    pub(crate) bias: u64,
    segments: Vec<Segment>,
    /// Imported symbols; the n-th has the address `memory::IMPORTS + 16 * n`.
    pub(crate) imports: Vec<String>,
    /// Defined functions by name, addresses with the Thumb bit.
    pub(crate) exports: BTreeMap<String, u64>,
    /// Where functions begin, with the Thumb bit.
    pub(crate) functions: BTreeSet<u64>,
    pub(crate) entry: Option<u64>,
    /// Initialisers in order.
    pub(crate) initialisers: Vec<u64>,
}

/// Little-endian reading that answers `None` beyond the end.
fn number(bytes: &[u8], at: u64, size: usize) -> Option<u64> {
    let at = usize::try_from(at).ok()?;
    let slice = bytes.get(at..at.checked_add(size)?)?;
    Some(slice.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

#[derive(Default)]
struct Dynamic {
    tags: BTreeMap<u64, u64>,
}

impl Dynamic {
    fn get(&self, tag: u64) -> Option<u64> {
        self.tags.get(&tag).copied()
    }
}

impl Image {
    /// Loads a file.
    ///
    /// # Errors
    /// Why it cannot be run, in words.
    pub(crate) fn load(file: &[u8]) -> Result<Image, String> {
        if !file.starts_with(b"\x7fELF") {
            return Err("not an ELF file".to_owned());
        }
        let wide = match file.get(4) {
            Some(1) => false,
            Some(2) => true,
            _ => return Err("the class of the file is neither 32 nor 64 bits".to_owned()),
        };
        if file.get(5) != Some(&1) {
            return Err("not little-endian".to_owned());
        }
        let machine = match (number(file, 18, 2), wide) {
            (Some(40), false) => Machine::Arm,
            (Some(183), true) => Machine::Arm64,
            (Some(other), _) => return Err(format!("machine {other} is neither ARM nor AArch64")),
            (None, _) => return Err("the header is cut off".to_owned()),
        };
        if !matches!(number(file, 16, 2), Some(2 | 3)) {
            return Err("neither an executable nor a shared library".to_owned());
        }
        let word = if wide { 8 } else { 4 };
        let cut = || "the header is cut off".to_owned();
        let entry = number(file, 24, word).ok_or_else(cut)?;
        let table = number(file, if wide { 32 } else { 28 }, word).ok_or_else(cut)?;
        let count = number(file, if wide { 56 } else { 44 }, 2).ok_or_else(cut)?;
        let size = if wide { 56 } else { 32 };
        let mut image = Image {
            machine,
            bias: 0,
            segments: Vec::new(),
            imports: Vec::new(),
            exports: BTreeMap::new(),
            functions: BTreeSet::new(),
            entry: None,
            initialisers: Vec::new(),
        };
        let mut dynamic = None;
        let mut unwind = None;
        let mut total = 0_u64;
        for index in 0..count {
            let at = table.saturating_add(index * size);
            let field = |narrow: u64, broad: u64, size: usize| {
                number(file, at.saturating_add(if wide { broad } else { narrow }), size)
            };
            let (Some(kind), Some(offset), Some(start), Some(length), Some(memory), Some(flags)) = (
                field(0, 0, 4),
                field(4, 8, word),
                field(8, 16, word),
                field(16, 32, word),
                field(20, 40, word),
                field(24, 4, 4),
            ) else {
                break;
            };
            match kind {
                1 => {
                    let from = usize::try_from(offset).unwrap_or(usize::MAX).min(file.len());
                    let to = usize::try_from(offset.saturating_add(length)).unwrap_or(usize::MAX);
                    let bytes = file.get(from..to.min(file.len())).unwrap_or_default();
                    total += bytes.len() as u64;
                    if total > LARGEST {
                        return Err(format!("more than {} MB are loaded", LARGEST >> 20));
                    }
                    let zero = memory.saturating_sub(bytes.len() as u64).min(LARGEST);
                    let code = flags & 1 != 0;
                    image.segments.push(Segment { start, bytes: bytes.to_vec(), zero, code });
                }
                2 => dynamic = dynamic.or(Some((start, memory))),
                0x7000_0001 if machine == Machine::Arm => unwind = Some((start, memory)),
                0x6474_e550 if machine == Machine::Arm64 => unwind = Some((start, memory)),
                _ => {}
            }
        }
        image.settle(number(file, 16, 2) == Some(3))?;
        if entry != 0 {
            image.entry = Some(entry.wrapping_add(image.bias));
            image.function(entry.wrapping_add(image.bias));
        }
        if let Some((start, memory)) = dynamic {
            image.link(start.wrapping_add(image.bias), memory.min(1 << 16), wide);
        }
        if let Some((start, memory)) = unwind {
            image.unwind(start.wrapping_add(image.bias), memory.min(1 << 22));
        }
        Ok(image)
    }

    /// Chooses the bias and refuses what would lie over the sandbox's own memory.
    fn settle(&mut self, movable: bool) -> Result<(), String> {
        self.segments.sort_by_key(|segment| segment.start);
        let lowest = self.segments.first().map(|segment| segment.start).ok_or("nothing is loaded")?;
        if movable && lowest < 0x1_0000 {
            self.bias = 0x1000_0000;
        }
        let mut end = 0;
        for segment in &mut self.segments {
            segment.start = segment.start.checked_add(self.bias).ok_or("addresses overflow")?;
            let size = segment.bytes.len() as u64 + segment.zero;
            let last = segment.start.checked_add(size).ok_or("addresses overflow")?;
            if segment.start < end {
                return Err("loaded segments lie over each other".to_owned());
            }
            if segment.start < memory::END && last > memory::LOST || last > u64::from(u32::MAX) {
                return Err("the file is loaded where the sandbox keeps its own memory".to_owned());
            }
            end = last;
        }
        Ok(())
    }

    fn segment(&self, address: u64) -> Option<&Segment> {
        let after = self.segments.partition_point(|segment| segment.start <= address);
        let segment = self.segments.get(after.checked_sub(1)?)?;
        (address - segment.start < segment.bytes.len() as u64 + segment.zero).then_some(segment)
    }

    /// The byte at an address, and whether the file holds it.
    pub(crate) fn byte(&self, address: u64) -> Option<(u8, bool)> {
        let segment = self.segment(address)?;
        match segment.bytes.get((address - segment.start) as usize) {
            Some(byte) => Some((*byte, true)),
            None => Some((0, false)),
        }
    }

    /// Up to eight bytes at an address, little-endian, and whether the file holds them; `None` outside the image.
    pub(crate) fn word(&self, address: u64, size: u64) -> Option<(u64, bool)> {
        let segment = self.segment(address)?;
        let bytes = &segment.bytes;
        let at = (address - segment.start) as usize;
        if let Some(part) = bytes.get(at..at + size as usize) {
            return Some((part.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)), true));
        }
        let part = bytes.get(at..).unwrap_or_default();
        Some((part.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)), !part.is_empty()))
    }

    /// Whether any byte of a range belongs to the image.
    pub(crate) fn holds(&self, start: u64, size: u64) -> bool {
        self.segments.iter().any(|segment| {
            segment.start < start.saturating_add(size)
                && start < segment.start + segment.bytes.len() as u64 + segment.zero
        })
    }

    /// The code from an address to the end of its segment; `None` where there is no code.
    pub(crate) fn code(&self, address: u64) -> Option<&[u8]> {
        let segment = self.segment(address).filter(|segment| segment.code)?;
        segment.bytes.get((address - segment.start) as usize..)
    }

    /// Every range that the file fills.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.segments.iter().map(|segment| (segment.start, segment.bytes.as_slice()))
    }

    /// The address as the file has it, without the Thumb bit.
    pub(crate) fn plain(&self, address: u64) -> u64 {
        let address = address.wrapping_sub(self.bias);
        if self.machine == Machine::Arm { address & !1 } else { address }
    }

    fn read(&self, address: u64, size: usize) -> Option<u64> {
        let segment = self.segment(address)?;
        number(&segment.bytes, address - segment.start, size)
    }

    fn write(&mut self, address: u64, value: u64, size: usize) {
        let after = self.segments.partition_point(|segment| segment.start <= address);
        let Some(segment) = after.checked_sub(1).and_then(|index| self.segments.get_mut(index)) else {
            return;
        };
        let Ok(at) = usize::try_from(address - segment.start) else { return };
        let Some(end) = at.checked_add(size) else { return };
        // The linker fills zeroed memory, too; only a file that is cut off lacks it.
        if end > segment.bytes.len() && end as u64 <= segment.bytes.len() as u64 + segment.zero {
            let grown = end - segment.bytes.len();
            if grown > 1 << 20 {
                return;
            }
            segment.zero -= grown as u64;
            segment.bytes.resize(end, 0);
        }
        if let Some(slot) = segment.bytes.get_mut(at..end) {
            slot.copy_from_slice(value.to_le_bytes().get(..size).unwrap_or_default());
        }
    }

    /// A text up to its zero byte.
    fn name(&self, address: u64) -> Option<String> {
        let segment = self.segment(address)?;
        let rest = segment.bytes.get((address - segment.start) as usize..)?;
        let rest = rest.get(..rest.len().min(1024))?;
        let end = rest.iter().position(|byte| *byte == 0)?;
        let text = rest.get(..end).filter(|text| !text.is_empty())?;
        Some(String::from_utf8_lossy(text).into_owned())
    }

    /// Notes that a function begins at an address with its Thumb bit.
    pub(crate) fn function(&mut self, address: u64) {
        let plain = if self.machine == Machine::Arm { address & !1 } else { address };
        let aligned = address & 1 == 1 && self.machine == Machine::Arm || plain.is_multiple_of(4);
        if aligned && self.functions.len() < MOST && self.code(plain).is_some() {
            self.functions.insert(address);
        }
    }

    fn link(&mut self, start: u64, size: u64, wide: bool) {
        let word: usize = if wide { 8 } else { 4 };
        let mut dynamic = Dynamic::default();
        for index in 0..size / (2 * word as u64) {
            let at = start.wrapping_add(index * 2 * word as u64);
            let (Some(tag), Some(value)) =
                (self.read(at, word), self.read(at.wrapping_add(word as u64), word))
            else {
                break;
            };
            if tag == 0 {
                break;
            }
            dynamic.tags.entry(tag).or_insert(value);
        }
        let base = self.bias;
        let (Some(strings), Some(symbols)) = (dynamic.get(5), dynamic.get(6)) else { return };
        let symbols = Symbols {
            table: symbols.wrapping_add(base),
            strings: strings.wrapping_add(base),
            wide,
            numbers: BTreeMap::new(),
        };
        self.defined(&symbols, &dynamic);
        self.relocate(symbols, &dynamic, word);
        for (list, length) in [(32, 33), (25, 27)] {
            let (Some(list), Some(length)) = (dynamic.get(list), dynamic.get(length)) else { continue };
            for index in 0..(length / word as u64).min(256) {
                let at = list.wrapping_add(base).wrapping_add(index * word as u64);
                if let Some(address) = self.read(at, word)
                    && self.code(address & !1).is_some()
                {
                    self.initialisers.push(address);
                    self.function(address);
                }
            }
        }
        if let Some(init) = dynamic.get(12) {
            self.initialisers.push(init.wrapping_add(base));
        }
    }

    /// Functions that the file offers.
    fn defined(&mut self, symbols: &Symbols, dynamic: &Dynamic) {
        // The string table follows the symbol table in what linkers write; the hash table says it exactly.
        let size = symbols.size();
        let by_hash =
            dynamic.get(4).and_then(|hash| self.read(hash.wrapping_add(self.bias).wrapping_add(4), 4));
        let gap = symbols.strings.checked_sub(symbols.table).map(|gap| gap / size);
        let count = by_hash.or(gap).unwrap_or(0).min(MOST as u64);
        for index in 0..count {
            let Some(symbol) = symbols.read(self, index) else { break };
            if symbol.section == 0 || symbol.kind != 2 || symbol.value == 0 {
                continue;
            }
            let address = symbol.value.wrapping_add(self.bias);
            self.function(address);
            if let Some(name) = self.name(symbols.strings.wrapping_add(symbol.name)) {
                self.exports.insert(name, address);
            }
        }
    }

    fn relocate(&mut self, mut symbols: Symbols, dynamic: &Dynamic, word: usize) {
        let wide = word == 8;
        let plain = |tag: u64, size: u64| dynamic.get(tag).zip(dynamic.get(size));
        let addend = matches!(dynamic.get(20), Some(7)) || dynamic.get(20).is_none() && wide;
        let lists = [(plain(23, 2), addend), (plain(17, 18), false), (plain(7, 8), true)];
        let mut left = MOST * 8;
        for (list, with_addend) in lists {
            let Some((start, size)) = list else { continue };
            let step = word as u64 * if with_addend { 3 } else { 2 };
            for index in 0..size / step {
                if left == 0 {
                    return;
                }
                left -= 1;
                let at = start.wrapping_add(self.bias).wrapping_add(index * step);
                let (Some(place), Some(info)) =
                    (self.read(at, word), self.read(at.wrapping_add(word as u64), word))
                else {
                    break;
                };
                let sum = if with_addend { self.read(at.wrapping_add(2 * word as u64), word) } else { None };
                self.relocation(&mut symbols, place, info, sum, word);
            }
        }
        for (list, length, with_addend) in
            [(0x6000_000f_u64, 0x6000_0010_u64, false), (0x6000_0011, 0x6000_0012, true)]
        {
            if let Some((start, size)) = plain(list, length) {
                self.packed(&mut symbols, start.wrapping_add(self.bias), size, with_addend, word);
            }
        }
        for (list, length) in [(36, 35), (0x6fff_e000, 0x6fff_e001)] {
            if let Some((start, size)) = plain(list, length) {
                self.relative(start.wrapping_add(self.bias), size, word);
            }
        }
    }

    /// `SHT_RELR`: addresses and bit maps of words that only want the bias.
    fn relative(&mut self, start: u64, size: u64, word: usize) {
        let step = word as u64;
        let mut next = 0_u64;
        for index in 0..(size / step).min(MOST as u64) {
            let Some(entry) = self.read(start.wrapping_add(index * step), word) else { return };
            if entry & 1 == 0 {
                let place = entry.wrapping_add(self.bias);
                self.rebase(place, word);
                next = place.wrapping_add(step);
            } else {
                for bit in 1..8 * step {
                    if entry >> bit & 1 == 1 {
                        self.rebase(next.wrapping_add((bit - 1) * step), word);
                    }
                }
                next = next.wrapping_add((8 * step - 1) * step);
            }
        }
    }

    fn rebase(&mut self, place: u64, word: usize) {
        if let Some(old) = self.read(place, word) {
            self.write(place, old.wrapping_add(self.bias), word);
        }
    }

    /// `APS2`: relocations in groups of signed LEB128 numbers, Android 6 and later.
    fn packed(&mut self, symbols: &mut Symbols, start: u64, size: u64, with_addend: bool, word: usize) {
        let Some(rest) = self.segment(start).and_then(|segment| {
            let rest = segment.bytes.get((start - segment.start) as usize..)?;
            rest.get(..rest.len().min(usize::try_from(size).ok()?))
        }) else {
            return;
        };
        let Some(rest) = rest.strip_prefix(b"APS2") else { return };
        let bytes = rest.to_vec();
        let mut at = 0_usize;
        let mut next = || -> Option<i64> {
            let (mut value, mut shift) = (0_i64, 0_u32);
            loop {
                let byte = *bytes.get(at)?;
                at += 1;
                value |= i64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
                shift += 7;
                if byte & 0x80 == 0 {
                    if shift < 64 && byte & 0x40 != 0 {
                        value |= -1_i64 << shift;
                    }
                    return Some(value);
                }
            }
        };
        let mut unpack = || -> Option<()> {
            let mut left = next()?.clamp(0, 8 * MOST as i64);
            let mut place = next()? as u64;
            let mut sum = 0_i64;
            while left > 0 {
                let count = next()?.clamp(1, left);
                let flags = next()?;
                let delta = if flags & 2 != 0 { Some(next()?) } else { None };
                let info = if flags & 1 != 0 { Some(next()?) } else { None };
                if flags & 8 != 0 && flags & 4 != 0 {
                    sum = sum.wrapping_add(next()?);
                } else if flags & 8 == 0 {
                    sum = 0;
                }
                for _ in 0..count {
                    place = place.wrapping_add(match delta {
                        Some(delta) => delta as u64,
                        None => next()? as u64,
                    });
                    let own = match info {
                        Some(info) => info,
                        None => next()?,
                    };
                    if flags & 8 != 0 && flags & 4 == 0 {
                        sum = sum.wrapping_add(next()?);
                    }
                    let addend = with_addend.then_some(sum as u64);
                    self.relocation(symbols, place, own as u64, addend, word);
                }
                left -= count;
            }
            Some(())
        };
        let _ = unpack();
    }

    fn relocation(&mut self, symbols: &mut Symbols, place: u64, info: u64, sum: Option<u64>, word: usize) {
        let place = place.wrapping_add(self.bias);
        let (kind, index) =
            if word == 8 { (info & 0xffff_ffff, info >> 32) } else { (info & 0xff, info >> 8) };
        let there = self.read(place, word).unwrap_or(0);
        let value = match (self.machine, kind) {
            (Machine::Arm, 23) | (Machine::Arm64, 1027) => Some(sum.unwrap_or(there).wrapping_add(self.bias)),
            (Machine::Arm, 2 | 21 | 22) | (Machine::Arm64, 257 | 1025 | 1026) => {
                let sum = if matches!(kind, 2 | 257) { sum.unwrap_or(there) } else { sum.unwrap_or(0) };
                self.bind(symbols, index).map(|address| address.wrapping_add(sum))
            }
            _ => None,
        };
        if let Some(value) = value {
            self.write(place, value, word);
        }
    }

    /// The address of a symbol: defined here, or one made up for the import.
    fn bind(&mut self, symbols: &mut Symbols, index: u64) -> Option<u64> {
        let symbol = symbols.read(self, index)?;
        if symbol.section != 0 {
            return Some(symbol.value.wrapping_add(self.bias));
        }
        if let Some(number) = symbols.numbers.get(&index) {
            return Some(memory::IMPORTS + 16 * *number as u64);
        }
        if self.imports.len() >= MOST {
            return None;
        }
        let name = self.name(symbols.strings.wrapping_add(symbol.name))?;
        self.imports.push(name);
        let number = self.imports.len() - 1;
        symbols.numbers.insert(index, number);
        Some(memory::IMPORTS + 16 * number as u64)
    }

    /// Functions named by the unwinder's tables: `.ARM.exidx`, or the search table of `.eh_frame_hdr`.
    fn unwind(&mut self, start: u64, size: u64) {
        let signed = |value: u64| value as u32 as i32 as i64 as u64;
        if self.machine == Machine::Arm {
            for index in 0..(size / 8).min(MOST as u64) {
                let at = start.wrapping_add(8 * index);
                let Some(word) = self.read(at, 4) else { return };
                let offset = signed((word as u32 as u64) << 1) as i64 >> 1;
                let address = at.wrapping_add(offset as u64) & 0xffff_ffff;
                // The table does not say which instruction set; ARM code begins with an instruction that is always executed.
                let always = self.read(address, 4).is_some_and(|word| word >> 28 == 0xe);
                let known = self.functions.contains(&(address | 1)) || self.functions.contains(&address);
                if !known {
                    let thumb = !always || !address.is_multiple_of(4);
                    self.function(address | u64::from(thumb));
                }
            }
        } else if self.read(start, 4) == Some(0x3b03_1b01) {
            let count = self.read(start.wrapping_add(8), 4).unwrap_or(0).min(MOST as u64);
            for index in 0..count {
                let Some(word) = self.read(start.wrapping_add(12 + 8 * index), 4) else { return };
                self.function(start.wrapping_add(signed(word)));
            }
        }
    }
}

/// The dynamic symbol table.
struct Symbols {
    table: u64,
    strings: u64,
    wide: bool,
    /// Imports that have an address already.
    numbers: BTreeMap<u64, usize>,
}

struct Symbol {
    name: u64,
    value: u64,
    kind: u8,
    section: u64,
}

impl Symbols {
    fn size(&self) -> u64 {
        if self.wide { 24 } else { 16 }
    }

    fn read(&self, image: &Image, index: u64) -> Option<Symbol> {
        let at = self.table.wrapping_add(index.checked_mul(self.size())?);
        let field = |narrow: u64, broad: u64, size: usize| {
            image.read(at.wrapping_add(if self.wide { broad } else { narrow }), size)
        };
        Some(Symbol {
            name: field(0, 0, 4)?,
            value: field(4, 8, if self.wide { 8 } else { 4 })?,
            kind: field(12, 4, 1)? as u8 & 0xf,
            section: field(14, 6, 2)?,
        })
    }
}
