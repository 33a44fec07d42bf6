//! The calls that a way through code passes, and what is certainly called before it goes on.

use std::collections::{BTreeMap, BTreeSet};

use overt_dex::MethodIdx;
use overt_flow::flow::Flow;
use overt_flow::object::Place;
use overt_flow::trace::Note;
use overt_program::MethodId;
use overt_program::classes::MethodKey;
use overt_program::ir::{self, BlockId, Literal, Operation};

use crate::unit::Code;

/// A call of the platform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Called {
    /// The method that calls, by its position among the own methods.
    pub(crate) method: usize,
    /// The instruction.
    pub(crate) offset: u32,
    /// Simple name of the class and name of the method: `Context.checkCallingPermission`.
    pub(crate) api: String,
}

/// What to look for: class descriptor and method name.
pub(crate) type Wanted<'w> = &'w dyn Fn(&str, &str) -> bool;

/// Methods of a string that compare it.
const COMPARES: &[&str] = &[
    "equals",
    "equalsIgnoreCase",
    "contentEquals",
    "startsWith",
    "contains",
    "compareTo",
    "compareToIgnoreCase",
];

/// Calls deep that methods called on the way are looked into.
const DEEP: u8 = 2;

/// A way: the methods that it passes, each with the instruction at which it goes on.
pub(crate) struct Passage<'a> {
    code: Code<'a>,
    at: BTreeSet<(usize, u32)>,
}

impl<'a> Passage<'a> {
    /// The way of a flow: what its data passes, and its end.
    pub(crate) fn of(code: Code<'a>, flow: &Flow) -> Passage<'a> {
        let steps = flow.steps.iter().filter(|step| step.note != Note::Source);
        Passage::through(code, steps.map(|step| step.place).chain([flow.sink.place]))
    }

    /// The way that passes these instructions.
    pub(crate) fn through(code: Code<'a>, places: impl Iterator<Item = Place>) -> Passage<'a> {
        let at =
            places.filter_map(|place| Some((code.table.own_index(place.method)?, place.offset))).collect();
        Passage { code, at }
    }

    /// Methods that it passes, and where each goes on.
    pub(crate) fn places(&self) -> impl Iterator<Item = (usize, u32)> + '_ {
        self.at.iter().copied()
    }

    /// The same with more calls that it passes.
    pub(crate) fn with(mut self, more: impl Iterator<Item = (usize, u32)>) -> Passage<'a> {
        self.at.extend(more);
        self
    }

    /// The first wanted call that certainly happens before the way goes on: in a method of the way, or in a method that
    /// is called there.
    pub(crate) fn before(&self, wanted: Wanted<'_>) -> Option<Called> {
        self.first(wanted, |found, _, _, _| Some(found))
    }

    /// What `takes` makes of the first wanted call before the way goes on that it accepts: it is given the call, and the
    /// method of the way, the offset that leads to the call and the one at which the way goes on.
    fn first<T>(
        &self,
        wanted: Wanted<'_>,
        takes: impl Fn(Called, usize, u32, u32) -> Option<T>,
    ) -> Option<T> {
        let mut seen: BTreeMap<usize, Option<Called>> = BTreeMap::new();
        for (method, at) in &self.at {
            for (offset, key) in self.calls(*method) {
                if offset == *at {
                    continue;
                }
                let found = self.called(*method, offset, key, wanted, DEEP, &mut seen);
                let found = found.filter(|_| self.comes_first(*method, offset, *at));
                if let Some(taken) = found.and_then(|found| takes(found, *method, offset, *at)) {
                    return Some(taken);
                }
            }
        }
        None
    }

