//! Code that touches input bytes cannot panic by construction.

use super::{Complaint, Rule, Tree};

pub(super) const RULE: Rule = Rule {
    name: "panic-lints",
    says: "code that touches input bytes denies unwrap, expect, indexing and panic; an opt-out gives its `reason = \"…\"`",
    check,
};

/// The crates whose input is hostile bytes.
const PARSERS: &[&str] = &["apk", "art", "container", "dex"];
/// What the head of such a crate denies outside tests.
const LINTS: &[&str] =
    &["clippy::unwrap_used", "clippy::expect_used", "clippy::indexing_slicing", "clippy::panic"];

fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for name in PARSERS {
        let head = format!("crates/{name}/src/lib.rs");
        let Some(file) = tree.files.iter().find(|file| file.path == head) else { continue };
        let code: String = file.product_lines().into_iter().map(|(_, line)| line.trim()).collect();
        let is_empty = !code.contains("mod ") && !code.contains("fn ");
        if is_empty {
            continue;
        }
        for lint in LINTS {
            if !code.contains(lint) {
                complaints.push(Complaint::of(file, 1, format!("does not deny `{lint}`")));
            }
        }
        if !code.contains("forbid(unsafe_code)") {
            complaints.push(Complaint::of(file, 1, "does not forbid `unsafe_code`"));
        }
    }
    for file in &tree.files {
        let lines = file.product_lines();
        for (at, (number, line)) in lines.iter().enumerate() {
            let opts_out = (line.contains("allow(") || line.contains("expect(clippy"))
                && line.contains('#')
                && !line.trim_start().starts_with("//");
            // An attribute may run over a few lines.
            let attribute: String = lines.iter().skip(at).take(6).map(|(_, line)| *line).collect();
            let attribute = attribute.split(")]").next().unwrap_or_default();
            let names_one = LINTS.iter().any(|lint| attribute.contains(lint));
            if opts_out && names_one && !attribute.contains("reason") {
                complaints.push(Complaint::of(file, *number, "opts out without `reason = \"…\"`"));
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::complaints;

    const HEAD: &str = "#![forbid(unsafe_code)]\n#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing,\n clippy::panic))]\nmod a;\n";

    #[test]
    fn parsers_deny_what_can_panic() {
        assert!(
            complaints(&RULE, &[("crates/dex/src/lib.rs", HEAD), ("crates/store/src/lib.rs", "mod a;")])
                .is_empty()
        );
        assert_eq!(complaints(&RULE, &[("crates/dex/src/lib.rs", "mod a;\n")]).len(), LINTS.len() + 1);
        assert!(complaints(&RULE, &[("crates/dex/src/lib.rs", "//! Not begun.\n")]).is_empty());
    }

    #[test]
    fn opting_out_needs_a_reason() {
        let bare = "#[allow(clippy::indexing_slicing)]\nfn f() {}\n";
        let reasoned = "#[allow(\n    clippy::indexing_slicing,\n    reason = \"the array has 256 entries and the index is a byte\"\n)]\nfn f() {}\n";
        let other = "#[allow(clippy::too_many_lines)]\nfn f() {}\n";
        let tested = "#[cfg(test)]\nmod tests {\n#[allow(clippy::indexing_slicing)]\nfn f() {}\n}\n";
        assert_eq!(complaints(&RULE, &[("crates/a/src/a.rs", bare)]), ["crates/a/src/a.rs:1"]);
        assert!(
            complaints(&RULE, &[("a/src/a.rs", reasoned), ("a/src/b.rs", other), ("a/src/c.rs", tested)])
                .is_empty()
        );
    }
}
