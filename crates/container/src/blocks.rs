//! Bytes that lie packed in blocks which can each be unfolded by itself: a block is unfolded when it is asked for, and
//! the last ones are kept. Opening an image of many gigabytes unfolds nothing.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

use overt_base::View;

use crate::ReadError;
use crate::memory::Memory;
use crate::source::{Source, room_for};

/// What unfolds one block.
pub(crate) trait Unfold: Send + Sync + fmt::Debug {
    /// Fills `out`, which has the length that was stated for block `index`.
    ///
    /// # Errors
    /// When the block is malformed, cut, or unfolds to another length.
    fn unfold(&self, index: usize, out: &mut [u8]) -> Result<(), ReadError>;
}

/// Bytes of the blocks used last that are kept, besides those that somebody borrowed.
const RECENT_BYTES: usize = 64 << 20;

/// The blocks one after another.
pub(crate) struct Blocks<U> {
    unfold: U,
    /// Where each block begins, and where the last one ends.
    starts: Vec<u64>,
    recent: Mutex<VecDeque<(usize, View)>>,
    /// Blocks of which a slice was borrowed: these stay.
    lent: Vec<OnceLock<View>>,
    memory: Memory,
}

impl<U> fmt::Debug for Blocks<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blocks({})", self.lent.len())
    }
}

impl<U: Unfold> Blocks<U> {
    /// Blocks of these lengths.
    ///
    /// # Errors
    /// When they make more than 2^64 bytes.
    pub(crate) fn new(
        unfold: U,
        lengths: impl IntoIterator<Item = u64>,
        memory: Memory,
    ) -> Result<Blocks<U>, ReadError> {
        let mut starts = vec![0];
        let mut end = 0u64;
        for length in lengths {
            end = end
                .checked_add(length)
                .ok_or_else(|| ReadError::malformed(0, "the blocks make more than 2^64 bytes"))?;
            starts.push(end);
        }
        let lent = (1..starts.len()).map(|_| OnceLock::new()).collect();
        Ok(Blocks { unfold, starts, recent: Mutex::default(), lent, memory })
    }

    /// What unfolds them.
    pub(crate) fn unfold(&self) -> &U {
        &self.unfold
    }

    /// Where block `index` begins.
    pub(crate) fn start(&self, index: usize) -> Option<u64> {
        self.starts.get(index).copied()
    }

    /// The block that `at` lies in: its number, its start and its end.
    fn at(&self, at: u64) -> Option<(usize, u64, u64)> {
        // Empty blocks begin where the next one does; the last that begins at or before is the one with bytes.
        let index = self.starts.partition_point(|&start| start <= at).checked_sub(1)?;
        let start = *self.starts.get(index)?;
        let end = *self.starts.get(index.checked_add(1)?)?;
        (at < end).then_some((index, start, end))
    }

    fn block(&self, index: usize, len: u64) -> Result<View, ReadError> {
        if let Some(view) = self.lent.get(index).and_then(OnceLock::get) {
            return Ok(view.clone());
        }
        let recent = || self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, view)) = recent().iter().find(|(one, _)| *one == index) {
            return Ok(view.clone());
        }
        // Unfolded outside the lock: two threads that want the same block at once are rarer than two that want two.
        let mut out = room_for(len, ("unfolded_memory_bytes", self.memory.allowed()))?;
        self.unfold.unfold(index, &mut out)?;
        let view = View::from_vec(out);
        let mut recent = recent();
        recent.push_back((index, view.clone()));
        let mut kept = recent.iter().fold(0usize, |sum, (_, view)| sum.saturating_add(view.as_slice().len()));
        while kept > RECENT_BYTES && recent.len() > 2 {
            let Some((_, oldest)) = recent.pop_front() else { break };
            kept = kept.saturating_sub(oldest.as_slice().len());
        }
        Ok(view)
    }

    /// Where `len` bytes from `at` on lie, when in one block: its number and length, and the range inside.
    fn inside(&self, at: u64, len: u64) -> Option<(usize, u64, std::ops::Range<usize>)> {
        let (index, start, end) = self.at(at)?;
        let from = at.checked_sub(start)?;
        let to = from.checked_add(len).filter(|&to| start.checked_add(to).is_some_and(|to| to <= end))?;
        let range = usize::try_from(from).ok()?..usize::try_from(to).ok()?;
        Some((index, end.checked_sub(start)?, range))
    }
}

impl<U: Unfold> Source for Blocks<U> {
    fn len(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }

