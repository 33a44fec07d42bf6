//! Which reference of the DEX file stood in a quickened instruction.
//!
//! Several references may resolve to the same field or method: `Lp/Child;->m()V` and `Lp/Parent;->m()V`. Compilers write
//! the type the source says the object has ("qualifying type", Java Language Specification 13.1), except that methods which
//! only `java.lang.Object` declares are named by it. What the source said is known from the debug information of local
//! variables, where there is any, else from what the instructions say.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use overt_dex::{DexFile, FieldIdx, MethodIdx, Op, TypeIdx};

use super::layouts::{Layouts, OBJECT};
use super::lineage::{Lineage, Obstacle, Standing};
use super::types::{Set, TypeId, Types, Value};
use super::vtable::signature;

/// References of one DEX file by name.
pub(super) struct Candidates<'a> {
    pub(super) dex: &'a DexFile,
    pub(super) layouts: &'a Layouts,
    pub(super) types: Types,
    methods: HashMap<&'a [u8], Vec<MethodIdx>, foldhash::fast::RandomState>,
    fields: HashMap<&'a [u8], Vec<FieldIdx>, foldhash::fast::RandomState>,
    /// Types that an `invoke-interface` of the file names: no virtual call names them.
    interfaces: HashSet<TypeIdx>,
    lineages: Vec<Option<Rc<Lineage>>>,
    numbers: Vec<Option<TypeId>>,
}

/// A field, found by its offset.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct FoundField {
    pub(super) name: Box<[u8]>,
    pub(super) type_: Box<[u8]>,
    declared_by: Box<[u8]>,
}

impl<'a> Candidates<'a> {
    pub(super) fn new(dex: &'a DexFile, layouts: &'a Layouts) -> Candidates<'a> {
        let mut methods: HashMap<_, Vec<_>, _> = HashMap::default();
        for index in (0..dex.method_count()).map(MethodIdx) {
            if let Some(name) = dex.method(index).ok().and_then(|m| dex.string_bytes(m.name).ok()) {
                methods.entry(name).or_default().push(index);
            }
        }
        let mut fields: HashMap<_, Vec<_>, _> = HashMap::default();
        for index in (0..dex.field_count()).map(FieldIdx) {
            if let Some(name) = dex.field(index).ok().and_then(|f| dex.string_bytes(f.name).ok()) {
                fields.entry(name).or_default().push(index);
            }
        }
        let interfaces = interfaces(dex);
        let numbers = vec![None; dex.type_count() as usize];
        Candidates {
            dex,
            layouts,
            types: Types::default(),
            methods,
            fields,
            interfaces,
            lineages: Vec::new(),
            numbers,
        }
    }

    /// The number of a type of the file.
    pub(super) fn type_id(&mut self, index: TypeIdx) -> Option<TypeId> {
        if let Some(Some(known)) = self.numbers.get(index.index()) {
            return Some(*known);
        }
        let id = self.types.intern(self.dex.descriptor_bytes(index).ok()?);
        *self.numbers.get_mut(index.index())? = Some(id);
        Some(id)
    }

    fn lineage(&mut self, id: TypeId) -> Rc<Lineage> {
        if let Some(Some(known)) = self.lineages.get(id.index()) {
            return Rc::clone(known);
        }
        let lineage = Rc::new(Lineage::of(self.layouts, self.types.name(id)));
        if self.lineages.len() <= id.index() {
            self.lineages.resize(id.index().saturating_add(1), None);
        }
        if let Some(place) = self.lineages.get_mut(id.index()) {
            *place = Some(Rc::clone(&lineage));
        }
        lineage
    }

    fn references(value: Value) -> Result<Set, Obstacle> {
        match value {
            Value::Reference(set) => Ok(set),
            Value::Zero => Err(Obstacle::new("the object is always null")),
            Value::Never => Err(Obstacle::new("no way to the instruction was found")),
            Value::Other | Value::Unknown => Err(Obstacle::new("the type of the object is not known")),
        }
    }

    /// The signature of the method at `position` of the table of every type that `receiver` may have.
    pub(super) fn method_at(&mut self, receiver: Value, position: u32) -> Result<Box<[u8]>, Obstacle> {
        let mut found: Option<Box<[u8]>> = None;
        for id in Self::references(receiver)?.iter() {
            let slot = self.lineage(id).slot(self.layouts, position)?;
            if found.as_ref().is_some_and(|known| *known != slot.signature) {
                return Err(Obstacle::new(
                    "the types of the receiver have different methods at this position",
                ));
            }
            found = Some(slot.signature.clone());
        }
        found.ok_or(Obstacle::new("the type of the object is not known"))
    }

    /// The field at `offset` in every type that `object` may have.
    pub(super) fn field_at(&mut self, object: Value, offset: u32) -> Result<FoundField, Obstacle> {
        let mut found: Option<FoundField> = None;
        for id in Self::references(object)?.iter() {
            let lineage = self.lineage(id);
            let (name, type_, at) = lineage.field(self.layouts, offset)?;
            let declared_by = lineage.ancestors.get(at).map(|a| a.descriptor.clone()).unwrap_or_default();
            let field = FoundField { name: name.into(), type_: type_.into(), declared_by };
            if found.as_ref().is_some_and(|known| *known != field) {
                return Err(Obstacle::new("the types of the object have different fields at this offset"));
            }
            found = Some(field);
        }
        found.ok_or(Obstacle::new("the type of the object is not known"))
    }

    /// The reference to the method `signature` at `position`. `declared` is the type that the debug information gives.
    pub(super) fn method(
        &mut self,
        receiver: Value,
        position: u32,
        signature: &[u8],
        declared: Option<TypeIdx>,
    ) -> Result<MethodIdx, Obstacle> {
        let set = Self::references(receiver)?;
        let name = signature.split(|b| *b == b'(').next().unwrap_or_default();
        let mut possible = Vec::new();
        for index in self.methods.get(name).cloned().unwrap_or_default() {
            let Ok(method) = self.dex.method(index) else { continue };
            if self.interfaces.contains(&method.class)
                || self::signature(self.dex, &method).as_deref() != Some(signature)
            {
                continue;
            }
            let Ok(class) = self.dex.descriptor_bytes(method.class) else { continue };
            let mut standings = Vec::new();
            for id in set.iter() {
                let lineage = self.lineage(id);
                let standing = lineage.standing(self.layouts, class);
                let fits = match standing {
                    Standing::At(from) => lineage.resolves(self.layouts, from, signature, position),
                    Standing::Perhaps => None,
                    Standing::Outside => Some(false),
                };
                // What is not known to be wrong may be right.
                if fits != Some(false) {
                    standings.push(standing);
                }
            }
            if standings.len() == set.len() {
                possible.push(Possible { index: index.0, class: method.class, standings });
            }
        }
        let upcast = set.fresh && set.iter().any(|id| self.lineage(id).has_nameable_between(self.layouts));
        choose(&possible, declared, upcast).map(MethodIdx).or_else(|obstacle| {
            let by_object =
                set.iter().all(|id| self.lineage(id).only_object_declares(self.layouts, signature));
            let object = |p: &&Possible| self.dex.descriptor_bytes(p.class).is_ok_and(|d| d == OBJECT);
            let own = possible.iter().any(|p| p.standings.contains(&Standing::At(0)));
            let object = possible.iter().find(object).filter(|_| by_object && !own);
            object.map(|p| MethodIdx(p.index)).ok_or(obstacle)
        })
    }

    /// The reference to a field.
    pub(super) fn field(
        &mut self,
        value: Value,
        found: &FoundField,
        declared: Option<TypeIdx>,
    ) -> Result<FieldIdx, Obstacle> {
        let set = Self::references(value)?;
        let mut possible = Vec::new();
        for index in self.fields.get(&*found.name).cloned().unwrap_or_default() {
            let Ok(field) = self.dex.field(index) else { continue };
            if self.dex.descriptor_bytes(field.type_).ok() != Some(&found.type_) {
                continue;
            }
            let Ok(class) = self.dex.descriptor_bytes(field.class) else { continue };
            let mut standings = Vec::new();
            for id in set.iter() {
                let lineage = self.lineage(id);
                let standing = lineage.standing(self.layouts, class);
                let declaring = match standing {
                    Standing::At(from) => lineage.finds_field(self.layouts, from, &found.name, &found.type_),
                    _ => None,
                };
                let same = declaring
                    .and_then(|at| lineage.ancestors.get(at))
                    .is_some_and(|ancestor| ancestor.descriptor == found.declared_by);
                if same {
                    standings.push(standing);
                }
            }
            if standings.len() == set.len() {
                possible.push(Possible { index: index.0, class: field.class, standings });
            }
        }
        let upcast = set.fresh && set.iter().any(|id| self.lineage(id).has_nameable_between(self.layouts));
        choose(&possible, declared, upcast).map(FieldIdx)
    }
}

