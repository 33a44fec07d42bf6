//! bzip2 files.

use super::container::open_as;
use crate::Target;

pub const TARGET: Target =
    Target { name: "bzip2", says: "a bzip2 file", seeds: &["fixtures/bytes/packed/"], run };

fn run(data: &[u8]) {
    open_as("bzip2", data);
}
