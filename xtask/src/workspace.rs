//! The repository as seen from outside: its root, its crates, its files.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::Value;

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Where a crate stands in the house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Its floor; 0 is the lowest.
    pub level: u64,
    /// `base`, `left`, `waist`, `right`, `top` or `dev`.
    pub side: String,
}

/// A dependency of one crate of the workspace on another one of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The other crate.
    pub name: String,
    /// Only for tests, examples and benches.
    pub dev: bool,
}

/// A crate of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crate {
    /// Its name.
    pub name: String,
    /// `package.metadata.layer`, where given.
    pub layer: Option<Layer>,
    /// What it uses of the workspace.
    pub dependencies: Vec<Dependency>,
}

/// Asks cargo, without network; `arguments` go to `cargo metadata`.
///
/// # Errors
/// When cargo cannot be run or does not understand the workspace.
pub fn metadata(arguments: &[&str]) -> anyhow::Result<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1"])
        .args(arguments)
        .current_dir(root())
        .output()
        .context("cannot run cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The crates of the workspace, sorted by name.
///
/// # Errors
/// As [`metadata`].
pub fn crates() -> anyhow::Result<Vec<Crate>> {
    Ok(crates_of(&metadata(&["--no-deps"])?))
}

fn crates_of(metadata: &Value) -> Vec<Crate> {
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names: Vec<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut crates: Vec<Crate> = packages
        .iter()
        .map(|package| Crate {
            name: text(&package["name"]),
            layer: layer_of(&package["metadata"]["layer"]),
            dependencies: package["dependencies"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default()
                .iter()
                .filter(|dependency| dependency["name"].as_str().is_some_and(|name| names.contains(&name)))
                .map(|dependency| Dependency {
                    name: text(&dependency["name"]),
                    dev: dependency["kind"].as_str() == Some("dev"),
                })
                .collect(),
        })
        .collect();
    crates.sort_by(|a, b| a.name.cmp(&b.name));
    crates
}

fn layer_of(value: &Value) -> Option<Layer> {
    Some(Layer { level: value["level"].as_u64()?, side: value["side"].as_str()?.to_owned() })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Paths, relative to the root, of every file that is tracked or would be (not ignored), sorted.
///
/// # Errors
/// When neither git answers nor the folder can be walked.
pub fn tracked_files() -> anyhow::Result<Vec<String>> {
    let root = root();
    let git = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(&root)
        .output();
    let mut files = match git {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout)
            .split('\0')
            .filter(|path| !path.is_empty() && root.join(path).is_file())
            .map(str::to_owned)
            .collect(),
        // A source archive has no git; then everything but build output counts.
        _ => walk(&root, &|path| {
            !matches!(path, ".git" | "target" | "fuzz/target" | "fuzz/corpus" | "fuzz/artifacts")
        })?,
    };
    files.sort();
    files.dedup();
    Ok(files)
}

/// Every file under `root`, as `/`-separated paths relative to it, sorted; `enter` says which relative paths to look at.
///
/// # Errors
/// When a folder cannot be read.
pub fn walk(root: &Path, enter: &dyn Fn(&str) -> bool) -> anyhow::Result<Vec<String>> {
    let mut files = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let place = root.join(&folder);
        let entries =
            std::fs::read_dir(&place).with_context(|| format!("cannot read {}", place.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if !enter(&path) {
                continue;
            }
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_come_with_layers_and_workspace_dependencies_only() {
        let metadata = serde_json::json!({"packages": [
            {"name": "b", "metadata": {"layer": {"level": 1, "side": "left"}},
             "dependencies": [{"name": "a", "kind": null}, {"name": "serde", "kind": null}, {"name": "t", "kind": "dev"}]},
            {"name": "a", "metadata": null, "dependencies": []},
            {"name": "t", "metadata": null, "dependencies": []},
        ]});
        let crates = crates_of(&metadata);
        assert_eq!(crates.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["a", "b", "t"]);
        assert_eq!(crates[0].layer, None);
        assert_eq!(crates[1].layer, Some(Layer { level: 1, side: "left".to_owned() }));
        assert_eq!(
            crates[1].dependencies,
            [Dependency { name: "a".to_owned(), dev: false }, Dependency { name: "t".to_owned(), dev: true }]
        );
    }

    #[test]
    fn tracked_files_are_there() {
        let files = tracked_files().expect("git or walk");
        assert!(files.iter().any(|path| path == "Cargo.toml"));
        assert!(!files.iter().any(|path| path.starts_with("target/")));
    }
}
