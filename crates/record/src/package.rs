//! A pre-installed package: what Android would know of it.

use serde::{Deserialize, Serialize};

use crate::finding::RunsAs;
use crate::native::NativeCode;
use crate::shape::Shape;
use crate::words::DataKind;

/// One package, or code without one (`package` is then `null`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Package {
    /// Package name; `null` for an odex or JAR without a manifest.
    pub package: Option<String>,
    /// The label shown to the owner, in the default language.
    pub label: Option<String>,
    /// `versionName`.
    pub version_name: Option<String>,
    /// `versionCode` with its major part.
    pub version_code: Option<u64>,
    /// Path on the device.
    pub path: String,
    /// Digest of the file at `path`; `null` when it is not there (an odex whose APK is missing).
    pub sha256: Option<String>,
    /// `system`, `vendor`, `product` …
    pub partition: String,
    /// `app`, `priv-app`, `framework`, `overlay`, `plain` (an APK outside the known folders).
    pub kind: String,
    /// The user it will run as.
    pub runs_as: RunsAs,
    /// Installed in a `priv-app` folder.
    pub privileged: bool,
    /// `android:debuggable`.
    pub debuggable: bool,
    /// `android:persistent`: started at boot and kept alive.
    pub persistent: bool,
    /// `minSdkVersion`.
    pub min_sdk: Option<u32>,
    /// `targetSdkVersion`.
    pub target_sdk: Option<u32>,
    /// Signers, one entry a certificate and scheme.
    pub signer: Vec<Signer>,
    /// `uses-permission`.
    pub requested_permissions: Vec<String>,
    /// What the package holds from first boot on.
    pub granted_permissions: Vec<String>,
    /// `permission` elements.
    pub declared_permissions: Vec<DeclaredPermission>,
    /// Components of the manifest.
    pub components: Vec<Component>,
    /// Code, in the order the runtime would use it.
    pub code: Vec<Code>,
    /// Native libraries inside or beside the package.
    pub natives: Vec<PackageNative>,
    /// Data kinds that reachable code can read, for the overview.
    pub reads: Vec<DataKind>,
    /// What its code looks like whatever it is called; `null` where bodies were not read, and in records of before.
    #[serde(default)]
    pub shape: Option<Shape>,
}

/// A signer of a package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Signer {
    /// SHA-256 of the certificate.
    pub sha256: String,
    /// Subject of the certificate.
    pub subject: String,
    /// `v1`, `v2`, `v3`, `v3.1`.
    pub scheme: String,
    /// The same key as the build's platform key; `null` when the build has none to compare with.
    pub platform: Option<bool>,
    /// One of the keys published with AOSP: anybody can sign with it.
    pub test_key: bool,
    /// `valid`, `invalid`, `unverified`.
    pub verdict: String,
    /// Why.
    pub reason: String,
}

/// A permission that a package declares.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeclaredPermission {
    /// Its name.
    pub name: String,
    /// Protection level, flags joined by `|`.
    pub level: String,
}

/// A component of the manifest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Component {
    /// `activity`, `activity-alias`, `service`, `receiver`, `provider`.
    pub kind: String,
    /// Class name in dotted form.
    pub name: String,
    /// By the rules of the package's targetSdk.
    pub exported: bool,
    /// `android:enabled` of component and application.
    pub enabled: bool,
    /// The permission a caller needs, with its level in this build; for a provider the weaker of read and write.
    pub guard: Option<Guard>,
    /// Actions of its intent filters.
    pub actions: Vec<String>,
    /// Authorities of a provider.
    pub authorities: Vec<String>,
    /// `android:process`.
    pub process: Option<String>,
    /// Digest of what its class looks like whatever it is called; `null` where that is not known.
    #[serde(default)]
    pub shape: Option<String>,
}

/// A permission a caller needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Guard {
    /// Its name.
    pub permission: String,
    /// Its protection level over the whole build; `null` when nobody declares it.
    pub level: Option<String>,
}

/// One DEX (or a container of some).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Code {
    /// `dex`, `oat`, `vdex`, `cdex`.
    pub kind: String,
    /// Path of the file on the device.
    pub path: String,
    /// Entry inside it (`classes2.dex`, or the location string of an OAT's DEX).
    pub entry: String,
    /// Digest of the DEX bytes.
    pub sha256: String,
    /// Format version (`035`), of the OAT for `oat`.
    pub version: String,
    /// Class definitions.
    pub classes: u32,
    /// Methods with code.
    pub methods: u32,
    /// Instructions; `null` at depth inventory, where bodies are not read.
    pub instructions: Option<u64>,
    /// Quickened methods and what became of them.
    pub quick: Quick,
    /// Whether this copy was analysed (the others are compared with it).
    pub analysed: bool,
    /// Problem codes with their number.
    pub problems: Vec<CodeProblem>,
}

/// Methods with quickened instructions; `null` at depth inventory, where bodies are not read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quick {
    /// Restored completely.
    pub exact: Option<u32>,
    /// Some instruction could not be restored.
    pub not_restorable: Option<u32>,
    /// Restored, but unlike the APK's copy of the same method.
    pub wrong: Option<u32>,
    /// Classes whose absence prevented restoring, sorted.
    pub missing_classes: Vec<String>,
}

/// A kind of problem in a DEX.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CodeProblem {
    /// Problem code.
    pub code: String,
    /// How often.
    pub count: u32,
}

/// A native library of a package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PackageNative {
    /// Path on the device, or `apk!lib/arm64-v8a/libx.so`.
    pub path: String,
    /// Digest.
    pub sha256: String,
    /// Imported symbols.
    pub imports: Vec<String>,
    /// What running its code showed; `null` when it was not run.
    pub code: Option<NativeCode>,
}
