//! `dexdump -d` agrees: every class, method, instruction, try and line of every DEX of the corpora.

#![allow(clippy::print_stderr)]

mod common;

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use overt_dex::{DexFile, MethodIdx};

/// What the two are compared by: one line per fact, in the order in which dexdump prints them.
fn ours(dex: &DexFile) -> String {
    let mut out = String::new();
    for (_, class) in dex.class_defs() {
        let class = class.expect("a class");
        let _ = writeln!(out, "class {}", dex.descriptor(class.class).expect("a descriptor"));
        for method in dex.class_data(&class).methods() {
            let reference = dex.method(MethodIdx(method.method.0)).expect("a method");
            let name = dex.string(reference.name).expect("a name");
            let _ = writeln!(out, "method {name}{}", dex.prototype(reference.proto));
            if method.code_off == 0 {
                continue;
            }
            let code = dex.code(method.code_off).expect("code");
            let _ = writeln!(out, "registers {} {} {}", code.registers, code.ins, code.outs);
            for insn in code.instructions() {
                let insn = insn.expect("an instruction");
                let _ = writeln!(out, "{:04x} {}", insn.offset, insn.op.name());
            }
            for range in code.tries() {
                let _ = writeln!(out, "try {:04x} {:04x}", range.start, range.end);
                for (type_, target) in range.handlers {
                    let name = type_.map(|t| dex.descriptor(t).expect("a descriptor"));
                    let _ = writeln!(out, "catch {} {target:04x}", name.as_deref().unwrap_or("<any>"));
                }
            }
            for line in code.line_numbers() {
                let _ = writeln!(out, "line {:04x} {}", line.offset, line.line as i32);
            }
            // dexdump lists parameters as well, which the file does not name as locals.
            let mut locals: Vec<_> = code
                .locals()
                .into_iter()
                .filter(|l| l.register < u32::from(code.registers - code.ins) && l.start < l.end)
                .map(|local| {
                    let name = local.name.map(|n| dex.string(n).expect("a name"));
                    let type_ = local.type_.map(|t| dex.descriptor(t).expect("a type"));
                    format!(
                        "local {:04x} {:04x} {} {} {}",
                        local.start,
                        local.end,
                        local.register,
                        name.as_deref().unwrap_or("(null)"),
                        type_.as_deref().unwrap_or("(null)")
                    )
                })
                .collect();
            locals.sort();
            for local in locals {
                let _ = writeln!(out, "{local}");
            }
        }
    }
    out
}

fn theirs(lines: impl Iterator<Item = std::io::Result<Vec<u8>>>) -> String {
    let mut out = String::new();
    let (mut name, mut in_positions, mut registers) = (String::new(), false, [String::new(), String::new()]);
    let (mut in_catches, mut in_locals, mut locals) = (false, false, Vec::<String>::new());
    for line in lines {
        let line = line.expect("dexdump's output");
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches('\n');
        if in_locals && !line.starts_with("        0x") {
            locals.sort();
            for local in locals.drain(..) {
                let _: std::fmt::Result = writeln!(out, "{local}");
            }
            in_locals = false;
        }
        let value = || line.split_once(": ").map_or("", |(_, value)| value).trim_matches('\'').to_owned();
        if let Some(at) = line.find(" |").filter(|_| line.as_bytes().get(6) == Some(&b':')) {
            // 0170d8: 6000 1600      |0000: sget v0, …
            let insn = &line[at + 2..];
            let Some((offset, rest)) = insn.split_once(": ").filter(|(o, _)| !o.starts_with('[')) else {
                continue;
            };
            let mnemonic = rest.split(' ').next().unwrap_or_default();
            if !matches!(mnemonic, "packed-switch-data" | "sparse-switch-data" | "array-data") {
                let _ = writeln!(out, "{offset} {mnemonic}");
            }
        } else if line.starts_with("  Class descriptor  : ") {
            let _ = writeln!(out, "class {}", value());
        } else if line.starts_with("      name          : ") {
            name = value();
        } else if line.starts_with("      type          : '(") {
            let _ = writeln!(out, "method {name}{}", value());
        } else if line.starts_with("      registers     : ") {
            registers[0] = value();
        } else if line.starts_with("      ins           : ") {
            registers[1] = value();
        } else if line.starts_with("      outs          : ") {
            let _ = writeln!(out, "registers {} {} {}", registers[0], registers[1], value());
        } else if line.starts_with("      catches       : ") {
            (in_catches, in_positions) = (true, false);
        } else if line.starts_with("      positions     : ") {
            (in_catches, in_positions) = (false, true);
        } else if line.starts_with("      locals        : ") {
            (in_catches, in_positions, in_locals) = (false, false, true);
        } else if in_locals && let Some(local) = line.trim().strip_prefix("0x") {
            // 0x0000 - 0x0004 reg=0 this Lp/C; Signature
            let words: Vec<_> = local.split(' ').collect();
            let (start, end) = (words[0], words[2].trim_start_matches("0x"));
            let register: u32 = words[3].trim_start_matches("reg=").parse().expect("a register");
            let own =
                registers[0].parse::<u32>().expect("a count") - registers[1].parse::<u32>().expect("a count");
            if register < own && start != end {
                locals.push(format!("local {start} {end} {register} {} {}", words[4], words[5]));
            }
        } else if in_positions && let Some((offset, number)) = line.trim().split_once(" line=") {
            let _ = writeln!(out, "line {} {number}", offset.trim_start_matches("0x"));
        } else if in_catches && let Some((type_, target)) = line.trim().split_once(" -> 0x") {
            let _ = writeln!(out, "catch {type_} {target}");
        } else if in_catches && let Some((start, end)) = line.trim().split_once(" - 0x") {
            let _ = writeln!(out, "try {} {end}", start.trim_start_matches("0x"));
        }
    }
    out
}

#[test]
fn everything_equals_what_dexdump_prints() {
    if Command::new("dexdump").stderr(Stdio::null()).stdout(Stdio::null()).status().is_err() {
        eprintln!("SKIPPED: dexdump is not installed");
        return;
    }
    let Some(files) = common::corpus_dex_files() else { return };
    let (mut methods, mut instructions) = (0, 0);
    for (name, view) in files {
        let mut file = tempfile::Builder::new().suffix(".dex").tempfile().expect("a temporary file");
        file.write_all(&view).expect("written");
        let mut child = Command::new("dexdump")
            .args(["-d", "-j"])
            .arg(file.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dexdump runs");
        let theirs = theirs(BufReader::new(child.stdout.take().expect("piped")).split(b'\n'));
        assert!(child.wait().expect("dexdump ends").success(), "{name}");
        let ours = ours(&DexFile::parse(view).expect("a DEX"));
        if let Some((ours, theirs)) = ours.lines().zip(theirs.lines()).find(|(a, b)| a != b) {
            panic!("{name}: ours {ours:?}, theirs {theirs:?}");
        }
        assert_eq!(ours.lines().count(), theirs.lines().count(), "{name}");
        methods += ours.lines().filter(|l| l.starts_with("method ")).count();
        let hex = |l: &&str| {
            l.as_bytes().first().is_some_and(u8::is_ascii_hexdigit) && l.as_bytes().get(4) == Some(&b' ')
        };
        instructions += ours.lines().filter(hex).count();
    }
    eprintln!("{methods} methods, {instructions} instructions agree");
}
