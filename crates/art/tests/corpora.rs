//! The gate: real odex files, restored and held against the originals.

mod gate;

use gate::Count;

fn count(folder: &str) -> Option<Count> {
    let folder = overt_testkit::corpora::corpora()?.join(folder);
    let mut files = Vec::new();
    gate::collect(&folder, &mut files);
    files.sort();
    let mut count = Count::default();
    gate::run(&files, &mut count, false);
    Some(count)
}

/// Every method decodes to its last instruction; nothing is restored wrongly.
fn check(folder: &str) -> Option<Count> {
    let count = count(folder)?;
    assert!(count.dex > 0 && count.methods > 0, "{folder}");
    assert_eq!(count.unreadable, 0, "{folder}");
    assert!(count.wrong.is_empty(), "{folder}: {:#?}", count.wrong);
    Some(count)
}

fn exact_of_present(count: &Count) -> f64 {
    let missing: u64 = count.missing.values().sum();
    count.exact as f64 / (count.quickened - missing).max(1) as f64
}

#[test]
fn the_phone_of_2016() {
    let Some(count) = check("phone-2016") else { return };
    assert_eq!(count.oat, 97);
    assert!(count.with_key >= 66);
    assert!(count.quickened > 700);
    assert!(exact_of_present(&count) >= 0.9, "{}", exact_of_present(&count));
    assert!(count.key_exact * 10 >= count.key_quickened * 9);
}

#[test]
fn the_phone_of_2017() {
    let Some(count) = check("phone-2017") else { return };
    assert!(exact_of_present(&count) >= 0.9);
}

#[test]
fn android_5_and_7() {
    let Some(count) = check("formats/android-5.0-oat039") else { return };
    assert_eq!(count.oat, 6);
    let Some(count) = check("formats/android-7.0-oat079") else { return };
    assert_eq!(count.oat, 7);
    assert_eq!(count.exact, count.quickened, "Android 7 says what the instructions were");
}
