//! Brotli streams.

use super::container::open_as;
use crate::Target;

pub const TARGET: Target =
    Target { name: "brotli", says: "a brotli stream", seeds: &["fixtures/bytes/packed/"], run };

fn run(data: &[u8]) {
    open_as("brotli", data);
}
