//! What a callee wrote, put into its caller's state: taking the place of what was there, or beside it.

use crate::frame::Frame;
use crate::mapped::Mapped;
use crate::object::{ANY, Cell, ObjectKind};
use crate::value::Value;

/// What a callee wrote, as its caller has it.
pub(crate) struct Write<'v> {
    /// Where to.
    pub(crate) target: Value,
    /// Did the callee have the target from its caller?
    pub(crate) port: bool,
    pub(crate) cell: Cell,
    pub(crate) value: Mapped<'v>,
}

impl Frame<'_, '_> {
    /// Writes what was written.
    pub(crate) fn write_now(&mut self, writes: Vec<Write<'_>>) {
        let mut written = std::mem::take(&mut self.session.written);
        for Write { target, port, cell, value: mapped } in writes {
            let single = target.objects.len() == 1;
            let mut whole: Option<Value> = None;
            if target.objects.as_slice() == [ANY] {
                let held = self.state.heap.get(ANY, cell);
                if self.driver || held.is_none_or(|held| mapped.is_news_to(held)) {
                    let value = whole.get_or_insert_with(|| mapped.together(&mut self.session.traces));
                    let mut held = self.state.heap.get(ANY, cell).cloned().unwrap_or_default();
                    if held.join(value) {
                        self.state.heap.set(ANY, cell, held);
                    }
                    if self.driver {
                        self.any.entry(cell).or_default().join(value);
                    }
                }
                continue;
            }
            for object in target.objects.clone() {
                let its = self.session.objects.get(object);
                let (many, some) = (its.many, matches!(its.kind, ObjectKind::Some(_)));
                let weak = self.uncertain
                    || !single
                    || many
                    || self.driver && !port
                    || matches!(cell, Cell::Content | Cell::Sent(..))
                    || !written.insert((object, cell));
                let holder = if some { ANY } else { object };
                // What goes into a container also goes to what stands behind it.
                let known = self.state.heap.get(holder, cell).filter(|_| cell != Cell::Content);
                if weak && !self.driver && known.is_some_and(|known| !mapped.is_news_to(known)) {
                    continue;
                }
                let value = whole.get_or_insert_with(|| mapped.together(&mut self.session.traces)).clone();
                if self.driver && matches!(cell, Cell::Field(..)) {
                    self.any.entry(cell).or_default().join(&value);
                }
                if weak {
                    self.store_weakly(object, cell, &value);
                } else {
                    self.state.heap.set(object, cell, value);
                }
            }
        }
        written.clear();
        self.session.written = written;
    }

    /// Writes what may have been written, as far as it is news.
    pub(crate) fn write_late(&mut self, writes: Vec<Write<'_>>) {
        for Write { target, cell, value: mapped, .. } in writes {
            let mut whole: Option<Value> = None;
            let field = matches!(cell, Cell::Field(..));
            let shared = target.objects.as_slice() == [ANY];
            if shared || field && !target.objects.is_empty() {
                let any = self.any.entry(cell).or_default();
                if mapped.is_news_to(any) {
                    any.join(whole.get_or_insert_with(|| mapped.together(&mut self.session.traces)));
                }
            }
            for object in target.objects.clone() {
                let some = matches!(self.session.objects.get(object).kind, ObjectKind::Some(_));
                if some && !field && !shared {
                    continue;
                }
                let holder = if some { ANY } else { object };
                // What goes into a container also goes to what stands behind it.
                let known = self.state.heap.get(holder, cell).filter(|_| cell != Cell::Content);
                if known.is_some_and(|known| !mapped.is_news_to(known)) {
                    continue;
                }
                let value = whole.get_or_insert_with(|| mapped.together(&mut self.session.traces));
                if shared {
                    let mut held = self.state.heap.get(ANY, cell).cloned().unwrap_or_default();
                    if held.join(value) {
                        self.state.heap.set(ANY, cell, held);
                    }
                } else {
                    self.store_weakly(object, cell, value);
                }
            }
        }
    }
}
