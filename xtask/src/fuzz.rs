//! `cargo xtask fuzz [--seconds N] [--total N] [--list] [target…]`: runs the fuzz targets in turn, the least fuzzed first,
//! and keeps the log in `docs/fuzzing.md`.
//!
//! The coverage instrumentation is given to the stable compiler by flags; nothing needs to be installed besides a C++
//! compiler for libFuzzer itself.

mod log;
mod seeds;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, bail};

use self::log::Log;
use crate::workspace;

/// What makes the compiler count edges and show comparisons to libFuzzer.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";
/// One input may take this long before it counts as a hang.
const TIMEOUT_SECONDS: u32 = 10;
/// Memory above which an input counts as a bomb.
const MEMORY_MB: u32 = 2048;

/// A target as the fuzzer lists it.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    name: String,
    seeds: Vec<String>,
    says: String,
}

struct Options {
    seconds: u64,
    total: Option<u64>,
    list: bool,
    names: Vec<String>,
}

impl Options {
    fn parse(arguments: &[String]) -> anyhow::Result<Options> {
        let mut options = Options { seconds: 60, total: None, list: false, names: Vec::new() };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut number = || -> anyhow::Result<u64> {
                let text = arguments.next().with_context(|| format!("{argument} needs a number"))?;
                text.parse().with_context(|| format!("{argument} {text}"))
            };
            match argument.as_str() {
                "--seconds" => options.seconds = number()?,
                "--total" => options.total = Some(number()?),
                "--list" => options.list = true,
                flag if flag.starts_with('-') => bail!("fuzz has no flag `{flag}`"),
                name => options.names.push(name.to_owned()),
            }
        }
        Ok(options)
    }
}

/// Builds the fuzzer, then fuzzes.
///
/// # Errors
/// When it cannot be built, a target is unknown, or an input broke a target.
pub fn run(arguments: &[String]) -> anyhow::Result<()> {
    let options = Options::parse(arguments)?;
    let folder = workspace::root().join("fuzz");
    let program = build(&folder)?;
    let targets = list(&program)?;
    if options.list {
        for target in &targets {
            println!("{:<14} {}", target.name, target.says);
        }
        return Ok(());
    }
    if let Some(unknown) =
        options.names.iter().find(|name| !targets.iter().any(|target| target.name == **name))
    {
        bail!("no target `{unknown}`; `cargo xtask fuzz --list` names them");
    }
    let log_path = workspace::root().join("docs/fuzzing.md");
    let mut log = Log::parse(&std::fs::read_to_string(&log_path).unwrap_or_default());
    let mut chosen: Vec<&Target> = targets
        .iter()
        .filter(|target| options.names.is_empty() || options.names.contains(&target.name))
        .collect();
    chosen.sort_by_key(|target| (log.seconds(&target.name), target.name.clone()));

    let started = Instant::now();
    let mut broken = Vec::new();
    for target in chosen {
        if options.total.is_some_and(|total| started.elapsed().as_secs() >= total) {
            break;
        }
        let outcome = fuzz(&folder, &program, target, options.seconds)?;
        println!(
            "{:<14} {:>6} s {:>12} executions, {} broken",
            target.name,
            outcome.seconds,
            outcome.executions,
            outcome.artifacts.len()
        );
        log.add(&target.name, outcome.seconds, outcome.executions, outcome.artifacts.len() as u64);
        broken.extend(outcome.artifacts);
        // Written after each target: a run that is stopped keeps what it did.
        std::fs::create_dir_all(workspace::root().join("docs"))?;
        std::fs::write(&log_path, log.to_string())?;
    }
    if !broken.is_empty() {
        bail!(
            "inputs that broke a target:\n{}\nmend the parser, add a test, and move the input to fuzz/regressions/<target>/",
            broken.join("\n")
        );
    }
    Ok(())
}

fn build(folder: &Path) -> anyhow::Result<PathBuf> {
    let host = host()?;
    // With an explicit target, build scripts and macros are not instrumented.
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--release", "--target", &host])
        .current_dir(folder)
        .env("RUSTFLAGS", FLAGS)
        .env_remove("CARGO_TARGET_DIR")
        .status()
        .context("cannot run cargo")?;
    if !status.success() {
        bail!("the fuzzer does not build");
    }
    Ok(folder.join("target").join(host).join("release/overt-fuzz"))
}

