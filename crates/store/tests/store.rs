//! What goes into the store comes back, whoever else is writing and whoever dies.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use overt_record::Record;
use overt_store::{Error, Origin, Store, default_path, read_record_file, resolve};
use overt_testkit::record::{clean, record, sample, sized};
use proptest::prelude::*;
use tempfile::TempDir;

fn folder() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

fn store(folder: &TempDir) -> Store {
    Store::open(&folder.path().join("new/folder/store.sqlite")).expect("a store")
}

fn write(path: &Path, bytes: impl AsRef<[u8]>) -> PathBuf {
    std::fs::write(path, bytes).expect("a file");
    path.to_owned()
}

#[test]
fn a_record_comes_back_byte_for_byte() {
    let folder = folder();
    let mut store = store(&folder);
    let record = sample();
    let digest = store.insert(&record, Some(Path::new("/images/phone"))).expect("inserted");
    assert_eq!(digest, record.digest().expect("a digest"));
    let bytes = store.record_bytes(&digest).expect("read").expect("there");
    assert_eq!(bytes, record.to_json().expect("JSON").into_bytes());
    assert_eq!(store.record(&digest).expect("read"), Some(record));
    assert_eq!(store.sources(&digest).expect("read"), [PathBuf::from("/images/phone")]);
    assert!(!String::from_utf8_lossy(&bytes).contains("/images"), "the host's path is not part of a record");
    assert_eq!(store.record_bytes("00").expect("read"), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_record_comes_back(record in record()) {
        let folder = folder();
        let mut store = store(&folder);
        let digest = store.insert(&record, None).expect("inserted");
        prop_assert_eq!(store.record(&digest).expect("read"), Some(record));
    }
}

#[test]
fn inserting_again_makes_it_the_latest() {
    let folder = folder();
    let mut store = store(&folder);
    let first = store.insert(&sample(), Some(Path::new("/a"))).expect("inserted");
    let second = store.insert(&clean(), None).expect("inserted");
    let order =
        |store: &Store| store.list().expect("read").into_iter().map(|build| build.digest).collect::<Vec<_>>();
    assert_eq!(order(&store), [second.clone(), first.clone()]);
    assert_eq!(store.insert(&sample(), Some(Path::new("/b"))).expect("inserted"), first);
    assert_eq!(order(&store), [first.clone(), second]);
    assert_eq!(store.sources(&first).expect("read"), [PathBuf::from("/b"), PathBuf::from("/a")]);
}

#[test]
fn names_of_builds() {
    let folder = folder();
    let mut store = store(&folder);
    let record = sample();
    let fingerprint = record.build.fingerprint.clone().expect("the sample has one");
    let mut deeper = record.clone();
    deeper.engine = "overt 0.2.0".into();
    let old = store.insert(&record, None).expect("inserted");
    let new = store.insert(&deeper, None).expect("inserted");
    let found = resolve(Some(&store), &fingerprint).expect("by fingerprint");
    assert_eq!((found.digest.as_str(), found.origin), (new.as_str(), Origin::Stored { others: 1 }));
    for digits in [&old[..4], &old[..12], &old, &old.to_uppercase()] {
        let found = resolve(Some(&store), digits).expect("by digest");
        assert_eq!((found.digest.as_str(), found.origin), (old.as_str(), Origin::Stored { others: 0 }));
        assert_eq!(found.record, record);
    }
    for nobody in ["", "dead/beef", &old[..3], "zzzz", "0000000000", "'; DROP TABLE scan; --", "%", "*"] {
        let error = resolve(Some(&store), nobody).expect_err(nobody);
        assert!(matches!(error, Error::UnknownBuild { .. }), "{nobody}: {error}");
    }
}

#[test]
fn a_digest_that_fits_two_records_is_ambiguous() {
    let folder = folder();
    let mut store = store(&folder);
    let mut by_prefix = std::collections::BTreeMap::<String, usize>::new();
    let mut record = clean();
    // Sixteen bits: with a few hundred records two begin with the same four digits.
    let twice = (0..5000).find_map(|number| {
        record.engine = format!("engine {number}");
        let digest = record.digest().expect("a digest");
        by_prefix.insert(digest[..4].to_owned(), number).map(|other| (other, number))
    });
    let (one, other) = twice.expect("two of five thousand records share four digits");
    let mut digests = Vec::new();
    for number in [one, other] {
        record.engine = format!("engine {number}");
        digests.push(store.insert(&record, None).expect("inserted"));
    }
    let error = resolve(Some(&store), &digests[0][..4]).expect_err("two begin so");
    let Error::AmbiguousBuild { candidates, .. } = &error else { panic!("{error}") };
    assert!(
        candidates.iter().zip(digests.iter().rev()).all(|(line, digest)| line.starts_with(digest)),
        "{error}"
    );
    assert_eq!(resolve(Some(&store), &digests[0]).expect("whole digest").digest, digests[0]);
}

#[test]
fn record_files() {
    let folder = folder();
    let record = sample();
    let path = write(&folder.path().join("r.json"), record.to_json().expect("JSON"));
    let asked = path.to_str().expect("text");
    let found = resolve(None, asked).expect("a file");
    assert_eq!(found.record, record);
    assert_eq!(found.digest, record.digest().expect("a digest"));
    assert_eq!(found.origin, Origin::File(path));
    for (name, content, expected) in [
        ("torn", &record.to_json().expect("JSON")[..500], "not JSON"),
        ("other", "{\"schema\":\"overt.record/2\"}", "\"overt.record/2\""),
        ("none", "{}", "no schema"),
        ("half", "{\"schema\":\"overt.record/1\"}", "missing field"),
        ("image", "\u{7f}ELF", "not JSON"),
        ("empty", "", "not JSON"),
    ] {
        let path = write(&folder.path().join(name), content);
        let error = read_record_file(&path).expect_err(name).to_string();
        assert!(error.contains(expected) && error.contains(name), "{name}: {error}");
    }
    let error = read_record_file(folder.path()).expect_err("a folder").to_string();
    assert!(error.contains("not a file"), "{error}");
}

#[test]
fn a_name_that_is_both_is_ambiguous() {
    let folder = folder();
    let mut store = store(&folder);
    let digest = store.insert(&sample(), None).expect("inserted");
    // Relative names are what people type, but a test must not change the working folder; a fingerprint does as well.
    let mut record = clean();
    let path = write(&folder.path().join(&digest[..8]), record.to_json().expect("JSON"));
    let asked = path.to_str().expect("text");
    record.build.fingerprint = Some(asked.to_owned());
    store.insert(&record, None).expect("inserted");
    let error = resolve(Some(&store), asked).expect_err("both");
    assert!(matches!(error, Error::AmbiguousBuild { .. }), "{error}");
    assert!(error.to_string().contains("(a file)"), "{error}");
}

#[test]
fn findings_by_prefix() {
    let folder = folder();
    let mut store = store(&folder);
    let (old, new) = (sized(1, 3, 20), sized(2, 3, 20));
    let old_digest = store.insert(&old, None).expect("inserted");
    let new_digest = store.insert(&new, None).expect("inserted");
    let shared =
        old.findings.iter().find(|finding| finding.behaviour == "privacy/behaviour-1").expect("a finding");
    let found = store.occurrences(&shared.id).expect("read");
    assert_eq!(found.len(), 2, "the same behaviour of the same package has the same id in the next build");
    assert_eq!((&found[0].digest, &found[1].digest), (&new_digest, &old_digest), "the latest first");
    assert_eq!(&old.findings[found[1].ordinal], shared);
    assert!(!found[0].dead);
    let ids = store.finding_ids(&shared.id[..10], 5).expect("read");
    assert_eq!(ids.len(), 1);
    assert_eq!((&ids[0].id, ids[0].behaviour.as_str()), (&shared.id, "privacy/behaviour-1"));
    assert_eq!(ids[0].package, shared.package.clone().expect("it has one"));
    let ids: Vec<String> =
        store.finding_ids("", 1000).expect("read").into_iter().map(|identity| identity.id).collect();
    let all: std::collections::BTreeSet<&str> = [&old, &new]
        .iter()
        .flat_map(|record| record.findings.iter().chain(&record.dead))
        .map(|f| f.id.as_str())
        .collect();
    assert!(ids.iter().map(String::as_str).eq(all), "each once, sorted");
    assert_eq!(store.finding_ids("", 7).expect("read").len(), 7);
    assert!(store.occurrences(&new.dead[0].id).expect("read").iter().all(|occurrence| occurrence.dead));
    for nobody in ["%", "zz", "'"] {
        assert!(store.finding_ids(nobody, 5).expect("read").is_empty());
        assert!(store.occurrences(nobody).expect("read").is_empty());
    }
}

#[test]
fn files_of_others_are_left_alone() {
    let folder = folder();
    let text = write(
        &folder.path().join("notes.txt"),
        "not a database, but long enough to have a header of one".repeat(9),
    );
    let before = std::fs::read(&text).expect("read");
    assert!(matches!(Store::open(&text), Err(Error::NotAStore { .. })));
    assert_eq!(std::fs::read(&text).expect("read"), before);

    let other = folder.path().join("other.sqlite");
    rusqlite::Connection::open(&other).expect("opened").execute_batch("CREATE TABLE t (x)").expect("made");
    let before = std::fs::read(&other).expect("read");
    assert!(matches!(Store::open(&other), Err(Error::NotAStore { .. })));
    assert_eq!(std::fs::read(&other).expect("read"), before);

    let newer = folder.path().join("newer.sqlite");
    drop(Store::open(&newer).expect("a store"));
    rusqlite::Connection::open(&newer)
        .expect("opened")
        .pragma_update(None, "user_version", overt_store::VERSION + 1)
        .expect("set");
    let error = Store::open(&newer).expect_err("later version");
    assert!(matches!(error, Error::Newer { .. }), "{error}");

    assert!(matches!(Store::open(folder.path()), Err(Error::Storage { .. })));
    assert!(Store::open_existing(&folder.path().join("absent")).expect("no error").is_none());
    assert!(!folder.path().join("absent").exists(), "reading does not create a store");
}

#[test]
fn damage_is_noticed() {
    let folder = folder();
    let mut store = store(&folder);
    let digest = store.insert(&sample(), None).expect("inserted");
    let path = store.path().to_owned();
    drop(store);
    let connection = rusqlite::Connection::open(&path).expect("opened");
    let good: Vec<u8> =
        connection.query_row("SELECT deflated FROM record", [], |row| row.get(0)).expect("there");
    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x10;
    for bad in [&flipped[..], &good[..middle], &[]] {
        connection.execute("UPDATE record SET deflated = ?1", [bad]).expect("updated");
        let store = Store::open(&path).expect("a store");
        assert!(matches!(store.record(&digest), Err(Error::Damaged { .. })));
    }
    connection.execute("UPDATE record SET deflated = ?1, length = -1", [&good]).expect("updated");
    assert!(matches!(Store::open(&path).expect("a store").record(&digest), Err(Error::Damaged { .. })));
}

#[test]
fn several_writers_at_once() {
    let folder = folder();
    let path = folder.path().join("store.sqlite");
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let path = &path;
            scope.spawn(move || {
                for number in 0..5 {
                    // Each opens the file anew, so that creating it is part of the race.
                    let mut store = Store::open(path).expect("a store");
                    store.insert(&sized(writer * 100 + number, 4, 5), None).expect("inserted");
                }
            });
        }
    });
    let store = Store::open(&path).expect("a store");
    let builds = store.list().expect("read");
    assert_eq!(builds.len(), 20);
    for build in builds {
        assert!(store.record(&build.digest).expect("read").is_some());
    }
}

