//! Packages signed in every way, and the same after somebody touched them.
#![allow(missing_docs)]

mod common;

use std::collections::BTreeMap;

use common::{archive, entries, open, with_cx};
use overt_apk::signing::{self, Platform, Scheme, Signatures, Signer, Verdict};
use overt_base::Problem;

const OLD: Platform = Platform(Some(23));
const NEW: Platform = Platform(None);

macro_rules! apk {
    ($name:literal) => {
        include_bytes!(concat!("data/", $name, ".apk")).to_vec()
    };
}

/// Digest and serial number of the certificates, by name.
fn certificates() -> BTreeMap<&'static str, (&'static str, &'static str)> {
    include_str!("data/certificates.txt")
        .lines()
        .filter_map(|line| {
            let mut parts = line.split(' ');
            Some((parts.next()?, (parts.next()?, parts.next()?)))
        })
        .collect()
}

fn verify(bytes: Vec<u8>, platform: Platform) -> (Signatures, Vec<Problem>) {
    let (apk, _) = open(bytes);
    with_cx(|cx| signing::verify(apk.archive(), platform, cx))
}

fn signers(bytes: Vec<u8>, platform: Platform) -> Vec<Signer> {
    let (signatures, problems) = verify(bytes, platform);
    assert_eq!(problems, []);
    signatures.signers
}

fn outcome(signers: &[Signer]) -> Vec<(Scheme, Verdict)> {
    signers.iter().map(|signer| (signer.scheme, signer.verdict)).collect()
}

#[test]
fn every_kind_of_signature_holds() {
    use Scheme::{V1, V2, V3};
    let certificates = certificates();
    for (bytes, expected) in [
        (apk!("v1-rsa-sha1"), vec![(V1, "rsa", "RSA 2048")]),
        (apk!("v1-rsa-sha256"), vec![(V1, "rsa", "RSA 2048")]),
        (apk!("v1-dsa"), vec![(V1, "dsa", "DSA 2048")]),
        (apk!("v1-p256"), vec![(V1, "p256", "EC P-256")]),
        (apk!("v1-jarsigner"), vec![(V1, "rsa", "RSA 2048")]),
        (apk!("v1-two-signers"), vec![(V1, "p256", "EC P-256"), (V1, "rsa", "RSA 2048")]),
        (apk!("v2-rsa"), vec![(V1, "rsa", "RSA 2048"), (V2, "rsa", "RSA 2048")]),
        (apk!("v2-rsa4096"), vec![(V2, "rsa4096", "RSA 4096")]),
        (apk!("v2-dsa"), vec![(V2, "dsa", "DSA 2048")]),
        (apk!("v2-p256"), vec![(V2, "p256", "EC P-256")]),
        (apk!("v2-p384"), vec![(V2, "p384", "EC P-384")]),
        (apk!("v2-p521"), vec![(V2, "p521", "EC P-521")]),
        (apk!("v2-verity"), vec![(V2, "rsa", "RSA 2048")]),
        (apk!("v3-rsa"), vec![(V1, "rsa", "RSA 2048"), (V2, "rsa", "RSA 2048"), (V3, "rsa", "RSA 2048")]),
        (apk!("v3-rotated"), vec![(V2, "rsa", "RSA 2048"), (V3, "rsa-new", "RSA 2048")]),
    ] {
        let mut found = signers(bytes, NEW);
        found.sort_by_key(|signer| (signer.scheme, signer.key.clone()));
        let got: Vec<(Scheme, String, &str)> = found
            .iter()
            .map(|signer| (signer.scheme, signer.certificate_sha256.to_string(), signer.key.as_str()))
            .collect();
        let wanted: Vec<(Scheme, String, &str)> = expected
            .iter()
            .map(|(scheme, name, key)| (*scheme, certificates[name].0.to_owned(), *key))
            .collect();
        assert_eq!(got, wanted);
        for (signer, (_, name, _)) in found.iter().zip(&expected) {
            assert_eq!(signer.verdict, Verdict::Valid, "{signer:?}");
            assert!(!signer.reason.is_empty());
            assert_eq!(signer.subject, format!("CN={name}, O=\"Overt, tests\", L=Nowhere, C=DE"));
            assert_eq!(signer.issuer, signer.subject);
            assert_eq!(signer.serial, certificates[name].1.trim_start_matches('0'));
            assert!(signer.not_before.ends_with('Z') && signer.not_before < signer.not_after);
            assert_eq!(signer.aosp_test_key(), None);
        }
    }
}

