//! Tape archives: V7, ustar, GNU and pax; with the line that makers append to a `.tar.md5`.

use std::collections::BTreeMap;
use std::sync::Arc;

use overt_base::{Cx, View};

use super::{Blob, Contents, Format, FormatDoc, Opened};
use crate::member::{Member, Members, safe_path};
use crate::source::{self, Filling, Patchwork, Source};
use crate::{NotThis, ReadError};

/// The format.
#[derive(Debug)]
pub struct Tar;

const RECORD: u64 = 512;
const MAGIC_AT: usize = 257;
/// A name or a set of pax keywords; the kernel refuses paths of more than 4096 bytes.
const LONGEST_EXTENSION: u64 = 1 << 20;

static DOC: FormatDoc = FormatDoc {
    name: "tar",
    says: "tape archives (V7, ustar, GNU, pax), also .tar.md5; files are slices of the archive",
    magic: "\"ustar\" at 257, or the name and the first header's checksum",
    limits: "no more files than the archive can hold; names of 1 MiB",
    oracle: "GNU tar, formats gnu, pax and posix",
    fixtures: "tests/packed.rs",
    references: &["POSIX.1-2017 pax", "GNU tar, src/tar.h"],
};

impl Format for Tar {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, head: &[u8]) -> bool {
        head.get(MAGIC_AT..).is_some_and(|rest| rest.starts_with(b"ustar"))
    }

    fn claims(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        [".tar", ".tar.md5"].iter().any(|ending| name.ends_with(ending))
    }

    fn is_archive(&self) -> bool {
        true
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let mut first = [0; RECORD as usize];
        let is_header = blob.source.read_at(0, &mut first).is_ok() && Header::read(&first).is_some();
        if !is_header {
            return Err(NotThis { format: DOC.name, at: 148, why: "the first header's checksum is wrong" });
        }
        Ok(Opened::Files(members(blob, cx).sorted(&blob.locus, cx)))
    }
}

struct Header {
    name: Vec<u8>,
    size: u64,
    kind: u8,
    link: Vec<u8>,
}

impl Header {
    fn read(raw: &[u8; RECORD as usize]) -> Option<Header> {
        let sum = number(raw.get(148..156)?)?;
        let own: u64 = raw.iter().enumerate().fold(0, |sum: u64, (at, &byte)| {
            sum.saturating_add(u64::from(if (148..156).contains(&at) { b' ' } else { byte }))
        });
        if sum != own {
            return None;
        }
        let mut name = text(raw.get(..100)?);
        // GNU has times where ustar has the beginning of the name.
        let prefix = raw.get(MAGIC_AT..263)? == b"ustar\0";
        if prefix {
            let prefix = text(raw.get(345..500)?);
            if !prefix.is_empty() {
                name = [prefix, name].join(&b'/');
            }
        }
        let (size, kind) = (number(raw.get(124..136)?)?, *raw.get(156)?);
        Some(Header { name, size, kind, link: text(raw.get(157..257)?) })
    }
}

fn text(raw: &[u8]) -> Vec<u8> {
    raw.iter().copied().take_while(|&byte| byte != 0).collect()
}

/// Octal digits, or GNU's base 256.
fn number(raw: &[u8]) -> Option<u64> {
    if let Some((&first @ 0x80..=0xff, rest)) = raw.split_first() {
        // The sign is bit 6; there are no negative sizes.
        return rest.iter().try_fold(u64::from(first & 0x3f), |sum, &byte| {
            sum.checked_mul(256)?.checked_add(u64::from(byte))
        });
    }
    let digits = raw.iter().copied().skip_while(|&byte| byte == b' ');
    let digits = digits.take_while(|&byte| byte != b' ' && byte != 0);
    digits.into_iter().try_fold(0u64, |sum, digit| match digit {
        b'0'..=b'7' => sum.checked_mul(8)?.checked_add(u64::from(digit.saturating_sub(b'0'))),
        _ => None,
    })
}

/// What an extension says about the file after it.
#[derive(Default)]
struct Extension {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    /// Whether the file has holes that the archive leaves out.
    sparse: bool,
}

impl Extension {
    /// pax: `length keyword=value\n`, again and again.
    fn take_pax(&mut self, mut raw: &[u8]) {
        while let Some(blank) = raw.iter().position(|&byte| byte == b' ') {
            let length = raw.get(..blank).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
            let length: usize = length.unwrap_or(0);
            let Some(start) = blank.checked_add(1) else { return };
            let record = length.checked_sub(1).and_then(|end| raw.get(start..end));
            let Some(record) = record else { return };
            if let Some(equals) = record.iter().position(|&byte| byte == b'=') {
                let (key, value) = record.split_at_checked(equals).unwrap_or_default();
                let value = value.get(1..).unwrap_or_default();
                match key {
                    b"path" => self.name = Some(value.to_vec()),
                    b"linkpath" => self.link = Some(value.to_vec()),
                    b"size" => self.size = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()),
                    key if key.starts_with(b"GNU.sparse.") => self.sparse = true,
                    _ => {}
                }
            }
            raw = raw.get(length..).unwrap_or_default();
        }
    }
}

