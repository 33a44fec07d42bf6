//! `cargo xtask bench strings`: what concealed strings are recovered from the phones, and at what cost.

use std::collections::{BTreeMap, BTreeSet};
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

/// Calls that connect to a network, by what is known of the host.
#[derive(Default)]
struct Connecting {
    known: usize,
    /// Some of the hosts are known, others may come from outside.
    partly: usize,
    /// The code does not decide: whoever calls, a server, the user, a setting or the device gives every address, and the
    /// call by which it comes in is known.
    outside: Vec<Row>,
    /// Of them, those whose address stands in an answer of a server whose host is known.
    answers: usize,
    /// No reached code calls the method that would be given the address.
    nobody: Vec<Row>,
    /// The code decides, or may decide, and was not followed to the end.
    ours: Vec<Row>,
}

/// A call whose host is not known: under which reason it is listed, and what it is.
type Row = (String, String);

impl Connecting {
    fn of(lines: &[Value]) -> Connecting {
        let mut all = Connecting::default();
        for line in lines {
            match line["state"].as_str() {
                Some("known") => all.known += 1,
                Some("partly") => all.partly += 1,
                Some("unknown") => all.unknown(line),
                // Nothing goes out there.
                _ => {}
            }
        }
        for rows in [&mut all.outside, &mut all.nobody, &mut all.ours] {
            rows.sort();
        }
        all
    }

    fn unknown(&mut self, line: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let parts: Vec<&Value> = line["unknown"].as_array().into_iter().flatten().collect();
        let giver = |part: &&Value| text(&part["giver"]);
        let says: Vec<String> = (parts.iter())
            .map(|part| {
                let source = &part["source"];
                let by =
                    source["api"].as_str().map_or("no place", |api| api.split('(').next().unwrap_or(api));
                let asked: Vec<&str> =
                    source["hosts"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                let asked =
                    if asked.is_empty() { String::new() } else { format!(", asked: {}", asked.join(" ")) };
                format!("{} ({} by {by}{asked})", giver(part), text(&part["at"]))
            })
            .collect();
        let row = format!(
            "{} {}->{} at {:04x}: {}",
            text(&line["package"]),
            text(&line["class"]),
            text(&line["method"]),
            line["offset"].as_u64().unwrap_or_default(),
            says.join("; ")
        );
        let all: BTreeSet<String> = parts.iter().map(giver).collect();
        let all: Vec<String> = all.into_iter().collect();
        let group = all.join(", ");
        // What is told from the name of a class alone is no proof that somebody else decides.
        let placed = |part: &&Value| giver(part) == "reached by no code" || part["source"].is_object();
        let rows = if parts.is_empty() || group.contains("not followed") || !parts.iter().all(placed) {
            &mut self.ours
        } else if group == "reached by no code" {
            &mut self.nobody
        } else {
            let answer =
                |part: &&Value| part["source"]["hosts"].as_array().is_some_and(|all| !all.is_empty());
            self.answers += usize::from(parts.iter().any(answer));
            &mut self.outside
        };
        rows.push((group, row));
    }

    fn calls(&self) -> usize {
        self.known + self.partly + self.outside.len() + self.nobody.len() + self.ours.len()
    }

    /// Calls whose host the code decides, or may decide.
    fn decided(&self) -> usize {
        self.calls() - self.outside.len() - self.nobody.len()
    }
}

fn percent(part: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { part as f64 * 100.0 / of as f64 }
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

/// Measures what `docs/accuracy.md` and `docs/performance.md` say of hidden strings; prints three tables and a list.
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
    let (mut costs, mut connecting) = (Vec::new(), Vec::new());
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
        let (_, sinks) = lines(&program, &folder, &out, &["--sinks"])?;
        connecting.push((phone.says.clone(), Connecting::of(&sinks)));
        costs.push((phone.says, cost));
    }
    println!(
        "\n| phone | calls that connect | host known | of them some hosts | decided elsewhere | of them in an answer of a known host | reached by no code | not followed | share known | share of those the code decides |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for (says, all) in &connecting {
        println!(
            "| {says} | {} | {} | {} | {} | {} | {} | {} | {:.0} % | {:.0} % |",
            all.calls(),
            all.known + all.partly,
            all.partly,
            all.outside.len(),
            all.answers,
            all.nobody.len(),
            all.ours.len(),
            percent(all.known + all.partly, all.calls()),
            percent(all.known + all.partly, all.decided()),
        );
    }
    for (says, all) in &connecting {
        let lists = [
            ("decided elsewhere", &all.outside),
            ("reached by no code", &all.nobody),
            ("not followed", &all.ours),
        ];
        for (what, rows) in lists {
            let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for (group, row) in rows {
                groups.entry(group).or_default().push(row);
            }
            for (group, rows) in groups {
                println!("\n{says}, {what}: {} {group}", rows.len());
                for row in rows {
                    println!("  {row}");
                }
            }
        }
    }
    println!("\n| phone | CPU s | wall s | peak MB |\n|---|---|---|---|");
    for (says, cost) in costs {
        println!("| {says} | {:.1} | {:.1} | {:.0} |", cost.cpu, cost.wall, cost.megabytes);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Connecting, host};
    use serde_json::{Value, json};

    #[test]
    fn the_host_of_an_address_is_its_authority() {
        assert_eq!(host("HTTP://u@A.example:8080/x", true, false).as_deref(), Some("a.example"));
        assert_eq!(host("push.example.com/x", true, false).as_deref(), Some("push.example.com"));
        assert_eq!(host("http://‹host›/x", true, false), None);
        assert_eq!(host("content://sms", false, false), None);
    }

    #[test]
    fn a_call_counts_by_who_decides() {
        let line = |state: &str, giver: &str, source: Value| json!({"state": state, "unknown": [{"giver": giver, "at": "x", "source": source}]});
        let all = Connecting::of(&[
            json!({"state": "known", "unknown": []}),
            line("partly", "not followed", Value::Null),
            line("unknown", "given by a server", json!({"api": "Lp/C;->m()V", "hosts": ["a.example"]})),
            // Nobody saw it come in.
            line("unknown", "given by a server", Value::Null),
            line("unknown", "reached by no code", Value::Null),
            line("unknown", "not followed", Value::Null),
            json!({"state": "local", "unknown": []}),
        ]);
        assert_eq!((all.known, all.partly, all.answers), (1, 1, 1));
        assert_eq!((all.outside.len(), all.nobody.len(), all.ours.len()), (1, 1, 2));
        assert_eq!(all.decided(), 4);
        assert_eq!(all.calls(), 6);
    }
}
