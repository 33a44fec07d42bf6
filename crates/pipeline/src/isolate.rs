//! One subject's bug must not take the scan with it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use overt_base::{Cx, Locus};

/// Runs `work`; a panic becomes a problem of `locus` and the answer `None`.
pub(crate) fn isolate<T>(cx: &Cx<'_>, locus: &Locus, what: &str, work: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(value) => Some(value),
        Err(payload) => {
            let text = payload
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| payload.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "no message".into());
            cx.problems.report(
                locus,
                "pipeline/panic",
                format!("{what}: {text}"),
                "what this step would have found is missing; this is a bug of Overt, please report it",
            );
            None
        }
    }
}
