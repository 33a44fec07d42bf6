//! Decoders of different make, compiled for each instruction set, with a negative twin whose key comes from outside.

use overt_native::{Budget, Recovered};

const TEXT: &str = "http://ads.example.net/report?id=";

#[allow(dead_code, reason = "shared with other tests")]
mod support;

struct Fixture {
    name: String,
    kind: String,
    known: bool,
    file: Vec<u8>,
}

fn fixtures() -> Vec<Fixture> {
    support::files()
        .into_iter()
        .map(|(name, file)| {
            let kind = name.split(' ').next().unwrap_or_default().to_owned();
            let known = name.ends_with(" known");
            Fixture { name, kind, known, file }
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
        .map(|fixture| {
            format!("{}: {:?}", fixture.name, overt_native::analyse(&fixture.file, &Budget::default()))
        })
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
