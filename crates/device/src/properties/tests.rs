use overt_base::{Limits, Locus};

use super::*;
use crate::testing::{Context, files};

fn read_files(list: &[(&str, &str)]) -> (Properties, Vec<overt_base::Problem>) {
    let context = Context::new();
    let files = files(list);
    let properties = read(&files, &context.cx());
    (properties, context.problems())
}

#[test]
fn lines_are_trimmed_as_init_trims_them() {
    let (properties, problems) = read_files(&[(
        "/system/build.prop",
        "# comment\n  ro.a = one two \r\nro.b=\n\nnonsense\nro.c=x=y\n #ro.d=1\nctl.start=adbd\nsys.powerctl=reboot\nro.last=end",
    )]);
    assert_eq!(properties.get("ro.a"), Some("one two"));
    assert_eq!(properties.get("ro.b"), Some(""));
    assert_eq!(properties.filled("ro.b"), None);
    assert_eq!(properties.get("ro.c"), Some("x=y"));
    assert_eq!(properties.get("ro.d"), None);
    assert_eq!(properties.get("ctl.start"), None);
    assert_eq!(properties.get("sys.powerctl"), None);
    assert_eq!(properties.get("ro.last"), Some("end"));
    assert_eq!(properties.len(), 4);
    let origin = &properties.property("ro.a").expect("set").origin;
    assert_eq!((origin.file.as_ref(), origin.line), ("/system/build.prop", 2));
    assert!(problems.is_empty());
}

#[test]
fn to_android_9_the_first_ro_wins_and_the_last_of_others() {
    let (properties, _) = read_files(&[
        ("/vendor/build.prop", "ro.a=vendor\npersist.b=vendor\n"),
        ("/system/build.prop", "ro.build.version.sdk=28\nro.a=system\nro.a=again\npersist.b=system\n"),
        ("/default.prop", "ro.a=ramdisk\npersist.b=ramdisk\n"),
    ]);
    assert_eq!(properties.get("ro.a"), Some("ramdisk"));
    assert_eq!(properties.get("persist.b"), Some("vendor"));
    assert_eq!(properties.files, ["/default.prop", "/system/build.prop", "/vendor/build.prop"]);
}

#[test]
fn from_android_10_the_last_file_wins() {
    let (properties, _) = read_files(&[
        ("/vendor/build.prop", "ro.a=vendor\nro.b=vendor\n"),
        ("/system/build.prop", "ro.build.version.sdk=30\nro.a=system\nro.b=system\nro.c=system\n"),
        ("/vendor/odm/etc/build.prop", "ro.a=odm\n"),
        ("/odm/build.prop", "ro.a=legacy\n"),
        ("/product/build.prop", "ro.b=product\n"),
    ]);
    assert_eq!(properties.get("ro.a"), Some("odm"), "etc/build.prop comes before the legacy places");
    assert_eq!(properties.get("ro.b"), Some("product"));
    assert_eq!(properties.get("ro.c"), Some("system"));
    assert_eq!(properties.sdk(), Some(30));
}

#[test]
fn files_that_init_does_not_read_only_fill_gaps() {
    let (properties, _) = read_files(&[
        ("/aaa/build.prop", "ro.a=other\nro.z=other\npersist.p=other\n"),
        ("/system/build.prop", "ro.build.version.sdk=30\nro.a=system\npersist.p=system\n"),
    ]);
    assert_eq!(properties.get("ro.a"), Some("system"));
    assert_eq!(properties.get("persist.p"), Some("system"));
    assert_eq!(properties.get("ro.z"), Some("other"));
}

#[test]
fn a_maker_s_own_partition_stands_in_for_a_missing_system() {
    let (properties, _) = read_files(&[("/custpack/build.prop", "ro.build.version.sdk=21\nro.a=1\n")]);
    assert_eq!(properties.sdk(), Some(21));
    assert_eq!(properties.get("ro.a"), Some("1"));
}

