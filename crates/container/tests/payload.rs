//! Payloads of updates: every operation, with and without the build before.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use overt_base::{Digest, View};
use overt_container::source::Source;
use overt_container::update::Update;
use overt_testkit::image_builder::payload::{PayloadBuilder, PayloadOperation, PayloadPartition};
use overt_testkit::image_builder::zip::{ZipBuilder, ZipFile};
use support::{
    below, codes, expected, fixture, open_bytes, piped, run, sample, summary, summary_of, with_cx,
};

const NONE: [&str; 0] = [];
const BLOCK: usize = 4096;
const CHUNK: usize = 4 * BLOCK;

fn padded(mut image: Vec<u8>) -> Vec<u8> {
    image.resize(image.len().next_multiple_of(BLOCK), 0);
    image
}

/// The image in chunks, each packed in another way; runs of zeros are told.
fn full(name: &str, image: &[u8]) -> Option<PayloadPartition> {
    let image = padded(image.to_vec());
    let mut operations = Vec::new();
    for (index, chunk) in image.chunks(CHUNK).enumerate() {
        let (start, blocks) = ((index * CHUNK / BLOCK) as u64, (chunk.len() / BLOCK) as u64);
        let (kind, data) = match index % 5 {
            _ if chunk.iter().all(|&byte| byte == 0) => (if index % 2 == 0 { 6 } else { 7 }, Vec::new()),
            0 => (0, chunk.to_vec()),
            1 => (1, piped("bzip2", &[], chunk)?),
            2 => (8, piped("xz", &["--check=crc32"], chunk)?),
            3 => (8, piped("xz", &["--x86", "--lzma2"], chunk)?),
            _ => (14, piped("zstd", &[], chunk)?),
        };
        operations.push(PayloadOperation::of(kind, data, start, blocks));
    }
    // The order in the manifest is not that on the disk, and one operation may write in several places.
    operations.reverse();
    Some(PayloadPartition { name: name.into(), operations, size: image.len() as u64, old: None })
}

#[test]
fn full_updates_hold_the_sample() {
    let system = expected(&below("system/", &sample()));
    for image in ["ext4/ok-ext4.img", "ext4/ok-ext2.img", "erofs/ok-plain.img", "erofs/ok-lz4.img"] {
        let Some(partition) = full("system", &fixture(image)) else { return };
        let payload = PayloadBuilder::of(vec![partition]).build();
        assert_eq!(summary_of(payload.clone(), "payload.bin"), (system.clone(), NONE.to_vec()), "{image}");
        let zip = ZipBuilder::of(vec![
            ZipFile::deflated("META-INF/com/android/metadata", b"ota-type=AB\npost-build=a/b/c\n"),
            ZipFile::stored("payload.bin", &payload),
            ZipFile::deflated("payload_properties.txt", b"FILE_SIZE=1\n"),
        ])
        .build();
        let (tree, problems) = open_bytes(zip, "ota.zip");
        let tree = tree.expect("opens");
        let (all, _) = with_cx(|cx| summary(&tree, cx));
        assert_eq!(all.iter().filter(|file| file.0.starts_with("/system/")).count(), system.len());
        assert_eq!(codes(&problems), NONE);
        let locus = tree.get("/system/build.prop").expect("there").locus.to_string();
        assert_eq!(locus, "input!/payload.bin!system!/build.prop");
    }
}

#[test]
fn the_chunks_of_one_operation_may_lie_apart() {
    let image = padded(fixture("erofs/ok-plain.img"));
    let blocks = (image.len() / BLOCK) as u64;
    let (first, second) = image.split_at(image.len() / BLOCK / 2 * BLOCK);
    let middle = (first.len() / BLOCK) as u64;
    for (kind, packed) in
        [(0, Some([second, first].concat())), (1, piped("bzip2", &[], &[second, first].concat()))]
    {
        let Some(packed) = packed else { continue };
        let mut operation = PayloadOperation::of(kind, packed, middle, blocks - middle);
        operation.to.push((0, middle));
        let size = image.len() as u64;
        let partition =
            PayloadPartition { name: "system".into(), operations: vec![operation], size, old: None };
        let payload = PayloadBuilder::of(vec![partition]).build();
        assert_eq!(
            summary_of(payload, "x"),
            (expected(&below("system/", &sample())), NONE.to_vec()),
            "{kind}"
        );
    }
}

