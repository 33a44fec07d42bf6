//! The label: its sentences, and that they never say more than what they rest on.

use overt_record::record::Depth;
use overt_record::{Record, Rung};
use overt_report::{Style, Subject, Whole, output};
use overt_testkit::record::{clean, record, sample, telling};
use proptest::prelude::*;

fn drawn(name: &str, record: &Record) -> String {
    let digest = record.digest().expect("a digest");
    let subject = Subject::Whole(Whole { record, digest: &digest });
    let mut out = Vec::new();
    (output(name).expect("an output").render)(&subject, &Style::PLAIN, &mut out).expect("a vector");
    String::from_utf8(out).expect("text")
}

/// On one line, so that a sentence is found wherever it wraps.
fn label(record: &Record) -> String {
    drawn("label", record).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_question_answered() {
    insta::assert_snapshot!(drawn("label", &telling()));
}

#[test]
fn of_a_clean_build() {
    insta::assert_snapshot!(drawn("label", &clean()));
}

#[test]
fn as_markdown() {
    insta::assert_snapshot!(drawn("markdown", &telling()));
}

#[test]
fn sentences_say_what_to_whom_how_often() {
    let text = label(&telling());
    for sentence in [
        "“System Sync” (com.example.sync) sends to up.sync.invalid: calendar. Not encrypted. \
         Without the owner doing anything: every 6 hours.",
        "(com.example.sync) runs shell commands that come from a server. The other side: tasks.sync.invalid.",
        "any app can delete files through it.",
        "Reached from any app: the manifest asks for no permission.",
        "(com.example.sync) installs apps that a server names. Condition: only after the server has switched it on",
        "picks messages by words that a server sends. The other side: words.sync.invalid",
        "gets through another app what its own permissions deny",
        "was seen sending to stats.gallery.invalid: IMEI",
        "Incomplete: 1 package not wholly read",
    ] {
        assert!(text.contains(sentence), "{sentence}\n{text}");
    }
    // The same, found in two copies of the app, is said once.
    assert_eq!(text.matches("runs shell commands that come from a server").count(), 1);
}

#[test]
fn capabilities_are_counted_and_not_told_as_deeds() {
    let mut record = telling();
    for finding in &mut record.findings {
        finding.rung = Rung::Capability;
        finding.title = format!("Can {}", finding.behaviour);
    }
    let text = label(&record);
    for word in ["sends to", "was seen", "The other side"] {
        assert!(!text.replace("“was seen sending”", "").contains(word), "{word}: {text}");
    }
    assert!(text.contains("No way of personal data to the network was proven in what was looked at."));
    assert!(text.contains("Can privacy/calendar: 1 app"));
}

#[test]
fn what_was_not_looked_for_is_not_absent() {
    let mut record = clean();
    assert!(label(&record).contains("was proven in what was looked at"));
    record.depth = Depth::Capability;
    let text = label(&record);
    assert!(!text.contains("was proven"), "{text}");
    assert!(text.contains("This was not looked for"), "{text}");
}

#[test]
fn incomplete_is_said_before_anything_else() {
    for name in ["label", "markdown", "html"] {
        let text = drawn(name, &sample());
        let holes = text.find("Incomplete").unwrap_or_else(|| panic!("{name} does not say it"));
        let leaves = text.find("What leaves").or(text.find("WHAT LEAVES")).expect("the first question");
        assert!(holes < leaves, "{name}");
    }
}

#[test]
fn the_same_record_gives_the_same_bytes() {
    for name in ["label", "markdown", "html"] {
        assert_eq!(drawn(name, &telling()), drawn(name, &telling()), "{name}");
    }
}

/// Whether every line of the Markdown begins as we begin lines, and no raw markup stands outside of code.
fn assert_inert(markdown: &str) {
    for line in markdown.lines() {
        let mut rest = line;
        let mut outside = String::new();
        while let Some(at) = rest.find('`') {
            outside.push_str(&rest[..at]);
            let fence = rest[at..].chars().take_while(|c| *c == '`').count();
            let body = &rest[at + fence..];
            let mut from = 0;
            let end = loop {
                let Some(found) = body[from..].find('`') else { break None };
                let run = body[from + found..].chars().take_while(|c| *c == '`').count();
                if run == fence {
                    break Some(from + found + run);
                }
                from += found + run;
            };
            // An escaped backtick is a sign like others.
            match end {
                Some(end) if !outside.ends_with('\\') => rest = &body[end..],
                _ => rest = body,
            }
        }
        outside.push_str(rest);
        // An escaped bracket closes nothing.
        let outside = outside.replace("\\\\", "").replace("\\]", "");
        for sign in ["<", "](", "![", "http://", "https://", "www."] {
            assert!(!outside.contains(sign), "{sign} in {line}");
        }
    }
}

#[test]
fn nothing_in_markdown_becomes_markup() {
    let hostile = "`` ` </p><script>x</script> ![a](http://b.invalid) | www.c.invalid \n# d \u{202e}";
    let text = serde_json::to_string(&telling()).expect("JSON");
    let hostile = serde_json::to_string(hostile).expect("JSON");
    let hostile = hostile.trim_matches('"');
    let changed = text
        .replace("System Sync", hostile)
        .replace("collect.sync.invalid", hostile)
        .replace("Lcom/example/sync/Net;", hostile)
        .replace("Sends the calendar to a server", hostile)
        .replace("/system/priv-app/Sync/Sync.apk", hostile);
    let record: Record = serde_json::from_str(&changed).expect("a record");
    assert_inert(&drawn("markdown", &record));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_record_breaks_them(record in record()) {
        for name in ["label", "markdown"] {
            let text = drawn(name, &record);
            prop_assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{name}");
        }
        assert_inert(&drawn("markdown", &record));
    }
}