#[test]
fn an_unsigned_package_has_no_signer() {
    let (signatures, problems) = verify(apk!("unsigned"), NEW);
    assert_eq!((signatures.signers.len(), signatures.present.len(), problems.len()), (0, 0, 0));
    assert_eq!(signatures.checked_by(30), None);
}

#[test]
fn rotated_keys_come_with_their_lineage() {
    let certificates = certificates();
    let signers = signers(apk!("v3-rotated"), NEW);
    let rotated = signers.iter().find(|signer| signer.scheme == Scheme::V3).expect("v3");
    let lineage: Vec<String> = rotated.lineage.iter().map(ToString::to_string).collect();
    assert_eq!(lineage, ["rsa", "p256", "rsa-new"].map(|name| certificates[name].0));
    assert!(rotated.reason.contains("3 keys"), "{}", rotated.reason);
    let (least, most) = rotated.sdks.expect("platforms");
    assert!(least <= 28 && most >= 30);
}

#[test]
fn the_platform_goes_by_the_newest_scheme_it_knows() {
    let (signatures, _) = verify(apk!("v3-rsa"), NEW);
    for (sdk, scheme) in
        [(23, Scheme::V1), (24, Scheme::V2), (27, Scheme::V2), (28, Scheme::V3), (36, Scheme::V3)]
    {
        assert_eq!(signatures.checked_by(sdk), Some(scheme));
    }
    let (signatures, _) = verify(apk!("v2-p256"), NEW);
    assert_eq!(signatures.checked_by(23), None);
}

/// `bytes` with `from` replaced by `to` of the same length, everywhere.
fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut out = bytes.to_vec();
    let places: Vec<usize> = bytes
        .windows(from.len())
        .enumerate()
        .filter(|(_, window)| *window == from)
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty(), "nothing to replace");
    for at in places {
        out[at..at + to.len()].copy_from_slice(to);
    }
    out
}

#[test]
fn a_changed_byte_is_found_by_every_scheme() {
    // The content of a stored entry; the CRC is left as it was, as nobody checks that of stored entries.
    for name in [
        "v1-rsa-sha1",
        "v1-rsa-sha256",
        "v1-dsa",
        "v1-p256",
        "v1-jarsigner",
        "v2-rsa",
        "v2-verity",
        "v3-rsa",
        "v3-rotated",
    ] {
        let path = format!("{}/tests/data/{name}.apk", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(path).expect("a fixture");
        let (signatures, _) =
            verify(replace(&bytes, b"not really classes.dex\n", b"but really classes.dex\n"), NEW);
        assert!(!signatures.signers.is_empty(), "{name}");
        for signer in &signatures.signers {
            assert_eq!(signer.verdict, Verdict::Invalid, "{name}: {signer:?}");
            let why = if signer.scheme == Scheme::V1 { "classes.dex" } else { "content was changed" };
            assert!(signer.reason.contains(why), "{name}: {}", signer.reason);
        }
    }
}

/// Rewrites the archive without its signing block, entries changed by `change`.
fn rewritten(bytes: &[u8], change: impl Fn(&mut Vec<(String, Vec<u8>)>)) -> Vec<u8> {
    let mut list = entries(bytes);
    change(&mut list);
    archive(&list)
}

fn entry<'a>(list: &'a mut [(String, Vec<u8>)], name: &str) -> &'a mut Vec<u8> {
    &mut list.iter_mut().find(|(found, _)| found == name).unwrap_or_else(|| panic!("no {name}")).1
}

#[test]
fn rewriting_an_archive_keeps_its_v1_signature() {
    for bytes in [apk!("v1-rsa-sha1"), apk!("v1-dsa"), apk!("v1-jarsigner"), apk!("v1-two-signers")] {
        let before = outcome(&signers(bytes.clone(), NEW));
        assert_eq!(outcome(&signers(rewritten(&bytes, |_| ()), NEW)), before);
    }
}

