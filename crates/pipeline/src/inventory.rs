//! The inventory: what each artefact is, before rights are settled and code is read.

use overt_apk::apk::{Apk, NetworkConfigFile};
use overt_apk::manifest::Manifest;
use overt_apk::signing::{self, Platform, Signatures};
use overt_base::{Cx, Digest, Locus};
use overt_container::{DeviceFile, DeviceTree};
use overt_device::partition;
use overt_record::Package;
use overt_record::finding::RunsAs;
use overt_record::package::{Component, DeclaredPermission, PackageNative, Signer};

use crate::artifact::{Artifact, ArtifactKind};
use crate::reuse::Reuse;

/// One package entry in the making.
pub(crate) struct Draft {
    pub artifact: Artifact,
    /// Where the main file lies.
    pub locus: Locus,
    /// The record's entry; rights, code and natives are filled in by later stages.
    pub package: Package,
    /// The opened archive.
    pub apk: Option<Apk>,
    /// Its network security configuration.
    pub network_config: Option<NetworkConfigFile>,
    /// What signs it.
    pub signatures: Signatures,
    /// The main file could not be read as what it should be.
    pub incomplete: bool,
}

impl Draft {
    pub(crate) fn manifest(&self) -> Option<&Manifest> {
        self.apk.as_ref()?.manifest.as_ref()
    }

    /// A name that the next build keeps.
    pub(crate) fn identity(&self) -> String {
        match &self.package.package {
            Some(name) => name.clone(),
            None => {
                let file = self.artifact.path.rsplit('/').next().unwrap_or(&self.artifact.path);
                let stem = file.split_once('.').map_or(file, |(stem, _)| stem);
                format!("file:{stem}")
            }
        }
    }
}

fn blank(artifact: &Artifact) -> Package {
    let role = partition::role(&artifact.path);
    Package {
        package: None,
        label: None,
        version_name: None,
        version_code: None,
        path: artifact.path.clone(),
        sha256: None,
        partition: partition::name(&artifact.path),
        kind: role.as_str().to_owned(),
        runs_as: RunsAs::default(),
        privileged: false,
        debuggable: false,
        persistent: false,
        min_sdk: None,
        target_sdk: None,
        signer: Vec::new(),
        requested_permissions: Vec::new(),
        granted_permissions: Vec::new(),
        declared_permissions: Vec::new(),
        components: Vec::new(),
        code: Vec::new(),
        natives: Vec::new(),
        reads: Vec::new(),
        shape: None,
    }
}

/// Reads the main file of `artifact`.
/// `run_natives`: whether the code of native libraries is run in the sandbox, too.
pub(crate) fn take(
    artifact: Artifact,
    tree: &DeviceTree,
    sdk: Option<u32>,
    run_natives: bool,
    reuse: Option<&Reuse<'_>>,
    cx: &Cx<'_>,
) -> Draft {
    let mut package = blank(&artifact);
    let Some(file) = tree.get(&artifact.path) else {
        return Draft {
            artifact,
            locus: Locus::input(),
            package,
            apk: None,
            network_config: None,
            signatures: Signatures::default(),
            incomplete: true,
        };
    };
    let locus = file.locus.clone();
    let bytes = match file.read(cx) {
        Ok(bytes) => bytes,
        Err(error) => {
            cx.problems.report(
                &locus,
                "pipeline/unreadable",
                error.to_string(),
                "the package is listed by its path only",
            );
            return Draft {
                artifact,
                locus,
                package,
                apk: None,
                network_config: None,
                signatures: Signatures::default(),
                incomplete: true,
            };
        }
    };
    package.sha256 = Some(Digest::of(&bytes).to_string());
    let mut apk = None;
    let mut network_config = None;
    let mut signatures = Signatures::default();
    let mut incomplete = false;
    match artifact.kind {
        ArtifactKind::Apk | ArtifactKind::Jar => {
            match Apk::open_for(bytes.clone(), &locus, overt_apk::resource_table::Device { sdk }, cx) {
                Ok(opened) => {
                    incomplete = artifact.kind == ArtifactKind::Apk && opened.manifest.is_none();
                    if let Some(manifest) = &opened.manifest {
                        describe(&mut package, manifest);
                    }
                    if artifact.kind == ArtifactKind::Apk {
                        signatures = signing::verify(opened.archive(), Platform(sdk), cx);
                        package.signer = signers(&signatures);
                    }
                    network_config = opened.network_config(cx);
                    package.natives = natives(&artifact, file, &opened, tree, run_natives, reuse, cx);
                    apk = Some(opened);
                }
                Err(error) => {
                    cx.problems.report(
                        &locus,
                        "apk/not-an-archive",
                        error.0.to_string(),
                        "the package is listed by its path only",
                    );
                    incomplete = true;
                }
            }
        }
        ArtifactKind::Dex | ArtifactKind::Orphan => {}
    }
    if artifact.kind == ArtifactKind::Orphan {
        incomplete = true;
        cx.problems.report(
            &locus,
            "pipeline/package-file-missing",
            "compiled code is here, the APK or JAR that it was made from is not",
            "there is no manifest: name, rights, components and signer of this package are unknown",
        );
    }
    Draft { artifact, locus, package, apk, network_config, signatures, incomplete }
}

