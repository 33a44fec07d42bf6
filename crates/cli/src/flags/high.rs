//! What the flags mean here and now: every default filled in, every contradiction refused, before any work.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;

use overt_base::Limits;
use overt_pipeline::ScanOptions;
use overt_record::Severity;
use overt_report::{Kind, Output, Style};

use super::claims::Claims;
use super::judgement::Policy;
use super::low::{Low, Verb};
use crate::exit::Failure;
use crate::sink::Sink;

/// What surrounds the process and flags do not say.
pub struct Surroundings {
    /// Reads the environment.
    pub variable: fn(&str) -> Option<OsString>,
    /// Columns of the terminal that standard output is; `None` where it is none.
    pub terminal: Option<usize>,
    /// Processors.
    pub processors: usize,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Surroundings {
        let columns = || terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
        Surroundings {
            variable: |name| std::env::var_os(name),
            terminal: std::io::stdout().is_terminal().then(columns),
            processors: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        }
    }

    /// Colours are wanted unless `NO_COLOR` is set and not empty (no-color.org), or the terminal is a dumb one.
    fn colour(&self) -> bool {
        let no_color = (self.variable)("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = (self.variable)("TERM").is_some_and(|value| value == "dumb");
        !no_color && !dumb
    }
}

/// Where records are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorePlace {
    /// In this file.
    At(PathBuf),
    /// `--no-store`.
    Unwanted,
    /// Nobody said, and there is no data folder.
    Unknown,
}

/// What is meant.
pub struct High {
    /// The verb with its own flags.
    pub verb: Verb,
    /// How results look.
    pub output: &'static Output,
    /// How text is laid out.
    pub style: Style,
    /// Where results go.
    pub sink: Sink,
    /// Where records are kept.
    pub store: StorePlace,
    /// How to scan.
    pub scan: ScanOptions,
    /// From which severity on findings make the exit code 1.
    pub fail_on: Severity,
}

impl High {
    /// Resolves what was typed.
    ///
    /// # Errors
    /// Wrong use that only the whole shows.
    pub fn resolve(low: Low, surroundings: &Surroundings) -> Result<High, Failure> {
        let Low { verb, global } = low;
        let kind = match &verb {
            Verb::Scan(_) | Verb::Report(_) => Kind::Whole,
            Verb::Packages(_) => Kind::Packages,
            Verb::Findings(_) => Kind::Findings,
            Verb::Explain(_) => Kind::Explanation,
            Verb::Flows(_) => Kind::Flows,
            Verb::Strings(_) => Kind::Strings,
            Verb::Diff(_) | Verb::Watch(_) => Kind::Diff,
            Verb::History(_) => Kind::History,
            Verb::Find(_) => Kind::Matches,
            Verb::Claims(Claims::Check(_)) => Kind::Claims,
            Verb::Claims(Claims::Start(_)) => Kind::Draft,
            Verb::Gate(_) => Kind::Decision,
            Verb::Policy(Policy::Test(_)) => Kind::PolicyTests,
            Verb::Policy(Policy::Show) | Verb::Waiver(_) | Verb::Key(_) | Verb::Bundle(_) => Kind::Draft,
            Verb::Verify(_) => Kind::Verification,
        };
        let name = if global.json { "json" } else { global.format.as_deref().unwrap_or("text") };
        let output =
            overt_report::output(name).filter(|output| output.kinds.contains(&kind)).ok_or_else(|| {
                let known = overt_report::names_for(kind).join(", ");
                Failure::wrong_use(format!("--format {name} is not a form of this verb. It has: {known}"))
            })?;
        let sink = global.out.map_or(Sink::Stdout, Sink::File);
        sink.check()?;
        let style = match (&sink, surroundings.terminal) {
            (Sink::Stdout, Some(columns)) => Style::terminal(columns, surroundings.colour()),
            _ => Style::PLAIN,
        };
        let store = match (global.store, global.no_store) {
            (Some(path), _) => StorePlace::At(path),
            (None, true) => StorePlace::Unwanted,
            (None, false) => {
                overt_store::default_path(surroundings.variable).map_or(StorePlace::Unknown, StorePlace::At)
            }
        };
        Ok(High {
            verb,
            output,
            style,
            sink,
            store,
            scan: ScanOptions {
                depth: global.depth,
                jobs: global.jobs.map_or(surroundings.processors, usize::from),
                limits: Limits::default(),
                source: None,
            },
            fail_on: global.fail_on,
        })
    }
}

