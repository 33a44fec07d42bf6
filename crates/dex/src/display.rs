//! Instructions as text.

use std::fmt;

use crate::{DexFile, FieldIdx, Format, IndexKind, Insn, MethodIdx, ProtoIdx, StringIdx, TypeIdx};

/// Longest excerpt of a string constant, in characters.
const EXCERPT: usize = 200;

/// Prints an instruction; made by [`Insn::display`].
#[derive(Clone, Copy, Debug)]
pub struct Display<'a> {
    insn: &'a Insn,
    dex: &'a DexFile,
}

impl<'a> Display<'a> {
    pub(crate) fn new(insn: &'a Insn, dex: &'a DexFile) -> Display<'a> {
        Display { insn, dex }
    }

    fn registers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let args = &self.insn.args;
        f.write_str(" {")?;
        if self.insn.op.is_range() {
            let last = args.len().checked_sub(1).and_then(|last| args.get(last));
            if let (Some(first), Some(last)) = (args.get(0), last) {
                write!(f, "v{first} .. v{last}")?;
            }
        } else {
            for (i, register) in args.iter().enumerate() {
                write!(f, "{}v{register}", if i == 0 { "" } else { ", " })?;
            }
        }
        f.write_str("}")
    }

    fn index(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (dex, index) = (self.dex, self.insn.index);
        match self.insn.op.index_kind() {
            IndexKind::None => Ok(()),
            IndexKind::String => string(f, dex, StringIdx(index)),
            IndexKind::Type => type_(f, dex, TypeIdx(index)),
            IndexKind::Field => field(f, dex, FieldIdx(index)),
            IndexKind::Method => method(f, dex, MethodIdx(index)),
            IndexKind::Proto => f.write_str(&dex.prototype(ProtoIdx(index))),
            IndexKind::CallSite => write!(f, "call_site@{index}"),
            IndexKind::MethodHandle => write!(f, "method_handle@{index}"),
            IndexKind::FieldOffset => write!(f, "field-offset@{index:#x}"),
            IndexKind::VtableIndex => write!(f, "vtable@{index:#x}"),
        }
    }
}

fn string(f: &mut fmt::Formatter<'_>, dex: &DexFile, index: StringIdx) -> fmt::Result {
    match dex.string(index) {
        Ok(text) => {
            f.write_str("\"")?;
            for c in text.chars().take(EXCERPT) {
                match c {
                    '"' | '\\' => write!(f, "\\{c}")?,
                    '\n' => f.write_str("\\n")?,
                    '\r' => f.write_str("\\r")?,
                    '\t' => f.write_str("\\t")?,
                    c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
                    c => write!(f, "{c}")?,
                }
            }
            f.write_str(if text.chars().nth(EXCERPT).is_some() { "…\"" } else { "\"" })
        }
        Err(_) => write!(f, "⟨bad string {}⟩", index.0),
    }
}

fn type_(f: &mut fmt::Formatter<'_>, dex: &DexFile, index: TypeIdx) -> fmt::Result {
    match dex.descriptor(index) {
        Ok(text) => f.write_str(&text),
        Err(_) => write!(f, "⟨bad type {}⟩", index.0),
    }
}

fn name(f: &mut fmt::Formatter<'_>, dex: &DexFile, index: StringIdx) -> fmt::Result {
    match dex.string(index) {
        Ok(text) => f.write_str(&text),
        Err(_) => write!(f, "⟨bad string {}⟩", index.0),
    }
}

fn field(f: &mut fmt::Formatter<'_>, dex: &DexFile, index: FieldIdx) -> fmt::Result {
    let Ok(field) = dex.field(index) else { return write!(f, "⟨bad field {}⟩", index.0) };
    type_(f, dex, field.class)?;
    f.write_str("->")?;
    name(f, dex, field.name)?;
    f.write_str(":")?;
    type_(f, dex, field.type_)
}

fn method(f: &mut fmt::Formatter<'_>, dex: &DexFile, index: MethodIdx) -> fmt::Result {
    let Ok(method) = dex.method(index) else { return write!(f, "⟨bad method {}⟩", index.0) };
    type_(f, dex, method.class)?;
    f.write_str("->")?;
    name(f, dex, method.name)?;
    f.write_str(&dex.prototype(method.proto))
}

impl fmt::Display for Display<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let insn = self.insn;
        let (a, b, c) = (insn.a, insn.b, insn.c);
        f.write_str(insn.op.name())?;
        match insn.op.format() {
            Format::F10x => Ok(()),
            Format::F12x | Format::F22x | Format::F32x => write!(f, " v{a}, v{b}"),
            Format::F11x => write!(f, " v{a}"),
            Format::F11n | Format::F21s | Format::F31i | Format::F51l | Format::F21h => {
                write!(f, " v{a}, {}", hex(insn.literal))
            }
            Format::F10t | Format::F20t | Format::F30t => target(f, " ", insn),
            Format::F21t | Format::F31t => {
                write!(f, " v{a}")?;
                target(f, ", ", insn)
            }
            Format::F22t => {
                write!(f, " v{a}, v{b}")?;
                target(f, ", ", insn)
            }
            Format::F23x => write!(f, " v{a}, v{b}, v{c}"),
            Format::F22b | Format::F22s => write!(f, " v{a}, v{b}, {}", hex(insn.literal)),
            Format::F21c | Format::F31c => {
                write!(f, " v{a}, ")?;
                self.index(f)
            }
            Format::F22c => {
                write!(f, " v{a}, v{b}, ")?;
                self.index(f)
            }
            Format::F35c | Format::F3rc => {
                self.registers(f)?;
                f.write_str(", ")?;
                self.index(f)
            }
            Format::F45cc | Format::F4rcc => {
                self.registers(f)?;
                f.write_str(", ")?;
                self.index(f)?;
                write!(f, ", {}", self.dex.prototype(ProtoIdx(insn.index2)))
            }
        }
    }
}

/// A constant as smali writes it: sign, then digits.
fn hex(literal: i64) -> String {
    let digits = literal.unsigned_abs();
    if literal < 0 { format!("-{digits:#x}") } else { format!("{digits:#x}") }
}

fn target(f: &mut fmt::Formatter<'_>, separator: &str, insn: &Insn) -> fmt::Result {
    match insn.branch_target() {
        Some(unit) => write!(f, "{separator}:{unit:04x}"),
        None => write!(f, "{separator}⟨bad target {}⟩", insn.target),
    }
}
