//! `cargo xtask bench flows`: how well and how fast data is followed: suites scored, phones measured, a plot drawn.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::plot::{self, Point};
use super::{Cost, build_product, measure, median, spread};
use crate::suites::{self, Suites};
use crate::workspace;

const PLOT: &str = "docs/flow-cost.svg";

/// One app, followed.
struct Followed {
    app: PathBuf,
    cost: Cost,
    flows: Vec<Value>,
    methods: u64,
    given_up: u64,
}

/// A row of the table.
struct Row {
    what: String,
    figure: String,
    wanted: String,
}

struct Bench {
    program: PathBuf,
    suites: Suites,
    corpora: PathBuf,
    scratch: PathBuf,
    rows: Vec<Row>,
    points: Vec<Point>,
}

/// Measures all that `docs/accuracy.md` and `docs/performance.md` say of flows; prints a table and draws the plot.
///
/// # Errors
/// When the corpora are not here, or something cannot be run.
pub fn run() -> anyhow::Result<()> {
    let program = build_product()?;
    let scratch = workspace::root().join("target/xtask/flows");
    std::fs::create_dir_all(&scratch)?;
    let suites = Suites::read()?;
    let corpora = suites::corpora_here()?;
    let mut bench = Bench { program, suites, corpora, scratch, rows: Vec::new(), points: Vec::new() };
    bench.small()?;
    bench.malware()?;
    bench.phones()?;
    println!("\n| what | figure | wanted |\n|---|---|---|");
    for row in &bench.rows {
        println!("| {} | {} | {} |", row.what, row.figure, row.wanted);
    }
    let outliers = plot::outliers(&bench.points);
    println!("\n{} apps; those that cost most for their size:\n", bench.points.len());
    println!("| app | instructions | CPU s | times the usual |\n|---|---|---|---|");
    for (point, times) in &outliers {
        println!("| {} | {} | {:.2} | {times:.1} |", point.label, point.instructions, point.cpu);
    }
    let path = workspace::root().join(PLOT);
    std::fs::write(&path, plot::draw(&bench.points)).context(PLOT)?;
    println!("\n{PLOT} is drawn");
    Ok(())
}

impl Bench {
    fn row(&mut self, what: impl Into<String>, figure: impl Into<String>, wanted: impl Into<String>) {
        self.rows.push(Row { what: what.into(), figure: figure.into(), wanted: wanted.into() });
    }

    /// Small apps: scored with the suite's list and with the product's own, and measured.
    fn small(&mut self) -> anyhow::Result<()> {
        let folder = self.suites.folder("small", &self.corpora)?;
        let says = self.suites.text("small", "says")?.to_owned();
        let list = std::fs::read_to_string(folder.join(self.suites.text("small", "list")?))?;
        let implicit = self.suites.text("small", "implicit")?.to_owned();
        let definitions = self.corpora.join(self.suites.text("small", "definitions")?);
        let (precision, recall) = (self.suites.budget("precision")?, self.suites.budget("recall")?);
        let apps: Vec<&str> = (list.lines().skip(1))
            .filter_map(|line| line.split(',').nth(1))
            .filter(|app| folder.join(app).is_file())
            .collect();
        for own in [false, true] {
            let mut all = Vec::new();
            for app in &apps {
                let mut flags: Vec<OsString> = Vec::new();
                if !own {
                    flags.extend(["--definitions".into(), definitions.clone().into()]);
                }
                if app.starts_with(&implicit) {
                    flags.push("--implicit".into());
                }
                all.push(self.follow(&folder.join(app), &flags)?);
            }
            let lists = if own { "the product's own lists" } else { "the suite's lists" };
            let score = self.score("small", &folder, &all)?;
            let scored = totals(&score).context("the scorer says no totals")?;
            self.row(
                format!("{says}, {lists}: precision / recall"),
                format!(
                    "{:.3} / {:.3} ({} found, {} missed, {} false)",
                    scored.precision(),
                    scored.recall(),
                    scored.right,
                    scored.missed,
                    scored.wrong
                ),
                if own { "–".to_owned() } else { format!("{precision} / {recall}") },
            );
            if own {
                let (cpu, megabytes) =
                    (self.suites.budget("small_cpu")?, self.suites.budget("small_megabytes")?);
                self.speed(&format!("{says}, an app"), &all, cpu, megabytes);
                self.plotted(&all, &says)?;
            }
        }
        Ok(())
    }

