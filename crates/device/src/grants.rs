//! Which of the permissions it asks for a package holds from first boot on.
//!
//! The rules are those of AOSP's `PackageManagerService`/`PermissionManagerService` (`restorePermissionState`, `grantSignaturePermission`) and
//! `DefaultPermissionGrantPolicy`, by API level. Where Android decides by something that a build does not show (who is the default dialer,
//! which role is held, what the owner allows) the permission counts as *not held at first boot*, with that reason: the grants said here
//! are certain, and the reason of a refusal says whether it may come later.
//!
//! Not modelled: `knownSigner`, key rotation with lineage, hard-restricted permissions, roles, the default handlers of
//! `DefaultPermissionGrantPolicy` (dialer, messages, browser …).

use std::collections::BTreeMap;
use std::fmt;

use crate::partition::{self, Role};
use crate::permission::{Base, Declared, Declarer, Flags, Level, Permissions};
use crate::platform_key::PlatformKey;
use crate::properties::{Origin, Properties};
use crate::rights::PackageRights;
use crate::sysconfig::{Listing, Split, SystemConfig};
use crate::uid;

/// What Android does with privileged permissions that no list allows (`ro.control_privapp_permissions`, since Android 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowList {
    /// Refuses them.
    Enforced,
    /// Grants them and writes a warning; denials count.
    Logged,
    /// The lists play no part.
    Off,
}

impl AllowList {
    /// As the build says. Before Android 8 there are no lists; from then on they count only where the property says so.
    #[must_use]
    pub fn of(properties: &Properties) -> AllowList {
        if properties.sdk().is_some_and(|sdk| sdk < 26) {
            return AllowList::Off;
        }
        match properties.get("ro.control_privapp_permissions") {
            Some(text) if text.eq_ignore_ascii_case("enforce") => AllowList::Enforced,
            Some(text) if text.eq_ignore_ascii_case("log") => AllowList::Logged,
            _ => AllowList::Off,
        }
    }
}

/// Everything about the build that grants depend on.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    /// API level; `None` counts as a recent one.
    pub sdk: Option<u32>,
    /// All permissions of the build.
    pub permissions: &'a Permissions,
    /// Lists of the build.
    pub configuration: &'a SystemConfig,
    /// The platform key, where it is known.
    pub platform: Option<&'a PlatformKey>,
    /// What happens to privileged permissions that no list allows.
    pub allow_list: AllowList,
}

/// Why a permission is held from first boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Granted {
    /// A normal permission.
    Normal,
    /// A dangerous one before Android 6.
    AtInstallation,
    /// A dangerous one, and the package targets a release before Android 6.
    OldTarget,
    /// A dangerous one, and the package is part of the system (its user is below 10000), or privileged, persistent and signed by the platform.
    SystemComponent,
    /// A dangerous one that `default-permissions` gives to the package.
    DefaultPermission(Origin),
    /// Signed like the package that declares it.
    SameSigner(String),
    /// Signed with the platform key.
    PlatformSigner,
    /// Privileged, and the lists allow it or play no part.
    Privileged(Option<Origin>),
    /// On the OEM partition, and its list allows it.
    Oem,
    /// For packages that target a release before Android 6.
    Pre23,
    /// For packages of the system image.
    Preinstalled,
    /// The package is the installer, or the set-up wizard.
    Holder(&'static str),
    /// Another package of the same shared user holds it.
    SharedUser(String),
}

