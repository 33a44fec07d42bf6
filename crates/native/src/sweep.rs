//! Calls by the code alone: which function calls which import through the linkage table, whether or not a run gets there.

use std::collections::{BTreeMap, BTreeSet};

use crate::a64;
use crate::image::{Image, Machine};
use crate::machine::Cpu;
use crate::memory::{IMPORTS, JAVA, Memory};
use crate::{arm, thumb};

/// Instructions of the longest stub.
const STUB: usize = 6;

/// Imports by function, and the targets of direct calls.
#[derive(Default)]
pub(crate) struct Sweep {
    pub(crate) imports: BTreeMap<u64, BTreeSet<usize>>,
    pub(crate) targets: BTreeSet<u64>,
}

/// Looks at the code of every function up to the next one.
pub(crate) fn sweep(image: &Image) -> Sweep {
    let mut out = Sweep::default();
    let mut stubs: BTreeMap<u64, Option<usize>> = BTreeMap::new();
    let functions: Vec<u64> = image.functions.iter().copied().collect();
    for (index, function) in functions.iter().enumerate() {
        let thumb = image.machine == Machine::Arm && function & 1 == 1;
        let start = function & !u64::from(thumb);
        let end = functions.get(index + 1).map_or(u64::MAX, |next| next & !1);
        let Some(code) = image.code(start) else { continue };
        let size = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX).min(1 << 16);
        let code = code.get(..code.len().min(size)).unwrap_or_default();
        for target in calls(image.machine, thumb, start, code) {
            let stub = *stubs.entry(target).or_insert_with(|| stub(image, target));
            match stub {
                Some(import) => {
                    out.imports.entry(*function).or_default().insert(import);
                }
                None => {
                    out.targets.insert(target);
                }
            }
        }
    }
    out
}

/// Targets of direct calls, with the Thumb bit.
fn calls(machine: Machine, thumb: bool, start: u64, code: &[u8]) -> Vec<u64> {
    let mut out = Vec::new();
    if thumb {
        let halves: Vec<u32> =
            code.chunks_exact(2).map(|half| u32::from(u16::from_le_bytes([half[0], half[1]]))).collect();
        let mut at = 0;
        while let Some(first) = halves.get(at).copied() {
            let wide = first >> 11 >= 0b11101;
            let second = halves.get(at + 1).copied().unwrap_or(0);
            let here = start + 2 * at as u64;
            at += if wide { 2 } else { 1 };
            if first >> 11 != 0b11110 || second & 0x9000 != 0x9000 && second & 0xd000 != 0xc000 {
                continue;
            }
            let s = first >> 10 & 1;
            let (i1, i2) = (1 ^ (second >> 13 & 1) ^ s, 1 ^ (second >> 11 & 1) ^ s);
            let offset = s << 24 | i1 << 23 | i2 << 22 | (first & 0x3ff) << 12 | (second & 0x7ff) << 1;
            let offset = ((offset << 7) as i32 >> 7) as u32;
            let base = (here as u32).wrapping_add(4);
            if second & 0x5000 == 0x4000 {
                out.push(u64::from((base & !3).wrapping_add(offset & !3)));
            } else {
                out.push(u64::from(base.wrapping_add(offset)) | 1);
            }
        }
        return out;
    }
    for (index, word) in code.chunks_exact(4).enumerate() {
        let word = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        let here = start + 4 * index as u64;
        match machine {
            Machine::Arm64 if word >> 26 == 0b100101 || word >> 26 == 0b000101 => {
                let offset = i64::from((word << 6) as i32 >> 4);
                let target = here.wrapping_add(offset as u64);
                // A jump inside the function is none to another.
                if word >> 31 == 1 || target < start || target >= start + code.len() as u64 {
                    out.push(target);
                }
            }
            Machine::Arm
                if word >> 24 & 0xf == 0xb && word >> 28 < 15
                    || word >> 28 == 14 && word >> 24 & 0xf == 10 =>
            {
                let offset = ((word << 8) as i32 >> 6) as u32;
                let target = u64::from((here as u32).wrapping_add(8).wrapping_add(offset));
                if word >> 24 & 1 == 1 || target < start || target >= start + code.len() as u64 {
                    out.push(target);
                }
            }
            Machine::Arm if word >> 25 == 0b111_1101 => {
                let offset = ((word << 8) as i32 >> 6) as u32 | word >> 23 & 2;
                out.push(u64::from((here as u32).wrapping_add(8).wrapping_add(offset)) | 1);
            }
            _ => {}
        }
    }
    out
}

/// The import that the code at an address does nothing but jump to.
fn stub(image: &Image, target: u64) -> Option<usize> {
    let mut cpu = Cpu::new(image, Memory::new(image, 1));
    if image.machine == Machine::Arm {
        cpu.exchange(target);
    } else {
        cpu.pc = target;
    }
    for _ in 0..STUB {
        if (IMPORTS..JAVA).contains(&cpu.pc) {
            return Some(((cpu.pc - IMPORTS) / 16) as usize);
        }
        match (image.machine, cpu.thumb) {
            (Machine::Arm64, _) => a64::step(&mut cpu),
            (Machine::Arm, true) => thumb::step(&mut cpu),
            (Machine::Arm, false) => arm::step(&mut cpu),
        }
        .ok()?;
        if cpu.link.is_some() || cpu.fork.is_some() || !cpu.written.is_empty() {
            return None;
        }
    }
    None
}
