//! Executables, services and libraries outside packages.

use serde::{Deserialize, Serialize};

/// A native file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Native {
    /// Path on the device.
    pub path: String,
    /// Digest; `null` when an init service names a file that is not there.
    pub sha256: Option<String>,
    /// `executable`, `library`, `script`, `module` (of the kernel), `link` (kept as a text by the dump), `unknown`.
    pub kind: String,
    /// The user init starts it as.
    pub starts_as: Option<String>,
    /// What starts it: an init service with its file and line.
    pub started_by: Option<String>,
    /// Imported symbols.
    pub imports: Vec<String>,
    /// Set-user-id or set-group-id bit, or `null` when the container keeps no modes.
    pub setuid: Option<bool>,
}
