//! Random access to the bytes of an image, whether they lie in one piece or not.

use std::fmt;
use std::sync::Arc;

use overt_base::View;

use crate::ReadError;

/// Bytes of a known length that can be read anywhere. Layers (a sparse image, a partition in `super`) wrap one another
/// without copying.
pub trait Source: Send + Sync + fmt::Debug {
    /// The length in bytes, as the container states it; bytes behind a cut are part of it and unreadable.
    fn len(&self) -> u64;

    /// Whether there is nothing.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `out` with the bytes from `at` on.
    ///
    /// # Errors
    /// [`ReadError::Cut`] when some of them are not there.
    fn read_at(&self, at: u64, out: &mut [u8]) -> Result<(), ReadError>;

    /// The `len` bytes from `at` on when they lie in one piece in memory.
    fn contiguous(&self, at: u64, len: u64) -> Option<&[u8]>;

    /// The same as a view that outlives the source.
    fn view(&self, at: u64, len: u64) -> Option<View>;
}

fn bounds(at: u64, len: u64) -> Option<(usize, usize)> {
    let start = usize::try_from(at).ok()?;
    let end = usize::try_from(at.checked_add(len)?).ok()?;
    Some((start, end))
}

impl Source for View {
    fn len(&self) -> u64 {
        self.as_slice().len() as u64
    }

    fn read_at(&self, at: u64, out: &mut [u8]) -> Result<(), ReadError> {
        let wanted = out.len() as u64;
        let bytes =
            self.contiguous(at, wanted).ok_or(ReadError::Cut { at, wanted, have: Source::len(self) })?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn contiguous(&self, at: u64, len: u64) -> Option<&[u8]> {
        let (start, end) = bounds(at, len)?;
        self.as_slice().get(start..end)
    }

    fn view(&self, at: u64, len: u64) -> Option<View> {
        let (start, end) = bounds(at, len)?;
        self.slice(start..end)
    }
}

/// What a piece of a [`Patchwork`] consists of.
#[derive(Clone, Debug)]
pub enum Filling {
    /// Bytes of another source, from this offset on.
    Part(Arc<dyn Source>, u64),
    /// Four bytes over and over, starting with the first at the piece's start.
    Pattern([u8; 4]),
    /// Bytes that the container speaks of and does not have.
    Missing,
}

/// As [`Filling`], with the source by its number: images of millions of chunks are ordinary.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Part(u32, u64),
    Pattern([u8; 4]),
    Missing,
}

/// A piece ends where the next one starts.
#[derive(Clone, Copy, Debug)]
struct Piece {
    start: u64,
    kind: Kind,
}

/// Pieces of other sources and of repeated patterns, one after another.
#[derive(Clone, Debug, Default)]
pub struct Patchwork {
    sources: Vec<Arc<dyn Source>>,
    pieces: Vec<Piece>,
    len: u64,
}

/// A run of zeros that slices may borrow.
static ZEROS: [u8; 1 << 16] = [0; 1 << 16];

impl Patchwork {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Patchwork {
        Patchwork::default()
    }

    /// Appends `len` bytes. Neighbouring parts of the same source that continue each other become one piece.
    ///
    /// # Errors
    /// [`ReadError::Malformed`] when the length would pass 2^64.
    pub fn push(&mut self, len: u64, filling: Filling) -> Result<(), ReadError> {
        let start = self.len;
        self.len = start
            .checked_add(len)
            .ok_or_else(|| ReadError::malformed(start, "the lengths add up to more than 2^64"))?;
        if len == 0 {
            return Ok(());
        }
        let kind = match filling {
            Filling::Part(source, at) => Kind::Part(self.number(source), at),
            Filling::Pattern(pattern) => Kind::Pattern(pattern),
            Filling::Missing => Kind::Missing,
        };
        if let Some(last) = self.pieces.last() {
            let before = start.saturating_sub(last.start);
            let continues = match (last.kind, kind) {
                (Kind::Part(one, at), Kind::Part(other, next)) => {
                    one == other && at.checked_add(before) == Some(next)
                }
                (Kind::Pattern(one), Kind::Pattern(other)) => one == other && before.is_multiple_of(4),
                (Kind::Missing, Kind::Missing) => true,
                _ => false,
            };
            if continues {
                return Ok(());
            }
        }
        self.pieces.push(Piece { start, kind });
        Ok(())
    }

