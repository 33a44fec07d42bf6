//! Keys that anybody can sign with: the test keys published with the Android sources
//! (`build/make/target/product/security/*.x509.pem`; the private halves lie beside them).

/// Name and SHA-256 of the certificate of every key, from `keys/aosp-test.txt` beside the crate.
const AOSP_TEST: &str = include_str!("../../keys/aosp-test.txt");

/// The name of the published test key with this certificate digest (64 lower-case hexadecimal digits).
#[must_use]
pub fn aosp_test_key(sha256: &str) -> Option<&'static str> {
    aosp_test_keys().find(|(_, digest)| *digest == sha256).map(|(name, _)| name)
}

/// All published test keys: name and certificate digest.
pub fn aosp_test_keys() -> impl Iterator<Item = (&'static str, &'static str)> {
    AOSP_TEST
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .map(|(name, digest)| (name, digest.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_well_formed() {
        assert!(aosp_test_keys().count() >= 8);
        for (name, digest) in aosp_test_keys() {
            assert!(
                digest.len() == 64
                    && digest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)),
                "{name}"
            );
        }
        assert_eq!(
            aosp_test_key("a40da80a59d170caa950cf15c18c454d47a39b26989d8b640ecd745ba71bf5dc"),
            Some("testkey")
        );
        assert_eq!(aosp_test_key(&"0".repeat(64)), None);
    }
}
