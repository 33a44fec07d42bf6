//! EROFS file systems, plain and compressed, through the crate `erofs-rs`.
//!
//! A panic in that crate is caught and becomes a problem, so that one hostile image cannot end the scan.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::io::Read as _;
use std::ops::{Bound, RangeBounds};
use std::os::unix::fs::PermissionsExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use erofs_rs::EroFS;
use erofs_rs::backend::Image;
use overt_base::{Cx, Locus, Reader, View};
use rustc_hash::FxBuildHasher;

use super::{Blob, Contents, Format, FormatDoc, Opened};
use crate::member::{Member, Members};
use crate::source::{Source, room_for};
use crate::{NotThis, ReadError};

/// The format.
#[derive(Debug)]
pub struct Erofs;

const MAGIC: u32 = 0xe0f5_e1e2;
const MAGIC_AT: usize = 1024;
/// The kernel refuses longer targets (`PATH_MAX`).
const LONGEST_LINK: u64 = 4096;

static DOC: FormatDoc = FormatDoc {
    name: "erofs",
    says: "EROFS file systems: plain, lz4, lz4hc, deflate, zstd, lzma; fragments, chunks",
    magic: "e2 e1 f5 e0 at 1024",
    limits: "every directory once; the archive limits for what is read",
    oracle: "mkfs.erofs (Debian), plain, lz4 and lz4hc",
    fixtures: "fixtures/bytes/erofs, tests/containers.rs",
    references: &["Linux Documentation/filesystems/erofs.rst", "Linux fs/erofs/erofs_fs.h"],
};

impl Format for Erofs {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, head: &[u8]) -> bool {
        Reader::at(head, MAGIC_AT).u32() == Ok(MAGIC)
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let not = |why| NotThis { format: DOC.name, at: MAGIC_AT as u64, why };
        if !self.sniff(&blob.head()) {
            return Err(not("no magic"));
        }
        let image = Pieces { source: Arc::clone(&blob.source), stitched: Stitched::default() };
        let system = match caught(|| EroFS::new(image).map_err(|error| error.to_string())) {
            Ok(system) => system,
            Err(error) => {
                let detail = error.to_string();
                cx.problems.report(
                    &blob.locus,
                    "erofs/superblock",
                    detail,
                    "nothing of this file system was read",
                );
                return Err(not("the superblock is unusable"));
            }
        };
        let volume = Arc::new(Volume { system, locus: blob.locus.clone(), unfolded: AtomicU64::new(0) });
        volume.report_cut(blob, cx);
        Ok(Opened::Files(walk(&volume, cx).sorted(&blob.locus, cx)))
    }
}

struct Volume {
    system: EroFS<Pieces>,
    locus: Locus,
    /// Bytes unfolded so far.
    unfolded: AtomicU64,
}

impl fmt::Debug for Volume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Volume({})", self.locus)
    }
}

impl Volume {
    fn report_cut(&self, blob: &Blob, cx: &Cx<'_>) {
        let superblock = self.system.super_block();
        let block = 1u64.checked_shl(u32::from(superblock.blk_size_bits)).unwrap_or(0);
        let stated = superblock.block_count().saturating_mul(block);
        if stated > blob.source.len() {
            let detail = format!("the file system has {stated} bytes, the image {}", blob.source.len());
            cx.problems.report(
                &blob.locus,
                "erofs/cut",
                detail,
                "files behind the cut are missing or unreadable",
            );
        }
    }
}

/// Calls into the crate; a panic is an error like any other.
fn caught<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, ReadError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|what| ReadError::malformed(0, what)),
        Err(_) => Err(ReadError::malformed(0, "the EROFS reader panicked")),
    }
}

/// What a directory entry leads to.
struct Found {
    name: Vec<u8>,
    nid: u64,
    directory: bool,
    file: bool,
    link: Option<Result<String, String>>,
    size: u64,
    mode: u16,
    uid: u32,
    gid: u32,
}

