//! ZIP archives as Android reads them: valid ones, lying ones, cut ones.

use overt_base::{Cancel, Cx, Limits, Locus, Problem, Problems, View, progress::Silent};
use overt_container::ReadError;
use overt_container::zip::Archive;
use overt_testkit::image_builder::zip::{ZipBuilder, ZipFile};

/// Runs `body` with a fresh context and returns what it answered and the problems it met.
fn with_limits<T>(limits: &Limits, body: impl FnOnce(&Cx<'_>) -> T) -> (T, Vec<Problem>) {
    let problems = Problems::new(limits.problems_per_code);
    let cancel = Cancel::default();
    let answer = body(&Cx { limits, problems: &problems, progress: &Silent, cancel: &cancel });
    (answer, problems.into_sorted())
}

fn check(bytes: Vec<u8>, body: impl FnOnce(&Archive, &Cx<'_>)) -> Vec<&'static str> {
    let (_, problems) = with_limits(&Limits::default(), |cx| {
        let archive = Archive::open(View::from_vec(bytes), &Locus::input(), cx).expect("opens");
        body(&archive, cx);
    });
    problems.into_iter().map(|problem| problem.code).collect()
}

fn content(archive: &Archive, name: &str, cx: &Cx<'_>) -> Vec<u8> {
    archive.read_named(name, cx).expect("is there").expect("is readable").to_vec()
}

const LONG: &[u8] = &[b'x'; 5000];

fn plain() -> ZipBuilder {
    ZipBuilder::of(vec![ZipFile::stored("a.txt", b"stored"), ZipFile::deflated("dir/b.bin", LONG)])
}

fn opens_and_reads(builder: &ZipBuilder) -> Vec<&'static str> {
    check(builder.build(), |archive, cx| {
        assert_eq!(archive.entries().len(), builder.files.len());
        assert_eq!(content(archive, "a.txt", cx), b"stored");
        assert_eq!(content(archive, "dir/b.bin", cx), LONG);
    })
}

#[test]
fn a_plain_archive_has_no_problems() {
    assert_eq!(opens_and_reads(&plain()), [""; 0]);
}

#[test]
fn stored_entries_are_slices_and_not_copies() {
    let view = View::from_vec(plain().build());
    let start = view.as_ptr() as usize;
    let end = start + view.len();
    with_limits(&Limits::default(), |cx| {
        let archive = Archive::open(view.clone(), &Locus::input(), cx).expect("opens");
        let read = archive.read_named("a.txt", cx).expect("is there").expect("is readable");
        assert!((start..end).contains(&(read.as_ptr() as usize)));
        let range = archive.data_range(archive.find("a.txt").expect("is there")).expect("is inside");
        assert_eq!(&view[range.start as usize..range.end as usize], b"stored");
    });
}

#[test]
fn comment_signing_block_and_zip64_are_ordinary() {
    let builder = ZipBuilder { comment: b"PK\x05\x06 in a comment".to_vec(), ..plain() };
    assert_eq!(opens_and_reads(&builder), [""; 0]);
    let builder = ZipBuilder { before_directory: vec![7; 4096], ..plain() };
    assert_eq!(opens_and_reads(&builder), [""; 0]);
    let builder = ZipBuilder { zip64: true, ..plain() };
    assert_eq!(opens_and_reads(&builder), [""; 0]);
}

#[test]
fn junk_around_the_archive_is_reported_and_harmless() {
    let builder = ZipBuilder { prefix: vec![9; 777], ..plain() };
    assert_eq!(opens_and_reads(&builder), ["zip/junk-prefix"]);
    let builder = ZipBuilder { prefix: vec![9; 777], zip64: true, ..plain() };
    assert_eq!(opens_and_reads(&builder), ["zip/junk-prefix"]);
    let builder = ZipBuilder { trailing: vec![0; 100], ..plain() };
    assert_eq!(opens_and_reads(&builder), ["zip/trailing-bytes"]);
    let builder = ZipBuilder { trailing: vec![0; 200_000], ..plain() };
    assert_eq!(opens_and_reads(&builder), ["zip/trailing-bytes"]);
}

fn tampered(change: impl Fn(&mut ZipFile)) -> ZipBuilder {
    let mut builder = plain();
    builder.files.iter_mut().for_each(change);
    builder
}

#[test]
fn bad_pack_tricks_do_not_hide_anything() {
    assert_eq!(opens_and_reads(&tampered(|file| file.local_method = 0x4321)), [""; 0]);
    let both = tampered(|file| (file.method, file.local_method) = (0x4321, 0x1234));
    assert_eq!(opens_and_reads(&both), ["zip/unknown-method"]);
    assert_eq!(opens_and_reads(&tampered(|file| file.flags = 1)), ["zip/encryption-flag"]);
    assert_eq!(opens_and_reads(&tampered(|file| file.local_sizes = Some((1, u32::MAX)))), [""; 0]);
    let lengths = tampered(|file| file.local_name_length = Some(2));
    assert_eq!(opens_and_reads(&lengths), ["zip/local-header-lengths"; 2]);
    let lengths = tampered(|file| file.local_name_length = Some(u16::MAX));
    assert_eq!(opens_and_reads(&lengths), [""; 0]);
    let other_name = tampered(|file| file.local_name = Some(b"another/name".to_vec()));
    assert_eq!(opens_and_reads(&other_name), [""; 0]);
}

#[test]
fn an_unknown_method_without_a_right_crc_is_read_by_what_works() {
    let wrong = tampered(|file| (file.method, file.crc32) = (99, Some(1)));
    assert_eq!(opens_and_reads(&wrong), ["zip/unknown-method", "zip/crc-mismatch", "zip/crc-mismatch"],);
}

#[test]
fn wrong_checksums_and_sizes_are_reported_and_the_bytes_given() {
    let codes = check(tampered(|file| file.crc32 = Some(1)).build(), |archive, cx| {
        assert_eq!(content(archive, "dir/b.bin", cx), LONG);
    });
    assert_eq!(codes, ["zip/crc-mismatch"]);
    for declared in [0, 10, 4999, 5001, u32::MAX] {
        let mut builder = plain();
        builder.files[1].size = Some(declared);
        let codes = check(builder.build(), |archive, cx| assert_eq!(content(archive, "dir/b.bin", cx), LONG));
        assert_eq!(codes, ["zip/size-mismatch"], "declared {declared}");
    }
}

#[test]
fn of_duplicates_the_first_is_used() {
    let mut builder = plain();
    builder.files.push(ZipFile::stored("a.txt", b"second"));
    assert_eq!(opens_and_reads(&builder), ["zip/duplicate-entry"]);
}

#[test]
fn unsafe_and_odd_names_stay_names() {
    let mut odd = ZipFile::stored("x", b"1");
    odd.name = b"caf\xe9".to_vec();
    let files = vec![ZipFile::stored("../../etc/passwd", b"1"), ZipFile::stored("/abs", b"2"), odd];
    let codes = check(ZipBuilder::of(files).build(), |archive, _| {
        let names: Vec<_> = archive.entries().iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["../../etc/passwd", "/abs", "caf\u{fffd}"]);
    });
    assert_eq!(codes, ["zip/name-not-utf8", "zip/unsafe-name"]);
}

#[test]
fn the_promised_number_of_entries_counts() {
    let builder = ZipBuilder { count: Some(1), ..plain() };
    let codes = check(builder.build(), |archive, _| assert_eq!(archive.entries().len(), 1));
    assert_eq!(codes, ["zip/hidden-entries"]);
    let builder = ZipBuilder { count: Some(3), ..plain() };
    assert_eq!(
        check(builder.build(), |archive, _| assert_eq!(archive.entries().len(), 2)),
        ["zip/directory-cut"]
    );
    let builder = ZipBuilder { count: Some(65535), ..plain() };
    assert_eq!(
        check(builder.build(), |archive, _| assert_eq!(archive.entries().len(), 2)),
        ["zip/directory-cut"]
    );
}

#[test]
fn an_empty_archive_opens() {
    assert_eq!(
        check(ZipBuilder::default().build(), |archive, _| assert!(archive.entries().is_empty())),
        [""; 0]
    );
}

#[test]
fn bombs_meet_a_limit() {
    let builder = ZipBuilder::of(vec![ZipFile::deflated("bomb", &vec![0; 3 << 20])]);
    for (limits, name) in [
        (Limits { unfolded_file_bytes: 1 << 20, ..Limits::default() }, "unfolded_file_bytes"),
        (Limits { unfold_ratio: 2, ..Limits::default() }, "unfold_ratio"),
        (Limits { unfolded_archive_bytes: 1 << 20, ..Limits::default() }, "unfolded_archive_bytes"),
    ] {
        with_limits(&limits, |cx| {
            let archive = Archive::open(View::from_vec(builder.build()), &Locus::input(), cx).expect("opens");
            match archive.read_named("bomb", cx).expect("is there") {
                Err(ReadError::TooLarge { limit, .. }) => assert_eq!(limit, name),
                other => panic!("{other:?}"),
            }
        });
    }
}

#[test]
fn overlapping_entries_are_reported() {
    let bytes = ZipBuilder::of(vec![ZipFile::stored("a", LONG), ZipFile::stored("b", LONG)]).build();
    // Cutting the first file out leaves two entries that claim more than there is.
    let mut bytes = bytes;
    let directory = bytes.len() - 22 - 2 * 47;
    bytes.drain(100..5100);
    let end = bytes.len() - 6;
    bytes[end..end + 4].copy_from_slice(&u32::try_from(directory - 5000).expect("small").to_le_bytes());
    let codes = check(bytes, |archive, _| assert_eq!(archive.entries().len(), 2));
    assert_eq!(codes, ["zip/overlapping-entries"]);
}

#[test]
fn every_prefix_and_every_broken_byte_is_survived() {
    let mut builder = plain();
    builder.zip64 = true;
    for whole in [plain().build(), builder.build()] {
        let survive = |bytes: Vec<u8>| {
            with_limits(&Limits::default(), |cx| {
                if let Ok(archive) = Archive::open(View::from_vec(bytes), &Locus::input(), cx) {
                    for entry in archive.entries() {
                        let _ = archive.read(entry, cx);
                        let _ = archive.data_range(entry);
                    }
                }
            });
        };
        for length in 0..whole.len() {
            survive(whole[..length].to_vec());
        }
        for at in 0..whole.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut broken = whole.clone();
                broken[at] = value;
                survive(broken);
            }
        }
    }
}

#[test]
fn what_is_no_archive_is_refused_with_a_reason() {
    for bytes in [vec![], vec![0; 100], b"PK\x03\x04".repeat(50)] {
        let (result, _) = with_limits(&Limits::default(), |cx| {
            Archive::open(View::from_vec(bytes), &Locus::input(), cx)
                .map(|_| ())
                .map_err(|not| not.to_string())
        });
        assert!(result.expect_err("refused").starts_with("not zip: "));
    }
}
