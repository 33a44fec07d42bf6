//! Tape archives, header by header.

/// A file of the archive.
#[derive(Clone, Debug)]
pub struct TarFile {
    /// Its name, of at most 100 bytes.
    pub name: String,
    /// `0` for a file, `1` for a second name, `2` for a link.
    pub kind: u8,
    /// Where a link leads.
    pub target: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The size the header states, where that is not the bytes' own.
    pub size: Option<u64>,
}

impl TarFile {
    /// A regular file.
    #[must_use]
    pub fn of(name: &str, bytes: &[u8]) -> TarFile {
        TarFile { name: name.into(), kind: b'0', target: String::new(), bytes: bytes.to_vec(), size: None }
    }

    /// A symbolic link.
    #[must_use]
    pub fn link(name: &str, target: &str) -> TarFile {
        TarFile { kind: b'2', target: target.into(), ..TarFile::of(name, b"") }
    }

    /// A second name of a file.
    #[must_use]
    pub fn hard(name: &str, target: &str) -> TarFile {
        TarFile { kind: b'1', ..TarFile::link(name, target) }
    }
}

/// An archive.
#[derive(Clone, Debug)]
pub struct TarBuilder {
    /// Its files.
    pub files: Vec<TarFile>,
    /// Whether the headers are those of Unix V7, without magic.
    pub v7: bool,
}

impl TarBuilder {
    /// An archive of these files.
    #[must_use]
    pub fn of(files: Vec<TarFile>) -> TarBuilder {
        TarBuilder { files, v7: false }
    }

    /// Its bytes.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for file in &self.files {
            let mut header = [0u8; 512];
            let size = file.size.unwrap_or(file.bytes.len() as u64);
            put(&mut header, 0, file.name.as_bytes());
            put(&mut header, 100, b"0000644\0");
            put(&mut header, 108, b"0000000\0");
            put(&mut header, 116, b"0000000\0");
            if size >> 33 == 0 {
                put(&mut header, 124, format!("{size:011o}\0").as_bytes());
            } else {
                header[124] = 0x80;
                put(&mut header, 128, &size.to_be_bytes());
            }
            put(&mut header, 136, b"00000000000\0");
            put(&mut header, 148, b"        ");
            header[156] = file.kind;
            put(&mut header, 157, file.target.as_bytes());
            if !self.v7 {
                put(&mut header, 257, b"ustar\x0000");
            }
            let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
            put(&mut header, 148, format!("{sum:06o}\0 ").as_bytes());
            out.extend(header);
            out.extend(&file.bytes);
            out.resize(out.len().next_multiple_of(512), 0);
        }
        out.resize(out.len() + 1024, 0);
        out
    }
}

fn put(header: &mut [u8], at: usize, bytes: &[u8]) {
    header[at..at + bytes.len()].copy_from_slice(bytes);
}
