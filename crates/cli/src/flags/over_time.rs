//! Flags of the verbs that look at several builds.

use std::path::PathBuf;

use clap::Args;

/// Help of `overt diff`.
pub const DIFF: &str = "\
Examples:
  overt diff 248bd43f6ee6 9c01d2aa7310
  overt diff old.json new.json --json | jq '.rows[] | select(.change == \"gone\")'
  overt diff 248b:com.example.updater 9c01:com.other.fota      two packages, row by row

A thing is gone only where it was looked for: its package was read to the end, or a listing
of the build lacks it. Otherwise it is unknown, with the reason. Where the two records were
made by different engines or catalogues, what only one of them can know is marked; --rescan
scans the inputs again where they lie, and compares those.

Exit code 1 says that something changed, 4 that nothing is known to have changed and
something could not be decided.";

/// Flags of `overt diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// What it was: a build, or BUILD:PACKAGE
    #[arg(value_name = "A")]
    pub a: String,
    /// What it is
    #[arg(value_name = "B")]
    pub b: String,
    /// Where the two records were not made alike, scan both inputs again (where the store knows them to lie)
    #[arg(long)]
    pub rescan: bool,
}

/// Help of `overt history`.
pub const HISTORY: &str = "\
Examples:
  overt history 'Example One'
  overt history 'example_*' --json

DEVICE is a model or device name as the builds give it; * and ? may stand in it. Of each
build the latest scan counts.";

/// Flags of `overt history`.
#[derive(Debug, Args)]
pub struct History {
    /// Model or device
    #[arg(value_name = "DEVICE")]
    pub device: String,
}

/// Help of `overt find`.
pub const FIND: &str = "\
Examples:
  overt find --behaviour 'remote-control/*' --package 'com.example.*'
  overt find --host fota.example.com
  overt find --code 248b:com.example.updater      the same code, also under other names
  overt find --code 9f86d081                      a DEX by its digest
  overt find --signer a40da80a --json

Searches all stored builds. Several flags must all hold.";

/// Flags of `overt find`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
pub struct Find {
    /// Packages with such a behaviour (`*` and `?`)
    #[arg(long, value_name = "GLOB", group = "what")]
    pub behaviour: Option<String>,
    /// Packages whose findings name that host (`*` and `?`)
    #[arg(long, value_name = "GLOB", group = "what")]
    pub host: Option<String>,
    /// Packages that are called so (`*` and `?`)
    #[arg(long, value_name = "GLOB", group = "what")]
    pub package: Option<String>,
    /// Packages signed with that certificate: its digest or the beginning of it
    #[arg(long, value_name = "SHA256", group = "what")]
    pub signer: Option<String>,
    /// Packages with the same code: BUILD:PACKAGE, or the digest of a DEX or the beginning of it
    #[arg(long, value_name = "CODE", group = "what")]
    pub code: Option<String>,
    /// Packages in whose code that key stands
    #[arg(long, value_name = "KEY", group = "what")]
    pub key: Option<String>,
}

/// Help of `overt watch`.
pub const WATCH: &str = "\
Examples:
  overt watch /srv/builds                   waits for new builds in a folder
  overt watch /srv/builds --once            looks once, for cron and CI
  overt watch --device 'Example One' --once     the last two stored builds of a device

A new build is scanned, kept, and compared with the last stored one of its device. The
notice is text or JSON; with --once the exit code is 1 when something changed.";

/// Flags of `overt watch`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("watched").required(true))]
pub struct Watch {
    /// Where builds are dropped
    #[arg(value_name = "FOLDER", group = "watched")]
    pub folder: Option<PathBuf>,
    /// Instead, the last two stored builds of a model or device
    #[arg(long, value_name = "NAME", group = "watched")]
    pub device: Option<String>,
    /// Look once and end
    #[arg(long)]
    pub once: bool,
    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub every: u64,
}
