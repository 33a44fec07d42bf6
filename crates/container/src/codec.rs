//! What single streams and blocks are packed with.

pub(crate) mod bsdiff;
pub(crate) mod bzip2;
pub(crate) mod lz4;

use std::io::{self, BufReader, Read};
use std::sync::Arc;

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::source::Source;

/// A source from its start to its end.
#[derive(Debug)]
pub(crate) struct Reading {
    source: Arc<dyn Source>,
    at: u64,
    end: u64,
}

impl Reading {
    /// All of `source`.
    pub(crate) fn whole(source: &Arc<dyn Source>) -> BufReader<Reading> {
        Reading::part(source, 0, source.len())
    }

    /// `len` bytes from `at` on, or as many as there are.
    pub(crate) fn part(source: &Arc<dyn Source>, at: u64, len: u64) -> BufReader<Reading> {
        let end = at.saturating_add(len).min(source.len());
        BufReader::with_capacity(BUFFER, Reading { source: Arc::clone(source), at, end })
    }
}

const BUFFER: usize = 256 << 10;

impl Read for Reading {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = self.end.saturating_sub(self.at);
        let now = usize::try_from(left).unwrap_or(usize::MAX).min(out.len());
        let Some(out) = out.get_mut(..now) else { return Ok(0) };
        self.source.read_at(self.at, out).map_err(|error| io::Error::other(error.to_string()))?;
        self.at = self.at.saturating_add(now as u64);
        Ok(now)
    }
}

/// What an xz stream's dictionary may take: `xz -9` needs 64 MiB.
const XZ_MEMORY_KIB: u32 = 256 << 10;
/// What a zstd frame's window may take: `zstd --ultra --long=27` needs 128 MiB.
const ZSTD_WINDOW: u64 = 128 << 20;

/// The stream that `input`, a gzip file of one or more members, unfolds to.
pub(crate) fn gzip<R: io::BufRead>(input: R) -> impl Read {
    Gzip { members: flate2::bufread::MultiGzDecoder::new(input), some: false }
}

/// What is behind the members and is none is left alone, as `gzip -d` leaves it.
struct Gzip<R> {
    members: flate2::bufread::MultiGzDecoder<R>,
    some: bool,
}

impl<R: io::BufRead> Read for Gzip<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.members.read(out) {
            Err(error) if self.some && error.to_string() == "invalid gzip header" => Ok(0),
            Ok(got) => {
                self.some |= got > 0;
                Ok(got)
            }
            other => other,
        }
    }
}

/// The stream that `input`, an xz file, unfolds to.
pub(crate) fn xz<R: Read>(input: R) -> impl Read {
    lzma_rust2::XzReader::new_mem_limit(input, true, XZ_MEMORY_KIB)
}

/// The stream that `input`, a brotli stream, unfolds to.
pub(crate) fn brotli<R: Read>(input: R) -> impl Read {
    brotli_decompressor::Decompressor::new(input, BUFFER)
}

/// The stream that `input`, frames of zstd one after another, unfolds to.
pub(crate) fn zstd<R: Read>(input: R) -> impl Read {
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(ZSTD_WINDOW);
    Zstd { input, decoder, open: false }
}

/// The crate reads one frame; files may have several, and frames to be skipped (RFC 8878, 3.1.2).
struct Zstd<R> {
    input: R,
    decoder: FrameDecoder,
    open: bool,
}

const ZSTD_SKIPPED: std::ops::RangeInclusive<u32> = 0x184d_2a50..=0x184d_2a5f;

impl<R: Read> Zstd<R> {
    /// Begins the next frame with something in it; whether there is one.
    fn next_frame(&mut self) -> io::Result<bool> {
        loop {
            let mut magic = [0; 4];
            let Some((first, rest)) = magic.split_first_mut() else { return Ok(false) };
            if self.input.read(std::slice::from_mut(first))? == 0 {
                return Ok(false);
            }
            self.input.read_exact(rest)?;
            if !ZSTD_SKIPPED.contains(&u32::from_le_bytes(magic)) {
                let start = magic.as_slice().chain(&mut self.input);
                self.decoder.init(start).map_err(io::Error::other)?;
                return Ok(true);
            }
            let mut length = [0; 4];
            self.input.read_exact(&mut length)?;
            let length = u64::from(u32::from_le_bytes(length));
            if io::copy(&mut self.input.by_ref().take(length), &mut io::sink())? < length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while !out.is_empty() {
            if !self.open && !self.next_frame()? {
                return Ok(0);
            }
            self.open = true;
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder.decode_blocks(&mut self.input, one).map_err(io::Error::other)?;
            }
            let got = self.decoder.read(out)?;
            if got > 0 {
                return Ok(got);
            }
            self.open = false;
        }
        Ok(0)
    }
}