    fn read_at(&self, at: u64, out: &mut [u8]) -> Result<(), ReadError> {
        let cut = || ReadError::Cut { at, wanted: out.len() as u64, have: Source::len(self) };
        if at.checked_add(out.len() as u64).is_none_or(|end| end > Source::len(self)) {
            return Err(cut());
        }
        let mut at = at;
        let mut rest = out;
        while !rest.is_empty() {
            let Some((index, start, end)) = self.at(at) else {
                return Err(ReadError::Cut { at, wanted: rest.len() as u64, have: Source::len(self) });
            };
            let len = end.saturating_sub(start);
            let here = end.saturating_sub(at).min(rest.len() as u64);
            let (now, later) = rest.split_at_mut(usize::try_from(here).unwrap_or(0));
            if here == len && self.lent.get(index).is_some_and(|slot| slot.get().is_none()) {
                self.unfold.unfold(index, now)?;
            } else {
                let block = self.block(index, len)?;
                let from = usize::try_from(at.saturating_sub(start)).unwrap_or(usize::MAX);
                let bytes = block.get(from..).and_then(|bytes| bytes.get(..now.len()));
                let bytes = bytes.ok_or(ReadError::Cut { at, wanted: here, have: len })?;
                now.copy_from_slice(bytes);
            }
            at = at.saturating_add(here);
            rest = later;
        }
        Ok(())
    }

    fn contiguous(&self, at: u64, len: u64) -> Option<&[u8]> {
        if len == 0 {
            return (at <= Source::len(self)).then_some(&[]);
        }
        let (index, whole, range) = self.inside(at, len)?;
        let slot = self.lent.get(index)?;
        if slot.get().is_none() {
            let view = self.block(index, whole).ok()?;
            self.memory.take(whole).ok()?;
            // Another thread may have been faster; its copy is as good.
            let _ = slot.set(view);
        }
        slot.get()?.as_slice().get(range)
    }

    fn view(&self, at: u64, len: u64) -> Option<View> {
        if len == 0 {
            return (at <= Source::len(self)).then(|| View::from_vec(Vec::new()));
        }
        let (index, whole, range) = self.inside(at, len)?;
        self.block(index, whole).ok()?.slice(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use overt_base::Limits;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Block 3 is damaged; the others hold their number.
    #[derive(Debug, Default)]
    struct Numbers(AtomicUsize);

    impl Unfold for Numbers {
        fn unfold(&self, index: usize, out: &mut [u8]) -> Result<(), ReadError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            out.fill(index as u8);
            if index == 3 { Err(ReadError::malformed(3, "damaged")) } else { Ok(()) }
        }
    }

    fn blocks() -> Blocks<Numbers> {
        let memory = Memory::of(&Limits { unfolded_memory_bytes: 6, ..Limits::default() });
        Blocks::new(Numbers::default(), [2, 0, 4, 1, 3], memory).expect("short")
    }

    #[test]
    fn blocks_read_as_one() {
        let blocks = blocks();
        assert_eq!(Source::len(&blocks), 10);
        assert_eq!(blocks.unfold.0.load(Ordering::Relaxed), 0, "nothing is unfolded before it is wanted");
        let mut out = [9; 6];
        blocks.read_at(0, &mut out).expect("there");
        assert_eq!(out, [0, 0, 2, 2, 2, 2]);
        assert!(matches!(blocks.read_at(5, &mut out[..3]), Err(ReadError::Malformed { .. })));
        blocks.read_at(7, &mut out[..3]).expect("behind the damage");
        assert!(matches!(blocks.read_at(8, &mut out[..3]), Err(ReadError::Cut { .. })));
        assert!(matches!(blocks.read_at(u64::MAX, &mut out[..3]), Err(ReadError::Cut { .. })));
        assert_eq!(blocks.view(3, 2).as_deref(), Some(&[2, 2][..]));
        assert!(blocks.view(1, 2).is_none() && blocks.view(10, 1).is_none());
        assert!(blocks.view(10, 0).is_some() && blocks.contiguous(11, 0).is_none());
    }

    #[test]
    fn what_is_lent_counts() {
        let blocks = blocks();
        assert_eq!(blocks.contiguous(2, 4), Some(&[2; 4][..]));
        assert_eq!(blocks.contiguous(3, 1), Some(&[2][..]), "lent once");
        assert_eq!(blocks.contiguous(7, 1), None, "no memory is left for it");
        assert_eq!(blocks.view(7, 1).as_deref(), Some(&[4][..]));
    }
}
