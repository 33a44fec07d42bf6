//! Class definitions and what they define ("class_def_item", "class_data_item").

use overt_base::Reader;

use crate::value::{self, Value};
use crate::{Bad, DexFile, FieldIdx, MethodIdx, StringIdx, TypeIdx};

/// Stands for "no such type" or "no such string" in a class definition.
pub const NO_INDEX: u32 = 0xffff_ffff;

/// A class definition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClassDef {
    /// The class defined.
    pub class: TypeIdx,
    /// Access flags ("access_flags Definitions").
    pub access: u32,
    /// The superclass; `None` only for `Ljava/lang/Object;`.
    pub superclass: Option<TypeIdx>,
    /// The interfaces the class names itself.
    pub interfaces: Vec<TypeIdx>,
    /// The name of the source file.
    pub source_file: Option<StringIdx>,
    /// Where the annotations directory lies; 0: none.
    pub annotations_off: u32,
    /// Where the members lie; 0: none. No two classes of a sound file share it.
    pub class_data_off: u32,
    /// Where the initial values of the static fields lie; 0: all zero.
    pub static_values_off: u32,
    /// Set when the interface list could not be read; `interfaces` is then empty.
    pub bad: Option<Bad>,
}

/// A field that a class defines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EncodedField {
    /// Its row in the field table.
    pub field: FieldIdx,
    /// Access flags.
    pub access: u32,
}

/// A method that a class defines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EncodedMethod {
    /// Its row in the method table.
    pub method: MethodIdx,
    /// Access flags.
    pub access: u32,
    /// Where its code lies; 0 for abstract and native methods.
    pub code_off: u32,
}

/// The members that a class defines, in the order of the file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ClassData {
    /// Static fields.
    pub static_fields: Vec<EncodedField>,
    /// Instance fields.
    pub instance_fields: Vec<EncodedField>,
    /// Static and private methods and constructors.
    pub direct_methods: Vec<EncodedMethod>,
    /// The other methods.
    pub virtual_methods: Vec<EncodedMethod>,
    /// Set when the data broke off; what was read before stays.
    pub bad: Option<Bad>,
}

impl ClassData {
    /// All methods: direct, then virtual.
    pub fn methods(&self) -> impl Iterator<Item = &EncodedMethod> {
        self.direct_methods.iter().chain(&self.virtual_methods)
    }

    /// All fields: static, then instance.
    pub fn fields(&self) -> impl Iterator<Item = &EncodedField> {
        self.static_fields.iter().chain(&self.instance_fields)
    }
}

fn some(index: u32) -> Option<u32> {
    (index != NO_INDEX).then_some(index)
}

impl DexFile {
    /// Row `index` of the class table.
    ///
    /// # Errors
    /// [`Bad`] when there is no such row.
    pub fn class_def(&self, index: u32) -> Result<ClassDef, Bad> {
        let [class, access, superclass, interfaces, source, annotations, data, statics] =
            self.class_row(index)?;
        let (interfaces, bad) = match self.type_list(interfaces) {
            Ok(list) => (list.iter().collect(), None),
            Err(bad) => (Vec::new(), Some(bad)),
        };
        Ok(ClassDef {
            class: TypeIdx(class),
            access,
            superclass: some(superclass).map(TypeIdx),
            interfaces,
            source_file: some(source).map(StringIdx),
            annotations_off: annotations,
            class_data_off: data,
            static_values_off: statics,
            bad,
        })
    }

    /// All class definitions with their position in the table.
    pub fn class_defs(&self) -> impl Iterator<Item = (usize, Result<ClassDef, Bad>)> + '_ {
        (0..self.class_count()).map(|index| (index as usize, self.class_def(index)))
    }

    /// The members a class defines.
    #[must_use]
    pub fn class_data(&self, class: &ClassDef) -> ClassData {
        let mut data = ClassData::default();
        if class.class_data_off != 0 {
            let mut reader = Reader::at(self.bytes(), class.class_data_off as usize);
            data.bad = read_members(&mut reader, &mut data).err();
        }
        data
    }

    /// The initial values of the static fields, in the order of [`ClassData::static_fields`]; fields behind the end of
    /// this list start as zero. After a value that cannot be read there are no more.
    #[must_use]
    pub fn static_values(&self, class: &ClassDef) -> Vec<Result<Value, Bad>> {
        match class.static_values_off {
            0 => Vec::new(),
            at => value::array_at(self.bytes(), at as usize),
        }
    }
}

fn read_members(reader: &mut Reader<'_>, data: &mut ClassData) -> Result<(), Bad> {
    let mut counts = [0; 4];
    for count in &mut counts {
        *count = number(reader)?;
    }
    let [statics, instances, directs, virtuals] = counts;
    read_fields(reader, statics, &mut data.static_fields)?;
    read_fields(reader, instances, &mut data.instance_fields)?;
    read_methods(reader, directs, &mut data.direct_methods)?;
    read_methods(reader, virtuals, &mut data.virtual_methods)
}

fn number(reader: &mut Reader<'_>) -> Result<u32, Bad> {
    reader.uleb128().map_err(Bad::short("class data runs over the end"))
}

/// Members are sorted: each states the difference to the one before.
fn next_index(reader: &mut Reader<'_>, last: &mut u32) -> Result<u32, Bad> {
    let at = reader.position();
    *last = last.checked_add(number(reader)?).ok_or(Bad::new(at, "member index overflows"))?;
    Ok(*last)
}

fn read_fields(reader: &mut Reader<'_>, count: u32, fields: &mut Vec<EncodedField>) -> Result<(), Bad> {
    fields.reserve((count as usize).min(reader.remaining() / 2));
    let mut last = 0;
    for _ in 0..count {
        let field = FieldIdx(next_index(reader, &mut last)?);
        fields.push(EncodedField { field, access: number(reader)? });
    }
    Ok(())
}

fn read_methods(reader: &mut Reader<'_>, count: u32, methods: &mut Vec<EncodedMethod>) -> Result<(), Bad> {
    methods.reserve((count as usize).min(reader.remaining() / 3));
    let mut last = 0;
    for _ in 0..count {
        let method = MethodIdx(next_index(reader, &mut last)?);
        methods.push(EncodedMethod { method, access: number(reader)?, code_off: number(reader)? });
    }
    Ok(())
}
