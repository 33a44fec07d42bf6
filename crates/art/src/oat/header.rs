//! The header of an OAT file (`class OatHeader` in `runtime/oat.h`).

use overt_base::{Reader, View};
use overt_dex::Bad;

use super::{NotOat, bad};
use crate::vdex::decimal;

/// The releases whose OAT files differ in what matters here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Release {
    /// Android 5.0 (039) and 5.1 (045).
    Lollipop,
    /// Android 6.0 (064).
    Marshmallow,
    /// Android 7.0 (079) and 7.1 (088).
    Nougat,
}

impl Release {
    /// The release whose runtime wrote this version of the format, or why it is not read.
    pub(super) fn of(version: u32) -> Result<Release, &'static str> {
        match version {
            0..39 => Err("OAT of a release before Android 5.0, not read"),
            39..60 => Ok(Release::Lollipop),
            60..72 => Ok(Release::Marshmallow),
            72..114 => Ok(Release::Nougat),
            _ => Err("OAT of Android 8.0 or later, whose code is in a VDEX file, not read yet"),
        }
    }
}

/// Words before the key-value store's size: `magic` to `image_file_location_oat_data_begin`. Android 5.0 has three more
/// offsets for trampolines of a compiler that never shipped; which 5.x builds dropped them is told by trying.
const WORDS: usize = 17;
const WORDS_WITH_PORTABLE: usize = 20;

pub(super) struct Header {
    pub(super) version: u32,
    pub(super) release: Release,
    pub(super) instruction_set: u32,
    pub(super) dex_file_count: u32,
    pub(super) store: Vec<(String, String)>,
    pub(super) problems: Vec<Bad>,
}

pub(super) fn word_at(bytes: &[u8], at: usize) -> Option<u32> {
    Reader::at(bytes, at).u32().ok()
}

/// Reads the header; besides it, where the list of DEX files starts. `start` is where `data` lies in the file.
pub(super) fn read(data: &View, start: usize) -> Result<(Header, usize), NotOat> {
    let not = |at: usize, why, version| NotOat { at: start.saturating_add(at), why, version };
    let mut reader = Reader::new(data);
    if reader.array::<4>() != Ok(*b"oat\n") {
        return Err(not(0, "oatdata without the OAT magic number", None));
    }
    let version =
        reader.array().ok().and_then(decimal).ok_or(not(4, "OAT version that is no number", None))?;
    let release = Release::of(version).map_err(|why| not(4, why, Some(version)))?;
    let word = |index: usize| {
        word_at(data, index.saturating_mul(4)).ok_or(not(
            index.saturating_mul(4),
            "OAT header cut short",
            None,
        ))
    };
    let instruction_set = word(3)?;
    let dex_file_count = word(5)?;

    let layouts = match release {
        Release::Lollipop => [WORDS_WITH_PORTABLE, WORDS],
        Release::Marshmallow | Release::Nougat => [WORDS, WORDS_WITH_PORTABLE],
    };
    let read = |words: usize| {
        let size = word(words).ok()? as usize;
        let at = words.saturating_mul(4).saturating_add(4);
        let store = key_values(Reader::at(data, at).bytes(size).ok()?)?;
        Some((store, at.saturating_add(size)))
    };
    // An empty store may be zeros of the other layout.
    let found: Vec<_> = layouts.into_iter().filter_map(read).collect();
    let found = found.iter().find(|(store, _)| !store.is_empty()).or(found.first()).cloned();
    let mut problems = Vec::new();
    let (store, dex_list) = match found {
        Some(found) => found,
        None => {
            let [words, _] = layouts;
            problems.push(bad(words.saturating_mul(4), "key-value store cannot be read"));
            let size = word(words)? as usize;
            (Vec::new(), words.saturating_mul(4).saturating_add(4).saturating_add(size))
        }
    };
    Ok((Header { version, release, instruction_set, dex_file_count, store, problems }, dex_list))
}

/// Keys and values, each ended by a NUL; `None` when the bytes are something else.
fn key_values(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    let mut parts = bytes
        .strip_suffix(&[0])
        .map_or_else(Default::default, |rest| rest.split(|b| *b == 0).collect::<Vec<_>>())
        .into_iter();
    if bytes.is_empty() {
        return Some(pairs);
    }
    while let Some(key) = parts.next() {
        let value = parts.next()?;
        let sound = key.iter().all(u8::is_ascii_graphic) && !key.is_empty();
        if !sound {
            return None;
        }
        pairs.push((String::from_utf8_lossy(key).into_owned(), String::from_utf8_lossy(value).into_owned()));
    }
    (!pairs.is_empty()).then_some(pairs)
}
