//! One tree in every container: the same files and the same bytes.

mod support;

use std::fs;
use std::path::Path;

use overt_testkit::image_builder::sparse::{SparseBuilder, SparseChunk};
use overt_testkit::image_builder::super_lp::{LpExtent, LpPartition, SuperBuilder};
use overt_testkit::image_builder::zip::{ZipBuilder, ZipFile};
use support::{
    below, expected, fixture, fixtures, open_bytes, run, sample, summary_of, summary_of_path, with_cx, write,
    zipped,
};

const NONE: [&str; 0] = [];

/// Images of the sample made by the usual tools, by fixture name: size to start with, program and arguments, `{tree}`
/// and `{out}` for the folder and the image.
const IMAGES: &[(&str, usize, &str, &[&str])] = &[
    (
        "ext4/ok-ext4.img",
        64 << 10,
        "mkfs.ext4",
        &[
            "-q",
            "-b",
            "1024",
            "-N",
            "48",
            "-I",
            "128",
            "-m",
            "0",
            "-O",
            "^has_journal,^resize_inode",
            "-d",
            "{tree}",
            "{out}",
        ],
    ),
    (
        "ext4/ok-ext2.img",
        64 << 10,
        "mkfs.ext4",
        &[
            "-q",
            "-b",
            "1024",
            "-N",
            "48",
            "-I",
            "128",
            "-m",
            "0",
            "-O",
            "^has_journal,^resize_inode,^extents,^64bit,^metadata_csum",
            "-d",
            "{tree}",
            "{out}",
        ],
    ),
    // Kept as a sparse image, which is smaller.
    (
        "ext4/ok-inline.simg",
        112 << 10,
        "mkfs.ext4",
        &[
            "-q",
            "-b",
            "1024",
            "-N",
            "48",
            "-I",
            "256",
            "-m",
            "0",
            "-O",
            "^has_journal,^resize_inode,inline_data",
            "-d",
            "{tree}",
            "{out}",
        ],
    ),
    ("erofs/ok-plain.img", 0, "mkfs.erofs", &["-x-1", "--all-root", "-T0", "{out}", "{tree}"]),
    ("erofs/ok-lz4.img", 0, "mkfs.erofs", &["-zlz4", "-x-1", "--all-root", "-T0", "{out}", "{tree}"]),
    (
        "erofs/ok-lz4hc.img",
        0,
        "mkfs.erofs",
        &["-zlz4hc,9", "-C65536", "-Efragments,ztailpacking", "-x-1", "--all-root", "-T0", "{out}", "{tree}"],
    ),
];

