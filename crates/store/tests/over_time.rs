//! Questions over time and over builds, and stores of earlier versions that learn to answer them.

use overt_record::Record;
use overt_record::history::Presence;
use overt_record::shape::{Family, Shape};
use overt_store::{Code, Search, Store, VERSION};
use overt_testkit::record::sized;
use tempfile::TempDir;

/// Builds of one device, with a listing and wholly read.
fn build(number: usize) -> Record {
    let mut record = sized(0, 3, 4);
    record.build.model = Some("One".into());
    record.build.device = Some("one".into());
    record.build.build_date = Some(format!("2016-{:02}-01T00:00:00Z", number + 1));
    record.build.fingerprint = Some(format!("example/One/One:6.0/EXA/{number}:user/release-keys"));
    record.coverage.listing = Some("all_files.txt".into());
    record.coverage.missing.clear();
    record.coverage.unreadable.clear();
    record
}

fn store(folder: &TempDir) -> Store {
    Store::open(&folder.path().join("store.sqlite")).expect("a store")
}

fn without(record: &mut Record, package: &str) {
    record.packages.retain(|one| one.package.as_deref() != Some(package));
    record.findings.retain(|one| one.package.as_deref() != Some(package));
}

#[test]
fn a_behaviour_that_went_and_came_back() {
    let folder = TempDir::new().expect("a folder");
    let mut store = store(&folder);
    for number in [2, 0, 1, 3] {
        let mut record = build(number);
        match number {
            // Read, and not there.
            1 => record.findings.retain(|finding| finding.behaviour != "privacy/behaviour-1"),
            // The package is there by the listing only.
            3 => {
                without(&mut record, "com.example.app1");
                record.coverage.missing.push(overt_record::Missing {
                    path: "/system/app/App1/App1.apk".into(),
                    why: "listed".into(),
                    size: None,
                });
            }
            _ => {}
        }
        record.canonicalise();
        store.insert(&record, None).expect("inserted");
    }
    let history = store.history("on?").expect("read").expect("there");
    let dates: Vec<_> = history.builds.iter().filter_map(|build| build.build_date.clone()).collect();
    assert_eq!(history.builds.len(), 4);
    assert!(dates.is_sorted(), "{dates:?}");
    let line = |package: &str, behaviour: &str| {
        let mut all = history.lines.iter();
        all.find(|line| line.package == package && line.behaviour == behaviour).expect("a line")
    };
    use Presence::{Absent, Present, Unknown};
    let gone = line("com.example.app0", "privacy/behaviour-1");
    assert_eq!(gone.at, [Present, Absent, Present, Present]);
    assert!(gone.returned && !gone.steady);
    let missing = line("com.example.app1", "privacy/behaviour-2");
    assert_eq!(missing.at, [Present, Present, Present, Unknown]);
    assert!(!missing.returned);
    assert!(line("com.example.app2", "privacy/behaviour-3").steady);
    assert!(store.history("nobody").expect("read").is_none());
    assert_eq!(store.builds_of("ONE").expect("read").len(), 4);
}

#[test]
fn a_package_that_the_listing_lacks_is_absent() {
    let folder = TempDir::new().expect("a folder");
    let mut store = store(&folder);
    store.insert(&build(0), None).expect("inserted");
    let mut record = build(1);
    without(&mut record, "com.example.app2");
    store.insert(&record, None).expect("inserted");
    let history = store.history("One").expect("read").expect("there");
    for line in history.lines.iter().filter(|line| line.package == "com.example.app2") {
        assert_eq!(line.at, [Presence::Present, Presence::Absent], "{line:?}");
    }
}

fn shape(seed: u32) -> Shape {
    let words = |count: u32| -> String {
        (0..count).map(|number| format!("{:08x}", seed + number * 1_000)).collect()
    };
    Shape {
        methods: 64,
        sketch: words(64),
        families: vec![Family {
            name: format!("com.example.sdk{seed}"),
            methods: 16,
            digest: format!("{seed:016x}"),
            sketch: words(16),
        }],
        conceals: Vec::new(),
        plain: String::new(),
    }
}

