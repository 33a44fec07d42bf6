//! Panics that reach the top.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use crate::exit::{Code, Failure};

/// Runs `work`; a panic in it becomes our own failure. Panics that are caught further down (one package's, say) are
/// reported there and print nothing here, unless `RUST_BACKTRACE` asks for it.
pub fn guard(work: impl FnOnce() -> Result<Code, Failure>) -> Result<Code, Failure> {
    let last = Arc::new(Mutex::new(String::new()));
    let noted = Arc::clone(&last);
    let usual = std::panic::take_hook();
    let wanted = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0");
    std::panic::set_hook(Box::new(move |panic| {
        *noted.lock().unwrap_or_else(PoisonError::into_inner) = panic.to_string();
        if wanted {
            usual(panic);
        }
    }));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let what = last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Err(Failure::own(format!(
            "Overt itself failed: {what}\nThis is a fault of Overt, not of the input. There is no result, and nothing was \
             stored. Please report it with this message; RUST_BACKTRACE=1 adds more"
        )))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::panic)]
    fn a_panic_is_our_own_failure() {
        let failure = guard(|| panic!("index {} out of range", 7)).expect_err("it panicked");
        assert_eq!(failure.code, Code::Failed);
        assert!(failure.text.contains("index 7 out of range"), "{}", failure.text);
        assert!(failure.text.contains("fright.rs"), "says where: {}", failure.text);
        assert_eq!(guard(|| Ok(Code::Incomplete)).expect("it did not"), Code::Incomplete);
    }
}
