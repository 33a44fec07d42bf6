//! Back from evidence to instructions: re-opens the input that a record was made from.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use overt_base::{Cancel, Cx, Digest, Limits, Locus, Problems, View, progress::Silent};
use overt_container::DeviceTree;
use overt_container::zip::Archive;
use overt_dex::DexFile;
use overt_record::Evidence;

use crate::scan::ScanError;

/// One instruction near a piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Offset in code units.
    pub offset: u32,
    /// The instruction.
    pub text: String,
    /// The one that the evidence names.
    pub marked: bool,
}

/// An opened input.
pub struct Inspector {
    pub(crate) tree: DeviceTree,
    pub(crate) limits: Limits,
    /// DEX files already opened, by locus.
    opened: Mutex<BTreeMap<String, Opened>>,
}

#[derive(Clone)]
struct Opened {
    dex: DexFile,
    sha256: String,
}

impl Inspector {
    /// Opens `input` again.
    ///
    /// # Errors
    /// As for a scan.
    pub fn open(input: &Path, limits: &Limits) -> Result<Inspector, ScanError> {
        let problems = Problems::new(limits.problems_per_code);
        let cancel = Cancel::default();
        let cx = Cx { limits, problems: &problems, progress: &Silent, cancel: &cancel };
        let tree =
            overt_container::open(input, &cx).map_err(|error| ScanError::Unreadable(error.reason()))?;
        Ok(Inspector { tree, limits: limits.clone(), opened: Mutex::default() })
    }

    /// The instructions around the place, at most `context` before and after.
    ///
    /// # Errors
    /// In words: the file, the class or the method is not there, or the code is not what was scanned.
    pub fn instructions_around(&self, evidence: &Evidence, context: usize) -> Result<Vec<Line>, String> {
        let (Some(class), Some(method), Some(descriptor), Some(offset)) =
            (&evidence.class, &evidence.method, &evidence.descriptor, evidence.offset)
        else {
            return Err("this evidence is not a place in code".into());
        };
        let opened = self.dex(&evidence.locus)?;
        if let Some(expected) = &evidence.code_sha256
            && *expected != opened.sha256
        {
            return Err(format!(
                "the code is not the one that was scanned: expected sha256 {expected}, found {}",
                opened.sha256
            ));
        }
        let dex = &opened.dex;
        let wanted = |index: overt_dex::MethodIdx| -> Option<bool> {
            let reference = dex.method(index).ok()?;
            Some(dex.string(reference.name).ok()? == *method && dex.prototype(reference.proto) == *descriptor)
        };
        for (_, definition) in dex.class_defs() {
            let Ok(definition) = definition else { continue };
            if !dex.descriptor(definition.class).is_ok_and(|name| name == *class) {
                continue;
            }
            for member in dex.class_data(&definition).methods() {
                if wanted(member.method) == Some(true) {
                    return around(dex, member.code_off, offset, context);
                }
            }
        }
        Err(format!("{class} has no method {method}{descriptor}"))
    }

    /// The DEX that a locus ends in.
    fn dex(&self, locus: &str) -> Result<Opened, String> {
        let mut opened = self.opened.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = opened.get(locus) {
            return Ok(known.clone());
        }
        let found = self.read(locus)?;
        opened.insert(locus.to_owned(), found.clone());
        Ok(found)
    }

    fn read(&self, locus: &str) -> Result<Opened, String> {
        let problems = Problems::new(self.limits.problems_per_code);
        let cancel = Cancel::default();
        let cx = Cx { limits: &self.limits, problems: &problems, progress: &Silent, cancel: &cancel };
        let parsed = Locus::parse(locus).ok_or_else(|| format!("\"{locus}\" is no locus"))?;
        let missing = || format!("{locus} is not in this input");
        if let Some(file) = self.tree.files().iter().find(|file| file.locus == parsed) {
            let bytes = file.read(&cx).map_err(|error| error.to_string())?;
            return opened(bytes);
        }
        let steps: Vec<String> = parsed.steps().collect();
        let (last, outer) = steps.split_last().ok_or_else(missing)?;
        let outer = outer.iter().fold(Locus::input(), |locus, step| locus.child(step));
        let file = self.tree.files().iter().find(|file| file.locus == outer).ok_or_else(missing)?;
        let bytes = file.read(&cx).map_err(|error| error.to_string())?;
        if let Ok(oat) = overt_art::oat::OatFile::parse(bytes.clone()) {
            let embedded = oat.dex_files().iter().find(|dex| dex.location == *last).ok_or_else(missing)?;
            let dex = embedded.dex.clone().map_err(|error| error.to_string())?;
            let sha256 = Digest::of(dex.view()).to_string();
            return Ok(Opened { dex, sha256 });
        }
        let archive = Archive::open(bytes, &outer, &cx).map_err(|error| error.to_string())?;
        let entry = archive.find(last).ok_or_else(missing)?;
        opened(archive.read(entry, &cx).map_err(|error| error.to_string())?)
    }
}

fn opened(bytes: View) -> Result<Opened, String> {
    let sha256 = Digest::of(&bytes).to_string();
    let dex = DexFile::parse(bytes).map_err(|error| error.to_string())?;
    Ok(Opened { dex, sha256 })
}

pub(crate) fn around(dex: &DexFile, code_off: u32, offset: u32, context: usize) -> Result<Vec<Line>, String> {
    let code = dex.code(code_off).map_err(|bad| format!("the body is unreadable: {}", bad.what))?;
    let all: Vec<_> = code.instructions().filter_map(Result::ok).collect();
    let position = all
        .iter()
        .position(|insn| insn.offset == offset)
        .ok_or_else(|| format!("no instruction starts at offset {offset:#06x}"))?;
    let start = position.saturating_sub(context);
    Ok(all
        .iter()
        .enumerate()
        .skip(start)
        .take(position - start + context + 1)
        .map(|(number, insn)| Line {
            offset: insn.offset,
            text: insn.display(dex).to_string(),
            marked: number == position,
        })
        .collect())
}
