//! The page: well formed, self-contained, of bounded size, and nothing in it that is not ours but text.

use std::collections::{BTreeMap, BTreeSet};

use overt_record::Record;
use overt_report::{Style, Subject, Whole, html, output};
use overt_testkit::record::{clean, record, sample, sized, telling};
use proptest::prelude::*;
use roxmltree::{Document, ParsingOptions};
use serde_json::Value;

/// Elements that the page may have.
const ELEMENTS: &str = "html head meta title style body header main section footer nav article details summary h1 h2 h3 h4 h5 p \
                        ul ol li dl dt dd div span a b code table caption thead tbody tr th td br";
/// Attributes that they may have.
const ATTRIBUTES: &str = "lang charset http-equiv content name class id href aria-label aria-labelledby aria-hidden scope tabindex role open";

fn page(record: &Record) -> String {
    let digest = record.digest().expect("a digest");
    let subject = Subject::Whole(Whole { record, digest: &digest });
    let mut out = Vec::new();
    (output("html").expect("an output").render)(&subject, &Style::PLAIN, &mut out).expect("a vector");
    String::from_utf8(out).expect("text")
}

/// Holds what must hold of every page; gives its elements in order.
fn checked(page: &str) -> Vec<String> {
    assert!(page.len() <= html::MOST, "{} bytes", page.len());
    assert!(page.starts_with("<!DOCTYPE html>\n"));
    let acting = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!page.contains(acting), "a character that acts");
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let document = Document::parse_with_options(page, options).expect("well formed");
    let (elements, attributes): (BTreeSet<&str>, BTreeSet<&str>) =
        (ELEMENTS.split_whitespace().collect(), ATTRIBUTES.split_whitespace().collect());
    let (mut ids, mut links) = (BTreeSet::new(), BTreeSet::new());
    let mut level = 0;
    let mut order = Vec::new();
    for node in document.descendants().filter(|node| node.is_element()) {
        let name = node.tag_name().name();
        assert!(elements.contains(name), "element {name}");
        order.push(name.to_owned());
        for attribute in node.attributes() {
            assert!(attributes.contains(attribute.name()), "attribute {}", attribute.name());
        }
        if let Some(id) = node.attribute("id") {
            assert!(ids.insert(id), "id {id} twice");
        }
        if let Some(href) = node.attribute("href") {
            links.insert(href.strip_prefix('#').unwrap_or_else(|| panic!("{href} leads out of the page")));
        }
        if let Some(label) = node.attribute("aria-labelledby") {
            links.insert(label);
        }
        if let Some(depth) = name.strip_prefix('h').and_then(|digit| digit.parse::<u32>().ok()) {
            assert!(depth <= level + 1, "h{depth} after h{level}");
            level = depth;
        }
    }
    let lost: Vec<_> = links.difference(&ids).collect();
    assert!(lost.is_empty(), "links to nowhere: {lost:?}");
    order
}

#[test]
fn every_question_answered() {
    // The style is its own file.
    let page = page(&telling());
    let (before, rest) = page.split_once("<style>").expect("a style");
    let (_, after) = rest.split_once("</style>").expect("its end");
    let policy = before.split_once("sha256-").expect("a policy").1.split_once('\'').expect("its end").0;
    insta::assert_snapshot!(format!("{before}<style/>{after}").replace(policy, "DIGEST"));
}

#[test]
fn pages_are_well_formed() {
    for record in [sample(), clean(), telling()] {
        checked(&page(&record));
    }
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    let page = page(&telling());
    assert!(page.contains("default-src 'none'"));
    assert!(!page.contains("unsafe-inline"));
    let lower = page.to_ascii_lowercase();
    for sign in
        ["<script", "<img", "<iframe", "<link", "<object", "src=", "@import", "url(", "javascript:", " on"]
    {
        let inside_tags = lower.split('<').filter_map(|tag| tag.split_once('>')).map(|(tag, _)| tag);
        if sign == " on" {
            assert!(!inside_tags.into_iter().any(|tag| tag.contains(" on")), "a handler");
        } else {
            assert!(!lower.contains(sign), "{sign}");
        }
    }
}

