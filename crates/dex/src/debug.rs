//! Which source line an instruction comes from, and which variables live in registers ("debug_info_item").

use std::collections::BTreeMap;

use overt_base::Reader;

use crate::{Bad, Code, StringIdx, TypeIdx};

/// How many steps of the line machine one method may take.
const STEPS: u32 = 1 << 20;

/// From this unit on, the instructions come from this line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineNumber {
    /// Unit of the first instruction.
    pub offset: u32,
    /// Line in the source file.
    pub line: u32,
}

/// A local variable of the source, and where it lives. Nothing checks these: they are hints.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Local {
    /// The register.
    pub register: u32,
    /// The first unit at which it lives there.
    pub start: u32,
    /// The unit at which it no longer does.
    pub end: u32,
    /// Its name.
    pub name: Option<StringIdx>,
    /// Its declared type.
    pub type_: Option<TypeIdx>,
}

impl Code<'_> {
    /// The line table, sorted as in the file. Empty when there is none; ends where it cannot be read further.
    #[must_use]
    pub fn line_numbers(&self) -> Vec<LineNumber> {
        let mut lines = Vec::new();
        if self.debug_info_off != 0 {
            let mut reader = Reader::at(self.dex().bytes(), self.debug_info_off as usize);
            // Lines are decoration: what can be read of them is enough.
            let _ = read(&mut reader, self.unit_count(), &mut |event| {
                if let Event::Line(line) = event {
                    lines.push(line);
                }
            });
        }
        lines
    }

    /// The local variables that the debug information names, without the parameters; by start, then register.
    #[must_use]
    pub fn locals(&self) -> Vec<Local> {
        let mut locals: Vec<Local> = Vec::new();
        // Of each register: the last local in it, and whether it still lives.
        let mut registers: BTreeMap<u32, (usize, bool)> = BTreeMap::new();
        if self.debug_info_off == 0 {
            return locals;
        }
        let units = self.unit_count();
        let mut reader = Reader::at(self.dex().bytes(), self.debug_info_off as usize);
        let _ = read(&mut reader, units, &mut |event| match event {
            Event::Line(_) => {}
            Event::Start { register, offset, name, type_ } => {
                end(&mut locals, &mut registers, register, offset);
                registers.insert(register, (locals.len(), true));
                locals.push(Local { register, start: offset, end: units, name, type_ });
            }
            Event::End { register, offset } => end(&mut locals, &mut registers, register, offset),
            Event::Restart { register, offset } => {
                let Some((last, living)) = registers.get_mut(&register) else { return };
                if let Some(local) = locals.get(*last).copied().filter(|_| !*living) {
                    (*last, *living) = (locals.len(), true);
                    locals.push(Local { start: offset, end: units, ..local });
                }
            }
        });
        locals
    }

    /// The names of the parameters, where the debug information has them.
    #[must_use]
    pub fn parameter_names(&self) -> Vec<Option<StringIdx>> {
        if self.debug_info_off == 0 {
            return Vec::new();
        }
        let mut reader = Reader::at(self.dex().bytes(), self.debug_info_off as usize);
        let (Ok(_), Ok(count)) = (reader.uleb128(), reader.uleb128()) else { return Vec::new() };
        (0..count.min(u32::from(self.ins)))
            .map_while(|_| reader.uleb128p1().ok())
            .map(|index| u32::try_from(index).ok().map(StringIdx))
            .collect()
    }
}

fn end(locals: &mut [Local], registers: &mut BTreeMap<u32, (usize, bool)>, register: u32, offset: u32) {
    if let Some((last, living)) = registers.get_mut(&register)
        && *living
    {
        *living = false;
        if let Some(local) = locals.get_mut(*last) {
            local.end = offset;
        }
    }
}

enum Event {
    Line(LineNumber),
    Start { register: u32, offset: u32, name: Option<StringIdx>, type_: Option<TypeIdx> },
    End { register: u32, offset: u32 },
    Restart { register: u32, offset: u32 },
}

fn read(reader: &mut Reader<'_>, units: u32, tell: &mut impl FnMut(Event)) -> Result<(), Bad> {
    let short = Bad::short("debug information runs over the end");
    let mut line = reader.uleb128().map_err(&short)?;
    let parameters = reader.uleb128().map_err(&short)?;
    for _ in 0..parameters {
        reader.uleb128().map_err(&short)?;
    }
    let mut offset = 0u32;
    for _ in 0..STEPS {
        match reader.u8().map_err(&short)? {
            // DBG_END_SEQUENCE
            0x00 => break,
            // DBG_ADVANCE_PC
            0x01 => offset = offset.saturating_add(reader.uleb128().map_err(&short)?),
            // DBG_ADVANCE_LINE
            0x02 => line = line.wrapping_add_signed(reader.sleb128().map_err(&short)?),
            // DBG_START_LOCAL, DBG_START_LOCAL_EXTENDED
            kind @ (0x03 | 0x04) => {
                let register = reader.uleb128().map_err(&short)?;
                let name = u32::try_from(reader.uleb128p1().map_err(&short)?).ok().map(StringIdx);
                let type_ = u32::try_from(reader.uleb128p1().map_err(&short)?).ok().map(TypeIdx);
                if kind == 0x04 {
                    reader.uleb128p1().map_err(&short)?;
                }
                tell(Event::Start { register, offset, name, type_ });
            }
            // DBG_END_LOCAL
            0x05 => tell(Event::End { register: reader.uleb128().map_err(&short)?, offset }),
            // DBG_RESTART_LOCAL
            0x06 => tell(Event::Restart { register: reader.uleb128().map_err(&short)?, offset }),
            // DBG_SET_PROLOGUE_END, DBG_SET_EPILOGUE_BEGIN
            0x07 | 0x08 => {}
            // DBG_SET_FILE
            0x09 => {
                reader.uleb128().map_err(&short)?;
            }
            special => {
                let adjusted = u32::from(special.saturating_sub(0x0a));
                offset = offset.saturating_add(adjusted / 15);
                line = line.wrapping_add_signed((adjusted % 15) as i32 - 4);
                if offset >= units {
                    break;
                }
                tell(Event::Line(LineNumber { offset, line }));
            }
        }
    }
    Ok(())
}
