//! The table of virtual methods (`LinkVirtualMethods` and `LinkInterfaceMethods` in `runtime/class_linker.cc`).

use std::collections::HashSet;
use std::sync::Arc;

use overt_dex::{ClassData, ClassDef, DexFile, MethodRef};

use super::layouts::{ClassId, ClassLayout, Layouts, OBJECT, Slot, Superclass};
use crate::oat::Release;

pub(super) const ACC_PUBLIC: u32 = 0x1;
const ACC_PRIVATE: u32 = 0x2;
const ACC_PROTECTED: u32 = 0x4;
pub(super) const ACC_FINAL: u32 = 0x10;
pub(super) const ACC_INTERFACE: u32 = 0x200;

/// Interfaces of one class, inherited ones included.
const INTERFACES: usize = 4096;

/// `name(I)V`, as bytes of the file.
pub(super) fn signature(dex: &DexFile, method: &MethodRef) -> Option<Box<[u8]>> {
    let mut text = dex.string_bytes(method.name).ok()?.to_vec();
    let proto = dex.proto(method.proto).ok()?;
    text.push(b'(');
    for parameter in proto.parameters.iter() {
        text.extend(dex.descriptor_bytes(parameter).ok()?);
    }
    text.push(b')');
    text.extend(dex.descriptor_bytes(proto.return_type).ok()?);
    Some(text.into())
}

/// Fills in `vtable`, `vtable_missing` and `slots`.
pub(super) fn link(
    layouts: &Layouts,
    class: ClassId,
    dex: &DexFile,
    definition: &ClassDef,
    members: &ClassData,
    above: Option<&ClassLayout>,
    layout: &mut ClassLayout,
) {
    let object = layouts.find(OBJECT).and_then(|object| layouts.class_if_computed(object));
    match above {
        Some(above) => {
            layout.vtable.clone_from(&above.vtable);
            layout.vtable_missing.clone_from(&above.vtable_missing);
        }
        // Whatever is missing above, at its top stands java.lang.Object, and its methods come first.
        None if layout.superclass == Superclass::Missing => {
            layout.vtable = object.map(|object| object.vtable.clone()).unwrap_or_default();
            layout.vtable_missing.clone_from(&layout.missing);
        }
        None => {}
    }
    if members.bad.is_some() {
        layout.vtable_missing.get_or_insert_with(|| String::from_utf8_lossy(&layout.descriptor).into());
        layout.slots_complete = false;
    }
    // An interface has no table; what is called on it virtually are methods of java.lang.Object.
    if layout.access & ACC_INTERFACE != 0 {
        return;
    }
    let mut new = Vec::new();
    for method in &members.virtual_methods {
        let Some(signature) = dex.method(method.method).ok().and_then(|m| signature(dex, &m)) else {
            layout.vtable_missing.get_or_insert_with(|| String::from_utf8_lossy(&layout.descriptor).into());
            layout.slots_complete = false;
            continue;
        };
        let overridden = overridden(layouts, class, &signature, layout);
        let slot = Arc::new(Slot { signature: signature.clone(), class, access: method.access });
        match overridden.and_then(|position| Some((position, layout.vtable.get_mut(position as usize)?))) {
            Some((position, place)) => {
                *place = slot;
                layout.slots.insert(signature, position);
            }
            None => new.push(slot),
        }
    }
    append(new, layout);
    if layout.vtable_missing.is_none() {
        link_interfaces(layouts, dex, definition, class, layout);
    }
}

/// New methods go behind the inherited ones. Where those are not known to the last, the places are unknown.
fn append(new: Vec<Arc<Slot>>, layout: &mut ClassLayout) {
    if layout.vtable_missing.is_some() {
        layout.slots_complete &= new.is_empty();
        return;
    }
    for slot in new {
        layout.slots.insert(slot.signature.clone(), layout.vtable.len() as u32);
        layout.vtable.push(slot);
    }
}

/// The position of the inherited method that a method with this signature overrides.
fn overridden(layouts: &Layouts, class: ClassId, signature: &[u8], layout: &ClassLayout) -> Option<u32> {
    let mut positions = inherited(layouts, layout.superclass, signature);
    positions.sort_unstable();
    positions.dedup();
    let accessible = |position: &u32| {
        layout
            .vtable
            .get(*position as usize)
            .is_some_and(|slot| can_access(layouts, class, &layout.descriptor, slot))
    };
    match layouts.release() {
        // Tries one after the other.
        Release::Lollipop => positions.into_iter().find(accessible),
        // Takes the first and gives up when that is out of reach.
        Release::Marshmallow | Release::Nougat => positions.into_iter().next().filter(accessible),
    }
}

