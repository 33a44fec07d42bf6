//! Native code of ARM and AArch64: what it calls, what it hides.
//!
//! A file is loaded as the dynamic linker would, and its functions are run in a sandbox without a kernel, a network or a clock.
//! Every byte knows where it comes from (`mark`): text that arithmetic made of bytes of the file is written down with the function
//! that wrote it and, where one fits, the formula (`cipher`). Calls of imported functions are written down with their arguments, so
//! a command or host that exists only after decoding is seen where it is used.
//!
//! Invariants: nothing of the input is executed by the host; no panics, no unbounded loops; the same bytes give the same facts.
//! Both ways of a branch are tried where something unknown decides: a fact says what the code can do, not that it does.

mod a64;
mod a64_vector;
mod arm;
mod cipher;
mod explore;
pub mod facts;
mod format;
mod harvest;
mod image;
mod java;
mod library;
mod machine;
mod mark;
mod memory;
mod neon;
mod sweep;
mod text;
mod thumb;
mod watch;

use std::collections::BTreeSet;

use explore::Explorer;
use image::Image;

pub use facts::{Budget, Call, CallKind, Facts, Function, JavaMethod, Recovered, Socket, SocketRole, Text};
pub use image::Machine;

/// Everything a file tells within a budget; a file that cannot be run says why in [`Facts::opaque`].
#[must_use]
pub fn analyse(bytes: &[u8], budget: &Budget) -> Facts {
    let mut image = match Image::load(bytes) {
        Ok(image) => image,
        Err(why) => return Facts { opaque: Some(why), ..Facts::default() },
    };
    let sweep = sweep::sweep(&image);
    for target in &sweep.targets {
        image.function(*target);
    }
    let mut explorer = Explorer::new(&image, *budget);
    explorer.all();
    let names: std::collections::BTreeMap<u64, &String> =
        image.exports.iter().map(|(name, address)| (*address, name)).collect();
    let functions = sweep
        .imports
        .iter()
        .map(|(function, imports)| {
            let calls: BTreeSet<String> =
                imports.iter().filter_map(|index| image.imports.get(*index)).cloned().collect();
            Function {
                address: image.plain(*function),
                name: names.get(function).map(|name| (*name).clone()),
                calls: calls.into_iter().collect(),
            }
        })
        .collect();
    let mut java: BTreeSet<JavaMethod> = explorer
        .methods
        .iter()
        .map(|method| JavaMethod { function: image.plain(method.function), ..method.clone() })
        .collect();
    for (name, address) in &image.exports {
        if let Some((class, method, descriptor)) = java::exported(name) {
            let function = image.plain(*address);
            java.insert(JavaMethod { class: Some(class), name: method, descriptor, function });
        }
    }
    let all: BTreeSet<u64> = image.functions.union(&explorer.reached).copied().collect();
    let left = all.difference(&explorer.run).count();
    let mut why = Vec::new();
    if all.is_empty() {
        why.push("no function was found".to_owned());
    } else if left > 0 {
        why.push(format!("the budget ended before {left} of {} functions were run", all.len()));
    }
    if explorer.harvest.full || explorer.calls.len() >= budget.kept {
        why.push(format!("more than {} texts or calls", budget.kept));
    }
    let imports: BTreeSet<String> = image.imports.iter().cloned().collect();
    Facts {
        imports: imports.into_iter().collect(),
        functions,
        calls: telling(explorer.calls.into_iter().collect()),
        sockets: explorer.sockets.into_iter().collect(),
        java: java.into_iter().collect(),
        functions_seen: all.len(),
        functions_run: explorer.run.len(),
        opaque: (!why.is_empty()).then(|| why.join("; ")),
        recovered: explorer.harvest.finish(),
    }
}

/// Calls told of one call instruction.
const TOLD: usize = 8;

/// Of the calls of one instruction those that say most: decoded text first, then the longest known arguments.
fn telling(calls: Vec<Call>) -> Vec<Call> {
    let mut sites: std::collections::BTreeMap<(u64, String), Vec<Call>> = std::collections::BTreeMap::new();
    for call in calls {
        sites.entry((call.address, call.name.clone())).or_default().push(call);
    }
    let known = |call: &Call| -> usize {
        call.arguments.iter().map(|argument| argument.replace(text::HOLE, "").len()).sum()
    };
    let mut out = Vec::new();
    for (_, mut calls) in sites {
        calls.sort_by_key(|call| (!call.hidden, call.comes_from.is_none(), usize::MAX - known(call)));
        // A call with nothing but holes adds nothing to one that says something, except where its argument comes from.
        if calls.iter().any(|call| known(call) > 0) {
            calls.retain(|call| known(call) > 0 || call.comes_from.is_some());
        }
        calls.truncate(TOLD);
        out.extend(calls);
    }
    out.sort();
    out
}

/// The texts that a file's own code makes and that the file does not hold as such; none for a file that is not ARM or AArch64.
#[must_use]
pub fn strings(bytes: &[u8]) -> Vec<Recovered> {
    analyse(bytes, &Budget::default()).recovered
}

/// Texts of at least `shortest` printable bytes that stand in the loaded parts of a file, at most `most`, in order of address.
#[must_use]
pub fn texts(bytes: &[u8], shortest: usize, most: usize) -> Vec<Text> {
    let Ok(image) = Image::load(bytes) else { return Vec::new() };
    let mut out = Vec::new();
    for (start, bytes) in image.ranges() {
        let mut at = 0_u64;
        for part in bytes.split(|byte| !harvest::printable(*byte) || *byte >= 0x80) {
            if part.len() >= shortest && out.len() < most {
                let address = image.plain(start + at);
                out.push(Text { address, value: String::from_utf8_lossy(part).into_owned() });
            }
            at += part.len() as u64 + 1;
        }
    }
    out
}
