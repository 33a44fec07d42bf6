//! Cut, altered and made-up input: no panic, no hang, and budgets that hold.
#![allow(missing_docs)]

mod common;

use common::{archive, entries, with_cx};
use overt_apk::apk::Apk;
use overt_apk::layout::Layouts;
use overt_apk::manifest::Manifest;
use overt_apk::resource_table::{Device, ResourceTable};
use overt_apk::signing::certificate::Certificate;
use overt_apk::signing::{self, Platform, Verdict};
use overt_apk::xml::XmlDocument;
use overt_base::{Limits, Locus, View};
use proptest::prelude::*;

const PLAIN: &[u8] = include_bytes!("data/unsigned.apk");
const AAPT2: &[u8] = include_bytes!("data/unsigned-aapt2.apk");
const V1: &[u8] = include_bytes!("data/v1-two-signers.apk");
const V2: &[u8] = include_bytes!("data/v2-p256.apk");
const V3: &[u8] = include_bytes!("data/v3-rotated.apk");

fn part(bytes: &[u8], name: &str) -> Vec<u8> {
    entries(bytes).into_iter().find(|(found, _)| found == name).expect("an entry").1
}

/// Opens and does everything there is to do.
fn everything(bytes: Vec<u8>) {
    let ((), _) = with_cx(|cx| {
        let Ok(apk) = Apk::open(View::from_vec(bytes), &Locus::input(), cx) else { return };
        let _ = (apk.dex_entries().len(), apk.unloaded_dex_entries().len(), apk.native_libraries().len());
        let _ = apk.layouts(cx);
        if let Some(id) = apk.manifest.as_ref().and_then(|manifest| manifest.network_security_config) {
            let _ = apk.xml_resource(id, cx);
        }
        let signatures = signing::verify(apk.archive(), Platform::default(), cx);
        let _ = signatures.checked_by(30);
    });
}

fn read_manifest(bytes: &[u8], table: Option<&ResourceTable>) {
    let (result, _) = with_cx(|cx| Manifest::read(bytes, table, Device::default(), &Locus::input(), cx));
    drop(result);
}

fn read_table(bytes: Vec<u8>) {
    let Ok(table) = ResourceTable::open(View::from_vec(bytes)) else { return };
    for kind in 0..16u32 {
        for entry in 0..8u32 {
            let _ = table.text(0x7f00_0000 | (kind << 16) | entry, Device { sdk: Some(23) });
        }
    }
}

#[test]
fn every_prefix_of_a_package() {
    for bytes in [PLAIN, V1, V2, V3] {
        for end in (0..bytes.len()).step_by(7) {
            everything(bytes[..end].to_vec());
        }
    }
}

#[test]
fn every_prefix_of_the_parts() {
    for apk in [PLAIN, AAPT2] {
        let (manifest, resources) = (part(apk, "AndroidManifest.xml"), part(apk, "resources.arsc"));
        let table = ResourceTable::open(View::from_vec(resources.clone())).expect("a table");
        for end in 0..manifest.len() {
            read_manifest(&manifest[..end], Some(&table));
        }
        for end in 0..resources.len() {
            read_table(resources[..end].to_vec());
        }
        let layout = part(apk, "res/layout/main.xml");
        for end in 0..layout.len() {
            Layouts::default().add("res/layout/main.xml", &layout[..end], None, Device::default());
        }
    }
    let block = part(V1, "META-INF/RSA.RSA");
    for end in 0..block.len() {
        let mut list = entries(V1);
        list.iter_mut().filter(|(name, _)| name == "META-INF/RSA.RSA").for_each(|it| it.1.truncate(end));
        everything(archive(&list));
        let _ = Certificate::parse(&block[..end]);
    }
}

#[test]
fn every_byte_of_a_manifest_turned_over() {
    for apk in [PLAIN, AAPT2] {
        let manifest = part(apk, "AndroidManifest.xml");
        let table = ResourceTable::open(View::from_vec(part(apk, "resources.arsc"))).expect("a table");
        for at in 0..manifest.len() {
            let mut bytes = manifest.clone();
            bytes[at] ^= if at % 3 == 0 { 0x01 } else { 0xff };
            read_manifest(&bytes, Some(&table));
        }
    }
}

