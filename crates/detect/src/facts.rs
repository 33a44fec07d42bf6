//! Facts: what can be established about a build, a package or a component without following data.
//!
//! The vocabulary of the catalogue names them; a test holds the two lists against each other.

use overt_apk::manifest::{Component, ComponentKind};
use overt_apk::network_config::NetworkConfig;
use overt_record::words::TriggerKind;
use overt_record::{Build, Package};

use crate::entry::{EntryKind, Guarding, component_guard, guarding};
use crate::unit::Unit;

/// Property facts of a build that its identity does not hold.
#[derive(Debug, Clone, Copy, Default)]
pub struct BuildProperties {
    /// `ro.debuggable` is 1.
    pub debuggable: bool,
    /// `ro.secure` is 0 or `ro.adb.secure` is 0.
    pub insecure_adb: bool,
}

type BuildFact = fn(&Build, BuildProperties) -> bool;

/// Facts about builds, by name.
pub const BUILD_FACTS: &[(&str, BuildFact)] = &[
    ("test-keys-build", |build, _| has_tag(build, "test-keys")),
    ("dev-keys-build", |build, _| has_tag(build, "dev-keys")),
    ("userdebug-build", |build, _| build.build_type.as_deref() == Some("userdebug")),
    ("eng-build", |build, _| build.build_type.as_deref() == Some("eng")),
    ("debuggable-build", |_, properties| properties.debuggable),
    ("insecure-adb", |_, properties| properties.insecure_adb),
];

fn has_tag(build: &Build, tag: &str) -> bool {
    build.tags.as_deref().is_some_and(|tags| tags.split(',').any(|t| t.trim() == tag))
}

type PackageFact = fn(&Unit<'_>) -> bool;

/// Facts about packages, by name.
pub const PACKAGE_FACTS: &[(&str, PackageFact)] = &[
    ("runs-as-system", |unit| unit.package.runs_as.uid == Some(1000)),
    ("runs-as-phone", |unit| unit.package.runs_as.uid == Some(1001)),
    ("runs-as-shared-system-user", |unit| {
        unit.package.runs_as.uid.is_some_and(|uid| uid < 10_000 && uid != 1000 && uid != 1001)
    }),
    ("privileged", |unit| unit.package.privileged),
    ("platform-signed", |unit| valid(unit.package).any(|signer| signer.platform == Some(true))),
    ("debuggable", |unit| unit.package.debuggable),
    ("aosp-test-key", |unit| unit.package.signer.iter().any(|signer| signer.test_key)),
    ("debug-key", |unit| {
        unit.package.signer.iter().any(|signer| signer.subject.contains("CN=Android Debug"))
    }),
    ("unsigned", |unit| unit.manifest.is_some() && valid(unit.package).next().is_none()),
    // Before Android 7 there was no other scheme (AOSP, "APK signature scheme v2").
    ("weak-signature-only", |unit| {
        has_platform(unit, 24)
            && !unit.package.signer.is_empty()
            && unit.package.signer.iter().all(|signer| signer.scheme == "v1")
    }),
    // The attribute came with Android 6; since Android 7 the configuration, where there is one, replaces it.
    ("cleartext-allowed", |unit| match network_config(unit) {
        Some((config, _)) => config.allows_explicitly(),
        None => {
            has_platform(unit, 23)
                && unit.manifest.is_some_and(|m| {
                    m.uses_cleartext_traffic == Some(true)
                        && (m.network_security_config.is_none() || !has_platform(unit, 24))
                })
        }
    }),
    ("backup-allowed", |unit| unit.manifest.is_some_and(|m| m.allow_backup)),
    ("old-target-sdk", |unit| unit.package.target_sdk.is_some_and(|sdk| sdk < 23)),
    ("persistent", |unit| unit.package.persistent),
    ("hidden-from-launcher", |unit| {
        !unit.package.code.is_empty()
            && unit.manifest.is_some_and(|m| !m.components.iter().any(is_launcher_activity))
    }),
    ("starts-at-boot", |unit| {
        unit.code.is_some_and(|code| {
            code.entries
                .iter()
                .any(|e| e.enabled && e.triggers.iter().any(|trigger| trigger.kind == TriggerKind::Boot))
        })
    }),
    ("has-internet-permission", |unit| {
        unit.holds_all || unit.permissions.contains("android.permission.INTERNET")
    }),
    ("declares-device-admin", |unit| guarded_by(unit, "android.permission.BIND_DEVICE_ADMIN")),
    ("declares-accessibility-service", |unit| {
        guarded_by(unit, "android.permission.BIND_ACCESSIBILITY_SERVICE")
    }),
    ("declares-notification-listener", |unit| {
        guarded_by(unit, "android.permission.BIND_NOTIFICATION_LISTENER_SERVICE")
    }),
    ("declares-weak-permission", |unit| {
        let guards = |name: &str| {
            unit.package
                .components
                .iter()
                .any(|c| c.guard.as_ref().is_some_and(|guard| guard.permission == name))
        };
        let declared = &unit.package.declared_permissions;
        declared.iter().any(|d| guarding(Some(&d.level)) <= Guarding::Weak && guards(&d.name))
    }),
    ("components-missing", components_missing),
    ("conceals-addresses", |unit| {
        concealed(unit).is_some_and(|found| !found.addresses.is_empty() || !found.native.is_empty())
    }),
    ("keeps-keys-in-code", |unit| concealed(unit).is_some_and(|found| !found.keys.is_empty())),
];

fn concealed<'a>(unit: &Unit<'a>) -> Option<&'a crate::concealed::Concealed> {
    unit.code.and_then(|code| code.concealed)
}

