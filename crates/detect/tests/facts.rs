//! Facts of packages that no line of code shows: the manifest, its network configuration, and the build's level decide.
#![allow(missing_docs)]

use std::collections::BTreeSet;

use overt_apk::manifest::Manifest;
use overt_apk::network_config::NetworkConfig;
use overt_apk::resource_table::Device;
use overt_apk::xml::XmlDocument;
use overt_base::{Cancel, Cx, Limits, Locus, Problems, progress::Silent};
use overt_catalogue::Catalogue;
use overt_detect::{BuildProperties, Index, Unit, finding};
use overt_record::{Build, Finding, Package};

const CONFIG_LOCUS: &str = "input!res/xml/network.xml";

fn package() -> Package {
    let json = serde_json::json!({
        "package": "p.q", "label": null, "version_name": null, "version_code": null,
        "path": "/input.apk", "sha256": null, "partition": "unknown", "kind": "app",
        "runs_as": {"uid": null, "shared_user": null}, "privileged": false, "debuggable": false,
        "persistent": false, "min_sdk": null, "target_sdk": null, "signer": [],
        "requested_permissions": [], "granted_permissions": [], "declared_permissions": [],
        "components": [], "code": [], "natives": [], "reads": []
    });
    serde_json::from_value(json).expect("a package entry")
}

/// The finding of `behaviour` for a package with this application element and configuration on a platform.
fn found(behaviour: &str, application: &str, config: Option<&str>, sdk: u32) -> Option<Finding> {
    let limits = Limits::default();
    let problems = Problems::new(limits.problems_per_code);
    let cancel = Cancel::default();
    let cx = Cx { limits: &limits, problems: &problems, progress: &Silent, cancel: &cancel };
    let text = format!(
        "<manifest xmlns:android='http://schemas.android.com/apk/res/android' package='p.q'>
           <uses-sdk android:targetSdkVersion='30'/><application {application}/></manifest>"
    );
    let mut manifest =
        Manifest::read(text.as_bytes(), None, Device::default(), &Locus::input(), &cx).expect("a manifest");
    let config = config.map(|body| {
        manifest.network_security_config = Some(0x7f01_0000);
        let text = format!("<network-security-config>{body}</network-security-config>");
        NetworkConfig::read(&XmlDocument::read(text.as_bytes(), &limits).expect("XML"))
    });
    let package = package();
    let levels = |_: &str| None;
    let permissions = BTreeSet::from(["android.permission.INTERNET".to_owned()]);
    let unit = Unit {
        package: &package,
        identity: "p.q",
        manifest: Some(&manifest),
        manifest_locus: "input!AndroidManifest.xml",
        network_config: config.as_ref().map(|config| (config, CONFIG_LOCUS)),
        code: None,
        permissions: &permissions,
        holds_all: false,
        user_in_part: false,
        protected: &BTreeSet::new(),
        level_of: &levels,
        build: &Build { sdk: Some(sdk), ..Build::default() },
        limits: &limits,
    };
    let catalogue = Catalogue::builtin();
    let found = finding::of_package(&Index::new(&catalogue), &unit, BuildProperties::default());
    found.living.into_iter().find(|finding| finding.behaviour == behaviour)
}

const CLEARTEXT: &str = "transport/cleartext-allowed";
const FLAG: &str = "android:usesCleartextTraffic='true'";
const FORBIDS: &str = "<base-config cleartextTrafficPermitted='false'/>";

#[test]
fn the_flag_counts_where_the_platform_reads_it() {
    assert!(found(CLEARTEXT, FLAG, None, 23).is_some());
    assert!(found(CLEARTEXT, FLAG, None, 22).is_none(), "the attribute is younger");
    assert!(found(CLEARTEXT, "", None, 23).is_none(), "the default is no word");
    assert!(found(CLEARTEXT, "android:usesCleartextTraffic='false'", None, 23).is_none());
}

#[test]
fn a_configuration_replaces_the_flag_since_android_7() {
    assert!(found(CLEARTEXT, FLAG, Some(FORBIDS), 24).is_none());
    assert!(found(CLEARTEXT, FLAG, Some(FORBIDS), 23).is_some(), "Android 6 does not know configurations");
    assert!(found(CLEARTEXT, FLAG, Some(""), 24).is_none(), "left to the default");
    let allows = "<domain-config cleartextTrafficPermitted='true'><domain>a.invalid</domain></domain-config>";
    assert!(found(CLEARTEXT, "", Some(allows), 23).is_none());
    let finding = found(CLEARTEXT, "", Some(allows), 24).expect("a finding");
    let evidence = finding.evidence.first().expect("evidence");
    assert_eq!(evidence.locus, CONFIG_LOCUS);
    let line = "<domain-config cleartextTrafficPermitted=\"true\"> a.invalid";
    assert_eq!(evidence.instruction.as_deref(), Some(line));
}
