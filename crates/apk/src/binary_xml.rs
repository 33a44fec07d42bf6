//! Android's binary XML as a stream of events, read as the platform's `ResXMLTree` reads it.
//!
//! Tolerated, because Android tolerates it: any type code and header size in the file header, unknown chunks
//! anywhere, a second string pool before the first element, element headers longer than usual, attributes that
//! begin behind a gap or are longer than usual, missing namespaces, duplicate attributes.
//! Tolerated beyond Android: sizes that are not multiples of four, a last chunk that runs over the end.

use std::borrow::Cow;

use overt_base::Reader;

use crate::string_pool::StringPool;
use crate::value::Value;

const STRING_POOL: u16 = 0x0001;
const XML_FIRST: u16 = 0x0100;
const START_NAMESPACE: u16 = 0x0100;
const END_NAMESPACE: u16 = 0x0101;
const START_ELEMENT: u16 = 0x0102;
const END_ELEMENT: u16 = 0x0103;
const TEXT: u16 = 0x0104;
const XML_LAST: u16 = 0x017f;
const RESOURCE_MAP: u16 = 0x0180;

/// Bytes of the fixed part of a node: chunk header, line number, comment.
const NODE_HEADER: usize = 16;
/// Bytes of one attribute as written by every compiler: namespace, name, raw value, typed value.
const ATTRIBUTE_SIZE: usize = 20;

/// Why bytes are not binary XML at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotBinaryXml(pub String);

/// What was wrong and was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// Offset of the chunk.
    pub at: usize,
    /// What is wrong with it.
    pub what: String,
    /// Android would refuse the document here; reading went on or stopped, as `what` says.
    pub fatal_for_android: bool,
}

/// One event.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// An element begins.
    Start(Element<'a>),
    /// The innermost open element ends.
    End,
    /// Character data.
    Text(Cow<'a, str>),
}

/// The beginning of an element.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    pool: StringPool<'a>,
    resource_ids: &'a [u8],
    namespace: u32,
    name: u32,
    attributes: &'a [u8],
    stride: usize,
    count: u16,
}

/// One attribute of an element.
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'a> {
    pool: StringPool<'a>,
    namespace: u32,
    name: u32,
    raw: u32,
    kind: u8,
    data: u32,
    /// Resource id of the attribute's name; 0 when the resource map has none.
    pub resource_id: u32,
}

impl<'a> Element<'a> {
    /// Name of the element.
    #[must_use]
    pub fn name(&self) -> Cow<'a, str> {
        self.pool.get(self.name).unwrap_or_default()
    }

    /// Namespace URI, when the element has one.
    #[must_use]
    pub fn namespace(&self) -> Option<Cow<'a, str>> {
        self.pool.get(self.namespace)
    }

    /// The attributes, in the order of the file.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        let Element { pool, resource_ids, attributes, stride, count, .. } = *self;
        (0..usize::from(count)).map_while(move |index| {
            let mut reader = Reader::at(attributes, index.checked_mul(stride)?);
            let namespace = reader.u32().ok()?;
            let name = reader.u32().ok()?;
            let raw = reader.u32().ok()?;
            let _size_and_zero = reader.bytes(3).ok()?;
            let kind = reader.u8().ok()?;
            let data = reader.u32().ok()?;
            let resource_id = (name as usize)
                .checked_mul(4)
                .and_then(|at| Reader::at(resource_ids, at).u32().ok())
                .unwrap_or(0);
            Some(Attribute { pool, namespace, name, raw, kind, data, resource_id })
        })
    }
}

impl<'a> Attribute<'a> {
    /// Name of the attribute; may be empty in obfuscated documents.
    #[must_use]
    pub fn name(&self) -> Cow<'a, str> {
        self.pool.get(self.name).unwrap_or_default()
    }

    /// Namespace URI, when the attribute has one.
    #[must_use]
    pub fn namespace(&self) -> Option<Cow<'a, str>> {
        self.pool.get(self.namespace)
    }

    /// The typed value.
    #[must_use]
    pub fn value(&self) -> Value {
        Value::decode(self.kind, self.data, &self.pool)
    }

    /// The text value without a copy, when the value is text.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'a, str>> {
        if self.kind == 0x03 { self.pool.get(self.data) } else { None }
    }

    /// The number, when the value is one.
    #[must_use]
    pub fn integer(&self) -> Option<u32> {
        matches!(self.kind, 0x10..=0x12).then_some(self.data)
    }

    /// The value as it was written in the source, where the compiler kept it.
    #[must_use]
    pub fn raw(&self) -> Option<Cow<'a, str>> {
        self.pool.get(self.raw)
    }
}

