//! DEX files linked into program-wide classes and methods.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use overt_base::id;
use overt_dex::{DexFile, MethodIdx, TypeIdx};

use crate::asked::Asked;
use crate::names::{Names, Sym};

id! {
    /// A class of a [`ClassTable`] (or of its parent).
    pub struct ClassId(u32);
    /// A method definition of a [`ClassTable`] (or of its parent).
    pub struct MethodId(u32);
}

/// `ACC_STATIC`.
pub const ACC_STATIC: u32 = 0x8;
/// `ACC_PRIVATE`.
pub const ACC_PRIVATE: u32 = 0x2;
/// `ACC_INTERFACE`.
pub const ACC_INTERFACE: u32 = 0x200;
/// `ACC_ABSTRACT`.
pub const ACC_ABSTRACT: u32 = 0x400;

/// A class definition.
#[derive(Debug, Clone)]
pub struct Class {
    /// Its descriptor.
    pub descriptor: Sym,
    /// The superclass's descriptor; `None` only for `java.lang.Object` (or a damaged definition).
    pub superclass: Option<Sym>,
    /// Descriptors of the interfaces it names.
    pub interfaces: Box<[Sym]>,
    /// Access flags.
    pub access: u32,
    /// Its methods, sorted by (name, prototype).
    pub methods: Range<u32>,
    /// Which DEX of its table defines it.
    pub dex: u16,
    /// Row of the class table of that DEX.
    pub definition: u32,
}

impl Class {
    /// Can there be objects of exactly this class?
    #[must_use]
    pub fn is_concrete(&self) -> bool {
        self.access & (ACC_INTERFACE | ACC_ABSTRACT) == 0
    }
}

/// A method definition.
#[derive(Debug, Clone, Copy)]
pub struct Method {
    /// The class that defines it.
    pub class: ClassId,
    /// Its name.
    pub name: Sym,
    /// Its prototype, `(I)V`.
    pub proto: Sym,
    /// Access flags.
    pub access: u32,
    /// Which DEX of its table defines it.
    pub dex: u16,
    /// Its number in that DEX.
    pub index: MethodIdx,
    /// Offset of its code item; 0 for abstract and native methods.
    pub code_off: u32,
    /// Static, private or a constructor: never dispatched on the receiver.
    pub direct: bool,
}

/// A reference to a method, in program-wide names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MethodKey {
    /// The class it is looked up in.
    pub class: Sym,
    /// Name.
    pub name: Sym,
    /// Prototype.
    pub proto: Sym,
}

/// One DEX with its references in program-wide names.
#[derive(Debug)]
pub struct LinkedDex {
    /// The file.
    pub dex: DexFile,
    /// Type references; `None` where the slot is unreadable.
    pub types: Vec<Option<Sym>>,
    /// Method references; `None` where the slot is unreadable.
    pub methods: Vec<Option<MethodKey>>,
}

impl LinkedDex {
    /// The name of a type reference.
    #[must_use]
    pub fn type_name(&self, index: TypeIdx) -> Option<Sym> {
        self.types.get(index.index()).copied().flatten()
    }

    /// A method reference.
    #[must_use]
    pub fn method_key(&self, index: MethodIdx) -> Option<MethodKey> {
        self.methods.get(index.index()).copied().flatten()
    }
}

/// Something a table could not link; the rest of the table is unharmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unlinked {
    /// Which DEX.
    pub dex: usize,
    /// What happened.
    pub what: &'static str,
    /// How often.
    pub count: u32,
}

/// Classes and methods of an ordered list of DEX files, on top of a parent (the boot class path).
///
/// A descriptor defined twice belongs to the first DEX, as the runtime's class loader decides. A package's own
/// definition is preferred over the parent's: the runtime would take the parent's for classes truly on the boot class
/// path, but a library that the package does not use must not make its code look dead.
#[derive(Debug, Default)]
pub struct ClassTable {
    parent: Option<Arc<ClassTable>>,
    names: Arc<Names>,
    first_class: u32,
    first_method: u32,
    classes: Vec<Class>,
    methods: Vec<Method>,
    by_descriptor: HashMap<Sym, ClassId, rustc_hash::FxBuildHasher>,
    dexes: Vec<LinkedDex>,
    asked: Asked,
    /// What could not be linked.
    pub unlinked: Vec<Unlinked>,
}

