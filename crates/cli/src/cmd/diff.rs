//! `overt diff A B`: what changed.

use overt_compare::{Knowledge, Named};
use overt_record::diff::Diff;
use overt_report::Subject;
use overt_store::{Resolved, Store};

use crate::builds;
use crate::exit::{Code, Failure};
use crate::flags::{self, High};
use crate::message;

pub(super) fn run(high: &High, flags: &flags::Diff) -> Result<Code, Failure> {
    let store = builds::store(&high.store)?;
    let (mut a, package_a) = builds::resolve_part(store.as_ref(), &flags.a)?;
    let (mut b, package_b) = builds::resolve_part(store.as_ref(), &flags.b)?;
    if !Knowledge::of(&a.record, &b.record).is_same() {
        if flags.rescan {
            for side in [&mut a, &mut b] {
                rescan(high, store.as_ref(), side)?;
            }
        } else {
            message::note(
                "the two records were not made alike: what only one of them can know is marked. --rescan scans both inputs \
                 again where they lie",
            );
        }
    }
    let diff = match (package_a, package_b) {
        (None, None) => overt_compare::diff(named(&a), named(&b)),
        (Some(x), Some(y)) => overt_compare::diff_packages(named(&a), &x, named(&b), &y)
            .ok_or_else(|| nobody(&a, &x, &b, &y))?,
        _ => {
            return Err(Failure::wrong_use(
                "a package can only be compared with a package: give BUILD:PACKAGE on both sides, or on none",
            ));
        }
    };
    high.sink.render(high.output, &Subject::Diff(&diff), &high.style)?;
    Ok(code(&diff))
}

/// What a comparison means for those who look at the exit code only.
pub(super) fn code(diff: &Diff) -> Code {
    if diff.has_changes() {
        Code::Findings
    } else if diff.has_unknowns() {
        Code::Incomplete
    } else {
        Code::Done
    }
}

pub(super) fn named(found: &Resolved) -> Named<'_> {
    Named { record: &found.record, digest: &found.digest }
}

fn nobody(a: &Resolved, x: &str, b: &Resolved, y: &str) -> Failure {
    let has = |found: &Resolved, asked: &str| {
        let mut all = found.record.packages.iter();
        all.any(|package| package.package.as_deref() == Some(asked) || package.path == asked)
    };
    let (found, asked) = if has(a, x) { (b, y) } else { (a, x) };
    Failure::wrong_use(format!(
        "the record {} has no package that is called {asked:?}. `overt packages BUILD` lists them",
        builds::short(&found.digest)
    ))
}

/// Scans the input of a record again, where the store knows it to lie and it is still the same build.
fn rescan(high: &High, store: Option<&Store>, side: &mut Resolved) -> Result<(), Failure> {
    let places = store.map(|store| store.sources(&side.digest)).transpose()?.unwrap_or_default();
    let Some(path) = places.into_iter().find(|path| path.exists()) else {
        message::note(&format!(
            "the input of record {} is not where it lay, so the record stays as it is",
            builds::short(&side.digest)
        ));
        return Ok(());
    };
    let bar = crate::progress::Bar::on_stderr();
    let record = overt_pipeline::scan_with(&path, &high.scan, None, &bar, &overt_base::Cancel::default())
        .map_err(|error| Failure::of_scan(&path, &error))?;
    drop(bar);
    if record.build != side.record.build {
        message::note(&format!(
            "{} holds another build now, so record {} stays as it is",
            path.display(),
            builds::short(&side.digest)
        ));
        return Ok(());
    }
    side.digest =
        record.digest().map_err(|error| Failure::own(format!("the record cannot be written: {error}")))?;
    side.record = record;
    Ok(())
}
