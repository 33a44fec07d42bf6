//! Builds small, sound DEX files byte by byte, so that a test can break exactly one field of one.
//!
//! Tables are sorted as the format demands, so that other tools accept the result. [`Built::at`] tells where a thing
//! landed: `built.patch("class_defs", 4, &[0xff; 4])` breaks one field and leaves the rest sound.

use std::collections::{BTreeMap, BTreeSet};

/// A 16-bit unit of code, or one that becomes the index of something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// The unit itself.
    Raw(u16),
    /// Index of a string.
    String(String),
    /// Index of a type.
    Type(String),
    /// Index of a field: class, name, type.
    Field(String, String, String),
    /// Index of a method: class, name, prototype such as `(I)V`.
    Method(String, String, String),
    /// Index of a prototype.
    Proto(String),
}

impl From<u16> for Unit {
    fn from(unit: u16) -> Unit {
        Unit::Raw(unit)
    }
}

/// Index of a string, in code.
#[must_use]
pub fn string(text: &str) -> Unit {
    Unit::String(text.into())
}

/// Index of a type, in code.
#[must_use]
pub fn type_(descriptor: &str) -> Unit {
    Unit::Type(descriptor.into())
}

/// Index of a field, in code; written `Lp/C;->name:I`.
#[must_use]
pub fn field(reference: &str) -> Unit {
    let (class, rest) = reference.split_once("->").expect("Lp/C;->name:I");
    let (name, type_) = rest.split_once(':').expect("Lp/C;->name:I");
    Unit::Field(class.into(), name.into(), type_.into())
}

/// Index of a method, in code; written `Lp/C;->name(I)V`.
#[must_use]
pub fn method(reference: &str) -> Unit {
    let (class, rest) = reference.split_once("->").expect("Lp/C;->name(I)V");
    let (name, proto) = rest.split_at(rest.find('(').expect("Lp/C;->name(I)V"));
    Unit::Method(class.into(), name.into(), proto.into())
}

/// The code of a method.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// Registers used.
    pub registers: u16,
    /// Registers of the arguments.
    pub ins: u16,
    /// Registers of the largest call.
    pub outs: u16,
    /// The instructions.
    pub units: Vec<Unit>,
    #[allow(clippy::type_complexity)]
    /// Tries: first unit, count of units, handlers (exception type or `None`, unit).
    pub tries: Vec<(u32, u16, Vec<(Option<String>, u32)>)>,
    /// A debug_info_item, without the parameter names' indices being resolved.
    pub debug: Option<Vec<u8>>,
}

impl Body {
    /// A body without tries.
    #[must_use]
    pub fn new(registers: u16, ins: u16, outs: u16, units: Vec<Unit>) -> Body {
        Body { registers, ins, outs, units, ..Body::default() }
    }
}

/// A class to be defined.
#[derive(Clone, Debug)]
pub struct Class {
    descriptor: String,
    access: u32,
    superclass: Option<String>,
    interfaces: Vec<String>,
    source: Option<String>,
    static_fields: Vec<(String, String, u32)>,
    instance_fields: Vec<(String, String, u32)>,
    direct: Vec<(String, String, u32, Option<Body>)>,
    virtuals: Vec<(String, String, u32, Option<Body>)>,
    static_values: Vec<u8>,
    annotations: Vec<(String, u8)>,
}

impl Class {
    /// A public class under `java.lang.Object`.
    #[must_use]
    pub fn new(descriptor: &str) -> Class {
        Class {
            descriptor: descriptor.into(),
            access: 1,
            superclass: (descriptor != "Ljava/lang/Object;").then(|| "Ljava/lang/Object;".into()),
            interfaces: Vec::new(),
            source: None,
            static_fields: Vec::new(),
            instance_fields: Vec::new(),
            direct: Vec::new(),
            virtuals: Vec::new(),
            static_values: Vec::new(),
            annotations: Vec::new(),
        }
    }

    /// Sets the access flags.
    #[must_use]
    pub fn access(mut self, access: u32) -> Class {
        self.access = access;
        self
    }

    /// Sets the superclass.
    #[must_use]
    pub fn superclass(mut self, descriptor: &str) -> Class {
        self.superclass = Some(descriptor.into());
        self
    }

