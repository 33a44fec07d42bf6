//! Every mistake in a file is refused with its place and, where there is one, the word that was meant.

use overt_catalogue::Catalogue;

const VOCAB: &str = include_str!("../../../catalogue/vocab.toml");

const DATUM: &str = r#"noun = "the IMEI"
says = "A number."
reset = "Nothing."
sensitivity = 3

[[method]]
class = "android.telephony.TelephonyManager"
name = ["getDeviceId"]
params = "(I)"
gives = "return"
where = { arg = 1, is-one-of = [0, 1] }
"#;

const EFFECT: &str = r#"verb = "run commands"
says = "It runs."
power = 4

[[method]]
class = "java.lang.Runtime"
name = ["exec"]
carries = ["arg 1"]

[[property]]
key = ["ctl.start"]
access = "write"
"#;

const BEHAVIOUR: &str = r#"status = "stable"
why = "It matters."
benign = "It may be harmless."
would-be-wrong-if = "It is not so."

[titles]
capability = "Can read the IMEI"

[says]
capability = "Code reads it ({apis})."

[match]
data = ["imei"]

[[raise]]
if = ["runs-as-system"]
by = 2
says = "More rights."
"#;

const TRIGGER: &str = r#"says = "It is time."

[[schedule]]
class = "android.app.AlarmManager"
name = ["setRepeating"]
period = "arg 3"
unit = "milliseconds"

[[component]]
kind = "activity"
"#;

const ENTRY: &str = r#"says = "Screens."

[[class]]
name = "android.app.Activity"
kind = "activity"
alive = "manifest"
calls = ["onCreate(Landroid/os/Bundle;)V", "onStart"]
"#;

const INDICATOR: &str = r#"says = "servers"
source = "a report"
date = "2016-11"
hosts = ["a.example.invalid"]
"#;

const ACCESS: &str = r#"says = "Where."

[[method]]
class = "java.io.FileReader"
name = ["<init>"]
access = "read"
subject = "arg 1"

[[constant]]
class = "android.provider.Sms"
name = "CONTENT_URI"
text = "content://sms"
"#;

/// The right files, all of which load.
const FILES: &[(&str, &str)] = &[
    ("data/imei.toml", DATUM),
    ("effects/exec.toml", EFFECT),
    ("behaviours/privacy/imei.toml", BEHAVIOUR),
    ("triggers/timer.toml", TRIGGER),
    ("entrypoints/activity.toml", ENTRY),
    ("indicators/x.toml", INDICATOR),
    ("access/file.toml", ACCESS),
];

fn errors_of(name: &str, text: &str) -> Vec<String> {
    match Catalogue::from_files([("vocab.toml", VOCAB), (name, text)]) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.0.iter().map(ToString::to_string).collect(),
    }
}

/// Replaces `from` by `to` in the right file and expects an error that contains `wanted`.
#[track_caller]
fn check(name: &str, from: &str, to: &str, wanted: &str) {
    let (_, right) = FILES.iter().find(|(known, _)| *known == name).expect("a file of this name");
    assert!(right.contains(from), "{name} does not contain {from}");
    let errors = errors_of(name, &right.replacen(from, to, 1));
    assert!(errors.iter().any(|error| error.contains(wanted)), "{wanted} in {errors:#?}");
}

