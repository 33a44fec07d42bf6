//! The overt binary: flags, wiring, exit codes. It alone knows both the analysis and what is made of its records.
//!
//! *Invariants*: contains nothing that a test can only reach by starting a process, save what concerns the process
//! itself; results go to standard output (or `--out`) and nowhere else, everything else to standard error; a panic is our
//! own failure and never looks like a result.
//!
//! Map: [`flags`] turns what was typed into what is meant, [`cmd`] has one file a verb, [`exit`] the meaning of exit codes.

mod builds;
mod cmd;
mod exit;
mod flags;
mod fright;
mod keys;
mod message;
mod progress;
mod sink;
mod verdict;

use std::process::ExitCode;

use exit::Code;
use flags::High;

/// Following data makes and drops very many small values; the allocator is a fifth of its cost.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let typed = match flags::parse(std::env::args_os()) {
        Ok(low) => low,
        // Help and version are results, wrong use is not: clap knows which goes where.
        Err(error) => {
            let code = if error.use_stderr() { Code::WrongUse } else { Code::Done };
            let _ = error.print();
            return code.into();
        }
    };
    let code = fright::guard(|| {
        High::resolve(typed, &flags::Surroundings::of_process()).and_then(|high| cmd::run(&high))
    });
    match code {
        Ok(code) => code.into(),
        Err(failure) => {
            message::error(&failure.text);
            failure.code.into()
        }
    }
}
