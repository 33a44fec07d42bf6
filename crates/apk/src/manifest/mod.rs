//! `AndroidManifest.xml` by the rules of the platform's package parser
//! (`frameworks/base/core/java/android/content/pm/PackageParser.java`, later `ParsingPackageUtils.java`).

mod application;
mod component;
mod intent_filter;
mod permission;
mod reading;

pub use application::{MetaData, UsedLibrary, UsedLibraryKind};
pub use component::{Component, ComponentKind, GrantUriPermission, PathPattern, PathPermission};
pub use intent_filter::{DataSpec, IntentFilter};
pub use permission::{PermissionDecl, PermissionGroup, PermissionTree, UsesPermission, protection_level};

use overt_base::{Cx, Locus};

use crate::attribute;
use crate::resource_table::{Device, ResourceTable};
use crate::xml::{XmlDocument, XmlElement};
use reading::Reading;

/// What a manifest says, references resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// Package name.
    pub package: String,
    /// `android:versionName`.
    pub version_name: Option<String>,
    /// `android:versionCode`, with `android:versionCodeMajor` in the upper half; 0 when absent.
    pub version_code: u64,
    /// `android:sharedUserId`.
    pub shared_user_id: Option<String>,
    /// `coreApp`: started even when only the core of the system runs.
    pub core_app: bool,
    /// `split`: this file is a part of a package.
    pub split: Option<String>,
    /// `android:minSdkVersion`.
    pub min_sdk: Option<u32>,
    /// `android:targetSdkVersion`; [`Manifest::effective_target_sdk`] is what Android goes by.
    pub target_sdk: Option<u32>,
    /// `android:maxSdkVersion`.
    pub max_sdk: Option<u32>,
    /// There is an `application` element; without one its attributes below have their defaults.
    pub has_application: bool,
    /// `android:name`: class of the application object, full dotted name.
    pub application_class: Option<String>,
    /// `android:appComponentFactory`: makes all components, full dotted name.
    pub component_factory: Option<String>,
    /// `android:backupAgent`, full dotted name.
    pub backup_agent: Option<String>,
    /// `android:zygotePreloadName`, full dotted name.
    pub zygote_preload: Option<String>,
    /// `android:label`, resolved: default language, else English, else any.
    pub label: Option<String>,
    /// The label's resource id where it is a reference: one into the platform's resources cannot be resolved here.
    pub label_resource: Option<u32>,
    /// `android:process`: process of components that name none, full name; `None` is the package name.
    pub process: Option<String>,
    /// `android:permission` of the application: what components without a permission of their own demand.
    pub application_permission: Option<String>,
    /// `android:enabled` of the application.
    pub application_enabled: bool,
    /// `android:hasCode`.
    pub has_code: bool,
    /// `android:debuggable`.
    pub debuggable: bool,
    /// `android:testOnly`.
    pub test_only: bool,
    /// `android:persistent`: started at boot and kept alive (in the system image only).
    pub persistent: bool,
    /// `android:allowBackup`.
    pub allow_backup: bool,
    /// `android:usesCleartextTraffic` where it is set; see [`Manifest::allows_cleartext_traffic`].
    pub uses_cleartext_traffic: Option<bool>,
    /// `android:networkSecurityConfig`: resource id of the configuration.
    pub network_security_config: Option<u32>,
    /// `android:directBootAware` of the application: what components say that do not say otherwise.
    pub direct_boot_aware: bool,
    /// `android:defaultToDeviceProtectedStorage`.
    pub device_protected_storage: bool,
    /// `uses-library` and its relatives.
    pub uses_libraries: Vec<UsedLibrary>,
    /// `library`: names under which this package offers its code to others.
    pub libraries: Vec<String>,
    /// `meta-data` of the application.
    pub meta_data: Vec<MetaData>,
    /// `uses-permission`, `uses-permission-sdk-23`, in the manifest's order.
    pub uses_permissions: Vec<UsesPermission>,
    /// `permission`: what this package declares.
    pub permissions: Vec<PermissionDecl>,
    /// `permission-group`.
    pub permission_groups: Vec<PermissionGroup>,
    /// `permission-tree`: names below it may be declared while the system runs.
    pub permission_trees: Vec<PermissionTree>,
    /// `protected-broadcast`: actions that only the system may send (for packages of the system image).
    pub protected_broadcasts: Vec<String>,
    /// `uses-feature`.
    pub features: Vec<Feature>,
    /// `instrumentation`.
    pub instrumentation: Vec<Instrumentation>,
    /// `original-package`: earlier names of a package of the system image.
    pub original_packages: Vec<String>,
    /// `adopt-permissions`: packages whose permissions this one takes over.
    pub adopt_permissions: Vec<String>,
    /// `overlay`: this package replaces resources of another.
    pub overlay: Option<Overlay>,
    /// Activities, aliases, services, receivers, providers, in the manifest's order.
    pub components: Vec<Component>,
}

