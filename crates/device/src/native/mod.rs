//! Native code outside packages: executables, libraries, scripts, and what init makes of them.

pub mod elf;

use std::collections::BTreeSet;

use overt_base::{Cx, Digest, Locus};
use overt_record::Native;

use crate::file::File;
use crate::init::Init;
use crate::partition::{self, NativeFolder};

pub use elf::{Elf, ElfType};

/// What a native file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A program.
    Executable,
    /// A shared library.
    Library,
    /// A text with `#!`, or a shell script that init runs.
    Script,
    /// A kernel module.
    Module,
    /// A text of one path: how some dumps keep a symbolic link.
    Link,
    /// None of these.
    Unknown,
}

impl Kind {
    /// The record's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Executable => "executable",
            Kind::Library => "library",
            Kind::Script => "script",
            Kind::Module => "module",
            Kind::Link => "link",
            Kind::Unknown => "unknown",
        }
    }
}

/// The facts of one native file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeFile {
    /// What it is.
    pub kind: Kind,
    /// For ELF files.
    pub elf: Option<Elf>,
    /// For scripts: the interpreter behind `#!`; for links: the target.
    pub target: Option<String>,
}

/// Reads the facts of a native file. Nothing beyond the tables that the dynamic linker uses is touched.
#[must_use]
pub fn read(file: &File<'_>, cx: &Cx<'_>) -> NativeFile {
    if let Some(elf) = elf::read(file.bytes, &file.locus, cx) {
        let kind = kind(&elf, file.path);
        return NativeFile { kind, elf: Some(elf), target: None };
    }
    if let Some(rest) = file.bytes.strip_prefix(b"#!") {
        let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = line.get(..256).unwrap_or(line).trim_ascii();
        let target = Some(String::from_utf8_lossy(line).into_owned());
        return NativeFile { kind: Kind::Script, elf: None, target };
    }
    if let Some(target) = link(file.bytes) {
        return NativeFile { kind: Kind::Link, elf: None, target: Some(target) };
    }
    let kind = if file.path.ends_with(".sh") { Kind::Script } else { Kind::Unknown };
    NativeFile { kind, elf: None, target: None }
}

/// The imported symbols of an ELF file, sorted, each once; none of any other file.
#[must_use]
pub fn imports(bytes: &[u8], locus: &Locus, cx: &Cx<'_>) -> Vec<String> {
    elf::read(bytes, locus, cx).map(|elf| elf.imports).unwrap_or_default()
}

/// A library may have an interpreter and an executable may lack the mark of one, so the name under which it is linked, the file name
/// and the folder decide between the two.
fn kind(elf: &Elf, path: &str) -> Kind {
    match elf.kind {
        ElfType::Executable => Kind::Executable,
        ElfType::Relocatable if path.ends_with(".ko") => Kind::Module,
        ElfType::Relocatable | ElfType::Other => Kind::Unknown,
        ElfType::Shared => {
            let in_bin = partition::native_folder(path) == Some(NativeFolder::Executables);
            if path.ends_with(".so") || elf.soname.is_some() && !in_bin {
                Kind::Library
            } else if in_bin || elf.interpreter.is_some() {
                Kind::Executable
            } else {
                Kind::Library
            }
        }
    }
}

/// A whole text that is one absolute path.
fn link(bytes: &[u8]) -> Option<String> {
    let text = bytes.get(..bytes.len().min(1024)).filter(|head| head.len() == bytes.len())?;
    let text = std::str::from_utf8(text).ok()?.trim_end_matches('\n');
    let path = text.starts_with('/')
        && text.len() > 1
        && text.chars().all(|char| !char.is_control() && !char.is_whitespace());
    path.then(|| text.to_owned())
}

/// The record's entry of one file.
#[must_use]
pub fn record(file: &File<'_>, init: &Init, cx: &Cx<'_>) -> Native {
    let native = read(file, cx);
    let set_id = |mode: u32| mode & 0o6000 != 0;
    Native {
        path: file.path.to_owned(),
        sha256: Some(Digest::of(file.bytes).to_string()),
        kind: native.kind.as_str().to_owned(),
        starts_as: init.user(file.path).map(str::to_owned),
        started_by: init.started_by(file.path),
        imports: native.elf.map(|elf| elf.imports).unwrap_or_default(),
        // A `chmod` of a script takes effect on every boot, whatever the image says.
        setuid: init.mode(file.path).map(|change| set_id(change.mode)).or_else(|| file.mode.map(set_id)),
        code: None,
        named_by: Vec::new(),
    }
}

/// Entries for the executables that init runs at a normal boot and that are not there. `present` says whether a path is there in any form
/// (a symbolic link counts); it is asked for every alias of a path.
#[must_use]
pub fn missing(init: &Init, present: impl Fn(&str) -> bool) -> Vec<Native> {
    let mut out = Vec::new();
    let set_at_boot = init.modes.iter().filter(|change| change.mode & 0o6000 != 0);
    let named: BTreeSet<&str> = init
        .executables()
        .filter(|(_, runs)| runs.iter().any(|run| init.happens(run)))
        .map(|(path, _)| path)
        .chain(set_at_boot.map(|change| change.path.as_str()))
        .collect();
    for path in named {
        if partition::aliases(path).iter().any(|alias| present(alias)) {
            continue;
        }
        out.push(Native {
            path: path.to_owned(),
            sha256: None,
            kind: Kind::Unknown.as_str().to_owned(),
            starts_as: init.user(path).map(str::to_owned),
            started_by: init.started_by(path),
            imports: Vec::new(),
            setuid: init.mode(path).map(|change| change.mode & 0o6000 != 0),
            code: None,
            named_by: Vec::new(),
        });
    }
    out
}

/// Whether a file belongs into the list of natives: it lies in a folder of native code, or init runs it.
#[must_use]
pub fn belongs(path: &str, init: &Init) -> bool {
    partition::native_folder(path).is_some() || !init.runs(path).is_empty()
}

#[cfg(test)]
mod tests;
