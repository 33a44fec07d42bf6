//! bzip2 streams. Written here because the format is small and the crates either wrap C or are not kept.
//!
//! There is no specification besides the program; the names are those of its `decompress.c`.

use std::io::{self, Read};

/// The stream that `input`, a bzip2 file of one or more streams, unfolds to.
pub(crate) struct Bzip2<R> {
    bits: Bits<R>,
    /// Bytes of a block at most; 0 between streams.
    largest: usize,
    /// The block's bytes after the inverse transform, still with runs of four shortened.
    block: Vec<u32>,
    next: u32,
    left: usize,
    runs: Runs,
    sum: Crc,
    block_sum: u32,
    stream_sum: u32,
    ended: bool,
}

/// The shortening of runs (the format's first stage, undone last).
#[derive(Default)]
struct Runs {
    byte: u8,
    seen: u8,
    repeat: u8,
}

const BLOCK: u64 = 0x3141_5926_5359;
const END: u64 = 0x1772_4538_5090;
const GROUP: usize = 50;
const LONGEST_CODE: u32 = 20;
/// Two for runs, one per byte value, one for the end.
const SYMBOLS: usize = 258;

fn bad(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("bzip2: {what}"))
}

impl<R: Read> Bzip2<R> {
    pub(crate) fn new(input: R) -> Bzip2<R> {
        Bzip2 {
            bits: Bits { input, held: 0, count: 0, buffer: vec![0; 64 << 10], at: 0, there: 0 },
            largest: 0,
            block: Vec::new(),
            next: 0,
            left: 0,
            runs: Runs::default(),
            sum: Crc(0),
            block_sum: 0,
            stream_sum: 0,
            ended: false,
        }
    }

    /// Makes the next block ready; whether there is one.
    fn next_block(&mut self) -> io::Result<bool> {
        loop {
            if self.largest == 0 && !self.begin_stream()? {
                return Ok(false);
            }
            match self.bits.take(24)?.into_u64() << 24 | self.bits.take(24)?.into_u64() {
                BLOCK => {
                    self.block_sum = self.bits.take(16)? << 16 | self.bits.take(16)?;
                    self.sum = Crc(u32::MAX);
                    self.runs = Runs::default();
                    self.read_block()?;
                    return Ok(true);
                }
                END => {
                    let wanted = self.bits.take(16)? << 16 | self.bits.take(16)?;
                    if wanted != self.stream_sum {
                        return Err(bad("the checksum of the stream is wrong"));
                    }
                    self.bits.align();
                    self.largest = 0;
                }
                _ => return Err(bad("neither a block nor the end of the stream")),
            }
        }
    }

    /// Whether another stream follows. What is behind the first and is none is left alone, as `bzip2 -d` leaves it.
    fn begin_stream(&mut self) -> io::Result<bool> {
        let first = !self.ended;
        self.ended = true;
        let Some(magic) = self.bits.magic()? else {
            return if first { Err(bad("no header")) } else { Ok(false) };
        };
        match magic {
            [b'B', b'Z', b'h', level @ b'1'..=b'9'] => {
                self.largest = usize::from(level.saturating_sub(b'0')).saturating_mul(100_000);
                self.stream_sum = 0;
                Ok(true)
            }
            _ if first => Err(bad("no header")),
            _ => Ok(false),
        }
    }

    fn read_block(&mut self) -> io::Result<()> {
        if self.bits.take(1)? != 0 {
            return Err(bad("a randomised block, as versions before 0.9.5 made"));
        }
        let origin = self.bits.take(24)?;
        let (values, used) = self.values()?;
        let alphabet = used.saturating_add(2);
        let groups = self.bits.take(3)? as usize;
        let count = self.bits.take(15)? as usize;
        if !(2..=6).contains(&groups) || count == 0 {
            return Err(bad("no tables"));
        }
        let mut order = [0u8, 1, 2, 3, 4, 5];
        let mut selectors = Vec::with_capacity(count);
        for _ in 0..count {
            let mut place = 0usize;
            while self.bits.take(1)? == 1 {
                place = place.saturating_add(1);
                if place >= groups {
                    return Err(bad("a selector of no table"));
                }
            }
            selectors.push(to_front(&mut order, place));
        }
        let mut tables = Vec::with_capacity(groups);
        for _ in 0..groups {
            tables.push(Table::read(&mut self.bits, alphabet)?);
        }
        self.symbols(&selectors, &tables, values, alphabet)?;
        self.untransform(origin)
    }

