//! Decodes every instruction of the DEX files given, or inside the APKs, JARs and folders given, and says how fast.
//!
//! `cargo run --release -p overt-dex --example decode -- [--repeat N] FILES…`

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use overt_base::View;
use overt_dex::DexFile;

#[derive(Default)]
struct Count {
    files: u64,
    bytes: u64,
    classes: u64,
    methods: u64,
    instructions: u64,
    bad: u64,
    check: u64,
}

fn main() {
    let mut repeat = 1;
    let mut files = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--repeat" {
            repeat = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1);
        } else {
            collect(Path::new(&argument), &mut files);
        }
    }
    files.sort();
    let mut count = Count::default();
    let mut spent = Duration::ZERO;
    for path in &files {
        for view in dex_files(path) {
            for _ in 0..repeat {
                let start = Instant::now();
                match DexFile::parse_all(view.clone()) {
                    Ok(all) => all.iter().for_each(|dex| decode(dex, &mut count)),
                    Err(not) => eprintln!("{}: {not}", path.display()),
                }
                spent += start.elapsed();
                count.files += 1;
                count.bytes += view.len() as u64;
            }
        }
    }
    let speed = count.bytes as f64 / 1e6 / spent.as_secs_f64();
    println!(
        "{} DEX, {} bytes, {} classes, {} methods with code, {} instructions, {} unreadable, {:.3} s, {speed:.0} MB/s \
         (operands add up to {:x})",
        count.files,
        count.bytes,
        count.classes,
        count.methods,
        count.instructions,
        count.bad,
        spent.as_secs_f64(),
        count.check
    );
}

fn decode(dex: &DexFile, count: &mut Count) {
    for (_, class) in dex.class_defs() {
        count.classes += 1;
        let Ok(class) = class else {
            count.bad += 1;
            continue;
        };
        let data = dex.class_data(&class);
        count.bad += u64::from(data.bad.is_some());
        for method in data.methods().filter(|m| m.code_off != 0) {
            count.methods += 1;
            let Ok(code) = dex.code(method.code_off) else {
                count.bad += 1;
                continue;
            };
            for insn in code.instructions() {
                match insn {
                    Ok(insn) => {
                        count.instructions += 1;
                        // Keeps the operands from being optimised away.
                        let operands = u64::from(insn.a ^ insn.b ^ insn.c ^ insn.index) ^ insn.literal as u64;
                        count.check =
                            count.check.wrapping_add(operands ^ insn.target as u64 ^ insn.args.len() as u64);
                    }
                    Err(_) => count.bad += 1,
                }
            }
        }
    }
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if let Ok(entries) = std::fs::read_dir(path) {
        entries.flatten().for_each(|entry| collect(&entry.path(), files));
    } else {
        files.push(path.to_owned());
    }
}

fn dex_files(path: &Path) -> Vec<View> {
    let Ok(view) = View::map(path) else { return Vec::new() };
    if view.starts_with(b"dex\n") {
        return vec![view];
    }
    if !view.starts_with(b"PK") {
        return Vec::new();
    }
    let Ok(mut archive) = zip::ZipArchive::new(std::io::Cursor::new(view.as_slice())) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for i in 0..archive.len() {
        let Ok(mut entry) = archive.by_index(i) else { continue };
        let mut bytes = Vec::new();
        if entry.read_to_end(&mut bytes).is_ok() && bytes.starts_with(b"dex\n") {
            found.push(View::from_vec(bytes));
        }
    }
    found
}
