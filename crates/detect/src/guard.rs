//! Checks in code that let nobody else through: a call on whose answer it depends whether the code goes on, in a method of
//! the way or in one that is called there. That a check is asked is not enough: one of the branches made of its answer must
//! lead away for good, to an exception or out of the method.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use fixedbitset::FixedBitSet;
use overt_program::classes::MethodKey;
use overt_program::ir::{self, Body, Comparison, Definition, Definitions, Operation, Register};

use crate::entry::{Guarding, LevelOf, guarding};
use crate::passage::{Passage, text_argument};
use crate::unit::Code;

/// Calls that are looked into, one below the other.
const DEEP: u8 = 3;
/// Longest method looked at, in instructions.
const LONGEST: usize = 4_000;

/// What is asked of the caller.
#[derive(Clone, Copy)]
enum Check {
    /// Ends with an exception for everybody else.
    Throws,
    /// Says who it is, or whether it may: what counts is what is made of the answer. Where it is known which answer must
    /// lead away: that one.
    Answers(Option<bool>),
}

/// Where the code goes on.
#[derive(Clone, Copy)]
enum Goal {
    At(u32),
    Return,
}

/// What is known of a method.
#[derive(Clone, Copy, Default)]
struct Known {
    /// It comes back for those only that a check lets through.
    throws: bool,
    /// What it returns hangs on a check.
    answers: bool,
}

struct Read {
    definitions: Definitions,
    /// Calls: position, and what is called.
    calls: Vec<(u32, MethodKey)>,
}

/// Which calls check something: given class, name, the calling method (among the own ones) and the offset.
type Base<'a> = dyn Fn(&str, &str, usize, u32) -> Option<Check> + 'a;

/// Looks for checks.
pub(crate) struct Guards<'a> {
    code: Code<'a>,
    base: Box<Base<'a>>,
    read: RefCell<BTreeMap<usize, Option<Rc<Read>>>>,
    known: RefCell<BTreeMap<usize, Known>>,
}

/// What providers answer with.
const ANSWERS: &[&str] = &[
    "Landroid/database/Cursor;",
    "Landroid/os/ParcelFileDescriptor;",
    "Landroid/content/res/AssetFileDescriptor;",
    "Landroid/os/Bundle;",
];

