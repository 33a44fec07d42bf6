//! zstd files.

use super::container::open_as;
use crate::Target;

pub const TARGET: Target =
    Target { name: "zstd", says: "a zstd file", seeds: &["fixtures/bytes/packed/"], run };

fn run(data: &[u8]) {
    open_as("zstd", data);
}
