//! The walls between the crates, checked by program: see the picture in `ARCHITECTURE.md`.
//!
//! A crate may use lower levels of its own side and `base`. Everything else is an edge across, and every edge across stands
//! in [`ACROSS`]: adding one is an edit of this table, in plain sight of review.

use anyhow::bail;

use crate::workspace::{self, Crate, Layer};

/// The edges across that are allowed: who, whom, why.
const ACROSS: &[(&str, &str, &str)] = &[
    ("overt-detect", "overt-record", "it alone makes findings"),
    ("overt-device", "overt-record", "packages and natives are facts that findings do not change"),
    ("overt-pipeline", "overt-record", "it puts the record together"),
];

const SIDES: &[&str] = &["base", "left", "waist", "right", "top", "dev"];

/// `cargo xtask layers`.
///
/// # Errors
/// When a wall is broken.
pub fn run(_arguments: &[String]) -> anyhow::Result<()> {
    let crates = workspace::crates()?;
    let wrong = check(&crates, ACROSS);
    for line in wrong.iter().chain(&unused(&crates, ACROSS)) {
        eprintln!("{line}");
    }
    if !wrong.is_empty() {
        bail!("{} edges break a wall; the allowed ones stand in xtask/src/layers.rs", wrong.len());
    }
    let edges: usize = crates.iter().map(|one| one.dependencies.len()).sum();
    println!("layers: {} crates, {edges} edges, no wall broken", crates.len());
    Ok(())
}

/// Every broken wall, as a sentence.
fn check(crates: &[Crate], across: &[(&str, &str, &str)]) -> Vec<String> {
    let mut wrong = Vec::new();
    let layer = |name: &str| crates.iter().find(|one| one.name == name).and_then(|one| one.layer.as_ref());
    for one in crates {
        let Some(from) = &one.layer else {
            wrong.push(format!("{}: Cargo.toml has no package.metadata.layer {{ level, side }}", one.name));
            continue;
        };
        if !SIDES.contains(&from.side.as_str()) {
            wrong.push(format!("{}: there is no side `{}`", one.name, from.side));
            continue;
        }
        for dependency in &one.dependencies {
            let Some(to) = layer(&dependency.name) else { continue };
            let listed = across.iter().any(|(who, whom, _)| *who == one.name && *whom == dependency.name);
            if let Err(why) = edge(from, to, dependency.dev, listed) {
                wrong.push(format!(
                    "{} ({} {}) must not depend on {} ({} {}): {why}",
                    one.name, from.side, from.level, dependency.name, to.side, to.level
                ));
            }
        }
    }
    wrong
}

/// Every entry of `across` that no crate uses: permission that could be taken back.
fn unused(crates: &[Crate], across: &[(&str, &str, &str)]) -> Vec<String> {
    let uses = |who: &str, whom: &str| {
        crates
            .iter()
            .any(|one| one.name == who && one.dependencies.iter().any(|dependency| dependency.name == whom))
    };
    let idle = across.iter().filter(|(who, whom, _)| !uses(who, whom));
    idle.map(|(who, whom, _)| {
        format!("the table in xtask/src/layers.rs allows {who} -> {whom}, which nobody uses")
    })
    .collect()
}

