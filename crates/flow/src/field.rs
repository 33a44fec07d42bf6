//! Field references, resolved once.

use std::rc::Rc;

use overt_dex::{FieldIdx, Value as Encoded};
use overt_program::ClassId;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::object::Cell;
use crate::session::Session;
use crate::text::Text;
use crate::value::{Constant, Value};

/// What a field reference means.
#[derive(Debug)]
pub struct Field {
    /// Its cell in an object.
    pub cell: Cell,
    /// `Lp/C;->f:I` with the class that defines it: its cell among the static fields.
    pub reference: Text,
    /// Of a final static field: the constant it was given.
    pub constant: Option<Value>,
    /// The class that the reference names.
    pub class: Text,
    /// Sources that reading it is.
    pub sources: Vec<u32>,
    /// Of a field of the platform: the URI that it holds.
    pub uri: Option<Text>,
}

/// What is remembered of fields.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    by_index: FxHashMap<(u16, u32), Option<Rc<Field>>>,
    /// Static fields by reference: type, and first value.
    statics: FxHashMap<Text, (Text, Option<Value>)>,
    /// Static fields by defining class, name and type: first value, and whether it is the only one.
    defined: FxHashMap<(ClassId, Text, Text), (Option<Value>, bool)>,
    /// Classes whose fields were read.
    read: FxHashSet<ClassId>,
    /// Instance fields by defining class, name and type.
    instance: FxHashSet<(ClassId, Text, Text)>,
    /// Qualified names of the fields `this$0`.
    outer: FxHashSet<Text>,
}

/// `ACC_FINAL`.
const ACC_FINAL: u32 = 0x10;

