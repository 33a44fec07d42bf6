//! xz files.

use super::container::open_as;
use crate::Target;

pub const TARGET: Target = Target { name: "xz", says: "an xz file", seeds: &["fixtures/bytes/packed/"], run };

fn run(data: &[u8]) {
    open_as("xz", data);
}
