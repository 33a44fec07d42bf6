//! Holding restored code against the original.

use std::collections::BTreeMap;

use overt_dex::{Code, DexFile, IndexKind, Insn, Op};

/// One method of two files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MethodComparison {
    /// The method: `Lp/C;->m(I)V`.
    pub method: String,
    /// How the two bodies compare.
    pub result: Comparison,
}

/// How two bodies of one method compare.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Comparison {
    /// The same instructions, naming the same things.
    Equal,
    /// The same, but for instructions that are still quickened.
    EqualBut {
        /// How many are; a `check-cast` that became two `nop` counts as one.
        quickened: u32,
    },
    /// Different from this unit on.
    Different {
        /// The unit.
        offset: u32,
    },
    /// The original has no code for the method.
    OnlyRestored,
    /// The restored file has no code for the method.
    OnlyOriginal,
}

/// Compares every method of `restored` with the one of the same class, name and prototype in `original`. Things named are
/// compared by what they are, not by their index.
#[must_use]
pub fn compare(restored: &DexFile, original: &DexFile) -> Vec<MethodComparison> {
    // dex2oat leaves the digest in the header as it was: where it is the same, so are the tables.
    let same_tables = restored.stated_signature() == original.stated_signature()
        && restored.method_count() == original.method_count();
    let mut pairs: BTreeMap<String, (Option<u32>, Option<u32>)> = BTreeMap::new();
    for (name, code_off) in bodies(restored) {
        pairs.entry(name).or_default().0 = Some(code_off);
    }
    for (name, code_off) in bodies(original) {
        pairs.entry(name).or_default().1 = Some(code_off);
    }
    pairs
        .into_iter()
        .filter_map(|(method, pair)| {
            let result = match pair {
                (Some(ours), Some(theirs)) => match (restored.code(ours), original.code(theirs)) {
                    (Ok(ours), Ok(theirs)) => compare_code(&ours, &theirs, same_tables),
                    _ => Comparison::Different { offset: 0 },
                },
                (Some(_), None) => Comparison::OnlyRestored,
                (None, Some(_)) => Comparison::OnlyOriginal,
                (None, None) => return None,
            };
            Some(MethodComparison { method, result })
        })
        .collect()
}

fn bodies(dex: &DexFile) -> impl Iterator<Item = (String, u32)> + '_ {
    dex.class_defs().filter_map(|(_, class)| class.ok()).flat_map(move |class| {
        let members = dex.class_data(&class);
        let with_code = members.methods().filter(|m| m.code_off != 0).copied().collect::<Vec<_>>();
        with_code.into_iter().filter_map(move |method| {
            let reference = dex.method(method.method).ok()?;
            let name = format!(
                "{}->{}{}",
                dex.descriptor(reference.class).ok()?,
                dex.string(reference.name).ok()?,
                dex.prototype(reference.proto)
            );
            Some((name, method.code_off))
        })
    })
}

fn compare_code(ours: &Code<'_>, theirs: &Code<'_>, same_tables: bool) -> Comparison {
    if same_tables && ours.instruction_bytes() == theirs.instruction_bytes() {
        return Comparison::Equal;
    }
    let mut quickened = 0u32;
    let mut other = theirs.instructions();
    let mut own = ours.instructions();
    while let Some(insn) = own.next() {
        let (Ok(insn), Some(Ok(original))) = (insn, other.next()) else {
            return Comparison::Different { offset: 0 };
        };
        // A check-cast that became two nop.
        if insn.op == Op::Nop && original.op == Op::CheckCast && insn.offset == original.offset {
            let second = own.next().is_some_and(|insn| insn.is_ok_and(|insn| insn.op == Op::Nop));
            if !second {
                return Comparison::Different { offset: insn.offset };
            }
            quickened = quickened.saturating_add(1);
            continue;
        }
        if super::original(insn.op) == Some(original.op) {
            let rest = Insn { op: original.op, index: original.index, ..insn };
            if rest != original {
                return Comparison::Different { offset: insn.offset };
            }
            quickened = quickened.saturating_add(1);
        } else if !same(ours, &insn, theirs, &original, same_tables) {
            return Comparison::Different { offset: insn.offset };
        }
    }
    if other.next().is_some() {
        return Comparison::Different { offset: ours.unit_count() };
    }
    if quickened > 0 { Comparison::EqualBut { quickened } } else { Comparison::Equal }
}

fn same(ours: &Code<'_>, a: &Insn, theirs: &Code<'_>, b: &Insn, same_tables: bool) -> bool {
    let operands = Insn { index: b.index, index2: b.index2, ..*a } == *b;
    let things = if same_tables || a.op.index_kind() == IndexKind::None {
        (a.index, a.index2) == (b.index, b.index2)
    } else {
        a.display(ours.dex()).to_string() == b.display(theirs.dex()).to_string()
    };
    let payload = match a.op {
        Op::PackedSwitch | Op::SparseSwitch => ours.switch_targets(a) == theirs.switch_targets(b),
        Op::FillArrayData => ours.array_payload(a) == theirs.array_payload(b),
        _ => true,
    };
    operands && things && payload
}
