//! What is kept comes back or is not there; nothing that is wrong with the file is anybody's problem.
#![allow(missing_docs)]

use std::path::Path;

use overt_base::Digest;
use overt_store::{Shelf, Store};
use rusqlite::Connection;
use tempfile::TempDir;

fn key(number: usize) -> Digest {
    Digest::of(&number.to_le_bytes())
}

/// Bytes that do not compress.
fn noise(number: usize, length: usize) -> Vec<u8> {
    (0..length.div_ceil(32))
        .flat_map(|part| Digest::of_parts([&number.to_le_bytes()[..], &part.to_le_bytes()]).0)
        .collect()
}

fn open(folder: &TempDir, limit: u64) -> Shelf {
    Shelf::open(&folder.path().join("store.sqlite"), limit).expect("opened")
}

fn sql(path: &Path, statement: &str) {
    let connection = Connection::open(path.join("store.sqlite")).expect("opened");
    connection.execute_batch(statement).expect("done");
}

#[test]
fn what_is_kept_comes_back() {
    let folder = TempDir::new().expect("a folder");
    let shelf = open(&folder, Shelf::LIMIT);
    assert_eq!(shelf.get(&key(1)), None);
    shelf.put(&key(1), b"one");
    shelf.put(&key(2), b"");
    shelf.put(&key(1), b"another");
    assert_eq!(shelf.get(&key(1)).as_deref(), Some(&b"another"[..]));
    shelf.tidy();
    drop(shelf);
    let shelf = open(&folder, Shelf::LIMIT);
    assert_eq!(shelf.get(&key(1)).as_deref(), Some(&b"another"[..]));
    assert_eq!(shelf.get(&key(2)).as_deref(), Some(&b""[..]));
}

#[test]
fn damaged_rows_are_not_there_and_are_written_anew() {
    let folder = TempDir::new().expect("a folder");
    let shelf = open(&folder, Shelf::LIMIT);
    for damage in [
        "UPDATE kept SET deflated = x'00ff'",
        "UPDATE kept SET deflated = x''",
        "UPDATE kept SET check_sum = x'00'",
        "UPDATE kept SET key = zeroblob(32)",
        "DELETE FROM kept",
    ] {
        shelf.put(&key(1), b"one");
        assert_eq!(shelf.get(&key(1)).as_deref(), Some(&b"one"[..]), "{damage}");
        sql(folder.path(), damage);
        assert_eq!(shelf.get(&key(1)), None, "{damage}");
        assert_eq!(shelf.get(&Digest([0; 32])), None, "{damage}: a row answers to its own key only");
        sql(folder.path(), "DELETE FROM kept");
    }
    sql(folder.path(), "DROP TABLE kept");
    shelf.put(&key(1), b"one");
    assert_eq!(shelf.get(&key(1)), None);
    shelf.tidy();
}

#[test]
fn what_was_not_used_for_longest_goes_first() {
    let folder = TempDir::new().expect("a folder");
    let limit = 10_000;
    for scan in 0..4 {
        let shelf = open(&folder, limit);
        shelf.put(&key(scan), &noise(scan, 3_000));
        // The first is used by every scan.
        assert!(shelf.get(&key(0)).is_some());
        shelf.tidy();
    }
    let shelf = open(&folder, limit);
    let there: Vec<bool> = (0..4).map(|number| shelf.get(&key(number)).is_some()).collect();
    assert_eq!(there, [true, false, true, true]);
    shelf.put(&key(9), &noise(9, 11_000));
    assert_eq!(shelf.get(&key(9)), None, "what alone is too large is not kept");
}

#[test]
fn many_may_read_and_write_at_once() {
    let folder = TempDir::new().expect("a folder");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let shelf = open(&folder, Shelf::LIMIT);
                for number in 0..50 {
                    let expected = noise(number, 200);
                    shelf.put(&key(number), &expected);
                    assert!(shelf.get(&key(number)).is_none_or(|found| found == expected));
                }
                shelf.tidy();
            });
        }
    });
    let shelf = open(&folder, Shelf::LIMIT);
    for number in 0..50 {
        assert_eq!(shelf.get(&key(number)), Some(noise(number, 200)));
    }
}

#[test]
fn a_store_of_the_first_version_gets_its_shelf() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("store.sqlite");
    drop(Store::open(&path).expect("opened"));
    sql(
        folder.path(),
        "DROP TABLE hosted; DROP TABLE mark; DROP TABLE carries; DROP TABLE family; DROP TABLE shape; DROP TABLE hole;
         ALTER TABLE package DROP COLUMN shape; ALTER TABLE package DROP COLUMN read;
         ALTER TABLE scan DROP COLUMN listing; DROP TABLE kept; PRAGMA user_version = 1",
    );
    let shelf = open(&folder, Shelf::LIMIT);
    shelf.put(&key(1), b"one");
    assert_eq!(shelf.get(&key(1)).as_deref(), Some(&b"one"[..]));
}