/// Makes one of [`IMAGES`], if its program is there.
fn make(size: usize, program: &str, arguments: &[&str], tree: &Path, out: &Path) -> bool {
    // Without a file of the right size, mkfs.ext4 reads behind the end of the one it makes.
    fs::write(out, vec![0; size]).expect("writable");
    let text = |path: &Path| path.to_str().expect("UTF-8").to_string();
    let arguments: Vec<String> = arguments
        .iter()
        .map(|argument| argument.replace("{tree}", &text(tree)).replace("{out}", &text(out)))
        .collect();
    run(program, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn committed_images_hold_the_sample() {
    let system = expected(&below("system/", &sample()));
    for (name, ..) in IMAGES {
        assert_eq!(summary_of(fixture(name), "some.img"), (system.clone(), NONE.to_vec()), "{name}");
    }
    assert_eq!(summary_of(fixture("sparse/ok-ext4.img"), "x"), (system, NONE.to_vec()));
}

/// `OVERT_WRITE_FIXTURES=1 cargo test -p overt-container --test containers` writes the committed images anew.
#[test]
fn images_by_the_usual_tools_hold_the_sample() {
    let folder = tempfile::tempdir().expect("writable");
    let tree = folder.path().join("tree");
    write(&sample(), &tree);
    fs::create_dir_all(tree.join("empty-directory/inside")).expect("writable");
    let system = expected(&below("system/", &sample()));
    let write_fixtures = std::env::var_os("OVERT_WRITE_FIXTURES").is_some();
    for (name, size, program, arguments) in IMAGES {
        let out = folder.path().join("image");
        if !make(*size, program, arguments, &tree, &out) {
            continue;
        }
        assert_eq!(summary_of_path(&out), (system.clone(), NONE.to_vec()), "{name}");
        if write_fixtures {
            fs::copy(&out, fixtures().join(name)).expect("writable");
        }
        let sparse = folder.path().join("sparse");
        if run("img2simg", &[out.to_str().expect("UTF-8"), sparse.to_str().expect("UTF-8")]) {
            assert_eq!(summary_of_path(&sparse), (system.clone(), NONE.to_vec()), "sparse {name}");
            let sparse_name = match *name {
                "ext4/ok-ext4.img" => "sparse/ok-ext4.img",
                "ext4/ok-inline.simg" => name,
                _ => continue,
            };
            if write_fixtures {
                fs::copy(&sparse, fixtures().join(sparse_name)).expect("writable");
            }
        }
    }
}

#[test]
fn the_same_tree_in_eight_containers() {
    let system = expected(&below("system/", &sample()));
    let folder = tempfile::tempdir().expect("writable");
    write(&sample(), folder.path());
    assert_eq!(summary_of_path(folder.path()), (system.clone(), NONE.to_vec()), "folder");
    let dump = tempfile::tempdir().expect("writable");
    write(&below("system/", &sample()), dump.path());
    assert_eq!(summary_of_path(dump.path()), (system.clone(), NONE.to_vec()), "folder of a partition");

    let ext4 = fixture("ext4/ok-ext4.img");
    let lz4 = fixture("erofs/ok-lz4.img");
    let whole = |pieces: usize, bytes: &[u8]| {
        SuperBuilder::of(vec![
            LpPartition { pieces, ..LpPartition::of("system_a", bytes.to_vec()) },
            LpPartition::of("system_b", Vec::new()),
        ])
        .build()
    };
    for (what, bytes) in [
        ("zip", zipped(&sample()).build()),
        ("zip of a partition", zipped(&below("system/", &sample())).build()),
        ("wrapped zip", zipped(&below("dump/", &sample())).build()),
        ("wrapped zip of a partition", zipped(&below("a/b/system/", &sample())).build()),
        ("ext4", ext4.clone()),
        ("erofs", fixture("erofs/ok-plain.img")),
        ("erofs lz4", lz4.clone()),
        ("erofs lz4hc", fixture("erofs/ok-lz4hc.img")),
        ("sparse ext4", fixture("sparse/ok-ext4.img")),
        ("sparse erofs", SparseBuilder::from_raw(&lz4).build()),
        ("super ext4", whole(1, &ext4)),
        ("super erofs", whole(1, &lz4)),
        ("super ext4 in pieces", whole(5, &ext4)),
        ("super erofs in pieces", whole(5, &lz4)),
        ("sparse super", SparseBuilder::from_raw(&whole(3, &ext4)).build()),
        ("zip of an image", ZipBuilder::of(vec![ZipFile::deflated("firmware/system.img", &ext4)]).build()),
        ("zip of a sparse super", {
            let inner = SparseBuilder::from_raw(&whole(1, &lz4)).build();
            ZipBuilder::of(vec![ZipFile::deflated("super.img", &inner)]).build()
        }),
    ] {
        assert_eq!(summary_of(bytes, "input"), (system.clone(), NONE.to_vec()), "{what}");
    }
}

#[test]
fn the_chain_from_the_input_is_told() {
    let image = fixture("ext4/ok-ext4.img");
    let super_image = SuperBuilder::of(vec![LpPartition::of("system_a", image.clone())]).build();
    let locus = |bytes: Vec<u8>| {
        let (tree, _) = open_bytes(bytes, "x");
        let tree = tree.expect("opens");
        tree.get("/system/build.prop").expect("is there").locus.to_string()
    };
    assert_eq!(locus(image.clone()), "input!/build.prop");
    assert_eq!(locus(super_image.clone()), "input!super!system_a!/build.prop");
    let zip = ZipBuilder::of(vec![ZipFile::stored("images/super.img", &super_image)]).build();
    assert_eq!(locus(zip), "input!/images/super.img!system_a!/build.prop");
    assert_eq!(locus(zipped(&below("dump/", &sample())).build()), "input!/dump/build.prop");
}

#[test]
fn images_tell_modes_and_owners_and_folders_do_not() {
    let (tree, _) = open_bytes(fixture("erofs/ok-plain.img"), "x");
    let tree = tree.expect("opens");
    let file = tree.get("/system/build.prop").expect("is there");
    assert_eq!((file.uid, file.gid), (Some(0), Some(0)));
    assert!(file.mode.is_some_and(|mode| mode & 0o400 != 0 && mode & !0o7777 == 0));
    assert_eq!(file.partition, "system");
    let (tree, _) = open_bytes(zipped(&sample()).build(), "x");
    let tree = tree.expect("opens");
    let file = tree.get("/system/build.prop").expect("is there");
    assert_eq!((file.mode, file.uid, file.gid), (None, None, None));
}

#[test]
fn files_that_lie_in_one_piece_are_slices_of_the_image() {
    let image = overt_base::View::from_vec(fixture("ext4/ok-ext4.img"));
    let range = image.as_ptr() as usize..image.as_ptr() as usize + image.len();
    with_cx(|cx| {
        let tree = overt_container::open_bytes(image.clone(), "x", cx).expect("opens");
        let read = tree.get("/system/lib/libx.so").expect("is there").read(cx).expect("readable");
        assert!(range.contains(&(read.as_ptr() as usize)));
    });
}

#[test]
fn sparse_chunks_of_all_kinds_unfold() {
    let chunks = vec![
        SparseChunk::Raw(fixture("ext4/ok-ext4.img")[..8192].to_vec()),
        SparseChunk::Crc(1),
        SparseChunk::Raw(fixture("ext4/ok-ext4.img")[8192..].to_vec()),
        SparseChunk::Fill(2, *b"abcd"),
        SparseChunk::DontCare(1),
    ];
    let system = expected(&below("system/", &sample()));
    assert_eq!(summary_of(SparseBuilder::of(chunks).build(), "x"), (system, NONE.to_vec()));
}

#[test]
fn sparse_images_that_lie_about_themselves_are_reported() {
    let good = SparseBuilder::from_raw(&fixture("ext4/ok-ext4.img"));
    let system = expected(&below("system/", &sample()));
    let longer = SparseBuilder { blocks: Some(1000), ..good.clone() };
    assert_eq!(summary_of(longer.build(), "x"), (system.clone(), vec!["sparse/length"]));
    let more = SparseBuilder { count: Some(u32::MAX), ..good.clone() };
    assert_eq!(summary_of(more.build(), "x"), (system, vec!["sparse/cut"]));
    let mut unknown = good.build();
    unknown[28] = 0x77;
    let (tree, problems) = open_bytes(unknown, "x");
    assert!(tree.is_err() && support::codes(&problems) == ["sparse/cut"]);
    let absurd = SparseBuilder { block: 0, ..SparseBuilder::of(Vec::new()) }.build();
    assert!(open_bytes(absurd, "x").0.expect_err("refused").to_string().contains("no multiple of four"));
}

#[test]
fn super_metadata_survives_damage() {
    let system = expected(&below("system/", &sample()));
    let builder = SuperBuilder::of(vec![LpPartition::of("system_a", fixture("erofs/ok-lz4.img"))]);
    let broken =
        |broken: Vec<(usize, Vec<u8>)>| summary_of(SuperBuilder { broken, ..builder.clone() }.build(), "x");
    // The primary geometry's magic.
    assert_eq!(broken(vec![(4096, vec![0])]), (system.clone(), vec!["super/geometry"]));
    // Both geometries' checksums.
    assert_eq!(
        broken(vec![(4104, vec![0; 4]), (8200, vec![0; 4])]),
        (system.clone(), vec!["super/checksum"])
    );
    // Slot 0's primary magic.
    let first = builder.metadata_at(0);
    assert_eq!(broken(vec![(first, vec![0])]), (system.clone(), vec!["super/metadata"]));
    // A checksum in slot 0's primary tables.
    assert_eq!(broken(vec![(first + 48, vec![0; 4])]), (system.clone(), vec!["super/checksum"]));
    // All copies' checksums.
    let all: Vec<_> = (0..2)
        .flat_map(|slot| [builder.metadata_at(slot), builder.backup_at(slot)])
        .map(|at| (at + 48, vec![0; 4]))
        .collect();
    assert_eq!(broken(all), (system, vec!["super/checksum"; 4]));
    // Nothing usable.
    let none: Vec<_> = (0..2)
        .flat_map(|slot| [builder.metadata_at(slot), builder.backup_at(slot)])
        .map(|at| (at, vec![0; 4]))
        .collect();
    let bytes = SuperBuilder { broken: none, ..builder.clone() }.build();
    assert!(
        open_bytes(bytes, "x").0.expect_err("refused").to_string().contains("no slot has usable metadata")
    );
}

#[test]
fn extents_that_cannot_be_are_reported() {
    let system = expected(&below("system/", &sample()));
    let extent = LpExtent { sectors: 8, target: 0, sector: 0, device: 0 };
    let with = |extent: LpExtent| {
        let mut partition = LpPartition::of("system_a", fixture("erofs/ok-lz4.img"));
        partition.extents.push(extent);
        summary_of(SuperBuilder::of(vec![partition]).build(), "x")
    };
    assert_eq!(with(LpExtent { target: 1, ..extent }), (system.clone(), NONE.to_vec()));
    assert_eq!(with(LpExtent { target: 7, ..extent }), (system.clone(), vec!["super/unknown-target"]));
    assert_eq!(with(LpExtent { device: 1, ..extent }), (system.clone(), vec!["super/other-device"]));
    let outside = LpExtent { sector: u64::MAX, ..extent };
    assert_eq!(with(outside), (system.clone(), vec!["super/extent-outside"]));
    let huge = LpExtent { sectors: u64::MAX, target: 1, ..extent };
    assert_eq!(with(huge), (system.clone(), vec!["super/length"]));
    // The first sectors of the partition once more.
    let image = SuperBuilder::of(Vec::new()).build().len() as u64;
    let twice = LpExtent { sector: image / 512, ..extent };
    assert_eq!(with(twice), (system, vec!["super/overlapping-extents"]));
}

#[test]
fn the_first_slot_wins_where_both_are_filled() {
    let system = expected(&below("system/", &sample()));
    let both = |first: Vec<u8>, second: Vec<u8>| {
        let parts = vec![LpPartition::of("system_b", second), LpPartition::of("system_a", first)];
        summary_of(SuperBuilder::of(parts).build(), "x")
    };
    let (ext4, lz4) = (fixture("ext4/ok-ext4.img"), fixture("erofs/ok-lz4.img"));
    assert_eq!(both(ext4.clone(), lz4.clone()), (system.clone(), NONE.to_vec()));
    // An empty first slot leaves the second.
    assert_eq!(both(Vec::new(), lz4.clone()), (system.clone(), NONE.to_vec()));
    assert_eq!(both(vec![0; 8192], lz4), (system.clone(), NONE.to_vec()));
    // A second slot that differs is said to.
    let mut other = ext4.clone();
    let marker = b"ro.build.id=TEST";
    let at = other.windows(marker.len()).position(|window| window == marker).expect("is there");
    other[at + 12..at + 16].copy_from_slice(b"EVIL");
    assert_eq!(both(ext4, other), (system, vec!["container/copies-differ"]));
}
