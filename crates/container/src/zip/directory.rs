//! The end record and the central directory (4.3.12 to 4.3.16).

use overt_base::{Cx, Locus, Reader, Short};

use super::{Entry, NAME};
use crate::NotThis;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const END_64_LOCATOR: u32 = 0x0706_4b50;
/// An end record without its comment.
const END_BYTES: usize = 22;
/// A central directory entry without name, extra field and comment.
const CENTRAL_BYTES: usize = 46;

/// Where the directory lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Directory {
    /// Offset of its first entry.
    pub(super) start: usize,
    /// Offset behind the last byte that may belong to it.
    pub(super) end: usize,
    /// How many entries the end record promises.
    pub(super) count: u64,
    /// Whether `count` may have lost its upper bits: no zip64 record and the field is saturated.
    pub(super) count_wraps: bool,
    /// Offset of the end record.
    pub(super) end_record: usize,
    /// Bytes before the archive proper: all offsets are relative to them.
    pub(super) prefix: usize,
    /// Bytes behind the end record and its comment.
    pub(super) trailing: usize,
}

/// Finds the end record that Android would use: the last one in the file that leads to a directory.
pub(super) fn find(bytes: &[u8]) -> Result<Directory, NotThis> {
    let not = |at: usize, why| NotThis { format: NAME, at: at as u64, why };
    let Some(last) = bytes.len().checked_sub(END_BYTES) else {
        return Err(not(0, "shorter than an end record"));
    };
    // A comment has at most 65535 bytes (4.4.12). What lies further back is only looked at when the file begins like
    // an archive, so that a large foreign file costs nothing.
    let near = last.saturating_sub(0xffff);
    let begins_like_one = Reader::new(bytes).u32() == Ok(LOCAL);
    let floor = if begins_like_one { 0 } else { near };
    let signature = END.to_le_bytes();
    let mut inexact = None;
    let mut end = last.saturating_add(4);
    while let Some(window) = bytes.get(floor..end) {
        let Some(at) = rfind(window, &signature).and_then(|at| at.checked_add(floor)) else { break };
        if let Ok(Some(directory)) = directory_at(bytes, at) {
            if directory.trailing == 0 {
                return Ok(directory);
            }
            // In the middle of anything else, it is the end of some archive that lies in there.
            if begins_like_one {
                inexact.get_or_insert(directory);
            }
        }
        // The next signature to the left may share no byte with this one.
        end = at;
    }
    inexact.ok_or_else(|| not(floor, "no end record that leads to a central directory"))
}

fn rfind(haystack: &[u8], needle: &[u8; 4]) -> Option<usize> {
    haystack.windows(4).rposition(|window| window == needle)
}

/// The directory that the end record at `at` leads to, or `None` when it leads nowhere.
fn directory_at(bytes: &[u8], at: usize) -> Result<Option<Directory>, Short> {
    let mut reader = Reader::at(bytes, at);
    reader.skip(10)?; // signature, this disk, disk of the directory, entries on this disk
    let short_count = reader.u16()?;
    let mut size = u64::from(reader.u32()?);
    let mut offset = u64::from(reader.u32()?);
    let comment = usize::from(reader.u16()?);
    let behind = reader.position().saturating_add(comment);
    let trailing = bytes.len().saturating_sub(behind);
    let mut count = u64::from(short_count);
    let mut count_wraps = short_count == u16::MAX;
    let mut limit = at;
    if (short_count == u16::MAX || size == u64::from(u32::MAX) || offset == u64::from(u32::MAX))
        && let Some((record, wide)) = end_64(bytes, at)
    {
        (count, size, offset) = wide;
        count_wraps = false;
        limit = record;
    }
    let is_directory = |start: usize| Reader::at(bytes, start).u32() == Ok(CENTRAL);
    let found = |start: usize, prefix: usize| Directory {
        start,
        end: limit,
        count,
        count_wraps,
        end_record: at,
        prefix,
        trailing,
    };
    let stated = usize::try_from(offset).ok().filter(|&start| start <= limit);
    if let Some(start) = stated
        && (is_directory(start) || (count == 0 && size == 0))
    {
        return Ok(Some(found(start, 0)));
    }
    // Something was put before the archive: the directory still ends where the end record begins.
    let by_size = usize::try_from(size).ok().and_then(|size| limit.checked_sub(size));
    if let (Some(start), Some(stated)) = (by_size, stated)
        && let Some(prefix) = start.checked_sub(stated).filter(|_| is_directory(start))
    {
        return Ok(Some(found(start, prefix)));
    }
    Ok(None)
}

/// The zip64 end record (4.3.14) that belongs to the end record at `end`: its offset, and count, size and offset of
/// the directory.
fn end_64(bytes: &[u8], end: usize) -> Option<(usize, (u64, u64, u64))> {
    let locator = end.checked_sub(20)?;
    let mut reader = Reader::at(bytes, locator);
    if reader.u32() != Ok(END_64_LOCATOR) {
        return None;
    }
    reader.skip(4).ok()?;
    let stated = usize::try_from(reader.u64().ok()?).ok();
    // Behind a junk prefix the stated offset is wrong, but the record stands right before its locator.
    let adjacent = locator.checked_sub(56);
    for at in [stated, adjacent].into_iter().flatten().filter(|&at| at < locator) {
        let mut reader = Reader::at(bytes, at);
        if reader.u32() != Ok(END_64) {
            continue;
        }
        // size of the record, versions, disk numbers, entries on this disk
        reader.skip(8 + 2 + 2 + 4 + 4 + 8).ok()?;
        let wide = (reader.u64().ok()?, reader.u64().ok()?, reader.u64().ok()?);
        return Some((at, wide));
    }
    None
}