    fn malware(&mut self) -> anyhow::Result<()> {
        let folder = self.suites.folder("malware", &self.corpora)?;
        let says = self.suites.text("malware", "says")?.to_owned();
        let definitions = folder.join(self.suites.text("malware", "definitions")?);
        let flags: Vec<OsString> = vec!["--definitions".into(), definitions.into()];
        let mut all = Vec::new();
        for app in suites::apps(&folder.join(self.suites.text("malware", "apps")?))? {
            all.push(self.follow(&app, &flags)?);
        }
        let score = self.score("malware", &folder, &all)?;
        let total = score.lines().rev().find_map(|line| line.strip_prefix("ALL ")).unwrap_or("?").to_owned();
        let (recall, negatives) =
            (self.suites.budget("malware_recall")?, self.suites.budget("malware_negatives")?);
        self.row(
            format!("{says}, the suite's list"),
            total,
            format!("recall {recall}, at most {negatives} negatives"),
        );
        self.speed(&format!("{says}, an app"), &all, f64::INFINITY, f64::INFINITY);
        self.plotted(&all, &says)
    }

    fn phones(&mut self) -> anyhow::Result<()> {
        let phones = self.suites.phones()?;
        for (number, phone) in phones.iter().enumerate() {
            let folder = self.corpora.join(&phone.folder);
            let mut all = Vec::new();
            for app in suites::apps(&folder)? {
                all.push(self.follow(&app, &[])?);
            }
            if let Some(watched) = &phone.watched {
                let app = folder.join(watched);
                let mut costs = Vec::new();
                for _ in 0..3 {
                    costs.push(self.follow(&app, &[])?.cost);
                }
                let cost = median(&costs);
                let (cpu, megabytes) =
                    (self.suites.budget("watched_cpu")?, self.suites.budget("watched_megabytes")?);
                self.row(
                    "the largest update app",
                    format!("{:.2} CPU s, {:.0} MB (median of 3)", cost.cpu, cost.megabytes),
                    format!("{cpu} CPU s, {megabytes} MB"),
                );
            }
            let cpu: f64 = all.iter().map(|one| one.cost.cpu).sum();
            let most = all.iter().map(|one| one.cost.megabytes).fold(0.0, f64::max);
            let wanted = if number == 0 {
                format!("{} CPU s", self.suites.budget("phone_cpu")?)
            } else {
                "–".to_owned()
            };
            self.row(
                format!("{}: all {} apps, one by one", phone.says, all.len()),
                format!("{cpu:.1} CPU s together, {most:.0} MB the most"),
                wanted,
            );
            let (methods, given_up) =
                all.iter().fold((0, 0), |(m, g), one| (m + one.methods, g + one.given_up));
            self.row(
                format!("{}: methods given up", phone.says),
                format!(
                    "{given_up} of {methods} ({:.3} % to the end), {} flows",
                    100.0 * (1.0 - given_up as f64 / (methods.max(1)) as f64),
                    all.iter().map(|one| one.flows.len()).sum::<usize>()
                ),
                format!("{} % to the end", 100.0 * self.suites.budget("finished")?),
            );
            self.plotted(&all, &phone.says)?;
        }
        Ok(())
    }

    /// Runs the product on one app.
    fn follow(&self, app: &Path, flags: &[OsString]) -> anyhow::Result<Followed> {
        let out = self.scratch.join("flows.json");
        let mut command: Vec<OsString> =
            vec![self.program.clone().into(), "flows".into(), app.as_os_str().to_owned()];
        command.extend(flags.iter().cloned());
        command.extend(["--format", "json", "--out"].map(OsString::from));
        command.push(out.clone().into());
        let cost = measure(&command).with_context(|| app.display().to_string())?;
        let text = std::fs::read(&out)?;
        let list: Value = serde_json::from_slice(&text).with_context(|| app.display().to_string())?;
        Ok(Followed {
            app: app.to_owned(),
            cost,
            flows: list["flows"].as_array().cloned().unwrap_or_default(),
            methods: list["methods"].as_u64().unwrap_or(0),
            given_up: list["given_up"].as_array().map_or(0, |all| all.len() as u64),
        })
    }

