//! Boot images and their ramdisks; and block-based updates.

mod support;

use std::fs;
use std::path::Path;

use overt_testkit::image_builder::boot::{vendor_4, version_4};
use overt_testkit::image_builder::zip::{ZipBuilder, ZipFile};
use support::{
    Node, Tree, below, codes, expected, fixture, open_bytes, piped, run, sample, summary, summary_of,
    with_cx, write,
};

const NONE: [&str; 0] = [];

fn ramdisk_tree() -> Tree {
    let mut tree = sample();
    tree.push(("init.rc".to_string(), Node::File(b"on boot\n    start x\n".to_vec())));
    tree.push(("default.prop".to_string(), Node::File(b"ro.secure=1\n".to_vec())));
    tree.retain(|(path, _)| !path.starts_with("app/") && !path.starts_with("framework/"));
    tree.sort_by(|one, other| one.0.cmp(&other.0));
    tree
}

/// The tree as a cpio archive, by the usual program.
fn cpio(tree: &Tree) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().expect("writable");
    write(tree, folder.path());
    let shell =
        format!("cd '{}' && find . | LC_ALL=C sort | cpio -o -H newc --quiet", folder.path().display());
    if !run("cpio", &["--version"]) {
        return None;
    }
    piped("sh", &["-c", &shell], b"")
}

/// Ways in which ramdisks are packed.
const PACKED: &[(&str, &[&str])] =
    &[("cat", &[]), ("gzip", &["-9"]), ("lz4", &["-l", "-12"]), ("xz", &["--check=crc32"]), ("zstd", &[])];

#[test]
fn ramdisks_of_all_boot_versions() {
    let tree = ramdisk_tree();
    let Some(archive) = cpio(&tree) else { return };
    let wanted = expected(&tree);
    let folder = tempfile::tempdir().expect("writable");
    let file = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_string();
    fs::write(file("kernel"), [0x5a; 70_000]).expect("writable");
    for (program, arguments) in PACKED {
        let Some(ramdisk) = piped(program, arguments, &archive) else { continue };
        fs::write(file("ramdisk"), &ramdisk).expect("writable");
        for (version, page) in [("0", "2048"), ("1", "2048"), ("2", "4096"), ("3", "4096")] {
            let (kernel, ramdisk, out) = (file("kernel"), file("ramdisk"), file("boot.img"));
            let arguments = [
                "--header_version",
                version,
                "--pagesize",
                page,
                "--kernel",
                &kernel,
                "--ramdisk",
                &ramdisk,
                "-o",
                &out,
                "--dtb",
                &kernel,
            ];
            let arguments = if version == "2" { &arguments[..] } else { &arguments[..10] };
            if !run("mkbootimg", arguments) {
                continue;
            }
            let image = fs::read(file("boot.img")).expect("readable");
            assert_eq!(summary_of(image, "boot.img"), (wanted.clone(), NONE.to_vec()), "{program} {version}");
        }
        let image = version_4(&[1; 5000], &ramdisk);
        assert_eq!(
            summary_of(image.clone(), "init_boot.img"),
            (wanted.clone(), NONE.to_vec()),
            "{program} 4"
        );
        let (tree, _) = open_bytes(image, "x");
        let locus = tree.expect("opens").get("/init.rc").expect("there").locus.to_string();
        assert_eq!(locus, "input!boot!ramdisk!/init.rc");
        // MediaTek's header before the ramdisk.
        let mut header = b"\x88\x16\x88\x58\x01\0\0\0ROOTFS".to_vec();
        header.resize(512, 0xff);
        header.extend(&ramdisk);
        assert_eq!(summary_of(version_4(&[1; 5], &header), "boot.img"), (wanted.clone(), NONE.to_vec()));
    }
}

#[test]
fn only_the_ramdisk_with_init_s_scripts_is_the_root() {
    let Some(root) = cpio(&ramdisk_tree()) else { return };
    let stage: Tree = vec![
        ("first_stage_ramdisk/fstab.x".to_string(), Node::File(b"system /system\n".to_vec())),
        ("lib/modules/a.ko".to_string(), Node::File(b"\x7fELF".to_vec())),
    ];
    let stage = cpio(&stage).expect("is there");
    let recovery: Tree = vec![
        ("init.rc".to_string(), Node::File(b"on init\n".to_vec())),
        ("system/bin/recovery".to_string(), Node::File(b"\x7fELF".to_vec())),
    ];
    let recovery = cpio(&recovery).expect("is there");
    let vendor = vendor_4(&[("", &stage), ("dlkm", &stage)], 2048);
    let zip = ZipBuilder::of(vec![
        ZipFile::deflated("boot.img", &version_4(&[0; 100], &root)),
        ZipFile::deflated("init_boot.img", &version_4(&[], &[])),
        ZipFile::deflated("recovery.img", &version_4(&[0; 100], &recovery)),
        ZipFile::deflated("vendor_boot.img", &vendor),
        ZipFile::stored("system.img", &fixture("erofs/ok-plain.img")),
    ])
    .build();
    let (tree, problems) = open_bytes(zip, "x.zip");
    let tree = tree.expect("opens");
    for (path, partition) in [
        ("/init.rc", "root"),
        ("/recovery/ramdisk/init.rc", "unknown"),
        ("/vendor_boot/ramdisk/lib/modules/a.ko", "unknown"),
        ("/system/build.prop", "system"),
    ] {
        assert_eq!(tree.get(path).unwrap_or_else(|| panic!("{path}")).partition, partition, "{path}");
    }
    assert_eq!(codes(&problems), NONE);
    assert_eq!(tree.unopened, Vec::new());
}

