//! What Android looks at when it decides on a package's permissions: plain facts, gathered by whoever has the package.

use overt_base::Digest;

use crate::permission::Level;

/// The facts of one installed package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackageRights {
    /// Its name.
    pub package: String,
    /// Where it lies on the device: says partition and role.
    pub path: String,
    /// Whether it is privileged; see [`crate::Role::is_privileged`].
    pub privileged: bool,
    /// `android:persistent`.
    pub persistent: bool,
    /// SHA-256 of the certificates it is signed with, in any order; empty when unknown.
    pub signers: Vec<Digest>,
    /// A signature was verified against the content. Android trusts what lies on the system partitions without that, so it plays no part in grants.
    pub verified: bool,
    /// `sharedUserId`.
    pub shared_user: Option<String>,
    /// `uses-permission`.
    pub requested: Vec<String>,
    /// `permission` elements.
    pub declared: Vec<(String, Level)>,
    /// `targetSdkVersion`, or `minSdkVersion` where it is absent; `None` counts as 1, as it does for Android.
    pub target_sdk: Option<u32>,
}

impl PackageRights {
    /// Whether two packages are signed by the same certificates (`compareSignatures`): the same set, and not an empty one.
    #[must_use]
    pub fn same_signers(&self, other: &[Digest]) -> bool {
        same(&self.signers, other)
    }

    /// The release it targets.
    #[must_use]
    pub fn target(&self) -> u32 {
        self.target_sdk.unwrap_or(1)
    }
}

pub(crate) fn same(one: &[Digest], other: &[Digest]) -> bool {
    !one.is_empty()
        && one.iter().all(|digest| other.contains(digest))
        && other.iter().all(|digest| one.contains(digest))
}
