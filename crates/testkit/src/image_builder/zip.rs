//! ZIP archives, with every header field open to lies.

use std::io::Write as _;

use flate2::{Compression, Crc, write::DeflateEncoder};

/// One file of the archive. The `local_*` and other fields may contradict the content.
#[derive(Clone, Debug)]
pub struct ZipFile {
    /// Name in the central directory, as bytes.
    pub name: Vec<u8>,
    /// Name in the local header; `None` means the same.
    pub local_name: Option<Vec<u8>>,
    /// What the local header says its name's length is; `None` means the truth.
    pub local_name_length: Option<u16>,
    /// Extra field of the local header.
    pub local_extra: Vec<u8>,
    /// Method in the central directory; the bytes are deflated or not as `deflated` says.
    pub method: u16,
    /// Method in the local header.
    pub local_method: u16,
    /// General purpose flags in both headers.
    pub flags: u16,
    /// Compressed and unfolded size in the local header; `None` means the truth.
    pub local_sizes: Option<(u32, u32)>,
    /// Unfolded size in the central directory; `None` means the truth.
    pub size: Option<u32>,
    /// CRC in the central directory; `None` means the truth.
    pub crc32: Option<u32>,
    /// Unix mode; 0 writes an entry of the FAT system.
    pub unix_mode: u16,
    /// The bytes as they stand in the archive.
    pub raw: Vec<u8>,
    /// Length of the unfolded bytes.
    pub true_size: u32,
    /// CRC of the unfolded bytes.
    pub true_crc32: u32,
}

impl ZipFile {
    /// A stored file.
    #[must_use]
    pub fn stored(name: &str, bytes: &[u8]) -> ZipFile {
        ZipFile::with(name, bytes, bytes.to_vec(), 0)
    }

    /// A deflated file.
    #[must_use]
    pub fn deflated(name: &str, bytes: &[u8]) -> ZipFile {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
        encoder.write_all(bytes).expect("writing to memory");
        let raw = encoder.finish().expect("writing to memory");
        ZipFile::with(name, bytes, raw, 8)
    }

    fn with(name: &str, bytes: &[u8], raw: Vec<u8>, method: u16) -> ZipFile {
        let mut crc = Crc::new();
        crc.update(bytes);
        ZipFile {
            name: name.as_bytes().to_vec(),
            local_name: None,
            local_name_length: None,
            local_extra: Vec::new(),
            method,
            local_method: method,
            flags: 0,
            local_sizes: None,
            size: None,
            crc32: None,
            unix_mode: 0,
            raw,
            true_size: u32::try_from(bytes.len()).expect("small test data"),
            true_crc32: crc.sum(),
        }
    }
}

/// An archive to be.
#[derive(Clone, Debug, Default)]
pub struct ZipBuilder {
    /// Its files in order.
    pub files: Vec<ZipFile>,
    /// Bytes before the first local header; offsets do not count them.
    pub prefix: Vec<u8>,
    /// Bytes between the last file and the central directory, such as an APK signing block.
    pub before_directory: Vec<u8>,
    /// The archive's comment.
    pub comment: Vec<u8>,
    /// Bytes behind the comment.
    pub trailing: Vec<u8>,
    /// Number of entries in the end record; `None` means the truth.
    pub count: Option<u16>,
    /// Writes zip64 records and saturates the fields of the end record.
    pub zip64: bool,
}

impl ZipBuilder {
    /// An archive of `files`.
    #[must_use]
    pub fn of(files: Vec<ZipFile>) -> ZipBuilder {
        ZipBuilder { files, ..ZipBuilder::default() }
    }

