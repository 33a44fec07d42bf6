//! Raw deflate (RFC 1951) with budgets.

use flate2::{Decompress, FlushDecompress, Status};

use crate::ReadError;

/// No deflate stream grows more: a two-bit code for a match of 258 bytes.
const MAX_RATIO: u64 = 1032;

/// The bytes that `input` unfolds to, and how much of `input` the stream took. `declared` is only a hint for the first
/// allocation; more than `allowed` bytes is [`ReadError::TooLarge`] with the limit's name.
pub(super) fn inflate(
    input: &[u8],
    declared: u64,
    (limit, allowed): (&'static str, u64),
) -> Result<(Vec<u8>, usize), ReadError> {
    let possible = (input.len() as u64).saturating_mul(MAX_RATIO);
    // One byte more than declared, so that an honest stream reaches its end mark in the first call.
    let first = declared.saturating_add(1).min(possible).min(allowed.saturating_add(1));
    let mut out = Vec::with_capacity(usize::try_from(first).unwrap_or(0).max(64));
    let mut stream = Decompress::new(false);
    loop {
        let taken = usize::try_from(stream.total_in()).unwrap_or(usize::MAX);
        let made = out.len();
        let rest = input.get(taken..).unwrap_or(&[]);
        let status = stream
            .decompress_vec(rest, &mut out, FlushDecompress::Finish)
            .map_err(|_| ReadError::malformed(taken as u64, "the deflate stream is malformed"))?;
        if out.len() as u64 > allowed {
            return Err(ReadError::TooLarge { limit, allowed });
        }
        let now = usize::try_from(stream.total_in()).unwrap_or(usize::MAX);
        if status == Status::StreamEnd {
            return Ok((out, now));
        }
        if out.len() == out.capacity() {
            let more = out.len().max(64 * 1024) as u64;
            let room = allowed.saturating_add(1).saturating_sub(out.len() as u64);
            out.reserve_exact(usize::try_from(more.min(room).max(1)).unwrap_or(1));
        } else if now == taken && out.len() == made {
            return Err(ReadError::malformed(now as u64, "the deflate stream ends early"));
        }
    }
}

/// The first bytes that `input` unfolds to, at most `most`.
pub(super) fn inflate_head(input: &[u8], most: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(most);
    let mut stream = Decompress::new(false);
    loop {
        let taken = usize::try_from(stream.total_in()).unwrap_or(usize::MAX);
        let made = out.len();
        let rest = input.get(taken..).unwrap_or(&[]);
        let status = stream.decompress_vec(rest, &mut out, FlushDecompress::None);
        let stuck = stream.total_in() == taken as u64 && out.len() == made;
        if !matches!(status, Ok(Status::Ok)) || out.len() == out.capacity() || stuck {
            out.truncate(most);
            return out;
        }
    }
}
