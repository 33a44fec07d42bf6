use overt_base::Locus;

use super::*;
use crate::init;
use crate::properties;
use crate::testing::{Context, corpus, corpus_files, files};

/// A little-endian ELF of 64 bits with one loaded segment over the whole file, a dynamic table, symbols and strings.
struct Sample {
    bytes: Vec<u8>,
}

impl Sample {
    fn new(file_type: u16, flags_1: u64, interpreter: bool, soname: bool) -> Sample {
        let strings = b"\0libc.so\0libme.so\0socket\0connect\0mine\0";
        let headers = 64 + 56 * 3;
        let interpreter_at = headers;
        let symbols_at = interpreter_at + 24;
        let strings_at = symbols_at + 24 * 4;
        let hash_at = (strings_at + strings.len()).next_multiple_of(8);
        let dynamic_at = hash_at + 8 + 4 + 4 * 4 + 4;
        let mut dynamic: Vec<(u64, u64)> = vec![
            (1, 1),                     // DT_NEEDED libc.so
            (5, strings_at as u64),     // DT_STRTAB
            (10, strings.len() as u64), // DT_STRSZ
            (6, symbols_at as u64),     // DT_SYMTAB
            (4, hash_at as u64),        // DT_HASH
            (0x6fff_fffb, flags_1),     // DT_FLAGS_1
        ];
        if soname {
            dynamic.push((14, 9)); // DT_SONAME libme.so
        }
        dynamic.push((0, 0)); // DT_NULL
        let total = dynamic_at + dynamic.len() * 16;

        let mut out = Vec::new();
        out.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0"); // ident: 64 bits, little-endian
        out.extend(file_type.to_le_bytes());
        out.extend(183u16.to_le_bytes()); // machine: AArch64
        out.extend(1u32.to_le_bytes()); // version
        out.extend(0u64.to_le_bytes()); // entry
        out.extend(64u64.to_le_bytes()); // program headers
        out.extend(0u64.to_le_bytes()); // no section headers
        out.extend(0u32.to_le_bytes()); // flags
        for value in [64u16, 56, 3, 0, 0, 0] {
            out.extend(value.to_le_bytes()); // header sizes and counts
        }
        let mut segment = |kind: u32, at: usize, size: usize| {
            out.extend(kind.to_le_bytes());
            out.extend(5u32.to_le_bytes()); // readable, executable
            for value in [at, at, at, size, size, 8] {
                out.extend((value as u64).to_le_bytes());
            }
        };
        segment(1, 0, total); // PT_LOAD
        segment(2, dynamic_at, total - dynamic_at); // PT_DYNAMIC
        segment(if interpreter { 3 } else { 0 }, interpreter_at, 22); // PT_INTERP or PT_NULL
        out.extend(b"/system/bin/linker64\0\0\0\0");
        let mut symbol = |name: u32, section: u16| {
            out.extend(name.to_le_bytes());
            out.extend([0x12, 0]); // global function
            out.extend(section.to_le_bytes());
            out.extend([0u8; 16]);
        };
        symbol(0, 0);
        symbol(25, 0); // connect
        symbol(18, 0); // socket
        symbol(33, 7); // mine, defined
        out.extend(strings);
        out.resize(hash_at, 0);
        for value in [1u32, 4, 1, 0, 0, 0, 0, 0] {
            out.extend(value.to_le_bytes()); // one bucket, four chains
        }
        assert_eq!(out.len(), dynamic_at);
        for (tag, value) in dynamic {
            out.extend(tag.to_le_bytes());
            out.extend(value.to_le_bytes());
        }
        Sample { bytes: out }
    }
}

fn read_at(path: &str, bytes: &[u8]) -> (NativeFile, Vec<overt_base::Problem>) {
    let context = Context::new();
    let file = File { path, bytes, locus: Locus::input(), mode: None };
    let native = read(&file, &context.cx());
    (native, context.problems())
}

