//! Permissions of a build: who declares them, and with which protection level.
//!
//! A name that several packages declare belongs to the package that Android's scan at boot comes to first (see
//! [`crate::partition::scan_rank`]); the others' declarations have no effect. The platform's own come before those of all apps.

pub mod level;
pub mod platform;

use std::collections::BTreeMap;

pub use level::{Base, Flags, Level};

use crate::partition;

/// One `permission` element of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The permission.
    pub permission: String,
    /// Its level.
    pub level: Level,
    /// The declaring package.
    pub package: String,
    /// Where the package lies on the device.
    pub path: String,
}

/// Who declares a permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declarer {
    /// A package of the build.
    Package {
        /// Its name.
        package: String,
        /// Where it lies.
        path: String,
    },
    /// Android itself, by the built-in table: the package `android` is not in the input.
    Platform,
}

/// A permission of the build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its level.
    pub level: Level,
    /// Who declares it.
    pub by: Declarer,
}

impl Declared {
    /// Whether Android itself declares it.
    #[must_use]
    pub fn is_platform(&self) -> bool {
        match &self.by {
            Declarer::Platform => true,
            Declarer::Package { package, .. } => package == PLATFORM,
        }
    }
}

/// The package that declares Android's own permissions, `framework-res.apk`.
pub const PLATFORM: &str = "android";

/// All permissions of a build.
#[derive(Clone, Debug, Default)]
pub struct Permissions {
    by_name: BTreeMap<String, Declared>,
    /// Declarations without effect, in the order of Android's scan: another package had declared the name before.
    pub shadowed: Vec<Declaration>,
}

impl Permissions {
    /// Merges the declarations of all packages. Where the package `android` is not among them, the built-in table of the API level stands in for it.
    #[must_use]
    pub fn merge(declarations: impl IntoIterator<Item = Declaration>, sdk: Option<u32>) -> Permissions {
        let mut declarations: Vec<Declaration> = declarations.into_iter().collect();
        declarations.sort_by_cached_key(|one| {
            // The platform's own package goes first even where a dump has it in another folder.
            let apps = one.package != PLATFORM;
            (apps, partition::scan_rank(&one.path), one.path.clone(), one.permission.clone(), one.level)
        });
        let mut out = Permissions::default();
        if declarations.first().is_none_or(|one| one.package != PLATFORM) {
            out.by_name = platform::permissions(sdk)
                .into_iter()
                .map(|(name, level)| (name.to_owned(), Declared { level, by: Declarer::Platform }))
                .collect();
        }
        for one in declarations {
            match out.by_name.get(&one.permission) {
                None => {
                    let by = Declarer::Package { package: one.package, path: one.path };
                    out.by_name.insert(one.permission, Declared { level: one.level, by });
                }
                Some(first) => {
                    let same =
                        matches!(&first.by, Declarer::Package { package, .. } if *package == one.package);
                    if !same {
                        out.shadowed.push(one);
                    }
                }
            }
        }
        out
    }

    /// The permission of that name, if anybody declares it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Declared> {
        self.by_name.get(name)
    }

    /// The level of the permission of that name, if anybody declares it.
    #[must_use]
    pub fn level(&self, name: &str) -> Option<Level> {
        self.get(name).map(|declared| declared.level)
    }

    /// All permissions, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Declared)> {
        self.by_name.iter().map(|(name, declared)| (name.as_str(), declared))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declare(permission: &str, level: &str, package: &str, path: &str) -> Declaration {
        Declaration {
            permission: permission.to_owned(),
            level: Level::parse(level).expect("a level"),
            package: package.to_owned(),
            path: path.to_owned(),
        }
    }

    fn owner<'a>(permissions: &'a Permissions, name: &str) -> &'a str {
        match &permissions.get(name).expect("declared").by {
            Declarer::Package { package, .. } => package,
            Declarer::Platform => "(platform)",
        }
    }

    #[test]
    fn the_first_of_android_s_scan_owns_the_name() {
        let list = [
            declare("p", "normal", "a.app", "/system/app/A/A.apk"),
            declare("p", "signature", "b.priv", "/system/priv-app/B/B.apk"),
            declare("p", "dangerous", "c.vendor", "/vendor/app/C/C.apk"),
            declare("q", "normal", "z", "/system/app/Z/Z.apk"),
            declare("q", "signature", "y", "/system/app/Y/Y.apk"),
        ];
        for turn in 0..list.len() {
            let mut list = list.clone();
            list.rotate_left(turn);
            let permissions = Permissions::merge(list, Some(23));
            assert_eq!(owner(&permissions, "p"), "b.priv");
            assert_eq!(permissions.level("p").map(|level| level.to_string()).as_deref(), Some("signature"));
            assert_eq!(owner(&permissions, "q"), "y", "in one folder the path decides");
            let shadowed: Vec<&str> = permissions.shadowed.iter().map(|one| one.package.as_str()).collect();
            assert_eq!(shadowed, ["a.app", "z", "c.vendor"]);
        }
    }

    #[test]
    fn the_platform_comes_first_in_either_form() {
        let app = declare("android.permission.INTERNET", "signature", "a.app", "/system/priv-app/A/A.apk");
        let table = Permissions::merge([app.clone()], Some(23));
        assert_eq!(owner(&table, "android.permission.INTERNET"), "(platform)");
        assert_eq!(table.level("android.permission.INTERNET"), Some(Level::NORMAL));
        assert!(table.get("android.permission.INTERNET").expect("declared").is_platform());
        assert_eq!(table.shadowed, std::slice::from_ref(&app));
        // The build's own platform package decides alone: a permission that the maker took out is not there.
        let own = declare("android.permission.REBOOT", "normal", "android", "/x/framework-res.apk");
        let permissions = Permissions::merge([app, own], Some(23));
        assert_eq!(owner(&permissions, "android.permission.REBOOT"), "android");
        assert_eq!(owner(&permissions, "android.permission.INTERNET"), "a.app");
        assert!(permissions.get("android.permission.REBOOT").expect("declared").is_platform());
        assert_eq!(permissions.level("android.permission.READ_SMS"), None);
        assert_eq!(permissions.iter().count(), 2);
    }

    #[test]
    fn a_package_that_says_it_twice_shadows_nobody() {
        let permissions = Permissions::merge(
            [
                declare("p", "signature", "a", "/system/app/A/A.apk"),
                declare("p", "normal", "a", "/system/app/A/A.apk"),
            ],
            Some(23),
        );
        assert!(permissions.shadowed.is_empty());
    }
}
