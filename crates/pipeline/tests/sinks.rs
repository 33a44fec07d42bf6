//! Calls that connect to a network say to which hosts, or why none is known.
#![allow(missing_docs)]

use overt_base::Cancel;
use overt_base::progress::Silent;
use overt_pipeline::{ScanOptions, sinks};
use overt_record::sinks::SinkLine;
use overt_testkit::Fixture;

fn found() -> Vec<SinkLine> {
    found_in("sink-addresses")
}

fn found_in(fixture: &str) -> Vec<SinkLine> {
    let fixture = Fixture::load(fixture).expect("the fixture");
    let options = ScanOptions::default();
    let list = sinks(&fixture.apk, "app", &options, &Silent, &Cancel::default()).expect("a readable app");
    assert!(list.problems.is_empty(), "{:?}", list.problems);
    list.sinks
}

#[test]
fn each_call_is_told_with_its_hosts_or_a_reason() {
    let found = found();
    let rows: Vec<(&str, &str, String, String)> = found
        .iter()
        .map(|sink| {
            let givers: Vec<&str> = sink.unknown.iter().map(|unknown| unknown.giver.as_str()).collect();
            (sink.method.as_str(), sink.state.as_str(), sink.hosts.join(" "), givers.join(" "))
        })
        .collect();
    let wanted = [
        ("doInBackground", "known", "task.example.invalid", ""),
        ("bundled", "known", "bundled.example.invalid", ""),
        ("caller", "unknown", "", "given by a caller"),
        ("decoded", "known", "decoded.example.invalid", ""),
        ("field", "known", "field.example.invalid", ""),
        ("format", "known", "format.example.invalid", ""),
        ("helper", "known", "first.example.invalid second.example.invalid", ""),
        ("listed", "known", "one.example.invalid two.example.invalid", ""),
        ("page", "local", "", ""),
        ("server", "unknown", "", "given by a server"),
        ("setting", "partly", "default.example.invalid", "kept in a setting, database or file"),
    ];
    let wanted: Vec<(&str, &str, String, String)> = wanted
        .iter()
        .map(|(method, state, hosts, why)| (*method, *state, (*hosts).into(), (*why).into()))
        .collect();
    for row in &wanted {
        assert!(rows.contains(row), "{row:?} is not among {rows:#?}");
    }
    assert_eq!(rows.len(), wanted.len(), "{rows:#?}");
}

#[test]
fn addresses_keep_what_is_known_of_them() {
    let found = found();
    let of = |method: &str| found.iter().find(|sink| sink.method == method).expect("a call");
    assert_eq!(of("format").addresses, ["https://format.example.invalid/q?s=‹getSerial›"]);
    assert_eq!(
        of("helper").addresses,
        ["http://first.example.invalid/v1", "http://second.example.invalid/v1"]
    );
    assert_eq!(of("decoded").addresses, ["http://decoded.example.invalid/x"]);
}

#[test]
fn addresses_are_put_together_from_settings_builders_arrays_and_texts() {
    let found = found_in("sink-sources");
    let rows: Vec<(&str, &str, String)> = (found.iter())
        .map(|sink| (sink.method.as_str(), sink.state.as_str(), sink.hosts.join(" ")))
        .collect();
    let wanted = [
        ("doInBackground", "known", "task.example.invalid"),
        ("answer", "unknown", ""),
        ("asks", "known", "asks.example.invalid"),
        ("builder", "known", "builder.example.invalid"),
        ("config", "known", "config.example.invalid"),
        ("copied", "known", "copied.example.invalid"),
        ("cut", "known", "cut.example.invalid"),
        ("ending", "known", "ending.example.invalid"),
        ("lost", "unknown", ""),
        ("own", "known", "own.example.invalid"),
        // In the order in which they stand there.
        ("pieces", "known", "second.example.invalid first.example.invalid"),
        ("posts", "known", "posts.example.invalid"),
        ("stated", "known", "stated.example.invalid"),
        ("told", "known", "told.example.invalid"),
    ];
    for (method, state, hosts) in wanted {
        let row = (method, state, hosts.to_owned());
        assert!(rows.contains(&row), "{row:?} is not among {rows:#?}");
    }
    // What fetches the answer, besides.
    assert_eq!(rows.len(), wanted.len() + 1, "{rows:#?}");
    assert!(rows.contains(&("answer", "known", "ask.example.invalid".into())), "{rows:#?}");
}

#[test]
fn what_the_code_does_not_decide_is_told_with_where_it_comes_in() {
    let found = found_in("sink-sources");
    let of = |method: &str| {
        found.iter().find(|sink| sink.method == method && sink.state == "unknown").expect("a call")
    };
    let answer = of("answer");
    let [cause] = answer.unknown.as_slice() else { panic!("one cause: {:?}", answer.unknown) };
    assert_eq!((cause.giver.as_str(), cause.at.as_str()), ("given by a server", "next"));
    let source = cause.source.as_ref().expect("a place");
    assert_eq!(source.hosts, ["ask.example.invalid"]);
    assert!(source.api.contains("DefaultHttpClient;->execute"), "{}", source.api);
    // Where nothing comes in, nobody is said to have given it.
    let lost = of("lost");
    assert!(lost.unknown.iter().all(|cause| cause.giver == "not followed" && cause.source.is_none()));
}

#[test]
fn calls_say_with_what_they_ask() {
    let found = found_in("sink-sources");
    let of = |method: &str, host: &str| {
        let sink =
            found.iter().find(|sink| sink.method == method && sink.hosts.iter().any(|one| one == host));
        sink.expect("a call").requests.join(" ")
    };
    assert_eq!(of("posts", "posts.example.invalid"), "POST");
    assert_eq!(of("asks", "asks.example.invalid"), "GET");
    assert_eq!(of("answer", "ask.example.invalid"), "GET");
    assert_eq!(of("cut", "cut.example.invalid"), "GET");
}
