//! A whole package: archive, manifest, resources, layouts, signatures.

use overt_apk::apk::Apk;
use overt_apk::signing::{self, Platform};
use overt_base::Locus;
use overt_base::bytes::View;

use crate::{Target, with_context};

pub const TARGET: Target = Target {
    name: "apk",
    says: "a package: manifest, layouts, signatures of every scheme",
    seeds: &["apk"],
    run,
};

fn run(data: &[u8]) {
    with_context(|cx| {
        let Ok(apk) = Apk::open(View::from_vec(data.to_vec()), &Locus::input(), cx) else { return };
        let _ = (apk.dex_entries().len(), apk.unloaded_dex_entries().len(), apk.native_libraries().len());
        let _ = (apk.layouts(cx), apk.network_config(cx));
        let _ = signing::verify(apk.archive(), Platform::default(), cx);
    });
}
