//! `cargo xtask bench growth`: what scans of small builds and of large ones cost, a plot drawn.
//!
//! The inputs are the folders of the corpora one by one, and all of them together as one build of hundreds of packages.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::plot::{self, Point};
use super::{build_product, measure, target_folder};
use crate::{suites, workspace};

/// The plot, below the project.
const PLOT: &str = "docs/growth.svg";
/// What all corpora together may need.
const MOST_MEGABYTES: f64 = 4096.0;

/// Measures, prints a table and draws the plot.
///
/// # Errors
/// When the corpora are not here, a scan fails, or all together need too much memory.
pub fn run() -> anyhow::Result<()> {
    let program = build_product()?;
    let corpora = suites::corpora_here()?;
    let mut folders: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(&corpora)? {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    let work = target_folder().join(format!("bench-growth-{}", std::process::id()));
    let all = work.join("all");
    let result = (|| {
        for folder in &folders {
            let name = folder.file_name().unwrap_or_default();
            copy(folder, &all.join(name))?;
        }
        let alone = folders.iter().map(|folder| (folder.as_path(), "alone"));
        let inputs: Vec<(&Path, &str)> = alone.chain([(all.as_path(), "together")]).collect();
        measured(&program, &work, &inputs)
    })();
    std::fs::remove_dir_all(&work)?;
    result
}

fn measured(program: &Path, work: &Path, inputs: &[(&Path, &str)]) -> anyhow::Result<()> {
    let out = work.join("record.json");
    let mut points = Vec::new();
    let mut most = 0.0f64;
    println!(
        "| input | packages | methods | instructions | CPU s | wall s | peak MB |\n|---|---|---|---|---|---|---|"
    );
    for (input, group) in inputs {
        let mut command: Vec<OsString> = vec![program.into(), "scan".into(), (*input).into()];
        command.extend(["--no-store", "--depth", "full", "--format", "json", "--out"].map(OsString::from));
        command.push(out.clone().into());
        let cost = measure(&command)?;
        let record: Value = serde_json::from_slice(&std::fs::read(&out)?).context("the record")?;
        let packages = record["packages"].as_array().map_or(&[][..], Vec::as_slice);
        let code = packages.iter().filter_map(|package| package["code"].as_array()).flatten();
        let instructions: u64 = code.filter_map(|code| code["instructions"].as_u64()).sum();
        let label = input.file_name().unwrap_or_default().to_string_lossy().into_owned();
        println!(
            "| {label} | {} | {} | {instructions} | {:.1} | {:.1} | {:.0} |",
            packages.len(),
            record["coverage"]["methods_seen"],
            cost.cpu,
            cost.wall,
            cost.megabytes
        );
        most = most.max(cost.megabytes);
        points.push(Point { label, group: (*group).to_owned(), instructions, cpu: cost.cpu });
    }
    std::fs::write(workspace::root().join(PLOT), plot::draw(&points)).context(PLOT)?;
    println!("\n{PLOT} is drawn");
    if most > MOST_MEGABYTES {
        bail!("a scan needed {most:.0} MB; at most {MOST_MEGABYTES:.0} are wanted");
    }
    Ok(())
}

/// A second tree of the same files, by links where the file system allows it.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let (entry, kind) = entry.and_then(|entry| entry.file_type().map(|kind| (entry, kind)))?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&path, &target)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(std::fs::read_link(&path)?, &target)?;
        } else if std::fs::hard_link(&path, &target).is_err() {
            std::fs::copy(&path, &target)?;
        }
    }
    Ok(())
}
