//! `gates/<kind>.toml`: how a program shows what it waits for: the values that it asks for before it goes on.

use crate::place::{MethodSelector, read_class, read_method};
use crate::read::Section;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GateSign {
    /// The result of a call.
    Call(MethodSelector),
    /// A field: descriptor of the class and names.
    Field(String, Vec<String>),
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateRule {
    /// Gate word of the contract.
    pub kind: String,
    /// What shows it.
    pub sign: GateSign,
}

/// What `gates/<kind>.toml` says of the gate itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateWord {
    /// Gate word of the contract.
    pub kind: String,
    /// What must hold, in words that go on after "only if"; `{value}` stands for what it is compared with.
    pub says: String,
    /// The same where it is not known which way round it is compared.
    pub compares: String,
}

pub(crate) fn read(kind: &str, file: Section<'_, '_>, rules: &mut Vec<GateRule>) -> GateWord {
    let says = file.required("says").value.to_owned();
    let compares = file.text("compares").map_or_else(|| says.clone(), |text| text.value.to_owned());
    let word = GateWord { kind: kind.to_owned(), says, compares };
    for section in file.sections("method") {
        let sign = GateSign::Call(read_method(&section));
        rules.push(GateRule { kind: kind.to_owned(), sign });
        section.finish();
    }
    for section in file.sections("field") {
        let class = read_class(&section);
        let names = section.texts("name").iter().map(|text| text.value.to_owned()).collect();
        rules.push(GateRule { kind: kind.to_owned(), sign: GateSign::Field(class, names) });
        section.finish();
    }
    file.finish();
    word
}
