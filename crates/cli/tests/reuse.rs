//! A record is the same whether everything was worked out for it or was found out before, in this build or another.
#![allow(missing_docs)]

mod binary;

use std::fs;
use std::path::Path;

use binary::overt;
use overt_testkit::fixture;
use rusqlite::Connection;
use tempfile::TempDir;

/// A folder with the fixtures' apps whose position `chosen` accepts.
fn phone(folder: &Path, name: &str, chosen: impl Fn(usize) -> bool) -> String {
    let root = folder.join(name);
    for (number, slug) in
        fixture::slugs(&fixture::folder().join("apps")).expect("fixtures").iter().enumerate()
    {
        let built = fixture::folder().join("built").join(format!("{slug}.apk"));
        if chosen(number) && built.is_file() {
            let app = root.join(format!("system/app/{slug}"));
            fs::create_dir_all(&app).expect("made");
            fs::copy(built, app.join(format!("{slug}.apk"))).expect("copied");
        }
    }
    root.to_str().expect("text").to_owned()
}

fn scan(folder: &Path, input: &str, flags: &[&str]) -> String {
    let arguments: Vec<&str> = ["scan", input, "--json"].into_iter().chain(flags.iter().copied()).collect();
    let ran = overt(folder, &arguments);
    assert!([0, 1, 4].contains(&ran.code), "{}", ran.stderr);
    ran.stdout
}

fn kept(store: &Path) -> i64 {
    let connection = Connection::open(store).expect("opened");
    connection.query_row("SELECT count(*) FROM kept", [], |row| row.get(0)).expect("counted")
}

/// Grows with every thing that is put, also in the place of another.
fn last_put(store: &Path) -> i64 {
    let connection = Connection::open(store).expect("opened");
    connection.query_row("SELECT max(rowid) FROM kept", [], |row| row.get(0)).expect("asked")
}

#[test]
fn cold_warm_and_foreign_scans_give_the_same_bytes() {
    let work = TempDir::new().expect("a folder");
    let folder = work.path();
    let (one, other) = (phone(folder, "one", |n| n % 3 == 0), phone(folder, "other", |n| n % 2 == 0));
    let cold = [scan(folder, &one, &["--no-store"]), scan(folder, &other, &["--no-store"])];
    let store = folder.join("s.sqlite");
    let flags = ["--store", "s.sqlite"];
    assert_eq!(scan(folder, &one, &[&flags[..], &["--no-cache"]].concat()), cold[0]);
    assert_eq!(kept(&store), 0, "nothing is kept unless wanted");
    assert_eq!(scan(folder, &one, &flags), cold[0], "while it is filled");
    let after_one = kept(&store);
    assert!(after_one > 0);
    let last = last_put(&store);
    assert_eq!(scan(folder, &one, &flags), cold[0], "warm");
    assert_eq!((kept(&store), last_put(&store)), (after_one, last), "nothing is worked out twice");
    assert_eq!(scan(folder, &other, &flags), cold[1], "foreign");
    assert_eq!(scan(folder, &other, &[&flags[..], &["--jobs", "1"]].concat()), cold[1], "warm");
    assert_eq!(scan(folder, &one, &[&flags[..], &["--depth", "capability"]].concat()), {
        scan(folder, &one, &["--no-store", "--depth", "capability"])
    });
    // Damage of every kind: what does not fit is worked out anew.
    let connection = Connection::open(&store).expect("opened");
    connection.execute_batch("UPDATE kept SET deflated = x'4bcb' WHERE rowid % 2 = 0").expect("damaged");
    drop(connection);
    assert_eq!(scan(folder, &one, &flags), cold[0], "damaged");
    let moved = phone(folder, "deeper/in/a/folder/one", |n| n % 3 == 0);
    assert_eq!(scan(folder, &moved, &flags), cold[0], "elsewhere");
}

#[test]
fn one_app_alone_takes_nothing_wrong_from_a_phone() {
    let work = TempDir::new().expect("a folder");
    let folder = work.path();
    let phone = phone(folder, "phone", |n| n % 5 == 0);
    scan(folder, &phone, &[]);
    for app in fs::read_dir(Path::new(&phone).join("system/app")).expect("apps").flatten().take(4) {
        let name = app.file_name().into_string().expect("text");
        let apk = app.path().join(format!("{name}.apk"));
        let apk = apk.to_str().expect("text");
        assert_eq!(scan(folder, apk, &[]), scan(folder, apk, &["--no-store"]), "{name}");
        assert_eq!(scan(folder, apk, &[]), scan(folder, apk, &["--no-store"]), "{name}, warm");
    }
}

#[test]
fn scans_at_once_do_not_disturb_each_other() {
    let work = TempDir::new().expect("a folder");
    let folder = work.path();
    let phone = phone(folder, "phone", |n| n % 4 == 0);
    let cold = scan(folder, &phone, &["--no-store"]);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_eq!(scan(folder, &phone, &[]), cold));
        }
    });
    assert_eq!(scan(folder, &phone, &[]), cold);
}
