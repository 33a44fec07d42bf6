//! Activities, services, receivers, providers.

use super::Manifest;
use super::application::MetaData;
use super::intent_filter::IntentFilter;
use super::reading::Reading;
use crate::attribute::{self, AttributeName};
use crate::xml::XmlElement;

/// What a component is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ComponentKind {
    /// `activity`.
    Activity,
    /// `activity-alias`: another name and another door to an activity.
    ActivityAlias,
    /// `service`.
    Service,
    /// `receiver`.
    Receiver,
    /// `provider`.
    Provider,
}

impl ComponentKind {
    /// The element's name in the manifest.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ComponentKind::Activity => "activity",
            ComponentKind::ActivityAlias => "activity-alias",
            ComponentKind::Service => "service",
            ComponentKind::Receiver => "receiver",
            ComponentKind::Provider => "provider",
        }
    }

    /// The kind whose element is called `element`.
    #[must_use]
    pub fn parse(element: &str) -> Option<ComponentKind> {
        Some(match element {
            "activity" => ComponentKind::Activity,
            "activity-alias" => ComponentKind::ActivityAlias,
            "service" => ComponentKind::Service,
            "receiver" => ComponentKind::Receiver,
            "provider" => ComponentKind::Provider,
            _ => return None,
        })
    }
}

/// A component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// What it is.
    pub kind: ComponentKind,
    /// Class, full dotted name; an alias' own name for an alias.
    pub name: String,
    /// The activity behind an alias, full dotted name.
    pub target_activity: Option<String>,
    /// `android:exported` where it is set.
    pub exported_attr: Option<bool>,
    /// Whether other apps reach it, by Android's rules. A component with [`Component::single_user`] outside of
    /// `priv-app` is not exported whatever this says.
    pub exported: bool,
    /// `android:enabled` of component and application.
    pub enabled: bool,
    /// The permission a caller needs: the component's own, else the application's (an alias has only its own).
    /// For providers see [`Component::read_permission`] and [`Component::write_permission`].
    pub permission: Option<String>,
    /// What reading a provider takes; `None` for other components.
    pub read_permission: Option<String>,
    /// What writing to a provider takes; `None` for other components.
    pub write_permission: Option<String>,
    /// `path-permission` of a provider.
    pub path_permissions: Vec<PathPermission>,
    /// `android:grantUriPermissions`: access to single URIs may be handed on.
    pub grant_uri_permissions: bool,
    /// `grant-uri-permission`: the URIs for which it may.
    pub grant_uri_patterns: Vec<GrantUriPermission>,
    /// `android:authorities` of a provider.
    pub authorities: Vec<String>,
    /// Process, full name; the application's when the component names none.
    pub process: Option<String>,
    /// Intent filters, in the manifest's order.
    pub filters: Vec<IntentFilter>,
    /// `android:directBootAware` of component or application: runs before the owner unlocks the phone.
    pub direct_boot_aware: bool,
    /// `android:singleUser`: runs once, as the first user, for all users.
    pub single_user: bool,
    /// `android:isolatedProcess`: runs without any permission.
    pub isolated_process: bool,
    /// `android:foregroundServiceType`, its flags.
    pub foreground_service_type: u32,
    /// `meta-data`.
    pub meta_data: Vec<MetaData>,
}

/// A path or a pattern of paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathPattern {
    /// The path itself.
    Literal(String),
    /// Everything that begins with it.
    Prefix(String),
    /// A pattern with `*` and `.*`.
    Simple(String),
    /// A pattern with sets and repetition counts.
    Advanced(String),
}

/// `path-permission`: what access below a path takes, in place of the provider's own permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPermission {
    /// Which paths.
    pub path: PathPattern,
    /// What reading takes.
    pub read_permission: Option<String>,
    /// What writing takes.
    pub write_permission: Option<String>,
}

/// `grant-uri-permission`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantUriPermission {
    /// Which paths.
    pub path: PathPattern,
}

impl Component {
    /// Whether Android 12 and later refuses the package for this component: it has intent filters, targets 31 or
    /// later and does not say whether it is exported.
    #[must_use]
    pub fn lacks_required_exported(&self, target_sdk: u32) -> bool {
        self.kind != ComponentKind::Provider
            && self.exported_attr.is_none()
            && self.exported
            && target_sdk >= 31
    }

    /// All actions of all filters, sorted.
    #[must_use]
    pub fn actions(&self) -> Vec<&str> {
        let mut actions: Vec<&str> =
            self.filters.iter().flat_map(|filter| &filter.actions).map(String::as_str).collect();
        actions.sort_unstable();
        actions.dedup();
        actions
    }
}

/// Android's rule for components that do not say: activities and receivers are exported when they have an intent
/// filter with an action (a filter without one is thrown away), services when they have any intent filter,
/// providers when the package targets API level 16 or lower.
fn exported_by_default(kind: ComponentKind, filters: &[IntentFilter], target_sdk: u32) -> bool {
    match kind {
        ComponentKind::Activity | ComponentKind::ActivityAlias | ComponentKind::Receiver => {
            filters.iter().any(|filter| !filter.actions.is_empty())
        }
        ComponentKind::Service => !filters.is_empty(),
        ComponentKind::Provider => target_sdk < 17,
    }
}

