//! The made-up package of `data/source`, as two resource compilers wrote it.
#![allow(missing_docs)]

mod common;

use common::{open, with_cx};
use overt_apk::apk::Apk;
use overt_apk::manifest::{Component, ComponentKind, Manifest, PathPattern, UsedLibraryKind};
use overt_apk::resource_table::Device;
use overt_apk::value::Value;
use overt_base::{Locus, View};

const BOTH: [&[u8]; 2] = [include_bytes!("data/unsigned.apk"), include_bytes!("data/unsigned-aapt2.apk")];

fn manifest(bytes: &[u8]) -> Manifest {
    let (apk, problems) = open(bytes.to_vec());
    assert_eq!(problems, []);
    apk.manifest.expect("a manifest")
}

fn component<'a>(manifest: &'a Manifest, name: &str) -> &'a Component {
    manifest.components.iter().find(|component| component.name == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn both_compilers_mean_the_same() {
    let [first, second] = BOTH.map(manifest);
    // Resource ids are numbered differently.
    assert_eq!(first.components.len(), second.components.len());
    for (a, b) in first.components.iter().zip(&second.components) {
        assert_eq!(a, b);
    }
    assert_eq!(first.label, second.label);
    assert_eq!(first.version_name, second.version_name);
}

#[test]
fn the_head_of_the_manifest() {
    let manifest = manifest(BOTH[0]);
    assert_eq!(manifest.package, "com.example.fixture");
    assert_eq!(manifest.version_code, (1 << 32) | 7);
    assert_eq!(manifest.version_name.as_deref(), Some("1.0-fixture"));
    assert_eq!(manifest.shared_user_id.as_deref(), Some("android.uid.example"));
    assert!(manifest.core_app);
    assert_eq!(
        (manifest.min_sdk, manifest.target_sdk, manifest.effective_target_sdk()),
        (Some(14), Some(25), 25)
    );
    assert_eq!(manifest.original_packages, ["com.example.before"]);
    assert_eq!(manifest.protected_broadcasts, ["com.example.fixture.PROTECTED"]);
    let asked: Vec<(&str, Option<u32>, Option<u32>)> =
        manifest.uses_permissions.iter().map(|it| (it.name.as_str(), it.min_sdk, it.max_sdk)).collect();
    assert_eq!(
        asked,
        [
            ("android.permission.INTERNET", None, None),
            ("android.permission.READ_SMS", None, Some(22)),
            ("android.permission.CAMERA", Some(23), None),
        ]
    );
    let declared: Vec<(&str, &str)> =
        manifest.permissions.iter().map(|it| (it.name.as_str(), it.protection_level.as_str())).collect();
    assert_eq!(
        declared,
        [
            ("com.example.fixture.OPEN", "normal"),
            ("com.example.fixture.CLOSED", "signature|privileged"),
            ("com.example.fixture.OLD", "signature|privileged"),
        ]
    );
    assert_eq!(manifest.permissions[1].group.as_deref(), Some("com.example.fixture.GROUP"));
    assert_eq!(manifest.permissions[1].label.as_deref(), Some("Fixture"));
    assert_eq!(manifest.permission_groups[0].name, "com.example.fixture.GROUP");
    assert_eq!(manifest.permission_trees[0].name, "com.example.fixture.tree");
    assert_eq!(manifest.features.len(), 2);
    assert!(!manifest.features[0].required && manifest.features[1].name.is_none());
    assert_eq!(manifest.instrumentation[0].name, "com.example.fixture.Probe");
    assert_eq!(manifest.instrumentation[0].target_package.as_deref(), Some("com.example.target"));
}

#[test]
fn the_application() {
    let manifest = manifest(BOTH[0]);
    assert!(manifest.has_application && manifest.debuggable && manifest.persistent && !manifest.allow_backup);
    assert_eq!(manifest.application_class.as_deref(), Some("com.example.fixture.App"));
    assert_eq!(manifest.label.as_deref(), Some("Fixture"));
    assert_eq!(manifest.process.as_deref(), Some("com.example.process"));
    assert_eq!(manifest.uses_cleartext_traffic, Some(true));
    assert!(manifest.network_security_config.is_some() && manifest.direct_boot_aware);
    let library = &manifest.uses_libraries[0];
    assert_eq!(
        (library.kind, library.name.as_str(), library.required),
        (UsedLibraryKind::Shared, "com.example.library", false)
    );
    let data: Vec<(&str, Option<&str>, bool)> = manifest
        .meta_data
        .iter()
        .map(|it| (it.name.as_str(), it.value.as_deref(), it.resource.is_some()))
        .collect();
    assert_eq!(
        data,
        [("channel", Some("grüße"), true), ("number", Some("42"), false), ("config", None, true)]
    );
}

#[test]
fn exported_enabled_and_guarded_by_androids_rules() {
    let manifest = manifest(BOTH[0]);
    let closed = Some("com.example.fixture.CLOSED");
    let open = Some("com.example.fixture.OPEN");
    for (name, kind, attribute, exported, permission) in [
        ("com.example.fixture.Plain", ComponentKind::Activity, None, false, closed),
        ("com.example.fixture.Main", ComponentKind::Activity, None, true, None),
        ("com.example.fixture.NoAction", ComponentKind::Activity, None, false, closed),
        ("com.example.fixture.Alias", ComponentKind::ActivityAlias, Some(true), true, None),
        ("com.example.fixture.GuardedAlias", ComponentKind::ActivityAlias, None, true, open),
        ("com.example.fixture.Work", ComponentKind::Service, None, true, closed),
        ("com.example.fixture.Hidden", ComponentKind::Service, Some(false), false, closed),
        ("com.example.other.Boot", ComponentKind::Receiver, None, true, open),
        ("com.example.fixture.Off", ComponentKind::Receiver, Some(true), true, closed),
        ("com.example.fixture.Store", ComponentKind::Provider, Some(true), true, closed),
        ("com.example.fixture.Quiet", ComponentKind::Provider, None, false, closed),
    ] {
        let component = component(&manifest, name);
        assert_eq!(component.kind, kind, "{name}");
        assert_eq!((component.exported_attr, component.exported), (attribute, exported), "{name}");
        assert_eq!(component.permission.as_deref(), permission, "{name}");
    }
    assert_eq!(
        component(&manifest, "com.example.fixture.Alias").target_activity.as_deref(),
        Some("com.example.fixture.Plain")
    );
    let work = component(&manifest, "com.example.fixture.Work");
    assert_eq!(work.process.as_deref(), Some("com.example.fixture:remote"));
    assert!(work.isolated_process && work.direct_boot_aware);
    assert!(component(&manifest, "com.example.fixture.Hidden").single_user);
    let boot = component(&manifest, "com.example.other.Boot");
    assert_eq!(boot.process.as_deref(), Some("com.example.process"));
    assert!(!boot.direct_boot_aware);
}

#[test]
fn providers_have_three_kinds_of_guards() {
    let manifest = manifest(BOTH[0]);
    let store = component(&manifest, "com.example.fixture.Store");
    assert_eq!(store.authorities, ["com.example.fixture.a", "com.example.fixture.b"]);
    assert_eq!(store.read_permission.as_deref(), Some("com.example.fixture.OPEN"));
    assert_eq!(store.write_permission.as_deref(), Some("com.example.fixture.CLOSED"));
    assert!(store.grant_uri_permissions);
    assert_eq!(store.grant_uri_patterns[0].path, PathPattern::Simple("/open/.*".into()));
    // The one without permissions is ignored.
    assert_eq!(store.path_permissions.len(), 1);
    assert_eq!(store.path_permissions[0].path, PathPattern::Prefix("/secret".into()));
    assert_eq!(store.path_permissions[0].read_permission.as_deref(), Some("com.example.fixture.OLD"));
    assert_eq!(store.path_permissions[0].write_permission, None);
    let quiet = component(&manifest, "com.example.fixture.Quiet");
    assert_eq!(quiet.read_permission.as_deref(), Some("com.example.fixture.CLOSED"));
    // An empty permission is none, and not the application's.
    assert_eq!(quiet.write_permission, None);
    assert!(quiet.grant_uri_permissions);
}

#[test]
fn intent_filters() {
    let manifest = manifest(BOTH[0]);
    let main = component(&manifest, "com.example.fixture.Main");
    assert_eq!(main.actions(), ["android.intent.action.MAIN", "android.intent.action.VIEW"]);
    assert_eq!(main.filters[0].priority, 5);
    assert_eq!(main.filters[0].categories, ["android.intent.category.LAUNCHER"]);
    assert_eq!(main.filters[1].data[0].scheme.as_deref(), Some("https"));
    assert_eq!(main.filters[1].data[0].host.as_deref(), Some("example.invalid"));
    assert_eq!(main.filters[1].data[0].path_prefix.as_deref(), Some("/x"));
    assert_eq!(main.filters[1].data[1].mime.as_deref(), Some("text/plain"));
}

#[test]
fn resources_are_chosen_for_the_platform() {
    for (sdk, boot, off) in
        [(Some(18), false, true), (Some(19), true, true), (Some(24), true, false), (None, true, false)]
    {
        for bytes in BOTH {
            let (apk, _) = with_cx(|cx| {
                Apk::open_for(View::from_vec(bytes.to_vec()), &Locus::input(), Device { sdk }, cx)
                    .expect("an archive")
            });
            let manifest = apk.manifest.expect("a manifest");
            assert_eq!(component(&manifest, "com.example.other.Boot").enabled, boot, "{sdk:?}");
            assert_eq!(component(&manifest, "com.example.fixture.Off").enabled, off, "{sdk:?}");
        }
    }
}

#[test]
fn what_the_runtime_loads() {
    for bytes in BOTH {
        let (apk, _) = open(bytes.to_vec());
        let loaded: Vec<&str> = apk.dex_entries().iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(loaded, ["classes.dex", "classes2.dex"]);
        let mut not: Vec<&str> = apk.unloaded_dex_entries().iter().map(|entry| entry.name.as_str()).collect();
        not.sort_unstable();
        assert_eq!(not, ["assets/hidden.dex", "classes4.dex"]);
        let libraries: Vec<(&str, &str)> =
            apk.native_libraries().iter().map(|it| (it.abi, it.file)).collect();
        assert_eq!(libraries, [("arm64-v8a", "libfixture.so")]);
    }
}

#[test]
fn what_layouts_name() {
    for bytes in BOTH {
        let (apk, _) = open(bytes.to_vec());
        let (layouts, problems) = with_cx(|cx| apk.layouts(cx));
        assert_eq!(problems, []);
        let names =
            |map: &std::collections::BTreeMap<String, String>| map.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&layouts.on_click), ["choose", "go", "pressed"]);
        assert_eq!(layouts.on_click["go"], "res/layout/main.xml");
        assert_eq!(names(&layouts.views), ["com.example.fixture.Dial", "com.example.fixture.Inner$Dial"]);
        assert_eq!(names(&layouts.fragments), ["com.example.fixture.OldPart", "com.example.fixture.Part"]);
        assert_eq!(names(&layouts.named_classes), ["com.example.fixture.Search"]);
        assert_eq!(layouts.password_fields.len(), 2);
        assert_eq!(layouts.files, 3);
    }
}

