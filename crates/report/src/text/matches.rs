//! Where else: a table of versions, models and behaviours.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use overt_record::matches::{Match, Matches};

use super::canvas::Canvas;
use crate::style::Ink;
use crate::words::{number, plural};

/// Lines of the table; the rest is counted.
const SHOWN: usize = 400;

/// What `overt find` prints.
pub(super) fn matches(canvas: &mut Canvas<'_>, list: &Matches) -> io::Result<()> {
    canvas.wrapped(0, 0, &[(Ink::Strong, "WHERE ELSE")])?;
    canvas.field(2, "asked for", &list.asked.join(", "))?;
    let distinct =
        |pick: fn(&Match) -> String| list.matches.iter().map(pick).collect::<BTreeSet<_>>().len() as u64;
    let builds = distinct(|one| one.record_sha256.clone());
    canvas.field(
        2,
        "found in",
        &format!(
            "{} of {} of {} and {}",
            number(builds),
            plural(u64::from(list.searched), "build"),
            plural(distinct(|one| format!("{:?} {:?}", one.brand, one.model)), "model"),
            plural(distinct(|one| format!("{:?}", one.brand)), "brand"),
        ),
    )?;
    if list.matches.is_empty() {
        return canvas.paragraph(2, "Nothing stored carries it.");
    }
    // Package × version, then where, then what.
    type Models<'m> = BTreeMap<String, BTreeSet<&'m str>>;
    let mut table: BTreeMap<(&str, &str), (Models<'_>, BTreeSet<String>)> = BTreeMap::new();
    for one in &list.matches {
        let key = (
            one.package.as_deref().unwrap_or(&one.path),
            one.version.as_deref().unwrap_or("version unknown"),
        );
        let (models, what) = table.entry(key).or_default();
        let model =
            [one.brand.as_deref(), one.model.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        models
            .entry(if model.is_empty() { "unknown model".into() } else { model })
            .or_default()
            .insert(&one.build);
        let rung = one.rung.map_or_else(String::new, |rung| format!(" ({rung})"));
        if let Some(behaviour) = &one.behaviour {
            what.insert(format!("{behaviour}{rung}"));
        }
        if let Some(code) = &one.code {
            what.insert(format!("code {code}, {:.0} % the same", one.similarity * 100.0));
        }
        if let Some(value) = &one.value {
            what.insert(value.clone());
        }
    }
    let all = table.len();
    for ((package, version), (models, what)) in table.into_iter().take(SHOWN) {
        canvas.gap()?;
        canvas.wrapped(2, 4, &[(Ink::Strong, package), (Ink::Plain, &format!(" {version}"))])?;
        for (model, builds) in models {
            let builds: Vec<&str> = builds.into_iter().collect();
            canvas.field(4, "in", &format!("{model}: {}", builds.join(", ")))?;
        }
        canvas.field(4, "with", &what.into_iter().collect::<Vec<_>>().join("; "))?;
    }
    if all > SHOWN {
        canvas.remark(2, &format!("and {} more; --format json has all", number((all - SHOWN) as u64)))?;
    }
    Ok(())
}
