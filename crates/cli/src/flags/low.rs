//! What was typed.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use overt_record::{Depth, Severity, Theme};

use super::claims::{self, Claims};
use super::judgement::{self, Bundle, Gate, Key, Policy, Verify, Waiver};
use super::over_time::{self, Diff, Find, History, Watch};

const DEPTHS: [(&str, Depth); 4] = [
    ("inventory", Depth::Inventory),
    ("capability", Depth::Capability),
    ("flow", Depth::Flow),
    ("full", Depth::Full),
];

const EXIT_CODES: &str = "\
Exit codes, for every verb:
  0  done; nothing at or above --fail-on
  1  findings at or above --fail-on, among what was asked for
  2  wrong use
  3  input unreadable
  4  finished with nothing for code 1, but parts of the build could not be looked at
  5  Overt's own failure
Results are complete in all of 0, 1 and 4.";

const TOP: &str = "\
Examples:
  overt scan system.img                     what is in a firmware image, and what it can do
  overt scan dump/ --json --out phone.json  a folder; the record, for programs and archives
  overt report BUILD --format html --out r.html   a page for a browser; also label, markdown
  overt packages BUILD --privileged         packages with their signers and rights
  overt findings BUILD --severity high      the worst findings, app by app
  overt explain 899cda64                    the code behind one finding

BUILD is the fingerprint of a scanned build, the beginning of its record's digest, or the
path of a record file.";

/// Opens Android firmware builds and says, with evidence, what pre-installed apps can do and where data goes.
#[derive(Debug, Parser)]
#[command(name = "overt", version, after_help = format!("{TOP}\n\n{EXIT_CODES}"))]
#[command(propagate_version = true, subcommand_required = true, arg_required_else_help = true)]
pub struct Low {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// Flags of every verb.
    #[command(flatten)]
    pub global: Global,
}

/// A verb with its own flags.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Open a firmware build (or one app) and report what is in it
    #[command(after_help = SCAN)]
    Scan(Scan),
    /// Report on a build that was scanned before: as text, as a page, as a label in plain words
    #[command(after_help = REPORT)]
    Report(Report),
    /// List the packages of a build with their signers, rights and components
    #[command(after_help = PACKAGES)]
    Packages(Packages),
    /// List the findings of a build
    #[command(after_help = FINDINGS)]
    Findings(Findings),
    /// Follow data inside apps and from one to another: one flow from a source to a sink a line
    #[command(after_help = FLOWS)]
    Flows(Flows),
    /// List the strings of apps, also those that code builds, decodes or deciphers
    #[command(after_help = STRINGS)]
    Strings(Strings),
    /// Show one finding in full, with the instructions around each piece of its evidence
    #[command(after_help = EXPLAIN)]
    Explain(Explain),
    /// Say what changed from one build to another, or between two packages
    #[command(after_help = over_time::DIFF)]
    Diff(Diff),
    /// Draw the line of each behaviour over all stored builds of a device
    #[command(after_help = over_time::HISTORY)]
    History(History),
    /// Find where else a behaviour, host, package, signer, code or key occurs
    #[command(after_help = over_time::FIND)]
    Find(Find),
    /// Scan and compare builds as they come
    #[command(after_help = over_time::WATCH)]
    Watch(Watch),
    /// Hold public statements of a vendor against builds: upheld, contradicted, not decidable
    #[command(subcommand, after_help = claims::HELP)]
    Claims(Claims),
    /// Judge a build by a policy: allow, hold, suspend, reinstate, incomplete
    #[command(after_help = judgement::GATE)]
    Gate(Gate),
    /// Test a policy, or print the default one
    #[command(subcommand, after_help = judgement::POLICY)]
    Policy(Policy),
    /// Sign exceptions to a policy
    #[command(subcommand, after_help = judgement::WAIVER)]
    Waiver(Waiver),
    /// Make keys to sign with
    #[command(subcommand, after_help = judgement::KEY)]
    Key(Key),
    /// Pack a build's record, decision and policy into a signed bundle, or withhold parts of one
    #[command(subcommand, after_help = judgement::BUNDLE)]
    Bundle(Bundle),
    /// Check a bundle: signatures, parts, digests, and that the policy decides the same again
    #[command(after_help = judgement::VERIFY)]
    Verify(Verify),
}

const SCAN: &str = "\
PATH may be an APK or a bundle of APKs, a folder (an unpacked tree, where a listing such as
all_files.txt tells what is missing; or a folder of images), a zip or tape archive (also
.tar.md5), an OTA package or its payload.bin, an image (raw or sparse; ext4, EROFS, F2FS,
squashfs; super, boot), files packed with gz, bz2, xz, zst, lz4 or br, and any nesting of
these (docs/formats.md). Nothing is executed, mounted or unpacked to disk.