#[test]
fn a_stripped_block_is_found_by_the_mark_in_the_signature_file() {
    let stripped = rewritten(&apk!("v2-rsa"), |_| ());
    let found = signers(stripped.clone(), NEW);
    assert_eq!(outcome(&found), [(Scheme::V1, Verdict::Invalid)]);
    assert!(found[0].reason.contains("stripped"), "{}", found[0].reason);
    // Android 6 knows nothing of it.
    let found = signers(stripped, OLD);
    assert_eq!(outcome(&found), [(Scheme::V1, Verdict::Valid)]);
    assert!(found[0].reason.contains("stripped"), "{}", found[0].reason);
}

#[test]
fn a_stripped_v3_value_is_found_by_the_mark_in_the_v2_signature() {
    // The id of the v3 value is made unknown; the block's own bytes are not part of the signed content.
    let bytes = replace(&apk!("v3-rsa"), &0xf053_68c0u32.to_le_bytes(), &0x1234_5678u32.to_le_bytes());
    let found = signers(bytes.clone(), NEW);
    assert_eq!(outcome(&found), [(Scheme::V1, Verdict::Invalid), (Scheme::V2, Verdict::Invalid)]);
    assert!(found.iter().all(|signer| signer.reason.contains("stripped")));
    let found = signers(bytes, Platform(Some(27)));
    assert_eq!(outcome(&found), [(Scheme::V1, Verdict::Valid), (Scheme::V2, Verdict::Valid)]);
}

#[test]
fn a_value_of_scheme_3_1_is_read_like_one_of_scheme_3() {
    let bytes = replace(&apk!("v3-rotated"), &0xf053_68c0u32.to_le_bytes(), &0x1b93_ad61u32.to_le_bytes());
    let (signatures, _) = verify(bytes, Platform(Some(23)));
    assert_eq!(outcome(&signatures.signers), [(Scheme::V2, Verdict::Valid), (Scheme::V31, Verdict::Valid)]);
    assert_eq!(signatures.checked_by(33), Some(Scheme::V31));
    assert_eq!(signatures.checked_by(32), Some(Scheme::V2));
}

#[test]
fn a_swapped_certificate_is_found() {
    // The block file of another package: by the same key, but over another signature file.
    let other = entries(&apk!("v1-rsa-sha1"));
    let other = other.into_iter().find(|(name, _)| name == "META-INF/RSA.RSA").expect("a block").1;
    let bytes = rewritten(&apk!("v1-rsa-sha256"), |list| *entry(list, "META-INF/RSA.RSA") = other.clone());
    let found = signers(bytes, NEW);
    assert_eq!(outcome(&found), [(Scheme::V1, Verdict::Invalid)]);
    assert!(found[0].reason.contains("not one over META-INF/RSA.SF"), "{}", found[0].reason);
    // One byte of the certificate's name in the v2 block: the signed data is no longer what was signed.
    let found = signers(replace(&apk!("v2-p256"), b"p256", b"p257"), NEW);
    assert_eq!(outcome(&found), [(Scheme::V2, Verdict::Invalid)]);
    assert!(found[0].subject.contains("CN=p257"));
    assert!(found[0].reason.contains("not one over the signed data"), "{}", found[0].reason);
}

#[test]
fn an_entry_added_later_is_not_signed() {
    let bytes =
        rewritten(&apk!("v1-rsa-sha256"), |list| list.push(("lib/arm64-v8a/libevil.so".into(), vec![1])));
    let found = signers(bytes, NEW);
    assert_eq!(outcome(&found), [(Scheme::V1, Verdict::Invalid)]);
    assert!(
        found[0].reason.contains("not listed in MANIFEST.MF: lib/arm64-v8a/libevil.so"),
        "{}",
        found[0].reason
    );
    // META-INF is signed by nothing.
    let bytes = rewritten(&apk!("v1-rsa-sha256"), |list| list.push(("META-INF/channel".into(), vec![1])));
    assert_eq!(outcome(&signers(bytes, NEW)), [(Scheme::V1, Verdict::Valid)]);
}

