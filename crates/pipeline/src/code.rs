//! The code of a package: found in its archive or in compiled files beside it, compared, and chosen as the runtime would.

use std::collections::BTreeSet;
use std::sync::Arc;

use overt_apk::layout::Layouts;
use overt_base::{Cx, Digest, Locus, View};
use overt_container::DeviceTree;
use overt_detect::entry::LevelOf;
use overt_detect::entry::{self, EntryPoint};
use overt_detect::{Analysis, CodePlace, Index};
use overt_dex::DexFile;
use overt_program::ClassTable;
use overt_record::package::{Code, CodeProblem, Quick};

use crate::inventory::Draft;
use crate::oat;
use crate::quick::Quickened;

/// One DEX with its record entry.
pub(crate) struct LoadedDex {
    pub record: Code,
    pub dex: DexFile,
    pub place: CodePlace,
    /// CRC-32 of the archive's entry, or what the compiled file says that its source had.
    pub checksum: u32,
    /// Of a compiled copy, whose bodies may contain quickened instructions.
    pub quickened: Option<Quickened>,
}

/// All code of a package.
#[derive(Default)]
pub(crate) struct PackageCode {
    /// What the runtime would use, in its order.
    pub used: Vec<LoadedDex>,
    /// Other copies: listed, not analysed.
    pub other: Vec<LoadedDex>,
    /// Something that should be code could not be read.
    pub incomplete: bool,
}

impl PackageCode {
    pub(crate) fn records(&self) -> impl Iterator<Item = &Code> {
        self.used.iter().chain(&self.other).map(|loaded| &loaded.record)
    }
}

/// Makes a record entry for a DEX: counts definitions, not yet instructions.
pub(crate) fn describe(
    dex: &DexFile,
    kind: &str,
    path: &str,
    entry: &str,
    version: String,
    sha256: String,
) -> Code {
    let mut classes = 0u32;
    let mut methods = 0u32;
    let mut bad = 0u32;
    for (_, class) in dex.class_defs() {
        match class {
            Ok(class) => {
                classes += 1;
                let data = dex.class_data(&class);
                bad += u32::from(data.bad.is_some());
                methods += data.methods().filter(|method| method.code_off != 0).count() as u32;
            }
            Err(_) => bad += 1,
        }
    }
    let mut problems: Vec<CodeProblem> = Vec::new();
    if bad > 0 {
        problems.push(CodeProblem { code: "dex/class-unreadable".into(), count: bad });
    }
    if !dex.problems().is_empty() {
        problems.push(CodeProblem { code: "dex/header".into(), count: dex.problems().len() as u32 });
    }
    Code {
        kind: kind.to_owned(),
        path: path.to_owned(),
        entry: entry.to_owned(),
        sha256,
        version,
        classes,
        methods,
        instructions: None,
        quick: Quick::default(),
        analysed: false,
        problems,
    }
}

/// The DEX files of the draft's archive, in the runtime's order.
fn from_archive(draft: &Draft, cx: &Cx<'_>, incomplete: &mut bool) -> Vec<LoadedDex> {
    let Some(apk) = &draft.apk else { return Vec::new() };
    let mut loaded = Vec::new();
    for entry in apk.dex_entries() {
        let locus = draft.locus.child(&entry.name);
        match apk.archive().read(entry, cx) {
            Ok(bytes) => {
                let found = load(&bytes, "dex", &draft.artifact.path, &entry.name, &locus, entry.crc32, cx);
                *incomplete |= found.is_empty();
                loaded.extend(found);
            }
            Err(error) => {
                *incomplete = true;
                cx.problems.report(
                    &locus,
                    "apk/entry-unreadable",
                    error.to_string(),
                    "this code was not analysed",
                );
            }
        }
    }
    loaded
}

