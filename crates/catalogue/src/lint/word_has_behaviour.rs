//! Every word of the contract is reported by some behaviour.

use super::{Lint, Report};
use crate::{Behaviour, Catalogue};

pub(super) static LINT: Lint = Lint {
    id: "word-has-behaviour",
    says: "Every datum has a behaviour of the theme privacy, every effect one of the theme remote-control, on the rung capability.",
    do_this: "Add behaviours/privacy/<word>.toml or behaviours/remote-control/<word>.toml with a title for the rung capability.",
    check,
};

fn check(catalogue: &Catalogue, report: &mut Report<'_>) {
    let reported = |theme: &str, words: fn(&Behaviour) -> &[String], word: &str| {
        catalogue.behaviours().any(|behaviour| {
            behaviour.theme == theme
                && behaviour.titles.contains_key("capability")
                && words(behaviour).iter().any(|w| w == word)
        })
    };
    for word in &catalogue.vocabulary().data {
        if !reported("privacy", |behaviour| &behaviour.matches.data, word) {
            report.remark(format!("data/{word}.toml"), 0, "no behaviour of the theme privacy reports it");
        }
    }
    for word in &catalogue.vocabulary().effects {
        if !reported("remote-control", |behaviour| &behaviour.matches.effects, word) {
            report.remark(
                format!("effects/{word}.toml"),
                0,
                "no behaviour of the theme remote-control reports it",
            );
        }
    }
}
