//! File systems made by their own tools: every file, byte for byte.

mod support;

use std::fs;
use std::path::Path;

use overt_testkit::image_builder::payload::bytes;
use overt_testkit::image_builder::zip::{ZipBuilder, ZipFile};
use support::{
    Node, Tree, below, codes, expected, fixture, fixtures, noise, open_bytes, piped, run, sample, summary,
    summary_of, summary_of_path, with_cx, write,
};

const NONE: [&str; 0] = [];

/// The sample with files of many shapes: of no block and of many, with holes, in full directories.
fn tree() -> Tree {
    let mut tree = sample();
    let file = |path: &str, bytes: Vec<u8>| (path.to_string(), Node::File(bytes));
    for index in 0..300 {
        tree.push(file(&format!("etc/many/file number {index:03}"), noise(index * 7, index as u64)));
    }
    let text: Vec<u8> =
        (0..60_000).flat_map(|line: u32| format!("{line} in a long text\n").into_bytes()).collect();
    tree.push(file("etc/large.txt", text));
    tree.push(file("etc/noise", noise(5_000_001, 99)));
    let mut holes = vec![0; 3 << 20];
    holes.extend(noise(70_000, 4));
    holes.resize(6 << 20, 0);
    tree.push(file("etc/holes", holes));
    tree.push(file(&format!("etc/{}", "n".repeat(200)), b"a long name".to_vec()));
    tree.sort_by(|one, other| one.0.cmp(&other.0));
    tree
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn squashfs_by_its_own_tool() {
    let folder = tempfile::tempdir().expect("writable");
    let (root, image) = (folder.path().join("tree"), folder.path().join("system.img"));
    for (what, tree) in [("sample", sample()), ("all shapes", tree())] {
        let _ = fs::remove_dir_all(&root);
        write(&tree, &root);
        let system = expected(&below("system/", &tree));
        for options in [
            &["-comp", "gzip"][..],
            &["-comp", "gzip", "-noI", "-noD", "-noF"],
            &["-comp", "xz", "-b", "4K"],
            &["-comp", "xz", "-Xbcj", "arm,armthumb", "-b", "1M"],
            &["-comp", "lz4", "-no-fragments"],
            &["-comp", "lz4", "-Xhc", "-always-use-fragments", "-b", "64K"],
            &["-comp", "zstd", "-all-root"],
        ] {
            let mut arguments = vec![text(&root), text(&image), "-noappend", "-quiet", "-no-progress"];
            arguments.extend(options);
            if run("mksquashfs", &arguments) {
                assert_eq!(summary_of_path(&image), (system.clone(), NONE.to_vec()), "{what} {options:?}");
                if what == "sample" && options.contains(&"-all-root") {
                    kept(&image, "squashfs/ok-zstd.img");
                }
            }
        }
        for lacking in ["lzo", "lzma"] {
            let arguments =
                [text(&root), text(&image), "-noappend", "-quiet", "-no-progress", "-comp", lacking];
            if run("mksquashfs", &arguments) {
                let (tree, _) = open_bytes(fs::read(&image).expect("readable"), "x");
                assert!(tree.expect_err("refused").to_string().contains("lzma, lzo"));
            }
        }
    }
}

/// `OVERT_WRITE_FIXTURES=1` keeps an image as a fixture.
fn kept(image: &Path, name: &str) {
    if std::env::var_os("OVERT_WRITE_FIXTURES").is_some() {
        let path = fixtures().join(name);
        fs::create_dir_all(path.parent().expect("has one")).expect("writable");
        fs::copy(image, path).expect("writable");
    }
}

#[test]
fn f2fs_by_its_own_tools() {
    let folder = tempfile::tempdir().expect("writable");
    let (root, image) = (folder.path().join("tree"), folder.path().join("system.img"));
    for (what, tree) in [("sample", sample()), ("all shapes", tree())] {
        let _ = fs::remove_dir_all(&root);
        write(&tree, &root);
        let system = expected(&below("system/", &tree));
        // Debian's loader knows no compression, and leaves flexible attributes inconsistent.
        for make in [
            &[][..],
            &["-O", "encrypt,quota,verity,extra_attr"],
            &["-O", "extra_attr,inode_checksum,sb_checksum"],
            &["-O", "extra_attr,compression"],
            &["-i"],
            &["-s", "2"],
        ] {
            let _ = fs::remove_file(&image);
            fs::File::create(&image).and_then(|file| file.set_len(200 << 20)).expect("writable");
            let mut arguments = vec!["-q", "-f"];
            arguments.extend(make);
            arguments.push(text(&image));
            if !run("mkfs.f2fs", &arguments) {
                return;
            }
            if !run("sload.f2fs", &["-f", text(&root), "-t", "/", text(&image)]) {
                return;
            }
            assert_eq!(summary_of_path(&image), (system.clone(), NONE.to_vec()), "{what} {make:?}");
            if what == "sample" && make.is_empty() {
                let raw = fs::read(&image).expect("readable");
                let packed = piped("gzip", &["-9", "-n"], &raw).expect("is there");
                let target = folder.path().join("packed");
                fs::write(&target, packed).expect("writable");
                kept(&target, "f2fs/ok.img.gz");
            }
        }
    }
}

/// An image whose one file is packed by hand: nobody's loader here can.
#[test]
fn packed_clusters_of_f2fs_are_unfolded() {
    let folder = tempfile::tempdir().expect("writable");
    let (root, image) = (folder.path().join("tree"), folder.path().join("system.img"));
    let text_of_16_kib: Vec<u8> =
        (0..).flat_map(|line: u32| format!("line {}\n", line % 9).into_bytes()).take(16384).collect();
    write(&vec![("cluster".to_string(), Node::File(text_of_16_kib.clone()))], &root);
    fs::File::create(&image).and_then(|file| file.set_len(64 << 20)).expect("writable");
    let made = run("mkfs.f2fs", &["-q", "-f", "-O", "extra_attr,compression", text(&image)])
        && run("sload.f2fs", &["-f", text(&root), "-t", "/", text(&image)]);
    if !made {
        return;
    }
    let bytes = fs::read(&image).expect("readable");
    let is_inode = |block: &&[u8]| block[92..].starts_with(b"cluster\0") && block[88..92] == [7, 0, 0, 0];
    for (packing, program, arguments) in [(1u8, "lz4", &["-B4"][..]), (2, "zstd", &["-q"])] {
        let Some(packed) = piped(program, arguments, &text_of_16_kib) else { continue };
        // The one block of an lz4 frame lies behind its header and its length.
        let packed = if packing == 1 {
            &packed[11..11 + u32::from_le_bytes(packed[7..11].try_into().expect("four")) as usize]
        } else {
            &packed[..]
        };
        let mut bytes = bytes.clone();
        let mut count = 0;
        for at in (0..bytes.len()).step_by(4096) {
            if !is_inode(&&bytes[at..at + 4096]) {
                continue;
            }
            count += 1;
            let extra = usize::from(u16::from_le_bytes([bytes[at + 360], bytes[at + 361]]));
            assert!(extra >= 36, "{extra}");
            bytes[at + 80] |= 4;
            (bytes[at + 392], bytes[at + 393]) = (packing, 2);
            let addresses = at + 360 + extra;
            let second =
                u32::from_le_bytes(bytes[addresses + 4..addresses + 8].try_into().expect("four")) as usize;
            bytes[addresses..addresses + 4].copy_from_slice(&[0xfe, 0xff, 0xff, 0xff]);
            bytes[addresses + 8..addresses + 16].fill(0);
            let block = second * 4096;
            bytes[block..block + 4096].fill(0);
            bytes[block..block + 4].copy_from_slice(&(packed.len() as u32).to_le_bytes());
            bytes[block + 24..block + 24 + packed.len()].copy_from_slice(packed);
        }
        assert!(count > 0);
        let (tree, _) = open_bytes(bytes, "x");
        let tree = tree.expect("opens");
        let (read, _) = with_cx(|cx| tree.files()[0].read(cx).expect("readable"));
        assert!(*read == *text_of_16_kib, "{program}");
    }
}

#[test]
fn committed_file_systems_hold_the_sample() {
    let system = expected(&below("system/", &sample()));
    for name in ["squashfs/ok-zstd.img", "f2fs/ok.img.gz"] {
        assert_eq!(summary_of(fixture(name), "x"), (system.clone(), NONE.to_vec()), "{name}");
    }
}

/// Every way of cutting and every flipped byte of the places that say where things are.
#[test]
fn damaged_file_systems_are_survived() {
    let squashfs = fixture("squashfs/ok-zstd.img");
    let f2fs = {
        let (tree, _) = open_bytes(fixture("f2fs/ok.img.gz"), "x");
        drop(tree.expect("opens"));
        piped("gzip", &["-d"], &fixture("f2fs/ok.img.gz")).unwrap_or_default()
    };
    let survive = |bytes: Vec<u8>| {
        let (tree, problems) = open_bytes(bytes, "system.img");
        let Ok(tree) = tree else { return true };
        let (unread, _) =
            with_cx(|cx| tree.files().iter().any(|file| file.link.is_none() && file.read(cx).is_err()));
        unread || !problems.is_empty() || tree.files().len() < sample().len()
    };
    for end in (0..squashfs.len()).step_by(31) {
        // Behind the tables is only padding to a whole page.
        let padding = squashfs[end..].iter().all(|&byte| byte == 0);
        assert!(survive(squashfs[..end].to_vec()) || padding, "squashfs cut at {end}");
    }
    for at in 0..squashfs.len() {
        let mut bytes = squashfs.clone();
        bytes[at] ^= 0xff;
        survive(bytes);
    }
    if f2fs.is_empty() {
        return;
    }
    for end in (0..f2fs.len()).step_by(2_500_003) {
        survive(f2fs[..end].to_vec());
    }
    // Blocks with something in them: the tables, the nodes, the directories.
    let used: Vec<usize> = f2fs
        .chunks(4096)
        .enumerate()
        .filter(|(_, block)| block.iter().any(|&byte| byte != 0))
        .map(|(at, _)| at)
        .collect();
    let mut state = 1u64;
    for &block in used.iter().filter(|&&block| block < f2fs.len() / 4096) {
        for _ in 0..3 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = block * 4096 + (state >> 33) as usize % 4096;
            let mut bytes = f2fs.clone();
            bytes[at] ^= 0xff;
            survive(bytes);
        }
    }
}

