//! Imported functions as the sandbox plays them: memory and text exactly, everything else unknown.

use crate::image::Machine;
use crate::machine::Cpu;
use crate::mark::{ADD, ARGUMENT, MULTIPLY, Mark, Value};
use crate::memory::{Fault, Memory};
use crate::text::{self, FILLER};

/// The most bytes one call moves.
const MOST: u64 = 1 << 14;
/// Bytes that an unknown text has.
const UNKNOWN_TEXT: u64 = 16;

/// What follows a call.
pub(crate) enum Outcome {
    /// It returns.
    Return(Value),
    /// Control goes on at a function of the file.
    Enter(u64, [Value; 3]),
    /// It returns, and a function of the file runs beside with one argument.
    Spawn(u64, Value, Value),
    /// The program ends.
    End,
}

/// The n-th integer argument of the call that is about to happen.
pub(crate) fn argument(cpu: &Cpu<'_>, index: usize) -> Value {
    let (registers, size, stack) = match cpu.image.machine {
        Machine::Arm => (4, 4, 13),
        Machine::Arm64 => (8, 8, 31),
    };
    if index < registers {
        return cpu.r[index];
    }
    let base = cpu.r[stack];
    let offset = (index - registers) as u64 * size;
    let address = Value { bits: base.bits.wrapping_add(offset), mark: base.mark };
    cpu.memory.load(address, size).unwrap_or(Value::unknown(0, ARGUMENT))
}

fn count(value: Value) -> u64 {
    if value.mark.is_unknown() { value.bits.min(64) } else { value.bits.min(MOST) }
}

fn write(cpu: &mut Cpu<'_>, start: Value, cells: &[(u8, Mark)], end: bool) -> Result<(), Fault> {
    let at = Memory::place(start)?;
    for (index, (byte, mark)) in cells.iter().enumerate() {
        cpu.memory.set(at.wrapping_add(index as u64), *byte, *mark)?;
    }
    if end {
        cpu.memory.set(at.wrapping_add(cells.len() as u64), 0, Mark::KNOWN)?;
    }
    Ok(())
}

/// The text at an address as cells; unknown text is one filler.
pub(crate) fn cells(cpu: &Cpu<'_>, address: Value, most: usize) -> Vec<(u8, Mark)> {
    let Ok(start) = Memory::place(address) else { return Vec::new() };
    let (mut cells, end) = text::bytes(&cpu.memory, start, most);
    if end.is_unknown() || cells.is_empty() && address.mark.is_unknown() {
        let mark = if address.mark.is_unknown() { address.mark } else { end };
        if cells.len() < most {
            cells.push((FILLER, mark));
        }
    }
    cells
}

fn copy(cpu: &mut Cpu<'_>, to: Value, from: Value, size: u64) -> Result<(), Fault> {
    let start = Memory::place(from)?;
    let cells: Vec<(u8, Mark)> = (0..size).map(|at| cpu.memory.byte(start.wrapping_add(at))).collect();
    write(cpu, to, &cells, false)
}

/// Fills a buffer with something that came from outside.
fn fill(cpu: &mut Cpu<'_>, to: Value, size: u64, from: u32, end: bool) -> Result<(), Fault> {
    let cells = vec![(FILLER, Mark::unknown(from)); size as usize];
    write(cpu, to, &cells, end)
}

fn join(cells: &[(u8, Mark)]) -> Mark {
    cells.iter().find(|cell| cell.1.is_unknown()).map_or(Mark::KNOWN, |cell| cell.1)
}