#[test]
fn xml_resources_are_read_whatever_form_they_have() {
    let (apk, _) = open(BOTH[0].to_vec());
    let id =
        apk.manifest.as_ref().and_then(|manifest| manifest.network_security_config).expect("a configuration");
    let (document, _) = with_cx(|cx| {
        let (entry, document) = apk.xml_resource(id, cx).expect("an entry");
        assert_eq!(entry, "res/xml/network.xml");
        document.expect("XML")
    });
    let text = include_bytes!("data/source/res/xml/network.xml");
    let (source, _) = with_cx(|cx| overt_apk::xml::XmlDocument::read(text, cx.limits).expect("XML"));
    for document in [document, source] {
        assert_eq!(document.root.name, "network-security-config");
        let base = document.root.children_named("base-config").next().expect("base");
        let flag = base
            .attributes
            .iter()
            .find(|attribute| attribute.name == "cleartextTrafficPermitted")
            .expect("flag");
        assert_eq!(flag.value.as_boolean(), Some(true));
        let domain = &document.root.children[1].children[0];
        assert_eq!((domain.name.as_str(), domain.text.trim()), ("domain", "example.invalid"));
    }
    assert!(matches!(Value::Text("x".into()).as_text().as_deref(), Some("x")));
}

#[test]
fn the_network_configuration_is_found_or_missed() {
    let (mut apk, _) = open(BOTH[0].to_vec());
    let (found, problems) = with_cx(|cx| apk.network_config(cx));
    let found = found.expect("a configuration");
    assert_eq!(found.entry, "res/xml/network.xml");
    assert_eq!(found.config.base_cleartext, Some(true));
    assert!(problems.is_empty(), "{problems:?}");
    // An id that leads nowhere is said, and is no answer.
    if let Some(manifest) = &mut apk.manifest {
        manifest.network_security_config = Some(0x7f7f_7f7f);
    }
    let (found, problems) = with_cx(|cx| apk.network_config(cx));
    assert!(found.is_none());
    assert_eq!(problems.first().map(|problem| problem.code), Some("apk/network-config-unreadable"));
    // Naming none is no problem.
    apk.manifest = None;
    let (found, problems) = with_cx(|cx| apk.network_config(cx));
    assert!(found.is_none() && problems.is_empty());
}

