//! Restores the quickened code of every odex under a folder and holds it against the APK or JAR beside it.
//!
//! `cargo run --release -p overt-art --example dequicken -- [--verbose] FOLDER…`

#![allow(clippy::print_stdout)]

#[path = "../tests/gate/mod.rs"]
mod gate;

use std::path::Path;
use std::time::{Duration, Instant};

use gate::Count;

fn main() {
    let mut verbose = false;
    for argument in std::env::args().skip(1) {
        if argument == "--verbose" {
            verbose = true;
            continue;
        }
        let mut files = Vec::new();
        gate::collect(Path::new(&argument), &mut files);
        files.sort();
        let mut count = Count::default();
        let start = Instant::now();
        gate::run(&files, &mut count, verbose);
        print(&argument, &count, start.elapsed());
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
