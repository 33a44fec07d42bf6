//! A fuzz target per parser entry: one file each under `targets/`, one line each in [`TARGETS`].
//!
//! *Invariants*: a target only reads its bytes; whatever they are, it ends without panic within the limits it states.
//! `cargo xtask fuzz` builds and runs them; see `docs/fuzzing.md` for the log.

#![forbid(unsafe_code)]

pub mod targets;

use overt_base::{Cancel, Cx, Limits, Problems, progress::Silent};

/// One entry into the product that hostile bytes can reach.
#[derive(Debug)]
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// What is entered.
    pub says: &'static str,
    /// What to start from: `apk` for whole fixtures, `apk!SUFFIX` for their entries, a word of
    /// `xtask/src/fuzz/seeds.rs`, else a path in the repository (a file, or a folder with `/` behind it).
    pub seeds: &'static [&'static str],
    /// Works on the bytes.
    pub run: fn(&[u8]),
}

macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        /// All targets, sorted by name.
        pub const TARGETS: &[Target] = &[$(targets::$name::TARGET,)*];
    };
}

targets!(
    apk,
    binary_xml,
    boot,
    brotli,
    build_prop,
    bzip2,
    certificate,
    container,
    cpio,
    dex,
    elf,
    erofs,
    evaluate,
    ext4,
    f2fs,
    flow,
    gzip,
    init_rc,
    jar_signature,
    listing,
    lower,
    lz4,
    native,
    oat,
    payload,
    protection_level,
    record_json,
    resource_table,
    signing_block,
    sparse,
    squashfs,
    super_lp,
    sysconfig,
    tar,
    whence,
    xz,
    zip,
    zstd,
);

/// Calls `work` with limits as in the product and somewhere to report to.
pub fn with_context(work: impl FnOnce(&Cx<'_>)) {
    let (limits, problems, cancel) = (Limits::default(), Problems::new(16), Cancel::default());
    work(&Cx { limits: &limits, problems: &problems, progress: &Silent, cancel: &cancel });
    let _ = problems.into_sorted();
}