    /// The archive's bytes.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let mut out = self.prefix.clone();
        let base = out.len();
        let mut directory = Vec::new();
        for file in &self.files {
            let offset = u32::try_from(out.len() - base).expect("small test data");
            let raw_size = u32::try_from(file.raw.len()).expect("small test data");
            let size = file.size.unwrap_or(file.true_size);
            let crc32 = file.crc32.unwrap_or(file.true_crc32);
            let local_name = file.local_name.as_ref().unwrap_or(&file.name);
            let local_length = file.local_name_length.unwrap_or(short(local_name.len()));
            let (local_raw_size, local_size) = file.local_sizes.unwrap_or((raw_size, file.true_size));

            out.extend(0x0403_4b50u32.to_le_bytes()); // signature
            out.extend(20u16.to_le_bytes()); // version needed
            out.extend(file.flags.to_le_bytes());
            out.extend(file.local_method.to_le_bytes());
            out.extend([0; 4]); // time and date
            out.extend(file.true_crc32.to_le_bytes());
            out.extend(local_raw_size.to_le_bytes());
            out.extend(local_size.to_le_bytes());
            out.extend(local_length.to_le_bytes());
            out.extend(short(file.local_extra.len()).to_le_bytes());
            out.extend(local_name);
            out.extend(&file.local_extra);
            out.extend(&file.raw);

            let extra = if self.zip64 { wide_extra(size, raw_size, offset) } else { Vec::new() };
            let field = |value: u32| if self.zip64 { u32::MAX } else { value };
            directory.extend(0x0201_4b50u32.to_le_bytes()); // signature
            directory.extend(if file.unix_mode == 0 { [20, 0] } else { [20, 3] }); // version, system
            directory.extend(20u16.to_le_bytes()); // version needed
            directory.extend(file.flags.to_le_bytes());
            directory.extend(file.method.to_le_bytes());
            directory.extend([0; 4]); // time and date
            directory.extend(crc32.to_le_bytes());
            directory.extend(field(raw_size).to_le_bytes());
            directory.extend(field(size).to_le_bytes());
            directory.extend(short(file.name.len()).to_le_bytes());
            directory.extend(short(extra.len()).to_le_bytes());
            directory.extend(0u16.to_le_bytes()); // comment length
            directory.extend(0u16.to_le_bytes()); // disk
            directory.extend(0u16.to_le_bytes()); // internal attributes
            directory.extend((u32::from(file.unix_mode) << 16).to_le_bytes()); // external attributes
            directory.extend(field(offset).to_le_bytes());
            directory.extend(&file.name);
            directory.extend(&extra);
        }
        out.extend(&self.before_directory);
        let start = out.len() - base;
        out.extend(&directory);
        let count = self.count.unwrap_or(short(self.files.len()));
        if self.zip64 {
            let record = (out.len() - base) as u64;
            out.extend(0x0606_4b50u32.to_le_bytes()); // signature
            out.extend(44u64.to_le_bytes()); // size of the rest
            out.extend([45, 0, 45, 0]); // versions
            out.extend([0; 8]); // disks
            out.extend(u64::from(count).to_le_bytes()); // entries on this disk
            out.extend(u64::from(count).to_le_bytes()); // entries
            out.extend((directory.len() as u64).to_le_bytes());
            out.extend((start as u64).to_le_bytes());
            out.extend(0x0706_4b50u32.to_le_bytes()); // locator
            out.extend([0; 4]); // disk
            out.extend(record.to_le_bytes());
            out.extend([1, 0, 0, 0]); // disks
        }
        let narrow = |value: usize| if self.zip64 { u32::MAX } else { u32::try_from(value).expect("small") };
        let count = if self.zip64 { u16::MAX } else { count };
        out.extend(0x0605_4b50u32.to_le_bytes()); // signature
        out.extend([0; 4]); // disks
        out.extend(count.to_le_bytes()); // entries on this disk
        out.extend(count.to_le_bytes()); // entries
        out.extend(narrow(directory.len()).to_le_bytes());
        out.extend(narrow(start).to_le_bytes());
        out.extend(short(self.comment.len()).to_le_bytes());
        out.extend(&self.comment);
        out.extend(&self.trailing);
        out
    }
}

/// The zip64 extra field with all three wide fields.
fn wide_extra(size: u32, raw_size: u32, offset: u32) -> Vec<u8> {
    let mut extra = vec![1, 0, 24, 0]; // tag, length
    for field in [size, raw_size, offset] {
        extra.extend(u64::from(field).to_le_bytes());
    }
    extra
}

fn short(value: usize) -> u16 {
    u16::try_from(value).expect("small test data")
}
