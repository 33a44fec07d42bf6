//! What several tests need: a sample, a walker that touches everything, DEX files out of archives.
#![allow(dead_code, clippy::print_stderr)]

use std::io::Read as _;
use std::path::Path;

use overt_base::View;
use overt_dex::{DexFile, FieldIdx, MethodIdx, ProtoIdx, StringIdx, TypeIdx};
use overt_testkit::dex_builder::{Body, Class, DexBuilder, Unit, field, method, string, type_};

/// A file with everything in it: members, tries, payloads, debug information, values, annotations.
pub fn sample() -> DexBuilder {
    let raw = Unit::Raw;
    let mut body = Body::new(
        6,
        2,
        2,
        vec![
            raw(0x021a), // const-string v2, "größe"
            string("größe"),
            raw(0x2071), // invoke-static {v2, v5}
            method("Lp/Helper;->log(Ljava/lang/String;I)V"),
            raw(0x0052),
            raw(0x5352), // iget v3, v5, Lp/C;->count:I
            field("Lp/C;->count:I"),
            raw(0x032b), // packed-switch v3, +11 (0x12)
            raw(11),
            raw(0),
            raw(0x0326), // fill-array-data v3, +16 (0x1a)
            raw(16),
            raw(0),
            raw(0x032c), // sparse-switch v3, +19 (0x20)
            raw(19),
            raw(0),
            raw(0x000e), // return-void
            raw(0x0000), // nop // spacer
            raw(0x0100), // packed-switch payload: 2 cases from -1
            raw(2),
            raw(0xffff),
            raw(0xffff),
            raw(3),
            raw(0),
            raw(9),
            raw(0),
            raw(0x0300), // array payload: 3 elements of 1 byte
            raw(1),
            raw(3),
            raw(0),
            raw(0x80ff),
            raw(0x0007),
            raw(0x0200), // sparse-switch payload: 1 case
            raw(1),
            raw(100),
            raw(0),
            raw(3),
            raw(0),
        ],
    );
    body.tries = vec![
        (0, 5, vec![(Some("Ljava/lang/Exception;".into()), 16), (None, 0)]),
        (5, 2, vec![(Some("Ljava/io/IOException;".into()), 5)]),
    ];
    // Line 10, one parameter without a name, special opcodes: +0 line +1, +2 units line +2; end.
    body.debug = Some(vec![10, 1, 0, 0x07, 0x0a + 5, 0x0a + 2 * 15 + 6, 0x00]);
    DexBuilder::new(35)
        .class(
            Class::new("Lp/C;")
                .interface("Ljava/lang/Runnable;")
                .source("C.java")
                .annotation("Lp/Mark;", 1)
                .static_field("A", "I", 0x11)
                .static_field("B", "J", 0x11)
                .instance_field("count", "I", 2)
                .static_values(&[2, 0x04, 0xfe, 0x26, 0xff, 0xff])
                .direct(
                    "<init>",
                    "()V",
                    0x10001,
                    Body::new(
                        1,
                        1,
                        1,
                        vec![raw(0x1070), method("Ljava/lang/Object;-><init>()V"), raw(0), raw(0x0e)],
                    ),
                )
                .method("run", "(I)V", 1, body)
                .abstract_method("later", "([JLp/C;D)Ljava/lang/String;", 0x401),
        )
        .class(Class::new("Lp/Empty;").access(0x601))
        .reference(type_("[Lp/C;"))
        .reference(string("zero\0inside"))
        .reference(string("\u{1f600}"))
}

/// Touches whatever can be asked of a file.
pub fn visit(view: View) -> u64 {
    let mut seen = 0u64;
    let Ok(all) = DexFile::parse_all(view) else { return 0 };
    for dex in all {
        let over = |count: u32| (0..count.saturating_add(1).min(70_000)).chain([u32::MAX]);
        for i in over(dex.string_count()) {
            seen += dex.string(StringIdx(i)).map_or(0, |s| s.len() as u64);
        }
        over(dex.type_count()).for_each(|i| seen += u64::from(dex.descriptor(TypeIdx(i)).is_ok()));
        over(dex.proto_count()).for_each(|i| seen += dex.prototype(ProtoIdx(i)).len() as u64);
        over(dex.field_count()).for_each(|i| seen += u64::from(dex.field(FieldIdx(i)).is_ok()));
        over(dex.method_count()).for_each(|i| seen += u64::from(dex.method(MethodIdx(i)).is_ok()));
        over(dex.call_site_count()).for_each(|i| seen += u64::from(dex.call_site(i).is_ok()));
        over(dex.method_handle_count()).for_each(|i| seen += u64::from(dex.method_handle(i).is_ok()));
        for (_, class) in dex.class_defs().take(10_000) {
            let Ok(class) = class else { continue };
            seen += dex.static_values(&class).len() as u64;
            let annotations = dex.annotations(&class);
            seen += dex.annotation_set(annotations.class).len() as u64;
            for at in annotations.fields.iter().map(|f| f.1).chain(annotations.methods.iter().map(|m| m.1)) {
                seen += dex.annotation_set(at).len() as u64;
            }
            for (_, at) in &annotations.parameters {
                let sets = dex.parameter_annotations(*at).unwrap_or_default();
                sets.into_iter().for_each(|at| seen += dex.annotation_set(at).len() as u64);
            }
            let data = dex.class_data(&class);
            for method in data.methods() {
                let Ok(code) = dex.code(method.code_off) else { continue };
                seen += code.tries().len() as u64;
                seen += code.line_numbers().len() as u64 + code.parameter_names().len() as u64;
                for insn in code.instructions() {
                    let Ok(insn) = insn else { break };
                    seen += insn.display(&dex).to_string().len() as u64;
                    seen += code.switch_targets(&insn).map_or(0, |cases| cases.len() as u64);
                    seen += code.array_payload(&insn).map_or(0, |array| array.iter().count() as u64);
                }
            }
        }
    }
    seen
}

/// The DEX files in an archive, or the file itself when it is one.
pub fn dex_files(path: &Path) -> Vec<(String, View)> {
    let Ok(view) = View::map(path) else { return Vec::new() };
    if view.starts_with(b"dex\n") {
        return vec![(path.display().to_string(), view)];
    }
    if !view.starts_with(b"PK") {
        return Vec::new();
    }
    let Ok(mut archive) = zip::ZipArchive::new(std::io::Cursor::new(view.as_slice())) else {
        eprintln!("SKIPPED: {} is no readable archive", path.display());
        return Vec::new();
    };
    let mut found = Vec::new();
    for i in 0..archive.len() {
        let Ok(mut entry) = archive.by_index(i) else { continue };
        let name = entry.name().map_or_else(|_| format!("#{i}"), |name| name.into_owned());
        let mut bytes = Vec::new();
        if name.ends_with(".dex") && entry.read_to_end(&mut bytes).is_ok() && bytes.starts_with(b"dex\n") {
            found.push((format!("{}!{name}", path.display()), View::from_vec(bytes)));
        }
    }
    found
}

/// Every DEX of every archive of the corpora that the gate names; `None` when they are absent.
pub fn corpus_dex_files() -> Option<Vec<(String, View)>> {
    let corpora = overt_testkit::corpora::corpora()?;
    let folders = ["phone-2016", "phone-2017", "pixel5-slice", "formats", "droidbench"];
    let files = folders.iter().flat_map(|folder| overt_testkit::corpora::files(&corpora.join(folder)));
    Some(files.flat_map(|path| dex_files(&path)).collect())
}