fn host() -> anyhow::Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("cannot run rustc")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    Ok(host.to_owned())
}

fn list(program: &Path) -> anyhow::Result<Vec<Target>> {
    let output =
        Command::new(program).env_remove("OVERT_FUZZ_TARGET").output().context("cannot run the fuzzer")?;
    Ok(parse_list(&String::from_utf8_lossy(&output.stdout)))
}

fn parse_list(text: &str) -> Vec<Target> {
    let rows = text.lines().filter_map(|line| {
        let mut cells = line.split('\t');
        let (name, seeds, says) = (cells.next()?, cells.next()?, cells.next()?);
        let seeds = seeds.split(' ').map(str::to_owned).collect();
        Some(Target { name: name.to_owned(), seeds, says: says.to_owned() })
    });
    rows.collect()
}

/// What a run of one target gave.
struct Outcome {
    seconds: u64,
    executions: u64,
    artifacts: Vec<String>,
}

fn fuzz(folder: &Path, program: &Path, target: &Target, seconds: u64) -> anyhow::Result<Outcome> {
    let corpus = folder.join("corpus").join(&target.name);
    let artifacts = folder.join("artifacts").join(&target.name);
    let regressions = folder.join("regressions").join(&target.name);
    for place in [&corpus, &artifacts] {
        std::fs::create_dir_all(place)?;
    }
    seeds::plant(&corpus, &target.seeds)?;
    let known = files(&artifacts);
    let mut command = Command::new(program);
    command
        .env("OVERT_FUZZ_TARGET", &target.name)
        .arg(&corpus)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-timeout={TIMEOUT_SECONDS}"))
        .arg(format!("-rss_limit_mb={MEMORY_MB}"))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .args(["-print_final_stats=1", "-verbosity=0"]);
    if regressions.is_dir() {
        command.arg(&regressions);
    }
    let started = Instant::now();
    let output = command.output().context("cannot run the fuzzer")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let fresh: Vec<String> = files(&artifacts).into_iter().filter(|path| !known.contains(path)).collect();
    if !output.status.success() {
        let tail: Vec<&str> = said.lines().rev().take(40).collect();
        for line in tail.iter().rev() {
            eprintln!("{line}");
        }
        if fresh.is_empty() {
            bail!("the fuzzer failed on {} without naming an input", target.name);
        }
    }
    let executions = said
        .lines()
        .find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))
        .and_then(|number| number.trim().parse().ok())
        .unwrap_or(0);
    Ok(Outcome { seconds: started.elapsed().as_secs(), executions, artifacts: fresh })
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut files: Vec<String> = entries.map(|entry| entry.path().display().to_string()).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let options = Options::parse(&words("--seconds 5 dex --total 60 zip")).expect("valid");
        assert_eq!((options.seconds, options.total, options.names), (5, Some(60), words("dex zip")));
        assert!(Options::parse(&words("--second 5")).is_err());
        assert!(Options::parse(&words("--seconds five")).is_err());
    }

    #[test]
    fn the_list_is_read() {
        let targets = parse_list("dex\tapk!.dex a/b\ta DEX file\nnot a row\n");
        assert_eq!(targets.len(), 1);
        assert_eq!(targets[0].seeds, ["apk!.dex", "a/b"]);
    }

    #[test]
    fn every_target_file_is_in_the_list() {
        let folder = workspace::root().join("fuzz/src");
        let list = std::fs::read_to_string(folder.join("lib.rs")).expect("readable");
        let (_, list) = list.split_once("targets!(").expect("the list");
        let (list, _) = list.split_once(')').expect("closed");
        let mut listed: Vec<&str> = list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        assert!(listed.is_sorted(), "{listed:?}");
        let files = workspace::walk(&folder.join("targets"), &|_| true).expect("readable");
        let mut stems: Vec<&str> = files.iter().filter_map(|path| path.strip_suffix(".rs")).collect();
        listed.sort_unstable();
        stems.sort_unstable();
        assert_eq!(listed, stems);
    }
}