impl fmt::Display for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Granted::Normal => f.write_str("normal permission"),
            Granted::AtInstallation => {
                f.write_str("dangerous permission, granted at installation before Android 6")
            }
            Granted::OldTarget => {
                f.write_str("dangerous permission, granted to packages that target Android 5.1 or before")
            }
            Granted::SystemComponent => f.write_str("dangerous permission, granted to parts of the system"),
            Granted::DefaultPermission(origin) => {
                write!(f, "default permission ({}:{})", origin.file, origin.line)
            }
            Granted::SameSigner(package) => write!(f, "signed like its declarer {package}"),
            Granted::PlatformSigner => f.write_str("signed with the platform key"),
            Granted::Privileged(Some(origin)) => {
                write!(f, "privileged and listed ({}:{})", origin.file, origin.line)
            }
            Granted::Privileged(None) => f.write_str("privileged; no list is enforced for it"),
            Granted::Oem => f.write_str("listed for the OEM partition"),
            Granted::Pre23 => f.write_str("granted to packages that target Android 5.1 or before"),
            Granted::Preinstalled => f.write_str("granted to pre-installed packages"),
            Granted::Holder(what) => write!(f, "granted to the {what}"),
            Granted::SharedUser(package) => write!(f, "held by {package} of the same shared user"),
        }
    }
}

/// Why a permission is not held at first boot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No package of the input declares it.
    Undeclared,
    /// A dangerous one: the owner is asked, or the package is a default handler.
    AtRunTime,
    /// Signed otherwise than its declarer and the platform.
    OtherSigner,
    /// Whether the signer matches cannot be told: the signer of the package, of the declarer or of the platform is not known.
    UnknownSigner,
    /// Privileged, but the enforced lists do not name it.
    NotListed,
    /// Privileged, but a list denies it.
    Denied(Origin),
    /// A privileged package of the vendor partition, and the permission is not for those.
    Vendor,
    /// Only the development shell grants it.
    Development,
    /// The owner may allow it in the settings.
    AppOp,
    /// Held by whoever holds a role.
    Role,
    /// By Android's own rules the package is not installed: its shared user belongs to another signer. (A maker may have changed the rule.)
    NotInstalled,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refused::Undeclared => "nobody in the input declares it",
            Refused::AtRunTime => "dangerous permission, asked for at run time",
            Refused::OtherSigner => "signed otherwise than its declarer and the platform",
            Refused::UnknownSigner => "a signer is not known",
            Refused::NotListed => "privileged, but not on the enforced list",
            Refused::Denied(origin) => {
                return write!(f, "denied by {}:{}", origin.file, origin.line);
            }
            Refused::Vendor => "not for privileged packages of the vendor partition",
            Refused::Development => "granted by the development shell only",
            Refused::AppOp => "allowed by the owner in the settings",
            Refused::Role => "granted to the holder of a role",
            Refused::NotInstalled => {
                "by Android's own rules not installed: the shared user belongs to another signer"
            }
        })
    }
}

/// The rights of one package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// The fixed user it runs as, where the build fixes one.
    pub uid: Option<u32>,
    /// Its user passes every permission check, whatever is granted.
    pub holds_all: bool,
    /// Its shared user belongs to another signer: by Android's own rules the package is left out at boot. Names the package that owns the
    /// shared user.
    pub shared_user_of: Option<String>,
    /// What it holds from first boot, with the reason.
    pub granted: BTreeMap<String, Granted>,
    /// What it asks for and does not hold, with the reason.
    pub refused: BTreeMap<String, Refused>,
}

/// The rights of each of `packages`, in their order.
#[must_use]
pub fn grants(packages: &[PackageRights], policy: &Policy<'_>) -> Vec<Rights> {
    let owners = shared_user_owners(packages, policy);
    let by_path: BTreeMap<&str, &PackageRights> =
        packages.iter().map(|one| (one.path.as_str(), one)).collect();
    let mut out: Vec<Rights> = packages
        .iter()
        .map(|one| Decision { policy, by_path: &by_path, package: one, owners: &owners }.rights())
        .collect();
    share(packages, &mut out);
    out
}

/// The package that each shared user belongs to: the first that Android scans. The system user belongs to the platform key alone.
fn shared_user_owners<'p>(
    packages: &'p [PackageRights],
    policy: &Policy<'_>,
) -> BTreeMap<&'p str, &'p PackageRights> {
    let mut out: BTreeMap<&str, &PackageRights> = BTreeMap::new();
    for one in packages {
        let Some(user) = one.shared_user.as_deref() else { continue };
        if one.signers.is_empty() {
            continue;
        }
        let platform_user = user == "android.uid.system";
        if platform_user && policy.platform.is_some_and(|key| !key.is(&one.signers)) {
            continue;
        }
        let order = |package: &'p PackageRights| (partition::scan_rank(&package.path), &package.path);
        match out.get(user) {
            Some(first) if order(first) <= order(one) => {}
            _ => {
                out.insert(user, one);
            }
        }
    }
    out
}

