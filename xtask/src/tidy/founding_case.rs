//! The case the project began with is an indicator with a source, never a special case.

use super::{Complaint, Rule, Tree};

pub(super) const RULE: Rule = Rule {
    name: "founding-case",
    says: "the vendors of the founding case are named under catalogue/indicators, docs and where inputs are listed only: a general mechanism needs no name",
    check,
};

// Put together here so that this file does not contain what it forbids.
const ANYWHERE: &[&str] = &[concat!("ad", "ups"), concat!("blu", "products"), concat!("blu ", "products")];
const WORDS: &[&str] = &[concat!("BL", "U")];
const WHERE: &[&str] = &["catalogue/indicators/", "docs/", crate::suites::FILE];

fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (file, text) in
        tree.texts().filter(|(file, _)| !WHERE.iter().any(|place| file.path.starts_with(place)))
    {
        for (line, number) in text.lines().zip(1..) {
            let lower = line.to_lowercase();
            let anywhere = ANYWHERE.iter().copied().find(|name| lower.contains(name));
            let word = line.split(|c: char| !c.is_alphanumeric()).find(|word| WORDS.contains(word));
            if let Some(name) = anywhere.or(word) {
                complaints.push(Complaint::of(file, number, format!("`{name}`")));
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
    fn names_stay_in_their_place() {
        let text = format!("com.{}.fota", ANYWHERE[0].to_uppercase());
        let brand = format!("a {} phone", WORDS[0]);
        assert_eq!(complaints(&RULE, &[("crates/a/src/a.rs", &text), ("README.md", &brand)]).len(), 2);
        assert!(
            complaints(&RULE, &[("catalogue/indicators/a.toml", &text), ("docs/a.md", &brand)]).is_empty()
        );
        assert!(complaints(&RULE, &[("a.rs", "the blueprint is blue")]).is_empty());
    }
}
