//! Builds OAT files: an ELF shared object with the symbol `oatdata`, a header, a list of DEX files, the files.

use crate::dex_builder::uleb128;

/// Where `oatdata` lies in the file and in memory.
pub const OAT_DATA: usize = 0x1000;

/// What dex2oat of Android 7 notes about one method.
#[derive(Clone, Debug)]
pub struct Quickened {
    /// Position of the class in the class table.
    pub class: usize,
    /// Position of the method among all methods of the class, direct ones first.
    pub method: usize,
    /// Unit and index of each changed instruction.
    pub entries: Vec<(u32, u32)>,
}

/// One DEX file to be put into the OAT.
#[derive(Clone, Debug)]
struct Dex {
    location: String,
    checksum: u32,
    bytes: Vec<u8>,
    methods_per_class: Vec<usize>,
    quickened: Vec<Quickened>,
}

/// Builds one OAT file.
#[derive(Clone, Debug)]
pub struct OatBuilder {
    version: u32,
    words: usize,
    elf64: bool,
    store: Vec<(String, String)>,
    dex: Vec<Dex>,
}

impl OatBuilder {
    /// An OAT of a version in a 64-bit ELF.
    #[must_use]
    pub fn new(version: u32) -> OatBuilder {
        // Android 5.0 has three more offsets in its header.
        let words = if version < 45 { 20 } else { 17 };
        let store = vec![("dex2oat-cmdline".into(), "--made-up".into()), ("pic".into(), "false".into())];
        OatBuilder { version, words, elf64: true, store, dex: Vec::new() }
    }

    /// In a 32-bit ELF.
    #[must_use]
    pub fn elf32(mut self) -> OatBuilder {
        self.elf64 = false;
        self
    }

    /// With the key-value store's size at another word.
    #[must_use]
    pub fn words(mut self, words: usize) -> OatBuilder {
        self.words = words;
        self
    }

    /// Adds a DEX file.
    #[must_use]
    pub fn dex(mut self, location: &str, checksum: u32, bytes: &[u8]) -> OatBuilder {
        let bytes = bytes.to_vec();
        let (methods_per_class, quickened) = (Vec::new(), Vec::new());
        self.dex.push(Dex { location: location.into(), checksum, bytes, methods_per_class, quickened });
        self
    }

    /// Notes what was changed in the last DEX file added (Android 7); `methods_per_class` has a row for each class.
    #[must_use]
    pub fn quickened(mut self, methods_per_class: &[usize], quickened: Vec<Quickened>) -> OatBuilder {
        let dex = self.dex.last_mut().expect("a DEX was added");
        dex.methods_per_class = methods_per_class.to_vec();
        dex.quickened = quickened;
        self
    }

