//! `platform/*.toml`: which classes and interfaces the platform has, and which of their methods an app may override or
//! implement. It stands in for classes that a build does not contain.

use std::sync::Arc;

use crate::descriptor::{class_descriptor, is_member_name};
use crate::read::{Section, Text};

/// Classes and interfaces of the platform, by descriptor. Method lists stay in one text each: thousands of them are
/// loaded for the few dozen that a program asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Platform {
    /// Sorted by descriptor.
    interfaces: Vec<(Box<str>, Box<str>)>,
    /// Sorted by descriptor.
    overridable: Vec<(Box<str>, Box<str>)>,
    /// Type and direct supertype; sorted.
    supertypes: Arc<Vec<(Box<str>, Arc<str>)>>,
    /// Actions of broadcasts that only the system may send.
    protected: Vec<Box<str>>,
}

impl Platform {
    /// The methods that this interface declares; `None` where the interface is not known.
    pub fn interface(&self, descriptor: &str) -> Option<impl Iterator<Item = &str>> {
        methods(&self.interfaces, descriptor)
    }

    /// The methods that this class declares and a subclass may override; `None` where the class is not known.
    pub fn overridable(&self, descriptor: &str) -> Option<impl Iterator<Item = &str>> {
        methods(&self.overridable, descriptor)
    }

    /// Descriptors of the direct supertypes other than `java.lang.Object`, sorted; none where none is known.
    pub fn supertypes<'a>(&'a self, descriptor: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let start = self.supertypes.partition_point(|(below, _)| below.as_ref() < descriptor);
        let end = self.supertypes.partition_point(|(below, _)| below.as_ref() <= descriptor);
        self.supertypes.get(start..end).unwrap_or_default().iter().map(|(_, above)| above.as_ref())
    }

    /// Whether the platform is known to have this class or interface.
    #[must_use]
    pub fn knows(&self, descriptor: &str) -> bool {
        self.interface(descriptor).is_some()
            || self.overridable(descriptor).is_some()
            || self.supertypes(descriptor).next().is_some()
    }

    /// Actions of broadcasts that only the system may send, of a platform like the one that is not there.
    pub fn protected(&self) -> impl Iterator<Item = &str> {
        self.protected.iter().map(AsRef::as_ref)
    }

    /// A copy that knows supertypes alone and shares them.
    pub(crate) fn supertypes_only(&self) -> Platform {
        Platform { supertypes: Arc::clone(&self.supertypes), ..Platform::default() }
    }

    pub(crate) fn read_methods(&mut self, name: &str, file: Section<'_, '_>) {
        let (key, table) = if name == "interfaces" {
            ("interfaces", &mut self.interfaces)
        } else {
            ("overridable", &mut self.overridable)
        };
        if let Some(section) = file.section(key) {
            for (class, methods) in section.pairs() {
                let Some(descriptor) = descriptor(&section, class) else { continue };
                if let Some(bad) = methods.value.split(' ').find(|method| !is_member_name(method)) {
                    section.reading.error(methods.at, format!("\"{bad}\" is no method name"), None);
                }
                table.push((descriptor.into(), methods.value.into()));
            }
        }
        table.sort_unstable();
        file.finish();
    }

    pub(crate) fn read_protected(&mut self, file: Section<'_, '_>) {
        self.protected.extend(file.texts("actions").iter().map(|action| action.value.into()));
        file.finish();
    }

    pub(crate) fn read_subtypes(&mut self, file: Section<'_, '_>) {
        let supertypes = Arc::make_mut(&mut self.supertypes);
        if let Some(section) = file.section("subtypes") {
            for (supertype, subtypes) in section.pairs() {
                let Some(above) = descriptor(&section, supertype) else { continue };
                let above: Arc<str> = above.into();
                for name in subtypes.value.split(' ') {
                    if let Some(below) = descriptor(&section, Text { value: name, at: subtypes.at }) {
                        supertypes.push((below.into(), above.clone()));
                    }
                }
            }
        }
        supertypes.sort_unstable();
        file.finish();
    }
}

fn methods<'a>(
    table: &'a [(Box<str>, Box<str>)],
    descriptor: &str,
) -> Option<impl Iterator<Item = &'a str> + use<'a>> {
    let at = table.binary_search_by(|(class, _)| class.as_ref().cmp(descriptor)).ok()?;
    table.get(at).map(|(_, methods)| methods.split(' '))
}

fn descriptor(section: &Section<'_, '_>, text: Text<'_>) -> Option<String> {
    let descriptor = class_descriptor(text.value);
    if descriptor.is_none() {
        section.reading.error(text.at, format!("\"{}\" is no class name", text.value), None);
    }
    descriptor
}
