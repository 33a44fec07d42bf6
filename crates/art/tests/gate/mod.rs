//! Restoring real odex files and holding them against the APK or JAR beside them: for the gate's test and its example.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use overt_art::oat::{OatFile, Release};
use overt_art::quick::{self, Comparison, Layouts, Outcome};
use overt_base::View;
use overt_dex::DexFile;

/// What was found.
#[derive(Default)]
pub struct Count {
    pub oat: u32,
    pub dex: u32,
    pub methods: u64,
    pub instructions: u64,
    pub unreadable: u64,
    pub quickened: u64,
    pub exact: u64,
    pub missing: BTreeMap<String, u64>,
    pub other: BTreeMap<&'static str, u64>,
    pub with_key: u32,
    pub key_methods: u64,
    pub key_equal: u64,
    pub key_still_quick: u64,
    pub key_quickened: u64,
    pub key_exact: u64,
    pub wrong: Vec<String>,
}

/// Reads and restores every odex among `files`.
pub fn run(files: &[PathBuf], count: &mut Count, verbose: bool) {
    let ends = |path: &Path, end: &str| path.to_string_lossy().ends_with(end);
    // The boot class path and libraries: every JAR of the framework, from its own DEX or from the odex beside it.
    let mut boot = Vec::new();
    for jar in files.iter().filter(|f| ends(f, ".jar") && f.to_string_lossy().contains("/framework/")) {
        boot.extend(dex_of_archive(jar));
    }
    let mut layers: BTreeMap<Release, Layouts> = BTreeMap::new();
    for path in files.iter().filter(|f| ends(f, ".odex") || ends(f, ".oat")) {
        let Ok(view) = View::map(path) else { continue };
        let oat = match OatFile::parse(view) {
            Ok(oat) => oat,
            Err(not) => {
                println!("{}: {not}", path.display());
                continue;
            }
        };
        count.oat += 1;
        let layouts =
            layers.entry(oat.release()).or_insert_with(|| Layouts::new(oat.release(), boot.clone()));
        let own: Vec<DexFile> = oat.dex_files().iter().filter_map(|d| d.dex.clone().ok()).collect();
        let layouts = layouts.with(own);
        let key = original_archive(path).map(|archive| dex_of_archive(&archive)).unwrap_or_default();
        for (number, entry) in oat.dex_files().iter().enumerate() {
            let dex = match &entry.dex {
                Ok(dex) => dex,
                Err(not) => {
                    println!("{}: {}: {not}", path.display(), entry.location);
                    continue;
                }
            };
            count.dex += 1;
            decode(dex, count);
            let restored = match oat.release() {
                Release::Nougat => quick::restore_from_table(dex, &oat.quickening_table(entry)),
                _ => quick::restore(dex, &layouts),
            };
            let mut exact = std::collections::BTreeSet::new();
            for method in &restored.methods {
                count.quickened += 1;
                match &method.outcome {
                    Outcome::Exact => {
                        count.exact += 1;
                        exact.insert(name(dex, method.method));
                    }
                    Outcome::NotRestorable { missing, reason } => {
                        match missing {
                            Some(class) => *count.missing.entry(class.clone()).or_default() += 1,
                            None => *count.other.entry(reason).or_default() += 1,
                        }
                        if verbose {
                            println!(
                                "{}: {}: {reason} {missing:?}",
                                entry.location,
                                name(dex, method.method)
                            );
                        }
                    }
                }
            }
            let Some(key) = key.get(number) else { continue };
            count.with_key += 1;
            count.key_quickened += restored.methods.len() as u64;
            count.key_exact += exact.len() as u64;
            for method in quick::compare(&restored.dex, key) {
                count.key_methods += 1;
                match method.result {
                    Comparison::Equal => count.key_equal += 1,
                    Comparison::EqualBut { .. } => {
                        count.key_still_quick += 1;
                        if exact.contains(&method.method) {
                            count
                                .wrong
                                .push(format!("{} {} said to be exact", entry.location, method.method));
                        }
                    }
                    other => {
                        let mut text = format!("{} {} {other:?}", entry.location, method.method);
                        if let Comparison::Different { offset } = other {
                            text += &show(&restored.dex, key, dex, &method.method, offset);
                        }
                        count.wrong.push(text);
                    }
                }
            }
        }
    }
}

