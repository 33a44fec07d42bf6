//! Files packed with zstd.

use overt_base::Cx;

use super::{Blob, Format, FormatDoc, Opened};
use crate::NotThis;
use crate::codec;
use crate::unrolled::unroll;

/// The format.
#[derive(Debug)]
pub struct Zstd;

static DOC: FormatDoc = FormatDoc {
    name: "zstd",
    says: "files packed with zstd, one or more frames, no dictionaries",
    magic: "28 b5 2f fd at 0",
    limits: "the limits for what all containers unfold to; a window of 128 MiB",
    oracle: "zstd (Debian)",
    fixtures: "tests/packed.rs",
    references: &["RFC 8878"],
};

impl Format for Zstd {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, head: &[u8]) -> bool {
        head.starts_with(b"\x28\xb5\x2f\xfd")
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let mut stream = codec::zstd(codec::Reading::whole(&blob.source));
        unroll(&DOC, "zstd/broken", blob, &mut stream, cx)
    }
}
