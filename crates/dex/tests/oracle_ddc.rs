//! A second decoder agrees on every method and instruction of every DEX of the corpora.

#![allow(clippy::print_stderr)]

mod common;

use overt_dex::DexFile;

fn compare_instructions(dex: &DexFile, name: &str) -> (u64, u64) {
    let (mut methods, mut instructions) = (0, 0);
    for (_, class) in dex.class_defs() {
        for method in dex.class_data(&class.expect("a class")).methods().filter(|m| m.code_off != 0) {
            let code = dex.code(method.code_off).expect("code");
            let ours = code.instructions().map(|insn| {
                let insn = insn.expect("an instruction");
                (insn.offset, insn.units, insn.op.byte())
            });
            let (theirs, _) = ddc_dex::insn::decode_all(code.instruction_bytes());
            assert!(
                ours.eq(theirs.iter().map(|insn| (insn.pc, insn.size, insn.op))),
                "{name} {:?}",
                method.method
            );
            methods += 1;
            instructions += theirs.len() as u64;
        }
    }
    (methods, instructions)
}

#[test]
fn method_and_instruction_counts_equal_those_of_a_second_decoder() {
    let Some(files) = common::corpus_dex_files() else { return };
    assert!(files.len() > 100, "the corpora are there but hold only {} DEX", files.len());
    let (mut methods, mut instructions) = (0u64, 0u64);
    for (name, view) in files {
        let ours = DexFile::parse(view.clone()).expect("a DEX");
        assert_eq!(ours.problems(), [], "{name}");
        // With overflow checks on, as in debug builds, it panics on some strings; its instruction decoder does not.
        let theirs = std::panic::catch_unwind(|| ddc_dex::DexFile::parse(view.to_vec()));
        let Ok(theirs) = theirs.map(|parsed| parsed.expect("the second decoder reads it")) else {
            eprintln!("{name}: the second decoder panics; only its instruction decoder is compared");
            let (m, i) = compare_instructions(&ours, &name);
            (methods, instructions) = (methods + m, instructions + i);
            continue;
        };
        assert_eq!(ours.class_count() as usize, theirs.class_defs.len(), "{name}");
        for ((_, class), their_class) in ours.class_defs().zip(&theirs.class_defs) {
            let class = class.expect("a class");
            assert_eq!(class.class.0, their_class.class_idx, "{name}");
            let data = ours.class_data(&class);
            let their_data = theirs.class_data(their_class);
            assert_eq!(data.bad, None, "{name}");
            assert_eq!(data.direct_methods.len(), their_data.direct_methods.len(), "{name}");
            assert_eq!(data.virtual_methods.len(), their_data.virtual_methods.len(), "{name}");
            let all = their_data.direct_methods.iter().chain(&their_data.virtual_methods);
            for (method, their_method) in data.methods().zip(all) {
                assert_eq!(
                    (method.method.0, method.code_off),
                    (their_method.method_idx, their_method.code_off)
                );
                if method.code_off == 0 {
                    continue;
                }
                methods += 1;
                let code = ours.code(method.code_off).expect("code");
                let their_code = theirs.code_at(method.code_off).expect("code");
                // Both leave payloads out.
                let ours = code.instructions().map(|insn| {
                    let insn = insn.expect("an instruction");
                    (insn.offset, insn.units, insn.op.byte())
                });
                let theirs = their_code.insns.iter().map(|insn| (insn.pc, insn.size, insn.op));
                assert!(ours.eq(theirs), "{name} {:?}", method.method);
                instructions += their_code.insns.len() as u64;
                assert_eq!(code.tries().len(), their_code.tries.len());
            }
        }
    }
    eprintln!("{methods} methods, {instructions} instructions agree");
}
