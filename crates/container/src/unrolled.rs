//! What a stream unfolds to: pieces in memory, and runs of zeros that take none.

use std::io::Read;
use std::sync::Arc;

use overt_base::{Cx, View};

use crate::formats::{Blob, FormatDoc, Opened};
use crate::memory::Memory;
use crate::source::{Filling, Patchwork, Source};
use crate::{NotThis, ReadError};

/// Zeros are looked for in steps of this many bytes: images have gigabytes of them.
const STEP: usize = 1 << 20;
/// Shorter runs of zeros are kept as bytes: a piece is not cut for them.
const ZEROS: usize = 64 << 10;
/// A piece grows to this length; files that lie inside one are handed out without copying.
const PIECE: usize = 64 << 20;

/// Bytes in the order they come.
#[derive(Debug)]
pub(crate) struct Unrolled<'a> {
    image: Patchwork,
    open: Vec<u8>,
    memory: &'a Memory,
}

impl<'a> Unrolled<'a> {
    pub(crate) fn new(memory: &'a Memory) -> Unrolled<'a> {
        Unrolled { image: Patchwork::new(), open: Vec::new(), memory }
    }

    pub(crate) fn len(&self) -> u64 {
        self.image.len().saturating_add(self.open.len() as u64)
    }

    /// Appends `bytes`, of which a run of zeros costs nothing when it is handed over by itself.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        if bytes.len() >= ZEROS && bytes.iter().all(|&byte| byte == 0) {
            self.close()?;
            return self.image.push(bytes.len() as u64, Filling::Pattern([0; 4]));
        }
        self.memory.take(bytes.len() as u64)?;
        if self.open.len().saturating_add(bytes.len()) > PIECE {
            self.close()?;
        }
        self.open.extend_from_slice(bytes);
        Ok(())
    }

    fn close(&mut self) -> Result<(), ReadError> {
        if self.open.is_empty() {
            return Ok(());
        }
        let mut piece = std::mem::take(&mut self.open);
        piece.shrink_to_fit();
        let len = piece.len() as u64;
        self.image.push(len, Filling::Part(Arc::new(View::from_vec(piece)), 0))
    }

    /// All of them.
    pub(crate) fn finish(mut self) -> Result<Arc<dyn Source>, ReadError> {
        self.close()?;
        Ok(self.image.simplified())
    }
}

/// Unrolls `stream`, which is what `blob` unfolds to. Where it breaks off, what came before is used, and a problem
/// `broken` says so.
pub(crate) fn unroll(
    doc: &'static FormatDoc,
    broken: &'static str,
    blob: &Blob,
    stream: &mut dyn Read,
    cx: &Cx<'_>,
) -> Result<Opened, NotThis> {
    let not = |why| NotThis { format: doc.name, at: 0, why };
    let most = cx.limits.unfolded_archive_bytes;
    let mut out = Unrolled::new(&blob.memory);
    let mut step = vec![0; STEP];
    let trouble = loop {
        if cx.cancel.is_cancelled() {
            break Some("cancelled".to_string());
        }
        let (filled, end) = fill(stream, &mut step);
        let got = step.get(..filled).unwrap_or_default();
        if let Err(error) = out.push(got) {
            break Some(error.to_string());
        }
        if out.len() > most {
            break Some(ReadError::TooLarge { limit: "unfolded_archive_bytes", allowed: most }.to_string());
        }
        match end {
            None => {}
            Some(Ok(())) => break None,
            Some(Err(error)) => break Some(error),
        }
    };
    if let Some(trouble) = trouble {
        if out.len() == 0 {
            cx.problems.report(&blob.locus, broken, trouble, "nothing of it was read");
            return Err(not("nothing can be unfolded"));
        }
        let detail = format!("{trouble}, behind {} unfolded bytes", out.len());
        cx.problems.report(&blob.locus, broken, detail, "what follows is missing");
    }
    out.finish().map(Opened::Bytes).map_err(|_| not("longer than 2^64"))
}

/// Reads until `step` is full. How many bytes came, and how it ended where it did.
fn fill(stream: &mut dyn Read, step: &mut [u8]) -> (usize, Option<Result<(), String>>) {
    let mut filled = 0usize;
    loop {
        let room = step.get_mut(filled..).unwrap_or_default();
        if room.is_empty() {
            return (filled, None);
        }
        match stream.read(room) {
            Ok(0) => return (filled, Some(Ok(()))),
            Ok(more) => filled = filled.saturating_add(more).min(step.len()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return (filled, Some(Err(error.to_string()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use overt_base::Limits;

    #[test]
    fn zeros_take_no_memory() {
        let memory = Memory::of(&Limits { unfolded_memory_bytes: 2 << 20, ..Limits::default() });
        let mut out = Unrolled::new(&memory);
        out.push(&[1; STEP]).expect("fits");
        for _ in 0..100 {
            out.push(&[0; STEP]).expect("costs nothing");
        }
        out.push(b"end").expect("fits");
        assert!(out.push(&[1; STEP]).is_err());
        let source = out.finish().expect("short");
        assert_eq!(source.len(), (101 << 20) + 3);
        let mut end = [9; 5];
        source.read_at((101 << 20) - 2, &mut end).expect("there");
        assert_eq!(&end, b"\0\0end");
        assert_eq!(memory.left(), (1 << 20) - 3);
    }
}
