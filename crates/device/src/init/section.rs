//! Services and actions: the sections of an init script.

use std::sync::Arc;

use overt_base::Cx;

use super::lexer::{Lexer, Line};
use crate::file::File;

/// A place in a script.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Path of the script on the device.
    pub file: Arc<str>,
    /// Line, counted from 1.
    pub line: u32,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A command of an action, or of a service's `onrestart`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The command and its arguments, unexpanded; never empty.
    pub words: Vec<String>,
    /// Where it stands.
    pub place: Place,
}

impl Command {
    /// The command's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// Argument `n`, counted from 1.
    #[must_use]
    pub fn argument(&self, n: usize) -> Option<&str> {
        self.words.get(n).map(String::as_str)
    }
}

/// An `on` section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The trigger as written: `boot`, `property:a=b && property:c=d` …
    pub trigger: String,
    /// Its commands in order.
    pub commands: Vec<Command>,
    /// Where it begins.
    pub place: Place,
}

impl Action {
    /// The conditions that are joined by `&&`.
    pub fn conditions(&self) -> impl Iterator<Item = &str> {
        self.trigger.split("&&").map(str::trim).filter(|part| !part.is_empty())
    }
}

/// A socket that init makes for a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// Its name under `/dev/socket`.
    pub name: String,
    /// `stream`, `dgram`, `seqpacket`.
    pub kind: String,
    /// Permission bits; `None` where the text is no octal number.
    pub mode: Option<u32>,
    /// The user that owns it.
    pub user: Option<String>,
    /// The group that owns it.
    pub group: Option<String>,
}

/// A `service` section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Path of the executable and its arguments; never empty.
    pub command: Vec<String>,
    /// Where it is declared.
    pub place: Place,
    /// `class`: what it is started and stopped with. `default` when not said.
    pub classes: Vec<String>,
    /// `user`; root when not said.
    pub user: Option<String>,
    /// `group` and the supplementary ones.
    pub groups: Vec<String>,
    /// `capabilities`.
    pub capabilities: Vec<String>,
    /// `seclabel`.
    pub seclabel: Option<String>,
    /// `socket` lines.
    pub sockets: Vec<Socket>,
    /// `onrestart` commands.
    pub onrestart: Vec<Command>,
    /// `interface`: started on demand when a client asks for one of these.
    pub interfaces: Vec<String>,
    /// `keycodes`: started by a key chord.
    pub keycodes: bool,
    /// `oneshot`: not restarted when it ends.
    pub oneshot: bool,
    /// `disabled`: not started with its class.
    pub disabled: bool,
    /// `critical`: the device restarts when it ends too often.
    pub critical: bool,
    /// `override`: takes the place of an earlier service of the same name.
    pub replaces: bool,
    /// All other options, as written.
    pub other: Vec<Vec<String>>,
}

impl Service {
    /// Path of the executable, as written.
    #[must_use]
    pub fn executable(&self) -> &str {
        self.command.first().map_or("", String::as_str)
    }

    /// The user it runs as.
    #[must_use]
    pub fn runs_as(&self) -> &str {
        self.user.as_deref().unwrap_or("root")
    }
}

/// What a script holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    pub services: Vec<Service>,
    pub actions: Vec<Action>,
    /// Import lines: the argument as written and where.
    pub imports: Vec<(String, Place)>,
    /// Lines that belong to no section and services without a command: init passes over them, too.
    pub ignored: u32,
}

enum Open {
    /// No section yet, or one that could not be understood: its lines are passed over, as init does.
    Nothing,
    Service(Box<Service>),
    Action(Action),
}

/// Reads a script. Lines that init would pass over are counted and passed over.
pub(super) fn read(file: &File<'_>, path: &Arc<str>, cx: &Cx<'_>) -> Script {
    let mut script = Script::default();
    let mut open = Open::Nothing;
    for line in Lexer::new(file.text(cx)) {
        let place = Place { file: Arc::clone(path), line: line.number };
        if line.unterminated {
            cx.problems.report(
                &file.locus,
                "init/open-quote",
                format!("{place}: a quoted word has no end"),
                "the rest of the file was taken for one word",
            );
        }
        match line.words.first().map(String::as_str) {
            Some("service") => {
                close(&mut script, std::mem::replace(&mut open, Open::Nothing));
                match service(&line, place.clone()) {
                    Some(service) => open = Open::Service(Box::new(service)),
                    None => script.ignored = script.ignored.saturating_add(1),
                }
            }
            Some("on") => {
                close(&mut script, std::mem::replace(&mut open, Open::Nothing));
                let trigger = line.words.get(1..).unwrap_or_default().join(" ");
                open = Open::Action(Action { trigger, commands: Vec::new(), place });
            }
            Some("import") => {
                close(&mut script, std::mem::replace(&mut open, Open::Nothing));
                if let Some(target) = line.words.get(1) {
                    script.imports.push((target.clone(), place));
                }
            }
            _ => match &mut open {
                Open::Service(service) => option(service, line, place),
                Open::Action(action) => action.commands.push(Command { words: line.words, place }),
                Open::Nothing => script.ignored = script.ignored.saturating_add(1),
            },
        }
    }
    close(&mut script, open);
    script
}

fn close(script: &mut Script, open: Open) {
    match open {
        Open::Nothing => {}
        Open::Service(service) => script.services.push(*service),
        Open::Action(action) => script.actions.push(action),
    }
}

