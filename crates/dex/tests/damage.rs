//! Files with one thing wrong, with anything wrong, and cut at every byte.

mod common;

use overt_base::View;
use overt_dex::{DexFile, StringIdx, Value};
use overt_testkit::dex_builder::{Body, Built, Class, DexBuilder, Unit};

fn parse(bytes: Vec<u8>) -> DexFile {
    DexFile::parse(View::from_vec(bytes)).expect("a DEX")
}

fn sample() -> Built {
    common::sample().build()
}

#[test]
fn what_is_no_dex_says_why() {
    let why = |bytes: &[u8]| DexFile::parse(View::from_vec(bytes.to_vec())).expect_err("no DEX").why;
    assert!(why(b"").contains("shorter"));
    assert!(why(b"PK\x03\x04aaaaaaaaa").contains("magic"));
    assert!(why(b"cdex001\0aaaaaaaaa").contains("CompactDex"));
    assert!(why(b"dey\n036\0aaaaaaaaa").contains("Dalvik"));
    assert!(why(b"dex\n035\0").contains("header"));
    assert!(why(b"dex\n0x5\0aaaaaaaaaa").contains("magic"));
    assert!(why(&sample().patch_at(4, b"099")).contains("version"));
    assert!(why(&sample().patch_at(0x28, &[0x12, 0x34, 0x56, 0x78])).contains("big-endian"));
}

#[test]
fn a_wrong_checksum_size_or_endian_tag_refuses_nothing() {
    let dex = parse(sample().patch_at(8, &[0; 24]));
    assert!(dex.class_def(0).is_ok());
    let dex = parse(sample().patch_at(0x20, &[1, 0, 0, 0]));
    assert_eq!(dex.problems().len(), 1);
    assert!(dex.class_def(0).is_ok());
    let dex = parse(sample().patch_at(0x28, &[0; 4]));
    assert_eq!(dex.problems().len(), 1);
    assert!(dex.class_def(0).is_ok());
}

#[test]
fn counts_are_clamped_to_the_file() {
    let built = sample();
    for field in [0x38, 0x40, 0x48, 0x50, 0x58, 0x60] {
        let dex = parse(built.patch_at(field, &[0xff; 4]));
        assert_eq!(dex.problems().len(), 1, "{field:#x}");
        assert!(dex.string_count() < 10_000);
        assert!(dex.class_count() < 1000);
        assert_eq!(dex.string(StringIdx(0)), parse(built.bytes.clone()).string(StringIdx(0)));
        // And the offset behind the count, too.
        let dex = parse(built.patch_at(field + 4, &[0xff; 4]));
        assert_eq!(dex.problems().len(), 1);
    }
}

#[test]
fn a_bad_string_harms_no_other() {
    let built = sample();
    let index = built.string_index("größe");
    let dex = parse(built.patch("string_ids", index as usize * 4, &[0xff; 4]));
    assert!(dex.string(StringIdx(index)).is_err());
    assert!(dex.string(StringIdx(index - 1)).is_ok());
    assert!(dex.string(StringIdx(index + 1)).is_ok());
    // A string whose length is too small ends at its NUL all the same, unless that is out of reach.
    let at = built.at("string größe");
    assert_eq!(parse(built.patch_at(at, &[4])).string(StringIdx(index)).expect("in reach"), "größe");
    assert!(parse(built.patch_at(at, &[1])).string(StringIdx(index)).is_err());
}

#[test]
fn class_data_keeps_what_came_before_the_damage() {
    let built = sample();
    let dex = parse(built.bytes[..].to_vec());
    let whole = dex.class_data(&dex.class_def(0).expect("a class"));
    // A count of virtual methods beyond the end.
    let dex = parse(built.patch("class_data Lp/C;", 3, &[0x7f]));
    let data = dex.class_data(&dex.class_def(0).expect("a class"));
    assert_eq!(data.static_fields, whole.static_fields);
    assert_eq!(data.direct_methods, whole.direct_methods);
    assert_eq!(data.virtual_methods[..2], whole.virtual_methods[..2]);
    assert!(data.bad.is_some());
}

#[test]
fn interfaces_outside_the_file_are_noted() {
    let dex = parse(sample().patch("class_defs", 12, &[0xff; 4]));
    let class = dex.class_def(0).expect("a class");
    assert!(class.bad.is_some());
    assert_eq!(class.interfaces, []);
}

#[test]
fn values_nested_without_end_are_cut() {
    let nested: Vec<u8> = std::iter::once(1).chain([0x1c, 1].repeat(200)).chain([0x1e]).collect();
    let built = DexBuilder::new(35)
        .class(Class::new("Lp/C;").static_field("A", "I", 1).static_values(&nested))
        .build();
    let dex = parse(built.bytes.clone());
    let values = dex.static_values(&dex.class_def(0).expect("a class"));
    assert!(matches!(values[..], [Err(bad)] if bad.what.contains("deep")));
    let unknown = parse(built.patch("static_values Lp/C;", 0, &[2, 0x1e, 0x01]));
    let values = unknown.static_values(&unknown.class_def(0).expect("a class"));
    assert!(matches!(values[..], [Ok(Value::Null), Err(_)]), "nothing behind the error: {values:?}");
}

