//! Native code: loaded, run in the sandbox, told of.

use overt_native::Budget;

use crate::{Target, with_context};

pub const TARGET: Target = Target {
    name: "native",
    says: "ARM and AArch64 code: the sandbox runs whatever the file holds",
    seeds: &["daemon"],
    run,
};

fn run(data: &[u8]) {
    with_context(|cx| {
        let budget = Budget { steps: 20_000, path_steps: 5_000, forks: 8, ..Budget::of(cx.limits) };
        let _ = overt_native::analyse(data, &budget);
        let _ = overt_native::texts(data, 4, 100);
    });
}
