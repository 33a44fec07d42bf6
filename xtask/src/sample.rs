//! `cargo xtask sample flows [--seed N] [--count N]`: flow findings drawn at random over the phones, for people to judge.
//!
//! The same finding of the same code on two phones counts once. Where there are fewer than asked for, lines of
//! `overt flows` over the same phones complete the sample: those that the contract lets be called a flow, and of one
//! package, kind of source and class of sink only one, so that no library fills the sample.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::bench::build_product;
use crate::suites::{self, Suites};
use crate::workspace;

/// With one of these assumptions nothing is called a flow (contract, `rung`).
const NEVER_FLOW: &[&str] = &["havoc", "unresolved-key"];

/// One thing to judge. Ordered by what it says, so that the draw depends on the seed and the findings alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Drawn {
    package: String,
    what: String,
    source: String,
    sink: String,
    assumptions: Vec<String>,
    phones: Vec<String>,
}

impl Drawn {
    /// Whether nothing that it assumes keeps it from being called a flow.
    fn may_be_flow(&self) -> bool {
        !self.assumptions.iter().any(|assumption| NEVER_FLOW.contains(&assumption.as_str()))
    }

    /// Package, kind of source and class of sink: what lines that one library makes have in common.
    fn library(&self) -> (String, String, String) {
        let kind = self.what.split(" to ").next().unwrap_or_default();
        let class = self.sink.split("->").next().unwrap_or_default();
        (self.package.clone(), kind.to_owned(), class.to_owned())
    }
}

/// Draws.
///
/// # Errors
/// When the corpora are not here or the product cannot be run.
pub fn run(arguments: &[String]) -> anyhow::Result<()> {
    let (mut seed, mut count) = (1u64, 50usize);
    let [first, flags @ ..] = arguments else { bail!("sample flows [--seed N] [--count N]") };
    if first != "flows" {
        bail!("sample flows [--seed N] [--count N]; not `{first}`");
    }
    let mut rest = flags;
    while let [flag, value, behind @ ..] = rest {
        match flag.as_str() {
            "--seed" => seed = value.parse().context("--seed")?,
            "--count" => count = value.parse().context("--count")?,
            other => bail!("sample flows [--seed N] [--count N]; not `{other}`"),
        }
        rest = behind;
    }
    let program = build_product()?;
    let corpora = suites::corpora_here()?;
    let mut findings = Vec::new();
    let mut lines = Vec::new();
    for phone in Suites::read()?.phones()? {
        let folder = corpora.join(&phone.folder);
        let out = workspace::root().join("target/xtask/sample.json");
        std::fs::create_dir_all(out.parent().context("a file lies in a folder")?)?;
        let mut scan = Command::new(&program);
        scan.arg("scan").arg(&folder).args(["--no-store", "--format", "json", "--out"]).arg(&out);
        scan.status().context("cannot run the product")?;
        let record: Value = serde_json::from_slice(&std::fs::read(&out)?)?;
        let all = record["findings"].as_array().cloned().unwrap_or_default();
        findings.extend(
            all.iter().filter(|one| one["rung"] == "flow").filter_map(|one| finding(one, &phone.folder)),
        );
        let mut flows = Command::new(&program);
        flows.arg("flows").arg(&folder).args(["--format", "json", "--out"]).arg(&out);
        flows.status().context("cannot run the product")?;
        let list: Value = serde_json::from_slice(&std::fs::read(&out)?)?;
        let all = list["flows"].as_array().cloned().unwrap_or_default();
        lines.extend(all.iter().filter_map(|one| line(one, &phone.folder)));
    }
    let (findings, lines) = (once(findings), once(lines));
    let mut random = Random(seed);
    let mut drawn = random.draw(&findings, count);
    let known: Vec<(String, String)> =
        findings.iter().map(|one| (one.source.clone(), one.sink.clone())).collect();
    let others: Vec<Drawn> = (lines.iter())
        .filter(|one| !known.contains(&(one.source.clone(), one.sink.clone())))
        .filter(|one| one.may_be_flow())
        .cloned()
        .collect();
    let shuffled = random.draw(&others, others.len());
    let mut of = BTreeSet::new();
    let others: Vec<Drawn> = shuffled.into_iter().filter(|one| of.insert(one.library())).collect();
    println!("seed {seed}: {} findings, {} other flows\n", findings.len(), others.len());
    drawn.extend(others.into_iter().take(count.saturating_sub(drawn.len())));
    println!("| # | package (phones) | what | source | sink | assumes |\n|---|---|---|---|---|---|");
    for (one, number) in drawn.iter().zip(1..) {
        println!(
            "| {number} | {} ({}) | {} | `{}` | `{}` | {} |",
            one.package,
            one.phones.join(", "),
            one.what,
            one.source,
            one.sink,
            one.assumptions.join(", ")
        );
    }
    Ok(())
}

