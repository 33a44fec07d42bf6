//! References of the code, resolved once: methods, fields, types.

use std::rc::Rc;

use overt_dex::{FieldIdx, MethodIdx, TypeIdx, Value as Constant};
use overt_program::ir::{self, Body};
use overt_program::{ClassId, ClassTable, MethodId, Sym, classes::MethodKey};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::hierarchy;
use crate::library::{self, Function};

/// A type by its descriptor.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Type(pub(crate) u32);

/// A field by its class and name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FieldId(pub(crate) u32);

/// A field reference.
#[derive(Clone, Debug)]
pub struct FieldTarget {
    /// Which.
    pub id: FieldId,
    /// The app's class that declares it.
    pub owner: Option<ClassId>,
    /// Class of the reference.
    pub class: Rc<str>,
    /// Name.
    pub name: Rc<str>,
    /// First letter of its type.
    pub kind: u8,
}

/// A method reference.
#[derive(Clone, Debug)]
pub struct MethodTarget {
    /// In program-wide names.
    pub key: MethodKey,
    /// Class of the reference.
    pub class: Rc<str>,
    /// Name.
    pub name: Rc<str>,
    /// First letters of the parameters' types.
    pub parameters: Box<[u8]>,
    /// The parameters as `(ILp/C;)`.
    pub prototype: Rc<str>,
    /// First letter of the type it returns.
    pub returns: u8,
    /// What it returns.
    pub return_type: Rc<str>,
    /// The app's definition that the reference means.
    pub resolved: Option<MethodId>,
    /// The model that the reference means, when the platform defines it.
    pub model: Option<Function>,
    /// The platform's class that a reference through a class of the app ends in.
    pub owner: Option<Rc<str>>,
}

impl MethodTarget {
    /// As `Lp/C;->m(I)V`.
    #[must_use]
    pub fn signature(&self) -> String {
        format!("{}->{}{}{}", self.class, self.name, self.prototype, self.return_type)
    }
}

/// A field that a class defines.
#[derive(Clone, Debug)]
pub struct Member {
    /// Name.
    pub name: Rc<str>,
    /// Its type.
    pub descriptor: Rc<str>,
    /// Is it static?
    pub is_static: bool,
    /// What it starts as.
    pub initial: Option<Constant>,
}

/// Resolved references of one app.
pub struct Linkage<'a> {
    /// The app's classes.
    pub table: &'a ClassTable,
    texts: Vec<Rc<str>>,
    types: FxHashMap<Rc<str>, Type>,
    classes: FxHashMap<Type, Option<ClassId>>,
    fields: FxHashMap<(Type, Rc<str>), FieldId>,
    field_names: Vec<Rc<str>>,
    /// By DEX and number; `None`: not looked for yet.
    field_targets: Vec<Vec<Option<Option<Rc<FieldTarget>>>>>,
    method_targets: Vec<Vec<Option<Option<Rc<MethodTarget>>>>>,
    members: FxHashMap<ClassId, Rc<[Member]>>,
    bodies: FxHashMap<MethodId, Option<Rc<Body>>>,
    dispatched: FxHashMap<(ClassId, Sym, Sym), Option<MethodId>>,
    supertypes: FxHashMap<ClassId, Rc<FxHashSet<Sym>>>,
    subclasses: FxHashMap<Sym, Vec<ClassId>>,
}