fn apex(name: &str, payload: &[u8]) -> Vec<u8> {
    let manifest = [bytes(1, name.as_bytes()), vec![0x10, 1]].concat();
    ZipBuilder::of(vec![
        ZipFile::deflated("AndroidManifest.xml", &[3, 0, 8, 0]),
        ZipFile::stored("apex_manifest.pb", &manifest),
        ZipFile::stored("apex_payload.img", payload),
        ZipFile::stored("apex_pubkey", b"key"),
    ])
    .build()
}

#[test]
fn apex_packages_are_mounted_by_name() {
    let wanted = expected(&below("apex/com.android.sample/", &sample()));
    for payload in ["ext4/ok-ext4.img", "erofs/ok-lz4.img"] {
        let package = apex("com.android.sample", &fixture(payload));
        assert_eq!(summary_of(package.clone(), "x.apex"), (wanted.clone(), NONE.to_vec()), "{payload}");
        let packed = ZipBuilder::of(vec![
            ZipFile::deflated("AndroidManifest.xml", &[3, 0, 8, 0]),
            ZipFile::stored("apex_manifest.pb", &bytes(1, b"com.android.sample")),
            ZipFile::deflated("original_apex", &package),
        ])
        .build();
        assert_eq!(
            summary_of(packed.clone(), "x.capex"),
            (wanted.clone(), NONE.to_vec()),
            "packed {payload}"
        );
        // On a partition, where the package stays a file and two lie side by side.
        let folder = tempfile::tempdir().expect("writable");
        let mut files = below("system/", &sample());
        files.push(("system/apex/com.android.sample.apex".into(), Node::File(package)));
        files.push((
            "system/apex/other.capex".into(),
            Node::File(apex("com.android.other", &fixture(payload))),
        ));
        files.push(("system/apex/broken.apex".into(), Node::File(b"PK\x03\x04 and no more".to_vec())));
        write(&files, folder.path());
        let (tree, problems) = with_cx(|cx| overt_container::open(folder.path(), cx).expect("opens"));
        let (all, _) = with_cx(|cx| summary(&tree, cx));
        for name in ["sample", "other"] {
            let prefix = format!("/apex/com.android.{name}/");
            let found: Vec<_> = all.iter().filter(|file| file.0.starts_with(&prefix)).collect();
            assert_eq!(found.len(), sample().len(), "{name}");
        }
        let file = tree.get("/apex/com.android.sample/build.prop").expect("there");
        assert_eq!(file.partition, "apex");
        let locus = "input!/system/apex/com.android.sample.apex!apex_payload.img!/build.prop";
        assert_eq!(file.locus.to_string(), locus);
        assert_eq!(codes(&problems), NONE);
        assert_eq!(tree.unopened.len(), 1);
        assert_eq!(tree.unopened[0].path, "/system/apex/broken.apex");
        assert!(tree.get("/system/apex/com.android.sample.apex").is_some());
    }
}

