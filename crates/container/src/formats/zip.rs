//! ZIP archives as containers of files. Packages are ZIP archives too; whether one is opened is decided above.

use std::sync::Arc;

use overt_base::{Cx, Reader, View};

use super::{Blob, Contents, Format, FormatDoc, Opened};
use crate::member::{Member, Members, safe_path};
use crate::source;
use crate::zip::{Archive, Entry, STORED};
use crate::{NotThis, ReadError};

/// The format.
#[derive(Debug)]
pub struct Zip;

static DOC: FormatDoc = FormatDoc {
    name: "zip",
    says: "ZIP archives, stored and deflated, zip64, as tolerant as Android's reader",
    magic: "50 4b 03 04 at 0, or an end record",
    limits: "ratio and size per file, size per archive",
    oracle: "a builder; the packages of the fixtures, made by aapt and apksigner (Debian)",
    fixtures: "tests/zip.rs",
    references: &["PKWARE APPNOTE 6.3.10", "AOSP system/libziparchive/zip_archive.cc"],
};

const LOCAL: u32 = 0x0403_4b50;
const END: u32 = 0x0605_4b50;
const LINK: u16 = 0xa000;
const FILE_TYPE: u16 = 0xf000;
/// The kernel refuses longer targets (`PATH_MAX`).
const LONGEST_LINK: u64 = 4096;

impl Format for Zip {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, head: &[u8]) -> bool {
        matches!(Reader::new(head).u32(), Ok(LOCAL | END))
    }

    fn is_archive(&self) -> bool {
        true
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let limits = cx.limits;
        let limit = ("unfolded_file_bytes", limits.unfolded_file_bytes);
        let view = source::whole(blob.source.as_ref(), limit).map_err(|_| NotThis {
            format: DOC.name,
            at: 0,
            why: "the archive lies in pieces that are missing or too large to be joined",
        })?;
        let archive = Arc::new(Archive::open(view, &blob.locus, cx)?);
        Ok(Opened::Files(members(&archive, cx).sorted(&blob.locus, cx)))
    }
}

fn members(archive: &Arc<Archive>, cx: &Cx<'_>) -> Members {
    let mut members = Members::default();
    // Archives made on DOS or Windows may separate by backslashes (4.4.17.1 forbids it).
    let backslashes = archive.entries().iter().all(|entry| !entry.name.contains('/'));
    for (index, entry) in archive.entries().iter().enumerate() {
        let name = if backslashes { entry.name.replace('\\', "/") } else { entry.name.clone() };
        let (path, _) = safe_path(&name);
        if path.is_empty() {
            continue;
        }
        if path.len() > cx.limits.path_bytes || path.split('/').count() > cx.limits.directory_depth {
            let detail = format!("a name of {} bytes", path.len());
            cx.problems.report(archive.locus(), "container/path-too-long", detail, "the entry is missing");
            continue;
        }
        if name.ends_with('/') {
            members.directories.push(path);
            continue;
        }
        let link = match link_target(archive, entry, cx) {
            None => None,
            Some(Ok(target)) => Some(target),
            Some(Err(error)) => {
                let locus = archive.locus().child(&format!("/{path}"));
                cx.problems.report(&locus, "zip/link", error.to_string(), "the link is missing");
                continue;
            }
        };
        let contents: Option<Arc<dyn Contents>> = link
            .is_none()
            .then(|| Arc::new(File { archive: Arc::clone(archive), index }) as Arc<dyn Contents>);
        let size = if link.is_none() { entry.size } else { 0 };
        // Modes in an archive are the packing machine's.
        members.files.push(Member { path, size, mode: None, uid: None, gid: None, link, contents });
    }
    members
}

fn link_target(archive: &Archive, entry: &Entry, cx: &Cx<'_>) -> Option<Result<String, ReadError>> {
    entry.unix_mode.filter(|mode| mode & FILE_TYPE == LINK)?;
    if entry.size == 0 || entry.size > LONGEST_LINK {
        let what = format!("a link target of {} bytes", entry.size);
        return Some(Err(ReadError::malformed(entry.local_header, what)));
    }
    Some(archive.read(entry, cx).map(|target| String::from_utf8_lossy(&target).into_owned()))
}

/// An entry of an open archive.
#[derive(Debug)]
struct File {
    archive: Arc<Archive>,
    index: usize,
}

impl File {
    fn entry(&self) -> Result<&Entry, ReadError> {
        self.archive.entries().get(self.index).ok_or(ReadError::NotAFile)
    }
}

impl Contents for File {
    fn read(&self, cx: &Cx<'_>) -> Result<View, ReadError> {
        self.archive.read(self.entry()?, cx)
    }

    fn head(&self, most: usize, _: &Cx<'_>) -> Vec<u8> {
        self.entry().map(|entry| self.archive.head(entry, most)).unwrap_or_default()
    }

    fn is_unfolded(&self) -> bool {
        self.entry().is_ok_and(|entry| entry.method != STORED)
    }
}
