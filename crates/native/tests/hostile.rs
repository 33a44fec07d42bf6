//! Hostile files: cut, changed, endless, deep. The sandbox ends in budget and never panics.

use overt_native::{Budget, analyse, strings, texts};

mod support;

const SMALL: Budget =
    Budget { steps: 40_000, path_steps: 10_000, idle_steps: 3_000, forks: 8, pages: 16, depth: 8, kept: 64 };

#[test]
fn every_prefix_and_every_changed_byte_of_a_file_is_survived() {
    for (name, file) in support::files().into_iter().step_by(7) {
        for end in (0..file.len()).step_by(3) {
            let _ = analyse(&file[..end], &SMALL);
        }
        for at in 0..file.len() {
            for change in [0xff, 0x80, 0x01] {
                let mut file = file.clone();
                file[at] ^= change;
                let _ = analyse(&file, &SMALL);
            }
        }
        let _ = texts(&file, 4, 10);
        assert!(!name.is_empty());
    }
}

#[test]
fn an_endless_loop_and_an_endless_recursion_end_in_budget() {
    // b . ; bl . with nothing else; the same for each instruction set.
    for (wide, entry, code) in [
        (false, 0x1000, vec![0xfe, 0xff, 0xff, 0xea]),
        (false, 0x1001, vec![0xfe, 0xe7]),
        (true, 0x1000, vec![0x00, 0x00, 0x00, 0x14]),
        (false, 0x1000, vec![0xfe, 0xff, 0xff, 0xeb, 0xfd, 0xff, 0xff, 0xea]),
        (true, 0x1000, vec![0x00, 0x00, 0x00, 0x94, 0xff, 0xff, 0xff, 0x17]),
    ] {
        let facts = analyse(&support::elf(wide, entry, &code), &SMALL);
        assert!(facts.recovered.is_empty());
        assert_eq!(facts.functions_run, 1);
    }
}

#[test]
fn what_cannot_be_run_says_why() {
    for (bytes, why) in [
        (b"".to_vec(), "not an ELF file"),
        (b"\x7fELF\x03".to_vec(), "class"),
        (b"\x7fELF\x01\x02".to_vec(), "little-endian"),
        (b"\x7fELF\x01\x01".to_vec(), "cut off"),
    ] {
        assert!(analyse(&bytes, &SMALL).opaque.is_some_and(|text| text.contains(why)), "{why}");
        assert!(strings(&bytes).is_empty());
    }
}

#[test]
fn the_same_bytes_give_the_same_facts() {
    for (_, file) in support::files().into_iter().step_by(11) {
        assert_eq!(analyse(&file, &SMALL), analyse(&file, &SMALL));
    }
}

#[test]
fn a_dynamic_section_at_the_last_address_is_survived() {
    let file = include_bytes!("../../../fuzz/regressions/native/dynamic-section-at-the-last-address");
    let _ = analyse(file, &SMALL);
}
