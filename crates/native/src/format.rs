//! `printf` on cells: known parts keep their marks, unknown values become holes.

use crate::library::cells;
use crate::machine::Cpu;
use crate::mark::{Mark, Value};
use crate::text::{FILLER, LONGEST};

/// Formats; `argument` gives the n-th value behind the format.
pub(crate) fn print(cpu: &Cpu<'_>, format: Value, argument: impl Fn(usize) -> Value) -> Vec<(u8, Mark)> {
    let format = cells(cpu, format, LONGEST);
    let mut out: Vec<(u8, Mark)> = Vec::new();
    let mut next = 0;
    let mut at = 0;
    while let Some(cell) = format.get(at).copied() {
        at += 1;
        if out.len() >= LONGEST {
            break;
        }
        if cell.0 != b'%' || cell.1.is_unknown() {
            out.push(cell);
            continue;
        }
        let (mut zero, mut width, mut precision, mut dot, mut long) =
            (false, 0_usize, None::<usize>, false, 0);
        loop {
            let Some((byte, _)) = format.get(at).copied() else { return out };
            at += 1;
            match byte {
                b'0' if width == 0 && !dot => zero = true,
                b'0'..=b'9' if dot => {
                    precision = Some((precision.unwrap_or(0) * 10 + usize::from(byte - b'0')).min(LONGEST));
                }
                b'0'..=b'9' => width = (width * 10 + usize::from(byte - b'0')).min(64),
                b'.' => {
                    dot = true;
                    precision = Some(0);
                }
                b'*' => {
                    let value = argument(next).bits as usize;
                    next += 1;
                    if dot { precision = Some(value.min(LONGEST)) } else { width = value.min(64) }
                }
                b'-' | b'+' | b' ' | b'#' => {}
                b'l' => long += 1,
                b'h' | b'z' | b'j' | b't' => {}
                b'%' => {
                    out.push((b'%', Mark::KNOWN));
                    break;
                }
                b's' => {
                    out.extend(cells(cpu, argument(next), precision.unwrap_or(LONGEST)));
                    next += 1;
                    break;
                }
                b'c' => {
                    let value = argument(next);
                    out.push((value.bits as u8, value.mark));
                    next += 1;
                    break;
                }
                b'd' | b'i' | b'u' | b'x' | b'X' | b'o' | b'p' => {
                    // Two registers on a 32-bit machine, from an even one.
                    let wide = long >= 2 && cpu.image.machine == crate::image::Machine::Arm;
                    next += if wide { next & 1 } else { 0 };
                    let value = argument(next);
                    next += if wide { 2 } else { 1 };
                    if value.mark.is_unknown() {
                        out.push((FILLER, value.mark));
                        break;
                    }
                    let text = match byte {
                        b'd' | b'i' if long == 0 => (value.low() as i32).to_string(),
                        b'd' | b'i' => (value.bits as i64).to_string(),
                        b'u' => value.bits.to_string(),
                        b'X' => format!("{:X}", value.bits),
                        b'o' => format!("{:o}", value.bits),
                        _ => format!("{:x}", value.bits),
                    };
                    for _ in text.len()..width {
                        out.push((if zero { b'0' } else { b' ' }, Mark::KNOWN));
                    }
                    out.extend(text.bytes().map(|byte| (byte, value.mark)));
                    break;
                }
                _ => {
                    // Floating point and what C does not know.
                    out.push((FILLER, Mark::unknown(crate::mark::ARGUMENT)));
                    next += 1;
                    break;
                }
            }
        }
    }
    out.truncate(LONGEST);
    out
}
