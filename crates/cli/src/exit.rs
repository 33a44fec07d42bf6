//! What exit codes mean: the same for every verb.

use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

use overt_pipeline::ScanError;

/// An exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Done, and nothing at or above `--fail-on`.
    Done = 0,
    /// Findings at or above `--fail-on`.
    Findings = 1,
    /// Wrong use.
    WrongUse = 2,
    /// The input cannot be read.
    Unreadable = 3,
    /// Finished, nothing for code 1, but parts could not be looked at.
    Incomplete = 4,
    /// Our own failure.
    Failed = 5,
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> ExitCode {
        ExitCode::from(code as u8)
    }
}

/// Why a verb did not finish: what, where, why, and what to do next.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: Code,
    /// What is printed.
    pub text: String,
}

impl Failure {
    /// The user asked for something that cannot be.
    pub fn wrong_use(text: impl Display) -> Failure {
        Failure { code: Code::WrongUse, text: text.to_string() }
    }

    /// We failed.
    pub fn own(text: impl Display) -> Failure {
        Failure { code: Code::Failed, text: text.to_string() }
    }
}

impl From<overt_store::Error> for Failure {
    fn from(error: overt_store::Error) -> Failure {
        use overt_store::Error;
        let code = match error {
            Error::UnknownBuild { .. }
            | Error::AmbiguousBuild { .. }
            | Error::NotAStore { .. }
            | Error::Newer { .. } => Code::WrongUse,
            Error::RecordFile { .. } => Code::Unreadable,
            _ => Code::Failed,
        };
        Failure { code, text: error.to_string() }
    }
}

impl Failure {
    /// There is no record of the input.
    pub fn of_scan(input: &Path, error: &ScanError) -> Failure {
        match error {
            ScanError::Unreadable(why) => Failure::unreadable(input, why),
            ScanError::Cancelled | ScanError::Internal(_) => Failure::own(error),
        }
    }

    /// The input cannot be read at all.
    pub fn unreadable(input: &Path, why: impl Display) -> Failure {
        Failure {
            code: Code::Unreadable,
            text: format!(
                "{} cannot be scanned: {why}. Give an APK, a folder, an archive, an OTA package or an image of \
                 partitions; `overt scan --help` says more",
                input.display()
            ),
        }
    }
}
