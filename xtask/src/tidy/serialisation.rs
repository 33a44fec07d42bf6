//! What is stored or sent has its shape in one crate.

use super::{Complaint, Rule, Tree};

pub(super) const RULE: Rule = Rule {
    name: "serialisation",
    says: "no left crate serialises: what is stored or sent has its shape in `record`",
    check,
};

fn check(tree: &Tree) -> Vec<Complaint> {
    let left: Vec<&str> = tree
        .texts()
        .filter(|(_, text)| text.contains("package.metadata.layer") && text.contains("side = \"left\""))
        .filter_map(|(file, _)| file.path.strip_suffix("Cargo.toml"))
        .collect();
    let mut complaints = Vec::new();
    for file in tree.files.iter().filter(|file| left.iter().any(|folder| file.path.starts_with(folder))) {
        for (number, line) in file.product_lines() {
            let is_derive = line.contains("derive(") || line.trim_start().starts_with("impl");
            let words = line.split(|c: char| !c.is_alphanumeric());
            if is_derive && words.into_iter().any(|word| word == "Serialize") {
                complaints.push(Complaint::of(file, number, "derives `Serialize`"));
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
    fn only_left_crates_are_asked() {
        let left = "[package.metadata.layer]\nlevel = 1\nside = \"left\"\n";
        let right = "[package.metadata.layer]\nlevel = 1\nside = \"right\"\n";
        let code = "#[derive(Clone, Serialize)]\nstruct A;\n#[derive(Deserialize)]\nstruct B;\n";
        let files = [
            ("crates/l/Cargo.toml", left),
            ("crates/l/src/a.rs", code),
            ("crates/r/Cargo.toml", right),
            ("crates/r/src/a.rs", code),
        ];
        assert_eq!(complaints(&RULE, &files), ["crates/l/src/a.rs:1"]);
    }
}
