//! Binary XML, and manifests in particular.

use overt_apk::manifest::Manifest;
use overt_apk::network_config::NetworkConfig;
use overt_apk::xml::XmlDocument;
use overt_base::Locus;

use crate::{Target, with_context};

pub const TARGET: Target = Target {
    name: "binary_xml",
    says: "binary or text XML as a document, a manifest and a network configuration",
    seeds: &["apk!AndroidManifest.xml", "apk!.xml", "crates/apk/tests/data/source/res/xml/network.xml"],
    run,
};

fn run(data: &[u8]) {
    with_context(|cx| {
        if let Ok(document) = XmlDocument::read(data, cx.limits) {
            let _ = NetworkConfig::read(&document).allows_explicitly();
        }
        if let Ok(manifest) = Manifest::read(data, None, Default::default(), &Locus::input(), cx) {
            let _ = manifest.effective_target_sdk();
        }
    });
}