    /// The file.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let mut out = self.elf();
        out.resize(OAT_DATA, 0);
        out.extend(self.oat());
        out
    }

    fn oat(&self) -> Vec<u8> {
        let mut store = Vec::new();
        for (key, value) in &self.store {
            for text in [key, value] {
                store.extend(text.as_bytes());
                store.push(0);
            }
        }
        let nougat = self.version >= 72;
        let entry = |dex: &Dex| {
            let classes = u32::from_le_bytes(dex.bytes[0x60..0x64].try_into().expect("four bytes")) as usize;
            12 + dex.location.len() + if nougat { 8 } else { classes * 4 }
        };
        let list: usize = self.dex.iter().map(entry).sum();
        let mut data = Vec::new();
        let mut offset = (self.words * 4 + 4 + store.len() + list).next_multiple_of(4);
        let mut places = Vec::new();
        for dex in &self.dex {
            data.resize(data.len().next_multiple_of(4), 0);
            places.push(offset + data.len());
            data.extend(&dex.bytes);
        }
        // What belongs to the classes stands behind all files.
        let mut tables = Vec::new();
        for dex in &self.dex {
            data.resize(data.len().next_multiple_of(4), 0);
            let mut offsets = Vec::new();
            for (class, methods) in dex.methods_per_class.iter().enumerate() {
                let of_class: Vec<_> = dex.quickened.iter().filter(|q| q.class == class).collect();
                let mut codes = Vec::new();
                for quickened in &of_class {
                    let table = data.len();
                    for (unit, index) in &quickened.entries {
                        uleb128(*unit, &mut data);
                        uleb128(*index, &mut data);
                    }
                    data.resize(data.len().next_multiple_of(4) + 20, 0);
                    let code = data.len();
                    // OatQuickMethodHeader: how far back the table is; no frame, no code.
                    data[code - 20..code - 16].copy_from_slice(&((code - table) as u32).to_le_bytes());
                    codes.push((quickened.method, offset + code));
                }
                codes.sort_unstable();
                offsets.push((offset + data.len()) as u32);
                data.extend([8, 0]);
                if codes.is_empty() {
                    data.extend([2, 0]);
                    continue;
                }
                // Some compiled: a bitmap of which.
                data.extend([1, 0]);
                let mut bitmap = vec![0u8; methods.div_ceil(8).next_multiple_of(4)];
                codes.iter().for_each(|(method, _)| bitmap[method / 8] |= 1 << (method % 8));
                data.extend((bitmap.len() as u32).to_le_bytes());
                data.extend(&bitmap);
                codes.iter().for_each(|(_, code)| data.extend((*code as u32).to_le_bytes()));
            }
            tables.push(offset + data.len());
            offsets.iter().for_each(|at| data.extend(at.to_le_bytes()));
        }

        let mut words = vec![0u32; self.words + 1];
        words[0] = u32::from_le_bytes(*b"oat\n");
        words[1] =
            u32::from_le_bytes(format!("{:03}\0", self.version).into_bytes().try_into().expect("four bytes"));
        words[3] = 2;
        words[5] = self.dex.len() as u32;
        words[self.words] = store.len() as u32;
        let mut out: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        out.extend(store);
        for ((dex, place), table) in self.dex.iter().zip(&places).zip(&tables) {
            out.extend((dex.location.len() as u32).to_le_bytes());
            out.extend(dex.location.as_bytes());
            out.extend(dex.checksum.to_le_bytes());
            out.extend((*place as u32).to_le_bytes());
            if nougat {
                out.extend((*table as u32).to_le_bytes());
                out.extend([0; 4]);
            } else {
                out.resize(out.len() + entry(dex) - 12 - dex.location.len(), 0);
            }
        }
        out.resize(out.len().next_multiple_of(4), 0);
        offset = out.len();
        debug_assert!(self.dex.is_empty() || places[0] == offset);
        out.extend(data);
        out
    }

    /// Header, one segment, and the sections with the dynamic symbols.
    fn elf(&self) -> Vec<u8> {
        let wide = self.elf64;
        let mut out = Out { bytes: Vec::new(), wide };
        let size = (OAT_DATA + self.oat().len()) as u64;
        let (header, segment, section, symbol) = if wide { (64, 56, 64, 24) } else { (52, 32, 40, 16) };
        let symbols = header + segment;
        let names = symbols + 2 * symbol;
        let name_table = b"\0oatdata\0";
        let section_names = names + name_table.len();
        let section_name_table = b"\0.dynsym\0.dynstr\0.rodata\0.shstrtab\0";
        let sections = (section_names + section_name_table.len()).next_multiple_of(8);

        out.bytes.extend(b"\x7fELF");
        out.bytes.extend([if wide { 2 } else { 1 }, 1, 1, 3, 0, 0, 0, 0, 0, 0, 0, 0]);
        out.u16(3); // ET_DYN
        out.u16(if wide { 183 } else { 40 }); // EM_AARCH64, EM_ARM
        out.u32(1);
        out.word(0); // entry
        out.word(header as u64); // segments
        out.word(sections as u64);
        out.u32(0); // flags
        [header, segment, 1, section, 5, 4].iter().for_each(|half| out.u16(*half as u16));
        // PT_LOAD of the whole file at address 0.
        out.u32(1);
        if wide {
            out.u32(4);
        }
        [0, 0, 0, size, size].iter().for_each(|word| out.word(*word));
        if !wide {
            out.u32(4);
        }
        out.word(0x1000);
        // The null symbol, then oatdata.
        out.bytes.resize(symbols + symbol, 0);
        out.u32(1);
        let (value, length) = (OAT_DATA as u64, size - OAT_DATA as u64);
        if wide {
            out.bytes.extend([0x11, 0, 3, 0]);
            out.word(value);
            out.word(length);
        } else {
            out.word(value);
            out.word(length);
            out.bytes.extend([0x11, 0, 3, 0]);
        }
        out.bytes.extend(name_table);
        out.bytes.extend(section_name_table);
        out.bytes.resize(sections + section, 0);
        // name, type, flags, address, offset, size, link, info, alignment, entry size
        out.section(1, 11, symbols, symbols, 2 * symbol, 2, 1, symbol);
        out.section(9, 3, names, names, name_table.len(), 0, 0, 0);
        out.section(17, 1, OAT_DATA, OAT_DATA, length as usize, 0, 0, 0);
        out.section(25, 3, 0, section_names, section_name_table.len(), 0, 0, 0);
        out.bytes
    }
}

struct Out {
    bytes: Vec<u8>,
    wide: bool,
}

impl Out {
    fn u16(&mut self, value: u16) {
        self.bytes.extend(value.to_le_bytes());
    }
    fn u32(&mut self, value: u32) {
        self.bytes.extend(value.to_le_bytes());
    }
    /// An address, offset or size.
    fn word(&mut self, value: u64) {
        if self.wide {
            self.bytes.extend(value.to_le_bytes());
        } else {
            self.u32(value as u32);
        }
    }
    #[allow(clippy::too_many_arguments)]
    fn section(
        &mut self,
        name: u32,
        kind: u32,
        address: usize,
        offset: usize,
        size: usize,
        link: u32,
        info: u32,
        entry: usize,
    ) {
        self.u32(name);
        self.u32(kind);
        self.word(2);
        self.word(address as u64);
        self.word(offset as u64);
        self.word(size as u64);
        self.u32(link);
        self.u32(info);
        self.word(4);
        self.word(entry as u64);
    }
}
