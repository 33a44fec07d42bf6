//! Where instance fields lie (`ClassLinker::LinkFields` in `runtime/class_linker.cc` of the release).

use std::collections::BTreeSet;

use overt_dex::{DexFile, EncodedField};

use super::layouts::{ClassLayout, FieldLayout};
use crate::oat::Release;

/// Types of fields in the order of `Primitive::Type`: a reference first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    Reference,
    Boolean,
    Byte,
    Char,
    Short,
    Int,
    Long,
    Float,
    Double,
}

impl Kind {
    fn of(descriptor: &[u8]) -> Option<Kind> {
        Some(match descriptor.first()? {
            b'L' | b'[' => Kind::Reference,
            b'Z' => Kind::Boolean,
            b'B' => Kind::Byte,
            b'C' => Kind::Char,
            b'S' => Kind::Short,
            b'I' => Kind::Int,
            b'J' => Kind::Long,
            b'F' => Kind::Float,
            b'D' => Kind::Double,
            _ => return None,
        })
    }

    /// Bytes in an object. References to the heap take four, in 64-bit processes as well.
    fn size(self) -> u32 {
        match self {
            Kind::Boolean | Kind::Byte => 1,
            Kind::Char | Kind::Short => 2,
            Kind::Reference | Kind::Int | Kind::Float => 4,
            Kind::Long | Kind::Double => 8,
        }
    }
}

struct Field {
    index: u32,
    kind: Kind,
    layout: FieldLayout,
}

/// Fills in `fields` and `object_size`; leaves both when a field cannot be read or the order is not certain.
pub(super) fn lay_out(
    release: Release,
    dex: &DexFile,
    declared: &[EncodedField],
    start: u32,
    layout: &mut ClassLayout,
) {
    let mut fields: Vec<Field> = Vec::with_capacity(declared.len());
    for field in declared {
        let index = field.field.0;
        // The runtime leaves out a field that is listed twice.
        if fields.last().is_some_and(|last| last.index >= index) {
            continue;
        }
        let Ok(reference) = dex.field(field.field) else { return };
        let (Ok(name), Ok(type_)) = (dex.string_bytes(reference.name), dex.descriptor_bytes(reference.type_))
        else {
            return;
        };
        let Some(kind) = Kind::of(type_) else { return };
        fields.push(Field {
            index,
            kind,
            layout: FieldLayout { offset: 0, name: name.into(), type_: type_.into() },
        });
    }
    let size = match release {
        Release::Lollipop => words(&mut fields, start),
        Release::Marshmallow | Release::Nougat => packed(&mut fields, start),
    };
    if let Some(size) = size {
        layout.object_size = Some(size);
        layout.fields = fields.into_iter().map(|field| field.layout).collect();
    }
}

/// Android 5: references, then 64-bit fields, then all others in four bytes each; by name within these groups. One of the
/// last group goes in front of the 64-bit fields where that aligns them.
fn words(fields: &mut [Field], start: u32) -> Option<u32> {
    let group = |field: &Field| match field.kind {
        Kind::Reference => 0,
        Kind::Long | Kind::Double => 1,
        _ => 2,
    };
    fields.sort_by(|a, b| (group(a), &a.layout.name).cmp(&(group(b), &b.layout.name)));
    // Two fields of one name (obfuscated code): their order is the sorting algorithm's whim.
    let same =
        |pair: &[Field]| matches!(pair, [a, b] if group(a) == group(b) && a.layout.name == b.layout.name);
    if fields.windows(2).any(same) {
        return None;
    }
    let mut offset = start;
    for field in fields.iter_mut().filter(|field| field.kind == Kind::Reference) {
        field.layout.offset = offset;
        offset = offset.saturating_add(4);
    }
    let mut filler = None;
    if !offset.is_multiple_of(8) && fields.iter().any(|field| field.kind != Kind::Reference) {
        filler = fields.iter().position(|field| group(field) == 2);
        if let Some(field) = filler.and_then(|i| fields.get_mut(i)) {
            field.layout.offset = offset;
        }
        // Filled or not, the place is used up.
        offset = offset.saturating_add(4);
    }
    for (i, field) in fields.iter_mut().enumerate() {
        if field.kind == Kind::Reference || Some(i) == filler {
            continue;
        }
        field.layout.offset = offset;
        offset = offset.saturating_add(if field.kind.size() == 8 { 8 } else { 4 });
    }
    Some(offset)
}

/// Android 6: references, then the others from large to small, each aligned to its size; gaps that alignment leaves are
/// filled by later fields.
fn packed(fields: &mut [Field], start: u32) -> Option<u32> {
    fields.sort_by_key(|field| {
        let size = if field.kind == Kind::Reference { u32::MAX } else { field.kind.size() };
        (std::cmp::Reverse(size), field.kind, field.index)
    });
    let mut gaps = Gaps::default();
    let mut offset = start;
    for field in fields.iter_mut() {
        let size = field.kind.size();
        let aligned = offset.checked_next_multiple_of(size)?;
        gaps.add(offset, aligned);
        offset = aligned;
        // References stay together; they leave gaps but fill none.
        let gap = if field.kind == Kind::Reference { None } else { gaps.take(size) };
        match gap {
            Some(gap) => field.layout.offset = gap,
            None => {
                field.layout.offset = offset;
                offset = offset.checked_add(size)?;
            }
        }
    }
    Some(offset)
}

