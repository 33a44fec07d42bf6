//! The archive as its users see it.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::Crc;
use foldhash::fast::RandomState;
use overt_base::{Cx, Locus, View};

use super::directory::{self, Directory, LOCAL_BYTES};
use super::inflate::{inflate, inflate_head};
use super::{DEFLATED, NAME, STORED};
use crate::{NotThis, ReadError};

/// What the central directory says about one file.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The name as it stands there: it may be absolute, hold `..` or end in `/`, and is never a path on the host.
    /// Bytes that are not UTF-8 are replaced.
    pub name: String,
    /// Compression method; Android takes everything but [`DEFLATED`] for stored.
    pub method: u16,
    /// General purpose flags (4.4.4), which Android does not look at.
    pub flags: u16,
    /// Bytes in the archive.
    pub compressed_size: u64,
    /// Bytes when unfolded, as declared.
    pub size: u64,
    /// CRC-32 of the unfolded bytes, as declared.
    pub crc32: u32,
    /// Offset of the local header in the archive's view.
    pub local_header: u64,
    /// File type and permissions where the archive was made on a Unix system.
    pub unix_mode: Option<u16>,
    /// Where the name's bytes lie in the archive's view.
    pub(super) raw_name: Range<usize>,
}

impl Entry {
    /// Whether the name stands for a directory (4.3.9.4: it ends in a slash).
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.name.ends_with('/')
    }
}

/// A ZIP archive over bytes that are never copied.
pub struct Archive {
    view: View,
    locus: Locus,
    directory: Directory,
    entries: Vec<Entry>,
    by_name: HashMap<String, u32, RandomState>,
    unfolded: AtomicU64,
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Archive({}, {} entries)", self.locus, self.entries.len())
    }
}

impl Archive {
    /// Reads the central directory. Whatever Android would stumble over or overlook in it is reported as a problem
    /// at `locus`.
    ///
    /// # Errors
    /// [`NotThis`] when no end record leads to a central directory.
    pub fn open(view: View, locus: &Locus, cx: &Cx<'_>) -> Result<Archive, NotThis> {
        let directory = directory::find(&view)?;
        let entries = directory::entries(&view, &directory, locus, cx);
        if entries.is_empty() && directory.count > 0 {
            let at = directory.start as u64;
            return Err(NotThis { format: NAME, at, why: "no readable entry in the central directory" });
        }
        let mut archive = Archive {
            view,
            locus: locus.clone(),
            directory,
            entries,
            by_name: HashMap::default(),
            unfolded: AtomicU64::new(0),
        };
        archive.index(cx);
        archive.report_oddities(cx);
        Ok(archive)
    }

