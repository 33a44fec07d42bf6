//! `platform/*.toml`: which classes and interfaces the platform has, and which of their methods an app may override or
//! implement. It stands in for classes that a build does not contain.

use std::collections::BTreeMap;

use crate::descriptor::{class_descriptor, is_member_name};
use crate::read::{Section, Text};

/// Classes and interfaces of the platform, by descriptor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Platform {
    interfaces: BTreeMap<String, Vec<String>>,
    overridable: BTreeMap<String, Vec<String>>,
    supertypes: BTreeMap<String, Vec<String>>,
}

impl Platform {
    /// The methods that this interface declares; `None` where the interface is not known.
    #[must_use]
    pub fn interface(&self, descriptor: &str) -> Option<&[String]> {
        self.interfaces.get(descriptor).map(Vec::as_slice)
    }

    /// The methods that this class declares and a subclass may override; `None` where the class is not known.
    #[must_use]
    pub fn overridable(&self, descriptor: &str) -> Option<&[String]> {
        self.overridable.get(descriptor).map(Vec::as_slice)
    }

    /// Descriptors of the direct supertypes other than `java.lang.Object`, sorted; empty where none is known.
    #[must_use]
    pub fn supertypes(&self, descriptor: &str) -> &[String] {
        self.supertypes.get(descriptor).map_or(&[], Vec::as_slice)
    }

    /// Whether the platform is known to have this class or interface.
    #[must_use]
    pub fn knows(&self, descriptor: &str) -> bool {
        self.interfaces.contains_key(descriptor)
            || self.overridable.contains_key(descriptor)
            || self.supertypes.contains_key(descriptor)
    }

    /// The class and everything above it, each once, nearest first.
    #[must_use]
    pub fn ancestry<'a>(&'a self, descriptor: &'a str) -> Vec<&'a str> {
        let mut all = vec![descriptor];
        let mut next = 0;
        while let Some(class) = all.get(next).copied() {
            for supertype in self.supertypes(class) {
                if !all.contains(&supertype.as_str()) {
                    all.push(supertype);
                }
            }
            next += 1;
        }
        all
    }

    pub(crate) fn read_methods(&mut self, name: &str, file: Section<'_, '_>) {
        let interfaces = name == "interfaces";
        let key = if interfaces { "interfaces" } else { "overridable" };
        if let Some(section) = file.section(key) {
            for (class, methods) in section.pairs() {
                let Some(descriptor) = descriptor(&section, class) else { continue };
                let methods: Vec<String> = methods.value.split(' ').map(str::to_owned).collect();
                if let Some(bad) = methods.iter().find(|method| !is_member_name(method)) {
                    section.reading.error(class.at, format!("\"{bad}\" is no method name"), None);
                }
                let table = if interfaces { &mut self.interfaces } else { &mut self.overridable };
                table.insert(descriptor, methods);
            }
        }
        file.finish();
    }

    pub(crate) fn read_subtypes(&mut self, file: Section<'_, '_>) {
        if let Some(section) = file.section("subtypes") {
            for (supertype, subtypes) in section.pairs() {
                let Some(above) = descriptor(&section, supertype) else { continue };
                for name in subtypes.value.split(' ') {
                    let below = descriptor(&section, Text { value: name, at: subtypes.at });
                    let Some(below) = below else { continue };
                    self.supertypes.entry(below).or_default().push(above.clone());
                }
            }
        }
        file.finish();
    }
}

fn descriptor(section: &Section<'_, '_>, text: Text<'_>) -> Option<String> {
    let descriptor = class_descriptor(text.value);
    if descriptor.is_none() {
        section.reading.error(text.at, format!("\"{}\" is no class name", text.value), None);
    }
    descriptor
}