/// Whether a crate at `from` may use one at `to`.
fn edge(from: &Layer, to: &Layer, dev: bool, listed: bool) -> Result<(), &'static str> {
    if from.side == "dev" {
        return Ok(());
    }
    if to.side == "dev" {
        return if dev { Ok(()) } else { Err("development crates are dev-dependencies only") };
    }
    match (from.side.as_str(), to.side.as_str()) {
        ("base", _) => Err("base stands on nothing"),
        (_, "base") | ("top", "left" | "waist" | "right") | ("right", "waist") => Ok(()),
        (a, b) if a == b && to.level < from.level => Ok(()),
        (a, b) if a == b => Err("only lower levels of the own side may be used"),
        ("left", "waist") if listed || dev => Ok(()),
        ("left", "waist") => Err("this edge across is not in the table of xtask/src/layers.rs"),
        ("right", "left") => Err("the right knows nothing of the left"),
        _ => Err("there is no such direction"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn one(name: &str, side: &str, level: u64, uses: &[&str]) -> Crate {
        let dependencies = uses
            .iter()
            .map(|name| match name.strip_prefix("dev:") {
                Some(name) => Dependency { name: name.to_owned(), dev: true },
                None => Dependency { name: (*name).to_owned(), dev: false },
            })
            .collect();
        Crate { name: name.to_owned(), layer: Some(Layer { level, side: side.to_owned() }), dependencies }
    }

    fn house(extra: Crate) -> Vec<Crate> {
        let mut crates = vec![
            one("base", "base", 0, &[]),
            one("dex", "left", 1, &["base"]),
            one("apk", "left", 2, &["base", "dex", "dev:kit"]),
            one("record", "waist", 1, &["base"]),
            one("store", "right", 2, &["base", "record"]),
            one("report", "right", 4, &["store", "record"]),
            one("cli", "top", 7, &["base", "apk", "record", "report"]),
            one("kit", "dev", 9, &["dex", "report"]),
        ];
        crates.retain(|other| other.name != extra.name);
        crates.push(extra);
        crates
    }

    fn wrong(extra: Crate) -> Vec<String> {
        check(&house(extra), &[])
    }

    #[test]
    fn the_house_as_drawn_is_allowed() {
        assert_eq!(wrong(one("detect", "left", 5, &["apk", "dex"])), Vec::<String>::new());
    }

    #[test]
    fn upward_and_sideways_edges_are_refused() {
        assert_eq!(wrong(one("dex", "left", 1, &["apk"])).len(), 1);
        assert_eq!(wrong(one("art", "left", 1, &["dex"])).len(), 1);
        assert_eq!(wrong(one("base", "base", 0, &["record"])).len(), 1);
        assert_eq!(wrong(one("record", "waist", 1, &["dex"])).len(), 1);
    }

    #[test]
    fn the_right_never_sees_the_left() {
        let wrong = wrong(one("report", "right", 4, &["dex"]));
        assert!(wrong[0].contains("the right knows nothing of the left"), "{wrong:?}");
        assert_eq!(check(&house(one("report", "right", 4, &["dev:dex"])), &[]).len(), 1);
    }

    #[test]
    fn the_left_reaches_the_waist_only_by_the_table() {
        let crates = house(one("detect", "left", 5, &["record"]));
        assert_eq!(check(&crates, &[]).len(), 1);
        assert_eq!(check(&crates, &[("detect", "record", "makes findings")]), Vec::<String>::new());
        // Tests may hold their words against the contract's.
        assert_eq!(wrong(one("catalogue", "left", 1, &["dev:record"])), Vec::<String>::new());
    }

    #[test]
    fn an_entry_that_nobody_uses_is_reported() {
        let crates = house(one("detect", "left", 5, &[]));
        let idle = unused(&crates, &[("detect", "record", "once"), ("store", "record", "stores it")]);
        assert_eq!(idle.len(), 1);
        assert!(idle[0].contains("detect -> record, which nobody uses"), "{idle:?}");
    }

    #[test]
    fn development_crates_are_dev_dependencies_only() {
        assert_eq!(wrong(one("dex", "left", 1, &["kit"])).len(), 1);
        assert_eq!(wrong(one("dex", "left", 1, &["dev:kit"])).len(), 0);
    }

    #[test]
    fn a_crate_without_a_layer_or_with_a_made_up_side_is_reported() {
        let mut nowhere = one("x", "left", 1, &[]);
        nowhere.layer = None;
        assert_eq!(wrong(nowhere).len(), 1);
        assert_eq!(wrong(one("x", "upstairs", 1, &[])).len(), 1);
    }

    #[test]
    fn this_workspace_keeps_its_walls() {
        let crates = workspace::crates().expect("cargo metadata");
        assert_eq!(check(&crates, ACROSS), Vec::<String>::new());
    }
}