/// A manifest in text form: read by name, since there are no resource ids.
fn from_text(body: &str) -> (Manifest, Vec<String>) {
    let text = format!(
        "<manifest xmlns:android='http://schemas.android.com/apk/res/android' package='p.q'>{body}</manifest>"
    );
    let (manifest, problems) = with_cx(|cx| {
        Manifest::read(text.as_bytes(), None, Device::default(), &Locus::input(), cx).expect("a manifest")
    });
    (manifest, problems.into_iter().map(|problem| format!("{}: {}", problem.code, problem.detail)).collect())
}

#[test]
fn exported_by_default_table() {
    let action = "<intent-filter><action android:name='a'/></intent-filter>";
    let category = "<intent-filter><category android:name='c'/></intent-filter>";
    for (element, inside, target, expected) in [
        ("activity", "", 30, false),
        ("activity", action, 30, true),
        ("activity", category, 30, false),
        ("receiver", action, 3, true),
        ("receiver", category, 3, false),
        ("service", category, 30, true),
        ("service", "", 3, false),
        ("provider", "", 16, true),
        ("provider", "", 17, false),
        ("provider", action, 30, false),
    ] {
        for (attribute, expected) in [
            ("", expected),
            ("android:exported='true'", true),
            ("android:exported='false'", false),
            ("android:exported='yes'", false),
        ] {
            let (manifest, _) = from_text(&format!(
                "<uses-sdk android:targetSdkVersion='{target}'/><application><{element} android:name='.X' {attribute}>{inside}</{element}></application>"
            ));
            assert_eq!(manifest.components[0].exported, expected, "{element} {attribute} {inside} {target}");
        }
    }
}

