//! Why, benign and the title each say something of their own.

use super::{Lint, Report, file_of_behaviour, sentences};
use crate::Catalogue;

pub(super) static LINT: Lint = Lint {
    id: "texts-differ",
    says: "Within a behaviour no two texts are the same, and no two behaviours share a title on the same rung.",
    do_this: "Write why it matters, what the honest explanation is, and what would make it wrong, each in words of its own.",
    check,
};

fn check(catalogue: &Catalogue, report: &mut Report<'_>) {
    let mut titles: Vec<(&str, &str, &str)> = Vec::new();
    for behaviour in catalogue.behaviours() {
        let all = sentences(behaviour);
        for (index, (key, text)) in all.iter().enumerate() {
            let same = |(earlier, other): &&(String, &str)| {
                plain(other) == plain(text) && (earlier != key || key == "ask")
            };
            if let Some((earlier, _)) = all.iter().take(index).find(same) {
                report.remark(file_of_behaviour(behaviour), 0, format!("\"{key}\" repeats \"{earlier}\""));
            }
        }
        for (rung, title) in &behaviour.titles {
            if let Some((_, _, other)) = titles.iter().find(|(r, t, _)| r == rung && t == title) {
                let found = format!("the title \"{title}\" is that of {other}");
                report.remark(file_of_behaviour(behaviour), 0, found);
            }
            titles.push((rung, title, &behaviour.id));
        }
    }
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
