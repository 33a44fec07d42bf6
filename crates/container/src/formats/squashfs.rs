//! squashfs file systems of version 4, as some makers' system partitions and set-top boxes have.
//!
//! An own reader, although `backhand` exists: it unpacks xz through a C library, and its handle reads every table
//! before anybody can object to its size.
//!
//! Specification: Linux `Documentation/filesystems/squashfs.rst` and `fs/squashfs/squashfs_fs.h`; the names below are
//! theirs.

mod inode;
mod table;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use overt_base::{Cx, Locus, Reader, Short, View};
use rustc_hash::FxBuildHasher;

use self::inode::{Inode, Kind};
use self::table::{Packing, Table};
use super::{Blob, Contents, Format, FormatDoc, Opened};
use crate::blocks::{Blocks, Unfold};
use crate::member::{Member, Members};
use crate::source::{Source, room_for};
use crate::{NotThis, ReadError};

/// The format.
#[derive(Debug)]
pub struct Squashfs;

const MAGIC: &[u8] = b"hsqs";
const SUPERBLOCK_BYTES: usize = 96;
const NO_FRAGMENT: u32 = u32::MAX;
/// In the size of a data block: it is stored as it is.
const STORED: u32 = 1 << 24;
const MOST_FRAGMENTS: u32 = 1 << 22;

static DOC: FormatDoc = FormatDoc {
    name: "squashfs",
    says: "squashfs file systems of version 4, packed with gzip, xz, lz4 or zstd",
    magic: "68 73 71 73 at 0",
    limits: "tables of 256 MiB, 4,194,304 fragments, every directory once; the archive limits for what is read",
    oracle: "mksquashfs (Debian), all methods it has",
    fixtures: "fixtures/bytes/squashfs, tests/file_systems.rs",
    references: &["Linux fs/squashfs/squashfs_fs.h"],
};

/// The superblock, as far as it is needed.
#[derive(Debug)]
struct Superblock {
    block_size: u64,
    fragments: u32,
    packing: Packing,
    ids: u16,
    root: u64,
    id_table: u64,
    inode_table: u64,
    directory_table: u64,
    fragment_table: u64,
    /// The places of all inodes by number, for network file systems; not needed, and not always there.
    lookup_table: u64,
    inodes: u32,
}

impl Superblock {
    fn read(head: &[u8]) -> Result<Result<Superblock, &'static str>, Short> {
        let mut reader = Reader::new(head);
        reader.skip(4)?; // magic
        let inodes = reader.u32()?;
        reader.skip(4)?; // time
        let block_size = reader.u32()?;
        let fragments = reader.u32()?;
        let packing = Packing::of(reader.u16()?);
        reader.skip(4)?; // the block size once more, flags
        let ids = reader.u16()?;
        let major = reader.u16()?;
        reader.skip(2)?; // minor version
        let root = reader.u64()?;
        reader.skip(8)?; // bytes used
        let id_table = reader.u64()?;
        reader.skip(8)?; // extended attributes
        let (inode_table, directory_table) = (reader.u64()?, reader.u64()?);
        let (fragment_table, lookup_table) = (reader.u64()?, reader.u64()?);
        if major != 4 {
            return Ok(Err("a version other than 4"));
        }
        if !block_size.is_power_of_two() || !(1 << 12..=1 << 20).contains(&block_size) {
            return Ok(Err("blocks of no usable size"));
        }
        let Some(packing) = packing else { return Ok(Err("packed with lzma, lzo or an unknown method")) };
        let block_size = u64::from(block_size);
        Ok(Ok(Superblock {
            block_size,
            fragments,
            packing,
            ids,
            root,
            id_table,
            inode_table,
            directory_table,
            fragment_table,
            lookup_table,
            inodes,
        }))
    }
}

