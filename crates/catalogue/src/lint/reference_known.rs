//! References belong to a scheme of the vocabulary.

use super::{Lint, Report, file_of_behaviour};
use crate::Catalogue;

pub(super) static LINT: Lint = Lint {
    id: "reference-known",
    says: "Every reference is a prefix of a scheme in vocab.toml followed by its number, and stands once.",
    do_this: "Correct the reference, or add its scheme to vocab.toml.",
    check,
};

fn check(catalogue: &Catalogue, report: &mut Report<'_>) {
    for behaviour in catalogue.behaviours() {
        for (index, reference) in behaviour.refs.iter().enumerate() {
            if catalogue.vocabulary().scheme_of(reference).is_none() {
                report.remark(
                    file_of_behaviour(behaviour),
                    0,
                    format!("\"{reference}\" is of no known scheme"),
                );
            }
            if behaviour.refs.iter().take(index).any(|earlier| earlier == reference) {
                report.remark(file_of_behaviour(behaviour), 0, format!("\"{reference}\" stands here twice"));
            }
        }
    }
}
