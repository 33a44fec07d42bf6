//! Spreadtrum's `.pac` packages: a table of files, texts in two bytes a character.
//!
//! ```text
//! header   0  version, 48 bytes    48  length    52, 564  product and firmware, 512 each
//!          1076  number of files   1080  where the table begins
//! row      0  its length    4  partition, 512    516  file, 1024    1540  size    1552  where the file begins
//! ```

use std::sync::Arc;

use overt_base::{Cx, Reader, Short};

use super::tar::Slice;
use super::{Blob, Contents, Format, FormatDoc, Opened};
use crate::NotThis;
use crate::member::{Member, Members, safe_path};

/// The format.
#[derive(Debug)]
pub struct Pac;

const MAGIC: &[u8] = b"B\0P\0_\0R\0";
const HEADER_BYTES: usize = 1084;
const ROW_BYTES: usize = 1556;
const MOST_FILES: u32 = 1 << 10;

static DOC: FormatDoc = FormatDoc {
    name: "pac",
    says: "Spreadtrum's .pac packages: the files they hold",
    magic: "\"BP_R\" in two bytes a character at 0",
    limits: "1,024 files",
    oracle: "a builder",
    fixtures: "tests/vendors.rs",
    references: &["the public tool pacextractor"],
};

impl Format for Pac {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, head: &[u8]) -> bool {
        head.starts_with(MAGIC)
    }

    fn is_archive(&self) -> bool {
        true
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let not = |at, why| NotThis { format: DOC.name, at, why };
        let mut head = [0; HEADER_BYTES];
        blob.source.read_at(0, &mut head).map_err(|_| not(0, "the header is cut"))?;
        let count = Reader::at(&head, 1076).u32().unwrap_or(0);
        let mut at = u64::from(Reader::at(&head, 1080).u32().unwrap_or(0));
        let mut members = Members::default();
        for index in 0..count.min(MOST_FILES) {
            let mut raw = [0; ROW_BYTES];
            let row = blob.source.read_at(at, &mut raw).ok().and_then(|()| row(&raw).ok());
            let Some(row) = row.filter(|row| row.length >= ROW_BYTES as u64) else {
                let detail = format!("row {index} of {count} at {at:#x} is cut or malformed");
                cx.problems.report(&blob.locus, "pac/table", detail, "the files from there on are missing");
                break;
            };
            at = at.saturating_add(row.length);
            let (path, _) = safe_path(&row.file.replace('\\', "/"));
            // Some rows only tell the flashing program what to erase.
            if path.is_empty() || row.size == 0 {
                continue;
            }
            if row.start.saturating_add(row.size) > blob.source.len() {
                let detail = format!("{path} ends behind the package");
                cx.problems.report(&blob.locus, "pac/cut", detail, "the file cannot be read as a whole");
            }
            let slice = Slice { source: Arc::clone(&blob.source), at: row.start, size: row.size };
            let contents: Option<Arc<dyn Contents>> = Some(Arc::new(slice));
            let size = row.size;
            members.files.push(Member { path, size, mode: None, uid: None, gid: None, link: None, contents });
        }
        if members.files.is_empty() {
            return Err(not(1080, "no file can be read"));
        }
        Ok(Opened::Files(members.sorted(&blob.locus, cx)))
    }
}

struct Row {
    length: u64,
    file: String,
    size: u64,
    start: u64,
}

fn row(raw: &[u8]) -> Result<Row, Short> {
    let length = u64::from(Reader::new(raw).u32()?);
    let characters = Reader::at(raw, 516).bytes(1024)?.chunks_exact(2);
    let characters = characters.map(|pair| {
        u16::from_le_bytes([pair.first().copied().unwrap_or(0), pair.last().copied().unwrap_or(0)])
    });
    let text: Vec<u16> = characters.take_while(|&character| character != 0).collect();
    let size = u64::from(Reader::at(raw, 1540).u32()?);
    let start = u64::from(Reader::at(raw, 1552).u32()?);
    Ok(Row { length, file: String::from_utf16_lossy(&text), size, start })
}
