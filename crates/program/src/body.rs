//! What each method body does, read once: whom it calls, what it creates, and the places the caller asked about.

use std::ops::Range;

use fixedbitset::FixedBitSet;
use overt_dex::{DexFile, FieldIdx, Insn, MethodIdx, StringIdx, TypeIdx};
use rustc_hash::FxHashMap;

use crate::classes::{ClassTable, MethodId};

/// Where a call leaves an object that stands for a constant argument: `Uri.parse("…")`, `new File("…")`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carrier {
    /// Position of the argument among the argument registers.
    pub from: u8,
    /// The object is the receiver (a constructor); otherwise it is the result.
    pub into_receiver: bool,
}

/// References of one DEX that the caller wants to hear about.
#[derive(Debug, Default, Clone)]
pub struct Interest {
    /// By method index.
    pub methods: FixedBitSet,
    /// By field index.
    pub fields: FixedBitSet,
    /// By string index.
    pub strings: FixedBitSet,
    /// Calls that wrap a constant.
    pub carriers: FxHashMap<MethodIdx, Carrier>,
}

/// What an interesting place refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SiteKind {
    /// A call.
    Method(MethodIdx),
    /// A read or write of a field.
    Field(FieldIdx),
    /// A string constant.
    String(StringIdx),
}

/// A constant in an argument register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constant {
    /// A string of the same DEX.
    String(StringIdx),
    /// A number.
    Number(i64),
    /// What a static field of interest holds.
    Field(FieldIdx),
}

/// A constant argument of a call: position in the argument registers (0 is the receiver of an instance method).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argument {
    /// Position.
    pub position: u8,
    /// Value.
    pub value: Constant,
}

/// An interesting place in a body.
#[derive(Debug, Clone)]
pub struct Site {
    /// Offset in code units.
    pub offset: u32,
    /// What it refers to.
    pub kind: SiteKind,
    /// Of a call: how many argument registers it takes, the receiver's included.
    pub registers: u32,
    /// Constant arguments of a call, as far as straight-line code shows them.
    pub arguments: Box<[Argument]>,
}

/// How a call finds its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dispatch {
    /// `invoke-static`, `-direct`, `-super`: the resolved definition.
    Direct,
    /// `invoke-virtual`, `-interface`: by the receiver's class.
    Virtual,
}

/// A call.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// Offset in code units.
    pub offset: u32,
    /// How the target is found.
    pub dispatch: Dispatch,
    /// The reference.
    pub method: MethodIdx,
}

/// What is done with a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// `new-instance`.
    Create,
    /// Access to a static field: initialises the class.
    Access,
    /// `const-class`: for a component mostly to start it.
    Name,
}

/// A reference to a type.
#[derive(Debug, Clone, Copy)]
pub struct TypeUse {
    /// Offset in code units.
    pub offset: u32,
    /// The type.
    pub class: TypeIdx,
    /// What is done with it.
    pub is: Use,
}

/// One body: ranges into the lists of [`Bodies`].
#[derive(Debug, Clone, Default)]
pub struct Body {
    calls: Range<u32>,
    types: Range<u32>,
    names: Range<u32>,
    sites: Range<u32>,
}

/// A method that could not be read to its end.
#[derive(Debug, Clone)]
pub struct Incomplete {
    /// Which.
    pub method: MethodId,
    /// Byte offset in the DEX.
    pub at: u32,
    /// Why.
    pub why: &'static str,
}

/// Facts of all bodies of a table's own methods.
#[derive(Debug, Default)]
pub struct Bodies {
    bodies: Vec<Body>,
    calls: Vec<Call>,
    types: Vec<TypeUse>,
    names: Vec<(u32, StringIdx)>,
    sites: Vec<Site>,
    /// Methods with code.
    pub methods: u32,
    /// Instructions (payloads do not count).
    pub instructions: u64,
    /// Instructions per DEX of the table.
    pub instructions_per_dex: Vec<u64>,
    /// Methods with code per DEX of the table.
    pub methods_per_dex: Vec<u32>,
    /// Methods with quickened instructions left whose reference is unknown, per DEX.
    pub quick_per_dex: Vec<u32>,
    /// Methods that could not be read to their end.
    pub incomplete: Vec<Incomplete>,
}

fn slice<'a, T>(all: &'a [T], range: &Range<u32>) -> &'a [T] {
    all.get(range.start as usize..range.end as usize).unwrap_or(&[])
}

