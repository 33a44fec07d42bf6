//! Code items ("code_item", "try_item", "encoded_catch_handler_list").

use std::collections::HashMap;

use overt_base::Reader;

use crate::{Bad, DexFile, Insn, Op, TypeIdx, payload};

/// How many handlers one method may have in all its tries together; the largest known has a few thousand.
const HANDLERS: usize = 1 << 18;

/// The code of one method.
#[derive(Clone, Copy, Debug)]
pub struct Code<'a> {
    /// Registers the method uses; the arguments are the last of them.
    pub registers: u16,
    /// Registers the arguments take, receiver included.
    pub ins: u16,
    /// Registers the largest call needs.
    pub outs: u16,
    /// How many tries the method states.
    pub tries_size: u16,
    /// Where the debug information lies; 0: none.
    pub debug_info_off: u32,
    /// Where this code item lies.
    pub code_off: u32,
    /// The count of units in the header of the code item; more than [`Code::unit_count`] when the file was cut.
    pub stated_units: u32,
    dex: &'a DexFile,
    instructions: &'a [u8],
}

/// A range of instructions and what handles the exceptions raised in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Try {
    /// First unit covered.
    pub start: u32,
    /// The unit behind the last one covered.
    pub end: u32,
    /// In order: the exception type (`None` for any) and the unit where its handler starts.
    pub handlers: Vec<(Option<TypeIdx>, u32)>,
}

impl DexFile {
    /// The code item at `code_off`.
    ///
    /// # Errors
    /// [`Bad`] when its header does not lie in the file. Instructions that run over the end are kept as far as they
    /// go; [`Code::instructions`] says so at the end.
    pub fn code(&self, code_off: u32) -> Result<Code<'_>, Bad> {
        let short = Bad::short("code item outside the file");
        if code_off == 0 {
            return Err(Bad::new(0, "method without code"));
        }
        let mut reader = Reader::at(self.bytes(), code_off as usize);
        let registers = reader.u16().map_err(&short)?;
        let ins = reader.u16().map_err(&short)?;
        let outs = reader.u16().map_err(&short)?;
        let tries_size = reader.u16().map_err(&short)?;
        let debug_info_off = reader.u32().map_err(&short)?;
        let stated_units = reader.u32().map_err(&short)?;
        let wanted = (stated_units as usize).saturating_mul(2).min(reader.remaining() & !1);
        let mut instructions = reader.bytes(wanted).map_err(&short)?;
        if let Some(restored) = self.restored_at(code_off).filter(|r| r.len() == instructions.len()) {
            instructions = restored;
        }
        Ok(Code {
            registers,
            ins,
            outs,
            tries_size,
            debug_info_off,
            code_off,
            stated_units,
            dex: self,
            instructions,
        })
    }
}

