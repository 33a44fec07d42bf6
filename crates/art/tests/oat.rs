//! OAT files that were made up, sound and damaged.

use overt_art::oat::{OatFile, Release};
use overt_art::quick::{self, Outcome};
use overt_base::View;
use overt_dex::Op;
use overt_testkit::dex_builder::{Body, Built, Class, DexBuilder, Unit, method};
use overt_testkit::oat_builder::{OAT_DATA, OatBuilder, Quickened};

/// `run()`: invoke-virtual-quick {v0}, vtable@9; return-void-no-barrier. `Helper.go()` is what was called.
fn quick_dex() -> Built {
    let units = vec![Unit::Raw(0x10e9), Unit::Raw(9), Unit::Raw(0), Unit::Raw(0x73)];
    DexBuilder::new(35)
        .class(
            Class::new("Lp/C;")
                .direct("<init>", "()V", 0x10001, Body::new(1, 1, 0, vec![Unit::Raw(0x0e)]))
                .method("run", "()V", 1, Body::new(1, 1, 1, units)),
        )
        .class(Class::new("Lp/D;"))
        .reference(method("Lp/Helper;->go()V"))
        .build()
}

fn parse(bytes: Vec<u8>) -> OatFile {
    OatFile::parse(View::from_vec(bytes)).expect("an OAT")
}

fn why(bytes: Vec<u8>) -> (&'static str, Option<u32>) {
    let not = OatFile::parse(View::from_vec(bytes)).expect_err("no OAT");
    (not.why, not.version)
}

#[test]
fn every_release() {
    let dex = quick_dex();
    for (version, release) in [
        (39, Release::Lollipop),
        (45, Release::Lollipop),
        (64, Release::Marshmallow),
        (79, Release::Nougat),
        (88, Release::Nougat),
    ] {
        for builder in [OatBuilder::new(version), OatBuilder::new(version).elf32()] {
            let builder = builder.dex("/system/app/C/C.apk", 0x1234_5678, &dex.bytes).dex(
                "/system/app/C/C.apk:classes2.dex",
                1,
                &dex.bytes,
            );
            let oat = parse(builder.build());
            assert_eq!((oat.version(), oat.release()), (version, release));
            assert_eq!(oat.instruction_set(), "arm64");
            assert_eq!(oat.problems(), []);
            assert_eq!(oat.key_value_store()[1], ("pic".to_owned(), "false".to_owned()));
            let [first, second] = oat.dex_files() else { panic!("two files") };
            assert_eq!((&*first.location, first.checksum), ("/system/app/C/C.apk", 0x1234_5678));
            assert_eq!(second.location, "/system/app/C/C.apk:classes2.dex");
            for entry in oat.dex_files() {
                let file = entry.dex.as_ref().expect("a DEX");
                assert_eq!(file.view().as_slice(), dex.bytes);
            }
        }
    }
}

#[test]
fn both_header_layouts_are_tried() {
    let dex = quick_dex();
    for words in [17, 20] {
        for version in [39, 45, 64] {
            let oat = parse(OatBuilder::new(version).words(words).dex("/x.apk", 0, &dex.bytes).build());
            assert_eq!(oat.dex_files()[0].location, "/x.apk");
        }
    }
}

#[test]
fn what_is_no_oat_says_why() {
    let sound = OatBuilder::new(64).dex("/x.apk", 0, &quick_dex().bytes).build();
    assert!(why(b"PK\x03\x04".to_vec()).0.contains("no ELF"));
    assert!(why(b"\x7fELF\x02\x01".to_vec()).0.contains("ELF"));
    let mut bytes = sound.clone();
    let name = bytes.windows(7).position(|w| w == b"oatdata").expect("the symbol's name");
    bytes[name] = b'x';
    assert!(why(bytes).0.contains("without the symbol"));
    let mut bytes = sound.clone();
    bytes[OAT_DATA] = b'x';
    assert!(why(bytes).0.contains("magic"));
    let mut bytes = sound.clone();
    bytes[OAT_DATA + 4] = b'x';
    assert!(why(bytes).0.contains("no number"));
    for (version, text) in
        [(*b"170", "VDEX"), (*b"131", "VDEX"), (*b"124", "VDEX"), (*b"007", "before Android 5.0")]
    {
        let mut bytes = sound.clone();
        bytes[OAT_DATA + 4..OAT_DATA + 7].copy_from_slice(&version);
        let (why, number) = why(bytes);
        assert!(why.contains(text), "{why}");
        assert_eq!(number, std::str::from_utf8(&version).expect("digits").parse().ok());
    }
}

