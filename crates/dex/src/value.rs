//! Encoded values and annotations ("encoded_value Encoding", "annotations_directory_item").

use overt_base::Reader;

use crate::{Bad, ClassDef, DexFile, FieldIdx, MethodIdx, ProtoIdx, StringIdx, TypeIdx};

/// How deep arrays and annotations may nest in one value; sound files nest two or three deep.
const DEPTH: u32 = 32;

/// A constant in the file.
#[derive(Clone, PartialEq, Debug)]
#[allow(missing_docs)]
pub enum Value {
    Byte(i8),
    Short(i16),
    Char(u16),
    Int(i32),
    Long(i64),
    Float(f32),
    Double(f64),
    MethodType(ProtoIdx),
    /// Row of the method-handle table.
    MethodHandle(u32),
    String(StringIdx),
    Type(TypeIdx),
    Field(FieldIdx),
    Method(MethodIdx),
    /// The static field that holds the constant of the enumeration.
    Enum(FieldIdx),
    Array(Vec<Value>),
    Annotation(Annotation),
    Null,
    Boolean(bool),
}

/// A type with named values.
#[derive(Clone, PartialEq, Debug)]
pub struct Annotation {
    /// The annotation's interface.
    pub type_: TypeIdx,
    /// Names and values, in the order of the file.
    pub elements: Vec<(StringIdx, Value)>,
}

/// An annotation of a class, field, method or parameter.
#[derive(Clone, PartialEq, Debug)]
pub struct AnnotationItem {
    /// 0 build, 1 runtime, 2 system.
    pub visibility: u8,
    /// The annotation.
    pub annotation: Annotation,
}

/// Where the annotations of one class lie; the sets themselves are read by [`DexFile::annotation_set`].
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Annotations {
    /// Set of the class itself; 0: none.
    pub class: u32,
    /// Sets of fields.
    pub fields: Vec<(FieldIdx, u32)>,
    /// Sets of methods.
    pub methods: Vec<(MethodIdx, u32)>,
    /// Lists of sets for the parameters of methods: [`DexFile::parameter_annotations`].
    pub parameters: Vec<(MethodIdx, u32)>,
    /// Set when the directory broke off; what was read before stays.
    pub bad: Option<Bad>,
}

impl DexFile {
    /// Where the annotations of `class` lie.
    #[must_use]
    pub fn annotations(&self, class: &ClassDef) -> Annotations {
        let mut annotations = Annotations::default();
        if class.annotations_off != 0 {
            let mut reader = Reader::at(self.bytes(), class.annotations_off as usize);
            annotations.bad = read_directory(&mut reader, &mut annotations).err();
        }
        annotations
    }

    /// The annotations of the set at `offset`; each item on its own, so that one broken item hides no other.
    #[must_use]
    pub fn annotation_set(&self, offset: u32) -> Vec<Result<AnnotationItem, Bad>> {
        if offset == 0 {
            return Vec::new();
        }
        let offsets = match self.offset_list(offset) {
            Ok(offsets) => offsets,
            Err(bad) => return vec![Err(bad)],
        };
        offsets
            .into_iter()
            .map(|at| {
                let mut reader = Reader::at(self.bytes(), at as usize);
                let visibility = reader.u8().map_err(Bad::short("annotation outside the file"))?;
                Ok(AnnotationItem { visibility, annotation: annotation(&mut reader, DEPTH)? })
            })
            .collect()
    }

    /// Offsets of the annotation sets of each parameter (0: none), from a list in [`Annotations::parameters`].
    ///
    /// # Errors
    /// [`Bad`] when the list does not lie in the file.
    pub fn parameter_annotations(&self, offset: u32) -> Result<Vec<u32>, Bad> {
        self.offset_list(offset)
    }

    fn offset_list(&self, offset: u32) -> Result<Vec<u32>, Bad> {
        let mut reader = Reader::at(self.bytes(), offset as usize);
        let count = reader.u32().map_err(Bad::short("annotation set outside the file"))?;
        if count as usize > reader.remaining() / 4 {
            return Err(Bad::new(offset as usize, "annotation set runs over the end"));
        }
        (0..count).map(|_| reader.u32().map_err(Bad::short("annotation set outside the file"))).collect()
    }
}

