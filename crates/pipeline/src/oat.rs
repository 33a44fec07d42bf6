//! Compiled files: OAT with embedded DEX, and what newer releases put elsewhere.

use overt_base::{Cx, Digest};
use overt_container::DeviceTree;
use overt_detect::CodePlace;

use crate::artifact::Artifact;
use crate::code::{LoadedDex, describe};
use crate::quick::Quickened;

/// What a compiled file holds.
#[derive(Default)]
pub(crate) struct Found {
    pub dexes: Vec<LoadedDex>,
    pub incomplete: bool,
}

/// Reads the DEX files embedded in the OAT file at `path`.
pub(crate) fn load(path: &str, tree: &DeviceTree, cx: &Cx<'_>) -> Found {
    let mut found = Found::default();
    let Some(file) = tree.get(path).filter(|file| file.link.is_none()) else { return found };
    let bytes = match file.read(cx) {
        Ok(bytes) => bytes,
        Err(error) => {
            cx.problems.report(
                &file.locus,
                "pipeline/unreadable",
                error.to_string(),
                "its code was not analysed",
            );
            found.incomplete = true;
            return found;
        }
    };
    let oat = match overt_art::oat::OatFile::parse(bytes) {
        Ok(oat) => oat,
        Err(error) => {
            cx.problems.report(
                &file.locus,
                "oat/not-readable",
                error.to_string(),
                "its code was not analysed",
            );
            found.incomplete = true;
            return found;
        }
    };
    for embedded in oat.dex_files() {
        let locus = file.locus.child(&embedded.location);
        match &embedded.dex {
            Ok(dex) => {
                let sha256 = Digest::of(dex.view()).to_string();
                let record = describe(
                    dex,
                    "oat",
                    path,
                    &embedded.location,
                    format!("{:03}", oat.version()),
                    sha256.clone(),
                );
                found.dexes.push(LoadedDex {
                    record,
                    dex: dex.clone(),
                    place: CodePlace { locus: locus.to_string(), sha256 },
                    checksum: embedded.checksum,
                    quickened: Some(Quickened {
                        release: oat.release(),
                        notes: oat.quickening_table(embedded),
                    }),
                });
            }
            Err(error) => {
                found.incomplete = true;
                cx.problems.report(
                    &locus,
                    "oat/dex-unreadable",
                    error.to_string(),
                    "this code was not analysed",
                );
            }
        }
    }
    found
}

/// VDEX files are listed; where they alone hold the code, that is said.
pub(crate) fn note_vdexes(artifact: &Artifact, tree: &DeviceTree, no_code: bool, cx: &Cx<'_>) {
    for path in &artifact.vdexes {
        if no_code && let Some(file) = tree.get(path) {
            cx.problems.report(
                &file.locus,
                "vdex/not-yet-read",
                format!("{path} holds code that this version does not read"),
                "the code of this package was not analysed",
            );
        }
    }
}
