//! `cargo xtask bench reuse`: what a second scan costs, and that of the same phone's next build after the first. How much of a
//! build's code another does not have is told by a digest of each method's instructions, with names in the place of the
//! file's own numbers.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context as _, bail};
use overt_apk::apk::Apk;
use overt_base::progress::Silent;
use overt_base::{Cancel, Cx, Digest, Limits, Problems};
use overt_container::DeviceFile;
use overt_dex::DexFile;

use super::{Cost, build_product, measure, print_head, print_row, target_folder};
use crate::suites::{self, Suites};

/// Scans the first two phones of the suites, each cold, then with a common store, and compares costs and records.
///
/// # Errors
/// When a scan fails, a record differs, or a budget is exceeded.
pub fn run() -> anyhow::Result<()> {
    let suites = Suites::read()?;
    let corpora = suites::corpora_here()?;
    let phones = suites.phones()?;
    let [first, next, ..] = &phones[..] else { bail!("two builds of one phone are needed") };
    let (first, next) = (corpora.join(&first.folder), corpora.join(&next.folder));
    let program = build_product()?;
    let work = target_folder().join(format!("bench-reuse-{}", std::process::id()));
    std::fs::create_dir_all(&work)?;
    let store = work.join("store.sqlite");
    let scan = |what: &str, input: &Path, kept: bool| -> anyhow::Result<(Cost, Vec<u8>)> {
        let out = work.join("record.json");
        let mut command: Vec<OsString> = vec![program.clone().into(), "scan".into(), input.into()];
        command.extend(["--json", "--out"].map(OsString::from));
        command.push(out.clone().into());
        if kept {
            command.extend(["--store".into(), store.clone().into()]);
        } else {
            command.push("--no-store".into());
        }
        let cost = measure(&command)?;
        print_row(what, &[cost]);
        Ok((cost, std::fs::read(out)?))
    };
    print_head();
    let result = (|| {
        let (cold, record) = scan("first, cold", &first, false)?;
        let (_, filling) = scan("first, filling the store", &first, true)?;
        let (warm, again) = scan("first, again", &first, true)?;
        let (alone, other) = scan("next, cold", &next, false)?;
        let (after, foreign) = scan("next, after the first", &next, true)?;
        anyhow::Ok((
            record == filling && record == again && other == foreign,
            warm.cpu / cold.cpu,
            after.cpu / alone.cpu,
        ))
    })();
    std::fs::remove_dir_all(&work)?;
    let (same, warm, after) = result?;
    let new = new_in(&methods(&next)?, &methods(&first)?);
    let (most_warm, most_after) = (suites.budget("again")?, new + suites.budget("beyond_new")?);
    println!("again: {warm:.3} of the cost (at most {most_warm:.3})");
    println!(
        "next after first: {after:.3} of the cost; {new:.3} of its methods are new (at most {most_after:.3})"
    );
    println!("records: {}", if same { "the same bytes" } else { "DIFFERENT" });
    if !same || warm > most_warm || after > most_after {
        bail!("not reused enough, or wrongly");
    }
    Ok(())
}

/// Digests of the methods of every archive below `folder`, one for each method with code.
///
/// # Errors
/// When the folder cannot be opened.
fn methods(folder: &Path) -> anyhow::Result<Vec<Digest>> {
    let limits = Limits::default();
    let problems = Problems::new(limits.problems_per_code);
    let cancel = Cancel::default();
    let cx = Cx { limits: &limits, problems: &problems, progress: &Silent, cancel: &cancel };
    let tree = overt_container::open(folder, &cx)
        .map_err(|error| anyhow::anyhow!(error.reason()))
        .with_context(|| format!("cannot open {}", folder.display()))?;
    let mut all = Vec::new();
    for file in tree.files().iter().filter(|file| file.link.is_none()) {
        if file.path.ends_with(".apk") || file.path.ends_with(".jar") {
            of_archive(file, &mut all, &cx);
        }
    }
    Ok(all)
}

fn of_archive(file: &DeviceFile, all: &mut Vec<Digest>, cx: &Cx<'_>) {
    let Ok(bytes) = file.read(cx) else { return };
    let Ok(apk) = Apk::open(bytes, &file.locus, cx) else { return };
    for entry in apk.dex_entries() {
        let Ok(bytes) = apk.archive().read(entry, cx) else { continue };
        for dex in DexFile::parse_all(bytes).unwrap_or_default() {
            of_dex(&dex, all);
        }
    }
}

fn of_dex(dex: &DexFile, all: &mut Vec<Digest>) {
    for class in dex.class_defs().filter_map(|(_, class)| class.ok()) {
        for method in dex.class_data(&class).methods().filter(|method| method.code_off != 0) {
            let Ok(code) = dex.code(method.code_off) else { continue };
            let mut text = String::new();
            for insn in code.instructions().filter_map(Result::ok) {
                text.push_str(&insn.display(dex).to_string());
                text.push('\n');
            }
            all.push(Digest::of(text.as_bytes()));
        }
    }
}

/// The share of `of` that `known` does not have, from 0 to 1, counted by methods.
fn new_in(of: &[Digest], known: &[Digest]) -> f64 {
    let known: HashSet<[u8; 32]> = known.iter().map(|digest| digest.0).collect();
    let new = of.iter().filter(|digest| !known.contains(&digest.0)).count();
    new as f64 / of.len().max(1) as f64
}
