//! The signing block of an APK: signers of schemes v2, v3 and v3.1, and lineages.

use overt_apk::signing::{self, Platform};
use overt_base::Locus;
use overt_base::bytes::View;
use overt_container::zip::Archive;

use super::small_zip;
use crate::{Target, with_context};

pub const TARGET: Target = Target {
    name: "signing_block",
    says: "the pairs of a signing block, inside an archive of one file",
    seeds: &["signing-block"],
    run,
};

const MAGIC: &[u8] = b"APK Sig Block 42";

fn run(data: &[u8]) {
    let size = (data.len() + 8 + MAGIC.len()) as u64;
    let block = [&size.to_le_bytes(), data, &size.to_le_bytes(), MAGIC].concat();
    let bytes = small_zip(&[("AndroidManifest.xml", b"x")], &block);
    with_context(|cx| {
        let archive = Archive::open(View::from_vec(bytes), &Locus::input(), cx).expect("an archive");
        for platform in [None, Some(24), Some(28)] {
            let _ = signing::verify(&archive, Platform(platform), cx);
        }
    });
}