/// Positions of methods with this signature in the tables of the ancestors.
fn inherited(layouts: &Layouts, superclass: Superclass, signature: &[u8]) -> Vec<u32> {
    let mut positions = Vec::new();
    let mut above = superclass;
    loop {
        let id = match above {
            Superclass::Class(id) => id,
            Superclass::None => return positions,
            Superclass::Missing => match layouts.find(OBJECT) {
                Some(object) => object,
                None => return positions,
            },
        };
        let Some(ancestor) = layouts.class_if_computed(id) else { return positions };
        positions.extend(ancestor.slots.get(signature));
        above = ancestor.superclass;
    }
}

/// `Class::CanAccessMember`: whether `class` may override the method in `slot`. Only ancestors' methods are asked about,
/// so a protected one may.
fn can_access(layouts: &Layouts, class: ClassId, descriptor: &[u8], slot: &Slot) -> bool {
    if slot.access & ACC_PUBLIC != 0 {
        return true;
    }
    if slot.access & ACC_PRIVATE != 0 {
        return false;
    }
    if slot.access & ACC_PROTECTED != 0 {
        return true;
    }
    class.same_loader(slot.class)
        && layouts
            .class_if_computed(slot.class)
            .is_some_and(|c| package(&c.descriptor) == package(descriptor))
}

/// The package in a descriptor, with its `L`.
pub(super) fn package(descriptor: &[u8]) -> &[u8] {
    let end = descriptor.iter().rposition(|b| *b == b'/').unwrap_or(0);
    descriptor.get(..end).unwrap_or_default()
}

/// "Miranda" methods: those of interfaces that neither the class nor an ancestor has.
fn link_interfaces(
    layouts: &Layouts,
    dex: &DexFile,
    definition: &ClassDef,
    class: ClassId,
    layout: &mut ClassLayout,
) {
    let interfaces = match interfaces(layouts, dex, definition) {
        Ok(interfaces) => interfaces,
        Err(missing) => {
            layout.vtable_missing = Some(missing);
            return;
        }
    };
    let mut new = Vec::new();
    let mut known = HashSet::new();
    for interface in interfaces {
        let Some((dex, definition)) = layouts.defined(interface) else { continue };
        let members = dex.class_data(&definition);
        for method in &members.virtual_methods {
            let Some(signature) = dex.method(method.method).ok().and_then(|m| signature(dex, &m)) else {
                let name =
                    dex.descriptor(definition.class).map_or_else(|_| String::new(), |d| d.into_owned());
                layout.vtable_missing = Some(name.into());
                return;
            };
            let has = layout.slots.contains_key(&signature)
                || !inherited(layouts, layout.superclass, &signature).is_empty();
            if !has && known.insert(signature.clone()) {
                new.push(Arc::new(Slot { signature, class, access: method.access }));
            }
        }
    }
    append(new, layout);
}

/// The interfaces of a class and theirs, in the order in which the runtime lists them; or the one that is missing.
fn interfaces(layouts: &Layouts, dex: &DexFile, definition: &ClassDef) -> Result<Vec<ClassId>, Arc<str>> {
    let direct = |dex: &DexFile, definition: &ClassDef| -> Result<Vec<ClassId>, Arc<str>> {
        if let Some(bad) = definition.bad {
            return Err(bad.what.into());
        }
        let find = |index: &overt_dex::TypeIdx| {
            let descriptor = dex.descriptor(*index).map_err(|bad| bad.what)?;
            let bytes = dex.descriptor_bytes(*index).map_err(|bad| bad.what)?;
            layouts.find(bytes).ok_or(Arc::from(&*descriptor))
        };
        definition.interfaces.iter().rev().map(find).collect()
    };
    let mut pending = direct(dex, definition)?;
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    while let Some(interface) = pending.pop() {
        if !seen.insert(interface) {
            continue;
        }
        if found.len() >= INTERFACES {
            return Err("more interfaces than any class has".into());
        }
        found.push(interface);
        if let Some((dex, definition)) = layouts.defined(interface) {
            pending.extend(direct(dex, &definition)?);
        }
    }
    Ok(found)
}
