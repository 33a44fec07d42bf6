//! The gates on real inputs: complete scans, repeatable bytes, and findings that do not depend on where the code lies.
//! Skipped, loudly, where the corpora are not there. Figures are printed: run with `--nocapture`.
#![allow(missing_docs, clippy::print_stderr)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use overt_testkit::corpora::{corpora, files};
use overt_testkit::image_builder::zip::{ZipBuilder, ZipFile};
use serde_json::Value;

fn scan(input: &Path, options: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_overt"))
        .arg("scan")
        .arg(input)
        .args(["--no-store", "--json", "--depth", "capability"])
        .args(options)
        .output()
        .expect("the binary runs");
    let code = output.status.code();
    assert!(
        matches!(code, Some(0 | 1 | 4)),
        "{}: exit {code:?}\n{}",
        input.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("JSON is UTF-8")
}

fn record(input: &Path) -> Value {
    serde_json::from_str(&scan(input, &[])).expect("a record")
}

fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// Every code file of the input by the end of its path.
fn code_files(folder: &Path) -> Vec<PathBuf> {
    let wanted = |path: &PathBuf| {
        path.extension()
            .is_some_and(|e| ["apk", "jar", "odex", "vdex", "oat"].iter().any(|wanted| e == *wanted))
    };
    files(folder).into_iter().filter(wanted).collect()
}

/// The page of a build keeps its bounds, and is made at once.
fn page_of(build: &Path, record: &Value) {
    let record: overt_record::Record = serde_json::from_value(record.clone()).expect("a record");
    let subject =
        overt_report::Subject::Whole(overt_report::Whole { record: &record, digest: "0123456789abcdef" });
    let mut page = Vec::new();
    let began = std::time::Instant::now();
    (overt_report::html::OUTPUT.render)(&subject, &overt_report::Style::PLAIN, &mut page).expect("a vector");
    eprintln!("{}: page of {} bytes in {:?}", build.display(), page.len(), began.elapsed());
    assert!(page.len() <= overt_report::html::MOST, "{}", build.display());
    let text = String::from_utf8(page).expect("text");
    assert!(!text.contains("for which there is no room"), "{}: something is left out", build.display());
}

#[test]
fn real_builds_are_read_to_the_end() {
    let Some(corpora) = corpora() else { return };
    let mut builds: Vec<PathBuf> =
        ["phone-2016", "phone-2017", "pixel5-slice"].map(|b| corpora.join(b)).into();
    let mut formats: Vec<PathBuf> =
        fs::read_dir(corpora.join("formats")).expect("formats").flatten().map(|entry| entry.path()).collect();
    formats.sort();
    builds.extend(formats);
    for build in builds {
        let record = record(&build);
        page_of(&build, &record);
        let coverage = &record["coverage"];
        let panics: Vec<&Value> =
            items(coverage, "unreadable").iter().filter(|u| u["code"] == "pipeline/panic").collect();
        assert!(panics.is_empty(), "{}: {panics:?}", build.display());
        let mut named = String::new();
        for package in items(&record, "packages") {
            named.push_str(package["path"].as_str().unwrap_or_default());
            named.push('\n');
            for code in items(package, "code") {
                named.push_str(code["path"].as_str().unwrap_or_default());
                named.push('\n');
            }
        }
        for unreadable in items(coverage, "unreadable") {
            named.push_str(unreadable["locus"].as_str().unwrap_or_default());
            named.push('\n');
            named.push_str(unreadable["detail"].as_str().unwrap_or_default());
            named.push('\n');
        }
        let absent: Vec<String> = code_files(&build)
            .iter()
            .filter(|path| fs::metadata(path).is_ok_and(|m| m.len() > 0))
            .filter_map(|path| Some(format!("/{}", path.strip_prefix(&build).ok()?.display())))
            // The root of a system-as-root image lies in a folder named after the partition.
            .map(|path| path.replacen("/system/system/", "/system/", 1))
            .filter(|path| !named.contains(path.as_str()))
            .collect();
        // A VDEX whose code lies in the APK has nothing of its own to say.
        let absent: Vec<&String> = absent.iter().filter(|path| !path.ends_with(".vdex")).collect();
        let quick = |key: &str| -> u64 {
            items(&record, "packages")
                .iter()
                .flat_map(|package| items(package, "code"))
                .filter_map(|code| code["quick"][key].as_u64())
                .sum()
        };
        eprintln!(
            "{}: {} packages, {} methods ({} incomplete), {} findings, {} dead, quickened {} exact, {} not restorable, {} wrong, {} files named nowhere",
            build.file_name().unwrap_or_default().display(),
            items(&record, "packages").len(),
            coverage["methods_seen"],
            coverage["methods_incomplete"],
            items(&record, "findings").len(),
            items(&record, "dead").len(),
            quick("exact"),
            quick("not_restorable"),
            quick("wrong"),
            absent.len(),
        );
        assert!(absent.is_empty(), "{}: neither package nor coverage names {absent:?}", build.display());
        assert_eq!(quick("wrong"), 0, "{}", build.display());
    }
}

#[test]
fn scans_are_byte_identical() {
    let Some(corpora) = corpora() else { return };
    let phone = corpora.join("phone-2016");
    let first = scan(&phone, &["--jobs", "1"]);
    assert_eq!(first, scan(&phone, &["--jobs", "2"]), "the number of jobs changes the record");
    let folder = tempfile::tempdir().expect("a folder");
    let elsewhere = folder.path().join("another name");
    copy(&phone, &elsewhere);
    assert_eq!(first, scan(&elsewhere, &[]), "the place of the input changes the record");
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).expect("inside"));
        fs::create_dir_all(target.parent().expect("a parent")).expect("a folder");
        fs::copy(&file, &target).expect("a copy");
    }
}

