//! An OAT file of Android 6.0 (version 064) around a DEX file.

use crate::samples::elf;

/// `class OatHeader` of `runtime/oat.h` at that release: words from the magic number to the size of the key-value store.
const WORDS: usize = 17;

/// The DEX file in an OAT file in an ELF file.
#[must_use]
pub fn around(dex: &[u8]) -> Vec<u8> {
    let store = b"dex2oat-cmdline\0--runtime-arg\0";
    let location = b"/system/app/A/A.apk";
    let classes = dex.get(0x60..0x64).and_then(|word| word.try_into().ok()).map_or(0, u32::from_le_bytes);
    let classes = classes.min(64) as usize;
    let mut data = b"oat\n064\0".to_vec();
    for word in 2..WORDS {
        let value = match word {
            3 => 1u32, // instruction set: arm
            5 => 1,    // one DEX file
            _ => 0,
        };
        data.extend(value.to_le_bytes());
    }
    data.extend((store.len() as u32).to_le_bytes());
    data.extend_from_slice(store);
    data.extend((location.len() as u32).to_le_bytes());
    data.extend_from_slice(location);
    data.extend(0u32.to_le_bytes()); // checksum of the original
    let at = (data.len() + 4 + 4 * classes).next_multiple_of(4);
    data.extend((at as u32).to_le_bytes());
    data.extend(std::iter::repeat_n(0u8, 4 * classes)); // offsets of compiled classes: none
    data.resize(at, 0);
    data.extend_from_slice(dex);
    elf::build(&[], Some(("oatdata", data)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dex_is_found_where_the_header_says() {
        let oat = around(b"dex\n035\0 and so on");
        assert!(oat.windows(4).any(|window| window == b"oat\n"));
        assert!(oat.windows(8).any(|window| window == b"oatdata\0"));
    }
}
