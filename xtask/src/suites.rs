//! What `xtask/suites.toml` says: the public suites that the data-flow engine is measured with, and their names.

pub mod names;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use crate::{corpora, workspace};

/// Where the suites are named, relative to the root; nowhere else may they be.
pub const FILE: &str = "xtask/suites.toml";

/// All that the file says.
pub struct Suites {
    table: toml::Table,
}

impl Suites {
    /// Reads the file.
    ///
    /// # Errors
    /// When it cannot be read or is no TOML.
    pub fn read() -> anyhow::Result<Suites> {
        let text = std::fs::read_to_string(workspace::root().join(FILE)).context(FILE)?;
        Ok(Suites { table: text.parse().context(FILE)? })
    }

    /// The text `key` of `section`.
    ///
    /// # Errors
    /// When there is none.
    pub fn text(&self, section: &str, key: &str) -> anyhow::Result<&str> {
        text(self.table.get(section).and_then(toml::Value::as_table), key)
            .with_context(|| format!("{FILE}: [{section}]"))
    }

    /// The number `key` of the budgets.
    ///
    /// # Errors
    /// When there is none.
    pub fn budget(&self, key: &str) -> anyhow::Result<f64> {
        let value = self.table.get("budgets").and_then(|budgets| budgets.get(key));
        let number =
            value.and_then(|value| value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64)));
        number.ok_or_else(|| anyhow!("{FILE}: [budgets] lacks `{key}`"))
    }

    /// The list `key` of names.
    #[must_use]
    pub fn names(&self, key: &str) -> Vec<String> {
        let list = self.table.get("names").and_then(|names| names.get(key)).and_then(toml::Value::as_array);
        list.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
    }

    /// The phones, in the file's order.
    ///
    /// # Errors
    /// When one lacks its folder or its name.
    pub fn phones(&self) -> anyhow::Result<Vec<Phone>> {
        let phones = self.table.get("phone").and_then(toml::Value::as_array);
        (phones.into_iter().flatten())
            .map(|phone| {
                let phone = phone.as_table();
                Ok(Phone {
                    folder: text(phone, "folder")?.to_owned(),
                    says: text(phone, "says")?.to_owned(),
                    watched: text(phone, "watched").ok().map(str::to_owned),
                })
            })
            .collect()
    }

    /// `section`'s folder in the corpora at `corpora`.
    ///
    /// # Errors
    /// When it is not named or not there.
    pub fn folder(&self, section: &str, corpora: &Path) -> anyhow::Result<PathBuf> {
        present(corpora.join(self.text(section, "folder")?))
    }
}

fn text<'t>(table: Option<&'t toml::Table>, key: &str) -> anyhow::Result<&'t str> {
    table
        .and_then(|table| table.get(key))
        .and_then(toml::Value::as_str)
        .ok_or_else(|| anyhow!("{FILE}: lacks `{key}`"))
}

fn present(folder: PathBuf) -> anyhow::Result<PathBuf> {
    if folder.is_dir() { Ok(folder) } else { Err(anyhow!("{} is not there", folder.display())) }
}

/// A phone of the corpora.
pub struct Phone {
    /// Its folder in the corpora.
    pub folder: String,
    /// What it is.
    pub says: String,
    /// The app whose cost is watched, by its path.
    pub watched: Option<String>,
}

/// The folder of the corpora.
///
/// # Errors
/// When they are not here.
pub fn corpora_here() -> anyhow::Result<PathBuf> {
    corpora::folder().context("no corpora here: set OVERT_CORPORA")
}

/// Every `.apk` under `folder`, sorted.
///
/// # Errors
/// When the folder cannot be read.
pub fn apps(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let files = workspace::walk(folder, &|_| true)?;
    Ok(files.iter().filter(|path| path.ends_with(".apk")).map(|path| folder.join(path)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_says_what_is_asked_of_it() {
        let suites = Suites::read().expect("tracked");
        for section in ["small", "malware"] {
            for key in ["folder", "definitions", "scorer", "says"] {
                assert!(suites.text(section, key).is_ok(), "{section} {key}");
            }
        }
        let phones = suites.phones().expect("complete");
        assert!(phones.len() >= 3 && phones[0].watched.is_some());
        assert!(suites.budget("watched_cpu").is_ok_and(|budget| budget > 0.0));
        assert!(suites.names("forbidden").len() > 5);
    }
}
