//! Android backups (`adb backup`): lines of text, then a tape archive, mostly deflated.

use std::io::Read;

use overt_base::Cx;

use super::{Blob, Format, FormatDoc, Opened};
use crate::NotThis;
use crate::codec::Reading;
use crate::unrolled::unroll;

/// The format.
#[derive(Debug)]
pub struct Backup;

const MAGIC: &[u8] = b"ANDROID BACKUP\n";
/// Version, whether it is deflated, how it is encrypted: a line each.
const HEADER_BYTES: usize = 64;

static DOC: FormatDoc = FormatDoc {
    name: "backup",
    says: "Android backups, versions 1 to 5, deflated or not; encrypted ones are told",
    magic: "\"ANDROID BACKUP\\n\" at 0",
    limits: "the limits for what all containers unfold to",
    oracle: "a builder; deflate by gzip (Debian)",
    fixtures: "tests/vendors.rs",
    references: &["AOSP frameworks/base/services/backup/java/com/android/server/backup/fullbackup/"],
};

impl Format for Backup {
    fn doc(&self) -> &'static FormatDoc {
        &DOC
    }

    fn sniff(&self, head: &[u8]) -> bool {
        head.starts_with(MAGIC)
    }

    fn open(&self, blob: &Blob, cx: &Cx<'_>) -> Result<Opened, NotThis> {
        let not = |why| NotThis { format: DOC.name, at: MAGIC.len() as u64, why };
        let head = super::head(blob.source.as_ref(), HEADER_BYTES);
        let body = head.get(MAGIC.len()..).unwrap_or_default();
        let mut lines = body.split_inclusive(|&byte| byte == b'\n').take(3);
        let (Some(version), Some(deflated), Some(cipher)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(not("the header is cut"));
        };
        let length = MAGIC.len().saturating_add(version.len()).saturating_add(deflated.len());
        let start = length.saturating_add(cipher.len()) as u64;
        if cipher != b"none\n" {
            return Err(not("it is encrypted: the password of whoever made it is needed"));
        }
        let input = Reading::part(&blob.source, start, blob.source.len());
        let mut stream: Box<dyn Read> = match deflated {
            b"0\n" => Box::new(input),
            _ => Box::new(flate2::bufread::ZlibDecoder::new(input)),
        };
        unroll(&DOC, "backup/broken", blob, &mut stream, cx)
    }
}
