use super::*;

/// A whole catalogue in small, without a remark but for the words that have no file.
const VOCAB: &str = r#"
data = ["imei"]
effects = ["exec"]
themes = ["privacy", "remote-control", "supply"]
triggers = ["boot"]
gates = ["country"]
rungs = ["indicator", "capability", "flow", "observed"]
severities = ["info", "low", "medium", "high", "critical"]
forbidden = ["spy"]
placeholders = ["apis"]
[severity.data]
indicator = ["info", "info", "info", "info"]
capability = ["info", "info", "low", "medium"]
flow = ["low", "medium", "high", "high"]
observed = ["low", "medium", "high", "critical"]
[severity.effects]
indicator = ["info", "info", "info", "info"]
capability = ["info", "low", "low", "medium"]
flow = ["low", "medium", "high", "critical"]
observed = ["low", "medium", "high", "critical"]
[[scheme]]
prefix = "CWE-"
says = "Common Weakness Enumeration"
[[fact]]
name = "debuggable"
of = "package"
says = "It can be debugged."
"#;
const IMEI: &str = r#"
noun = "the IMEI"
says = "A number."
reset = "Nothing."
sensitivity = 3
[[method]]
class = "android.telephony.TelephonyManager"
name = ["getDeviceId"]
params = "(I)"
gives = "return"
"#;
const BEHAVIOUR: &str = r#"
status = "stable"
why = "It matters."
benign = "It may be harmless."
would-be-wrong-if = "It is not so."
refs = ["CWE-359"]
[titles]
capability = "Can read the IMEI"
[says]
capability = "Code reads it ({apis}). Where it goes is not shown by this."
[match]
data = ["imei"]
"#;

fn remarks_of(files: &[(&str, &str)]) -> Vec<String> {
    let catalogue = Catalogue::from_files(files.iter().copied()).unwrap_or_else(|errors| panic!("{errors}"));
    all(&catalogue).into_iter().map(|remark| remark.to_string()).collect()
}

#[track_caller]
fn check(id: &str, files: &[(&str, &str)]) {
    let remarks = remarks_of(files);
    assert!(remarks.iter().any(|remark| remark.contains(&format!("[{id}]"))), "{id} in {remarks:#?}");
}

#[track_caller]
fn check_silent(id: &str, files: &[(&str, &str)]) {
    let remarks = remarks_of(files);
    assert!(!remarks.iter().any(|remark| remark.contains(&format!("[{id}]"))), "{id} in {remarks:#?}");
}

#[test]
fn lints_are_sorted_and_say_what_to_do() {
    let ids: Vec<&str> = LINTS.iter().map(|lint| lint.id).collect();
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    assert_eq!(ids, sorted);
    for lint in LINTS {
        assert!(lint.says.ends_with('.') && lint.do_this.ends_with('.'), "{}", lint.id);
    }
}

#[test]
fn words_without_file_or_behaviour() {
    let files =
        [("vocab.toml", VOCAB), ("data/imei.toml", IMEI), ("behaviours/privacy/imei.toml", BEHAVIOUR)];
    let remarks = remarks_of(&files);
    assert!(remarks.iter().any(|r| r.starts_with("effects/exec.toml: missing")), "{remarks:#?}");
    assert!(remarks.iter().any(|r| r.starts_with("triggers/boot.toml: missing")), "{remarks:#?}");
    assert!(!remarks.iter().any(|r| r.starts_with("data/imei.toml")), "{remarks:#?}");
    check("word-has-behaviour", &files[..2]);
    check_silent("duplicate-place", &files);
    check_silent("claims-fit-rung", &files);
    check_silent("texts-differ", &files);
    check_silent("severity-stated", &files);
    check_silent("reference-known", &files);
}

#[test]
fn arguments_that_are_not_there() {
    let wrong = IMEI.replace("gives = \"return\"", "gives = \"arg 2\"");
    check("argument-exists", &[("vocab.toml", VOCAB), ("data/imei.toml", &wrong)]);
    check_silent("argument-exists", &[("vocab.toml", VOCAB), ("data/imei.toml", IMEI)]);
    let wrong = format!("{IMEI}where = {{ arg = 2, is-one-of = [1] }}");
    check("argument-exists", &[("vocab.toml", VOCAB), ("data/imei.toml", &wrong)]);
    let wrong = IMEI.replace("[[method]]", "[[callback]]");
    check("argument-exists", &[("vocab.toml", VOCAB), ("data/imei.toml", &wrong)]);
}

