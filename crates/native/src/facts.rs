//! What is told of a file.

use overt_base::Limits;

/// A text that the file does not hold as such: its own code makes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recovered {
    /// The text; `‹?›` stands for a part that depends on something outside.
    pub value: String,
    /// Address in the file of the function that wrote the text.
    pub decoder: u64,
    /// Address in the file of the function whose run made it write.
    pub function: u64,
    /// Address in the file of the first byte it was made of; `None` for text put together from constants of instructions.
    pub source: Option<u64>,
    /// `xor`, `add`, `subtract`, `rotate`, `not`, `lookup`, `arithmetic`, `assembled`, or several joined with `+`.
    pub algorithm: String,
    /// The key when a formula explains every byte: `0x5a`, `0x2b+i` (i counts from 0), or the bytes of a repeating key.
    pub key: Option<String>,
}

/// What an imported function is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallKind {
    /// Runs a program or a shell.
    Exec,
    /// Opens, makes, changes or removes a file.
    File,
    /// Makes, names or uses a socket.
    Socket,
    /// Looks up a host.
    Host,
    /// Reads a system property.
    PropertyRead,
    /// Writes a system property.
    PropertyWrite,
    /// Loads a library or finds a symbol in it.
    Library,
    /// Changes user, group, capabilities.
    Identity,
    /// Hands a text to Java or asks Java for a class or method.
    Java,
}

impl CallKind {
    /// The record's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            CallKind::Exec => "exec",
            CallKind::File => "file",
            CallKind::Socket => "socket",
            CallKind::Host => "host",
            CallKind::PropertyRead => "property-read",
            CallKind::PropertyWrite => "property-write",
            CallKind::Library => "library",
            CallKind::Identity => "identity",
            CallKind::Java => "java",
        }
    }
}

/// One call of an imported function as it was seen in the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// What it is for.
    pub kind: CallKind,
    /// The imported function.
    pub name: String,
    /// Its arguments that say something, as text. `‹?›` is a part that depends on something outside.
    pub arguments: Vec<String>,
    /// Address in the file of the function that calls.
    pub function: u64,
    /// Address in the file of the call.
    pub address: u64,
    /// The imported function whose result an argument depends on, where the argument is not known: `recvfrom`, `read`.
    pub comes_from: Option<String>,
    /// An argument is text that the file does not hold as such.
    pub hidden: bool,
}

/// How a socket is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SocketRole {
    /// Bound or handed over by init: others connect to it.
    Server,
    /// Connected to.
    Client,
}

/// The name of a socket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Socket {
    /// A path, a name of the abstract namespace, or `host:port`.
    pub name: String,
    /// `abstract`, `filesystem`, `reserved` (`/dev/socket`, made by init), `inet`, `inet6`.
    pub namespace: &'static str,
    /// How it is used.
    pub role: SocketRole,
    /// Address in the file of the function that names it.
    pub function: u64,
}

/// A native method of a Java class.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JavaMethod {
    /// Class descriptor; `None` when it is not known.
    pub class: Option<String>,
    /// Method name.
    pub name: String,
    /// Prototype; `None` where only the exported name is known.
    pub descriptor: Option<String>,
    /// Address in the file of the function.
    pub function: u64,
}

/// A text that stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text {
    /// Address in the file.
    pub address: u64,
    /// The text.
    pub value: String,
}

/// A function of the file and what it calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Function {
    /// Address in the file.
    pub address: u64,
    /// Its exported name.
    pub name: Option<String>,
    /// Imported functions that it calls, sorted.
    pub calls: Vec<String>,
}

/// Everything one file tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Imported functions and objects that the file is bound to, sorted.
    pub imports: Vec<String>,
    /// Functions that call imported ones, by address.
    pub functions: Vec<Function>,
    /// Texts that the code makes, sorted.
    pub recovered: Vec<Recovered>,
    /// Calls seen in the sandbox, sorted.
    pub calls: Vec<Call>,
    /// Sockets, sorted.
    pub sockets: Vec<Socket>,
    /// Native methods, sorted.
    pub java: Vec<JavaMethod>,
    /// Functions found.
    pub functions_seen: usize,
    /// Functions run in the sandbox.
    pub functions_run: usize,
    /// Why there may be more than was seen; `None` when every function was run.
    pub opaque: Option<String>,
}

/// What the sandbox may spend on one file.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Instructions in all.
    pub steps: u64,
    /// Instructions of one way through a function.
    pub path_steps: u64,
    /// Instructions without anything new (a branch not seen before, text decoded, a call) after which a way ends.
    pub idle_steps: u64,
    /// Ways tried through one function where something unknown decides.
    pub forks: usize,
    /// Pages of 4096 bytes that one way may write.
    pub pages: usize,
    /// Calls inside calls.
    pub depth: usize,
    /// Texts and calls kept, each.
    pub kept: usize,
}

impl Budget {
    /// The budget that the limits of a scan give.
    #[must_use]
    pub fn of(limits: &Limits) -> Budget {
        Budget {
            steps: limits.native_steps,
            path_steps: limits.native_path_steps,
            idle_steps: limits.native_idle_steps,
            forks: limits.native_forks,
            pages: limits.native_pages,
            depth: limits.native_depth,
            kept: limits.native_kept,
        }
    }
}

impl Default for Budget {
    fn default() -> Budget {
        Budget::of(&Limits::default())
    }
}
