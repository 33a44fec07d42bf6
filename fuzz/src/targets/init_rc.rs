//! init scripts.

use overt_device::{Files, Properties, init};

use super::file;
use crate::{Target, with_context};

pub const TARGET: Target = Target {
    name: "init_rc",
    says: "init scripts: services, actions, imports",
    seeds: &["samples/src/files/system/etc/init/"],
    run,
};

fn run(data: &[u8]) {
    with_context(|cx| {
        let files = Files::new([file("/init.rc", data), file("/system/etc/init/x.rc", data)]);
        let init = init::read(&files, &Properties::default(), cx);
        for (path, runs) in init.executables() {
            let _ = (init.user(path), init.started_by(path), init.mode(path), runs.len());
        }
    });
}