impl Format for Squashfs {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, head: &[u8]) -> bool {
        head.starts_with(MAGIC)
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let not = |at: usize, why| NotThis { format: DOC.name, at: at as u64, why };
        let mut head = [0; SUPERBLOCK_BYTES];
        blob.source.read_at(0, &mut head).map_err(|_| not(0, "the superblock is cut"))?;
        let superblock = Superblock::read(&head).map_err(|short| not(short.at, "the superblock is cut"))?;
        let superblock = superblock.map_err(|why| not(12, why))?;
        let source = &blob.source;
        let report = |what: &str, error: ReadError| {
            let detail = format!("the table of {what}: {error}");
            cx.problems.report(&blob.locus, "squashfs/table", detail, "what it speaks of is missing");
        };
        let packing = superblock.packing;
        let (inodes, trouble) =
            Table::read(source.as_ref(), packing, superblock.inode_table, superblock.directory_table);
        if let Some(error) = trouble {
            report("inodes", error);
        }
        // Directories end where the next table's first block begins.
        let fragments = table::positions(
            source.as_ref(),
            superblock.fragment_table,
            u64::from(superblock.fragments.min(MOST_FRAGMENTS)).div_ceil(512),
        );
        let ids =
            table::positions(source.as_ref(), superblock.id_table, u64::from(superblock.ids).div_ceil(2048));
        let lookup = u64::from(superblock.inodes).saturating_mul(8).div_ceil(8192).min(1);
        let lookup = table::positions(source.as_ref(), superblock.lookup_table, lookup);
        let first = |positions: &Result<Vec<u64>, ReadError>| positions.as_ref().ok()?.first().copied();
        let tables = [first(&fragments), first(&lookup), first(&ids), Some(source.len())];
        let behind = |at: &u64| *at > superblock.directory_table;
        let end = tables.into_iter().flatten().filter(behind).min().unwrap_or(source.len());
        let (directories, trouble) = Table::read(source.as_ref(), packing, superblock.directory_table, end);
        if let Some(error) = trouble {
            report("directories", error);
        }
        let rows = |positions: Result<Vec<u64>, ReadError>, what: &str| match positions {
            Ok(positions) => {
                let (bytes, trouble) = table::rows(source.as_ref(), packing, &positions);
                if let Some(error) = trouble {
                    report(what, error);
                }
                bytes
            }
            Err(error) => {
                report(what, error);
                Vec::new()
            }
        };
        let ids = rows(ids, "owners").chunks_exact(4).filter_map(|row| Reader::new(row).u32().ok()).collect();
        let fragments: Vec<Fragment> = rows(fragments, "fragments")
            .chunks_exact(16)
            .take(superblock.fragments as usize)
            .filter_map(|row| {
                let mut row = Reader::new(row);
                Some(Fragment { at: row.u64().ok()?, size: row.u32().ok()? })
            })
            .collect();
        let count = fragments.len();
        let fragments = Fragments { source: Arc::clone(source), packing, fragments };
        let lengths = std::iter::repeat_n(superblock.block_size, count);
        let fragments = Blocks::new(fragments, lengths, blob.memory.clone());
        let fragments = fragments.map_err(|_| not(16, "more fragments than fit"))?;
        let volume = Arc::new(Volume {
            source: Arc::clone(source),
            locus: blob.locus.clone(),
            superblock,
            inodes,
            directories,
            fragments,
            ids,
            unfolded: AtomicU64::new(0),
        });
        let root = volume.inode(volume.superblock.root).ok().filter(|root| root.kind == Kind::Directory);
        let root = root.ok_or_else(|| not(32, "no root directory can be read"))?;
        Ok(Opened::Files(walk(&volume, root, cx).sorted(&blob.locus, cx)))
    }
}

/// An open file system.
#[derive(Debug)]
struct Volume {
    source: Arc<dyn Source>,
    locus: Locus,
    superblock: Superblock,
    inodes: Table,
    directories: Table,
    fragments: Blocks<Fragments>,
    ids: Vec<u32>,
    /// Bytes unfolded so far.
    unfolded: AtomicU64,
}

/// Blocks that ends of files share.
#[derive(Debug)]
struct Fragments {
    source: Arc<dyn Source>,
    packing: Packing,
    fragments: Vec<Fragment>,
}

#[derive(Clone, Copy, Debug)]
struct Fragment {
    at: u64,
    size: u32,
}