fn interfaces(dex: &DexFile) -> HashSet<TypeIdx> {
    let mut interfaces = HashSet::new();
    for (_, class) in dex.class_defs() {
        let Ok(class) = class else { continue };
        for method in dex.class_data(&class).methods() {
            let Ok(code) = dex.code(method.code_off) else { continue };
            for insn in code.instructions().flatten() {
                if matches!(insn.op, Op::InvokeInterface | Op::InvokeInterfaceRange)
                    && let Ok(method) = dex.method(MethodIdx(insn.index))
                {
                    interfaces.insert(method.class);
                }
            }
        }
    }
    interfaces
}

/// A reference that resolves to what was found.
struct Possible {
    index: u32,
    class: TypeIdx,
    /// Where its class stands above each of the types the object may have.
    standings: Vec<Standing>,
}

/// The reference a compiler would have written, of those that are possible.
fn choose(possible: &[Possible], declared: Option<TypeIdx>, upcast: bool) -> Result<u32, Obstacle> {
    if let [only] = possible {
        return Ok(only.index);
    }
    if possible.is_empty() {
        return Err(Obstacle::new("the file has no reference that fits"));
    }
    // What the source said.
    if let Some(declared) = declared.and_then(|class| possible.iter().find(|p| p.class == class)) {
        return Ok(declared.index);
    }
    // What was just allocated may be held by a variable of any type above it.
    if upcast {
        return Err(Obstacle::new("several references fit"));
    }
    // What the instructions say: the type itself, else the nearest above it.
    if let Some(own) = possible.iter().find(|p| p.standings.iter().all(|s| *s == Standing::At(0))) {
        return Ok(own.index);
    }
    let distance = |p: &Possible| {
        p.standings
            .iter()
            .map(|s| if let Standing::At(at) = s { Some(*at) } else { None })
            .collect::<Option<Vec<_>>>()
    };
    let distances: Option<Vec<_>> = possible.iter().map(|p| Some((distance(p)?, p.index))).collect();
    let distances = distances.ok_or(Obstacle::new("several references fit"))?;
    let nearest = distances.iter().min();
    let unrivalled = nearest.filter(|(best, _)| {
        distances.iter().all(|(other, _)| other.iter().zip(best).all(|(other, best)| best <= other))
    });
    unrivalled.map(|(_, index)| *index).ok_or(Obstacle::new("several references fit"))
}
