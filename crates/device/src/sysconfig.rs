//! System configuration: `etc/permissions`, `etc/sysconfig` and `etc/default-permissions` of every partition.
//!
//! What each partition may say follows AOSP's `SystemConfig.readAllPermissions`; a line that Android ignores is not taken here either.

use std::collections::{BTreeMap, BTreeSet};

use overt_base::Cx;

use crate::file::{File, Files};
use crate::partition;
use crate::properties::{Origin, Properties};

mod document;

use document::{Document, Element};

/// Allow- and deny-list of one privileged package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Privapp {
    /// `permission` elements.
    pub allowed: BTreeMap<String, Origin>,
    /// `deny-permission` elements.
    pub denied: BTreeMap<String, Origin>,
}

/// What the lists say about one permission of one privileged package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Listed as allowed.
    Allowed(Origin),
    /// Listed as denied.
    Denied(Origin),
    /// Not listed.
    Unlisted,
}

/// `assign-permission`: a permission held by a user of the system, whatever package runs as it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// The permission.
    pub permission: String,
    /// The user's name or number.
    pub uid: String,
    /// Where it stands.
    pub origin: Origin,
}

/// `library`: a shared library that packages may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// Path of the JAR on the device.
    pub file: String,
    /// Libraries it needs itself.
    pub dependencies: Vec<String>,
    /// Where it stands.
    pub origin: Origin,
}

/// `split-permission`: who asks for one permission asks for others as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The permission asked for.
    pub permission: String,
    /// Only packages with a lower `targetSdkVersion`; `None` for all.
    pub below_target: Option<u32>,
    /// What they ask for with it.
    pub with: Vec<String>,
}

/// An exception of `default-permissions`: a runtime permission that a package holds from first boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultGrant {
    /// The package.
    pub package: String,
    /// The permission.
    pub permission: String,
    /// The owner cannot take it back.
    pub fixed: bool,
    /// The certificate the package must be signed with, where the file says so.
    pub certificate: Option<String>,
    /// Where it stands.
    pub origin: Origin,
}

/// Everything the files say.
#[derive(Clone, Debug, Default)]
pub struct SystemConfig {
    /// Lists of privileged packages, by the kind of partition the list lies on (`system`, `vendor`, `product`, `system_ext`) and package.
    pub privapp: BTreeMap<&'static str, BTreeMap<String, Privapp>>,
    /// `oem-permissions`, by package: whether the permission is allowed.
    pub oem: BTreeMap<String, BTreeMap<String, bool>>,
    /// `assign-permission`.
    pub assigned: Vec<Assigned>,
    /// `permission` with its `group gid`s: holders of the permission run with these groups.
    pub gids: BTreeMap<String, BTreeSet<String>>,
    /// Shared libraries by name.
    pub libraries: BTreeMap<String, Library>,
    /// `feature` names that no `unavailable-feature` takes back.
    pub features: BTreeSet<String>,
    /// `split-permission`.
    pub splits: Vec<Split>,
    /// Exceptions of `default-permissions`.
    pub default_grants: Vec<DefaultGrant>,
    /// All elements of the form `<tag package="…"/>`, by tag: `allow-in-power-save`, `hidden-api-whitelisted-app`, `app-link` …
    pub packages: BTreeMap<String, BTreeMap<String, Origin>>,
    /// The files read, in order.
    pub files: Vec<String>,
}

