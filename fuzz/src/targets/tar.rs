//! Tape archives.

use super::container::open_as;
use crate::Target;

pub const TARGET: Target =
    Target { name: "tar", says: "a tape archive", seeds: &["fixtures/bytes/packed/"], run };

fn run(data: &[u8]) {
    open_as("tar", data);
}
