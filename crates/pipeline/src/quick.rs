//! Quickened code of a package: restored from class layouts, and held against the archive's copy where there is one.

use overt_art::quick::{self, Layouts, Outcome};
use overt_base::{Cx, Locus};
use overt_dex::DexFile;

use crate::code::{LoadedDex, PackageCode};
use crate::inventory::Draft;

/// Restores quickened instructions in all compiled copies of `code`, compares them with the archive's copy, and moves
/// the copy that the runtime would use to `used`.
pub(crate) fn restore(code: &mut PackageCode, boot: &[DexFile], draft: &Draft, cx: &Cx<'_>) {
    let own: Vec<DexFile> = code.used.iter().map(|loaded| loaded.dex.clone()).collect();
    if code.used.iter().chain(&code.other).all(|loaded| !loaded.quickened) {
        return;
    }
    let layouts = Layouts::new(boot.iter().chain(&own).cloned());
    for loaded in code.used.iter_mut().chain(&mut code.other).filter(|loaded| loaded.quickened) {
        restore_one(loaded, &layouts);
    }
    // Copies that differ from the archive: the runtime uses the compiled one when it was made from this archive.
    for position in 0..code.used.len() {
        let Some(archive) = code.used.get(position).filter(|loaded| !loaded.quickened) else { continue };
        let twin = code
            .other
            .iter()
            .position(|other| other.quickened && belongs(&other.record.entry, &archive.record.entry));
        let Some(twin) = twin else { continue };
        let Some(compiled) = code.other.get_mut(twin) else { continue };
        let locus = Locus::parse(&compiled.place.locus).unwrap_or_else(|| draft.locus.clone());
        if compiled.checksum != archive.checksum {
            cx.problems.report(
                &locus,
                "oat/stale",
                format!(
                    "made from code with CRC-32 {:08x}, the archive's has {:08x}",
                    compiled.checksum, archive.checksum
                ),
                "the runtime does not use it; the archive's code was analysed",
            );
            continue;
        }
        let differing = compare(compiled, &archive.dex);
        if differing > 0 {
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

/// Is the DEX of a compiled file, named by the location of its source, this entry of the archive?
fn belongs(location: &str, entry: &str) -> bool {
    let inner = location.split_once(':').or_else(|| location.split_once('!')).map(|(_, inner)| inner);
    inner.unwrap_or("classes.dex") == entry
}

fn restore_one(loaded: &mut LoadedDex, layouts: &Layouts) {
    let restored = quick::restore(&loaded.dex, layouts);
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
    loaded.record.quick.wrong = Some(0);
    loaded.record.quick.missing_classes = missing;
    loaded.dex = restored.dex;
}

/// Compares a restored copy with the archive's and fills in what was restored wrongly. Gives the number of methods that
/// differ although nothing in them was quickened.
fn compare(compiled: &mut LoadedDex, archive: &DexFile) -> usize {
    let comparison = quick::compare(&compiled.dex, archive);
    compiled.record.quick.wrong = Some(comparison.wrong());
    comparison.altered()
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
