//! Android's init: which services there are and what starts each executable.
//!
//! The answer "no starter found" speaks of init only: an app or another daemon may still run the file.

mod import;
mod lexer;
mod section;
mod start;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use overt_base::Cx;

use crate::file::Files;
use crate::partition;
use crate::properties::Properties;

pub use import::{Reading, is_script};
pub use section::{Action, Command, Place, Service, Socket};
pub use start::{Kind, Starter};

/// A script and how it is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptFile {
    /// Its path on the device.
    pub path: Arc<str>,
    /// Why init reads it, or that it does not.
    pub reading: Reading,
    /// Lines that belong to no section and services without a command: init passes over them, too.
    pub ignored: u32,
}

/// A service with what starts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartedService {
    /// The section.
    pub service: Service,
    /// Whether init takes the section: it is read at a normal boot and no other of the same name goes before it.
    pub counts: bool,
    /// What starts it, in the order of reading; only places that init reads. Empty: no starter found.
    pub starters: Vec<Starter>,
}

/// One way in which an executable is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The service, by its position in [`Init::services`]; `None` for an `exec` command.
    pub service: Option<usize>,
    /// The user, as the script names it.
    pub user: String,
    /// The `exec` command, for a run without a service.
    pub exec: Option<Starter>,
}

/// A `chmod` of a script: the mode a file gets at boot, whatever the image says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModeChange {
    /// The file.
    pub path: String,
    /// Permission bits.
    pub mode: u32,
    /// Where the command stands.
    pub place: Place,
    /// The action's trigger.
    pub trigger: String,
}

/// Everything the scripts of a build say.
#[derive(Clone, Debug, Default)]
pub struct Init {
    /// All scripts, in the order of reading; those not read at a normal boot last.
    pub scripts: Vec<ScriptFile>,
    /// All services of all scripts, in the same order.
    pub services: Vec<StartedService>,
    /// All actions of the scripts that are read.
    pub actions: Vec<Action>,
    /// `chmod` commands of the actions that are read.
    pub modes: Vec<ModeChange>,
    /// Executables (canonical paths) and how they are run.
    runs: BTreeMap<String, Vec<Run>>,
}

/// Reads all init scripts among `files`.
#[must_use]
pub fn read(files: &Files<'_>, properties: &Properties, cx: &Cx<'_>) -> Init {
    let mut init = Init::default();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for read in import::read(files, properties, cx) {
        let counted = read.reading.is_read();
        init.scripts.push(ScriptFile {
            path: read.path,
            reading: read.reading,
            ignored: read.script.ignored,
        });
        for service in read.script.services {
            let mut counts = counted;
            if counted {
                let place = init.services.len();
                match seen.get(&service.name).copied() {
                    // `override` replaces; any other second section of the name is ignored.
                    Some(earlier) if service.replaces => {
                        if let Some(earlier) = init.services.get_mut(earlier) {
                            earlier.counts = false;
                        }
                        seen.insert(service.name.clone(), place);
                    }
                    Some(_) => counts = false,
                    None => {
                        seen.insert(service.name.clone(), place);
                    }
                }
            }
            init.services.push(StartedService { service, counts, starters: Vec::new() });
        }
        if counted {
            init.actions.extend(read.script.actions);
        }
    }
    start::connect(&mut init, properties);
    init
}

impl Init {
    /// How the executable at `path` is run; empty when init does not name it.
    #[must_use]
    pub fn runs(&self, path: &str) -> &[Run] {
        self.runs.get(partition::canonical(path).as_ref()).map_or(&[], Vec::as_slice)
    }

    /// All executables that init names, with how they are run, in order of path.
    pub fn executables(&self) -> impl Iterator<Item = (&str, &[Run])> {
        self.runs.iter().map(|(path, runs)| (path.as_str(), runs.as_slice()))
    }

    /// The user that the executable at `path` runs as, if init runs it at all. Of several the one whose service has a starter goes first.
    #[must_use]
    pub fn user(&self, path: &str) -> Option<&str> {
        self.ordered(path).first().map(|run| run.user.as_str())
    }

    /// What starts the executable at `path`, in words, each service and `exec` with its file and line; `None` when no script names it.
    #[must_use]
    pub fn started_by(&self, path: &str) -> Option<String> {
        const NAMED: usize = 4;
        let runs = self.ordered(path);
        if runs.is_empty() {
            return None;
        }
        let mut parts: Vec<String> = Vec::new();
        for run in &runs {
            let part = self.describe(run);
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        let more = parts.len().saturating_sub(NAMED);
        parts.truncate(NAMED);
        let mut text = parts.join("; ");
        if more > 0 {
            text.push_str(&format!("; and {more} more"));
        }
        Some(text)
    }

    /// The mode that scripts give to the file at `path`: the last `chmod`, if there is one.
    #[must_use]
    pub fn mode(&self, path: &str) -> Option<&ModeChange> {
        let canonical = partition::canonical(path);
        self.modes.iter().rev().find(|change| change.path == canonical)
    }

    /// Whether a run is part of a normal boot's scripts (started or not).
    #[must_use]
    pub fn happens(&self, run: &Run) -> bool {
        run.service.is_none_or(|at| self.services.get(at).is_some_and(|entry| entry.counts))
    }

    /// Runs that happen first, then runs without a starter, then those of scripts that are not read.
    fn ordered(&self, path: &str) -> Vec<&Run> {
        let mut runs: Vec<&Run> = self.runs(path).iter().collect();
        runs.sort_by_key(|run| match run.service.and_then(|at| self.services.get(at)) {
            Some(service) if !service.counts => 2,
            Some(service) if service.starters.iter().all(|starter| starter.never.is_some()) => 1,
            Some(_) | None => 0,
        });
        runs
    }

    fn describe(&self, run: &Run) -> String {
        const STARTERS: usize = 2;
        let Some(entry) = run.service.and_then(|at| self.services.get(at)) else {
            return run.exec.as_ref().map_or_else(|| "exec".to_owned(), Starter::to_string);
        };
        let service = &entry.service;
        let mut text = format!("service {} ({})", service.name, service.place);
        if !entry.counts {
            let read = self
                .scripts
                .iter()
                .any(|script| script.path == service.place.file && script.reading.is_read());
            text.push_str(if read {
                ": ignored, another section has the name"
            } else {
                ": in a script that a normal boot does not read"
            });
            return text;
        }
        let possible: Vec<String> =
            entry.starters.iter().filter(|starter| starter.never.is_none()).map(Starter::to_string).collect();
        if possible.is_empty() {
            if service.disabled {
                text.push_str(", disabled");
            }
            text.push_str(": no starter found");
            if let Some(starter) = entry.starters.first() {
                text.push_str(&format!(" (never: {starter})"));
            }
            return text;
        }
        text.push_str(": ");
        let shown: Vec<String> = possible.iter().take(STARTERS).cloned().collect();
        text.push_str(&shown.join(", "));
        let more = possible.len().saturating_sub(shown.len());
        if more > 0 {
            text.push_str(&format!(" and {more} more"));
        }
        text
    }

    /// Names of services that count.
    fn names(&self) -> BTreeSet<&str> {
        self.services.iter().filter(|entry| entry.counts).map(|entry| entry.service.name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests;