/// Not a test of its own: what the next test runs in a process that it can kill.
#[test]
#[ignore = "runs as a child of a_killed_writer_leaves_the_store_usable"]
fn child_that_writes_until_it_dies() {
    let Some(path) = std::env::var_os("OVERT_TEST_STORE") else { return };
    let mut store = Store::open(Path::new(&path)).expect("a store");
    for number in 0.. {
        store.insert(&sized(number + std::process::id() as usize * 1000, 20, 20), None).expect("inserted");
    }
}

#[test]
fn a_killed_writer_leaves_the_store_usable() {
    let folder = folder();
    let path = folder.path().join("store.sqlite");
    let mut seen = 0;
    for round in 0..6_u64 {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["child_that_writes_until_it_dies", "--exact", "--ignored", "--nocapture"])
            .env("OVERT_TEST_STORE", &path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a child");
        // Other moments each time; in the later rounds at least one commit has happened by then.
        let start = std::time::Instant::now();
        while round >= 3 && start.elapsed() < std::time::Duration::from_secs(60) {
            let store = Store::open(&path).expect("a store");
            if store.list().expect("read").len() > seen {
                break;
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(7 + 13 * round));
        child.kill().expect("killed (SIGKILL)");
        child.wait().expect("reaped");
        let mut store = Store::open(&path).expect("a store after the kill");
        let builds = store.list().expect("read");
        assert!(builds.len() >= seen, "what was there stays");
        for build in &builds {
            let record: Record = store.record(&build.digest).expect("whole").expect("there");
            assert_eq!(record.findings.len() as u64, build.findings);
            for finding in record.findings.iter().chain(&record.dead) {
                let here = store.occurrences(&finding.id).expect("read");
                let here = here.iter().any(|occurrence| occurrence.digest == build.digest);
                assert!(here, "a record and its index are one transaction");
            }
        }
        store.insert(&sized(usize::try_from(round).expect("small"), 2, 2), None).expect("still writable");
        seen = builds.len() + 1;
        let connection = rusqlite::Connection::open(&path).expect("opened");
        let verdict: String =
            connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("checked");
        assert_eq!(verdict, "ok");
    }
    assert!(seen > 6, "at least one child got as far as a commit");
}

#[test]
fn paths_that_are_not_text() {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let folder = folder();
        let mut store = store(&folder);
        let odd = Path::new(std::ffi::OsStr::from_bytes(b"/images/\xff\xfe"));
        let digest = store.insert(&clean(), Some(odd)).expect("inserted");
        assert_eq!(store.sources(&digest).expect("read"), [odd]);
    }
}