/// An empty permission is none, and is not replaced by the application's.
fn not_empty(permission: Option<String>) -> Option<String> {
    permission.filter(|name| !name.is_empty())
}

impl Reading<'_> {
    /// Reads a component; `None` when it has no name, which Android refuses.
    pub(super) fn component(
        &self,
        kind: ComponentKind,
        element: &XmlElement,
        manifest: &Manifest,
    ) -> Option<Component> {
        let package = &manifest.package;
        let name = self.class(element, attribute::NAME, package)?;
        let filters: Vec<IntentFilter> =
            element.children_named("intent-filter").map(|child| self.intent_filter(child)).collect();
        // Android reads in order: while it reads the application, a `uses-sdk` behind it has not been seen, and the
        // target is 0.
        let target_sdk = manifest.target_sdk.or(manifest.min_sdk).unwrap_or(0);
        let exported_attr = self.flag(element, attribute::EXPORTED);
        let own_permission = self.text(element, attribute::PERMISSION);
        let permission = match kind {
            // "An alias will override permissions to allow referencing an Activity through its alias without
            // needing the original permission" (`ParsedActivityUtils`).
            ComponentKind::ActivityAlias => not_empty(own_permission.clone()),
            _ => not_empty(
                own_permission.clone().or_else(|| self.inherited(manifest.application_permission.as_ref())),
            ),
        };
        let access = |attribute: AttributeName| {
            (kind == ComponentKind::Provider).then(|| {
                not_empty(
                    self.text(element, attribute)
                        .or_else(|| own_permission.clone())
                        .or_else(|| self.inherited(manifest.application_permission.as_ref())),
                )
            })
        };
        let provider = kind == ComponentKind::Provider;
        let grant_uri_patterns: Vec<GrantUriPermission> = element
            .children_named("grant-uri-permission")
            .filter(|_| provider)
            .filter_map(|child| self.path_pattern(child).map(|path| GrantUriPermission { path }))
            .collect();
        Some(Component {
            kind,
            target_activity: (kind == ComponentKind::ActivityAlias)
                .then(|| self.class(element, attribute::TARGET_ACTIVITY, package))
                .flatten(),
            exported_attr,
            exported: exported_attr.unwrap_or_else(|| exported_by_default(kind, &filters, target_sdk)),
            enabled: manifest.application_enabled && self.flag(element, attribute::ENABLED).unwrap_or(true),
            permission,
            read_permission: access(attribute::READ_PERMISSION).flatten(),
            write_permission: access(attribute::WRITE_PERMISSION).flatten(),
            path_permissions: element
                .children_named("path-permission")
                .filter(|_| provider)
                .filter_map(|child| self.path_permission(child))
                .collect(),
            // A `grant-uri-permission` inside switches granting on for its paths (`parseProviderTags`).
            grant_uri_permissions: provider
                && (!grant_uri_patterns.is_empty()
                    || self.flag(element, attribute::GRANT_URI_PERMISSIONS).unwrap_or(false)),
            grant_uri_patterns,
            authorities: if provider {
                self.text(element, attribute::AUTHORITIES)
                    .map(|text| text.split(';').filter(|part| !part.is_empty()).map(str::to_owned).collect())
                    .unwrap_or_default()
            } else {
                Vec::new()
            },
            process: self.process(element, package).or_else(|| self.inherited(manifest.process.as_ref())),
            filters,
            direct_boot_aware: self
                .flag(element, attribute::DIRECT_BOOT_AWARE)
                .unwrap_or(manifest.direct_boot_aware),
            single_user: self.flag(element, attribute::SINGLE_USER).unwrap_or(false),
            isolated_process: self.flag(element, attribute::ISOLATED_PROCESS).unwrap_or(false),
            foreground_service_type: self.integer(element, attribute::FOREGROUND_SERVICE_TYPE).unwrap_or(0),
            meta_data: self.meta_data(element),
            name,
        })
    }

    fn path_permission(&self, element: &XmlElement) -> Option<PathPermission> {
        let common = self.text(element, attribute::PERMISSION);
        let either = |attribute| not_empty(self.text(element, attribute).or_else(|| common.clone()));
        let read_permission = either(attribute::READ_PERMISSION);
        let write_permission = either(attribute::WRITE_PERMISSION);
        // "No readPermission or writePermssion for <path-permission>": ignored.
        if read_permission.is_none() && write_permission.is_none() {
            return None;
        }
        Some(PathPermission { path: self.path_pattern(element)?, read_permission, write_permission })
    }

    /// The last one that is there counts: advanced pattern, pattern, prefix, path (`parseProviderTags`).
    fn path_pattern(&self, element: &XmlElement) -> Option<PathPattern> {
        let text = |attribute| self.text(element, attribute);
        text(attribute::PATH_ADVANCED_PATTERN)
            .map(PathPattern::Advanced)
            .or_else(|| text(attribute::PATH_PATTERN).map(PathPattern::Simple))
            .or_else(|| text(attribute::PATH_PREFIX).map(PathPattern::Prefix))
            .or_else(|| text(attribute::PATH).map(PathPattern::Literal))
    }
}
