//! Intent filters.

use super::reading::Reading;
use crate::attribute::{self, AttributeName};
use crate::xml::XmlElement;

/// `intent-filter`. Android matches the data elements of a filter together: any scheme with any host with any path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntentFilter {
    /// Actions, in the manifest's order.
    pub actions: Vec<String>,
    /// Categories, in the manifest's order.
    pub categories: Vec<String>,
    /// Data elements, in the manifest's order.
    pub data: Vec<DataSpec>,
    /// `android:priority`.
    pub priority: i32,
    /// `android:autoVerify`: hosts are checked against a file on their web server.
    pub auto_verify: bool,
}

/// `data` of an intent filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataSpec {
    /// `android:scheme`.
    pub scheme: Option<String>,
    /// `android:host`.
    pub host: Option<String>,
    /// `android:port`.
    pub port: Option<String>,
    /// `android:path`.
    pub path: Option<String>,
    /// `android:pathPrefix`.
    pub path_prefix: Option<String>,
    /// `android:pathPattern`.
    pub path_pattern: Option<String>,
    /// `android:pathAdvancedPattern`.
    pub path_advanced_pattern: Option<String>,
    /// `android:pathSuffix`.
    pub path_suffix: Option<String>,
    /// `android:ssp`: the part behind the scheme as a whole.
    pub ssp: Option<String>,
    /// `android:sspPrefix`.
    pub ssp_prefix: Option<String>,
    /// `android:sspPattern`.
    pub ssp_pattern: Option<String>,
    /// `android:mimeType`.
    pub mime: Option<String>,
}

impl Reading<'_> {
    pub(super) fn intent_filter(&self, element: &XmlElement) -> IntentFilter {
        let mut filter = IntentFilter {
            priority: self.integer(element, attribute::PRIORITY).unwrap_or(0) as i32,
            auto_verify: self.flag(element, attribute::AUTO_VERIFY).unwrap_or(false),
            ..IntentFilter::default()
        };
        for child in &element.children {
            match child.name.as_str() {
                "action" => filter.actions.extend(self.name(child)),
                "category" => filter.categories.extend(self.name(child)),
                "data" => filter.data.push(self.data_spec(child)),
                _ => {}
            }
        }
        filter
    }

    fn data_spec(&self, element: &XmlElement) -> DataSpec {
        let text = |attribute: AttributeName| self.text(element, attribute);
        DataSpec {
            scheme: text(attribute::SCHEME),
            host: text(attribute::HOST),
            port: text(attribute::PORT),
            path: text(attribute::PATH),
            path_prefix: text(attribute::PATH_PREFIX),
            path_pattern: text(attribute::PATH_PATTERN),
            path_advanced_pattern: text(attribute::PATH_ADVANCED_PATTERN),
            path_suffix: text(attribute::PATH_SUFFIX),
            ssp: text(attribute::SSP),
            ssp_prefix: text(attribute::SSP_PREFIX),
            ssp_pattern: text(attribute::SSP_PATTERN),
            mime: text(attribute::MIME_TYPE),
        }
    }
}