#[test]
fn every_kind_of_value() {
    let encoded = [
        14, // how many
        0x00, 0x80, // byte -128
        0x22, 0x34, 0x12, // short 0x1234
        0x03, 0xff, // char 0xff
        0x44, 0x00, 0x00, 0xff, // int, three bytes, sign-extended
        0xe6, 1, 2, 3, 4, 5, 6, 7, 0x80, // long, eight bytes
        0x30, 0x80, 0x3f, // float 1.0: the high bytes
        0x31, 0xf0, 0x3f, // double 1.0
        0x18, 3, // type 3
        0x1b, 0, // enum field 0
        0x1c, 2, 0x1e, 0x3f, // array: null, true
        0x1d, 1, 1, 2, 0x1f, // annotation of type 1: string 2 = false
        0x1a, 1, // method 1
        0x15, 0,    // prototype 0
        0x1f, // false
    ];
    let encoded: Vec<u8> = encoded.to_vec();
    let built = DexBuilder::new(35)
        .class(Class::new("Lp/C;").static_field("A", "I", 1).static_values(&encoded))
        .build();
    let dex = parse(built.bytes);
    let values: Result<Vec<_>, _> =
        dex.static_values(&dex.class_def(0).expect("a class")).into_iter().collect();
    // The array's second element: boolean with argument 1.
    let text = format!("{:?}", values.expect("all readable"));
    assert_eq!(
        text,
        "[Byte(-128), Short(4660), Char(255), Int(-65536), Long(-9221395093405892095), Float(1.0), Double(1.0), \
         Type(TypeIdx(3)), Enum(FieldIdx(0)), Array([Null, Boolean(true)]), \
         Annotation(Annotation { type_: TypeIdx(1), elements: [(StringIdx(2), Boolean(false))] }), \
         Method(MethodIdx(1)), MethodType(ProtoIdx(0)), Boolean(false)]"
    );
}

#[test]
fn instructions_over_the_end_are_one_error_and_then_nothing() {
    let code = |units: Vec<u16>| {
        let units = units.into_iter().map(Unit::Raw).collect();
        DexBuilder::new(35)
            .class(Class::new("Lp/C;").direct("<init>", "()V", 1, Body::new(1, 1, 0, units)))
            .build()
    };
    let place = "code Lp/C;-><init>()V";
    let read = |built: &Built, bytes: Vec<u8>| {
        let dex = parse(bytes);
        let code = dex.code(built.at(place) as u32).expect("code");
        let mut insns = code.instructions();
        let all: Vec<_> = insns.by_ref().collect();
        assert!(insns.next().is_none());
        all
    };
    // A const-wide with three of five units.
    let cut = code(vec![0x0000, 0x0018, 0, 0]);
    assert!(
        matches!(read(&cut, cut.bytes.clone())[..], [Ok(_), Err(bad)] if bad.what.contains("instruction"))
    );
    // A payload that claims more than there is.
    let payload = code(vec![0x0100, 0xffff, 0, 0]);
    assert!(matches!(read(&payload, payload.bytes.clone())[..], [Err(bad)] if bad.what.contains("payload")));
    let array = code(vec![0x0300, 8, 0xffff, 0xffff]);
    assert!(matches!(read(&array, array.bytes.clone())[..], [Err(_)]));
    // More instructions than the file holds.
    let more = code(vec![0x0000, 0x000e]);
    let long = more.patch(place, 12, &[0xff, 0xff, 0xff, 0x7f]);
    let all = read(&more, long);
    assert!(all.len() > 2 && all[..2].iter().all(Result::is_ok));
    assert!(all.last().expect("one").is_err());
}

#[test]
fn tries_and_handlers_outside_are_noted() {
    let built = sample();
    let at = built.at("code Lp/C;->run(I)V");
    let dex = parse(built.patch_at(at + 6, &[0xff, 0xff]));
    let (tries, bad) = dex.code(at as u32).expect("code").tries_checked();
    assert!(bad.is_some());
    assert!(tries.len() > 2, "what could be read stays");
}

#[test]
fn every_prefix_is_survived() {
    let built = sample();
    for length in 0..built.bytes.len() {
        common::visit(View::from_vec(built.bytes[..length].to_vec()));
    }
    let container =
        DexBuilder::build_container(&[common::sample().with_version(41), common::sample().with_version(41)]);
    for length in 0..container.len() {
        common::visit(View::from_vec(container[..length].to_vec()));
    }
}

#[test]
fn every_byte_changed_is_survived() {
    let built = sample();
    for at in 8..built.bytes.len() {
        for with in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            common::visit(View::from_vec(built.patch_at(at, &[with])));
        }
    }
}

#[test]
fn random_mutations_are_survived() {
    let built = sample();
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut random = || {
        // xorshift64: reproducible, and good enough to hit many fields.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    for _ in 0..4000 {
        let mut bytes = built.bytes.clone();
        for _ in 0..1 + random() % 8 {
            let at = 8 + random() % (bytes.len() - 8);
            match random() % 3 {
                0 => bytes[at] = random() as u8,
                1 => bytes[at] ^= 1 << (random() % 8),
                _ => bytes[at..].iter_mut().take(4).for_each(|b| *b = 0xff),
            }
        }
        common::visit(View::from_vec(bytes));
    }
}
