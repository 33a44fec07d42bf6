//! F2FS file systems.

use super::container::open_as;
use crate::Target;

pub const TARGET: Target =
    Target { name: "f2fs", says: "an F2FS file system", seeds: &["fixtures/bytes/f2fs/"], run };

fn run(data: &[u8]) {
    open_as("f2fs", data);
}