    /// Texts that are compared with something before the way goes on, in the order of the code: as the words of a protocol
    /// are.
    pub(crate) fn compared(&self) -> Vec<(String, Called)> {
        let mut all: Vec<(String, Called)> = Vec::new();
        for (method, at) in &self.at {
            for (offset, key) in self.calls(*method) {
                let (class, name) = (self.code.table.text(key.class), self.code.table.text(key.name));
                let compares = class == "Ljava/lang/String;" && COMPARES.contains(&name)
                    || class == "Landroid/text/TextUtils;" && name == "equals";
                if !compares || all.iter().any(|(_, known)| (known.method, known.offset) == (*method, offset))
                {
                    continue;
                }
                let id = self.code.table.own_method_at(*method);
                let text = (0..=2).find_map(|argument| text_argument(self.code, id, offset, argument));
                let Some(text) = text.filter(|text| text.trim().len() > 1 && text != "null") else {
                    continue;
                };
                if self.comes_first(*method, offset, *at) && !all.iter().any(|(known, _)| *known == text) {
                    let simple = if class == "Ljava/lang/String;" { "String" } else { "TextUtils" };
                    all.push((text, Called { method: *method, offset, api: format!("{simple}.{name}") }));
                }
            }
        }
        all
    }

    /// Is an Intent asked for its action in a method of the way?
    pub(crate) fn asks_for_action(&self) -> bool {
        let names = self.at.iter().flat_map(|(method, _)| called_by(self.code, *method));
        names.into_iter().any(|(class, name)| class == "Landroid/content/Intent;" && name == "getAction")
    }

    /// The first wanted check before the way goes on of which a comparison makes use: it follows in the same method, or in
    /// the one that was called.
    pub(crate) fn compared_before(&self, wanted: Wanted<'_>) -> Option<(Called, Called)> {
        self.first(wanted, |found, method, offset, at| {
            let within = self.comparison(found.method, found.offset, None);
            let behind = within.or_else(|| self.comparison(method, offset, Some(at)))?;
            Some((found, behind))
        })
    }

    /// A comparison behind `from`, and before `to`.
    fn comparison(&self, method: usize, from: u32, to: Option<u32>) -> Option<Called> {
        self.calls(method).into_iter().find_map(|(offset, key)| {
            let (class, name) = (self.code.table.text(key.class), self.code.table.text(key.name));
            let compares = matches!(
                (class, name),
                (
                    "Ljava/lang/String;",
                    "equals" | "equalsIgnoreCase" | "contentEquals" | "compareTo" | "compareToIgnoreCase"
                ) | ("Ljava/util/Arrays;", "equals")
                    | ("Ljava/security/MessageDigest;", "isEqual")
                    | ("Landroid/text/TextUtils;", "equals")
            );
            let there = compares && offset > from && to.is_none_or(|to| self.comes_first(method, offset, to));
            let simple = class.trim_end_matches(';').rsplit('/').next().unwrap_or(class);
            there.then(|| Called { method, offset, api: format!("{simple}.{name}") })
        })
    }

    /// Does the method read a file or a stream?
    pub(crate) fn reads(code: Code<'_>, method: usize) -> bool {
        const READERS: &[&str] = &[
            "Ljava/io/FileInputStream;",
            "Ljava/io/InputStream;",
            "Ljava/io/BufferedInputStream;",
            "Ljava/io/RandomAccessFile;",
            "Ljava/security/DigestInputStream;",
            "Ljava/nio/channels/FileChannel;",
            "Ljava/nio/file/Files;",
        ];
        called_by(code, method).into_iter().any(|(class, _)| READERS.contains(&class))
    }

    fn calls(&self, method: usize) -> Vec<(u32, MethodKey)> {
        let bodies = self.code.bodies;
        let definition = self.code.table.method(self.code.table.own_method_at(method));
        let Some(linked) = self.code.table.dexes().get(usize::from(definition.dex)) else {
            return Vec::new();
        };
        let calls = bodies.calls(bodies.body(method)).iter();
        calls.filter_map(|call| Some((call.offset, linked.method_key(call.method)?))).collect()
    }