fn read_directory(reader: &mut Reader<'_>, out: &mut Annotations) -> Result<(), Bad> {
    let short = Bad::short("annotations directory runs over the end");
    out.class = reader.u32().map_err(&short)?;
    let [fields, methods, parameters] =
        [reader.u32().map_err(&short)?, reader.u32().map_err(&short)?, reader.u32().map_err(&short)?];
    for _ in 0..fields {
        out.fields.push((FieldIdx(reader.u32().map_err(&short)?), reader.u32().map_err(&short)?));
    }
    for _ in 0..methods {
        out.methods.push((MethodIdx(reader.u32().map_err(&short)?), reader.u32().map_err(&short)?));
    }
    for _ in 0..parameters {
        out.parameters.push((MethodIdx(reader.u32().map_err(&short)?), reader.u32().map_err(&short)?));
    }
    Ok(())
}

/// An "encoded_array" at `at`; ends after the first value that cannot be read.
pub(crate) fn array_at(bytes: &[u8], at: usize) -> Vec<Result<Value, Bad>> {
    let mut reader = Reader::at(bytes, at);
    let count = match reader.uleb128() {
        Ok(count) => count,
        Err(short) => return vec![Err(Bad::new(short.at, "array outside the file"))],
    };
    let mut values = Vec::with_capacity((count as usize).min(reader.remaining()));
    for _ in 0..count {
        let value = value(&mut reader, DEPTH);
        let ends = value.is_err();
        values.push(value);
        if ends {
            break;
        }
    }
    values
}

/// Reads one value.
fn value(reader: &mut Reader<'_>, depth: u32) -> Result<Value, Bad> {
    let short = Bad::short("value runs over the end");
    let at = reader.position();
    let depth = depth.checked_sub(1).ok_or(Bad::new(at, "values nested too deep"))?;
    let head = reader.u8().map_err(&short)?;
    let (argument, kind) = (head >> 5, head & 0x1f);
    match kind {
        0x1c => {
            let count = reader.uleb128().map_err(&short)?;
            let mut values = Vec::with_capacity((count as usize).min(reader.remaining()).min(1024));
            for _ in 0..count {
                values.push(value(reader, depth)?);
            }
            return Ok(Value::Array(values));
        }
        0x1d => return Ok(Value::Annotation(annotation(reader, depth)?)),
        0x1e => return Ok(Value::Null),
        0x1f => return Ok(Value::Boolean(argument != 0)),
        _ => {}
    }
    let given = reader.bytes(usize::from(argument).saturating_add(1)).map_err(&short)?;
    let mut eight = [0u8; 8];
    for (to, from) in eight.iter_mut().zip(given) {
        *to = *from;
    }
    let unsigned = u64::from_le_bytes(eight);
    // The value's bytes are its low ones: the bytes left out repeat its sign …
    let unused = 64u32.saturating_sub(8u32.saturating_mul(given.len() as u32));
    let signed = (unsigned.wrapping_shl(unused) as i64).wrapping_shr(unused);
    // … but for floating point they are its high ones, and the low ones left out are zero.
    let high = unsigned.wrapping_shl(unused);
    let index = unsigned as u32;
    Ok(match kind {
        0x00 => Value::Byte(signed as i8),
        0x02 => Value::Short(signed as i16),
        0x03 => Value::Char(unsigned as u16),
        0x04 => Value::Int(signed as i32),
        0x06 => Value::Long(signed),
        0x10 => Value::Float(f32::from_bits((high >> 32) as u32)),
        0x11 => Value::Double(f64::from_bits(high)),
        0x15 => Value::MethodType(ProtoIdx(index)),
        0x16 => Value::MethodHandle(index),
        0x17 => Value::String(StringIdx(index)),
        0x18 => Value::Type(TypeIdx(index)),
        0x19 => Value::Field(FieldIdx(index)),
        0x1a => Value::Method(MethodIdx(index)),
        0x1b => Value::Enum(FieldIdx(index)),
        _ => return Err(Bad::new(at, "value of unknown kind")),
    })
}

/// Reads an "encoded_annotation".
fn annotation(reader: &mut Reader<'_>, depth: u32) -> Result<Annotation, Bad> {
    let short = Bad::short("annotation runs over the end");
    let type_ = TypeIdx(reader.uleb128().map_err(&short)?);
    let count = reader.uleb128().map_err(&short)?;
    let mut elements = Vec::with_capacity((count as usize).min(reader.remaining() / 2).min(1024));
    for _ in 0..count {
        let name = StringIdx(reader.uleb128().map_err(&short)?);
        elements.push((name, value(reader, depth)?));
    }
    Ok(Annotation { type_, elements })
}
