//! The `application` element.

use super::Manifest;
use super::component::ComponentKind;
use super::reading::Reading;
use crate::attribute;
use crate::xml::XmlElement;

/// `meta-data`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetaData {
    /// Name.
    pub name: String,
    /// `android:value`, resolved, as text.
    pub value: Option<String>,
    /// `android:resource`, or the reference that `android:value` is.
    pub resource: Option<u32>,
}

/// Kind of a library that a package uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UsedLibraryKind {
    /// `uses-library`: a shared Java library of the system.
    Shared,
    /// `uses-static-library`: a package that is a library.
    Static,
    /// `uses-sdk-library`.
    Sdk,
    /// `uses-native-library`.
    Native,
}

/// A library that a package uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedLibrary {
    /// Which kind.
    pub kind: UsedLibraryKind,
    /// Its name.
    pub name: String,
    /// `android:required`: the package does not run without it.
    pub required: bool,
    /// `android:version` with `android:versionMajor`, where given.
    pub version: Option<u64>,
    /// `android:certDigest` of a static or SDK library, lower-case hexadecimal without colons.
    pub certificate_digest: Option<String>,
}

impl Reading<'_> {
    /// Reads the application and its components into `manifest`.
    pub(super) fn application(&self, element: &XmlElement, manifest: &mut Manifest) {
        let package = manifest.package.clone();
        manifest.has_application = true;
        manifest.application_class = self.class(element, attribute::NAME, &package);
        manifest.component_factory = self.class(element, attribute::APP_COMPONENT_FACTORY, &package);
        manifest.backup_agent = self.class(element, attribute::BACKUP_AGENT, &package);
        manifest.zygote_preload = self.class(element, attribute::ZYGOTE_PRELOAD_NAME, &package);
        manifest.label = self.text(element, attribute::LABEL);
        manifest.label_resource = self.resource(element, attribute::LABEL);
        manifest.process = self.process(element, &package);
        manifest.application_permission =
            self.text(element, attribute::PERMISSION).filter(|name| !name.is_empty());
        manifest.application_enabled = self.flag(element, attribute::ENABLED).unwrap_or(true);
        manifest.has_code = self.flag(element, attribute::HAS_CODE).unwrap_or(true);
        manifest.debuggable = self.flag(element, attribute::DEBUGGABLE).unwrap_or(false);
        manifest.test_only = self.flag(element, attribute::TEST_ONLY).unwrap_or(false);
        manifest.persistent = self.flag(element, attribute::PERSISTENT).unwrap_or(false);
        manifest.allow_backup = self.flag(element, attribute::ALLOW_BACKUP).unwrap_or(true);
        manifest.uses_cleartext_traffic = self.flag(element, attribute::USES_CLEARTEXT_TRAFFIC);
        manifest.network_security_config = self.resource(element, attribute::NETWORK_SECURITY_CONFIG);
        manifest.direct_boot_aware = self.flag(element, attribute::DIRECT_BOOT_AWARE).unwrap_or(false);
        manifest.device_protected_storage =
            self.flag(element, attribute::DEFAULT_TO_DEVICE_PROTECTED_STORAGE).unwrap_or(false);
        manifest.meta_data = self.meta_data(element);
        for child in &element.children {
            if let Some(kind) = ComponentKind::parse(&child.name) {
                let component = self.component(kind, child, manifest);
                manifest.components.extend(component);
                continue;
            }
            let kind = match child.name.as_str() {
                "uses-library" => UsedLibraryKind::Shared,
                "uses-static-library" => UsedLibraryKind::Static,
                "uses-sdk-library" => UsedLibraryKind::Sdk,
                "uses-native-library" => UsedLibraryKind::Native,
                "library" | "static-library" | "sdk-library" => {
                    manifest.libraries.extend(self.name(child));
                    continue;
                }
                _ => continue,
            };
            manifest.uses_libraries.extend(self.used_library(kind, child));
        }
    }

    fn used_library(&self, kind: UsedLibraryKind, element: &XmlElement) -> Option<UsedLibrary> {
        let minor = self.integer(element, attribute::VERSION);
        let major = self.integer(element, attribute::VERSION_MAJOR);
        let version =
            minor.or(major).map(|_| (u64::from(major.unwrap_or(0)) << 32) | u64::from(minor.unwrap_or(0)));
        Some(UsedLibrary {
            kind,
            name: self.name(element)?,
            required: self.flag(element, attribute::REQUIRED).unwrap_or(true),
            version,
            certificate_digest: self
                .text(element, attribute::CERT_DIGEST)
                .map(|digest| digest.replace(':', "").to_ascii_lowercase()),
        })
    }

    /// The `meta-data` children of an element.
    pub(super) fn meta_data(&self, element: &XmlElement) -> Vec<MetaData> {
        element
            .children_named("meta-data")
            .filter_map(|child| {
                Some(MetaData {
                    name: self.name(child)?,
                    value: self.text(child, attribute::VALUE),
                    resource: self
                        .resource(child, attribute::RESOURCE)
                        .or_else(|| self.resource(child, attribute::VALUE)),
                })
            })
            .collect()
    }
}