/// Every text of `value` under each key that may hold any text becomes `payload`.
fn poisoned(record: &Record, payload: &str) -> Record {
    fn put(value: &mut Value, key: &str, payload: &str, under: bool) {
        match value {
            Value::String(text) if under => *text = payload.to_owned(),
            Value::Array(items) => items.iter_mut().for_each(|item| put(item, key, payload, under)),
            Value::Object(object) => {
                for (name, inner) in object.iter_mut() {
                    put(inner, key, payload, name == key);
                }
            }
            _ => {}
        }
    }
    fn keys(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
            Value::Object(object) => {
                for (name, inner) in object {
                    found.insert(name.clone());
                    keys(inner, found);
                }
            }
            _ => {}
        }
    }
    let mut value = serde_json::to_value(record).expect("JSON");
    let mut all = BTreeSet::new();
    keys(&value, &mut all);
    let mut poisoned = 0;
    for key in all {
        let mut changed = value.clone();
        put(&mut changed, &key, payload, false);
        // Words with a fixed spelling stay: no reader lets others in.
        if serde_json::from_value::<Record>(changed.clone()).is_ok() {
            value = changed;
            poisoned += 1;
        }
    }
    assert!(poisoned > 60, "{poisoned} keys");
    serde_json::from_value(value).expect("a record")
}

#[test]
fn no_text_of_the_firmware_becomes_markup() {
    let record = telling();
    let plain = checked(&page(&poisoned(&record, "x")));
    for payload in [
        "\"><script>alert(1)</script><img src=x onerror=alert(1)>",
        "' onload='x' a=\"",
        "</p></li></ul></section></main><h1>x</h1>",
        "--><!-- ]]> <![CDATA[ &lt;b&gt; &#60;b&#62; <!DOCTYPE x [<!ENTITY y \"z\">]>",
        "x\u{202e}\u{2066}y\u{0}\u{1b}[31m\u{7f}\u{85}\u{feff}\u{ffff}",
        "</style><style>*{display:none}</style>",
    ] {
        let page = page(&poisoned(&record, payload));
        assert_eq!(checked(&page), plain, "{payload} changes the structure");
        assert!(!page.contains("<script") && !page.contains("<img"), "{payload}");
    }
}

#[test]
fn huge_texts_and_huge_records_keep_their_bounds() {
    let long = poisoned(&telling(), &"<&\u{202e} ".repeat(20_000));
    checked(&page(&long));
    let many = sized(1, 300, 40);
    let page = page(&many);
    checked(&page);
    assert!(page.len() > html::MOST / 2, "the room is used: {}", page.len());
    assert!(page.contains("for which there is no room"), "what is left out is said");
    // All apps are there, and every finding is either shown or counted as left out.
    assert_eq!(page.matches("<details class=\"app\"").count(), 300);
    let shown = page.matches("<article").count()
        + page.matches("<details class=\"row\"").count()
        + page.matches("<p class=\"bare\"><span").count();
    let left_out: u64 =
        page.split(" more finding").filter_map(|before| before.rsplit('>').next()?.parse::<u64>().ok()).sum();
    assert_eq!(shown as u64 + left_out, 12_000);
}

#[test]
fn the_gravest_findings_get_the_room() {
    let mut record = sized(1, 200, 40);
    let last = record.findings.last_mut().expect("findings");
    last.severity = overt_record::Severity::Critical;
    last.title = "The gravest of all".into();
    for finding in record.findings.iter_mut().rev().skip(1) {
        finding.severity = overt_record::Severity::High;
    }
    record.canonicalise();
    let page = page(&record);
    checked(&page);
    let at = page.find("</span> The gravest of all").expect("it is there");
    assert!(
        page[..at].ends_with("<article class=\"grave\"><h5><span class=\"sev critical\">critical"),
        "in full"
    );
}

#[test]
fn lanes_follow_the_data_across_apps() {
    let page = page(&telling());
    let way = page.split("The way through the code: 5 places, com.example.store → com.example.sync").nth(1);
    let way = way.expect("the way").split("</details>").next().expect("its end");
    assert_eq!(way.matches("class=\"lane\"").count(), 2);
    assert!(way.contains("to another app, by way of a content provider"));
    let roles: BTreeMap<&str, usize> = ["source", "sink", "channel", "entry"]
        .map(|role| (role, way.matches(&format!("<b>{role}</b>")).count()))
        .into();
    assert_eq!(roles, BTreeMap::from([("source", 1), ("sink", 1), ("channel", 2), ("entry", 1)]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_record_is_a_page(record in record()) {
        checked(&page(&record));
    }
}
