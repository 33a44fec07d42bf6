//! Makers' packages and backups.

mod support;

use overt_testkit::image_builder::tar::{TarBuilder, TarFile};
use support::{below, codes, expected, fixture, open_bytes, piped, sample, summary, summary_of, with_cx};

const NONE: [&str; 0] = [];

fn words(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn wide(text: &str, bytes: usize) -> Vec<u8> {
    let mut out: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    out.resize(bytes, 0);
    out
}

/// Spreadtrum's package of these files.
fn pac(files: &[(&str, &[u8])]) -> Vec<u8> {
    let row = 1556 + 16;
    let table = 2124u32;
    let mut data = Vec::new();
    let mut rows = Vec::new();
    for (name, bytes) in files {
        let start = table as usize + row * files.len() + data.len();
        let mut one = words(&[row as u32]);
        one.extend(wide("partition", 512));
        one.extend(wide(name, 1024));
        one.extend(words(&[bytes.len() as u32, 1, 1, start as u32]));
        one.resize(row, 0);
        rows.extend(one);
        data.extend(*bytes);
    }
    let mut out = wide("BP_R1.0.0", 48);
    out.extend(words(&[(table as usize + rows.len() + data.len()) as u32]));
    out.extend(wide("product", 512));
    out.extend(wide("firmware", 512));
    out.extend(words(&[files.len() as u32, table]));
    out.resize(table as usize, 0);
    [out, rows, data].concat()
}

/// Huawei's package of these images.
fn update_app(images: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = vec![0; 92];
    for (number, (name, bytes)) in images.iter().enumerate() {
        let sums = bytes.len().div_ceil(4096) * 2;
        let start = out.len();
        out.extend(b"\x55\xaa\x5a\xa5");
        out.extend(words(&[(98 + sums) as u32, 1]));
        out.extend(b"HW\xff\xff\xff\xff\xff\xff");
        out.extend(words(&[number as u32, bytes.len() as u32]));
        out.extend(b"2017.06.05\0\0\0\0\0\x0012.34.56\0\0\0\0\0\0\0\0");
        out.extend(name.as_bytes());
        out.resize(start + 98 + sums, 0);
        out.extend(*bytes);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    out
}

/// Foxconn's package of these files.
fn nb0(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = words(&[files.len() as u32]);
    let mut data = Vec::new();
    for (name, bytes) in files {
        let row = out.len();
        out.extend(words(&[data.len() as u32, bytes.len() as u32, 0, 0]));
        out.extend(name.as_bytes());
        out.resize(row + 64, 0);
        data.extend(*bytes);
    }
    [out, data].concat()
}

#[test]
fn makers_packages_hold_the_sample() {
    let system = expected(&below("system/", &sample()));
    let image = fixture("ext4/ok-ext4.img");
    for (name, package) in [
        ("x.pac", pac(&[("boot.bin", b"no image"), ("system.img", &image)])),
        ("UPDATE.APP", update_app(&[("SHA256RSA", b"signature"), ("SYSTEM", &image), ("CRC", b"sums")])),
        ("x.nb0", nb0(&[("a.mlf", b"list"), ("system.img", &image)])),
    ] {
        let (tree, problems) = open_bytes(package.clone(), name);
        let tree = tree.unwrap_or_else(|error| panic!("{name}: {error}"));
        let (all, _) = with_cx(|cx| summary(&tree, cx));
        let found: Vec<_> = all.into_iter().filter(|file| file.0.starts_with("/system/")).collect();
        assert_eq!((found, codes(&problems)), (system.clone(), NONE.to_vec()), "{name}");
        for end in (0..package.len()).step_by(173) {
            let (tree, problems) = open_bytes(package[..end].to_vec(), name);
            let Ok(tree) = tree else { continue };
            let (unread, _) =
                with_cx(|cx| tree.files().iter().any(|file| file.link.is_none() && file.read(cx).is_err()));
            let complete = tree.files().len() >= sample().len() && !unread;
            assert!(!complete || !problems.is_empty() || end + 200 > package.len(), "{name} cut at {end}");
        }
        for at in (0..package.len().min(4000)).chain((0..package.len()).step_by(97)) {
            let mut bytes = package.clone();
            bytes[at] ^= 0xff;
            if let (Ok(tree), _) = open_bytes(bytes, name) {
                with_cx(|cx| tree.files().iter().for_each(|file| drop(file.read(cx))));
            }
        }
    }
}

#[test]
fn android_backups() {
    let tar = TarBuilder::of(vec![
        TarFile::of("apps/com.sample/_manifest", b"1\ncom.sample\n"),
        TarFile::of("apps/com.sample/f/notes.txt", b"a note\n"),
    ])
    .build();
    let plain = [b"ANDROID BACKUP\n5\n0\nnone\n", &tar[..]].concat();
    let wanted = summary_of(plain, "x.ab");
    assert_eq!((wanted.0.len(), &wanted.1), (2, &NONE.to_vec()));
    // zlib is deflate behind two bytes; gzip's deflate is the same without its own header and end.
    if let Some(packed) = piped("gzip", &["-n", "-9"], &tar) {
        let deflated = &packed[10..packed.len() - 8];
        let (mut a, mut b) = (1u32, 0u32);
        for &byte in &tar {
            a = (a + u32::from(byte)) % 65521;
            b = (b + a) % 65521;
        }
        let sum = (b << 16 | a).to_be_bytes();
        let whole = [b"ANDROID BACKUP\n4\n1\nnone\n\x78\xda", deflated, &sum].concat();
        assert_eq!(summary_of(whole.clone(), "x.ab"), wanted);
        for end in 0..whole.len() {
            let (tree, problems) = open_bytes(whole[..end].to_vec(), "x.ab");
            assert!(tree.is_err() || !problems.is_empty(), "{end}");
        }
    }
    let (tree, _) = open_bytes(b"ANDROID BACKUP\n5\n1\nAES-256\nABCD\n".to_vec(), "x.ab");
    assert!(tree.expect_err("refused").to_string().contains("the password of whoever made it is needed"));
}

#[test]
fn packages_without_a_reader_are_named() {
    for (head, says) in [
        (&b"OPPOENCRYPT!0000"[..], "AES key"),
        (b"\x28\x05\x00\x00\x24\x38\x22\x25", "LG package (KDZ)"),
        (b"\x03SIN", "Sony package (SIN)"),
        (b"Rar!\x1a\x07\x01\0", "RAR archive"),
        (b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    ] {
        let (tree, _) = open_bytes([head, &[1; 100]].concat(), "x");
        let error = tree.expect_err("refused").to_string();
        assert!(error.contains(says) && error.contains("not yet supported"), "{error}");
    }
}

#[test]
fn a_scatter_file_names_the_partitions() {
    let folder = tempfile::tempdir().expect("writable");
    let scatter = "- partition_index: SYS1\n  partition_name: vendor\n  file_name: part-7.bin\n";
    std::fs::write(folder.path().join("MT6765_Android_scatter.txt"), scatter).expect("writable");
    // Nothing in it says what it is besides its packages.
    let tree: support::Tree = sample().into_iter().filter(|(path, _)| path.starts_with("app/")).collect();
    let root = folder.path().join("tree");
    support::write(&tree, &root);
    let image = folder.path().join("part-7.bin");
    let [root, out] = [&root, &image].map(|path| path.to_str().expect("UTF-8"));
    if support::run("mkfs.erofs", &["--quiet", out, root]) {
        std::fs::remove_dir_all(root).expect("there");
        let (paths, _) = with_cx(|cx| {
            let tree = overt_container::open(folder.path(), cx).expect("opens");
            tree.files().iter().map(|file| (file.path.clone(), file.partition)).collect::<Vec<_>>()
        });
        assert!(
            paths.contains(&("/vendor/app/Sample App/Sample App.apk".to_string(), "vendor")),
            "{paths:?}"
        );
    }
}
