//! `res/xml/…` named by `android:networkSecurityConfig`: what it says about connections without encryption.
//!
//! By `android.security.net.config.XmlConfigSource`. From Android 7 on, a package that has such a file is judged by it
//! alone: `android:usesCleartextTraffic` is not looked at any more (`ManifestConfigSource`).

use crate::xml::{XmlDocument, XmlElement};

/// First target (Android 9) for which cleartext is forbidden unless something allows it.
const FORBIDDEN_SINCE: u32 = 28;

/// Domains that lead back to the phone.
const LOOPBACK: &[&str] = &["localhost", "127.0.0.1", "::1"];

/// What a configuration says about connections without encryption.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkConfig {
    /// `base-config`: what holds for hosts that nothing else is said of; `None` leaves it to the target.
    pub base_cleartext: Option<bool>,
    /// Domains for which a `domain-config` allows it, sorted; never the phone itself.
    pub cleartext_domains: Vec<String>,
}

impl NetworkConfig {
    /// Reads a configuration.
    #[must_use]
    pub fn read(document: &XmlDocument) -> NetworkConfig {
        let mut config = NetworkConfig::default();
        if document.root.name != "network-security-config" {
            return config;
        }
        for base in document.root.children_named("base-config") {
            config.base_cleartext = config.base_cleartext.or(permits(base));
        }
        // `debug-overrides` can add trust, but not cleartext. Configurations of domains lie in each other; depth is
        // limited by the document.
        let mut open: Vec<(&XmlElement, Option<bool>)> =
            document.root.children_named("domain-config").map(|inner| (inner, None)).collect();
        while let Some((element, inherited)) = open.pop() {
            let own = permits(element).or(inherited);
            if own == Some(true) {
                let domains =
                    element.children_named("domain").map(|domain| domain.text.trim().to_lowercase());
                config.cleartext_domains.extend(
                    domains.filter(|domain| !domain.is_empty() && !LOOPBACK.contains(&domain.as_str())),
                );
            }
            open.extend(element.children_named("domain-config").map(|inner| (inner, own)));
        }
        config.cleartext_domains.sort();
        config.cleartext_domains.dedup();
        config
    }

    /// Whether hosts that the configuration does not name may be spoken to in clear by a package of this target.
    #[must_use]
    pub fn permits_by_default(&self, target_sdk: u32) -> bool {
        self.base_cleartext.unwrap_or(target_sdk < FORBIDDEN_SINCE)
    }

    /// Whether it allows cleartext somewhere in so many words; the default of an old target is no word.
    #[must_use]
    pub fn allows_explicitly(&self) -> bool {
        self.base_cleartext == Some(true) || !self.cleartext_domains.is_empty()
    }
}

/// The attribute has no namespace. `getAttributeBooleanValue` takes what is no boolean for its default, which is yes.
fn permits(element: &XmlElement) -> Option<bool> {
    element
        .attributes
        .iter()
        .find(|attribute| attribute.name == "cleartextTrafficPermitted")
        .map(|attribute| attribute.value.as_boolean().unwrap_or(true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use overt_base::Limits;

    fn read(body: &str) -> NetworkConfig {
        let text = format!("<network-security-config>{body}</network-security-config>");
        NetworkConfig::read(&XmlDocument::read(text.as_bytes(), &Limits::default()).expect("XML"))
    }

    #[test]
    fn without_a_word_the_target_decides() {
        let config = read(
            "<base-config><trust-anchors/></base-config><domain-config><domain>a.invalid</domain></domain-config>",
        );
        assert_eq!(config, NetworkConfig::default());
        assert!(config.permits_by_default(27) && !config.permits_by_default(28));
        assert!(!config.allows_explicitly());
    }

    #[test]
    fn the_base_speaks_for_all() {
        let allowed = read("<base-config cleartextTrafficPermitted=\"true\"/>");
        assert!(allowed.permits_by_default(30) && allowed.allows_explicitly());
        let forbidden = read("<base-config cleartextTrafficPermitted=\"false\"/>");
        assert!(!forbidden.permits_by_default(23) && !forbidden.allows_explicitly());
    }

    #[test]
    fn domains_inherit_and_overrule() {
        let config = read(
            "<base-config cleartextTrafficPermitted=\"false\"/>
             <domain-config cleartextTrafficPermitted=\"true\">
               <domain> Old.invalid </domain>
               <domain-config><domain>inner.invalid</domain></domain-config>
               <domain-config cleartextTrafficPermitted=\"false\"><domain>safe.invalid</domain></domain-config>
             </domain-config>",
        );
        assert_eq!(config.cleartext_domains, ["inner.invalid", "old.invalid"]);
        assert!(config.allows_explicitly() && !config.permits_by_default(23));
    }

    #[test]
    fn what_does_not_leave_the_phone_and_what_debugging_overrides_do_not_count() {
        let config = read(
            "<domain-config cleartextTrafficPermitted=\"true\"><domain>localhost</domain></domain-config>
             <debug-overrides cleartextTrafficPermitted=\"true\"/>",
        );
        assert!(!config.allows_explicitly());
        assert!(!NetworkConfig::read(&XmlDocument::default()).allows_explicitly());
    }
}
