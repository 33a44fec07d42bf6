//! `docs/formats.md` says what the code says. `OVERT_WRITE_FIXTURES=1` writes it anew.

use std::fmt::Write as _;
use std::path::Path;

use overt_container::formats::{FORMATS, FormatDoc, known};

const HEAD: &str = "\
# Formats

What contains files is opened until only files are left. This page is made from the readers themselves
(`crates/container/src/formats/`, a file each) by `OVERT_WRITE_FIXTURES=1 cargo test -p overt-container --test documentation`.

Limits that hold for all of them are in `base::Limits`: nesting, files, path lengths, bytes unfolded per file, per archive and in
memory. Hitting one is a problem in the record's coverage, never silence.
";

const REST: &str = "\
## What is put together from several files

| what | how |
|---|---|
| `X.transfer.list` with `X.new.dat`, also `.br`, `.xz`, `.gz`, `.lz4`, `.zst` | the partition that the list makes of the data; lists of incremental updates are told |
| `X.img_sparsechunk.N` | sparse images laid over one another |
| `X.aa`, `X.001`, `X.part1` and so on | joined where all are there; lone pieces are named with what is missing |
| `*.apex`, `*.capex` | the file system inside, mounted at `/apex/NAME`; compressed packages are unpacked first |
| `*.apks`, `*.xapk`, `*.apkm` | the parts of an app, each a package below the bundle's own path |
| `*scatter*.txt` | MediaTek's table: which file is which partition |
| OTA packages | `payload.bin`; an incremental one says which build it starts from |
| ramdisks | the device's root where `init.rc` lies there, otherwise below `/boot/ramdisk/`, `/vendor_boot/ramdisk/` and so on |

## What is recognised and not read

Such a file is listed in the record's coverage with this name.

";

fn rendered() -> String {
    let mut out = HEAD.to_string();
    out.push_str("\n| format | what | recognised by | limits | held against | tests and samples |\n|---|---|---|---|---|---|\n");
    for format in FORMATS {
        let FormatDoc { name, says, magic, limits, oracle, fixtures, .. } = format.doc();
        let _ = writeln!(out, "| {name} | {says} | {magic} | {limits} | {oracle} | {fixtures} |");
    }
    out.push_str("\n## Specifications\n\n");
    for format in FORMATS {
        let _ = writeln!(out, "- {}: {}", format.doc().name, format.doc().references.join("; "));
    }
    out.push('\n');
    out.push_str(REST);
    let names: Vec<&str> = known::KNOWN.iter().map(|known| known.says).collect();
    let _ = writeln!(out, "{}.", names.join(", "));
    out
}

#[test]
fn the_page_is_what_the_code_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats.md");
    if std::env::var_os("OVERT_WRITE_FIXTURES").is_some() {
        std::fs::write(&path, rendered()).expect("writable");
    }
    let page = std::fs::read_to_string(&path).expect("docs/formats.md");
    assert_eq!(page, rendered());
}

#[test]
fn every_file_is_in_the_list_once_and_sorted() {
    let mut files: Vec<String> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/formats"))
        .expect("readable")
        .filter_map(|entry| {
            entry.expect("readable").file_name().into_string().ok()?.strip_suffix(".rs").map(str::to_string)
        })
        .filter(|name| name != "known")
        .map(|name| if name == "super_lp" { "super".to_string() } else { name })
        .collect();
    files.sort();
    let listed: Vec<&str> = FORMATS.iter().map(|format| format.doc().name).collect();
    assert_eq!(listed, files);
}
