//! Other people's apps and malware are never published.

use std::collections::BTreeMap;

use overt_base::digest::Digest;

use super::{Complaint, Rule, Tree};
use crate::corpora;

pub(super) const RULE: Rule = Rule {
    name: "corpus-files",
    says: "no file of the corpora is tracked (checked by digest where the corpora are present)",
    check,
};

fn check(tree: &Tree) -> Vec<Complaint> {
    // Only files of the same size can be the same: digests of the rest are not needed.
    let sizes: Vec<u64> = tree.files.iter().map(|file| file.bytes.len() as u64).collect();
    check_with(tree, &corpora::digests_of_sizes(&sizes))
}

fn check_with(tree: &Tree, corpus: &BTreeMap<Digest, String>) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    // Empty and very small files are the same everywhere.
    for file in tree.files.iter().filter(|file| file.bytes.len() >= corpora::SMALLEST) {
        if let Some(path) = corpus.get(&Digest::of(&file.bytes)) {
            complaints.push(Complaint::of(file, None, format!("is the corpora's {path}")));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_found_whatever_its_name() {
        let bytes = "a sample of somebody else".repeat(20);
        let corpus = BTreeMap::from([(Digest::of(bytes.as_bytes()), "phone/app.apk".to_owned())]);
        let tree = Tree::of(&[("fixtures/innocent.bin", &bytes), ("fixtures/own.bin", &bytes[1..])]);
        let complaints = check_with(&tree, &corpus);
        assert_eq!(complaints.len(), 1);
        assert_eq!(complaints[0].path, "fixtures/innocent.bin");
    }
}