/// Gives every package what the others of its shared user hold.
fn share(packages: &[PackageRights], rights: &mut [Rights]) {
    let mut held: BTreeMap<&str, BTreeMap<String, String>> = BTreeMap::new();
    for (package, own) in packages.iter().zip(rights.iter()) {
        let Some(user) = package.shared_user.as_deref() else { continue };
        let all = held.entry(user).or_default();
        for name in own.granted.keys() {
            all.entry(name.clone()).or_insert_with(|| package.package.clone());
        }
    }
    for (package, own) in packages.iter().zip(rights.iter_mut()) {
        let Some(all) = package.shared_user.as_deref().and_then(|user| held.get(user)) else { continue };
        if own.shared_user_of.is_some() {
            continue;
        }
        for (name, by) in all {
            own.refused.remove(name);
            own.granted.entry(name.clone()).or_insert_with(|| Granted::SharedUser(by.clone()));
        }
    }
}

/// Asked for, only targets below, brought along.
type KnownSplit = (&'static str, u32, &'static str);

/// Permissions that asking for another brings along before Android 10 wrote them into its configuration files
/// (`PackageParser.SPLIT_PERMISSIONS`).
const OLD_SPLITS: &[KnownSplit] = &[
    ("android.permission.WRITE_EXTERNAL_STORAGE", u32::MAX, "android.permission.READ_EXTERNAL_STORAGE"),
    ("android.permission.READ_CONTACTS", 16, "android.permission.READ_CALL_LOG"),
    ("android.permission.WRITE_CONTACTS", 16, "android.permission.WRITE_CALL_LOG"),
];

/// What `platform.xml` says since Android 10, for inputs of such a build that lack it.
const SPLITS_OF_10: &[KnownSplit] = &[
    ("android.permission.ACCESS_FINE_LOCATION", u32::MAX, "android.permission.ACCESS_COARSE_LOCATION"),
    ("android.permission.ACCESS_FINE_LOCATION", 29, "android.permission.ACCESS_BACKGROUND_LOCATION"),
    ("android.permission.ACCESS_COARSE_LOCATION", 29, "android.permission.ACCESS_BACKGROUND_LOCATION"),
    ("android.permission.READ_EXTERNAL_STORAGE", 29, "android.permission.ACCESS_MEDIA_LOCATION"),
];

/// What packages ask for without saying so when they target a release before Android 1.6
/// (`PackageParser.NEW_PERMISSIONS`).
const DONUT: [&str; 2] = ["android.permission.WRITE_EXTERNAL_STORAGE", "android.permission.READ_PHONE_STATE"];

/// Everything a package asks for: what its manifest says, and what that brings along by the splits of the build.
#[must_use]
pub fn requested(package: &PackageRights, splits: &[Split], sdk: Option<u32>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let explicit = package.requested.iter().map(String::as_str);
    let old = DONUT.into_iter().filter(|_| package.target() < 4);
    for name in explicit.chain(old) {
        if !out.iter().any(|known| known == name) {
            out.push(name.to_owned());
        }
    }
    // In the order of the lists, as the platform does it: what came along may bring more along.
    let mut bring = |asked: &str, below: Option<u32>, with: &str| {
        let has = |name: &str| out.iter().any(|known| known == name);
        if below.is_none_or(|below| package.target() < below) && has(asked) && !has(with) {
            out.push(with.to_owned());
        }
    };
    let missing = splits.is_empty() && sdk.is_some_and(|sdk| sdk >= 29);
    let known = if missing { SPLITS_OF_10 } else { &[] };
    for (asked, below, with) in OLD_SPLITS.iter().chain(known) {
        bring(asked, Some(*below), with);
    }
    for split in splits {
        for with in &split.with {
            bring(&split.permission, split.below_target, with);
        }
    }
    out
}

