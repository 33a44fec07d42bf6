//! `entrypoints/<family>.toml`: what Android calls by itself.

use std::collections::BTreeMap;

use crate::descriptor::{is_member_name, is_parameter_list, is_return_type};
use crate::place::{descriptor_of, owned};
use crate::platform::Platform;
use crate::read::{Section, Text};

/// When the framework starts to call an app's class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Alive {
    /// It is named in the manifest.
    Manifest,
    /// A reachable method makes an instance.
    Instantiated,
    /// It is named in a layout, or a reachable method makes an instance.
    Layout,
}

impl Alive {
    /// The word as the catalogue spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Alive::Manifest => "manifest",
            Alive::Instantiated => "instantiated",
            Alive::Layout => "layout",
        }
    }
}

const ALIVE: &[(&str, Alive)] =
    &[("manifest", Alive::Manifest), ("instantiated", Alive::Instantiated), ("layout", Alive::Layout)];

/// A method that the framework calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CalledMethod {
    /// Its name.
    pub name: String,
    /// Its prototype descriptor; none means any.
    pub prototype: Option<String>,
}

impl CalledMethod {
    /// Whether a method with this name and prototype descriptor is meant.
    #[must_use]
    pub fn fits(&self, name: &str, prototype: &str) -> bool {
        self.name == name && self.prototype.as_deref().is_none_or(|wanted| wanted == prototype)
    }
}

/// A library class or interface whose subclasses' methods the framework calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryPointClass {
    /// Its descriptor.
    pub class: String,
    /// `activity`, `service`, `receiver`, `provider`, `application`, `fragment`, `task`, `view`, `listener`, …
    pub kind: String,
    /// Descriptor of its superclass or superinterfaces, where those are listed too: their calls count here as well.
    pub extends: Vec<String>,
    /// What is called.
    pub calls: Vec<CalledMethod>,
    /// No other method of a subclass is called by the framework.
    pub complete: bool,
    /// When calls can begin.
    pub alive: Alive,
}

/// Whether the platform calls a method of an app's class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Called {
    /// It does, once an instance exists.
    Yes,
    /// It cannot: the supertype is known and declares no such method.
    No,
    /// The supertype is not known.
    Unknown,
}

/// All entry points, by class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryPoints {
    pub(crate) classes: BTreeMap<String, EntryPointClass>,
    /// Descriptor prefixes (`Landroid/`) of library code: an app's method that implements an interface of such a package
    /// is called by the library as soon as an instance exists, even where the interface is not listed.
    pub library: Vec<String>,
    /// Descriptor prefixes of packages that apps bundle although their names look like the library's.
    pub bundled: Vec<String>,
    /// Methods of `java.lang.Object` and the like that library code calls on any object.
    pub always: Vec<CalledMethod>,
    /// Classes and interfaces of the platform with their methods.
    pub platform: Platform,
}

impl EntryPoints {
    /// All classes, sorted by descriptor.
    pub fn classes(&self) -> impl Iterator<Item = &EntryPointClass> {
        self.classes.values()
    }

    /// The class with this descriptor.
    #[must_use]
    pub fn class(&self, descriptor: &str) -> Option<&EntryPointClass> {
        self.classes.get(descriptor)
    }

    /// The class and everything above it that is listed or known of the platform, each once, nearest first.
    #[must_use]
    pub fn ancestry<'a>(&'a self, descriptor: &'a str) -> Vec<&'a str> {
        let mut all = vec![descriptor];
        let mut next = 0;
        while let Some(class) = all.get(next).copied() {
            let listed = self.classes.get(class).map_or(&[][..], |class| &class.extends);
            for supertype in listed.iter().map(String::as_str).chain(self.platform.supertypes(class)) {
                if !all.contains(&supertype) {
                    all.push(supertype);
                }
            }
            next += 1;
        }
        all
    }

    /// The methods listed as called by the framework on a subclass of this class, those of its supertypes included.
    #[must_use]
    pub fn calls_of(&self, descriptor: &str) -> Vec<&CalledMethod> {
        let ancestry = self.ancestry(descriptor);
        let classes = ancestry.iter().filter_map(|class| self.classes.get(*class));
        let mut calls: Vec<&CalledMethod> = classes.flat_map(|class| &class.calls).collect();
        calls.sort_unstable();
        calls.dedup();
        calls
    }

    /// What subclasses of this class are: `activity`, `service`, `task` … The nearest listed supertype decides.
    #[must_use]
    pub fn kind_of(&self, descriptor: &str) -> Option<&EntryPointClass> {
        self.ancestry(descriptor).into_iter().find_map(|class| self.classes.get(class))
    }

