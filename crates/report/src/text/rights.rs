//! Packages ordered by the rights they hold.

use std::collections::BTreeMap;
use std::io;

use overt_record::package::Signer;
use overt_record::{Package, Record, Severity};

use super::canvas::Canvas;
use crate::rights::{Rights, groups, open, signer};
use crate::style::Ink;
use crate::words::{number, plural};

/// Rows printed for one group; `overt packages` prints all.
const ROWS: usize = 30;

/// The section of the report.
pub(super) fn section(canvas: &mut Canvas<'_>, record: &Record, digest: &str) -> io::Result<()> {
    canvas.heading("PACKAGES BY RIGHTS")?;
    if record.packages.is_empty() {
        return canvas.paragraph(2, "No packages were found.");
    }
    let groups = groups(&record.packages);
    overview(canvas, &groups)?;
    let mut found: BTreeMap<&str, Vec<Severity>> = BTreeMap::new();
    for finding in &record.findings {
        found.entry(&finding.path).or_default().push(finding.severity);
    }
    for (rights, packages) in &groups {
        if matches!(rights, Rights::Fixed(_) | Rights::Privileged) {
            table(canvas, *rights, packages, &found, digest)?;
        }
    }
    Ok(())
}

/// How many packages hold which rights.
fn overview(canvas: &mut Canvas<'_>, groups: &BTreeMap<Rights, Vec<&Package>>) -> io::Result<()> {
    let wide = canvas.beside(37);
    canvas.row(
        2,
        &[
            (-5, Ink::Faint, "count"),
            (wide, Ink::Faint, "rights"),
            (-8, Ink::Faint, "platform"),
            (-8, Ink::Faint, "test key"),
            (-8, Ink::Faint, "open"),
        ],
    )?;
    for (rights, packages) in groups {
        let of = |wanted: &dyn Fn(&Signer) -> bool| {
            number(packages.iter().filter(|package| package.signer.iter().any(wanted)).count() as u64)
        };
        let open = packages.iter().map(|package| open(package)).sum::<usize>();
        canvas.row(
            2,
            &[
                (-5, Ink::Plain, &number(packages.len() as u64)),
                (wide, Ink::Plain, &rights.says()),
                (-8, Ink::Plain, &of(&|signer| signer.platform == Some(true))),
                (-8, Ink::Plain, &of(&|signer| signer.test_key)),
                (-8, Ink::Plain, &number(open as u64)),
            ],
        )?;
    }
    canvas.remark(
        2,
        "platform: signed with the build's platform key. test key: signed with a key published with AOSP, which \
         anybody has. open: exported components whose manifest asks callers for no permission.",
    )
}

/// The packages that hold more rights than an ordinary app, with what was found in them.
fn table(
    canvas: &mut Canvas<'_>,
    rights: Rights,
    packages: &[&Package],
    found: &BTreeMap<&str, Vec<Severity>>,
    digest: &str,
) -> io::Result<()> {
    let wide = canvas.beside(54);
    canvas.gap()?;
    canvas.row(
        2,
        &[
            (wide + 2, Ink::Strong, &rights.says()),
            (12, Ink::Faint, "version"),
            (9, Ink::Faint, "signer"),
            (-4, Ink::Faint, "open"),
            (-4, Ink::Faint, "crit"),
            (-4, Ink::Faint, "high"),
            (-4, Ink::Faint, "med"),
            (-5, Ink::Faint, "minor"),
        ],
    )?;
    for package in packages.iter().take(ROWS) {
        let severities = found.get(package.path.as_str()).map(Vec::as_slice).unwrap_or_default();
        let count =
            |wanted: &dyn Fn(Severity) -> bool| match severities.iter().filter(|s| wanted(**s)).count() {
                0 => "-".to_owned(),
                count => count.to_string(),
            };
        let exactly = |wanted: Severity| count(&|severity| severity == wanted);
        canvas.row(
            4,
            &[
                (wide, Ink::Plain, package.package.as_deref().unwrap_or(&package.path)),
                (12, Ink::Plain, package.version_name.as_deref().unwrap_or("-")),
                (9, Ink::Plain, signer(package)),
                (-4, Ink::Plain, &open(package).to_string()),
                (-4, Ink::Alarm, &exactly(Severity::Critical)),
                (-4, Ink::Warning, &exactly(Severity::High)),
                (-4, Ink::Notice, &exactly(Severity::Medium)),
                (-5, Ink::Plain, &count(&|severity| severity < Severity::Medium)),
            ],
        )?;
    }
    match packages.len().checked_sub(ROWS) {
        Some(rest) if rest > 0 => {
            canvas.remark(4, &format!("and {}: overt packages {digest}", plural(rest as u64, "more package")))
        }
        _ => Ok(()),
    }
}
