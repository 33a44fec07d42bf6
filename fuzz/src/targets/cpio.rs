//! cpio archives.

use super::container::open_as;
use crate::Target;

pub const TARGET: Target =
    Target { name: "cpio", says: "a cpio archive", seeds: &["fixtures/bytes/packed/"], run };

fn run(data: &[u8]) {
    open_as("cpio", data);
}
