//! Partitions that carry files, and where Android mounts them.

/// A partition by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The name without a slot.
    pub name: &'static str,
    /// Where it is mounted.
    pub mount: &'static str,
}

/// The partition of files that lie in no other: the ramdisk, or the root of a system-as-root image.
pub const ROOT: &str = "root";
/// The partition of files that packages of the system bring as file systems of their own.
pub const APEX: &str = "apex";
/// The partition of files whose place on a device nothing tells.
pub const UNKNOWN: &str = "unknown";
/// The name that stands for the others in most rules.
pub const SYSTEM: &str = "system";

const fn at(name: &'static str, mount: &'static str) -> Partition {
    Partition { name, mount }
}

/// All that are known, sorted by name.
pub static PARTITIONS: &[Partition] = &[
    at("cache", "/cache"),
    at("carrier", "/carrier"),
    at("cota", "/cota"),
    at("cust", "/cust"),
    at("custom", "/custom"),
    at("custpack", "/custpack"),
    at("data", "/data"),
    at("hw_product", "/hw_product"),
    at("mi_ext", "/mi_ext"),
    at("my_bigball", "/my_bigball"),
    at("my_carrier", "/my_carrier"),
    at("my_company", "/my_company"),
    at("my_engineering", "/my_engineering"),
    at("my_heytap", "/my_heytap"),
    at("my_manifest", "/my_manifest"),
    at("my_preload", "/my_preload"),
    at("my_product", "/my_product"),
    at("my_region", "/my_region"),
    at("my_stock", "/my_stock"),
    at("odm", "/odm"),
    at("odm_dlkm", "/odm_dlkm"),
    at("oem", "/oem"),
    at("omr", "/omr"),
    at("operator", "/operator"),
    at("optics", "/optics"),
    at("preas", "/preas"),
    at("preavs", "/preavs"),
    at("preload", "/preload"),
    at("prism", "/prism"),
    at("product", "/product"),
    at("special_preload", "/special_preload"),
    at("system", "/system"),
    at("system_dlkm", "/system_dlkm"),
    at("system_ext", "/system_ext"),
    at("tr_carrier", "/tr_carrier"),
    at("tr_company", "/tr_company"),
    at("tr_mi", "/tr_mi"),
    at("tr_overlay", "/tr_overlay"),
    at("tr_preload", "/tr_preload"),
    at("tr_product", "/tr_product"),
    at("tr_region", "/tr_region"),
    at("tr_theme", "/tr_theme"),
    at("vendor", "/vendor"),
    at("vendor_dlkm", "/vendor_dlkm"),
    at("version", "/version"),
];

/// Directories of one partition that are another partition where that one exists: there, the first is only a link
/// (Android's `init` and `build/make/core/Makefile` make it one).
pub static ALIASES: &[(&str, &str)] = &[
    ("/system/vendor/", "/vendor/"),
    ("/system/product/", "/product/"),
    ("/system/system_ext/", "/system_ext/"),
    ("/system/odm/", "/odm/"),
    ("/vendor/odm/", "/odm/"),
];

/// The partition called `name`.
#[must_use]
pub fn named(name: &str) -> Option<&'static Partition> {
    let index = PARTITIONS.binary_search_by(|partition| partition.name.cmp(name)).ok()?;
    PARTITIONS.get(index)
}

/// The partition that a device path lies in by its first component, or `otherwise`.
#[must_use]
pub fn of_path(path: &str, otherwise: &'static str) -> &'static str {
    let first = path.strip_prefix('/').and_then(|rest| rest.split_once('/')).map(|(first, _)| first);
    let found = first.and_then(|first| {
        PARTITIONS.iter().find(|partition| partition.mount.strip_prefix('/') == Some(first))
    });
    found.map_or(otherwise, |partition| partition.name)
}

/// What a name says: a partition's in `super`, or an image file's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The partition, when the name is that of a known one.
    pub partition: &'static Partition,
    /// The slot, `a` or `b`.
    pub slot: Option<char>,
}

/// Reads `system_a`, `system.img`, `images/vendor-sign.img`, `SYSTEM.img.ext4`.
#[must_use]
pub fn hint(name: &str) -> Option<Hint> {
    let file = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    let stem = file.split('.').next().unwrap_or(&file);
    let stem = ["-sign", "-verified", "_raw", "_sparse", "-raw", "-sparse"]
        .into_iter()
        .find_map(|suffix| stem.strip_suffix(suffix))
        .unwrap_or(stem);
    let plain = |stem: &str| match stem {
        "system_root" | "system_other" => named(SYSTEM),
        "userdata" => named("data"),
        other => named(other),
    };
    let (partition, slot) = match (plain(stem), stem.strip_suffix("_a"), stem.strip_suffix("_b")) {
        (Some(partition), ..) => (partition, None),
        (None, Some(stem), _) => (plain(stem)?, Some('a')),
        (None, None, Some(stem)) => (plain(stem)?, Some('b')),
        (None, None, None) => return None,
    };
    // `system_other` is what is left in the second slot of the system partition.
    let slot = if stem == "system_other" { Some('b') } else { slot };
    Some(Hint { partition, slot })
}

/// The name of a partition in both slots.
#[must_use]
pub fn without_slot(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    name.strip_suffix("_a").or_else(|| name.strip_suffix("_b")).unwrap_or(&name).to_string()
}

/// Partitions with a ramdisk, sorted.
static BOOTED: &[&str] = &["boot", "init_boot", "ramdisk", "recovery", "vendor_boot", "vendor_kernel_boot"];

/// The partition that an image of this name boots; `boot` where the name says nothing.
#[must_use]
pub fn booted(name: &str) -> &'static str {
    let name = without_slot(name);
    BOOTED.iter().find(|known| **known == name).unwrap_or(&"boot")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(PARTITIONS.is_sorted_by_key(|partition| partition.name));
    }

    #[test]
    fn names_are_understood() {
        for (name, partition, slot) in [
            ("system_a", "system", Some('a')),
            ("vendor_b", "vendor", Some('b')),
            ("firmware/images/Product.img", "product", None),
            ("system-sign.img", "system", None),
            ("system.img.ext4", "system", None),
            ("system_ext_a.img", "system_ext", Some('a')),
            ("system_other.img", "system", Some('b')),
        ] {
            let hint = hint(name).expect(name);
            assert_eq!((hint.partition.name, hint.slot), (partition, slot), "{name}");
        }
        for name in ["boot.img", "x_a", "", "a.img"] {
            assert_eq!(hint(name), None, "{name}");
        }
    }

    #[test]
    fn paths_belong_to_partitions() {
        assert_eq!(of_path("/system/app/X", ROOT), "system");
        assert_eq!(of_path("/data/x", ROOT), "data");
        assert_eq!(of_path("/init.rc", ROOT), "root");
        assert_eq!(of_path("/system", UNKNOWN), "unknown");
    }
}
