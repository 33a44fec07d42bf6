//! ext2, ext3 and ext4 file systems.
//!
//! An own reader, although `ext4-view` exists and is a good crate; the tests hold this one against it. What it cannot
//! give from outside: its handle is not `Send`, so packages could not be read in parallel; it shows no inode numbers,
//! so a directory that contains itself cannot be told from a deep tree; a hostile extent tree of five blocks keeps it
//! busy for 340⁵ steps and a superblock with blocks of 2 GiB makes it allocate 16 GiB before anybody can object; it
//! takes preallocated extents for data; and it always copies, where most files lie in one piece and can be handed out
//! as slices of the image.
//!
//! The journal is not replayed: firmware images are written offline and have an empty one.
//!
//! Specification: Linux `Documentation/filesystems/ext4/`; the names below are its.

mod directory;
mod extents;
mod inode;
mod superblock;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use overt_base::{Cx, Locus, Reader, View};
use rustc_hash::FxBuildHasher;

use self::inode::{Inode, Kind};
use self::superblock::Superblock;
use super::{Blob, Contents, Format, FormatDoc, Opened};
use crate::member::{Member, Members};
use crate::source::{Filling, Patchwork, Source, room_for};
use crate::{NotThis, ReadError};

/// The format.
#[derive(Debug)]
pub struct Ext4;

static DOC: FormatDoc = FormatDoc {
    name: "ext4",
    says: "ext2, ext3 and ext4 file systems, with extents, block maps and inline data",
    magic: "53 ef at 1080",
    limits: "every directory once; every node of an extent tree once; no directory larger than the image; the archive limits for what is read",
    oracle: "mkfs.ext4 (Debian)",
    fixtures: "fixtures/bytes/ext4, tests/containers.rs",
    references: &["Linux Documentation/filesystems/ext4/"],
};

impl Format for Ext4 {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, head: &[u8]) -> bool {
        Reader::at(head, superblock::MAGIC_AT).u16() == Ok(superblock::MAGIC)
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let superblock = Superblock::read(blob.source.as_ref())?;
        superblock.report_oddities(blob, cx);
        let volume = Arc::new(Volume {
            source: Arc::clone(&blob.source),
            superblock,
            locus: blob.locus.clone(),
            unfolded: AtomicU64::new(0),
        });
        let root = volume.inode(inode::ROOT).ok().filter(|root| root.kind == Kind::Directory);
        let at = superblock::AT;
        let root = root.ok_or(NotThis { format: DOC.name, at, why: "no root directory can be read" })?;
        Ok(Opened::Files(walk(&volume, root, cx).sorted(&blob.locus, cx)))
    }
}

/// An open file system.
#[derive(Debug)]
struct Volume {
    source: Arc<dyn Source>,
    superblock: Superblock,
    locus: Locus,
    /// Bytes read into memory so far; slices of the image do not count.
    unfolded: AtomicU64,
}

/// Visits every directory once, however often it is linked.
fn walk(volume: &Arc<Volume>, root: Inode, cx: &Cx<'_>) -> Members {
    let mut members = Members::default();
    let mut seen: HashSet<u32, FxBuildHasher> = HashSet::default();
    seen.insert(inode::ROOT);
    let mut waiting = vec![(String::new(), 1usize, root)];
    let report = |path: &str, code, detail: String, consequence: &str| {
        cx.problems.report(&volume.locus.child(&format!("/{path}")), code, detail, consequence);
    };
    while let Some((path, depth, directory)) = waiting.pop() {
        if cx.cancel.is_cancelled() {
            break;
        }
        let (entries, trouble) = volume.entries(&directory);
        if let Some(error) = trouble {
            report(&path, "ext4/directory", error.to_string(), "the entries from there on are missing");
        }
        for entry in entries {
            if members.files.len().saturating_add(members.directories.len()) >= cx.limits.files {
                let detail = format!("{} files and more", members.files.len());
                report(&path, "container/too-many-files", detail, "the rest of this file system is missing");
                return members;
            }
            let name = String::from_utf8_lossy(&entry.name);
            let below = if path.is_empty() { name.into_owned() } else { format!("{path}/{name}") };
            if below.len() > cx.limits.path_bytes {
                let detail = format!("{} bytes of path", below.len());
                report(&path, "container/path-too-long", detail, "an entry of this directory is missing");
                continue;
            }
            let inode = match volume.inode(entry.inode) {
                Ok(inode) => inode,
                Err(error) => {
                    report(
                        &below,
                        "ext4/inode",
                        format!("inode {}: {error}", entry.inode),
                        "the file is missing",
                    );
                    continue;
                }
            };
            match inode.kind {
                Kind::Directory if !seen.insert(entry.inode) => {
                    let detail = format!("directory inode {} is linked again", entry.inode);
                    report(&below, "container/directory-loop", detail, "it was read once");
                }
                Kind::Directory if depth >= cx.limits.directory_depth => {
                    let detail = format!("{depth} levels of directories");
                    report(&below, "container/too-deep", detail, "what lies deeper is missing");
                }
                Kind::Directory => {
                    members.directories.push(below.clone());
                    waiting.push((below, depth.saturating_add(1), inode));
                }
                Kind::File | Kind::Link => match member(volume, below, inode, cx) {
                    Ok(member) => members.files.push(member),
                    Err((path, error)) => {
                        report(&path, "ext4/link", error.to_string(), "the link is missing");
                    }
                },
                Kind::Special => {}
            }
        }
    }
    members
}

