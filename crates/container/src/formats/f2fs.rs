//! F2FS file systems, as user data and some makers' system partitions have them; compressed clusters are unfolded.
//!
//! The log is not rolled forward behind the last checkpoint: firmware images are written offline and have nothing there.
//!
//! Specification: Linux `Documentation/filesystems/f2fs.rst` and `include/linux/f2fs_fs.h`; the names below are theirs.

mod checkpoint;
mod directory;
mod node;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use overt_base::{Cx, Locus, Reader, View};
use rustc_hash::FxBuildHasher;

use self::checkpoint::Nodes;
use self::node::{Inode, Kind};
use super::{Blob, Contents, Format, FormatDoc, Opened};
use crate::member::{Member, Members};
use crate::source::{Source, room_for};
use crate::{NotThis, ReadError};

/// The format.
#[derive(Debug)]
pub struct F2fs;

const MAGIC: u32 = 0xf2f5_2010;
const MAGIC_AT: usize = 1024;
/// All that Android writes; the format knows no other than the page's size.
const BLOCK: u64 = 4096;
/// The kernel refuses longer targets (`PATH_MAX`).
const LONGEST_LINK: u64 = 4096;

static DOC: FormatDoc = FormatDoc {
    name: "f2fs",
    says: "F2FS file systems, with inline data, inline directories and clusters packed with lz4 or zstd",
    magic: "10 20 f5 f2 at 1024",
    limits: "every directory once; no more nodes of a file than the image has blocks; the archive limits for what is \
             read",
    oracle: "mkfs.f2fs and sload.f2fs (Debian); packed clusters by hand, with lz4 and zstd (Debian)",
    fixtures: "fixtures/bytes/f2fs, tests/file_systems.rs",
    references: &["Linux Documentation/filesystems/f2fs.rst", "Linux include/linux/f2fs_fs.h"],
};

impl Format for F2fs {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, head: &[u8]) -> bool {
        Reader::at(head, MAGIC_AT).u32() == Ok(MAGIC)
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let not = |at: u64, why| NotThis { format: DOC.name, at, why };
        let (nodes, stated) = Nodes::open(&blob.source, blob, cx)?;
        if stated > blob.source.len() {
            let detail = format!("the file system has {stated} bytes, the image {}", blob.source.len());
            let consequence = "files behind the cut are missing or unreadable";
            cx.problems.report(&blob.locus, "f2fs/cut", detail, consequence);
        }
        let volume = Arc::new(Volume {
            source: Arc::clone(&blob.source),
            locus: blob.locus.clone(),
            nodes,
            unfolded: AtomicU64::new(0),
        });
        let root = volume.inode(volume.nodes.root).ok().filter(|root| root.kind == Kind::Directory);
        let root = root.ok_or_else(|| not(MAGIC_AT as u64, "no root directory can be read"))?;
        Ok(Opened::Files(walk(&volume, root, cx).sorted(&blob.locus, cx)))
    }
}

/// An open file system.
#[derive(Debug)]
struct Volume {
    source: Arc<dyn Source>,
    locus: Locus,
    nodes: Nodes,
    /// Bytes read into memory so far; slices of the image do not count.
    unfolded: AtomicU64,
}

impl Volume {
    fn inode(&self, ino: u32) -> Result<Inode, ReadError> {
        Inode::read(&self.nodes, ino)
    }

    fn link_target(&self, inode: &Inode) -> Result<String, ReadError> {
        if inode.size == 0 || inode.size > LONGEST_LINK {
            return Err(ReadError::malformed(inode.at, format!("a link target of {} bytes", inode.size)));
        }
        let data = inode.data(&self.nodes, &self.source)?;
        let mut target = room_for(inode.size, ("a link's length", LONGEST_LINK))?;
        data.read_at(0, &mut target)?;
        Ok(String::from_utf8_lossy(&target).into_owned())
    }
}

/// Visits every directory once, however often it is linked.
fn walk(volume: &Arc<Volume>, root: Inode, cx: &Cx<'_>) -> Members {
    let mut members = Members::default();
    let mut seen: HashSet<u32, FxBuildHasher> = HashSet::default();
    seen.insert(volume.nodes.root);
    let mut waiting = vec![(String::new(), 1usize, root)];
    let report = |path: &str, code, detail: String, consequence: &str| {
        cx.problems.report(&volume.locus.child(&format!("/{path}")), code, detail, consequence);
    };
    while let Some((path, depth, directory)) = waiting.pop() {
        if cx.cancel.is_cancelled() {
            break;
        }
        if directory.is_encrypted() {
            let detail = "the directory is encrypted".to_string();
            report(
                &path,
                "f2fs/encrypted",
                detail,
                "its files are missing: their names need the phone's key",
            );
            continue;
        }
        let (entries, trouble) = directory::entries(volume, &directory);
        if let Some(error) = trouble {
            report(&path, "f2fs/directory", error.to_string(), "entries of this directory are missing");
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
            let inode = match volume.inode(entry.ino) {
                Ok(inode) => inode,
                Err(error) => {
                    let detail = format!("inode {}: {error}", entry.ino);
                    report(&below, "f2fs/inode", detail, "the file is missing");
                    continue;
                }
            };
            let (mode, uid, gid) = (Some(inode.mode & 0o7777), Some(inode.uid), Some(inode.gid));
            let mut member =
                Member { path: below.clone(), size: 0, mode, uid, gid, link: None, contents: None };
            match inode.kind {
                Kind::Directory if !seen.insert(entry.ino) => {
                    let detail = format!("directory inode {} is linked again", entry.ino);
                    report(&below, "container/directory-loop", detail, "it was read once");
                    continue;
                }
                Kind::Directory if depth >= cx.limits.directory_depth => {
                    let detail = format!("{depth} levels of directories");
                    report(&below, "container/too-deep", detail, "what lies deeper is missing");
                    continue;
                }
                Kind::Directory => {
                    members.directories.push(below.clone());
                    waiting.push((below, depth.saturating_add(1), inode));
                    continue;
                }
                Kind::Link => match volume.link_target(&inode) {
                    Ok(target) => member.link = Some(target),
                    Err(error) => {
                        report(&below, "f2fs/link", error.to_string(), "the link is missing");
                        continue;
                    }
                },
                Kind::File => {
                    member.size = inode.size;
                    let contents: Arc<dyn Contents> = Arc::new(File { volume: Arc::clone(volume), inode });
                    member.contents = Some(contents);
                }
                Kind::Special => continue,
            }
            members.files.push(member);
        }
    }
    members
}

/// A regular file of an open file system.
#[derive(Debug)]
struct File {
    volume: Arc<Volume>,
    inode: Inode,
}

impl Contents for File {
    fn read(&self, cx: &Cx<'_>) -> Result<View, ReadError> {
        let (size, limits) = (self.inode.size, cx.limits);
        let limit = ("unfolded_file_bytes", limits.unfolded_file_bytes);
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

    fn source(&self, cx: &Cx<'_>) -> Result<Arc<dyn Source>, ReadError> {
        let allowed = cx.limits.unfolded_file_bytes;
        if self.inode.is_compressed() && self.inode.size > allowed {
            return Err(ReadError::TooLarge { limit: "unfolded_file_bytes", allowed });
        }
        self.inode.data(&self.volume.nodes, &self.volume.source)
    }

    fn is_unfolded(&self) -> bool {
        self.inode.is_compressed()
    }
}