fn service(line: &Line, place: Place) -> Option<Service> {
    let name = line.words.get(1)?.clone();
    let command = line.words.get(2..)?.to_vec();
    if command.is_empty() {
        return None;
    }
    Some(Service {
        name,
        command,
        place,
        classes: vec!["default".to_owned()],
        user: None,
        groups: Vec::new(),
        capabilities: Vec::new(),
        seclabel: None,
        sockets: Vec::new(),
        onrestart: Vec::new(),
        interfaces: Vec::new(),
        keycodes: false,
        oneshot: false,
        disabled: false,
        critical: false,
        replaces: false,
        other: Vec::new(),
    })
}

fn option(service: &mut Service, line: Line, place: Place) {
    let words = line.words;
    let argument = |n: usize| words.get(n).cloned();
    let rest = || words.get(1..).unwrap_or_default().to_vec();
    match words.first().map_or("", String::as_str) {
        "class" if words.len() > 1 => service.classes = rest(),
        "user" if words.len() > 1 => service.user = argument(1),
        "group" if words.len() > 1 => service.groups = rest(),
        "capabilities" => service.capabilities = rest(),
        "seclabel" => service.seclabel = argument(1),
        "socket" if words.len() > 1 => service.sockets.push(Socket {
            name: argument(1).unwrap_or_default(),
            kind: argument(2).unwrap_or_default(),
            mode: argument(3).and_then(|mode| u32::from_str_radix(&mode, 8).ok()),
            user: argument(4),
            group: argument(5),
        }),
        "onrestart" if words.len() > 1 => service.onrestart.push(Command { words: rest(), place }),
        // `interface hidl android.x@1.0::IX default` or, before, `interface android.x@1.0::IX default`.
        "interface" if words.len() > 1 => service.interfaces.push(rest().join(" ")),
        "keycodes" => service.keycodes = true,
        "oneshot" => service.oneshot = true,
        "disabled" => service.disabled = true,
        "critical" => service.critical = true,
        "override" => service.replaces = true,
        _ => service.other.push(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Context;
    use overt_base::{Locus, Problem};

    fn parse(text: &str) -> (Script, Vec<Problem>) {
        let context = Context::new();
        let file = File { path: "/init.rc", bytes: text.as_bytes(), locus: Locus::input(), mode: None };
        let script = read(&file, &"/init.rc".into(), &context.cx());
        (script, context.problems())
    }

    #[test]
    fn a_service_with_every_option() {
        let (script, problems) = parse(
            "service vold /system/bin/vold \\\n  --a=b\n class core late\n user media\n group mount inet\n capabilities NET_RAW SYS_NICE\n\
             seclabel u:r:vold:s0\n socket vold stream 0660 root mount\n socket odd stream rw\n onrestart restart zygote\n interface aidl a.b.IC/default\n\
             keycodes 1 2\n oneshot\n disabled\n critical\n override\n ioprio be 2\n",
        );
        assert!(problems.is_empty());
        let [service] = script.services.as_slice() else { panic!("one service") };
        assert_eq!(service.command, ["/system/bin/vold", "--a=b"]);
        assert_eq!(service.executable(), "/system/bin/vold");
        assert_eq!(service.classes, ["core", "late"]);
        assert_eq!(service.runs_as(), "media");
        assert_eq!(service.groups, ["mount", "inet"]);
        assert_eq!(service.capabilities, ["NET_RAW", "SYS_NICE"]);
        assert_eq!(service.seclabel.as_deref(), Some("u:r:vold:s0"));
        assert_eq!(service.sockets[0].mode, Some(0o660));
        assert_eq!(service.sockets[0].group.as_deref(), Some("mount"));
        assert_eq!(service.sockets[1].mode, None);
        assert_eq!(service.onrestart[0].words, ["restart", "zygote"]);
        assert_eq!(service.interfaces, ["aidl a.b.IC/default"]);
        assert!(
            service.keycodes && service.oneshot && service.disabled && service.critical && service.replaces
        );
        assert_eq!(service.other, [["ioprio", "be", "2"]]);
        assert_eq!(service.place.to_string(), "/init.rc:1");
    }

    #[test]
    fn defaults_are_those_of_init() {
        let (script, _) = parse("service a /bin/a\n class\n user\n");
        assert_eq!(script.services[0].classes, ["default"]);
        assert_eq!(script.services[0].runs_as(), "root");
    }

    #[test]
    fn actions_keep_trigger_and_commands() {
        let (script, problems) =
            parse("on property:a=1 && boot\n    start x\n    write /p \"a b\"\non\nimport /x.rc\nimport\n");
        assert!(problems.is_empty());
        assert_eq!(script.actions[0].trigger, "property:a=1 && boot");
        assert_eq!(script.actions[0].conditions().collect::<Vec<_>>(), ["property:a=1", "boot"]);
        assert_eq!(script.actions[0].commands[1].words, ["write", "/p", "a b"]);
        assert_eq!(script.actions[0].commands[1].argument(2), Some("a b"));
        assert_eq!(script.actions[0].commands[0].place.line, 2);
        assert_eq!(script.actions[1].trigger, "");
        assert_eq!(script.imports.len(), 1);
    }

    #[test]
    fn nonsense_is_counted_and_left_out() {
        let (script, problems) =
            parse("stray line\nservice lonely\n class main\nservice b /bin/b\non boot \"open\n start x\n");
        assert_eq!(script.services.len(), 1);
        assert_eq!(script.services[0].name, "b");
        assert_eq!(script.ignored, 3);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].code, "init/open-quote");
    }
}