    /// Adds an interface.
    #[must_use]
    pub fn interface(mut self, descriptor: &str) -> Class {
        self.interfaces.push(descriptor.into());
        self
    }

    /// Sets the source file.
    #[must_use]
    pub fn source(mut self, name: &str) -> Class {
        self.source = Some(name.into());
        self
    }

    /// Adds a static field.
    #[must_use]
    pub fn static_field(mut self, name: &str, type_: &str, access: u32) -> Class {
        self.static_fields.push((name.into(), type_.into(), access | 8));
        self
    }

    /// Adds an instance field.
    #[must_use]
    pub fn instance_field(mut self, name: &str, type_: &str, access: u32) -> Class {
        self.instance_fields.push((name.into(), type_.into(), access));
        self
    }

    /// Adds a direct method.
    #[must_use]
    pub fn direct(mut self, name: &str, proto: &str, access: u32, body: Body) -> Class {
        self.direct.push((name.into(), proto.into(), access, Some(body)));
        self
    }

    /// Adds a virtual method.
    #[must_use]
    pub fn method(mut self, name: &str, proto: &str, access: u32, body: Body) -> Class {
        self.virtuals.push((name.into(), proto.into(), access, Some(body)));
        self
    }

    /// Adds a method without code.
    #[must_use]
    pub fn abstract_method(mut self, name: &str, proto: &str, access: u32) -> Class {
        self.virtuals.push((name.into(), proto.into(), access, None));
        self
    }

    /// The initial values of the static fields, as a raw encoded_array.
    #[must_use]
    pub fn static_values(mut self, encoded: &[u8]) -> Class {
        self.static_values = encoded.into();
        self
    }

    /// Annotates the class with a marker annotation.
    #[must_use]
    pub fn annotation(mut self, descriptor: &str, visibility: u8) -> Class {
        self.annotations.push((descriptor.into(), visibility));
        self
    }
}

/// Builds one DEX file.
#[derive(Clone, Debug)]
pub struct DexBuilder {
    version: u32,
    classes: Vec<Class>,
    references: BTreeSet<Unit>,
    handles: Vec<(u16, Unit)>,
    call_sites: Vec<Vec<u8>>,
}

/// A finished file and where its parts lie.
#[derive(Clone, Debug)]
pub struct Built {
    /// The file.
    pub bytes: Vec<u8>,
    places: BTreeMap<String, usize>,
    strings: Vec<String>,
}

impl Built {
    /// Where a part starts: `string_ids`, `type_ids`, `proto_ids`, `field_ids`, `method_ids`, `class_defs`, `map`,
    /// `string Lp/C;`, `class_data Lp/C;`, `code Lp/C;->m()V`, `static_values Lp/C;`, `annotations Lp/C;`.
    #[must_use]
    pub fn at(&self, part: &str) -> usize {
        *self.places.get(part).unwrap_or_else(|| panic!("no {part:?}; there are {:?}", self.places.keys()))
    }

    /// The index of a string.
    #[must_use]
    pub fn string_index(&self, text: &str) -> u32 {
        self.strings.iter().position(|s| s == text).expect("a string of this file") as u32
    }

    /// A copy with the bytes at `part` + `offset` replaced.
    #[must_use]
    pub fn patch(&self, part: &str, offset: usize, with: &[u8]) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        let at = self.at(part) + offset;
        bytes[at..at + with.len()].copy_from_slice(with);
        bytes
    }

    /// A copy with the bytes at `offset` of the file replaced.
    #[must_use]
    pub fn patch_at(&self, offset: usize, with: &[u8]) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        bytes[offset..offset + with.len()].copy_from_slice(with);
        bytes
    }
}

/// A string as the DEX format writes it.
#[must_use]
pub fn mutf8(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for unit in text.encode_utf16() {
        match unit {
            1..=0x7f => out.push(unit as u8),
            0 | 0x80..=0x7ff => out.extend([0xc0 | (unit >> 6) as u8, 0x80 | (unit & 0x3f) as u8]),
            _ => out.extend([
                0xe0 | (unit >> 12) as u8,
                0x80 | (unit >> 6 & 0x3f) as u8,
                0x80 | (unit & 0x3f) as u8,
            ]),
        }
    }
    out
}

