//! The boot class path and the framework's libraries: what every app's code stands on.

use std::sync::Arc;

use overt_dex::DexFile;
use overt_program::ClassTable;

use crate::inventory::Draft;

/// Is this artefact part of what apps stand on?
pub(crate) fn is_framework(draft: &Draft) -> bool {
    draft.manifest().is_none() && draft.package.kind == "framework"
}

/// Links the framework's code.
pub(crate) fn link(dexes: Vec<DexFile>) -> Arc<ClassTable> {
    Arc::new(ClassTable::link(None, dexes))
}
