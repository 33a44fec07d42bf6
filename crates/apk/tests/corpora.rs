//! Every APK of the real inputs opens, has a manifest and says who signed it. Totals are printed.
#![allow(clippy::print_stderr, missing_docs)]

mod common;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use common::{corpora, files, with_cx};
use overt_apk::apk::Apk;
use overt_apk::layout::Layouts;
use overt_apk::signing::{self, Platform, Scheme, Signatures, Verdict};
use overt_base::{Locus, View};

/// CPU time of this thread, which is what the budgets are in.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|text| text.parse().ok()).map_or(Duration::ZERO, Duration::from_nanos)
}

#[derive(Default, Debug)]
struct Totals {
    apks: usize,
    labels: usize,
    components: usize,
    exported: usize,
    permissions: usize,
    dex: usize,
    natives: usize,
    on_click: usize,
    views: usize,
    fragments: usize,
    password_fields: usize,
    layout_files: usize,
    verdicts: BTreeMap<String, usize>,
    opening: Duration,
    layouts: Duration,
    signatures: Duration,
    problems: BTreeMap<&'static str, usize>,
}

fn run(folder: &str, platform: Option<u32>) {
    let Some(root) = corpora(folder) else { return };
    let mut totals = Totals::default();
    let files: Vec<(PathBuf, View)> = files(&root, ".apk")
        .into_iter()
        .map(|path| {
            let view = View::map(&path).expect("readable");
            (path, view)
        })
        .collect();
    let ((), problems) = with_cx(|cx| {
        let clock = cpu();
        let apks: Vec<Apk> = files
            .iter()
            .map(|(path, view)| {
                let locus = Locus::input().child(&path.file_name().expect("a name").to_string_lossy());
                Apk::open(view.clone(), &locus, cx).expect("an archive")
            })
            .collect();
        totals.opening = cpu() - clock;
        totals.apks = apks.len();
        let clock = cpu();
        let layouts: Vec<Layouts> = apks.iter().map(|apk| apk.layouts(cx)).collect();
        totals.layouts = cpu() - clock;
        let clock = cpu();
        let signatures: Vec<Signatures> =
            apks.iter().map(|apk| signing::verify(apk.archive(), Platform(platform), cx)).collect();
        totals.signatures = cpu() - clock;
        for (((path, _), apk), (layouts, signatures)) in
            files.iter().zip(&apks).zip(layouts.iter().zip(&signatures))
        {
            let path = path.display();
            let manifest = apk.manifest.as_ref().unwrap_or_else(|| panic!("{path} has no manifest"));
            assert!(!manifest.package.is_empty());
            totals.labels += usize::from(manifest.label.is_some());
            totals.components += manifest.components.len();
            totals.exported += manifest.components.iter().filter(|component| component.exported).count();
            totals.permissions += manifest.permissions.len();
            totals.dex += apk.dex_entries().len();
            totals.natives += apk.native_libraries().len();
            totals.on_click += layouts.on_click.len();
            totals.views += layouts.views.len();
            totals.fragments += layouts.fragments.len();
            totals.password_fields += layouts.password_fields.len();
            totals.layout_files += layouts.files;
            assert!(!signatures.signers.is_empty(), "{path} has no signer");
            for signer in &signatures.signers {
                let key = format!("{} {} {}", signer.scheme.as_str(), signer.verdict.as_str(), signer.key);
                *totals.verdicts.entry(key).or_default() += 1;
                if signer.verdict != Verdict::Valid || signer.reason.contains("stripped") {
                    eprintln!("  {path}: {} {}", signer.scheme.as_str(), signer.reason);
                }
                if let Some(name) = signer.aosp_test_key() {
                    eprintln!("  {path}: AOSP test key {name}");
                }
            }
        }
    });
    for problem in problems {
        *totals.problems.entry(problem.code).or_default() += 1;
        eprintln!("  {} {}: {}", problem.locus, problem.code, problem.detail);
    }
    eprintln!("{folder}: {totals:#?}");
    assert!(totals.apks > 0);
}

#[test]
fn phone_2016() {
    run("phone-2016", Some(23));
}

#[test]
fn phone_2017() {
    run("phone-2017", Some(23));
}

#[test]
fn pixel5_slice() {
    run("pixel5-slice", Some(30));
}

#[test]
fn formats() {
    run("formats", None);
}

#[test]
fn jars_have_no_manifest_and_no_problem_about_it() {
    let Some(root) = corpora("phone-2016") else { return };
    for path in files(&root, ".jar") {
        let (apk, problems) = with_cx(|cx| {
            Apk::open(View::map(&path).expect("readable"), &Locus::input(), cx)
                .map(|apk| (apk.manifest.is_none(), signing::verify(apk.archive(), Platform::default(), cx)))
        });
        let Ok((no_manifest, signatures)) = apk else {
            eprintln!("{} is no archive", path.display());
            continue;
        };
        assert!(no_manifest);
        assert!(signatures.of(Scheme::V2).next().is_none());
        assert!(problems.iter().all(|problem| !problem.code.starts_with("manifest/")), "{problems:?}");
    }
}