/// The new image, made of the old one: blocks copied, chunks patched, chunks new.
fn incremental(old: &[u8], new: &[u8]) -> Option<PayloadPartition> {
    let (old, new) = (padded(old.to_vec()), padded(new.to_vec()));
    let folder = tempfile::tempdir().expect("writable");
    let file = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_string();
    let mut operations = Vec::new();
    for (index, chunk) in new.chunks(CHUNK).enumerate() {
        let (start, blocks) = ((index * CHUNK / BLOCK) as u64, (chunk.len() / BLOCK) as u64);
        let same = old.chunks(BLOCK).zip(chunk.chunks(BLOCK)).position(|(one, other)| one == other);
        let at = old.windows(chunk.len()).step_by(BLOCK).position(|window| window == chunk);
        let mut operation = PayloadOperation::of(0, chunk.to_vec(), start, blocks);
        if let Some(at) = at.filter(|_| index % 2 == 0) {
            operation.kind = 4;
            operation.data.clear();
            operation.from = vec![(at as u64, 1), (at as u64 + 1, blocks - 1)];
            operation.from.retain(|(_, blocks)| *blocks > 0);
        } else if index % 3 > 0 || same.is_some() {
            let from = old.get(..CHUNK).unwrap_or(&old);
            fs::write(file("old"), from).expect("writable");
            fs::write(file("new"), chunk).expect("writable");
            if !run("bsdiff", &[&file("old"), &file("new"), &file("patch")]) {
                return None;
            }
            operation.data = fs::read(file("patch")).expect("readable");
            operation.kind = 5;
            if index % 3 == 1 {
                operation.data = brotli_patch(&operation.data)?;
                operation.kind = 10;
            }
            operation.from = vec![(0, (from.len() / BLOCK) as u64)];
            operation.from_sha256 = Some(Digest::of(from).0.to_vec());
        }
        operations.push(operation);
    }
    let old = Some((old.len() as u64, Digest::of(&old).0.to_vec()));
    Some(PayloadPartition { name: "system".into(), operations, size: new.len() as u64, old })
}

/// A patch of the first version, packed as Android's second is.
fn brotli_patch(patch: &[u8]) -> Option<Vec<u8>> {
    let length = |at: usize| u64::from_le_bytes(patch[at..at + 8].try_into().expect("eight bytes")) as usize;
    let (control, difference) = (32 + length(8), 32 + length(8) + length(16));
    let parts = [&patch[32..control], &patch[control..difference], &patch[difference..]];
    let mut packed = Vec::new();
    for part in parts {
        packed.push(piped("brotli", &["-c"], &piped("bzip2", &["-d"], part)?)?);
    }
    let mut out = b"BSDF2\x02\x02\x02".to_vec();
    out.extend((packed[0].len() as u64).to_le_bytes());
    out.extend((packed[1].len() as u64).to_le_bytes());
    out.extend(&patch[24..32]);
    out.extend(packed.concat());
    Some(out)
}

fn updated(payload: Vec<u8>, old: Vec<u8>) -> (Result<support::Summary, String>, Vec<&'static str>) {
    let (answer, problems) = with_cx(|cx| {
        let old: Arc<dyn Source> = Arc::new(View::from_vec(old));
        let update = Update::starting_from(BTreeMap::from([("system".to_string(), old)]));
        let opened = overt_container::open_bytes_from(View::from_vec(payload), "payload.bin", &update, cx);
        let tree = opened.map_err(|error| error.to_string())?;
        let unreadable =
            tree.files().iter().find_map(|file| file.link.is_none().then(|| file.read(cx).err())?);
        if let Some(unopened) = tree.unopened.first() {
            return Err(unopened.reason.clone());
        }
        match unreadable {
            Some(error) => Err(error.to_string()),
            None => Ok(summary(&tree, cx)),
        }
    });
    (answer, codes(&problems))
}

