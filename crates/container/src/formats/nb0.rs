//! `.nb0` packages, as Foxconn's phones have them: a table of files without magic.
//!
//! ```text
//! 0   number of files    4  rows of 64 bytes: where the file begins behind the table, its length, 8 unknown, name
//! ```

use std::sync::Arc;

use overt_base::{Cx, Reader, Short};

use super::tar::Slice;
use super::{Blob, Contents, Format, FormatDoc, Opened};
use crate::NotThis;
use crate::member::{Member, Members, safe_path};

/// The format.
#[derive(Debug)]
pub struct Nb0;

const ROW_BYTES: u64 = 64;
const MOST_FILES: u32 = 1 << 10;

static DOC: FormatDoc = FormatDoc {
    name: "nb0",
    says: "Foxconn's .nb0 packages: the files they hold",
    magic: "none; the name ends in .nb0",
    limits: "1,024 files",
    oracle: "a builder",
    fixtures: "tests/vendors.rs",
    references: &["the public tool nb0-extract"],
};

impl Format for Nb0 {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, _: &[u8]) -> bool {
        false
    }

    fn claims(&self, name: &str) -> bool {
        name.to_ascii_lowercase().ends_with(".nb0")
    }

    fn is_archive(&self) -> bool {
        true
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let not = |at, why| NotThis { format: DOC.name, at, why };
        let mut count = [0; 4];
        blob.source.read_at(0, &mut count).map_err(|_| not(0, "the table is cut"))?;
        let count = u32::from_le_bytes(count);
        if count == 0 || count > MOST_FILES {
            return Err(not(0, "no number of files that a package has"));
        }
        let start = ROW_BYTES.saturating_mul(u64::from(count)).saturating_add(4);
        let mut members = Members::default();
        for index in 0..u64::from(count) {
            let mut raw = [0; ROW_BYTES as usize];
            let at = index.saturating_mul(ROW_BYTES).saturating_add(4);
            let row = blob.source.read_at(at, &mut raw).ok().and_then(|()| row(&raw).ok());
            let (offset, size, name) = row.ok_or_else(|| not(at, "the table is cut"))?;
            let from = start.saturating_add(offset);
            let (path, _) = safe_path(&name);
            if path.is_empty() || from.saturating_add(size) > blob.source.len() {
                let detail = format!("row {index}: {name:?}, {size} bytes at {from:#x}");
                cx.problems.report(
                    &blob.locus,
                    "nb0/row",
                    detail,
                    "the file is missing: it ends behind the package",
                );
                continue;
            }
            let slice = Slice { source: Arc::clone(&blob.source), at: from, size };
            let contents: Option<Arc<dyn Contents>> = Some(Arc::new(slice));
            members.files.push(Member { path, size, mode: None, uid: None, gid: None, link: None, contents });
        }
        if members.files.is_empty() {
            return Err(not(4, "no file can be read"));
        }
        Ok(Opened::Files(members.sorted(&blob.locus, cx)))
    }
}

fn row(raw: &[u8]) -> Result<(u64, u64, String), Short> {
    let mut reader = Reader::new(raw);
    let (offset, size) = (u64::from(reader.u32()?), u64::from(reader.u32()?));
    reader.skip(8)?;
    let name: Vec<u8> = reader.bytes(48)?.iter().copied().take_while(|&byte| byte != 0).collect();
    Ok((offset, size, String::from_utf8_lossy(&name).into_owned()))
}
