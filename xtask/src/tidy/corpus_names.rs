//! No special case for a benchmark.

use super::{Complaint, Rule, Tree};
use crate::corpora;
use crate::suites::{self, Suites, names};

pub(super) const RULE: Rule = Rule {
    name: "corpus-names",
    says: "code, catalogue and fixtures know no public suite, nor the packages, classes and apps of one: general mechanisms win",
    check,
};

/// The only place that may name them; tests may name the folders of the corpora that they read.
const WHERE: &[&str] = &[suites::FILE];

/// What is forbidden.
struct Names {
    /// Of suites: parts of words, in lower case.
    suites: Vec<String>,
    /// Of the suites' apps: words.
    apps: Vec<String>,
}

fn check(tree: &Tree) -> Vec<Complaint> {
    match names_here() {
        Ok(names) => check_with(tree, &names),
        Err(error) => vec![Complaint {
            path: suites::FILE.to_owned(),
            line: None,
            says: format!("cannot be used: {error:#}"),
        }],
    }
}

fn names_here() -> anyhow::Result<Names> {
    let all = Suites::read()?;
    let apps = corpora::folder().map_or(Ok(Vec::new()), |folder| names::of_apps(&all, &folder))?;
    Ok(Names { suites: all.names("forbidden"), apps })
}

fn check_with(tree: &Tree, names: &Names) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (file, text) in tree.texts() {
        let is_code = ["crates/", "catalogue/", "xtask/", "fixtures/", "samples/", "fuzz/"]
            .iter()
            .any(|folder| file.path.starts_with(folder));
        if !is_code || WHERE.contains(&file.path.as_str()) {
            continue;
        }
        let lower = text.to_lowercase();
        for name in names.suites.iter().filter(|name| !file.is_test() && lower.contains(name.as_str())) {
            let line = lower.lines().zip(1..).find(|(line, _)| line.contains(name.as_str()));
            complaints.push(Complaint::of(file, line.map(|(_, number)| number), format!("`{name}`")));
        }
        for name in names.apps.iter().filter(|name| text.contains(name.as_str())) {
            let line = text.lines().zip(1..).find(|(line, _)| names::is_named(line, name));
            if let Some((_, number)) = line {
                complaints.push(Complaint::of(file, number, format!("`{name}`")));
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(files: &[(&str, &str)], apps: &[&str]) -> usize {
        let apps = apps.iter().map(|app| (*app).to_owned()).collect();
        let suites = Suites::read().expect("tracked").names("forbidden");
        check_with(&Tree::of(files), &Names { suites, apps }).len()
    }

    fn forbidden(number: usize) -> String {
        Suites::read().expect("tracked").names("forbidden").swap_remove(number)
    }

    #[test]
    fn suites_and_their_apps_are_found_in_code() {
        let code = format!("if package.starts_with(\"de.{}\") {{", forbidden(0));
        assert_eq!(count(&[("crates/a/src/a.rs", &code), ("catalogue/x.toml", &code)], &[]), 2);
        let fixture = ("fixtures/apps/a/smali/A.smali", ".class Lsome/bad/Sample;");
        assert_eq!(count(&[fixture, ("crates/a/src/a.rs", "SomeBadSample1")], &["some/bad/Sample"]), 1);
        assert_eq!(count(&[("crates/a/tests/a.rs", "SomeBadSample1")], &["SomeBadSample1"]), 1);
    }

    #[test]
    fn documentation_and_the_list_itself_may_name_them() {
        let name = forbidden(0);
        assert_eq!(count(&[("crates/dex/tests/corpora.rs", &name)], &[]), 0);
        assert_eq!(count(&[("docs/accuracy.md", &name), (suites::FILE, &name)], &["x_y"]), 0);
    }

    #[test]
    fn a_name_of_a_suite_that_is_here_is_found_when_it_is_planted() {
        let names = names_here().expect("readable");
        let Some(folder) = corpora::folder() else {
            println!("SKIPPED: no corpora here");
            return;
        };
        assert!(names.apps.len() > 50, "{} names from {}", names.apps.len(), folder.display());
        for name in &names.apps {
            let planted = format!("    \"{name}\",\n");
            let tree = Tree::of(&[("catalogue/data/x.toml", &planted)]);
            assert!(!check_with(&tree, &names).is_empty(), "{name} may be planted");
        }
    }
}
