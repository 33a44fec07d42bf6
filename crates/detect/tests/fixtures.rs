//! Every fixture app is analysed, and what is reported is held against what its lines say about themselves.
#![allow(missing_docs)]

use std::collections::BTreeSet;

use overt_apk::apk::Apk;
use overt_base::{Cancel, Cx, Limits, Locus, Problems, View, progress::Silent};
use overt_catalogue::Catalogue;
use overt_detect::concealed::Concealed;
use overt_detect::{BuildProperties, Code, CodePlace, Findings, Index, Unit, analyse, entry, finding};
use overt_dex::DexFile;
use overt_program::ClassTable;
use overt_record::evidence::Role;
use overt_record::{Build, Finding, Package};
use overt_testkit::{Fixture, Reported, check};

fn package(apk: &Apk) -> Package {
    let manifest = apk.manifest.as_ref().expect("fixtures have manifests");
    let json = serde_json::json!({
        "package": manifest.package, "label": null, "version_name": null, "version_code": null,
        "path": "/input.apk", "sha256": null, "partition": "unknown", "kind": "app",
        "runs_as": {"uid": null, "shared_user": null}, "privileged": false, "debuggable": false,
        "persistent": false, "min_sdk": null, "target_sdk": null, "signer": [],
        "requested_permissions": [], "granted_permissions": [], "declared_permissions": [],
        "components": [], "code": [], "natives": [], "reads": []
    });
    serde_json::from_value(json).expect("a package entry")
}

fn findings(catalogue: &Catalogue, fixture: &Fixture) -> (Findings, ClassTable) {
    let limits = Limits { evidence_sites: 10_000, ..Limits::default() };
    let problems = Problems::new(limits.problems_per_code);
    let cancel = Cancel::default();
    let cx = Cx { limits: &limits, problems: &problems, progress: &Silent, cancel: &cancel };
    let locus = Locus::input();
    let bytes = fixture.bytes().expect("built fixture");
    let apk = Apk::open(View::from_vec(bytes), &locus, &cx).expect("an APK");
    let manifest = apk.manifest.as_ref().expect("fixtures have manifests");
    let dexes: Vec<DexFile> = apk
        .dex_entries()
        .into_iter()
        .map(|entry| DexFile::parse(apk.archive().read(entry, &cx).expect("an entry")).expect("a DEX"))
        .collect();
    let places: Vec<CodePlace> =
        dexes.iter().map(|_| CodePlace { locus: "input".into(), sha256: String::new() }).collect();
    let table = ClassTable::link(None, dexes);
    let levels =
        |name: &str| manifest.permissions.iter().find(|p| p.name == name).map(|p| p.protection_level.clone());
    let (mut entries, _) = entry::from_manifest(catalogue, &table, manifest, &levels);
    let layouts = apk.layouts(&cx);
    let classes: Vec<String> = [&layouts.views, &layouts.fragments, &layouts.named_classes]
        .into_iter()
        .flat_map(|n| n.keys().cloned())
        .collect();
    let on_click: Vec<String> = layouts.on_click.keys().cloned().collect();
    entries.extend(entry::from_layouts(&table, &classes, &on_click));
    let index = Index::new(catalogue);
    let analysis = analyse(&index, &table, &entries);
    let permissions: BTreeSet<String> =
        manifest.uses_permissions.iter().map(|used| used.name.clone()).collect();
    let package = package(&apk);
    let network_config = apk.network_config(&cx);
    let recovered = overt_evaluate::strings(
        &table,
        &overt_evaluate::NoResources,
        overt_evaluate::Budget::default(),
        false,
    );
    let concealed = Concealed::of(&table, &analysis.reach, &recovered.strings);
    let unit = Unit {
        package: &package,
        identity: &manifest.package,
        manifest: Some(manifest),
        manifest_locus: "input!AndroidManifest.xml",
        network_config: network_config.as_ref().map(|file| (&file.config, "input!res/xml")),
        code: Some(Code {
            table: &table,
            bodies: &analysis.bodies,
            entries: &entries,
            reach: &analysis.reach,
            occurrences: &analysis.occurrences,
            places: &places,
            flows: None,
            concealed: Some(&concealed),
        }),
        permissions: &permissions,
        holds_all: false,
        user_in_part: false,
        protected: &BTreeSet::new(),
        level_of: &levels,
        build: &Build::default(),
        limits: &limits,
    };
    let found = finding::of_package(&index, &unit, BuildProperties::default());
    (found, table)
}

fn reported(table: &ClassTable, found: &[Finding], dead: bool) -> Vec<Reported> {
    let mut all = Vec::new();
    for finding in found {
        for evidence in finding
            .evidence
            .iter()
            .filter(|e| matches!(e.role, Role::Source | Role::Sink | Role::Decoder | Role::Key))
        {
            let (Some(class), Some(method), Some(proto), Some(offset)) =
                (&evidence.class, &evidence.method, &evidence.descriptor, evidence.offset)
            else {
                continue;
            };
            let names = table.names();
            let id = table.find(class).expect("a class of the fixture");
            let defined = table
                .defined(id, names.get(method).expect("a name"), names.get(proto).expect("a prototype"))
                .expect("a method of the fixture");
            let definition = table.method(defined);
            let dex = &table.dexes()[usize::from(definition.dex)].dex;
            let lines = dex.code(definition.code_off).expect("code").line_numbers();
            let line = lines.iter().filter(|line| line.offset <= offset).max_by_key(|line| line.offset);
            all.push(Reported {
                behaviour: finding.behaviour.clone(),
                dead,
                class: class.clone(),
                method: format!("{method}{proto}"),
                line: line.map(|line| line.line),
            });
        }
    }
    all
}

#[test]
fn fixtures_say_what_is_found() {
    let catalogue = Catalogue::builtin();
    let mut wrong = String::new();
    for fixture in Fixture::all().expect("fixtures") {
        let (found, table) = findings(&catalogue, &fixture);
        let mut all = reported(&table, &found.living, false);
        all.extend(reported(&table, &found.dead, true));
        if let Err(mismatches) = check(&fixture, &all) {
            wrong.push_str(&format!("{}:\n{mismatches}\n", fixture.slug));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
