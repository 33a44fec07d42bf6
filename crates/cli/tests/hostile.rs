//! Inputs made to harm: whole scans under a memory cap, and the sample changed at random. What is asked is that they end, soon,
//! without a crash, and that whatever could not be read is said.
#![allow(missing_docs)]

mod binary;

use std::path::Path;
use std::time::{Duration, Instant};

use binary::overt_capped;
use overt_base::{Cancel, Cx, Limits, Locus, Problems, View, progress::Silent};
use overt_container::zip::Archive;
use overt_pipeline::{ScanError, ScanOptions};
use overt_record::{Depth, Record};
use overt_testkit::fixture::samples_folder;
use overt_testkit::image_builder::sparse::{SparseBuilder, SparseChunk};
use overt_testkit::image_builder::zip::{ZipBuilder, ZipFile};
use tempfile::TempDir;

/// Address space of one scan. Far below the budgets for what is unfolded: none of these inputs may come near them.
const CAP_KILOBYTES: u64 = 1 << 20;
/// One scan may take this long, on a slow and busy machine.
const SOON: Duration = Duration::from_secs(30);

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/built").join(name);
    std::fs::read(path).expect("committed")
}

/// All files of an archive, unfolded.
fn files_of(archive: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let limits = Limits::default();
    let (problems, cancel) = (Problems::new(10), Cancel::default());
    let cx = Cx { limits: &limits, problems: &problems, progress: &Silent, cancel: &cancel };
    let archive = Archive::open(View::from_vec(archive), &Locus::input(), &cx).expect("an archive");
    let read = |entry| archive.read(entry, &cx).expect("readable").to_vec();
    archive.entries().iter().map(|entry| (entry.name.clone(), read(entry))).collect()
}

/// The archive with nothing compressed, so that a byte changed is a byte changed in a DEX or a manifest.
fn stored(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    ZipBuilder::of(files.iter().map(|(name, bytes)| ZipFile::stored(name, bytes)).collect()).build()
}

fn put(bytes: &mut [u8], at: usize, value: u32) {
    bytes.get_mut(at..at + 4).expect("inside").copy_from_slice(&value.to_le_bytes());
}

/// A package whose entry `name` has `value` in each of the words at `places`, one package each.
fn lying(name: &str, places: std::ops::Range<usize>, value: u32) -> Vec<(String, Vec<u8>)> {
    let files = files_of(fixture("location.apk"));
    let lie = |at: usize| {
        let mut files = files.clone();
        for (_, bytes) in files.iter_mut().filter(|(entry, _)| entry == name) {
            if at + 4 <= bytes.len() {
                put(bytes, at, value);
            }
        }
        (format!("system/app/A{at}/A{at}.apk"), stored(&files))
    };
    places.step_by(4).map(lie).collect()
}

/// Many entries of the directory that all speak of the same bytes.
fn overlapping(count: u16, size: usize) -> Vec<u8> {
    let name = "system/app/A0000/A0000.apk";
    let one = ZipBuilder::of(vec![ZipFile::deflated(name, &vec![0; size])]).build();
    let directory = one.windows(4).position(|word| word == b"PK\x01\x02").expect("a directory");
    let end = one.windows(4).rposition(|word| word == b"PK\x05\x06").expect("an end");
    let mut bytes = one[..directory].to_vec();
    for number in 0..count {
        let mut record = one[directory..end].to_vec();
        let at = record.windows(4).position(|word| word == b"0000").expect("the name");
        record[at..at + 4].copy_from_slice(format!("{number:04}").as_bytes());
        bytes.extend(record);
    }
    let length = u32::try_from(bytes.len() - directory).expect("small");
    let mut tail = one[end..].to_vec();
    tail[8..10].copy_from_slice(&count.to_le_bytes());
    tail[10..12].copy_from_slice(&count.to_le_bytes());
    put(&mut tail, 12, length);
    bytes.extend(tail);
    bytes
}

/// The inputs, with a name each.
fn harmful() -> Vec<(&'static str, Vec<u8>)> {
    let zeros = vec![0u8; 64 << 20];
    let mut bomb = files_of(fixture("location.apk"));
    let unfolding = |name: &str| ZipFile::deflated(name, &zeros);
    let mut package: Vec<ZipFile> = bomb
        .drain(..)
        .filter(|(name, _)| name != "classes.dex")
        .map(|(n, b)| ZipFile::stored(&n, &b))
        .collect();
    package
        .extend(["classes.dex", "classes2.dex", "lib/arm64-v8a/libx.so", "res/layout/a.xml"].map(unfolding));
    let mut nested = fixture("location.apk");
    for level in 0..12 {
        nested = ZipBuilder::of(vec![ZipFile::deflated(&format!("level{level}.zip"), &nested)]).build();
    }
    let image = std::fs::read(samples_folder().join("firmware.img")).expect("committed");
    let flooded = |from: usize| {
        let mut image = image.clone();
        let last = image.len();
        image[from..(from + 256).min(last)].fill(0xff);
        image
    };
    let packages = |files: Vec<(String, Vec<u8>)>| stored(&files);
    let sparse = SparseBuilder {
        blocks: Some(u32::MAX),
        count: Some(u32::MAX),
        ..SparseBuilder::of(vec![SparseChunk::DontCare(u32::MAX)])
    };
    let mut many = ZipBuilder::of(vec![ZipFile::stored("system/build.prop", b"ro.build.id=X\n")]);
    many.count = Some(u16::MAX);
    let mut wide = many.clone();
    wide.zip64 = true;
    vec![
        ("a package that unfolds", ZipBuilder::of(package).build()),
        ("archives in archives", nested),
        ("entries over each other", overlapping(100, 16 << 20)),
        ("counts of a DEX header", packages(lying("classes.dex", 0x20..0x70, u32::MAX))),
        ("counts of a DEX header, plausible", packages(lying("classes.dex", 0x20..0x70, 0x00ff_ffff))),
        ("counts of a manifest", packages(lying("AndroidManifest.xml", 0..0x40, u32::MAX))),
        ("counts of a manifest, plausible", packages(lying("AndroidManifest.xml", 0..0x40, 0x00ff_ffff))),
        ("a sparse image of 16 TiB", sparse.build()),
        ("a super image without sense", flooded(4096)),
        ("metadata without sense", flooded(12_288)),
        ("a directory that claims more", many.build()),
        ("a wide directory that claims more", wide.build()),
    ]
}