Examples:
  overt scan phone.zip
  overt scan system.img --depth inventory
  overt scan app.apk --no-store --format jsonl | jq .title
  overt scan dump/ --json --out record.json --fail-on medium
  overt scan phone.zip --format html --out report.html
  overt scan update.zip --source phone.zip
  overt scan downloads/ --each

A folder is one build; with --each every file in it is one.

The record is kept in the store, so that report, packages, findings and explain need no
second scan. What was found out about each package is kept there, too (512 MB at most): the
same package in the same surroundings costs next to nothing in the next scan, of this build
or another.";

const REPORT: &str = "\
Forms (--format):
  text      what scan prints
  label     plain sentences for the owner: what is sent to whom, who can command it, what any
            app can make it do, what sleeps, what could not be looked at
  html      the label, every finding with its evidence, servers, packages: one page that loads
            nothing from anywhere and runs no script; for screens of any size, and for paper
  markdown  the same, for issues and wikis
  json      the record; jsonl: a finding a line

Examples:
  overt report 248bd43f6ee6 --format label
  overt report 248bd43f6ee6 --format html --out report.html
  overt report record.json --format markdown --out report.md

Nothing is scanned again: the report is made of the record.";

const PACKAGES: &str = "\
Examples:
  overt packages 248bd43f6ee6
  overt packages record.json --privileged
  overt packages 248bd43f6ee6 --package 'com.example.*' --json";

const FINDINGS: &str = "\
Examples:
  overt findings 248bd43f6ee6 --severity medium
  overt findings record.json --package com.example.sync --theme remote-control
  overt findings 248bd43f6ee6 --behaviour 'privacy/*' --format jsonl";

const EXPLAIN: &str = "\
Examples:
  overt explain 899cda64d97a93ee
  overt explain 899c --build 248bd43f6ee6
  overt explain 899cda64 --build record.json --input phone.zip

Without --build the latest scan that has the finding is taken. The input is opened again
where it lay when it was scanned, or at --input; if it is not the same, that is said.";

const FLOWS: &str = "\
Examples:
  overt flows app.apk
  overt flows a.apk b.apk --format jsonl
  overt flows app.apk --definitions sources-and-sinks.txt --implicit

A definitions file has one method a line, `<class: type name(types)> -> _SOURCE_` (or
_SINK_, _BOTH_), with % for comments. It replaces the catalogue's sources and sinks; what
library methods do with data stays known.";

const STRINGS: &str = "\
Examples:
  overt strings app.apk --hidden
  overt strings firmware/ --hidden --format jsonl
  overt strings firmware/ --sinks

The apps' own decoders are run in a sandbox: nothing outside the app is read, asked or
written. What only a device would know stands as a name in ‹ ›. A string that went through
a cipher is shown with algorithm, mode, key and initialisation vector.";

/// Flags of `overt scan`.
#[derive(Debug, Args)]
pub struct Scan {
    /// What to open
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// Take every file of the folder for an input of its own: a report each and one summary; a broken one stops none
    /// of the others
    #[arg(long)]
    pub each: bool,
    /// The build that an incremental update starts from: its package, its images, or a folder of these
    #[arg(long, value_name = "PATH")]
    pub source: Option<PathBuf>,
    /// Work everything out anew: neither take from the store what earlier scans found out, nor keep it there for later
    /// ones (also so with --no-store; the record is the same either way)
    #[arg(long)]
    pub no_cache: bool,
}

/// Flags of `overt report`.
#[derive(Debug, Args)]
pub struct Report {
    /// The build
    #[arg(value_name = "BUILD")]
    pub build: String,
}

/// Flags of `overt packages`.
#[derive(Debug, Args)]
pub struct Packages {
    /// The build
    #[arg(value_name = "BUILD")]
    pub build: String,
    /// Only packages in a priv-app folder
    #[arg(long)]
    pub privileged: bool,
    /// Only packages whose name or path matches (`*` and `?`)
    #[arg(long, value_name = "GLOB")]
    pub package: Option<String>,
}