    /// The byte values that occur, in order, and how many they are.
    fn values(&mut self) -> io::Result<([u8; 256], usize)> {
        let ranges = self.bits.take(16)?;
        let mut values = [0; 256];
        let mut used = 0usize;
        for range in 0..16u32 {
            if ranges & 0x8000u32.wrapping_shr(range) == 0 {
                continue;
            }
            let row = self.bits.take(16)?;
            for column in 0..16u32 {
                if row & 0x8000u32.wrapping_shr(column) != 0
                    && let Some(slot) = values.get_mut(used)
                {
                    *slot = (range << 4 | column) as u8;
                    used = used.saturating_add(1);
                }
            }
        }
        if used == 0 { Err(bad("a block without byte values")) } else { Ok((values, used)) }
    }

    /// Unpacks the codes and undoes move-to-front: the block's bytes in the transform's order.
    fn symbols(
        &mut self,
        selectors: &[u8],
        tables: &[Table],
        mut values: [u8; 256],
        alphabet: usize,
    ) -> io::Result<()> {
        let end = alphabet.saturating_sub(1);
        let too_long = || bad("a block longer than its stream's blocks");
        self.block.clear();
        let mut run = 0usize;
        let mut weight = 1usize;
        for &selector in selectors {
            let table = tables.get(usize::from(selector)).ok_or_else(|| bad("a selector of no table"))?;
            for _ in 0..GROUP {
                let symbol = table.next(&mut self.bits)?;
                if symbol <= 1 {
                    run = run.saturating_add(weight.saturating_mul(symbol.saturating_add(1)));
                    weight = weight.saturating_mul(2);
                    if run > self.largest {
                        return Err(too_long());
                    }
                    continue;
                }
                if run > 0 {
                    let byte = u32::from(values[0]);
                    let new = self.block.len().saturating_add(run);
                    if new > self.largest {
                        return Err(too_long());
                    }
                    self.block.resize(new, byte);
                    (run, weight) = (0, 1);
                }
                if symbol == end {
                    return Ok(());
                }
                let byte = to_front(&mut values, symbol.saturating_sub(1));
                if self.block.len() >= self.largest {
                    return Err(too_long());
                }
                self.block.push(u32::from(byte));
            }
        }
        Err(bad("a block without end"))
    }

    /// Undoes the Burrows-Wheeler transform: the low byte of each slot stays, the rest points to the next.
    fn untransform(&mut self, origin: u32) -> io::Result<()> {
        let mut counts = [0u32; 256];
        for &byte in &self.block {
            if let Some(count) = counts.get_mut((byte & 0xff) as usize) {
                *count = count.saturating_add(1);
            }
        }
        let mut sum = 0u32;
        for count in &mut counts {
            let own = *count;
            *count = sum;
            sum = sum.saturating_add(own);
        }
        for index in 0..self.block.len() {
            let byte = self.block.get(index).map_or(0, |slot| slot & 0xff);
            let Some(place) = counts.get_mut(byte as usize) else { continue };
            if let Some(slot) = self.block.get_mut(*place as usize) {
                *slot |= (index as u32) << 8;
            }
            *place = place.saturating_add(1);
        }
        self.left = self.block.len();
        let start = self.block.get(origin as usize).ok_or_else(|| bad("the block's origin lies outside"))?;
        self.next = start >> 8;
        Ok(())
    }

    /// Undoes the shortening of runs into `out`; how many bytes were written.
    fn write(&mut self, out: &mut [u8]) -> usize {
        let mut made = 0usize;
        for slot in out.iter_mut() {
            if self.runs.repeat > 0 {
                self.runs.repeat = self.runs.repeat.saturating_sub(1);
            } else {
                let Some(byte) = self.pop() else { break };
                if self.runs.seen > 0 && byte == self.runs.byte {
                    self.runs.seen = self.runs.seen.saturating_add(1);
                } else {
                    self.runs.seen = 1;
                    self.runs.byte = byte;
                }
                if self.runs.seen == 4 {
                    self.runs.repeat = self.pop().unwrap_or(0);
                    self.runs.seen = 0;
                }
            }
            *slot = self.runs.byte;
            made = made.saturating_add(1);
        }
        self.sum.update(out.get(..made).unwrap_or_default());
        made
    }

