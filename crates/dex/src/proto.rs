//! Prototypes and type lists ("proto_id_item", "type_list").

use crate::{StringIdx, TypeIdx};

/// What a method takes and gives back.
#[derive(Clone, Copy, Debug)]
pub struct Proto<'a> {
    /// The short form of the same, such as `VIL`.
    pub shorty: StringIdx,
    /// The return type.
    pub return_type: TypeIdx,
    /// The declared parameters, without the receiver.
    pub parameters: TypeList<'a>,
}

/// A list of types in the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct TypeList<'a> {
    pairs: &'a [u8],
}

impl<'a> TypeList<'a> {
    pub(crate) fn new(pairs: &'a [u8]) -> TypeList<'a> {
        TypeList { pairs }
    }

    /// How many types.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len() / 2
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The types, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = TypeIdx> + use<'a> {
        self.pairs.chunks_exact(2).map(|pair| match pair {
            &[low, high] => TypeIdx(u32::from(u16::from_le_bytes([low, high]))),
            _ => TypeIdx(u32::MAX),
        })
    }
}