#[test]
fn the_default_place_depends_on_the_environment_only() {
    assert!(default_path(|_| None).is_none());
}

/// `cargo test --release -p overt-store -- --ignored --nocapture thousand_builds`: 1,000 builds of 200 packages with 50
/// findings each, and the time the last ones took.
#[test]
#[ignore = "takes minutes and gigabytes"]
#[allow(clippy::print_stdout, reason = "figures for the log")]
fn thousand_builds() {
    let builds: usize =
        std::env::var("OVERT_TEST_BUILDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000);
    let folder = folder();
    let mut store = store(&folder);
    let mut taken = Vec::new();
    for number in 0..builds {
        let record = sized(number, 200, 50);
        let start = std::time::Instant::now();
        store.insert(&record, None).expect("inserted");
        taken.push(start.elapsed());
    }
    let last = taken.last().copied().unwrap_or_default();
    taken.sort();
    let size = std::fs::metadata(store.path()).expect("there").len();
    let id = &sized(0, 200, 50).findings[1].id;
    let start = std::time::Instant::now();
    let found = store.occurrences(id).expect("read").len();
    let one = start.elapsed();
    let start = std::time::Instant::now();
    let ambiguous = store.finding_ids("ab", 12).expect("read").len();
    let some = start.elapsed();
    let median = taken[builds / 2];
    println!(
        "{builds} builds: insert median {median:?}, worst {:?}, last {last:?}; {} MB; one finding over all builds \
         ({found}) {one:?}; a prefix of two digits ({ambiguous}) {some:?}",
        taken[builds - 1],
        size >> 20,
    );
    assert!(median < std::time::Duration::from_secs(1), "{median:?}");
    assert!(one < std::time::Duration::from_secs(1), "{one:?}");
}