/// Visits every directory once, however often it is linked.
fn walk(volume: &Arc<Volume>, cx: &Cx<'_>) -> Members {
    let mut members = Members::default();
    let mut seen: HashSet<u64, FxBuildHasher> = HashSet::default();
    seen.insert(volume.system.super_block().root_inode_id());
    let mut waiting = vec![(String::new(), Vec::from(b"/"), 1usize)];
    let report = |path: &str, code, detail: String, consequence: &str| {
        cx.problems.report(&volume.locus.child(&format!("/{path}")), code, detail, consequence);
    };
    while let Some((path, raw_path, depth)) = waiting.pop() {
        if cx.cancel.is_cancelled() {
            break;
        }
        let room =
            cx.limits.files.saturating_sub(members.files.len()).saturating_sub(members.directories.len());
        let mut entries = Vec::new();
        if let Err(error) = caught(|| list(volume, &raw_path, room, &mut entries)) {
            report(&path, "erofs/directory", error.to_string(), "the entries from there on are missing");
        }
        for found in entries {
            if members.files.len().saturating_add(members.directories.len()) >= cx.limits.files {
                let detail = format!("{} files and more", members.files.len());
                report(&path, "container/too-many-files", detail, "the rest of this file system is missing");
                return members;
            }
            let name = String::from_utf8_lossy(&found.name);
            let below = if path.is_empty() { name.into_owned() } else { format!("{path}/{name}") };
            if below.len() > cx.limits.path_bytes {
                let detail = format!("{} bytes of path", below.len());
                report(&path, "container/path-too-long", detail, "an entry of this directory is missing");
                continue;
            }
            if found.directory {
                if !seen.insert(found.nid) {
                    let detail = format!("directory inode {} is linked again", found.nid);
                    report(&below, "container/directory-loop", detail, "it was read once");
                } else if depth >= cx.limits.directory_depth {
                    let detail = format!("{depth} levels of directories");
                    report(&below, "container/too-deep", detail, "what lies deeper is missing");
                } else {
                    members.directories.push(below.clone());
                    let mut raw_below = raw_path.clone();
                    if !raw_below.ends_with(b"/") {
                        raw_below.push(b'/');
                    }
                    raw_below.extend(&found.name);
                    waiting.push((below, raw_below, depth.saturating_add(1)));
                }
                continue;
            }
            let (mode, uid, gid) = (Some(found.mode & 0o7777), Some(found.uid), Some(found.gid));
            match found.link {
                Some(Ok(target)) => {
                    let link = Some(target);
                    members.files.push(Member { path: below, size: 0, mode, uid, gid, link, contents: None });
                }
                Some(Err(what)) => report(&below, "erofs/link", what, "the link is missing"),
                None if found.file => {
                    let size = found.size;
                    let file = File { volume: Arc::clone(volume), nid: found.nid, size };
                    let contents: Option<Arc<dyn Contents>> = Some(Arc::new(file));
                    members.files.push(Member { path: below, size, mode, uid, gid, link: None, contents });
                }
                None => {}
            }
        }
    }
    members
}

/// Appends at most `room` + 1 entries of the directory at `path`.
fn list(volume: &Volume, path: &[u8], room: usize, out: &mut Vec<Found>) -> Result<(), String> {
    let entries = volume.system.read_dir(path).map_err(|error| error.to_string())?;
    for entry in entries.take(room.saturating_add(1)) {
        let entry = entry.map_err(|error| error.to_string())?;
        let inode = entry.inode;
        let link = inode.is_symlink().then(|| {
            if inode.data_size() > LONGEST_LINK {
                return Err(format!("a link target of {} bytes", inode.data_size()));
            }
            let target = volume.system.read_link_inode(inode).map_err(|error| error.to_string())?;
            Ok(String::from_utf8_lossy(target.as_bytes()).into_owned())
        });
        out.push(Found {
            name: entry.dir_entry.file_name().to_vec(),
            nid: inode.id(),
            directory: inode.is_dir(),
            file: inode.is_file(),
            link,
            size: inode.data_size(),
            mode: (inode.permissions().mode() & 0o7777) as u16,
            uid: inode.uid(),
            gid: inode.gid(),
        });
    }
    Ok(())
}

