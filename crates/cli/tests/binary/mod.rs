//! Running the binary.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::Path;
use std::process::{Command, Stdio};

use assert_cmd::cargo::CommandCargoExt;

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("overt").expect("the binary");
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("RUST_BACKTRACE")
        .env("HOME", folder)
        .env_remove("XDG_DATA_HOME");
    command
}

/// Runs the binary in `folder`, which is also its home.
pub fn overt(folder: &Path, arguments: &[&str]) -> Ran {
    let output = command(folder, arguments).output().expect("it runs");
    Ran {
        code: output.status.code().expect("no signal"),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

/// As [`overt`], with a cap on its address space, so that a lack of restraint is an abort.
pub fn overt_capped(folder: &Path, kilobytes: u64, arguments: &[&str]) -> Ran {
    let program = command(folder, arguments);
    let mut capped = Command::new("sh");
    capped
        .arg("-c")
        .arg(format!("ulimit -v {kilobytes} && exec \"$0\" \"$@\""))
        .arg(program.get_program())
        .args(arguments)
        .current_dir(folder)
        .env("HOME", folder);
    let output = capped.output().expect("it runs");
    Ran {
        // A signal has no code: an abort shows as one.
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).expect("text"),
        stderr: String::from_utf8(output.stderr).expect("text"),
    }
}

/// Runs the binary with a standard output that nobody reads; the exit code and what was said on standard error.
pub fn closed_early(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let mut child =
        command(folder, arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    (output.status.code().expect("no signal"), String::from_utf8(output.stderr).expect("text"))
}
