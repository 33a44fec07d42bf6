//! Differences of files: `BSDIFF40` and Android's `BSDF2` (`external/bsdiff`, `patch_reader.cc`).

use std::io::Read;

use super::bzip2::Bzip2;
use crate::ReadError;

const HEADER_BYTES: usize = 32;
/// Triples of real patches make some bytes each; a patch of more than these is made to keep us busy.
const MOST_TRIPLES: u64 = 16 << 20;

fn bad(what: impl Into<String>) -> ReadError {
    ReadError::malformed(0, what)
}

/// Fills `out` with what `patch` makes of `old`.
pub(crate) fn apply(old: &[u8], patch: &[u8], out: &mut [u8]) -> Result<(), ReadError> {
    let header: &[u8; HEADER_BYTES] = patch.first_chunk().ok_or_else(|| bad("the patch is cut"))?;
    let kinds = match header {
        [b'B', b'S', b'D', b'I', b'F', b'F', b'4', b'0', ..] => [1; 3],
        [b'B', b'S', b'D', b'F', b'2', control, difference, extra, ..] => [*control, *difference, *extra],
        _ => return Err(bad("no bsdiff patch")),
    };
    let control_length = number(header.get(8..16))?;
    let difference_length = number(header.get(16..24))?;
    let length = number(header.get(24..32))?;
    if usize::try_from(length).ok() != Some(out.len()) {
        return Err(bad(format!("the patch makes {length} bytes, not {}", out.len())));
    }
    let at = |offset: i64| usize::try_from(offset).ok().and_then(|offset| offset.checked_add(HEADER_BYTES));
    let behind_control = at(control_length).ok_or_else(|| bad("the patch is malformed"))?;
    let behind_difference = at(control_length.saturating_add(difference_length))
        .filter(|&end| end >= behind_control)
        .ok_or_else(|| bad("the patch is malformed"))?;
    let [control_kind, difference_kind, extra_kind] = kinds;
    let mut control = stream(control_kind, patch.get(HEADER_BYTES..behind_control))?;
    let mut difference = stream(difference_kind, patch.get(behind_control..behind_difference))?;
    let mut extra = stream(extra_kind, patch.get(behind_difference..))?;
    let mut rest = out;
    let mut old_at = 0i64;
    for _ in 0..MOST_TRIPLES {
        if rest.is_empty() {
            return Ok(());
        }
        let mut triple = [0; 24];
        control.read_exact(&mut triple).map_err(|_| bad("the patch ends before the file does"))?;
        let added = number(triple.get(..8))?;
        let copied = number(triple.get(8..16))?;
        let skipped = number(triple.get(16..24))?;
        let now = take(&mut rest, added)?;
        difference.read_exact(now).map_err(|error| bad(format!("the patch's differences: {error}")))?;
        // What lies before or behind the old file counts as zeros.
        let outside = usize::try_from(old_at.saturating_neg()).unwrap_or(0);
        let from = usize::try_from(old_at).unwrap_or(0);
        let old = old.get(from..).unwrap_or_default();
        for (new, old) in now.iter_mut().skip(outside).zip(old) {
            *new = new.wrapping_add(*old);
        }
        let now = take(&mut rest, copied)?;
        extra.read_exact(now).map_err(|error| bad(format!("the patch's new bytes: {error}")))?;
        old_at = old_at.saturating_add(added).saturating_add(skipped);
    }
    Err(bad("the patch has more steps than any real one"))
}

fn take<'a>(rest: &mut &'a mut [u8], count: i64) -> Result<&'a mut [u8], ReadError> {
    let count = usize::try_from(count).map_err(|_| bad("the patch has a step of negative length"))?;
    let whole = std::mem::take(rest);
    let (now, later) =
        whole.split_at_mut_checked(count).ok_or_else(|| bad("the patch makes more bytes than it says"))?;
    *rest = later;
    Ok(now)
}

fn stream<'a>(kind: u8, raw: Option<&'a [u8]>) -> Result<Box<dyn Read + 'a>, ReadError> {
    let raw = raw.ok_or_else(|| bad("the patch is cut"))?;
    match kind {
        0 => Ok(Box::new(raw)),
        1 => Ok(Box::new(Bzip2::new(raw))),
        2 => Ok(Box::new(super::brotli(raw))),
        other => Err(bad(format!("a patch packed in the unknown way {other}"))),
    }
}

/// Eight bytes, low to high, the last one's highest bit the sign.
fn number(raw: Option<&[u8]>) -> Result<i64, ReadError> {
    let raw: [u8; 8] = raw.and_then(|raw| raw.try_into().ok()).ok_or_else(|| bad("the patch is cut"))?;
    let value = u64::from_le_bytes(raw);
    let size = (value & !(1 << 63)) as i64;
    Ok(if value >> 63 == 1 { size.saturating_neg() } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(control: &[i64], difference: &[u8], extra: &[u8], length: u64) -> Vec<u8> {
        let sign = |value: &i64| value.unsigned_abs() | u64::from(*value < 0) << 63;
        let control: Vec<u8> = control.iter().flat_map(|value| sign(value).to_le_bytes()).collect();
        let lengths = [control.len() as u64, difference.len() as u64, length];
        let lengths: Vec<u8> = lengths.iter().flat_map(|length| length.to_le_bytes()).collect();
        [b"BSDF2\0\0\0", &lengths[..], &control, difference, extra].concat()
    }

    #[test]
    fn steps_are_applied() {
        let whole = patch(&[3, 2, -2, 4, 0, 0], &[1, 0, 0, 0, 0, 0, 0], b"xy", 9);
        let mut out = [0; 9];
        apply(b"abcdef", &whole, &mut out).expect("right");
        assert_eq!(&out, b"bbcxybcde");
        for end in 0..whole.len() {
            assert!(apply(b"abcdef", &whole[..end], &mut [0; 9]).is_err(), "{end}");
        }
        assert!(apply(b"abcdef", &whole, &mut [0; 8]).is_err());
    }

    #[test]
    fn what_lies_outside_the_old_file_is_zero() {
        let whole = patch(&[0, 0, -2, 4, 0, 0], &[5, 5, 5, 5], b"", 4);
        let mut out = [0; 4];
        apply(&[1], &whole, &mut out).expect("right");
        assert_eq!(out, [5, 5, 6, 5]);
    }

    #[test]
    fn patches_that_go_nowhere_end() {
        assert!(apply(b"", &patch(&[-1, 0, 0], b"", b"", 4), &mut [0; 4]).is_err());
        assert!(apply(b"", &patch(&[9, 0, 0], &[0; 9], b"", 4), &mut [0; 4]).is_err());
        assert!(
            apply(b"", &patch(&[0, 0, i64::MIN + 1, 0, 0, i64::MIN + 1], b"", b"", 4), &mut [0; 4]).is_err()
        );
        let mut lengths = patch(&[], b"", b"", 0);
        lengths[8..16].fill(0x7f);
        assert!(apply(b"", &lengths, &mut []).is_err());
    }
}