impl<'a> Code<'a> {
    /// The file this code belongs to.
    #[must_use]
    pub fn dex(&self) -> &'a DexFile {
        self.dex
    }

    /// How many 16-bit units of instructions and payloads there are.
    #[must_use]
    #[inline]
    pub fn unit_count(&self) -> u32 {
        (self.instructions.len() / 2) as u32
    }

    /// The instructions and payloads as bytes (restored ones, where there are any).
    #[must_use]
    pub fn instruction_bytes(&self) -> &'a [u8] {
        self.instructions
    }

    /// Where the instructions start in the file.
    #[must_use]
    pub fn instructions_off(&self) -> u32 {
        self.code_off.saturating_add(16)
    }

    /// The instructions from first to last. Payloads are left out. After an error there are no more.
    #[must_use]
    pub fn instructions(&self) -> Instructions<'a> {
        Instructions {
            code: self.instructions,
            code_off: self.code_off,
            offset: 0,
            truncated: self.unit_count() < self.stated_units,
            done: false,
        }
    }

    /// The instruction that starts at unit `offset`.
    ///
    /// # Errors
    /// [`Bad`] when it runs over the end of the method or a payload starts there.
    pub fn instruction_at(&self, offset: u32) -> Result<Insn, Bad> {
        if payload::units_at(self.instructions, offset).is_some() {
            return Err(self.bad_at(offset, "payload where an instruction should start"));
        }
        Insn::decode(self.instructions, offset)
            .ok_or(self.bad_at(offset, "instruction runs over the end of the method"))
    }

    pub(crate) fn bad_at(&self, unit: u32, what: &'static str) -> Bad {
        Bad { at: place(self.code_off, unit), what }
    }

    /// The tries; see [`Code::tries_checked`] for whether that is all of them.
    #[must_use]
    pub fn tries(&self) -> Vec<Try> {
        self.tries_checked().0
    }

    /// The tries, and what kept some of them or of their handlers from being read.
    #[must_use]
    pub fn tries_checked(&self) -> (Vec<Try>, Option<Bad>) {
        if self.tries_size == 0 {
            return (Vec::new(), None);
        }
        let bytes = self.dex.bytes();
        // The table stands behind the instructions, aligned to four bytes.
        let end =
            (self.instructions_off() as usize).saturating_add((self.stated_units as usize).saturating_mul(2));
        let table = end.checked_next_multiple_of(4).unwrap_or(usize::MAX);
        let list = table.saturating_add(usize::from(self.tries_size).saturating_mul(8));
        let mut reader = Reader::at(bytes, table);
        let mut known: HashMap<u16, Vec<(Option<TypeIdx>, u32)>> = HashMap::new();
        let (mut tries, mut bad, mut total) = (Vec::new(), None, 0usize);
        for _ in 0..self.tries_size {
            let (Ok(start), Ok(count), Ok(handler_off)) = (reader.u32(), reader.u16(), reader.u16()) else {
                bad = Some(Bad::new(reader.position(), "tries run over the end"));
                break;
            };
            let handlers = known.entry(handler_off).or_insert_with(|| {
                let mut handlers = Vec::new();
                let mut reader = Reader::at(bytes, list.saturating_add(usize::from(handler_off)));
                if let Err(wrong) = read_handlers(&mut reader, self.unit_count(), &mut handlers) {
                    bad = bad.or(Some(wrong));
                }
                handlers
            });
            total = total.saturating_add(handlers.len());
            if total > HANDLERS {
                bad = Some(Bad::new(table, "more handlers than any method has"));
                break;
            }
            let end = start.saturating_add(u32::from(count)).min(self.unit_count());
            tries.push(Try { start, end, handlers: handlers.clone() });
        }
        (tries, bad)
    }
}

fn place(code_off: u32, unit: u32) -> u32 {
    code_off.saturating_add(16).saturating_add(unit.saturating_mul(2))
}

fn read_handlers(
    reader: &mut Reader<'_>,
    units: u32,
    handlers: &mut Vec<(Option<TypeIdx>, u32)>,
) -> Result<(), Bad> {
    let short = Bad::short("handlers run over the end");
    let at = reader.position();
    let count = reader.sleb128().map_err(&short)?;
    let outside = Bad::new(at, "handler outside the method");
    // A count of zero or less says that a handler for everything follows the typed ones.
    for _ in 0..count.unsigned_abs() {
        let type_ = TypeIdx(reader.uleb128().map_err(&short)?);
        let target = reader.uleb128().map_err(&short)?;
        if target >= units {
            return Err(outside);
        }
        if handlers.len() >= HANDLERS {
            return Err(Bad::new(at, "more handlers than any method has"));
        }
        handlers.push((Some(type_), target));
    }
    if count <= 0 {
        let target = reader.uleb128().map_err(&short)?;
        if target >= units {
            return Err(outside);
        }
        handlers.push((None, target));
    }
    Ok(())
}

/// Iterator over the instructions of a method; see [`Code::instructions`].
#[derive(Clone, Debug)]
pub struct Instructions<'a> {
    code: &'a [u8],
    code_off: u32,
    offset: u32,
    truncated: bool,
    done: bool,
}

impl Iterator for Instructions<'_> {
    type Item = Result<Insn, Bad>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let units = (self.code.len() / 2) as u32;
        loop {
            if self.done {
                return None;
            }
            if self.offset >= units {
                self.done = true;
                let bad =
                    Bad { at: place(self.code_off, units), what: "the file ends inside the instructions" };
                return self.truncated.then_some(Err(bad));
            }
            let Some(insn) = Insn::decode(self.code, self.offset) else {
                self.done = true;
                let what = "instruction runs over the end of the method";
                return Some(Err(Bad { at: place(self.code_off, self.offset), what }));
            };
            if insn.op == Op::Nop
                && let Some(size) = payload::units_at(self.code, self.offset)
            {
                let next = self.offset.checked_add(size).filter(|next| *next <= units);
                let Some(next) = next else {
                    self.done = true;
                    let what = "payload runs over the end of the method";
                    return Some(Err(Bad { at: place(self.code_off, self.offset), what }));
                };
                self.offset = next;
                continue;
            }
            self.offset = insn.next_offset();
            return Some(Ok(insn));
        }
    }
}

impl std::iter::FusedIterator for Instructions<'_> {}
