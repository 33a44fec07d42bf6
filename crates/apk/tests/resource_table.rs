//! Resource tables made by hand: every encoding of entries, and the choice between configurations.
#![allow(missing_docs)]

use overt_apk::resource_table::{Device, ResourceTable};
use overt_apk::value::Value;
use overt_base::View;

const ANY: Device = Device { sdk: None };

/// A chunk: type, header size, everything behind the first eight bytes.
fn chunk(kind: u16, header_size: u16, rest: &[u8]) -> Vec<u8> {
    let mut out = kind.to_le_bytes().to_vec();
    out.extend(header_size.to_le_bytes());
    out.extend((8 + rest.len() as u32).to_le_bytes());
    out.extend(rest);
    out
}

fn words(list: &[u32]) -> Vec<u8> {
    list.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A UTF-8 pool of short strings.
fn pool(strings: &[&str]) -> Vec<u8> {
    let (mut offsets, mut data) = (Vec::new(), Vec::new());
    for text in strings {
        offsets.push(data.len() as u32);
        data.extend([text.len() as u8, text.len() as u8]);
        data.extend(text.as_bytes());
        data.push(0);
    }
    data.resize(data.len().next_multiple_of(4), 0);
    // Count, styles, flags (UTF-8), strings start, styles start.
    let head = words(&[strings.len() as u32, 0, 0x100, 28 + 4 * strings.len() as u32, 0]);
    chunk(1, 28, &[head, words(&offsets), data].concat())
}

/// A configuration of 28 bytes.
#[derive(Clone, Copy, Default)]
struct Config {
    language: [u8; 2],
    density: u16,
    sdk: u16,
}

impl Config {
    fn bytes(self) -> Vec<u8> {
        let mut out = vec![0; 28];
        out[0] = 28; // size
        out[8..10].copy_from_slice(&self.language);
        out[14..16].copy_from_slice(&self.density.to_le_bytes());
        out[24..26].copy_from_slice(&self.sdk.to_le_bytes());
        out
    }
}

/// A type chunk: `flags` say how `index` (between header and entries) is written.
fn type_chunk(id: u8, flags: u8, count: u32, config: Config, index: &[u8], entries: &[u8]) -> Vec<u8> {
    let header_size = 8 + 12 + 28;
    let mut rest = vec![id, flags, 0, 0];
    rest.extend(words(&[count, u32::from(header_size) + index.len() as u32]));
    rest.extend(config.bytes());
    rest.extend(index);
    rest.extend(entries);
    chunk(0x0201, header_size, &rest)
}

/// A plain entry: size, flags, key, then the value's size, zero, type, data.
fn entry(kind: u8, data: u32) -> Vec<u8> {
    let mut out = vec![8, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, kind];
    out.extend(data.to_le_bytes());
    out
}

fn table(package: u32, types: &[Vec<u8>]) -> ResourceTable {
    let mut rest = package.to_le_bytes().to_vec();
    rest.extend([0; 256]); // name
    rest.extend([0; 20]); // type and key strings, last public ones, offset
    rest.extend(types.concat());
    let package = chunk(0x0200, 8 + 4 + 256 + 20, &rest);
    let body = [words(&[1]), pool(&["zero", "one", "two", "three"]), package].concat();
    ResourceTable::open(View::from_vec(chunk(2, 12, &body))).expect("a table")
}

const TEXT: u8 = 3;
const REFERENCE: u8 = 1;

#[test]
fn every_way_to_index_entries() {
    let entries = [entry(TEXT, 1), entry(0x12, u32::MAX)].concat();
    let pair = |index: u16, offset: u16| [index.to_le_bytes(), offset.to_le_bytes()].concat();
    let table = table(
        0x7f,
        &[
            type_chunk(1, 0, 3, Config::default(), &words(&[0, u32::MAX, 16]), &entries),
            // Sparse: pairs of index and offset in words.
            type_chunk(2, 1, 2, Config::default(), &[pair(5, 0), pair(900, 4)].concat(), &entries),
            // Offsets of two bytes, in words.
            type_chunk(3, 2, 4, Config::default(), &[0, 0, 0xff, 0xff, 4, 0, 0xff, 0xff], &entries),
            // Compact entries: key of two bytes, flags with the type in the upper byte, data.
            type_chunk(4, 0, 1, Config::default(), &words(&[0]), &[0, 0, 8, TEXT, 2, 0, 0, 0]),
            // A bag has no single value.
            type_chunk(
                5,
                0,
                1,
                Config::default(),
                &words(&[0]),
                &[16, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            ),
        ],
    );
    let one = Some(Value::Text("one".into()));
    let yes = Some(Value::Boolean(true));
    for (id, expected) in [
        (0x7f01_0000, one.clone()),
        (0x7f01_0001, None),
        (0x7f01_0002, yes.clone()),
        (0x7f01_0003, None),
        (0x7f02_0005, one.clone()),
        (0x7f02_0384, yes.clone()),
        (0x7f02_0000, None),
        (0x7f02_0385, None),
        (0x7f03_0000, one),
        (0x7f03_0001, None),
        (0x7f03_0002, yes),
        (0x7f04_0000, Some(Value::Text("two".into()))),
        (0x7f05_0000, None),
        (0x7f06_0000, None),
        (0x0101_0000, None),
    ] {
        assert_eq!(table.value(id, ANY), expected, "{id:#x}");
    }
}

#[test]
fn the_default_language_goes_first_then_english_then_any() {
    let config = |language: &[u8; 2], density, sdk| Config { language: *language, density, sdk };
    let with = |id, config, index| type_chunk(id, 0, 1, config, &words(&[0]), &entry(TEXT, index));
    let table = table(
        0x7f,
        &[
            with(1, config(b"de", 0, 0), 3),
            with(1, config(&[0, 0], 0, 0), 0),
            with(1, config(b"en", 0, 0), 1),
            with(2, config(b"de", 0, 0), 3),
            with(2, config(b"en", 0, 0), 1),
            with(3, config(b"zh", 0, 0), 2),
            with(3, config(b"de", 0, 0), 3),
            // A qualifier other than language and version is worse than none.
            with(4, config(&[0, 0], 240, 21), 3),
            with(4, config(&[0, 0], 0, 0), 0),
            with(4, config(&[0, 0], 0, 19), 1),
            with(4, config(&[0, 0], 0, 28), 2),
        ],
    );
    let text = |id, sdk| table.text(id, Device { sdk });
    assert_eq!(text(0x7f01_0000, None).as_deref(), Some("zero"));
    assert_eq!(text(0x7f02_0000, None).as_deref(), Some("one"));
    // Neither default nor English: the first in the file.
    assert_eq!(text(0x7f03_0000, None).as_deref(), Some("two"));
    assert_eq!(text(0x7f04_0000, Some(18)).as_deref(), Some("zero"));
    assert_eq!(text(0x7f04_0000, Some(23)).as_deref(), Some("one"));
    assert_eq!(text(0x7f04_0000, Some(28)).as_deref(), Some("two"));
    assert_eq!(text(0x7f04_0000, None).as_deref(), Some("two"));
}

#[test]
fn references_are_followed_and_circles_end() {
    let index = words(&[0, 16, 32, 48]);
    let entries = [
        entry(REFERENCE, 0x7f01_0001),
        entry(REFERENCE, 0x7f01_0002),
        entry(TEXT, 3),
        entry(REFERENCE, 0x7f01_0003),
    ];
    let table = table(0x7f, &[type_chunk(1, 0, 4, Config::default(), &index, &entries.concat())]);
    assert_eq!(table.text(0x7f01_0000, ANY).as_deref(), Some("three"));
    assert_eq!(table.text(0x7f01_0003, ANY), None);
}

#[test]
fn a_library_gets_its_number_when_it_is_loaded() {
    let types = [type_chunk(1, 0, 1, Config::default(), &words(&[0]), &entry(TEXT, 2))];
    assert_eq!(table(0, &types).text(0x0201_0000, ANY).as_deref(), Some("two"));
    assert_eq!(table(0x7f, &types).text(0x0201_0000, ANY), None);
}

#[test]
fn a_hundred_thousand_configurations_do_not_cost_minutes() {
    let types: Vec<Vec<u8>> = (0..90_000)
        .map(|_| type_chunk(1, 0, 1, Config::default(), &words(&[0]), &entry(REFERENCE, 0x7f01_0000)))
        .collect();
    let table = table(0x7f, &types);
    let started = std::time::Instant::now();
    for _ in 0..100_000 {
        let _ = table.value(0x7f01_0000, ANY);
    }
    assert!(started.elapsed().as_secs() < 20);
}

#[test]
fn arrays_give_their_elements_and_end_where_the_file_does() {
    // A bag: size 16, complex, key; parent, count; then name and value of each element.
    let bag = |count: u32, elements: &[(u8, u32)]| {
        let mut out = vec![16, 0, 1, 0, 0, 0, 0, 0];
        out.extend(words(&[0, count]));
        for (number, (kind, data)) in elements.iter().enumerate() {
            out.extend(words(&[0x0200_0000 + number as u32]));
            out.extend([8, 0, 0, *kind]);
            out.extend(data.to_le_bytes());
        }
        out
    };
    let array = |count| {
        let bag = bag(count, &[(3, 0), (1, 0x7f02_0000), (3, 1)]);
        let arrays = type_chunk(1, 0, 1, Config::default(), &words(&[0]), &bag);
        let strings = type_chunk(2, 0, 1, Config::default(), &words(&[0]), &entry(3, 1));
        table(0x7f, &[arrays, strings])
    };
    let texts = |table: &ResourceTable| -> Vec<String> {
        table.array(0x7f01_0000, ANY).iter().filter_map(Value::as_text).collect()
    };
    // References among them are followed.
    assert_eq!(texts(&array(3)).len(), 3);
    // A count that the chunk cannot hold.
    assert_eq!(texts(&array(u32::MAX)).len(), 3);
    assert!(array(3).value(0x7f01_0000, ANY).is_none());
    assert!(array(3).array(0x7f02_0000, ANY).is_empty(), "no array");
    assert!(array(3).array(0x7f01_0001, ANY).is_empty(), "not there");
}
