//! Calls of imported functions that are worth telling, and how their arguments are read.

use crate::facts::{CallKind, Socket, SocketRole};
use crate::library::{argument, cells};
use crate::machine::Cpu;
use crate::mark::{Mark, Value};
use crate::memory::Memory;
use crate::text::{self, Found, HOLE};

/// The most arguments of an `exec`.
const MOST: usize = 16;

/// How the arguments of a call are read: `s` a text, `n` a number, `-` nothing, `*` texts until a null pointer, `v` a vector of texts,
/// `a` a socket address, `b` bytes with their number behind them.
const WATCHED: &[(&str, CallKind, &str)] = &[
    ("system", CallKind::Exec, "s"),
    ("popen", CallKind::Exec, "s"),
    ("execl", CallKind::Exec, "s*"),
    ("execlp", CallKind::Exec, "s*"),
    ("execle", CallKind::Exec, "s*"),
    ("execv", CallKind::Exec, "sv"),
    ("execvp", CallKind::Exec, "sv"),
    ("execve", CallKind::Exec, "sv"),
    ("posix_spawn", CallKind::Exec, "-s--v"),
    ("android_fork_execvp", CallKind::Exec, "-v"),
    ("android_fork_execvp_ext", CallKind::Exec, "-v"),
    ("logwrap_fork_execvp", CallKind::Exec, "-v"),
    ("open", CallKind::File, "s"),
    ("open64", CallKind::File, "s"),
    ("__open_2", CallKind::File, "s"),
    ("openat", CallKind::File, "-s"),
    ("creat", CallKind::File, "s"),
    ("fopen", CallKind::File, "ss"),
    ("freopen", CallKind::File, "ss"),
    ("opendir", CallKind::File, "s"),
    ("access", CallKind::File, "s"),
    ("unlink", CallKind::File, "s"),
    ("remove", CallKind::File, "s"),
    ("rename", CallKind::File, "ss"),
    ("mkdir", CallKind::File, "s"),
    ("rmdir", CallKind::File, "s"),
    ("chmod", CallKind::File, "so"),
    ("chown", CallKind::File, "snn"),
    ("lchown", CallKind::File, "snn"),
    ("symlink", CallKind::File, "ss"),
    ("link", CallKind::File, "ss"),
    ("mknod", CallKind::File, "s"),
    ("mkfifo", CallKind::File, "s"),
    ("mount", CallKind::File, "sss"),
    ("umount", CallKind::File, "s"),
    ("umount2", CallKind::File, "s"),
    ("inotify_add_watch", CallKind::File, "-s"),
    ("android_get_control_socket", CallKind::Socket, "s"),
    ("socket_local_server", CallKind::Socket, "sn"),
    ("socket_local_server_bind", CallKind::Socket, "-sn"),
    ("socket_local_client", CallKind::Socket, "sn"),
    ("socket_local_client_connect", CallKind::Socket, "-sn"),
    ("socket_loopback_server", CallKind::Socket, "n"),
    ("socket_inaddr_any_server", CallKind::Socket, "n"),
    ("socket_loopback_client", CallKind::Socket, "n"),
    ("socket_network_client", CallKind::Socket, "sn"),
    ("bind", CallKind::Socket, "-a"),
    ("connect", CallKind::Socket, "-a"),
    ("sendto", CallKind::Socket, "-b"),
    ("send", CallKind::Socket, "-b"),
    ("gethostbyname", CallKind::Host, "s"),
    ("gethostbyname2", CallKind::Host, "s"),
    ("getaddrinfo", CallKind::Host, "ss"),
    ("inet_addr", CallKind::Host, "s"),
    ("inet_aton", CallKind::Host, "s"),
    ("inet_pton", CallKind::Host, "-s"),
    ("__system_property_get", CallKind::PropertyRead, "s"),
    ("__system_property_find", CallKind::PropertyRead, "s"),
    ("property_get", CallKind::PropertyRead, "s-s"),
    ("__system_property_set", CallKind::PropertyWrite, "ss"),
    ("property_set", CallKind::PropertyWrite, "ss"),
    ("dlopen", CallKind::Library, "s"),
    ("android_dlopen_ext", CallKind::Library, "s"),
    ("dlsym", CallKind::Library, "-s"),
    ("setuid", CallKind::Identity, "n"),
    ("setgid", CallKind::Identity, "n"),
    ("seteuid", CallKind::Identity, "n"),
    ("setresuid", CallKind::Identity, "nnn"),
    ("setresgid", CallKind::Identity, "nnn"),
    ("FindClass", CallKind::Java, "-s"),
    ("GetMethodID", CallKind::Java, "--ss"),
    ("GetStaticMethodID", CallKind::Java, "--ss"),
    ("GetFieldID", CallKind::Java, "--ss"),
    ("GetStaticFieldID", CallKind::Java, "--ss"),
    ("NewStringUTF", CallKind::Java, "-s"),
    ("ThrowNew", CallKind::Java, "--s"),
];