impl<'a> Linkage<'a> {
    /// Nothing resolved yet.
    #[must_use]
    pub fn new(table: &'a ClassTable) -> Linkage<'a> {
        let mut subclasses: FxHashMap<Sym, Vec<ClassId>> = FxHashMap::default();
        for (id, class) in table.own_classes() {
            for name in class.superclass.iter().chain(class.interfaces.iter()) {
                subclasses.entry(*name).or_default().push(id);
            }
        }
        Linkage {
            table,
            texts: Vec::new(),
            types: FxHashMap::default(),
            classes: FxHashMap::default(),
            fields: FxHashMap::default(),
            field_names: Vec::new(),
            field_targets: Vec::new(),
            method_targets: Vec::new(),
            members: FxHashMap::default(),
            bodies: FxHashMap::default(),
            dispatched: FxHashMap::default(),
            supertypes: FxHashMap::default(),
            subclasses,
        }
    }

    /// The type with this descriptor.
    pub fn type_of(&mut self, descriptor: &str) -> Type {
        if let Some(found) = self.types.get(descriptor) {
            return *found;
        }
        let id = Type(self.texts.len() as u32);
        let text: Rc<str> = descriptor.into();
        self.texts.push(Rc::clone(&text));
        self.types.insert(text, id);
        id
    }

    /// The descriptor of a type.
    #[must_use]
    pub fn text(&self, of: Type) -> Rc<str> {
        self.texts.get(of.0 as usize).map_or_else(|| "".into(), Rc::clone)
    }

    /// The type that a reference names.
    pub fn type_at(&mut self, dex: u16, index: TypeIdx) -> Option<Type> {
        let table = self.table;
        let name = table.dexes().get(usize::from(dex))?.type_name(index)?;
        Some(self.type_of(table.text(name)))
    }

    /// The app's own class of this type.
    pub fn own_class(&mut self, of: Type) -> Option<ClassId> {
        if let Some(found) = self.classes.get(&of) {
            return *found;
        }
        let text = self.text(of);
        let found = self.table.find(&text).filter(|class| self.table.is_own(*class));
        self.classes.insert(of, found);
        found
    }

    /// The type of a class.
    pub fn type_of_class(&mut self, class: ClassId) -> Type {
        let table = self.table;
        self.type_of(table.text(table.class(class).descriptor))
    }

    /// A method's code.
    pub fn body(&mut self, method: MethodId) -> Option<Rc<Body>> {
        if let Some(found) = self.bodies.get(&method) {
            return found.clone();
        }
        let definition = self.table.method(method);
        let made = (definition.code_off != 0)
            .then(|| self.table.dexes().get(usize::from(definition.dex)))
            .flatten()
            .and_then(|linked| linked.dex.code(definition.code_off).ok())
            .map(|code| Rc::new(ir::blocks(&code)));
        self.bodies.insert(method, made.clone());
        made
    }

    /// Fields that a class defines.
    pub fn members(&mut self, class: ClassId) -> Rc<[Member]> {
        if let Some(found) = self.members.get(&class) {
            return Rc::clone(found);
        }
        let mut all = Vec::new();
        let definition = self.table.class(class);
        if let Some(linked) = self.table.dexes().get(usize::from(definition.dex))
            && let Ok(row) = linked.dex.class_def(definition.definition)
        {
            let dex = &linked.dex;
            let data = dex.class_data(&row);
            let values = dex.static_values(&row);
            let listed = (data.static_fields.iter().map(|field| (field, true)))
                .chain(data.instance_fields.iter().map(|field| (field, false)));
            for (number, (field, is_static)) in listed.enumerate() {
                let Ok(reference) = dex.field(field.field) else { continue };
                let (Ok(name), Ok(type_)) = (dex.string(reference.name), dex.descriptor(reference.type_))
                else {
                    continue;
                };
                let initial =
                    values.get(number).filter(|_| is_static).and_then(|value| value.as_ref().ok().cloned());
                all.push(Member { name: (&*name).into(), descriptor: (&*type_).into(), is_static, initial });
            }
        }
        let all: Rc<[Member]> = all.into();
        self.members.insert(class, Rc::clone(&all));
        all
    }

    /// The number of a field.
    pub fn field_id(&mut self, class: Type, name: &Rc<str>) -> FieldId {
        if let Some(found) = self.fields.get(&(class, Rc::clone(name))) {
            return *found;
        }
        let id = FieldId(self.field_names.len() as u32);
        self.field_names.push(Rc::clone(name));
        self.fields.insert((class, Rc::clone(name)), id);
        id
    }

    /// The name of a field.
    #[must_use]
    pub fn field_name(&self, id: FieldId) -> Rc<str> {
        self.field_names.get(id.0 as usize).map_or_else(|| "".into(), Rc::clone)
    }

    /// The class that declares a field, from a class that has it.
    pub fn declaring(&mut self, class: ClassId, name: &str) -> Option<ClassId> {
        let chain: Vec<ClassId> = self.table.superclasses(class).collect();
        for at in chain {
            if self.table.is_own(at) && self.members(at).iter().any(|member| &*member.name == name) {
                return Some(at);
            }
        }
        let all = Rc::clone(&self.supertypes(class));
        let mut own: Vec<ClassId> = (all.iter())
            .filter_map(|name| self.table.class_named(*name))
            .filter(|class| self.table.is_own(*class))
            .collect();
        own.sort_unstable();
        own.into_iter().find(|at| self.members(*at).iter().any(|member| &*member.name == name))
    }

    /// What a field reference means.
    pub fn field(&mut self, dex: u16, index: FieldIdx) -> Option<Rc<FieldTarget>> {
        if let Some(Some(found)) = kept(&self.field_targets, dex, index.0) {
            return found.clone();
        }
        let found = self.find_field(dex, index).map(Rc::new);
        keep(&mut self.field_targets, dex, index.0, found.clone());
        found
    }

    fn find_field(&mut self, dex: u16, index: FieldIdx) -> Option<FieldTarget> {
        let table = self.table;
        let linked = table.dexes().get(usize::from(dex))?;
        let reference = linked.dex.field(index).ok()?;
        let class = self.type_at(dex, reference.class)?;
        let name: Rc<str> = linked.dex.string(reference.name).ok()?.as_ref().into();
        let kind = linked.dex.descriptor(reference.type_).ok()?.bytes().next()?;
        let owner = self.own_class(class).and_then(|own| self.declaring(own, &name));
        let declared = owner.map_or(class, |owner| self.type_of_class(owner));
        let id = self.field_id(declared, &name);
        Some(FieldTarget { id, owner, class: self.text(class), name, kind })
    }

    /// What a method reference means.
    pub fn method(&mut self, dex: u16, index: MethodIdx) -> Option<Rc<MethodTarget>> {
        if let Some(Some(found)) = kept(&self.method_targets, dex, index.0) {
            return found.clone();
        }
        let found = self.find_method(dex, index).map(Rc::new);
        keep(&mut self.method_targets, dex, index.0, found.clone());
        found
    }

    fn find_method(&mut self, dex: u16, index: MethodIdx) -> Option<MethodTarget> {
        let table = self.table;
        let key = table.dexes().get(usize::from(dex))?.method_key(index)?;
        let (class, name, proto) = (table.text(key.class), table.text(key.name), table.text(key.proto));
        let (parameters, return_type) = proto.strip_prefix('(')?.split_once(')')?;
        let prototype = format!("({parameters})");
        let resolved = table.resolve(key).filter(|method| table.is_own(table.method(*method).class));
        let owner = table.library_owner(key).map(|owner| table.text(owner));
        let model = match resolved {
            Some(_) => None,
            None => library::find(owner.unwrap_or(class), name, &prototype),
        };
        Some(MethodTarget {
            key,
            class: class.into(),
            name: name.into(),
            parameters: kinds(parameters),
            prototype: prototype.into(),
            returns: return_type.bytes().next().unwrap_or(b'V'),
            return_type: return_type.into(),
            resolved,
            model,
            owner: owner.map(Into::into),
        })
    }

    /// The definition that a call on an object of `class` runs.
    pub fn dispatch(&mut self, class: ClassId, key: MethodKey) -> Option<MethodId> {
        let table = self.table;
        *self.dispatched.entry((class, key.name, key.proto)).or_insert_with(|| {
            let key = MethodKey { class: table.class(class).descriptor, ..key };
            table.resolve(key).filter(|method| table.is_own(table.method(*method).class))
        })
    }

    fn supertypes(&mut self, class: ClassId) -> Rc<FxHashSet<Sym>> {
        let table = self.table;
        Rc::clone(
            self.supertypes
                .entry(class)
                .or_insert_with(|| Rc::new(table.supertypes(class).into_iter().collect())),
        )
    }

    /// Is an object of class `of` one of `target`? `None`: the platform's classes on the way are not known.
    pub fn is_instance(&mut self, of: Type, target: Type) -> Option<bool> {
        if of == target {
            return Some(true);
        }
        let (of_text, target_text) = (self.text(of), self.text(target));
        if &*target_text == "Ljava/lang/Object;" {
            return Some(true);
        }
        if let Some(own) = self.own_class(of) {
            let all = self.supertypes(own);
            let table = self.table;
            if table.names().get(&target_text).is_some_and(|name| all.contains(&name)) {
                return Some(true);
            }
            if self.own_class(target).is_some() {
                return Some(false);
            }
            let mut answer = Some(false);
            for name in all.iter() {
                if table.class_named(*name).is_some_and(|class| table.is_own(class)) {
                    continue;
                }
                match hierarchy::is_subtype(table.text(*name), &target_text) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => answer = None,
                }
            }
            return answer;
        }
        if self.own_class(target).is_some() {
            return Some(false);
        }
        hierarchy::is_subtype(&of_text, &target_text)
    }

