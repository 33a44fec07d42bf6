//! Boot images and vendor boot images: what they hold besides a kernel is a ramdisk, or several.
//!
//! ```text
//! boot, version 0 to 2    header of one page (36: page size, 40: version), kernel, ramdisk …, each on whole pages
//! boot, version 3 and 4   header of 4096 bytes (20: its size), kernel, ramdisk, signature
//! vendor boot             header (8: version, 12: page size), ramdisks, device tree, table of the ramdisks (version 4)
//! ```

use std::sync::Arc;

use overt_base::{Cx, Reader, Short};

use super::{Blob, Format, FormatDoc, Opened};
use crate::NotThis;
use crate::source::{Filling, Patchwork, Source};

/// The format.
#[derive(Debug)]
pub struct Boot;

const BOOT: &[u8] = b"ANDROID!";
const VENDOR: &[u8] = b"VNDRBOOT";
/// The longest header, that of a vendor boot image.
const HEADER_BYTES: usize = 2128;
/// MediaTek puts a header of its own before the ramdisk.
const MEDIATEK: &[u8] = b"\x88\x16\x88\x58";
const MEDIATEK_BYTES: u64 = 512;
const MOST_RAMDISKS: u32 = 64;

static DOC: FormatDoc = FormatDoc {
    name: "boot",
    says: "boot, init_boot, recovery and vendor_boot images, header versions 0 to 4: their ramdisks, also with \
           MediaTek's header",
    magic: "\"ANDROID!\" or \"VNDRBOOT\" at 0",
    limits: "64 ramdisks",
    oracle: "mkbootimg (Debian) for versions 0 to 3; a builder for version 4 and vendor_boot; ramdisks by cpio, gzip, lz4, xz, zstd",
    fixtures: "tests/boot.rs",
    references: &["AOSP system/tools/mkbootimg/include/bootimg/bootimg.h"],
};

impl Format for Boot {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, head: &[u8]) -> bool {
        head.starts_with(BOOT) || head.starts_with(VENDOR)
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let head = super::head(blob.source.as_ref(), HEADER_BYTES);
        let is_vendor = head.starts_with(VENDOR);
        let found = if is_vendor { vendor(&head, blob, cx) } else { boot(&head) };
        let cut = |short: Short| NotThis { format: DOC.name, at: short.at as u64, why: "the header is cut" };
        let found = found.map_err(cut)?;
        let at = if is_vendor { 12 } else { 36 };
        let ramdisks = found.ok_or(NotThis { format: DOC.name, at, why: "pages of no usable size" })?;
        let mut parts: Vec<(String, Arc<dyn Source>)> = Vec::new();
        for Ramdisk { name, at, size } in ramdisks.into_iter().filter(|ramdisk| ramdisk.size > 0) {
            let mut magic = [0; 4];
            let skipped = match blob.source.read_at(at, &mut magic) {
                Ok(()) if magic == MEDIATEK => MEDIATEK_BYTES.min(size),
                _ => 0,
            };
            let (at, size) = (at.saturating_add(skipped), size.saturating_sub(skipped));
            let there = blob.source.len().saturating_sub(at).min(size);
            if there < size {
                let detail = format!("{there} of the {size} bytes of {name} are there");
                cx.problems.report(&blob.locus, "boot/cut", detail, "what follows is missing");
            }
            let mut ramdisk = Patchwork::new();
            if ramdisk.push(there, Filling::Part(Arc::clone(&blob.source), at)).is_ok() {
                parts.push((name, ramdisk.simplified()));
            }
        }
        Ok(Opened::Parts(parts))
    }
}

struct Ramdisk {
    name: String,
    at: u64,
    size: u64,
}

/// The whole pages that hold `size` bytes.
fn pages(size: u32, page: u64) -> u64 {
    u64::from(size).div_ceil(page.max(1)).saturating_mul(page)
}

fn is_page(page: u32) -> bool {
    page.is_power_of_two() && (512..=1 << 17).contains(&page)
}

fn boot(head: &[u8]) -> Result<Option<Vec<Ramdisk>>, Short> {
    let kernel = Reader::at(head, 8).u32()?;
    // Where version 0 has it unused, some makers have the size of their device tree.
    let version = Reader::at(head, 40).u32()?;
    let (page, header, size) = if matches!(version, 3 | 4) {
        (4096, pages(Reader::at(head, 20).u32()?, 4096), Reader::at(head, 12).u32()?)
    } else {
        let page = Reader::at(head, 36).u32()?;
        if !is_page(page) {
            return Ok(None);
        }
        (u64::from(page), u64::from(page), Reader::at(head, 16).u32()?)
    };
    let at = header.saturating_add(pages(kernel, page));
    Ok(Some(vec![Ramdisk { name: "ramdisk".to_string(), at, size: u64::from(size) }]))
}

fn vendor(head: &[u8], blob: &Blob, cx: &Cx<'_>) -> Result<Option<Vec<Ramdisk>>, Short> {
    let version = Reader::at(head, 8).u32()?;
    let page = Reader::at(head, 12).u32()?;
    if !is_page(page) {
        return Ok(None);
    }
    let page = u64::from(page);
    let size = Reader::at(head, 24).u32()?;
    let start = pages(Reader::at(head, 2096).u32()?, page);
    let whole = |name: &str| Ramdisk { name: name.to_string(), at: start, size: u64::from(size) };
    if version < 4 {
        return Ok(Some(vec![whole("ramdisk")]));
    }
    let device_tree = Reader::at(head, 2100).u32()?;
    let count = Reader::at(head, 2116).u32()?.min(MOST_RAMDISKS);
    let length = u64::from(Reader::at(head, 2120).u32()?);
    let table = start.saturating_add(pages(size, page)).saturating_add(pages(device_tree, page));
    let mut ramdisks = Vec::new();
    for index in 0..count {
        let mut row = [0; 44];
        let at = table.saturating_add(length.saturating_mul(u64::from(index)));
        if length < row.len() as u64 || blob.source.read_at(at, &mut row).is_err() {
            let detail = format!("row {index} of the table of ramdisks is cut");
            cx.problems.report(
                &blob.locus,
                "boot/cut",
                detail,
                "the ramdisks were read as one, or some are missing",
            );
            break;
        }
        let mut reader = Reader::new(&row);
        let (size, offset) = (reader.u32()?, reader.u32()?);
        reader.skip(4)?; // its kind: none, platform, recovery, modules
        let name: [u8; 32] = reader.array()?;
        let name: Vec<u8> = name.into_iter().take_while(|&byte| byte != 0).collect();
        let name = match name.as_slice() {
            [] => "ramdisk".to_string(),
            name => format!("ramdisk-{}", String::from_utf8_lossy(name)),
        };
        let name = if index == 0 || ramdisks.iter().all(|one: &Ramdisk| one.name != name) {
            name
        } else {
            format!("{name}-{index}")
        };
        ramdisks.push(Ramdisk { name, at: start.saturating_add(u64::from(offset)), size: u64::from(size) });
    }
    Ok(Some(if ramdisks.is_empty() { vec![whole("ramdisk")] } else { ramdisks }))
}
