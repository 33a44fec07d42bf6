//! APEX packages: a file system in an archive, mounted at `/apex/NAME`; compressed ones hold the whole package again.

use std::sync::Arc;

use overt_base::{Cx, Locus, View};

use crate::protobuf::Fields;
use crate::source::Source;
use crate::zip::Archive;

/// What is mounted, and where.
#[derive(Debug)]
pub(crate) struct Apex {
    /// The folder below `/apex`.
    pub(crate) name: String,
    /// The file system.
    pub(crate) payload: Arc<dyn Source>,
    /// Bytes of it that were unfolded into memory.
    pub(crate) unfolded: u64,
}

pub(crate) const PAYLOAD: &str = "apex_payload.img";
const ORIGINAL: &str = "original_apex";
const MANIFEST: &str = "apex_manifest.pb";
/// What the manifest was before Android 10 was released.
const OLD_MANIFEST: &str = "apex_manifest.json";

/// Whether an archive is such a package.
pub(crate) fn is_apex(archive: &Archive) -> bool {
    archive.find(PAYLOAD).is_some() || archive.find(ORIGINAL).is_some()
}

/// Opens the package `view`. `stem` is its file's name without ending, for packages that do not say theirs.
///
/// # Errors
/// What it is not, or lacks.
pub(crate) fn open(view: View, stem: &str, locus: &Locus, cx: &Cx<'_>) -> Result<Apex, String> {
    let archive = Archive::open(view, locus, cx).map_err(|not| not.to_string())?;
    let Some(original) = archive.find(ORIGINAL) else { return payload(&archive, stem, 0, cx) };
    let whole = archive.read(original, cx).map_err(|error| format!("the original package: {error}"))?;
    let unfolded = whole.as_slice().len() as u64;
    let archive = Archive::open(whole, locus, cx).map_err(|not| format!("the original package: {not}"))?;
    payload(&archive, stem, unfolded, cx)
}

fn payload(archive: &Archive, stem: &str, unfolded: u64, cx: &Cx<'_>) -> Result<Apex, String> {
    let entry = archive.find(PAYLOAD).ok_or("an APEX package without apex_payload.img")?;
    let payload = archive.read(entry, cx).map_err(|error| format!("apex_payload.img: {error}"))?;
    let own = if entry.method == crate::zip::STORED { 0 } else { payload.as_slice().len() as u64 };
    let name = named(archive, cx).filter(|name| is_name(name)).unwrap_or_else(|| stem.to_string());
    Ok(Apex { name, payload: Arc::new(payload), unfolded: unfolded.saturating_add(own) })
}

/// The name that the package's manifest says.
fn named(archive: &Archive, cx: &Cx<'_>) -> Option<String> {
    if let Some(Ok(manifest)) = archive.read_named(MANIFEST, cx) {
        let name = Fields::of(&manifest).find_map(|(number, value)| value.bytes().filter(|_| number == 1));
        return Some(String::from_utf8_lossy(name?).into_owned());
    }
    let manifest = archive.read_named(OLD_MANIFEST, cx)?.ok()?;
    let text = String::from_utf8_lossy(&manifest);
    let (_, rest) = text.split_once("\"name\"")?;
    rest.split('"').nth(1).map(str::to_string)
}

/// Whether the text can be the name of a folder that a package is mounted at.
fn is_name(name: &str) -> bool {
    (1..=255).contains(&name.len())
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}
