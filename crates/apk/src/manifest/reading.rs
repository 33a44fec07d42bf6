//! How attributes are found and their values resolved.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use crate::attribute::{self, AttributeName};
use crate::resource_table::{Device, ResourceTable};
use crate::value::Value;
use crate::xml::{ANDROID, XmlDocument, XmlElement};

/// Release names that stand for a number in manifests of apps built before the release.
const CODENAMES: &[(&str, u32)] = &[
    ("J", 16),
    ("K", 19),
    ("L", 21),
    ("M", 23),
    ("MNC", 23),
    ("N", 24),
    ("O", 26),
    ("P", 28),
    ("Q", 29),
    ("R", 30),
    ("S", 31),
    ("Sv2", 32),
    ("Tiramisu", 33),
    ("UpsideDownCake", 34),
    ("VanillaIceCream", 35),
    ("Baklava", 36),
];

/// Reads attributes of one document.
pub(super) struct Reading<'a> {
    by_id: bool,
    table: Option<&'a ResourceTable>,
    device: Device,
    unresolved: RefCell<BTreeSet<String>>,
    /// Bytes of text that may still be copied: names are inherited by every component, so a long one multiplies.
    budget: Cell<Option<usize>>,
}

/// References without a target that are listed.
const UNRESOLVED: usize = 32;

impl<'a> Reading<'a> {
    pub(super) fn new(
        document: &XmlDocument,
        table: Option<&'a ResourceTable>,
        device: Device,
        budget: usize,
    ) -> Reading<'a> {
        Reading {
            by_id: document.has_resource_ids,
            table,
            device,
            unresolved: RefCell::default(),
            budget: Cell::new(Some(budget)),
        }
    }

    /// Whether more text was asked for than the budget allows: what was read is not the whole then.
    pub(super) fn is_exhausted(&self) -> bool {
        self.budget.get().is_none()
    }

    /// Counts a text that is about to be kept.
    fn charge(&self, text: String) -> Option<String> {
        self.budget.set(self.budget.get().and_then(|left| left.checked_sub(text.len())));
        self.budget.get().map(|_| text)
    }

    /// A text that a component takes over from the application.
    pub(super) fn inherited(&self, text: Option<&String>) -> Option<String> {
        text.and_then(|text| self.charge(text.clone()))
    }

    /// References that led nowhere, sorted.
    pub(super) fn unresolved(&self) -> Vec<String> {
        self.unresolved.borrow().iter().cloned().collect()
    }

    /// The attribute as it stands there; the first of several, as in the platform's search.
    pub(super) fn raw<'e>(&self, element: &'e XmlElement, attribute: AttributeName) -> Option<&'e Value> {
        let found = if self.by_id {
            element.attributes.iter().find(|found| found.resource_id == attribute.id)
        } else {
            element.attributes.iter().find(|found| {
                found.name == attribute.name
                    && matches!(found.namespace.as_deref(), Some(ANDROID) | None | Some(""))
            })
        };
        // `TypedArray.hasValue`: a null is no value.
        found.map(|found| &found.value).filter(|value| **value != Value::Null)
    }

    /// The attribute with references followed.
    pub(super) fn value(&self, element: &XmlElement, attribute: AttributeName) -> Option<Value> {
        match self.raw(element, attribute)? {
            Value::Reference(id) => {
                let value = self.table.and_then(|table| table.value(*id, self.device));
                if value.is_none() {
                    let what = format!("{} android:{} = @{id:#010x}", element.name, attribute.name);
                    let mut unresolved = self.unresolved.borrow_mut();
                    if unresolved.len() < UNRESOLVED {
                        unresolved.insert(what);
                    }
                }
                value
            }
            value => Some(value.clone()),
        }
    }

    /// Text.
    pub(super) fn text(&self, element: &XmlElement, attribute: AttributeName) -> Option<String> {
        let text = match self.raw(element, attribute)? {
            Value::Text(text) => text.clone(),
            _ => self.value(element, attribute)?.as_text()?,
        };
        self.charge(text)
    }

    /// Text that names something and is worth nothing when empty.
    pub(super) fn name(&self, element: &XmlElement) -> Option<String> {
        self.text(element, attribute::NAME).filter(|name| !name.is_empty())
    }

    /// Truth; a value that is no truth value is false, as for `TypedArray.getBoolean(…, false)`.
    pub(super) fn flag(&self, element: &XmlElement, attribute: AttributeName) -> Option<bool> {
        self.value(element, attribute).map(|value| value.as_boolean().unwrap_or(false))
    }

    /// A number.
    pub(super) fn integer(&self, element: &XmlElement, attribute: AttributeName) -> Option<u32> {
        self.value(element, attribute)?.as_integer()
    }

    /// The id of a resource, unresolved.
    pub(super) fn resource(&self, element: &XmlElement, attribute: AttributeName) -> Option<u32> {
        match self.raw(element, attribute)? {
            Value::Reference(id) => Some(*id),
            _ => None,
        }
    }

    /// A platform version: a number or a release name.
    pub(super) fn sdk(&self, element: &XmlElement, attribute: AttributeName) -> Option<u32> {
        let value = self.value(element, attribute)?;
        if let Some(number) = value.as_integer() {
            return Some(number);
        }
        let text = value.as_text()?;
        // A preview's name may carry a fingerprint behind a dot.
        let name = text.split('.').next().unwrap_or(&text);
        CODENAMES.iter().find(|(codename, _)| *codename == name).map(|(_, number)| *number)
    }

    /// A class name in full (`PackageParser.buildClassName`).
    pub(super) fn class(
        &self,
        element: &XmlElement,
        attribute: AttributeName,
        package: &str,
    ) -> Option<String> {
        let name = self.text(element, attribute)?;
        class_name(&name, package).and_then(|name| self.charge(name))
    }

    /// A process name in full (`PackageParser.buildProcessName`).
    pub(super) fn process(&self, element: &XmlElement, package: &str) -> Option<String> {
        let name = self.text(element, attribute::PROCESS).filter(|name| !name.is_empty())?;
        Some(if name.starts_with(':') { format!("{package}{name}") } else { name })
    }
}

/// `.X` and `X` belong to the package; anything else with a dot is a full name.
pub(super) fn class_name(name: &str, package: &str) -> Option<String> {
    if name.is_empty() {
        None
    } else if name.starts_with('.') {
        Some(format!("{package}{name}"))
    } else if name.contains('.') {
        Some(name.to_owned())
    } else {
        Some(format!("{package}.{name}"))
    }
}