impl Session<'_> {
    /// A field reference.
    pub(crate) fn field(&mut self, dex: u16, index: FieldIdx) -> Option<Rc<Field>> {
        if let Some(known) = self.fields.by_index.get(&(dex, index.0)) {
            return known.clone();
        }
        let made = self.resolve_field(dex, index).map(Rc::new);
        self.fields.by_index.insert((dex, index.0), made.clone());
        made
    }

    fn resolve_field(&mut self, dex: u16, index: FieldIdx) -> Option<Field> {
        let table = self.table;
        let linked = table.dexes().get(usize::from(dex))?;
        let reference = linked.dex.field(index).ok()?;
        let name = linked.dex.string(reference.name).ok()?;
        let class = table.text(linked.type_name(reference.class)?);
        let kind = table.text(linked.type_name(reference.type_)?);
        let (name_text, kind_text) = (self.texts.intern(&name), self.texts.intern(kind));
        let mut owner = class.to_owned();
        let mut constant = None;
        // A static field belongs to the class that defines it, whichever subclass the reference names.
        if let Some(start) = table.find(class) {
            for at in table.superclasses(start) {
                if !table.is_own(at) {
                    break;
                }
                self.read_fields(at);
                if let Some((value, is_final)) = self.fields.defined.get(&(at, name_text, kind_text)) {
                    owner = table.text(table.class(at).descriptor).to_owned();
                    if *is_final {
                        constant.clone_from(value);
                    }
                    break;
                }
            }
        }
        let text = self.texts.intern(&format!("{owner}->{name}:{kind}"));
        self.fields.statics.entry(text).or_insert((kind_text, None));
        if class == "Landroid/os/Build$VERSION;" && &*name == "SDK_INT" {
            constant = self.sdk.map(|level| Value::number(i64::from(level)));
        }
        if class == "Ljava/io/File;" {
            // Android is a Unix: these fields have one value on every device.
            constant = match &*name {
                "separator" => Some("/"),
                "pathSeparator" => Some(":"),
                _ => None,
            }
            .map(|text| Value::constant(Constant::Text(self.texts.intern(text))));
            if &*name == "separatorChar" {
                constant = Some(Value::number(i64::from(b'/')));
            }
        }
        let uri = (kind == "Landroid/net/Uri;")
            .then(|| {
                let named = self.catalogue.named_constants();
                named.iter().find(|one| one.class == class && *one.name == *name).map(|one| one.text.clone())
            })
            .flatten()
            .map(|text| self.texts.intern(&text));
        let sources = self.ends.fields_of(self.ancestors, class, &name);
        // An instance field belongs to the class that defines it; models speak of the platform's fields by name.
        let cell = match self.defining_class(class, name_text, kind_text) {
            Some(owner) => {
                let qualified =
                    self.texts.intern(&format!("{}->{name}", table.text(table.class(owner).descriptor)));
                if &*name == "this$0" {
                    self.fields.outer.insert(qualified);
                }
                Cell::Field(qualified, kind_text)
            }
            None => Cell::Named(name_text),
        };
        let class = self.texts.intern(class);
        Some(Field { class, cell, reference: text, constant, sources, uri })
    }

    /// The app's own class that defines an instance field which a reference names through `class`: that class or one
    /// above it. Of a class of the app without such a field anywhere (damaged code): the class itself.
    fn defining_class(&mut self, class: &str, name: Text, kind: Text) -> Option<ClassId> {
        let table = self.table;
        let start = table.find(class).filter(|class| table.is_own(*class))?;
        let mut inherits = false;
        for at in table.superclasses(start) {
            if !table.is_own(at) {
                inherits = true;
                break;
            }
            self.read_fields(at);
            if self.fields.instance.contains(&(at, name, kind)) {
                return Some(at);
            }
        }
        (!inherits).then_some(start)
    }

    /// Is it `this$0`, the way back to the outer object, which is not a part of the inner one?
    pub(crate) fn is_outer(&self, name: Text) -> bool {
        self.fields.outer.contains(&name)
    }

    /// Reads the fields that a class defines, once.
    fn read_fields(&mut self, class: ClassId) {
        if !self.fields.read.insert(class) {
            return;
        }
        let table = self.table;
        let definition = table.class(class);
        let Some(linked) = table.dexes().get(usize::from(definition.dex)) else { return };
        let dex = &linked.dex;
        let Ok(class_def) = dex.class_def(definition.definition) else { return };
        let owner = table.text(definition.descriptor);
        let initializer = self.has_initializer(class);
        let values = dex.static_values(&class_def);
        let data = dex.class_data(&class_def);
        let named = |field: FieldIdx| {
            let reference = dex.field(field).ok()?;
            Some((dex.string(reference.name).ok()?, dex.descriptor(reference.type_).ok()?))
        };
        for field in &data.instance_fields {
            let Some((name, kind)) = named(field.field) else { continue };
            let (name, kind) = (self.texts.intern(&name), self.texts.intern(&kind));
            self.fields.instance.insert((class, name, kind));
        }
        for (position, field) in data.static_fields.iter().enumerate() {
            let Some((name, kind)) = named(field.field) else { continue };
            let value = values.get(position).and_then(|value| value.as_ref().ok());
            let value = value.and_then(|value| self.encoded(dex, value));
            // A final field without a stated value, or with zero, may get its value from the initialiser.
            let stated = value.as_ref().is_some_and(|value| !value.is_null()) || !initializer;
            let is_final = field.access & ACC_FINAL != 0 && stated && value.is_some();
            let text = self.texts.intern(&format!("{owner}->{name}:{kind}"));
            let (name, kind) = (self.texts.intern(&name), self.texts.intern(&kind));
            self.fields.statics.insert(text, (kind, value.clone()));
            self.fields.defined.insert((class, name, kind), (value, is_final));
        }
    }

    fn has_initializer(&self, class: ClassId) -> bool {
        let table = self.table;
        let (Some(name), Some(proto)) = (table.names().get("<clinit>"), table.names().get("()V")) else {
            return false;
        };
        table.defined(class, name, proto).is_some()
    }

    fn encoded(&mut self, dex: &overt_dex::DexFile, value: &Encoded) -> Option<Value> {
        Some(match value {
            Encoded::Byte(number) => Value::number(i64::from(*number)),
            Encoded::Short(number) => Value::number(i64::from(*number)),
            Encoded::Char(number) => Value::number(i64::from(*number)),
            Encoded::Int(number) => Value::number(i64::from(*number)),
            Encoded::Long(number) => Value::number(*number),
            Encoded::Boolean(is) => Value::number(i64::from(*is)),
            Encoded::Null => Value::number(0),
            Encoded::String(string) => {
                let text = dex.string(*string).ok()?;
                Value::constant(Constant::Text(self.texts.intern(&crate::template::literal(&text))))
            }
            _ => return None,
        })
    }

    /// The type of a static field.
    pub(crate) fn static_type(&self, field: Text) -> Option<Text> {
        self.fields.statics.get(&field).map(|(kind, _)| *kind)
    }

    /// What a static field holds before anything is written to it.
    pub(crate) fn initial_static(&self, field: Text) -> Value {
        match self.fields.statics.get(&field) {
            Some((_, Some(value))) => value.clone(),
            // A field of the platform: nobody here writes it.
            _ if !self.is_own_static(field) => Value::any(),
            _ => Value::number(0),
        }
    }

    fn is_own_static(&self, field: Text) -> bool {
        let text = self.texts.get(field);
        let class = text.split("->").next().unwrap_or("");
        self.table.find(class).is_some_and(|class| self.table.is_own(class))
    }
}