#[test]
fn a_target_behind_the_application_comes_too_late_for_providers() {
    let provider = "<application><provider android:name='.X'/></application>";
    let sdk = "<uses-sdk android:targetSdkVersion='23'/>";
    let (manifest, problems) = from_text(&format!("{sdk}{provider}"));
    assert!(!manifest.components[0].exported && problems.is_empty());
    let (manifest, problems) = from_text(&format!("{provider}{sdk}"));
    assert!(manifest.components[0].exported);
    assert_eq!(
        problems,
        ["manifest/uses-sdk-behind-application: uses-sdk stands behind application, which has p.q.X"]
    );
    // Only a minimum: it is the target as well.
    let (manifest, _) = from_text(&format!("<uses-sdk android:minSdkVersion='21'/>{provider}"));
    assert!(!manifest.components[0].exported);
    let (manifest, _) = from_text(provider);
    assert!(manifest.components[0].exported, "no target at all is target 1");
}

#[test]
fn what_android_12_refuses_is_said() {
    let filter = "<intent-filter><action android:name='a'/></intent-filter>";
    let (_, problems) = from_text(&format!(
        "<uses-sdk android:targetSdkVersion='31'/><application><service android:name='.X'>{filter}</service></application>"
    ));
    assert_eq!(problems, ["manifest/exported-missing: p.q.X"]);
}

