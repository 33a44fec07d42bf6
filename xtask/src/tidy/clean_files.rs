//! Files that tools of one machine leave behind.

use super::{Complaint, Rule, Tree};

pub(super) const RULE: Rule = Rule {
    name: "clean-files",
    says: "no editor, patch or crash leftovers are tracked, and text has no carriage returns or merge marks",
    check,
};

const SUFFIXES: &[&str] = &[".orig", ".rej", ".swp", ".bak", ".pyc", ".DS_Store", "~", ".log"];
// Put together here so that this file does not contain what it forbids.
const MARKS: &[&str] = &[concat!("<<<<", "<<< "), concat!(">>>>", ">>> ")];

fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for file in &tree.files {
        if SUFFIXES.iter().any(|suffix| file.path.ends_with(suffix)) {
            complaints.push(Complaint::of(file, None, "a leftover"));
        }
    }
    for (file, text) in tree.texts() {
        for (line, number) in text.lines().zip(1..) {
            if MARKS.iter().any(|mark| line.starts_with(mark)) {
                complaints.push(Complaint::of(file, number, "a merge mark"));
            }
        }
        let is_source = [".rs", ".toml", ".md", ".smali", ".sh"].iter().any(|end| file.path.ends_with(end));
        if is_source && text.contains("\r\n") {
            complaints.push(Complaint::of(file, None, "carriage returns"));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::complaints;

    #[test]
    fn leftovers_are_found() {
        let mark = format!("a\n{}HEAD\n", MARKS[0]);
        assert_eq!(
            complaints(&RULE, &[("a.rs.orig", ""), ("b.rs", &mark), ("c.rs", "a\r\n")]),
            ["a.rs.orig", "b.rs:2", "c.rs"]
        );
        assert!(complaints(&RULE, &[("a.rs", "a << b"), ("b.txt", "a\r\n")]).is_empty());
    }
}