fn member(
    volume: &Arc<Volume>,
    path: String,
    inode: Inode,
    cx: &Cx<'_>,
) -> Result<Member, (String, ReadError)> {
    let (mode, uid, gid) = (Some(inode.mode & 0o7777), Some(inode.uid), Some(inode.gid));
    if inode.kind == Kind::Link {
        return match volume.link_target(&inode, cx) {
            Ok(target) => Ok(Member { path, size: 0, mode, uid, gid, link: Some(target), contents: None }),
            Err(error) => Err((path, error)),
        };
    }
    let size = inode.size;
    let contents: Arc<dyn Contents> = Arc::new(File { volume: Arc::clone(volume), inode });
    Ok(Member { path, size, mode, uid, gid, link: None, contents: Some(contents) })
}

/// A regular file of an open file system.
#[derive(Debug)]
struct File {
    volume: Arc<Volume>,
    inode: Inode,
}

impl Contents for File {
    fn read(&self, cx: &Cx<'_>) -> Result<View, ReadError> {
        let size = self.inode.size;
        let limits = cx.limits;
        let limit = ("unfolded_file_bytes", limits.unfolded_file_bytes);
        // A larger file than its file system has holes, and its block tree is not worth a walk.
        if size > limits.unfolded_file_bytes && size > self.volume.source.len() {
            return Err(ReadError::TooLarge { limit: limit.0, allowed: limit.1 });
        }
        let source = self.source(cx)?;
        if let Some(view) = source.view(0, size) {
            return Ok(view);
        }
        let mut out = room_for(size, limit)?;
        let before = self.volume.unfolded.fetch_add(size, Ordering::Relaxed);
        if before.saturating_add(size) > limits.unfolded_archive_bytes {
            let allowed = limits.unfolded_archive_bytes;
            return Err(ReadError::TooLarge { limit: "unfolded_archive_bytes", allowed });
        }
        source.read_at(0, &mut out)?;
        Ok(View::from_vec(out))
    }

    fn source(&self, _: &Cx<'_>) -> Result<Arc<dyn Source>, ReadError> {
        self.volume.data(&self.inode)
    }

    fn is_unfolded(&self) -> bool {
        false
    }
}

impl Volume {
    /// The file's bytes: the image's own where extents map them, zeros in holes.
    fn data(&self, inode: &Inode) -> Result<Arc<dyn Source>, ReadError> {
        if inode.is_encrypted() {
            return Err(ReadError::malformed(inode.at, "the file is encrypted"));
        }
        if let Some(bytes) = self.inline_data(inode)? {
            return Ok(Arc::new(View::from_vec(bytes)));
        }
        let block = self.superblock.block_size;
        let mut data = Patchwork::new();
        let mut put = |len: u64, filling| {
            let left = inode.size.saturating_sub(data.len());
            data.push(len.min(left), filling)
        };
        let mut at = 0u64;
        for run in self.runs(inode)? {
            put(run.logical.saturating_sub(at).saturating_mul(block), Filling::Pattern([0; 4]))?;
            let filling = match run.physical {
                Some(physical) => Filling::Part(Arc::clone(&self.source), physical.saturating_mul(block)),
                None => Filling::Pattern([0; 4]),
            };
            put(run.blocks.saturating_mul(block), filling)?;
            at = run.logical.saturating_add(run.blocks);
        }
        put(u64::MAX, Filling::Pattern([0; 4]))?;
        Ok(data.simplified())
    }
}