    /// Concrete classes of the app below one of them, itself included, at most 64.
    pub fn below(&self, class: ClassId) -> Vec<ClassId> {
        let table = self.table;
        let mut found = vec![class];
        let mut next = 0;
        while let Some(at) = found.get(next).copied() {
            next += 1;
            for below in self.subclasses.get(&table.class(at).descriptor).into_iter().flatten() {
                if found.len() < 64 && !found.contains(below) {
                    found.push(*below);
                }
            }
        }
        found.retain(|class| table.class(*class).is_concrete());
        found
    }

    /// The one class of the app whose objects a reference to `class` can mean, when there is only one that fits.
    pub fn only_implementation(&mut self, class: Sym) -> Option<ClassId> {
        let table = self.table;
        let mut found: Option<ClassId> = None;
        let mut work = vec![class];
        let mut seen = 0;
        while let Some(name) = work.pop() {
            seen += 1;
            if seen > 64 {
                return None;
            }
            if let Some(id) = table.class_named(name).filter(|id| table.is_own(*id))
                && table.class(id).is_concrete()
            {
                if found.is_some_and(|found| found != id) {
                    return None;
                }
                found = Some(id);
            }
            for below in self.subclasses.get(&name).into_iter().flatten() {
                work.push(table.class(*below).descriptor);
            }
        }
        found
    }
}