/// Packages that Android looks up by what they do; these are their names on every device that has not replaced them.
const INSTALLERS: [&str; 4] = [
    "com.android.packageinstaller",
    "com.google.android.packageinstaller",
    "com.android.permissioncontroller",
    "com.google.android.permissioncontroller",
];
const SETUP_WIZARDS: [&str; 2] = ["com.google.android.setupwizard", "com.android.provision"];

struct Decision<'a> {
    policy: &'a Policy<'a>,
    by_path: &'a BTreeMap<&'a str, &'a PackageRights>,
    package: &'a PackageRights,
    owners: &'a BTreeMap<&'a str, &'a PackageRights>,
}

impl Decision<'_> {
    fn rights(&self) -> Rights {
        let mut out = Rights { shared_user_of: self.foreign_owner(), ..Rights::default() };
        let uid = self.uid();
        if out.shared_user_of.is_none() {
            out.uid = uid;
            out.holds_all = uid.is_some_and(uid::holds_all);
        }
        for name in requested(self.package, &self.policy.configuration.splits, self.policy.sdk) {
            if out.shared_user_of.is_some() {
                out.refused.insert(name, Refused::NotInstalled);
                continue;
            }
            match self.decide(&name) {
                Ok(granted) => {
                    out.granted.insert(name, granted);
                }
                Err(refused) => {
                    out.refused.insert(name, refused);
                }
            }
        }
        out
    }

    fn uid(&self) -> Option<u32> {
        uid::of_shared_user(self.package.shared_user.as_deref()?, self.policy.sdk)
    }

    /// The owner of the shared user, when it is signed otherwise than this package.
    fn foreign_owner(&self) -> Option<String> {
        let user = self.package.shared_user.as_deref()?;
        if self.package.signers.is_empty() {
            return None;
        }
        if user == "android.uid.system"
            && let Some(key) = self.policy.platform
        {
            return (!key.is(&self.package.signers)).then(|| crate::permission::PLATFORM.to_owned());
        }
        let owner = self.owners.get(user)?;
        (!self.package.same_signers(&owner.signers)).then(|| owner.package.clone())
    }

    fn since(&self, level: u32) -> bool {
        self.policy.sdk.is_none_or(|sdk| sdk >= level)
    }

    fn decide(&self, name: &str) -> Result<Granted, Refused> {
        let declared = self.policy.permissions.get(name).ok_or(Refused::Undeclared)?;
        match declared.level.base {
            Base::Normal => Ok(Granted::Normal),
            Base::Dangerous => self.dangerous(name),
            Base::Signature | Base::Internal => self.signature(name, declared),
        }
    }

    fn dangerous(&self, name: &str) -> Result<Granted, Refused> {
        if !self.since(23) {
            return Ok(Granted::AtInstallation);
        }
        if self.package.target() < 23 {
            return Ok(Granted::OldTarget);
        }
        let platform_signed = self.policy.platform.is_some_and(|key| key.is(&self.package.signers));
        if self.uid().is_some_and(|uid| uid < uid::FIRST_APP)
            || self.package.privileged && self.package.persistent && platform_signed
        {
            return Ok(Granted::SystemComponent);
        }
        let exception = self.policy.configuration.default_grants.iter().find(|grant| {
            grant.package == self.package.package
                && grant.permission == name
                && grant.certificate.as_ref().is_none_or(|certificate| {
                    let plain: String = certificate.chars().filter(char::is_ascii_hexdigit).collect();
                    self.package.signers.iter().any(|signer| signer.to_string() == plain)
                })
        });
        match exception {
            Some(grant) if self.since(24) => Ok(Granted::DefaultPermission(grant.origin.clone())),
            _ => Err(Refused::AtRunTime),
        }
    }

    fn signature(&self, name: &str, declared: &Declared) -> Result<Granted, Refused> {
        let level = declared.level;
        let mut refused = match level.base {
            Base::Signature => match self.by_signer(declared) {
                Ok(granted) => return Ok(granted),
                Err(refused) => refused,
            },
            _ => Refused::OtherSigner,
        };
        if level.has(Flags::PRIVILEGED) && self.package.privileged {
            match self.privileged(name, declared) {
                Ok(granted) => return Ok(granted),
                Err(why) => refused = why,
            }
        }
        if let Some(granted) = self.by_flag(name, level) {
            return Ok(granted);
        }
        let specific = matches!(refused, Refused::OtherSigner);
        Err(match () {
            () if specific && level.has(Flags::ROLE) => Refused::Role,
            () if specific && level.has(Flags::APPOP) => Refused::AppOp,
            () if specific && level.has(Flags::DEVELOPMENT) => Refused::Development,
            () => refused,
        })
    }

    fn by_signer(&self, declared: &Declared) -> Result<Granted, Refused> {
        let own = &self.package.signers;
        let platform = self.policy.platform;
        if platform.is_some_and(|key| key.is(own)) {
            return Ok(Granted::PlatformSigner);
        }
        let unknown_declarer = match &declared.by {
            Declarer::Platform => platform.is_none(),
            Declarer::Package { package, path } => {
                if *path == self.package.path {
                    return Ok(Granted::SameSigner(package.clone()));
                }
                let signers = self.by_path.get(path.as_str()).map_or(&[][..], |one| one.signers.as_slice());
                if self.package.same_signers(signers) {
                    return Ok(Granted::SameSigner(package.clone()));
                }
                signers.is_empty()
            }
        };
        if own.is_empty() || unknown_declarer || platform.is_none() {
            return Err(Refused::UnknownSigner);
        }
        Err(Refused::OtherSigner)
    }

    fn privileged(&self, name: &str, declared: &Declared) -> Result<Granted, Refused> {
        let partition = partition::name(&self.package.path);
        let vendor = matches!(partition.as_str(), "vendor" | "odm");
        if vendor && self.since(28) && !declared.level.has(Flags::VENDOR_PRIVILEGED) {
            return Err(Refused::Vendor);
        }
        // The lists speak of the platform's permissions only, and not of the platform package itself.
        let listed = declared.is_platform() && self.package.package != crate::permission::PLATFORM;
        if !listed || self.policy.allow_list == AllowList::Off {
            return Ok(Granted::Privileged(None));
        }
        let listing = self.policy.configuration.listing(
            &self.package.package,
            &self.package.path,
            name,
            self.policy.sdk,
        );
        match (listing, self.policy.allow_list) {
            (Listing::Allowed(origin), _) => Ok(Granted::Privileged(Some(origin))),
            (Listing::Denied(origin), _) => Err(Refused::Denied(origin)),
            (Listing::Unlisted, AllowList::Enforced) => Err(Refused::NotListed),
            (Listing::Unlisted, _) => Ok(Granted::Privileged(None)),
        }
    }

    fn by_flag(&self, name: &str, level: Level) -> Option<Granted> {
        let package = self.package.package.as_str();
        let system = partition::role(&self.package.path) != Role::Plain;
        if level.has(Flags::OEM)
            && partition::name(&self.package.path) == "oem"
            && self.policy.configuration.oem.get(package).and_then(|list| list.get(name)) == Some(&true)
        {
            return Some(Granted::Oem);
        }
        if !self.since(23) {
            return None;
        }
        if level.has(Flags::PRE23) && self.package.target() < 23 {
            return Some(Granted::Pre23);
        }
        if level.has(Flags::PREINSTALLED) && system {
            return Some(Granted::Preinstalled);
        }
        if level.has(Flags::INSTALLER) && system && INSTALLERS.contains(&package) {
            return Some(Granted::Holder("package installer"));
        }
        if level.has(Flags::SETUP) && system && SETUP_WIZARDS.contains(&package) {
            return Some(Granted::Holder("set-up wizard"));
        }
        None
    }
}

#[cfg(test)]
#[path = "grants/tests.rs"]
mod tests;
