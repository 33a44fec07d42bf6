//! Decoders of different make, compiled for each instruction set, with a negative twin whose key comes from outside.

use overt_native::{Budget, Recovered};

const TEXT: &str = "http://ads.example.net/report?id=";

/// An executable with one segment at 0x1000 that holds `blob`, and a page of zeroes behind it.
fn elf(wide: bool, entry: u64, blob: &[u8]) -> Vec<u8> {
    let word = |out: &mut Vec<u8>, value: u64| {
        out.extend_from_slice(&value.to_le_bytes()[..if wide { 8 } else { 4 }]);
    };
    let header = if wide { 64 } else { 52 };
    let segment = if wide { 56 } else { 32 };
    let mut out = vec![0x7f, b'E', b'L', b'F', 1 + u8::from(wide), 1, 1];
    out.resize(16, 0);
    out.extend_from_slice(&2_u16.to_le_bytes());
    out.extend_from_slice(&if wide { 183_u16 } else { 40 }.to_le_bytes());
    out.extend_from_slice(&1_u32.to_le_bytes());
    for value in [entry, header, 0] {
        word(&mut out, value);
    }
    out.extend_from_slice(&0_u32.to_le_bytes());
    for half in [header as u16, segment as u16, 1, 0, 0, 0] {
        out.extend_from_slice(&half.to_le_bytes());
    }
    out.extend_from_slice(&1_u32.to_le_bytes());
    if wide {
        out.extend_from_slice(&7_u32.to_le_bytes());
    }
    let size = blob.len() as u64;
    for value in [header + segment, 0x1000, 0x1000, size, size + 0x1000] {
        word(&mut out, value);
    }
    if !wide {
        out.extend_from_slice(&7_u32.to_le_bytes());
    }
    word(&mut out, 0x1000);
    assert_eq!(out.len() as u64, header + segment);
    out.extend_from_slice(blob);
    out
}

struct Fixture {
    name: String,
    kind: String,
    known: bool,
    file: Vec<u8>,
}

fn fixtures() -> Vec<Fixture> {
    include_str!("decoders/decoders.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let parts: Vec<&str> = line.split(' ').collect();
            let [kind, set, level, known, entry, hex] = parts[..] else { panic!("{line}") };
            let blob: Vec<u8> = (0..hex.len() / 2)
                .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
                .collect();
            let entry = u64::from_str_radix(entry, 16).unwrap();
            Fixture {
                name: format!("{kind} {set} {level} {known}"),
                kind: kind.to_owned(),
                known: known == "known",
                file: elf(set == "arm64", entry, &blob),
            }
        })
        .collect()
}

fn found(fixture: &Fixture) -> Option<Recovered> {
    overt_native::strings(&fixture.file).into_iter().find(|text| text.value == TEXT)
}

#[test]
fn every_decoder_with_a_known_key_gives_its_text() {
    let wrong: Vec<String> = fixtures()
        .iter()
        .filter(|fixture| fixture.known && found(fixture).is_none())
        .map(|fixture| format!("{}: {:?}", fixture.name, overt_native::analyse(&fixture.file, &Budget::default())))
        .collect();
    assert!(wrong.is_empty(), "{} missed:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn nothing_is_told_where_the_key_comes_from_outside() {
    for fixture in fixtures().iter().filter(|fixture| !fixture.known) {
        let texts = overt_native::strings(&fixture.file);
        assert!(texts.is_empty(), "{}: {texts:?}", fixture.name);
    }
}

#[test]
fn the_formula_is_named() {
    for fixture in fixtures().iter().filter(|fixture| fixture.known) {
        let text = found(fixture).unwrap();
        let (algorithm, key) = match fixture.kind.as_str() {
            "xor" | "words" => ("xor", Some("0x5a")),
            "xor-index" => {
                assert!(text.algorithm.contains("xor"), "{}: {text:?}", fixture.name);
                continue;
            }
            "subtract" => ("subtract", Some("0x5a")),
            "lookup" => {
                assert!(text.algorithm.starts_with("lookup"), "{}: {text:?}", fixture.name);
                continue;
            }
            _ => {
                assert!(text.algorithm.contains("xor"), "{}: {text:?}", fixture.name);
                continue;
            }
        };
        assert_eq!((text.algorithm.as_str(), text.key.as_deref()), (algorithm, key), "{}", fixture.name);
        assert!(text.source.is_some());
    }
}
