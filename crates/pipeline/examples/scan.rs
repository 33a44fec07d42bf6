//! Scans a path and prints the record.
#![allow(clippy::print_stdout, clippy::print_stderr, missing_docs)]

use overt_base::{Cancel, progress::Silent};
use overt_pipeline::{ScanOptions, scan};
use overt_record::Depth;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("a path");
    let depth = match arguments.next().as_deref() {
        Some("inventory") => Depth::Inventory,
        _ => Depth::Capability,
    };
    let start = std::time::Instant::now();
    let options = ScanOptions { depth, jobs: 2, ..ScanOptions::default() };
    let record = scan(path.as_ref(), &options, &Silent, &Cancel::default()).expect("a record");
    eprintln!(
        "{:?}: {} packages, {} findings",
        start.elapsed(),
        record.packages.len(),
        record.findings.len()
    );
    println!("{}", record.to_json().expect("JSON"));
}