#[test]
fn the_right_files_load() {
    for (name, text) in FILES {
        assert_eq!(errors_of(name, text), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn unknown_keys_have_a_place_and_a_neighbour() {
    check(
        "data/imei.toml",
        "gives =",
        "give =",
        "data/imei.toml:10:1: unknown key \"give\"; did you mean \"gives\"?",
    );
    check("data/imei.toml", "noun =", "nuon =", "\"noun\" is missing");
    check("data/imei.toml", "arg = 1", "argument = 1", "\"arg\" is missing: 0 is the receiver");
    check(
        "effects/exec.toml",
        "access = \"write\"",
        "acess = \"write\"",
        "unknown key \"acess\"; did you mean \"access\"?",
    );
    check(
        "behaviours/privacy/imei.toml",
        "[match]",
        "[mach]",
        "unknown key \"mach\"; did you mean \"match\"?",
    );
    check("triggers/timer.toml", "period", "perod", "unknown key \"perod\"; did you mean \"period\"?");
    check("entrypoints/activity.toml", "alive", "live", "unknown key \"live\"; did you mean \"alive\"?");
    check("indicators/x.toml", "hosts", "host", "names nothing");
    check("access/file.toml", "subject", "subjekt", "\"subject\" is missing");
}

#[test]
fn unknown_words_have_a_neighbour() {
    check(
        "behaviours/privacy/imei.toml",
        "data = [\"imei\"]",
        "data = [\"imie\"]",
        "unknown data word \"imie\"; did you mean \"imei\"?",
    );
    check(
        "behaviours/privacy/imei.toml",
        "runs-as-system",
        "run-as-system",
        "did you mean \"runs-as-system\"?",
    );
    check("behaviours/privacy/imei.toml", "\"stable\"", "\"stabel\"", "did you mean \"stable\"?");
    check(
        "behaviours/privacy/imei.toml",
        "{apis}",
        "{api}",
        "unknown placeholder \"api\"; did you mean \"apis\"?",
    );
    check(
        "behaviours/privacy/imei.toml",
        "capability = \"Can",
        "capabilty = \"Can",
        "did you mean \"capability\"?",
    );
    check("behaviours/privacy/imei.toml", "({apis})", "({apis)", "a brace is not closed");
    check("triggers/timer.toml", "\"milliseconds\"", "\"millisecond\"", "did you mean \"milliseconds\"?");
    check("entrypoints/activity.toml", "\"manifest\"", "\"manifets\"", "did you mean \"manifest\"?");
    check("effects/exec.toml", "\"write\"", "\"wrote\"", "did you mean \"write\"?");
}

#[test]
fn wrong_values() {
    check("data/imei.toml", "sensitivity = 3", "sensitivity = 5", "must be a number from 1 to 4");
    check(
        "data/imei.toml",
        "sensitivity = 3",
        "sensitivity = \"3\"",
        "\"sensitivity\" is a string, not a whole number",
    );
    check("data/imei.toml", "android.telephony.TelephonyManager", "android/telephony", "is no class name");
    check("data/imei.toml", "\"(I)\"", "\"(int)\"", "is no parameter list");
    check("data/imei.toml", "\"return\"", "\"arg 0\"", "is no port");
    check("data/imei.toml", "\"return\"", "\"result\"", "is no port");
    check("data/imei.toml", "getDeviceId", "get DeviceId", "is no method or field name");
    check(
        "data/imei.toml",
        "is-one-of = [0, 1]",
        "is-one-of = [0], contains = \"x\"",
        "a condition has one of",
    );
    check(
        "data/imei.toml",
        "gives = \"return\"",
        "carries = \"arg 1\"",
        "\"carries\" belongs to effects and sinks",
    );
    check(
        "effects/exec.toml",
        "carries = [\"arg 1\"]",
        "gives = \"return\"",
        "\"gives\" belongs to data and sources",
    );
    check("effects/exec.toml", "access = \"write\"", "", "\"access\" is missing");
    check("effects/exec.toml", "\"ctl.start\"", "\" ctl.start\"", "blanks at an end");
    check("behaviours/privacy/imei.toml", "data = [\"imei\"]", "", "matches everything");
    check("behaviours/privacy/imei.toml", "by = 2", "by = 9", "must be a number from 1 to 4");
    check("behaviours/privacy/imei.toml", "why = \"It matters.\"", "why = \" \"", "\"why\" is empty");
    check("entrypoints/activity.toml", "onCreate(Landroid/os/Bundle;)V", "onCreate(Bundle)V", "is no method");
    check("indicators/x.toml", "a.example.invalid", "HTTP://A", "is no host name in lower case");
    check("indicators/x.toml", "2016-11", "November", "is no date");
    check("access/file.toml", "\"arg 1\"", "\"argument 1\"", "is no port");
}

#[test]
fn syntax_errors_have_a_place() {
    check("data/imei.toml", "noun =", "noun", "data/imei.toml:1:");
    check(
        "data/imei.toml",
        "sensitivity = 3",
        "sensitivity = 3\nsensitivity = 3",
        "data/imei.toml:5:1: duplicate key",
    );
}

#[test]
fn files_in_the_wrong_place() {
    let at = |name: &str| errors_of(name, DATUM).join("\n");
    assert!(at("data/imie.toml").contains("named after no data word: \"imie\"; did you mean \"imei\"?"));
    assert!(
        at("date/imei.toml").contains("no file is expected at \"date/imei.toml\"; did you mean \"data\"?")
    );
    assert!(at("data/IMEI.toml").contains("names are lower case"));
    assert!(at("access/files.toml").contains("did you mean \"file\"?"));
    let twice = format!(
        "{ENTRY}\n[[class]]\nname = \"android.app.Activity\"\nkind = \"activity\"\ncalls = [\"m\"]\n"
    );
    assert!(errors_of("entrypoints/x.toml", &twice).join("\n").contains("listed twice"));
    let alone = ENTRY.replace("calls =", "extends = \"android.app.Actvity\"\ncalls =");
    assert!(errors_of("entrypoints/x.toml", &alone).join("\n").contains("which no file lists"));
}

#[test]
fn no_prefix_of_a_file_panics() {
    for (name, text) in FILES {
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let _ = errors_of(name, &text[..end]);
        }
    }
    for end in (0..VOCAB.len()).step_by(7).filter(|end| VOCAB.is_char_boundary(*end)) {
        let _ = Catalogue::from_files([("vocab.toml", &VOCAB[..end]), ("data/imei.toml", DATUM)]);
    }
}

#[test]
fn a_file_of_one_kind_in_the_place_of_another_does_not_panic() {
    for (name, _) in FILES {
        for (_, text) in FILES {
            let _ = errors_of(name, text);
        }
    }
}

#[test]
fn the_digest_is_of_what_is_said() {
    let digest = |text: &str| {
        Catalogue::from_files([("vocab.toml", VOCAB), ("data/imei.toml", text)])
            .expect("a right file")
            .digest()
    };
    let commented = format!(
        "# a remark\n\n{}",
        DATUM.replace("reset = \"Nothing.\"", "reset   =   'Nothing.' # another")
    );
    assert_eq!(digest(DATUM), digest(&commented));
    assert_ne!(digest(DATUM), digest(&DATUM.replace("Nothing.", "Nothing")));
    assert_ne!(digest(DATUM), digest(&DATUM.replace("getDeviceId", "getImei")));
}

#[test]
fn folders_that_cannot_be_read_are_named() {
    let error = Catalogue::load(std::path::Path::new("/nonexistent/catalogue")).expect_err("no such folder");
    assert!(error.to_string().starts_with("/nonexistent/catalogue"), "{error}");
}
