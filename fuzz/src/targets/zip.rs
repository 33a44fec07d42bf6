//! ZIP archives as Android reads them.

use overt_base::Locus;
use overt_base::bytes::View;
use overt_container::zip::Archive;

use crate::{Target, with_context};

pub const TARGET: Target =
    Target { name: "zip", says: "a ZIP archive: directory and every entry", seeds: &["apk"], run };

fn run(data: &[u8]) {
    with_context(|cx| {
        let Ok(archive) = Archive::open(View::from_vec(data.to_vec()), &Locus::input(), cx) else { return };
        for entry in archive.entries() {
            let _ = archive.data_range(entry);
            let _ = archive.read(entry, cx);
        }
    });
}
