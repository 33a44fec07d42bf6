//! Who extends whom, and which definition a call means.

use rustc_hash::FxHashSet;

use crate::classes::{ClassId, ClassTable, MethodId, MethodKey};
use crate::names::Sym;

/// Longest superclass chain followed: the format allows cycles, the runtime refuses them.
const MAX_CHAIN: usize = 256;

impl ClassTable {
    /// The class itself and its superclasses, nearest first, as far as they are defined in this table.
    pub fn superclasses(&self, class: ClassId) -> impl Iterator<Item = ClassId> + '_ {
        let mut next = Some(class);
        std::iter::from_fn(move || {
            let here = next?;
            next = self.class(here).superclass.and_then(|name| self.class_named(name));
            Some(here)
        })
        .take(MAX_CHAIN)
    }

    /// All supertypes of `class` by name, itself included, whether defined here or not; sorted.
    #[must_use]
    pub fn supertypes(&self, class: ClassId) -> Vec<Sym> {
        let mut seen: FxHashSet<Sym> = FxHashSet::default();
        let mut work = vec![self.class(class).descriptor];
        while let Some(name) = work.pop() {
            if !seen.insert(name) {
                continue;
            }
            if let Some(found) = self.class_named(name) {
                let class = self.class(found);
                work.extend(class.superclass);
                work.extend(class.interfaces.iter().copied());
            }
        }
        let mut all: Vec<Sym> = seen.into_iter().collect();
        all.sort_unstable();
        all
    }

    /// The definition that a reference means: in the class, its superclasses, then its interfaces (JVMS §5.4.3.3).
    #[must_use]
    pub fn resolve(&self, key: MethodKey) -> Option<MethodId> {
        let class = self.class_named(key.class)?;
        for at in self.superclasses(class) {
            if let Some(method) = self.defined(at, key.name, key.proto) {
                return Some(method);
            }
        }
        let supertypes = self.supertypes(class);
        supertypes.iter().find_map(|name| self.defined(self.class_named(*name)?, key.name, key.proto))
    }

    /// The name of the class outside the package that a reference ends in: the referenced class itself when it is not
    /// the package's own, else the nearest supertype that is not. Calls to an API are recognised by it, also through
    /// the package's own subclasses. `None` when the package defines the method.
    #[must_use]
    pub fn library_owner(&self, key: MethodKey) -> Option<Sym> {
        let Some(class) = self.class_named(key.class) else { return Some(key.class) };
        if !self.is_own(class) {
            return Some(key.class);
        }
        for at in self.superclasses(class) {
            if !self.is_own(at) {
                return Some(self.class(at).descriptor);
            }
            if self.defined(at, key.name, key.proto).is_some() {
                return None;
            }
            if let Some(superclass) = self.class(at).superclass
                && self.class_named(superclass).is_none()
            {
                return Some(superclass);
            }
        }
        None
    }
}
