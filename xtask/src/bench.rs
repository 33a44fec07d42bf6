//! `cargo xtask bench`: whole processes, measured from outside: wall time, CPU time (user + system), peak memory.
//!
//! `bench [--runs N] -- COMMAND…` measures any command; `bench scan [--runs N] [PATH]` measures the product on a corpus and
//! holds it against its budgets; `bench flows` scores and measures the data-flow engine on the suites and phones of
//! `xtask/suites.toml`; `bench strings` counts what concealed strings come out of the phones; `bench reuse` measures scans that take from earlier ones;
//! `bench growth` measures small builds and large ones.

mod flows;
mod growth;
mod plot;
mod reuse;
mod strings;

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use nix::sys::resource::{UsageWho, getrusage};

use crate::{corpora, workspace};

/// What one run of a process cost.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cost {
    wall: f64,
    cpu: f64,
    megabytes: f64,
}

/// What a run may cost at most.
struct Budget {
    depth: &'static str,
    wall: f64,
    cpu: f64,
    megabytes: f64,
}

/// On the corpus `phone-2016`, two cores.
const BUDGETS: &[Budget] = &[
    Budget { depth: "inventory", wall: f64::INFINITY, cpu: 2.0, megabytes: 500.0 },
    Budget { depth: "capability", wall: 8.0, cpu: 12.0, megabytes: 500.0 },
];

/// Measures.
///
/// # Errors
/// When the command cannot be run or fails, or a budget is exceeded.
pub fn run(arguments: &[String]) -> anyhow::Result<()> {
    let mut runs = 3usize;
    let mut scan = false;
    let mut rest = arguments;
    while let [first, behind @ ..] = rest {
        match first.as_str() {
            "--runs" => {
                let [number, behind @ ..] = behind else { bail!("--runs needs a number") };
                runs = number.parse().context("--runs")?;
                rest = behind;
            }
            "scan" if !scan => {
                scan = true;
                rest = behind;
            }
            "--" if !scan => {
                rest = behind;
                break;
            }
            _ if scan => break,
            "flows" | "strings" | "reuse" | "growth" if behind.is_empty() => break,
            other => bail!(
                "bench [--runs N] -- COMMAND…, bench scan [--runs N] [PATH], bench flows, bench strings, bench reuse or bench growth; not `{other}`"
            ),
        }
    }
    let runs = runs.max(1);
    if let [word] = rest
        && !scan
    {
        match word.as_str() {
            "reuse" => return reuse::run(),
            "flows" => return flows::run(),
            "strings" => return strings::run(),
            "growth" => return growth::run(),
            _ => {}
        }
    }
    if scan { bench_scan(runs, rest.first().map(String::as_str)) } else { bench_command(runs, rest) }
}

fn bench_command(runs: usize, command: &[String]) -> anyhow::Result<()> {
    if command.is_empty() {
        bail!("no command");
    }
    let command: Vec<OsString> = command.iter().map(OsString::from).collect();
    let costs = repeat(runs, &command)?;
    print_head();
    print_row("command", &costs);
    Ok(())
}

fn bench_scan(runs: usize, path: Option<&str>) -> anyhow::Result<()> {
    let input = match path {
        Some(path) => std::path::PathBuf::from(path),
        None => {
            let folder = corpora::folder().context("no corpora here: set OVERT_CORPORA or name a path")?;
            folder.join("phone-2016")
        }
    };
    let program = build_product()?;
    let mut over = Vec::new();
    print_head();
    for budget in BUDGETS {
        let mut command: Vec<OsString> =
            vec![program.clone().into_os_string(), "scan".into(), input.clone().into()];
        let flags = ["--no-store", "--format", "json", "--out", "/dev/null", "--depth", budget.depth];
        command.extend(flags.iter().map(OsString::from));
        let costs = repeat(runs, &command)?;
        print_row(&format!("scan --depth {}", budget.depth), &costs);
        over.extend(exceeded(budget, median(&costs)));
    }
    if !over.is_empty() {
        bail!("over budget:\n{}", over.join("\n"));
    }
    Ok(())
}

/// Builds the release binary; where it is.
///
/// # Errors
/// When it does not build.
pub fn build_product() -> anyhow::Result<std::path::PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--release", "-p", "overt-cli"])
        .current_dir(workspace::root())
        .status()
        .context("cannot run cargo")?;
    if !built.success() {
        bail!("the product does not build");
    }
    Ok(target_folder().join("release/overt"))
}

