//! Shows what is in OAT files. `cargo run --release -p overt-art --example oat -- FILES…`

#![allow(clippy::print_stdout)]

use overt_art::oat::OatFile;
use overt_base::View;
use std::collections::BTreeMap;

fn main() {
    for path in std::env::args().skip(1) {
        let Ok(view) = View::map(path.as_ref()) else { continue };
        let oat = match OatFile::parse(view) {
            Ok(oat) => oat,
            Err(not) => {
                println!("{path}: {not}");
                continue;
            }
        };
        println!(
            "{path}: OAT {:03} {:?} {} {:?}",
            oat.version(),
            oat.release(),
            oat.instruction_set(),
            oat.problems()
        );
        for dex in oat.dex_files() {
            println!("  {} {:08x}", dex.location, dex.checksum);
            let Ok(file) = &dex.dex else { continue };
            let _ = oat.quickening_table(dex);
            let mut quick = BTreeMap::<_, u32>::new();
            let (mut methods, mut quick_methods, mut bad, mut noppairs) = (0, 0, 0, 0);
            for (_, class) in file.class_defs() {
                let Ok(class) = class else { continue };
                for method in file.class_data(&class).methods() {
                    let Ok(code) = file.code(method.code_off) else { continue };
                    methods += 1;
                    let mut has = false;
                    let mut last_nop = None;
                    for insn in code.instructions() {
                        let Ok(insn) = insn else {
                            bad += 1;
                            break;
                        };
                        if insn.op.is_quick() {
                            *quick.entry(insn.op).or_default() += 1;
                            has = true;
                        }
                        if insn.op == overt_dex::Op::Nop {
                            if last_nop == Some(insn.offset) {
                                noppairs += 1;
                            }
                            last_nop = Some(insn.next_offset());
                        }
                    }
                    quick_methods += u32::from(has);
                }
            }
            println!(
                "    {methods} methods, {quick_methods} with quickened instructions, {bad} unreadable, {noppairs} nop pairs"
            );
            for (op, count) in quick {
                println!("    {count:6} {}", op.name());
            }
        }
    }
}