impl ClassTable {
    /// Links `dexes`, in the runtime's order, on top of `parent`.
    #[must_use]
    pub fn link(parent: Option<Arc<ClassTable>>, dexes: Vec<DexFile>) -> ClassTable {
        let mut names = Names::on(parent.as_ref().map(|parent| Arc::clone(&parent.names)));
        let first_class = parent.as_ref().map_or(0, |p| p.first_class + p.classes.len() as u32);
        let first_method = parent.as_ref().map_or(0, |p| p.first_method + p.methods.len() as u32);
        let mut table = ClassTable { first_class, first_method, parent, ..ClassTable::default() };
        for (number, dex) in dexes.into_iter().enumerate() {
            table.add(&mut names, number, dex);
        }
        table.asked = Asked::of(&names);
        table.names = Arc::new(names);
        table
    }

    fn add(&mut self, names: &mut Names, number: usize, dex: DexFile) {
        let mut bad_slots = 0u32;
        let types: Vec<Option<Sym>> = (0..dex.type_count())
            .map(|index| match dex.descriptor(TypeIdx(index)) {
                Ok(text) => Some(names.intern(&text)),
                Err(_) => {
                    bad_slots += 1;
                    None
                }
            })
            .collect();
        let protos: Vec<Sym> = (0..dex.proto_count())
            .map(|index| names.intern(&dex.prototype(overt_dex::ProtoIdx(index))))
            .collect();
        let methods: Vec<Option<MethodKey>> = (0..dex.method_count())
            .map(|index| {
                let key = dex.method(MethodIdx(index)).ok().and_then(|method| {
                    let class = types.get(method.class.index()).copied().flatten()?;
                    let name = names.intern(&dex.string(method.name).ok()?);
                    let proto = *protos.get(method.proto.index())?;
                    Some(MethodKey { class, name, proto })
                });
                bad_slots += u32::from(key.is_none());
                key
            })
            .collect();
        let mut bad_classes = 0u32;
        let mut duplicates = 0u32;
        for (row, definition) in dex.class_defs() {
            let Ok(definition) = definition else {
                bad_classes += 1;
                continue;
            };
            let Some(descriptor) = types.get(definition.class.index()).copied().flatten() else {
                bad_classes += 1;
                continue;
            };
            if self.by_descriptor.contains_key(&descriptor) {
                duplicates += 1;
                continue;
            }
            let class = ClassId(self.first_class + self.classes.len() as u32);
            let data = dex.class_data(&definition);
            bad_classes += u32::from(data.bad.is_some());
            let start = self.methods.len();
            let listed = (data.direct_methods.iter().map(|m| (m, true)))
                .chain(data.virtual_methods.iter().map(|m| (m, false)));
            for (method, direct) in listed {
                let Some(key) = methods.get(method.method.index()).copied().flatten() else {
                    bad_slots += 1;
                    continue;
                };
                self.methods.push(Method {
                    class,
                    name: key.name,
                    proto: key.proto,
                    access: method.access,
                    dex: number as u16,
                    index: method.method,
                    code_off: method.code_off,
                    direct,
                });
            }
            if let Some(own) = self.methods.get_mut(start..) {
                own.sort_by_key(|method| (method.name, method.proto));
            }
            let sym_of = |index: TypeIdx| types.get(index.index()).copied().flatten();
            self.classes.push(Class {
                descriptor,
                superclass: definition.superclass.and_then(sym_of),
                interfaces: definition.interfaces.iter().filter_map(|index| sym_of(*index)).collect(),
                access: definition.access,
                methods: self.first_method + start as u32..self.first_method + self.methods.len() as u32,
                dex: number as u16,
                definition: row as u32,
            });
            self.by_descriptor.insert(descriptor, class);
        }
        for (what, count) in [
            ("unreadable reference", bad_slots),
            ("unreadable class", bad_classes),
            ("class defined twice", duplicates),
        ] {
            if count > 0 {
                self.unlinked.push(Unlinked { dex: number, what, count });
            }
        }
        self.dexes.push(LinkedDex { dex, types, methods });
    }

    /// The names.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Name of `sym`.
    #[must_use]
    pub fn text(&self, sym: Sym) -> &str {
        self.names.text(sym)
    }

    /// The class with this descriptor: own definition first, then the parent's.
    #[must_use]
    pub fn class_named(&self, descriptor: Sym) -> Option<ClassId> {
        match self.by_descriptor.get(&descriptor) {
            Some(class) => Some(*class),
            None => {
                self.asked.note(descriptor);
                self.parent.as_ref().and_then(|parent| parent.class_named(descriptor))
            }
        }
    }