/// An unsigned LEB128.
pub fn uleb128(mut value: u32, out: &mut Vec<u8>) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A signed LEB128.
pub fn sleb128(mut value: i32, out: &mut Vec<u8>) {
    loop {
        let byte = (value & 0x7f) as u8;
        value >>= 7;
        if (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0) {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
}

/// Adler-32, as in the header.
#[must_use]
pub fn adler32(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65521;
        b = (b + a) % 65521;
    }
    b << 16 | a
}

/// `(ILp/C;)V` taken apart.
fn split_proto(proto: &str) -> (Vec<String>, String) {
    let (parameters, return_type) = proto[1..].split_once(')').expect("a prototype");
    let (mut types, mut start, bytes, mut i) = (Vec::new(), 0, parameters.as_bytes(), 0);
    while i < bytes.len() {
        match bytes[i] {
            b'[' => {}
            b'L' => {
                i += parameters[i..].find(';').expect("a class descriptor ends");
                types.push(parameters[start..=i].to_owned());
                start = i + 1;
            }
            _ => {
                types.push(parameters[start..=i].to_owned());
                start = i + 1;
            }
        }
        i += 1;
    }
    (types, return_type.to_owned())
}

fn shorty(proto: &str) -> String {
    let (parameters, return_type) = split_proto(proto);
    let letter = |t: &String| if t.starts_with('[') { 'L' } else { t.chars().next().expect("a type") };
    std::iter::once(&return_type).chain(&parameters).map(letter).collect()
}

struct Pools {
    strings: Vec<String>,
    types: Vec<String>,
    protos: Vec<String>,
    fields: Vec<(String, String, String)>,
    methods: Vec<(String, String, String)>,
}

impl Pools {
    fn string(&self, text: &str) -> u32 {
        self.strings.iter().position(|s| s == text).expect("collected") as u32
    }
    fn type_(&self, text: &str) -> u32 {
        self.types.iter().position(|s| s == text).expect("collected") as u32
    }
    fn proto(&self, text: &str) -> u32 {
        self.protos.iter().position(|s| s == text).expect("collected") as u32
    }
    fn field(&self, class: &str, name: &str, type_: &str) -> u32 {
        self.fields.iter().position(|(c, n, t)| c == class && n == name && t == type_).expect("collected")
            as u32
    }
    fn method(&self, class: &str, name: &str, proto: &str) -> u32 {
        self.methods.iter().position(|(c, n, p)| c == class && n == name && p == proto).expect("collected")
            as u32
    }
    fn index(&self, unit: &Unit) -> u16 {
        (match unit {
            Unit::Raw(raw) => u32::from(*raw),
            Unit::String(text) => self.string(text),
            Unit::Type(text) => self.type_(text),
            Unit::Field(c, n, t) => self.field(c, n, t),
            Unit::Method(c, n, p) => self.method(c, n, p),
            Unit::Proto(text) => self.proto(text),
        }) as u16
    }
}

impl DexBuilder {
    /// An empty file of a version, such as 35.
    #[must_use]
    pub fn new(version: u32) -> DexBuilder {
        DexBuilder {
            version,
            classes: Vec::new(),
            references: BTreeSet::new(),
            handles: Vec::new(),
            call_sites: Vec::new(),
        }
    }

    /// The same file in another version.
    #[must_use]
    pub fn with_version(mut self, version: u32) -> DexBuilder {
        self.version = version;
        self
    }

    /// Defines a class. Classes keep the order in which they were added.
    #[must_use]
    pub fn class(mut self, class: Class) -> DexBuilder {
        self.classes.push(class);
        self
    }

    /// Has something in its table though no code mentions it.
    #[must_use]
    pub fn reference(mut self, unit: Unit) -> DexBuilder {
        self.references.insert(unit);
        self
    }

    /// Adds a method handle (038).
    #[must_use]
    pub fn method_handle(mut self, kind: u16, target: Unit) -> DexBuilder {
        self.references.insert(target.clone());
        self.handles.push((kind, target));
        self
    }

    /// Adds a call site (038) as a raw encoded_array.
    #[must_use]
    pub fn call_site(mut self, encoded: &[u8]) -> DexBuilder {
        self.call_sites.push(encoded.into());
        self
    }

    /// The file.
    #[must_use]
    pub fn build(&self) -> Built {
        self.build_at(0, None)
    }

    /// The files in one container (version 041).
    #[must_use]
    pub fn build_container(parts: &[DexBuilder]) -> Vec<u8> {
        let total: usize = parts.iter().map(|p| p.build_at(0, None).bytes.len()).sum();
        let mut out = Vec::new();
        for part in parts {
            let built = part.build_at(out.len(), Some(total));
            out.extend(built.bytes);
        }
        assert_eq!(out.len(), total);
        out
    }

    fn pools(&self) -> Pools {
        let mut strings = BTreeSet::new();
        let mut types = BTreeSet::new();
        let mut protos = BTreeSet::new();
        let mut fields = BTreeSet::new();
        let mut methods = BTreeSet::new();
        let mut add = |unit: &Unit| match unit {
            Unit::Raw(_) => {}
            Unit::String(text) => {
                strings.insert(text.clone());
            }
            Unit::Type(text) => {
                types.insert(text.clone());
            }
            Unit::Field(c, n, t) => {
                fields.insert((c.clone(), n.clone(), t.clone()));
            }
            Unit::Method(c, n, p) => {
                methods.insert((c.clone(), n.clone(), p.clone()));
            }
            Unit::Proto(p) => {
                protos.insert(p.clone());
            }
        };
        self.references.iter().for_each(&mut add);
        for class in &self.classes {
            add(&type_(&class.descriptor));
            class.superclass.iter().chain(&class.interfaces).for_each(|t| add(&type_(t)));
            class.source.iter().for_each(|s| add(&string(s)));
            class.annotations.iter().for_each(|(t, _)| add(&type_(t)));
            for (name, t, _) in class.static_fields.iter().chain(&class.instance_fields) {
                add(&Unit::Field(class.descriptor.clone(), name.clone(), t.clone()));
            }
            for (name, proto, _, body) in class.direct.iter().chain(&class.virtuals) {
                add(&Unit::Method(class.descriptor.clone(), name.clone(), proto.clone()));
                let Some(body) = body else { continue };
                body.units.iter().for_each(&mut add);
                let caught = body.tries.iter().flat_map(|(_, _, handlers)| handlers);
                caught.filter_map(|(t, _)| t.as_ref()).for_each(|t| add(&type_(t)));
            }
        }
        for (class, name, t) in &fields {
            types.extend([class.clone(), t.clone()]);
            strings.insert(name.clone());
        }
        for (class, name, proto) in &methods {
            types.insert(class.clone());
            strings.insert(name.clone());
            protos.insert(proto.clone());
        }
        for proto in &protos {
            let (parameters, return_type) = split_proto(proto);
            types.extend(parameters);
            types.insert(return_type);
            strings.insert(shorty(proto));
        }
        strings.extend(types.iter().cloned());

        let by_units = |s: &String| s.encode_utf16().collect::<Vec<_>>();
        let mut strings: Vec<_> = strings.into_iter().collect();
        strings.sort_by_key(by_units);
        let mut types: Vec<_> = types.into_iter().collect();
        types.sort_by_key(by_units);
        let type_at = |t: &str| types.iter().position(|s| s == t);
        let string_at = |t: &str| strings.iter().position(|s| s == t);
        let mut protos: Vec<_> = protos.into_iter().collect();
        protos.sort_by_key(|p| {
            let (parameters, return_type) = split_proto(p);
            (type_at(&return_type), parameters.iter().map(|t| type_at(t)).collect::<Vec<_>>())
        });
        let mut fields: Vec<_> = fields.into_iter().collect();
        fields.sort_by_key(|(c, n, t)| (type_at(c), string_at(n), type_at(t)));
        let mut methods: Vec<_> = methods.into_iter().collect();
        let proto_at = |p: &str| protos.iter().position(|s| s == p);
        methods.sort_by_key(|(c, n, p)| (type_at(c), string_at(n), proto_at(p)));
        Pools { strings, types, protos, fields, methods }
    }

    fn build_at(&self, base: usize, container: Option<usize>) -> Built {
        let pools = self.pools();
        let mut places = BTreeMap::new();
        let header = if self.version >= 41 { 0x78 } else { 0x70 };
        // (map type, count, start, row size) of the tables.
        let tables = [
            (0x0001, pools.strings.len(), 4, "string_ids"),
            (0x0002, pools.types.len(), 4, "type_ids"),
            (0x0003, pools.protos.len(), 12, "proto_ids"),
            (0x0004, pools.fields.len(), 8, "field_ids"),
            (0x0005, pools.methods.len(), 8, "method_ids"),
            (0x0006, self.classes.len(), 32, "class_defs"),
            (0x0007, self.call_sites.len(), 4, "call_site_ids"),
            (0x0008, self.handles.len(), 8, "method_handles"),
        ];
        let mut map: Vec<(u16, usize, usize)> = vec![(0x0000, 1, base)];
        let mut at = header;
        for (kind, count, row, name) in tables {
            places.insert(name.to_owned(), at);
            if count > 0 {
                map.push((kind, count, base + at));
            }
            at += count * row;
        }
        let mut out = Out { bytes: vec![0; at], base };

        // Type lists.
        let mut lists: BTreeMap<Vec<String>, u32> = BTreeMap::new();
        let wanted = pools.protos.iter().map(|p| split_proto(p).0);
        for list in wanted.chain(self.classes.iter().map(|c| c.interfaces.clone())) {
            if list.is_empty() || lists.contains_key(&list) {
                continue;
            }
            out.align(4);
            lists.insert(list.clone(), out.here());
            out.u32(list.len() as u32);
            list.iter().for_each(|t| out.u16(pools.type_(t) as u16));
        }
        section(&mut map, 0x1001, lists.len(), lists.values().min());
        let list_at = |list: &Vec<String>| lists.get(list).copied().unwrap_or(0);

        // Annotations: one item each, one set and one directory a class.
        let (mut items, mut sets, mut directories) = (Vec::new(), Vec::new(), BTreeMap::new());
        for class in self.classes.iter().filter(|c| !c.annotations.is_empty()) {
            let mut set = Vec::new();
            for (descriptor, visibility) in &class.annotations {
                set.push((pools.type_(descriptor), out.here()));
                items.push(out.here());
                out.bytes.push(*visibility);
                uleb128(pools.type_(descriptor), &mut out.bytes);
                uleb128(0, &mut out.bytes);
            }
            set.sort_unstable();
            sets.push(set);
        }
        let mut set_offsets = Vec::new();
        for set in &sets {
            out.align(4);
            set_offsets.push(out.here());
            out.u32(set.len() as u32);
            set.iter().for_each(|(_, at)| out.u32(*at));
        }
        for (class, set) in self.classes.iter().filter(|c| !c.annotations.is_empty()).zip(&set_offsets) {
            out.align(4);
            places.insert(format!("annotations {}", class.descriptor), out.bytes.len());
            directories.insert(class.descriptor.clone(), out.here());
            out.u32(*set);
            (0..3).for_each(|_| out.u32(0));
        }
        section(&mut map, 0x2004, items.len(), items.first());
        section(&mut map, 0x1003, set_offsets.len(), set_offsets.first());
        section(&mut map, 0x2006, directories.len(), directories.values().min());

        // Debug information, then code.
        let all = |c: &Class| c.direct.iter().chain(&c.virtuals).cloned().collect::<Vec<_>>();
        let mut debug = BTreeMap::new();
        let mut code = BTreeMap::new();
        for class in &self.classes {
            for (name, proto, _, body) in all(class) {
                if let Some(bytes) = body.and_then(|b| b.debug) {
                    debug.insert((class.descriptor.clone(), name, proto), out.here());
                    out.bytes.extend(bytes);
                }
            }
        }
        section(&mut map, 0x2003, debug.len(), debug.values().min());
        for class in &self.classes {
            for (name, proto, _, body) in all(class) {
                let Some(body) = body else { continue };
                out.align(4);
                places.insert(format!("code {}->{name}{proto}", class.descriptor), out.bytes.len());
                let key = (class.descriptor.clone(), name, proto);
                let debug_off = debug.get(&key).copied().unwrap_or(0);
                code.insert(key, out.here());
                write_code(&mut out, &pools, &body, debug_off);
            }
        }
        section(&mut map, 0x2001, code.len(), code.values().min());

        // Strings.
        let mut string_offsets = Vec::new();
        for text in &pools.strings {
            places.insert(format!("string {text}"), out.bytes.len());
            string_offsets.push(out.here());
            uleb128(text.encode_utf16().count() as u32, &mut out.bytes);
            out.bytes.extend(mutf8(text));
            out.bytes.push(0);
        }
        section(&mut map, 0x2002, string_offsets.len(), string_offsets.first());

        // Encoded arrays: static values and call sites.
        let mut statics = BTreeMap::new();
        let mut arrays = Vec::new();
        for class in self.classes.iter().filter(|c| !c.static_values.is_empty()) {
            places.insert(format!("static_values {}", class.descriptor), out.bytes.len());
            statics.insert(class.descriptor.clone(), out.here());
            arrays.push(out.here());
            out.bytes.extend(&class.static_values);
        }
        let mut sites = Vec::new();
        for site in &self.call_sites {
            sites.push(out.here());
            arrays.push(out.here());
            out.bytes.extend(site);
        }
        section(&mut map, 0x2005, arrays.len(), arrays.first());

        // Members.
        let mut members = BTreeMap::new();
        for class in &self.classes {
            if class.static_fields.len() + class.instance_fields.len() + all(class).len() == 0 {
                continue;
            }
            places.insert(format!("class_data {}", class.descriptor), out.bytes.len());
            members.insert(class.descriptor.clone(), out.here());
            let counts = [
                class.static_fields.len(),
                class.instance_fields.len(),
                class.direct.len(),
                class.virtuals.len(),
            ];
            counts.iter().for_each(|count| uleb128(*count as u32, &mut out.bytes));
            for fields in [&class.static_fields, &class.instance_fields] {
                let mut rows: Vec<_> = fields
                    .iter()
                    .map(|(n, t, access)| (pools.field(&class.descriptor, n, t), *access))
                    .collect();
                rows.sort_unstable();
                let mut last = 0;
                for (index, access) in rows {
                    uleb128(index - last, &mut out.bytes);
                    uleb128(access, &mut out.bytes);
                    last = index;
                }
            }
            for methods in [&class.direct, &class.virtuals] {
                let mut rows: Vec<_> = methods
                    .iter()
                    .map(|(n, p, access, _)| {
                        let key = (class.descriptor.clone(), n.clone(), p.clone());
                        (pools.method(&class.descriptor, n, p), *access, code.get(&key).copied().unwrap_or(0))
                    })
                    .collect();
                rows.sort_unstable();
                let mut last = 0;
                for (index, access, code_off) in rows {
                    uleb128(index - last, &mut out.bytes);
                    uleb128(access, &mut out.bytes);
                    uleb128(code_off, &mut out.bytes);
                    last = index;
                }
            }
        }
        section(&mut map, 0x2000, members.len(), members.values().min());

        // The map.
        out.align(4);
        let map_off = out.here();
        places.insert("map".into(), out.bytes.len());
        map.push((0x1000, 1, map_off as usize));
        map.sort_by_key(|(_, _, at)| *at);
        out.u32(map.len() as u32);
        for (kind, count, at) in &map {
            out.u16(*kind);
            out.u16(0);
            out.u32(*count as u32);
            out.u32(*at as u32);
        }

        // The tables, now that everything has its place.
        let mut rows = Rows { bytes: &mut out.bytes, at: header };
        string_offsets.iter().for_each(|at| rows.u32(*at));
        pools.types.iter().for_each(|t| rows.u32(pools.string(t)));
        for proto in &pools.protos {
            let (parameters, return_type) = split_proto(proto);
            rows.u32(pools.string(&shorty(proto)));
            rows.u32(pools.type_(&return_type));
            rows.u32(list_at(&parameters));
        }
        for (class, name, t) in &pools.fields {
            rows.u16(pools.type_(class) as u16);
            rows.u16(pools.type_(t) as u16);
            rows.u32(pools.string(name));
        }
        for (class, name, proto) in &pools.methods {
            rows.u16(pools.type_(class) as u16);
            rows.u16(pools.proto(proto) as u16);
            rows.u32(pools.string(name));
        }
        for class in &self.classes {
            let d = &class.descriptor;
            rows.u32(pools.type_(d));
            rows.u32(class.access);
            rows.u32(class.superclass.as_ref().map_or(u32::MAX, |s| pools.type_(s)));
            rows.u32(list_at(&class.interfaces));
            rows.u32(class.source.as_ref().map_or(u32::MAX, |s| pools.string(s)));
            rows.u32(directories.get(d).copied().unwrap_or(0));
            rows.u32(members.get(d).copied().unwrap_or(0));
            rows.u32(statics.get(d).copied().unwrap_or(0));
        }
        sites.iter().for_each(|at| rows.u32(*at));
        for (kind, target) in &self.handles {
            [*kind, 0, pools.index(target), 0].iter().for_each(|half| rows.u16(*half));
        }
        let tables_end = rows.at;

        // The header.
        let size = out.bytes.len();
        let mut rows = Rows { bytes: &mut out.bytes, at: 0 };
        rows.raw(format!("dex\n{:03}\0", self.version).as_bytes());
        rows.at = 0x20;
        [size as u32, header as u32, 0x1234_5678, 0, 0, map_off].iter().for_each(|w| rows.u32(*w));
        for (_, count, _, name) in &tables[..6] {
            rows.u32(*count as u32);
            rows.u32(if *count == 0 { 0 } else { (base + places[*name]) as u32 });
        }
        rows.u32((size - tables_end) as u32);
        rows.u32((base + tables_end) as u32);
        if self.version >= 41 {
            rows.u32(container.unwrap_or(size) as u32);
            rows.u32(base as u32);
        }
        let sum = adler32(&out.bytes[12..]);
        out.bytes[8..12].copy_from_slice(&sum.to_le_bytes());
        Built { bytes: out.bytes, places, strings: pools.strings }
    }
}

fn section(map: &mut Vec<(u16, usize, usize)>, kind: u16, count: usize, first: Option<&u32>) {
    if let Some(first) = first {
        map.push((kind, count, *first as usize));
    }
}

fn write_code(out: &mut Out, pools: &Pools, body: &Body, debug_off: u32) {
    [body.registers, body.ins, body.outs, body.tries.len() as u16].iter().for_each(|half| out.u16(*half));
    out.u32(debug_off);
    out.u32(body.units.len() as u32);
    body.units.iter().for_each(|unit| out.u16(pools.index(unit)));
    if body.tries.is_empty() {
        return;
    }
    out.align(4);
    let mut handlers = Vec::new();
    uleb128(body.tries.len() as u32, &mut handlers);
    for (start, count, list) in &body.tries {
        out.u32(*start);
        out.u16(*count);
        out.u16(handlers.len() as u16);
        let typed = list.iter().filter(|(t, _)| t.is_some()).count() as i32;
        let all = list.iter().find(|(t, _)| t.is_none());
        sleb128(if all.is_some() { -typed } else { typed }, &mut handlers);
        for (t, target) in list {
            if let Some(t) = t {
                uleb128(pools.type_(t), &mut handlers);
                uleb128(*target, &mut handlers);
            }
        }
        if let Some((_, target)) = all {
            uleb128(*target, &mut handlers);
        }
    }
    out.bytes.extend(handlers);
}

struct Out {
    bytes: Vec<u8>,
    base: usize,
}

impl Out {
    fn align(&mut self, to: usize) {
        while !(self.base + self.bytes.len()).is_multiple_of(to) {
            self.bytes.push(0);
        }
    }
    fn here(&self) -> u32 {
        (self.base + self.bytes.len()) as u32
    }
    fn u16(&mut self, value: u16) {
        self.bytes.extend(value.to_le_bytes());
    }
    fn u32(&mut self, value: u32) {
        self.bytes.extend(value.to_le_bytes());
    }
}

struct Rows<'a> {
    bytes: &'a mut Vec<u8>,
    at: usize,
}

impl Rows<'_> {
    fn raw(&mut self, bytes: &[u8]) {
        self.bytes[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }
    fn u16(&mut self, value: u16) {
        self.raw(&value.to_le_bytes());
    }
    fn u32(&mut self, value: u32) {
        self.raw(&value.to_le_bytes());
    }
}