impl Bodies {
    /// Reads every body of `table`'s own methods. `interest` has one entry a DEX.
    #[must_use]
    pub fn read(table: &ClassTable, interest: &[Interest]) -> Bodies {
        let dex_count = table.dexes().len();
        let mut all = Bodies {
            instructions_per_dex: vec![0; dex_count],
            methods_per_dex: vec![0; dex_count],
            quick_per_dex: vec![0; dex_count],
            ..Bodies::default()
        };
        let nothing = Interest::default();
        let naming: Vec<FixedBitSet> =
            table.dexes().iter().map(|linked| class_naming_strings(table, &linked.dex)).collect();
        let mut registers = Registers::default();
        for (id, method) in table.own_methods() {
            let mut body = Body::default();
            if method.code_off != 0 {
                let dex_number = usize::from(method.dex);
                let mut reader = BodyReader {
                    all: &mut all,
                    interest: interest.get(dex_number).unwrap_or(&nothing),
                    naming: &naming[dex_number],
                    registers: &mut registers,
                };
                reader.read(table, id, &mut body);
            }
            all.bodies.push(body);
        }
        all
    }

    /// Number of bodies: own methods of the table, also those without code.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bodies.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bodies.is_empty()
    }

    /// The body of the own method at this position.
    #[must_use]
    pub fn body(&self, index: usize) -> &Body {
        &self.bodies[index]
    }

    /// Its calls.
    #[must_use]
    pub fn calls(&self, body: &Body) -> &[Call] {
        slice(&self.calls, &body.calls)
    }

    /// Types it creates or initialises.
    #[must_use]
    pub fn types(&self, body: &Body) -> &[TypeUse] {
        slice(&self.types, &body.types)
    }

    /// String constants that spell a class of the package.
    #[must_use]
    pub fn class_names(&self, body: &Body) -> &[(u32, StringIdx)] {
        slice(&self.names, &body.names)
    }

    /// Interesting places.
    #[must_use]
    pub fn sites(&self, body: &Body) -> &[Site] {
        slice(&self.sites, &body.sites)
    }
}

/// Strings of `dex` that spell, dotted, a class the package defines.
fn class_naming_strings(table: &ClassTable, dex: &DexFile) -> FixedBitSet {
    let mut set = FixedBitSet::with_capacity(dex.string_count() as usize);
    let mut descriptor = String::new();
    for index in 0..dex.string_count() {
        let Ok(bytes) = dex.string_bytes(StringIdx(index)) else { continue };
        let plausible = bytes.len() > 2
            && bytes.contains(&b'.')
            && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'$'));
        if !plausible {
            continue;
        }
        let Ok(text) = std::str::from_utf8(bytes) else { continue };
        descriptor.clear();
        descriptor.push('L');
        descriptor.extend(text.chars().map(|c| if c == '.' { '/' } else { c }));
        descriptor.push(';');
        if table.find(&descriptor).is_some_and(|class| table.is_own(class)) {
            set.insert(index as usize);
        }
    }
    set
}

/// Constants in registers along straight-line code: forgotten where control can only come from elsewhere.
#[derive(Debug, Default)]
struct Registers {
    constants: Vec<Option<Constant>>,
    /// What the call just made leaves for `move-result-object`.
    result: Option<Constant>,
}

impl Registers {
    fn clear(&mut self, count: usize) {
        self.constants.clear();
        self.constants.resize(count, None);
        self.result = None;
    }

    fn forget_all(&mut self) {
        self.constants.fill(None);
    }

    fn get(&self, register: u32) -> Option<Constant> {
        self.constants.get(register as usize).copied().flatten()
    }

    fn set(&mut self, register: u32, value: Option<Constant>) {
        if let Some(slot) = self.constants.get_mut(register as usize) {
            *slot = value;
        }
    }

    /// Applies what `insn` does to the registers it writes.
    fn step(&mut self, insn: &Insn, interest: &Interest) {
        let result = self.result.take();
        match insn.op as u8 {
            0x6e..=0x72 | 0x74..=0x78 => {
                let Some(carrier) = interest.carriers.get(&MethodIdx(insn.index)) else { return };
                let value = insn.args.get(usize::from(carrier.from)).and_then(|register| self.get(register));
                match insn.args.get(0).filter(|_| carrier.into_receiver) {
                    Some(receiver) => self.set(receiver, value),
                    None => self.result = value,
                }
            }
            0x0c => self.set(insn.a, result),
            // sget-object.
            0x62 => {
                let field = FieldIdx(insn.index);
                self.set(insn.a, interest.fields.contains(field.index()).then_some(Constant::Field(field)));
            }
            // move, move-object and their wider forms; wide values are not tracked.
            0x01..=0x03 | 0x07..=0x09 => {
                let value = self.get(insn.b);
                self.set(insn.a, value);
            }
            // const/4, const/16, const, const/high16.
            0x12..=0x15 => self.set(insn.a, Some(Constant::Number(insn.literal))),
            // const-string, const-string/jumbo.
            0x1a | 0x1b => self.set(insn.a, Some(Constant::String(StringIdx(insn.index)))),
            // Wide results occupy two registers.
            0x04..=0x06 | 0x0b | 0x16..=0x19 | 0x45 | 0x53 | 0x61 => {
                self.set(insn.a, None);
                self.set(insn.a.saturating_add(1), None);
            }
            // return, throw, goto: what follows is reached from elsewhere.
            0x0e..=0x11 | 0x27..=0x2a | 0x73 => self.forget_all(),
            op if writes_a(op) => self.set(insn.a, None),
            _ => {}
        }
    }
}

