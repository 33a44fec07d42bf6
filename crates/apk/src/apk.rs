//! An APK or JAR opened.

use overt_base::{Cx, Locus, View};
use overt_container::NotThis;
use overt_container::zip::{Archive, Entry};

use crate::layout::{self, Layouts};
use crate::manifest::{Manifest, Unreadable};
use crate::network_config::NetworkConfig;
use crate::resource_table::{Device, ResourceTable};
use crate::xml::{NotXml, XmlDocument};

const MANIFEST: &str = "AndroidManifest.xml";
const RESOURCES: &str = "resources.arsc";

/// Why a file is no APK or JAR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotApk(pub NotThis);

/// An archive with, perhaps, a manifest.
#[derive(Debug)]
pub struct Apk {
    archive: Archive,
    resources: Option<ResourceTable>,
    device: Device,
    /// What the manifest says; `None` for JARs, and with a problem when it cannot be read.
    pub manifest: Option<Manifest>,
}

/// A native library inside the archive.
#[derive(Clone, Copy, Debug)]
pub struct NativeLibrary<'a> {
    /// Instruction set folder: `arm64-v8a`, `armeabi-v7a` …
    pub abi: &'a str,
    /// File name, `libx.so`.
    pub file: &'a str,
    /// The archive's entry.
    pub entry: &'a Entry,
}

impl Apk {
    /// Opens an archive and reads its manifest, resources being chosen as the newest platform would choose them.
    ///
    /// # Errors
    /// [`NotApk`] when the bytes are no ZIP archive.
    pub fn open(view: View, locus: &Locus, cx: &Cx<'_>) -> Result<Apk, NotApk> {
        Apk::open_for(view, locus, Device::default(), cx)
    }

    /// As [`Apk::open`], with resources chosen for a device: an app may switch its components on and off by platform
    /// version (`android:enabled="@bool/…"`).
    ///
    /// # Errors
    /// [`NotApk`] when the bytes are no ZIP archive.
    pub fn open_for(view: View, locus: &Locus, device: Device, cx: &Cx<'_>) -> Result<Apk, NotApk> {
        let archive = Archive::open(view, locus, cx).map_err(NotApk)?;
        let resources = open_resources(&archive, cx);
        let manifest = read_manifest(&archive, resources.as_ref(), device, cx);
        Ok(Apk { archive, resources, device, manifest })
    }

    /// The archive.
    #[must_use]
    pub fn archive(&self) -> &Archive {
        &self.archive
    }

    /// `resources.arsc`, when there is one that can be read.
    #[must_use]
    pub fn resources(&self) -> Option<&ResourceTable> {
        self.resources.as_ref()
    }

    /// The DEX files that the runtime would load, in its order: `classes.dex`, then `classes2.dex` and so on until a
    /// number is missing (`DexFileLoader::GetMultiDexClassesDexName`).
    #[must_use]
    pub fn dex_entries(&self) -> Vec<&Entry> {
        let names = std::iter::once("classes.dex".to_owned())
            .chain((2u32..).map(|number| format!("classes{number}.dex")));
        names.map_while(|name| self.archive.find(&name)).collect()
    }

    /// Entries that look like DEX files by name but that the runtime does not load by itself, in the archive's order.
    #[must_use]
    pub fn unloaded_dex_entries(&self) -> Vec<&Entry> {
        let loaded: Vec<&str> = self.dex_entries().iter().map(|entry| entry.name.as_str()).collect();
        self.archive
            .entries()
            .iter()
            .filter(|entry| entry.name.ends_with(".dex") && !loaded.contains(&entry.name.as_str()))
            .collect()
    }