fn describe(package: &mut Package, manifest: &Manifest) {
    package.package = Some(manifest.package.clone());
    package.label.clone_from(&manifest.label);
    package.version_name.clone_from(&manifest.version_name);
    package.version_code = Some(manifest.version_code);
    package.runs_as.shared_user.clone_from(&manifest.shared_user_id);
    package.debuggable = manifest.debuggable;
    package.persistent = manifest.persistent;
    package.min_sdk = manifest.min_sdk;
    package.target_sdk = Some(manifest.effective_target_sdk());
    package.requested_permissions = sorted(manifest.uses_permissions.iter().map(|used| used.name.clone()));
    package.declared_permissions = sorted(manifest.permissions.iter().map(|declared| DeclaredPermission {
        name: declared.name.clone(),
        level: declared.protection_level.clone(),
    }));
    package.components = manifest
        .components
        .iter()
        .map(|component| Component {
            kind: component.kind.as_str().to_owned(),
            name: component.name.clone(),
            exported: component.exported,
            enabled: component.enabled,
            guard: None,
            actions: component.actions().into_iter().map(str::to_owned).collect(),
            authorities: component.authorities.clone(),
            process: component.process.clone(),
            shape: None,
        })
        .collect();
    package.components.sort();
}

fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = items.collect();
    all.sort();
    all.dedup();
    all
}

/// The record's entries for everything that signs the archive; whose key is the platform's is settled later.
fn signers(signatures: &Signatures) -> Vec<Signer> {
    let mut all: Vec<Signer> = signatures
        .signers
        .iter()
        .map(|signer| Signer {
            sha256: signer.certificate_sha256.to_string(),
            subject: signer.subject.clone(),
            scheme: signer.scheme.as_str().to_owned(),
            platform: None,
            test_key: signer.aosp_test_key().is_some(),
            verdict: signer.verdict.as_str().to_owned(),
            reason: signer.reason.clone(),
        })
        .collect();
    all.sort();
    all
}

/// Libraries inside the archive, and those that the build unpacked beside it (`lib/<abi>/`).
fn natives(
    artifact: &Artifact,
    file: &DeviceFile,
    apk: &Apk,
    tree: &DeviceTree,
    run: bool,
    reuse: Option<&Reuse<'_>>,
    cx: &Cx<'_>,
) -> Vec<PackageNative> {
    let native = |path: String, bytes: &[u8], locus: &Locus| PackageNative {
        path,
        sha256: Digest::of(bytes).to_string(),
        imports: overt_device::native::elf::read(bytes, locus, cx).map(|elf| elf.imports).unwrap_or_default(),
        code: run.then(|| crate::native::code(bytes, locus, reuse, cx)).flatten(),
    };
    let mut found = Vec::new();
    for library in apk.native_libraries() {
        let path = format!("{}!{}", artifact.path, library.entry.name);
        match apk.archive().read(library.entry, cx) {
            Ok(bytes) => found.push(native(path, &bytes, &file.locus.child(&library.entry.name))),
            Err(error) => cx.problems.report(
                &file.locus.child(&library.entry.name),
                "apk/entry-unreadable",
                error.to_string(),
                "the native library is not listed",
            ),
        }
    }
    if let Some((folder, _)) = artifact.path.rsplit_once('/') {
        let libraries = format!("{folder}/lib");
        for beside in tree.below(&libraries) {
            if beside.path.ends_with(".so")
                && beside.link.is_none()
                && let Ok(bytes) = beside.read(cx)
            {
                found.push(native(beside.path.clone(), &bytes, &beside.locus));
            }
        }
    }
    found.sort();
    found
}
