//! Restores the quickened code of every odex under a folder and holds it against the APK or JAR beside it.
//!
//! `cargo run --release -p overt-art --example dequicken -- [--verbose] FOLDER…`

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use overt_art::oat::{OatFile, Release};
use overt_art::quick::{self, Comparison, Layouts, Outcome};
use overt_base::View;
use overt_dex::DexFile;

#[derive(Default)]
struct Count {
    oat: u32,
    dex: u32,
    methods: u64,
    instructions: u64,
    unreadable: u64,
    quickened: u64,
    exact: u64,
    missing: BTreeMap<String, u64>,
    other: BTreeMap<&'static str, u64>,
    with_key: u32,
    key_methods: u64,
    key_equal: u64,
    key_still_quick: u64,
    key_quickened: u64,
    key_exact: u64,
    wrong: Vec<String>,
}

fn main() {
    let mut verbose = false;
    for argument in std::env::args().skip(1) {
        if argument == "--verbose" {
            verbose = true;
            continue;
        }
        let mut files = Vec::new();
        collect(Path::new(&argument), &mut files);
        files.sort();
        let mut count = Count::default();
        let start = Instant::now();
        run(&files, &mut count, verbose);
        print(&argument, &count, start.elapsed());
    }
}

fn run(files: &[PathBuf], count: &mut Count, verbose: bool) {
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

fn print(folder: &str, count: &Count, took: Duration) {
    println!("{folder}");
    println!(
        "  {} OAT with {} DEX: {} methods, {} instructions, {} unreadable",
        count.oat, count.dex, count.methods, count.instructions, count.unreadable
    );
    let missing: u64 = count.missing.values().sum();
    let present = count.quickened - missing;
    println!(
        "  {} quickened methods: {} exact, {missing} not restorable for want of a class, {} for another reason; \
         exact of those whose classes are there: {:.1} %",
        count.quickened,
        count.exact,
        count.other.values().sum::<u64>(),
        if present == 0 { 100.0 } else { count.exact as f64 * 100.0 / present as f64 }
    );
    for (class, methods) in &count.missing {
        println!("    {methods:5} want {class}");
    }
    for (reason, methods) in &count.other {
        println!("    {methods:5} {reason}");
    }
    println!(
        "  {} DEX with an original: {} methods, {} equal, {} equal but for what stays quickened, {} wrong \
         ({} quickened methods, {} said to be exact)",
        count.with_key,
        count.key_methods,
        count.key_equal,
        count.key_still_quick,
        count.wrong.len(),
        count.key_quickened,
        count.key_exact
    );
    for wrong in &count.wrong {
        println!("    WRONG {wrong}");
    }
    println!("  {:.2} s", took.as_secs_f64());
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

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
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
