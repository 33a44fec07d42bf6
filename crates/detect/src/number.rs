//! Ways that are shown to pass a number: what was kept as one cannot name anything afterwards.

use overt_flow::flow::Flow;
use overt_flow::trace::Note;

use crate::order::TAKES_NUMBERS;
use crate::unit::Code;

/// `iput-wide`, `iput-boolean`, `sput-wide`, `sput-boolean` ("Dalvik bytecode").
const KEEP_NUMBERS: &[u8] = &[0x5a, 0x5c, 0x68, 0x6a];

/// Does the way that is shown keep the datum as a number, although the effect needs a name?
pub(crate) fn is_kept_as_number(code: Code<'_>, flow: &Flow, effect: &str) -> bool {
    !TAKES_NUMBERS.contains(&effect)
        && flow.steps.iter().filter(|step| step.note == Note::Kept).any(|step| {
            let table = code.table;
            let definition = table.method(step.place.method);
            let linked = table.dexes().get(usize::from(definition.dex));
            linked
                .filter(|_| definition.code_off != 0)
                .and_then(|linked| linked.dex.code(definition.code_off).ok())
                .and_then(|body| body.instruction_at(step.place.offset).ok())
                .is_some_and(|insn| KEEP_NUMBERS.contains(&(insn.op as u8)))
        })
}