    /// The number of `source`, which is mostly the last one given.
    fn number(&mut self, source: Arc<dyn Source>) -> u32 {
        let known = self.sources.iter().rposition(|known| Arc::ptr_eq(known, &source));
        let index = known.unwrap_or_else(|| {
            self.sources.push(source);
            self.sources.len().saturating_sub(1)
        });
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    /// Its pieces in order: length and what each consists of.
    pub(crate) fn into_pieces(self) -> Vec<(u64, Filling)> {
        let ends = self.pieces.iter().skip(1).map(|piece| piece.start).chain([self.len]);
        let pieces = self.pieces.iter().zip(ends).filter_map(|(piece, end)| {
            let filling = match piece.kind {
                Kind::Part(number, at) => {
                    Filling::Part(Arc::clone(self.sources.get(usize::try_from(number).ok()?)?), at)
                }
                Kind::Pattern(pattern) => Filling::Pattern(pattern),
                Kind::Missing => Filling::Missing,
            };
            Some((end.saturating_sub(piece.start), filling))
        });
        pieces.collect()
    }

    /// The patchwork itself, or the one view it consists of.
    #[must_use]
    pub fn simplified(self) -> Arc<dyn Source> {
        if self.pieces.len() == 1
            && let Some(view) = self.view(0, self.len)
        {
            return Arc::new(view);
        }
        Arc::new(self)
    }

    /// What lies at `at`: where in its own source, and how many bytes of it follow.
    fn piece(&self, at: u64) -> Option<(Part<'_>, u64)> {
        let after = self.pieces.partition_point(|piece| piece.start <= at);
        let piece = self.pieces.get(after.checked_sub(1)?)?;
        let end = self.pieces.get(after).map_or(self.len, |next| next.start);
        let into = at.checked_sub(piece.start)?;
        let left = end.checked_sub(at).filter(|&left| left > 0)?;
        let part = match piece.kind {
            Kind::Part(number, from) => {
                let source = self.sources.get(usize::try_from(number).ok()?)?;
                Part::Of(source.as_ref(), from.checked_add(into)?)
            }
            Kind::Pattern(pattern) => Part::Pattern(pattern, usize::try_from(into % 4).ok()?),
            Kind::Missing => Part::Missing,
        };
        Some((part, left))
    }
}

/// What lies at one place of a patchwork.
enum Part<'a> {
    /// Another source's bytes from this offset on.
    Of(&'a dyn Source, u64),
    /// A pattern, and which of its bytes comes first.
    Pattern([u8; 4], usize),
    Missing,
}

impl Source for Patchwork {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, at: u64, out: &mut [u8]) -> Result<(), ReadError> {
        let cut = ReadError::Cut { at, wanted: out.len() as u64, have: self.len };
        let mut at = at;
        let mut rest = out;
        while !rest.is_empty() {
            let (part, left) = self.piece(at).ok_or_else(|| cut.clone())?;
            let here = left.min(rest.len() as u64);
            let (now, later) = rest.split_at_mut(usize::try_from(here).unwrap_or(0));
            match part {
                Part::Of(source, from) => source.read_at(from, now)?,
                Part::Pattern([0, 0, 0, 0], _) => now.fill(0),
                Part::Pattern(pattern, phase) => {
                    let bytes = pattern.iter().cycle().skip(phase);
                    now.iter_mut().zip(bytes).for_each(|(out, byte)| *out = *byte);
                }
                Part::Missing => return Err(cut),
            }
            at = at.saturating_add(here);
            rest = later;
        }
        Ok(())
    }

    fn contiguous(&self, at: u64, len: u64) -> Option<&[u8]> {
        if len == 0 {
            return (at <= self.len).then_some(&[]);
        }
        match self.piece(at)? {
            (_, left) if left < len => None,
            (Part::Of(source, from), _) => source.contiguous(from, len),
            (Part::Pattern([0, 0, 0, 0], _), _) => ZEROS.get(..usize::try_from(len).ok()?),
            (Part::Pattern(..) | Part::Missing, _) => None,
        }
    }

