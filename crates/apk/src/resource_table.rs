//! `resources.arsc`, looked into for single resources (`ResTable` of the platform's `ResourceTypes.h`).
//!
//! Opening walks chunk headers only; a look-up reads one entry. Nothing is decoded that nobody asks for.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use overt_base::{Reader, Short, View};

use crate::string_pool::StringPool;
use crate::value::Value;

const STRING_POOL: u16 = 0x0001;
const TABLE: u16 = 0x0002;
const PACKAGE: u16 = 0x0200;
const TYPE: u16 = 0x0201;

/// `ResTable_type::FLAG_SPARSE`.
const TYPE_SPARSE: u8 = 0x01;
/// `ResTable_type::FLAG_OFFSET16`.
const TYPE_OFFSET16: u8 = 0x02;
/// `ResTable_entry::FLAG_COMPLEX`: a bag, no single value.
const ENTRY_COMPLEX: u16 = 0x0001;
/// `ResTable_entry::FLAG_COMPACT`.
const ENTRY_COMPACT: u16 = 0x0008;

/// References followed before a look-up gives up.
const REFERENCE_STEPS: usize = 16;
/// Chunks one table may consist of.
const CHUNKS: usize = 100_000;

/// Most elements of an array that are read.
const ELEMENTS: u32 = 4_096;

/// Entries of one table that all look-ups together may touch: a made-up table with a hundred thousand configurations
/// must not cost minutes.
const TOUCHES: u64 = 20_000_000;
/// Bytes of text that all look-ups in one table together may decode.
const TEXT_BYTES: u64 = 64 << 20;

/// For which device a resource is chosen. Language and screen are always the default ones; the platform version
/// decides between `values` and `values-v19`, which is how apps switch components on and off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// `ro.build.version.sdk`; unknown stands for the newest.
    pub sdk: Option<u32>,
}

/// One `ResTable_type`: the entries of one type for one configuration.
#[derive(Clone, Debug)]
struct TypeChunk {
    package: u32,
    kind: u8,
    flags: u8,
    entry_count: u32,
    /// The chunk within the file.
    range: Range<usize>,
    header_size: usize,
    entries_start: usize,
    configuration: Configuration,
}

/// What distinguishes configurations here, best first when compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Configuration {
    locale: Locale,
    sdk: u16,
    /// Any other qualifier: screen, density, country code of the network …
    qualified: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Locale {
    Any,
    English,
    Other,
}

/// Why bytes are no resource table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotResourceTable(pub String);

impl From<Short> for NotResourceTable {
    fn from(short: Short) -> NotResourceTable {
        NotResourceTable(short.to_string())
    }
}

/// A resource table.
#[derive(Debug)]
pub struct ResourceTable {
    bytes: View,
    strings: Range<usize>,
    types: Vec<TypeChunk>,
    packages: Vec<u32>,
    trouble: Option<String>,
    touches: AtomicU64,
    text_bytes: AtomicU64,
}

struct Chunk {
    kind: u16,
    header_size: usize,
    end: usize,
}

fn chunk_at(bytes: &[u8], at: usize, end: usize) -> Result<Chunk, String> {
    let mut reader = Reader::at(bytes, at);
    let head = (|| Ok::<_, Short>((reader.u16()?, reader.u16()?, reader.u32()?)))();
    let (kind, header_size, size) = head.map_err(|short| short.to_string())?;
    let (header_size, size) = (usize::from(header_size), size as usize);
    if header_size < 8 || size < header_size {
        return Err(format!("chunk {kind:#06x} at {at:#x}: {size} bytes with a header of {header_size}"));
    }
    let chunk_end = at.saturating_add(size).min(end);
    Ok(Chunk { kind, header_size: header_size.min(chunk_end.saturating_sub(at)), end: chunk_end })
}

impl ResourceTable {
    /// Finds the chunks of a table.
    ///
    /// # Errors
    /// [`NotResourceTable`] when the file header is missing. A table that is damaged further in is opened; see
    /// [`ResourceTable::trouble`].
    pub fn open(bytes: View) -> Result<ResourceTable, NotResourceTable> {
        let mut reader = Reader::new(&bytes);
        let (kind, header_size, size) = (reader.u16()?, usize::from(reader.u16()?), reader.u32()? as usize);
        if kind != TABLE {
            return Err(NotResourceTable(format!("the file begins with chunk {kind:#06x}")));
        }
        let mut table = ResourceTable {
            strings: 0..0,
            types: Vec::new(),
            packages: Vec::new(),
            trouble: None,
            touches: AtomicU64::new(0),
            text_bytes: AtomicU64::new(0),
            bytes: bytes.clone(),
        };
        let end = if size < header_size { bytes.len() } else { size.min(bytes.len()) };
        let mut budget = CHUNKS;
        let mut at = header_size.max(8);
        while at.saturating_add(8) <= end {
            match chunk_at(&bytes, at, end) {
                Ok(chunk) => {
                    match chunk.kind {
                        // `ResTable::add` takes the first pool.
                        STRING_POOL if table.strings.is_empty() => table.strings = at..chunk.end,
                        PACKAGE => table.package(at, &chunk, &mut budget),
                        _ => {}
                    }
                    at = chunk.end;
                }
                Err(what) => {
                    table.trouble.get_or_insert(what);
                    break;
                }
            }
            budget = budget.saturating_sub(1);
            if budget == 0 {
                table.trouble.get_or_insert(format!("more than {CHUNKS} chunks; the rest was not read"));
                break;
            }
        }
        Ok(table)
    }

