//! cpio archives in the new portable format, as ramdisks are: several one after another are one.

use std::collections::BTreeMap;
use std::sync::Arc;

use overt_base::Cx;

use super::tar::Slice;
use super::{Blob, Contents, Format, FormatDoc, Opened};
use crate::NotThis;
use crate::member::{Member, Members, safe_path};
use crate::source::{Source, room_for};

/// The format.
#[derive(Debug)]
pub struct Cpio;

const HEADER_BYTES: u64 = 110;
const FILE_TYPE: u64 = 0o170_000;
const DIRECTORY: u64 = 0o040_000;
const LINK: u64 = 0o120_000;
const REGULAR: u64 = 0o100_000;
/// The kernel refuses longer names and targets (`PATH_MAX`).
const LONGEST_NAME: u64 = 4096;
const TRAILER: &[u8] = b"TRAILER!!!";

static DOC: FormatDoc = FormatDoc {
    name: "cpio",
    says: "cpio archives in the new portable format, as ramdisks are; files are slices of the archive",
    magic: "\"070701\" or \"070702\" at 0",
    limits: "no more files than the archive can hold; names of 4096 bytes",
    oracle: "cpio (Debian)",
    fixtures: "tests/boot.rs",
    references: &["Linux Documentation/driver-api/early-userspace/buffer-format.rst"],
};

impl Format for Cpio {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, head: &[u8]) -> bool {
        head.starts_with(b"070701") || head.starts_with(b"070702")
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let not = |why| NotThis { format: DOC.name, at: 0, why };
        Header::read(blob.source.as_ref(), 0).ok_or_else(|| not("the first header is cut or malformed"))?;
        Ok(Opened::Files(members(blob, cx).sorted(&blob.locus, cx)))
    }
}

struct Header {
    mode: u64,
    uid: u64,
    gid: u64,
    size: u64,
    name_size: u64,
}

impl Header {
    fn read(source: &dyn Source, at: u64) -> Option<Header> {
        let mut raw = [0; HEADER_BYTES as usize];
        source.read_at(at, &mut raw).ok()?;
        Cpio.sniff(&raw).then_some(())?;
        let field = |index: usize| {
            let start = index.checked_mul(8)?.checked_add(6)?;
            let digits = std::str::from_utf8(raw.get(start..start.checked_add(8)?)?).ok()?;
            u64::from_str_radix(digits, 16).ok()
        };
        Some(Header {
            mode: field(1)?,
            uid: field(2)?,
            gid: field(3)?,
            size: field(6)?,
            name_size: field(11)?,
        })
    }
}

fn aligned(at: u64) -> u64 {
    at.checked_next_multiple_of(4).unwrap_or(u64::MAX)
}

fn members(blob: &Blob, cx: &Cx<'_>) -> Members {
    let source = &blob.source;
    let mut members = Members::default();
    // Of two files with one name the later stands: the kernel unpacks one over the other.
    let mut by_path: BTreeMap<String, Member> = BTreeMap::new();
    let report = |code, detail: String, consequence: &str| {
        cx.problems.report(&blob.locus, code, detail, consequence);
    };
    let mut at = 0u64;
    while !cx.cancel.is_cancelled() {
        let Some(header) = Header::read(source.as_ref(), at) else {
            // Between archives, and behind the last, are zeros.
            match next_archive(source.as_ref(), at) {
                Some(next) => {
                    at = next;
                    continue;
                }
                None => {
                    if at < source.len() && !is_padding(source.as_ref(), at) {
                        let detail = format!("no header at {at:#x}");
                        report("cpio/header", detail, "what follows is missing");
                    }
                    break;
                }
            }
        };
        let name_at = at.saturating_add(HEADER_BYTES);
        let body = aligned(name_at.saturating_add(header.name_size));
        let end = body.saturating_add(header.size);
        let name = text(source.as_ref(), name_at, header.name_size);
        let Some(name) = name.filter(|_| end <= source.len()) else {
            let detail = format!("the file at {at:#x} is cut");
            report("cpio/cut", detail, "it and what follows is missing");
            break;
        };
        at = aligned(end);
        if name == TRAILER {
            continue;
        }
        let (path, _) = safe_path(&String::from_utf8_lossy(&name));
        if path.is_empty() {
            continue;
        }
        if by_path.len().saturating_add(members.directories.len()) >= cx.limits.files {
            let detail = format!("{} files and more", by_path.len());
            report("container/too-many-files", detail, "the rest of the archive is missing");
            break;
        }
        if path.split('/').count() > cx.limits.directory_depth {
            let detail = format!("a name of {} bytes", path.len());
            report("container/path-too-long", detail, "the entry is missing");
            continue;
        }
        let mut member = Member {
            path: path.clone(),
            size: 0,
            mode: Some((header.mode & 0o7777) as u16),
            uid: u32::try_from(header.uid).ok(),
            gid: u32::try_from(header.gid).ok(),
            link: None,
            contents: None,
        };
        match header.mode & FILE_TYPE {
            DIRECTORY => {
                members.directories.push(path);
                continue;
            }
            LINK => match text(source.as_ref(), body, header.size) {
                Some(target) => member.link = Some(String::from_utf8_lossy(&target).into_owned()),
                None => {
                    report(
                        "cpio/link",
                        format!("a link target of {} bytes", header.size),
                        "the link is missing",
                    );
                    continue;
                }
            },
            REGULAR => {
                let slice = Slice { source: Arc::clone(source), at: body, size: header.size };
                let contents: Arc<dyn Contents> = Arc::new(slice);
                member.size = header.size;
                member.contents = Some(contents);
            }
            _ => continue,
        }
        by_path.insert(path, member);
    }
    members.files = by_path.into_values().collect();
    members
}

/// A name or target up to its zero.
fn text(source: &dyn Source, at: u64, size: u64) -> Option<Vec<u8>> {
    let mut raw = room_for(size, ("a name's length", LONGEST_NAME)).ok()?;
    source.read_at(at, &mut raw).ok()?;
    let end = raw.iter().position(|&byte| byte == 0).unwrap_or(raw.len());
    raw.truncate(end);
    Some(raw)
}

/// How far the next archive may be padded away: to a page or a disk's sector.
const PADDING: u64 = 64 << 10;

/// Where the next archive begins, behind zeros.
fn next_archive(source: &dyn Source, at: u64) -> Option<u64> {
    let there = source.len().saturating_sub(at).min(PADDING);
    let mut raw = room_for(there, ("padding", PADDING)).ok()?;
    source.read_at(at, &mut raw).ok()?;
    let zeros = raw.iter().position(|&byte| byte != 0)? as u64;
    let next = at.saturating_add(zeros);
    (zeros > 0 && Header::read(source, next).is_some()).then_some(next)
}

fn is_padding(source: &dyn Source, at: u64) -> bool {
    let there = source.len().saturating_sub(at).min(PADDING);
    let mut raw = vec![0; usize::try_from(there).unwrap_or(0)];
    source.read_at(at, &mut raw).is_ok() && raw.iter().all(|&byte| byte == 0)
}
