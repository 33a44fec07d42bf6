//! The identity of a firmware build.

use serde::{Deserialize, Serialize};

/// What the build says it is, from its property files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// `ro.build.fingerprint`.
    pub fingerprint: Option<String>,
    /// `ro.product.brand`.
    pub brand: Option<String>,
    /// `ro.product.model`.
    pub model: Option<String>,
    /// `ro.product.device`.
    pub device: Option<String>,
    /// `ro.build.version.release`.
    pub android: Option<String>,
    /// `ro.build.version.sdk`.
    pub sdk: Option<u32>,
    /// `ro.build.version.security_patch`.
    pub security_patch: Option<String>,
    /// `ro.build.date`, else `ro.build.date.utc` in RFC 3339.
    pub build_date: Option<String>,
    /// `ro.build.type`.
    pub build_type: Option<String>,
    /// `ro.build.tags`.
    pub tags: Option<String>,
    /// `ro.build.version.incremental`.
    pub incremental: Option<String>,
}
