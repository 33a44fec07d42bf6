//! lz4 files.

use super::container::open_as;
use crate::Target;

pub const TARGET: Target =
    Target { name: "lz4", says: "an lz4 file", seeds: &["fixtures/bytes/packed/"], run };

fn run(data: &[u8]) {
    open_as("lz4", data);
}