    /// The call itself, if it is wanted; else a wanted one inside what it calls.
    fn called(
        &self,
        method: usize,
        offset: u32,
        key: MethodKey,
        wanted: Wanted<'_>,
        deep: u8,
        seen: &mut BTreeMap<usize, Option<Called>>,
    ) -> Option<Called> {
        let table = self.code.table;
        let own = table.resolve(key).and_then(|target| table.own_index(target));
        let Some(own) = own else {
            // What a subclass of the app's inherits is called by the subclass's name.
            let owner = table.library_owner(key).unwrap_or(key.class);
            let (class, name) = (table.text(owner), table.text(key.name));
            let api = || {
                let simple = class.trim_end_matches(';').rsplit('/').next().unwrap_or(class);
                format!("{}.{name}", simple.replace('$', "."))
            };
            return wanted(class, name).then(|| Called { method, offset, api: api() });
        };
        if deep == 0 {
            return None;
        }
        if let Some(known) = seen.get(&own) {
            return known.clone();
        }
        seen.insert(own, None);
        let found = self
            .calls(own)
            .into_iter()
            .find_map(|(offset, key)| self.called(own, offset, key, wanted, deep - 1, seen));
        seen.insert(own, found.clone());
        found
    }

    /// Does every run of the method that comes to `at` pass `first` before?
    fn comes_first(&self, method: usize, first: u32, at: u32) -> bool {
        let definition = self.code.table.method(self.code.table.own_method_at(method));
        let Some(linked) = self.code.table.dexes().get(usize::from(definition.dex)) else { return false };
        let Ok(code) = linked.dex.code(definition.code_off) else { return false };
        let body = ir::blocks(&code);
        let block_of = |offset: u32| {
            (0..body.blocks.len()).find(|block| {
                body.of(&body.blocks[*block]).iter().any(|instruction| instruction.offset == offset)
            })
        };
        let (Some(guard), Some(end)) = (block_of(first), block_of(at)) else { return false };
        if guard == end {
            return first < at;
        }
        // Without the guard's block the end must be out of reach.
        let mut seen = vec![false; body.blocks.len()];
        let mut open = vec![0usize];
        while let Some(block) = open.pop() {
            if block == guard || std::mem::replace(&mut seen[block], true) {
                continue;
            }
            if block == end {
                return false;
            }
            open.extend(body.next(BlockId(block as u32)).map(|next| next.index()));
        }
        true
    }
}

/// The text that a call is given as its `argument` (from 1; 0 is the receiver), where straight-line code shows it.
pub(crate) fn text_argument(
    code: Code<'_>,
    method: MethodId,
    offset: u32,
    argument: usize,
) -> Option<String> {
    let definition = code.table.method(method);
    let linked = code.table.dexes().get(usize::from(definition.dex))?;
    let stored = linked.dex.code(definition.code_off).ok()?;
    let body = ir::blocks(&stored);
    let at = body.instructions.iter().position(|instruction| instruction.offset == offset)?;
    let Operation::Invoke { kind, arguments, .. } = body.instructions[at].operation else { return None };
    let receiver = usize::from(kind != ir::InvokeKind::Static);
    let register = arguments.iter().nth((argument + receiver).checked_sub(1)?)?;
    // What was put into the register last, in the order of the code.
    let written =
        body.instructions[..at].iter().rev().find(|one| one.operation.written() == Some(register))?;
    match written.operation {
        Operation::Constant { value: Literal::String(text), .. } => {
            linked.dex.string(text).ok().map(|text| text.to_string())
        }
        _ => None,
    }
}

/// Class and name of what an own method calls.
pub(crate) fn called_by<'c>(code: Code<'c>, method: usize) -> Vec<(&'c str, &'c str)> {
    let definition = code.table.method(code.table.own_method_at(method));
    let Some(linked) = code.table.dexes().get(usize::from(definition.dex)) else { return Vec::new() };
    let calls = code.bodies.calls(code.bodies.body(method)).iter();
    calls
        .filter_map(|call| linked.method_key(call.method))
        .map(|key| (code.table.text(key.class), code.table.text(key.name)))
        .collect()
}

/// The reference of the call at a place: class, name, prototype.
pub(crate) fn reference(code: Code<'_>, method: MethodId, offset: u32) -> Option<MethodKey> {
    let definition = code.table.method(method);
    let linked = code.table.dexes().get(usize::from(definition.dex))?;
    let insn = linked.dex.code(definition.code_off).ok()?.instruction_at(offset).ok()?;
    if !insn.op.is_invoke() {
        return None;
    }
    linked.method_key(MethodIdx(insn.index))
}
