//! The header and the tables behind it ("header_item" to "method_id_item" of the DEX format).

use std::borrow::Cow;
use std::collections::HashMap;
use std::ffi::CStr;
use std::sync::Arc;

use overt_base::{Reader, View};

use crate::proto::{Proto, TypeList};
use crate::{Bad, FieldIdx, MethodIdx, NotDex, ProtoIdx, StringIdx, TypeIdx, Value, mutf8, value};

const HEADER: usize = 0x70;
/// Version 041 adds two fields: the size of the container and where in it this header lies.
const HEADER_V41: usize = 0x78;
const NATIVE_ENDIAN: u32 = 0x1234_5678;
const SWAPPED_ENDIAN: u32 = 0x7856_3412;

/// Map item types ("Type codes") of the two tables that the header does not name.
const TYPE_CALL_SITE_ID_ITEM: u16 = 7;
const TYPE_METHOD_HANDLE_ITEM: u16 = 8;

/// A table of fixed-size rows: where it starts and how many rows of it lie inside the file.
#[derive(Clone, Copy, Debug, Default)]
struct Table {
    start: usize,
    count: u32,
}

impl Table {
    /// Row `index`.
    fn row<'a, const N: usize>(
        &self,
        bytes: &'a [u8],
        index: u32,
        what: &'static str,
    ) -> Result<&'a [u8; N], Bad> {
        let bad = Bad::new(self.start, what);
        if index >= self.count {
            return Err(bad);
        }
        let at = (index as usize).checked_mul(N).and_then(|o| o.checked_add(self.start)).ok_or(bad)?;
        bytes.get(at..).and_then(<[u8]>::first_chunk).ok_or(bad)
    }
}

fn half(row: &[u8], at: usize) -> u32 {
    match row.get(at..at.saturating_add(2)) {
        Some(&[a, b]) => u32::from(u16::from_le_bytes([a, b])),
        _ => 0,
    }
}

fn word(row: &[u8], at: usize) -> u32 {
    match row.get(at..at.saturating_add(4)) {
        Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    }
}

#[derive(Debug)]
struct Tables {
    view: View,
    version: u32,
    header_at: usize,
    file_size: usize,
    checksum: u32,
    signature: [u8; 20],
    strings: Table,
    types: Table,
    protos: Table,
    fields: Table,
    methods: Table,
    classes: Table,
    call_sites: Table,
    method_handles: Table,
    problems: Vec<Bad>,
}

/// One DEX file: header read, everything else on demand. Cloning costs two reference counts.
#[derive(Clone, Debug)]
pub struct DexFile {
    tables: Arc<Tables>,
    restored: Option<Arc<HashMap<u32, Box<[u8]>>>>,
}

/// A row of the field table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FieldRef {
    /// The class the reference names; the field may be declared by an ancestor of it.
    pub class: TypeIdx,
    /// The field's type.
    pub type_: TypeIdx,
    /// The field's name.
    pub name: StringIdx,
}

/// A row of the method table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MethodRef {
    /// The class the reference names; the method may be declared by an ancestor of it.
    pub class: TypeIdx,
    /// Parameter and return types.
    pub proto: ProtoIdx,
    /// The method's name.
    pub name: StringIdx,
}

/// A row of the method-handle table (DEX 038).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MethodHandle {
    /// "Method handle type codes": 0–3 static-put, static-get, instance-put, instance-get (a field);
    /// 4–8 invoke-static, -instance, -constructor, -direct, -interface (a method).
    pub kind: u16,
    /// A [`FieldIdx`] or [`MethodIdx`], as `kind` says.
    pub index: u32,
}

impl MethodHandle {
    /// The method, when this handle is one of a method.
    #[must_use]
    pub fn method(&self) -> Option<MethodIdx> {
        (4..=8).contains(&self.kind).then_some(MethodIdx(self.index))
    }

    /// The field, when this handle is one of a field.
    #[must_use]
    pub fn field(&self) -> Option<FieldIdx> {
        (self.kind < 4).then_some(FieldIdx(self.index))
    }
}

