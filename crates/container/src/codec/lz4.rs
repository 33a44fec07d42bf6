//! LZ4 blocks (`lz4_Block_format.md`).

use crate::ReadError;

/// How many bytes the block unfolds to, without unfolding it; no more than `most`.
pub(crate) fn length(block: &[u8], most: u64) -> Result<u64, ReadError> {
    let mut at = 0usize;
    let mut out = 0u64;
    let cut = |at: usize| ReadError::malformed(at as u64, "the LZ4 block is cut");
    let more = |at: &mut usize, nibble: u8| -> Result<u64, ReadError> {
        let mut sum = u64::from(nibble);
        if nibble == 15 {
            loop {
                let byte = *block.get(*at).ok_or_else(|| cut(*at))?;
                *at = at.saturating_add(1);
                sum = sum.saturating_add(u64::from(byte));
                if byte != 255 {
                    break;
                }
            }
        }
        Ok(sum)
    };
    while let Some(&token) = block.get(at) {
        at = at.saturating_add(1);
        let literals = more(&mut at, token >> 4)?;
        out = out.saturating_add(literals);
        at = at.saturating_add(usize::try_from(literals).unwrap_or(usize::MAX));
        if at > block.len() {
            return Err(cut(at));
        }
        // The last sequence has no match.
        if at < block.len() {
            at = at.saturating_add(2);
            out = out.saturating_add(more(&mut at, token & 15)?).saturating_add(4);
        }
        if out > most {
            return Err(ReadError::malformed(at as u64, "the LZ4 block unfolds to more than a block may"));
        }
    }
    Ok(out)
}

/// Fills `out` with what `block` unfolds to; `before` is what came before it, where it refers to that.
pub(crate) fn unfold(block: &[u8], before: &[u8], out: &mut [u8]) -> Result<(), ReadError> {
    let made = lz4_flex::block::decompress_into_with_dict(block, out, before)
        .map_err(|error| ReadError::malformed(0, format!("the LZ4 block is malformed: {error}")))?;
    if made != out.len() {
        let what = format!("the LZ4 block unfolds to {made} bytes, not to {}", out.len());
        return Err(ReadError::malformed(0, what));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_without_unfolding() {
        // Literals "abcd", a match of 4 + 15 + 3 bytes four back; literal "x".
        let block = [0x4f, b'a', b'b', b'c', b'd', 4, 0, 3, 0x10, b'x'];
        assert_eq!(length(&block, 100), Ok(27));
        let mut out = [0; 27];
        unfold(&block, &[], &mut out).expect("right");
        assert_eq!(&out, b"abcdabcdabcdabcdabcdabcdabx");
        assert!(unfold(&block, &[], &mut [0; 28]).is_err() && unfold(&block, &[], &mut [0; 26]).is_err());
        assert!(length(&block, 26).is_err());
        for cut in [2, 6, 7] {
            assert!(length(&block[..cut], 100).is_err() || cut == 6, "{cut}");
        }
        assert_eq!(length(&[], 1), Ok(0));
    }
}