#[test]
fn names_and_switches() {
    let (manifest, _) = from_text(
        "<uses-sdk android:minSdkVersion='R'/><application android:enabled='false'>\
         <activity android:name='X'/><activity android:name='.Y'/><activity android:name='a.Z'/><activity/>\
         <activity-alias android:name='W' android:targetActivity='X'/></application>\
         <application><activity android:name='second.application'/></application>\
         <overlay android:targetPackage='t' android:isStatic='true' android:priority='3'/>",
    );
    let names: Vec<&str> = manifest.components.iter().map(|component| component.name.as_str()).collect();
    assert_eq!(names, ["p.q.X", "p.q.Y", "a.Z", "p.q.W"]);
    assert!(manifest.components.iter().all(|component| !component.enabled));
    assert_eq!(manifest.min_sdk, Some(30));
    let overlay = manifest.overlay.expect("an overlay");
    assert_eq!(
        (overlay.target_package.as_deref(), overlay.is_static, overlay.priority),
        (Some("t"), true, 3)
    );
}

#[test]
fn no_package_no_manifest() {
    for text in ["<manifest/>", "<manifest package=''/>", "<other package='p'/>", "", "\u{3}\u{0}"] {
        let (result, _) =
            with_cx(|cx| Manifest::read(text.as_bytes(), None, Device::default(), &Locus::input(), cx));
        assert!(result.is_err(), "{text}");
    }
}

#[test]
fn names_are_not_needed_where_there_are_ids() {
    for apk in BOTH {
        let (opened, _) = open(apk.to_vec());
        let (bytes, _) = with_cx(|cx| {
            opened.archive().read_named("AndroidManifest.xml", cx).expect("there").expect("readable").to_vec()
        });
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize;
        // The string pool is the first chunk, the resource map the second; the first strings are the names of the
        // attributes that the map has ids for.
        let pool = 8;
        assert_eq!(bytes[pool], 1);
        let map = pool + word(pool + 4);
        assert_eq!(bytes[map..map + 2], [0x80, 0x01]);
        let names = (word(map + 4) - 8) / 4;
        assert!(names > 20);
        let mut nameless = bytes.clone();
        for index in 0..names {
            let at = pool + word(pool + 20) + word(pool + 28 + 4 * index);
            nameless[at..at + 2].copy_from_slice(&[0, 0]);
        }
        let (before, after) = with_cx(|cx| {
            let read = |bytes: &[u8]| {
                Manifest::read(bytes, opened.resources(), Device::default(), &Locus::input(), cx)
                    .expect("a manifest")
            };
            (read(&bytes), read(&nameless))
        })
        .0;
        // One string is the name of an attribute and of an element at once: the elements named "permission" are gone.
        assert!(after.permissions.len() <= before.permissions.len());
        let (before, after) =
            (Manifest { permissions: vec![], ..before }, Manifest { permissions: vec![], ..after });
        assert!(before == after);
    }
}