fn decode(dex: &DexFile, count: &mut Count) {
    for (_, class) in dex.class_defs() {
        let Ok(class) = class else {
            count.unreadable += 1;
            continue;
        };
        let members = dex.class_data(&class);
        count.unreadable += u64::from(members.bad.is_some());
        for method in members.methods().filter(|m| m.code_off != 0) {
            count.methods += 1;
            match dex.code(method.code_off) {
                Ok(code) => {
                    let bad = code.instructions().filter(Result::is_err).count() as u64;
                    count.instructions += code.instructions().count() as u64 - bad;
                    count.unreadable += bad;
                }
                Err(_) => count.unreadable += 1,
            }
        }
    }
}

fn name(dex: &DexFile, method: overt_dex::MethodIdx) -> String {
    let text = || {
        let reference = dex.method(method).ok()?;
        let class = dex.descriptor(reference.class).ok()?;
        Some(format!("{class}->{}{}", dex.string(reference.name).ok()?, dex.prototype(reference.proto)))
    };
    text().unwrap_or_default()
}

fn show(restored: &DexFile, key: &DexFile, quick: &DexFile, method: &str, offset: u32) -> String {
    let at = |dex: &DexFile| {
        for (_, class) in dex.class_defs() {
            let Ok(class) = class else { continue };
            for m in dex.class_data(&class).methods() {
                if name(dex, m.method) == method {
                    let insn = dex.code(m.code_off).and_then(|code| code.instruction_at(offset));
                    return insn.map_or_else(|bad| bad.to_string(), |insn| insn.display(dex).to_string());
                }
            }
        }
        String::new()
    };
    format!("\n      was {}\n      quick {}\n      made {}", at(key), at(quick), at(restored))
}

/// `X/oat/arm64/X.odex` belongs to `X/X.apk` or `X.jar`.
fn original_archive(odex: &Path) -> Option<PathBuf> {
    let stem = odex.file_stem()?.to_string_lossy().into_owned();
    let mut folder = odex.parent()?;
    for _ in 0..3 {
        for end in ["apk", "jar"] {
            let archive = folder.join(format!("{stem}.{end}"));
            if archive.is_file() {
                return Some(archive);
            }
        }
        folder = folder.parent()?;
    }
    None
}

/// Every file under `path`.
pub fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if let Ok(entries) = std::fs::read_dir(path) {
        entries.flatten().for_each(|entry| collect(&entry.path(), files));
    } else {
        files.push(path.to_owned());
    }
}

fn dex_of_archive(path: &Path) -> Vec<DexFile> {
    let Ok(view) = View::map(path) else { return Vec::new() };
    let Ok(mut archive) = zip::ZipArchive::new(std::io::Cursor::new(view.as_slice())) else {
        return Vec::new();
    };
    let mut found = BTreeMap::new();
    for i in 0..archive.len() {
        let Ok(mut entry) = archive.by_index(i) else { continue };
        let name = entry.name().map_or_else(|_| String::new(), |name| name.into_owned());
        let number = name.strip_prefix("classes").and_then(|rest| rest.strip_suffix(".dex"));
        let Some(number) = number.and_then(|n| if n.is_empty() { Some(1) } else { n.parse::<u32>().ok() })
        else {
            continue;
        };
        let mut bytes = Vec::new();
        if entry.read_to_end(&mut bytes).is_ok()
            && let Ok(dex) = DexFile::parse(View::from_vec(bytes))
        {
            found.insert(number, dex);
        }
    }
    found.into_values().collect()
}
