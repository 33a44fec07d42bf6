//! Quickens every method of the JARs and APKs under a folder as dex2oat would, restores that, and counts what differs:
//! a test of type inference and of the choice of references on far more code than real odex files hold.
//!
//! `cargo run --release -p overt-art --example simulate -- FOLDER…`

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use overt_art::oat::Release;
use overt_art::quick::{self, ClassId, Layouts, Outcome, Superclass};
use overt_base::View;
use overt_dex::{DexFile, FieldIdx, IndexKind, Insn, MethodIdx, Op};

fn main() {
    for folder in std::env::args().skip(1) {
        let mut files = Vec::new();
        collect(Path::new(&folder), &mut files);
        files.sort();
        let boot: Vec<DexFile> = files
            .iter()
            .filter(|f| f.extension().is_some_and(|e| e == "jar"))
            .flat_map(|f| dex_of_archive(f))
            .collect();
        let boot = Layouts::new(Release::Marshmallow, boot);
        let mut total = [0u64; 6];
        let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
        let mut shown = 0;
        for file in &files {
            let dexes = dex_of_archive(file);
            let layouts = if file.extension().is_some_and(|e| e == "jar") {
                boot.clone()
            } else {
                boot.with(dexes.clone())
            };
            for dex in &dexes {
                let quickened = quicken(dex, &layouts);
                let restored = quick::restore(&quickened, &layouts);
                total[0] += restored.methods.len() as u64;
                for method in &restored.methods {
                    let original = dex.code(method.code_off).expect("code");
                    let made = restored.dex.code(method.code_off).expect("code");
                    let quick = quickened.code(method.code_off).expect("code");
                    for ((a, b), q) in
                        original.instructions().zip(made.instructions()).zip(quick.instructions())
                    {
                        let (Ok(a), Ok(b), Ok(q)) = (a, b, q) else { break };
                        if !q.op.is_quick() {
                            continue;
                        }
                        total[1] += 1;
                        if a == b {
                            total[2] += 1;
                        } else if b.op.is_quick() {
                            total[3] += 1;
                        } else {
                            total[4] += 1;
                            if shown < 60000 {
                                shown += 1;
                                let m = dex.method(method.method).expect("a method");
                                println!(
                                    "  WRONG {} {}->{} @{:04x}\n    was  {}\n    made {}",
                                    file.display(),
                                    dex.descriptor(m.class).expect("a class"),
                                    dex.string(m.name).expect("a name"),
                                    a.offset,
                                    a.display(dex),
                                    b.display(dex)
                                );
                            }
                        }
                    }
                    match &method.outcome {
                        Outcome::Exact => total[5] += 1,
                        Outcome::NotRestorable { missing, reason } => {
                            let key = if missing.is_some() {
                                "missing class".to_owned()
                            } else {
                                (*reason).to_owned()
                            };
                            *reasons.entry(key).or_default() += 1;
                        }
                    }
                }
            }
        }
        println!(
            "{folder}: {} methods ({} exact), {} instructions quickened, {} restored, {} left, {} wrong",
            total[0], total[5], total[1], total[2], total[3], total[4]
        );
        for (reason, count) in reasons {
            println!("  {count:7} methods: {reason}");
        }
    }
}

fn quicken(dex: &DexFile, layouts: &Layouts) -> DexFile {
    let mut instructions = HashMap::new();
    for (_, class) in dex.class_defs() {
        let Ok(class) = class else { continue };
        for method in dex.class_data(&class).methods() {
            let Ok(code) = dex.code(method.code_off) else { continue };
            let mut bytes = code.instruction_bytes().to_vec();
            for insn in code.instructions().flatten() {
                if let Some((op, index)) = quick_form(dex, layouts, &insn) {
                    let at = insn.offset as usize * 2;
                    bytes[at] = op.byte();
                    bytes[at + 2..at + 4].copy_from_slice(&index.to_le_bytes());
                }
            }
            instructions.insert(method.code_off, bytes.into_boxed_slice());
        }
    }
    dex.with_restored(Arc::new(instructions))
}

fn quick_form(dex: &DexFile, layouts: &Layouts, insn: &Insn) -> Option<(Op, u16)> {
    let quick = (0..=255).map(Op::from_byte).find(|op| quick::original(*op) == Some(insn.op))?;
    match quick.index_kind() {
        IndexKind::FieldOffset => {
            let field = dex.field(FieldIdx(insn.index)).ok()?;
            let name = dex.string_bytes(field.name).ok()?;
            let type_ = dex.descriptor_bytes(field.type_).ok()?;
            let offset = chain(layouts, dex.descriptor_bytes(field.class).ok()?).find_map(|class| {
                let layout = layouts.class(class)?;
                layout.object_size?;
                layout.fields.iter().find(|f| &*f.name == name && &*f.type_ == type_).map(|f| f.offset)
            })?;
            Some((quick, offset as u16))
        }
        IndexKind::VtableIndex => {
            let method = dex.method(MethodIdx(insn.index)).ok()?;
            let mut signature = dex.string_bytes(method.name).ok()?.to_vec();
            signature.extend(dex.prototype(method.proto).as_bytes());
            let class = dex.descriptor_bytes(method.class).ok()?;
            let class = layouts.find(if class[0] == b'[' { b"Ljava/lang/Object;" } else { class })?;
            let layout = layouts.class(class)?;
            let slot = layout.vtable.iter().rposition(|slot| *slot.signature == signature[..])?;
            Some((quick, slot as u16))
        }
        _ => None,
    }
}

fn chain<'a>(layouts: &'a Layouts, descriptor: &[u8]) -> impl Iterator<Item = ClassId> + 'a {
    std::iter::successors(layouts.find(descriptor), |class| match layouts.class(*class)?.superclass {
        Superclass::Class(above) => Some(above),
        _ => None,
    })
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if let Ok(entries) = std::fs::read_dir(path) {
        entries.flatten().for_each(|entry| collect(&entry.path(), files));
    } else if path.extension().is_some_and(|e| e == "jar" || e == "apk") {
        files.push(path.to_owned());
    }
}

fn dex_of_archive(path: &Path) -> Vec<DexFile> {
    let Ok(view) = View::map(path) else { return Vec::new() };
    let Ok(mut archive) = zip::ZipArchive::new(std::io::Cursor::new(view.as_slice())) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for i in 0..archive.len() {
        let Ok(mut entry) = archive.by_index(i) else { continue };
        let mut bytes = Vec::new();
        if entry.name().is_ok_and(|n| n.ends_with(".dex"))
            && entry.read_to_end(&mut bytes).is_ok()
            && let Ok(dex) = DexFile::parse(View::from_vec(bytes))
        {
            found.push(dex);
        }
    }
    found
}