    fn package(&mut self, at: usize, package: &Chunk, budget: &mut usize) {
        let Ok(id) = Reader::at(&self.bytes, at.saturating_add(8)).u32() else { return };
        self.packages.push(id);
        let mut inner = at.saturating_add(package.header_size);
        while inner.saturating_add(8) <= package.end && *budget > 0 {
            *budget = budget.saturating_sub(1);
            match chunk_at(&self.bytes, inner, package.end) {
                Ok(chunk) => {
                    if chunk.kind == TYPE
                        && let Ok(found) = self.type_chunk(id, inner, &chunk)
                    {
                        self.types.push(found);
                    }
                    inner = chunk.end;
                }
                Err(what) => {
                    self.trouble.get_or_insert(what);
                    return;
                }
            }
        }
    }

    fn type_chunk(&self, package: u32, at: usize, chunk: &Chunk) -> Result<TypeChunk, Short> {
        let mut reader = Reader::at(&self.bytes, at.saturating_add(8));
        let kind = reader.u8()?;
        let flags = reader.u8()?;
        let _reserved = reader.u16()?;
        let entry_count = reader.u32()?;
        let entries_start = reader.u32()? as usize;
        let configuration = configuration(&self.bytes, reader.position())?;
        let range = at..chunk.end;
        Ok(TypeChunk {
            package,
            kind,
            flags,
            entry_count,
            range,
            header_size: chunk.header_size,
            entries_start,
            configuration,
        })
    }

    /// What is wrong with the table, if anything.
    #[must_use]
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Ids of the packages in the table.
    #[must_use]
    pub fn packages(&self) -> &[u32] {
        &self.packages
    }

    /// The value of a resource, references followed; `None` when the table has none, when it is a bag (array,
    /// style, plural), or when references go in a circle or lead out of the table.
    #[must_use]
    pub fn value(&self, id: u32, device: Device) -> Option<Value> {
        let mut id = id;
        for _ in 0..REFERENCE_STEPS {
            match self.best(id, device)? {
                Value::Reference(next) => id = next,
                value => return Some(value),
            }
        }
        None
    }

    /// As [`ResourceTable::value`], as text.
    #[must_use]
    pub fn text(&self, id: u32, device: Device) -> Option<String> {
        self.value(id, device)?.as_text()
    }

    /// The elements of an array, references followed; empty when the table has no bag under this id.
    #[must_use]
    pub fn array(&self, id: u32, device: Device) -> Vec<Value> {
        let Some(raw) = self.best_of(id, device, |chunk, entry| self.bag(chunk, entry)) else {
            return Vec::new();
        };
        raw.into_iter()
            .map_while(|(kind, data)| match self.decode(kind, data)? {
                Value::Reference(next) => Some(self.value(next, device).unwrap_or(Value::Null)),
                value => Some(value),
            })
            .collect()
    }

    fn best(&self, id: u32, device: Device) -> Option<Value> {
        let (kind, data) = self.best_of(id, device, |chunk, entry| self.entry(chunk, entry))?;
        self.decode(kind, data)
    }

    /// What `read` gives of the entry in the configuration that fits the device best.
    fn best_of<T>(&self, id: u32, device: Device, read: impl Fn(&TypeChunk, u32) -> Option<T>) -> Option<T> {
        let package = id >> 24;
        let kind = ((id >> 16) & 0xff) as u8;
        let entry = id & 0xffff;
        // Tables of shared libraries are written with package 0 and get their id when loaded.
        let library = !self.packages.contains(&package) && self.packages.contains(&0);
        let wanted = if library { 0 } else { package };
        if self.touches.fetch_add(self.types.len() as u64, Ordering::Relaxed) > TOUCHES {
            return None;
        }
        self.types
            .iter()
            .filter(|chunk| chunk.package == wanted && chunk.kind == kind)
            .filter_map(|chunk| Some((rank(chunk.configuration, device), read(chunk, entry)?)))
            .reduce(|best, next| if next.0 < best.0 { next } else { best })
            .map(|(_, found)| found)
    }

    fn decode(&self, kind: u8, data: u32) -> Option<Value> {
        let pool = StringPool::parse(self.bytes.get(self.strings.clone())?).unwrap_or(StringPool::EMPTY);
        if self.text_bytes.load(Ordering::Relaxed) > TEXT_BYTES {
            return None;
        }
        let value = Value::decode(kind, data, &pool);
        if let Value::Text(text) = &value {
            self.text_bytes.fetch_add(text.len() as u64, Ordering::Relaxed);
        }
        Some(value)
    }

