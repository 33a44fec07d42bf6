//! The digests that Android's signature schemes use.

use sha2::Digest as _;

/// A digest algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hash {
    /// MD5.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

macro_rules! over {
    ($hash:expr, $parts:expr) => {{
        let mut hasher = $hash;
        for part in $parts {
            hasher.update(part);
        }
        hasher.finalize().to_vec()
    }};
}

impl Hash {
    /// The digest of `parts` put together.
    #[must_use]
    pub fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        match self {
            Hash::Md5 => over!(md5::Md5::new(), parts),
            Hash::Sha1 => over!(sha1::Sha1::new(), parts),
            Hash::Sha224 => over!(sha2::Sha224::new(), parts),
            Hash::Sha256 => over!(sha2::Sha256::new(), parts),
            Hash::Sha384 => over!(sha2::Sha384::new(), parts),
            Hash::Sha512 => over!(sha2::Sha512::new(), parts),
        }
    }

    /// Bytes of a digest.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Hash::Md5 => 16,
            Hash::Sha1 => 20,
            Hash::Sha224 => 28,
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
            Hash::Sha512 => 64,
        }
    }

    /// The usual name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Hash::Md5 => "MD5",
            Hash::Sha1 => "SHA-1",
            Hash::Sha224 => "SHA-224",
            Hash::Sha256 => "SHA-256",
            Hash::Sha384 => "SHA-384",
            Hash::Sha512 => "SHA-512",
        }
    }

    /// Content octets of the algorithm's object identifier (RFC 8017 appendix B.1, RFC 5754).
    #[must_use]
    pub fn object_identifier(self) -> &'static [u8] {
        match self {
            Hash::Md5 => &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05],
            Hash::Sha1 => &[0x2b, 0x0e, 0x03, 0x02, 0x1a],
            Hash::Sha256 => &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01],
            Hash::Sha384 => &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02],
            Hash::Sha512 => &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03],
            Hash::Sha224 => &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04],
        }
    }

    /// The algorithm with this object identifier.
    #[must_use]
    pub fn from_object_identifier(content: &[u8]) -> Option<Hash> {
        [Hash::Md5, Hash::Sha1, Hash::Sha224, Hash::Sha256, Hash::Sha384, Hash::Sha512]
            .into_iter()
            .find(|hash| hash.object_identifier() == content)
    }
}
