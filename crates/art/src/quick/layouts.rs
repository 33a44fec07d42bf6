//! The classes that are linked together, and how the runtime lays each of them out.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use overt_dex::{ClassDef, DexFile};

use super::{fields, vtable};
use crate::oat::Release;

pub(super) const OBJECT: &[u8] = b"Ljava/lang/Object;";

/// Superclasses above one class; the deepest known chain has some twenty.
const DEPTH: usize = 512;

type Descriptors = HashMap<Box<[u8]>, u32, foldhash::fast::RandomState>;

/// The classes of an ordered set of DEX files: the first definition of a class counts, as in a class path. Layouts are
/// computed when they are asked for and kept. Cloning is cheap; a boot class path is shared by the layers on top of it.
#[derive(Clone, Debug)]
pub struct Layouts(Arc<Layer>);

/// What one class loader defines.
#[derive(Debug)]
struct Layer {
    /// The loader that is asked first.
    parent: Option<Layouts>,
    /// How many layers lie below.
    depth: u8,
    release: Release,
    dex_files: Vec<DexFile>,
    numbers: Descriptors,
    /// File and position in its class table.
    places: Vec<(u32, u32)>,
    computed: Vec<OnceLock<ClassLayout>>,
}

/// A class among [`Layouts`]; of no meaning to others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ClassId {
    layer: u8,
    number: u32,
}

impl ClassId {
    /// Classes of one layer have the same class loader.
    pub(super) fn same_loader(self, other: ClassId) -> bool {
        self.layer == other.layer
    }
}

/// What stands above a class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Superclass {
    /// Nothing: this is `java.lang.Object`.
    None,
    /// A class that is there.
    Class(ClassId),
    /// One that is not, or a chain that never ends.
    Missing,
}

/// How the runtime lays out one class.
#[derive(Clone, Debug)]
pub struct ClassLayout {
    /// The class.
    pub descriptor: Box<[u8]>,
    /// Access flags.
    pub access: u32,
    /// What stands above it.
    pub superclass: Superclass,
    /// The nearest ancestor that is not there; fields and most methods of the class then have no known place.
    pub missing: Option<Arc<str>>,
    /// Bytes of an instance, header included.
    pub object_size: Option<u32>,
    /// The instance fields that the class declares, where the sizes of its ancestors are known.
    pub fields: Vec<FieldLayout>,
    /// The table of virtual methods as far as it is known: from its start.
    pub vtable: Vec<Arc<Slot>>,
    /// The class that is missing to know what follows; `None` when the table is complete.
    pub vtable_missing: Option<Arc<str>>,
    /// Positions of the methods that the class declares, or gets from its interfaces, by signature.
    pub(super) slots: HashMap<Box<[u8]>, u32, foldhash::fast::RandomState>,
    /// Whether every method that the class declares is in `slots`.
    pub(super) slots_complete: bool,
}

/// An instance field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldLayout {
    /// Byte offset in an instance.
    pub offset: u32,
    /// Its name (MUTF-8).
    pub name: Box<[u8]>,
    /// Descriptor of its type.
    pub type_: Box<[u8]>,
}

/// An entry of a table of virtual methods.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Slot {
    /// Name and prototype: `name(I)V` (MUTF-8).
    pub signature: Box<[u8]>,
    /// The class whose method this is.
    pub class: ClassId,
    /// Access flags of the method.
    pub access: u32,
}

impl Layouts {
    /// The classes of a boot class path, in its order.
    #[must_use]
    pub fn new(release: Release, dex_files: Vec<DexFile>) -> Layouts {
        Layouts::build(release, dex_files, None)
    }

    /// The classes of an application and its libraries, in this order, on top of these: a class that is defined here as
    /// well is taken from here, as an application's class loader asks its parent first.
    #[must_use]
    pub fn with(&self, dex_files: Vec<DexFile>) -> Layouts {
        Layouts::build(self.0.release, dex_files, Some(self.clone()))
    }

    fn build(release: Release, dex_files: Vec<DexFile>, parent: Option<Layouts>) -> Layouts {
        let mut numbers = Descriptors::default();
        let mut places = Vec::new();
        for (file, dex) in (0u32..).zip(&dex_files) {
            for (position, class) in (0u32..).zip(0..dex.class_count()) {
                let Ok(class) = dex.class_def(class) else { continue };
                let Ok(descriptor) = dex.descriptor_bytes(class.class) else { continue };
                let number = places.len() as u32;
                if !numbers.contains_key(descriptor) {
                    numbers.insert(descriptor.into(), number);
                    places.push((file, position));
                }
            }
        }
        let computed = places.iter().map(|_| OnceLock::new()).collect();
        let depth = parent.as_ref().map_or(0, |p| p.0.depth.saturating_add(1));
        Layouts(Arc::new(Layer { parent, depth, release, dex_files, numbers, places, computed }))
    }

    /// The release whose rules hold.
    #[must_use]
    pub fn release(&self) -> Release {
        self.0.release
    }