/// Whether a path names a file that [`read`] wants.
#[must_use]
pub fn is_configuration(path: &str) -> bool {
    place(path).is_some()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Folder {
    Configuration,
    DefaultPermissions,
}

/// The folder that a path lies in, and the partition.
fn place(path: &str) -> Option<(Folder, String)> {
    let canonical = partition::canonical(path);
    let (folder, file) = canonical.rsplit_once('/')?;
    if !file.ends_with(".xml") {
        return None;
    }
    let (root, folder) = folder.split_once("/etc/")?;
    let at_root =
        root.matches('/').count() == 1 || root.starts_with("/apex/") && root.matches('/').count() == 2;
    if !at_root {
        return None;
    }
    let folder = match folder {
        "permissions" | "sysconfig" => Folder::Configuration,
        "default-permissions" => Folder::DefaultPermissions,
        _ => return None,
    };
    Some((folder, partition::name(&canonical)))
}

/// What the files of a partition may say.
#[derive(Clone, Copy, Default)]
struct Allowed {
    features: bool,
    libraries: bool,
    permissions: bool,
    packages: bool,
    privapp: bool,
    oem: bool,
}

/// `SystemConfig.readAllPermissions`. `None`: the folder is not read at all in that release.
fn allowed(partition: &str, sdk: Option<u32>, first_sdk: Option<u32>) -> Option<Allowed> {
    let all = Allowed {
        features: true,
        libraries: true,
        permissions: true,
        packages: true,
        privapp: true,
        oem: true,
    };
    // A build that does not say its release is taken for a recent one.
    let sdk = sdk.unwrap_or(u32::MAX);
    let since = |level: u32| sdk >= level;
    match partition {
        "system" => Some(all),
        "vendor" | "odm" if since(26) => {
            // Devices that came out with Android 8.1 or before keep the rights their vendor partition had.
            let old = first_sdk.is_some_and(|first| first <= 27);
            Some(Allowed { permissions: old, packages: old, oem: false, ..all })
        }
        "oem" if since(21) => {
            Some(Allowed { features: true, oem: since(26), packages: since(30), ..Allowed::default() })
        }
        "product" if since(28) => Some(Allowed { oem: false, ..all }),
        "product_services" | "system_ext" if since(29) => Some(all),
        "apex" if since(30) => {
            Some(Allowed { libraries: true, privapp: true, features: true, ..Allowed::default() })
        }
        _ => None,
    }
}

/// The key under which the privileged lists of a partition are kept. Before Android 9 there was one list for all.
fn privapp_key(partition: &str, sdk: Option<u32>) -> &'static str {
    if sdk.is_some_and(|sdk| sdk < 28) {
        return "system";
    }
    match partition {
        "vendor" | "odm" => "vendor",
        "product" => "product",
        "product_services" | "system_ext" => "system_ext",
        "apex" => "apex",
        _ => "system",
    }
}

/// Reads all configuration files of a build, in order of path.
#[must_use]
pub fn read(files: &Files<'_>, properties: &Properties, cx: &Cx<'_>) -> SystemConfig {
    let mut out = SystemConfig::default();
    let mut unavailable: BTreeSet<String> = BTreeSet::new();
    let first_sdk = properties.filled("ro.product.first_api_level").and_then(|level| level.parse().ok());
    for (path, file) in files.iter() {
        let Some((folder, partition)) = place(path) else { continue };
        let Some(allowed) = allowed(&partition, properties.sdk(), first_sdk) else { continue };
        out.files.push(path.to_owned());
        let Some(document) = text(file, path, cx) else { continue };
        match folder {
            Folder::Configuration => {
                let key = privapp_key(&partition, properties.sdk());
                configuration(&mut out, &mut unavailable, &document, allowed, key);
            }
            Folder::DefaultPermissions => default_permissions(&mut out, &document),
        }
    }
    for feature in unavailable {
        out.features.remove(&feature);
    }
    out
}

fn text<'a>(file: &File<'a>, path: &str, cx: &Cx<'_>) -> Option<Document<'a>> {
    let failed = |code: &'static str, detail: String| {
        cx.problems.report(&file.locus, code, format!("{path}: {detail}"), "nothing was taken from the file");
    };
    let bytes = file.text(cx);
    if bytes.starts_with(b"ABX\0") || bytes.starts_with(&[3, 0, 8, 0]) {
        failed("sysconfig/binary-xml", "binary XML where text is expected".to_owned());
        return None;
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        failed("sysconfig/not-utf8", "the text is not UTF-8".to_owned());
        return None;
    };
    // Some makers leave a file empty to switch it off.
    if text.trim().is_empty() {
        return None;
    }
    match Document::parse(text, path, cx.limits.xml_elements) {
        Ok(document) => Some(document),
        Err(error) => {
            failed("sysconfig/xml-broken", error);
            None
        }
    }
}

