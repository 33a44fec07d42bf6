//! The words by which code would show that it knows a suite: its name, its apps' packages, classes and file names.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context as _;
use overt_apk::apk::Apk;
use overt_base::bytes::View;
use overt_base::progress::Silent;
use overt_base::{Cancel, Cx, Limits, Locus, Problems};
use serde_json::Value;

use super::{Suites, apps};

/// Words shorter than this say nothing.
const SHORTEST: usize = 6;

/// Names of the suites' apps in the folder of corpora: package names, qualified class names (with dots and with slashes),
/// class names and file names that are no ordinary words. Sorted.
///
/// # Errors
/// When a list of a suite that is present cannot be read.
pub fn of_apps(suites: &Suites, corpora: &Path) -> anyhow::Result<Vec<String>> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for section in ["small", "malware"] {
        let Ok(folder) = suites.folder(section, corpora) else { continue };
        for app in apps(&folder)? {
            names.extend(app.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
            names.extend(package(&app));
        }
        if let Ok(list) = suites.text(section, "leaks") {
            let list = std::fs::read_to_string(folder.join(list)).context("a suite's list of leaks")?;
            names.extend(of_leaks(&list));
        }
        if let Ok(findings) = suites.text(section, "findings") {
            for file in crate::workspace::walk(&folder.join(findings), &|_| true)? {
                let text = std::fs::read(folder.join(findings).join(&file))?;
                names.extend(of_findings(&serde_json::from_slice(&text).context(file)?));
            }
        }
    }
    Ok(distinctive(names, &suites.names("ordinary"), &suites.names("libraries")))
}

/// The package name that an app's manifest states.
fn package(app: &Path) -> Option<String> {
    let limits = Limits::default();
    let problems = Problems::new(16);
    let cancel = Cancel::default();
    let cx = Cx { limits: &limits, problems: &problems, progress: &Silent, cancel: &cancel };
    let apk = Apk::open(View::from_vec(std::fs::read(app).ok()?), &Locus::input(), &cx).ok()?;
    Some(apk.manifest?.package)
}

/// Classes in a table whose columns `*_in` hold `Outer$Inner.method`, alternatives separated by `|`.
fn of_leaks(table: &str) -> Vec<String> {
    let mut lines = table.lines();
    let head: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let columns: Vec<usize> =
        head.iter().enumerate().filter(|(_, name)| name.ends_with("_in")).map(|(at, _)| at).collect();
    let mut names = Vec::new();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        for place in columns.iter().filter_map(|at| cells.get(*at)).flat_map(|cell| cell.split('|')) {
            if let Some((class, _)) = place.rsplit_once('.') {
                names.extend(class.split('$').map(str::to_owned));
            }
        }
    }
    names
}

/// Qualified classes in a suite's findings.
fn of_findings(document: &Value) -> Vec<String> {
    let findings = document["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ends = findings.iter().flat_map(|finding| [&finding["source"], &finding["sink"]]);
    ends.filter_map(|end| end["className"].as_str())
        .map(|class| class.split(".AnonymousClass").next().unwrap_or(class).to_owned())
        .collect()
}

fn distinctive(names: BTreeSet<String>, ordinary: &[String], libraries: &[String]) -> Vec<String> {
    let mut kept = BTreeSet::new();
    for name in names {
        let known = ordinary.contains(&name)
            || libraries.iter().any(|library| name.starts_with(library.as_str()))
            || name.len() < SHORTEST;
        if known {
            continue;
        }
        if name.contains('.') {
            kept.insert(name.replace('.', "/"));
        }
        kept.insert(name);
    }
    kept.into_iter().collect()
}

/// Whether `line` contains `name` as a word of its own.
#[must_use]
pub fn is_named(line: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).any(|(at, _)| {
        let before = line.get(..at).unwrap_or_default();
        let behind = line.get(at + name.len()..).unwrap_or_default();
        // A descriptor begins with an L, which is no part of the class's name.
        let starts = match before.chars().next_back() {
            Some('L') => name.contains('/') && !before.trim_end_matches('L').ends_with(part),
            Some(last) => !part(last),
            None => true,
        };
        starts && !behind.starts_with(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_read_from_a_suites_lists() {
        let table = "apk,source_api,source_in,sink_api,sink_in\na,m,Outer$Inner.run,n,First.go|Second.go\n";
        assert_eq!(of_leaks(table), ["Outer", "Inner", "First", "Second"]);
        let document = serde_json::json!({"findings": [
            {"source": {"className": "p.q.Reader.AnonymousClass2"}, "sink": {"className": "p.q.Sender"}}
        ]});
        assert_eq!(of_findings(&document), ["p.q.Reader", "p.q.Sender"]);
    }

    #[test]
    fn ordinary_names_and_libraries_are_left_out() {
        let names = ["MainActivity", "LeakingThing1", "org.lib.Client", "p.q.Sender", "B"];
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let kept = distinctive(names, &["MainActivity".to_owned()], &["org.lib".to_owned()]);
        assert_eq!(kept, ["LeakingThing1", "p.q.Sender", "p/q/Sender"]);
    }

    #[test]
    fn names_are_words_of_their_own() {
        assert!(is_named("const Lp/q/Sender;", "p/q/Sender"));
        assert!(is_named("\"p.q.Sender\"", "p.q.Sender"));
        assert!(!is_named("app.q.Senders", "p.q.Sender"));
        assert!(!is_named("LeakingThing12", "LeakingThing1"));
    }
}
