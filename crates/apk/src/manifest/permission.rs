//! Permissions: asked for and declared.

use super::reading::Reading;
use crate::attribute;
use crate::xml::XmlElement;

/// `uses-permission` and its variants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsesPermission {
    /// Name of the permission.
    pub name: String,
    /// `android:maxSdkVersion`: not asked for on later platforms.
    pub max_sdk: Option<u32>,
    /// Least platform version on which it is asked for: 23 for `uses-permission-sdk-23`.
    pub min_sdk: Option<u32>,
    /// `android:requiredFeature`: asked for only where the device has it.
    pub required_feature: Option<String>,
    /// `android:requiredNotFeature`: asked for only where the device lacks it.
    pub required_not_feature: Option<String>,
}

impl UsesPermission {
    /// Whether a platform (its API level; unknown is any) takes it for asked for.
    #[must_use]
    pub fn counts_on(&self, platform: Option<u32>) -> bool {
        platform.is_none_or(|sdk| {
            self.max_sdk.is_none_or(|most| sdk <= most) && self.min_sdk.is_none_or(|least| sdk >= least)
        })
    }
}

/// `permission`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionDecl {
    /// Name of the permission.
    pub name: String,
    /// Protection level in the platform's textual form; see [`protection_level`].
    pub protection_level: String,
    /// The number that the level was decoded from.
    pub protection_flags: u32,
    /// `android:permissionGroup`.
    pub group: Option<String>,
    /// `android:label`, resolved.
    pub label: Option<String>,
}

/// `permission-group`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionGroup {
    /// Name of the group.
    pub name: String,
    /// `android:label`, resolved.
    pub label: Option<String>,
}

/// `permission-tree`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionTree {
    /// Name of the tree's root.
    pub name: String,
}

impl Reading<'_> {
    pub(super) fn uses_permission(&self, element: &XmlElement) -> Option<UsesPermission> {
        Some(UsesPermission {
            name: self.name(element)?,
            // 0 means no limit (`PackageParser.parseUsesPermission`).
            max_sdk: self.integer(element, attribute::MAX_SDK_VERSION).filter(|version| *version != 0),
            min_sdk: (element.name != "uses-permission").then_some(23),
            required_feature: self.text(element, attribute::REQUIRED_FEATURE),
            required_not_feature: self.text(element, attribute::REQUIRED_NOT_FEATURE),
        })
    }

    pub(super) fn permission(&self, element: &XmlElement) -> Option<PermissionDecl> {
        let flags = self.integer(element, attribute::PROTECTION_LEVEL).unwrap_or(0);
        Some(PermissionDecl {
            name: self.name(element)?,
            protection_level: protection_level(flags),
            protection_flags: flags,
            group: self.text(element, attribute::PERMISSION_GROUP).filter(|group| !group.is_empty()),
            label: self.text(element, attribute::LABEL),
        })
    }

    pub(super) fn permission_group(&self, element: &XmlElement) -> Option<PermissionGroup> {
        Some(PermissionGroup { name: self.name(element)?, label: self.text(element, attribute::LABEL) })
    }

    pub(super) fn permission_tree(&self, element: &XmlElement) -> Option<PermissionTree> {
        Some(PermissionTree { name: self.name(element)? })
    }
}

/// Flags above the base level, lowest bit first (`PermissionInfo.PROTECTION_FLAG_*` and their names in
/// `PermissionInfo.protectionToString`).
const FLAGS: &[(u32, &str)] = &[
    (0x10, "privileged"),
    (0x20, "development"),
    (0x40, "appop"),
    (0x80, "pre23"),
    (0x100, "installer"),
    (0x200, "verifier"),
    (0x400, "preinstalled"),
    (0x800, "setup"),
    (0x1000, "instant"),
    (0x2000, "runtime"),
    (0x4000, "oem"),
    (0x8000, "vendorPrivileged"),
    (0x1_0000, "textClassifier"),
    (0x2_0000, "wellbeing"),
    (0x4_0000, "documenter"),
    (0x8_0000, "configurator"),
    (0x10_0000, "incidentReportApprover"),
    (0x20_0000, "appPredictor"),
    (0x40_0000, "module"),
    (0x80_0000, "companion"),
    (0x100_0000, "retailDemo"),
    (0x200_0000, "recents"),
    (0x400_0000, "role"),
    (0x800_0000, "knownSigner"),
];

/// A protection level as the platform prints it: `signature|privileged`. The old level `signatureOrSystem` is
/// `signature|privileged`, which is what the platform itself turns it into (`PermissionInfo.fixProtectionLevel`).
#[must_use]
pub fn protection_level(flags: u32) -> String {
    const SIGNATURE: u32 = 2;
    const SIGNATURE_OR_SYSTEM: u32 = 3;
    const PRIVILEGED: u32 = 0x10;
    const VENDOR_PRIVILEGED: u32 = 0x8000;
    let mut flags = flags;
    if flags & 0xf == SIGNATURE_OR_SYSTEM {
        flags = (flags & !0xf) | SIGNATURE | PRIVILEGED;
    }
    if flags & VENDOR_PRIVILEGED != 0 && flags & PRIVILEGED == 0 {
        flags &= !VENDOR_PRIVILEGED;
    }
    let mut text = match flags & 0xf {
        0 => "normal".to_owned(),
        1 => "dangerous".to_owned(),
        SIGNATURE => "signature".to_owned(),
        4 => "internal".to_owned(),
        other => format!("{other:#x}"),
    };
    let mut rest = flags & !0xf;
    for (bit, name) in FLAGS {
        if rest & bit != 0 {
            text.push('|');
            text.push_str(name);
            rest &= !bit;
        }
    }
    if rest != 0 {
        text.push_str(&format!("|{rest:#x}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_read_as_the_platform_prints_them() {
        for (flags, text) in [
            (0, "normal"),
            (1, "dangerous"),
            (2, "signature"),
            (3, "signature|privileged"),
            (4, "internal"),
            (0x12, "signature|privileged"),
            (0x13, "signature|privileged"),
            (0x32, "signature|privileged|development"),
            (0x1001, "dangerous|instant"),
            (0x8012, "signature|privileged|vendorPrivileged"),
            (0x8002, "signature"),
            (0x400_0004, "internal|role"),
            (0x4000_0007, "0x7|0x40000000"),
        ] {
            assert_eq!(protection_level(flags), text, "{flags:#x}");
        }
    }
}
