//! Glue between the tree and what `device` knows: the phone around the packages, and who may do what on it.

use std::collections::BTreeSet;

use overt_apk::manifest::Manifest;
use overt_apk::signing::Verdict;
use overt_base::{Cx, View};
use overt_catalogue::Catalogue;
use overt_container::DeviceTree;
use overt_detect::BuildProperties;
use overt_detect::entry::component_guard;
use overt_device as device;
use overt_device::grants::{AllowList, Policy, Refused};
use overt_device::init::{self, Init};
use overt_device::permission::{Declaration, Level, Permissions};
use overt_device::platform_key::PlatformKey;
use overt_device::rights::PackageRights;
use overt_device::sysconfig::{self, SystemConfig};
use overt_device::{File, Files, Properties, identity, native, partition, properties};
use overt_record::package::Guard;
use overt_record::{Build, Finding, Native, Package};
use rayon::prelude::*;

use crate::inventory::Draft;
use crate::reuse::Reuse;

/// The phone around the packages.
pub(crate) struct Device {
    properties: Properties,
    build: Build,
    init: Init,
    configuration: SystemConfig,
}

impl Device {
    /// Reads properties and init scripts.
    pub(crate) fn read(tree: &DeviceTree, cx: &Cx<'_>) -> Device {
        let wanted = |path: &str| {
            properties::is_property_file(path) || init::is_script(path) || sysconfig::is_configuration(path)
        };
        let read: Vec<(&overt_container::DeviceFile, View)> = tree
            .files()
            .iter()
            .filter(|file| file.link.is_none() && wanted(&file.path))
            .filter_map(|file| Some((file, file.read(cx).ok()?)))
            .collect();
        let files = Files::new(read.iter().map(|(file, bytes)| File {
            path: &file.path,
            bytes,
            locus: file.locus.clone(),
            mode: file.mode.map(u32::from),
        }));
        let properties = properties::read(&files, cx);
        let build = identity::identity(&properties);
        let init = init::read(&files, &properties, cx);
        let configuration = sysconfig::read(&files, &properties, cx);
        Device { properties, build, init, configuration }
    }

    pub(crate) fn sdk(&self) -> Option<u32> {
        self.properties.sdk()
    }

    pub(crate) fn build(&self) -> &Build {
        &self.build
    }

    pub(crate) fn build_properties(&self) -> BuildProperties {
        let is = |name: &str, value: &str| self.properties.get(name) == Some(value);
        BuildProperties {
            debuggable: is("ro.debuggable", "1"),
            insecure_adb: is("ro.secure", "0") || is("ro.adb.secure", "0"),
        }
    }

    /// Executables, scripts and libraries outside packages, and what init makes of them.
    /// `run`: whether their code is run in the sandbox.
    pub(crate) fn natives(
        &self,
        tree: &DeviceTree,
        run: bool,
        reuse: Option<&Reuse<'_>>,
        cx: &Cx<'_>,
    ) -> Vec<Native> {
        let files: Vec<&overt_container::DeviceFile> = tree
            .files()
            .iter()
            .filter(|file| file.link.is_none() && native::belongs(&file.path, &self.init))
            .collect();
        let mut natives: Vec<Native> = files
            .into_par_iter()
            .filter_map(|file| {
                let bytes = file.read(cx).ok()?;
                let file = File {
                    path: &file.path,
                    bytes: &bytes,
                    locus: file.locus.clone(),
                    mode: file.mode.map(u32::from),
                };
                let mut native = native::record(&file, &self.init, cx);
                if run {
                    native.code = crate::native::code(file.bytes, &file.locus, reuse, cx);
                }
                Some(native)
            })
            .collect();
        natives.extend(native::missing(&self.init, |path| tree.get(path).is_some()));
        natives
    }

    /// What the record says of the build as a whole.
    pub(crate) fn findings(&self, catalogue: &Catalogue) -> Vec<Finding> {
        let locus = "input";
        crate::scan::build_findings(catalogue, &self.build, self.build_properties(), locus)
    }
}

/// Who may do what.
pub(crate) struct Rights {
    permissions: Permissions,
    platform: Option<PlatformKey>,
    /// By draft; `None` for drafts without a manifest.
    of: Vec<Option<device::Rights>>,
    /// What each draft holds or may ask the owner for.
    may: Vec<BTreeSet<String>>,
    privileged: Vec<bool>,
    /// Drafts with a shared user of which other packages may be missing from the input.
    users_in_part: BTreeSet<usize>,
    protected: BTreeSet<String>,
}

/// The package of the platform's own resources, whose manifest declares what only the system may do.
const PLATFORM: &str = "android";

