//! Rules of the house that clippy does not know, a file each. A review remark made twice becomes one of these.

mod clean_files;
mod corpus_files;
mod corpus_names;
mod crate_head;
mod file_length;
mod file_size;
mod founding_case;
mod machine_paths;
mod names;
mod panic_lints;
mod serialisation;
mod unfinished;

use anyhow::bail;

use crate::workspace;

/// The files of the repository.
struct Tree {
    files: Vec<File>,
}

/// A tracked file.
struct File {
    /// Relative to the root, `/`-separated.
    path: String,
    bytes: Vec<u8>,
}

impl File {
    /// The contents, when they are text.
    fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    /// Whether the file is Rust code.
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether the file holds tests only.
    fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/") || self.path.contains("/benches/")
    }

    /// The lines of Rust code before the file's test module, with their numbers from 1; none of a test file.
    fn product_lines(&self) -> Vec<(usize, &str)> {
        if !self.is_rust() || self.is_test() {
            return Vec::new();
        }
        let text = self.text().unwrap_or_default();
        let mut lines = Vec::new();
        let mut all = text.lines().zip(1..).peekable();
        while let Some((line, number)) = all.next() {
            let is_last = line == "#[cfg(test)]"
                && all.peek().is_some_and(|(next, _)| next.starts_with("mod ") && next.ends_with('{'));
            if is_last {
                break;
            }
            lines.push((number, line));
        }
        lines
    }
}

impl Tree {
    fn read() -> anyhow::Result<Tree> {
        let root = workspace::root();
        let mut files = Vec::new();
        for path in workspace::tracked_files()? {
            let bytes = std::fs::read(root.join(&path))?;
            files.push(File { path, bytes });
        }
        Ok(Tree { files })
    }

    #[cfg(test)]
    fn of(files: &[(&str, &str)]) -> Tree {
        let files = files
            .iter()
            .map(|(path, text)| File { path: (*path).to_owned(), bytes: text.as_bytes().to_vec() })
            .collect();
        Tree { files }
    }

    /// Text files with their text.
    fn texts(&self) -> impl Iterator<Item = (&File, &str)> {
        self.files.iter().filter_map(|file| file.text().map(|text| (file, text)))
    }
}

/// Something that breaks a rule.
#[derive(Debug)]
struct Complaint {
    path: String,
    line: Option<usize>,
    says: String,
}

impl Complaint {
    fn of(file: &File, line: impl Into<Option<usize>>, says: impl Into<String>) -> Complaint {
        Complaint { path: file.path.clone(), line: line.into(), says: says.into() }
    }
}

/// A rule: what it says, and how it is checked.
struct Rule {
    name: &'static str,
    says: &'static str,
    check: fn(&Tree) -> Vec<Complaint>,
}

const RULES: &[Rule] = &[
    clean_files::RULE,
    corpus_files::RULE,
    corpus_names::RULE,
    crate_head::RULE,
    file_length::RULE,
    file_size::RULE,
    founding_case::RULE,
    machine_paths::RULE,
    names::RULE,
    panic_lints::RULE,
    serialisation::RULE,
    unfinished::RULE,
];

/// `cargo xtask tidy`.
///
/// # Errors
/// When a rule is broken.
pub fn run(_arguments: &[String]) -> anyhow::Result<()> {
    let tree = Tree::read()?;
    let mut broken = 0usize;
    for rule in RULES {
        let complaints = (rule.check)(&tree);
        if !complaints.is_empty() {
            eprintln!("{}: {}", rule.name, rule.says);
        }
        for complaint in &complaints {
            match complaint.line {
                Some(line) => eprintln!("  {}:{line}: {}", complaint.path, complaint.says),
                None => eprintln!("  {}: {}", complaint.path, complaint.says),
            }
        }
        broken += complaints.len();
    }
    if broken != 0 {
        bail!("{broken} complaints");
    }
    println!("tidy: {} files, {} rules, nothing to complain about", tree.files.len(), RULES.len());
    Ok(())
}

#[cfg(test)]
fn complaints(rule: &Rule, files: &[(&str, &str)]) -> Vec<String> {
    (rule.check)(&Tree::of(files))
        .into_iter()
        .map(|complaint| match complaint.line {
            Some(line) => format!("{}:{line}", complaint.path),
            None => complaint.path,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn product_lines_end_where_the_tests_begin() {
        let tree = Tree::of(&[
            ("crates/x/src/a.rs", "use a;\n#[cfg(test)]\nmod tests {\n}\n"),
            ("crates/x/tests/b.rs", "x"),
        ]);
        assert_eq!(tree.files[0].product_lines(), [(1, "use a;")]);
        assert!(tree.files[1].product_lines().is_empty());
    }

    #[test]
    fn rules_are_sorted_and_each_says_something() {
        assert!(RULES.is_sorted_by_key(|rule| rule.name));
        assert!(RULES.iter().all(|rule| rule.says.len() > 20));
    }
}
