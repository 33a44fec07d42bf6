//! Every word has its file, and the file says something.

use super::{Lint, Report};
use crate::{Catalogue, Naming};

pub(super) static LINT: Lint = Lint {
    id: "word-has-file",
    says: "Every data, effect and trigger word has its file with at least one place or rule, and every kind of naming text has the methods at which it counts.",
    do_this: "Add the file named after the word.",
    check,
};

fn check(catalogue: &Catalogue, report: &mut Report<'_>) {
    let vocabulary = catalogue.vocabulary();
    for word in &vocabulary.data {
        let places = catalogue.datum(word).map_or(0, |entry| catalogue.places_of_datum(entry).count());
        if places == 0 {
            report.remark(format!("data/{word}.toml"), 0, "missing or without places");
        }
    }
    for word in &vocabulary.effects {
        let places = catalogue.effect(word).map_or(0, |entry| catalogue.places_of_effect(entry).count());
        if places == 0 {
            report.remark(format!("effects/{word}.toml"), 0, "missing or without places");
        }
    }
    for word in &vocabulary.triggers {
        if !catalogue.trigger_rules().iter().any(|rule| rule.kind == *word) {
            report.remark(format!("triggers/{word}.toml"), 0, "missing or without rules");
        }
    }
    for naming in Naming::ALL {
        if !catalogue.access_methods().iter().any(|access| access.naming == naming) {
            report.remark(format!("access/{}.toml", naming.as_str()), 0, "missing or without methods");
        }
    }
}
