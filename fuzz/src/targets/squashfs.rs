//! squashfs file systems.

use super::container::open_as;
use crate::Target;

pub const TARGET: Target =
    Target { name: "squashfs", says: "a squashfs file system", seeds: &["fixtures/bytes/squashfs/"], run };

fn run(data: &[u8]) {
    open_as("squashfs", data);
}
