//! `cargo xtask licences`: every dependency's licence against the list in `deny.toml`, and the crates it forbids. Offline.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};

use crate::workspace;

/// What `deny.toml` says, as far as it is checked here.
struct Rules {
    allow: BTreeSet<String>,
    deny: BTreeSet<String>,
}

/// Checks the whole dependency graph.
///
/// # Errors
/// When a licence is not on the list or a crate is forbidden.
pub fn run(_arguments: &[String]) -> anyhow::Result<()> {
    let rules = rules(&std::fs::read_to_string(workspace::root().join("deny.toml")).context("deny.toml")?)?;
    let metadata = workspace::metadata(&["--all-features"])?;
    let packages = metadata["packages"].as_array().context("packages")?;
    let mut wrong = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let version = package["version"].as_str().unwrap_or_default();
        let licence = package["license"].as_str();
        if rules.deny.contains(name) {
            wrong.push(format!("{name} {version} is forbidden"));
        }
        match licence.map(|text| Expression::parse(text).map(|expression| expression.holds(&rules.allow))) {
            Some(Some(true)) => {}
            Some(Some(false)) => wrong.push(format!("{name} {version}: {}", licence.unwrap_or_default())),
            Some(None) => {
                wrong.push(format!("{name} {version}: cannot read `{}`", licence.unwrap_or_default()))
            }
            None => wrong.push(format!("{name} {version} states no licence")),
        }
    }
    if !wrong.is_empty() {
        bail!("not allowed by deny.toml:\n{}", wrong.join("\n"));
    }
    println!("licences: {} packages, all allowed", packages.len());
    Ok(())
}

fn rules(text: &str) -> anyhow::Result<Rules> {
    let table: toml::Table = text.parse().context("deny.toml")?;
    let texts = |section: &str, key: &str| -> BTreeSet<String> {
        let list = table.get(section).and_then(|section| section.get(key)).and_then(toml::Value::as_array);
        let items = list.map(Vec::as_slice).unwrap_or_default().iter();
        items
            .filter_map(|item| item.as_str().or_else(|| item.get("name")?.as_str()))
            .map(str::to_owned)
            .collect()
    };
    let rules = Rules { allow: texts("licenses", "allow"), deny: texts("bans", "deny") };
    if rules.allow.is_empty() {
        bail!("deny.toml allows no licence");
    }
    Ok(rules)
}

/// An SPDX licence expression (SPDX specification, annex "SPDX license expressions"), with the old `/` for `OR`.
#[derive(Debug, PartialEq, Eq)]
enum Expression {
    Licence(String),
    All(Vec<Expression>),
    Any(Vec<Expression>),
}

impl Expression {
    fn parse(text: &str) -> Option<Expression> {
        let spaced = text.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
        let words: Vec<&str> = spaced.split_whitespace().collect();
        let mut rest = &words[..];
        let expression = Expression::any(&mut rest)?;
        rest.is_empty().then_some(expression)
    }

    fn any(rest: &mut &[&str]) -> Option<Expression> {
        let mut parts = vec![Expression::all(rest)?];
        while let Some(("OR", behind)) = rest.split_first().map(|(word, behind)| (*word, behind)) {
            *rest = behind;
            parts.push(Expression::all(rest)?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Expression::Any(parts) })
    }

    fn all(rest: &mut &[&str]) -> Option<Expression> {
        let mut parts = vec![Expression::one(rest)?];
        while let Some(("AND", behind)) = rest.split_first().map(|(word, behind)| (*word, behind)) {
            *rest = behind;
            parts.push(Expression::one(rest)?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Expression::All(parts) })
    }

    fn one(rest: &mut &[&str]) -> Option<Expression> {
        let (word, behind) = rest.split_first()?;
        *rest = behind;
        match *word {
            "(" => {
                let inner = Expression::any(rest)?;
                let (close, behind) = rest.split_first()?;
                *rest = behind;
                (*close == ")").then_some(inner)
            }
            ")" | "AND" | "OR" | "WITH" => None,
            licence => {
                let mut name = licence.to_owned();
                if let [with, exception, behind @ ..] = rest
                    && *with == "WITH"
                {
                    name = format!("{name} WITH {exception}");
                    *rest = behind;
                }
                Some(Expression::Licence(name))
            }
        }
    }

    fn holds(&self, allow: &BTreeSet<String>) -> bool {
        match self {
            Expression::Licence(name) => allow.contains(name),
            Expression::All(parts) => parts.iter().all(|part| part.holds(allow)),
            Expression::Any(parts) => parts.iter().any(|part| part.holds(allow)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str) -> Option<bool> {
        let allow = ["MIT", "Apache-2.0", "Unicode-3.0"].iter().map(|name| (*name).to_owned()).collect();
        Expression::parse(text).map(|expression| expression.holds(&allow))
    }

    #[test]
    fn expressions_are_weighed() {
        assert_eq!(holds("MIT"), Some(true));
        assert_eq!(holds("GPL-3.0-only"), Some(false));
        assert_eq!(holds("Unlicense OR MIT"), Some(true));
        assert_eq!(holds("Unlicense/MIT"), Some(true));
        assert_eq!(holds("MIT AND GPL-3.0-only"), Some(false));
        assert_eq!(holds("(MIT OR GPL-3.0-only) AND Unicode-3.0"), Some(true));
        assert_eq!(holds("GPL-2.0-only WITH Classpath-exception-2.0"), Some(false));
        assert_eq!(holds("Apache-2.0 WITH LLVM-exception OR MIT"), Some(true));
        assert_eq!(holds("MIT AND OR"), None);
        assert_eq!(holds("(MIT"), None);
        assert_eq!(holds(""), None);
    }

    #[test]
    fn the_committed_rules_allow_no_copyleft() {
        let rules = rules(&std::fs::read_to_string(workspace::root().join("deny.toml")).expect("there"))
            .expect("valid");
        assert!(rules.allow.contains("MIT") && rules.deny.contains("reqwest"));
        assert!(!rules.allow.iter().any(|name| name.contains("GPL")));
        assert!(super::rules("[licenses]\n").is_err());
    }
}