#[test]
fn no_altered_signed_byte_goes_unnoticed() {
    // Scheme v2 signs everything but the block; flip one byte in every part and ask.
    let (good, _) = with_cx(|cx| {
        let apk = Apk::open(View::from_vec(V2.to_vec()), &Locus::input(), cx).expect("an archive");
        usize::try_from(apk.archive().central_directory_offset()).expect("small")
    });
    let block = V2.windows(8).position(|window| window == 0x0ff8u64.to_le_bytes()).unwrap_or(good - 4096);
    for at in (0..V2.len()).filter(|at| *at < block || *at >= good).step_by(5) {
        let mut bytes = V2.to_vec();
        bytes[at] ^= 0x20;
        let (signatures, _) = with_cx(|cx| {
            let apk = Apk::open(View::from_vec(bytes), &Locus::input(), cx).ok()?;
            Some(signing::verify(apk.archive(), Platform::default(), cx))
        });
        // Either the archive falls apart, or the block is not found any more, or the signature does not hold.
        for signer in signatures.iter().flat_map(|signatures| &signatures.signers) {
            assert_ne!(signer.verdict, Verdict::Valid, "byte {at:#x}");
        }
    }
}

fn altered(original: &'static [u8]) -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((0..original.len(), any::<u8>()), 1..12);
    changes.prop_map(move |changes| {
        let mut bytes = original.to_vec();
        for (at, value) in changes {
            bytes[at] = value;
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn altered_packages(bytes in prop_oneof![altered(PLAIN), altered(V1), altered(V2), altered(V3)]) {
        everything(bytes);
    }

    #[test]
    fn altered_tables(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let mut bytes = part(AAPT2, "resources.arsc");
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        read_table(bytes);
    }

    #[test]
    fn altered_signature_blocks(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut list = entries(V1);
        for (name, bytes) in &mut list {
            if name.starts_with("META-INF/") {
                for (at, value) in &changes {
                    let at = at.index(bytes.len());
                    bytes[at] = *value;
                }
            }
        }
        everything(archive(&list));
    }

    #[test]
    fn anything_at_all(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_manifest(&bytes, None);
        read_table(bytes.clone());
        let _ = Certificate::parse(&bytes);
        Layouts::default().add("x.xml", &bytes, None, Device::default());
        everything(bytes);
    }
}

/// Binary XML of chunks given as type, header and body.
fn binary(pool: &[u8], nodes: &[Vec<u8>]) -> Vec<u8> {
    let mut out = vec![3, 0, 8, 0, 0, 0, 0, 0];
    out.extend_from_slice(pool);
    for node in nodes {
        out.extend_from_slice(node);
    }
    let size = out.len() as u32;
    out[4..8].copy_from_slice(&size.to_le_bytes());
    out
}

/// A UTF-8 pool.
fn pool(strings: &[&str]) -> Vec<u8> {
    let mut data = Vec::new();
    let mut offsets = Vec::new();
    for text in strings {
        offsets.extend((data.len() as u32).to_le_bytes());
        for length in [text.len(), text.len()] {
            if length > 0x7f {
                data.push(0x80 | (length >> 8) as u8);
            }
            data.push(length as u8);
        }
        data.extend(text.as_bytes());
        data.push(0);
    }
    data.resize(data.len().next_multiple_of(4), 0);
    let start = 28 + offsets.len() as u32;
    let mut out = vec![1, 0, 28, 0]; // type, header size
    out.extend((start + data.len() as u32).to_le_bytes()); // chunk size
    out.extend((strings.len() as u32).to_le_bytes()); // strings
    out.extend(0u32.to_le_bytes()); // styles
    out.extend(0x100u32.to_le_bytes()); // UTF-8
    out.extend(start.to_le_bytes()); // strings start
    out.extend(0u32.to_le_bytes()); // styles start
    out.extend(offsets);
    out.extend(data);
    out
}

/// A start element whose attributes all have the name and text of string `attribute`.
fn start(name: u32, attribute: u32, count: u16, header: u16) -> Vec<u8> {
    let mut out = vec![2, 1];
    out.extend(header.to_le_bytes());
    out.extend((u32::from(header) + 20 + 20 * u32::from(count)).to_le_bytes());
    out.resize(usize::from(header), 0xff); // line number, comment, anything behind
    out.extend(u32::MAX.to_le_bytes()); // namespace
    out.extend(name.to_le_bytes());
    out.extend([20, 0, 20, 0]); // attributes start, attribute size
    out.extend(count.to_le_bytes());
    out.extend([0; 6]); // id, class, style
    for _ in 0..count {
        for word in [u32::MAX, attribute, attribute, 0x0300_0008, attribute] {
            out.extend(word.to_le_bytes());
        }
    }
    out
}

fn end() -> Vec<u8> {
    let mut out = vec![3, 1, 16, 0, 24, 0, 0, 0];
    out.resize(24, 0xff);
    out
}

#[test]
fn a_document_made_by_hand_reads() {
    let bytes = binary(&pool(&["manifest", "package"]), &[start(0, 1, 1, 16), end()]);
    let document = XmlDocument::read(&bytes, &Limits::default()).expect("XML");
    assert_eq!(document.oddities, []);
    assert_eq!(document.root.plain("package").as_deref(), Some("package"));
}

#[test]
fn what_android_tolerates() {
    let strings = pool(&["manifest", "package"]);
    let good = binary(&strings, &[start(0, 1, 1, 16), end()]);
    let read = |bytes: &[u8]| XmlDocument::read(bytes, &Limits::default()).expect("XML").root;
    let expected = read(&good);
    // The type of the file header is not looked at.
    let mut bytes = good.clone();
    bytes[0..2].copy_from_slice(&[0, 0]);
    assert_eq!(read(&bytes), expected);
    // A longer file header.
    let mut bytes = good.clone();
    bytes.splice(8..8, [0xaa; 8]);
    bytes[2] = 16;
    let size = bytes.len() as u32;
    bytes[4..8].copy_from_slice(&size.to_le_bytes());
    assert_eq!(read(&bytes), expected);
    // Unknown chunks before and between, bytes behind the end.
    let unknown = vec![0x99, 0x09, 8, 0, 12, 0, 0, 0, 1, 2, 3, 4];
    let mut bytes =
        binary(&[unknown.clone(), strings.clone()].concat(), &[start(0, 1, 1, 16), unknown, end()]);
    bytes.extend(b"anything");
    assert_eq!(read(&bytes), expected);
    // An element with a longer header.
    assert_eq!(read(&binary(&strings, &[start(0, 1, 1, 28), end()])), expected);
    // The end is missing.
    assert_eq!(read(&binary(&strings, &[start(0, 1, 1, 16)])), expected);
}

#[test]
fn one_long_name_pointed_at_a_million_times() {
    let long = "x".repeat(0x7000);
    let strings = pool(&["manifest", long.as_str()]);
    let nodes: Vec<Vec<u8>> = (0..20).map(|_| start(0, 1, u16::MAX, 16)).collect();
    let bytes = binary(&strings, &nodes);
    let started = std::time::Instant::now();
    // 1.3 million attributes of 28 KiB: 75 GiB if it were believed.
    let _ = XmlDocument::read(&bytes, &Limits::default());
    let mut layouts = Layouts::default();
    layouts.add("x.xml", &bytes, None, Device::default());
    assert_eq!(layouts.unreadable, ["x.xml"]);
    assert!(started.elapsed().as_secs() < 20);
}

#[test]
fn one_long_permission_inherited_by_every_component() {
    let long = "x".repeat(100_000);
    let mut text = format!(
        "<manifest xmlns:android='http://schemas.android.com/apk/res/android' package='p'><application android:permission='{long}'>"
    );
    text.push_str(&"<provider android:name='a'/>".repeat(10_000));
    text.push_str("</application></manifest>");
    let (result, _) =
        with_cx(|cx| Manifest::read(text.as_bytes(), None, Device::default(), &Locus::input(), cx));
    assert!(result.expect_err("too much").0.contains("bytes of text"));
}

#[test]
fn elements_nested_without_end() {
    let strings = pool(&["manifest", "package"]);
    let mut nodes = vec![start(0, 1, 1, 16)];
    nodes.extend((0..100_000).map(|_| start(0, 1, 0, 16)));
    let (result, problems) =
        with_cx(|cx| Manifest::read(&binary(&strings, &nodes), None, Device::default(), &Locus::input(), cx));
    assert_eq!(result.expect("a manifest").package, "package");
    assert!(!problems.is_empty());
    let text = format!("{}{}", "<a>".repeat(400_000), "</a>".repeat(400_000));
    let document = XmlDocument::read(text.as_bytes(), &Limits::default());
    assert!(document.is_ok_and(|document| !document.oddities.is_empty()));
}

#[test]
fn references_in_a_circle_end() {
    // Every entry of the made-up package's table made a reference to the first.
    let mut bytes = part(PLAIN, "resources.arsc");
    for at in 0..bytes.len().saturating_sub(8) {
        if bytes[at..at + 4] == [8, 0, 0, 3] {
            bytes[at + 3] = 1;
            bytes[at + 4..at + 8].copy_from_slice(&0x7f01_0000u32.to_le_bytes());
        }
    }
    read_table(bytes);
}

#[test]
fn a_crowd_of_signature_blocks() {
    let mut list = entries(V1);
    let block = part(V1, "META-INF/RSA.RSA");
    for number in 0..500 {
        list.push((format!("META-INF/S{number}.RSA"), block.clone()));
    }
    let ((signatures, problems), _) = with_cx(|_| {
        let (apk, _) = common::open(archive(&list));
        with_cx(|cx| signing::verify(apk.archive(), Platform::default(), cx))
    });
    assert!(signatures.signers.len() <= 32);
    assert!(problems.iter().any(|problem| problem.code == "signature/v1-unreadable"));
}
