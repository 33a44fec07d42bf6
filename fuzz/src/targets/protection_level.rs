//! Protection levels as texts.

use overt_device::permission::Level;

use crate::Target;

pub const TARGET: Target = Target {
    name: "protection_level",
    says: "a protection level as words or number, written and read again",
    seeds: &["level"],
    run,
};

fn run(data: &[u8]) {
    let Some(level) = Level::parse(&String::from_utf8_lossy(data)) else { return };
    let written = level.to_string();
    assert_eq!(Level::parse(&written), Some(level), "{written}");
}
