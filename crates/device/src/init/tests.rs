use overt_base::Locus;

use super::*;
use crate::file::File;
use crate::properties;
use crate::testing::{Context, corpus, corpus_files, files};

fn read_files(list: &[(&str, &str)]) -> Init {
    let context = Context::new();
    let files = files(list);
    let properties = properties::read(&files, &context.cx());
    read(&files, &properties, &context.cx())
}

fn service<'a>(init: &'a Init, name: &str) -> &'a StartedService {
    init.services.iter().find(|entry| entry.service.name == name).expect("the service")
}

#[test]
fn a_service_starts_with_its_class() {
    let init = read_files(&[(
        "/init.rc",
        "on boot\n class_start core\nservice a /system/bin/a\n class core\nservice b /system/bin/b\n class late\n user shell\n",
    )]);
    assert_eq!(
        init.started_by("/system/bin/a").as_deref(),
        Some("service a (/init.rc:3): class core started at /init.rc:2 on boot")
    );
    assert_eq!(init.started_by("/system/bin/b").as_deref(), Some("service b (/init.rc:5): no starter found"));
    assert_eq!(init.user("/system/bin/b"), Some("shell"));
    assert_eq!(init.user("/system/bin/a"), Some("root"));
    assert_eq!(init.started_by("/system/bin/c"), None);
    assert_eq!(service(&init, "a").starters[0].kind, Kind::Class);
}

#[test]
fn a_disabled_service_needs_a_start_of_its_own() {
    let text = "on boot\n class_start main\nservice a /a\n class main\n disabled\nservice b /b\n class main\n disabled\non property:x=1\n start b\n";
    let init = read_files(&[("/init.rc", text)]);
    assert_eq!(init.started_by("/a").as_deref(), Some("service a (/init.rc:3), disabled: no starter found"));
    assert_eq!(
        init.started_by("/b").as_deref(),
        Some("service b (/init.rc:6): start at /init.rc:10 on property:x=1")
    );
}

#[test]
fn enable_needs_the_class_too() {
    let text = "on boot\n enable a\n enable b\n class_start main\nservice a /a\n class main\n disabled\nservice b /b\n class other\n disabled\n";
    let init = read_files(&[("/init.rc", text)]);
    assert_eq!(service(&init, "a").starters[0].what, "enable");
    assert!(service(&init, "b").starters.is_empty());
}

#[test]
fn all_other_ways_to_start_a_service() {
    let text = "on early-init\n exec_start a\n setprop ctl.start b\n setprop ctl.restart c\n setprop ctl.stop d\n interface_start aidl/x\n\
                service a /a\n disabled\nservice b /b\n disabled\nservice c /c\n disabled\nservice d /d\n disabled\n\
                service e /e\n disabled\n interface aidl x.IY/default\nservice f /f\n disabled\n keycodes 1\n\
                service g /g\n disabled\nservice h /h\n disabled\n onrestart restart g\n onrestart restart h\n onrestart write /x 1\n";
    let init = read_files(&[("/init.rc", text)]);
    let kind = |name: &str| service(&init, name).starters.first().map(|starter| starter.kind);
    assert_eq!(kind("a"), Some(Kind::Start));
    assert_eq!(kind("b"), Some(Kind::Property));
    assert_eq!(kind("c"), Some(Kind::Property));
    assert_eq!(kind("d"), None);
    assert_eq!(kind("e"), Some(Kind::Interface));
    assert_eq!(kind("f"), Some(Kind::Keys));
    assert_eq!(kind("g"), Some(Kind::OnRestart));
    assert_eq!(kind("h"), None, "a service that restarts itself is no starter of itself");
    assert_eq!(
        init.started_by("/b").as_deref(),
        Some("service b (/init.rc:9): setprop ctl.start at /init.rc:3 on early-init")
    );
}