/// A regular file of an open file system.
#[derive(Debug)]
struct File {
    volume: Arc<Volume>,
    nid: u64,
    size: u64,
}

impl Contents for File {
    fn read(&self, cx: &Cx<'_>) -> Result<View, ReadError> {
        let limits = cx.limits;
        let mut out = room_for(self.size, ("unfolded_file_bytes", limits.unfolded_file_bytes))?;
        let before = self.volume.unfolded.fetch_add(self.size, Ordering::Relaxed);
        if before.saturating_add(self.size) > limits.unfolded_archive_bytes {
            let allowed = limits.unfolded_archive_bytes;
            return Err(ReadError::TooLarge { limit: "unfolded_archive_bytes", allowed });
        }
        caught(|| {
            let system = &self.volume.system;
            let inode = system.get_inode(self.nid).map_err(|error| error.to_string())?;
            let mut file = system.open_inode_file(inode).map_err(|error| error.to_string())?;
            file.read_exact(&mut out).map_err(|error| error.to_string())
        })?;
        Ok(View::from_vec(out))
    }
}

/// A source as the crate wants it: everything it asks for as a slice. What does not lie in one piece is stitched
/// together once and kept.
struct Pieces {
    source: Arc<dyn Source>,
    stitched: Stitched,
}

/// Copies of ranges that cross the border of two pieces. A slot is written once, so slices of it stay valid.
#[derive(Default)]
struct Stitched {
    slots: OnceLock<Box<[OnceLock<Vec<u8>>]>>,
    index: Mutex<StitchedIndex>,
}

#[derive(Default)]
struct StitchedIndex {
    /// Slot by offset and length.
    slots: HashMap<(u64, u64), usize, FxBuildHasher>,
    bytes: u64,
}

/// Such ranges are a few blocks each and rare; an image that makes more of them is not one to believe.
const MOST_STITCHED_BYTES: u64 = 256 << 20;
const MOST_STITCHED: usize = 1 << 16;

impl Pieces {
    fn stitched(&self, at: u64, len: u64) -> Option<&[u8]> {
        if len > self.source.len() {
            return None;
        }
        let slots = self.stitched.slots.get_or_init(|| (0..MOST_STITCHED).map(|_| OnceLock::new()).collect());
        let number = {
            let mut index = self.stitched.index.lock().unwrap_or_else(PoisonError::into_inner);
            let next = index.slots.len();
            match index.slots.get(&(at, len)) {
                Some(&number) => number,
                None => {
                    index.bytes =
                        index.bytes.checked_add(len).filter(|&bytes| bytes <= MOST_STITCHED_BYTES)?;
                    index.slots.insert((at, len), next);
                    next
                }
            }
        };
        let slot = slots.get(number)?;
        if slot.get().is_none() {
            let mut bytes = vec![0; usize::try_from(len).ok()?];
            self.source.read_at(at, &mut bytes).ok()?;
            // Another thread may have been faster; its copy is as good.
            let _ = slot.set(bytes);
        }
        slot.get().map(Vec::as_slice)
    }
}

impl Image for Pieces {
    fn get<R: RangeBounds<u64>>(&self, range: R) -> Option<&[u8]> {
        let start = match range.start_bound() {
            Bound::Included(&start) => start,
            Bound::Excluded(&start) => start.checked_add(1)?,
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(&end) => end.checked_add(1)?,
            Bound::Excluded(&end) => end,
            Bound::Unbounded => self.source.len(),
        };
        let len = end.checked_sub(start)?;
        self.source.contiguous(start, len).or_else(|| self.stitched(start, len))
    }

    fn len(&self) -> u64 {
        self.source.len()
    }
}
