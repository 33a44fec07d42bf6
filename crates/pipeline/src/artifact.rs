//! Artefacts: what belongs together as one package entry: an APK or JAR with the odex files compiled from it, or
//! compiled code whose APK is not there.

use std::collections::BTreeMap;

/// What an artefact's main file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ArtifactKind {
    /// An APK.
    Apk,
    /// A JAR.
    Jar,
    /// A lone DEX.
    Dex,
    /// Compiled code (odex, oat, vdex) without the APK or JAR it belongs to.
    Orphan,
}

/// One package entry to be. Paths are device paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The main file's path; for an orphan, that of its first compiled file.
    pub path: String,
    /// What it is.
    pub kind: ArtifactKind,
    /// OAT files (`.odex`, `.oat`), the instruction set's order is alphabetical.
    pub oats: Vec<String>,
    /// VDEX files.
    pub vdexes: Vec<String>,
}

/// Folder names of instruction sets under which compiled code lies (`art/runtime/instruction_set.cc`).
const INSTRUCTION_SETS: &[&str] = &["arm", "arm64", "x86", "x86_64", "mips", "mips64", "riscv64"];

/// The folder and the stem of the file that compiled code at `path` was made from: `/system/app/X/oat/arm64/X.odex`
/// belongs to `X.apk` in `/system/app/X`.
fn owner(path: &str) -> Option<(&str, &str)> {
    let (mut folder, file) = path.rsplit_once('/')?;
    let (stem, _) = file.rsplit_once('.')?;
    if let Some((above, last)) = folder.rsplit_once('/')
        && INSTRUCTION_SETS.contains(&last)
    {
        folder = above.strip_suffix("/oat").unwrap_or(above);
    }
    Some((folder, stem))
}

/// Groups the package and code files among `paths` (which are sorted).
pub fn group<'p>(paths: impl Iterator<Item = &'p str>) -> Vec<Artifact> {
    let mut artifacts: BTreeMap<String, Artifact> = BTreeMap::new();
    let mut compiled: Vec<(&str, bool)> = Vec::new();
    for path in paths {
        let kind = match path.rsplit_once('.').map(|(_, extension)| extension) {
            Some("apk") => ArtifactKind::Apk,
            Some("jar") => ArtifactKind::Jar,
            Some("dex") => ArtifactKind::Dex,
            Some("odex" | "oat") => {
                compiled.push((path, false));
                continue;
            }
            Some("vdex") => {
                compiled.push((path, true));
                continue;
            }
            _ => continue,
        };
        let artifact = Artifact { path: path.to_owned(), kind, oats: Vec::new(), vdexes: Vec::new() };
        artifacts.insert(path.to_owned(), artifact);
    }
    let mut orphans: BTreeMap<(String, String), Artifact> = BTreeMap::new();
    for (path, is_vdex) in compiled {
        let Some((folder, stem)) = owner(path) else { continue };
        let of_apk = format!("{folder}/{stem}.apk");
        let of_jar = format!("{folder}/{stem}.jar");
        let owner = if artifacts.contains_key(&of_apk) { of_apk } else { of_jar };
        let artifact = match artifacts.get_mut(&owner) {
            Some(artifact) => artifact,
            None => orphans.entry((folder.to_owned(), stem.to_owned())).or_insert_with(|| Artifact {
                path: path.to_owned(),
                kind: ArtifactKind::Orphan,
                oats: Vec::new(),
                vdexes: Vec::new(),
            }),
        };
        let list = if is_vdex { &mut artifact.vdexes } else { &mut artifact.oats };
        list.push(path.to_owned());
    }
    let mut all: Vec<Artifact> = artifacts.into_values().chain(orphans.into_values()).collect();
    all.sort_by(|a, b| a.path.cmp(&b.path));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compiled_code_finds_its_package() {
        let paths = [
            "/system/app/A/A.apk",
            "/system/app/A/oat/arm/A.odex",
            "/system/app/A/oat/arm64/A.odex",
            "/system/app/B/arm/B.odex",
            "/system/app/Lone/oat/arm/Lone.odex",
            "/system/app/Lone/oat/arm/Lone.vdex",
            "/system/framework/arm/boot.oat",
            "/system/framework/core.jar",
            "/system/framework/oat/arm/core.odex",
            "/system/etc/hosts",
        ];
        let found = group(paths.into_iter());
        let short: Vec<(&str, usize, usize)> =
            found.iter().map(|a| (a.path.as_str(), a.oats.len(), a.vdexes.len())).collect();
        assert_eq!(
            short,
            [
                ("/system/app/A/A.apk", 2, 0),
                ("/system/app/B/arm/B.odex", 1, 0),
                ("/system/app/Lone/oat/arm/Lone.odex", 1, 1),
                ("/system/framework/arm/boot.oat", 1, 0),
                ("/system/framework/core.jar", 1, 0),
            ]
        );
        assert_eq!(found[1].kind, ArtifactKind::Orphan);
    }
}