#[test]
fn the_same_place_twice() {
    let twice = format!(
        "{IMEI}\n[[method]]\nclass = \"android.telephony.TelephonyManager\"\nname = [\"getDeviceId\"]\nparams = \"(I)\"\n"
    );
    check("duplicate-place", &[("vocab.toml", VOCAB), ("data/imei.toml", &twice)]);
    let other = twice.replacen("params = \"(I)\"\n", "params = \"()\"\n", 1);
    check_silent("duplicate-place", &[("vocab.toml", VOCAB), ("data/imei.toml", &other)]);
}

#[test]
fn claims_above_the_rung() {
    for (from, to) in [
        ("Can read the IMEI", "Sends the IMEI"),
        ("Can read the IMEI", "Reads the IMEI"),
        ("Where it goes is not shown by this.", "It is sent on."),
    ] {
        let wrong = BEHAVIOUR.replace(from, to);
        check("claims-fit-rung", &[("vocab.toml", VOCAB), ("behaviours/privacy/imei.toml", &wrong)]);
    }
}

#[test]
fn accusing_words() {
    let wrong = BEHAVIOUR.replace("It matters.", "A Spy reads it.");
    check("forbidden-word", &[("vocab.toml", VOCAB), ("behaviours/privacy/imei.toml", &wrong)]);
    let inside = BEHAVIOUR.replace("It matters.", "The spyglass is harmless.");
    check_silent("forbidden-word", &[("vocab.toml", VOCAB), ("behaviours/privacy/imei.toml", &inside)]);
}

#[test]
fn texts_that_repeat() {
    let wrong = BEHAVIOUR.replace("It may be harmless.", "It matters");
    check("texts-differ", &[("vocab.toml", VOCAB), ("behaviours/privacy/imei.toml", &wrong)]);
    check(
        "texts-differ",
        &[
            ("vocab.toml", VOCAB),
            ("behaviours/privacy/imei.toml", BEHAVIOUR),
            ("behaviours/privacy/other.toml", BEHAVIOUR),
        ],
    );
}

#[test]
fn references_of_no_scheme() {
    for reference in ["CVE-2016-1", "CWE-", "CWE-x", "359"] {
        let wrong = BEHAVIOUR.replace("CWE-359", reference);
        check("reference-known", &[("vocab.toml", VOCAB), ("behaviours/privacy/imei.toml", &wrong)]);
    }
}

#[test]
fn facts_without_severity() {
    let wrong = BEHAVIOUR.replace("data = [\"imei\"]", "facts = [\"debuggable\"]");
    check("severity-stated", &[("vocab.toml", VOCAB), ("behaviours/supply/x.toml", &wrong)]);
    let right = format!("{wrong}[severity]\ncapability = \"low\"\n");
    check_silent("severity-stated", &[("vocab.toml", VOCAB), ("behaviours/supply/x.toml", &right)]);
}

#[test]
fn names_of_indicators_elsewhere() {
    let indicator = "says = \"x\"\nsource = \"a report\"\ndate = \"2016-11\"\nhosts = [\"collect.example.invalid\"]\n\
                     packages = [\"com.example.named\"]\n";
    let files = |behaviour: &str, datum: &str| {
        remarks_of(&[
            ("vocab.toml", VOCAB),
            ("indicators/x.toml", indicator),
            ("behaviours/privacy/imei.toml", behaviour),
            ("data/imei.toml", datum),
        ])
    };
    let hit = |remarks: Vec<String>| remarks.iter().any(|r| r.contains("[indicator-stays-apart]"));
    assert!(!hit(files(BEHAVIOUR, IMEI)));
    assert!(hit(files(&BEHAVIOUR.replace("It matters.", "See collect.example.invalid."), IMEI)));
    assert!(hit(files(
        BEHAVIOUR,
        &IMEI.replace("android.telephony.TelephonyManager", "com.example.named.Main")
    )));
}

#[test]
fn stable_behaviours_need_both_annotations() {
    let files = [("vocab.toml", VOCAB), ("behaviours/privacy/imei.toml", BEHAVIOUR)];
    let catalogue = Catalogue::from_files(files).unwrap_or_else(|errors| panic!("{errors}"));
    let count = |annotations: &[&str]| unproven(&catalogue, annotations.iter().copied()).len();
    assert_eq!(count(&[]), 2);
    assert_eq!(count(&["can privacy/imei"]), 1);
    assert_eq!(count(&["#~ can privacy/imei; none privacy/imsi", " none privacy/imei -- because"]), 0);
    assert_eq!(count(&["MISSING can privacy/imei -- not yet", "none privacy/imei"]), 1);
    let draft = BEHAVIOUR.replace("\"stable\"", "\"draft\"");
    let catalogue =
        Catalogue::from_files([("vocab.toml", VOCAB), ("behaviours/privacy/imei.toml", draft.as_str())]);
    let catalogue = catalogue.unwrap_or_else(|errors| panic!("{errors}"));
    assert!(unproven(&catalogue, []).is_empty());
}