/// Settles uids, protection levels and grants over all packages.
pub(crate) fn settle(catalogue: &Catalogue, device: &Device, drafts: &[Draft], tree: &DeviceTree) -> Rights {
    let sdk = device.sdk();
    let facts: Vec<Option<PackageRights>> = drafts.iter().map(|draft| facts(draft, sdk)).collect();
    let permissions = Permissions::merge(facts.iter().flatten().flat_map(declarations), sdk);
    let packages: Vec<PackageRights> = facts.iter().flatten().cloned().collect();
    let platform = PlatformKey::find(&packages);
    let policy = Policy {
        sdk,
        permissions: &permissions,
        configuration: &device.configuration,
        platform: platform.as_ref(),
        allow_list: AllowList::of(&device.properties),
    };
    let mut settled = device::grants(&packages, &policy).into_iter();
    let of: Vec<Option<device::Rights>> =
        facts.iter().map(|facts| facts.as_ref().and_then(|_| settled.next())).collect();
    let may = of
        .iter()
        .map(|rights| {
            let Some(rights) = rights else { return BTreeSet::new() };
            let later = rights.refused.iter().filter(|(_, why)| {
                matches!(why, Refused::AtRunTime | Refused::AppOp | Refused::Role | Refused::UnknownSigner)
            });
            rights.granted.keys().chain(later.map(|(name, _)| name)).cloned().collect()
        })
        .collect();
    let privileged = facts.iter().map(|facts| facts.as_ref().is_some_and(|facts| facts.privileged)).collect();
    let manifests = drafts.iter().filter_map(|draft| draft.manifest());
    let mut protected: BTreeSet<String> =
        manifests.clone().flat_map(|manifest| manifest.protected_broadcasts.iter().cloned()).collect();
    if !manifests.clone().any(|manifest| manifest.package == PLATFORM) {
        // Which they are here is not known: those of every Android.
        protected.extend(catalogue.entry_points().platform.protected().map(str::to_owned));
    }
    let whole = holds_every_package(&facts, tree);
    let shares = |facts: &Option<PackageRights>| facts.as_ref().is_some_and(|one| one.shared_user.is_some());
    let shared = facts.iter().enumerate().filter(|(_, facts)| !whole && shares(facts));
    let users_in_part = shared.map(|(number, _)| number).collect();
    Rights { permissions, platform, of, may, privileged, users_in_part, protected }
}

/// Are all packages of the build in the input? So says a listing from which none is missing; without one, the platform's own
/// package stands for a whole system.
fn holds_every_package(facts: &[Option<PackageRights>], tree: &DeviceTree) -> bool {
    let is_package =
        |path: &str| path.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case("apk"));
    !tree.missing.iter().any(|missing| is_package(&missing.path))
        && (tree.listing.is_some()
            || facts.iter().flatten().any(|one| one.package == overt_device::permission::PLATFORM))
}

/// The facts of a package that grants depend on.
fn facts(draft: &Draft, sdk: Option<u32>) -> Option<PackageRights> {
    let manifest = draft.manifest()?;
    let scheme = draft.signatures.checked_by(sdk.unwrap_or(u32::MAX));
    let counted: Vec<_> = draft.signatures.signers.iter().filter(|s| Some(s.scheme) == scheme).collect();
    Some(PackageRights {
        package: manifest.package.clone(),
        path: draft.artifact.path.clone(),
        privileged: partition::role(&draft.artifact.path).is_privileged(sdk),
        persistent: manifest.persistent,
        signers: counted.iter().map(|signer| signer.certificate_sha256).collect(),
        verified: !counted.is_empty() && counted.iter().all(|signer| signer.verdict == Verdict::Valid),
        shared_user: manifest.shared_user_id.clone(),
        requested: manifest
            .uses_permissions
            .iter()
            .filter(|used| used.counts_on(sdk))
            .map(|used| used.name.clone())
            .collect(),
        declared: manifest
            .permissions
            .iter()
            .map(|declared| (declared.name.clone(), Level::from_bits(declared.protection_flags)))
            .collect(),
        target_sdk: Some(manifest.effective_target_sdk()),
    })
}

fn declarations(facts: &PackageRights) -> Vec<Declaration> {
    let declared = facts.declared.iter().map(|(permission, level)| Declaration {
        permission: permission.clone(),
        level: *level,
        package: facts.package.clone(),
        path: facts.path.clone(),
    });
    declared.collect()
}

impl Rights {
    /// Protection level of a permission in this build; `None` when nobody declares it.
    pub(crate) fn level(&self, permission: &str) -> Option<String> {
        self.permissions.level(permission).map(|level| level.to_string())
    }

    /// Everything that the build says of permissions and protected broadcasts, as a text to compare.
    pub(crate) fn levels(&self) -> String {
        format!("{:?} {:?}", self.permissions, self.protected)
    }

    /// Broadcasts that only the system may send.
    pub(crate) fn protected(&self) -> &BTreeSet<String> {
        &self.protected
    }

    /// Fills in what the build gives to the package.
    pub(crate) fn apply(&self, number: usize, manifest: Option<&Manifest>, package: &mut Package) {
        for signer in &mut package.signer {
            signer.platform = self
                .platform
                .as_ref()
                .map(|key| key.signers.iter().any(|digest| digest.to_string() == signer.sha256));
        }
        let level_of = |permission: &str| self.level(permission);
        for component in manifest.map_or(&[][..], |manifest| &manifest.components) {
            let Some(guard) = component_guard(component, &level_of) else { continue };
            let twin = package
                .components
                .iter_mut()
                .find(|one| one.kind == component.kind.as_str() && one.name == component.name);
            if let Some(twin) = twin {
                twin.guard = Some(Guard { permission: guard.permission, level: guard.level });
            }
        }
        package.privileged = self.privileged.get(number).copied().unwrap_or(false);
        if let Some(Some(rights)) = self.of.get(number) {
            package.runs_as.uid = rights.uid;
            package.granted_permissions = rights.granted.keys().cloned().collect();
        }
    }

    /// What the package holds from first boot, or may be given by the owner later.
    pub(crate) fn permissions(&self, number: usize) -> &BTreeSet<String> {
        static NONE: BTreeSet<String> = BTreeSet::new();
        self.may.get(number).unwrap_or(&NONE)
    }

    /// May its shared user hold more than the packages of the input give it?
    pub(crate) fn user_in_part(&self, number: usize) -> bool {
        self.users_in_part.contains(&number)
    }

    pub(crate) fn holds_all(&self, number: usize) -> bool {
        self.of.get(number).is_some_and(|rights| rights.as_ref().is_some_and(|rights| rights.holds_all))
    }
}
