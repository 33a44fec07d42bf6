//! Huawei's `UPDATE.APP`: images one after another, each behind a header that names it.
//!
//! ```text
//! 0   55 aa 5a a5    4  length of the header    20  number    24  length of the image
//! 28  date, time     60  name, 16 bytes         94  block size    98  checksums of the blocks
//! ```

use std::sync::Arc;

use overt_base::{Cx, Reader, Short};

use super::{Blob, Format, FormatDoc, Opened};
use crate::NotThis;
use crate::source::{Filling, Patchwork, Source};

/// The format.
#[derive(Debug)]
pub struct UpdateApp;

const MAGIC: &[u8] = b"\x55\xaa\x5a\xa5";
/// Before the first header are zeros.
const FIRST: usize = 92;
const HEADER_BYTES: usize = 98;
const MOST_IMAGES: usize = 1 << 10;

static DOC: FormatDoc = FormatDoc {
    name: "update_app",
    says: "Huawei's UPDATE.APP packages: the images they hold",
    magic: "55 aa 5a a5 at 92 (or 0)",
    limits: "1,024 images",
    oracle: "a builder",
    fixtures: "tests/vendors.rs",
    references: &["the public tools splitupdate and HuaweiUpdateLibrary"],
};

impl Format for UpdateApp {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, head: &[u8]) -> bool {
        head.starts_with(MAGIC) || head.get(FIRST..).is_some_and(|rest| rest.starts_with(MAGIC))
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let source = &blob.source;
        let mut parts: Vec<(String, Arc<dyn Source>)> = Vec::new();
        let mut magic = [0; 4];
        let starts = source.read_at(0, &mut magic).is_ok() && magic == MAGIC;
        let mut at = if starts { 0 } else { FIRST as u64 };
        while parts.len() < MOST_IMAGES && at < source.len() {
            let mut raw = [0; HEADER_BYTES];
            let read = source.read_at(at, &mut raw).ok().and_then(|()| header(&raw).ok().flatten());
            let Some((length, size, name)) = read else {
                // Behind the last image is padding.
                if source.len().saturating_sub(at) >= HEADER_BYTES as u64 && raw.iter().any(|&byte| byte != 0)
                {
                    let detail = format!("no header at {at:#x}");
                    cx.problems.report(&blob.locus, "update_app/header", detail, "what follows is missing");
                }
                break;
            };
            let body = at.saturating_add(length);
            let there = source.len().saturating_sub(body).min(size);
            if there < size {
                let detail = format!("{there} of the {size} bytes of {name} are there");
                cx.problems.report(&blob.locus, "update_app/cut", detail, "what follows is missing");
            }
            let mut image = Patchwork::new();
            if image.push(there, Filling::Part(Arc::clone(source), body)).is_ok() {
                parts.push((name.to_ascii_lowercase(), image.simplified()));
            }
            at = body.saturating_add(size).checked_next_multiple_of(4).unwrap_or(u64::MAX);
        }
        if parts.is_empty() {
            return Err(NotThis { format: DOC.name, at, why: "no image can be read" });
        }
        Ok(Opened::Parts(parts))
    }
}

/// Length of the header, length of the image, and its name.
fn header(raw: &[u8]) -> Result<Option<(u64, u64, String)>, Short> {
    let mut reader = Reader::new(raw);
    if reader.bytes(4)? != MAGIC {
        return Ok(None);
    }
    let length = u64::from(reader.u32()?);
    reader.skip(4 + 8 + 4)?; // one, hardware, number
    let size = u64::from(reader.u32()?);
    reader.skip(16 + 16)?; // date, time
    let name: [u8; 16] = reader.array()?;
    let name: Vec<u8> = name.into_iter().take_while(|&byte| byte != 0).collect();
    let name = String::from_utf8_lossy(&name).into_owned();
    Ok((length >= HEADER_BYTES as u64 && !name.is_empty()).then_some((length, size, name)))
}
