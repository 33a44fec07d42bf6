//! Recognises VDEX files (Android 8.0 and later), which are not read yet.

use overt_base::Reader;

/// What a VDEX file says about itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VdexVersion {
    /// Version of the verifier dependencies: 006 (Android 8.0), 010 (8.1), 019 (9), 021 (10, 11), 027 (12 and later).
    pub verifier: u32,
    /// Version of the DEX section, from 011 on: 0 means that there is no DEX in the file, 2 that there is.
    pub dex_section: Option<u32>,
}

/// The versions in a VDEX header; `None` when these bytes are no VDEX.
#[must_use]
pub fn version(bytes: &[u8]) -> Option<VdexVersion> {
    let mut reader = Reader::new(bytes);
    if reader.array::<4>().ok()? != *b"vdex" {
        return None;
    }
    let verifier = decimal(reader.array().ok()?)?;
    // From 027 on the header is a table of sections instead.
    let dex_section = (11..27).contains(&verifier).then(|| decimal(reader.array().ok()?)).flatten();
    Some(VdexVersion { verifier, dex_section })
}

/// Three digits and a NUL.
pub(crate) fn decimal(text: [u8; 4]) -> Option<u32> {
    let [a, b, c, 0] = text else { return None };
    [a, b, c].iter().try_fold(0u32, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + u32::from(digit.wrapping_sub(b'0')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert_eq!(version(b"vdex010\0"), Some(VdexVersion { verifier: 10, dex_section: None }));
        assert_eq!(version(b"vdex021\x00002\0"), Some(VdexVersion { verifier: 21, dex_section: Some(2) }));
        assert_eq!(version(b"vdex027\0\x04\0\0\0"), Some(VdexVersion { verifier: 27, dex_section: None }));
        assert_eq!(version(b"vdex021"), None);
        assert_eq!(version(b"dex\n035\0"), None);
        assert_eq!(version(b"vdexabc\0"), None);
    }
}
