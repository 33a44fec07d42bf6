//! What starts a service: its class, a command of an action, another service, a property, a client.

use std::collections::BTreeMap;

use super::section::{Action, Command, Place};
use super::{Init, ModeChange, Run};
use crate::partition;
use crate::properties::Properties;

/// How a service is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// With its class (`class_start`, `class_restart`).
    Class,
    /// By name (`start`, `restart`, `exec_start`), or by `enable` of a disabled service.
    Start,
    /// `exec` of the file itself, without a service.
    Exec,
    /// `onrestart` of another service.
    OnRestart,
    /// `setprop ctl.start`.
    Property,
    /// By the service managers, when a client asks for its interface.
    Interface,
    /// By a key chord.
    Keys,
}

/// One thing that starts a service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Starter {
    /// How.
    pub kind: Kind,
    /// The class, the command, the interface: in words.
    pub what: String,
    /// Where it stands.
    pub place: Place,
    /// The trigger of the action it stands in; empty for what is no action.
    pub trigger: String,
    /// Why it cannot happen on this build: a condition on a read-only property that has another value.
    pub never: Option<String>,
}

impl std::fmt::Display for Starter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {}", self.what, self.place)?;
        if !self.trigger.is_empty() {
            write!(f, " on {}", self.trigger)?;
        }
        match &self.never {
            Some(why) => write!(f, " ({why})"),
            None => Ok(()),
        }
    }
}

/// Finds the starters of all services and the runs of all executables.
pub(super) fn connect(init: &mut Init, properties: &Properties) {
    let mut by_class: BTreeMap<String, Vec<Starter>> = BTreeMap::new();
    let mut by_name: BTreeMap<String, Vec<Starter>> = BTreeMap::new();
    let mut by_interface: BTreeMap<String, Vec<Starter>> = BTreeMap::new();
    let mut enabled: BTreeMap<String, Vec<Starter>> = BTreeMap::new();
    let mut runs: BTreeMap<String, Vec<Run>> = BTreeMap::new();
    let mut modes = Vec::new();
    let names = init.names();
    for action in &init.actions {
        let never = never(action, properties);
        for command in &action.commands {
            let expand = |text: &str| properties.expand(text).unwrap_or_else(|_| text.to_owned());
            let starter = |kind: Kind, what: String| Starter {
                kind,
                what,
                place: command.place.clone(),
                trigger: action.trigger.clone(),
                never: never.clone(),
            };
            let argument = command.argument(1).map(expand).unwrap_or_default();
            match command.name() {
                "class_start" | "class_restart" | "class_start_post_data" => {
                    let what = format!("class {argument} started");
                    by_class.entry(argument).or_default().push(starter(Kind::Class, what));
                }
                "start" | "restart" | "exec_start" => {
                    let what = command.name().to_owned();
                    by_name.entry(argument).or_default().push(starter(Kind::Start, what));
                }
                "enable" => {
                    enabled.entry(argument).or_default().push(starter(Kind::Start, "enable".to_owned()));
                }
                "interface_start" | "interface_restart" => {
                    let what = format!("interface {argument} started");
                    by_interface.entry(argument).or_default().push(starter(Kind::Interface, what));
                }
                "setprop" => {
                    let value = command.argument(2).map(expand).unwrap_or_default();
                    if let Some(verb @ ("start" | "restart")) = argument.strip_prefix("ctl.") {
                        let what = format!("setprop ctl.{verb}");
                        by_name.entry(value).or_default().push(starter(Kind::Property, what));
                    }
                }
                "exec" | "exec_background" => {
                    let (user, line) = exec_line(command);
                    let line: Vec<String> = line.iter().map(|word| expand(word)).collect();
                    for path in executed(&line) {
                        let run = Run {
                            service: None,
                            user: user.to_owned(),
                            exec: Some(starter(Kind::Exec, command.name().to_owned())),
                        };
                        runs.entry(path).or_default().push(run);
                    }
                }
                "chmod" => {
                    let path = command.argument(2).map(expand);
                    if let (Ok(mode), Some(path)) = (u32::from_str_radix(&argument, 8), path) {
                        modes.push(ModeChange {
                            path: partition::canonical(&path).into_owned(),
                            mode,
                            place: command.place.clone(),
                            trigger: action.trigger.clone(),
                        });
                    }
                }
                _ => {}
            }
        }
    }
    for entry in &init.services {
        if !entry.counts {
            continue;
        }
        for command in &entry.service.onrestart {
            let target = command.argument(1).unwrap_or_default();
            let starts = matches!(command.name(), "restart" | "start" | "exec_start");
            if starts && target != entry.service.name && names.contains(target) {
                by_name.entry(target.to_owned()).or_default().push(Starter {
                    kind: Kind::OnRestart,
                    what: format!("onrestart of service {}", entry.service.name),
                    place: command.place.clone(),
                    trigger: String::new(),
                    never: None,
                });
            }
        }
    }
    for (at, entry) in init.services.iter_mut().enumerate() {
        let service = &entry.service;
        if entry.counts {
            let mut starters: Vec<Starter> = Vec::new();
            let with_class =
                service.classes.iter().filter_map(|class| by_class.get(class)).flatten().cloned();
            match enabled.get(&service.name) {
                // An enabled service starts when its class is started.
                Some(enabling) if service.disabled => {
                    if with_class.clone().next().is_some() {
                        starters.extend(enabling.iter().cloned());
                    }
                }
                _ if service.disabled => {}
                _ => starters.extend(with_class),
            }
            starters.extend(by_name.get(&service.name).into_iter().flatten().cloned());
            for interface in &service.interfaces {
                // `interface aidl a.b.IC/default`: the command leaves out the first word or not, as releases go.
                let short = interface.split_once(' ').map_or(interface.as_str(), |(_, rest)| rest);
                for name in [interface.as_str(), short] {
                    starters.extend(by_interface.get(name).into_iter().flatten().cloned());
                }
                starters.push(Starter {
                    kind: Kind::Interface,
                    what: format!("on demand of interface {interface}"),
                    place: service.place.clone(),
                    trigger: String::new(),
                    never: None,
                });
            }
            if service.keycodes {
                starters.push(Starter {
                    kind: Kind::Keys,
                    what: "key chord".to_owned(),
                    place: service.place.clone(),
                    trigger: String::new(),
                    never: None,
                });
            }
            entry.starters = starters;
        }
        let command: Vec<String> = service
            .command
            .iter()
            .map(|word| properties.expand(word).unwrap_or_else(|_| word.clone()))
            .collect();
        for path in executed(&command) {
            let run = Run { service: Some(at), user: service.runs_as().to_owned(), exec: None };
            runs.entry(path).or_default().push(run);
        }
    }
    init.runs = runs;
    init.modes = modes;
}