/// A row of the call-site table (DEX 038): what `invoke-custom` hands to its bootstrap method.
#[derive(Clone, PartialEq, Debug)]
pub struct CallSite {
    /// Index of the bootstrap method's handle.
    pub bootstrap: u32,
    /// The name the bootstrap method is to resolve.
    pub name: StringIdx,
    /// The type the call site has.
    pub proto: ProtoIdx,
    /// Further arguments of the bootstrap method (for a lambda: erased type, method handle, real type).
    pub arguments: Vec<Value>,
}

impl DexFile {
    /// Recognises a DEX file and locates its tables. Of a container (version 041) this is the first DEX in it.
    ///
    /// # Errors
    /// [`NotDex`] when these bytes are not a DEX 035–041 in little-endian order, or end inside the header.
    pub fn parse(view: View) -> Result<DexFile, NotDex> {
        DexFile::parse_at(view, 0)
    }

    /// All DEX files of a container (version 041), in order; of any other version the one there is.
    /// A later header that cannot be read ends the list and is noted in [`DexFile::problems`] of the last one.
    ///
    /// # Errors
    /// As [`DexFile::parse`], for the first.
    pub fn parse_all(view: View) -> Result<Vec<DexFile>, NotDex> {
        let mut all = vec![DexFile::parse_at(view.clone(), 0)?];
        loop {
            let Some(last) = all.last_mut() else { return Ok(all) };
            let next = last.tables.header_at.saturating_add(last.tables.file_size);
            // Not even a magic number fits: padding.
            if last.version() < 41
                || last.tables.file_size < HEADER_V41
                || next.saturating_add(8) > view.len()
            {
                return Ok(all);
            }
            match DexFile::parse_at(view.clone(), next) {
                Ok(dex) => all.push(dex),
                Err(not) => {
                    if let Some(tables) = Arc::get_mut(&mut last.tables) {
                        tables.problems.push(Bad::new(next, not.why));
                    }
                    return Ok(all);
                }
            }
        }
    }

    fn parse_at(view: View, at: usize) -> Result<DexFile, NotDex> {
        let bytes = view.as_slice();
        let magic: &[u8; 8] = bytes
            .get(at..)
            .and_then(<[u8]>::first_chunk)
            .ok_or(NotDex { at, why: "shorter than a magic number" })?;
        let version = match magic {
            [b'd', b'e', b'x', b'\n', a, b, c, 0] if [a, b, c].iter().all(|d| d.is_ascii_digit()) => {
                [a, b, c].iter().fold(0u32, |number, digit| number * 10 + u32::from(**digit - b'0'))
            }
            [b'c', b'd', b'e', b'x', ..] => return Err(NotDex { at, why: "CompactDex, not read yet" }),
            [b'd', b'e', b'y', b'\n', ..] => {
                return Err(NotDex { at, why: "odex of the Dalvik machine, not read" });
            }
            _ => return Err(NotDex { at, why: "no DEX magic number" }),
        };
        if !(35..=41).contains(&version) {
            return Err(NotDex { at: at.saturating_add(4), why: "DEX version outside 035-041" });
        }
        let header = bytes
            .get(at..)
            .filter(|b| b.len() >= HEADER)
            .ok_or(NotDex { at, why: "ends inside the header" })?;
        if word(header, 0x28) == SWAPPED_ENDIAN {
            return Err(NotDex {
                at: at.saturating_add(0x28),
                why: "big-endian DEX, which no Android device reads",
            });
        }

        let mut problems = Vec::new();
        let mut note = |field: usize, what| problems.push(Bad::new(at.saturating_add(field), what));
        if word(header, 0x28) != NATIVE_ENDIAN {
            note(0x28, "endian tag is neither order; read as little-endian");
        }
        let file_size = word(header, 0x20) as usize;
        let rest = bytes.len().saturating_sub(at);
        if version < 41 && file_size != rest {
            note(
                0x20,
                if file_size > rest {
                    "file ends before the size in its header"
                } else {
                    "bytes behind the size in the header"
                },
            );
        }
        // From 041 on every offset counts from the start of the container, which is where the view starts.
        if version >= 41 {
            if header.len() < HEADER_V41 {
                return Err(NotDex { at, why: "ends inside the header" });
            }
            if word(header, 0x74) as usize != at {
                note(0x74, "header offset is not where the header lies");
            }
            if word(header, 0x70) as usize != bytes.len() {
                note(0x70, "container size is not the size of the file");
            }
        }
        let mut table = |field: usize, row: usize, what: &'static str| {
            let (count, start) = (word(header, field), word(header, field.saturating_add(4)) as usize);
            clamp(bytes.len(), count, start, row).unwrap_or_else(|fits| {
                note(field, what);
                Table { start, count: fits }
            })
        };
        let strings = table(0x38, 4, "string table runs over the end");
        let types = table(0x40, 4, "type table runs over the end");
        let protos = table(0x48, 12, "prototype table runs over the end");
        let fields = table(0x50, 8, "field table runs over the end");
        let methods = table(0x58, 8, "method table runs over the end");
        let classes = table(0x60, 32, "class table runs over the end");