    fn pop(&mut self) -> Option<u8> {
        self.left = self.left.checked_sub(1)?;
        let slot = *self.block.get(self.next as usize)?;
        self.next = slot >> 8;
        Some((slot & 0xff) as u8)
    }
}

/// Moves the element at `place` to the front and answers it.
fn to_front(order: &mut [u8], place: usize) -> u8 {
    let moved = order.get(..=place).and_then(|head| head.last()).copied().unwrap_or(0);
    if let Some(head) = order.get_mut(..=place) {
        head.rotate_right(1);
    }
    moved
}

impl<R: Read> Read for Bzip2<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            let made = self.write(out);
            if made > 0 {
                return Ok(made);
            }
            // The block is used up: its checksum is held against what it gave.
            if self.largest > 0 && !self.block.is_empty() {
                let sum = !self.sum.0;
                if sum != self.block_sum {
                    return Err(bad("the checksum of a block is wrong"));
                }
                self.stream_sum = self.stream_sum.rotate_left(1) ^ sum;
                self.block.clear();
            }
            if !self.next_block()? {
                return Ok(0);
            }
        }
    }
}

/// Codes of one group, canonical: by length, then by symbol.
struct Table {
    /// By the next [`QUICK`] bits: symbol and length, where the code is no longer than that.
    quick: Vec<(u16, u8)>,
    /// For each length: the first code behind those of that length, left-aligned, and what to add to reach the symbol.
    limits: [u32; 21],
    bases: [u32; 21],
    symbols: Vec<u16>,
}

const QUICK: u32 = 10;

impl Table {
    fn read<R: Read>(bits: &mut Bits<R>, alphabet: usize) -> io::Result<Table> {
        let mut lengths = Vec::with_capacity(SYMBOLS);
        let mut length = bits.take(5)?;
        for _ in 0..alphabet {
            loop {
                if length == 0 || length > LONGEST_CODE {
                    return Err(bad("a code of no length"));
                }
                if bits.take(1)? == 0 {
                    break;
                }
                length = if bits.take(1)? == 0 { length.saturating_add(1) } else { length.saturating_sub(1) };
            }
            lengths.push(length);
        }
        let mut table =
            Table { quick: vec![(0, 0); 1 << QUICK], limits: [0; 21], bases: [0; 21], symbols: Vec::new() };
        let mut code = 0u32;
        for length in 1..=LONGEST_CODE {
            let first = table.symbols.len();
            table.set_base(length, code, first);
            for (symbol, _) in lengths.iter().enumerate().filter(|(_, own)| **own == length) {
                let symbol = symbol as u16;
                table.symbols.push(symbol);
                if length <= QUICK {
                    let free = QUICK.saturating_sub(length);
                    let start = code.wrapping_shl(free) as usize;
                    let end = start.saturating_add(1usize.wrapping_shl(free));
                    // Codes that are too many overlap with nothing that can be written here.
                    for slot in table.quick.get_mut(start..end).unwrap_or_default() {
                        *slot = (symbol, length as u8);
                    }
                }
                code = code.saturating_add(1);
            }
            if let Some(limit) = table.limits.get_mut(length as usize) {
                *limit = code;
            }
            code = code.wrapping_shl(1);
        }
        Ok(table)
    }

    fn set_base(&mut self, length: u32, code: u32, first: usize) {
        if let Some(base) = self.bases.get_mut(length as usize) {
            *base = (first as u32).wrapping_sub(code);
        }
    }

    fn next<R: Read>(&self, bits: &mut Bits<R>) -> io::Result<usize> {
        let ahead = bits.ahead(QUICK)?;
        if let Some(&(symbol, length)) = self.quick.get(ahead as usize)
            && length > 0
        {
            bits.drop(u32::from(length))?;
            return Ok(usize::from(symbol));
        }
        for length in 1..=LONGEST_CODE {
            let code = bits.ahead(length)?;
            if self.limits.get(length as usize).is_some_and(|&limit| code < limit) {
                let base = self.bases.get(length as usize).copied().unwrap_or(0);
                let place = code.wrapping_add(base) as usize;
                bits.drop(length)?;
                let symbol = self.symbols.get(place).copied();
                return symbol.map(usize::from).ok_or_else(|| bad("a code of no symbol"));
            }
        }
        Err(bad("a code of no symbol"))
    }
}

