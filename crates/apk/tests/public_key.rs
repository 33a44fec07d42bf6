//! Signatures that openssl made: good ones hold, and no others.
#![allow(missing_docs)]

use overt_apk::signing::hash::Hash;
use overt_apk::signing::public_key::{Padding, PublicKey, Refusal};

struct Sample {
    name: String,
    padding: Padding,
    hash: Hash,
    key: Vec<u8>,
    signature: Vec<u8>,
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal"))
        .collect()
}

fn samples() -> Vec<Sample> {
    include_str!("data/signatures.txt")
        .lines()
        .map(|line| {
            let [padding, hash, key, signature] = line.split(' ').collect::<Vec<_>>()[..] else {
                panic!("four words: {line}")
            };
            Sample {
                name: format!("{padding} {hash}"),
                padding: match padding {
                    "pkcs1" => Padding::RsaPkcs1,
                    "pss" => Padding::RsaPss,
                    "dsa" => Padding::Dsa,
                    _ => Padding::Ecdsa,
                },
                hash: match hash {
                    "md5" => Hash::Md5,
                    "sha1" => Hash::Sha1,
                    "sha224" => Hash::Sha224,
                    "sha256" => Hash::Sha256,
                    "sha384" => Hash::Sha384,
                    _ => Hash::Sha512,
                },
                key: bytes(key),
                signature: bytes(signature),
            }
        })
        .collect()
}

#[test]
fn good_signatures_hold() {
    assert!(samples().len() >= 26);
    for sample in samples() {
        let key = PublicKey::parse(&sample.key).expect("a key");
        assert_eq!(
            key.verify(sample.padding, sample.hash, &[b"ov", b"ert"], &sample.signature),
            Ok(()),
            "{} {}",
            sample.name,
            key.describe()
        );
    }
}

#[test]
fn anything_else_does_not() {
    for sample in samples() {
        let key = PublicKey::parse(&sample.key).expect("a key");
        let check =
            |hash, message: &[u8], signature: &[u8]| key.verify(sample.padding, hash, &[message], signature);
        let refused = Err(Refusal::Mismatch);
        assert_eq!(check(sample.hash, b"Overt", &sample.signature), refused, "{}", sample.name);
        let other = if sample.hash == Hash::Sha256 { Hash::Sha512 } else { Hash::Sha256 };
        assert_eq!(check(other, b"overt", &sample.signature), refused, "{}", sample.name);
        for at in (0..sample.signature.len()).step_by(11) {
            let mut signature = sample.signature.clone();
            signature[at] ^= 0x10;
            assert_eq!(check(sample.hash, b"overt", &signature), refused, "{} {at}", sample.name);
            assert_eq!(
                check(sample.hash, b"overt", &sample.signature[..at]),
                refused,
                "{} {at}",
                sample.name
            );
        }
        for signature in
            [&[][..], &[0; 256], &[0xff; 600], &[0x30, 6, 2, 1, 0, 2, 1, 0], &[0x30, 6, 2, 1, 1, 2, 1, 1]]
        {
            assert_eq!(check(sample.hash, b"overt", signature), refused, "{}", sample.name);
        }
    }
}

#[test]
fn a_signature_of_another_kind_is_not_checked() {
    for sample in samples() {
        let key = PublicKey::parse(&sample.key).expect("a key");
        let other = if sample.padding == Padding::Ecdsa { Padding::Dsa } else { Padding::Ecdsa };
        let outcome = key.verify(other, sample.hash, &[b"overt"], &sample.signature);
        assert!(matches!(outcome, Err(Refusal::Unsupported(_))), "{}", sample.name);
    }
}

#[test]
fn absurd_keys_are_refused_at_once() {
    let number = |size: usize| vec![0xff; size];
    for key in [
        PublicKey::Rsa { modulus: vec![], exponent: vec![3] },
        PublicKey::Rsa { modulus: number(1 << 20), exponent: vec![3] },
        PublicKey::Rsa { modulus: number(256), exponent: number(256) },
    ] {
        let outcome = key.verify(Padding::RsaPkcs1, Hash::Sha256, &[b"overt"], &[1; 256]);
        assert!(matches!(outcome, Err(Refusal::Unsupported(_))), "{outcome:?}");
    }
    // An even modulus has no Montgomery form; an exponent of nothing gives 1.
    let even = PublicKey::Rsa { modulus: [number(255), vec![0xfe]].concat(), exponent: vec![3] };
    assert_eq!(even.verify(Padding::RsaPkcs1, Hash::Sha256, &[b"overt"], &[1; 256]), Err(Refusal::Mismatch));
    let nothing = PublicKey::Rsa { modulus: number(256), exponent: vec![] };
    assert_eq!(
        nothing.verify(Padding::RsaPkcs1, Hash::Sha256, &[b"overt"], &[1; 256]),
        Err(Refusal::Mismatch)
    );
    let signature = [0x30, 6, 2, 1, 1, 2, 1, 1];
    for (p, q, g, y) in [
        (number(1 << 16), number(20), vec![2], vec![2]),
        (number(128), number(100), vec![2], vec![2]),
        (number(128), vec![], vec![2], vec![2]),
        (number(128), [number(19), vec![0xfe]].concat(), vec![2], vec![2]),
        (number(16), number(20), vec![2], vec![2]),
    ] {
        let outcome = PublicKey::Dsa { p, q, g, y }.verify(Padding::Dsa, Hash::Sha1, &[b"overt"], &signature);
        assert!(matches!(outcome, Err(Refusal::Unsupported(_))), "{outcome:?}");
    }
}

#[test]
fn every_altered_key_is_survived() {
    for sample in samples() {
        for at in 0..sample.key.len().min(120) {
            let mut key = sample.key.clone();
            key[at] ^= 0xff;
            if let Ok(key) = PublicKey::parse(&key) {
                let _ = key.verify(sample.padding, sample.hash, &[b"overt"], &sample.signature);
            }
            let _ = PublicKey::parse(&sample.key[..at]);
        }
    }
}
