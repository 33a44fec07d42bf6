//! Flags of `overt claims`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

pub(super) const HELP: &str = "\
Examples:
  overt claims check statements.toml 248bd43f6ee6
  overt claims check statements.toml before.json after.json --json
  overt claims start --data-safety data_safety_export.csv --package com.example.app

A statement is contradicted only by a finding of rung flow or above, upheld only where all
that it speaks of was looked at. docs/claims.md describes the file.";

/// What to do with statements.
#[derive(Debug, Subcommand)]
pub enum Claims {
    /// Hold a file of statements against builds; exit code 1 when one is contradicted
    Check(ClaimsCheck),
    /// Make a first file of statements of what was declared elsewhere
    Start(ClaimsStart),
}

/// Flags of `overt claims check`.
#[derive(Debug, Args)]
pub struct ClaimsCheck {
    /// The statements
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The builds, in any order
    #[arg(value_name = "BUILD", required = true)]
    pub builds: Vec<String>,
}

/// Flags of `overt claims start`.
#[derive(Debug, Args)]
pub struct ClaimsStart {
    /// The CSV that Google Play Console exports for “Data safety”
    #[arg(long, value_name = "FILE")]
    pub data_safety: PathBuf,
    /// The package it is of
    #[arg(long, value_name = "NAME")]
    pub package: Option<String>,
    /// The day it was declared, as 2024-05-01
    #[arg(long, value_name = "DAY")]
    pub date: Option<String>,
}