    fn view(&self, at: u64, len: u64) -> Option<View> {
        if len == 0 {
            return (at <= self.len).then(|| View::from_vec(Vec::new()));
        }
        match self.piece(at)? {
            (_, left) if left < len => None,
            (Part::Of(source, from), _) => source.view(from, len),
            (Part::Pattern(..) | Part::Missing, _) => None,
        }
    }
}

/// The bytes of `source` as one view: itself where it lies in one piece, else a copy of at most `allowed` bytes.
///
/// # Errors
/// [`ReadError::TooLarge`], or what reading answers.
pub fn whole(source: &dyn Source, (limit, allowed): (&'static str, u64)) -> Result<View, ReadError> {
    let len = source.len();
    if let Some(view) = source.view(0, len) {
        return Ok(view);
    }
    let mut out = room_for(len, (limit, allowed))?;
    source.read_at(0, &mut out)?;
    Ok(View::from_vec(out))
}

/// `len` zeros to be read into.
///
/// # Errors
/// [`ReadError::TooLarge`] when that is more than `allowed`, or more than the machine has.
pub(crate) fn room_for(len: u64, (limit, allowed): (&'static str, u64)) -> Result<Vec<u8>, ReadError> {
    let too_large = ReadError::TooLarge { limit, allowed };
    let wanted = usize::try_from(len).ok().filter(|_| len <= allowed).ok_or(too_large)?;
    Ok(vec![0; wanted])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(bytes: &[u8]) -> Arc<dyn Source> {
        Arc::new(View::from_vec(bytes.to_vec()))
    }

    fn quilt() -> Patchwork {
        let source = part(b"0123456789");
        let mut quilt = Patchwork::new();
        quilt.push(3, Filling::Part(Arc::clone(&source), 2)).expect("small");
        quilt.push(2, Filling::Part(Arc::clone(&source), 5)).expect("small");
        quilt.push(5, Filling::Pattern(*b"abcd")).expect("small");
        quilt.push(4, Filling::Pattern([0; 4])).expect("small");
        quilt.push(2, Filling::Part(source, 0)).expect("small");
        quilt.push(1, Filling::Missing).expect("small");
        quilt
    }

    #[test]
    fn pieces_read_as_one() {
        let quilt = quilt();
        assert_eq!(quilt.len(), 17);
        assert_eq!(quilt.pieces.len(), 5, "continuing parts are one piece");
        let mut out = vec![0xff; 16];
        quilt.read_at(0, &mut out).expect("is there");
        assert_eq!(out, b"23456abcda\0\0\0\x0001");
        for start in 0..16u64 {
            for len in 0..(16 - start) {
                let mut part = vec![0xff; len as usize];
                quilt.read_at(start, &mut part).expect("is there");
                assert_eq!(part, &out[start as usize..(start + len) as usize]);
                if let Some(slice) = quilt.contiguous(start, len) {
                    assert_eq!(slice, part);
                }
                if let Some(view) = quilt.view(start, len) {
                    assert_eq!(&*view, part);
                }
            }
        }
        assert!(quilt.contiguous(1, 4).is_some() && quilt.contiguous(3, 4).is_none());
    }

    #[test]
    fn what_is_missing_is_an_error() {
        let quilt = quilt();
        assert!(matches!(quilt.read_at(16, &mut [0]), Err(ReadError::Cut { .. })));
        assert!(matches!(quilt.read_at(17, &mut [0]), Err(ReadError::Cut { .. })));
        assert!(matches!(quilt.read_at(u64::MAX, &mut [0; 2]), Err(ReadError::Cut { .. })));
        assert!(quilt.contiguous(u64::MAX, 2).is_none() && quilt.view(u64::MAX, u64::MAX).is_none());
        assert!(part(b"x").view(1, u64::MAX).is_none());
    }

    #[test]
    fn lengths_do_not_wrap() {
        let mut quilt = Patchwork::new();
        quilt.push(u64::MAX, Filling::Missing).expect("fits");
        assert!(quilt.push(1, Filling::Missing).is_err());
    }
}
