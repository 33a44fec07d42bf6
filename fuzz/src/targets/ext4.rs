//! ext4 images.

use super::container::open_as;
use crate::Target;

pub const TARGET: Target = Target {
    name: "ext4",
    says: "an ext4 file system: inodes, extents, directories",
    seeds: &["fixtures/bytes/ext4/"],
    run,
};

fn run(data: &[u8]) {
    open_as("ext4", data);
}