    /// All entries in the directory's order, directories and duplicates included.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry called `name`. Of several, the first: it is what Android's native reader took before it began to
    /// refuse such archives, and what the runtime therefore ran.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Entry> {
        let index = *self.by_name.get(name)?;
        self.entries.get(usize::try_from(index).ok()?)
    }

    /// The whole archive.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Where the archive lies.
    #[must_use]
    pub fn locus(&self) -> &Locus {
        &self.locus
    }

    /// Offset of the central directory in [`Archive::view`]. An APK signing block ends right before it.
    #[must_use]
    pub fn central_directory_offset(&self) -> u64 {
        self.directory.start as u64
    }

    /// Offset of the end record in [`Archive::view`].
    #[must_use]
    pub fn end_record_offset(&self) -> u64 {
        self.directory.end_record as u64
    }

    /// Bytes of junk before the archive proper.
    #[must_use]
    pub fn prefix(&self) -> u64 {
        self.directory.prefix as u64
    }

    /// Where the entry's (compressed) bytes begin in [`Archive::view`], by the local header as Android computes it.
    ///
    /// # Errors
    /// When there is no local header, or the bytes lie behind the archive's end.
    pub fn data_range(&self, entry: &Entry) -> Result<Range<u64>, ReadError> {
        let (ranges, _) = self.candidates(entry)?;
        let first = ranges.into_iter().next().ok_or_else(|| self.cut(entry))?;
        Ok(first.start as u64..first.end as u64)
    }

    /// The unfolded bytes of `entry`: a slice of the archive when stored, else a new buffer.
    ///
    /// The CRC of inflated bytes is checked, that of stored ones only when the headers contradict each other (Android
    /// maps them unchecked). A wrong CRC or size is a problem, and the bytes are given all the same.
    ///
    /// # Errors
    /// When the bytes lie behind the end, do not inflate, or exceed a limit.
    pub fn read(&self, entry: &Entry, cx: &Cx<'_>) -> Result<View, ReadError> {
        let (ranges, agreeing) = self.candidates(entry)?;
        let mut first_result = None;
        for range in ranges {
            let result = self.unfold(entry, range, agreeing, cx);
            match result {
                Ok((view, true)) => {
                    self.report_deviation(entry, &view, true, first_result.is_some(), cx);
                    return Ok(view);
                }
                other => {
                    // A readable but unchecked first candidate beats an unreadable one.
                    let better = matches!((&first_result, &other), (None, _) | (Some(Err(_)), Ok(_)));
                    if better {
                        first_result = Some(other);
                    }
                }
            }
        }
        let (view, _) = first_result.unwrap_or_else(|| Err(self.cut(entry)))?;
        self.report_deviation(entry, &view, false, false, cx);
        Ok(view)
    }

    /// [`Archive::find`] and [`Archive::read`] in one.
    ///
    /// # Errors
    /// As [`Archive::read`].
    pub fn read_named(&self, name: &str, cx: &Cx<'_>) -> Option<Result<View, ReadError>> {
        self.find(name).map(|entry| self.read(entry, cx))
    }

    /// The first bytes of `entry`, at most `most`, without unfolding the rest and without checking anything; as many
    /// as can be had.
    #[must_use]
    pub fn head(&self, entry: &Entry, most: usize) -> Vec<u8> {
        let Ok((ranges, _)) = self.candidates(entry) else { return Vec::new() };
        let raw = ranges.into_iter().next().and_then(|range| self.view.get(range)).unwrap_or(&[]);
        match entry.method {
            DEFLATED => inflate_head(raw, most),
            _ => raw.get(..most).unwrap_or(raw).to_vec(),
        }
    }

    fn index(&mut self, cx: &Cx<'_>) {
        let mut by_name: HashMap<String, u32, RandomState> = HashMap::default();
        by_name.reserve(self.entries.len());
        for (index, entry) in self.entries.iter().enumerate() {
            let Ok(index) = u32::try_from(index) else { break };
            match by_name.entry(entry.name.clone()) {
                Slot::Vacant(vacant) => {
                    vacant.insert(index);
                }
                Slot::Occupied(first) => {
                    let detail = format!("{:?} is entry {} and again entry {index}", entry.name, first.get());
                    let consequence = "the first was used; current Android refuses such an archive";
                    cx.problems.report(&self.locus, "zip/duplicate-entry", detail, consequence);
                }
            }
        }
        self.by_name = by_name;
    }

    fn report_oddities(&self, cx: &Cx<'_>) {
        let report = |code, detail: String, consequence: &str| {
            cx.problems.report(&self.locus, code, detail, consequence);
        };
        if self.directory.prefix > 0 {
            let detail = format!("{} bytes stand before the archive", self.directory.prefix);
            report(
                "zip/junk-prefix",
                detail,
                "all offsets were shifted by them; Android refuses such an archive",
            );
        }
        if self.directory.trailing > 0 {
            let detail = format!("{} bytes stand behind the end record", self.directory.trailing);
            report("zip/trailing-bytes", detail, "they were ignored");
        }
        let total = self.entries.iter().fold(0u64, |sum, entry| sum.saturating_add(entry.compressed_size));
        if total > self.view.len() as u64 {
            let detail = format!("the entries claim {total} bytes of an archive of {}", self.view.len());
            report("zip/overlapping-entries", detail, "each was read by itself, within the limits");
        }
        let names = |wanted: &dyn Fn(&Entry) -> bool| {
            let mut matching = self.entries.iter().filter(|entry| wanted(entry));
            matching.next().map(|first| (first, matching.count().saturating_add(1)))
        };
        if let Some((first, count)) = names(&|entry| entry.flags & 1 != 0) {
            let detail = format!("{count} entries have the encryption flag, the first is {:?}", first.name);
            report("zip/encryption-flag", detail, "the flag was ignored, as Android ignores it");
        }
        if let Some((first, count)) = names(&|entry| !matches!(entry.method, STORED | DEFLATED)) {
            let detail = format!(
                "{count} entries have a method that Android does not know, the first is {:?} with {:#06x}",
                first.name, first.method
            );
            report(
                "zip/unknown-method",
                detail,
                "each was read as stored or deflated, whichever fits its CRC",
            );
        }
        if let Some((first, count)) = names(&|entry| leaves_the_tree(&entry.name)) {
            let detail = format!("{count} names are absolute or hold \"..\", the first is {:?}", first.name);
            report("zip/unsafe-name", detail, "they were kept as names and never used as paths");
        }
        if let Some((first, count)) = names(&|entry| {
            self.view.get(entry.raw_name.clone()).is_some_and(|raw| raw != entry.name.as_bytes())
        }) {
            let detail = format!("{count} names are not UTF-8, the first is {:?}", first.name);
            report(
                "zip/name-not-utf8",
                detail,
                "the bytes that are none were replaced; Android refuses such an archive",
            );
        }
    }

    /// Where the entry's bytes may lie, best guess first, and whether the two headers agree about the name.
    fn candidates(&self, entry: &Entry) -> Result<(Vec<Range<usize>>, bool), ReadError> {
        let at = entry.local_header;
        let start = usize::try_from(at).map_err(|_| self.cut(entry))?;
        let header = directory::local_header(&self.view, start).map_err(|_| self.cut(entry))?;
        let Some(header) = header else {
            return Err(ReadError::malformed(at, format!("no local header for {:?}", entry.name)));
        };
        let name = self.view.get(entry.raw_name.clone()).unwrap_or(&[]);
        let agreeing = header.name == Some(name);
        // Android: the local header's own lengths. When these are made up, the bytes begin behind the true name.
        let mut lengths = vec![(header.name_length, header.extra_length)];
        if !agreeing {
            lengths.extend([(name.len(), header.extra_length), (name.len(), 0)]);
        }
        // Android reads as many stored bytes as the unfolded size says.
        let wanted = if entry.method == STORED { entry.size } else { entry.compressed_size };
        let range = |(name_length, extra_length): (usize, usize)| {
            let start =
                start.checked_add(LOCAL_BYTES)?.checked_add(name_length)?.checked_add(extra_length)?;
            let end = start.checked_add(usize::try_from(wanted).ok()?)?;
            (end <= self.view.len()).then_some(start..end)
        };
        Ok((lengths.into_iter().filter_map(range).collect(), agreeing))
    }

    /// The bytes at `range`, and whether they are known to be the right ones.
    fn unfold(
        &self,
        entry: &Entry,
        range: Range<usize>,
        agreeing: bool,
        cx: &Cx<'_>,
    ) -> Result<(View, bool), ReadError> {
        let raw = self.view.slice(range.clone()).ok_or_else(|| self.cut(entry))?;
        let is_right = |bytes: &[u8]| bytes.len() as u64 == entry.size && crc(bytes) == entry.crc32;
        match entry.method {
            STORED => {
                let right = agreeing && entry.size == entry.compressed_size || is_right(&raw);
                Ok((raw, right))
            }
            DEFLATED => {
                let view = self.inflated(&raw, range.start, entry, cx)?;
                let right = is_right(&view);
                Ok((view, right))
            }
            _ => {
                // Android takes an unknown method for stored and reads the unfolded size; installers that inflate
                // instead exist, so the CRC decides, and where it does not, whether the bytes inflate at all.
                let end = usize::try_from(entry.size).ok().and_then(|size| range.start.checked_add(size));
                let stored = end.and_then(|end| self.view.slice(range.start..end));
                if let Some(stored) = stored.as_ref().filter(|stored| is_right(stored)) {
                    return Ok((stored.clone(), true));
                }
                match self.inflated(&raw, range.start, entry, cx) {
                    Ok(view) => {
                        let right = is_right(&view);
                        Ok((view, right))
                    }
                    Err(ReadError::Malformed { .. }) if stored.is_some() => {
                        stored.map(|stored| (stored, false)).ok_or_else(|| self.cut(entry))
                    }
                    Err(error) => Err(error),
                }
            }
        }
    }

    fn inflated(&self, raw: &[u8], at: usize, entry: &Entry, cx: &Cx<'_>) -> Result<View, ReadError> {
        let limits = cx.limits;
        let by_ratio = (raw.len() as u64).saturating_mul(limits.unfold_ratio).max(1 << 20);
        let left = limits.unfolded_archive_bytes.saturating_sub(self.unfolded.load(Ordering::Relaxed));
        let tightest = [
            ("unfolded_file_bytes", limits.unfolded_file_bytes, limits.unfolded_file_bytes),
            ("unfold_ratio", by_ratio, limits.unfold_ratio),
            ("unfolded_archive_bytes", left, limits.unfolded_archive_bytes),
        ]
        .into_iter()
        .min_by_key(|(_, bytes, _)| *bytes);
        let Some((limit, bytes, value)) = tightest else { return Err(self.cut(entry)) };
        let (out, _) = inflate(raw, entry.size, (limit, bytes)).map_err(|error| match error {
            ReadError::Malformed { at: inner, what } => {
                ReadError::Malformed { at: inner.saturating_add(at as u64), what }
            }
            ReadError::TooLarge { limit, .. } => ReadError::TooLarge { limit, allowed: value },
            other => other,
        })?;
        self.unfolded.fetch_add(out.len() as u64, Ordering::Relaxed);
        Ok(View::from_vec(out))
    }

    fn report_deviation(&self, entry: &Entry, view: &View, right: bool, moved: bool, cx: &Cx<'_>) {
        let locus = || self.locus.child(&entry.name);
        if !right {
            let code = if view.len() as u64 == entry.size { "zip/crc-mismatch" } else { "zip/size-mismatch" };
            let detail = format!(
                "{} bytes with CRC {:08x}; the directory says {} bytes with CRC {:08x}",
                view.len(),
                crc(view),
                entry.size,
                entry.crc32
            );
            cx.problems.report(&locus(), code, detail, "the bytes were used as they are");
        }
        if moved {
            let detail = format!("the local header at {:#x} has wrong lengths", entry.local_header);
            cx.problems.report(
                &locus(),
                "zip/local-header-lengths",
                detail,
                "the bytes were found by their CRC",
            );
        }
    }

    fn cut(&self, entry: &Entry) -> ReadError {
        ReadError::Cut { at: entry.local_header, wanted: entry.compressed_size, have: self.view.len() as u64 }
    }
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Whether a name, used as a path, could lead out of the directory it is unpacked into.
fn leaves_the_tree(name: &str) -> bool {
    name.starts_with(['/', '\\']) || name.split(['/', '\\']).any(|part| part == "..")
}