    /// What the suite's scorer says of these flows.
    fn score(&self, section: &str, folder: &Path, all: &[Followed]) -> anyhow::Result<String> {
        let mut lines = String::new();
        for flow in all.iter().flat_map(|one| &one.flows) {
            lines.push_str(&flow.to_string());
            lines.push('\n');
        }
        let path = self.scratch.join(format!("{section}.jsonl"));
        std::fs::write(&path, lines)?;
        let output = Command::new("python3")
            .arg(self.corpora.join("../score/score.py"))
            .arg(self.suites.text(section, "scorer")?)
            .args([folder, &path])
            .output()
            .context("cannot run python3")?;
        if !output.status.success() {
            bail!("the scorer failed:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        println!("{said}");
        Ok(said)
    }

    fn speed(&mut self, what: &str, all: &[Followed], cpu: f64, megabytes: f64) {
        let of = |of: fn(&Cost) -> f64| spread(all.iter().map(|one| of(&one.cost)).collect());
        let ((_, cpu_middle, cpu_most), (_, middle, most)) = (of(|cost| cost.cpu), of(|cost| cost.megabytes));
        let wanted =
            if cpu.is_finite() { format!("{cpu} CPU s, {megabytes} MB, median") } else { "–".to_owned() };
        self.row(
            what,
            format!("median {cpu_middle:.3} CPU s, {middle:.0} MB; most {cpu_most:.2} CPU s, {most:.0} MB"),
            wanted,
        );
    }

    /// Adds apps to the plot.
    fn plotted(&mut self, all: &[Followed], group: &str) -> anyhow::Result<()> {
        for one in all {
            let (label, instructions) = self.size(&one.app)?;
            if instructions > 0 {
                self.points.push(Point { label, group: group.to_owned(), instructions, cpu: one.cost.cpu });
            }
        }
        Ok(())
    }

    /// An app's package name, and the instructions of its code.
    fn size(&self, app: &Path) -> anyhow::Result<(String, u64)> {
        let output = Command::new(&self.program)
            .arg("scan")
            .arg(app)
            .args(["--no-store", "--format", "json", "--depth", "capability"])
            .output()
            .context("cannot run the product")?;
        let record: Value =
            serde_json::from_slice(&output.stdout).with_context(|| app.display().to_string())?;
        let packages = record["packages"].as_array().cloned().unwrap_or_default();
        let name = packages.iter().find_map(|package| package["package"].as_str());
        let code = packages.iter().filter_map(|package| package["code"].as_array()).flatten();
        let instructions = code.filter_map(|code| code["instructions"].as_u64()).sum();
        let file = app.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok((name.map_or(file, str::to_owned), instructions))
    }
}

/// The totals of a scorer that counts right, missed and wrong.
#[derive(Debug, PartialEq, Eq)]
struct Totals {
    right: u32,
    missed: u32,
    wrong: u32,
}

impl Totals {
    fn precision(&self) -> f64 {
        f64::from(self.right) / f64::from((self.right + self.wrong).max(1))
    }

    fn recall(&self) -> f64 {
        f64::from(self.right) / f64::from((self.right + self.missed).max(1))
    }
}

fn totals(said: &str) -> Option<Totals> {
    let line = said.lines().find(|line| line.starts_with("ALL "))?;
    let numbers: Vec<u32> = line.split_whitespace().skip(1).map_while(|word| word.parse().ok()).collect();
    match numbers[..] {
        [right, missed, wrong] => Some(Totals { right, missed, wrong }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_read_from_the_scorers_table() {
        let said =
            "category  TP FN FP\nA 1 2 3\nALL                          108   4   2   0.98  0.96  0.97\n";
        let read = totals(said).expect("there");
        assert_eq!(read, Totals { right: 108, missed: 4, wrong: 2 });
        assert!((read.precision() - 0.9818).abs() < 1e-3 && (read.recall() - 0.9643).abs() < 1e-3);
        assert_eq!(totals("nothing"), None);
    }
}
