//! Nothing unfinished is called done.

use super::{Complaint, Rule, Tree};

pub(super) const RULE: Rule = Rule {
    name: "unfinished",
    says: "what is open is an issue or a sentence in the documentation, not a mark in the code",
    check,
};

// Put together here so that this file does not contain what it forbids.
const MARKS: &[&str] = &[
    concat!("to", "do!("),
    concat!("unimpl", "emented!("),
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
    concat!("TO", "DO:"),
    concat!("HA", "CK:"),
];

fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (file, text) in tree.texts() {
        let is_ours = file.is_rust() || file.path.ends_with(".toml") || file.path.ends_with(".smali");
        if !is_ours {
            continue;
        }
        for (line, number) in text.lines().zip(1..) {
            for mark in MARKS {
                if line.contains(mark) {
                    complaints.push(Complaint::of(file, number, format!("`{mark}`")));
                }
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::complaints;

    #[test]
    fn marks_are_found_in_code_only() {
        let mark = MARKS[0];
        let code = format!("fn f() {{\n    {mark})\n}}\n");
        assert_eq!(complaints(&RULE, &[("crates/x/src/lib.rs", &code)]), ["crates/x/src/lib.rs:2"]);
        assert!(
            complaints(&RULE, &[("docs/x.md", &code), ("crates/x/src/a.rs", "let todo = 1;")]).is_empty()
        );
    }
}
