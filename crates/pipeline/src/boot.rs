//! The boot class path and the framework's libraries: what every app's code stands on.

use std::sync::Arc;

use overt_base::{Cancel, Cx, Limits, Problems, Progress};
use overt_container::DeviceTree;
use overt_dex::DexFile;
use overt_program::ClassTable;
use rayon::prelude::*;

use crate::code::{self, PackageCode};
use crate::inventory::Draft;
use crate::isolate::isolate;

/// Is this artefact part of what apps stand on?
pub(crate) fn is_framework(draft: &Draft) -> bool {
    draft.manifest().is_none() && draft.package.kind == "framework"
}

/// The framework's code, for each of its artefacts what is exact before what is restored. Problems are not told here:
/// they are reported when the artefact's own turn comes.
pub(crate) fn dexes(
    framework: &[&Draft],
    tree: &DeviceTree,
    limits: &Limits,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Vec<DexFile> {
    let read = |draft: &&Draft| -> PackageCode {
        let problems = Problems::new(limits.problems_per_code);
        let cx = Cx { limits, problems: &problems, progress, cancel };
        isolate(&cx, &draft.locus, "reading the framework", || code::find(draft, tree, &cx))
            .unwrap_or_default()
    };
    let codes: Vec<PackageCode> = framework.par_iter().map(read).collect();
    let ordered = codes.iter().flat_map(|code| {
        let exact = code.used.iter().filter(|dex| dex.quickened.is_none());
        exact.chain(code.used.iter().filter(|dex| dex.quickened.is_some()))
    });
    ordered.map(|loaded| loaded.dex.clone()).collect()
}

/// Links the framework's code.
pub(crate) fn link(dexes: Vec<DexFile>) -> Arc<ClassTable> {
    Arc::new(ClassTable::link(None, dexes))
}
