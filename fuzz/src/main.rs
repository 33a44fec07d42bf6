//! The fuzzer: `OVERT_FUZZ_TARGET` names the target; without it, the targets are listed.
//!
//! *Invariants*: as those of the library.

#![no_main]

use std::sync::OnceLock;

use overt_fuzz::{TARGETS, Target};

static CHOSEN: OnceLock<&'static Target> = OnceLock::new();

fn choose() {
    let name = std::env::var("OVERT_FUZZ_TARGET").unwrap_or_default();
    match TARGETS.iter().find(|target| target.name == name) {
        Some(target) => {
            let _ = CHOSEN.set(target);
        }
        None => {
            for target in TARGETS {
                println!("{}\t{}\t{}", target.name, target.seeds.join(" "), target.says);
            }
            std::process::exit(0);
        }
    }
}

libfuzzer_sys::fuzz_target!(init: choose(), |data: &[u8]| {
    if let Some(target) = CHOSEN.get() {
        (target.run)(data);
    }
});