    /// The class with this descriptor in text.
    #[must_use]
    pub fn find(&self, descriptor: &str) -> Option<ClassId> {
        match self.names.get(descriptor) {
            Some(name) => self.class_named(name),
            None => {
                self.asked.note_text(descriptor);
                None
            }
        }
    }

    /// Does the boot class path have a class of this name? The runtime asks there first.
    #[must_use]
    pub fn boot_has(&self, descriptor: Sym) -> bool {
        self.asked.note(descriptor);
        self.parent.as_ref().is_some_and(|parent| parent.class_named(descriptor).is_some())
    }

    /// Descriptors of all classes that were looked for in the parent, there or not, sorted: what came of this table
    /// depends on no others. `None` when they were too many.
    #[must_use]
    pub fn asked_of_boot(&self) -> Option<Vec<String>> {
        self.asked.all(&self.names)
    }

    /// Everything that this table tells a child of the class with this descriptor, as text; `None` when it has none.
    #[must_use]
    pub fn shape(&self, descriptor: &str) -> Option<String> {
        let id = self.find(descriptor)?;
        let class = self.class(id);
        let names = |names: &[Sym]| names.iter().map(|name| self.text(*name)).collect::<Vec<_>>().join(" ");
        let superclass = class.superclass.map_or("", |name| self.text(name));
        let mut methods: Vec<String> = class
            .methods
            .clone()
            .map(|method| {
                let method = self.method(MethodId(method));
                let (name, proto) = (self.text(method.name), self.text(method.proto));
                format!("{name}{proto} {} {} {}", method.access, method.direct, method.code_off != 0)
            })
            .collect();
        methods.sort();
        Some(format!("{superclass} {} {} {}", names(&class.interfaces), class.access, methods.join(";")))
    }

    /// Is this class defined by the package itself (not by the parent)?
    #[must_use]
    pub fn is_own(&self, class: ClassId) -> bool {
        class.0 >= self.first_class
    }

    /// A class.
    ///
    /// # Panics
    /// When `class` belongs to another table: a bug of the caller.
    #[must_use]
    pub fn class(&self, class: ClassId) -> &Class {
        if class.0 < self.first_class {
            return self.parent.as_ref().expect("an id below the first has a parent").class(class);
        }
        &self.classes[(class.0 - self.first_class) as usize]
    }

    /// A method.
    ///
    /// # Panics
    /// When `method` belongs to another table: a bug of the caller.
    #[must_use]
    pub fn method(&self, method: MethodId) -> &Method {
        if method.0 < self.first_method {
            return self.parent.as_ref().expect("an id below the first has a parent").method(method);
        }
        &self.methods[(method.0 - self.first_method) as usize]
    }

    /// The package's own classes.
    pub fn own_classes(&self) -> impl Iterator<Item = (ClassId, &Class)> {
        self.classes.iter().enumerate().map(|(i, class)| (ClassId(self.first_class + i as u32), class))
    }

    /// The package's own methods.
    pub fn own_methods(&self) -> impl Iterator<Item = (MethodId, &Method)> {
        self.methods.iter().enumerate().map(|(i, method)| (MethodId(self.first_method + i as u32), method))
    }

    /// How many methods the package defines.
    #[must_use]
    pub fn own_method_count(&self) -> usize {
        self.methods.len()
    }

    /// Position of an own method among the own methods.
    #[must_use]
    pub fn own_index(&self, method: MethodId) -> Option<usize> {
        method.0.checked_sub(self.first_method).map(|index| index as usize)
    }

    /// The own method at this position.
    #[must_use]
    pub fn own_method_at(&self, index: usize) -> MethodId {
        MethodId(self.first_method + index as u32)
    }

    /// The package's DEX files.
    #[must_use]
    pub fn dexes(&self) -> &[LinkedDex] {
        &self.dexes
    }

    /// The method that `class` itself defines under this name and prototype.
    #[must_use]
    pub fn defined(&self, class: ClassId, name: Sym, proto: Sym) -> Option<MethodId> {
        if class.0 < self.first_class {
            return self.parent.as_ref()?.defined(class, name, proto);
        }
        let range = self.class(class).methods.clone();
        let own = &self.methods
            [(range.start - self.first_method) as usize..(range.end - self.first_method) as usize];
        let found = own.binary_search_by_key(&(name, proto), |method| (method.name, method.proto)).ok()?;
        Some(MethodId(range.start + found as u32))
    }
}
