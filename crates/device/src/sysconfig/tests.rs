use overt_base::{Locus, Problem};

use super::*;
use crate::properties;
use crate::testing::{Context, corpus, corpus_files, files};

fn read_files(list: &[(&str, &str)]) -> (SystemConfig, Vec<Problem>) {
    let context = Context::new();
    let files = files(list);
    let properties = properties::read(&files, &context.cx());
    let config = read(&files, &properties, &context.cx());
    (config, context.problems())
}

const SDK30: (&str, &str) =
    ("/system/build.prop", "ro.build.version.sdk=30\nro.product.first_api_level=30\n");

#[test]
fn everything_a_platform_file_says() {
    let text = r#"<?xml version="1.0"?>
<!-- c -->
<permissions>
  <permission name="p.NET"><group gid="inet"/><group gid="vpn"/></permission>
  <assign-permission name="p.CAMERA" uid="media"/>
  <split-permission name="p.FINE" targetSdk="29"><new-permission name="p.BACK"/></split-permission>
  <library name="lib" file="/system/framework/lib.jar" dependency="a:b"/>
  <feature name="f.one"/><feature name="f.two"/><unavailable-feature name="f.two"/>
  <privapp-permissions package="a.b">
    <permission name="p.ONE"/>
    <deny-permission name="p.TWO"/>
  </privapp-permissions>
  <oem-permissions package="o"><permission name="p.O"/><deny-permission name="p.D"/></oem-permissions>
  <allow-in-power-save package="a.b"/>
  <hidden-api-whitelisted-app package="h"/>
  <feature/>
  <unknown/>
</permissions>"#;
    let (config, problems) = read_files(&[SDK30, ("/system/etc/permissions/platform.xml", text)]);
    assert!(problems.is_empty());
    assert_eq!(config.gids["p.NET"].iter().map(String::as_str).collect::<Vec<_>>(), ["inet", "vpn"]);
    assert_eq!(config.assigned[0].uid, "media");
    assert_eq!(config.assigned[0].origin.line, 5);
    assert_eq!(
        config.splits[0],
        Split { permission: "p.FINE".into(), below_target: Some(29), with: vec!["p.BACK".into()] }
    );
    assert_eq!(config.libraries["lib"].file, "/system/framework/lib.jar");
    assert_eq!(config.libraries["lib"].dependencies, ["a", "b"]);
    assert_eq!(config.features.iter().map(String::as_str).collect::<Vec<_>>(), ["f.one"]);
    assert!(config.oem["o"]["p.O"]);
    assert!(!config.oem["o"]["p.D"]);
    assert!(config.names_package("allow-in-power-save", "a.b").is_some());
    assert!(config.hidden_api_allowed("h") && !config.hidden_api_allowed("a.b"));
    let listing = |permission: &str| config.listing("a.b", "/system/priv-app/A/A.apk", permission, Some(30));
    assert!(matches!(listing("p.ONE"), Listing::Allowed(origin) if origin.line == 10));
    assert!(matches!(listing("p.TWO"), Listing::Denied(_)));
    assert_eq!(listing("p.THREE"), Listing::Unlisted);
}

#[test]
fn a_partition_s_list_speaks_for_its_own_packages_only() {
    let text = r#"<permissions><privapp-permissions package="a"><permission name="p"/></privapp-permissions></permissions>"#;
    let (config, _) = read_files(&[SDK30, ("/vendor/etc/permissions/x.xml", text)]);
    for (path, expected) in [
        ("/vendor/priv-app/A/A.apk", true),
        ("/odm/priv-app/A/A.apk", true),
        ("/system/vendor/priv-app/A/A.apk", true),
        ("/system/priv-app/A/A.apk", false),
        ("/product/priv-app/A/A.apk", false),
    ] {
        let listed = config.listing("a", path, "p", Some(30)) != Listing::Unlisted;
        assert_eq!(listed, expected, "{path}");
    }
    // Before Android 9 there was one list for all partitions.
    let (config, _) = read_files(&[
        ("/system/build.prop", "ro.build.version.sdk=27\n"),
        ("/vendor/etc/permissions/x.xml", text),
    ]);
    assert_ne!(config.listing("a", "/system/priv-app/A/A.apk", "p", Some(27)), Listing::Unlisted);
}

#[test]
fn a_partition_says_no_more_than_its_release_lets_it() {
    let text = r#"<permissions><assign-permission name="p" uid="media"/><feature name="f"/><library name="l" file="/l.jar"/><app-link package="a"/></permissions>"#;
    let says = |sdk: u32, first: u32, path: &str| {
        let prop = format!("ro.build.version.sdk={sdk}\nro.product.first_api_level={first}\n");
        let (config, _) = read_files(&[("/system/build.prop", &prop), (path, text)]);
        (config.assigned.len(), config.features.len(), config.libraries.len(), config.packages.len())
    };
    assert_eq!(says(30, 30, "/system/etc/sysconfig/x.xml"), (1, 1, 1, 1));
    assert_eq!(says(30, 30, "/vendor/etc/sysconfig/x.xml"), (0, 1, 1, 0));
    assert_eq!(says(30, 27, "/vendor/etc/sysconfig/x.xml"), (1, 1, 1, 1));
    assert_eq!(says(23, 23, "/vendor/etc/sysconfig/x.xml"), (0, 0, 0, 0), "not read before Android 8");
    assert_eq!(says(23, 23, "/system/etc/sysconfig/x.xml"), (1, 1, 1, 1));
    assert_eq!(says(30, 30, "/product/etc/sysconfig/x.xml"), (1, 1, 1, 1));
    assert_eq!(says(27, 27, "/product/etc/sysconfig/x.xml"), (0, 0, 0, 0));
    assert_eq!(says(30, 30, "/system_ext/etc/sysconfig/x.xml"), (1, 1, 1, 1));
    assert_eq!(says(30, 30, "/oem/etc/sysconfig/x.xml"), (0, 1, 0, 1));
    assert_eq!(says(30, 30, "/moon/etc/sysconfig/x.xml"), (0, 0, 0, 0));
}

