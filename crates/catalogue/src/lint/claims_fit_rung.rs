//! Words never claim more than their rung.

use super::{Lint, Report, file_of_behaviour};
use crate::{Behaviour, Catalogue};

pub(super) static LINT: Lint = Lint {
    id: "claims-fit-rung",
    says: "A capability of data or effects says what the code can do, not what it does; an indicator says that a name is there and that nothing more is shown.",
    do_this: "Begin the capability's title with Can, Could, Any app can or Lets; end its sentence with what is not shown; do not speak of sending before the rung flow.",
    check,
};

/// How the title of a capability may begin.
const CAN: &[&str] = &["Can ", "Could ", "Any app can ", "Lets "];

/// Verbs that say it happens, at the beginning of a title.
const HAPPENS: &[&str] =
    &["Sends ", "Uploads ", "Collects ", "Steals ", "Tracks ", "Leaks ", "Transmits ", "Records "];

fn check(catalogue: &Catalogue, report: &mut Report<'_>) {
    for behaviour in catalogue.behaviours() {
        let file = file_of_behaviour(behaviour);
        let matches = &behaviour.matches;
        let of_words = !matches.data.is_empty() || !matches.effects.is_empty();
        if let Some(title) = behaviour.titles.get("capability") {
            if of_words && !CAN.iter().any(|begin| title.starts_with(begin)) {
                report.remark(file.as_str(), 0, format!("the capability's title is \"{title}\""));
            }
            if of_words && !leaves_open(behaviour, "capability") {
                report.remark(file.as_str(), 0, "the capability's sentence does not say what is not shown");
            }
        }
        for rung in ["indicator", "capability"] {
            if let Some(title) = behaviour.titles.get(rung)
                && HAPPENS.iter().any(|begin| title.starts_with(begin))
            {
                report.remark(file.as_str(), 0, format!("the {rung}'s title is \"{title}\""));
            }
        }
        let names_only = matches.indicator.is_some() || behaviour.is_shown_by_code();
        if names_only && behaviour.titles.contains_key("indicator") {
            let certificate = matches.indicator == Some(crate::IndicatorKind::Certificate);
            if !certificate && !leaves_open(behaviour, "indicator") {
                report.remark(file.as_str(), 0, "the indicator's sentence does not say what is not shown");
            }
        }
    }
}

fn leaves_open(behaviour: &Behaviour, rung: &str) -> bool {
    behaviour.says.get(rung).is_some_and(|says| says.contains("not shown by this"))
}
