//! EROFS images.

use super::container::open_as;
use crate::Target;

pub const TARGET: Target = Target {
    name: "erofs",
    says: "an EROFS file system: inodes, directories, LZ4 clusters",
    seeds: &["image", "fixtures/bytes/erofs/"],
    run,
};

fn run(data: &[u8]) {
    open_as("erofs", data);
}
