//! A string that code holds or makes, as `overt strings` prints it: one line each.

use serde::{Deserialize, Serialize};

/// How a string came about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StringHow {
    /// `literal`, `built`, `evaluated`, `resource` or `native`.
    pub kind: String,
    /// The method that decodes it, `Lp/C;->m(I)Ljava/lang/String;`; in native code the address of a function.
    pub decoder: Option<String>,
    /// The cipher it went through last.
    pub algorithm: Option<String>,
    /// The cipher's mode.
    pub mode: Option<String>,
    /// The cipher's key: text, or `hex:` and digits.
    pub key: Option<String>,
    /// The cipher's initialisation vector, likewise.
    pub iv: Option<String>,
}

/// A string.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StringLine {
    /// The string; parts that only a device would know stand as `‹name›`.
    pub value: String,
    /// The input path as given; `path!inner` for what lies inside.
    pub apk: String,
    /// Package name.
    pub package: Option<String>,
    /// Class in which it comes out, as a descriptor; `null` for native code that no Java method is joined to.
    pub class: Option<String>,
    /// Its method; of such native code the address of the function, in hexadecimal.
    pub method: String,
    /// The method's prototype; `null` where native code does not tell it.
    pub descriptor: Option<String>,
    /// Offset in code units; in native code the address in the file of the bytes it is made of, or of the function.
    pub offset: u32,
    /// The native file on the device, or `apk!lib/…`; `null` for code of classes.
    pub file: Option<String>,
    /// How it came about.
    pub how: StringHow,
    /// What it is used as, or looks like: `url`, `host`, `uri`, `action`, `command`, `file`, `key`, `class`, `other`.
    pub used_as: Vec<String>,
}

/// What `overt strings` found in one input.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StringList {
    /// Strings, sorted within each app.
    pub strings: Vec<StringLine>,
    /// Methods run.
    pub methods: u64,
    /// Methods that were not run to their end.
    pub left_out: u64,
    /// What could not be looked at.
    pub problems: Vec<String>,
}
