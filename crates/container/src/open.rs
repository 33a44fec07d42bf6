//! The way in.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use overt_base::{Cx, Locus};

use crate::assemble;
use crate::folder::HostFile;
use crate::formats::Contents;
use crate::partition::UNKNOWN;
use crate::source::{Source, whole};
use crate::tree::{DeviceFile, DeviceTree};
use crate::unfold::{Unfolded, Unfolding, Unopened};
use crate::update::Update;

/// Why there is no tree at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// The operating system refused.
    Host {
        /// The input, as it was given.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The input is a file of no format that can be opened.
    NotUnderstood(Unopened),
    /// Somebody asked to stop.
    Cancelled,
}

impl OpenError {
    /// The reason alone, for a sentence that names the input already.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            OpenError::Host { why, .. } => why.clone(),
            OpenError::NotUnderstood(what) => {
                format!("{} ({} bytes, beginning with {})", what.reason, what.size, what.head)
            }
            OpenError::Cancelled => "cancelled".to_owned(),
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let OpenError::Host { path, .. } = self {
            write!(f, "{}: ", path.display())?;
        }
        f.write_str(&self.reason())
    }
}

impl std::error::Error for OpenError {}

/// Opens a folder, an archive, an image, a package or a code file, and everything inside it.
///
/// # Errors
/// When the input cannot be read at all or is of no known format. Everything else is a problem in `cx`.
pub fn open(path: &Path, cx: &Cx<'_>) -> Result<DeviceTree, OpenError> {
    open_from(path, &Update::default(), cx)
}

/// The same for an input that may be an incremental update: `update` is what it starts from.
///
/// # Errors
/// As [`open`].
pub fn open_from(path: &Path, update: &Update, cx: &Cx<'_>) -> Result<DeviceTree, OpenError> {
    let mut unfolding = Unfolding::new(update, cx);
    match unfold(path, &mut unfolding)? {
        Some((contents, size)) => finish_single(unfolding.out, contents, size, cx),
        None => finish(unfolding.out, cx),
    }
}

/// The images of the partitions in `path`, by name without slot; slot a before b.
pub(crate) fn images(
    path: &Path,
    images: &mut BTreeMap<String, Arc<dyn Source>>,
    cx: &Cx<'_>,
) -> Result<(), OpenError> {
    let mut unfolding = Unfolding::new(&Update::default(), cx);
    unfold(path, &mut unfolding)?;
    images.append(&mut unfolding.out.images);
    Ok(())
}

/// A single file's contents and length.
type Single = (Arc<dyn Contents>, u64);

/// Unfolds what lies at `path`; a file's contents and length.
fn unfold(path: &Path, unfolding: &mut Unfolding<'_, '_>) -> Result<Option<Single>, OpenError> {
    let host = |error: std::io::Error| OpenError::Host { path: path.to_owned(), why: error.to_string() };
    let metadata = std::fs::metadata(path).map_err(host)?;
    if metadata.is_dir() {
        unfolding.folder(path).map_err(host)?;
        return Ok(None);
    }
    if !metadata.is_file() {
        return Err(host(std::io::Error::other("neither a folder nor a regular file")));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let contents: Arc<dyn Contents> = Arc::new(HostFile(path.to_path_buf()));
    unfolding.single(contents.as_ref(), &name).map_err(OpenError::NotUnderstood)?;
    Ok(Some((contents, metadata.len())))
}

/// Opens a single file that is given as bytes; `name` may tell which partition an image is.
///
/// # Errors
/// As [`open`].
pub fn open_bytes(bytes: overt_base::View, name: &str, cx: &Cx<'_>) -> Result<DeviceTree, OpenError> {
    open_bytes_from(bytes, name, &Update::default(), cx)
}

/// The same for bytes that may be an incremental update: `update` is what it starts from.
///
/// # Errors
/// As [`open`].
pub fn open_bytes_from(
    bytes: overt_base::View,
    name: &str,
    update: &Update,
    cx: &Cx<'_>,
) -> Result<DeviceTree, OpenError> {
    let size = bytes.as_slice().len() as u64;
    let contents: Arc<dyn Contents> = Arc::new(Whole(bytes));
    let mut unfolding = Unfolding::new(update, cx);
    unfolding.single(contents.as_ref(), name).map_err(OpenError::NotUnderstood)?;
    finish_single(unfolding.out, contents, size, cx)
}

/// What a lone file came packed in.
#[derive(Debug)]
struct Unpacked(Arc<dyn Source>);

impl Contents for Unpacked {
    fn read(&self, cx: &Cx<'_>) -> Result<overt_base::View, crate::ReadError> {
        whole(self.0.as_ref(), ("unfolded_file_bytes", cx.limits.unfolded_file_bytes))
    }
}

/// A file that is in memory.
#[derive(Debug)]
struct Whole(overt_base::View);

impl Contents for Whole {
    fn read(&self, _: &Cx<'_>) -> Result<overt_base::View, crate::ReadError> {
        Ok(self.0.clone())
    }
}

/// The tree of a single file: of what it holds, or of itself where it is a package or code.
fn finish_single(
    mut unfolded: Unfolded,
    contents: Arc<dyn Contents>,
    size: u64,
    cx: &Cx<'_>,
) -> Result<DeviceTree, OpenError> {
    if let Some(leaf) = &unfolded.leaf {
        let unpacked = unfolded.unpacked.take();
        let size = unpacked.as_ref().map_or(size, |source| source.len());
        let contents = unpacked.map_or(contents, |source| Arc::new(Unpacked(source)));
        let file = DeviceFile {
            path: leaf.path.to_string(),
            partition: UNKNOWN,
            locus: Locus::input(),
            size,
            mode: None,
            uid: None,
            gid: None,
            link: None,
            contents: Some(contents),
        };
        return Ok(DeviceTree { files: vec![file], ..DeviceTree::default() });
    }
    finish(unfolded, cx)
}

fn finish(unfolded: Unfolded, cx: &Cx<'_>) -> Result<DeviceTree, OpenError> {
    if cx.cancel.is_cancelled() {
        return Err(OpenError::Cancelled);
    }
    Ok(assemble::tree(unfolded, cx))
}

#[cfg(test)]
mod tests {
    use super::*;
    use overt_base::{Cancel, Limits, Problems, progress::Silent};

    #[test]
    fn what_the_system_refused_is_named() {
        let limits = Limits::default();
        let problems = Problems::new(limits.problems_per_code);
        let cancel = Cancel::default();
        let cx = Cx { limits: &limits, problems: &problems, progress: &Silent, cancel: &cancel };
        for (path, why) in
            [("no/such/input.img", "No such file"), ("/dev/null", "neither a folder nor a regular file")]
        {
            let error = open(Path::new(path), &cx).expect_err("nothing to open");
            assert!(error.to_string().starts_with(&format!("{path}: {why}")), "{error}");
            assert!(error.reason().starts_with(why), "{error}");
        }
    }
}
