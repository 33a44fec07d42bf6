//! A type and everything above it, as far as that is there.

use std::sync::Arc;

use super::layouts::{ClassId, ClassLayout, Layouts, OBJECT, Slot, Superclass};
use super::vtable::{ACC_FINAL, ACC_INTERFACE, ACC_PUBLIC, package};

const CLONE: &[u8] = b"clone()Ljava/lang/Object;";

/// What keeps an instruction from being restored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Obstacle {
    /// The class that is not there, where that is the reason.
    pub(super) missing: Option<Arc<str>>,
    pub(super) reason: &'static str,
}

impl Obstacle {
    pub(super) fn new(reason: &'static str) -> Obstacle {
        Obstacle { missing: None, reason }
    }

    pub(super) fn missing(class: Arc<str>) -> Obstacle {
        Obstacle { missing: Some(class), reason: "a class is missing whose layout decides" }
    }
}

/// A class in a lineage.
#[derive(Clone, Debug)]
pub(super) struct Ancestor {
    pub(super) descriptor: Box<[u8]>,
    /// `None` when only its name is known.
    pub(super) class: Option<ClassId>,
}

/// A type, its superclass and so on. Behind a class that is missing stands `java.lang.Object` at once; what lies in between
/// is not known.
#[derive(Clone, Debug)]
pub(super) struct Lineage {
    pub(super) ancestors: Vec<Ancestor>,
    pub(super) missing: Option<Arc<str>>,
}

/// Where a class stands in a lineage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// At this position; 0 is the type itself.
    At(usize),
    /// Not in it.
    Outside,
    /// Perhaps among those that are not known.
    Perhaps,
}

impl Lineage {
    pub(super) fn of(layouts: &Layouts, descriptor: &[u8]) -> Lineage {
        let object = Ancestor { descriptor: OBJECT.into(), class: layouts.find(OBJECT) };
        if descriptor.first() == Some(&b'[') {
            // Arrays have no class of their own in any file.
            let array = Ancestor { descriptor: descriptor.into(), class: None };
            return Lineage { ancestors: vec![array, object], missing: None };
        }
        let Some(class) = layouts.find(descriptor) else {
            let missing = Ancestor { descriptor: descriptor.into(), class: None };
            let ancestors = if descriptor == OBJECT { vec![missing] } else { vec![missing, object] };
            return Lineage { ancestors, missing: Some(String::from_utf8_lossy(descriptor).into()) };
        };
        let mut ancestors = Vec::new();
        let mut next = Some(class);
        let mut missing = None;
        while let Some(id) = next {
            let Some(layout) = layouts.class(id) else { break };
            ancestors.push(Ancestor { descriptor: layout.descriptor.clone(), class: Some(id) });
            next = match layout.superclass {
                Superclass::Class(above) => Some(above),
                Superclass::None => None,
                Superclass::Missing => {
                    missing.clone_from(&layout.missing);
                    let name = layout.missing.as_ref().map_or(&[][..], |name| name.as_bytes());
                    ancestors.push(Ancestor { descriptor: name.into(), class: None });
                    ancestors.push(object);
                    break;
                }
            };
        }
        Lineage { ancestors, missing }
    }

    /// Whether the source could have declared a variable that holds such an object as a class between it and
    /// `java.lang.Object`.
    pub(super) fn has_nameable_between(&self, layouts: &Layouts) -> bool {
        let between = self.ancestors.get(1..self.ancestors.len().saturating_sub(1)).unwrap_or_default();
        between.iter().any(|ancestor| {
            let layout = ancestor.class.and_then(|class| layouts.class(class));
            layout
                .is_none_or(|layout| layout.access & ACC_PUBLIC != 0 || self.same_package(&layout.descriptor))
        })
    }

    fn same_package(&self, descriptor: &[u8]) -> bool {
        self.first().is_some_and(|own| package(&own.descriptor) == package(descriptor))
    }

    fn first(&self) -> Option<&Ancestor> {
        self.ancestors.first()
    }