#[test]
fn a_condition_that_the_build_rules_out_starts_nothing() {
    let list = |debuggable: &'static str| {
        [
            ("/default.prop", debuggable),
            (
                "/init.rc",
                "on property:ro.debuggable=1\n start console\nservice console /system/bin/sh\n disabled\n user shell\n",
            ),
        ]
    };
    let init = read_files(&list("ro.debuggable=0\n"));
    assert_eq!(
        init.started_by("/system/bin/sh").as_deref(),
        Some(
            "service console (/init.rc:3), disabled: no starter found (never: start at /init.rc:2 on property:ro.debuggable=1 (ro.debuggable is 0))"
        )
    );
    for possible in ["ro.debuggable=1\n", "ro.x=1\n"] {
        let init = read_files(&list(possible));
        assert!(init.started_by("/system/bin/sh").expect("named").contains(": start at"));
    }
}

#[test]
fn exec_runs_a_file_without_a_service() {
    let text = "on post-fs-data\n exec - system system -- /system/bin/tzdatacheck /a /b\n exec /system/bin/old\n exec_background -- /system/bin/bg\n exec u:r:x:s0 -- /system/bin/labelled\n";
    let init = read_files(&[("/init.rc", text)]);
    assert_eq!(
        init.started_by("/system/bin/tzdatacheck").as_deref(),
        Some("exec at /init.rc:2 on post-fs-data")
    );
    assert_eq!(init.user("/system/bin/tzdatacheck"), Some("system"));
    assert_eq!(init.user("/system/bin/old"), Some("root"));
    assert_eq!(init.user("/system/bin/bg"), Some("root"));
    assert_eq!(init.user("/system/bin/labelled"), Some("root"));
    assert_eq!(init.runs("/a"), []);
}

#[test]
fn a_shell_runs_the_script_it_is_given() {
    let text = "on boot\n class_start main\nservice a /vendor/bin/sh /vendor/bin/init.x.sh\n class main\nservice b /system/bin/logwrapper -a /system/bin/b -c\n class main\nservice c /system/bin/sh -c id\n class main\n";
    let init = read_files(&[("/init.rc", text)]);
    for path in ["/system/vendor/bin/init.x.sh", "/vendor/bin/sh", "/system/bin/logwrapper", "/system/bin/b"]
    {
        assert!(init.started_by(path).is_some(), "{path}");
    }
    let paths: Vec<&str> = init.executables().map(|(path, _)| path).collect();
    assert_eq!(
        paths,
        [
            "/system/bin/b",
            "/system/bin/logwrapper",
            "/system/bin/sh",
            "/vendor/bin/init.x.sh",
            "/vendor/bin/sh"
        ]
    );
}

#[test]
fn the_first_section_of_a_name_counts_unless_a_later_one_overrides() {
    let text = "service a /first\nservice a /second\nservice b /first-b\nservice b /second-b\n override\non boot\n class_start default\n";
    let init = read_files(&[("/init.rc", text)]);
    assert!(init.started_by("/first").expect("named").contains("class default started"));
    assert_eq!(
        init.started_by("/second").as_deref(),
        Some("service a (/init.rc:2): ignored, another section has the name")
    );
    assert!(init.started_by("/first-b").expect("named").contains("ignored"));
    assert!(init.started_by("/second-b").expect("named").contains("class default started"));
}

#[test]
fn a_script_of_another_boot_mode_starts_nothing() {
    let init = read_files(&[
        ("/init.rc", "on boot\n class_start main\n"),
        ("/factory_init.rc", "service f /system/bin/factory\n class main\non boot\n start g\n"),
    ]);
    assert_eq!(
        init.started_by("/system/bin/factory").as_deref(),
        Some("service f (/factory_init.rc:1): in a script that a normal boot does not read")
    );
    assert_eq!(init.actions.len(), 1);
}