#[test]
fn damage_in_the_list_keeps_what_came_before() {
    let dex = quick_dex();
    let sound = OatBuilder::new(64).dex("/a.apk", 0, &dex.bytes).dex("/b.apk", 0, &dex.bytes).build();
    let at = |text: &str| sound.windows(text.len()).position(|w| w == text.as_bytes()).expect("there");
    // The second location is longer than the file.
    let mut bytes = sound.clone();
    bytes[at("/b.apk") - 4..at("/b.apk")].copy_from_slice(&[0xff; 4]);
    let oat = parse(bytes);
    assert_eq!((oat.dex_files().len(), oat.problems().len()), (1, 1));
    // The first DEX lies outside: it is an entry all the same.
    let mut bytes = sound.clone();
    bytes[at("/a.apk") + 10..at("/a.apk") + 14].copy_from_slice(&[0xff, 0xff, 0xff, 0x7f]);
    let oat = parse(bytes);
    assert!(oat.dex_files()[0].dex.is_err());
    // More files than there can be.
    let mut bytes = sound.clone();
    bytes[OAT_DATA + 20..OAT_DATA + 24].copy_from_slice(&[0xff; 4]);
    let oat = parse(bytes);
    assert_eq!(oat.dex_files().len(), 2, "and the third entry is no list entry");
    assert_eq!(oat.problems().len(), 2);
    // A store that is none.
    let mut bytes = sound.clone();
    bytes[OAT_DATA + 68..OAT_DATA + 72].copy_from_slice(&[0xff; 4]);
    let oat = parse(bytes);
    assert!(oat.problems().iter().any(|bad| bad.what.contains("key-value")));
    // A DEX that claims to be longer than the file is read as far as it goes.
    let mut bytes = sound;
    let dex_at = bytes.windows(4).position(|w| w == b"dex\n").expect("a DEX");
    bytes[dex_at + 0x20..dex_at + 0x24].copy_from_slice(&[0xff; 4]);
    let oat = parse(bytes);
    assert!(oat.dex_files()[0].dex.as_ref().is_ok_and(|dex| dex.class_count() == 2));
}

fn nougat(entries: Vec<(u32, u32)>) -> OatFile {
    let dex = quick_dex();
    let quickened = vec![Quickened { class: 0, method: 1, entries }];
    parse(OatBuilder::new(79).dex("/x.apk", 0, &dex.bytes).quickened(&[2, 0], quickened).build())
}

#[test]
fn android_7_says_what_the_instructions_were() {
    // Which row of the method table Helper.go() is.
    let dex = overt_dex::DexFile::parse(View::from_vec(quick_dex().bytes)).expect("a DEX");
    let go = (0..dex.method_count())
        .find(|i| {
            dex.method(overt_dex::MethodIdx(*i)).is_ok_and(|m| dex.string(m.name).is_ok_and(|n| n == "go"))
        })
        .expect("the method");
    let oat = nougat(vec![(0, go)]);
    let entry = &oat.dex_files()[0];
    let dex = entry.dex.as_ref().expect("a DEX");
    let table = oat.quickening_table(entry);
    assert_eq!(table.methods.values().collect::<Vec<_>>(), [&vec![(0, go)]]);
    let restored = quick::restore_from_table(dex, &table);
    let [method] = &restored.methods[..] else { panic!("one method") };
    assert_eq!(method.outcome, Outcome::Exact);
    let code = restored.dex.code(method.code_off).expect("code");
    let text: Vec<_> = code.instructions().map(|i| i.expect("sound").display(dex).to_string()).collect();
    assert_eq!(text, ["invoke-virtual {v0}, Lp/Helper;->go()V", "return-void"]);
    // Nothing is left to do.
    assert_eq!(quick::restore_from_table(&restored.dex, &table).methods, []);
}