#[test]
fn hostile_boot_images_and_archives_end() {
    let archive = cpio(&ramdisk_tree());
    let Some(archive) = archive else { return };
    let vendor = vendor_4(&[("", &archive), ("x", &archive)], 2048);
    for image in [version_4(&[1; 5000], &archive), vendor, archive.clone()] {
        for end in (0..image.len()).step_by(97) {
            let (tree, problems) = open_bytes(image[..end].to_vec(), "boot.img");
            let read = with_cx(|cx| {
                tree.map(|tree| tree.files().iter().filter(|file| file.read(cx).is_ok()).count())
            });
            let complete = read.0.is_ok_and(|count| count > 4);
            assert!(!complete || !problems.is_empty() || image[end..].iter().all(|&byte| byte == 0), "{end}");
        }
        for at in (0..image.len().min(6000)).step_by(3) {
            let mut bytes = image.clone();
            bytes[at] = 0xff - bytes[at];
            if let (Ok(tree), _) = open_bytes(bytes, "x") {
                with_cx(|cx| tree.files().iter().for_each(|file| drop(file.read(cx))));
            }
        }
    }
    let two = [&archive[..], &[0; 700], &archive].concat();
    assert_eq!(summary_of(two, "ramdisk.img").0, summary_of(archive, "ramdisk.img").0);
}

/// What `img2sdat` makes: the runs of blocks that are not zero.
fn transferred(image: &[u8]) -> (String, Vec<u8>) {
    let mut image = image.to_vec();
    image.resize(image.len().next_multiple_of(4096), 0);
    let (mut new, mut zero, mut data) = (Vec::new(), Vec::new(), Vec::new());
    for (index, block) in image.chunks(4096).enumerate() {
        if block.iter().any(|&byte| byte != 0) {
            new.push((index, index + 1));
            data.extend(block);
        } else {
            zero.push((index, index + 1));
        }
    }
    let line = |command: &str, ranges: &[(usize, usize)]| {
        let numbers: Vec<String> = ranges.iter().map(|(start, end)| format!("{start},{end}")).collect();
        if ranges.is_empty() {
            String::new()
        } else {
            format!("{command} {},{}\n", ranges.len() * 2, numbers.join(","))
        }
    };
    let middle = new.len() / 2;
    let commands = [line("zero", &zero), line("new", &new[..middle]), line("new", &new[middle..])].concat();
    (format!("4\n{}\n0\n0\nerase 2,0,{}\n{commands}", new.len(), image.len() / 4096), data)
}

#[test]
fn block_based_updates_hold_the_sample() {
    let system = expected(&below("system/", &sample()));
    for image in ["ext4/ok-ext4.img", "erofs/ok-lz4.img"] {
        let (list, data) = transferred(&fixture(image));
        for (ending, program) in [("", "cat"), (".br", "brotli"), (".xz", "xz")] {
            let Some(packed) = piped(program, if program == "brotli" { &["-c"] } else { &[] }, &data) else {
                continue;
            };
            let zip = ZipBuilder::of(vec![
                ZipFile::deflated("META-INF/com/google/android/updater-script", b"show_progress(1);\n"),
                ZipFile::stored(&format!("system.new.dat{ending}"), &packed),
                ZipFile::stored("system.patch.dat", b""),
                ZipFile::deflated("system.transfer.list", list.as_bytes()),
            ])
            .build();
            let (tree, problems) = open_bytes(zip, "rom.zip");
            let tree = tree.expect("opens");
            let (all, _) = with_cx(|cx| summary(&tree, cx));
            let found: Vec<_> = all.into_iter().filter(|file| file.0.starts_with("/system/")).collect();
            assert_eq!((found, codes(&problems)), (system.clone(), NONE.to_vec()), "{image} {program}");
            assert_eq!(tree.unopened, Vec::new());
            let locus = tree.get("/system/build.prop").expect("there").locus.to_string();
            assert_eq!(locus, format!("input!/system.new.dat{ending}!/build.prop"));
        }
        let folder = tempfile::tempdir().expect("writable");
        fs::write(folder.path().join("system.new.dat"), &data[..data.len() / 2]).expect("writable");
        fs::write(folder.path().join("system.transfer.list"), &list).expect("writable");
        assert_eq!(opened(folder.path()).1, ["transfer/list"]);
        fs::write(folder.path().join("system.transfer.list"), "4\n1\n0\n0\nbsdiff 0 1 a b 2,0,1 1 2,0,1\n")
            .expect("writable");
        let (reasons, _) = opened(folder.path());
        assert!(reasons[0].contains("needs the build before"), "{reasons:?}");
    }
}

fn opened(folder: &Path) -> (Vec<String>, Vec<&'static str>) {
    let (reasons, problems) = with_cx(|cx| {
        let tree = overt_container::open(folder, cx).expect("opens");
        tree.unopened.iter().map(|file| file.reason.clone()).collect::<Vec<_>>()
    });
    let mut codes: Vec<_> =
        codes(&problems).into_iter().filter(|code| code.starts_with("transfer")).collect();
    codes.dedup();
    (reasons, codes)
}