/// Plays the import of number `from`.
pub(crate) fn call(cpu: &mut Cpu<'_>, name: &str, from: u32) -> Result<Outcome, Fault> {
    let arg = |index: usize| argument(cpu, index);
    let (a, b, c) = (arg(0), arg(1), arg(2));
    let result = match name {
        "__libc_init" => {
            return Ok(Outcome::Enter(c.bits, [Value::unknown(2, ARGUMENT), vector(cpu)?, vector(cpu)?]));
        }
        "__libc_start_main" => {
            return Ok(Outcome::Enter(a.bits, [Value::unknown(2, ARGUMENT), vector(cpu)?, vector(cpu)?]));
        }
        "pthread_create" => return Ok(Outcome::Spawn(c.bits, arg(3), Value::unknown(0, from))),
        "exit"
        | "_exit"
        | "_Exit"
        | "abort"
        | "__stack_chk_fail"
        | "__assert2"
        | "__assert"
        | "longjmp"
        | "siglongjmp"
        | "__cxa_throw"
        | "pthread_exit"
        | "__android_log_assert"
        | "_ZSt9terminatev" => {
            return Ok(Outcome::End);
        }
        "malloc" | "valloc" | "_Znwj" | "_Znaj" | "_Znwm" | "_Znam" => allocate(cpu, count(a)),
        "calloc" => {
            let size = count(a).saturating_mul(count(b)).min(MOST);
            let place = allocate(cpu, size);
            write(cpu, place, &vec![(0, Mark::KNOWN); size as usize], false)?;
            place
        }
        "realloc" => {
            let place = allocate(cpu, count(b));
            if a.bits != 0 {
                copy(cpu, place, a, count(b))?;
            }
            place
        }
        "free" | "_ZdlPv" | "_ZdaPv" => Value::known(0),
        "memcpy" | "memmove" | "__memcpy_chk" | "__memmove_chk" | "__aeabi_memcpy" | "__aeabi_memcpy4"
        | "__aeabi_memcpy8" | "__aeabi_memmove" | "__aeabi_memmove4" | "__aeabi_memmove8" | "mempcpy" => {
            copy(cpu, a, b, count(c))?;
            a
        }
        "bcopy" => {
            copy(cpu, b, a, count(c))?;
            a
        }
        "memset" | "__memset_chk" => {
            write(cpu, a, &vec![(b.bits as u8, b.mark); count(c) as usize], false)?;
            a
        }
        "__aeabi_memset" | "__aeabi_memset4" | "__aeabi_memset8" => {
            write(cpu, a, &vec![(c.bits as u8, c.mark); count(b) as usize], false)?;
            a
        }
        "bzero" | "__aeabi_memclr" | "__aeabi_memclr4" | "__aeabi_memclr8" => {
            write(cpu, a, &vec![(0, Mark::KNOWN); count(b) as usize], false)?;
            a
        }
        "strlen" | "__strlen_chk" => {
            let cells = cells(cpu, a, text::LONGEST);
            Value { bits: cells.len() as u64, mark: join(&cells) }
        }
        "strnlen" => {
            let cells = cells(cpu, a, count(b) as usize);
            Value { bits: cells.len() as u64, mark: join(&cells) }
        }
        "strcpy" | "__strcpy_chk" | "stpcpy" | "__stpcpy_chk" => {
            let cells = cells(cpu, b, text::LONGEST);
            write(cpu, a, &cells, true)?;
            let moved = if name.contains("stp") { cells.len() as u64 } else { 0 };
            Value { bits: a.bits.wrapping_add(moved), mark: a.mark }
        }
        "strncpy" | "__strncpy_chk" | "__strncpy_chk2" => {
            let mut cells = cells(cpu, b, count(c) as usize);
            cells.resize(count(c) as usize, (0, Mark::KNOWN));
            write(cpu, a, &cells, false)?;
            a
        }
        "strlcpy" | "__strlcpy_chk" => {
            let cells = cells(cpu, b, text::LONGEST);
            let kept = cells.len().min((count(c) as usize).saturating_sub(1));
            write(cpu, a, &cells[..kept], true)?;
            Value { bits: cells.len() as u64, mark: join(&cells) }
        }
        "strcat" | "__strcat_chk" | "strncat" | "__strncat_chk" | "strlcat" | "__strlcat_chk" => {
            let before = text::bytes(&cpu.memory, Memory::place(a)?, text::LONGEST).0;
            let most = if name.contains('n') { count(c) as usize } else { text::LONGEST };
            let cells = cells(cpu, b, most);
            let end = Value { bits: Memory::place(a)?.wrapping_add(before.len() as u64), mark: Mark::KNOWN };
            write(cpu, end, &cells, true)?;
            a
        }
        "strdup" | "__strdup" => {
            let cells = cells(cpu, a, text::LONGEST);
            let place = allocate(cpu, cells.len() as u64 + 1);
            write(cpu, place, &cells, true)?;
            place
        }
        "strcmp" | "strncmp" | "strcasecmp" | "strncasecmp" | "memcmp" | "bcmp" => {
            compare(cpu, name, a, b, c)
        }
        "strchr" | "strrchr" | "__strchr_chk" | "__strrchr_chk" | "index" | "memchr" => {
            let cells = cells(cpu, a, text::LONGEST);
            let mark = join(&cells).join(b.mark, 0);
            let found = if name.contains("rchr") {
                cells.iter().rposition(|cell| cell.0 == b.bits as u8)
            } else {
                cells.iter().position(|cell| cell.0 == b.bits as u8)
            };
            place(a, found, mark)
        }
        "strstr" => {
            let (hay, needle) = (cells(cpu, a, text::LONGEST), cells(cpu, b, 256));
            let found = if needle.is_empty() {
                Some(0)
            } else {
                hay.windows(needle.len()).position(|part| part.iter().zip(&needle).all(|(a, b)| a.0 == b.0))
            };
            place(a, found, join(&hay).join(join(&needle), 0))
        }
        "sprintf" | "__sprintf_chk" | "snprintf" | "__snprintf_chk" => {
            let (format, first, most) = match name {
                "sprintf" => (1, 2, text::LONGEST),
                "__sprintf_chk" => (3, 4, text::LONGEST),
                "snprintf" => (2, 3, count(b) as usize),
                _ => (4, 5, count(b) as usize),
            };
            let mut out = crate::format::print(cpu, arg(format), |index| argument(cpu, first + index));
            let full = Value { bits: out.len() as u64, mark: join(&out) };
            out.truncate(most.saturating_sub(1));
            write(cpu, a, &out, true)?;
            full
        }
        "vsprintf" | "vsnprintf" | "__vsprintf_chk" | "__vsnprintf_chk" => {
            write(cpu, a, &[(FILLER, Mark::unknown(ARGUMENT))], true)?;
            Value::unknown(1, ARGUMENT)
        }
        "asprintf" => {
            let out = crate::format::print(cpu, b, |index| argument(cpu, 2 + index));
            let place = allocate(cpu, out.len() as u64 + 1);
            write(cpu, place, &out, true)?;
            let size = if cpu.image.machine == Machine::Arm { 4 } else { 8 };
            cpu.memory.store(a, place, size)?;
            Value::known(out.len() as u64)
        }
        "atoi" | "atol" | "strtol" | "strtoul" => {
            let cells = cells(cpu, a, 24);
            let mark = join(&cells);
            if mark.is_unknown() {
                Value { bits: 1, mark }
            } else {
                let text: String = cells.iter().map(|cell| char::from(cell.0)).collect();
                let digits: String = text.trim().chars().take_while(|char| char.is_ascii_digit()).collect();
                Value::known(digits.parse::<u32>().unwrap_or(0).into())
            }
        }
        "tolower" | "toupper" | "isalnum" | "isalpha" | "isdigit" | "isspace" | "isxdigit" | "isupper"
        | "islower" | "isprint" => character(name, a),
        "__aeabi_idiv" | "__aeabi_uidiv" | "__aeabi_idivmod" | "__aeabi_uidivmod" => {
            let mark = a.mark.join(b.mark, MULTIPLY);
            let (quotient, rest) = if name.contains('u') {
                (a.low().checked_div(b.low()).unwrap_or(0), a.low().checked_rem(b.low()).unwrap_or(0))
            } else {
                let (x, y) = (a.low() as i32, b.low() as i32);
                (x.checked_div(y).unwrap_or(0) as u32, x.checked_rem(y).unwrap_or(0) as u32)
            };
            if name.ends_with("mod") {
                cpu.r[1] = Value { bits: u64::from(rest), mark };
            }
            Value { bits: u64::from(quotient), mark }
        }
        "read" | "recv" | "recvfrom" | "__read_chk" | "__recvfrom_chk" | "pread" | "recvmsg" => {
            let size = count(c).min(64);
            fill(cpu, b, size, from, count(c) > 64)?;
            if (2..=4).contains(&size) {
                // A number most likely, and a length most likely: a small one keeps the way through the code short.
                let number: Vec<(u8, Mark)> = (0..size)
                    .map(|at| (if at == 0 { UNKNOWN_TEXT as u8 } else { 0 }, Mark::unknown(from)))
                    .collect();
                write(cpu, b, &number, false)?;
            }
            Value::unknown(size, from)
        }
        "fgets" | "__fgets_chk" => {
            fill(cpu, a, UNKNOWN_TEXT.min(count(b)), from, true)?;
            Value { bits: a.bits, mark: Mark::unknown(from) }
        }
        "fread" | "__fread_chk" => {
            let size = count(b).saturating_mul(count(c)).min(64);
            fill(cpu, a, size, from, false)?;
            Value::unknown(c.bits, from)
        }
        "__system_property_get" | "property_get" => {
            fill(cpu, b, UNKNOWN_TEXT, from, true)?;
            Value::unknown(UNKNOWN_TEXT, from)
        }
        "getenv"
        | "strtok"
        | "strtok_r"
        | "inet_ntoa"
        | "dlerror"
        | "strerror"
        | "android_get_device_name"
        | "getcwd"
        | "realpath" => {
            let place = allocate(cpu, UNKNOWN_TEXT + 1);
            fill(cpu, place, UNKNOWN_TEXT, from, true)?;
            Value { bits: place.bits, mark: Mark::unknown(from) }
        }
        "fopen" | "fdopen" | "popen" | "opendir" | "readdir" | "gethostbyname" | "dlopen" | "dlsym"
        | "getpwnam" | "__errno" | "__errno_location" | "localtime" | "localtime_r" | "__get_tls" => {
            let place = allocate(cpu, 64);
            let mark = if name.contains("errno") { Mark::KNOWN } else { Mark::unknown(from) };
            Value { bits: place.bits, mark }
        }
        "socket"
        | "accept"
        | "accept4"
        | "open"
        | "open64"
        | "openat"
        | "__open_2"
        | "fileno"
        | "android_get_control_socket"
        | "socket_local_server"
        | "socket_local_client" => Value::unknown(3, from),
        "getuid" | "geteuid" | "getpid" | "getppid" => Value::unknown(0, from),
        _ => Value::unknown(0, from),
    };
    Ok(Outcome::Return(result))
}