#[test]
#[cfg(target_os = "linux")]
fn what_is_made_to_harm_ends_soon_and_within_the_cap() {
    let folder = TempDir::new().expect("a folder");
    for (name, bytes) in harmful() {
        let input = folder.path().join("input.bin");
        std::fs::write(&input, bytes).expect("written");
        let begun = Instant::now();
        let arguments = ["scan", "input.bin", "--no-store", "--json", "--jobs", "2"];
        let ran = overt_capped(folder.path(), CAP_KILOBYTES, &arguments);
        assert!(matches!(ran.code, 0 | 1 | 3 | 4), "{name}: {} {}", ran.code, ran.stderr);
        assert!(begun.elapsed() < SOON, "{name} took {:?}", begun.elapsed());
        if ran.code != 3 {
            let record: Record = serde_json::from_str(&ran.stdout).expect("a record");
            assert_no_panic(name, &record);
            // The harm must arrive where it is meant to.
            assert!(!name.starts_with("counts") || record.packages.len() > 10, "{name}");
        }
    }
}

fn assert_no_panic(name: &str, record: &Record) {
    let panics: Vec<_> =
        record.coverage.unreadable.iter().filter(|place| place.code == "pipeline/panic").collect();
    assert!(panics.is_empty(), "{name}: {panics:?}");
}

/// Numbers that are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most.max(1) as u64).expect("small")
    }

    /// Changes one to eight places, and now and then cuts.
    fn harm(&mut self, bytes: &mut Vec<u8>) {
        const WORDS: [u32; 8] = [0, 1, 0x7f, 0xff, 0xffff, 0x7fff_ffff, 0x8000_0000, u32::MAX];
        for _ in 0..=self.below(8) {
            // Half of the changes go to the front, where the headers are.
            let most = if self.below(2) == 0 { bytes.len() } else { bytes.len().min(0x4000) };
            let at = self.below(most.saturating_sub(4));
            match self.below(3) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes[at] = u8::try_from(self.below(256)).expect("a byte"),
                _ => put(bytes, at, WORDS[self.below(WORDS.len())]),
            }
        }
        if self.below(8) == 0 {
            let length = self.below(bytes.len());
            bytes.truncate(length.max(8));
        }
    }
}

fn scan(input: &Path) -> Result<Record, ScanError> {
    let options = ScanOptions { depth: Depth::Capability, jobs: 1, limits: Limits::default(), source: None };
    overt_pipeline::scan(input, &options, &Silent, &Cancel::default())
}

fn survives(name: &str, original: &[u8], rounds: u32) {
    let folder = TempDir::new().expect("a folder");
    let input = folder.path().join("input.bin");
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for round in 0..rounds {
        let mut bytes = original.to_vec();
        dice.harm(&mut bytes);
        std::fs::write(&input, bytes).expect("written");
        let begun = Instant::now();
        match scan(&input) {
            Ok(record) => assert_no_panic(&format!("{name}, round {round}"), &record),
            Err(ScanError::Unreadable(_)) => {}
            Err(error) => panic!("{name}, round {round}: {error}"),
        }
        assert!(begun.elapsed() < SOON, "{name}, round {round} took {:?}", begun.elapsed());
    }
}

#[test]
fn the_sample_changed_at_random_is_scanned_to_the_end() {
    let image = std::fs::read(samples_folder().join("firmware.img")).expect("committed");
    survives("the sample", &image, 400);
}

#[test]
fn packages_changed_at_random_are_scanned_to_the_end() {
    for name in ["messages.apk", "transport.apk", "reach-views.apk"] {
        survives(name, &stored(&files_of(fixture(name))), 200);
    }
}

#[test]
fn a_tree_of_packages_changed_at_random_is_scanned_to_the_end() {
    let names = ["exec-install.apk", "location.apk", "packed.apk", "multi-dex.apk"];
    let package = |name: &str| {
        let stem = name.trim_end_matches(".apk");
        (format!("system/priv-app/{stem}/{name}"), stored(&files_of(fixture(name))))
    };
    let mut files: Vec<(String, Vec<u8>)> = names.iter().map(|name| package(name)).collect();
    let properties = "ro.build.version.sdk=23\nimport /system/x.prop\n";
    files.push(("system/build.prop".into(), properties.into()));
    files.push((
        "system/etc/init/a.rc".into(),
        "service a /system/bin/a\n    user root\non boot\n    start a\n".into(),
    ));
    survives("a tree", &stored(&files), 200);
}
