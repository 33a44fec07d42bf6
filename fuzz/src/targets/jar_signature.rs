//! Scheme v1: manifest, signature file and PKCS #7 block.

use overt_apk::signing::{self, Platform};
use overt_base::Locus;
use overt_base::bytes::View;
use overt_container::zip::Archive;

use super::small_zip;
use crate::{Target, with_context};

pub const TARGET: Target = Target {
    name: "jar_signature",
    says: "the three files of a v1 signature, the first two behind their lengths in two bytes",
    seeds: &["jar-signature"],
    run,
};

fn run(data: &[u8]) {
    let Some((manifest, rest)) = prefixed(data) else { return };
    let Some((signature, block)) = prefixed(rest) else { return };
    let files = [
        ("META-INF/MANIFEST.MF", manifest),
        ("META-INF/CERT.SF", signature),
        ("META-INF/CERT.RSA", block),
        ("classes.dex", b"dex"),
    ];
    let bytes = small_zip(&files, &[]);
    with_context(|cx| {
        let archive = Archive::open(View::from_vec(bytes), &Locus::input(), cx).expect("an archive");
        let _ = signing::verify(&archive, Platform::default(), cx);
    });
}

fn prefixed(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = data.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))
}