        let (mut call_sites, mut method_handles) = (Table::default(), Table::default());
        if version >= 38 {
            for (kind, count, start) in map_items(bytes, word(header, 0x34) as usize) {
                let (table, row) = match kind {
                    TYPE_CALL_SITE_ID_ITEM => (&mut call_sites, 4),
                    TYPE_METHOD_HANDLE_ITEM => (&mut method_handles, 8),
                    _ => continue,
                };
                *table = clamp(bytes.len(), count, start, row).unwrap_or_else(|fits| {
                    problems.push(Bad::new(start, "table named by the map runs over the end"));
                    Table { start, count: fits }
                });
            }
        }

        let mut signature = [0; 20];
        if let Some(bytes) = header.get(0x0c..0x20) {
            signature.copy_from_slice(bytes);
        }
        let checksum = word(header, 8);
        let tables = Tables {
            version,
            header_at: at,
            file_size,
            checksum,
            signature,
            strings,
            types,
            protos,
            fields,
            methods,
            classes,
            call_sites,
            method_handles,
            problems,
            view,
        };
        Ok(DexFile { tables: Arc::new(tables), restored: None })
    }

    /// A copy whose [`DexFile::code`] at each of these offsets has these instructions instead of those in the file.
    /// Replacements of another length than the original are ignored.
    #[must_use]
    pub fn with_restored(&self, instructions: Arc<HashMap<u32, Box<[u8]>>>) -> DexFile {
        DexFile { tables: Arc::clone(&self.tables), restored: Some(instructions) }
    }

    pub(crate) fn restored_at(&self, code_off: u32) -> Option<&[u8]> {
        self.restored.as_ref()?.get(&code_off).map(|bytes| &**bytes)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.tables.view.as_slice()
    }

    /// The bytes this was parsed from; of a container, the whole container. Every offset counts from their start.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.tables.view
    }

    /// The format version: 35 to 41.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.tables.version
    }

    /// Where the header lies: 0, but for the later files of a container.
    #[must_use]
    pub fn header_offset(&self) -> u32 {
        u32::try_from(self.tables.header_at).unwrap_or(u32::MAX)
    }

    /// The file size that the header states; may differ from the view's.
    #[must_use]
    pub fn stated_size(&self) -> u32 {
        u32::try_from(self.tables.file_size).unwrap_or(u32::MAX)
    }

    /// The Adler-32 that the header states. Never checked here: files embedded in OAT do not match theirs.
    #[must_use]
    pub fn stated_checksum(&self) -> u32 {
        self.tables.checksum
    }

    /// The SHA-1 that the header states. Never checked here.
    #[must_use]
    pub fn stated_signature(&self) -> &[u8; 20] {
        &self.tables.signature
    }

    /// What is wrong with the header; the tables were clamped to what the file holds.
    #[must_use]
    pub fn problems(&self) -> &[Bad] {
        &self.tables.problems
    }

    /// Rows of the string table that lie in the file.
    #[must_use]
    pub fn string_count(&self) -> u32 {
        self.tables.strings.count
    }

    /// Rows of the type table that lie in the file.
    #[must_use]
    pub fn type_count(&self) -> u32 {
        self.tables.types.count
    }

    /// Rows of the prototype table that lie in the file.
    #[must_use]
    pub fn proto_count(&self) -> u32 {
        self.tables.protos.count
    }

    /// Rows of the field table that lie in the file.
    #[must_use]
    pub fn field_count(&self) -> u32 {
        self.tables.fields.count
    }

    /// Rows of the method table that lie in the file.
    #[must_use]
    pub fn method_count(&self) -> u32 {
        self.tables.methods.count
    }

    /// Rows of the class table that lie in the file.
    #[must_use]
    pub fn class_count(&self) -> u32 {
        self.tables.classes.count
    }

    /// Rows of the call-site table (038 and later).
    #[must_use]
    pub fn call_site_count(&self) -> u32 {
        self.tables.call_sites.count
    }

    /// Rows of the method-handle table (038 and later).
    #[must_use]
    pub fn method_handle_count(&self) -> u32 {
        self.tables.method_handles.count
    }

    /// A string, decoded; borrowed where its bytes are UTF-8. See [`mutf8::decode`] for what damage looks like.
    ///
    /// # Errors
    /// [`Bad`] when the index or the string's place is outside the file, or its end is missing.
    pub fn string(&self, index: StringIdx) -> Result<Cow<'_, str>, Bad> {
        self.string_bytes(index).map(mutf8::decode)
    }

    /// A string's bytes as they stand in the file (MUTF-8): equal exactly when the strings are equal.
    ///
    /// # Errors
    /// As [`DexFile::string`].
    pub fn string_bytes(&self, index: StringIdx) -> Result<&[u8], Bad> {
        let row: &[u8; 4] = self.tables.strings.row(self.bytes(), index.0, "no such string")?;
        let at = u32::from_le_bytes(*row) as usize;
        let mut reader = Reader::at(self.bytes(), at);
        let length = reader.uleb128().map_err(Bad::short("string data outside the file"))? as usize;
        let start = reader.position();
        // A unit takes at most three bytes; not looking further keeps a file of overlapping strings from costing
        // its length for each of them.
        let most = length.saturating_mul(3).saturating_add(1);
        let rest = self.bytes().get(start..).unwrap_or(&[]);
        let rest = rest.get(..most).unwrap_or(rest);
        CStr::from_bytes_until_nul(rest)
            .map(CStr::to_bytes)
            .map_err(|_| Bad::new(start, "string data without its end"))
    }

    /// The string index of a type's descriptor.
    ///
    /// # Errors
    /// [`Bad`] when there is no such type.
    pub fn descriptor_idx(&self, index: TypeIdx) -> Result<StringIdx, Bad> {
        let row: &[u8; 4] = self.tables.types.row(self.bytes(), index.0, "no such type")?;
        Ok(StringIdx(u32::from_le_bytes(*row)))
    }

    /// A type's descriptor, such as `Lp/C;` or `[I`.
    ///
    /// # Errors
    /// [`Bad`] when there is no such type or its string cannot be read.
    pub fn descriptor(&self, index: TypeIdx) -> Result<Cow<'_, str>, Bad> {
        self.string(self.descriptor_idx(index)?)
    }

    /// A type's descriptor as it stands in the file.
    ///
    /// # Errors
    /// As [`DexFile::descriptor`].
    pub fn descriptor_bytes(&self, index: TypeIdx) -> Result<&[u8], Bad> {
        self.string_bytes(self.descriptor_idx(index)?)
    }

    /// A prototype.
    ///
    /// # Errors
    /// [`Bad`] when there is no such prototype or its parameter list lies outside the file.
    pub fn proto(&self, index: ProtoIdx) -> Result<Proto<'_>, Bad> {
        let row: &[u8; 12] = self.tables.protos.row(self.bytes(), index.0, "no such prototype")?;
        Ok(Proto {
            shorty: StringIdx(word(row, 0)),
            return_type: TypeIdx(word(row, 4)),
            parameters: self.type_list(word(row, 8))?,
        })
    }

    /// A prototype as text: `(ILjava/lang/String;)V`. What cannot be read shows as `⟨bad …⟩`.
    #[must_use]
    pub fn prototype(&self, index: ProtoIdx) -> String {
        let mut text = String::new();
        let push = |text: &mut String, index: TypeIdx| match self.descriptor(index) {
            Ok(descriptor) => text.push_str(&descriptor),
            Err(_) => text.push_str(&format!("⟨bad type {}⟩", index.0)),
        };
        let Ok(proto) = self.proto(index) else { return format!("⟨bad prototype {}⟩", index.0) };
        text.push('(');
        for parameter in proto.parameters.iter() {
            push(&mut text, parameter);
        }
        text.push(')');
        push(&mut text, proto.return_type);
        text
    }

    /// A "type_list" at `offset`; 0 stands for an empty one.
    pub(crate) fn type_list(&self, offset: u32) -> Result<TypeList<'_>, Bad> {
        if offset == 0 {
            return Ok(TypeList::default());
        }
        let mut reader = Reader::at(self.bytes(), offset as usize);
        let count = reader.u32().map_err(Bad::short("type list outside the file"))? as usize;
        let bytes = count
            .checked_mul(2)
            .and_then(|size| reader.bytes(size).ok())
            .ok_or(Bad::new(offset as usize, "type list runs over the end"))?;
        Ok(TypeList::new(bytes))
    }

    /// A field reference.
    ///
    /// # Errors
    /// [`Bad`] when there is no such row.
    pub fn field(&self, index: FieldIdx) -> Result<FieldRef, Bad> {
        let row: &[u8; 8] = self.tables.fields.row(self.bytes(), index.0, "no such field")?;
        Ok(FieldRef {
            class: TypeIdx(half(row, 0)),
            type_: TypeIdx(half(row, 2)),
            name: StringIdx(word(row, 4)),
        })
    }

    /// A method reference.
    ///
    /// # Errors
    /// [`Bad`] when there is no such row.
    pub fn method(&self, index: MethodIdx) -> Result<MethodRef, Bad> {
        let row: &[u8; 8] = self.tables.methods.row(self.bytes(), index.0, "no such method")?;
        Ok(MethodRef {
            class: TypeIdx(half(row, 0)),
            proto: ProtoIdx(half(row, 2)),
            name: StringIdx(word(row, 4)),
        })
    }

    /// The bytes of row `index` of the class table.
    pub(crate) fn class_row(&self, index: u32) -> Result<[u32; 8], Bad> {
        let row: &[u8; 32] = self.tables.classes.row(self.bytes(), index, "no such class definition")?;
        Ok(std::array::from_fn(|i| word(row, i.saturating_mul(4))))
    }

    /// A method handle.
    ///
    /// # Errors
    /// [`Bad`] when there is no such row.
    pub fn method_handle(&self, index: u32) -> Result<MethodHandle, Bad> {
        let row: &[u8; 8] = self.tables.method_handles.row(self.bytes(), index, "no such method handle")?;
        Ok(MethodHandle { kind: half(row, 0) as u16, index: half(row, 4) })
    }

    /// A call site.
    ///
    /// # Errors
    /// [`Bad`] when there is no such row, or its values are not what the format asks for: handle, name, type.
    pub fn call_site(&self, index: u32) -> Result<CallSite, Bad> {
        let row: &[u8; 4] = self.tables.call_sites.row(self.bytes(), index, "no such call site")?;
        let at = u32::from_le_bytes(*row) as usize;
        let mut values = value::array_at(self.bytes(), at).into_iter();
        let mut next =
            || values.next().unwrap_or(Err(Bad::new(at, "call site with fewer than three values")));
        let (Value::MethodHandle(bootstrap), Value::String(name), Value::MethodType(proto)) =
            (next()?, next()?, next()?)
        else {
            return Err(Bad::new(at, "call site without handle, name and type"));
        };
        Ok(CallSite { bootstrap, name, proto, arguments: values.collect::<Result<_, _>>()? })
    }
}

/// A table of `count` rows; when it does not fit into `size` bytes, how many rows do.
fn clamp(size: usize, count: u32, start: usize, row: usize) -> Result<Table, u32> {
    let fits = u32::try_from(size.saturating_sub(start) / row).unwrap_or(u32::MAX);
    if count > fits { Err(fits) } else { Ok(Table { start, count }) }
}

/// The entries of the map list: type, count, offset.
fn map_items(bytes: &[u8], at: usize) -> impl Iterator<Item = (u16, u32, usize)> + '_ {
    let mut reader = Reader::at(bytes, at);
    let count = if at == 0 { 0 } else { reader.u32().unwrap_or(0) };
    (0..count).map_while(move |_| {
        let row: [u8; 12] = reader.array().ok()?;
        Some((half(&row, 0) as u16, word(&row, 4), word(&row, 8) as usize))
    })
}
