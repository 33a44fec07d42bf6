//! What is known of the value in a register.

use std::collections::HashMap;

/// A descriptor, as a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct TypeId(u32);

impl TypeId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Descriptors met in one DEX file.
#[derive(Default)]
pub(super) struct Types {
    numbers: HashMap<Box<[u8]>, TypeId, foldhash::fast::RandomState>,
    names: Vec<Box<[u8]>>,
}

impl Types {
    pub(super) fn intern(&mut self, descriptor: &[u8]) -> TypeId {
        if let Some(known) = self.numbers.get(descriptor) {
            return *known;
        }
        let id = TypeId(self.names.len() as u32);
        self.names.push(descriptor.into());
        self.numbers.insert(descriptor.into(), id);
        id
    }

    pub(super) fn name(&self, id: TypeId) -> &[u8] {
        self.names.get(id.index()).map_or(&[], |name| name)
    }
}

/// How many types a value may have on different ways to one place.
const MOST: usize = 4;

/// The types a reference may have: one on every way here, so that the value is an instance of one of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Set {
    count: u8,
    /// The value may come straight from an allocation: what the source declares it as may then be any type above.
    pub(super) fresh: bool,
    ids: [TypeId; MOST],
}

impl Set {
    pub(super) fn of(id: TypeId) -> Set {
        Set { count: 1, fresh: false, ids: [id; MOST] }
    }

    /// The same, straight from an allocation.
    pub(super) fn allocated(self) -> Set {
        Set { fresh: true, ..self }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = TypeId> + '_ {
        self.ids.iter().copied().take(usize::from(self.count))
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        usize::from(self.count)
    }

    fn union(self, other: Set) -> Option<Set> {
        let mut all: Vec<TypeId> = self.iter().chain(other.iter()).collect();
        all.sort_unstable();
        all.dedup();
        let first = *all.first()?;
        let mut ids = [first; MOST];
        for (i, id) in all.iter().enumerate() {
            *ids.get_mut(i)? = *id;
        }
        Some(Set { count: all.len() as u8, fresh: self.fresh || other.fresh, ids })
    }
}

/// What is known of a register, from nothing met yet (`Never`) to nothing known (`Unknown`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Value {
    /// No way here was found that sets it.
    Never,
    /// Zero, or `null`.
    Zero,
    /// No reference.
    Other,
    /// A reference.
    Reference(Set),
    /// Anything.
    Unknown,
}

impl Value {
    /// What is known where two ways meet.
    pub(super) fn join(self, other: Value) -> Value {
        match (self, other) {
            (a, b) if a == b => a,
            (Value::Never, known) | (known, Value::Never) => known,
            (Value::Zero, known @ (Value::Reference(_) | Value::Other))
            | (known @ (Value::Reference(_) | Value::Other), Value::Zero) => known,
            (Value::Reference(a), Value::Reference(b)) => a.union(b).map_or(Value::Unknown, Value::Reference),
            _ => Value::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joining() {
        let mut types = Types::default();
        let reference = |id| Value::Reference(Set::of(id));
        let ids: Vec<_> = (0..5u8).map(|i| types.intern(&[i])).collect();
        assert_eq!(Value::Never.join(Value::Zero), Value::Zero);
        assert_eq!(Value::Zero.join(reference(ids[0])), reference(ids[0]));
        assert_eq!(Value::Other.join(reference(ids[0])), Value::Unknown);
        let two = reference(ids[1]).join(reference(ids[0]));
        assert_eq!(two, reference(ids[0]).join(reference(ids[1])));
        let Value::Reference(set) = two else { panic!("{two:?}") };
        assert_eq!(set.iter().collect::<Vec<_>>(), ids[..2]);
        assert_eq!(set.len(), 2);
        let all = ids.iter().fold(Value::Never, |known, id| known.join(reference(*id)));
        assert_eq!(all, Value::Unknown, "too many");
        assert_eq!(types.intern(&[3]), ids[3]);
    }
}
