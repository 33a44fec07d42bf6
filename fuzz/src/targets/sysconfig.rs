//! Permission and system configuration files.

use overt_device::{Files, Properties, sysconfig};

use super::file;
use crate::{Target, with_context};

pub const TARGET: Target = Target {
    name: "sysconfig",
    says: "XML files under etc/permissions and etc/sysconfig",
    seeds: &["samples/src/files/system/etc/permissions/"],
    run,
};

fn run(data: &[u8]) {
    with_context(|cx| {
        let files = Files::new([
            file("/system/etc/permissions/privapp-permissions-x.xml", data),
            file("/system/etc/default-permissions/x.xml", data),
        ]);
        let config = sysconfig::read(&files, &Properties::default(), cx);
        let _ = config.listing(
            "com.example",
            "/system/priv-app/X/X.apk",
            "android.permission.INTERNET",
            Some(28),
        );
    });
}
