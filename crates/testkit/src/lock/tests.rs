//! The lock itself, and the committed files against it.

use super::*;
use crate::fixture::{Fixture, folder, slugs};

fn digests(pairs: &[(&str, &str)]) -> BTreeMap<String, Digest> {
    pairs.iter().map(|(name, bytes)| ((*name).to_owned(), Digest::of(bytes.as_bytes()))).collect()
}

#[test]
fn a_lock_reads_what_it_writes() {
    let mut lock = Lock { tools: vec!["smali 2.5.2".to_owned()], ..Lock::default() };
    lock.built.insert("a".to_owned(), ("1".to_owned(), "2".to_owned()));
    assert_eq!(Lock::parse(&lock.to_string()), lock);
}

#[test]
fn whatever_does_not_belong_together_is_said() {
    let (inputs, outputs) = (digests(&[("a", "in")]), digests(&[("a", "out")]));
    let mut lock = Lock::default();
    assert_eq!(stale(&lock, &inputs, &outputs), ["a was never built"]);
    lock.built.insert("a".to_owned(), (inputs["a"].to_string(), outputs["a"].to_string()));
    assert_eq!(stale(&lock, &inputs, &outputs), Vec::<String>::new());
    assert_eq!(stale(&lock, &digests(&[("a", "other")]), &outputs), ["a changed since it was built"]);
    assert_eq!(stale(&lock, &inputs, &digests(&[("a", "x")])), ["the built form of a is not what was built"]);
    assert_eq!(stale(&lock, &inputs, &BTreeMap::new()), ["the built form of a is missing"]);
    assert_eq!(stale(&lock, &BTreeMap::new(), &outputs), ["a has no sources"]);
}

#[test]
fn annotations_are_no_input() {
    assert_eq!(without_annotations(b"nop   #~ can a/b\n"), b"nop\n");
    assert_eq!(without_annotations(b"nop # why\n"), b"nop # why\n");
}

#[test]
fn built_fixtures_belong_to_their_sources() {
    let folder = folder();
    let lock = std::fs::read_to_string(folder.join("built.lock")).unwrap_or_default();
    let mut sources = BTreeMap::new();
    for fixture in Fixture::all().expect("well formed") {
        let keys = fixture.settings.key_files(&folder.join("keys"));
        let keys: Vec<&Path> = keys.iter().map(AsRef::as_ref).collect();
        let digest = inputs(&folder.join("apps").join(&fixture.slug), &keys).expect("readable");
        sources.insert(fixture.slug, digest);
    }
    let mut built = BTreeMap::new();
    for path in files(&folder, "built").unwrap_or_default() {
        let name = path.trim_start_matches("built/").trim_end_matches(".apk").to_owned();
        built.insert(name, Digest::of(&std::fs::read(folder.join(&path)).expect("readable")));
    }
    let wrong = stale(&Lock::parse(&lock), &sources, &built);
    assert!(wrong.is_empty(), "{}\nrun `cargo xtask fixtures`", wrong.join("\n"));
    assert!(!slugs(&folder.join("apps")).expect("readable").is_empty());
}
