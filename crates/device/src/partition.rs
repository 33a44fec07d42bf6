//! What a path on the device says: the partition, what a package there is, whether a file there is native code.

use std::borrow::Cow;

/// What Android takes a package for because of the folder it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// `<partition>/app`.
    App,
    /// `<partition>/priv-app`.
    PrivApp,
    /// `<partition>/framework`: `framework-res.apk` and its like.
    Framework,
    /// `<partition>/overlay`: resources laid over another package's.
    Overlay,
    /// Anywhere else: Android's package manager does not install it at boot.
    Plain,
}

impl Role {
    /// The record's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Role::App => "app",
            Role::PrivApp => "priv-app",
            Role::Framework => "framework",
            Role::Overlay => "overlay",
            Role::Plain => "plain",
        }
    }

    /// Whether packages here are privileged: `PackageManagerService` scans `priv-app` and `framework` with `SCAN_AS_PRIVILEGED`.
    /// Before Android 4.4 (API 19) there was no `priv-app` and every package of the system partition was.
    #[must_use]
    pub fn is_privileged(self, sdk: Option<u32>) -> bool {
        match self {
            Role::PrivApp | Role::Framework => true,
            Role::App | Role::Overlay => sdk.is_some_and(|sdk| sdk < 19),
            Role::Plain => false,
        }
    }
}

/// The partitions whose package folders Android scans, in the order of `PackageManagerService` (API 30 and later; earlier releases know
/// fewer of them, in the same order except that `product_services` stood where `system_ext` stands now).
pub const SCANNED: [&str; 7] =
    ["system", "vendor", "odm", "oem", "product", "product_services", "system_ext"];

/// The path that all aliases of a file share: no empty or `.` steps, and every partition at its own mount point. Devices without the
/// partition have the folder under `/system` (or `/vendor/odm`) and a symbolic link at the mount point, or the other way round.
#[must_use]
pub fn canonical(path: &str) -> Cow<'_, str> {
    let untidy = !path.starts_with('/')
        || path.len() > 1 && path.ends_with('/')
        || path.contains("//")
        || path.contains("/./")
        || path.ends_with("/.");
    let tidy: Cow<'_, str> = if untidy {
        let steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty() && *step != ".").collect();
        Cow::Owned(format!("/{}", steps.join("/")))
    } else {
        Cow::Borrowed(path)
    };
    let rest = tidy.strip_prefix("/system/").filter(|rest| {
        matches!(
            rest.split('/').next(),
            Some("vendor" | "product" | "product_services" | "system_ext" | "odm")
        )
    });
    let moved = rest.map(|rest| format!("/{rest}"));
    let tidy = moved.map_or(tidy, Cow::Owned);
    match tidy.strip_prefix("/vendor/odm/") {
        Some(rest) => Cow::Owned(format!("/odm/{rest}")),
        None => tidy,
    }
}

/// Every path under which a build may keep the file at `path`: the canonical one first.
#[must_use]
pub fn aliases(path: &str) -> Vec<String> {
    let canonical = canonical(path).into_owned();
    let mut out = vec![canonical.clone()];
    let first = canonical.split('/').nth(1);
    if matches!(first, Some("vendor" | "product" | "product_services" | "system_ext" | "odm")) {
        out.push(format!("/system{canonical}"));
    }
    if first == Some("odm") {
        out.push(format!("/vendor{canonical}"));
        out.push(format!("/system/vendor{canonical}"));
    }
    out
}

/// The partition that `path` lies on, by its mount point: `system`, `vendor`, `product` … For a file of the ramdisk or the root folder, `root`;
/// inside an APEX, `apex`.
#[must_use]
pub fn name(path: &str) -> String {
    let canonical = canonical(path);
    let mut steps = canonical.split('/').filter(|step| !step.is_empty());
    let first = steps.next().unwrap_or_default();
    if steps.next().is_none()
        || matches!(first, "sbin" | "lib" | "etc" | "res" | "bin" | "first_stage_ramdisk")
    {
        return "root".to_owned();
    }
    first.to_owned()
}