impl Unfold for Fragments {
    fn unfold(&self, index: usize, out: &mut [u8]) -> Result<(), ReadError> {
        let fragment = self.fragments.get(index).ok_or(ReadError::NotAFile)?;
        // The last one is shorter than a block; nothing refers to what it lacks.
        let filled = data(self.source.as_ref(), self.packing, fragment.at, fragment.size, out)?;
        out.get_mut(filled..).unwrap_or_default().fill(0);
        Ok(())
    }
}

/// One block of data; how many bytes of `out` it fills.
fn data(
    source: &dyn Source,
    packing: Packing,
    at: u64,
    size: u32,
    out: &mut [u8],
) -> Result<usize, ReadError> {
    let length = (size & !STORED) as usize;
    if length > out.len() {
        return Err(ReadError::malformed(at, format!("a block of {length} bytes")));
    }
    if size & STORED != 0 {
        let out = out.get_mut(..length).unwrap_or_default();
        source.read_at(at, out)?;
        return Ok(length);
    }
    if let Some(raw) = source.contiguous(at, length as u64) {
        return packing.unpack(raw, out).map_err(|what| ReadError::malformed(at, what));
    }
    let mut raw = vec![0; length];
    source.read_at(at, &mut raw)?;
    packing.unpack(&raw, out).map_err(|what| ReadError::malformed(at, what))
}

