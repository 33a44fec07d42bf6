//! ELF files: what the dynamic linker would load and bind.
//!
//! Read through the program headers, as the linker does: section headers are left out of many shipped files, and the linker ignores
//! them, so a file can lie in them.

use std::mem::size_of;

use object::elf::{self, FileHeader32, FileHeader64};
use object::pod;
use object::read::elf::{Dyn, FileHeader, GnuHashTable, HashTable, ProgramHeader, Sym};
use object::{Endianness, StringTable};
use overt_base::{Cx, Locus};

/// What an ELF file is, by its header alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ElfType {
    /// `ET_EXEC`, or `ET_DYN` marked as position-independent executable.
    Executable,
    /// `ET_DYN`: a library, or an executable that does not say so.
    Shared,
    /// `ET_REL`: an object file; on a device, a kernel module.
    Relocatable,
    /// Anything else.
    Other,
}

/// The facts of one ELF file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elf {
    /// What it is.
    pub kind: ElfType,
    /// `arm`, `arm64`, `x86`, `x86_64`, `mips`, `mips64`, `riscv64`, else `machine-<number>`.
    pub machine: String,
    /// 32 or 64.
    pub bits: u8,
    /// `PT_INTERP`: the dynamic linker it asks for. Some libraries have one, too.
    pub interpreter: Option<String>,
    /// `DT_SONAME`.
    pub soname: Option<String>,
    /// `DT_NEEDED`, in order.
    pub needed: Vec<String>,
    /// Undefined symbols, sorted, each once.
    pub imports: Vec<String>,
}

/// Reads an ELF file; `None` when `bytes` do not begin like one. A broken file gives what could be read, with a problem.
#[must_use]
pub fn read(bytes: &[u8], locus: &Locus, cx: &Cx<'_>) -> Option<Elf> {
    if !bytes.starts_with(&elf::ELFMAG) {
        return None;
    }
    let mut elf = Elf {
        kind: ElfType::Other,
        machine: "unknown".to_owned(),
        bits: if bytes.get(4) == Some(&1) { 32 } else { 64 },
        interpreter: None,
        soname: None,
        needed: Vec::new(),
        imports: Vec::new(),
    };
    let outcome = if elf.bits == 32 {
        fill::<FileHeader32<Endianness>>(&mut elf, bytes, cx)
    } else {
        fill::<FileHeader64<Endianness>>(&mut elf, bytes, cx)
    };
    if let Err(what) = outcome {
        cx.problems.report(
            locus,
            "native/elf-broken",
            what,
            "imports and needed libraries of the file are incomplete",
        );
    }
    Some(elf)
}

