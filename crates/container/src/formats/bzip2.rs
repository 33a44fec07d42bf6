//! Files packed with bzip2.

use overt_base::Cx;

use super::{Blob, Format, FormatDoc, Opened};
use crate::NotThis;
use crate::codec;
use crate::unrolled::unroll;

/// The format.
#[derive(Debug)]
pub struct Bzip2;

const BLOCK: &[u8] = b"\x31\x41\x59\x26\x53\x59";
const END: &[u8] = b"\x17\x72\x45\x38\x50\x90";

static DOC: FormatDoc = FormatDoc {
    name: "bzip2",
    says: "files packed with bzip2, one or more streams",
    magic: "42 5a 68 31..39, and a block's or the end's magic at 4",
    limits: "the limits for what all containers unfold to; a block has at most 900,000 bytes",
    oracle: "bzip2 (Debian)",
    fixtures: "tests/packed.rs",
    references: &["bzip2 1.0.8, decompress.c"],
};

impl Format for Bzip2 {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, head: &[u8]) -> bool {
        matches!(head, [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] if rest.starts_with(BLOCK) || rest.starts_with(END))
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let mut stream = codec::bzip2::Bzip2::new(codec::Reading::whole(&blob.source));
        unroll(&DOC, "bzip2/broken", blob, &mut stream, cx)
    }
}
