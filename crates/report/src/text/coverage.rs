//! What could not be looked at. It stands before the findings, because it bounds what they can say.

use std::io;

use overt_record::Coverage;

use super::canvas::Canvas;
use crate::gaps;
use crate::style::Ink;
use crate::words::number;

/// Missing files named; the record names all of them.
const MISSING_SHOWN: usize = 12;
/// Places named for each kind of problem; the record names all of them.
const PLACES_SHOWN: usize = 3;

/// The section of the report.
pub(super) fn section(canvas: &mut Canvas<'_>, coverage: &Coverage) -> io::Result<()> {
    canvas.heading("WHAT COULD NOT BE LOOKED AT")?;
    for remark in gaps::remarks(coverage) {
        let ink = if remark.grave { Ink::Warning } else { Ink::Plain };
        canvas.wrapped(2, 2, &[(ink, &remark.text)])?;
    }
    missing(canvas, coverage)?;
    unreadable(canvas, coverage)
}

/// One or two lines for everything that is not the whole report.
pub(super) fn brief(canvas: &mut Canvas<'_>, coverage: &Coverage, digest: &str) -> io::Result<()> {
    let holes = gaps::holes(coverage);
    let text = if holes.is_empty() {
        if coverage.complete {
            return canvas.field(2, "coverage", "complete");
        }
        "completeness unknown: the input brought no list of its files".to_owned()
    } else {
        format!("incomplete: {} (overt scan, or the record {digest}, names them)", holes.join(", "))
    };
    canvas.field(2, "coverage", &text)
}

fn missing(canvas: &mut Canvas<'_>, coverage: &Coverage) -> io::Result<()> {
    if !coverage.missing.is_empty() {
        canvas.gap()?;
        canvas.paragraph(2, &gaps::missing_in_all(coverage))?;
    }
    for (why, files) in gaps::missing_by_reason(&coverage.missing) {
        canvas.wrapped(
            4,
            6,
            &[(Ink::Strong, why), (Ink::Plain, &format!("× {}", number(files.len() as u64)))],
        )?;
        for file in files.iter().take(MISSING_SHOWN) {
            canvas.wrapped(6, 8, &[(Ink::Plain, &gaps::missing_file(file))])?;
        }
        more(canvas, 6, files.len(), MISSING_SHOWN)?;
    }
    Ok(())
}

fn unreadable(canvas: &mut Canvas<'_>, coverage: &Coverage) -> io::Result<()> {
    for (code, items) in gaps::unreadable_by_code(&coverage.unreadable) {
        canvas.gap()?;
        canvas.wrapped(
            2,
            4,
            &[(Ink::Strong, code), (Ink::Plain, &format!("× {}", number(items.len() as u64)))],
        )?;
        for item in items.iter().take(PLACES_SHOWN) {
            canvas.paragraph(4, &item.locus)?;
            canvas.remark(6, &gaps::consequence(item))?;
        }
        more(canvas, 4, items.len(), PLACES_SHOWN)?;
    }
    Ok(())
}

fn more(canvas: &mut Canvas<'_>, indent: usize, all: usize, shown: usize) -> io::Result<()> {
    match all.checked_sub(shown) {
        Some(rest) if rest > 0 => {
            canvas.remark(indent, &format!("and {} more, in the record", number(rest as u64)))
        }
        _ => Ok(()),
    }
}
