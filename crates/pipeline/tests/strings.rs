//! Every fixture app that speaks of strings is run, and what comes out is held against its lines.
#![allow(missing_docs)]

use overt_apk::apk::Apk;
use overt_base::progress::Silent;
use overt_base::{Cancel, Cx, Limits, Locus, Problems, View};
use overt_dex::DexFile;
use overt_pipeline::{ScanOptions, strings};
use overt_program::ClassTable;
use overt_record::strings::StringLine;
use overt_testkit::{Fixture, ReportedString, check_strings};

fn table(fixture: &Fixture) -> ClassTable {
    let limits = Limits::default();
    let problems = Problems::new(limits.problems_per_code);
    let cancel = Cancel::default();
    let cx = Cx { limits: &limits, problems: &problems, progress: &Silent, cancel: &cancel };
    let apk = Apk::open(View::from_vec(fixture.bytes().expect("built fixture")), &Locus::input(), &cx)
        .expect("an APK");
    let dexes = (apk.dex_entries().into_iter())
        .map(|entry| DexFile::parse(apk.archive().read(entry, &cx).expect("an entry")).expect("a DEX"))
        .collect();
    ClassTable::link(None, dexes)
}

fn line(table: &ClassTable, one: &StringLine) -> Option<u32> {
    let names = table.names();
    let class = table.find(&one.class)?;
    let method = table.defined(class, names.get(&one.method)?, names.get(&one.descriptor)?)?;
    let definition = table.method(method);
    let dex = &table.dexes()[usize::from(definition.dex)].dex;
    let lines = dex.code(definition.code_off).ok()?.line_numbers();
    lines.iter().filter(|line| line.offset <= one.offset).max_by_key(|line| line.offset).map(|line| line.line)
}

#[test]
fn fixtures_say_what_comes_out() {
    let mut wrong = String::new();
    for fixture in Fixture::all().expect("fixtures").into_iter().filter(|fixture| fixture.settings.strings) {
        let options = ScanOptions::default();
        let found = strings(&fixture.apk, &fixture.slug, true, &options, &Silent, &Cancel::default())
            .expect("a readable app");
        assert!(found.problems.is_empty(), "{}: {:?}", fixture.slug, found.problems);
        let table = table(&fixture);
        let reported: Vec<ReportedString> = (found.strings.iter())
            .map(|one| ReportedString {
                value: one.value.clone(),
                kind: one.how.kind.clone(),
                class: one.class.clone(),
                line: line(&table, one),
            })
            .collect();
        if let Err(mismatches) = check_strings(&fixture, &reported) {
            wrong.push_str(&mismatches.to_string());
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn ciphers_are_told_with_their_keys() {
    let fixture = Fixture::load("strings-ciphers").expect("the fixture");
    let options = ScanOptions::default();
    let found = strings(&fixture.apk, "app", true, &options, &Silent, &Cancel::default()).expect("an app");
    let one = found
        .strings
        .iter()
        .find(|one| one.how.mode.as_deref() == Some("CBC") && one.how.algorithm.as_deref() == Some("DES"));
    let how = &one.expect("DES in CBC mode").how;
    assert!(how.decoder.is_some() && how.iv.is_some());
    assert_eq!(how.key.as_deref(), Some("8bytekey"));
}
