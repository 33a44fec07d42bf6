//! `access/<naming>.toml`: the methods at which a text that names something becomes effective, and the library fields
//! that hold such texts.

use crate::entry::required_port;
use crate::place::{ACCESSES, Access, MethodSelector, Naming, Port, TABLES, read_class, read_method};
use crate::read::Section;

/// A method at which a URI is read, a command is run, an Intent is sent, a setting is put …
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessMethod {
    /// What the text names.
    pub naming: Naming,
    /// The method.
    pub method: MethodSelector,
    /// What it does with the thing named.
    pub access: Access,
    /// Where the text (or the object made from it: `Uri`, `Intent`, `String[]`) is.
    pub subject: Port,
    /// For settings: the table it works on.
    pub table: Option<String>,
}

/// A static field of a library class that holds a naming text, so that code which reads the field names the thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedConstant {
    /// What the text names.
    pub naming: Naming,
    /// Descriptor of the declaring class.
    pub class: String,
    /// The field.
    pub name: String,
    /// The text it stands for.
    pub text: String,
}

pub(crate) fn read(
    naming: Naming,
    file: Section<'_, '_>,
    methods: &mut Vec<AccessMethod>,
    constants: &mut Vec<NamedConstant>,
) {
    let _ = file.required("says");
    for section in file.sections("method") {
        let method = read_method(&section);
        let access = section.choice("access", ACCESSES);
        if access.is_none() && !section.has("access") {
            section.reading.error(section.at, "\"access\" is missing", None);
        }
        let table = section.text("table");
        let table = table.and_then(|text| section.chosen(text, "table", &TABLES.map(|table| (table, table))));
        methods.push(AccessMethod {
            naming,
            method,
            access: access.unwrap_or(Access::Use),
            subject: required_port(&section, "subject"),
            table: table.map(str::to_owned),
        });
        section.finish();
    }
    for section in file.sections("constant") {
        constants.push(NamedConstant {
            naming,
            class: read_class(&section),
            name: section.required("name").value.to_owned(),
            text: section.required("text").value.to_owned(),
        });
        section.finish();
    }
    file.finish();
}