#[test]
fn imports_needed_libraries_and_names() {
    let sample = Sample::new(3, 0, true, true);
    let (native, problems) = read_at("/system/lib64/libme.so", &sample.bytes);
    assert!(problems.is_empty(), "{problems:?}");
    let elf = native.elf.expect("an ELF");
    assert_eq!(elf.imports, ["connect", "socket"]);
    assert_eq!(elf.needed, ["libc.so"]);
    assert_eq!(elf.soname.as_deref(), Some("libme.so"));
    assert_eq!(elf.interpreter.as_deref(), Some("/system/bin/linker64"));
    assert_eq!((elf.machine.as_str(), elf.bits), ("arm64", 64));
    assert_eq!(native.kind, Kind::Library, "a library may have an interpreter");
    assert_eq!(imports(&sample.bytes, &Locus::input(), &Context::new().cx()), ["connect", "socket"]);
    assert!(imports(b"text", &Locus::input(), &Context::new().cx()).is_empty());
}

#[test]
fn executables_are_told_from_libraries() {
    let pie = 0x0800_0000;
    for (file_type, flags, interpreter, soname, path, expected) in [
        (2u16, 0u64, false, false, "/system/lib/odd", Kind::Executable),
        (3, pie, false, false, "/data/x", Kind::Executable),
        (3, 0, true, false, "/system/bin/x", Kind::Executable),
        (3, 0, false, true, "/system/bin/linker64", Kind::Executable),
        (3, 0, true, true, "/system/lib64/x.so", Kind::Library),
        (3, 0, true, false, "/system/etc/x", Kind::Executable),
        (3, 0, false, false, "/system/lib/x", Kind::Library),
        (3, 0, false, false, "/system/bin/x.so", Kind::Library),
        (1, 0, false, false, "/vendor/lib/modules/x.ko", Kind::Module),
        (1, 0, false, false, "/vendor/lib/x.o", Kind::Unknown),
        (4, 0, false, false, "/core", Kind::Unknown),
    ] {
        let sample = Sample::new(file_type, flags, interpreter, soname);
        assert_eq!(read_at(path, &sample.bytes).0.kind, expected, "{path} {file_type}");
    }
}

#[test]
fn scripts_and_kept_links() {
    let (native, _) = read_at("/system/bin/am", b"#!/system/bin/sh -e\necho\n");
    assert_eq!((native.kind, native.target.as_deref()), (Kind::Script, Some("/system/bin/sh -e")));
    let (native, _) = read_at("/system/bin/ls", b"/system/bin/toybox");
    assert_eq!((native.kind, native.target.as_deref()), (Kind::Link, Some("/system/bin/toybox")));
    assert_eq!(read_at("/enableswap.sh", b"echo 1").0.kind, Kind::Script);
    assert_eq!(read_at("/system/bin/x", b"/a b").0.kind, Kind::Unknown);
    assert_eq!(read_at("/system/bin/x", b"").0.kind, Kind::Unknown);
    assert_eq!(read_at("/system/bin/x", &[0xff; 2000]).0.kind, Kind::Unknown);
}

#[test]
fn every_prefix_and_every_broken_byte_reads() {
    let sample = Sample::new(3, 0, true, true).bytes;
    for end in 0..sample.len() {
        let (_, problems) = read_at("/system/bin/x", &sample[..end]);
        assert!(problems.iter().all(|problem| problem.code == "native/elf-broken"));
    }
    for at in 0..sample.len() {
        for value in [0u8, 1, 0x7f, 0x80, 0xff] {
            let mut broken = sample.clone();
            broken[at] = value;
            let _ = read_at("/system/bin/x", &broken);
        }
    }
}

#[test]
fn too_many_imports_are_cut_with_a_problem() {
    let limits = overt_base::Limits { native_imports: 1, ..overt_base::Limits::default() };
    let context = Context::with(limits);
    let sample = Sample::new(3, 0, true, true);
    let file = File { path: "/x.so", bytes: &sample.bytes, locus: Locus::input(), mode: None };
    let native = read(&file, &context.cx());
    assert_eq!(native.elf.expect("an ELF").imports, ["connect"]);
    assert_eq!(context.problems()[0].code, "native/elf-broken");
}

