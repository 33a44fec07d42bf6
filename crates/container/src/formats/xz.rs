//! Files packed with xz.

use overt_base::Cx;

use super::{Blob, Format, FormatDoc, Opened};
use crate::NotThis;
use crate::codec;
use crate::unrolled::unroll;

/// The format.
#[derive(Debug)]
pub struct Xz;

static DOC: FormatDoc = FormatDoc {
    name: "xz",
    says: "files packed with xz, with its filters, one or more streams",
    magic: "fd 37 7a 58 5a 00 at 0",
    limits: "the limits for what all containers unfold to; a dictionary of 256 MiB",
    oracle: "xz (Debian), with filters and several blocks",
    fixtures: "tests/packed.rs",
    references: &["The .xz File Format 1.2.1"],
};

impl Format for Xz {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, head: &[u8]) -> bool {
        head.starts_with(b"\xfd7zXZ\0")
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let mut stream = codec::xz(codec::Reading::whole(&blob.source));
        unroll(&DOC, "xz/broken", blob, &mut stream, cx)
    }
}
