//! Reference vectors.

use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn check(name: &str, key: &str, iv: &str, plain: &str, sealed: &str) {
    let (key, iv, plain, sealed) = (hex(key), hex(iv), hex(plain), hex(sealed));
    let mut state = CipherState::named(name).unwrap();
    state.start(true, &key, Some(&iv), 128);
    assert_eq!(state.finish(&plain), Ok(sealed.clone()), "{name} encrypts");
    state.start(false, &key, Some(&iv), 128);
    assert_eq!(state.finish(&sealed), Ok(plain), "{name} decrypts");
}

#[test]
fn vectors_of_the_standards() {
    // FIPS 81, table B1: "Now is the time for all ".
    let text = "4e6f77206973207468652074696d6520666f7220616c6c20";
    check(
        "DES/ECB/NoPadding",
        "0123456789abcdef",
        "",
        text,
        "3fa40e8a984d48156a271787ab8883f9893d51ec4b563b53",
    );
    // FIPS 81, table C1.
    check(
        "DES/CBC/NoPadding",
        "0123456789abcdef",
        "1234567890abcdef",
        text,
        "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6",
    );
    // SP 800-38A: F.1.1, F.2.1, F.3.13, F.4.1, F.5.1.
    let key = "2b7e151628aed2a6abf7158809cf4f3c";
    let iv = "000102030405060708090a0b0c0d0e0f";
    let text = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";
    check(
        "AES/ECB/NoPadding",
        key,
        "",
        text,
        "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf",
    );
    check(
        "AES/CBC/NoPadding",
        key,
        iv,
        text,
        "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2",
    );
    check(
        "AES/CFB/NoPadding",
        key,
        iv,
        text,
        "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b",
    );
    check(
        "AES/OFB/NoPadding",
        key,
        iv,
        text,
        "3b3fd92eb72dad20333449f8e83cfb4a7789508d16918f03f53c52dac54ed825",
    );
    check(
        "AES/CTR/NoPadding",
        key,
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
        text,
        "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff",
    );
    // The GCM submission, test case 3 without its last bytes' special length: case 2.
    check(
        "AES/GCM/NoPadding",
        "00000000000000000000000000000000",
        "000000000000000000000000",
        "00000000000000000000000000000000",
        "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf",
    );
    // RFC 6229 and the well-known first vector: "Key", "Plaintext".
    check("RC4", "4b6579", "", "506c61696e74657874", "bbf316e8d940af0ad3");
}

#[test]
fn three_keys_of_which_two_are_equal_are_one() {
    let key = hex("0123456789abcdef0123456789abcdef0123456789abcdef");
    let mut state = CipherState::named("DESede/ECB/NoPadding").unwrap();
    state.start(true, &key, None, 0);
    assert_eq!(state.finish(&hex("4e6f772069732074")), Ok(hex("3fa40e8a984d4815")));
}

#[test]
fn padding_goes_and_comes() {
    for name in [
        "DES",
        "DESede/CBC/PKCS5Padding",
        "AES/CBC/PKCS7Padding",
        "Blowfish/ECB/PKCS5Padding",
        "AES/CFB8/NoPadding",
    ] {
        for length in 0..40usize {
            let mut state = CipherState::named(name).unwrap();
            let key: Vec<u8> =
                (1..=if name.starts_with("DESede") { 24 } else { state.block() as u8 }).collect();
            let iv = vec![7; state.block()];
            let plain: Vec<u8> = (0..length as u8).map(|byte| byte.wrapping_mul(7)).collect();
            state.start(true, &key, Some(&iv), 0);
            let sealed = state.finish(&plain).unwrap();
            state.start(false, &key, Some(&iv), 0);
            assert_eq!(state.finish(&sealed).as_deref(), Ok(&plain[..]), "{name} {length}");
        }
    }
}

#[test]
fn damage_is_an_exception_and_nothing_worse() {
    let mut state = CipherState::named("AES/CBC/PKCS5Padding").unwrap();
    state.start(false, &[1; 16], Some(&[2; 16]), 0);
    assert_eq!(state.finish(&[0; 15]), Err(Fault::BlockSize));
    assert_eq!(state.finish(&[0; 32]), Err(Fault::Padding));
    state.start(false, &[1; 5], Some(&[2; 16]), 0);
    assert_eq!(state.finish(&[0; 16]), Err(Fault::Key));
    state.start(false, &[1; 16], Some(&[2; 4]), 0);
    assert_eq!(state.finish(&[0; 16]), Err(Fault::Parameter));
    assert!(CipherState::named("Serpent/XTS/Odd").is_none());
}
