//! The catalogue of the repository, as this build carries it.

use std::path::Path;

use overt_catalogue::{Called, Catalogue};

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue"))
}

#[test]
fn loads_from_the_binary_and_from_the_folder_alike() {
    let loaded = Catalogue::load(folder()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(Catalogue::builtin().digest(), loaded.digest());
    assert_eq!(Catalogue::builtin().place_count(), loaded.place_count());
}

#[test]
fn loads_fast() {
    let best = (0..5)
        .map(|_| {
            let start = std::time::Instant::now();
            assert!(Catalogue::builtin().place_count() > 500);
            start.elapsed()
        })
        .min();
    // 20 ms is what a release build may take; other builds and busy machines are given more.
    assert!(best < Some(std::time::Duration::from_millis(200)), "loaded in {best:?}");
}

#[test]
fn knows_what_the_platform_calls() {
    let catalogue = Catalogue::builtin();
    let entry_points = catalogue.entry_points();
    for (class, name, prototype, called) in [
        ("Landroid/app/Activity;", "onCreate", "(Landroid/os/Bundle;)V", Called::Yes),
        ("Landroid/app/ListActivity;", "onCreate", "(Landroid/os/Bundle;)V", Called::Yes),
        ("Landroid/app/Activity;", "uploadAll", "()V", Called::No),
        ("Landroid/app/Activity;", "getSystemService", "(Ljava/lang/String;)Ljava/lang/Object;", Called::Yes),
        ("Landroid/view/View$OnClickListener;", "onClick", "(Landroid/view/View;)V", Called::Yes),
        ("Landroid/view/View$OnClickListener;", "onLongClick", "(Landroid/view/View;)Z", Called::No),
        ("Landroid/widget/LinearLayout;", "onDraw", "(Landroid/graphics/Canvas;)V", Called::Yes),
        ("Landroid/widget/BaseAdapter;", "getCount", "()I", Called::Yes),
        ("Lcom/android/internal/unheard/Of;", "m", "()V", Called::Unknown),
        ("Lcom/android/internal/unheard/Of;", "toString", "()Ljava/lang/String;", Called::Yes),
        ("Ljava/util/ArrayList;", "add", "(Ljava/lang/Object;)Z", Called::Yes),
        ("Ljava/lang/Object;", "m", "()V", Called::No),
    ] {
        assert_eq!(entry_points.calls(class, name, prototype), called, "{class}->{name}{prototype}");
    }
    assert_eq!(entry_points.kind_of("Landroid/app/ListActivity;").map(|c| c.kind.as_str()), Some("activity"));
    assert!(entry_points.is_library("Landroid/app/Activity;"));
    assert!(!entry_points.is_library("Landroid/support/v4/app/Fragment;"));
}

#[test]
fn has_no_remarks() {
    let remarks = overt_catalogue::lint::all(&Catalogue::builtin());
    let remarks: Vec<String> = remarks.iter().map(ToString::to_string).collect();
    assert!(remarks.is_empty(), "{}", remarks.join("\n"));
}

#[test]
fn spells_the_words_as_the_record_does() {
    use overt_record::words::{DataKind, Effect, Rung, Severity, Theme, TriggerKind};
    let catalogue = Catalogue::builtin();
    let vocabulary = catalogue.vocabulary();
    assert_eq!(vocabulary.data, DataKind::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>());
    assert_eq!(vocabulary.effects, Effect::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>());
    assert_eq!(vocabulary.themes, Theme::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>());
    assert_eq!(vocabulary.triggers, TriggerKind::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>());
    assert_eq!(vocabulary.rungs, Rung::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>());
    assert_eq!(vocabulary.severities, Severity::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>());
}

#[test]
fn the_page_of_behaviours_is_up_to_date() {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/behaviours.md"));
    let page = overt_catalogue::document::behaviours(&Catalogue::builtin());
    if std::env::var_os("OVERT_BLESS").is_some() {
        std::fs::write(path, &page).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == page, "docs/behaviours.md is stale: OVERT_BLESS=1 cargo test -p overt-catalogue");
}

#[test]
#[allow(clippy::print_stderr)]
fn stable_behaviours_are_proven_by_fixtures() {
    let fixtures = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/apps"));
    let mut annotations = Vec::new();
    collect_annotations(fixtures, &mut annotations);
    if annotations.is_empty() {
        eprintln!("SKIPPED: no fixtures found in {}", fixtures.display());
        return;
    }
    let catalogue = Catalogue::builtin();
    let remarks = overt_catalogue::lint::unproven(&catalogue, annotations.iter().map(String::as_str));
    let remarks: Vec<String> = remarks.iter().map(ToString::to_string).collect();
    assert!(remarks.is_empty(), "{}", remarks.join("\n"));
}

fn collect_annotations(folder: &Path, annotations: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect_annotations(&path, annotations);
        } else if path.extension().is_some_and(|extension| extension == "smali") {
            let text =
                std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let behind = text.lines().filter_map(|line| line.split_once("#~"));
            annotations.extend(behind.map(|(_, annotation)| annotation.to_owned()));
        }
    }
}