impl Default for Manifest {
    fn default() -> Manifest {
        Manifest {
            package: String::new(),
            version_name: None,
            version_code: 0,
            shared_user_id: None,
            core_app: false,
            split: None,
            min_sdk: None,
            target_sdk: None,
            max_sdk: None,
            has_application: false,
            application_class: None,
            component_factory: None,
            backup_agent: None,
            zygote_preload: None,
            label: None,
            label_resource: None,
            process: None,
            application_permission: None,
            application_enabled: true,
            has_code: true,
            debuggable: false,
            test_only: false,
            persistent: false,
            allow_backup: true,
            uses_cleartext_traffic: None,
            network_security_config: None,
            direct_boot_aware: false,
            device_protected_storage: false,
            uses_libraries: Vec::new(),
            libraries: Vec::new(),
            meta_data: Vec::new(),
            uses_permissions: Vec::new(),
            permissions: Vec::new(),
            permission_groups: Vec::new(),
            permission_trees: Vec::new(),
            protected_broadcasts: Vec::new(),
            features: Vec::new(),
            instrumentation: Vec::new(),
            original_packages: Vec::new(),
            adopt_permissions: Vec::new(),
            overlay: None,
            components: Vec::new(),
        }
    }
}

/// `uses-feature`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Name; `None` for a version of OpenGL ES alone.
    pub name: Option<String>,
    /// `android:required`.
    pub required: bool,
}

/// `instrumentation`: code that may be put into another package's process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrumentation {
    /// Class, full dotted name.
    pub name: String,
    /// Package it is put into.
    pub target_package: Option<String>,
}

/// `overlay`: a runtime resource overlay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlay {
    /// Package whose resources are replaced.
    pub target_package: Option<String>,
    /// `android:targetName`.
    pub target_name: Option<String>,
    /// `android:category`.
    pub category: Option<String>,
    /// `android:priority`.
    pub priority: i32,
    /// `android:isStatic`: cannot be switched off.
    pub is_static: bool,
}

/// Why a manifest cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);

impl Manifest {
    /// Reads a manifest that was taken out of an archive. Oddities become problems at `locus`.
    ///
    /// # Errors
    /// [`Unreadable`] when the bytes are no XML or name no package.
    pub fn read(
        bytes: &[u8],
        table: Option<&ResourceTable>,
        device: Device,
        locus: &Locus,
        cx: &Cx<'_>,
    ) -> Result<Manifest, Unreadable> {
        let document = XmlDocument::read(bytes, cx.limits)
            .map_err(|error| Unreadable(format!("no XML: {}", error.0)))?;
        for oddity in &document.oddities {
            let consequence = if oddity.fatal_for_android {
                "read as far as possible; Android refuses such a manifest"
            } else {
                "passed over, as Android does"
            };
            cx.problems.report(
                locus,
                "manifest/odd-xml",
                format!("at offset {:#x}: {}", oddity.at, oddity.what),
                consequence,
            );
        }
        let reading = Reading::new(&document, table, device, cx.limits.xml_text_bytes);
        let manifest = reading.manifest(&document.root)?;
        if reading.is_exhausted() {
            return Err(Unreadable(format!("more than {} bytes of text", cx.limits.xml_text_bytes)));
        }
        let unresolved = reading.unresolved();
        if !unresolved.is_empty() {
            cx.problems.report(
                locus,
                "manifest/unresolved-reference",
                unresolved.join(", "),
                "the attributes were read as if absent",
            );
        }
        let opened: Vec<&str> = manifest
            .components
            .iter()
            .filter(|component| {
                component.kind == ComponentKind::Provider && component.exported_attr.is_none()
            })
            .filter(|component| component.exported && manifest.effective_target_sdk() >= 17)
            .map(|component| component.name.as_str())
            .collect();
        if !opened.is_empty() {
            cx.problems.report(
                locus,
                "manifest/uses-sdk-behind-application",
                format!("uses-sdk stands behind application, which has {}", several(&opened)),
                "the providers are taken as exported: Android reads in order and knows no target yet",
            );
        }
        let refused: Vec<&str> = manifest
            .components
            .iter()
            .filter(|component| component.lacks_required_exported(manifest.effective_target_sdk()))
            .map(|component| component.name.as_str())
            .collect();
        if !refused.is_empty() {
            cx.problems.report(
                locus,
                "manifest/exported-missing",
                several(&refused),
                "taken as exported by their intent filters; Android 12 and later refuses such a package",
            );
        }
        Ok(manifest)
    }

