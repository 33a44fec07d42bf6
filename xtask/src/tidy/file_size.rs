//! The repository holds sources, not collections.

use super::{Complaint, Rule, Tree};

pub(super) const RULE: Rule =
    Rule { name: "file-size", says: "no tracked file is larger than 1.1 MB", check };

const MOST: usize = 1_100_000;

fn check(tree: &Tree) -> Vec<Complaint> {
    let large = tree.files.iter().filter(|file| file.bytes.len() > MOST);
    large.map(|file| Complaint::of(file, None, format!("{} bytes", file.bytes.len()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::complaints;

    #[test]
    fn only_large_files_are_found() {
        let large = "x".repeat(MOST + 1);
        assert_eq!(complaints(&RULE, &[("a.img", &large), ("b.img", &large[1..])]), ["a.img"]);
    }
}
