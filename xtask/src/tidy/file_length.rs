//! A long file hides a noun.

use super::{Complaint, Rule, Tree};

pub(super) const RULE: Rule = Rule {
    name: "file-length",
    says: "more than 800 lines of code: cut at a noun, or give the reason in xtask/src/tidy/file_length.rs",
    check,
};

const MOST: usize = 800;

/// Longer files, each with the reason why it is one noun.
const LONGER: &[(&str, &str)] = &[];

fn check(tree: &Tree) -> Vec<Complaint> {
    check_with(tree, LONGER)
}

fn check_with(tree: &Tree, longer: &[(&str, &str)]) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for file in tree.files.iter().filter(|file| file.is_rust()) {
        let text = file.text().unwrap_or_default();
        let lines = if file.is_test() {
            text.lines().filter(|line| is_code(line)).count()
        } else {
            file.product_lines().into_iter().filter(|(_, line)| is_code(line)).count()
        };
        let allowed = longer.iter().any(|(path, _)| *path == file.path);
        if lines > MOST && !allowed {
            complaints.push(Complaint::of(file, None, format!("{lines} lines of code")));
        }
        if lines <= MOST && allowed {
            complaints.push(Complaint::of(file, None, format!("{lines} lines of code need no exception")));
        }
    }
    for (path, _) in longer {
        if !tree.files.iter().any(|file| file.path == *path) {
            complaints.push(Complaint {
                path: (*path).to_owned(),
                line: None,
                says: "no such file".to_owned(),
            });
        }
    }
    complaints
}

fn is_code(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(files: &[(&str, &str)], longer: &[(&str, &str)]) -> Vec<String> {
        check_with(&Tree::of(files), longer).into_iter().map(|complaint| complaint.path).collect()
    }

    #[test]
    fn only_code_counts() {
        let long = "let a = 1;\n".repeat(801);
        let commented = format!("{}{}", "let a = 1;\n".repeat(800), "// why\n\n".repeat(100));
        let tested = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", "let a = 1;\n".repeat(10), long);
        assert_eq!(paths(&[("a.rs", &long)], &[]), ["a.rs"]);
        assert!(paths(&[("a.rs", &commented), ("b.rs", &tested), ("c.md", &long)], &[]).is_empty());
    }

    #[test]
    fn exceptions_are_needed_and_used() {
        let long = "let a = 1;\n".repeat(801);
        assert!(paths(&[("a.rs", &long)], &[("a.rs", "a table")]).is_empty());
        assert_eq!(paths(&[("a.rs", "")], &[("a.rs", "a table"), ("b.rs", "gone")]), ["a.rs", "b.rs"]);
    }
}
