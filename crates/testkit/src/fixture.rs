//! The committed apps under `fixtures/apps`, and where their built forms lie.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::expect::{Annotation, annotations};
use crate::smali::Source;

/// `app.toml` of an app.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// What the app shows, in a sentence.
    pub says: String,
    /// Where it lies on a device: `app`, `priv-app`, `framework`.
    #[serde(default = "role")]
    pub role: String,
    /// Whose key signs it: the name of a file pair under `fixtures/keys`; empty for unsigned.
    #[serde(default = "signer")]
    pub signer: String,
    /// API level the code is assembled for; decides the DEX version.
    #[serde(default = "api")]
    pub api: u32,
    /// The behaviours that its annotations speak of, `theme/slug` or `theme/*`; empty for all.
    #[serde(default)]
    pub behaviours: Vec<String>,
    /// The kinds of data whose flows its annotations speak of. An app that names some and no behaviours speaks of flows alone.
    #[serde(default)]
    pub flows: Vec<String>,
    /// Its annotations speak of strings. Such an app speaks of no behaviours that it does not name.
    #[serde(default)]
    pub strings: bool,
    /// Flows are also followed through what control tells.
    #[serde(default)]
    pub implicit: bool,
}

fn role() -> String {
    "app".to_owned()
}

fn signer() -> String {
    "testapp".to_owned()
}

fn api() -> u32 {
    23
}

impl Settings {
    /// Whether the fixture's annotations are meant to be complete for `behaviour`.
    #[must_use]
    pub fn speaks_of(&self, behaviour: &str) -> bool {
        self.behaviours.is_empty() && self.flows.is_empty() && !self.strings
            || self.behaviours.iter().any(|one| match one.strip_suffix('*') {
                Some(prefix) => behaviour.starts_with(prefix),
                None => one == behaviour,
            })
    }

    /// Key and certificate that sign the app, under the folder `keys`; none for an unsigned app.
    #[must_use]
    pub fn key_files(&self, keys: &Path) -> Vec<PathBuf> {
        if self.signer.is_empty() {
            return Vec::new();
        }
        ["pk8", "x509.pem"].iter().map(|end| keys.join(format!("{}.{end}", self.signer))).collect()
    }
}

/// An app with expectations.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// Name of its folder.
    pub slug: String,
    /// Package name of its manifest.
    pub package: String,
    /// `app.toml`.
    pub settings: Settings,
    /// Its classes.
    pub sources: Vec<Source>,
    /// What they expect.
    pub annotations: Vec<Annotation>,
    /// The built APK.
    pub apk: PathBuf,
}

/// `fixtures/` of the repository.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// `samples/` of the repository.
#[must_use]
pub fn samples_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples")
}

/// Names of the folders directly under `folder`, sorted.
///
/// # Errors
/// A sentence, when the folder cannot be read.
pub fn slugs(folder: &Path) -> Result<Vec<String>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut slugs: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    slugs.sort();
    Ok(slugs)
}

impl Fixture {
    /// Every app of `fixtures/apps`, sorted by name.
    ///
    /// # Errors
    /// A sentence with the place of the first thing that cannot be understood.
    pub fn all() -> Result<Vec<Fixture>, String> {
        let names = slugs(&folder().join("apps"))?;
        names.iter().map(|slug| Fixture::load(slug)).collect()
    }

    /// The app `slug` of `fixtures/apps`.
    ///
    /// # Errors
    /// As [`Fixture::all`].
    pub fn load(slug: &str) -> Result<Fixture, String> {
        let place = folder().join("apps").join(slug);
        let apk = folder().join("built").join(format!("{slug}.apk"));
        Fixture::read(slug, &place, apk)
    }

    /// The app in the folder `place`, built as `apk`.
    ///
    /// # Errors
    /// As [`Fixture::all`].
    pub fn read(slug: &str, place: &Path, apk: PathBuf) -> Result<Fixture, String> {
        let text = |name: &str| {
            std::fs::read_to_string(place.join(name)).map_err(|error| format!("{slug}/{name}: {error}"))
        };
        let settings: Settings =
            toml::from_str(&text("app.toml")?).map_err(|error| format!("{slug}/app.toml: {error}"))?;
        let manifest = text("AndroidManifest.xml")?;
        let package = attribute(&manifest, "package")
            .ok_or_else(|| format!("{slug}/AndroidManifest.xml: no package"))?
            .to_owned();
        let mut sources = Vec::new();
        for folder in slugs(place)?.iter().filter(|name| name.starts_with("smali")) {
            for path in files(place, folder)?.iter().filter(|path| path.ends_with(".smali")) {
                sources.push(Source::parse(path, &text(path)?).map_err(|error| format!("{slug}/{error}"))?);
            }
        }
        let mut all = Vec::new();
        for source in &sources {
            all.extend(annotations(source).map_err(|error| format!("{slug}/{error}"))?);
        }
        Ok(Fixture { slug: slug.to_owned(), package, settings, sources, annotations: all, apk })
    }

    /// The bytes of the built APK.
    ///
    /// # Errors
    /// A sentence that names the command to run.
    pub fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.apk)
            .map_err(|error| format!("{}: {error}; run `cargo xtask fixtures`", self.apk.display()))
    }
}

/// Every file under `place`/`folder`, as `/`-separated paths relative to `place`, sorted.
///
/// # Errors
/// A sentence, when a folder cannot be read.
pub fn files(place: &Path, folder: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let full = place.join(&folder);
        for entry in std::fs::read_dir(&full).map_err(|error| format!("{}: {error}", full.display()))? {
            let entry = entry.map_err(|error| format!("{}: {error}", full.display()))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if entry.path().is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The first value of an attribute in XML text that we wrote ourselves.
fn attribute<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_have_defaults_and_no_unknown_keys() {
        let settings: Settings =
            toml::from_str("says = \"a\"\nbehaviours = [\"privacy/*\", \"supply/x\"]\n").expect("read");
        assert_eq!((settings.role.as_str(), settings.signer.as_str()), ("app", "testapp"));
        assert!(settings.speaks_of("privacy/imei") && settings.speaks_of("supply/x"));
        assert!(!settings.speaks_of("supply/y"));
        let flows: Settings = toml::from_str("says = \"a\"\nflows = [\"imei\"]\n").expect("read");
        assert!(!flows.speaks_of("privacy/imei"));
        assert!(toml::from_str::<Settings>("says = \"a\"\nbehaviour = []\n").is_err());
    }

    #[test]
    fn every_fixture_can_be_read() {
        let fixtures = Fixture::all().expect("well formed");
        assert!(!fixtures.is_empty());
        for fixture in &fixtures {
            assert!(!fixture.settings.says.is_empty(), "{}: app.toml says nothing", fixture.slug);
            assert!(fixture.apk.is_file(), "{}: not built; run `cargo xtask fixtures`", fixture.slug);
        }
    }
}