#[test]
fn default_permissions_name_package_and_permission() {
    let text = r#"<exceptions><exception package="a" sha256-cert-digest="AB"><permission name="p" fixed="true"/><permission name="q"/></exception><exception/></exceptions>"#;
    let (config, _) = read_files(&[SDK30, ("/product/etc/default-permissions/x.xml", text)]);
    assert_eq!(config.default_grants.len(), 2);
    assert!(config.default_grants[0].fixed && !config.default_grants[1].fixed);
    assert_eq!(config.default_grants[0].certificate.as_deref(), Some("ab"));
}

#[test]
fn only_the_right_folders_are_read() {
    for (path, expected) in [
        ("/system/etc/permissions/a.xml", true),
        ("/system/etc/sysconfig/a.xml", true),
        ("/system/vendor/etc/permissions/a.xml", true),
        ("/vendor/odm/etc/permissions/a.xml", true),
        ("/apex/com.android.x/etc/permissions/a.xml", true),
        ("/product/etc/default-permissions/a.xml", true),
        ("/system/etc/permissions/a.txt", false),
        ("/system/etc/permissions/sub/a.xml", false),
        ("/system/x/etc/permissions/a.xml", false),
        ("/etc/permissions/a.xml", false),
        ("/system/etc/a.xml", false),
    ] {
        assert_eq!(is_configuration(path), expected, "{path}");
    }
}

#[test]
fn what_cannot_be_read_is_told() {
    let path = "/system/etc/permissions/x.xml";
    let bomb = format!("<permissions>{}</permissions>", "<feature name=\"f\"/>".repeat(100));
    for (text, code) in [
        ("<permissions><feature", "sysconfig/xml-broken"),
        ("<!DOCTYPE x [<!ENTITY a \"b\">]><permissions/>", "sysconfig/xml-broken"),
        ("ABX\0rest", "sysconfig/binary-xml"),
        ("\u{3}\0\u{8}\0rest", "sysconfig/binary-xml"),
    ] {
        let (_, problems) = read_files(&[(path, text)]);
        assert_eq!(problems.len(), 1, "{text:?}");
        assert_eq!(problems[0].code, code);
    }
    let context = Context::with(overt_base::Limits { xml_elements: 5, ..overt_base::Limits::default() });
    let _ = read(&files(&[(path, &bomb)]), &Properties::default(), &context.cx());
    assert_eq!(context.problems()[0].code, "sysconfig/xml-broken");
    let context = Context::new();
    let list =
        Files::new([File { path, bytes: b"<permissions a=\"\xff\"/>", locus: Locus::input(), mode: None }]);
    let _ = read(&list, &Properties::default(), &context.cx());
    assert_eq!(context.problems()[0].code, "sysconfig/not-utf8");
    for text in ["", " \n", "<other><feature name=\"f\"/></other>", "\u{feff}<permissions/>"] {
        let (config, problems) = read_files(&[(path, text)]);
        assert!(problems.is_empty(), "{text:?}");
        assert!(config.features.is_empty());
    }
}

#[test]
fn deep_and_cut_documents_end() {
    let deep = format!("<permissions>{}", "<a>".repeat(200_000));
    let (_, problems) = read_files(&[("/system/etc/permissions/x.xml", &deep)]);
    assert_eq!(problems.len(), 1);
    let text = "<permissions><privapp-permissions package=\"a\"><permission name=\"p\"/></privapp-permissions></permissions>";
    for end in 0..text.len() {
        let _ = read_files(&[("/system/etc/permissions/x.xml", &text[..end])]);
    }
}

#[test]
fn real_configurations_read_without_a_complaint() {
    for (name, features, privapp) in [
        ("phone-2016", 40, 0),
        ("phone-2017", 40, 0),
        ("pixel5-slice", 100, 50),
        ("formats/android-9-oat138-vdex019-cdex", 0, 0),
    ] {
        let Some(list) = corpus(name) else { return };
        let context = Context::new();
        let files = corpus_files(&list);
        let properties = properties::read(&files, &context.cx());
        let config = read(&files, &properties, &context.cx());
        let packages: usize = config.privapp.values().map(BTreeMap::len).sum();
        println!(
            "{name}: {} files, {} features, {} libraries, {} gids, {} assigned, {} splits, {packages} privileged lists, {} default grants, tags {:?}",
            config.files.len(),
            config.features.len(),
            config.libraries.len(),
            config.gids.len(),
            config.assigned.len(),
            config.splits.len(),
            config.default_grants.len(),
            config.packages.iter().map(|(tag, list)| (tag, list.len())).collect::<Vec<_>>(),
        );
        let problems = context.problems();
        assert!(problems.is_empty(), "{name}: {problems:#?}");
        assert!(config.features.len() >= features, "{name}");
        assert!(packages >= privapp, "{name}");
    }
}
