//! What code waits for before it goes on: the time until it is woken again, and the values that it compares on the way.

pub(crate) mod gate;
pub(crate) mod held;
mod period;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use overt_catalogue::Catalogue;
use overt_flow::Ancestors;
use overt_program::MethodId;
use overt_record::finding::{Gate, Trigger};
use overt_record::words::GateKind;
use rustc_hash::FxHashMap;

use crate::unit::Code;
use gate::Compared;

/// Answers for one package.
pub(crate) struct Waits<'a> {
    catalogue: &'a Catalogue,
    ancestors: Ancestors<'a>,
    reader: held::Reader<'a>,
    schedules: period::Schedules,
    gates: RefCell<FxHashMap<(MethodId, u32), Vec<Compared>>>,
}

impl<'a> Waits<'a> {
    pub(crate) fn of(catalogue: &'a Catalogue, code: Code<'a>) -> Waits<'a> {
        let ancestors = Ancestors::new(code.table, catalogue);
        let reader = held::Reader::new(code.table);
        let schedules = period::Schedules::of(catalogue, &ancestors, &reader, code);
        Waits { catalogue, ancestors, reader, schedules, gates: RefCell::default() }
    }

    /// What must hold for a way of instructions to be gone.
    pub(crate) fn gates(&self, way: &[(MethodId, u32)]) -> Vec<Gate> {
        let mut found: BTreeMap<(GateKind, Option<String>), &Compared> = BTreeMap::new();
        let mut known = self.gates.borrow_mut();
        for (method, offset) in way {
            known.entry((*method, *offset)).or_insert_with(|| {
                gate::gates_at(self.catalogue, &self.ancestors, &self.reader, *method, *offset)
            });
        }
        for (method, offset) in way.iter().copied().collect::<BTreeSet<_>>() {
            for one in known.get(&(method, offset)).into_iter().flatten() {
                let best = found.entry((one.gate.kind, one.gate.value.clone())).or_insert(one);
                // Which way round is worth more.
                if !best.sure {
                    *best = one;
                }
            }
        }
        found.into_values().map(|one| one.gate.clone()).collect()
    }

    /// The timers of a behaviour: those that wake one of its entries, run an object on the way to it, or that it sets itself.
    pub(crate) fn timers<'w>(
        &'w self,
        entries: impl Iterator<Item = usize> + 'w,
        way: &'w [(MethodId, u32)],
        sites: impl Iterator<Item = (usize, u32)> + 'w,
    ) -> BTreeSet<Trigger> {
        let table = self.reader.table;
        let woken = entries.flat_map(|entry| self.schedules.of_entry(entry));
        let run = way.iter().flat_map(|(method, _)| self.schedules.of_class(table.method(*method).class));
        let set = sites.filter_map(|(method, offset)| self.schedules.set_at(method, offset));
        woken.chain(run).chain(set).cloned().collect()
    }
}
