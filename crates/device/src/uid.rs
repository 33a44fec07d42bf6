//! Users with a fixed number: the system's own, and the shared users that Android gives one of them to.

use std::collections::BTreeMap;

/// The first number of an app (`Process.FIRST_APPLICATION_UID`); below it are parts of the system.
pub const FIRST_APP: u32 = 10_000;
/// `root`.
pub const ROOT: u32 = 0;
/// `system`.
pub const SYSTEM: u32 = 1000;

/// Users and groups of AOSP's `android_filesystem_config.h`, by number. A few numbers were given away anew over the releases; the names are
/// those of current ones, and `net_bt_stack` of old ones.
const NAMES: &[(u32, &str)] = &[
    (0, "root"),
    (1, "daemon"),
    (2, "bin"),
    (3, "sys"),
    (1000, "system"),
    (1001, "radio"),
    (1002, "bluetooth"),
    (1003, "graphics"),
    (1004, "input"),
    (1005, "audio"),
    (1006, "camera"),
    (1007, "log"),
    (1008, "compass"),
    (1009, "mount"),
    (1010, "wifi"),
    (1011, "adb"),
    (1012, "install"),
    (1013, "media"),
    (1014, "dhcp"),
    (1015, "sdcard_rw"),
    (1016, "vpn"),
    (1017, "keystore"),
    (1018, "usb"),
    (1019, "drm"),
    (1020, "mdnsr"),
    (1021, "gps"),
    (1023, "media_rw"),
    (1024, "mtp"),
    (1026, "drmrpc"),
    (1027, "nfc"),
    (1028, "sdcard_r"),
    (1029, "clat"),
    (1030, "loop_radio"),
    (1031, "mediadrm"),
    (1032, "package_info"),
    (1033, "sdcard_pics"),
    (1034, "sdcard_av"),
    (1035, "sdcard_all"),
    (1036, "logd"),
    (1037, "shared_relro"),
    (1038, "dbus"),
    (1039, "tlsdate"),
    (1040, "mediaex"),
    (1041, "audioserver"),
    (1042, "metrics_coll"),
    (1043, "metricsd"),
    (1044, "webserv"),
    (1045, "debuggerd"),
    (1046, "mediacodec"),
    (1047, "cameraserver"),
    (1048, "firewall"),
    (1049, "trunks"),
    (1050, "nvram"),
    (1051, "dns"),
    (1052, "dns_tether"),
    (1053, "webview_zygote"),
    (1054, "vehicle_network"),
    (1055, "media_audio"),
    (1056, "media_video"),
    (1057, "media_image"),
    (1058, "tombstoned"),
    (1059, "media_obb"),
    (1060, "ese"),
    (1061, "ota_update"),
    (1062, "automotive_evs"),
    (1063, "lowpan"),
    (1064, "hsm"),
    (1065, "reserved_disk"),
    (1066, "statsd"),
    (1067, "incidentd"),
    (1068, "secure_element"),
    (1069, "lmkd"),
    (1070, "llkd"),
    (1071, "iorapd"),
    (1072, "gpu_service"),
    (1073, "network_stack"),
    (1074, "gsid"),
    (1075, "fsverity_cert"),
    (1076, "credstore"),
    (1077, "external_storage"),
    (1078, "ext_data_rw"),
    (1079, "ext_obb_rw"),
    (1080, "context_hub"),
    (1081, "virtualizationservice"),
    (1082, "artd"),
    (1083, "uwb"),
    (1084, "thread_network"),
    (1085, "diced"),
    (1086, "dmesgd"),
    (1087, "jc_weaver"),
    (1088, "jc_strongbox"),
    (1089, "jc_identitycred"),
    (1090, "sdk_sandbox"),
    (1091, "security_log_writer"),
    (1092, "prng_seeder"),
    (2000, "shell"),
    (2001, "cache"),
    (2002, "diag"),
    (3001, "net_bt_admin"),
    (3002, "net_bt"),
    (3003, "inet"),
    (3004, "net_raw"),
    (3005, "net_admin"),
    (3006, "net_bw_stats"),
    (3007, "net_bw_acct"),
    (3008, "net_bt_stack"),
    (3009, "readproc"),
    (3010, "wakelock"),
    (3011, "uhid"),
    (3012, "readtracefs"),
    (9997, "everybody"),
    (9998, "misc"),
    (9999, "nobody"),
];

