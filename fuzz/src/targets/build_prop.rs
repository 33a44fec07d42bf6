//! Build properties.

use overt_device::{Files, identity, properties};

use super::file;
use crate::{Target, with_context};

pub const TARGET: Target = Target {
    name: "build_prop",
    says: "a property file with imports and expansions, and the identity of the build",
    seeds: &["samples/src/files/system/build.prop"],
    run,
};

fn run(data: &[u8]) {
    with_context(|cx| {
        let half = data.len() / 2;
        let (first, second) = data.split_at(half);
        let files = Files::new([file("/system/build.prop", first), file("/vendor/build.prop", second)]);
        let properties = properties::read(&files, cx);
        let _ = properties.expand(&String::from_utf8_lossy(second));
        let _ = identity::explain(&properties);
    });
}
