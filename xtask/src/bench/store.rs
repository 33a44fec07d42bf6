//! `cargo xtask bench store [--builds N]`: a store of generated builds, and what questions to it cost.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use overt_compare::Named;
use overt_record::Record;
use overt_store::{Search, Store};
use overt_testkit::record::sized;

/// Packages of a build, and findings of a package.
const PACKAGES: usize = 200;
const FINDINGS: usize = 50;
/// Builds of the same model.
const OF_A_MODEL: usize = 10;

/// What may take how long at most.
const BUDGETS: [(&str, Duration); 7] = [
    ("insert", Duration::from_secs(1)),
    ("diff", Duration::from_millis(300)),
    ("history", Duration::from_millis(300)),
    ("find --package", Duration::from_millis(300)),
    ("find --host", Duration::from_millis(300)),
    ("find --behaviour --package", Duration::from_millis(300)),
    ("find --signer --package", Duration::from_millis(300)),
];

/// A generated build: ten of a model, each a month later than the one before.
fn build(number: usize) -> Record {
    let mut record = sized(number, PACKAGES, FINDINGS);
    let (model, month) = (number / OF_A_MODEL, number % OF_A_MODEL);
    record.build.model = Some(format!("Model {model}"));
    record.build.device = Some(format!("device{model}"));
    record.build.build_date = Some(format!("2016-{:02}-01T00:00:00Z", month + 1));
    // A host that few name, among those that all do.
    if number % 50 == 0
        && let Some(endpoint) = record.findings.first_mut().and_then(|one| one.endpoints.first_mut())
    {
        endpoint.host = Some("rare.example.com".into());
    }
    record
}

/// Fills a store and asks it.
///
/// # Errors
/// When the store fails, or something takes longer than it may.
pub(super) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let builds: usize = match arguments {
        [] => 1_000,
        [flag, number] if flag == "--builds" => number.parse().context("--builds")?,
        _ => bail!("bench store [--builds N]"),
    };
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("store.sqlite");
    let mut store = Store::open(&path)?;
    let mut inserts = Vec::with_capacity(builds);
    let mut digests = Vec::new();
    for number in 0..builds {
        let record = build(number);
        let start = Instant::now();
        digests.push(store.insert(&record, None)?);
        inserts.push(start.elapsed());
    }
    inserts.sort();
    let median = inserts.get(builds / 2).copied().unwrap_or_default();
    let worst = inserts.last().copied().unwrap_or_default();
    let size = std::fs::metadata(&path)?.len() >> 20;
    println!(
        "{builds} builds of {PACKAGES} packages with {FINDINGS} findings each: {size} MB, slowest insert {worst:.2?}"
    );
    let mut taken = vec![("insert", median, 0)];
    let mut time =
        |name: &'static str, ask: &mut dyn FnMut() -> anyhow::Result<usize>| -> anyhow::Result<()> {
            let mut best = Duration::MAX;
            let mut answers = 0;
            for _ in 0..3 {
                let start = Instant::now();
                answers = ask()?;
                best = best.min(start.elapsed());
            }
            taken.push((name, best, answers));
            Ok(())
        };
    let [a, b] = [digests.len().saturating_sub(2), digests.len().saturating_sub(1)]
        .map(|at| digests.get(at).cloned().unwrap_or_default());
    time("diff", &mut || {
        let (x, y) = store.records(&a, &b)?.context("two records")?;
        let diff = overt_compare::diff(Named { record: &x, digest: &a }, Named { record: &y, digest: &b });
        Ok(diff.rows.len())
    })?;
    time("history", &mut || {
        Ok(store
            .history(&format!("Model {}", builds / OF_A_MODEL / 2))?
            .map_or(0, |history| history.lines.len()))
    })?;
    let searches = [
        ("find --package", Search { package: Some("com.example.app7".into()), ..Search::default() }),
        ("find --host", Search { host: Some("rare.example.com".into()), ..Search::default() }),
        (
            "find --behaviour --package",
            Search {
                behaviour: Some("privacy/behaviour-7".into()),
                package: Some("com.example.app7".into()),
                ..Search::default()
            },
        ),
        (
            "find --signer --package",
            Search {
                signer: Some("1111".into()),
                package: Some("com.example.app7".into()),
                ..Search::default()
            },
        ),
    ];
    for (name, search) in &searches {
        time(name, &mut || Ok(store.find(search)?.matches.len()))?;
    }
    let mut slow = Vec::new();
    for (name, took, answers) in &taken {
        let most = BUDGETS.iter().find(|(budget, _)| budget == name).map(|(_, most)| *most);
        let most = most.unwrap_or(Duration::MAX);
        println!("  {name:<28} {took:>9.1?}   at most {most:?}   {answers} answers");
        if *took > most {
            slow.push(*name);
        }
    }
    if slow.is_empty() { Ok(()) } else { bail!("too slow: {}", slow.join(", ")) }
}
