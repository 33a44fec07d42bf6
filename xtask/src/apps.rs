//! Builds an app from smali, manifest and resources, the same bytes each time: for fixtures and samples.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, anyhow};
use overt_base::digest::Digest;
use overt_testkit::Fixture;
use overt_testkit::fixture::slugs;
use overt_testkit::lock::{self, Lock};

use crate::tool::{self, AAPT, APKSIGNER, FRAMEWORK, SMALI, Tool};

/// The tools that building an app runs.
pub const TOOLS: &[Tool] = &[SMALI, AAPT, APKSIGNER];

/// Apps in a folder, and where their keys are.
pub struct Collection {
    /// Holds a folder per app.
    pub apps: PathBuf,
    /// Holds the key pairs.
    pub keys: PathBuf,
    /// For what lies between sources and built file.
    pub scratch: PathBuf,
}

impl Collection {
    /// The apps' names, sorted.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn slugs(&self) -> anyhow::Result<Vec<String>> {
        slugs(&self.apps).map_err(|error| anyhow!(error))
    }

    fn fixture(&self, slug: &str) -> anyhow::Result<Fixture> {
        Fixture::read(slug, &self.apps.join(slug), PathBuf::new()).map_err(|error| anyhow!(error))
    }

    /// The digest of the sources of `slug`.
    ///
    /// # Errors
    /// When they cannot be read or understood.
    pub fn inputs(&self, slug: &str) -> anyhow::Result<Digest> {
        let keys = self.fixture(slug)?.settings.key_files(&self.keys);
        let keys: Vec<&Path> = keys.iter().map(AsRef::as_ref).collect();
        lock::inputs(&self.apps.join(slug), &keys).map_err(|error| anyhow!(error))
    }

    /// Builds `slugs` on all processors.
    ///
    /// # Errors
    /// The first failure, by name.
    pub fn build(&self, slugs: &[String]) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
        tool::need_framework()?;
        let next = AtomicUsize::new(0);
        let results = Mutex::new(BTreeMap::new());
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    while let Some(slug) = slugs.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let result = self.build_one(slug).with_context(|| slug.clone());
                        results
                            .lock()
                            .unwrap_or_else(std::sync::PoisonError::into_inner)
                            .insert(slug.clone(), result);
                    }
                });
            }
        });
        let results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        results.into_iter().map(|(slug, result)| Ok((slug, result?))).collect()
    }

    fn build_one(&self, slug: &str) -> anyhow::Result<Vec<u8>> {
        let fixture = self.fixture(slug)?;
        let place = self.apps.join(slug);
        let scratch = self.scratch.join(slug);
        let _ = std::fs::remove_dir_all(&scratch);
        std::fs::create_dir_all(&scratch)?;

        let mut dexes = Vec::new();
        for folder in slugs(&place).map_err(|error| anyhow!(error))? {
            let Some(suffix) = folder.strip_prefix("smali") else { continue };
            let dex = format!("classes{}.dex", suffix.trim_start_matches("_classes"));
            for source in
                fixture.sources.iter().filter(|source| source.path.starts_with(&format!("{folder}/")))
            {
                let numbered = scratch.join(&source.path);
                if let Some(parent) = numbered.parent() {
                    std::fs::create_dir_all(parent)?;
                }
                std::fs::write(numbered, source.with_line_numbers())?;
            }
            let api = fixture.settings.api.to_string();
            SMALI.run(&scratch, &["assemble", "--jobs", "1", "--api", &api, "-o", &dex, &folder])?;
            dexes.push(dex);
        }

        let manifest = place.join("AndroidManifest.xml");
        let mut arguments = vec!["package", "-f", "-M", text(&manifest), "-I", FRAMEWORK.0, "-F", "app.apk"];
        let (resources, assets) = (place.join("res"), place.join("assets"));
        if resources.is_dir() {
            arguments.extend(["-S", text(&resources)]);
        }
        if assets.is_dir() {
            arguments.extend(["-A", text(&assets)]);
        }
        AAPT.run(&scratch, &arguments)?;
        if !dexes.is_empty() {
            let mut arguments = vec!["add", "app.apk"];
            arguments.extend(dexes.iter().map(String::as_str));
            AAPT.run(&scratch, &arguments)?;
        }
        if let [key, certificate] = &fixture.settings.key_files(&self.keys)[..] {
            APKSIGNER.run(&scratch, &["sign", "--key", text(key), "--cert", text(certificate), "app.apk"])?;
        }
        std::fs::read(scratch.join("app.apk")).context("app.apk")
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap_or_default()
}

/// Version lines of `tools`.
///
/// # Errors
/// When one is missing.
pub fn versions(tools: &[Tool]) -> anyhow::Result<Vec<String>> {
    tools.iter().map(|tool| tool.version_line()).collect()
}

/// In words, where the tools of this machine are not those that wrote `lock`.
#[must_use]
pub fn other_tools(lock: &Lock, tools: &[Tool]) -> String {
    let here = versions(tools).unwrap_or_default();
    let differ = here.iter().filter(|line| !lock.tools.contains(line));
    let lines: Vec<&str> = differ.map(String::as_str).collect();
    if lines.is_empty() {
        return String::new();
    }
    format!("\nthe committed files were built with {}; here is {}", lock.tools.join(", "), lines.join(", "))
}
