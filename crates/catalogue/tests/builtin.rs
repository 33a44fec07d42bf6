//! The catalogue of the repository, as this build carries it.

use std::path::Path;

use overt_catalogue::Catalogue;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue"))
}

#[test]
fn loads_from_the_binary_and_from_the_folder_alike() {
    let loaded = Catalogue::load(folder()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(Catalogue::builtin().digest(), loaded.digest());
    assert_eq!(Catalogue::builtin().place_count(), loaded.place_count());
}