/// Visits every directory once, however often it is linked.
fn walk(volume: &Arc<Volume>, root: Inode, cx: &Cx<'_>) -> Members {
    let mut members = Members::default();
    let mut seen: HashSet<u64, FxBuildHasher> = HashSet::default();
    seen.insert(volume.superblock.root);
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
            report(&path, "squashfs/directory", error.to_string(), "the entries from there on are missing");
        }
        for (name, place) in entries {
            if members.files.len().saturating_add(members.directories.len()) >= cx.limits.files {
                let detail = format!("{} files and more", members.files.len());
                report(&path, "container/too-many-files", detail, "the rest of this file system is missing");
                return members;
            }
            let below = if path.is_empty() { name } else { format!("{path}/{name}") };
            if below.len() > cx.limits.path_bytes {
                let detail = format!("{} bytes of path", below.len());
                report(&path, "container/path-too-long", detail, "an entry of this directory is missing");
                continue;
            }
            let inode = match volume.inode(place) {
                Ok(inode) => inode,
                Err(error) => {
                    report(&below, "squashfs/inode", error.to_string(), "the file is missing");
                    continue;
                }
            };
            let (mode, uid, gid) = (Some(inode.mode & 0o7777), volume.id(inode.uid), volume.id(inode.gid));
            let mut member =
                Member { path: below.clone(), size: 0, mode, uid, gid, link: None, contents: None };
            match &inode.kind {
                Kind::Directory if !seen.insert(place) => {
                    let detail = format!("the directory inode at {place:#x} is linked again");
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
                Kind::Link(target) => member.link = Some(String::from_utf8_lossy(target).into_owned()),
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

impl Volume {
    fn id(&self, index: u16) -> Option<u32> {
        self.ids.get(usize::from(index)).copied()
    }

    fn inode(&self, place: u64) -> Result<Inode, ReadError> {
        Inode::read(&self.inodes, place)
    }

    /// Names and the inodes' places, up to the first entry that cannot be read.
    fn entries(&self, directory: &Inode) -> (Vec<(String, u64)>, Option<ReadError>) {
        let mut out = Vec::new();
        // Three bytes more than there are, for `.` and `..`.
        let size = directory.size.saturating_sub(3);
        let raw = match self.directories.at(directory.start, directory.offset) {
            Some(raw) => raw,
            None if size == 0 => return (out, None),
            None => {
                return (
                    out,
                    Some(ReadError::malformed(directory.start, "the directory lies outside its table")),
                );
            }
        };
        let cut = ReadError::malformed(directory.start, "the directory is cut");
        let there = usize::try_from(size).unwrap_or(usize::MAX);
        let is_whole = there <= raw.len();
        let mut reader = Reader::new(raw.get(..there).unwrap_or(raw));
        let read = |reader: &mut Reader<'_>, out: &mut Vec<(String, u64)>| -> Result<(), Short> {
            while reader.remaining() > 0 {
                let count = reader.u32()?;
                let block = u64::from(reader.u32()?);
                reader.skip(4)?; // number of the first inode
                // The specification has 256 at most.
                for _ in 0..=count.min(0xffff) {
                    let offset = u64::from(reader.u16()?);
                    reader.skip(2 + 2)?; // inode number, kind
                    let length = usize::from(reader.u16()?).saturating_add(1);
                    let name = String::from_utf8_lossy(reader.bytes(length)?).into_owned();
                    if !name.contains('/') && name != "." && name != ".." {
                        out.push((name, block << 16 | offset));
                    }
                }
            }
            Ok(())
        };
        let trouble = read(&mut reader, &mut out).is_err() || !is_whole;
        (out, trouble.then_some(cut))
    }
}

/// A regular file of an open file system.
#[derive(Debug)]
struct File {
    volume: Arc<Volume>,
    inode: Inode,
}

impl Contents for File {
    fn read(&self, cx: &Cx<'_>) -> Result<View, ReadError> {
        let (limits, inode) = (cx.limits, &self.inode);
        let mut out = room_for(inode.size, ("unfolded_file_bytes", limits.unfolded_file_bytes))?;
        let before = self.volume.unfolded.fetch_add(inode.size, Ordering::Relaxed);
        if before.saturating_add(inode.size) > limits.unfolded_archive_bytes {
            let allowed = limits.unfolded_archive_bytes;
            return Err(ReadError::TooLarge { limit: "unfolded_archive_bytes", allowed });
        }
        self.fill(&mut out)?;
        Ok(View::from_vec(out))
    }

    fn head(&self, most: usize, _: &Cx<'_>) -> Vec<u8> {
        let wanted = usize::try_from(self.inode.size).unwrap_or(most).min(most);
        let mut out = vec![0; wanted];
        if self.fill(&mut out).is_ok() { out } else { Vec::new() }
    }
}

impl File {
    /// Fills `out` with the file's first bytes.
    fn fill(&self, out: &mut [u8]) -> Result<(), ReadError> {
        let (volume, inode) = (&self.volume, &self.inode);
        let block = usize::try_from(volume.superblock.block_size).unwrap_or(usize::MAX);
        let mut at = inode.start;
        let mut sizes = volume.inodes.block_sizes(inode, volume.superblock.block_size)?;
        let mut rest = out;
        let mut scratch = Vec::new();
        let mut place = 0u64;
        while !rest.is_empty() {
            // What is left of the file here, which is more than what is wanted when only its head is.
            let left = inode.size.saturating_sub(place);
            let whole = usize::try_from(left).unwrap_or(usize::MAX).min(block);
            let (now, later) = rest.split_at_mut(rest.len().min(whole));
            place = place.saturating_add(now.len() as u64);
            match sizes.next() {
                // A hole.
                Some(0) => now.fill(0),
                Some(size) => {
                    let length = now.len();
                    let target = if length == whole && whole == block {
                        &mut *now
                    } else {
                        scratch.resize(block, 0);
                        scratch.as_mut_slice()
                    };
                    let filled = data(volume.source.as_ref(), volume.superblock.packing, at, size, target)?;
                    if filled != whole {
                        let what = format!("a block of {filled} bytes where {whole} belong");
                        return Err(ReadError::malformed(at, what));
                    }
                    if length != block {
                        now.copy_from_slice(scratch.get(..length).unwrap_or_default());
                    }
                    at = at.saturating_add(u64::from(size & !STORED));
                }
                None => {
                    let start = volume.fragments.start(inode.fragment as usize);
                    let start = start.filter(|_| inode.fragment != NO_FRAGMENT);
                    let start =
                        start.ok_or_else(|| ReadError::malformed(at, "the file's end has no fragment"))?;
                    let from = u64::from(inode.fragment_offset);
                    if from.saturating_add(now.len() as u64) > volume.superblock.block_size {
                        return Err(ReadError::malformed(at, "the file's end lies outside its fragment"));
                    }
                    volume.fragments.read_at(start.saturating_add(from), now)?;
                }
            }
            rest = later;
        }
        Ok(())
    }
}