#[test]
fn many_starters_are_counted() {
    let text = "service a /a\n disabled\non x\n start a\non y\n start a\non z\n start a\n";
    let init = read_files(&[("/init.rc", text)]);
    assert_eq!(
        init.started_by("/a").as_deref(),
        Some("service a (/init.rc:1): start at /init.rc:4 on x, start at /init.rc:6 on y and 1 more")
    );
    let text: String = (0..7).map(|n| format!("service s{n} /a\n")).collect();
    let init = read_files(&[("/init.rc", &text)]);
    assert!(init.started_by("/a").expect("named").ends_with("; and 3 more"));
}

#[test]
fn modes_set_at_boot_are_known() {
    let text = "on post-fs\n chmod 4755 /system/xbin/tool\n chmod 0644 /system/xbin/other\n chmod 0755 /system/xbin/other\n chmod rw /x\n";
    let init = read_files(&[("/init.rc", text)]);
    assert_eq!(init.mode("/system/xbin/tool").map(|change| change.mode), Some(0o4755));
    assert_eq!(init.mode("/system/xbin/other").map(|change| change.mode), Some(0o755));
    assert_eq!(init.mode("/x"), None);
}

#[test]
fn every_prefix_of_a_script_reads() {
    let text = "import /${a}.rc\non property:ro.x=1 && boot\n exec - system -- /a\n chmod 4755 \"/b c\"\nservice s /a \\\n -x\n class m\n socket s stream 0660 a b\n onrestart restart s\n";
    for end in 0..=text.len() {
        let _ = read_files(&[("/init.rc", &text[..end])]);
    }
}

#[test]
fn hostile_bytes_read() {
    let mut seed = 1u32;
    for _ in 0..300 {
        let soup: Vec<u8> = (0..400)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                b"on service import exec -- start \n\n\t\\\"#$${}=/&\xff\0"[(seed >> 16) as usize % 47]
            })
            .collect();
        let context = Context::new();
        let files = Files::new([File { path: "/init.rc", bytes: &soup, locus: Locus::input(), mode: None }]);
        let init = read(&files, &Properties::default(), &context.cx());
        for (path, _) in init.executables() {
            let _ = init.started_by(path);
        }
    }
}

#[test]
fn a_real_phone_s_services() {
    let Some(list) = corpus("phone-2016") else { return };
    let context = Context::new();
    let files = corpus_files(&list);
    let properties = properties::read(&files, &context.cx());
    let init = read(&files, &properties, &context.cx());
    for script in &init.scripts {
        println!("{} {:?}", script.path, script.reading);
    }
    for (path, runs) in init.executables() {
        println!(
            "{path} as {} ({} runs): {}",
            init.user(path).unwrap_or("?"),
            runs.len(),
            init.started_by(path).unwrap_or_default()
        );
    }
    for change in init.modes.iter().filter(|change| change.mode & 0o6000 != 0) {
        println!(
            "set-id at boot: {} {:o} at {} on {}",
            change.path, change.mode, change.place, change.trigger
        );
    }
    // The dump holds one executable of the system partition, and no script names it.
    let daemons: Vec<&str> =
        files.iter().map(|(path, _)| path).filter(|path| path.starts_with("/system/bin/")).collect();
    assert_eq!(daemons.len(), 1);
    println!(
        "{}: {}",
        daemons[0],
        init.started_by(daemons[0]).unwrap_or_else(|| "no starter found".to_owned())
    );
    assert_eq!(init.started_by(daemons[0]), None);
    assert_eq!(init.services.iter().filter(|entry| entry.counts).count(), 147);
    assert!(init.started_by("/system/bin/vold").expect("named").starts_with("service vold (/init.rc:"));
    // A daemon of the maker is set-user-id root at boot and started with the main class.
    let set_id = init.modes.iter().filter(|change| change.mode & 0o6000 != 0);
    let started = set_id.filter_map(|change| init.started_by(&change.path));
    assert_eq!(started.filter(|text| text.contains("class main started")).count(), 1);
    let problems = context.problems();
    for problem in &problems {
        println!("{problem:?}");
    }
}
