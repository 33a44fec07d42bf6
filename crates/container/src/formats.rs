//! What containers there are: one file each, and one line in [`FORMATS`].

use std::fmt;
use std::sync::Arc;

use overt_base::{Cx, Locus, View};

use crate::member::Members;
use crate::source::Source;
use crate::{NotThis, ReadError};

pub mod erofs;
pub mod ext4;
pub mod known;
pub mod sparse;
pub mod super_lp;
pub mod zip;

/// Every format that can be opened, sorted by name. They are tried in this order.
pub static FORMATS: &[&dyn Format] =
    &[&erofs::Erofs, &ext4::Ext4, &sparse::Sparse, &super_lp::SuperLp, &zip::Zip];

/// How many bytes of a file's beginning a format may look at to recognise it.
pub const HEAD_BYTES: usize = 12 << 10;

/// What a format is, for the documentation and for messages.
#[derive(Clone, Copy, Debug)]
pub struct FormatDoc {
    /// Its name, short.
    pub name: &'static str,
    /// What it is.
    pub says: &'static str,
    /// By what it is recognised.
    pub magic: &'static str,
    /// What bounds the work on hostile input.
    pub limits: &'static str,
    /// Where it is specified.
    pub references: &'static [&'static str],
}

/// Something with bytes that may hold files.
#[derive(Clone, Debug)]
pub struct Blob {
    /// Its bytes.
    pub source: Arc<dyn Source>,
    /// Where it lies.
    pub locus: Locus,
}

impl Blob {
    /// The first [`HEAD_BYTES`] or all there are.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        head(self.source.as_ref(), HEAD_BYTES)
    }
}

/// The first `most` bytes of `source`, or as many as can be read.
pub(crate) fn head(source: &dyn Source, most: usize) -> Vec<u8> {
    let mut wanted = usize::try_from(source.len()).unwrap_or(most).min(most);
    let mut out = vec![0; wanted];
    // A cut image may have less than it says.
    while wanted > 0 && source.read_at(0, &mut out).is_err() {
        wanted /= 2;
        out.truncate(wanted);
    }
    out
}

/// What came out of a container.
#[derive(Debug)]
pub enum Opened {
    /// The same bytes without a wrapping.
    Bytes(Arc<dyn Source>),
    /// Partitions: name and bytes, in the container's order.
    Parts(Vec<(String, Arc<dyn Source>)>),
    /// Files with paths.
    Files(Members),
}

/// A container format.
pub trait Format: Sync {
    /// What it is.
    fn doc(&self) -> &'static FormatDoc;

    /// Whether a file that begins with `head` may be of this format. Allocates nothing.
    fn sniff(&self, head: &[u8]) -> bool;

    /// Opens it. What is wrong inside becomes a problem.
    ///
    /// # Errors
    /// [`NotThis`] with the reason when it is not of this format after all, or nothing can be had from it.
    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis>;
}

/// The bytes of one file of a container.
pub trait Contents: Send + Sync + fmt::Debug {
    /// All of them: a slice of the input where they lie there in one piece, else read into memory.
    ///
    /// # Errors
    /// When they are not there, are malformed, or exceed a limit.
    fn read(&self, cx: &Cx<'_>) -> Result<View, ReadError>;

    /// All of them for random access, without copying where that can be avoided.
    ///
    /// # Errors
    /// As [`Contents::read`].
    fn source(&self, cx: &Cx<'_>) -> Result<Arc<dyn Source>, ReadError> {
        Ok(Arc::new(self.read(cx)?))
    }

    /// The first bytes, at most `most`, as far as they can be had.
    fn head(&self, most: usize, cx: &Cx<'_>) -> Vec<u8> {
        self.source(cx).map(|source| head(source.as_ref(), most)).unwrap_or_default()
    }

    /// Whether reading takes memory for all the bytes; files of the host are mapped.
    fn is_unfolded(&self) -> bool {
        true
    }
}
