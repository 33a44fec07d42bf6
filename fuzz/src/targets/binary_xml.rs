//! Binary XML, and manifests in particular.

use overt_apk::manifest::Manifest;
use overt_apk::xml::XmlDocument;
use overt_base::Locus;

use crate::{Target, with_context};

pub const TARGET: Target = Target {
    name: "binary_xml",
    says: "binary or text XML as a document and as a manifest",
    seeds: &["apk!AndroidManifest.xml", "apk!.xml"],
    run,
};

fn run(data: &[u8]) {
    with_context(|cx| {
        let _ = XmlDocument::read(data, cx.limits);
        if let Ok(manifest) = Manifest::read(data, None, Default::default(), &Locus::input(), cx) {
            let _ = manifest.effective_target_sdk();
        }
    });
}