/// What a finding says, without where the code lies.
fn essence(record: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in items(record, "findings") {
        let places: Vec<String> = items(finding, "evidence")
            .iter()
            .map(|e| {
                format!("{} {}{}{}@{}", e["role"], e["class"], e["method"], e["descriptor"], e["offset"])
            })
            .collect();
        let text = format!(
            "{} {} {} {} {:?}",
            finding["id"], finding["behaviour"], finding["rung"], finding["severity"], places
        );
        all.entry(finding["package"].to_string()).or_default().insert(text);
    }
    all
}

#[test]
fn findings_stay_when_the_code_is_only_in_the_odex() {
    let Some(corpora) = corpora() else { return };
    let phone = corpora.join("phone-2016");
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, stripped) = (folder.path().join("whole"), folder.path().join("stripped"));
    for tree in [&whole, &stripped] {
        copy(&phone.join("system/framework"), &tree.join("system/framework"));
        fs::copy(phone.join("system/build.prop"), tree.join("system/build.prop")).expect("build.prop");
    }
    let mut chosen = 0;
    for apk in files(&phone.join("system")) {
        let Some(stem) = apk.file_stem().map(|s| s.to_string_lossy().into_owned()) else { continue };
        let app = apk.parent().expect("a folder");
        let odex = ["arm64", "arm"].map(|isa| app.join(format!("oat/{isa}/{stem}.odex")));
        let Some(odex) = odex.iter().find(|odex| odex.exists()) else { continue };
        if chosen == 20 || apk.extension().is_none_or(|e| e != "apk") {
            continue;
        }
        let bytes = fs::read(&apk).expect("readable");
        let Some(without) = strip(&bytes) else { continue };
        chosen += 1;
        for (tree, bytes) in [(&whole, &bytes), (&stripped, &without)] {
            let to = tree.join(apk.strip_prefix(&phone).expect("inside"));
            fs::create_dir_all(to.parent().expect("a parent")).expect("a folder");
            fs::write(&to, bytes).expect("written");
            let to = tree.join(odex.strip_prefix(&phone).expect("inside"));
            fs::create_dir_all(to.parent().expect("a parent")).expect("a folder");
            fs::copy(odex, &to).expect("a copy");
        }
    }
    assert_eq!(chosen, 20, "apps with both copies of their code");
    let (whole, stripped) = (essence(&record(&whole)), essence(&record(&stripped)));
    let count = |all: &BTreeMap<String, BTreeSet<String>>| all.values().map(BTreeSet::len).sum::<usize>();
    eprintln!("20 apps: {} findings with classes.dex, {} without", count(&whole), count(&stripped));
    for (package, findings) in &whole {
        let other = stripped.get(package).cloned().unwrap_or_default();
        let gone: Vec<&String> = findings.difference(&other).collect();
        let new: Vec<&String> = other.difference(findings).collect();
        assert!(gone.is_empty() && new.is_empty(), "{package}:\n gone {gone:#?}\n new {new:#?}");
    }
}

/// The archive without its DEX files, as builds that compile ahead of time ship it; `None` where there is none.
fn strip(apk: &[u8]) -> Option<Vec<u8>> {
    use overt_base::{Cancel, Cx, Limits, Locus, Problems, View, progress::Silent};
    let limits = Limits::default();
    let (problems, cancel) = (Problems::new(1), Cancel::default());
    let cx = Cx { limits: &limits, problems: &problems, progress: &Silent, cancel: &cancel };
    let archive =
        overt_container::zip::Archive::open(View::from_vec(apk.to_vec()), &Locus::input(), &cx).ok()?;
    archive.find("classes.dex")?;
    let kept = archive.entries().iter().filter(|entry| !entry.name.ends_with(".dex"));
    let kept: Vec<ZipFile> = kept
        .filter_map(|entry| Some(ZipFile::deflated(&entry.name, &archive.read(entry, &cx).ok()?)))
        .collect();
    Some(ZipBuilder::of(kept).build())
}