/// A call as seen.
pub(crate) struct Seen {
    pub(crate) kind: CallKind,
    pub(crate) arguments: Vec<String>,
    pub(crate) unknown: Option<u32>,
    pub(crate) hidden: bool,
    pub(crate) socket: Option<(String, &'static str, SocketRole)>,
}

/// Reads the arguments of a call; `None` when it says nothing.
pub(crate) fn look(cpu: &Cpu<'_>, name: &str) -> Option<Seen> {
    let (_, kind, shape) = WATCHED.iter().find(|watched| watched.0 == name)?;
    let mut seen = Seen { kind: *kind, arguments: Vec::new(), unknown: None, hidden: false, socket: None };
    let mut solid = false;
    let mut take = |seen: &mut Seen, found: Found| {
        seen.unknown = seen.unknown.or(found.unknown);
        seen.hidden |= found.changed;
        solid |= !found.empty;
        seen.arguments.push(found.text);
    };
    for (index, letter) in shape.chars().enumerate() {
        let value = argument(cpu, index);
        match letter {
            's' => take(&mut seen, text::read(&cpu.memory, value)),
            'n' | 'o' => {
                let text = if value.mark.is_unknown() {
                    HOLE.to_owned()
                } else if letter == 'o' {
                    format!("{:#o}", value.low())
                } else {
                    value.low().to_string()
                };
                let empty = value.mark.is_unknown();
                take(&mut seen, Found { text, empty, ..Found::default() });
            }
            '*' => {
                for more in index..index + MOST {
                    let value = argument(cpu, more);
                    if value.bits == 0 {
                        break;
                    }
                    take(&mut seen, text::read(&cpu.memory, value));
                }
            }
            'v' => {
                let size = if cpu.image.machine == crate::image::Machine::Arm { 4 } else { 8 };
                for item in 0..MOST as u64 {
                    let slot = Value { bits: value.bits.wrapping_add(item * size), mark: value.mark };
                    let Ok(entry) = cpu.memory.load(slot, size) else { break };
                    if entry.bits == 0 {
                        break;
                    }
                    take(&mut seen, text::read(&cpu.memory, entry));
                }
            }
            'a' => {
                let role = if name == "bind" { SocketRole::Server } else { SocketRole::Client };
                let (socket, unknown) = address(cpu, value, argument(cpu, index + 1), role);
                seen.unknown = seen.unknown.or(unknown);
                if let Some(socket) = socket {
                    take(&mut seen, Found { text: socket.0.clone(), ..Found::default() });
                    seen.socket = Some(socket);
                }
            }
            'b' => {
                let size = argument(cpu, index + 1);
                let most = if size.mark.is_unknown() { 1024 } else { size.bits.min(1024) as usize };
                let found = text::render(&cells(cpu, value, most));
                if !found.text.contains('\u{fffd}') {
                    take(&mut seen, found);
                }
            }
            _ => {}
        }
    }
    if name.starts_with("socket_") || name == "android_get_control_socket" {
        seen.socket = named(name, &seen.arguments);
    }
    // That something unknown is executed is worth saying; that an unknown file is opened is not.
    (solid || *kind == CallKind::Exec).then_some(seen)
}

/// Sockets of libcutils.
fn named(name: &str, arguments: &[String]) -> Option<(String, &'static str, SocketRole)> {
    let first = arguments.first()?.clone();
    let role = if name.contains("client") { SocketRole::Client } else { SocketRole::Server };
    match name {
        "android_get_control_socket" => Some((first, "reserved", SocketRole::Server)),
        "socket_loopback_server" | "socket_loopback_client" => {
            Some((format!("127.0.0.1:{first}"), "inet", role))
        }
        "socket_inaddr_any_server" => Some((format!("0.0.0.0:{first}"), "inet", role)),
        "socket_network_client" => {
            let port = arguments.get(1).map_or("?", String::as_str);
            Some((format!("{first}:{port}"), "inet", role))
        }
        _ => {
            let namespace = match arguments.get(1).map(String::as_str) {
                Some("0") => "abstract",
                Some("1") => "reserved",
                _ => "filesystem",
            };
            Some((first, namespace, role))
        }
    }
}

type Named = (String, &'static str, SocketRole);

/// `struct sockaddr`: Unix names, IPv4 and IPv6 addresses.
fn address(cpu: &Cpu<'_>, start: Value, length: Value, role: SocketRole) -> (Option<Named>, Option<u32>) {
    let Ok(at) = Memory::place(start) else { return (None, None) };
    let read = |offset: u64| cpu.memory.byte(at.wrapping_add(offset));
    let (family, mark) = read(0);
    if mark.is_unknown() {
        return (None, Some(mark.from));
    }
    let port = |mark: Mark| {
        let number = u16::from(read(2).0) << 8 | u16::from(read(3).0);
        if mark.is_unknown() || number == 0 { HOLE.to_owned() } else { number.to_string() }
    };
    match family {
        1 => {
            let abstract_name = read(2).0 == 0 && !read(2).1.is_unknown();
            let most =
                if length.mark.is_unknown() { 108 } else { length.bits.saturating_sub(3).min(108) as usize };
            let skip = if abstract_name { 3 } else { 2 };
            let name = Value::known(at.wrapping_add(skip));
            let most = if abstract_name { most } else { most + 1 };
            let found = text::render(&cells(cpu, name, most));
            let namespace = if abstract_name {
                "abstract"
            } else if found.text.starts_with("/dev/socket/") {
                "reserved"
            } else {
                "filesystem"
            };
            ((!found.empty).then_some((found.text, namespace, role)), found.unknown)
        }
        2 => {
            let bytes = [read(4), read(5), read(6), read(7)];
            let host = match bytes.iter().find(|cell| cell.1.is_unknown()) {
                Some(_) => HOLE.to_owned(),
                None => bytes.map(|cell| cell.0.to_string()).join("."),
            };
            let port = port(read(2).1);
            let empty = host == HOLE && port == HOLE;
            ((!empty).then(|| (format!("{host}:{port}"), "inet", role)), None)
        }
        10 => {
            let port = port(read(2).1);
            ((port != HOLE).then(|| (format!("[{HOLE}]:{port}"), "inet6", role)), None)
        }
        _ => (None, None),
    }
}

impl Seen {
    /// The socket as a fact.
    pub(crate) fn socket(&self, function: u64) -> Option<Socket> {
        let (name, namespace, role) = self.socket.clone()?;
        (name != HOLE && !name.is_empty()).then_some(Socket { name, namespace, role, function })
    }
}
