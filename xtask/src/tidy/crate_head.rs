//! Each crate says at its head what it is for and what it never does.

use super::{Complaint, Rule, Tree};

pub(super) const RULE: Rule = Rule {
    name: "crate-head",
    says: "a crate begins with `//!`: its purpose, and a line of *Invariants* (what it never does)",
    check,
};

fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for file in &tree.files {
        let is_head = (file.path.ends_with("/src/lib.rs") || file.path.ends_with("/src/main.rs"))
            && (file.path.starts_with("crates/")
                || file.path.starts_with("xtask/")
                || file.path.starts_with("fuzz/"));
        if !is_head {
            continue;
        }
        let text = file.text().unwrap_or_default();
        let head: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
        if head.is_empty() {
            complaints.push(Complaint::of(file, 1, "no `//!` at the head"));
        } else if !head.iter().any(|line| line.contains("Invariants")) {
            complaints.push(Complaint::of(file, 1, "no line of *Invariants*"));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::complaints;

    #[test]
    fn heads_are_read() {
        let good = "//! Opens things.\n//!\n//! *Invariants*: never writes.\n\nmod a;\n";
        assert!(
            complaints(&RULE, &[("crates/a/src/lib.rs", good), ("crates/a/src/b.rs", "mod c;")]).is_empty()
        );
        assert_eq!(complaints(&RULE, &[("crates/a/src/lib.rs", "//! Opens things.\n")]).len(), 1);
        assert_eq!(complaints(&RULE, &[("crates/a/src/main.rs", "mod a;\n//! Invariants: late\n")]).len(), 1);
    }
}