/// What stands at a place of a table of tables.
fn kept<T>(all: &[Vec<Option<T>>], dex: u16, index: u32) -> Option<&Option<T>> {
    all.get(usize::from(dex))?.get(index as usize)
}

/// Writes a place of a table of tables, which grow as far as they are written: instructions number 65,536 at most.
fn keep<T: Clone>(all: &mut Vec<Vec<Option<T>>>, dex: u16, index: u32, value: T) {
    let (dex, index) = (usize::from(dex), index as usize);
    if all.len() <= dex {
        all.resize(dex + 1, Vec::new());
    }
    let Some(own) = all.get_mut(dex) else { return };
    if own.len() <= index {
        own.resize(index + 1, None);
    }
    if let Some(slot) = own.get_mut(index) {
        *slot = Some(value);
    }
}

/// First letters of a list of descriptors.
#[must_use]
pub fn kinds(descriptors: &str) -> Box<[u8]> {
    let mut all = Vec::new();
    let mut bytes = descriptors.bytes();
    while let Some(byte) = bytes.next() {
        all.push(byte);
        let mut inner = byte;
        while inner == b'[' {
            inner = bytes.next().unwrap_or(b'V');
        }
        if inner == b'L' {
            for byte in bytes.by_ref() {
                if byte == b';' {
                    break;
                }
            }
        }
    }
    all.into()
}

#[cfg(test)]
mod tests {
    #[test]
    fn parameters_are_told_apart() {
        assert_eq!(&*super::kinds("ILjava/lang/String;[[JZ[Lp/C;D"), b"IL[Z[D");
    }
}
