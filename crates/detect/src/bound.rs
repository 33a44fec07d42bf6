//! The catalogue bound to one program: which references of its DEX files mean what.

use std::collections::HashMap;

use fixedbitset::FixedBitSet;
use overt_dex::{FieldIdx, MethodIdx, StringIdx};
use overt_flow::Ancestors;
use overt_program::{ClassTable, Interest};

use crate::carrier::carrier;
use crate::index::{CallMeaning, FieldMeaning, Index};

type Map<K, V> = HashMap<K, V, rustc_hash::FxBuildHasher>;

/// References of one DEX with a meaning.
#[derive(Debug, Default)]
pub(crate) struct BoundDex {
    pub calls: Map<MethodIdx, Vec<CallMeaning>>,
    pub fields: Map<FieldIdx, Vec<FieldMeaning>>,
}

/// References of all DEX files of a table with a meaning, and the interest that follows.
#[derive(Debug)]
pub(crate) struct Bound {
    pub dexes: Vec<BoundDex>,
    pub interest: Vec<Interest>,
}

impl Bound {
    pub(crate) fn new(index: &Index<'_>, table: &ClassTable, ancestors: &Ancestors<'_>) -> Bound {
        let mut bound = Bound { dexes: Vec::new(), interest: Vec::new() };
        for linked in table.dexes() {
            let dex = &linked.dex;
            let mut meaning = BoundDex::default();
            let mut interest = Interest {
                methods: FixedBitSet::with_capacity(dex.method_count() as usize),
                fields: FixedBitSet::with_capacity(dex.field_count() as usize),
                strings: FixedBitSet::with_capacity(dex.string_count() as usize),
                carriers: Map::default(),
            };
            for number in 0..dex.method_count() {
                let method = MethodIdx(number);
                let Some(key) = linked.method_key(method) else { continue };
                let carried = carrier(table.text(key.class), table.text(key.name), table.text(key.proto));
                interest.carriers.extend(carried.map(|carrier| (method, carrier)));
                let candidates = index.calls(table.text(key.name));
                if candidates.is_empty() {
                    continue;
                }
                let Some(owner) = table.library_owner(key) else { continue };
                let proto = table.text(key.proto);
                let meanings: Vec<CallMeaning> = candidates
                    .iter()
                    .filter(|(selector, _)| {
                        selector.fits_prototype(proto)
                            && (selector.class == table.text(owner)
                                || selector.subclasses && ancestors.is_a(owner, &selector.class))
                    })
                    .map(|(_, meaning)| *meaning)
                    .collect();
                if !meanings.is_empty() {
                    interest.methods.insert(method.index());
                    meaning.calls.insert(method, meanings);
                }
            }
            for number in 0..dex.field_count() {
                let field = FieldIdx(number);
                let Ok(reference) = dex.field(field) else { continue };
                let Ok(name) = dex.string(reference.name) else { continue };
                let candidates = index.fields(&name);
                if candidates.is_empty() {
                    continue;
                }
                let Some(class) = linked.type_name(reference.class) else { continue };
                let meanings: Vec<FieldMeaning> = candidates
                    .iter()
                    .filter(|(wanted, _)| ancestors.is_a(class, wanted))
                    .map(|(_, meaning)| *meaning)
                    .collect();
                if !meanings.is_empty() {
                    interest.fields.insert(field.index());
                    meaning.fields.insert(field, meanings);
                }
            }
            for number in 0..dex.string_count() {
                let Ok(bytes) = dex.string_bytes(StringIdx(number)) else { continue };
                if let Ok(text) = std::str::from_utf8(bytes)
                    && index.is_interesting(text)
                {
                    interest.strings.insert(number as usize);
                }
            }
            bound.dexes.push(meaning);
            bound.interest.push(interest);
        }
        bound
    }
}
