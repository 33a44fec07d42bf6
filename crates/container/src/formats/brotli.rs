//! Files packed with brotli. The format has no magic: the name tells.

use overt_base::Cx;

use super::{Blob, Format, FormatDoc, Opened};
use crate::NotThis;
use crate::codec;
use crate::unrolled::unroll;

/// The format.
#[derive(Debug)]
pub struct Brotli;

static DOC: FormatDoc = FormatDoc {
    name: "brotli",
    says: "files packed with brotli",
    magic: "none; the name ends in .br",
    limits: "the limits for what all containers unfold to; a window of 16 MiB",
    oracle: "brotli (Debian)",
    fixtures: "tests/packed.rs",
    references: &["RFC 7932"],
};

impl Format for Brotli {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, _: &[u8]) -> bool {
        false
    }

    fn claims(&self, name: &str) -> bool {
        name.to_ascii_lowercase().ends_with(".br")
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let mut stream = codec::brotli(codec::Reading::whole(&blob.source));
        unroll(&DOC, "brotli/broken", blob, &mut stream, cx)
    }
}
