//! Whose answer it is: from where an answer is taken back to the call that asked for it, and to the calls by which the code
//! came there.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use overt_catalogue::{Catalogue, Owner};
use overt_evaluate::whence::Call;
use overt_flow::flow::Flow;
use overt_flow::object::Place;
use overt_flow::trace::Note;
use overt_program::ir::{Definition, InvokeKind, Operation, Register};
use overt_program::{ClassTable, MethodId};

use crate::occurrence::Occurrences;
use crate::waits::held::{Read, Reader};

/// Definitions looked at for one answer.
const STEPS: u32 = 400;
/// Calls deep that a request is looked for.
const DEEPEST: usize = 6;
/// Calls outwards that are told.
const OUTWARDS: usize = 6;
/// Requests told of one answer.
const MOST: usize = 4;

/// A call by which a method was come to: method and offset.
type By = (MethodId, u32);

/// The requests behind an answer, by where it is taken and by which way the code came there.
type Requests = BTreeMap<(Place, Vec<By>), Vec<Call>>;

/// Finds the requests to answers of one package.
pub(crate) struct Asked<'a> {
    pub(crate) reader: Reader<'a>,
    /// Calls that send a request.
    requests: BTreeSet<By>,
    known: RefCell<Requests>,
}

/// One walk.
struct Walk {
    /// The calls outside of the method in which the answer is taken.
    outside: Vec<By>,
    found: BTreeSet<Call>,
    seen: BTreeSet<(MethodId, u32, Register)>,
    left: u32,
}

