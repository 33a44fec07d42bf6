//! A clone in another folder on another machine finds nothing of this one.

use super::{Complaint, Rule, Tree};

pub(super) const RULE: Rule = Rule {
    name: "machine-paths",
    says: "nothing tracked names a path of somebody's machine or the host of a package registry",
    check,
};

// Put together here so that this file does not contain what it forbids.
const PATHS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/.cargo"),
    concat!("/tmp/", "slot"),
    concat!("/tmp/", "brief"),
];
const HOSTS: &[&str] = &[
    concat!("crates", ".io"),
    concat!("npmjs", ".org"),
    concat!("npmjs", ".com"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("deb.debian", ".org"),
    concat!("proxy.golang", ".org"),
    concat!("repo.maven.apache", ".org"),
];

fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (file, text) in tree.texts() {
        // Lock files name the registry by their format.
        if file.path.ends_with("Cargo.lock") {
            continue;
        }
        for (line, number) in text.lines().zip(1..) {
            for path in PATHS {
                if line.match_indices(path).any(|(at, _)| begins_a_path(line, at)) {
                    complaints.push(Complaint::of(file, number, format!("`{path}`")));
                }
            }
            for host in HOSTS {
                if line.contains(host) {
                    complaints.push(Complaint::of(file, number, format!("`{host}`")));
                }
            }
        }
    }
    complaints
}

/// Whether the `/` at `at` is the root of a path and not a part of a longer one (`androidx/…`).
fn begins_a_path(line: &str, at: usize) -> bool {
    let before = line.get(..at).unwrap_or_default().chars().next_back();
    !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '}' | '/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::complaints;

    #[test]
    fn machine_paths_and_registries_are_found() {
        let path = PATHS[0];
        let files = [
            ("a.md", format!("see {path}main")),
            ("b.rs", format!("\"{path}x\"")),
            ("c.toml", format!("https://{}/crates", HOSTS[0])),
        ];
        for (name, text) in &files {
            assert_eq!(complaints(&RULE, &[(name, text)]), [format!("{name}:1")]);
        }
    }

    #[test]
    fn longer_paths_and_lock_files_pass() {
        let class = format!("Landroidx{}Worker;", PATHS[0]);
        let lock = format!("source = \"registry+https://github.com/rust-lang/{}-index\"", HOSTS[0]);
        assert!(
            complaints(&RULE, &[("a.toml", &class), ("Cargo.lock", &lock), ("fuzz/Cargo.lock", &lock)])
                .is_empty()
        );
    }
}
