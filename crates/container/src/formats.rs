//! What containers there are: one file each, and one line in [`FORMATS`].

use std::fmt;
use std::sync::Arc;

use overt_base::{Cx, Limits, Locus, View};

use crate::member::Members;
use crate::memory::Memory;
use crate::source::Source;
use crate::update::Update;
use crate::{NotThis, ReadError};

pub mod backup;
pub mod boot;
pub mod brotli;
pub mod bzip2;
pub mod cpio;
pub mod erofs;
pub mod ext4;
pub mod f2fs;
pub mod gzip;
pub mod known;
pub mod lz4;
pub mod nb0;
pub mod pac;
pub mod payload;
pub mod sparse;
pub mod squashfs;
pub mod super_lp;
pub mod tar;
pub mod update_app;
pub mod xz;
pub mod zip;
pub mod zstd;

/// Every format that can be opened, sorted by name. They are tried in this order.
pub static FORMATS: &[&dyn Format] = &[
    &backup::Backup,
    &boot::Boot,
    &brotli::Brotli,
    &bzip2::Bzip2,
    &cpio::Cpio,
    &erofs::Erofs,
    &ext4::Ext4,
    &f2fs::F2fs,
    &gzip::Gzip,
    &lz4::Lz4,
    &nb0::Nb0,
    &pac::Pac,
    &payload::Payload,
    &sparse::Sparse,
    &squashfs::Squashfs,
    &super_lp::SuperLp,
    &tar::Tar,
    &update_app::UpdateApp,
    &xz::Xz,
    &zip::Zip,
    &zstd::Zstd,
];

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
    /// What makes or reads the same independently of us, so that both can be held against each other.
    pub oracle: &'static str,
    /// Where its tests and samples lie.
    pub fixtures: &'static str,
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
    /// What of it may be held unfolded in memory.
    pub memory: Memory,
    /// What it starts from, where it is an update.
    pub update: Update,
}

impl Blob {
    /// A file by itself.
    #[must_use]
    pub fn of(source: Arc<dyn Source>, locus: Locus, limits: &Limits) -> Blob {
        Blob { source, locus, memory: Memory::of(limits), update: Update::default() }
    }

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

    /// Whether a file's name says that it is of this format, where nothing in its bytes speaks for any format.
    fn claims(&self, _name: &str) -> bool {
        false
    }

    /// Whether it holds whatever somebody packed, not only what a device has.
    fn is_archive(&self) -> bool {
        false
    }

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

    /// Whether [`Contents::source`] takes memory for all the bytes; files of the host are mapped.
    fn is_unfolded(&self) -> bool {
        true
    }
}