/// Reads a document.
#[derive(Debug)]
pub struct BinaryXml<'a> {
    bytes: &'a [u8],
    at: usize,
    pool: StringPool<'a>,
    resource_ids: &'a [u8],
    has_resource_map: bool,
    oddities: Vec<Oddity>,
}

/// How many oddities of one document are kept.
const ODDITIES: usize = 32;

struct Chunk {
    kind: u16,
    header_size: usize,
    end: usize,
}

impl<'a> BinaryXml<'a> {
    /// Reads header, string pool and resource map.
    ///
    /// # Errors
    /// [`NotBinaryXml`] when there is no file header that Android would accept, or no element at all.
    pub fn open(bytes: &'a [u8]) -> Result<BinaryXml<'a>, NotBinaryXml> {
        let mut reader = Reader::new(bytes);
        let head = (|| Ok::<_, overt_base::Short>((reader.u16()?, reader.u16()?, reader.u32()?)))();
        let (_kind, header_size, size) =
            head.map_err(|_| NotBinaryXml(format!("{} bytes are no document", bytes.len())))?;
        let header_size = usize::from(header_size);
        if header_size < 8 || header_size > bytes.len() {
            return Err(NotBinaryXml(format!("the file header says it is {header_size} bytes long")));
        }
        let mut oddities = Vec::new();
        let size = size as usize;
        let bytes = if size > bytes.len() || size < header_size {
            oddities.push(Oddity {
                at: 0,
                what: format!("the document claims {size} bytes, there are {}", bytes.len()),
                fatal_for_android: true,
            });
            bytes
        } else {
            bytes.get(..size).unwrap_or(bytes)
        };
        let mut document = BinaryXml {
            bytes,
            at: header_size,
            pool: StringPool::EMPTY,
            resource_ids: &[],
            has_resource_map: false,
            oddities,
        };
        document.prologue()?;
        Ok(document)
    }

    /// Reads on to the first node. Pools and maps behind it have no effect on Android either.
    fn prologue(&mut self) -> Result<(), NotBinaryXml> {
        let mut saw_pool = false;
        while let Some(chunk) = self.chunk_at(self.at) {
            let body = self.bytes.get(self.at..chunk.end).unwrap_or(&[]);
            match chunk.kind {
                STRING_POOL => match StringPool::parse(body) {
                    Ok(pool) => {
                        if pool.declared() != pool.len() {
                            self.note(
                                self.at,
                                format!(
                                    "the string pool claims {} strings, {} fit",
                                    pool.declared(),
                                    pool.len()
                                ),
                                true,
                            );
                        }
                        self.pool = pool;
                        saw_pool = true;
                    }
                    Err(short) => self.note(self.at, format!("the string pool is cut: {short}"), true),
                },
                RESOURCE_MAP => {
                    self.resource_ids = body.get(chunk.header_size..).unwrap_or(&[]);
                    self.has_resource_map = true;
                }
                XML_FIRST..=XML_LAST => {
                    if !saw_pool {
                        self.note(self.at, "no string pool before the first node".into(), true);
                    }
                    return Ok(());
                }
                other => self.note(self.at, format!("unknown chunk {other:#06x} was passed over"), false),
            }
            self.at = chunk.end;
        }
        Err(NotBinaryXml("the document has no node".into()))
    }

    /// Whether the document names its attributes by resource id.
    #[must_use]
    pub fn has_resource_map(&self) -> bool {
        self.has_resource_map
    }

    /// The string pool.
    #[must_use]
    pub fn pool(&self) -> &StringPool<'a> {
        &self.pool
    }

