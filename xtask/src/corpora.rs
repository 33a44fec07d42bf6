//! The corpora of real inputs, where they are present: to read, never to copy.

use std::collections::BTreeMap;
use std::path::PathBuf;

use overt_base::digest::Digest;

use crate::workspace;

/// Files below this size say nothing about where they come from.
pub const SMALLEST: usize = 256;

/// The folder of the corpora: `OVERT_CORPORA`, else `../shared/corpora` beside the repository; `None` where absent.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    let folder = match std::env::var_os("OVERT_CORPORA") {
        Some(folder) => PathBuf::from(folder),
        None => workspace::root().join("../shared/corpora"),
    };
    folder.is_dir().then_some(folder)
}

/// Digests of every corpus file whose size is among `sizes`, with its path in the corpora.
#[must_use]
pub fn digests_of_sizes(sizes: &[u64]) -> BTreeMap<Digest, String> {
    let mut digests = BTreeMap::new();
    let Some(folder) = folder() else { return digests };
    for path in workspace::walk(&folder, &|_| true).unwrap_or_default() {
        let place = folder.join(&path);
        let size = std::fs::metadata(&place).map_or(0, |data| data.len());
        if size < SMALLEST as u64 || !sizes.contains(&size) {
            continue;
        }
        if let Ok(bytes) = std::fs::read(&place) {
            digests.insert(Digest::of(&bytes), path);
        }
    }
    digests
}