fn target_folder() -> std::path::PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace::root().join("target"), std::path::PathBuf::from)
}

fn exceeded(budget: &Budget, cost: Cost) -> Vec<String> {
    let rows = [
        ("CPU s", cost.cpu, budget.cpu),
        ("wall s", cost.wall, budget.wall),
        ("MB", cost.megabytes, budget.megabytes),
    ];
    let over = rows.into_iter().filter(|(_, is, may)| is > may);
    over.map(|(what, is, may)| format!("{}: {is:.2} {what}, allowed are {may:.2}", budget.depth)).collect()
}

fn repeat(runs: usize, command: &[OsString]) -> anyhow::Result<Vec<Cost>> {
    (0..runs).map(|_| measure(command)).collect()
}

/// Runs the command once under a process of its own, so that the children's usage is this command's alone.
fn measure(command: &[OsString]) -> anyhow::Result<Cost> {
    let output = Command::new(std::env::current_exe()?)
        .arg("measured")
        .args(command)
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run the measuring process")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match numbers[..] {
        [wall, cpu, megabytes] if output.status.success() => Ok(Cost { wall, cpu, megabytes }),
        _ => bail!("the measured command failed"),
    }
}

/// `cargo xtask measured COMMAND…`: runs it, prints wall seconds, CPU seconds and peak megabytes.
///
/// # Errors
/// When it cannot be run or fails. Exit code 1 of the product means findings, 4 an incomplete coverage: both are a scan.
pub fn measured(arguments: &[String]) -> anyhow::Result<()> {
    let [program, rest @ ..] = arguments else { bail!("measured COMMAND…") };
    let started = Instant::now();
    let status = Command::new(program)
        .args(rest)
        .stdout(Stdio::null())
        .status()
        .with_context(|| format!("cannot run {}", Path::new(program).display()))?;
    let wall = started.elapsed();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    if !matches!(status.code(), Some(0 | 1 | 4)) {
        bail!("{program} ended with {status}");
    }
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    let cpu = seconds(usage.user_time()) + seconds(usage.system_time());
    // Linux counts in KiB.
    let megabytes = usage.max_rss() as f64 * 1024.0 / 1e6;
    println!("{:.3} {cpu:.3} {megabytes:.1}", Duration::as_secs_f64(&wall));
    Ok(())
}

fn print_head() {
    println!("{:<28} {:>5} {:>24} {:>24} {:>24}", "", "runs", "wall s", "CPU s", "peak MB");
}

fn print_row(name: &str, costs: &[Cost]) {
    let cell = |of: fn(&Cost) -> f64| {
        let (low, middle, high) = spread(costs.iter().map(of).collect());
        format!("{middle:.2} ({low:.2} … {high:.2})")
    };
    println!(
        "{name:<28} {:>5} {:>24} {:>24} {:>24}",
        costs.len(),
        cell(|cost| cost.wall),
        cell(|cost| cost.cpu),
        cell(|cost| cost.megabytes)
    );
}

fn median(costs: &[Cost]) -> Cost {
    let middle = |of: fn(&Cost) -> f64| spread(costs.iter().map(of).collect()).1;
    Cost {
        wall: middle(|cost| cost.wall),
        cpu: middle(|cost| cost.cpu),
        megabytes: middle(|cost| cost.megabytes),
    }
}

/// Lowest, middle and highest.
fn spread(mut numbers: Vec<f64>) -> (f64, f64, f64) {
    numbers.sort_by(f64::total_cmp);
    let at = |index: usize| numbers.get(index).copied().unwrap_or(f64::NAN);
    (at(0), at(numbers.len() / 2), at(numbers.len().saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_the_median() {
        assert_eq!(spread(vec![3.0, 1.0, 2.0]), (1.0, 2.0, 3.0));
        assert!(spread(Vec::new()).1.is_nan());
    }

    #[test]
    fn budgets_are_held_against_each_number() {
        let budget = Budget { depth: "capability", wall: 8.0, cpu: 12.0, megabytes: 500.0 };
        assert!(exceeded(&budget, Cost { wall: 8.0, cpu: 12.0, megabytes: 500.0 }).is_empty());
        let over = exceeded(&budget, Cost { wall: 1.0, cpu: 12.5, megabytes: 501.0 });
        assert_eq!(
            over,
            ["capability: 12.50 CPU s, allowed are 12.00", "capability: 501.00 MB, allowed are 500.00"]
        );
    }
}
