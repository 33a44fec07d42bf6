//! Which partition a directory holds, by what is in it.

use super::Paths;
use crate::partition::SYSTEM;

/// Hands out the text of property files, so that recognising needs no bytes of anything else.
pub trait Properties {
    /// The text of the file at `path`, or `None` when it is not there or unreadable.
    fn text(&self, path: &str) -> Option<String>;
}

/// How sure a partition was recognised, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sureness {
    /// There are packages where a partition has them; which partition is a guess.
    Packages,
    /// Its build properties say so.
    Properties,
    /// It holds what only that partition can hold.
    Certain,
}

/// What a directory holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) partition: &'static str,
    pub(super) sureness: Sureness,
}

/// Entries that the root of a partition with files has. Directories of images have none of them.
static TYPICAL: &[&str] = &[
    "app",
    "apex",
    "bin",
    "build.prop",
    "build_default.prop",
    "etc",
    "fonts",
    "framework",
    "lib",
    "lib64",
    "media",
    "odm",
    "operator",
    "overlay",
    "permissions",
    "plugin",
    "priv-app",
    "product",
    "res",
    "sysconfig",
    "system_ext",
    "tts",
    "usr",
    "vendor",
    "xbin",
];

/// Partitions whose build properties have keys of their own, least specific last.
static PROPERTY_KEYS: &[(&str, &[&str])] = &[
    ("odm", &["ro.odm.build.", "ro.product.odm."]),
    ("product", &["ro.product.build.", "ro.product.product."]),
    ("system_ext", &["ro.system_ext.build.", "ro.product.system_ext."]),
    ("vendor", &["ro.vendor.build.", "ro.product.vendor."]),
];
static SYSTEM_KEYS: &[&str] =
    &["ro.build.version.sdk=", "ro.build.version.release=", "ro.build.display.id=", "ro.system.build."];

/// Policies that each partition brings for itself (`system/sepolicy`).
static POLICIES: &[(&str, &str)] = &[
    ("odm", "odm_sepolicy.cil"),
    ("product", "product_sepolicy.cil"),
    ("system", "plat_sepolicy.cil"),
    ("system_ext", "system_ext_sepolicy.cil"),
    ("vendor", "vendor_sepolicy.cil"),
];

/// What the directory at `prefix` holds, when it is one partition's content.
pub(super) fn content(prefix: &str, paths: &Paths<'_>, properties: &dyn Properties) -> Option<Content> {
    let at = |name: &str| format!("{prefix}{name}");
    let certain = |partition| Some(Content { partition, sureness: Sureness::Certain });
    // The runtime and its boot class path are on the system partition and nowhere else.
    let is_boot_jar = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.starts_with("boot.") || name.starts_with("boot-") || name.starts_with("core-") || {
            matches!(
                name,
                "framework-res.apk" | "framework.jar" | "services.jar" | "services.odex" | "ext.jar"
            )
        }
    };
    if paths.below(&at("framework/")).any(is_boot_jar) || paths.below(&at("bin/app_process")).next().is_some()
    {
        return certain(SYSTEM);
    }
    for (partition, policy) in POLICIES {
        if paths.has_file(&at(&format!("etc/selinux/{policy}"))) {
            return certain(partition);
        }
    }
    let has = |name: &str| paths.has_directory(&at(name));
    let text = ["build.prop", "etc/build.prop"].into_iter().find_map(|name| {
        let path = at(name);
        paths.has_file(&path).then(|| properties.text(&path)).flatten()
    });
    if let Some(partition) = text.as_deref().and_then(by_properties) {
        return Some(Content { partition, sureness: Sureness::Properties });
    }
    // Packages lie in directories of their own or, before Android 5, directly there.
    let packages = |path: &str| {
        let deep = path.matches('/').count().saturating_sub(prefix.matches('/').count());
        deep <= 5 && [".apk", ".odex", ".vdex", ".jar"].iter().any(|ending| path.ends_with(ending))
    };
    let has_packages = ["app/", "priv-app/", "framework/"].iter().any(|name| {
        // A hundred files tell; a source tree that happens to have an `app` folder does not pass by patience.
        has(name) && paths.below(&at(name)).take(100).any(packages)
    });
    let has_properties = paths.has_file(&at("build.prop"));
    (has_packages || has_properties && (has("etc/") || has("bin/") || has("lib/")))
        .then_some(Content { partition: SYSTEM, sureness: Sureness::Packages })
}

fn by_properties(text: &str) -> Option<&'static str> {
    let lines = || text.lines().map(str::trim_start);
    if lines().any(|line| SYSTEM_KEYS.iter().any(|key| line.starts_with(key))) {
        return Some(SYSTEM);
    }
    let count = |keys: &[&str]| lines().filter(|line| keys.iter().any(|key| line.starts_with(key))).count();
    PROPERTY_KEYS
        .iter()
        .map(|(partition, keys)| (count(keys), *partition))
        .filter(|(count, _)| *count > 0)
        .max()
        .map(|(_, partition)| partition)
}

/// Whether a directory that has a partition's name holds files of one, and not, say, its image.
pub(super) fn is_partition(prefix: &str, paths: &Paths<'_>, properties: &dyn Properties) -> bool {
    let typical = |prefix: &str| paths.children(prefix).iter().any(|(name, _)| TYPICAL.contains(name));
    typical(prefix) || typical(&format!("{prefix}system/")) || content(prefix, paths, properties).is_some()
}
