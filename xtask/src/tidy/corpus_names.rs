//! No special case for a benchmark.

use super::{Complaint, Rule, Tree};
use crate::corpora;

pub(super) const RULE: Rule = Rule {
    name: "corpus-names",
    says: "code and catalogue know no benchmark suite, nor the packages and apps of one: general mechanisms win",
    check,
};

// Put together here so that this file does not contain what it forbids.
const NAMES: &[&str] = &[
    concat!("droid", "bench"),
    concat!("taint", "bench"),
    concat!("icc-", "bench"),
    concat!("icc", "bench"),
    concat!("ghera", "-"),
    concat!("ecs", "pride"),
    concat!("edu.mit.", "icc"),
    concat!("edu/mit/", "icc"),
    concat!("lu.uni.", "snt"),
    concat!("lu/uni/", "snt"),
];

/// What runs the suites may name them, and so may tests that read the folders of the corpora.
const WHERE: &[&str] = &["xtask/src/corpus.rs", "xtask/src/corpus/", "xtask/src/corpora.rs"];

fn check(tree: &Tree) -> Vec<Complaint> {
    check_with(tree, &corpora::app_names())
}

/// `apps` are the file names of the samples present on this machine, without extension.
fn check_with(tree: &Tree, apps: &[String]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (file, text) in tree.texts() {
        let is_code = ["crates/", "catalogue/", "xtask/", "fixtures/", "samples/", "fuzz/"]
            .iter()
            .any(|folder| file.path.starts_with(folder));
        if !is_code || file.is_test() || WHERE.iter().any(|place| file.path.starts_with(place)) {
            continue;
        }
        for (line, number) in text.lines().zip(1..) {
            let lower = line.to_lowercase();
            let suite = NAMES.iter().copied().find(|name| lower.contains(name));
            let app = apps.iter().map(String::as_str).find(|name| lower.contains(name));
            if let Some(name) = suite.or(app) {
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
        let apps: Vec<String> = apps.iter().map(|app| (*app).to_owned()).collect();
        check_with(&Tree::of(files), &apps).len()
    }

    #[test]
    fn suites_and_their_apps_are_found_in_code() {
        let code = format!("if package.starts_with(\"de.{}\") {{", NAMES[5]);
        assert_eq!(count(&[("crates/a/src/a.rs", &code), ("catalogue/x.toml", &code)], &[]), 2);
        assert_eq!(count(&[("crates/a/src/a.rs", "\"some_bad_sample\"")], &["some_bad_sample"]), 1);
    }

    #[test]
    fn documentation_tests_and_the_runner_may_name_them() {
        assert_eq!(count(&[("crates/dex/tests/corpora.rs", NAMES[0])], &[]), 0);
        assert_eq!(count(&[("docs/accuracy.md", NAMES[0]), ("xtask/src/corpus.rs", NAMES[0])], &["x_y"]), 0);
    }
}
