//! Permissions that a package holds without asking: those that were split off from one it asks for, and those that
//! did not exist yet for its target.

use super::Manifest;

/// A permission that Android adds by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImpliedPermission {
    /// The permission added.
    pub name: &'static str,
    /// The permission that it comes with; `None` when it comes with the target alone.
    pub because: Option<&'static str>,
}

/// Asking for `asked` below target `below` is asking for `added`, on platforms from `since` on.
struct Split {
    asked: &'static str,
    added: &'static str,
    below: u32,
    since: u32,
}

const fn split(asked: &'static str, added: &'static str, below: u32, since: u32) -> Split {
    Split { asked, added, below, since }
}

/// For every target.
const ALWAYS: u32 = u32::MAX;

/// `PackageParser.SPLIT_PERMISSIONS`, since Android 10 `split-permission` in `frameworks/base/data/etc/platform.xml`.
const SPLITS: &[Split] = &[
    split(
        "android.permission.WRITE_EXTERNAL_STORAGE",
        "android.permission.READ_EXTERNAL_STORAGE",
        ALWAYS,
        16,
    ),
    split("android.permission.READ_CONTACTS", "android.permission.READ_CALL_LOG", 16, 16),
    split("android.permission.WRITE_CONTACTS", "android.permission.WRITE_CALL_LOG", 16, 16),
    split("android.permission.ACCESS_FINE_LOCATION", "android.permission.ACCESS_COARSE_LOCATION", ALWAYS, 29),
    split("android.permission.ACCESS_FINE_LOCATION", "android.permission.ACCESS_BACKGROUND_LOCATION", 29, 29),
    split(
        "android.permission.ACCESS_COARSE_LOCATION",
        "android.permission.ACCESS_BACKGROUND_LOCATION",
        29,
        29,
    ),
    split("android.permission.READ_EXTERNAL_STORAGE", "android.permission.ACCESS_MEDIA_LOCATION", 29, 29),
];

/// `PackageParser.NEW_PERMISSIONS`: came with API level 4, held by all packages that target an earlier one.
const BEFORE_4: &[&str] =
    &["android.permission.WRITE_EXTERNAL_STORAGE", "android.permission.READ_PHONE_STATE"];

impl Manifest {
    /// Permissions that a platform (its API level; unknown is the newest) adds to those asked for.
    #[must_use]
    pub fn implied_permissions(&self, platform: Option<u32>) -> Vec<ImpliedPermission> {
        let target = self.effective_target_sdk();
        let mut implied: Vec<ImpliedPermission> = Vec::new();
        let holds = |implied: &[ImpliedPermission], name: &str| {
            self.uses_permissions.iter().any(|asked| asked.name == name)
                || implied.iter().any(|it| it.name == name)
        };
        for name in BEFORE_4 {
            if target < 4 && !holds(&implied, name) {
                implied.push(ImpliedPermission { name, because: None });
            }
        }
        for split in SPLITS {
            let applies = target < split.below && platform.is_none_or(|sdk| sdk >= split.since);
            if applies && holds(&implied, split.asked) && !holds(&implied, split.added) {
                implied.push(ImpliedPermission { name: split.added, because: Some(split.asked) });
            }
        }
        implied
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::UsesPermission;

    fn asking(names: &[&str], target_sdk: u32) -> Manifest {
        let uses_permissions = names
            .iter()
            .map(|name| UsesPermission {
                name: format!("android.permission.{name}"),
                max_sdk: None,
                min_sdk: None,
                required_feature: None,
                required_not_feature: None,
            })
            .collect();
        Manifest { uses_permissions, target_sdk: Some(target_sdk), ..Manifest::default() }
    }

    fn names(manifest: &Manifest, platform: Option<u32>) -> Vec<&'static str> {
        manifest
            .implied_permissions(platform)
            .iter()
            .map(|it| it.name.trim_start_matches("android.permission."))
            .collect()
    }

    #[test]
    fn what_comes_with_what() {
        assert_eq!(names(&asking(&["WRITE_EXTERNAL_STORAGE"], 23), Some(23)), ["READ_EXTERNAL_STORAGE"]);
        assert!(
            names(&asking(&["WRITE_EXTERNAL_STORAGE", "READ_EXTERNAL_STORAGE"], 23), Some(23)).is_empty()
        );
        assert_eq!(names(&asking(&["READ_CONTACTS"], 15), Some(23)), ["READ_CALL_LOG"]);
        assert!(names(&asking(&["READ_CONTACTS"], 16), Some(23)).is_empty());
        assert_eq!(
            names(&asking(&[], 3), Some(23)),
            ["WRITE_EXTERNAL_STORAGE", "READ_PHONE_STATE", "READ_EXTERNAL_STORAGE"]
        );
        assert!(names(&asking(&["ACCESS_FINE_LOCATION"], 28), Some(23)).is_empty());
        assert_eq!(
            names(&asking(&["ACCESS_FINE_LOCATION"], 28), Some(29)),
            ["ACCESS_COARSE_LOCATION", "ACCESS_BACKGROUND_LOCATION"]
        );
    }
}
