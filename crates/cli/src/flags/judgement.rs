//! Flags of `overt gate`, `overt policy`, `overt waiver`, `overt key`, `overt bundle`, `overt verify`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

pub(super) const GATE: &str = "\
Examples:
  overt gate 248bd43f6ee6
  overt gate 248bd43f6ee6 --policy ours.rego --json
  overt gate after.json --against before.json --state suspended
  overt gate 248bd43f6ee6 --waivers waivers.json --trust lab.pub --claims said.toml

Without --policy the default one decides (`overt policy show`). Exit code 0: allow or
reinstate; 1: hold or suspend; 4: incomplete. What was not wholly looked at is never allowed.";

pub(super) const POLICY: &str = "\
Examples:
  overt policy show --out ours.rego
  overt policy test ours.rego ours_test.rego
  overt policy test                       # the default policy's own tests";

pub(super) const WAIVER: &str = "\
Examples:
  overt waiver sign waivers.toml --key lab.key --out waivers.json

A file of waivers has one [[waiver]] each: id, owner, reason, issued, expires, and what it is
for: finding, or behaviour and package; brand, model, fingerprint narrow it.";

pub(super) const KEY: &str = "\
Examples:
  overt key new lab.key --name 'Example lab'     # writes lab.key (keep it secret) and lab.pub";

pub(super) const BUNDLE: &str = "\
Examples:
  overt bundle make 248bd43f6ee6 --key lab.key --out evidence.json
  overt bundle make new.json --against old.json --policy ours.rego --key lab.key --out e.json
  overt bundle redact evidence.json --part 'package/*' --part 'finding/*/899cda64d97a93ee' --out public.json

Withholding needs no key, and what remains verifies as before.";

pub(super) const VERIFY: &str = "\
Examples:
  overt verify evidence.json --trust lab.pub
  overt verify evidence.json --trust lab.pub --input phone.zip       # re-derives what is cited
  overt verify evidence.json --trust lab.pub --build FINGERPRINT --not-before 2026-11-01

Exit code 1 when it is refused. Nothing is analysed again without --input.";

/// Flags of `overt gate`.
#[derive(Debug, Args)]
pub struct Gate {
    /// The build
    #[arg(value_name = "BUILD")]
    pub build: String,
    /// The policy, one or more files of Rego [default: the one Overt brings along]
    #[arg(long, value_name = "FILE")]
    pub policy: Vec<PathBuf>,
    /// An earlier build to compare with
    #[arg(long, value_name = "BUILD")]
    pub against: Option<String>,
    /// Statements of the vendor to hold against the build (and the earlier one)
    #[arg(long, value_name = "FILE")]
    pub claims: Option<PathBuf>,
    /// Waivers, signed
    #[arg(long, value_name = "FILE", requires = "trust")]
    pub waivers: Option<PathBuf>,
    /// A public key whose signature counts (may be given several times)
    #[arg(long, value_name = "FILE")]
    pub trust: Vec<PathBuf>,
    /// How the listing stands: listed, on-hold, suspended, reinstated, withdrawn
    #[arg(long, value_name = "STATE", default_value = "listed")]
    pub state: String,
    /// The day of the decision, to repeat an old one [default: today]
    #[arg(long, value_name = "DAY")]
    pub today: Option<String>,
}

/// What to do with policies.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Run the tests of a policy; exit code 1 when one fails
    Test(PolicyTest),
    /// Print the default policy, to start from
    Show,
}

/// Flags of `overt policy test`.
#[derive(Debug, Args)]
pub struct PolicyTest {
    /// Files of Rego: the policy and its tests [default: those that Overt brings along]
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// What to do with waivers.
#[derive(Debug, Subcommand)]
pub enum Waiver {
    /// Sign a file of waivers, so that the gate accepts it
    Sign(WaiverSign),
}

/// Flags of `overt waiver sign`.
#[derive(Debug, Args)]
pub struct WaiverSign {
    /// The waivers, as TOML
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The key to sign with (may be given several times)
    #[arg(long, value_name = "FILE", required = true)]
    pub key: Vec<PathBuf>,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Make a key: FILE is the secret, FILE with the ending .pub what others trust
    New(KeyNew),
}

/// Flags of `overt key new`.
#[derive(Debug, Args)]
pub struct KeyNew {
    /// Where the secret goes; it must not be there yet
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Who signs with it
    #[arg(long, value_name = "NAME", default_value = "")]
    pub name: String,
}

/// What to do with bundles.
#[derive(Debug, Subcommand)]
pub enum Bundle {
    /// Decide on a build and pack what the decision rests on
    Make(BundleMake),
    /// Withhold parts of a bundle
    Redact(BundleRedact),
}

/// Flags of `overt bundle make`.
#[derive(Debug, Args)]
pub struct BundleMake {
    /// The case
    #[command(flatten)]
    pub gate: Gate,
    /// The key to sign with (may be given several times)
    #[arg(long, value_name = "FILE", required = true)]
    pub key: Vec<PathBuf>,
    /// The last day to rely on the decision [default: a year from the decision]
    #[arg(long, value_name = "DAY")]
    pub expires: Option<String>,
}

/// Flags of `overt bundle redact`.
#[derive(Debug, Args)]
pub struct BundleRedact {
    /// The bundle
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Parts to withhold, by name (`*` and `?`): record, package/N, finding/N/ID, dead/N/ID, decision, policy/N, claims, diff, waivers
    #[arg(long, value_name = "GLOB", required = true)]
    pub part: Vec<String>,
}

/// Flags of `overt verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// The bundle
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// A public key whose signature counts (may be given several times)
    #[arg(long, value_name = "FILE", required = true)]
    pub trust: Vec<PathBuf>,
    /// The image it is about: each cited instruction is looked up again
    #[arg(long, value_name = "PATH")]
    pub input: Option<PathBuf>,
    /// What it must be about: a fingerprint, or the beginning of a record's digest
    #[arg(long, value_name = "BUILD")]
    pub build: Option<String>,
    /// The day on which the decision is to be relied on [default: today]
    #[arg(long, value_name = "DAY")]
    pub as_of: Option<String>,
    /// Refuse decisions made before that day: they are known to be replaced
    #[arg(long, value_name = "DAY")]
    pub not_before: Option<String>,
}