/// `argv` or `envp`: pointers to unknown texts.
fn vector(cpu: &mut Cpu<'_>) -> Result<Value, Fault> {
    let size = if cpu.image.machine == Machine::Arm { 4 } else { 8 };
    let list = allocate(cpu, 4 * size);
    for index in 0..2 {
        let place = allocate(cpu, UNKNOWN_TEXT + 1);
        fill(cpu, place, UNKNOWN_TEXT, ARGUMENT, true)?;
        let slot = Value { bits: list.bits + index * size, mark: Mark::KNOWN };
        cpu.memory.store(slot, Value { bits: place.bits, mark: Mark::unknown(ARGUMENT) }, size)?;
    }
    Ok(list)
}

fn allocate(cpu: &mut Cpu<'_>, size: u64) -> Value {
    Value::known(cpu.memory.allocate(size).unwrap_or(0))
}

fn place(start: Value, found: Option<usize>, mark: Mark) -> Value {
    match found {
        Some(at) => {
            let mark = if mark.is_unknown() { mark } else { start.mark };
            Value { bits: start.bits.wrapping_add(at as u64), mark }
        }
        None if mark.is_unknown() => Value { bits: start.bits, mark },
        None => Value::known(0),
    }
}

fn compare(cpu: &Cpu<'_>, name: &str, a: Value, b: Value, c: Value) -> Value {
    let most = match name {
        "strcmp" | "strcasecmp" => text::LONGEST,
        _ => count(c) as usize,
    };
    let raw = |address: Value| -> Vec<(u8, Mark)> {
        if matches!(name, "memcmp" | "bcmp") {
            let Ok(start) = Memory::place(address) else { return Vec::new() };
            (0..most.min(text::LONGEST) as u64).map(|at| cpu.memory.byte(start.wrapping_add(at))).collect()
        } else {
            cells(cpu, address, most)
        }
    };
    let (x, y) = (raw(a), raw(b));
    let mark = join(&x).join(join(&y), 0);
    if mark.is_unknown() {
        return Value { bits: 1, mark };
    }
    let fold = |cells: &[(u8, Mark)]| -> Vec<u8> {
        let lower = name.contains("case");
        cells.iter().map(|cell| if lower { cell.0.to_ascii_lowercase() } else { cell.0 }).collect()
    };
    let order = fold(&x).cmp(&fold(&y)) as i32;
    Value::known(u64::from(order as u32))
}

fn character(name: &str, value: Value) -> Value {
    let byte = value.bits as u8;
    let truth = match name {
        "tolower" => return changed(value, byte.to_ascii_lowercase()),
        "toupper" => return changed(value, byte.to_ascii_uppercase()),
        "isalnum" => byte.is_ascii_alphanumeric(),
        "isalpha" => byte.is_ascii_alphabetic(),
        "isdigit" => byte.is_ascii_digit(),
        "isspace" => byte.is_ascii_whitespace() || byte == 11,
        "isxdigit" => byte.is_ascii_hexdigit(),
        "isupper" => byte.is_ascii_uppercase(),
        "islower" => byte.is_ascii_lowercase(),
        _ => byte.is_ascii_graphic() || byte == b' ',
    };
    let mark = if value.mark.is_unknown() { value.mark } else { Mark::KNOWN };
    Value { bits: u64::from(truth), mark }
}

fn changed(value: Value, byte: u8) -> Value {
    let same = value.bits as u8 == byte;
    Value { bits: u64::from(byte), mark: if same { value.mark } else { value.mark.after(ADD) } }
}
