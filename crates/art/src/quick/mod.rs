//! Puts back what dex2oat replaced.
//!
//! Where a method of a verified class is left to the interpreter, dex2oat of Android 5 to 7 rewrites its instructions in
//! place (`compiler/dex/dex_to_dex_compiler.cc`): `return-void` becomes `return-void-no-barrier` (in Android 5:
//! `return-void-barrier`, the same number), an access to an instance field names the field's offset in the object, a
//! virtual call the method's position in the receiver's table of virtual methods, and a `check-cast` that can be proven
//! becomes two `nop`.
//!
//! Android 7 keeps the original indices in the OAT file ([`restore_from_table`]). Earlier releases keep nothing: the layout
//! of the classes is computed again ([`Layouts`]), the type of the object in each register is inferred, and the reference
//! is looked for that resolves to the field or method found ([`restore()`]).

mod candidates;
mod compare;
mod fields;
mod infer;
mod layouts;
mod lineage;
mod restore;
mod table;
mod types;
mod vtable;

pub use compare::{Comparison, MethodComparison, compare};
pub use layouts::{ClassId, ClassLayout, FieldLayout, Layouts, Slot, Superclass};
pub use restore::{MethodOutcome, Outcome, Restored, restore};
pub use table::restore_from_table;

use overt_dex::Op;

/// The original of a quickened opcode.
#[must_use]
pub fn original(op: Op) -> Option<Op> {
    Some(match op {
        Op::ReturnVoidNoBarrier => Op::ReturnVoid,
        Op::IgetQuick => Op::Iget,
        Op::IgetWideQuick => Op::IgetWide,
        Op::IgetObjectQuick => Op::IgetObject,
        Op::IgetBooleanQuick => Op::IgetBoolean,
        Op::IgetByteQuick => Op::IgetByte,
        Op::IgetCharQuick => Op::IgetChar,
        Op::IgetShortQuick => Op::IgetShort,
        Op::IputQuick => Op::Iput,
        Op::IputWideQuick => Op::IputWide,
        Op::IputObjectQuick => Op::IputObject,
        Op::IputBooleanQuick => Op::IputBoolean,
        Op::IputByteQuick => Op::IputByte,
        Op::IputCharQuick => Op::IputChar,
        Op::IputShortQuick => Op::IputShort,
        Op::InvokeVirtualQuick => Op::InvokeVirtual,
        Op::InvokeVirtualRangeQuick => Op::InvokeVirtualRange,
        _ => return None,
    })
}