fn init_of(text: &str) -> Init {
    let context = Context::new();
    let files = files(&[("/init.rc", text)]);
    let properties = properties::read(&files, &context.cx());
    init::read(&files, &properties, &context.cx())
}

#[test]
fn the_record_joins_file_and_init() {
    let init = init_of(
        "on boot\n class_start main\n chmod 4755 /system/xbin/b\nservice a /system/bin/a\n class main\n user radio\n",
    );
    let context = Context::new();
    let entry = |path: &str, mode: Option<u32>| {
        record(&File { path, bytes: b"#!/x\n", locus: Locus::input(), mode }, &init, &context.cx())
    };
    let a = entry("/system/bin/a", Some(0o755));
    assert_eq!(a.starts_as.as_deref(), Some("radio"));
    assert!(a.started_by.expect("started").starts_with("service a (/init.rc:4)"));
    assert_eq!(a.setuid, Some(false));
    assert_eq!(a.kind, "script");
    assert_eq!(a.sha256.expect("there").len(), 64);
    assert_eq!(entry("/system/xbin/b", Some(0o755)).setuid, Some(true), "the script's chmod counts");
    assert_eq!(entry("/system/xbin/b", None).setuid, Some(true));
    let c = entry("/system/bin/c", None);
    assert_eq!((c.starts_as, c.started_by, c.setuid), (None, None, None));
    assert_eq!(entry("/system/bin/c", Some(0o2755)).setuid, Some(true));
}

#[test]
fn executables_that_are_not_there_are_listed() {
    let init = init_of(
        "on boot\n class_start main\n chmod 6755 /system/bin/c\n chmod 755 /system/bin/d\nservice a /system/bin/a\n class main\nservice b /system/bin/b\n class main\n",
    );
    let list = missing(&init, |path| path == "/system/bin/b");
    let paths: Vec<&str> = list.iter().map(|native| native.path.as_str()).collect();
    assert_eq!(paths, ["/system/bin/a", "/system/bin/c"]);
    assert_eq!(list[0].sha256, None);
    assert_eq!(list[1].setuid, Some(true));
    assert!(belongs("/system/bin/anything", &init));
    assert!(!belongs("/system/etc/a.conf", &init));
}

#[test]
fn a_real_phone_s_natives() {
    let Some(list) = corpus("phone-2016") else { return };
    let context = Context::new();
    let files = corpus_files(&list);
    let properties = properties::read(&files, &context.cx());
    let init = init::read(&files, &properties, &context.cx());
    let natives: Vec<Native> = files
        .iter()
        .filter(|(path, _)| belongs(path, &init))
        .map(|(_, file)| record(file, &init, &context.cx()))
        .collect();
    for native in &natives {
        println!(
            "{} {} {:?} {:?} {} imports",
            native.path,
            native.kind,
            native.starts_as,
            native.started_by,
            native.imports.len()
        );
    }
    let missing = missing(&init, |path| files.contains(path));
    println!("{} executables named by init are not in the dump", missing.len());
    let daemon = natives.iter().find(|native| native.path.starts_with("/system/bin/")).expect("there");
    println!("{:?}", daemon.imports);
    assert_eq!(daemon.kind, "executable");
    assert!(daemon.imports.iter().any(|name| name == "socket"));
    assert_eq!(daemon.started_by, None);
    let first = natives.iter().find(|native| native.path == "/init").expect("there");
    assert_eq!((first.kind.as_str(), first.imports.len()), ("executable", 0), "linked statically");
    assert!(
        missing
            .iter()
            .any(|native| native.starts_as.as_deref() == Some("root") && native.setuid == Some(true))
    );
    // Every library of every app reads without a complaint.
    for (path, file) in files.iter().filter(|(path, _)| path.ends_with(".so")) {
        let native = read(file, &context.cx());
        assert!(matches!(native.kind, Kind::Library | Kind::Link), "{path} is {:?}", native.kind);
        if native.kind == Kind::Library {
            assert!(!native.elf.expect("an ELF").imports.is_empty(), "{path}");
        }
    }
    let problems = context.problems();
    assert!(problems.is_empty(), "{problems:#?}");
}
