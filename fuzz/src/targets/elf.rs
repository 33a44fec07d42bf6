//! Native files: ELF tables, scripts, links.

use overt_device::native;

use super::file;
use crate::{Target, with_context};

pub const TARGET: Target = Target {
    name: "elf",
    says: "a native executable or library: imports, needed libraries, section names",
    seeds: &["daemon"],
    run,
};

fn run(data: &[u8]) {
    with_context(|cx| {
        for path in ["/system/bin/daemon", "/system/lib64/libx.so"] {
            let _ = native::read(&file(path, data), cx);
        }
    });
}
