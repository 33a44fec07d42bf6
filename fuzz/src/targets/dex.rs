//! DEX: every table, every member, every instruction, every constant.

use overt_base::bytes::View;
use overt_dex::{DexFile, FieldIdx, MethodIdx, ProtoIdx, StringIdx, TypeIdx};

use crate::Target;

pub const TARGET: Target = Target {
    name: "dex",
    says: "a DEX file: tables, code, debug data, values, annotations",
    seeds: &["apk!.dex"],
    run,
};

/// A file can name the same long structure from every slot: that is work, not a fault, so a run looks at this many.
const MOST: u32 = 128;
/// Instructions looked at in one run.
const INSTRUCTIONS: usize = 8192;

fn run(data: &[u8]) {
    let Ok(files) = DexFile::parse_all(View::from_vec(data.to_vec())) else { return };
    let mut left = INSTRUCTIONS;
    for dex in files.iter().take(4) {
        tables(dex);
        for (_, class) in dex.class_defs().take(MOST as usize) {
            let Ok(class) = class else { continue };
            let _ = dex.static_values(&class);
            let annotations = dex.annotations(&class);
            let _ = dex.annotation_set(annotations.class);
            for (_, offset) in annotations.methods.iter().take(16) {
                let _ = dex.annotation_set(*offset);
            }
            for (_, offset) in annotations.parameters.iter().take(16) {
                let _ = dex.parameter_annotations(*offset);
            }
            for method in dex.class_data(&class).methods().take(64) {
                code(dex, method.code_off, &mut left);
            }
        }
    }
}

fn tables(dex: &DexFile) {
    for index in 0..dex.string_count().min(MOST) {
        let _ = dex.string(StringIdx(index));
    }
    for index in 0..dex.type_count().min(MOST) {
        let _ = dex.descriptor(TypeIdx(index));
    }
    for index in 0..dex.proto_count().min(MOST) {
        let _ = dex.prototype(ProtoIdx(index));
    }
    for index in 0..dex.field_count().min(MOST) {
        let _ = dex.field(FieldIdx(index));
    }
    for index in 0..dex.method_count().min(MOST) {
        let _ = dex.method(MethodIdx(index));
    }
    for index in 0..dex.call_site_count().min(MOST) {
        let _ = dex.call_site(index);
    }
    for index in 0..dex.method_handle_count().min(MOST) {
        let _ = dex.method_handle(index);
    }
}

fn code(dex: &DexFile, code_off: u32, left: &mut usize) {
    if *left == 0 {
        return;
    }
    let Ok(code) = dex.code(code_off) else { return };
    let _ = code.tries_checked();
    let _ = code.line_numbers();
    let _ = code.parameter_names();
    let mut last = None;
    for insn in code.instructions().take(*left).flatten() {
        *left = left.saturating_sub(1);
        assert!(last.is_none_or(|last| insn.offset > last), "offsets rise");
        last = Some(insn.offset);
        let _ = code.switch_targets(&insn);
        let _ = code.array_payload(&insn).map(|payload| payload.iter().take(64).count());
        let _ = insn.display(dex).to_string();
    }
}
