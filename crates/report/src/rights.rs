//! Packages by the rights they hold, who signed them, and what of them stands open.

use std::collections::BTreeMap;

use overt_record::Package;

use crate::words::uid_name;

/// A package's rights, greatest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rights {
    /// A fixed uid; the smaller, the closer to the system.
    Fixed(u32),
    /// In a `priv-app` folder, with a uid of its own.
    Privileged,
    /// Part of the framework: has the rights of whoever loads it.
    Framework,
    /// Code without a manifest: nobody knows.
    Unknown,
    /// Like an app that the owner installs, except that it cannot be removed.
    Ordinary,
    /// Resources only.
    Overlay,
}

impl Rights {
    pub(crate) fn of(package: &Package) -> Rights {
        match package.runs_as.uid {
            Some(uid) => Rights::Fixed(uid),
            None if package.privileged => Rights::Privileged,
            None if package.kind == "overlay" => Rights::Overlay,
            None if package.kind == "framework" => Rights::Framework,
            None if package.package.is_none() => Rights::Unknown,
            None => Rights::Ordinary,
        }
    }

    pub(crate) fn says(self) -> String {
        match self {
            Rights::Fixed(uid) => format!("run as {} (uid {uid})", uid_name(uid)),
            Rights::Privileged => "privileged apps".into(),
            Rights::Framework => "framework: has the rights of whoever loads it".into(),
            Rights::Unknown => "code without a manifest: its rights are unknown".into(),
            Rights::Ordinary => "ordinary pre-installed apps".into(),
            Rights::Overlay => "resource overlays".into(),
        }
    }
}

/// Packages grouped by rights, each group in the record's order.
pub(crate) fn groups<'a>(
    packages: impl IntoIterator<Item = &'a Package>,
) -> BTreeMap<Rights, Vec<&'a Package>> {
    let mut groups: BTreeMap<Rights, Vec<&Package>> = BTreeMap::new();
    for package in packages {
        groups.entry(Rights::of(package)).or_default().push(package);
    }
    groups
}

/// Who signed a package, in a word.
pub(crate) fn signer(package: &Package) -> &'static str {
    if package.signer.iter().any(|signer| signer.test_key) {
        "test key"
    } else if package.signer.iter().any(|signer| signer.verdict == "invalid") {
        "invalid"
    } else if package.signer.iter().any(|signer| signer.platform == Some(true)) {
        "platform"
    } else if package.signer.is_empty() {
        "none"
    } else {
        "other"
    }
}

/// Components that any app can reach.
pub(crate) fn open(package: &Package) -> usize {
    package.components.iter().filter(|c| c.exported && c.enabled && c.guard.is_none()).count()
}
