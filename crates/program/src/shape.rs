//! What methods look like whatever they are called: digests that renaming, reordering and assembling anew leave alone.
//!
//! A shape is made of a method's instructions in their order: the operation, numbers, texts, and names of the platform. Left
//! out is what a rename or an assembler decides: registers, offsets, the app's own names (also where a text spells a class),
//! the wide or short form of the same instruction, and what the runtime's compiler put in its place.

use std::collections::BTreeSet;

use overt_dex::{DexFile, FieldIdx, IndexKind, Insn, MethodIdx, ProtoIdx, StringIdx, TypeIdx};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::classes::{ClassId, ClassTable, LinkedDex};
use crate::names::Sym;

/// Shorter methods look alike in unrelated code.
const LEAST_INSTRUCTIONS: u32 = 6;
/// From so many instructions on a method tells something even where it names nothing of the platform and no text.
const TELLING_INSTRUCTIONS: u32 = 24;

/// Shapes of the methods of one class that are long enough to tell something, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassShape {
    /// The class.
    pub class: ClassId,
    /// Its shapes.
    pub shapes: Vec<u64>,
}

/// The shapes of the table's own classes, in their order.
#[must_use]
pub fn shapes(table: &ClassTable) -> Vec<ClassShape> {
    let own: FxHashSet<Sym> = table.own_classes().map(|(_, class)| class.descriptor).collect();
    let mut readers: Vec<Reader<'_>> =
        table.dexes().iter().map(|linked| Reader::new(table, linked, &own)).collect();
    let mut of_class: FxHashMap<ClassId, BTreeSet<u64>> = FxHashMap::default();
    for (_, method) in table.own_methods() {
        let Some(reader) = readers.get_mut(usize::from(method.dex)) else { continue };
        if let Some(shape) = reader.method(method.index, method.code_off) {
            of_class.entry(method.class).or_default().insert(shape);
        }
    }
    (table.own_classes())
        .map(|(class, _)| ClassShape {
            class,
            shapes: of_class.remove(&class).unwrap_or_default().into_iter().collect(),
        })
        .collect()
}

/// A running digest: small, and the same on every machine.
#[derive(Clone, Copy)]
struct Mix(u64);

impl Mix {
    const START: Mix = Mix(0xcbf2_9ce4_8422_2325);

    fn number(self, value: u64) -> Mix {
        let mixed = (self.0 ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Mix(mixed ^ (mixed >> 29))
    }

    fn bytes(self, bytes: &[u8]) -> Mix {
        let (words, rest) = bytes.as_chunks::<8>();
        let mut mix = self.number(bytes.len() as u64);
        for word in words {
            mix = mix.number(u64::from_le_bytes(*word));
        }
        let mut last = [0_u8; 8];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        mix.number(u64::from_le_bytes(last))
    }

    fn end(self) -> u64 {
        self.number(0x5851_f42d_4c95_7f2d).number(1).0
    }
}

/// What an operand stands for, and whether it tells the method from others.
#[derive(Clone, Copy)]
struct Token {
    digest: u64,
    telling: bool,
}

/// Reads methods of one DEX; what it refers to is digested once.
struct Reader<'a> {
    dex: &'a DexFile,
    linked: &'a LinkedDex,
    table: &'a ClassTable,
    own: &'a FxHashSet<Sym>,
    methods: FxHashMap<u32, Token>,
    fields: FxHashMap<u32, Token>,
    types: FxHashMap<u32, Token>,
    strings: FxHashMap<u32, Token>,
}