/// Does the build have this API level? Unknown counts as the newest.
fn has_platform(unit: &Unit<'_>, level: u32) -> bool {
    unit.build.sdk.is_none_or(|sdk| sdk >= level)
}

/// The network security configuration, where the platform looks at it.
fn network_config<'a>(unit: &Unit<'a>) -> Option<(&'a NetworkConfig, &'a str)> {
    unit.network_config.filter(|_| has_platform(unit, 24))
}

/// Where a fact is shown, if that is not the manifest: the file and what it says.
#[must_use]
pub fn shown_at(unit: &Unit<'_>, fact: &str) -> Option<(String, String)> {
    let (config, locus) = network_config(unit).filter(|_| fact == "cleartext-allowed")?;
    let says = if config.base_cleartext == Some(true) {
        "<base-config cleartextTrafficPermitted=\"true\">".to_owned()
    } else {
        format!("<domain-config cleartextTrafficPermitted=\"true\"> {}", config.cleartext_domains.join(", "))
    };
    Some((locus.to_owned(), says))
}

fn valid(package: &Package) -> impl Iterator<Item = &overt_record::package::Signer> {
    package.signer.iter().filter(|signer| signer.verdict == "valid")
}

/// Is the application class all that is there of what the manifest names? A class of a library that the build has
/// counts as there.
fn components_missing(unit: &Unit<'_>) -> bool {
    let (Some(manifest), Some(code)) = (unit.manifest, unit.code) else { return false };
    let is_there = |dotted: &str| code.table.find(&crate::entry::descriptor(dotted)).is_some();
    let mut enabled = manifest.components.iter().filter(|component| component.enabled).peekable();
    enabled.peek().is_some()
        && manifest.application_class.as_deref().is_some_and(is_there)
        && !enabled.any(|c| is_there(c.target_activity.as_deref().unwrap_or(&c.name)))
}

fn guarded_by(unit: &Unit<'_>, permission: &str) -> bool {
    unit.manifest.is_some_and(|m| m.components.iter().any(|c| c.permission.as_deref() == Some(permission)))
}

type ComponentFact = fn(&Unit<'_>, &Component) -> bool;

/// Facts about components, by name.
pub const COMPONENT_FACTS: &[(&str, ComponentFact)] = &[
    ("exported-unguarded", |unit, component| {
        component.exported && component.enabled && component_guard(component, unit.level_of).is_none()
    }),
    ("exported-weak-guard", |unit, component| {
        component.exported
            && component.enabled
            && component_guard(component, unit.level_of).is_some_and(|g| g.guarding <= Guarding::Weak)
    }),
    ("exported-guarded", |unit, component| {
        component.exported
            && component.enabled
            && component_guard(component, unit.level_of).is_some_and(|g| g.guarding > Guarding::Weak)
    }),
    ("provider-without-read-permission", |_, component| {
        is_open_provider(component)
            && component.read_permission.as_ref().or(component.permission.as_ref()).is_none()
    }),
    ("provider-without-write-permission", |_, component| {
        is_open_provider(component)
            && component.write_permission.as_ref().or(component.permission.as_ref()).is_none()
    }),
    ("provider-grants-everything", |_, component| {
        component.kind == ComponentKind::Provider && component.grant_uri_permissions
    }),
    ("launcher-activity", |_, component| is_launcher_activity(component)),
];

fn is_open_provider(component: &Component) -> bool {
    component.kind == ComponentKind::Provider && component.exported && component.enabled
}

fn is_launcher_activity(component: &Component) -> bool {
    matches!(component.kind, ComponentKind::Activity | ComponentKind::ActivityAlias)
        && component.enabled
        && component.filters.iter().any(|filter| {
            filter.actions.iter().any(|action| action == "android.intent.action.MAIN")
                && filter.categories.iter().any(|category| category == "android.intent.category.LAUNCHER")
        })
}

/// Does the fact hold for the package? Component facts hold when they hold for any of its components.
#[must_use]
pub fn holds(unit: &Unit<'_>, properties: BuildProperties, name: &str) -> bool {
    if let Some((_, fact)) = PACKAGE_FACTS.iter().find(|(known, _)| *known == name) {
        return fact(unit);
    }
    if let Some((_, fact)) = BUILD_FACTS.iter().find(|(known, _)| *known == name) {
        return fact(unit.build, properties);
    }
    if let Some((_, fact)) = COMPONENT_FACTS.iter().find(|(known, _)| *known == name) {
        return unit.manifest.is_some_and(|m| m.components.iter().any(|component| fact(unit, component)));
    }
    false
}

/// Does a component fact hold for this component? `None` when the name is not a component fact.
#[must_use]
pub fn holds_for_component(unit: &Unit<'_>, component: &Component, name: &str) -> Option<bool> {
    COMPONENT_FACTS.iter().find(|(known, _)| *known == name).map(|(_, fact)| fact(unit, component))
}

/// Is this entry a component?
#[must_use]
pub fn is_component(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::Component(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_of_the_vocabulary_is_known_here_and_none_else() {
        let catalogue = overt_catalogue::Catalogue::builtin();
        let mut known: Vec<&str> = BUILD_FACTS
            .iter()
            .map(|(name, _)| *name)
            .chain(PACKAGE_FACTS.iter().map(|(name, _)| *name))
            .chain(COMPONENT_FACTS.iter().map(|(name, _)| *name))
            .collect();
        known.sort_unstable();
        let named: Vec<&str> = catalogue.vocabulary().facts.keys().map(String::as_str).collect();
        assert_eq!(known, named);
    }
}