impl<'a> Asked<'a> {
    pub(crate) fn new(catalogue: &Catalogue, table: &'a ClassTable, occurrences: &Occurrences) -> Asked<'a> {
        let asks = |owner: &Owner| matches!(owner, Owner::Sink(name) if name == "network");
        let requests = (occurrences.places.iter())
            .filter(|one| catalogue.owner(one.place).is_some_and(asks))
            .map(|one| (table.own_method_at(one.method), one.offset))
            .collect();
        Asked { reader: Reader::new(table), requests, known: RefCell::default() }
    }

    /// The calls that asked for the answer with which a flow begins.
    pub(crate) fn by(&self, flow: &Flow) -> Vec<Call> {
        let place = flow.source.place;
        let outside = self.outside(flow);
        if let Some(known) = self.known.borrow().get(&(place, outside.clone())) {
            return known.clone();
        }
        let mut walk =
            Walk { outside: outside.clone(), found: BTreeSet::new(), seen: BTreeSet::new(), left: STEPS };
        self.behind_answer(place, &mut walk);
        let found: Vec<Call> = walk.found.into_iter().take(MOST).collect();
        self.known.borrow_mut().insert((place, outside), found.clone());
        found
    }

    /// The calls through which the answer comes back, the innermost first.
    fn outside(&self, flow: &Flow) -> Vec<By> {
        let mut all: Vec<By> = Vec::new();
        let mut inner = flow.source.place.method;
        for step in flow.steps.iter().filter(|step| step.note != Note::Source) {
            let at = step.place;
            if at.method == inner && step.note != Note::Returned {
                continue;
            }
            if step.note != Note::Returned || all.len() >= OUTWARDS || self.target(at) != Some(inner) {
                break;
            }
            all.push((at.method, at.offset));
            inner = at.method;
        }
        all
    }

    /// The method of the app that the call at a place is of.
    fn target(&self, at: Place) -> Option<MethodId> {
        let read = self.reader.read(at.method)?;
        let body = &read.definitions.body;
        let position = body.instructions.binary_search_by_key(&at.offset, |one| one.offset).ok()?;
        let Operation::Invoke { method, .. } = body.instructions.get(position)?.operation else {
            return None;
        };
        self.own_target(&read, method)
    }

    fn own_target(&self, read: &Read, method: overt_dex::MethodIdx) -> Option<MethodId> {
        let table = self.reader.table;
        let key = table.dexes().get(read.dex())?.method_key(method)?;
        table.resolve(key).filter(|target| table.own_index(*target).is_some())
    }

    fn behind_answer(&self, place: Place, walk: &mut Walk) {
        let Some(read) = self.reader.read(place.method) else { return };
        let body = &read.definitions.body;
        let Ok(position) = body.instructions.binary_search_by_key(&place.offset, |one| one.offset) else {
            return;
        };
        if self.requests.contains(&(place.method, place.offset)) {
            self.add((place.method, place.offset), &[], walk);
            return;
        }
        let Some(Operation::Invoke { arguments, .. }) =
            body.instructions.get(position).map(|one| one.operation)
        else {
            return;
        };
        for register in arguments.iter() {
            self.walk(&read, place.method, position as u32, register, &[], walk);
        }
    }

    fn add(&self, (method, offset): By, inside: &[By], walk: &mut Walk) {
        let entered = inside.iter().rev().chain(&walk.outside).copied().collect();
        walk.found.insert(Call { method, offset, entered });
    }

    /// What the register holds before the instruction: the request that it is the answer to. `inside`: the calls by which
    /// the walk came into this method, the outermost first.
    fn walk(
        &self,
        read: &Read,
        method: MethodId,
        position: u32,
        register: Register,
        inside: &[By],
        walk: &mut Walk,
    ) {
        let Some(left) = walk.left.checked_sub(1) else { return };
        walk.left = left;
        if !walk.seen.insert((method, position, register)) {
            return;
        }
        let body = &read.definitions.body;
        for definition in read.definitions.definitions(position, register) {
            let at = match definition {
                Definition::At(at) => at,
                Definition::Argument => {
                    self.given(read, register, inside, walk);
                    continue;
                }
            };
            let Some(instruction) = body.instructions.get(at as usize) else { continue };
            match instruction.operation {
                Operation::Move { from, .. } => self.walk(read, method, at, from, inside, walk),
                Operation::Cast { register, .. } => self.walk(read, method, at, register, inside, walk),
                Operation::Invoke { method: called, arguments, .. } => {
                    if self.requests.contains(&(method, instruction.offset)) {
                        self.add((method, instruction.offset), inside, walk);
                        continue;
                    }
                    match self.own_target(read, called) {
                        Some(target) => self.into(target, (method, instruction.offset), inside, walk),
                        // What stands for the answer, or is made of it.
                        None => {
                            for given in arguments.iter() {
                                self.walk(read, method, at, given, inside, walk);
                            }
                        }
                    }
                }
                Operation::New { .. } => {
                    for (behind, one) in body.instructions.iter().enumerate().skip(at as usize + 1) {
                        let Operation::Invoke { kind: InvokeKind::Direct, arguments, .. } = one.operation
                        else {
                            continue;
                        };
                        let mut given = arguments.iter();
                        let made = given
                            .next()
                            .is_some_and(|receiver| read.definitions.is_made_at(behind as u32, receiver, at));
                        if made {
                            for register in given {
                                self.walk(read, method, behind as u32, register, inside, walk);
                            }
                            break;
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// What a method of the app returns.
    fn into(&self, target: MethodId, by: By, inside: &[By], walk: &mut Walk) {
        if inside.len() >= DEEPEST {
            return;
        }
        let Some(read) = self.reader.read(target) else { return };
        let mut inside = inside.to_vec();
        inside.push(by);
        for (at, instruction) in read.definitions.body.instructions.iter().enumerate() {
            if let Operation::Return { value: Some(value) } = instruction.operation {
                self.walk(&read, target, at as u32, value, &inside, walk);
            }
        }
    }

    /// What the caller gives.
    fn given(&self, read: &Read, register: Register, inside: &[By], walk: &mut Walk) {
        let outer: Option<(By, &[By])> = match inside.split_last() {
            Some((by, before)) => Some((*by, before)),
            None => None,
        };
        let (by, before, out) = match outer {
            Some((by, before)) => (by, before.to_vec(), false),
            None => match walk.outside.first().copied() {
                Some(by) => (by, Vec::new(), true),
                None => return,
            },
        };
        let Some(word) = register.checked_sub(read.definitions.body.first_argument) else { return };
        let Some(caller) = self.reader.read(by.0) else { return };
        let body = &caller.definitions.body;
        let Ok(position) = body.instructions.binary_search_by_key(&by.1, |one| one.offset) else { return };
        let Some(Operation::Invoke { arguments, .. }) =
            body.instructions.get(position).map(|one| one.operation)
        else {
            return;
        };
        let Some(given) = arguments.iter().nth(word as usize) else { return };
        let kept = walk.outside.clone();
        if out {
            walk.outside.remove(0);
        }
        self.walk(&caller, by.0, position as u32, given, &before, walk);
        walk.outside = kept;
    }
}
