//! Automation: what a developer or the continuous integration runs besides `cargo test`.
//!
//! *Invariants*: hides no behaviour that `cargo test` should show; needs no network; a missing tool is a loud failure that
//! names the Debian package; writes only inside the repository.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool prints")]

mod apps;
mod bench;
mod corpora;
mod debt;
mod fixtures;
mod fuzz;
mod layers;
mod licences;
mod sample;
mod samples;
mod suites;
mod tidy;
mod tool;
mod workspace;

use std::process::ExitCode;

/// One thing `cargo xtask` can do.
struct Verb {
    name: &'static str,
    says: &'static str,
    run: fn(&[String]) -> anyhow::Result<()>,
}

const VERBS: &[Verb] = &[
    Verb {
        name: "bench",
        says: "[--runs N] -- COMMAND… | scan [--runs N] [PATH] | flows | strings: wall and CPU seconds, peak memory",
        run: bench::run,
    },
    Verb { name: "debt", says: "list the known gaps that fixtures admit", run: debt::run },
    Verb { name: "fixtures", says: "[--check] [slug…] build the fixture apps", run: fixtures::run },
    Verb {
        name: "fuzz",
        says: "[--seconds N] [--total N] [--list] [target…] run fuzz targets",
        run: fuzz::run,
    },
    Verb {
        name: "layers",
        says: "check that each crate depends only on what its layer allows",
        run: layers::run,
    },
    Verb {
        name: "licences",
        says: "check the licences of all dependencies against deny.toml",
        run: licences::run,
    },
    Verb { name: "measured", says: "COMMAND…: one run, for bench", run: bench::measured },
    Verb {
        name: "sample",
        says: "flows [--seed N] [--count N]: draw flow findings over the phones, to be judged",
        run: sample::run,
    },
    Verb { name: "samples", says: "[--check] build the sample firmware image", run: samples::run },
    Verb { name: "tidy", says: "check the rules of the house that clippy does not know", run: tidy::run },
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let Some(verb) = VERBS.iter().find(|verb| verb.name == name) else {
        eprintln!("cargo xtask VERB, where VERB is one of");
        for verb in VERBS {
            eprintln!("  {:<10} {}", verb.name, verb.says);
        }
        return ExitCode::from(2);
    };
    match (verb.run)(&rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