#[test]
fn unpacked_apex_packages_are_mounted() {
    let mut files = below("system/", &sample());
    files.push(("system/apex/com.android.x/apex_manifest.json".into(), Node::File(b"{}".to_vec())));
    files.push(("system/apex/com.android.x/lib/libx.so".into(), Node::File(noise(10, 1))));
    files.push(("system/apex/other/lib/libx.so".into(), Node::File(noise(10, 2))));
    let folder = tempfile::tempdir().expect("writable");
    write(&files, folder.path());
    let (paths, _) = with_cx(|cx| {
        let tree = overt_container::open(folder.path(), cx).expect("opens");
        tree.files()
            .iter()
            .map(|file| file.path.clone())
            .filter(|path| path.contains("apex/"))
            .collect::<Vec<_>>()
    });
    let wanted = [
        "/apex/com.android.x/apex_manifest.json",
        "/apex/com.android.x/lib/libx.so",
        "/system/apex/other/lib/libx.so",
    ];
    assert_eq!(paths, wanted);
}

#[test]
fn apex_packages_that_lie_are_told() {
    for (name, path) in [("../../etc", "/apex/x/build.prop"), ("", "/apex/x/build.prop")] {
        let package = apex(name, &fixture("erofs/ok-plain.img"));
        let (tree, _) = open_bytes(package, "x.apex");
        assert!(tree.expect("opens").get(path).is_some(), "{name}");
    }
    let (tree, _) = open_bytes(apex("a", b"no file system"), "x.apex");
    assert!(tree.expect_err("refused").to_string().contains("no known format"));
    let whole = apex("com.android.sample", &fixture("erofs/ok-plain.img"));
    for end in (0..whole.len()).step_by(509) {
        let (tree, _) = open_bytes(whole[..end].to_vec(), "x.apex");
        drop(tree);
    }
}

