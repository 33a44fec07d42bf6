//! Receivers that code registers: for which broadcasts, and who may send them.

use overt_catalogue::model::OpenKind;
use overt_program::{ClassId, MethodId};

use crate::driver::Driver;
use crate::object::{Cell, ObjectId, ObjectKind, Place};
use crate::text::Text;
use crate::value::{Constant, Constants, Value};

/// What a call of `registerReceiver` is given.
const RECEIVER: &str = "Landroid/content/BroadcastReceiver;";

/// `Context.RECEIVER_NOT_EXPORTED` (`android.content.Context`, since Android 13).
const NOT_EXPORTED: i64 = 4;

/// Stands before the class of a registered receiver in the name of the channel that its Intents come through, to tell it
/// from a component of the same class.
pub const REGISTERED: &str = "registered ";

/// Whom a registered receiver listens to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Senders {
    /// Everybody.
    All,
    /// Who holds this permission.
    Holding(String),
    /// Its own app.
    Own,
    /// Who holds a permission that is not known.
    Unknown,
}

/// A receiver that code registers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Registered {
    /// Its class.
    pub class: ClassId,
    /// The entry (by position in the list given) in whose life it is registered first.
    pub entry: u32,
    /// Actions that it is for; empty where they are not known.
    pub actions: Vec<String>,
    /// Where its filters are made.
    pub filters: Vec<Place>,
    /// Whom it listens to.
    pub senders: Senders,
}

impl Driver<'_, '_, '_> {
    /// Receivers that were registered with the platform; those of one app's own broadcasts have no filter.
    pub(crate) fn registered(&mut self) -> Vec<Registered> {
        let known: Vec<(ObjectId, Text, u32)> =
            self.owners.iter().map(|((object, class), entry)| (*object, *class, *entry)).collect();
        let mut all = Vec::new();
        self.frame.state.heap = self.global.clone();
        for (object, class, entry) in known {
            if &*self.frame.session.texts.get(class) != RECEIVER {
                continue;
            }
            let Some(class) = self.own_class_of(object) else { continue };
            let Some(filters) = self.filters_of(object) else { continue };
            let mut made: Vec<Place> = (filters.objects.iter())
                .filter_map(|filter| match self.frame.session.objects.get(*filter).kind {
                    ObjectKind::Made(place, _) => Some(place),
                    _ => None,
                })
                .collect();
            made.sort_unstable();
            made.dedup();
            let actions = self.actions_of(&filters);
            let senders = self.senders_of(object);
            all.push(Registered { class, entry, actions, filters: made, senders });
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    fn own_class_of(&mut self, object: ObjectId) -> Option<ClassId> {
        let class = self.frame.session.objects.get(object).class?;
        self.frame.session.own_class(class)
    }

    fn filters_of(&mut self, receiver: ObjectId) -> Option<Value> {
        let filter = self.name("filter");
        self.frame.state.heap.get(receiver, filter).cloned()
    }

    /// Actions of filters; none where one of them is not known.
    fn actions_of(&mut self, filters: &Value) -> Vec<String> {
        let actions = self.name("actions");
        let held = self.frame.load_from(filters, actions);
        let held = self.frame.load_from(&held, Cell::Content);
        let mut all: Vec<String> = Vec::new();
        for constant in held.known_constants().unwrap_or_default() {
            let Constant::Text(text) = constant else { return Vec::new() };
            all.push(self.frame.session.texts.get(*text).to_string());
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    fn senders_of(&mut self, receiver: ObjectId) -> Senders {
        let (flags, guard) = (self.name("flags"), self.name("guard"));
        if let Some(flags) = self.frame.state.heap.get(receiver, flags).and_then(Value::known_constants)
            && !flags.is_empty()
            && flags.iter().all(|one| matches!(one, Constant::Number(bits) if bits & NOT_EXPORTED != 0))
        {
            return Senders::Own;
        }
        let Some(guard) = self.frame.state.heap.get(receiver, guard) else { return Senders::All };
        match &guard.constants {
            // Null: none.
            Constants::Some(some) if some.iter().any(|one| matches!(one, Constant::Number(0))) => {
                Senders::All
            }
            Constants::Some(some) => match some.as_slice() {
                [Constant::Text(text)] => Senders::Holding(self.frame.session.texts.get(*text).to_string()),
                _ => Senders::Unknown,
            },
            _ => Senders::Unknown,
        }
    }

    /// What Android hands to a receiver that code registers: what the app itself sends, and what others may.
    pub(crate) fn broadcast_for(
        &mut self,
        method: MethodId,
        number: usize,
        class: Text,
        receiver: Option<ObjectId>,
    ) -> Value {
        let intent = self.frame.session.objects.handed(method, number as u16, Some(class));
        if self.frame.session.channels
            && let Some(receiver) = receiver.filter(|one| self.filters_of(*one).is_some())
            && let Some(own) = self.own_class_of(receiver)
        {
            let table = self.frame.session.table;
            let descriptor = table.text(table.class(own).descriptor);
            let name = format!("{REGISTERED}{descriptor}");
            self.let_others_fill(intent, OpenKind::Intent, &name);
        }
        Value::object(intent).with_constants(Constants::Any).joined(&self.broadcasts.clone())
    }

    /// Sources that the Intents of a receiver are, by the actions that it is for, and whether each is certain.
    pub(crate) fn heard_by(&mut self, receiver: Option<ObjectId>) -> Vec<(u32, bool)> {
        let ends = self.frame.session.ends;
        if self.component(self.entry as usize) == receiver {
            let entries = self.entries;
            return entries
                .get(self.entry as usize)
                .map(|one| ends.received(&one.actions))
                .unwrap_or_default();
        }
        let Some(filters) = receiver.and_then(|receiver| self.filters_of(receiver)) else {
            return Vec::new();
        };
        let actions = self.actions_of(&filters);
        ends.received(&actions)
    }
}