/// What a package at `path` is. A folder such as `/vendor/operator/app` counts as `app`: some makers scan it, and being wrong about that
/// invents no right.
#[must_use]
pub fn role(path: &str) -> Role {
    let canonical = canonical(path);
    let mut steps = canonical.split('/').filter(|step| !step.is_empty());
    let partition = steps.next().unwrap_or_default();
    if partition == "data" {
        return Role::Plain;
    }
    // Inside an APEX the folder's own name comes first: /apex/com.android.x/priv-app/…
    if partition == "apex" {
        steps.next();
    }
    let mut folders = steps.clone();
    folders.next_back();
    for folder in folders.take(2) {
        match folder {
            "app" => return Role::App,
            "priv-app" => return Role::PrivApp,
            "framework" => return Role::Framework,
            "overlay" => return Role::Overlay,
            "javalib" if partition == "apex" => return Role::Framework,
            _ => {}
        }
    }
    Role::Plain
}

/// Where Android's scan at boot comes to a package at `path`: lower is earlier. A permission that several packages declare belongs to the
/// earliest. Overlays come first, then `/system/framework`, then every partition with `priv-app` before `app`; the order of packages in one
/// folder is the file system's, so ties are broken by path here, which Android does not promise.
#[must_use]
pub fn scan_rank(path: &str) -> u32 {
    let name = name(path);
    let unknown = SCANNED.len();
    let partition = SCANNED.iter().position(|known| *known == name).unwrap_or(unknown);
    let partition = u32::try_from(partition).unwrap_or(0);
    match role(path) {
        Role::Overlay => partition,
        Role::Framework => 100_u32.saturating_add(partition),
        Role::PrivApp => 200_u32.saturating_add(partition.saturating_mul(2)),
        Role::App => 201_u32.saturating_add(partition.saturating_mul(2)),
        Role::Plain => 1000,
    }
}

/// Where native code outside packages lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NativeFolder {
    /// `bin`, `xbin`, `sbin`, or `/init`.
    Executables,
    /// `lib`, `lib64` and what lies under them.
    Libraries,
}

