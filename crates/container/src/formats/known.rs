//! Formats that are recognised, so that what could not be opened has a name.

/// A format without a reader.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// What it is.
    pub says: &'static str,
    at: usize,
    magic: &'static [u8],
}

/// All of them, sorted by name.
pub static KNOWN: &[Known] = &[
    Known { says: "7-Zip archive", at: 0, magic: b"7z\xbc\xaf\x27\x1c" },
    Known { says: "Android Verified Boot metadata", at: 0, magic: b"AVB0" },
    Known { says: "device tree blob", at: 0, magic: b"\xd0\x0d\xfe\xed" },
    Known { says: "device tree overlay table", at: 0, magic: b"\xd7\xb7\xab\x1e" },
    Known { says: "FAT file system", at: 54, magic: b"FAT" },
    Known { says: "FAT32 file system", at: 82, magic: b"FAT32" },
    Known { says: "LG image (DZ)", at: 0, magic: b"\x32\x96\x18\x74" },
    Known { says: "LG package (KDZ)", at: 0, magic: b"\x28\x05\x00\x00\x24\x38\x22\x25" },
    Known { says: "LG package (KDZ)", at: 0, magic: b"\x28\x05\x00\x00\x34\x31\x80\x27" },
    Known { says: "LP metadata without partitions' data", at: 0, magic: b"\x67\x44\x6c\x61" },
    Known { says: "MediaTek partition with header", at: 0, magic: b"\x88\x16\x88\x58" },
    Known {
        says: "OPPO package (OZIP), encrypted, to be decrypted first with the AES key of its model",
        at: 0,
        magic: b"OPPOENCRYPT!",
    },
    Known { says: "RAR archive", at: 0, magic: b"Rar!\x1a\x07" },
    Known { says: "Sony package (SIN)", at: 0, magic: b"\x03SIN" },
    Known { says: "squashfs file system of the other byte order", at: 0, magic: b"sqsh" },
    Known { says: "UBI image", at: 0, magic: b"UBI#" },
    Known { says: "YAFFS2 file system", at: 0, magic: b"\x03\x00\x00\x00\x01\x00\x00\x00\xff\xff" },
];

/// The format that a file beginning with `head` has, if it is one of these.
#[must_use]
pub fn recognise(head: &[u8]) -> Option<&'static Known> {
    KNOWN.iter().find(|known| head.get(known.at..).is_some_and(|rest| rest.starts_with(known.magic)))
}

/// Endings of names that promise an image or archive. What has one and is of no known format is listed as such.
static ENDINGS: &[&str] = &[
    "7z", "bin", "br", "bz2", "cpio", "dat", "dump", "ext4", "fex", "gz", "img", "kdz", "lz4", "mbn", "nb0",
    "ofp", "ops", "ozip", "pac", "rar", "raw", "sin", "sparse", "tar", "tbz2", "tgz", "tot", "txz", "ubi",
    "xz", "zip", "zst",
];

/// Whether the name promises an image or archive.
#[must_use]
pub fn promises_container(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| {
        let ending = ending.to_ascii_lowercase();
        ENDINGS.binary_search(&ending.as_str()).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        assert!(ENDINGS.is_sorted());
        assert!(KNOWN.is_sorted_by_key(|known| known.says.to_ascii_lowercase()));
    }

    #[test]
    fn magics_are_found_at_their_place() {
        assert_eq!(recognise(b"AVB0x").map(|known| known.says), Some("Android Verified Boot metadata"));
        let mut image = vec![0; 512];
        image[82..87].copy_from_slice(b"FAT32");
        assert_eq!(recognise(&image).map(|known| known.says), Some("FAT32 file system"));
        assert!(recognise(b"").is_none() && recognise(b"AVB").is_none());
        assert!(promises_container("a/b.IMG") && !promises_container("a/img"));
    }
}