#[cfg(test)]
mod tests {
    use overt_record::Depth;

    use super::super::low::parse;
    use super::*;
    use crate::exit::Code;

    fn surroundings(terminal: Option<usize>) -> Surroundings {
        Surroundings { variable: |name| (name == "HOME").then(|| "/home/a".into()), terminal, processors: 3 }
    }

    fn resolved(arguments: &str, surroundings: &Surroundings) -> Result<High, Failure> {
        let arguments = std::iter::once("overt").chain(arguments.split(' ')).map(OsString::from);
        High::resolve(parse(arguments).map_err(Failure::wrong_use)?, surroundings)
    }

    #[test]
    fn defaults() {
        let high = resolved("scan x", &surroundings(None)).expect("right use");
        assert_eq!(high.output.name, "text");
        assert_eq!(high.style, Style::PLAIN);
        assert_eq!(high.sink, Sink::Stdout);
        assert_eq!(high.store, StorePlace::At("/home/a/.local/share/overt/store.sqlite".into()));
        assert_eq!((high.scan.depth, high.scan.jobs), (Depth::Full, 3));
        assert_eq!(high.fail_on, Severity::High);
    }

    #[test]
    fn everything_said() {
        let arguments = "scan x --json --store s --jobs 1 --depth inventory --fail-on low --out o";
        let high = resolved(arguments, &surroundings(Some(90))).expect("right use");
        assert_eq!(high.output.name, "json");
        assert_eq!(high.sink, Sink::File("o".into()));
        assert_eq!(high.style, Style::PLAIN, "files do not depend on the terminal");
        assert_eq!(high.store, StorePlace::At("s".into()));
        assert_eq!((high.scan.depth, high.scan.jobs), (Depth::Inventory, 1));
        assert_eq!(high.fail_on, Severity::Low);
        let high = resolved("--no-store scan x", &surroundings(None)).expect("before the verb as well");
        assert_eq!(high.store, StorePlace::Unwanted);
    }

    #[test]
    fn colours_only_on_terminals_that_want_them() {
        let high = resolved("scan x", &surroundings(Some(90))).expect("right use");
        assert_eq!(high.style, Style { width: 90, colour: true });
        for variable in
            [(|name| (name == "NO_COLOR").then(|| "1".into())) as fn(&str) -> Option<OsString>, |name| {
                (name == "TERM").then(|| "dumb".into())
            }]
        {
            let surroundings = Surroundings { variable, terminal: Some(90), processors: 1 };
            assert!(!resolved("scan x", &surroundings).expect("right use").style.colour);
        }
        let empty = Surroundings {
            variable: |name| (name == "NO_COLOR").then(OsString::new),
            terminal: Some(90),
            processors: 1,
        };
        let high = resolved("scan x", &empty).expect("right use");
        assert!(high.style.colour);
        assert_eq!(high.store, StorePlace::Unknown);
    }

    #[test]
    fn wrong_use() {
        for (arguments, says) in [
            ("scan x --format pdf", "It has: html, json, jsonl, label, markdown, text"),
            ("findings x --format html", "It has: json, jsonl, text"),
            ("explain x --format jsonl", "It has: json, text"),
            ("scan x --json --format text", "cannot be used with"),
            ("scan x --store a --no-store", "cannot be used with"),
            ("scan x --out /nonexistent/folder/f", "its folder does not exist"),
            ("scan x --out /", "it is a folder"),
            ("scan x --jobs 0", "--jobs"),
            ("scan x --depth deep", "inventory, capability, flow, full"),
            ("scan x --fail-on severe", "info, low, medium, high, critical"),
            ("findings x --theme spying", "remote-control"),
            ("scan", "PATH"),
            ("look x", "look"),
        ] {
            let failure = resolved(arguments, &surroundings(None)).err().expect(arguments);
            assert_eq!(failure.code, Code::WrongUse, "{arguments}");
            assert!(failure.text.contains(says), "{arguments}: {}", failure.text);
        }
    }
}