#[test]
fn imports_are_followed_with_their_filter_and_recorded() {
    let (properties, problems) = read_files(&[
        (
            "/system/build.prop",
            "ro.board=x\nimport /oem/oem.prop ro.oem.*\nimport /vendor/${ro.board}.prop\nimport /missing.prop\nimport /${ro.unknown}.prop\n",
        ),
        ("/oem/oem.prop", "ro.oem.a=1\nro.other=2\n"),
        ("/vendor/x.prop", "ro.x=3\n"),
    ]);
    assert_eq!(properties.get("ro.oem.a"), Some("1"));
    assert_eq!(properties.get("ro.x"), Some("3"));
    assert_eq!(properties.get("ro.other"), None, "a filtered import takes over nothing else");
    let followed: Vec<(&str, bool)> =
        properties.imports.iter().map(|import| (import.target.as_str(), import.followed)).collect();
    assert_eq!(
        followed,
        [
            ("/oem/oem.prop", true),
            ("/vendor/${ro.board}.prop", true),
            ("/missing.prop", false),
            ("/${ro.unknown}.prop", false)
        ]
    );
    assert_eq!(properties.imports[0].filter.as_deref(), Some("ro.oem.*"));
    assert_eq!(properties.imports[0].origin.line, 2);
    assert!(problems.is_empty());
}

#[test]
fn import_cycles_end() {
    let (properties, problems) = read_files(&[
        ("/system/build.prop", "import /a.prop\nro.s=1\n"),
        ("/a.prop", "ro.a=1\nimport /system/build.prop\nimport /a.prop\n"),
    ]);
    assert_eq!(properties.get("ro.s"), Some("1"));
    assert_eq!(properties.get("ro.a"), Some("1"));
    assert!(problems.iter().all(|problem| problem.code == "properties/import-cycle"), "{problems:?}");
    assert_eq!(problems.len(), 2);
}

#[test]
fn a_bomb_of_imports_ends_at_the_limit() {
    // Twelve levels, each importing the next eight times: 8^12 readings without a limit.
    let mut list = vec![("/system/build.prop".to_owned(), "import /0.prop\n".to_owned())];
    for level in 0..12 {
        let line = format!("import /{}.prop\n", level + 1);
        list.push((format!("/{level}.prop"), line.repeat(8)));
    }
    let list: Vec<(&str, &str)> = list.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let (_, problems) = read_files(&list);
    assert!(problems.iter().any(|problem| problem.code == "properties/too-many-imports"));
}

#[test]
fn foreign_bytes_are_told() {
    let context = Context::new();
    let bytes = b"ro.a=\xff\xfe\nro.b=\xe5\xb9\xb4\n";
    let files = Files::new([File { path: "/system/build.prop", bytes, locus: Locus::input(), mode: None }]);
    let properties = read(&files, &context.cx());
    assert_eq!(properties.get("ro.b"), Some("年"));
    assert_eq!(properties.get("ro.a"), Some("\u{fffd}\u{fffd}"));
    assert_eq!(context.problems()[0].code, "properties/not-utf8");
}

#[test]
fn a_huge_file_is_cut_with_a_problem() {
    let limits = Limits { configuration_file_bytes: 10, ..Limits::default() };
    let context = Context::with(limits);
    let files = files(&[("/system/build.prop", "ro.a=123\nro.b=4\n")]);
    let properties = read(&files, &context.cx());
    assert_eq!(properties.get("ro.a"), Some("123"));
    assert_eq!(properties.get("ro.b"), None);
    assert_eq!(context.problems()[0].code, "device/configuration-too-large");
}

#[test]
fn expansion_knows_all_forms() {
    let (properties, _) = read_files(&[("/system/build.prop", "ro.x=X\nro.empty=\n")]);
    for (text, expected) in [
        ("/init.${ro.x}.rc", Ok("/init.X.rc")),
        ("a$$b", Ok("a$b")),
        ("${ro.no:-d}e", Ok("de")),
        ("${ro.empty:-d}", Ok("d")),
        ("$ro.x", Ok("X")),
        ("${ro.no}", Err("ro.no")),
        ("${ro.x", Ok("X")),
        ("$", Err("")),
        ("", Ok("")),
    ] {
        let expanded = properties.expand(text);
        assert_eq!(expanded.as_deref().map_err(String::as_str), expected, "{text}");
    }
}

#[test]
fn every_prefix_of_a_file_reads() {
    let text = "ro.a=1\nimport /x.prop ro.*\n# c\nro.b = ${x}\r\npersist.c=\u{e9}\n";
    for end in 0..=text.len() {
        let context = Context::new();
        let bytes = &text.as_bytes()[..end];
        let files =
            Files::new([File { path: "/system/build.prop", bytes, locus: Locus::input(), mode: None }]);
        let _ = read(&files, &context.cx());
    }
}