    /// Type and data of an entry; `None` when it is absent or a bag.
    fn entry(&self, chunk: &TypeChunk, index: u32) -> Option<(u8, u32)> {
        let bytes = self.bytes.get(chunk.range.clone())?;
        let offset = self.entry_offset(chunk, bytes, index)?;
        let at = chunk.entries_start.checked_add(offset)?;
        let mut reader = Reader::at(bytes, at);
        let size = usize::from(reader.u16().ok()?);
        let flags = reader.u16().ok()?;
        if flags & ENTRY_COMPACT != 0 {
            return Some(((flags >> 8) as u8, reader.u32().ok()?));
        }
        if flags & ENTRY_COMPLEX != 0 {
            return None;
        }
        let mut reader = Reader::at(bytes, at.checked_add(size.max(8))?);
        let _size_and_zero = reader.bytes(3).ok()?;
        Some((reader.u8().ok()?, reader.u32().ok()?))
    }

    /// Types and data of the elements of a bag (`ResTable_map_entry`); `None` when it is absent or no bag.
    fn bag(&self, chunk: &TypeChunk, index: u32) -> Option<Vec<(u8, u32)>> {
        let bytes = self.bytes.get(chunk.range.clone())?;
        let offset = self.entry_offset(chunk, bytes, index)?;
        let at = chunk.entries_start.checked_add(offset)?;
        let mut reader = Reader::at(bytes, at);
        let size = usize::from(reader.u16().ok()?);
        let flags = reader.u16().ok()?;
        if flags & ENTRY_COMPACT != 0 || flags & ENTRY_COMPLEX == 0 {
            return None;
        }
        let (_key, _parent, count) = (reader.u32().ok()?, reader.u32().ok()?, reader.u32().ok()?);
        let mut reader = Reader::at(bytes, at.checked_add(size.max(16))?);
        let mut element = || {
            let _name = reader.u32().ok()?;
            let _size_and_zero = reader.bytes(3).ok()?;
            Some((reader.u8().ok()?, reader.u32().ok()?))
        };
        Some((0..count.min(ELEMENTS)).map_while(|_| element()).collect())
    }

    fn entry_offset(&self, chunk: &TypeChunk, bytes: &[u8], index: u32) -> Option<usize> {
        if chunk.flags & TYPE_SPARSE != 0 {
            return sparse_offset(bytes.get(chunk.header_size..)?, chunk.entry_count, index);
        }
        if index >= chunk.entry_count {
            return None;
        }
        if chunk.flags & TYPE_OFFSET16 != 0 {
            let slot = (index as usize).checked_mul(2)?.checked_add(chunk.header_size)?;
            let offset = Reader::at(bytes, slot).u16().ok()?;
            return if offset == u16::MAX { None } else { usize::from(offset).checked_mul(4) };
        }
        let slot = (index as usize).checked_mul(4)?.checked_add(chunk.header_size)?;
        let offset = Reader::at(bytes, slot).u32().ok()?;
        if offset == u32::MAX { None } else { Some(offset as usize) }
    }
}

/// `ResTable_sparseTypeEntry`: pairs of index and offset, sorted by index.
fn sparse_offset(bytes: &[u8], count: u32, index: u32) -> Option<usize> {
    let pair = |at: usize| {
        let mut reader = Reader::at(bytes, at.checked_mul(4)?);
        Some((u32::from(reader.u16().ok()?), usize::from(reader.u16().ok()?)))
    };
    let (mut low, mut high) = (0usize, (count as usize).min(bytes.len() / 4));
    while low < high {
        let middle = low.midpoint(high);
        let (slot, offset) = pair(middle)?;
        match slot.cmp(&index) {
            std::cmp::Ordering::Equal => return offset.checked_mul(4),
            std::cmp::Ordering::Less => low = middle.checked_add(1)?,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

/// `ResTable_config`: its own size first, then fields that are all zero in the default configuration.
fn configuration(bytes: &[u8], at: usize) -> Result<Configuration, Short> {
    let size = Reader::at(bytes, at).u32()? as usize;
    let config = Reader::at(bytes, at).bytes(size.min(256))?;
    let byte = |offset: usize| config.get(offset).copied().unwrap_or(0);
    let locale = match [byte(8), byte(9)] {
        [0, 0] => Locale::Any,
        [b'e', b'n'] => Locale::English,
        _ => Locale::Other,
    };
    let sdk = u16::from_le_bytes([byte(24), byte(25)]);
    // Fields: mcc, mnc (4..8); language, country (8..12); screen and input (12..24); sdkVersion and its minor
    // (24..28); layout, night, sizes and the rest of the locale (28..).
    let qualified = config
        .iter()
        .enumerate()
        .skip(4)
        .any(|(offset, value)| *value != 0 && !(8..12).contains(&offset) && !(24..28).contains(&offset));
    Ok(Configuration { locale, sdk, qualified })
}

/// Smaller is better: fits the platform version, default language, no other qualifier, newest version.
fn rank(configuration: Configuration, device: Device) -> (bool, Locale, bool, std::cmp::Reverse<u16>) {
    let too_new = device.sdk.is_some_and(|sdk| u32::from(configuration.sdk) > sdk);
    (too_new, configuration.locale, configuration.qualified, std::cmp::Reverse(configuration.sdk))
}
