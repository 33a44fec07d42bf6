//! Files packed with gzip.

use overt_base::Cx;

use super::{Blob, Format, FormatDoc, Opened};
use crate::NotThis;
use crate::codec;
use crate::unrolled::unroll;

/// The format.
#[derive(Debug)]
pub struct Gzip;

static DOC: FormatDoc = FormatDoc {
    name: "gzip",
    says: "files packed with gzip, one or more members",
    magic: "1f 8b 08 at 0",
    limits: "the limits for what all containers unfold to",
    oracle: "gzip (Debian)",
    fixtures: "tests/packed.rs",
    references: &["RFC 1952"],
};

impl Format for Gzip {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, head: &[u8]) -> bool {
        head.starts_with(b"\x1f\x8b\x08")
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let mut stream = codec::gzip(codec::Reading::whole(&blob.source));
        unroll(&DOC, "gzip/broken", blob, &mut stream, cx)
    }
}
