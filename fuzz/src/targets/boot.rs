//! Boot images.

use super::container::open_as;
use crate::Target;

pub const TARGET: Target =
    Target { name: "boot", says: "a boot or vendor boot image", seeds: &["fixtures/bytes/packed/"], run };

fn run(data: &[u8]) {
    open_as("boot", data);
}
