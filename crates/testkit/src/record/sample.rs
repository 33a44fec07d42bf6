//! A record made by hand, in which every kind of thing occurs at least once. All names and hosts are made up.

use overt_record::build::Build;
use overt_record::coverage::{Coverage, Missing, Unreadable};
use overt_record::evidence::{Evidence, Role};
use overt_record::finding::{Assumption, Endpoint, Finding, Gate, How, Reach, RunsAs, Transform, Trigger};
use overt_record::native::{
    DecodedText, NamedBy, Native, NativeCall, NativeCode, NativeMethod, NativeSocket,
};
use overt_record::package::{
    Code, CodeProblem, Component, DeclaredPermission, Guard, Package, PackageNative, Quick, Signer,
};
use overt_record::record::{Depth, Record, SCHEMA};
use overt_record::shape::{ConcealedText, Family, Shape};
use overt_record::words::{Confidence, DataKind, Effect, GateKind, Rung, Severity, Theme, TriggerKind, Via};

/// A digest that is easy to tell apart in a test's output.
fn digest(fill: char) -> String {
    std::iter::repeat_n(fill, 64).collect()
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

fn system() -> RunsAs {
    RunsAs { uid: Some(1000), shared_user: text("android.uid.system") }
}

fn build() -> Build {
    Build {
        fingerprint: text("example/One/One:6.0/EXA01/1001:user/release-keys"),
        brand: text("Example"),
        model: text("One"),
        device: text("one"),
        android: text("6.0"),
        sdk: Some(23),
        security_patch: text("2016-01-01"),
        build_date: text("Fri Jan  1 00:00:00 UTC 2016"),
        build_type: text("user"),
        tags: text("release-keys"),
        incremental: text("1001"),
    }
}

fn coverage() -> Coverage {
    Coverage {
        complete: false,
        packages_seen: 5,
        packages_incomplete: 1,
        methods_seen: 48_211,
        methods_incomplete: 12,
        missing: vec![
            Missing {
                path: "/system/framework/framework.jar".into(),
                why: "named in all_files.txt, absent from the input".into(),
                size: Some(1_204_224),
            },
            Missing {
                path: "/system/priv-app/Launcher/Launcher.apk".into(),
                why: "named in all_files.txt, absent from the input".into(),
                size: None,
            },
        ],
        unreadable: vec![
            Unreadable {
                locus: "input!/system/app/Torn/Torn.apk".into(),
                code: "zip/end-missing".into(),
                consequence: "the package is not in this record".into(),
                detail: "no end-of-central-directory record in the last 65557 bytes".into(),
            },
            Unreadable {
                locus: "input!/system/lib/egl.cfg".into(),
                code: "container/unknown-content".into(),
                consequence: "not looked at".into(),
                detail: "213 bytes, begins 30 20 30 20".into(),
            },
        ],
        listing: text("all_files.txt"),
    }
}

fn signer(platform: Option<bool>, test_key: bool, fill: char, subject: &str) -> Signer {
    Signer {
        sha256: digest(fill),
        subject: subject.into(),
        scheme: "v1".into(),
        platform,
        test_key,
        verdict: "valid".into(),
        reason: "every entry matches its digest".into(),
    }
}

fn plain_package(package: &str, path: &str) -> Package {
    Package {
        package: text(package),
        label: None,
        version_name: text("1.0"),
        version_code: Some(1),
        path: path.into(),
        sha256: Some(digest('a')),
        partition: "system".into(),
        kind: "app".into(),
        runs_as: RunsAs::default(),
        privileged: false,
        debuggable: false,
        persistent: false,
        min_sdk: Some(21),
        target_sdk: Some(23),
        signer: vec![signer(Some(false), false, '1', "CN=Example, O=Example Ltd")],
        requested_permissions: texts(&["android.permission.INTERNET"]),
        granted_permissions: texts(&["android.permission.INTERNET"]),
        declared_permissions: Vec::new(),
        components: Vec::new(),
        code: vec![Code {
            kind: "dex".into(),
            path: path.into(),
            entry: "classes.dex".into(),
            sha256: digest('c'),
            version: "035".into(),
            classes: 120,
            methods: 900,
            instructions: Some(14_000),
            quick: Quick::default(),
            analysed: true,
            problems: Vec::new(),
        }],
        natives: Vec::new(),
        reads: Vec::new(),
        shape: None,
    }
}

fn shape() -> Shape {
    Shape {
        methods: 212,
        sketch: "00a1b2c302d4e5f6".into(),
        families: vec![Family {
            name: "com.example.sync".into(),
            methods: 180,
            digest: "0123456789abcdef".into(),
            sketch: "00a1b2c3".into(),
        }],
        conceals: vec![ConcealedText { value: "https://up.example.com/x".into(), used_as: texts(&["url"]) }],
        plain: "8f14e45f".into(),
    }
}

fn component(kind: &str, name: &str, exported: bool, guard: Option<Guard>) -> Component {
    Component {
        kind: kind.into(),
        name: name.into(),
        exported,
        enabled: true,
        guard,
        actions: Vec::new(),
        authorities: Vec::new(),
        process: None,
        shape: None,
    }
}

fn packages() -> Vec<Package> {
    let sync = Package {
        shape: Some(shape()),
        label: text("System Sync"),
        version_name: text("5.4.0"),
        version_code: Some(540),
        kind: "priv-app".into(),
        runs_as: system(),
        privileged: true,
        persistent: true,
        signer: vec![signer(Some(true), false, '2', "CN=Android, O=Example Ltd, C=CN")],
        requested_permissions: texts(&["android.permission.INTERNET", "android.permission.READ_SMS"]),
        granted_permissions: texts(&["android.permission.INTERNET", "android.permission.READ_SMS"]),
        declared_permissions: vec![DeclaredPermission {
            name: "com.example.sync.CONTROL".into(),
            level: "signature|privileged".into(),
        }],
        components: vec![
            Component {
                actions: texts(&["android.intent.action.BOOT_COMPLETED"]),
                ..component("receiver", "com.example.sync.Boot", true, None)
            },
            Component {
                authorities: texts(&["com.example.sync.store"]),
                process: text(":remote"),
                ..component(
                    "provider",
                    "com.example.sync.Store",
                    true,
                    Some(Guard {
                        permission: "com.example.sync.CONTROL".into(),
                        level: text("signature|privileged"),
                    }),
                )
            },
        ],
        code: vec![Code {
            kind: "oat".into(),
            path: "/system/priv-app/Sync/oat/arm64/Sync.odex".into(),
            entry: "/system/priv-app/Sync/Sync.apk".into(),
            sha256: digest('d'),
            version: "064".into(),
            classes: 410,
            methods: 3_100,
            instructions: Some(52_000),
            quick: Quick {
                exact: Some(2_990),
                not_restorable: Some(12),
                wrong: Some(0),
                missing_classes: texts(&["Landroid/widget/LinearLayout;"]),
            },
            analysed: true,
            problems: vec![CodeProblem { code: "dex/checksum-wrong".into(), count: 1 }],
        }],
        natives: vec![PackageNative {
            path: "/system/priv-app/Sync/Sync.apk!lib/arm64-v8a/libsync.so".into(),
            sha256: digest('e'),
            imports: texts(&["connect", "popen"]),
            code: None,
        }],
        reads: vec![DataKind::SmsBody, DataKind::Imei],
        ..plain_package("com.example.sync", "/system/priv-app/Sync/Sync.apk")
    };
    let diagnosis = Package {
        label: text("Diagnosis"),
        runs_as: RunsAs { uid: Some(1001), shared_user: text("android.uid.phone") },
        signer: vec![signer(Some(true), true, '3', "CN=Android, OU=Android, O=Android")],
        components: vec![
            component("service", "com.example.diagnosis.Diag", true, None),
            component(
                "activity",
                "com.example.diagnosis.Menu",
                true,
                Some(Guard { permission: "com.example.NOBODY".into(), level: None }),
            ),
        ],
        ..plain_package("com.example.diagnosis", "/system/app/Diagnosis/Diagnosis.apk")
    };
    let gallery = Package {
        label: text("相册"),
        debuggable: true,
        components: vec![component("activity", "com.example.gallery.Main", true, None)],
        ..plain_package("com.example.gallery", "/system/app/Gallery/Gallery.apk")
    };
    let framework = Package {
        package: None,
        version_name: None,
        version_code: None,
        kind: "framework".into(),
        min_sdk: None,
        target_sdk: None,
        signer: Vec::new(),
        requested_permissions: Vec::new(),
        granted_permissions: Vec::new(),
        ..plain_package("", "/system/framework/services.jar")
    };
    let lone = Package {
        package: None,
        version_name: None,
        version_code: None,
        sha256: None,
        min_sdk: None,
        target_sdk: None,
        signer: Vec::new(),
        requested_permissions: Vec::new(),
        granted_permissions: Vec::new(),
        ..plain_package("", "/system/app/Lone/oat/arm64/Lone.odex")
    };
    vec![sync, diagnosis, gallery, framework, lone]
}

fn code_evidence(
    role: Role,
    class: &str,
    method: &str,
    descriptor: &str,
    offset: u32,
    line: &str,
) -> Evidence {
    Evidence {
        role,
        package: text("com.example.sync"),
        class: text(class),
        method: text(method),
        descriptor: text(descriptor),
        offset: Some(offset),
        code_sha256: Some(digest('d')),
        locus: "input!/system/priv-app/Sync/oat/arm64/Sync.odex!Sync.apk".into(),
        instruction: text(line),
    }
}

fn manifest_evidence(role: Role, package: &str, locus: &str, line: &str) -> Evidence {
    Evidence {
        role,
        package: text(package),
        class: None,
        method: None,
        descriptor: None,
        offset: None,
        code_sha256: None,
        locus: locus.into(),
        instruction: text(line),
    }
}

fn plain_finding(behaviour: &str, package: &str, path: &str, title: &str) -> Finding {
    Finding {
        id: Finding::identity(behaviour, package, title),
        behaviour: behaviour.into(),
        theme: Theme::Privacy,
        rung: Rung::Capability,
        severity: Severity::Info,
        confidence: Confidence::High,
        package: text(package),
        path: path.into(),
        runs_as: RunsAs::default(),
        title: title.into(),
        says: format!("{title}."),
        data: Vec::new(),
        effects: Vec::new(),
        via: Vec::new(),
        endpoints: Vec::new(),
        triggers: Vec::new(),
        gates: Vec::new(),
        dormant: false,
        reach: Reach { from: "internal".into(), guard: None },
        transforms: Vec::new(),
        assumptions: Vec::new(),
        would_be_wrong_if: None,
        evidence: vec![manifest_evidence(
            Role::Manifest,
            package,
            &format!("input!{path}!AndroidManifest.xml"),
            "<manifest>",
        )],
        sites: 1,
    }
}

fn findings() -> Vec<Finding> {
    const SYNC: (&str, &str) = ("com.example.sync", "/system/priv-app/Sync/Sync.apk");
    const DIAGNOSIS: (&str, &str) = ("com.example.diagnosis", "/system/app/Diagnosis/Diagnosis.apk");
    const GALLERY: (&str, &str) = ("com.example.gallery", "/system/app/Gallery/Gallery.apk");
    let uploads = Finding {
        rung: Rung::Flow,
        severity: Severity::Critical,
        confidence: Confidence::Medium,
        runs_as: system(),
        says: "The text of SMS messages is read, encrypted with a key written in the code, and sent in the body of a \
               request."
            .into(),
        data: vec![DataKind::SmsBody, DataKind::PhoneNumber],
        via: vec![Via::Database, Via::Preferences],
        endpoints: vec![Endpoint {
            url: text("http://collect.sync.invalid/report/‹imei›"),
            scheme: text("http"),
            host: text("collect.sync.invalid"),
            path: text("/report/‹imei›"),
            method: text("POST"),
            tls: text("cleartext"),
            how: Some(How {
                kind: "evaluated".into(),
                class: text("Lcom/example/sync/a/b;"),
                method: text("c"),
                offset: Some(0x1a),
                algorithm: text("DES/ECB"),
                key: text("00112233"),
                ..How::default()
            }),
        }],
        triggers: vec![
            Trigger { kind: TriggerKind::Boot, period_seconds: None, silent: true },
            Trigger { kind: TriggerKind::Timer, period_seconds: Some(259_200), silent: true },
        ],
        gates: vec![Gate {
            kind: GateKind::ElapsedDays,
            value: text("7"),
            says: "only from the seventh day after the first start".into(),
        }],
        reach: Reach { from: "boot".into(), guard: None },
        transforms: vec![
            Transform { kind: "compress".into(), algorithm: text("deflate"), key: None, field: None },
            Transform {
                kind: "cipher".into(),
                algorithm: text("DES/ECB/PKCS5Padding"),
                key: text("00112233"),
                field: text("msg"),
            },
        ],
        assumptions: vec![Assumption {
            kind: "default-model".into(),
            at: "Lcom/example/sync/Net;->post(Ljava/lang/String;)V@0012".into(),
        }],
        would_be_wrong_if: text("Cipher.doFinal were replaced by code that drops its input"),
        evidence: vec![
            code_evidence(
                Role::Entry,
                "Lcom/example/sync/Boot;",
                "onReceive",
                "(Landroid/content/Context;Landroid/content/Intent;)V",
                0,
                "onReceive: called by Android",
            ),
            code_evidence(
                Role::Source,
                "Lcom/example/sync/Sms;",
                "read",
                "()Ljava/lang/String;",
                0x2c,
                "invoke-interface {v2, v0}, Landroid/database/Cursor;->getString(I)Ljava/lang/String;",
            ),
            code_evidence(
                Role::Sink,
                "Lcom/example/sync/Net;",
                "post",
                "(Ljava/lang/String;)V",
                0x12,
                "invoke-virtual {v1, v3}, Ljava/io/OutputStream;->write([B)V",
            ),
        ],
        sites: 3,
        ..plain_finding("privacy/sms-leaves-device", SYNC.0, SYNC.1, "Sends the text of SMS messages to a server")
    };
    let executes = Finding {
        theme: Theme::RemoteControl,
        severity: Severity::High,
        runs_as: system(),
        says: "The code can run shell commands with the rights of the system user.".into(),
        effects: vec![Effect::Exec],
        endpoints: vec![Endpoint {
            url: None,
            scheme: text("https"),
            host: text("tasks.sync.invalid"),
            path: None,
            method: None,
            tls: text("tls-unchecked"),
            how: Some(How {
                kind: "literal".into(),
                class: text("Lcom/example/sync/Task;"),
                method: text("run"),
                offset: Some(4),
                algorithm: None,
                key: None,
                ..How::default()
            }),
        }],
        triggers: vec![Trigger { kind: TriggerKind::Connectivity, period_seconds: None, silent: true }],
        gates: vec![Gate {
            kind: GateKind::ServerSwitch,
            value: None,
            says: "only when a server has switched it on".into(),
        }],
        dormant: true,
        reach: Reach { from: "connectivity".into(), guard: None },
        evidence: vec![
            code_evidence(Role::Entry, "Lcom/example/sync/Net;", "onReceive", "()V", 0, "called by Android"),
            code_evidence(
                Role::Sink,
                "Lcom/example/sync/Task;",
                "run",
                "()V",
                0x3e,
                "invoke-virtual {v0, v1}, Ljava/lang/Runtime;->exec(Ljava/lang/String;)Ljava/lang/Process;",
            ),
        ],
        sites: 11,
        ..plain_finding("remote-control/exec", SYNC.0, SYNC.1, "Can run shell commands")
    };
    let exposed = Finding {
        theme: Theme::Exposure,
        severity: Severity::High,
        runs_as: RunsAs { uid: Some(1001), shared_user: text("android.uid.phone") },
        says: "The service Diag is exported without a permission and can delete files.".into(),
        effects: vec![Effect::FileDelete],
        triggers: vec![Trigger { kind: TriggerKind::OtherApp, period_seconds: None, silent: true }],
        reach: Reach { from: "exported".into(), guard: None },
        evidence: vec![manifest_evidence(
            Role::Manifest,
            DIAGNOSIS.0,
            "input!/system/app/Diagnosis/Diagnosis.apk!AndroidManifest.xml",
            "<service android:name=\"com.example.diagnosis.Diag\" android:exported=\"true\">",
        )],
        ..plain_finding("exposure/file-delete", DIAGNOSIS.0, DIAGNOSIS.1, "Any app can make it delete files")
    };
    let guarded = Finding {
        theme: Theme::Exposure,
        severity: Severity::Medium,
        data: vec![DataKind::CallLog],
        reach: Reach { from: "exported".into(), guard: text("com.example.sync.CONTROL") },
        evidence: vec![manifest_evidence(
            Role::Guard,
            SYNC.0,
            "input!/system/priv-app/Sync/Sync.apk!AndroidManifest.xml",
            "<provider android:permission=\"com.example.sync.CONTROL\">",
        )],
        runs_as: system(),
        ..plain_finding("exposure/call-log", SYNC.0, SYNC.1, "Can hand the call history to other apps")
    };
    let seen = Finding {
        theme: Theme::Transport,
        rung: Rung::Observed,
        severity: Severity::Medium,
        data: vec![DataKind::Imei],
        endpoints: vec![Endpoint {
            url: text("https://stats.gallery.invalid/i"),
            scheme: text("https"),
            host: text("stats.gallery.invalid"),
            path: text("/i"),
            method: text("GET"),
            tls: text("tls"),
            how: None,
        }],
        triggers: vec![Trigger { kind: TriggerKind::User, period_seconds: None, silent: false }],
        reach: Reach { from: "user".into(), guard: None },
        ..plain_finding("transport/imei", GALLERY.0, GALLERY.1, "Was seen sending the IMEI to a server")
    };
    let known = Finding {
        theme: Theme::Supply,
        rung: Rung::Indicator,
        severity: Severity::Low,
        confidence: Confidence::Low,
        ..plain_finding(
            "supply/known-host",
            GALLERY.0,
            GALLERY.1,
            "Contains a host name known from elsewhere",
        )
    };
    let mut all = vec![uploads, executes, exposed, guarded, seen, known];
    // More than the report prints in full for one app.
    for (index, kind) in DataKind::ALL.iter().enumerate() {
        let severity = if index < 12 { Severity::Medium } else { Severity::Info };
        let slug = kind.as_str().replace('_', "-");
        all.push(Finding {
            severity,
            data: vec![*kind],
            triggers: vec![Trigger { kind: TriggerKind::AppStart, period_seconds: None, silent: false }],
            reach: Reach { from: "app-start".into(), guard: None },
            runs_as: RunsAs { uid: Some(1001), shared_user: text("android.uid.phone") },
            ..plain_finding(
                &format!("privacy/reads-{slug}"),
                DIAGNOSIS.0,
                DIAGNOSIS.1,
                &format!("Can read: {}", kind.as_str().replace('_', " ")),
            )
        });
    }
    // Code without a manifest.
    all.push(Finding {
        package: None,
        path: "/system/app/Lone/oat/arm64/Lone.odex".into(),
        severity: Severity::Low,
        effects: vec![Effect::DynamicCode],
        ..plain_finding(
            "concealment/dynamic-code",
            "Lone",
            "/system/app/Lone/oat/arm64/Lone.odex",
            "Can load code from a file",
        )
    });
    all
}

fn dead() -> Vec<Finding> {
    vec![Finding {
        theme: Theme::RemoteControl,
        severity: Severity::High,
        effects: vec![Effect::Install],
        reach: Reach { from: "nowhere".into(), guard: None },
        ..plain_finding(
            "remote-control/install",
            "com.example.gallery",
            "/system/app/Gallery/Gallery.apk",
            "Can install apps without asking",
        )
    }]
}

/// A build in which every kind of thing occurs. Its coverage has holes, and its findings reach `critical`.
#[must_use]
pub fn sample() -> Record {
    let mut record = Record {
        schema: SCHEMA.into(),
        engine: "overt 0.1.0".into(),
        catalogue: digest('7'),
        limits: digest('8'),
        depth: Depth::Full,
        build: build(),
        coverage: coverage(),
        packages: packages(),
        natives: vec![
            Native {
                path: "/system/bin/fotad".into(),
                sha256: Some(digest('9')),
                kind: "executable".into(),
                starts_as: text("root"),
                started_by: text("service fotad in /init.rc:212"),
                imports: texts(&["reboot", "system"]),
                setuid: Some(false),
                code: Some(native_code()),
                named_by: vec![NamedBy {
                    package: text("com.example.sync"),
                    path: "/system/priv-app/Sync/Sync.apk".into(),
                    text: "fotad".into(),
                    class: text("Lcom/example/sync/Shell;"),
                    method: text("open"),
                    offset: Some(28),
                }],
            },
            Native {
                path: "/system/xbin/su".into(),
                sha256: Some(digest('0')),
                kind: "executable".into(),
                starts_as: None,
                started_by: None,
                imports: Vec::new(),
                setuid: Some(true),
                code: None,
                named_by: Vec::new(),
            },
            Native {
                path: "/system/bin/gone".into(),
                sha256: None,
                kind: "unknown".into(),
                starts_as: text("system"),
                started_by: text("service gone in /init.rc:300"),
                imports: Vec::new(),
                setuid: None,
                code: None,
                named_by: Vec::new(),
            },
        ],
        findings: findings(),
        dead: dead(),
    };
    record.canonicalise();
    record
}

/// A build that was read completely and in which nothing was found.
#[must_use]
pub fn clean() -> Record {
    let mut record = sample();
    record.coverage = Coverage {
        complete: true,
        packages_seen: 5,
        methods_seen: 48_211,
        listing: text("all_files.txt"),
        ..Coverage::default()
    };
    record.build.fingerprint = text("example/One/One:6.0/EXA01/1002:user/release-keys");
    record.findings.clear();
    record.dead.clear();
    record
}

/// A build of `packages` packages with `findings` findings each; builds with another `number` differ in a tenth of them.
#[must_use]
pub fn sized(number: usize, packages: usize, findings: usize) -> Record {
    let mut record = sample();
    record.build.fingerprint = Some(format!("example/One/One:6.0/EXA01/{number}:user/release-keys"));
    let model = record.findings.iter().find(|finding| finding.rung == Rung::Flow).cloned();
    record.packages.clear();
    record.findings.clear();
    for index in 0..packages {
        let name = format!("com.example.app{index}");
        let path = format!("/system/app/App{index}/App{index}.apk");
        record.packages.push(plain_package(&name, &path));
        for slot in 0..findings {
            let Some(mut finding) = model.clone() else { continue };
            let behaviour = format!("privacy/behaviour-{slot}");
            let discriminator = if slot % 10 == 0 { number } else { 0 };
            finding.id = Finding::identity(&behaviour, &name, &discriminator.to_string());
            finding.behaviour = behaviour;
            finding.package = Some(name.clone());
            finding.path.clone_from(&path);
            record.findings.push(finding);
        }
    }
    record.canonicalise();
    record
}

/// What a daemon's code showed.
fn native_code() -> NativeCode {
    NativeCode {
        decoded: vec![DecodedText {
            value: "fota.example.com".into(),
            function: "0x1e48".into(),
            address: text("0x3f11"),
            decoder: "0x2fe4".into(),
            algorithm: "add".into(),
            key: text("0x2b+i"),
        }],
        calls: vec![NativeCall {
            kind: "exec".into(),
            name: "popen".into(),
            arguments: texts(&["‹?›"]),
            function: "0x1560".into(),
            address: "0x1576".into(),
            comes_from: text("read"),
            hidden: false,
        }],
        sockets: vec![NativeSocket {
            name: "fotad".into(),
            namespace: "abstract".into(),
            role: "server".into(),
            function: "0x3714".into(),
        }],
        java: vec![NativeMethod {
            class: text("Lcom/example/Sync;"),
            name: "start".into(),
            descriptor: text("()V"),
            function: "0x1230".into(),
        }],
        opaque: text("the budget ended before 3 of 70 functions were run"),
    }
}