/// Flags of `overt findings`.
#[derive(Debug, Args)]
pub struct Findings {
    /// The build
    #[arg(value_name = "BUILD")]
    pub build: String,
    /// Only findings of this severity and above
    #[arg(long, value_name = "SEVERITY", value_parser = severity())]
    pub severity: Option<Severity>,
    /// Only findings of packages whose name or path matches (`*` and `?`)
    #[arg(long, value_name = "GLOB")]
    pub package: Option<String>,
    /// Only findings whose behaviour matches (`*` and `?`)
    #[arg(long, value_name = "GLOB")]
    pub behaviour: Option<String>,
    /// Only findings of this theme
    #[arg(long, value_name = "THEME", value_parser = theme())]
    pub theme: Option<Theme>,
}

/// Flags of `overt flows`.
#[derive(Debug, Args)]
pub struct Flows {
    /// Apps, or what contains them
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Sources and sinks instead of the catalogue's
    #[arg(long, value_name = "FILE")]
    pub definitions: Option<PathBuf>,
    /// Also follow what the way of control tells
    #[arg(long)]
    pub implicit: bool,
    /// Also follow what servers, messages and other apps tell to commands, installs and other effects
    #[arg(long, conflicts_with = "definitions")]
    pub orders: bool,
    /// Instead of flows, the library methods without a model that they pass, by frequency
    #[arg(long)]
    pub unmodelled: bool,
}

/// Flags of `overt strings`.
#[derive(Debug, Args)]
pub struct Strings {
    /// Apps, or what contains them
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Leave out what stands literally in a string table
    #[arg(long)]
    pub hidden: bool,
    /// Show those of no known use, too, in text
    #[arg(long)]
    pub all: bool,
    /// List the calls that connect to a network instead, with the hosts they may reach, or why none is known
    #[arg(long, conflicts_with_all = ["hidden", "all"])]
    pub sinks: bool,
}

/// Flags of `overt explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The finding's id, or its beginning
    #[arg(value_name = "FINDING")]
    pub finding: String,
    /// The build it is in
    #[arg(long, value_name = "BUILD")]
    pub build: Option<String>,
    /// Where the input lies now
    #[arg(long, value_name = "PATH")]
    pub input: Option<PathBuf>,
}

/// Flags of every verb.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every verb")]
pub struct Global {
    /// Form of the result: text, json, jsonl; of a whole build also html, label, markdown
    #[arg(long, global = true, value_name = "FORMAT", conflicts_with = "json")]
    pub format: Option<String>,
    /// Short for --format json
    #[arg(long, global = true)]
    pub json: bool,
    /// Write the result to a file instead of standard output
    #[arg(long, global = true, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The store of records [default: overt/store.sqlite in the user's data folder]
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "no_store")]
    pub store: Option<PathBuf>,
    /// Neither keep nor look up records in a store
    #[arg(long, global = true)]
    pub no_store: bool,
    /// Threads [default: all processors]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// How deep a scan looks
    #[arg(long, global = true, value_name = "DEPTH", default_value = "full", value_parser = depth())]
    pub depth: Depth,
    /// From which severity on findings make the exit code 1
    #[arg(long, global = true, value_name = "SEVERITY", default_value = "high", value_parser = severity())]
    pub fail_on: Severity,
}

fn severity() -> impl TypedValueParser<Value = Severity> {
    PossibleValuesParser::new(Severity::ALL.iter().map(|severity| severity.as_str()))
        .try_map(|text| Severity::parse(&text).ok_or("not a severity"))
}

fn theme() -> impl TypedValueParser<Value = Theme> {
    PossibleValuesParser::new(Theme::ALL.iter().map(|theme| theme.as_str()))
        .try_map(|text| Theme::parse(&text).ok_or("not a theme"))
}

fn depth() -> impl TypedValueParser<Value = Depth> {
    PossibleValuesParser::new(DEPTHS.iter().map(|(name, _)| *name)).try_map(|text| {
        DEPTHS.iter().find(|(name, _)| *name == text).map(|(_, depth)| *depth).ok_or("not a depth")
    })
}

/// Reads arguments.
///
/// # Errors
/// Wrong use; also help and version, which are no errors (see [`clap::Error::use_stderr`]).
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Low, clap::Error> {
    Low::try_parse_from(arguments)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_flags_are_consistent() {
        Low::command().debug_assert();
    }

    #[test]
    fn help_is_worth_reading() {
        let mut command = Low::command();
        let top = command.render_long_help().to_string();
        for line in ["Examples:", "Exit codes", "4  finished", "--fail-on", "BUILD is"] {
            assert!(top.contains(line), "{line}\n{top}");
        }
        for verb in command.get_subcommands_mut().filter(|verb| verb.get_name() != "help") {
            let help = verb.render_help().to_string();
            assert!(help.contains("Examples:"), "{help}");
        }
    }
}