    /// The layout of the type itself.
    fn layout<'a>(&self, layouts: &'a Layouts) -> Option<&'a ClassLayout> {
        layouts.class(self.first()?.class?)
    }

    pub(super) fn standing(&self, layouts: &Layouts, descriptor: &[u8]) -> Standing {
        if let Some(position) = self.ancestors.iter().position(|ancestor| &*ancestor.descriptor == descriptor)
        {
            return Standing::At(position);
        }
        let class = layouts.find(descriptor).and_then(|class| layouts.class(class));
        let inherited = class.is_none_or(|class| class.access & (ACC_INTERFACE | ACC_FINAL) == 0);
        if self.missing.is_some() && inherited && descriptor.first() != Some(&b'[') {
            Standing::Perhaps
        } else {
            Standing::Outside
        }
    }

    /// The method at a position of the table of virtual methods of this type.
    pub(super) fn slot(&self, layouts: &Layouts, position: u32) -> Result<Arc<Slot>, Obstacle> {
        // An array, or a class of which only the name is known: its table starts like that of java.lang.Object.
        let own = self.layout(layouts).filter(|layout| layout.access & ACC_INTERFACE == 0);
        let layout = match own {
            Some(layout) => layout,
            None => {
                let object = layouts.find(OBJECT).and_then(|object| layouts.class(object));
                object.ok_or_else(|| {
                    Obstacle::missing(self.missing.clone().unwrap_or_else(|| "Ljava/lang/Object;".into()))
                })?
            }
        };
        if let Some(slot) = layout.vtable.get(position as usize) {
            return Ok(Arc::clone(slot));
        }
        let missing = if own.is_some() { &layout.vtable_missing } else { &self.missing };
        Err(match missing {
            Some(class) => Obstacle::missing(Arc::clone(class)),
            None => Obstacle::new("the type inferred for the receiver has no such method"),
        })
    }

    /// Whether the method that a reference to `signature` in the class at `from` resolves to lies at `position` of the
    /// table. `None`: not known.
    pub(super) fn resolves(
        &self,
        layouts: &Layouts,
        from: usize,
        signature: &[u8],
        position: u32,
    ) -> Option<bool> {
        for ancestor in self.ancestors.iter().skip(from) {
            let Some(class) = ancestor.class else {
                // A missing class, or an array.
                if self.missing.is_some() {
                    return None;
                }
                continue;
            };
            let layout = layouts.class(class)?;
            if let Some(found) = layout.slots.get(signature) {
                return Some(*found == position);
            }
            if !layout.slots_complete {
                return None;
            }
        }
        Some(false)
    }

    /// Whether `java.lang.Object` declares the method and nothing below it does.
    pub(super) fn only_object_declares(&self, layouts: &Layouts, signature: &[u8]) -> bool {
        let declares = |ancestor: &Ancestor| match ancestor.class.and_then(|class| layouts.class(class)) {
            Some(layout) if layout.slots.contains_key(signature) => Some(true),
            Some(layout) => layout.slots_complete.then_some(false),
            None => self.missing.is_none().then_some(false),
        };
        let Some((object, below)) = self.ancestors.split_last() else { return false };
        // An array has a clone() of its own (Java Language Specification 10.7).
        if signature == CLONE && self.first().is_some_and(|array| array.descriptor.first() == Some(&b'[')) {
            return false;
        }
        declares(object) == Some(true) && below.iter().all(|ancestor| declares(ancestor) == Some(false))
    }

    /// The instance field at an offset: its name and type and where in the lineage it is declared.
    pub(super) fn field<'a>(
        &self,
        layouts: &'a Layouts,
        offset: u32,
    ) -> Result<(&'a [u8], &'a [u8], usize), Obstacle> {
        let layout = self.layout(layouts);
        if layout.is_none_or(|layout| layout.object_size.is_none())
            && let Some(missing) = layout.map_or(&self.missing, |layout| &layout.missing)
        {
            return Err(Obstacle::missing(Arc::clone(missing)));
        }
        for (i, ancestor) in self.ancestors.iter().enumerate() {
            let Some(layout) = ancestor.class.and_then(|class| layouts.class(class)) else { continue };
            if layout.object_size.is_none() {
                return Err(Obstacle::new("the order of the fields is not certain"));
            }
            if let Some(field) = layout.fields.iter().find(|field| field.offset == offset) {
                return Ok((&field.name, &field.type_, i));
            }
        }
        Err(Obstacle::new("the type inferred for the object has no field at this offset"))
    }

    /// Where a reference to a field by the class at `from` finds it.
    pub(super) fn finds_field(
        &self,
        layouts: &Layouts,
        from: usize,
        name: &[u8],
        type_: &[u8],
    ) -> Option<usize> {
        self.ancestors.iter().enumerate().skip(from).find_map(|(i, ancestor)| {
            let layout = layouts.class(ancestor.class?)?;
            layout.fields.iter().any(|f| &*f.name == name && &*f.type_ == type_).then_some(i)
        })
    }
}
