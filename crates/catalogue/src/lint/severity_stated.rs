//! What has no datum and no effect has no default severity.

use super::{Lint, Report, file_of_behaviour};
use crate::Catalogue;

pub(super) static LINT: Lint = Lint {
    id: "severity-stated",
    says: "A behaviour without data and effects states its severity for each rung that it has a title for.",
    do_this: "Add the rung to [severity].",
    check,
};

fn check(catalogue: &Catalogue, report: &mut Report<'_>) {
    for behaviour in catalogue.behaviours() {
        if !behaviour.matches.data.is_empty() || !behaviour.matches.effects.is_empty() {
            continue;
        }
        for rung in behaviour.titles.keys() {
            if !behaviour.severity.contains_key(rung) {
                report.remark(
                    file_of_behaviour(behaviour),
                    0,
                    format!("no severity for the rung \"{rung}\""),
                );
            }
        }
    }
}