#[test]
fn incremental_updates_need_the_build_before() {
    let (old, new) = (fixture("erofs/ok-plain.img"), fixture("ext4/ok-ext4.img"));
    let Some(partition) = incremental(&old, &new) else { return };
    let kinds: Vec<u64> = partition.operations.iter().map(|operation| operation.kind).collect();
    assert!([5, 10].iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    let payload = PayloadBuilder::of(vec![partition.clone()]).build();
    let system = expected(&below("system/", &sample()));
    assert_eq!(updated(payload.clone(), padded(old.clone())), (Ok(system), NONE.to_vec()));
    // Blocks that are the same are copied.
    let copied = incremental(&new, &new).expect("the tools are there");
    assert!(copied.operations.iter().any(|operation| operation.kind == 4));
    let copy = PayloadBuilder::of(vec![copied]).build();
    assert_eq!(updated(copy, padded(new)).0, Ok(expected(&below("system/", &sample()))));

    let zip = ZipBuilder::of(vec![
        ZipFile::deflated(
            "META-INF/com/android/metadata",
            b"pre-build=maker/phone/1\npost-build=maker/phone/2\n",
        ),
        ZipFile::stored("payload.bin", &payload),
    ]);
    let (tree, problems) = open_bytes(zip.build(), "ota.zip");
    assert_eq!(tree.expect("the archive opens").unopened.len(), 1);
    assert_eq!(codes(&problems), ["payload/incremental"]);
    let said = &problems[0];
    for word in ["maker/phone/1", "system", &Digest::of(&padded(old.clone())).to_string()] {
        assert!(said.detail.contains(word), "{word}: {said:?}");
    }
    assert!(said.consequence.contains("--source"));

    let mut other = padded(old);
    other[5000] ^= 1;
    let (answer, problems) = updated(payload.clone(), other);
    assert!(answer.is_err() && problems == ["payload/partition"], "{answer:?} {problems:?}");
    let (answer, problems) = updated(payload, vec![0; 4096]);
    assert!(answer.is_err() && problems == ["payload/partition"], "{answer:?} {problems:?}");
}

#[test]
fn operations_that_are_not_understood_are_named() {
    let image = padded(fixture("erofs/ok-plain.img"));
    let blocks = (image.len() / BLOCK) as u64;
    let mut odd = PayloadOperation::of(9, vec![1, 2, 3], blocks - 1, 1);
    odd.from = vec![(0, 1)];
    let operations = vec![PayloadOperation::of(0, image[..image.len() - BLOCK].to_vec(), 0, blocks - 1), odd];
    let size = image.len() as u64;
    let partition = PayloadPartition { name: "system".into(), operations, size, old: None };
    let payload = PayloadBuilder::of(vec![partition]).build();
    let (_, problems) = with_cx(|cx| {
        let old: Arc<dyn Source> = Arc::new(View::from_vec(image.clone()));
        let update = Update::starting_from(BTreeMap::from([("system".to_string(), old)]));
        overt_container::open_bytes_from(View::from_vec(payload.clone()), "x", &update, cx).map(drop)
    });
    let said = problems.iter().find(|problem| problem.code == "payload/operation").expect("said");
    assert!(said.detail.contains("PUFFDIFF"), "{said:?}");
}

#[test]
fn hostile_payloads_end() {
    let Some(partition) = full("system", &fixture("erofs/ok-plain.img")) else { return };
    let good = PayloadBuilder::of(vec![partition.clone()]);
    let whole = good.build();
    for end in (0..whole.len()).step_by(whole.len() / 400 + 1) {
        let (tree, problems) = open_bytes(whole[..end].to_vec(), "x");
        let read = with_cx(|cx| {
            tree.map(|tree| {
                tree.files().len() > 3
                    && tree.files().iter().all(|file| file.link.is_some() || file.read(cx).is_ok())
            })
        });
        assert!(!matches!(read.0, Ok(true)) || !problems.is_empty(), "cut at {end}");
    }
    for at in 0..whole.len().min(3000) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        if let (Ok(tree), _) = open_bytes(bytes, "x") {
            with_cx(|cx| tree.files().iter().for_each(|file| drop(file.read(cx))));
        }
    }
    let with = |change: &dyn Fn(&mut PayloadPartition)| {
        let mut partition = partition.clone();
        change(&mut partition);
        let (tree, problems) = open_bytes(PayloadBuilder::of(vec![partition]).build(), "x");
        (tree.is_ok(), codes(&problems))
    };
    assert!(with(&|partition| partition.operations[0].to[0].1 = u64::MAX).1.contains(&"payload/partition"));
    assert!(
        with(&|partition| partition.operations[0].to[0].0 = 0).1.contains(&"payload/overlapping-extents")
    );
    assert!(with(&|partition| partition.size = 4096).1.contains(&"payload/length"));
    let none = PayloadBuilder { block: 0, ..good }.build();
    assert!(open_bytes(none, "x").0.expect_err("refused").to_string().contains("blocks of no usable size"));
}
