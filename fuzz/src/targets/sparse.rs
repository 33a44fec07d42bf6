//! sparse images.

use super::container::open_as;
use crate::Target;

pub const TARGET: Target = Target {
    name: "sparse",
    says: "an Android sparse image",
    seeds: &["image", "fixtures/bytes/sparse/"],
    run,
};

fn run(data: &[u8]) {
    open_as("sparse", data);
}