#[test]
fn bundles_of_app_parts_do_not_mix() {
    let apk = |seed| {
        ZipBuilder::of(vec![
            ZipFile::deflated("AndroidManifest.xml", &[3, 0, 8, 0]),
            ZipFile::deflated("classes.dex", &noise(100, seed)),
        ])
        .build()
    };
    let bundle = |seed| {
        ZipBuilder::of(vec![
            ZipFile::stored("base.apk", &apk(seed)),
            ZipFile::stored("split_config.en.apk", &apk(seed + 1)),
            ZipFile::deflated("manifest.json", b"{}"),
        ])
        .build()
    };
    let folder = tempfile::tempdir().expect("writable");
    let files = vec![
        ("one.xapk".to_string(), Node::File(bundle(1))),
        ("sub/two.apks".to_string(), Node::File(bundle(5))),
        ("three.apkm".to_string(), Node::File(bundle(9))),
    ];
    write(&files, folder.path());
    let (tree, problems) = with_cx(|cx| overt_container::open(folder.path(), cx).expect("opens"));
    let paths: Vec<_> =
        tree.files().iter().map(|file| file.path.as_str()).filter(|path| path.ends_with("apk")).collect();
    let parts = ["base.apk", "split_config.en.apk"];
    let wanted: Vec<String> = ["/one.xapk", "/sub/two.apks", "/three.apkm"]
        .iter()
        .flat_map(|bundle| parts.map(|part| format!("{bundle}/{part}")))
        .collect();
    assert_eq!(paths, wanted);
    assert_eq!(codes(&problems), NONE);
    let (tree, _) = open_bytes(bundle(1), "whatever.xapk");
    assert!(tree.expect("opens").get("/base.apk").is_some());
}
