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
    let start = std::time::Instant::now();
    let catalogue = Catalogue::builtin();
    let took = start.elapsed();
    assert!(catalogue.place_count() > 500);
    eprintln!("loaded in {took:?}");
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
