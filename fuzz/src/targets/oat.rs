//! OAT files and the quickened code in them.

use overt_art::oat::OatFile;
use overt_art::quick::{self, Layouts};
use overt_base::bytes::View;

use crate::Target;

pub const TARGET: Target = Target {
    name: "oat",
    says: "an OAT file: header, embedded DEX, restored instructions",
    seeds: &["oat"],
    run,
};

fn run(data: &[u8]) {
    let Ok(oat) = OatFile::parse(View::from_vec(data.to_vec())) else { return };
    let files: Vec<_> = oat.dex_files().iter().filter_map(|entry| entry.dex.clone().ok()).take(2).collect();
    for entry in oat.dex_files().iter().take(2) {
        let _ = oat.quickening_table(entry);
    }
    let layouts = Layouts::new(oat.release(), files.clone());
    for dex in &files {
        let _ = quick::restore(dex, &layouts);
    }
}
