//! Names that hide a noun.

use super::{Complaint, Rule, Tree};

pub(super) const RULE: Rule = Rule {
    name: "names",
    says: "a module or type named like this hides the noun it is about: name the noun",
    check,
};

const MODULES: &[&str] =
    &["util", "utils", "helper", "helpers", "manager", "common", "misc", "shared", "stuff"];
const SUFFIXES: &[&str] = &["Manager", "Helper", "Helpers", "Util", "Utils", "Processor"];

fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for file in tree.files.iter().filter(|file| file.is_rust()) {
        // Cargo itself prescribes `tests/common` for what several test programs share.
        let is_hiding = |name: &str| MODULES.contains(&name) && !(name == "common" && file.is_test());
        let stems = file.path.split('/').map(|part| part.strip_suffix(".rs").unwrap_or(part));
        for stem in stems {
            if is_hiding(stem) {
                complaints.push(Complaint::of(file, None, format!("a module named `{stem}`")));
            }
        }
        for (line, number) in file.text().unwrap_or_default().lines().zip(1..) {
            if let Some(name) = declared(line) {
                let is_module = line.trim_start().trim_start_matches("pub ").starts_with("mod ");
                if is_module && is_hiding(name) {
                    complaints.push(Complaint::of(file, number, format!("a module named `{name}`")));
                }
                if !is_module && SUFFIXES.iter().any(|suffix| name.ends_with(suffix)) {
                    complaints.push(Complaint::of(file, number, format!("a type named `{name}`")));
                }
            }
        }
    }
    complaints
}

/// The name that a line declares as a module or type.
fn declared(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace().skip_while(|word| word.starts_with("pub"));
    let keyword = words.next()?;
    if !matches!(keyword, "mod" | "struct" | "enum" | "trait" | "union" | "type") {
        return None;
    }
    words.next()?.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::complaints;

    #[test]
    fn hiding_names_are_found() {
        assert_eq!(complaints(&RULE, &[("crates/x/src/utils.rs", "")]), ["crates/x/src/utils.rs"]);
        assert_eq!(complaints(&RULE, &[("crates/x/src/helpers/a.rs", "")]).len(), 1);
        let code = "mod common;\npub struct FooManager<T>(T);\npub(crate) enum BarUtils {}\n";
        assert_eq!(complaints(&RULE, &[("x.rs", code)]), ["x.rs:1", "x.rs:2", "x.rs:3"]);
    }

    #[test]
    fn nouns_and_the_names_of_others_pass() {
        let code = "mod arsc;\nstruct DebugInfo;\n// struct PackageManager is Android's\nlet manager = 1;\nfn utils() {}\n";
        assert!(complaints(&RULE, &[("crates/x/src/arsc.rs", code)]).is_empty());
        assert!(
            complaints(&RULE, &[("crates/x/tests/common/mod.rs", ""), ("x/tests/a.rs", "mod common;")])
                .is_empty()
        );
    }
}