    /// Native libraries at the place where the installer and the linker look: `lib/<abi>/*.so`.
    #[must_use]
    pub fn native_libraries(&self) -> Vec<NativeLibrary<'_>> {
        self.archive
            .entries()
            .iter()
            .filter_map(|entry| {
                let (abi, file) = entry.name.strip_prefix("lib/")?.split_once('/')?;
                (file.ends_with(".so") && !file.contains('/')).then_some(NativeLibrary { abi, file, entry })
            })
            .collect()
    }

    /// Facts from layouts, menus and preference screens. Reads all of them on every call.
    #[must_use]
    pub fn layouts(&self, cx: &Cx<'_>) -> Layouts {
        let mut layouts = Layouts::default();
        for entry in self.archive.entries().iter().filter(|entry| layout::is_candidate(&entry.name)) {
            match self.archive.read(entry, cx) {
                Ok(bytes) => layouts.add(&entry.name, &bytes, self.resources.as_ref(), self.device),
                Err(_) => layouts.unreadable.push(entry.name.clone()),
            }
        }
        if let Some(first) = layouts.unreadable.first() {
            cx.problems.report(
                self.archive.locus(),
                "apk/layouts-unreadable",
                format!(
                    "{} files under res/ are no binary XML, the first is {first:?}",
                    layouts.unreadable.len()
                ),
                "code that only they name is not counted as reachable",
            );
        }
        layouts
    }

    /// The XML file that a resource id stands for, such as `android:networkSecurityConfig`, with the name of its entry;
    /// `None` when the id leads to no entry of the archive.
    #[must_use]
    pub fn xml_resource(&self, id: u32, cx: &Cx<'_>) -> Option<(&str, Result<XmlDocument, NotXml>)> {
        let path = self.resources.as_ref()?.text(id, self.device)?;
        let entry = self.archive.find(&path)?;
        let document = match self.archive.read(entry, cx) {
            Ok(bytes) => XmlDocument::read(&bytes, cx.limits),
            Err(error) => Err(NotXml(error.to_string())),
        };
        Some((&entry.name, document))
    }

    /// The network security configuration that the manifest names; `None` when it names none, and with a problem when
    /// what it names cannot be read.
    #[must_use]
    pub fn network_config(&self, cx: &Cx<'_>) -> Option<NetworkConfigFile> {
        let id = self.manifest.as_ref()?.network_security_config?;
        let missing = || NotXml(format!("resource {id:#010x} leads to no file of the package"));
        let (entry, document) = self.xml_resource(id, cx).unwrap_or_else(|| ("", Err(missing())));
        match document {
            Ok(document) => {
                Some(NetworkConfigFile { entry: entry.to_owned(), config: NetworkConfig::read(&document) })
            }
            Err(NotXml(why)) => {
                cx.problems.report(
                    &self.archive.locus().child(MANIFEST),
                    "apk/network-config-unreadable",
                    why,
                    "whether it allows connections without encryption is not known",
                );
                None
            }
        }
    }
}

/// The network security configuration, with the entry that it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkConfigFile {
    /// Name of the entry.
    pub entry: String,
    /// What it says.
    pub config: NetworkConfig,
}

fn open_resources(archive: &Archive, cx: &Cx<'_>) -> Option<ResourceTable> {
    let entry = archive.find(RESOURCES)?;
    let locus = archive.locus().child(RESOURCES);
    let consequence =
        "references into it cannot be resolved: labels are missing, attributes have their defaults";
    let bytes = match archive.read(entry, cx) {
        Ok(bytes) => bytes,
        Err(error) => {
            cx.problems.report(&locus, "resources/unreadable", error.to_string(), consequence);
            return None;
        }
    };
    match ResourceTable::open(bytes) {
        Ok(table) => {
            if let Some(trouble) = table.trouble() {
                cx.problems.report(&locus, "resources/damaged", trouble, "what lies before was read");
            }
            Some(table)
        }
        Err(error) => {
            cx.problems.report(&locus, "resources/unreadable", error.0, consequence);
            None
        }
    }
}

fn read_manifest(
    archive: &Archive,
    resources: Option<&ResourceTable>,
    device: Device,
    cx: &Cx<'_>,
) -> Option<Manifest> {
    let entry = archive.find(MANIFEST)?;
    let locus = archive.locus().child(MANIFEST);
    let read = match archive.read(entry, cx) {
        Ok(bytes) => Manifest::read(&bytes, resources, device, &locus, cx),
        Err(error) => Err(Unreadable(error.to_string())),
    };
    match read {
        Ok(manifest) => Some(manifest),
        Err(Unreadable(why)) => {
            cx.problems.report(
                &locus,
                "manifest/unreadable",
                why,
                "the package has no name, permissions or components here; its code is still looked at",
            );
            None
        }
    }
}
