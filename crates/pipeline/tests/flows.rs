//! Every fixture app that speaks of flows is followed, and what is reported is held against its lines.
#![allow(missing_docs)]

use overt_apk::apk::Apk;
use overt_base::progress::Silent;
use overt_base::{Cancel, Cx, Limits, Locus, Problems, View};
use overt_dex::DexFile;
use overt_pipeline::{FlowQuestion, ScanOptions, flows};
use overt_program::ClassTable;
use overt_record::flow::FlowPlace;
use overt_testkit::{Fixture, ReportedFlow, check_flows};

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

fn line(table: &ClassTable, place: &FlowPlace) -> Option<u32> {
    let names = table.names();
    let class = table.find(&place.class)?;
    let method = table.defined(class, names.get(&place.method)?, names.get(&place.descriptor)?)?;
    let definition = table.method(method);
    let dex = &table.dexes()[usize::from(definition.dex)].dex;
    let lines = dex.code(definition.code_off).ok()?.line_numbers();
    lines
        .iter()
        .filter(|line| line.offset <= place.offset)
        .max_by_key(|line| line.offset)
        .map(|line| line.line)
}

#[test]
fn fixtures_say_where_data_goes() {
    let mut wrong = String::new();
    for fixture in Fixture::all().expect("fixtures") {
        if fixture.settings.flows.is_empty() {
            continue;
        }
        let question = FlowQuestion { ends: None, implicit: fixture.settings.implicit };
        let options = ScanOptions::default();
        let found = flows(&fixture.apk, &fixture.slug, &question, &options, &Silent, &Cancel::default())
            .expect("a readable app");
        assert!(found.problems.is_empty(), "{}: {:?}", fixture.slug, found.problems);
        let table = table(&fixture);
        let reported: Vec<ReportedFlow> = (found.flows.iter())
            .map(|flow| ReportedFlow {
                kind: flow.source.kind.clone(),
                from: flow.source.method.clone(),
                class: flow.sink.class.clone(),
                line: line(&table, &flow.sink),
            })
            .collect();
        if let Err(mismatches) = check_flows(&fixture, &reported) {
            wrong.push_str(&mismatches.to_string());
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
