//! Listings of dumps.

use overt_container::listing;

use crate::Target;

pub const TARGET: Target =
    Target { name: "listing", says: "a list of files that came with a dump", seeds: &["listing"], run };

fn run(data: &[u8]) {
    let _ = listing::parse(&String::from_utf8_lossy(data));
}