#[test]
fn a_table_without_the_instruction_restores_what_it_can() {
    for entries in [vec![], vec![(1, 0)], vec![(0, 9999)]] {
        let oat = nougat(entries);
        let entry = &oat.dex_files()[0];
        let dex = entry.dex.as_ref().expect("a DEX");
        let restored = quick::restore_from_table(dex, &oat.quickening_table(entry));
        let [method] = &restored.methods[..] else { panic!("one method") };
        assert!(matches!(method.outcome, Outcome::NotRestorable { missing: None, .. }));
        let code = restored.dex.code(method.code_off).expect("code");
        let ops: Vec<_> = code.instructions().map(|i| i.expect("sound").op).collect();
        assert_eq!(ops, [Op::InvokeVirtualQuick, Op::ReturnVoid]);
    }
}

#[test]
fn a_removed_check_cast_is_not_in_the_table() {
    let units =
        vec![Unit::Raw(0), Unit::Raw(0), Unit::Raw(0x10e9), Unit::Raw(9), Unit::Raw(0), Unit::Raw(0x73)];
    let dex = DexBuilder::new(35)
        .class(Class::new("Lp/C;").method("run", "()V", 1, Body::new(1, 1, 1, units)))
        .build();
    let quickened = vec![Quickened { class: 0, method: 0, entries: vec![(2, 0)] }];
    let oat = parse(OatBuilder::new(79).dex("/x.apk", 0, &dex.bytes).quickened(&[1], quickened).build());
    let entry = &oat.dex_files()[0];
    let restored =
        quick::restore_from_table(entry.dex.as_ref().expect("a DEX"), &oat.quickening_table(entry));
    let method = &restored.methods[0];
    assert!(matches!(method.outcome, Outcome::NotRestorable { reason, .. } if reason.contains("check-cast")));
    let code = restored.dex.code(method.code_off).expect("code");
    let ops: Vec<_> = code.instructions().map(|i| i.expect("sound").op).collect();
    assert_eq!(ops, [Op::Nop, Op::Nop, Op::InvokeVirtual, Op::ReturnVoid], "the rest is restored");
}

fn exercise(bytes: Vec<u8>) {
    let Ok(oat) = OatFile::parse(View::from_vec(bytes)) else { return };
    for entry in oat.dex_files() {
        let table = oat.quickening_table(entry);
        if let Ok(dex) = &entry.dex {
            let restored = quick::restore_from_table(dex, &table);
            assert_eq!(restored.dex.class_count(), dex.class_count());
        }
    }
}

#[test]
fn every_prefix_and_every_changed_byte_is_survived() {
    let dex = quick_dex();
    let quickened = || vec![Quickened { class: 0, method: 1, entries: vec![(0, 0)] }];
    for builder in [
        OatBuilder::new(39).elf32().dex("/x.apk", 0, &dex.bytes),
        OatBuilder::new(64).dex("/x.apk", 0, &dex.bytes),
        OatBuilder::new(79).dex("/x.apk", 0, &dex.bytes).quickened(&[2, 0], quickened()),
    ] {
        let sound = builder.build();
        // Padding between the ELF tables and the OAT header is of no interest.
        let interesting = || (0..400).chain(OAT_DATA..sound.len());
        for length in interesting() {
            exercise(sound[..length].to_vec());
        }
        for at in interesting() {
            for with in [0x00, 0x7f, 0x80, 0xff] {
                let mut bytes = sound.clone();
                bytes[at] = with;
                exercise(bytes);
            }
        }
    }
}
