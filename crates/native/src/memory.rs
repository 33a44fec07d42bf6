//! The sandbox's memory: the image, a stack, a heap, and regions nobody knows the content of. Copied on write, so that a fork is cheap.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::image::Image;
use crate::mark::{ARGUMENT, DATA, IMAGE, LOOKUP, Mark, UNKNOWN, Value};

const PAGE: u64 = 4096;

/// Where an address that is unknown and too small to be one is taken to point.
pub(crate) const LOST: u64 = 0x4e00_0000;
/// One address for each import, 16 bytes apart.
pub(crate) const IMPORTS: u64 = 0x4f00_0000;
/// One address for each function that Java offers to native code.
pub(crate) const JAVA: u64 = 0x4fe0_0000;
/// Going there ends a run.
pub(crate) const RETURN: u64 = 0x4fff_ff00;
/// Regions of unknown content, [`REGION`] bytes each.
pub(crate) const UNKNOWNS: u64 = 0x5000_0000;
/// Bytes of one region of unknown content.
pub(crate) const REGION: u64 = 0x2_0000;
/// The heap grows from here.
pub(crate) const HEAP: u64 = 0x6000_0000;
/// The stack grows down from here.
pub(crate) const STACK: u64 = 0x7000_0000;
/// The end of what the sandbox keeps for itself; it begins at [`LOST`].
pub(crate) const END: u64 = 0x7100_0000;

/// The budget of memory is used up, or the address is nobody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault;

#[derive(Clone)]
struct Page {
    bytes: Box<[u8; PAGE as usize]>,
    marks: Box<[Mark; PAGE as usize]>,
}

/// What one run sees.
#[derive(Clone)]
pub(crate) struct Memory<'i> {
    image: &'i Image,
    pages: BTreeMap<u64, Arc<Page>>,
    budget: usize,
    heap: u64,
}

impl<'i> Memory<'i> {
    /// The image as loaded; `budget` in pages that may be written.
    pub(crate) fn new(image: &'i Image, budget: usize) -> Memory<'i> {
        Memory { image, pages: BTreeMap::new(), budget, heap: HEAP }
    }

    /// The mark of a byte nobody wrote, and the byte.
    fn untouched(&self, address: u64) -> (u8, Mark) {
        if let Some((byte, from_file)) = self.image.byte(address) {
            let mark = if from_file { Mark::image(address) } else { Mark::KNOWN };
            return (byte, mark);
        }
        (0, Mark::unknown(ARGUMENT))
    }

    pub(crate) fn byte(&self, address: u64) -> (u8, Mark) {
        let at = (address % PAGE) as usize;
        match self.pages.get(&(address / PAGE)) {
            Some(page) => (page.bytes[at], page.marks[at]),
            None => self.untouched(address),
        }
    }

    pub(crate) fn set(&mut self, address: u64, byte: u8, mark: Mark) -> Result<(), Fault> {
        let number = address / PAGE;
        if !self.pages.contains_key(&number) {
            if self.pages.len() >= self.budget || address < PAGE {
                return Err(Fault);
            }
            let mut page = Page {
                bytes: Box::new([0; PAGE as usize]),
                marks: Box::new([Mark::unknown(ARGUMENT); PAGE as usize]),
            };
            if self.image.holds(number * PAGE, PAGE) {
                for at in 0..PAGE {
                    let (byte, mark) = self.untouched(number * PAGE + at);
                    page.bytes[at as usize] = byte;
                    page.marks[at as usize] = mark;
                }
            }
            self.pages.insert(number, Arc::new(page));
        }
        if let Some(page) = self.pages.get_mut(&number) {
            let page = Arc::make_mut(page);
            page.bytes[(address % PAGE) as usize] = byte;
            page.marks[(address % PAGE) as usize] = mark;
        }
        Ok(())
    }

    /// An address as the program means it: an unknown one that is too small points into a region of its own.
    pub(crate) fn place(address: Value) -> Result<u64, Fault> {
        if address.bits >= PAGE {
            Ok(address.bits)
        } else if address.mark.is_unknown() {
            Ok(LOST + address.bits)
        } else {
            Err(Fault)
        }
    }

    /// Reads `size` bytes (1, 2, 4, 8), little-endian.
    pub(crate) fn load(&self, address: Value, size: u64) -> Result<Value, Fault> {
        let start = Memory::place(address)?;
        let mut bits = 0_u64;
        let mut mark = Mark::KNOWN;
        let within = (start % PAGE) as usize;
        if within as u64 + size <= PAGE {
            if let Some(page) = self.pages.get(&(start / PAGE)) {
                for at in 0..size as usize {
                    bits |= u64::from(page.bytes[within + at]) << (8 * at);
                    let own = page.marks[within + at];
                    mark = if at == 0 { own } else { mark.join(own, 0) };
                }
            } else if let Some((word, from_file)) = self.image.word(start, size) {
                bits = word;
                mark = if from_file { Mark::image(start) } else { Mark::KNOWN };
            } else {
                mark = Mark::unknown(ARGUMENT);
            }
        } else {
            for at in 0..size {
                let (byte, own) = self.byte(start.wrapping_add(at));
                bits |= u64::from(byte) << (8 * at);
                mark = if at == 0 { own } else { mark.join(own, 0) };
            }
        }
        if mark.flags & (IMAGE | UNKNOWN) == IMAGE && size <= 2 {
            mark.flags |= DATA;
        }
        // In a region that a pointer from outside names the pointer is the region's own; anywhere else it is an unknown place.
        let own_region = (LOST..IMPORTS).contains(&start) || (UNKNOWNS..HEAP).contains(&start);
        if address.mark.is_unknown() && !mark.is_unknown() && !own_region {
            mark = Mark::unknown(address.mark.from);
        } else if address.mark.is_unknown() && mark.from == ARGUMENT && mark.is_unknown() {
            mark = address.mark;
        } else if address.mark.flags & DATA != 0 && !mark.is_unknown() {
            let from = address.mark.from;
            mark = Mark { flags: mark.flags | address.mark.flags | LOOKUP | IMAGE, from };
        }
        Ok(Value { bits, mark })
    }

    /// Writes the low `size` bytes of `value`.
    pub(crate) fn store(&mut self, address: Value, value: Value, size: u64) -> Result<u64, Fault> {
        let start = Memory::place(address)?;
        let within = (start % PAGE) as usize;
        if within as u64 + size <= PAGE
            && let Some(page) = self.pages.get_mut(&(start / PAGE))
        {
            let page = Arc::make_mut(page);
            for at in 0..size as usize {
                page.bytes[within + at] = (value.bits >> (8 * at)) as u8;
                page.marks[within + at] = value.mark.lane(at as u64);
            }
            return Ok(start);
        }
        for at in 0..size {
            self.set(start.wrapping_add(at), (value.bits >> (8 * at)) as u8, value.mark.lane(at))?;
        }
        Ok(start)
    }

    /// Fresh memory of `size` bytes; its content is unknown.
    pub(crate) fn allocate(&mut self, size: u64) -> Option<u64> {
        let size = size.max(1).checked_add(31)? & !15;
        let start = self.heap;
        let end = start.checked_add(size).filter(|end| *end < STACK - 0x100_0000)?;
        self.heap = end;
        Some(start)
    }

    /// Takes over what `other` wrote into the image: the state that initialisers leave behind.
    pub(crate) fn adopt(&mut self, other: &Memory<'i>) {
        for (number, page) in &other.pages {
            if self.image.holds(number * PAGE, PAGE) && self.pages.len() < self.budget {
                self.pages.insert(*number, Arc::clone(page));
            }
        }
    }
}