    /// The version whose rules Android applies: `targetSdkVersion`, else `minSdkVersion`, else 1.
    #[must_use]
    pub fn effective_target_sdk(&self) -> u32 {
        self.target_sdk.or(self.min_sdk).unwrap_or(1)
    }

    /// Whether cleartext traffic is allowed where no network security configuration says otherwise: the attribute,
    /// else yes below target 28.
    #[must_use]
    pub fn allows_cleartext_traffic(&self) -> bool {
        self.uses_cleartext_traffic.unwrap_or(self.effective_target_sdk() < 28)
    }
}

/// At most ten names, and how many more there are.
fn several(names: &[&str]) -> String {
    let shown: Vec<&str> = names.iter().take(10).copied().collect();
    match names.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

impl Reading<'_> {
    fn manifest(&self, root: &XmlElement) -> Result<Manifest, Unreadable> {
        if root.name != "manifest" {
            return Err(Unreadable(format!("the outermost element is {:?}", root.name)));
        }
        let package = root.plain("package").unwrap_or_default();
        if package.is_empty() {
            return Err(Unreadable("no package name".into()));
        }
        let major = u64::from(self.integer(root, attribute::VERSION_CODE_MAJOR).unwrap_or(0));
        let minor = u64::from(self.integer(root, attribute::VERSION_CODE).unwrap_or(0));
        let mut manifest = Manifest {
            version_name: self.text(root, attribute::VERSION_NAME),
            version_code: (major << 32) | minor,
            shared_user_id: self.text(root, attribute::SHARED_USER_ID).filter(|id| !id.is_empty()),
            core_app: root
                .plain("coreApp")
                .is_some_and(|text| matches!(text.as_str(), "true" | "1" | "TRUE" | "-1")),
            split: root.plain("split").filter(|name| !name.is_empty()),
            package,
            ..Manifest::default()
        };
        let mut seen_application = false;
        for element in &root.children {
            match element.name.as_str() {
                "uses-sdk" => {
                    manifest.min_sdk = self.sdk(element, attribute::MIN_SDK_VERSION);
                    manifest.target_sdk = self.sdk(element, attribute::TARGET_SDK_VERSION);
                    manifest.max_sdk = self.integer(element, attribute::MAX_SDK_VERSION);
                }
                // "<manifest> has more than one <application>": the first counts.
                "application" if !seen_application => {
                    seen_application = true;
                    self.application(element, &mut manifest);
                }
                "uses-permission" | "uses-permission-sdk-23" | "uses-permission-sdk-m" => {
                    manifest.uses_permissions.extend(self.uses_permission(element));
                }
                "permission" => manifest.permissions.extend(self.permission(element)),
                "permission-group" => manifest.permission_groups.extend(self.permission_group(element)),
                "permission-tree" => manifest.permission_trees.extend(self.permission_tree(element)),
                "protected-broadcast" => manifest.protected_broadcasts.extend(self.name(element)),
                "original-package" => manifest.original_packages.extend(self.name(element)),
                "adopt-permissions" => manifest.adopt_permissions.extend(self.name(element)),
                "uses-feature" => manifest.features.push(self.feature(element)),
                "feature-group" => {
                    manifest
                        .features
                        .extend(element.children_named("uses-feature").map(|inner| self.feature(inner)));
                }
                "instrumentation" => {
                    if let Some(name) = self.class(element, attribute::NAME, &manifest.package) {
                        let target_package = self.text(element, attribute::TARGET_PACKAGE);
                        manifest.instrumentation.push(Instrumentation { name, target_package });
                    }
                }
                "overlay" => manifest.overlay = Some(self.overlay(element)),
                _ => {}
            }
        }
        Ok(manifest)
    }

    fn feature(&self, element: &XmlElement) -> Feature {
        Feature {
            name: self.name(element),
            required: self.flag(element, attribute::REQUIRED).unwrap_or(true),
        }
    }

    fn overlay(&self, element: &XmlElement) -> Overlay {
        Overlay {
            target_package: self.text(element, attribute::TARGET_PACKAGE),
            target_name: self.text(element, attribute::TARGET_NAME),
            category: self.text(element, attribute::CATEGORY),
            priority: self.integer(element, attribute::PRIORITY).unwrap_or(0) as i32,
            is_static: self.flag(element, attribute::IS_STATIC).unwrap_or(false),
        }
    }
}