    /// What was wrong so far.
    #[must_use]
    pub fn oddities(&self) -> &[Oddity] {
        &self.oddities
    }

    fn note(&mut self, at: usize, what: String, fatal_for_android: bool) {
        if self.oddities.len() < ODDITIES {
            self.oddities.push(Oddity { at, what, fatal_for_android });
        }
    }

    fn chunk_at(&mut self, at: usize) -> Option<Chunk> {
        let left = self.bytes.len().saturating_sub(at);
        if left < 8 {
            if left > 0 {
                self.note(at, format!("{left} bytes behind the last chunk"), false);
            }
            return None;
        }
        let mut reader = Reader::at(self.bytes, at);
        let (kind, header_size, size) =
            (reader.u16().ok()?, usize::from(reader.u16().ok()?), reader.u32().ok()? as usize);
        if header_size < 8 || size < header_size {
            let what = format!(
                "chunk {kind:#06x} of {size} bytes with a header of {header_size}: nothing was read from here on"
            );
            self.note(at, what, true);
            return None;
        }
        if (header_size | size) & 3 != 0 {
            self.note(at, format!("chunk {kind:#06x}: sizes {header_size} and {size} are not aligned"), true);
        }
        let end = match at.checked_add(size) {
            Some(end) if end <= self.bytes.len() => end,
            _ => {
                self.note(at, format!("chunk {kind:#06x} claims {size} bytes, {left} are left"), true);
                self.bytes.len()
            }
        };
        Some(Chunk { kind, header_size: header_size.min(end.saturating_sub(at)), end })
    }

    /// The next event; `None` at the end or where nothing more can be read.
    pub fn next_event(&mut self) -> Option<Event<'a>> {
        loop {
            let at = self.at;
            let chunk = self.chunk_at(at)?;
            self.at = chunk.end;
            let body = self.bytes.get(at..chunk.end)?;
            let extension = body.get(chunk.header_size..).unwrap_or(&[]);
            match chunk.kind {
                START_NAMESPACE | END_NAMESPACE => {}
                START_ELEMENT => {
                    if chunk.header_size < NODE_HEADER {
                        self.note(at, format!("an element's header has {} bytes", chunk.header_size), true);
                    }
                    match self.element(at, extension) {
                        Some(element) => return Some(Event::Start(element)),
                        None => {
                            self.note(at, "an element is cut; nothing was read from here on".into(), true);
                            self.at = self.bytes.len();
                            return None;
                        }
                    }
                }
                END_ELEMENT => return Some(Event::End),
                TEXT => {
                    let text = Reader::new(extension).u32().ok().and_then(|index| self.pool.get(index));
                    if let Some(text) = text {
                        return Some(Event::Text(text));
                    }
                }
                STRING_POOL | RESOURCE_MAP => {
                    self.note(
                        at,
                        format!("chunk {:#06x} behind the first node was passed over", chunk.kind),
                        false,
                    );
                }
                other => self.note(at, format!("unknown chunk {other:#06x} was passed over"), false),
            }
        }
    }

    /// `ResXMLTree_attrExt`.
    fn element(&mut self, at: usize, extension: &'a [u8]) -> Option<Element<'a>> {
        let mut reader = Reader::new(extension);
        let namespace = reader.u32().ok()?;
        let name = reader.u32().ok()?;
        let start = usize::from(reader.u16().ok()?);
        let stride = usize::from(reader.u16().ok()?);
        let mut count = reader.u16().ok()?;
        let attributes = extension.get(start..).unwrap_or(&[]);
        if count > 0 {
            let wanted = stride.saturating_mul(usize::from(count));
            if wanted > attributes.len() || stride < ATTRIBUTE_SIZE {
                let what = format!("{count} attributes of {stride} bytes in {} bytes", attributes.len());
                self.note(at, what, wanted > attributes.len());
            }
            // Attributes that overlap cost time without end; no compiler writes them.
            if stride < ATTRIBUTE_SIZE {
                count = count.min(1);
            }
        }
        Some(Element {
            pool: self.pool,
            resource_ids: self.resource_ids,
            namespace,
            name,
            attributes,
            stride,
            count,
        })
    }
}
