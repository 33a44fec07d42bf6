//! `cargo xtask samples [--check]`: a made-up firmware image from the sources under `samples/src`, reproducibly.
//!
//! A `super.img` with two slots; `system_a` is an EROFS file system (LZ4 compressed) whose root holds `/system`.

mod elf;
mod super_image;

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use overt_base::digest::Digest;
use overt_testkit::Fixture;
use overt_testkit::lock::{self, Lock};

use crate::apps::{self, Collection};
use crate::tool::{AAPT, APKSIGNER, MKFS_EROFS, SMALI, Tool};
use crate::workspace;

const TOOLS: &[Tool] = &[SMALI, AAPT, APKSIGNER, MKFS_EROFS];
const IMAGE: &str = "firmware.img";
/// Of the file system; fixed, so that every build has the same.
const UUID: &str = "6f766572-7400-4000-8000-000000000001";
/// A daemon of the image: name and what it imports.
const DAEMON: (&str, &[&str]) = ("updated", &["accept", "bind", "listen", "recv", "socket", "system"]);

/// Builds the image, or with `--check` builds it and requires the committed bytes.
///
/// # Errors
/// When a tool is missing or fails, or a check finds other bytes.
pub fn run(arguments: &[String]) -> anyhow::Result<()> {
    let check = match arguments {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => bail!("samples [--check]"),
    };
    let root = workspace::root();
    let sources = root.join("samples/src");
    let collection = Collection {
        apps: sources.join("apps"),
        keys: root.join("fixtures/keys"),
        scratch: root.join("target/xtask/samples"),
    };
    let image = build(&sources, &collection)?;
    let (path, lock_path) = (root.join("samples").join(IMAGE), root.join("samples/built.lock"));
    let mut lock = Lock::default();
    let inputs = inputs(&sources, &collection.keys)?.to_string();
    lock.built.insert(IMAGE.to_owned(), (inputs, Digest::of(&image).to_string()));
    if check {
        let committed = Lock::parse(&std::fs::read_to_string(&lock_path).unwrap_or_default());
        if std::fs::read(&path).context("samples were never built")? != image || committed.built != lock.built
        {
            bail!(
                "rebuilding samples/{IMAGE} gives other bytes\nrun `cargo xtask samples` and commit the result{}",
                apps::other_tools(&committed, TOOLS)
            );
        }
        println!("samples: {IMAGE} rebuilt, byte for byte the committed one");
        return Ok(());
    }
    lock.tools = apps::versions(TOOLS)?;
    std::fs::write(&path, &image)?;
    std::fs::write(&lock_path, lock.to_string())?;
    println!("samples: {IMAGE}, {} bytes", image.len());
    Ok(())
}

/// The digest of everything the image is made from.
fn inputs(sources: &Path, keys: &Path) -> anyhow::Result<Digest> {
    let keys: Vec<PathBuf> = ["platform", "vendor"]
        .iter()
        .flat_map(|role| ["pk8", "x509.pem"].map(|end| keys.join(format!("{role}.{end}"))))
        .collect();
    let keys: Vec<&Path> = keys.iter().map(AsRef::as_ref).collect();
    lock::inputs(sources, &keys).map_err(|error| anyhow!(error))
}

fn build(sources: &Path, collection: &Collection) -> anyhow::Result<Vec<u8>> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for path in workspace::walk(&sources.join("files"), &|_| true)? {
        files.insert(path.clone(), std::fs::read(sources.join("files").join(&path))?);
    }
    let slugs = collection.slugs()?;
    for (slug, bytes) in collection.build(&slugs)? {
        let fixture = Fixture::read(&slug, &collection.apps.join(&slug), PathBuf::new())
            .map_err(|error| anyhow!(error))?;
        files.insert(format!("system/{}", place(&fixture.settings.role, &slug)), bytes);
    }
    files.insert(format!("system/bin/{}", DAEMON.0), daemon());

    let stage = collection.scratch.join("root");
    let _ = std::fs::remove_dir_all(&stage);
    for (path, bytes) in &files {
        let full = stage.join(path);
        let parent = full.parent().context("a file lies in a folder")?;
        std::fs::create_dir_all(parent)?;
        std::fs::write(&full, bytes)?;
        let mode = if path.starts_with("system/bin/") { 0o755 } else { 0o644 };
        std::fs::set_permissions(&full, Permissions::from_mode(mode))?;
        for folder in parent.ancestors().take_while(|folder| folder.starts_with(&stage)) {
            std::fs::set_permissions(folder, Permissions::from_mode(0o755))?;
        }
    }
    let arguments = ["-T0", "-U", UUID, "-x-1", "--all-root", "-zlz4hc", "system.erofs", "root"];
    MKFS_EROFS.run(&collection.scratch, &arguments)?;
    let system = std::fs::read(collection.scratch.join("system.erofs")).context("system.erofs")?;
    Ok(super_image::build(&[("system_a", &system), ("system_b", &[])]))
}

/// The image's daemon.
#[must_use]
pub fn daemon() -> Vec<u8> {
    elf::daemon(DAEMON.1)
}

/// Where an app lies under `/system`.
fn place(role: &str, slug: &str) -> String {
    if role == "framework" {
        return format!("framework/{slug}.apk");
    }
    let mut name = slug.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    format!("{role}/{name}/{name}.apk")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_lie_where_android_looks() {
        assert_eq!(place("priv-app", "updater"), "priv-app/Updater/Updater.apk");
        assert_eq!(place("framework", "framework-res"), "framework/framework-res.apk");
    }

    #[test]
    fn the_committed_image_belongs_to_its_sources() {
        let root = workspace::root();
        let lock = Lock::parse(&std::fs::read_to_string(root.join("samples/built.lock")).expect("committed"));
        let image = std::fs::read(root.join("samples").join(IMAGE)).expect("committed");
        assert!(image.len() <= 1_000_000, "{} bytes", image.len());
        let inputs = inputs(&root.join("samples/src"), &root.join("fixtures/keys")).expect("readable");
        let wrong = lock::stale(
            &lock,
            &BTreeMap::from([(IMAGE.to_owned(), inputs)]),
            &BTreeMap::from([(IMAGE.to_owned(), Digest::of(&image))]),
        );
        assert!(wrong.is_empty(), "{}\nrun `cargo xtask samples`", wrong.join("\n"));
    }
}
