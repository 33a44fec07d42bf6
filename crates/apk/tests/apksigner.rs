//! Verdicts and certificates against Debian's `apksigner` on real packages: one of every signer, all of them with
//! `OVERT_ORACLE=all` (a minute).
#![allow(clippy::print_stderr, missing_docs)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{corpora, files, with_cx};
use overt_apk::apk::Apk;
use overt_apk::signing::{self, Platform, Scheme, Signatures, Verdict};
use overt_base::{Locus, View};

struct Oracle {
    verifies: bool,
    schemes: BTreeSet<Scheme>,
    certificates: BTreeMap<String, String>,
    errors: Vec<String>,
}

/// Asks about one platform alone: by itself `apksigner` demands that all platforms from the least one on accept.
fn ask(path: &Path, platform: u32) -> Option<Oracle> {
    let output = Command::new("apksigner")
        .args(["verify", "--print-certs", "-v"])
        .args(["--min-sdk-version", &platform.to_string(), "--max-sdk-version", &platform.to_string()])
        .arg(path)
        .output()
        .ok()?;
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let scheme = |name: &str, scheme: Scheme| {
        text.lines().any(|line| line.starts_with(name) && line.ends_with("true")).then_some(scheme)
    };
    let after = |line: &str, mark: &str| line.split_once(mark).map(|(_, rest)| rest.trim().to_owned());
    let names: Vec<String> = text.lines().filter_map(|line| after(line, "certificate DN: ")).collect();
    let digests: Vec<String> =
        text.lines().filter_map(|line| after(line, "certificate SHA-256 digest: ")).collect();
    Some(Oracle {
        verifies: output.status.success(),
        schemes: [
            scheme("Verified using v1 ", Scheme::V1),
            scheme("Verified using v2 ", Scheme::V2),
            scheme("Verified using v3 ", Scheme::V3),
        ]
        .into_iter()
        .flatten()
        .collect(),
        certificates: digests.into_iter().zip(names).collect(),
        errors: text.lines().filter(|line| line.starts_with("ERROR")).map(str::to_owned).collect(),
    })
}

/// Whether every signer of the scheme is valid.
fn holds(signatures: &Signatures, scheme: Scheme) -> bool {
    signatures.of(scheme).next().is_some()
        && signatures.of(scheme).all(|signer| signer.verdict == Verdict::Valid)
}

fn compare(folder: &str, platform: u32) {
    if let Some(root) = corpora(folder) {
        compare_all(folder, &files(&root, ".apk"), platform);
    }
}

fn compare_all(title: &str, paths: &[PathBuf], platform: u32) {
    if Command::new("apksigner").arg("--version").output().is_err() {
        eprintln!("SKIPPED: apksigner is not installed");
        return;
    }
    let all = std::env::var_os("OVERT_ORACLE").is_some_and(|value| value == "all");
    let mut asked: BTreeSet<String> = BTreeSet::new();
    let mut table: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for path in paths {
        let (signatures, _) = with_cx(|cx| {
            let apk = Apk::open(View::map(path).expect("readable"), &Locus::input(), cx).expect("an archive");
            signing::verify(apk.archive(), Platform(Some(platform)), cx)
        });
        let kind: Vec<String> = signatures
            .signers
            .iter()
            .map(|signer| {
                format!(
                    "{} {} {}",
                    signer.scheme.as_str(),
                    signer.certificate_sha256,
                    signer.verdict.as_str()
                )
            })
            .collect();
        if !asked.insert(kind.join(", ")) && !all {
            continue;
        }
        let Some(oracle) = ask(path, platform) else { continue };
        let effective = signatures.checked_by(platform);
        let ours = effective.is_some_and(|scheme| holds(&signatures, scheme));
        let row = format!("ours {ours}, apksigner {} ({effective:?})", oracle.verifies);
        *table.entry(row).or_default() += 1;
        if ours != oracle.verifies {
            wrong.push(format!("{}: {:?} / {:?}", path.display(), signatures.signers, oracle.errors));
        }
        for scheme in oracle.schemes {
            if !holds(&signatures, scheme) {
                wrong.push(format!("{}: {scheme:?} holds for apksigner", path.display()));
            }
        }
        for (digest, name) in oracle.certificates {
            let Some(signer) =
                signatures.signers.iter().find(|signer| signer.certificate_sha256.to_string() == digest)
            else {
                wrong.push(format!("{}: {digest} is missing", path.display()));
                continue;
            };
            if signer.subject != name {
                wrong.push(format!("{}: {:?} is {name:?} for apksigner", path.display(), signer.subject));
            }
        }
    }
    eprintln!("{title} for platform {platform}: {table:#?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn phone_2016_as_its_own_platform() {
    compare("phone-2016", 23);
}

#[test]
fn phone_2016_as_a_later_platform() {
    compare("phone-2016", 24);
}

#[test]
fn phone_2017() {
    compare("phone-2017", 23);
}

#[test]
fn pixel5_slice() {
    compare("pixel5-slice", 30);
}

#[test]
fn formats() {
    compare("formats", 24);
}

#[test]
fn packages_made_for_these_tests() {
    let paths = files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data")), ".apk");
    for platform in [23, 24, 30] {
        compare_all("fixtures", &paths, platform);
    }
}