/// The same thing on several phones as one, sorted.
fn once(all: Vec<Drawn>) -> Vec<Drawn> {
    let mut phones: BTreeMap<Drawn, Vec<String>> = BTreeMap::new();
    for mut one in all {
        let of = std::mem::take(&mut one.phones);
        phones.entry(one).or_default().extend(of);
    }
    phones
        .into_iter()
        .map(|(one, mut phones)| {
            phones.sort();
            phones.dedup();
            Drawn { phones, ..one }
        })
        .collect()
}

fn words(list: &Value, key: Option<&str>) -> Vec<String> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let word = |one: &Value| key.map_or(one, |key| &one[key]).as_str().map(str::to_owned);
    let mut words: Vec<String> = list.iter().filter_map(word).collect();
    words.sort();
    words.dedup();
    words
}

/// `class.method@offset: what is there`.
fn place(at: &Value, what: &str) -> Option<String> {
    let (class, method) = (at["class"].as_str()?, at["method"].as_str()?);
    Some(format!("{class}->{method}@{}: {}", at["offset"], at[what].as_str()?))
}

fn finding(one: &Value, phone: &str) -> Option<Drawn> {
    let evidence = one["evidence"].as_array()?;
    let source = evidence.iter().find(|at| at["role"] == "source")?;
    let sink = evidence.iter().rev().find(|at| at["role"] == "sink")?;
    Some(Drawn {
        package: one["package"].as_str()?.to_owned(),
        what: one["behaviour"].as_str()?.to_owned(),
        source: place(source, "instruction")?,
        sink: place(sink, "instruction")?,
        assumptions: words(&one["assumptions"], Some("kind")),
        phones: vec![phone.to_owned()],
    })
}

fn line(one: &Value, phone: &str) -> Option<Drawn> {
    Some(Drawn {
        package: one["source"]["package"].as_str()?.to_owned(),
        what: format!("{} to {}", one["source"]["kind"].as_str()?, one["sink"]["kind"].as_str()?),
        source: place(&one["source"], "api")?,
        sink: place(&one["sink"], "api")?,
        assumptions: words(&one["assumptions"], None),
        phones: vec![phone.to_owned()],
    })
}

/// Numbers that the seed alone decides: `SplitMix64` (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// `count` of `all`, in the order drawn; all of them, shuffled, when there are no more.
    fn draw(&mut self, all: &[Drawn], count: usize) -> Vec<Drawn> {
        let mut left = all.to_vec();
        let mut drawn = Vec::new();
        while drawn.len() < count && !left.is_empty() {
            let at = (self.next() % left.len() as u64) as usize;
            drawn.push(left.swap_remove(at));
        }
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(package: &str, phone: &str) -> Drawn {
        Drawn {
            package: package.to_owned(),
            what: String::new(),
            source: String::new(),
            sink: String::new(),
            assumptions: Vec::new(),
            phones: vec![phone.to_owned()],
        }
    }

    #[test]
    fn a_finding_on_two_phones_is_drawn_once() {
        let all = once(vec![drawn("b", "2"), drawn("a", "1"), drawn("b", "1")]);
        let names: Vec<(&str, usize)> = all.iter().map(|one| (&*one.package, one.phones.len())).collect();
        assert_eq!(names, [("a", 1), ("b", 2)]);
    }

    #[test]
    fn what_is_assumed_decides_whether_it_may_be_a_flow() {
        let mut one = drawn("a", "1");
        assert!(one.may_be_flow());
        one.assumptions = vec!["default-model".to_owned()];
        assert!(one.may_be_flow());
        one.assumptions.push("havoc".to_owned());
        assert!(!one.may_be_flow());
    }

    #[test]
    fn lines_of_one_library_are_alike() {
        let mut one = drawn("a", "1");
        one.what = "imei to log".to_owned();
        one.sink = "Lp/C;->m@3: Landroid/util/Log;->e".to_owned();
        let other = Drawn { sink: "Lp/C;->n@7: Landroid/util/Log;->d".to_owned(), ..one.clone() };
        assert_eq!(one.library(), other.library());
        assert_ne!(one.library(), Drawn { what: "imsi to log".to_owned(), ..one.clone() }.library());
    }

    #[test]
    fn the_seed_decides_the_draw() {
        let all: Vec<Drawn> = (0..100).map(|n| drawn(&format!("{n:02}"), "1")).collect();
        let first = Random(7).draw(&all, 10);
        assert_eq!(first, Random(7).draw(&all, 10));
        assert_ne!(first, Random(8).draw(&all, 10));
        let mut sorted = Random(7).draw(&all, 1000);
        sorted.sort();
        assert_eq!(sorted, all);
    }
}