/// Bits from the highest of each byte to the lowest.
struct Bits<R> {
    input: R,
    held: u64,
    count: u32,
    buffer: Vec<u8>,
    at: usize,
    there: usize,
}

trait IntoU64 {
    fn into_u64(self) -> u64;
}

impl IntoU64 for u32 {
    fn into_u64(self) -> u64 {
        u64::from(self)
    }
}

impl<R: Read> Bits<R> {
    fn byte(&mut self) -> io::Result<Option<u8>> {
        if self.at >= self.there {
            self.there = self.input.read(&mut self.buffer)?;
            self.at = 0;
            if self.there == 0 {
                return Ok(None);
            }
        }
        let byte = self.buffer.get(self.at).copied();
        self.at = self.at.saturating_add(1);
        Ok(byte)
    }

    fn fill(&mut self, wanted: u32) -> io::Result<()> {
        while self.count < wanted {
            let Some(byte) = self.byte()? else { return Ok(()) };
            self.held = self.held << 8 | u64::from(byte);
            self.count = self.count.saturating_add(8);
        }
        Ok(())
    }

    /// The next `wanted` bits, at most 24, without taking them; zeros behind the end.
    fn ahead(&mut self, wanted: u32) -> io::Result<u32> {
        self.fill(wanted)?;
        let mask = 1u64.wrapping_shl(wanted).wrapping_sub(1);
        let bits = match self.count.checked_sub(wanted) {
            Some(more) => self.held.wrapping_shr(more),
            None => self.held.wrapping_shl(wanted.saturating_sub(self.count)),
        };
        Ok((bits & mask) as u32)
    }

    fn drop(&mut self, taken: u32) -> io::Result<()> {
        self.count = self.count.checked_sub(taken).ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(())
    }

    fn take(&mut self, wanted: u32) -> io::Result<u32> {
        let bits = self.ahead(wanted)?;
        self.drop(wanted)?;
        Ok(bits)
    }

    fn align(&mut self) {
        self.count = self.count.saturating_sub(self.count % 8);
    }

    /// The next four bytes, or `None` where fewer follow.
    fn magic(&mut self) -> io::Result<Option<[u8; 4]>> {
        let mut magic = [0; 4];
        for slot in &mut magic {
            self.fill(8)?;
            if self.count < 8 {
                return Ok(None);
            }
            *slot = self.take(8)? as u8;
        }
        Ok(Some(magic))
    }
}

/// CRC-32 with the highest bit first, as this format has it.
struct Crc(u32);

static CRC_TABLE: [u32; 256] = crc_table();

#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "evaluated by the compiler")]
const fn crc_table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut sum = (index as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 0x8000_0000 != 0 { sum << 1 ^ 0x04c1_1db7 } else { sum << 1 };
            bit += 1;
        }
        table[index] = sum;
        index += 1;
    }
    table
}

impl Crc {
    fn update(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            let index = (self.0 >> 24) as u8 ^ byte;
            let entry = CRC_TABLE.get(usize::from(index)).copied().unwrap_or(0);
            self.0 = self.0 << 8 ^ entry;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf 'hello hello hello hello\n' | bzip2`
    const HELLO: &[u8] = b"\
        \x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\x6f\x4f\x10\xf3\x00\x00\x05\xd1\x00\x00\x10\x40\x00\x02\
        \x44\xa0\x00\x30\xc0\x02\xa8\x34\x71\x0d\xad\x87\x0f\x17\x72\x45\x38\x50\x90\x6f\x4f\x10\xf3\
    ";

    fn unfolded(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        Bzip2::new(bytes).read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn streams_unfold_one_after_another() {
        assert_eq!(unfolded(HELLO).expect("right"), b"hello hello hello hello\n");
        let twice = [HELLO, HELLO, b"behind"].concat();
        assert_eq!(unfolded(&twice).expect("right").len(), 48);
    }

    #[test]
    fn every_prefix_and_every_flipped_bit_is_an_error() {
        for end in 0..HELLO.len() {
            assert!(unfolded(&HELLO[..end]).is_err(), "{end}");
        }
        for bit in 0..HELLO.len() * 8 {
            let mut bytes = HELLO.to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            // The last bits only fill the byte; a larger block size is none the worse.
            if let Ok(out) = unfolded(&bytes) {
                assert_eq!(out, b"hello hello hello hello\n", "{bit}");
            }
        }
    }
}