    /// Whether the platform calls this method of an app's class because of `supertype`, a class or interface of the
    /// platform that the app's class extends or implements. Overriding a method of the platform counts as called.
    #[must_use]
    pub fn calls(&self, supertype: &str, name: &str, prototype: &str) -> Called {
        if self.always.iter().any(|call| call.fits(name, prototype)) {
            return Called::Yes;
        }
        let declares = |class: &&str| {
            let listed = self.classes.get(*class);
            listed.is_some_and(|listed| listed.calls.iter().any(|call| call.fits(name, prototype)))
                || self.platform.interface(class).is_some_and(|mut methods| methods.any(|m| m == name))
                || self.platform.overridable(class).is_some_and(|mut methods| methods.any(|m| m == name))
        };
        if self.ancestry(supertype).iter().any(declares) {
            return Called::Yes;
        }
        let known = supertype == "Ljava/lang/Object;"
            || self.classes.get(supertype).is_some_and(|class| class.complete)
            || self.platform.interface(supertype).is_some()
            || self.platform.overridable(supertype).is_some();
        if known { Called::No } else { Called::Unknown }
    }

    /// Whether a class with this descriptor belongs to the platform, judged by its name.
    #[must_use]
    pub fn is_library(&self, descriptor: &str) -> bool {
        self.library.iter().any(|prefix| descriptor.starts_with(prefix.as_str()))
            && !self.bundled.iter().any(|prefix| descriptor.starts_with(prefix.as_str()))
    }

    pub(crate) fn read(&mut self, file: Section<'_, '_>) {
        let _ = file.required("says");
        for section in file.sections("class") {
            self.read_class(section);
        }
        if let Some(section) = file.section("generic") {
            for (key, prefixes) in [("library", &mut self.library), ("bundled", &mut self.bundled)] {
                for text in section.required_texts(key) {
                    if !text.value.ends_with('.') {
                        section.reading.error(text.at, "a package prefix ends with a dot", None);
                    }
                    prefixes.push(format!("L{}", text.value.replace('.', "/")));
                }
            }
            self.always.extend(
                section.required_texts("always").iter().filter_map(|text| read_call(&section, *text)),
            );
            section.finish();
        }
        file.finish();
    }

    fn read_class(&mut self, section: Section<'_, '_>) {
        let names = section.required_texts("name");
        let kind = section.required("kind").value.to_owned();
        let extends: Vec<String> =
            section.texts("extends").into_iter().map(|text| descriptor_of(&section, text)).collect();
        let calls: Vec<CalledMethod> =
            section.texts("calls").into_iter().filter_map(|text| read_call(&section, text)).collect();
        if calls.is_empty() && extends.is_empty() {
            section.reading.error(section.at, "needs \"calls\" or \"extends\"", None);
        }
        let complete = section.flag("complete").unwrap_or(false);
        let alive = section.choice("alive", ALIVE).unwrap_or(Alive::Instantiated);
        for name in names {
            let class = EntryPointClass {
                class: descriptor_of(&section, name),
                kind: kind.clone(),
                extends: extends.clone(),
                calls: calls.clone(),
                complete,
                alive,
            };
            if self.classes.insert(class.class.clone(), class).is_some() {
                section.reading.error(name.at, format!("class \"{}\" is listed twice", name.value), None);
            }
        }
        section.finish();
    }

    /// Supertypes that are named but not listed, each with the class that names it.
    pub(crate) fn unlisted(&self) -> Vec<(&str, &str)> {
        let mut unlisted = Vec::new();
        for class in self.classes.values() {
            for name in owned_refs(&class.extends) {
                if !self.classes.contains_key(name) && !self.platform.knows(name) {
                    unlisted.push((class.class.as_str(), name));
                }
            }
        }
        unlisted
    }
}

fn owned_refs(texts: &[String]) -> impl Iterator<Item = &str> {
    texts.iter().map(String::as_str)
}

/// `name` or `name(params)return`.
fn read_call(section: &Section<'_, '_>, text: Text<'_>) -> Option<CalledMethod> {
    let (name, prototype) = match text.value.find('(') {
        None => (text.value, None),
        Some(at) => {
            let (name, prototype) = text.value.split_at(at);
            (name, Some(prototype))
        }
    };
    let valid = is_member_name(name)
        && prototype.is_none_or(|prototype| {
            prototype.find(')').is_some_and(|at| {
                let (params, returns) = prototype.split_at(at + 1);
                is_parameter_list(params) && is_return_type(returns)
            })
        });
    if !valid {
        section.reading.error(
            text.at,
            format!("\"{}\" is no method: name or name(params)return", text.value),
            None,
        );
        return None;
    }
    Some(CalledMethod { name: name.to_owned(), prototype: prototype.map(str::to_owned) })
}

pub(crate) fn texts_of(section: &Section<'_, '_>, key: &'static str) -> Vec<String> {
    owned(&section.required_texts(key))
}
