//! super images.

use super::container::open_as;
use crate::Target;

pub const TARGET: Target = Target {
    name: "super_lp",
    says: "a super partition: geometry, metadata, extents",
    seeds: &["image"],
    run,
};

fn run(data: &[u8]) {
    open_as("super", data);
}