#[test]
fn an_entry_taken_out_is_missed_since_android_7() {
    let bytes = rewritten(&apk!("v1-rsa-sha256"), |list| list.retain(|(name, _)| name != "classes.dex"));
    let found = signers(bytes.clone(), NEW);
    assert_eq!(outcome(&found), [(Scheme::V1, Verdict::Invalid)]);
    assert!(found[0].reason.contains("not in the archive: classes.dex"), "{}", found[0].reason);
    let found = signers(bytes, OLD);
    assert_eq!(outcome(&found), [(Scheme::V1, Verdict::Valid)]);
    assert!(found[0].reason.contains("classes.dex"), "{}", found[0].reason);
}

#[test]
fn a_changed_manifest_or_signature_file_is_found() {
    let good = apk!("v1-rsa-sha256");
    // A digest in the manifest and the entry changed together: the manifest is not the signed one.
    let bytes = rewritten(&good, |list| {
        let manifest = entry(list, "META-INF/MANIFEST.MF");
        let text = String::from_utf8(manifest.clone()).expect("text");
        *manifest = text.replacen("SHA-256-Digest: ", "SHA-256-Digest: A", 1).into_bytes();
    });
    let found = signers(bytes, NEW);
    assert_eq!(outcome(&found), [(Scheme::V1, Verdict::Invalid)]);
    assert!(found[0].reason.contains("section of MANIFEST.MF"), "{}", found[0].reason);
    let bytes = rewritten(&good, |list| entry(list, "META-INF/RSA.SF").push(b'\n'));
    let found = signers(bytes, NEW);
    assert!(found[0].reason.contains("not one over META-INF/RSA.SF"), "{}", found[0].reason);
    let bytes = rewritten(&good, |list| list.retain(|(name, _)| name != "META-INF/RSA.SF"));
    let found = signers(bytes, NEW);
    assert!(found[0].reason.contains("there is no META-INF/RSA.SF"), "{}", found[0].reason);
}

#[test]
fn sections_stand_in_for_the_digest_of_the_whole_manifest() {
    // A second signer adds to the manifest's end, as jarsigner allows: the first one's sections still match.
    let bytes = rewritten(&apk!("v1-jarsigner"), |list| {
        entry(list, "META-INF/MANIFEST.MF").extend_from_slice(b"Name: META-INF/extra\r\nX: y\r\n\r\n");
    });
    let found = signers(bytes, OLD);
    assert_eq!(outcome(&found), [(Scheme::V1, Verdict::Valid)], "{found:?}");
}

#[test]
fn digests_that_android_does_not_look_at_prove_nothing() {
    let found = signers(apk!("v1-md5"), NEW);
    assert_eq!(outcome(&found), [(Scheme::V1, Verdict::Unverified)]);
    assert!(found[0].reason.contains("no digest that Android 4.3"), "{}", found[0].reason);
}

#[test]
fn nonsense_in_place_of_a_signature_is_a_problem() {
    let good = apk!("v1-rsa-sha256");
    for (name, bytes) in [
        ("META-INF/RSA.RSA", &b""[..]),
        ("META-INF/RSA.RSA", &[0x30, 0x80, 0x06]),
        ("META-INF/RSA.RSA", b"hello"),
    ] {
        let bytes = rewritten(&good, |list| *entry(list, name) = bytes.to_vec());
        let (signatures, problems) = verify(bytes, NEW);
        assert!(signatures.signers.is_empty());
        assert_eq!(signatures.present, [Scheme::V1]);
        assert_eq!(
            problems.iter().map(|problem| problem.code).collect::<Vec<_>>(),
            ["signature/v1-unreadable"]
        );
    }
    let bytes = rewritten(&good, |list| list.retain(|(name, _)| name != "META-INF/MANIFEST.MF"));
    let (signatures, problems) = verify(bytes, NEW);
    assert!(signatures.signers.is_empty() && !problems.is_empty());
}

#[test]
fn a_damaged_signing_block_is_a_problem() {
    let good = apk!("v2-p256");
    let magic = good.windows(16).position(|window| window == b"APK Sig Block 42").expect("a block");
    for at in magic - 8..magic {
        let mut bytes = good.clone();
        bytes[at] ^= 0xff;
        let (signatures, problems) = verify(bytes, NEW);
        assert!(signatures.signers.is_empty());
        assert_eq!(problems[0].code, "signature/block-damaged");
    }
}