fn configuration(
    out: &mut SystemConfig,
    unavailable: &mut BTreeSet<String>,
    document: &Document<'_>,
    allowed: Allowed,
    key: &'static str,
) {
    let root = document.root();
    if !matches!(root.name(), "permissions" | "config") {
        return;
    }
    for element in root.children() {
        match element.name() {
            "permission" if allowed.permissions => {
                if let Some(name) = element.attribute("name") {
                    let groups = element.children().filter(|child| child.name() == "group");
                    out.gids
                        .entry(name.to_owned())
                        .or_default()
                        .extend(groups.filter_map(|group| group.attribute("gid").map(str::to_owned)));
                }
            }
            "assign-permission" if allowed.permissions => {
                if let (Some(permission), Some(uid)) = (element.attribute("name"), element.attribute("uid")) {
                    out.assigned.push(Assigned {
                        permission: permission.to_owned(),
                        uid: uid.to_owned(),
                        origin: element.origin(),
                    });
                }
            }
            "split-permission" if allowed.permissions => {
                if let Some(permission) = element.attribute("name") {
                    out.splits.push(Split {
                        permission: permission.to_owned(),
                        below_target: element.attribute("targetSdk").and_then(|level| level.parse().ok()),
                        with: names(&element, "new-permission").map(|(name, _)| name).collect(),
                    });
                }
            }
            "library" | "apex-library" | "updatable-library" if allowed.libraries => library(out, &element),
            "feature" if allowed.features => {
                out.features.extend(element.attribute("name").map(str::to_owned));
            }
            "unavailable-feature" if allowed.features => {
                unavailable.extend(element.attribute("name").map(str::to_owned));
            }
            "privapp-permissions" if allowed.privapp => {
                if let Some(package) = element.attribute("package") {
                    let list = out.privapp.entry(key).or_default().entry(package.to_owned()).or_default();
                    list.allowed.extend(names(&element, "permission"));
                    list.denied.extend(names(&element, "deny-permission"));
                }
            }
            "oem-permissions" if allowed.oem => {
                if let Some(package) = element.attribute("package") {
                    let list = out.oem.entry(package.to_owned()).or_default();
                    list.extend(names(&element, "permission").map(|(name, _)| (name, true)));
                    list.extend(names(&element, "deny-permission").map(|(name, _)| (name, false)));
                }
            }
            tag if allowed.packages => {
                if let Some(package) = element.attribute("package") {
                    out.packages
                        .entry(tag.to_owned())
                        .or_default()
                        .entry(package.to_owned())
                        .or_insert_with(|| element.origin());
                }
            }
            _ => {}
        }
    }
}

fn names<'e>(element: &'e Element<'_, '_>, tag: &'e str) -> impl Iterator<Item = (String, Origin)> + 'e {
    element
        .children()
        .filter(move |child| child.name() == tag)
        .filter_map(|child| Some((child.attribute("name")?.to_owned(), child.origin())))
}

fn library(out: &mut SystemConfig, element: &Element<'_, '_>) {
    let (Some(name), Some(file)) = (element.attribute("name"), element.attribute("file")) else { return };
    let dependencies = element.attribute("dependency").unwrap_or_default();
    out.libraries.insert(
        name.to_owned(),
        Library {
            file: file.to_owned(),
            dependencies: dependencies.split(':').filter(|one| !one.is_empty()).map(str::to_owned).collect(),
            origin: element.origin(),
        },
    );
}

fn default_permissions(out: &mut SystemConfig, document: &Document<'_>) {
    if document.root().name() != "exceptions" {
        return;
    }
    for exception in document.root().children().filter(|element| element.name() == "exception") {
        let Some(package) = exception.attribute("package") else { continue };
        for permission in exception.children().filter(|element| element.name() == "permission") {
            let Some(name) = permission.attribute("name") else { continue };
            out.default_grants.push(DefaultGrant {
                package: package.to_owned(),
                permission: name.to_owned(),
                fixed: permission.attribute("fixed") == Some("true"),
                certificate: exception.attribute("sha256-cert-digest").map(str::to_ascii_lowercase),
                origin: permission.origin(),
            });
        }
    }
}

impl SystemConfig {
    /// What the privileged lists say about `permission` of `package`, which lies at `path`. Only lists of the package's own partition speak for
    /// it (from Android 9 on).
    #[must_use]
    pub fn listing(&self, package: &str, path: &str, permission: &str, sdk: Option<u32>) -> Listing {
        let key = privapp_key(&partition::name(path), sdk);
        let Some(list) = self.privapp.get(key).and_then(|lists| lists.get(package)) else {
            return Listing::Unlisted;
        };
        if let Some(origin) = list.denied.get(permission) {
            Listing::Denied(origin.clone())
        } else if let Some(origin) = list.allowed.get(permission) {
            Listing::Allowed(origin.clone())
        } else {
            Listing::Unlisted
        }
    }

    /// Whether an element `<tag package="…"/>` names `package`.
    #[must_use]
    pub fn names_package(&self, tag: &str, package: &str) -> Option<&Origin> {
        self.packages.get(tag)?.get(package)
    }

    /// Whether `package` may use the whole hidden API.
    #[must_use]
    pub fn hidden_api_allowed(&self, package: &str) -> bool {
        self.names_package("hidden-api-whitelisted-app", package).is_some()
    }
}

#[cfg(test)]
mod tests;
