//! What a call or field reference of a DEX means: resolved once, then remembered.

use std::rc::Rc;

use overt_catalogue::model::Model;
use overt_program::classes::MethodKey;
use overt_program::{MethodId, Sym};

use crate::intrinsic::Intrinsic;
use crate::text::Text;

/// A method reference with everything that the analysis asks of it.
#[derive(Debug)]
pub struct Reference<'a> {
    /// The reference.
    pub key: MethodKey,
    /// Its class.
    pub class: Text,
    /// Its name.
    pub name: Text,
    /// Types of its declared parameters.
    pub parameters: Vec<Text>,
    /// The type it returns.
    pub returns: Text,
    /// `Lp/C;->m(I)V`.
    pub api: Text,
    /// The app's own definition that it resolves to.
    pub own: Option<MethodId>,
    /// The class of the platform it resolves to.
    pub library: Option<Sym>,
    /// What the catalogue says it does.
    pub model: Option<&'a Model>,
    /// Whether that counts although the app brings the method's code along.
    pub instead: bool,
    /// What the engine knows it does to constants.
    pub intrinsic: Option<Intrinsic>,
    /// Sources it may be: numbers of the ends.
    pub sources: Vec<u32>,
    /// Sinks it may be.
    pub sinks: Vec<u32>,
    /// The mark of what it takes out of what holds values by name.
    pub taken: crate::value::Marks,
}

/// A method of the app with what the analysis asks of it.
#[derive(Debug)]
pub struct Signature {
    /// Types of all parameters by position, the receiver's first.
    pub parameters: Vec<Text>,
    /// The type it returns.
    pub returns: Text,
    /// Without receiver.
    pub is_static: bool,
}

/// Parameter types and return type of a prototype like `(ILjava/lang/String;[J)V`.
#[must_use]
pub fn split_prototype(prototype: &str) -> (Vec<&str>, &str) {
    let Some((inside, returns)) = prototype.strip_prefix('(').and_then(|rest| rest.split_once(')')) else {
        return (Vec::new(), "V");
    };
    let mut parameters = Vec::new();
    let mut rest = inside;
    while !rest.is_empty() {
        let arrays = rest.bytes().take_while(|byte| *byte == b'[').count();
        let end = match rest.as_bytes().get(arrays) {
            Some(b'L') => rest.find(';').map_or(rest.len(), |at| at + 1),
            _ => (arrays + 1).min(rest.len()),
        };
        let (one, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        parameters.push(one);
        rest = after;
    }
    (parameters, returns)
}

/// Does a type hold nothing but a number (or nothing)?
#[must_use]
pub fn is_primitive(descriptor: &str) -> bool {
    descriptor.len() == 1
}

/// Is it an immutable type whose values are their data: no object is kept for it.
#[must_use]
pub fn is_plain(descriptor: &str) -> bool {
    is_primitive(descriptor)
        || matches!(
            descriptor,
            "Ljava/lang/String;"
                | "Ljava/lang/CharSequence;"
                | "Ljava/lang/Integer;"
                | "Ljava/lang/Long;"
                | "Ljava/lang/Boolean;"
                | "Ljava/lang/Double;"
                | "Ljava/lang/Float;"
                | "Ljava/lang/Short;"
                | "Ljava/lang/Byte;"
                | "Ljava/lang/Character;"
        )
}

/// A shared reference.
pub type Shared<'a> = Rc<Reference<'a>>;
