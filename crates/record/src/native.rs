//! Executables, services and libraries outside packages.

use serde::{Deserialize, Serialize};

/// A native file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Native {
    /// Path on the device.
    pub path: String,
    /// Digest; `null` when an init service names a file that is not there.
    pub sha256: Option<String>,
    /// `executable`, `library`, `script`, `module` (of the kernel), `link` (kept as a text by the dump), `unknown`.
    pub kind: String,
    /// The user init starts it as.
    pub starts_as: Option<String>,
    /// What starts it: an init service with its file and line.
    pub started_by: Option<String>,
    /// Imported symbols.
    pub imports: Vec<String>,
    /// Set-user-id or set-group-id bit, or `null` when the container keeps no modes.
    pub setuid: Option<bool>,
    /// What running its code showed; `null` when it was not run.
    pub code: Option<NativeCode>,
    /// Apps whose code names its socket or a text that it hides.
    pub named_by: Vec<NamedBy>,
}

/// What running the code of a native file in a sandbox showed. Both ways of a branch are tried where something unknown decides, so this
/// is what the code can do, not what it does.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NativeCode {
    /// Texts that the file does not hold as such: its code makes them.
    pub decoded: Vec<DecodedText>,
    /// Calls of imported functions.
    pub calls: Vec<NativeCall>,
    /// Sockets it names.
    pub sockets: Vec<NativeSocket>,
    /// Java methods that it implements.
    pub java: Vec<NativeMethod>,
    /// Why there may be more than was seen, or `null`.
    pub opaque: Option<String>,
}

/// A text that native code makes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DecodedText {
    /// The text.
    pub value: String,
    /// Address in the file of the function whose run made it, in hexadecimal.
    pub function: String,
    /// Address in the file of the bytes it was made of; `null` for text put together from constants of instructions.
    pub address: Option<String>,
    /// Address in the file of the function that wrote it.
    pub decoder: String,
    /// `xor`, `add`, `subtract`, `rotate`, `not`, `shift`, `lookup`, `arithmetic`, `assembled`, or several joined with `+`.
    pub algorithm: String,
    /// The key when one formula explains every byte, else `null`: `0x5a`, `0x2b+i` (i counts from 0), or repeating bytes.
    pub key: Option<String>,
}

/// A call of an imported function with what is known of its arguments; `‹?›` is a part that depends on something outside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NativeCall {
    /// `exec`, `file`, `socket`, `host`, `property-read`, `property-write`, `library`, `identity`, `java`.
    pub kind: String,
    /// The imported function.
    pub name: String,
    /// Its arguments that say something.
    pub arguments: Vec<String>,
    /// Address in the file of the calling function, in hexadecimal.
    pub function: String,
    /// Address in the file of the call.
    pub address: String,
    /// The imported function that an unknown argument comes from, or `null`.
    pub comes_from: Option<String>,
    /// An argument is text that the file does not hold as such.
    pub hidden: bool,
}

/// A socket that native code names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NativeSocket {
    /// A path, a name of the abstract namespace, or host and port.
    pub name: String,
    /// `abstract`, `filesystem`, `reserved` (made by init in `/dev/socket`), `inet`, `inet6`.
    pub namespace: String,
    /// `server` or `client`.
    pub role: String,
    /// Address in the file of the function that names it, in hexadecimal.
    pub function: String,
}

/// A Java method that native code implements.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NativeMethod {
    /// Class descriptor, or `null`.
    pub class: Option<String>,
    /// Method name.
    pub name: String,
    /// Prototype, or `null`.
    pub descriptor: Option<String>,
    /// Address in the file of the function, in hexadecimal.
    pub function: String,
}

/// An app whose code names the same socket or text: an indicator that the two belong together, no more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NamedBy {
    /// Package name, or `null` for code without a manifest.
    pub package: Option<String>,
    /// Its path on the device.
    pub path: String,
    /// The socket's name or the text.
    pub text: String,
    /// The class in whose code it comes out, or `null` when only the string table holds it.
    pub class: Option<String>,
    /// Its method.
    pub method: Option<String>,
    /// Where, in code units from the start of the method.
    pub offset: Option<u32>,
}