fn members(blob: &Blob, cx: &Cx<'_>) -> Members {
    let source = &blob.source;
    let mut members = Members::default();
    let mut by_path: BTreeMap<String, Member> = BTreeMap::new();
    let mut extension = Extension::default();
    let mut at = 0u64;
    let mut is_cut = false;
    let report = |path: &str, code, detail: String, consequence: &str| {
        cx.problems.report(&blob.locus.child(&format!("/{path}")), code, detail, consequence);
    };
    while !cx.cancel.is_cancelled() {
        let mut raw = [0; RECORD as usize];
        if source.read_at(at, &mut raw).is_err() {
            // Some writers leave out the two empty records at the end.
            if at != source.len() && !is_cut {
                let detail = format!("a header at {at:#x} is cut");
                cx.problems.report(&blob.locus, "tar/cut", detail, "what follows is missing");
            }
            break;
        }
        if raw == [0; RECORD as usize] {
            break;
        }
        let Some(header) = Header::read(&raw) else {
            let detail = format!("no header at {at:#x}");
            cx.problems.report(&blob.locus, "tar/header", detail, "what follows is missing");
            break;
        };
        at = at.saturating_add(RECORD);
        let size = extension.size.unwrap_or(header.size);
        let has_body = !matches!(header.kind, b'1'..=b'6');
        let body = at;
        if has_body {
            at = at.saturating_add(size.div_ceil(RECORD).saturating_mul(RECORD));
        }
        match header.kind {
            b'L' | b'K' | b'x' | b'X' => {
                match read(source.as_ref(), body, header.size) {
                    Ok(raw) if header.kind == b'L' => extension.name = Some(text(&raw)),
                    Ok(raw) if header.kind == b'K' => extension.link = Some(text(&raw)),
                    Ok(raw) => extension.take_pax(&raw),
                    Err(error) => {
                        let detail = format!("at {body:#x}: {error}");
                        report("", "tar/extension", detail, "the next file may have a wrong name");
                    }
                }
                continue;
            }
            // Words about all files, and the volume's name.
            b'g' | b'V' | b'M' | b'N' => continue,
            _ => {}
        }
        let extension = std::mem::take(&mut extension);
        let name = extension.name.unwrap_or(header.name);
        let (path, _) = safe_path(&String::from_utf8_lossy(&name));
        if path.is_empty() {
            continue;
        }
        if members.directories.len().saturating_add(by_path.len()) >= cx.limits.files {
            let detail = format!("{} files and more", by_path.len());
            report("", "container/too-many-files", detail, "the rest of the archive is missing");
            break;
        }
        if path.len() > cx.limits.path_bytes || path.split('/').count() > cx.limits.directory_depth {
            let detail = format!("a name of {} bytes", path.len());
            report("", "container/path-too-long", detail, "the entry is missing");
            continue;
        }
        let link = || String::from_utf8_lossy(extension.link.as_deref().unwrap_or(&header.link)).into_owned();
        let (mut link_target, mut contents, mut length) = (None, None, 0);
        match header.kind {
            b'5' => {
                members.directories.push(path);
                continue;
            }
            // An old archive's directory is a file whose name ends so.
            0 | b'0' if name.ends_with(b"/") => {
                members.directories.push(path);
                continue;
            }
            b'2' => link_target = Some(link()),
            b'1' => match by_path.get(&safe_path(&link()).0) {
                Some(first) => {
                    link_target.clone_from(&first.link);
                    contents.clone_from(&first.contents);
                    length = first.size;
                }
                None => {
                    let detail = format!("a second name of {:?}, which does not come before it", link());
                    report(&path, "tar/hard-link", detail, "the file is missing");
                    continue;
                }
            },
            b'3' | b'4' | b'6' => continue,
            b'S' | b'D' => {
                let detail = "a file with holes that the archive leaves out".to_string();
                report(&path, "tar/sparse", detail, "the file is missing");
                continue;
            }
            _ if extension.sparse => {
                let detail = "a file with holes that the archive leaves out".to_string();
                report(&path, "tar/sparse", detail, "the file is missing");
                continue;
            }
            _ => {
                let file: Arc<dyn Contents> = Arc::new(Slice { source: Arc::clone(source), at: body, size });
                contents = Some(file);
                length = size;
            }
        }
        if body.saturating_add(length) > source.len() && contents.is_some() && header.kind != b'1' {
            is_cut = true;
            let detail = format!("{} of {size} bytes are there", source.len().saturating_sub(body));
            report(&path, "tar/cut", detail, "the file cannot be read as a whole");
        }
        // Modes in an archive are the packing machine's.
        let member = Member {
            path: path.clone(),
            size: length,
            mode: None,
            uid: None,
            gid: None,
            link: link_target,
            contents,
        };
        // Who unpacks the archive ends with the last of several.
        if by_path.insert(path.clone(), member).is_some() {
            report(&path, "container/duplicate-path", "it is there twice".to_string(), "the last was used");
        }
    }
    members.files = by_path.into_values().collect();
    members
}

fn read(source: &dyn Source, at: u64, size: u64) -> Result<Vec<u8>, ReadError> {
    let mut raw = source::room_for(size, ("a tar extension's length", LONGEST_EXTENSION))?;
    source.read_at(at, &mut raw)?;
    Ok(raw)
}

/// A run of bytes of another source.
#[derive(Clone, Debug)]
pub(crate) struct Slice {
    pub(crate) source: Arc<dyn Source>,
    pub(crate) at: u64,
    pub(crate) size: u64,
}

impl Contents for Slice {
    fn read(&self, cx: &Cx<'_>) -> Result<View, ReadError> {
        if let Some(view) = self.source.view(self.at, self.size) {
            return Ok(view);
        }
        let mut out = source::room_for(self.size, ("unfolded_file_bytes", cx.limits.unfolded_file_bytes))?;
        self.source.read_at(self.at, &mut out)?;
        Ok(View::from_vec(out))
    }

    fn source(&self, _: &Cx<'_>) -> Result<Arc<dyn Source>, ReadError> {
        let mut slice = Patchwork::new();
        let there = self.source.len().saturating_sub(self.at).min(self.size);
        slice.push(there, Filling::Part(Arc::clone(&self.source), self.at))?;
        slice.push(self.size.saturating_sub(there), Filling::Missing)?;
        Ok(slice.simplified())
    }

    fn is_unfolded(&self) -> bool {
        false
    }
}