/// `exec [seclabel [user [group…]]] -- command…`; without `--` (Android 5) all words are the command.
fn exec_line(command: &Command) -> (&str, &[String]) {
    let words = command.words.get(1..).unwrap_or_default();
    match words.iter().position(|word| word == "--") {
        Some(at) => {
            let user = words.get(1).filter(|_| at > 1).map_or("root", String::as_str);
            (user, words.get(at.saturating_add(1)..).unwrap_or_default())
        }
        None => ("root", words),
    }
}

/// The files that a command line runs: the executable, and the script or program that a shell or `logwrapper` is given.
fn executed(line: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    let mut words = line.iter();
    while let Some(word) = words.next() {
        if !word.starts_with('/') {
            break;
        }
        let path = partition::canonical(word).into_owned();
        let name = path.rsplit('/').next().unwrap_or_default();
        let runs_another = matches!(name, "sh" | "logwrapper" | "mksh" | "nice" | "timeout");
        if !out.contains(&path) {
            out.push(path.clone());
        }
        if !runs_another {
            break;
        }
        // Options of the wrapper stand before what it runs.
        words = words
            .as_slice()
            .get(words.clone().take_while(|word| word.starts_with('-')).count()..)
            .unwrap_or_default()
            .iter();
    }
    out
}

/// Why the action cannot happen: one of its conditions asks a read-only property for another value than the build gives it.
fn never(action: &Action, properties: &Properties) -> Option<String> {
    action.conditions().find_map(|condition| {
        // Makers add triggers of their own such as `early_property:`.
        let (name, value) = condition.split_once("property:")?.1.split_once('=')?;
        if !name.starts_with("ro.") || value == "*" {
            return None;
        }
        let actual = properties.get(name)?;
        (actual != value).then(|| format!("{name} is {actual}"))
    })
}