fn load(
    bytes: &View,
    kind: &str,
    path: &str,
    entry: &str,
    locus: &Locus,
    crc: u32,
    cx: &Cx<'_>,
) -> Vec<LoadedDex> {
    match DexFile::parse_all(bytes.clone()) {
        Ok(all) => {
            let sha256 = Digest::of(bytes).to_string();
            let several = all.len() > 1;
            all.into_iter()
                .enumerate()
                .map(|(number, dex)| {
                    let name = if several { format!("{entry}#{number}") } else { entry.to_owned() };
                    let version = format!("{:03}", dex.version());
                    let record = describe(&dex, kind, path, &name, version, sha256.clone());
                    let place = CodePlace { locus: locus.to_string(), sha256: sha256.clone() };
                    LoadedDex { record, dex, place, checksum: crc, quickened: None }
                })
                .collect()
        }
        Err(error) => {
            cx.problems.report(locus, "dex/not-a-dex", error.to_string(), "this code was not analysed");
            Vec::new()
        }
    }
}

/// Finds all code of the draft. Compiled copies are compared with the archive's later, when layouts are known.
pub(crate) fn find(draft: &Draft, tree: &DeviceTree, cx: &Cx<'_>) -> PackageCode {
    let mut code = PackageCode::default();
    match draft.artifact.kind {
        crate::artifact::ArtifactKind::Dex => {
            if let Some(file) = tree.get(&draft.artifact.path)
                && let Ok(bytes) = file.read(cx)
            {
                let name = draft.artifact.path.rsplit('/').next().unwrap_or("classes.dex");
                code.used = load(&bytes, "dex", &draft.artifact.path, name, &draft.locus, 0, cx);
                code.incomplete |= code.used.is_empty();
            }
        }
        _ => code.used = from_archive(draft, cx, &mut code.incomplete),
    }
    // The first compiled file that holds DEX files serves; further instruction sets hold the same code.
    let mut compiled: Vec<LoadedDex> = Vec::new();
    for path in &draft.artifact.oats {
        let found = oat::load(path, tree, cx);
        code.incomplete |= found.incomplete && code.used.is_empty();
        if compiled.is_empty() {
            compiled = found.dexes;
        } else {
            code.other.extend(found.dexes);
        }
    }
    oat::note_vdexes(&draft.artifact, tree, code.used.is_empty(), cx);
    if code.used.is_empty() {
        code.used = compiled;
    } else {
        code.other.splice(0..0, compiled);
    }
    code
}

/// What the resources of a package with a manifest name of its code.
pub(crate) fn layouts(draft: &Draft, cx: &Cx<'_>) -> Option<Layouts> {
    draft.manifest()?;
    Some(draft.apk.as_ref()?.layouts(cx))
}

/// Linked, analysed code of one package.
pub(crate) struct Analysed {
    pub table: ClassTable,
    pub entries: Vec<EntryPoint>,
    pub analysis: Analysis,
    pub places: Vec<CodePlace>,
    /// Components of the manifest whose class is not in the code.
    pub absent: Vec<String>,
    /// Resource ids of input fields for passwords.
    pub password_fields: BTreeSet<u32>,
}

/// Links and analyses `dexes` on top of the boot class path.
pub(crate) fn analyse(
    index: &Index<'_>,
    boot: &Arc<ClassTable>,
    draft: &Draft,
    dexes: Vec<DexFile>,
    places: Vec<CodePlace>,
    level_of: &LevelOf<'_>,
    layouts: Option<Layouts>,
) -> Analysed {
    let table = ClassTable::link(Some(Arc::clone(boot)), dexes);
    let mut entries;
    let mut absent = Vec::new();
    let mut password_fields = BTreeSet::new();
    match draft.manifest() {
        Some(manifest) => {
            (entries, absent) = entry::from_manifest(index.catalogue, &table, manifest, level_of);
            if let Some(layouts) = layouts {
                let classes: Vec<String> = [&layouts.views, &layouts.fragments, &layouts.named_classes]
                    .into_iter()
                    .flat_map(|names| names.keys().cloned())
                    .map(|name| match name.strip_prefix('.') {
                        Some(_) => format!("{}{name}", manifest.package),
                        None => name,
                    })
                    .collect();
                let on_click: Vec<String> = layouts.on_click.keys().cloned().collect();
                entries.extend(entry::from_layouts(&table, &classes, &on_click));
                password_fields = layouts.password_fields;
            }
        }
        None => entries = entry::without_manifest(index.catalogue, &table, !crate::boot::is_framework(draft)),
    }
    let analysis = overt_detect::analyse(index, &table, &entries);
    Analysed { table, entries, analysis, places, absent, password_fields }
}