/// Does the opcode write register A with something that is not tracked?
fn writes_a(op: u8) -> bool {
    matches!(op,
        0x0a | 0x0d | 0x1c | 0x20..=0x23 | 0x2d..=0x31 | 0x44..=0x4a | 0x52..=0x58 | 0x60..=0x66
        | 0x7b..=0xe2 | 0xe3..=0xe5 | 0xef..=0xf2 | 0xfe | 0xff)
}

struct BodyReader<'a> {
    all: &'a mut Bodies,
    interest: &'a Interest,
    naming: &'a FixedBitSet,
    registers: &'a mut Registers,
}

impl BodyReader<'_> {
    fn read(&mut self, table: &ClassTable, id: MethodId, body: &mut Body) {
        let method = table.method(id);
        let dex_number = usize::from(method.dex);
        let linked = &table.dexes()[dex_number];
        self.all.methods += 1;
        self.all.methods_per_dex[dex_number] += 1;
        body.calls.start = self.all.calls.len() as u32;
        body.types.start = self.all.types.len() as u32;
        body.names.start = self.all.names.len() as u32;
        body.sites.start = self.all.sites.len() as u32;
        let mut quick = false;
        let mut instructions = 0u64;
        match linked.dex.code(method.code_off) {
            Ok(code) => {
                self.registers.clear(usize::from(code.registers));
                for insn in code.instructions() {
                    match insn {
                        Ok(insn) => {
                            instructions += 1;
                            quick |= insn.op.is_quick();
                            self.instruction(&linked.dex, &insn);
                            self.registers.step(&insn, self.interest);
                        }
                        Err(bad) => {
                            self.all.incomplete.push(Incomplete { method: id, at: bad.at, why: bad.what });
                        }
                    }
                }
            }
            Err(bad) => self.all.incomplete.push(Incomplete { method: id, at: bad.at, why: bad.what }),
        }
        self.all.instructions += instructions;
        self.all.instructions_per_dex[dex_number] += instructions;
        self.all.quick_per_dex[dex_number] += u32::from(quick);
        body.calls.end = self.all.calls.len() as u32;
        body.types.end = self.all.types.len() as u32;
        body.names.end = self.all.names.len() as u32;
        body.sites.end = self.all.sites.len() as u32;
    }

    fn instruction(&mut self, dex: &DexFile, insn: &Insn) {
        let offset = insn.offset;
        match insn.op as u8 {
            // invoke-virtual … invoke-interface, plain and range; invoke-polymorphic.
            op @ (0x6e..=0x72 | 0x74..=0x78 | 0xfa | 0xfb) => {
                let dispatch = match op {
                    0x6e | 0x72 | 0x74 | 0x78 => Dispatch::Virtual,
                    _ => Dispatch::Direct,
                };
                let method = MethodIdx(insn.index);
                self.all.calls.push(Call { offset, dispatch, method });
                if self.interest.methods.contains(method.index()) {
                    let arguments = (insn.args.iter().zip(0u8..))
                        .filter_map(|(register, position)| {
                            self.registers.get(register).map(|value| Argument { position, value })
                        })
                        .collect();
                    self.all.sites.push(Site {
                        offset,
                        kind: SiteKind::Method(method),
                        registers: insn.args.len() as u32,
                        arguments,
                    });
                }
            }
            // const-string, const-string/jumbo.
            0x1a | 0x1b => {
                let string = StringIdx(insn.index);
                if self.naming.contains(string.index()) {
                    self.all.names.push((offset, string));
                }
                if self.interest.strings.contains(string.index()) {
                    self.all.sites.push(Site {
                        offset,
                        kind: SiteKind::String(string),
                        registers: 0,
                        arguments: Box::default(),
                    });
                }
            }
            // new-instance.
            0x22 => self.all.types.push(TypeUse { offset, class: TypeIdx(insn.index), is: Use::Create }),
            // const-class.
            0x1c => self.all.types.push(TypeUse { offset, class: TypeIdx(insn.index), is: Use::Name }),
            // Instance and static field access.
            op @ 0x52..=0x6d => {
                let field = FieldIdx(insn.index);
                if op >= 0x60
                    && let Ok(reference) = dex.field(field)
                {
                    self.all.types.push(TypeUse { offset, class: reference.class, is: Use::Access });
                }
                if self.interest.fields.contains(field.index()) {
                    self.all.sites.push(Site {
                        offset,
                        kind: SiteKind::Field(field),
                        registers: 0,
                        arguments: Box::default(),
                    });
                }
            }
            _ => {}
        }
    }
}
