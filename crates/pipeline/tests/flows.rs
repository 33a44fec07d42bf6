//! Every fixture app that speaks of flows is followed, and what is reported is held against its lines.
#![allow(missing_docs)]

mod support;

use overt_base::Cancel;
use overt_base::progress::Silent;
use overt_pipeline::{FlowQuestion, ScanOptions, flows};
use overt_testkit::{Fixture, ReportedFlow, check_flows};
use support::{line, table};

#[test]
fn fixtures_say_where_data_goes() {
    let mut wrong = String::new();
    for fixture in Fixture::all().expect("fixtures") {
        if fixture.settings.flows.is_empty() {
            continue;
        }
        let question = FlowQuestion { ends: None, implicit: fixture.settings.implicit, orders: false };
        let options = ScanOptions::default();
        let inputs = std::slice::from_ref(&fixture.apk);
        let found = flows(inputs, &question, &options, &Silent, &Cancel::default()).expect("a readable app");
        assert!(found.problems.is_empty(), "{}: {:?}", fixture.slug, found.problems);
        let table = table(&fixture);
        let reported: Vec<ReportedFlow> = (found.flows.iter())
            .map(|flow| ReportedFlow {
                kind: flow.source.kind.clone(),
                from: flow.source.method.clone(),
                class: flow.sink.class.clone(),
                line: {
                    let at = &flow.sink;
                    line(&table, &at.class, &at.method, &at.descriptor, at.offset)
                },
            })
            .collect();
        if let Err(mismatches) = check_flows(&fixture, &reported) {
            wrong.push_str(&mismatches.to_string());
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
