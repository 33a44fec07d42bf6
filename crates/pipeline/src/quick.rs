//! Quickened code of a package: restored from class layouts (or the compiler's own notes), and held against the
//! archive's copy where there is one.

use std::collections::BTreeMap;
use std::sync::Mutex;

use overt_art::oat::{QuickeningTable, Release};
use overt_art::quick::{self, Comparison, Layouts, Outcome};
use overt_base::{Cx, Locus};
use overt_dex::DexFile;

use crate::code::{LoadedDex, PackageCode};
use crate::inventory::Draft;

/// What is known of a compiled DEX besides its bytes.
#[derive(Debug, Clone)]
pub(crate) struct Quickened {
    pub release: Release,
    /// The original indices, where the compiler of the release notes them.
    pub notes: QuickeningTable,
}

/// Layouts of the framework's classes, by release, made when first needed.
pub(crate) struct FrameworkLayouts {
    dexes: Vec<DexFile>,
    made: Mutex<BTreeMap<Release, Layouts>>,
}

impl FrameworkLayouts {
    pub(crate) fn new(dexes: Vec<DexFile>) -> FrameworkLayouts {
        FrameworkLayouts { dexes, made: Mutex::default() }
    }

    fn of(&self, release: Release) -> Layouts {
        let mut made = self.made.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        made.entry(release).or_insert_with(|| Layouts::new(release, self.dexes.clone())).clone()
    }
}

/// Restores quickened instructions in all compiled copies of `code`, compares them with the archive's copy, and moves
/// the copy that the runtime would use to `used`.
pub(crate) fn restore(code: &mut PackageCode, framework: &FrameworkLayouts, draft: &Draft, cx: &Cx<'_>) {
    let own: Vec<DexFile> = code.used.iter().map(|loaded| loaded.dex.clone()).collect();
    for loaded in code.used.iter_mut().chain(&mut code.other) {
        if let Some(quickened) = loaded.quickened.clone() {
            restore_one(loaded, &quickened, framework, &own);
        }
    }
    // Equal copies are one: the archive's is analysed. Of differing ones the runtime uses the compiled copy when it was
    // made from this archive.
    for position in 0..code.used.len() {
        let Some(archive) = code.used.get(position).filter(|loaded| loaded.quickened.is_none()) else {
            continue;
        };
        let (checksum, entry, dex) = (archive.checksum, archive.record.entry.clone(), archive.dex.clone());
        let mut taken = false;
        for twin in 0..code.other.len() {
            let Some(compiled) = code
                .other
                .get_mut(twin)
                .filter(|o| o.quickened.is_some() && belongs(&o.record.entry, &entry))
            else {
                continue;
            };
            let locus = Locus::parse(&compiled.place.locus).unwrap_or_else(|| draft.locus.clone());
            if compiled.checksum != checksum {
                cx.problems.report(
                    &locus,
                    "oat/stale",
                    format!(
                        "made from code with CRC-32 {:08x}, the archive's has {checksum:08x}",
                        compiled.checksum
                    ),
                    "the runtime does not use it; the archive's code was analysed",
                );
                continue;
            }
            let differing = compare(compiled, &dex);
            if differing > 0 && !taken {
                taken = true;
                cx.problems.report(
                    &locus,
                    "oat/differs",
                    format!(
                        "{differing} methods differ from the archive's although it claims to be made from it"
                    ),
                    "the compiled file's code was analysed, as the runtime uses it",
                );
                if let (Some(used), Some(other)) = (code.used.get_mut(position), code.other.get_mut(twin)) {
                    std::mem::swap(used, other);
                }
            }
        }
    }
}

/// Is the DEX of a compiled file, named by the location of its source, this entry of the archive?
fn belongs(location: &str, entry: &str) -> bool {
    let inner = location.split_once(':').or_else(|| location.split_once('!')).map(|(_, inner)| inner);
    inner.unwrap_or("classes.dex") == entry
}

fn restore_one(loaded: &mut LoadedDex, quickened: &Quickened, framework: &FrameworkLayouts, own: &[DexFile]) {
    let restored = if quickened.release == Release::Nougat {
        quick::restore_from_table(&loaded.dex, &quickened.notes)
    } else {
        let mut path = own.to_vec();
        if path.is_empty() {
            path.push(loaded.dex.clone());
        }
        quick::restore(&loaded.dex, &framework.of(quickened.release).with(path))
    };
    let mut exact = 0;
    let mut not_restorable = 0;
    let mut missing: Vec<String> = Vec::new();
    for method in &restored.methods {
        match &method.outcome {
            Outcome::Exact => exact += 1,
            Outcome::NotRestorable { missing: class, .. } => {
                not_restorable += 1;
                missing.extend(class.clone());
            }
        }
    }
    missing.sort();
    missing.dedup();
    loaded.record.quick.exact = Some(exact);
    loaded.record.quick.not_restorable = Some(not_restorable);
    loaded.record.quick.wrong = None;
    loaded.record.quick.missing_classes = missing;
    loaded.dex = restored.dex;
}

/// Compares a restored copy with the archive's and fills in how many methods differ.
fn compare(compiled: &mut LoadedDex, archive: &DexFile) -> u32 {
    let mut wrong = 0;
    for method in quick::compare(&compiled.dex, archive) {
        match method.result {
            Comparison::Equal | Comparison::EqualBut { .. } => {}
            Comparison::Different { .. } | Comparison::OnlyRestored | Comparison::OnlyOriginal => wrong += 1,
        }
    }
    compiled.record.quick.wrong = Some(wrong);
    wrong
}

/// Instructions of all bodies.
pub(crate) fn count_instructions(dex: &DexFile) -> u64 {
    let mut count = 0;
    for (_, class) in dex.class_defs() {
        let Ok(class) = class else { continue };
        for method in dex.class_data(&class).methods().filter(|method| method.code_off != 0) {
            if let Ok(code) = dex.code(method.code_off) {
                count += code.instructions().filter(Result::is_ok).count() as u64;
            }
        }
    }
    count
}