/// Whether a file at `path` is native code of the device itself (that inside an app's own folder belongs to the app).
#[must_use]
pub fn native_folder(path: &str) -> Option<NativeFolder> {
    let canonical = canonical(path);
    if canonical == "/init" {
        return Some(NativeFolder::Executables);
    }
    if role(&canonical) != Role::Plain || canonical.starts_with("/data/") {
        return None;
    }
    let mut steps: Vec<&str> = canonical.split('/').filter(|step| !step.is_empty()).collect();
    steps.pop();
    if steps.first() == Some(&"apex") {
        steps.drain(..steps.len().min(2));
    }
    match (steps.first().copied(), steps.get(1).copied()) {
        (Some("sbin" | "bin"), _) | (_, Some("bin" | "xbin" | "sbin")) => Some(NativeFolder::Executables),
        (Some("lib" | "lib64"), _) | (_, Some("lib" | "lib64")) => Some(NativeFolder::Libraries),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_become_one_path() {
        for (path, expected) in [
            ("/system/vendor/bin/x", "/vendor/bin/x"),
            ("/system/product/app/X/X.apk", "/product/app/X/X.apk"),
            ("/system/system_ext/etc", "/system_ext/etc"),
            ("/vendor/odm/etc/build.prop", "/odm/etc/build.prop"),
            ("/system/vendor/odm/etc/build.prop", "/odm/etc/build.prop"),
            ("system//bin/./sh", "/system/bin/sh"),
            ("/system/vendors/x", "/system/vendors/x"),
            ("/", "/"),
            ("", "/"),
        ] {
            assert_eq!(canonical(path), expected, "{path}");
        }
    }

    #[test]
    fn every_alias_leads_back() {
        for path in ["/odm/etc/x", "/vendor/bin/x", "/product/x/y", "/system/bin/x", "/init"] {
            let aliases = aliases(path);
            assert_eq!(aliases[0], path);
            assert!(aliases.iter().all(|alias| canonical(alias) == path), "{aliases:?}");
        }
        assert_eq!(aliases("/system/vendor/odm/x").len(), 4);
    }

    #[test]
    fn the_partition_is_the_mount_point() {
        for (path, expected) in [
            ("/system/app/X/X.apk", "system"),
            ("/system/vendor/app/X/X.apk", "vendor"),
            ("/vendor/odm/app/X.apk", "odm"),
            ("/custpack/app/X/X.apk", "custpack"),
            ("/init.rc", "root"),
            ("/sbin/adbd", "root"),
            ("/apex/com.android.x/bin/y", "apex"),
        ] {
            assert_eq!(name(path), expected, "{path}");
        }
    }

    #[test]
    fn the_folder_makes_the_role() {
        for (path, expected) in [
            ("/system/app/X/X.apk", Role::App),
            ("/system/priv-app/X/X.apk", Role::PrivApp),
            ("/system/app/X.apk", Role::App),
            ("/system/framework/framework-res.apk", Role::Framework),
            ("/system/framework/maker-res/maker-res.apk", Role::Framework),
            ("/vendor/overlay/X/X.apk", Role::Overlay),
            ("/system/product/priv-app/X/X.apk", Role::PrivApp),
            ("/vendor/operator/app/X/X.apk", Role::App),
            ("/custpack/app/unremoveable/X/X.apk", Role::App),
            ("/apex/com.android.x/priv-app/X/X.apk", Role::PrivApp),
            ("/system/media/app.apk", Role::Plain),
            ("/system/app", Role::Plain),
            ("/data/app/X.apk", Role::Plain),
            ("/X.apk", Role::Plain),
            ("", Role::Plain),
        ] {
            assert_eq!(role(path), expected, "{path}");
        }
    }

    #[test]
    fn privileged_is_a_matter_of_folder_and_release() {
        assert!(Role::PrivApp.is_privileged(Some(23)));
        assert!(Role::Framework.is_privileged(None));
        assert!(!Role::App.is_privileged(Some(19)));
        assert!(!Role::App.is_privileged(None));
        assert!(Role::App.is_privileged(Some(18)));
        assert!(!Role::Plain.is_privileged(Some(15)));
    }

    #[test]
    fn the_scan_comes_to_the_framework_before_apps_and_to_system_before_vendor() {
        let order = [
            "/vendor/overlay/O.apk",
            "/system/framework/framework-res.apk",
            "/system/priv-app/A/A.apk",
            "/system/app/A/A.apk",
            "/vendor/priv-app/A/A.apk",
            "/vendor/app/A/A.apk",
            "/product/priv-app/A/A.apk",
            "/system_ext/app/A/A.apk",
            "/custpack/app/A/A.apk",
            "/system/media/A.apk",
        ];
        for pair in order.windows(2) {
            assert!(scan_rank(pair[0]) < scan_rank(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn native_code_of_the_device_is_told_from_that_of_apps() {
        for (path, expected) in [
            ("/system/bin/vold", Some(NativeFolder::Executables)),
            ("/system/xbin/su", Some(NativeFolder::Executables)),
            ("/vendor/bin/hw/x", Some(NativeFolder::Executables)),
            ("/sbin/adbd", Some(NativeFolder::Executables)),
            ("/init", Some(NativeFolder::Executables)),
            ("/system/lib64/libc.so", Some(NativeFolder::Libraries)),
            ("/system/lib/hw/x.so", Some(NativeFolder::Libraries)),
            ("/apex/com.android.x/lib64/y.so", Some(NativeFolder::Libraries)),
            ("/system/app/X/lib/arm/x.so", None),
            ("/system/framework/x.jar", None),
            ("/system/etc/x.conf", None),
            ("/init.rc", None),
        ] {
            assert_eq!(native_folder(path), expected, "{path}");
        }
    }
}
