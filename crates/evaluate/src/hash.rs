//! Digests and message authentication codes, by the names that Java gives them.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Digest;

/// A digest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Algorithm {
    /// MD5 (RFC 1321).
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

impl Algorithm {
    /// By Java's name, in any case, with or without `Hmac` before it.
    #[must_use]
    pub fn named(name: &str) -> Option<Algorithm> {
        let name: String = name.to_ascii_uppercase().chars().filter(|c| !matches!(c, '-' | '/')).collect();
        Some(match name.strip_prefix("HMAC").unwrap_or(&name) {
            "MD5" => Algorithm::Md5,
            "SHA" | "SHA1" => Algorithm::Sha1,
            "SHA224" => Algorithm::Sha224,
            "SHA256" => Algorithm::Sha256,
            "SHA384" => Algorithm::Sha384,
            "SHA512" => Algorithm::Sha512,
            _ => return None,
        })
    }

    /// The digest of `bytes`.
    #[must_use]
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Algorithm::Md5 => md5::Md5::digest(bytes).to_vec(),
            Algorithm::Sha1 => sha1::Sha1::digest(bytes).to_vec(),
            Algorithm::Sha224 => sha2::Sha224::digest(bytes).to_vec(),
            Algorithm::Sha256 => sha2::Sha256::digest(bytes).to_vec(),
            Algorithm::Sha384 => sha2::Sha384::digest(bytes).to_vec(),
            Algorithm::Sha512 => sha2::Sha512::digest(bytes).to_vec(),
        }
    }

    /// The code of `bytes` under `key` (RFC 2104).
    #[must_use]
    pub fn authenticate(self, key: &[u8], bytes: &[u8]) -> Vec<u8> {
        macro_rules! with {
            ($hash:ty) => {
                // A key of any length is taken: longer ones are digested first.
                <Hmac<$hash> as KeyInit>::new_from_slice(key)
                    .map(|mut mac| {
                        mac.update(bytes);
                        mac.finalize().into_bytes().to_vec()
                    })
                    .unwrap_or_default()
            };
        }
        match self {
            Algorithm::Md5 => with!(md5::Md5),
            Algorithm::Sha1 => with!(sha1::Sha1),
            Algorithm::Sha224 => with!(sha2::Sha224),
            Algorithm::Sha256 => with!(sha2::Sha256),
            Algorithm::Sha384 => with!(sha2::Sha384),
            Algorithm::Sha512 => with!(sha2::Sha512),
        }
    }

    /// A key from a password (PBKDF2 of RFC 8018).
    #[must_use]
    pub fn derive(self, password: &[u8], salt: &[u8], rounds: u32, length: usize) -> Vec<u8> {
        let mut key = Vec::with_capacity(length);
        let mut number = 1u32;
        while key.len() < length {
            let mut round = self.authenticate(password, &[salt, &number.to_be_bytes()].concat());
            let mut block = round.clone();
            for _ in 1..rounds {
                round = self.authenticate(password, &round);
                for (to, from) in block.iter_mut().zip(&round) {
                    *to ^= from;
                }
            }
            key.extend_from_slice(&block);
            number += 1;
        }
        key.truncate(length);
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn digests_are_those_of_the_standards() {
        let of = |name: &str| hex(&Algorithm::named(name).unwrap().digest(b"abc"));
        assert_eq!(of("md5"), "900150983cd24fb0d6963f7d28e17f72", "RFC 1321");
        assert_eq!(of("SHA-1"), "a9993e364706816aba3e25717850c26c9cd0d89d", "FIPS 180");
        assert_eq!(of("SHA-256"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(Algorithm::named("whirlpool").is_none());
    }

    #[test]
    fn codes_and_derived_keys_are_those_of_the_standards() {
        // RFC 2202, test case 2.
        let key = Algorithm::named("HmacMD5").unwrap();
        assert_eq!(
            hex(&key.authenticate(b"Jefe", b"what do ya want for nothing?")),
            "750c783e6ab0b503eaa86e310a5db738"
        );
        // RFC 6070, the first two vectors.
        let derived = |rounds| hex(&Algorithm::Sha1.derive(b"password", b"salt", rounds, 20));
        assert_eq!(derived(1), "0c60c80f961f0e71f3a9b524af6012062fe037a6");
        assert_eq!(derived(2), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
    }
}