/// All entries of `directory`, in its order.
pub(super) fn entries(bytes: &[u8], directory: &Directory, locus: &Locus, cx: &Cx<'_>) -> Vec<Entry> {
    let room = directory.end.saturating_sub(directory.start) / CENTRAL_BYTES;
    let expected = usize::try_from(directory.count).unwrap_or(usize::MAX).min(room);
    let mut entries = Vec::with_capacity(expected.min(cx.limits.files));
    // Entries end where the directory's room ends, whatever their lengths say.
    let bytes = bytes.get(..directory.end).unwrap_or(bytes);
    let mut reader = Reader::at(bytes, directory.start);
    while (entries.len() as u64) < directory.count || directory.count_wraps {
        if entries.len() >= cx.limits.files {
            let detail = format!("{} entries and more", entries.len());
            cx.problems.report(
                locus,
                "zip/too-many-entries",
                detail,
                "the entries behind the limit were not read",
            );
            return entries;
        }
        let at = reader.position();
        match entry(&mut reader, directory.prefix) {
            Ok(Some(entry)) => entries.push(entry),
            Ok(None) | Err(_) => {
                // A count that wrapped at 65536 is only a lower bound, and the directory's end ends the list.
                if !directory.count_wraps || (entries.len() as u64) < directory.count {
                    let (read, count) = (entries.len(), directory.count);
                    let detail =
                        format!("entry {read} of {count} at offset {at:#x} is cut or has no signature");
                    let consequence =
                        "the entries from there on were not read; Android refuses such an archive";
                    cx.problems.report(locus, "zip/directory-cut", detail, consequence);
                }
                return entries;
            }
        }
    }
    let at = reader.position();
    if reader.u32() == Ok(CENTRAL) {
        let detail =
            format!("another entry follows at offset {at:#x} behind the promised {}", directory.count);
        let consequence = "entries behind the promised number were not read, as Android does not read them";
        cx.problems.report(locus, "zip/hidden-entries", detail, consequence);
    }
    entries
}

/// One central directory entry (4.3.12), or `None` when there is no signature.
fn entry(reader: &mut Reader<'_>, prefix: usize) -> Result<Option<Entry>, Short> {
    if reader.u32()? != CENTRAL {
        return Ok(None);
    }
    let made_by = reader.u16()?;
    reader.skip(2)?; // version needed
    let flags = reader.u16()?;
    let method = reader.u16()?;
    reader.skip(4)?; // time and date
    let crc32 = reader.u32()?;
    let mut compressed_size = u64::from(reader.u32()?);
    let mut size = u64::from(reader.u32()?);
    let name_length = usize::from(reader.u16()?);
    let extra_length = usize::from(reader.u16()?);
    let comment_length = usize::from(reader.u16()?);
    reader.skip(2 + 2)?; // disk, internal attributes
    let external = reader.u32()?;
    let mut local_header = u64::from(reader.u32()?);
    let name_at = reader.position();
    let raw_name = reader.bytes(name_length)?;
    let extra = reader.bytes(extra_length)?;
    reader.skip(comment_length)?;
    wide_fields(extra, [&mut size, &mut compressed_size, &mut local_header]);
    let name = String::from_utf8_lossy(raw_name).into_owned();
    Ok(Some(Entry {
        name,
        method,
        flags,
        compressed_size,
        size,
        crc32,
        local_header: local_header.saturating_add(prefix as u64),
        // The upper byte names the system; 3 is Unix, whose mode is in the upper half (4.4.2, 4.4.15).
        unix_mode: (made_by >> 8 == 3).then_some((external >> 16) as u16).filter(|&mode| mode != 0),
        raw_name: name_at..name_at.saturating_add(name_length),
    }))
}

/// Replaces saturated fields by those of the zip64 extra field (4.5.3), which has only the saturated ones, in order.
fn wide_fields(extra: &[u8], fields: [&mut u64; 3]) {
    let mut reader = Reader::new(extra);
    while let (Ok(tag), Ok(length)) = (reader.u16(), reader.u16()) {
        let Ok(body) = reader.bytes(usize::from(length)) else { return };
        if tag == 1 {
            let mut body = Reader::new(body);
            for field in fields.into_iter().filter(|field| **field == u64::from(u32::MAX)) {
                let Ok(wide) = body.u64() else { return };
                *field = wide;
            }
            return;
        }
    }
}

/// What a local header (4.3.7) says about its own length.
pub(super) struct LocalHeader<'a> {
    pub(super) name: Option<&'a [u8]>,
    pub(super) name_length: usize,
    pub(super) extra_length: usize,
}

/// Length of a local header without name and extra field.
pub(super) const LOCAL_BYTES: usize = 30;

pub(super) fn local_header(bytes: &[u8], at: usize) -> Result<Option<LocalHeader<'_>>, Short> {
    let mut reader = Reader::at(bytes, at);
    if reader.u32()? != LOCAL {
        return Ok(None);
    }
    // Version, flags, method, time and date, CRC and sizes: for these the central directory is the truth.
    reader.skip(2 + 2 + 2 + 4 + 4 + 4 + 4)?;
    let name_length = usize::from(reader.u16()?);
    let extra_length = usize::from(reader.u16()?);
    let name = reader.bytes(name_length).ok();
    Ok(Some(LocalHeader { name, name_length, extra_length }))
}
