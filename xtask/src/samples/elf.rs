//! The smallest dynamic executable that has imports: ELF64 for AArch64 that exits at once.

const HEADER: usize = 64;
const PROGRAM_HEADER: usize = 56;
const SECTION_HEADER: usize = 64;
const INTERPRETER: &[u8] = b"/system/bin/linker64\0";

struct Section {
    name: &'static str,
    kind: u32,
    flags: u64,
    link: u32,
    info: u32,
    align: u64,
    entry: u64,
    bytes: Vec<u8>,
    at: usize,
}

impl Section {
    fn of(name: &'static str, kind: u32, flags: u64, align: u64, bytes: Vec<u8>) -> Section {
        Section { name, kind, flags, link: 0, info: 0, align, entry: 0, bytes, at: 0 }
    }
}

/// An executable that names `imports` as undefined functions of `libc.so`.
#[must_use]
pub fn daemon(imports: &[&str]) -> Vec<u8> {
    let mut strings = vec![0u8];
    let add = |strings: &mut Vec<u8>, name: &str| {
        let at = strings.len();
        strings.extend_from_slice(name.as_bytes());
        strings.push(0);
        at
    };
    let needed = add(&mut strings, "libc.so");
    let mut symbols = vec![0u8; 24];
    for name in imports {
        symbols.extend((add(&mut strings, name) as u32).to_le_bytes());
        symbols.push(0x12); // STB_GLOBAL, STT_FUNC
        symbols.extend([0, 0, 0]); // visibility, SHN_UNDEF
        symbols.extend([0; 16]); // value, size
    }
    // mov x0, #0; mov x8, #93 (exit); svc #0
    let text: Vec<u8> =
        [0xd280_0000u32, 0xd280_0ba8, 0xd400_0001].iter().flat_map(|word| word.to_le_bytes()).collect();
    let string_size = strings.len() as u64;
    // Alloc is 2, Write 1, Exec 4; kinds are those of the ELF specification, section "Section Types".
    let mut sections = [
        Section::of("", 0, 0, 0, Vec::new()),
        Section::of(".interp", 1, 2, 1, INTERPRETER.to_vec()),
        Section { link: 3, info: 1, entry: 24, ..Section::of(".dynsym", 11, 2, 8, symbols) },
        Section::of(".dynstr", 3, 2, 1, strings),
        Section::of(".text", 1, 6, 4, text),
        Section { link: 3, entry: 16, ..Section::of(".dynamic", 6, 3, 8, vec![0; 6 * 16]) },
        Section::of(".shstrtab", 3, 0, 1, Vec::new()),
    ];
    let mut names = Vec::new();
    let name_offsets: Vec<u32> =
        sections.iter().map(|section| add(&mut names, section.name) as u32).collect();
    if let Some(last) = sections.last_mut() {
        last.bytes = names;
    }
    let mut at = HEADER + 3 * PROGRAM_HEADER;
    for section in sections.iter_mut().skip(1) {
        at = at.next_multiple_of(section.align as usize);
        section.at = at;
        at += section.bytes.len();
    }
    let section_table = at.next_multiple_of(8);
    let [_, interpreter, symbol_table, string_table, code, dynamic, _] = &sections[..] else {
        return Vec::new();
    };
    let dynamic_bytes: Vec<u8> = [
        (1u64, needed as u64),       // DT_NEEDED
        (5, string_table.at as u64), // DT_STRTAB
        (6, symbol_table.at as u64), // DT_SYMTAB
        (10, string_size),           // DT_STRSZ
        (11, 24),                    // DT_SYMENT
        (0, 0),                      // DT_NULL
    ]
    .iter()
    .flat_map(|(tag, value)| tag.to_le_bytes().into_iter().chain(value.to_le_bytes()))
    .collect();

    let mut image = Vec::new();
    image.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0"); // 64 bit, little-endian, version 1
    image.extend(3u16.to_le_bytes()); // ET_DYN
    image.extend(183u16.to_le_bytes()); // EM_AARCH64
    image.extend(1u32.to_le_bytes());
    image.extend((code.at as u64).to_le_bytes());
    image.extend((HEADER as u64).to_le_bytes());
    image.extend((section_table as u64).to_le_bytes());
    image.extend(0u32.to_le_bytes()); // flags
    for number in [HEADER, PROGRAM_HEADER, 3, SECTION_HEADER, sections.len(), sections.len() - 1] {
        image.extend((number as u16).to_le_bytes());
    }
    // PT_INTERP readable, PT_LOAD of everything readable and executable, PT_DYNAMIC readable.
    for (kind, flags, begin, size, align) in [
        (3u32, 4u32, interpreter.at, interpreter.bytes.len(), 1u64),
        (1, 5, 0, section_table, 0x1000),
        (2, 4, dynamic.at, dynamic.bytes.len(), 8),
    ] {
        image.extend(kind.to_le_bytes());
        image.extend(flags.to_le_bytes());
        for number in [begin as u64, begin as u64, begin as u64, size as u64, size as u64, align] {
            image.extend(number.to_le_bytes());
        }
    }
    for section in sections.iter().skip(1) {
        image.resize(section.at, 0);
        image.extend_from_slice(if section.name == ".dynamic" { &dynamic_bytes } else { &section.bytes });
    }
    image.resize(section_table, 0);
    for (section, name) in sections.iter().zip(name_offsets) {
        let address = if section.flags & 2 == 0 { 0 } else { section.at as u64 };
        image.extend(name.to_le_bytes());
        image.extend(section.kind.to_le_bytes());
        for number in [section.flags, address, section.at as u64, section.bytes.len() as u64] {
            image.extend(number.to_le_bytes());
        }
        image.extend(section.link.to_le_bytes());
        image.extend(section.info.to_le_bytes());
        image.extend(section.align.to_le_bytes());
        image.extend(section.entry.to_le_bytes());
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_lie_where_the_header_says() {
        let image = daemon(&["socket", "system"]);
        let word = |at: usize| {
            u64::from_le_bytes(image.get(at..at + 8).and_then(|b| b.try_into().ok()).expect("inside"))
        };
        assert_eq!(image.get(..4), Some(&b"\x7fELF"[..]));
        assert_eq!(word(0x28) as usize + 7 * SECTION_HEADER, image.len());
        assert!(image.windows(7).any(|window| window == b"system\0"));
    }
}
