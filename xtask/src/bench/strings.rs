//! `cargo xtask bench strings`: what concealed strings are recovered from the phones, and at what cost.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::Value;

use super::{build_product, measure};
use crate::suites::{self, Suites};
use crate::workspace;

/// Different values with a use.
#[derive(Default)]
struct Values {
    urls: BTreeSet<String>,
    hosts: BTreeSet<String>,
    keys: usize,
    all: usize,
}

impl Values {
    fn of<'l>(lines: impl Iterator<Item = &'l Value>) -> Values {
        let mut values = Values::default();
        let mut keys = BTreeSet::new();
        let mut all = BTreeSet::new();
        for line in lines {
            let Some(value) = line["value"].as_str() else { continue };
            all.insert(value);
            let used = |word: &str| {
                line["used_as"].as_array().is_some_and(|words| words.iter().any(|one| one == word))
            };
            if used("key") {
                keys.insert(value);
            }
            // Whose host is not known is no address yet.
            if let Some(host) = host(value, used("url"), used("host")) {
                values.hosts.insert(host);
                if used("url") {
                    values.urls.insert(value.to_owned());
                }
            }
        }
        (values.keys, values.all) = (keys.len(), all.len());
        values
    }
}

/// The host of an address, or the value that is one; `None` where a part of it is not known.
fn host(value: &str, url: bool, host: bool) -> Option<String> {
    let rest = match value.split_once("://") {
        Some((scheme, rest)) if scheme.to_ascii_lowercase().starts_with("http") => rest,
        Some(_) => return None,
        None if url || host => value,
        None => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let name = authority.rsplit('@').next()?.split(':').next()?.trim();
    (name.contains('.') && !name.contains(['‹', '%', ' ', '$', '{'])).then(|| name.to_ascii_lowercase())
}

fn lines(
    program: &Path,
    input: &Path,
    out: &Path,
    flags: &[&str],
) -> anyhow::Result<(super::Cost, Vec<Value>)> {
    let mut command: Vec<OsString> = vec![program.into(), "strings".into(), input.into()];
    command.extend(["--format", "jsonl", "--out"].iter().map(OsString::from));
    command.push(out.into());
    command.extend(flags.iter().map(OsString::from));
    let cost = measure(&command)?;
    let text = std::fs::read_to_string(out).with_context(|| format!("cannot read {}", out.display()))?;
    let lines = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    Ok((cost, lines))
}

/// Measures what `docs/accuracy.md` and `docs/performance.md` say of hidden strings; prints two tables.
///
/// # Errors
/// When the corpora are not here, or something cannot be run.
pub fn run() -> anyhow::Result<()> {
    let program = build_product()?;
    let scratch = workspace::root().join("target/xtask/strings");
    std::fs::create_dir_all(&scratch)?;
    let corpora = suites::corpora_here()?;
    let out: PathBuf = scratch.join("strings.jsonl");
    println!(
        "| phone | literal: URLs, hosts | with what code makes: URLs, hosts | hosts in no string table | keys | hidden strings |"
    );
    println!("|---|---|---|---|---|---|");
    let mut costs = Vec::new();
    for phone in Suites::read()?.phones()? {
        let folder = corpora.join(&phone.folder);
        let (_, all) = lines(&program, &folder, &out, &[])?;
        let literal = |line: &&Value| matches!(line["how"]["kind"].as_str(), Some("literal" | "resource"));
        let (before, after) = (Values::of(all.iter().filter(literal)), Values::of(all.iter()));
        let (cost, hidden) = lines(&program, &folder, &out, &["--hidden"])?;
        let hidden = Values::of(hidden.iter());
        println!(
            "| {} | {}, {} | {}, {} | {} | {} | {} |",
            phone.says,
            before.urls.len(),
            before.hosts.len(),
            after.urls.len(),
            after.hosts.len(),
            hidden.hosts.difference(&before.hosts).count(),
            hidden.keys,
            hidden.all,
        );
        costs.push((phone.says, cost));
    }
    println!("\n| phone | CPU s | wall s | peak MB |\n|---|---|---|---|");
    for (says, cost) in costs {
        println!("| {says} | {:.1} | {:.1} | {:.0} |", cost.cpu, cost.wall, cost.megabytes);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn the_host_of_an_address_is_its_authority() {
        assert_eq!(host("HTTP://u@A.example:8080/x", true, false).as_deref(), Some("a.example"));
        assert_eq!(host("push.example.com/x", true, false).as_deref(), Some("push.example.com"));
        assert_eq!(host("http://‹host›/x", true, false), None);
        assert_eq!(host("content://sms", false, false), None);
    }
}
