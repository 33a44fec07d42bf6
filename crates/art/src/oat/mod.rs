//! OAT files of Android 5.0 to 7.1: an ELF shared object whose symbol `oatdata` names a header, a list of DEX files and the
//! DEX files themselves (`runtime/oat.h`, `runtime/oat_file.cc` of the release).

mod header;
mod methods;

use std::fmt;

use object::{Object as _, ObjectSegment as _, ObjectSymbol as _};
use overt_base::{Reader, View};
use overt_dex::{Bad, DexFile, NotDex};

pub use header::Release;
pub use methods::QuickeningTable;

/// More DEX files than any application has.
const DEX_FILES: u32 = 1024;

/// These bytes are no OAT file that this crate reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotOat {
    /// Byte offset of what gave it away.
    pub at: usize,
    /// Why, in plain words.
    pub why: &'static str,
    /// The OAT version, where the file is an OAT of a version that is not read.
    pub version: Option<u32>,
}

impl fmt::Display for NotOat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            Some(version) => write!(f, "{} (OAT version {version:03})", self.why),
            None => write!(f, "{} (at {:#x})", self.why, self.at),
        }
    }
}

impl std::error::Error for NotOat {}

/// An OAT file: header and list of DEX files read.
#[derive(Clone, Debug)]
pub struct OatFile {
    /// From `oatdata` to the end of the file.
    data: View,
    version: u32,
    release: Release,
    instruction_set: u32,
    store: Vec<(String, String)>,
    dex_files: Vec<OatDex>,
    problems: Vec<Bad>,
}

/// One DEX file in an OAT.
#[derive(Clone, Debug)]
pub struct OatDex {
    /// Where the DEX came from on the device: `/system/app/X/X.apk`, for later files of an APK with `:classes2.dex`.
    pub location: String,
    /// CRC-32 of the original `classes.dex`, as the archive states it.
    pub checksum: u32,
    /// The file itself. Its own checksum does not match: dex2oat changed instructions in place.
    pub dex: Result<DexFile, NotDex>,
    /// Offset of the DEX from `oatdata`.
    pub offset: u32,
    /// Offset from `oatdata` of the table of offsets of the classes' compiled methods.
    class_offsets: usize,
}

impl OatFile {
    /// Opens an OAT file.
    ///
    /// # Errors
    /// [`NotOat`] when these bytes are no ELF with an OAT of Android 5.0 to 7.1 in it.
    pub fn parse(view: View) -> Result<OatFile, NotOat> {
        let start = oat_data(&view)?;
        let data = view.slice(start..view.len()).ok_or(NotOat {
            at: start,
            why: "oatdata lies outside the file",
            version: None,
        })?;
        let (header, mut at) = header::read(&data, start)?;
        let mut problems = header.problems;
        let mut dex_files = Vec::new();
        if header.dex_file_count > DEX_FILES {
            problems.push(bad(0, "more DEX files than any application has; the first 1024 are read"));
        }
        for _ in 0..header.dex_file_count.min(DEX_FILES) {
            match read_dex(&data, &mut at, header.release) {
                Ok(dex) => dex_files.push(dex),
                Err(wrong) => {
                    problems.push(wrong);
                    break;
                }
            }
        }
        Ok(OatFile {
            data,
            version: header.version,
            release: header.release,
            instruction_set: header.instruction_set,
            store: header.store,
            dex_files,
            problems,
        })
    }

    /// The OAT version, such as 64.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The Android release whose runtime has this version.
    #[must_use]
    pub fn release(&self) -> Release {
        self.release
    }

