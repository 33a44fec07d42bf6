//! Whence an address comes: from the call that is given it back to the texts that it is made of.
//!
//! The sandbox runs forwards and stops where a branch depends on the device. This goes backwards, over every way: from
//! the register of a call to the instructions that may have written it (`register`), on to callers, fields, results
//! and what is put under the same key (`index`), and puts the texts together again (`template`, `texts`). Where the app
//! decodes a text, what the sandbox made there is taken, or the decoder is run on the arguments found. Of what the code
//! does not decide it finds the call by which it comes in (`sources`).
//!
//! Invariants: what is not known stands as a hole with its reason; every walk ends in budget; it says what an address can
//! be, not which way is taken.

mod calls;
mod contents;
mod index;
mod objects;
mod platform;
mod request;
mod resolve;
mod sources;
mod template;
mod texts;

use std::collections::BTreeSet;

use overt_program::{ClassTable, MethodId};
use rustc_hash::FxHashMap;

pub use template::{Cause, Giver, Host, Source};

use crate::budget::Budget;
use crate::recover::Recovered;
use crate::resources::Resources;
use crate::sandbox::Sandbox;
use resolve::Resolver;

/// A call that is asked about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The method that calls.
    pub method: MethodId,
    /// Where, in code units.
    pub offset: u32,
    /// The calls by which its method was come to, the innermost first: method and offset. Beyond them, and where there are
    /// none, any.
    pub entered: Vec<(MethodId, u32)>,
}

impl From<(MethodId, u32)> for Call {
    fn from((method, offset): (MethodId, u32)) -> Call {
        Call { method, offset, entered: Vec::new() }
    }
}

/// What is known of the address that a call is given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sink {
    /// The method that calls.
    pub method: MethodId,
    /// Where, in code units.
    pub offset: u32,
    /// The calls by which its method was come to, as they were asked for.
    pub entered: Vec<(MethodId, u32)>,
    /// What is called: `Lp/C;->m(I)V`.
    pub api: String,
    /// Addresses that it may be given, with holes as `‹what›`.
    pub addresses: Vec<String>,
    /// Hosts among them, in the order of the addresses: of a list that the code goes through, its own.
    pub hosts: Vec<String>,
    /// Methods of HTTP with which it is asked (`GET`, `POST`), as far as the code tells.
    pub requests: BTreeSet<&'static str>,
    /// Why there may be others; empty where each address names its host.
    pub unknown: BTreeSet<Cause>,
    /// Every address stays on the device: nothing goes out here.
    pub local: bool,
}

/// Finds out for calls what addresses they are given. Calls that neither take nor determine an
/// address are left out. `counts`: whether what a method does counts (is reached). `recovered`: what the sandbox made.
#[must_use]
pub fn sinks(
    table: &ClassTable,
    resources: &dyn Resources,
    budget: Budget,
    calls: &[Call],
    recovered: &[Recovered],
    counts: &dyn Fn(MethodId) -> bool,
) -> Vec<Sink> {
    let mut made: FxHashMap<(MethodId, u32), Vec<String>> = FxHashMap::default();
    for one in recovered.iter().filter(|one| !matches!(one.how.kind, "literal")) {
        let names = table.names();
        let (Some(class), Some(name), Some(proto)) =
            (table.find(&one.class), names.get(&one.method), names.get(&one.descriptor))
        else {
            continue;
        };
        // What the sandbox did not know, the callers may.
        if one.value.contains("‹parameter") || one.value.contains("‹this") {
            continue;
        }
        if let Some(method) = table.defined(class, name, proto) {
            made.entry((method, one.offset)).or_default().push(one.value.clone());
        }
    }
    let sandbox = Sandbox::new(table, resources, budget);
    let mut resolver = Resolver::new(sandbox, resources, made, counts);
    // What is asked for whatever way comes first: the budget is shared.
    let (any, entered): (Vec<&Call>, Vec<&Call>) = calls.iter().partition(|call| call.entered.is_empty());
    let mut all: Vec<Sink> = any.into_iter().chain(entered).filter_map(|call| resolver.sink(call)).collect();
    all.sort();
    all.dedup();
    all
}

/// Descriptors of the parameters in `(ILp/C;)`.
fn parameters(prototype: &str) -> impl Iterator<Item = &str> {
    let inner = prototype.strip_prefix('(').and_then(|rest| rest.split(')').next()).unwrap_or("");
    let mut rest = inner;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let dimensions = rest.len() - rest.trim_start_matches('[').len();
        let end = match rest.as_bytes().get(dimensions) {
            Some(b'L') => rest.find(';').map_or(rest.len(), |at| at + 1),
            _ => (dimensions + 1).min(rest.len()),
        };
        let (first, behind) = rest.split_at_checked(end)?;
        rest = behind;
        Some(first)
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn parameters_are_told_apart() {
        let all: Vec<&str> = super::parameters("(ILjava/lang/String;[[JZ[Lp/C;D)").collect();
        assert_eq!(all, ["I", "Ljava/lang/String;", "[[J", "Z", "[Lp/C;", "D"]);
    }
}