fn fill<H>(out: &mut Elf, bytes: &[u8], cx: &Cx<'_>) -> Result<(), String>
where
    H: FileHeader<Endian = Endianness>,
{
    let text = |error: object::read::Error| error.to_string();
    let header = H::parse(bytes).map_err(text)?;
    let endian = header.endian().map_err(text)?;
    out.machine = machine(header.e_machine(endian), out.bits);
    let file_type = header.e_type(endian);
    out.kind = match file_type {
        elf::ET_EXEC => ElfType::Executable,
        elf::ET_DYN => ElfType::Shared,
        elf::ET_REL => ElfType::Relocatable,
        _ => ElfType::Other,
    };
    if file_type == elf::ET_REL {
        return Ok(());
    }
    let segments = header.program_headers(endian, bytes).map_err(text)?;
    let mut dynamic: Option<&[H::Dyn]> = None;
    for segment in segments {
        if let Some(name) = segment.interpreter(endian, bytes).map_err(text)? {
            out.interpreter = Some(String::from_utf8_lossy(name).into_owned());
        }
        if let Some(entries) = segment.dynamic(endian, bytes).map_err(text)? {
            dynamic.get_or_insert(entries);
        }
    }
    let Some(dynamic) = dynamic else { return Ok(()) };
    let mut table = Dynamic::default();
    for entry in dynamic {
        let value: u64 = entry.d_val(endian).into();
        match entry.d_tag(endian) {
            elf::DT_NULL => break,
            elf::DT_NEEDED => table.needed.push(value),
            elf::DT_SONAME => table.soname = Some(value),
            elf::DT_STRTAB => table.strings = Some(value),
            elf::DT_STRSZ => table.strings_size = Some(value),
            elf::DT_SYMTAB => table.symbols = Some(value),
            elf::DT_HASH => table.hash = Some(value),
            elf::DT_GNU_HASH => table.gnu_hash = Some(value),
            elf::DT_FLAGS_1 if value & elf::DF_1_PIE.0 != 0 => out.kind = ElfType::Executable,
            _ => {}
        }
    }
    let memory = |address: u64| -> Option<&[u8]> {
        segments.iter().filter(|segment| segment.p_type(endian) == elf::PT_LOAD).find_map(|segment| {
            let data = segment.data(endian, bytes).ok()?;
            let start: u64 = segment.p_vaddr(endian).into();
            data.get(usize::try_from(address.checked_sub(start)?).ok()?..).filter(|rest| !rest.is_empty())
        })
    };
    let strings =
        table.strings.and_then(memory).ok_or("no string table (DT_STRTAB) inside a loaded segment")?;
    let size = table.strings_size.and_then(|size| usize::try_from(size).ok()).unwrap_or(strings.len());
    let strings = strings.get(..size.min(strings.len())).unwrap_or_default();
    let end = strings.len() as u64;
    let strings = StringTable::new(strings, 0, end);
    let string = |offset: u64| -> Option<String> {
        let name = strings.get(u32::try_from(offset).ok()?).ok()?;
        Some(String::from_utf8_lossy(name).into_owned())
    };
    out.soname = table.soname.and_then(string);
    out.needed = table.needed.iter().filter_map(|offset| string(*offset)).collect();
    imports::<H>(out, &table, endian, memory, &strings, cx)
}

fn imports<'d, H>(
    out: &mut Elf,
    table: &Dynamic,
    endian: Endianness,
    memory: impl Fn(u64) -> Option<&'d [u8]>,
    strings: &StringTable<'d>,
    cx: &Cx<'_>,
) -> Result<(), String>
where
    H: FileHeader<Endian = Endianness>,
{
    let Some(address) = table.symbols else { return Ok(()) };
    let symbols = memory(address).ok_or("the symbol table (DT_SYMTAB) lies outside the loaded segments")?;
    let there = symbols.len().checked_div(size_of::<H::Sym>()).unwrap_or(0);
    let by_hash = || {
        let table = HashTable::<H>::parse(endian, memory(table.hash?)?).ok()?;
        usize::try_from(table.symbol_table_length()).ok()
    };
    // Undefined symbols stand before the first hashed one, so its index is enough where the table is empty.
    let by_gnu_hash = || {
        let table = GnuHashTable::<H>::parse(endian, memory(table.gnu_hash?)?).ok()?;
        let length = table.symbol_table_length(endian).unwrap_or(0);
        usize::try_from(length.max(table.symbol_base())).ok()
    };
    // The string table follows the symbol table in what linkers write.
    let by_neighbour = || {
        let gap = usize::try_from(table.strings?.checked_sub(address)?).ok()?;
        gap.checked_div(size_of::<H::Sym>())
    };
    let count = by_hash().or_else(by_gnu_hash).or_else(by_neighbour).unwrap_or(there).min(there);
    let (symbols, _) = pod::slice_from_bytes::<H::Sym>(symbols, count)
        .map_err(|()| format!("{count} symbols do not lie in the file or are not aligned"))?;
    let mut names: Vec<&[u8]> = symbols
        .iter()
        .filter(|symbol| symbol.st_shndx(endian) == elf::SHN_UNDEF && symbol.st_name(endian) != 0)
        .filter_map(|symbol| symbol.name(endian, *strings).ok())
        .filter(|name| !name.is_empty())
        .collect();
    names.sort_unstable();
    names.dedup();
    let limit = cx.limits.native_imports;
    let over = names.len().saturating_sub(limit);
    names.truncate(limit);
    out.imports = names.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    if over > 0 {
        return Err(format!("{over} imported symbols beyond the limit of {limit}"));
    }
    Ok(())
}

/// The entries of `PT_DYNAMIC` that matter, as addresses or offsets in the string table.
#[derive(Default)]
struct Dynamic {
    needed: Vec<u64>,
    soname: Option<u64>,
    strings: Option<u64>,
    strings_size: Option<u64>,
    symbols: Option<u64>,
    hash: Option<u64>,
    gnu_hash: Option<u64>,
}

fn machine(machine: elf::Machine, bits: u8) -> String {
    match (machine, bits) {
        (elf::EM_ARM, _) => "arm".to_owned(),
        (elf::EM_AARCH64, _) => "arm64".to_owned(),
        (elf::EM_386, _) => "x86".to_owned(),
        (elf::EM_X86_64, _) => "x86_64".to_owned(),
        (elf::EM_MIPS, 64) => "mips64".to_owned(),
        (elf::EM_MIPS, _) => "mips".to_owned(),
        (elf::EM_RISCV, 64) => "riscv64".to_owned(),
        (other, _) => format!("machine-{}", other.0),
    }
}
