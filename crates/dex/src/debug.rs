//! Which source line an instruction comes from ("debug_info_item").

use overt_base::Reader;

use crate::{Bad, Code, StringIdx};

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

impl Code<'_> {
    /// The line table, sorted as in the file. Empty when there is none; ends where it cannot be read further.
    #[must_use]
    pub fn line_numbers(&self) -> Vec<LineNumber> {
        let mut lines = Vec::new();
        if self.debug_info_off != 0 {
            let mut reader = Reader::at(self.dex().bytes(), self.debug_info_off as usize);
            // Lines are decoration: what can be read of them is enough.
            let _ = read_lines(&mut reader, self.unit_count(), &mut lines);
        }
        lines
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

fn read_lines(reader: &mut Reader<'_>, units: u32, lines: &mut Vec<LineNumber>) -> Result<(), Bad> {
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
            // DBG_START_LOCAL, and with a signature as fourth operand DBG_START_LOCAL_EXTENDED
            kind @ (0x03 | 0x04) => {
                for _ in 0..kind {
                    reader.uleb128().map_err(&short)?;
                }
            }
            // DBG_END_LOCAL, DBG_RESTART_LOCAL, DBG_SET_FILE
            0x05 | 0x06 | 0x09 => {
                reader.uleb128().map_err(&short)?;
            }
            // DBG_SET_PROLOGUE_END, DBG_SET_EPILOGUE_BEGIN
            0x07 | 0x08 => {}
            special => {
                let adjusted = u32::from(special.saturating_sub(0x0a));
                offset = offset.saturating_add(adjusted / 15);
                line = line.wrapping_add_signed((adjusted % 15) as i32 - 4);
                if offset >= units {
                    break;
                }
                lines.push(LineNumber { offset, line });
            }
        }
    }
    Ok(())
}