impl<'a> Reader<'a> {
    fn new(table: &'a ClassTable, linked: &'a LinkedDex, own: &'a FxHashSet<Sym>) -> Reader<'a> {
        Reader {
            dex: &linked.dex,
            linked,
            table,
            own,
            methods: FxHashMap::default(),
            fields: FxHashMap::default(),
            types: FxHashMap::default(),
            strings: FxHashMap::default(),
        }
    }

    fn method(&mut self, index: MethodIdx, code_off: u32) -> Option<u64> {
        if code_off == 0 {
            return None;
        }
        let code = self.dex.code(code_off).ok()?;
        let mut mix = Mix::START;
        if let Ok(method) = self.dex.method(index) {
            mix = mix.number(self.prototype(method.proto));
        }
        let (mut count, mut telling) = (0_u32, false);
        for insn in code.instructions() {
            let insn = insn.ok()?;
            let Some(op) = plain(insn.op as u8) else { continue };
            count += 1;
            mix = mix.number(u64::from(op));
            if insn.literal != 0 {
                mix = mix.number(insn.literal as u64);
            }
            if let Some(token) = self.operand(&insn) {
                mix = mix.number(token.digest);
                telling |= token.telling;
            }
        }
        let tells = count >= TELLING_INSTRUCTIONS || count >= LEAST_INSTRUCTIONS && telling;
        tells.then(|| mix.number(u64::from(count)).end())
    }

    fn operand(&mut self, insn: &Insn) -> Option<Token> {
        match insn.op.index_kind() {
            IndexKind::Method => Some(self.of_method(MethodIdx(insn.index))),
            IndexKind::Field => Some(self.of_field(FieldIdx(insn.index))),
            IndexKind::Type => Some(self.of_type(TypeIdx(insn.index))),
            IndexKind::String => Some(self.of_string(StringIdx(insn.index))),
            _ => None,
        }
    }

    fn of_method(&mut self, index: MethodIdx) -> Token {
        if let Some(known) = self.methods.get(&index.0) {
            return *known;
        }
        let token = match self.dex.method(index) {
            Ok(method) => {
                let class = self.of_type(method.class);
                let mix = Mix::START.number(class.digest).number(self.prototype(method.proto));
                // Names of what the app declares may be changed; the platform's are a contract.
                let mix = match (class.telling, self.dex.string_bytes(method.name)) {
                    (true, Ok(name)) => mix.bytes(name),
                    _ => mix,
                };
                Token { digest: mix.end(), telling: class.telling }
            }
            Err(_) => Token { digest: 0, telling: false },
        };
        self.methods.insert(index.0, token);
        token
    }

    fn of_field(&mut self, index: FieldIdx) -> Token {
        if let Some(known) = self.fields.get(&index.0) {
            return *known;
        }
        let token = match self.dex.field(index) {
            Ok(field) => {
                let class = self.of_type(field.class);
                let mix = Mix::START.number(class.digest).number(self.of_type(field.type_).digest);
                let mix = match (class.telling, self.dex.string_bytes(field.name)) {
                    (true, Ok(name)) => mix.bytes(name),
                    _ => mix,
                };
                Token { digest: mix.end(), telling: class.telling }
            }
            Err(_) => Token { digest: 0, telling: false },
        };
        self.fields.insert(index.0, token);
        token
    }

    /// A type of the platform tells; one of the app's own (or an array of such) is only that.
    fn of_type(&mut self, index: TypeIdx) -> Token {
        if let Some(known) = self.types.get(&index.0) {
            return *known;
        }
        let token = match self.dex.descriptor_bytes(index) {
            Ok(bytes) => {
                let element = bytes.iter().position(|byte| *byte != b'[').unwrap_or(0);
                let (dimensions, name) = bytes.split_at(element);
                let mix = Mix::START.number(dimensions.len() as u64);
                if self.is_own(index, dimensions.is_empty(), name) {
                    Token { digest: mix.number(1).end(), telling: false }
                } else {
                    Token { digest: mix.bytes(name).end(), telling: name.len() > 1 }
                }
            }
            Err(_) => Token { digest: 0, telling: false },
        };
        self.types.insert(index.0, token);
        token
    }

    fn is_own(&self, index: TypeIdx, plain: bool, name: &[u8]) -> bool {
        let sym = if plain {
            self.linked.type_name(index)
        } else {
            std::str::from_utf8(name).ok().and_then(|name| self.table.names().get(name))
        };
        sym.is_some_and(|sym| self.own.contains(&sym))
    }

    fn of_string(&mut self, index: StringIdx) -> Token {
        if let Some(known) = self.strings.get(&index.0) {
            return *known;
        }
        let token = match self.dex.string_bytes(index) {
            Ok(bytes) if self.spells_own_class(bytes) => {
                Token { digest: Mix::START.number(2).end(), telling: false }
            }
            Ok(bytes) => Token { digest: Mix::START.number(3).bytes(bytes).end(), telling: bytes.len() > 2 },
            Err(_) => Token { digest: 0, telling: false },
        };
        self.strings.insert(index.0, token);
        token
    }

    /// Whether a text spells a class of the app, dotted or as a descriptor.
    fn spells_own_class(&self, bytes: &[u8]) -> bool {
        let Ok(text) = std::str::from_utf8(bytes) else { return false };
        let plausible = text.len() > 2
            && text.len() < 512
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'$' | b'/' | b';'));
        if !plausible {
            return false;
        }
        let bare = text.strip_prefix('L').and_then(|text| text.strip_suffix(';'));
        [Some(text), bare].into_iter().flatten().any(|name| {
            let descriptor = format!("L{};", name.replace('.', "/"));
            self.table.names().get(&descriptor).is_some_and(|sym| self.own.contains(&sym))
        })
    }

    fn prototype(&mut self, index: ProtoIdx) -> u64 {
        let Ok(proto) = self.dex.proto(index) else { return 0 };
        let mut mix = Mix::START.number(self.of_type(proto.return_type).digest);
        for parameter in proto.parameters.iter() {
            mix = mix.number(self.of_type(parameter).digest);
        }
        mix.end()
    }
}

/// The operation without what an assembler or the runtime's compiler decides; `None` for what does nothing.
fn plain(op: u8) -> Option<u8> {
    Some(match op {
        // nop, also as padding in front of a payload.
        0x00 => return None,
        // move and move-object with wider registers; move-wide likewise.
        0x02 | 0x03 => 0x01,
        0x05 | 0x06 => 0x04,
        0x08 | 0x09 => 0x07,
        // const of different widths; const-wide likewise.
        0x13..=0x15 => 0x12,
        0x17..=0x19 => 0x16,
        // const-string/jumbo: decided by the position in the string table.
        0x1b => 0x1a,
        // goto of different widths: where the blocks lie is the assembler's.
        0x29 | 0x2a => 0x28,
        // invoke with a range of registers.
        0x74..=0x78 => op - 6,
        // filled-new-array/range.
        0x25 => 0x24,
        // return-void-no-barrier.
        0x73 => 0x0e,
        // The forms with a literal of eight bits of those with sixteen.
        other => other,
    })
}
