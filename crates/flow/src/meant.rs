//! Whom an effect is for: the class that an Intent is for, the address of a provider that is asked.
//!
//! Like the words of a command, this is told in the place of an address, so that a caller of a helper fills in what only it
//! knows. Where the code itself fixes the class of an Intent, whoever hands the Intent over decides nothing.

use smallvec::smallvec;

use crate::call::Mapping;
use crate::frame::Frame;
use crate::object::{Cell, ObjectKind};
use crate::value::{Constant, Constants, Value, join_constants};

/// The effect that starts what an Intent names.
pub(crate) const STARTS: &str = "component_start";

/// Effects on what a provider holds: what they are given first is its address, or its authority.
const PROVIDERS: &[&str] = &["data_read", "data_write", "data_delete"];

impl Frame<'_, '_> {
    /// Whom an effect of this kind is for, as far as it is known.
    pub(crate) fn meant(&mut self, kind: &str, carried: &[Value]) -> Value {
        let constants = match kind {
            STARTS => {
                let mut all = Constants::None;
                for value in carried {
                    let theirs = self.classes_meant(value);
                    join_constants(&mut all, &theirs);
                }
                all
            }
            _ if PROVIDERS.contains(&kind) => match carried.first() {
                Some(address) => self.address_meant(address),
                None => Constants::Any,
            },
            _ => return Value::NOTHING,
        };
        Value::any().with_constants(constants)
    }

    /// The classes that Intents are for; anything, where one of them may be for another that is not written in the code.
    fn classes_meant(&mut self, intents: &Value) -> Constants {
        let target = Cell::Named(self.session.target_name());
        let mut all = Constants::None;
        for object in intents.objects.clone() {
            let named = self.load(object, target);
            let theirs = self.class_meant(&named);
            join_constants(&mut all, &theirs);
        }
        if intents.objects.is_empty() { Constants::Any } else { all }
    }

    /// The constants of a class, where nobody outside decides it.
    fn class_meant(&self, named: &Value) -> Constants {
        let Constants::Some(some) = &named.constants else { return Constants::Any };
        let fixed = |constant: &Constant| match constant {
            Constant::Class(_) | Constant::Text(_) => true,
            Constant::Of(_) => !self.driver,
            _ => false,
        };
        let decided = named.data.iter().any(|datum| datum.origin.is_source());
        if decided || !some.iter().all(fixed) { Constants::Any } else { named.constants.clone() }
    }

    /// The address of a provider.
    fn address_meant(&mut self, address: &Value) -> Constants {
        if address.objects.is_empty() {
            return address.constants.clone();
        }
        let text = Cell::Named(self.session.text_name);
        let mut all = Constants::None;
        for object in address.objects.clone() {
            let written = self.load(object, text);
            match (written.is_nothing(), self.session.asked_at.get(&object)) {
                (false, _) => join_constants(&mut all, &written.constants),
                (true, Some(own)) => join_constants(&mut all, own),
                (true, None) => return Constants::Any,
            }
        }
        all
    }

    /// Whom an effect is for in the caller's terms.
    pub(crate) fn map_meant(&mut self, kind: &str, meant: &Value, mapping: &mut Mapping) -> Value {
        let Constants::Some(some) = &meant.constants else { return meant.clone() };
        let parts = [self.session.target_name(), self.session.text_name].map(Cell::Named);
        let mut all = Constants::None;
        for constant in some.clone() {
            let theirs = match constant {
                Constant::Of(port) => match self.session.objects.get(port).kind {
                    // Of several objects that the caller has there, one may be without.
                    ObjectKind::Part(whole, part) if parts.contains(&part) => {
                        let theirs = self.map_object(whole, mapping);
                        match kind {
                            STARTS => self.classes_meant(&theirs),
                            _ => self.address_meant(&theirs),
                        }
                    }
                    _ => {
                        let theirs = self.map_object(port, mapping);
                        match kind {
                            STARTS => self.class_meant(&theirs),
                            _ => self.address_meant(&theirs),
                        }
                    }
                },
                Constant::Template(text) if self.is_open(text) => self.filled(text, mapping),
                other => Constants::Some(smallvec![other]),
            };
            match theirs {
                Constants::None => return Value::any(),
                theirs => join_constants(&mut all, &theirs),
            }
        }
        Value::any().with_constants(all)
    }

    /// Is it fixed by the code whom an effect of this kind is for, so that nobody outside decides it?
    pub(crate) fn is_fixed(&self, kind: &str, meant: &Value) -> bool {
        kind == STARTS
            && meant.known_constants().is_some_and(|known| {
                let named = |one: &Constant| matches!(one, Constant::Class(_) | Constant::Text(_));
                !known.is_empty() && known.iter().all(named)
            })
    }
}
