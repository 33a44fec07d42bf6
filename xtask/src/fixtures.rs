//! `cargo xtask fixtures [--check] [slug…]`: smali apps to APKs, reproducibly.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use overt_base::digest::Digest;
use overt_testkit::lock::Lock;

use crate::apps::{self, Collection};
use crate::workspace;

/// Builds what changed, or with `--check` everything, comparing bytes.
///
/// # Errors
/// When a tool is missing or fails, or a check finds other bytes.
pub fn run(arguments: &[String]) -> anyhow::Result<()> {
    let root = workspace::root();
    let collection = Collection {
        apps: root.join("fixtures/apps"),
        keys: root.join("fixtures/keys"),
        scratch: root.join("target/xtask/fixtures"),
    };
    let (built, lock_path) = (root.join("fixtures/built"), root.join("fixtures/built.lock"));
    match arguments.first().map(String::as_str) {
        Some("--check") => check(&collection, &built, &lock_path),
        Some(flag) if flag.starts_with('-') => bail!("fixtures [--check] [slug…]: no flag `{flag}`"),
        _ => build(&collection, &built, &lock_path, arguments),
    }
}

fn read_lock(path: &Path) -> Lock {
    Lock::parse(&std::fs::read_to_string(path).unwrap_or_default())
}

fn apk(built: &Path, slug: &str) -> PathBuf {
    built.join(format!("{slug}.apk"))
}

fn build(collection: &Collection, built: &Path, lock_path: &Path, forced: &[String]) -> anyhow::Result<()> {
    let mut lock = read_lock(lock_path);
    let slugs = collection.slugs()?;
    let mut inputs = BTreeMap::new();
    for slug in &slugs {
        inputs.insert(slug.clone(), collection.inputs(slug)?.to_string());
    }
    let is_fresh = |slug: &String| {
        let Some((sources, output)) = lock.built.get(slug) else { return false };
        let bytes = std::fs::read(apk(built, slug)).unwrap_or_default();
        inputs.get(slug) == Some(sources) && *output == Digest::of(&bytes).to_string()
    };
    let stale: Vec<String> =
        slugs.iter().filter(|slug| forced.contains(slug) || !is_fresh(slug)).cloned().collect();
    std::fs::create_dir_all(built)?;
    for (slug, bytes) in collection.build(&stale)? {
        let sources = inputs.get(&slug).cloned().unwrap_or_default();
        lock.built.insert(slug.clone(), (sources, Digest::of(&bytes).to_string()));
        std::fs::write(apk(built, &slug), bytes)?;
    }
    let gone: Vec<String> = lock.built.keys().filter(|slug| !slugs.contains(slug)).cloned().collect();
    for slug in &gone {
        lock.built.remove(slug);
        let _ = std::fs::remove_file(apk(built, slug));
    }
    if !stale.is_empty() || !gone.is_empty() {
        lock.tools = apps::versions(apps::TOOLS)?;
        std::fs::write(lock_path, lock.to_string())?;
    }
    println!("fixtures: {} apps, {} built, {} removed", slugs.len(), stale.len(), gone.len());
    Ok(())
}

fn check(collection: &Collection, built: &Path, lock_path: &Path) -> anyhow::Result<()> {
    let lock = read_lock(lock_path);
    let slugs = collection.slugs()?;
    let mut wrong = Vec::new();
    for (slug, bytes) in collection.build(&slugs)? {
        let committed =
            std::fs::read(apk(built, &slug)).with_context(|| format!("{slug} was never built"))?;
        let inputs = collection.inputs(&slug)?.to_string();
        if committed != bytes {
            wrong.push(format!("{slug}: rebuilding gives other bytes"));
        } else if lock.built.get(&slug) != Some(&(inputs, Digest::of(&bytes).to_string())) {
            wrong.push(format!("{slug}: built.lock is out of date"));
        }
    }
    wrong.extend(
        lock.built.keys().filter(|slug| !slugs.contains(slug)).map(|slug| format!("{slug}: no sources")),
    );
    if !wrong.is_empty() {
        bail!(
            "{}\nrun `cargo xtask fixtures` and commit the result{}",
            wrong.join("\n"),
            apps::other_tools(&lock, apps::TOOLS)
        );
    }
    println!("fixtures: {} apps rebuilt, byte for byte the committed ones", slugs.len());
    Ok(())
}
