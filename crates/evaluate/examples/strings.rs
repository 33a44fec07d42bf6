//! Prints what is recovered from APKs: `cargo run --release --example strings -- FILE…`.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use overt_apk::apk::Apk;
use overt_base::progress::Silent;
use overt_base::{Cancel, Cx, Limits, Locus, Problems, View};
use overt_dex::DexFile;
use overt_evaluate::{Budget, NoResources, strings};
use overt_program::ClassTable;

fn main() {
    for path in std::env::args().skip(1) {
        let limits = Limits::default();
        let problems = Problems::new(limits.problems_per_code);
        let cancel = Cancel::default();
        let cx = Cx { limits: &limits, problems: &problems, progress: &Silent, cancel: &cancel };
        let Ok(view) = View::map(std::path::Path::new(&path)) else { continue };
        let Ok(apk) = Apk::open(view, &Locus::input(), &cx) else { continue };
        let dexes: Vec<DexFile> = (apk.dex_entries().into_iter())
            .filter_map(|entry| DexFile::parse(apk.archive().read(entry, &cx).ok()?).ok())
            .collect();
        let table = ClassTable::link(None, dexes);
        let start = Instant::now();
        let mut budget = Budget::default();
        if let Some(steps) = std::env::var("STEPS").ok().and_then(|steps| steps.parse().ok()) {
            budget.app_steps = steps;
        }
        let found = strings(&table, &NoResources, budget, false);
        for one in &found.strings {
            println!(
                "{:?}\t{}->{}@{}\t{:?}\t{:?}",
                one.value,
                one.class,
                one.method,
                one.offset,
                one.how,
                one.used.words()
            );
        }
        println!(
            "# {path}: {} strings, {} methods, {} left out, {} steps, {:?}",
            found.strings.len(),
            found.methods,
            found.left_out,
            found.steps,
            start.elapsed()
        );
    }
}
