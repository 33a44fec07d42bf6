//! Payloads of updates.

use super::container::open_as;
use crate::Target;

pub const TARGET: Target =
    Target { name: "payload", says: "an update's payload", seeds: &["fixtures/bytes/packed/"], run };

fn run(data: &[u8]) {
    open_as("payload", data);
}
