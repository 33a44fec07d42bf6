//! Ways that no run takes: an object that is made on the way is of one class, and its methods are looked up there. Where the
//! engine no longer tells callers of a method apart, a way may go on in the method of another class.

use std::rc::Rc;

use overt_flow::flow::Flow;
use overt_flow::object::Place;
use overt_flow::trace::Note;
use overt_program::classes::ACC_INTERFACE;
use overt_program::ir::{self, Definition, Definitions, InvokeKind, Operation, Register};
use overt_program::{ClassId, MethodId};

use crate::unit::Code;

/// Moves followed back from a receiver.
const MOVES: usize = 4;

/// Does the way call a method on an object that was made on it, and go on in a method that this object does not have?
pub(crate) fn is_impossible(code: Code<'_>, flow: &Flow) -> bool {
    let table = code.table;
    // The class of `this`, of the method that the way is in.
    let mut this: Option<(MethodId, ClassId)> = None;
    let next = flow.steps.iter().skip(1).map(|step| step.place).chain([flow.sink.place]);
    for (step, next) in flow.steps.iter().zip(next) {
        if next.method == step.place.method {
            continue;
        }
        let known = this.take();
        if step.note != Note::Passed {
            continue;
        }
        let of_this = known.filter(|(method, _)| *method == step.place.method).map(|(_, class)| class);
        let Some(made) = receiver(code, step.place, next.method, of_this) else { continue };
        let owner = table.method(next.method).class;
        if !table.superclasses(made).any(|class| class == owner) {
            return true;
        }
        this = Some((next.method, made));
    }
    false
}

/// The class of the object on which the call at a place runs `target`, where it is certain.
fn receiver(code: Code<'_>, at: Place, target: MethodId, of_this: Option<ClassId>) -> Option<ClassId> {
    let table = code.table;
    let caller = table.method(at.method);
    let linked = table.dexes().get(usize::from(caller.dex)).filter(|_| caller.code_off != 0)?;
    let body = Rc::new(ir::blocks(&linked.dex.code(caller.code_off).ok()?));
    let position = body.instructions.binary_search_by_key(&at.offset, |one| one.offset).ok()?;
    let Operation::Invoke { kind, method, arguments, .. } = body.instructions.get(position)?.operation else {
        return None;
    };
    let called = linked.method_key(method)?;
    let defined = table.method(target);
    // Not a method that the platform calls for it.
    if called.name != defined.name || called.proto != defined.proto || kind == InvokeKind::Static {
        return None;
    }
    // An interface's own code is nobody's superclass.
    if table.class(defined.class).access & ACC_INTERFACE != 0 {
        return None;
    }
    let first = body.first_argument;
    let definitions = Definitions::new(Rc::clone(&body));
    let (mut position, mut register): (u32, Register) = (position as u32, arguments.iter().next()?);
    for _ in 0..MOVES {
        let made = match definitions.definitions(position, register)[..] {
            [Definition::Argument] => return of_this.filter(|_| register == first),
            [Definition::At(made)] => made,
            _ => return None,
        };
        match body.instructions.get(made as usize)?.operation {
            Operation::Move { from, .. } => (position, register) = (made, from),
            Operation::New { class, .. } => {
                return table.find(table.text(linked.type_name(class)?));
            }
            _ => return None,
        }
    }
    None
}
