//! gzip files.

use super::container::open_as;
use crate::Target;

pub const TARGET: Target =
    Target { name: "gzip", says: "a gzip file", seeds: &["fixtures/bytes/packed/"], run };

fn run(data: &[u8]) {
    open_as("gzip", data);
}