/// Unused bytes in an object, as pieces of 1, 2 or 4 bytes.
#[derive(Default)]
struct Gaps(BTreeSet<(u32, std::cmp::Reverse<u32>)>);

impl Gaps {
    fn add(&mut self, from: u32, to: u32) {
        let mut at = from;
        while at < to {
            let left = to - at;
            let size = match at {
                _ if left >= 4 && at.is_multiple_of(4) => 4,
                _ if left >= 2 && at.is_multiple_of(2) => 2,
                _ => 1,
            };
            self.0.insert((size, std::cmp::Reverse(at)));
            at = at.saturating_add(size);
        }
    }

    /// A place for `size` bytes. The runtime's queue has its order upside down: it looks at the smallest gap only (of
    /// several, the one furthest back), and where that is too small, no gap is used.
    fn take(&mut self, size: u32) -> Option<u32> {
        let (gap, start) = *self.0.first()?;
        if gap < size {
            return None;
        }
        self.0.pop_first();
        let start = start.0;
        self.add(start.saturating_add(size), start.saturating_add(gap));
        Some(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(release: Release, start: u32, fields: &[(&str, &str)]) -> (Vec<(String, u32)>, u32) {
        let mut fields: Vec<_> = (0..)
            .zip(fields)
            .map(|(index, (name, type_))| Field {
                index,
                kind: Kind::of(type_.as_bytes()).expect("a type"),
                layout: FieldLayout {
                    offset: 0,
                    name: name.as_bytes().into(),
                    type_: type_.as_bytes().into(),
                },
            })
            .collect();
        let size = match release {
            Release::Lollipop => words(&mut fields, start),
            _ => packed(&mut fields, start),
        };
        let mut places: Vec<_> = fields
            .iter()
            .map(|f| (String::from_utf8_lossy(&f.layout.name).into_owned(), f.layout.offset))
            .collect();
        places.sort_by_key(|(_, offset)| *offset);
        (places, size.expect("certain"))
    }

    fn named(places: &[(&str, u32)]) -> Vec<(String, u32)> {
        places.iter().map(|(name, at)| ((*name).to_owned(), *at)).collect()
    }

    #[test]
    fn the_object_header_has_eight_bytes() {
        for release in [Release::Lollipop, Release::Marshmallow] {
            let fields = [("shadow$_klass_", "Ljava/lang/Class;"), ("shadow$_monitor_", "I")];
            let (places, size) = offsets(release, 0, &fields);
            assert_eq!((places, size), (named(&[("shadow$_klass_", 0), ("shadow$_monitor_", 4)]), 8));
        }
    }

    #[test]
    fn large_fields_come_first_and_small_ones_fill_the_gap() {
        let fields = [("a", "Z"), ("b", "J"), ("c", "Lp/C;"), ("d", "I"), ("e", "S")];
        let (places, size) = offsets(Release::Marshmallow, 8, &fields);
        // The reference ends at 12; the long is aligned to 16, and the int fills the gap.
        assert_eq!(places, named(&[("c", 8), ("d", 12), ("b", 16), ("e", 24), ("a", 26)]));
        assert_eq!(size, 27);
    }

    #[test]
    fn a_subclass_starts_where_its_superclass_ends() {
        // 27 bytes above: a reference is aligned to 28, the boolean fills the byte in between.
        let (places, size) = offsets(Release::Marshmallow, 27, &[("r", "Lp/C;"), ("z", "Z"), ("y", "Z")]);
        assert_eq!(places, named(&[("z", 27), ("r", 28), ("y", 32)]));
        assert_eq!(size, 33);
    }

    #[test]
    fn the_upside_down_queue_lets_a_small_gap_hide_a_large_one() {
        // Ends at 9: aligning the long leaves gaps of 1 (at 9), 2 (10) and 4 (12). The int sees the gap of 1 only.
        let (places, size) =
            offsets(Release::Marshmallow, 9, &[("j", "J"), ("i", "I"), ("z", "Z"), ("y", "Z")]);
        assert_eq!(places, named(&[("z", 9), ("y", 10), ("j", 16), ("i", 24)]));
        assert_eq!(size, 28);
    }

    #[test]
    fn android_5_gives_every_small_field_four_bytes() {
        let fields = [("a", "Z"), ("b", "J"), ("c", "Lp/C;"), ("d", "I"), ("e", "S")];
        let (places, size) = offsets(Release::Lollipop, 8, &fields);
        assert_eq!(places, named(&[("c", 8), ("a", 12), ("b", 16), ("d", 24), ("e", 28)]));
        assert_eq!(size, 32);
        let (places, size) = offsets(Release::Lollipop, 12, &[("j", "J")]);
        assert_eq!((places, size), (named(&[("j", 16)]), 24));
    }
}