impl<'a> Guards<'a> {
    /// Checks of who calls: a permission that other apps do not get, or a list of callers.
    pub(crate) fn of_callers(code: Code<'a>, level_of: &'a LevelOf<'a>) -> Guards<'a> {
        Guards::new(code, move |_, name, method, offset| {
            let strong = || {
                let id = code.table.own_method_at(method);
                let asked = text_argument(code, id, offset, 1);
                asked.is_some_and(|asked| guarding(level_of(&asked).as_deref()) == Guarding::Strong)
            };
            match name {
                "enforceCallingPermission" | "enforceCallingOrSelfPermission" | "enforcePermission" => {
                    strong().then_some(Check::Throws)
                }
                "checkCallingPermission" | "checkCallingOrSelfPermission" | "checkPermission" => {
                    strong().then_some(Check::Answers(None))
                }
                "getCallingUid" | "getCallingPackage" | "getCallingActivity" | "checkSignatures" => {
                    Some(Check::Answers(None))
                }
                _ => None,
            }
        })
    }

    /// Checks of a name: a pattern that has no place for a way out of a folder, or the search for one.
    pub(crate) fn of_names(code: Code<'a>) -> Guards<'a> {
        Guards::new(code, move |class, name, method, offset| {
            let text = |argument| {
                let id = code.table.own_method_at(method);
                text_argument(code, id, offset, argument)
            };
            match (class, name) {
                ("Ljava/lang/String;" | "Ljava/util/regex/Pattern;", "matches") => {
                    text(1).filter(|pattern| keeps_in(pattern)).map(|_| Check::Answers(Some(false)))
                }
                ("Ljava/lang/String;", "contains" | "indexOf") => text(1)
                    .filter(|sought| matches!(sought.as_str(), ".." | "../" | "/.." | "/"))
                    .map(|_| Check::Answers(Some(true))),
                _ => None,
            }
        })
    }

    fn new(code: Code<'a>, base: impl Fn(&str, &str, usize, u32) -> Option<Check> + 'a) -> Guards<'a> {
        Guards { code, base: Box::new(base), read: RefCell::default(), known: RefCell::default() }
    }

    /// Does the way go on only where a check let it?
    pub(crate) fn stand_before(&self, passage: &Passage<'_>) -> bool {
        passage.places().any(|(method, at)| self.is_kept(method, Goal::At(at), DEEP))
    }

    /// Is everything that a method of a provider answers with taken only where a check let the caller through?
    pub(crate) fn stand_before_answers(&self, method: usize) -> bool {
        let Some(read) = self.read(method) else { return false };
        let table = self.code.table;
        let mut answers = (read.calls.iter())
            .filter(|(_, called)| {
                let returns = table.text(called.proto).rsplit(')').next().unwrap_or("");
                ANSWERS.contains(&returns)
            })
            .map(|(position, _)| read.definitions.body.instructions[*position as usize].offset)
            .peekable();
        answers.peek().is_some() && answers.all(|at| self.is_kept(method, Goal::At(at), DEEP))
    }

    /// Is one of the calls of a method such a check for what comes at its goal?
    fn is_kept(&self, method: usize, goal: Goal, deep: u8) -> bool {
        let Some(read) = self.read(method) else { return false };
        let end = self.blocks(&read, goal);
        if end.is_clear() {
            return false;
        }
        read.calls.iter().any(|(position, called)| {
            let block = read.definitions.block_of(*position) as usize;
            let first = match goal {
                Goal::At(at) => {
                    let offset = read.definitions.body.instructions[*position as usize].offset;
                    if end.contains(block) { offset < at } else { self.must_pass(&read, &[block], &end) }
                }
                Goal::Return => end.contains(block) || self.must_pass(&read, &[block], &end),
            };
            first
                && match self.check(method, &read, *position, *called, deep) {
                    Some(Check::Throws) => !self.goes_on_after_exception(&read, block, &end),
                    Some(Check::Answers(wrong)) => self.turns_away(&read, *position, wrong, &end),
                    None => false,
                }
        })
    }

    /// What a call checks: it itself, or a method of the app that it runs.
    fn check(&self, method: usize, read: &Read, position: u32, key: MethodKey, deep: u8) -> Option<Check> {
        let table = self.code.table;
        if let Some(own) = table.resolve(key).and_then(|target| table.own_index(target)) {
            let known = self.known(own, deep.checked_sub(1)?);
            return match (known.throws, known.answers) {
                (true, _) => Some(Check::Throws),
                (false, true) => Some(Check::Answers(None)),
                _ => None,
            };
        }
        // What a subclass of the app's inherits is called by the subclass's name.
        let owner = table.library_owner(key).unwrap_or(key.class);
        let offset = read.definitions.body.instructions.get(position as usize)?.offset;
        (self.base)(table.text(owner), table.text(key.name), method, offset)
    }

    fn known(&self, method: usize, deep: u8) -> Known {
        if let Some(known) = self.known.borrow().get(&method) {
            return *known;
        }
        // Of a method that calls itself nothing is known meanwhile.
        self.known.borrow_mut().insert(method, Known::default());
        let throws = self.is_kept(method, Goal::Return, deep);
        let answers = !throws && self.answers(method, deep);
        let made = Known { throws, answers };
        self.known.borrow_mut().insert(method, made);
        made
    }

    /// Is what a method says, yes or no, made of a check's answer?
    fn answers(&self, method: usize, deep: u8) -> bool {
        let table = self.code.table;
        let definition = table.method(table.own_method_at(method));
        if !table.text(definition.proto).ends_with(")Z") {
            return false;
        }
        let Some(read) = self.read(method) else { return false };
        read.calls.iter().any(|(position, called)| {
            match self.check(method, &read, *position, *called, deep) {
                // Which answer of its own is the wrong one is not known.
                Some(Check::Answers(Some(_))) => false,
                // The exception is caught here, and the answer says so.
                Some(Check::Throws) => {
                    let block = read.definitions.block_of(*position);
                    !read.definitions.body.blocks[block as usize].handlers.is_empty()
                }
                Some(Check::Answers(None)) => {
                    let derived = self.derived(&read, *position);
                    let body = &read.definitions.body;
                    body.instructions.iter().enumerate().any(|(at, one)| match one.operation {
                        Operation::Return { value: Some(value) } => {
                            comes_from(&read, at as u32, value, &derived)
                        }
                        Operation::If { .. } => self.decides(&read, at as u32, &derived),
                        _ => false,
                    })
                }
                None => false,
            }
        })
    }

    /// Does a branch that is made of the answer lead away from the goal for good, and does every way pass such branches?
    fn turns_away(&self, read: &Read, position: u32, wrong: Option<bool>, end: &FixedBitSet) -> bool {
        let body = &read.definitions.body;
        let derived = self.derived(read, position);
        let branches: Vec<usize> = (0..body.blocks.len())
            .filter(|block| {
                let Some(last) = body.blocks[*block].instructions.end.checked_sub(1) else { return false };
                self.decides(read, last, &derived)
            })
            .collect();
        let away = branches.iter().any(|block| {
            let next = &body.blocks[*block].successors;
            let last = body.blocks[*block].instructions.end.saturating_sub(1) as usize;
            let wanted = |way: usize| match (wrong, body.instructions.get(last).map(|one| one.operation)) {
                (None, _) => true,
                // The first way is the one on which the comparison holds.
                (Some(wrong), Some(Operation::If { what, .. })) => says_yes(what) == (wrong == (way == 0)),
                (Some(_), _) => false,
            };
            next.len() > 1
                && next.iter().enumerate().any(|(way, to)| wanted(way) && !leads_to(body, to.index(), end))
        });
        away && self.must_pass(read, &branches, end)
    }

    /// Is the instruction a branch that compares something made of the answer with more than nothing?
    fn decides(&self, read: &Read, at: u32, derived: &FixedBitSet) -> bool {
        let Some(instruction) = read.definitions.body.instructions.get(at as usize) else { return false };
        match instruction.operation {
            Operation::If { a, b: None, .. } => {
                comes_from(read, at, a, derived) && !self.is_there_at_all(read, at, a)
            }
            Operation::If { a, b: Some(b), .. } => {
                comes_from(read, at, a, derived) || comes_from(read, at, b, derived)
            }
            Operation::Switch { on } => comes_from(read, at, on, derived),
            _ => false,
        }
    }

    /// Does a comparison with zero only ask whether there is an object, or an array with something in it?
    fn is_there_at_all(&self, read: &Read, at: u32, register: Register) -> bool {
        let body = &read.definitions.body;
        let table = self.code.table;
        read.definitions.definitions(at, register).into_iter().any(|definition| {
            let Definition::At(made) = definition else { return false };
            match body.instructions.get(made as usize).map(|one| one.operation) {
                Some(Operation::Invoke { .. }) => {
                    let called = read.calls.iter().find(|(position, _)| *position == made);
                    called.is_some_and(|(_, key)| {
                        let returns = table.text(key.proto).rsplit(')').next().unwrap_or("");
                        returns.starts_with(['L', '['])
                    })
                }
                Some(
                    Operation::ArrayLength { .. } | Operation::ArrayGet { .. } | Operation::FieldGet { .. },
                ) => true,
                _ => false,
            }
        })
    }

    /// Positions of instructions that write something made of a call's answer.
    fn derived(&self, read: &Read, position: u32) -> FixedBitSet {
        let body = &read.definitions.body;
        let mut derived = FixedBitSet::with_capacity(body.instructions.len());
        derived.insert(position as usize);
        loop {
            let mut changed = false;
            for (at, instruction) in body.instructions.iter().enumerate() {
                if derived.contains(at) || instruction.operation.written().is_none() {
                    continue;
                }
                let mut from = false;
                instruction.operation.read(|register| {
                    from = from || comes_from(read, at as u32, register, &derived);
                });
                if from && !self.is_of_the_user(read, at as u32) {
                    derived.insert(at);
                    changed = true;
                }
            }
            if !changed {
                return derived;
            }
        }
    }

    /// Does the instruction ask for the person at the phone, who is the same for all apps?
    fn is_of_the_user(&self, read: &Read, at: u32) -> bool {
        let table = self.code.table;
        read.calls.iter().any(|(position, key)| {
            *position == at
                && (table.text(key.class) == "Landroid/os/UserHandle;"
                    || table.text(key.name).contains("UserId"))
        })
    }

    /// Is the goal out of reach without these blocks?
    fn must_pass(&self, read: &Read, blocks: &[usize], end: &FixedBitSet) -> bool {
        let body = &read.definitions.body;
        let mut seen = FixedBitSet::with_capacity(body.blocks.len());
        let mut open = vec![0usize];
        while let Some(block) = open.pop() {
            if blocks.contains(&block) || seen.put(block) {
                continue;
            }
            if end.contains(block) {
                return false;
            }
            open.extend(body.next(ir::BlockId(block as u32)).map(|next| next.index()));
        }
        true
    }

    fn goes_on_after_exception(&self, read: &Read, block: usize, end: &FixedBitSet) -> bool {
        let body = &read.definitions.body;
        body.blocks[block].handlers.iter().any(|handler| leads_to(body, handler.block.index(), end))
    }

    fn blocks(&self, read: &Read, goal: Goal) -> FixedBitSet {
        let body = &read.definitions.body;
        let mut end = FixedBitSet::with_capacity(body.blocks.len());
        for (number, block) in body.blocks.iter().enumerate() {
            let is_goal = |one: &ir::Instruction| match goal {
                Goal::At(at) => one.offset == at,
                Goal::Return => matches!(one.operation, Operation::Return { .. }),
            };
            if body.of(block).iter().any(is_goal) {
                end.insert(number);
            }
        }
        end
    }

    fn read(&self, method: usize) -> Option<Rc<Read>> {
        if let Some(known) = self.read.borrow().get(&method) {
            return known.clone();
        }
        let table = self.code.table;
        let definition = table.method(table.own_method_at(method));
        let linked = table.dexes().get(usize::from(definition.dex)).filter(|_| definition.code_off != 0);
        let made = linked.and_then(|linked| {
            let body = ir::blocks(&linked.dex.code(definition.code_off).ok()?);
            if body.instructions.len() > LONGEST || body.blocks.is_empty() {
                return None;
            }
            let calls = (body.instructions.iter().enumerate())
                .filter_map(|(at, one)| match one.operation {
                    Operation::Invoke { method, .. } => Some((at as u32, linked.method_key(method)?)),
                    _ => None,
                })
                .collect();
            Some(Rc::new(Read { definitions: Definitions::new(Rc::new(body)), calls }))
        });
        self.read.borrow_mut().insert(method, made.clone());
        made
    }
}

fn comes_from(read: &Read, at: u32, register: Register, derived: &FixedBitSet) -> bool {
    read.definitions
        .definitions(at, register)
        .into_iter()
        .any(|definition| matches!(definition, Definition::At(made) if derived.contains(made as usize)))
}

fn leads_to(body: &Body, from: usize, end: &FixedBitSet) -> bool {
    let mut seen = FixedBitSet::with_capacity(body.blocks.len());
    let mut open = vec![from];
    while let Some(block) = open.pop() {
        if end.contains(block) {
            return true;
        }
        if !seen.put(block) {
            open.extend(body.next(ir::BlockId(block as u32)).map(|next| next.index()));
        }
    }
    false
}

/// Does a comparison hold where the answer is yes: not 0, or a place that was found?
fn says_yes(what: Comparison) -> bool {
    matches!(what, Comparison::NotEqual | Comparison::Greater | Comparison::GreaterOrEqual)
}

/// Has a regular expression no place for a `/`, so that what it matches is one name in a folder?
fn keeps_in(pattern: &str) -> bool {
    let (mut within, mut before) = (false, '\0');
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        let next = rest.as_str().chars().next();
        match c {
            '/' => return false,
            // Classes of all that is not something, and other spellings.
            '\\' => match rest.next() {
                Some('S' | 'W' | 'D' | 'Q' | 'p' | 'P' | 'x' | 'u' | '0' | '/') | None => return false,
                Some(_) => {}
            },
            '.' if !within => return false,
            '[' if within || next == Some('^') => return false,
            '[' => within = true,
            ']' => within = false,
            // A range in which `/` lies.
            '-' if within && before < '/' && next.is_some_and(|next| next > '/' && next != ']') => {
                return false;
            }
            _ => {}
        }
        before = c;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::keeps_in;

    #[test]
    fn patterns_that_name_one_file() {
        for pattern in [r"[0-9A-Fa-f]+-contacts-db\.zip", r"^\w+\.txt$", "[a-z_]*"] {
            assert!(keeps_in(pattern), "{pattern}");
        }
        for pattern in [r".*\.zip", r"[^.]+", r"\S+", "[a-z/]+", "[+-9]", "a.c"] {
            assert!(!keeps_in(pattern), "{pattern}");
        }
    }
}