/// Shared users with a fixed number, and the API level from which on Android fixes it (`PackageManagerService` adds them by
/// `addSharedUserLPw`). Before that level the name is like any other and gets a number at installation.
const SHARED: &[(&str, u32, u32)] = &[
    ("android.uid.system", 1000, 1),
    ("android.uid.phone", 1001, 1),
    ("android.uid.log", 1007, 5),
    ("android.uid.nfc", 1027, 9),
    ("android.uid.bluetooth", 1002, 17),
    ("android.uid.shell", 2000, 18),
    ("android.uid.se", 1068, 28),
    ("android.uid.networkstack", 1073, 29),
    ("android.uid.uwb", 1083, 31),
];

/// The name of a user or group.
#[must_use]
pub fn name(uid: u32) -> Option<&'static str> {
    let at = NAMES.binary_search_by_key(&uid, |(number, _)| *number).ok()?;
    NAMES.get(at).map(|(_, name)| *name)
}

/// The number of a user or group, by its name or as digits. Names that a maker added (2900–2999, 5000–5999, or files of its own) are not known.
#[must_use]
pub fn number(name: &str) -> Option<u32> {
    if let Ok(number) = name.parse() {
        return Some(number);
    }
    NAMES.iter().find(|(_, known)| *known == name).map(|(number, _)| *number)
}

/// The number that packages with this `sharedUserId` run as, where the build fixes one. A build that does not say its release is taken for
/// a recent one.
#[must_use]
pub fn of_shared_user(shared_user: &str, sdk: Option<u32>) -> Option<u32> {
    let (_, uid, since) = SHARED.iter().find(|(name, _, _)| *name == shared_user)?;
    sdk.is_none_or(|sdk| sdk >= *since).then_some(*uid)
}

/// Whether processes of this user hold every permission: `ActivityManager.checkComponentPermission` asks nobody else for root and system.
#[must_use]
pub fn holds_all(uid: u32) -> bool {
    matches!(uid, ROOT | SYSTEM)
}

/// Package names and their numbers from a `packages.list` (in images of the data partition): `name uid debuggable folder …` a line.
#[must_use]
pub fn packages_list(bytes: &[u8]) -> BTreeMap<String, u32> {
    let mut out = BTreeMap::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let Ok(line) = std::str::from_utf8(line) else { continue };
        let mut words = line.split_ascii_whitespace();
        if let (Some(package), Some(uid)) = (words.next(), words.next().and_then(|word| word.parse().ok())) {
            out.entry(package.to_owned()).or_insert(uid);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        assert!(NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0), "in order");
        assert_eq!(name(1000), Some("system"));
        assert_eq!(name(9999), Some("nobody"));
        assert_eq!(name(1022), None);
        assert_eq!(number("radio"), Some(1001));
        assert_eq!(number("2000"), Some(2000));
        assert_eq!(number("maker"), None);
        for (uid, name) in NAMES {
            assert_eq!(number(name), Some(*uid));
        }
    }

    #[test]
    fn shared_users_have_their_number_from_a_release_on() {
        assert_eq!(of_shared_user("android.uid.system", Some(15)), Some(1000));
        assert_eq!(of_shared_user("android.uid.se", Some(27)), None);
        assert_eq!(of_shared_user("android.uid.se", Some(28)), Some(1068));
        assert_eq!(of_shared_user("android.uid.networkstack", None), Some(1073));
        assert_eq!(of_shared_user("android.uid.shared", Some(23)), None);
        for (_, uid, _) in SHARED {
            assert!(name(*uid).is_some());
        }
    }

    #[test]
    fn only_root_and_system_hold_everything() {
        assert!(holds_all(0) && holds_all(1000));
        assert!(!holds_all(1001) && !holds_all(2000) && !holds_all(10_000));
    }

    #[test]
    fn a_packages_list_reads_line_by_line() {
        let list = packages_list(b"a.b 10001 0 /data/a.b default\nbad\nc 1000\n\xff 1\na.b 5\n d  x\n");
        assert_eq!(
            list.into_iter().collect::<Vec<_>>(),
            [("a.b".to_owned(), 10_001), ("c".to_owned(), 1000)]
        );
    }
}