    /// What the compiled code runs on: `arm`, `arm64`, `thumb2`, `x86`, `x86_64`, `mips`, `mips64` or `unknown`.
    #[must_use]
    pub fn instruction_set(&self) -> &'static str {
        match self.instruction_set {
            1 => "arm",
            2 => "arm64",
            3 => "thumb2",
            4 => "x86",
            5 => "x86_64",
            6 => "mips",
            7 => "mips64",
            _ => "unknown",
        }
    }

    /// Keys and values that dex2oat stored, such as `dex2oat-cmdline`.
    #[must_use]
    pub fn key_value_store(&self) -> &[(String, String)] {
        &self.store
    }

    /// The DEX files inside, in order.
    #[must_use]
    pub fn dex_files(&self) -> &[OatDex] {
        &self.dex_files
    }

    /// What is wrong with the header or the list of DEX files. Offsets count from `oatdata`.
    #[must_use]
    pub fn problems(&self) -> &[Bad] {
        &self.problems
    }

    /// The original indices of the quickened instructions of `dex`, which dex2oat of Android 7 keeps in the file.
    /// Empty for earlier releases, which keep nothing.
    #[must_use]
    pub fn quickening_table(&self, dex: &OatDex) -> QuickeningTable {
        match (&dex.dex, self.release) {
            (Ok(file), Release::Nougat) => methods::quickening_table(&self.data, dex.class_offsets, file),
            _ => QuickeningTable::default(),
        }
    }
}

fn bad(at: usize, what: &'static str) -> Bad {
    Bad { at: u32::try_from(at).unwrap_or(u32::MAX), what }
}

/// Finds `oatdata` in the file.
fn oat_data(view: &View) -> Result<usize, NotOat> {
    let not = |why| NotOat { at: 0, why, version: None };
    if !view.starts_with(b"\x7fELF") {
        return Err(not("no ELF file"));
    }
    let elf = object::File::parse(view.as_slice()).map_err(|_| not("ELF header or tables cannot be read"))?;
    let symbol = elf
        .dynamic_symbols()
        .find(|symbol| symbol.name_bytes() == Ok(b"oatdata"))
        .ok_or(not("ELF without the symbol oatdata"))?;
    let address = symbol.address();
    elf.segments()
        .find_map(|segment| {
            let inside = address.checked_sub(segment.address())?;
            let (start, size) = segment.file_range();
            (inside < size).then(|| start.checked_add(inside)).flatten()
        })
        .and_then(|at| usize::try_from(at).ok())
        .ok_or(not("oatdata lies in no segment of the file"))
}

/// One entry of the list of DEX files; `at` moves behind it.
fn read_dex(data: &View, at: &mut usize, release: Release) -> Result<OatDex, Bad> {
    let mut reader = Reader::at(data, *at);
    let short = |_| bad(*at, "list of DEX files runs over the end");
    let length = reader.u32().map_err(short)?;
    let location = String::from_utf8_lossy(reader.bytes(length as usize).map_err(short)?).into_owned();
    let checksum = reader.u32().map_err(short)?;
    let offset = reader.u32().map_err(short)?;
    let dex = dex_at(data, offset as usize);
    let class_offsets = match release {
        // The offsets stand right here, one for each class of the DEX.
        Release::Lollipop | Release::Marshmallow => {
            let here = reader.position();
            let classes = header::word_at(data, (offset as usize).saturating_add(0x60)).unwrap_or(0);
            reader.seek(here.saturating_add((classes as usize).saturating_mul(4)));
            here
        }
        // Here stand the offset of that table and the offset of a table for looking up classes.
        Release::Nougat => {
            let table = reader.u32().map_err(short)?;
            reader.u32().map_err(short)?;
            table as usize
        }
    };
    *at = reader.position();
    Ok(OatDex { location, checksum, dex, offset, class_offsets })
}

fn dex_at(data: &View, at: usize) -> Result<DexFile, NotDex> {
    let rest = data.len().saturating_sub(at);
    // A size beyond the end is the DEX's problem: what is there is read.
    let stated = header::word_at(data, at.saturating_add(0x20)).map_or(rest, |size| size as usize);
    let end = at.saturating_add(stated.min(rest));
    let view = data.slice(at..end).ok_or(NotDex { at, why: "DEX outside the OAT file" })?;
    DexFile::parse(view)
}