    /// The class with this descriptor, as seen from the topmost layer.
    #[must_use]
    pub fn find(&self, descriptor: &[u8]) -> Option<ClassId> {
        let mut found = None;
        let mut layer = Some(self);
        while let Some(here) = layer {
            if let Some(number) = here.0.numbers.get(descriptor) {
                // A lower layer is asked first, so its answer stands.
                found = Some(ClassId { layer: here.0.depth, number: *number });
            }
            layer = here.0.parent.as_ref();
        }
        found
    }

    /// The layer a class belongs to: what its own references are resolved by.
    fn layer_of(&self, class: ClassId) -> Option<&Layouts> {
        let mut layer = self;
        while layer.0.depth != class.layer {
            layer = layer.0.parent.as_ref()?;
        }
        Some(layer)
    }

    fn definition(&self, class: ClassId) -> Option<(&DexFile, ClassDef)> {
        let layer = self.layer_of(class)?;
        let (file, position) = *layer.0.places.get(class.number as usize)?;
        let dex = layer.0.dex_files.get(file as usize)?;
        Some((dex, dex.class_def(position).ok()?))
    }

    fn cell(&self, class: ClassId) -> Option<&OnceLock<ClassLayout>> {
        self.layer_of(class)?.0.computed.get(class.number as usize)
    }

    /// The layout of a class; `None` for the id of other layouts.
    #[must_use]
    pub fn class(&self, class: ClassId) -> Option<&ClassLayout> {
        if let Some(known) = self.cell(class)?.get() {
            return Some(known);
        }
        // What stands above a missing class is not known, but for java.lang.Object: it is needed first.
        if let Some(object) = self.layer_of(class)?.find(OBJECT).filter(|object| *object != class) {
            let _ = self.class(object);
        }
        // From here up to what is known already, then down again: superclasses first, without recursion.
        let mut chain = vec![class];
        let mut above = Superclass::None;
        while let Some(&top) = chain.last() {
            above = self.superclass(top);
            match above {
                Superclass::Class(id) if chain.len() >= DEPTH || chain.contains(&id) => {
                    above = Superclass::Missing
                }
                Superclass::Class(id) if self.cell(id).is_some_and(|cell| cell.get().is_none()) => {
                    chain.push(id);
                    continue;
                }
                _ => {}
            }
            break;
        }
        while let Some(id) = chain.pop() {
            if let (Some(layout), Some(cell)) = (self.compute(id, above), self.cell(id)) {
                cell.get_or_init(|| layout);
            }
            above = Superclass::Class(id);
        }
        self.cell(class)?.get()
    }

    fn superclass(&self, class: ClassId) -> Superclass {
        let Some((dex, definition)) = self.definition(class) else { return Superclass::Missing };
        let Some(index) = definition.superclass else {
            let object = dex.descriptor_bytes(definition.class).is_ok_and(|d| d == OBJECT);
            return if object { Superclass::None } else { Superclass::Missing };
        };
        let found = dex.descriptor_bytes(index).ok().and_then(|d| self.layer_of(class)?.find(d));
        found.map_or(Superclass::Missing, Superclass::Class)
    }

    fn compute(&self, class: ClassId, superclass: Superclass) -> Option<ClassLayout> {
        let (dex, definition) = self.definition(class)?;
        let layer = self.layer_of(class)?;
        let descriptor: Box<[u8]> = dex.descriptor_bytes(definition.class).ok()?.into();
        let above = match superclass {
            Superclass::Class(id) => self.class_if_computed(id),
            _ => None,
        };
        let missing = match (superclass, above) {
            (Superclass::Class(_), Some(above)) => above.missing.clone(),
            (Superclass::None, _) => None,
            _ => {
                let name = definition.superclass.and_then(|s| dex.descriptor(s).ok());
                Some(name.map_or_else(|| "an endless chain of superclasses".into(), |name| (&*name).into()))
            }
        };
        let mut layout = ClassLayout {
            descriptor,
            access: definition.access,
            superclass,
            missing,
            object_size: None,
            fields: Vec::new(),
            vtable: Vec::new(),
            vtable_missing: None,
            slots: HashMap::default(),
            slots_complete: true,
        };
        let members = dex.class_data(&definition);
        if members.bad.is_some() {
            // Half a class has no layout.
            let name: Arc<str> = String::from_utf8_lossy(&layout.descriptor).into();
            layout.missing.get_or_insert(name);
        }
        let start = match superclass {
            Superclass::None => Some(0),
            _ => above.and_then(|above| above.object_size),
        };
        if let Some(start) = start.filter(|_| layout.missing.is_none()) {
            fields::lay_out(layer.0.release, dex, &members.instance_fields, start, &mut layout);
        }
        vtable::link(layer, class, dex, &definition, &members, above, &mut layout);
        Some(layout)
    }

    /// A class whose layout was computed before.
    pub(super) fn class_if_computed(&self, class: ClassId) -> Option<&ClassLayout> {
        self.cell(class)?.get()
    }

    /// A class with the file that defines it.
    pub(super) fn defined(&self, class: ClassId) -> Option<(&DexFile, ClassDef)> {
        self.definition(class)
    }
}