#[test]
fn where_else() {
    let folder = TempDir::new().expect("a folder");
    let mut store = store(&folder);
    let mut first = build(0);
    first.packages[0].shape = Some(shape(1));
    first.packages[1].shape = Some(shape(500));
    first.findings[0].endpoints[0].host = Some("Only.Example.com".into());
    first.findings[0].endpoints[0].how.get_or_insert_default().key = Some("secret-key".into());
    store.insert(&first, None).expect("inserted");
    let mut second = build(1);
    second.build.brand = Some("Other".into());
    second.packages[2].package = Some("org.renamed".into());
    second.packages[2].shape = Some(shape(1));
    second.packages[2].code[0].sha256 = "9f".repeat(32);
    second.packages[2].signer[0].sha256 = "5e".repeat(32);
    store.insert(&second, None).expect("inserted");

    let find = |search: Search| store.find(&search).expect("read").matches;
    let all = |what: &str| Some(what.to_owned());
    let by_package = find(Search { package: all("com.example.app1"), ..Search::default() });
    assert_eq!(by_package.len(), 2);
    assert!(by_package.iter().all(|one| one.version.as_deref() == Some("1.0") && one.behaviour.is_none()));
    assert_eq!(find(Search { package: all("com.EXAMPLE.*"), ..Search::default() }).len(), 5);
    let by_behaviour = find(Search {
        behaviour: all("privacy/behaviour-2"),
        package: all("com.example.app0"),
        ..Search::default()
    });
    assert_eq!(by_behaviour.len(), 2);
    assert!(by_behaviour.iter().all(|one| one.behaviour.as_deref() == Some("privacy/behaviour-2")));
    let by_host = find(Search { host: all("only.example.com"), ..Search::default() });
    assert_eq!(by_host.len(), 1);
    assert_eq!(by_host[0].value.as_deref(), Some("only.example.com"));
    assert_eq!(find(Search { key: all("secret"), ..Search::default() }).len(), 1);
    let by_signer = find(Search { signer: all("5E5E"), ..Search::default() });
    assert_eq!(by_signer.len(), 1);
    assert_eq!(by_signer[0].package.as_deref(), Some("org.renamed"));
    assert_eq!(find(Search { code: Some(Code::Named("9f9f".into())), ..Search::default() }).len(), 1);
    let family = find(Search { code: Some(Code::Named("com.example.sdk1".into())), ..Search::default() });
    assert_eq!(family.len(), 2, "{family:?}");
    let alike = find(Search { code: Some(Code::Like(shape(1))), ..Search::default() });
    let names: Vec<_> = alike.iter().filter_map(|one| one.package.as_deref()).collect();
    assert_eq!(names, ["com.example.app0", "org.renamed"], "by brand");
    assert!(alike.iter().all(|one| one.similarity > 0.99));
    assert!(find(Search { code: Some(Code::Like(shape(77_777))), ..Search::default() }).is_empty());
    assert!(find(Search { host: all("nobody.example"), ..Search::default() }).is_empty());
}

/// Takes away what versions after `version` brought.
fn age(path: &std::path::Path, version: i64) {
    let connection = rusqlite::Connection::open(path).expect("opened");
    let mut back = String::new();
    if version < 3 {
        back.push_str(
            "DROP TABLE carries; DROP TABLE family; DROP TABLE mark; DROP TABLE hosted; DROP TABLE hole;
             ALTER TABLE package DROP COLUMN shape; ALTER TABLE package DROP COLUMN read;
             ALTER TABLE scan DROP COLUMN listing; DROP TABLE shape;",
        );
    }
    if version < 2 {
        back.push_str("DROP TABLE kept;");
    }
    connection.execute_batch(&back).expect("taken away");
    connection.pragma_update(None, "user_version", version).expect("aged");
}

#[test]
fn stores_of_every_earlier_version_learn_to_answer() {
    for version in 1..VERSION {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("store.sqlite");
        let mut fresh = store(&folder);
        let mut records = Vec::new();
        for number in 0..3 {
            let mut record = build(number);
            record.packages[0].shape = Some(shape(1));
            if number == 1 {
                without(&mut record, "com.example.app2");
            }
            records.push(fresh.insert(&record, None).expect("inserted"));
        }
        let search = Search { code: Some(Code::Like(shape(1))), ..Search::default() };
        let host = Search { host: Some("*".into()), ..Search::default() };
        let answers = |store: &Store| {
            (
                store.history("One").expect("read"),
                store.find(&search).expect("read"),
                store.find(&host).expect("read"),
            )
        };
        let expected = answers(&fresh);
        assert!(!expected.1.matches.is_empty() && !expected.2.matches.is_empty());
        drop(fresh);
        age(&path, version);
        let migrated = Store::open(&path).expect("migrated");
        assert_eq!(answers(&migrated), expected, "from version {version}");
        for digest in &records {
            assert!(migrated.record(digest).expect("read").is_some(), "nothing is lost");
        }
        let connection = rusqlite::Connection::open(&path).expect("opened");
        let now: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).expect("read");
        assert_eq!(now, VERSION);
    }
}

#[test]
fn two_records_side_by_side() {
    let folder = TempDir::new().expect("a folder");
    let mut store = store(&folder);
    let (a, b) = (build(0), build(1));
    let digests = [&a, &b].map(|record| store.insert(record, None).expect("inserted"));
    assert_eq!(store.records(&digests[0], &digests[1]).expect("read"), Some((a, b)));
    assert_eq!(store.records(&digests[0], "00").expect("read"), None);
}
