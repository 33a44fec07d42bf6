//! How to read the report, and where to go on.

use std::io;

use overt_record::Rung;

use super::canvas::Canvas;
use crate::words;

/// The last section of the report.
pub(super) fn section(canvas: &mut Canvas<'_>, digest: &str) -> io::Result<()> {
    canvas.heading("HOW TO READ THIS")?;
    canvas.paragraph(2, "Each finding states how much is proven, and never more:")?;
    for rung in Rung::ALL {
        canvas.field(4, rung.as_str(), words::rung(*rung))?;
    }
    canvas.gap()?;
    canvas.field(2, "evidence", "overt explain ID")?;
    canvas.field(2, "all findings", &format!("overt findings {digest}"))?;
    canvas.field(2, "all packages", &format!("overt packages {digest}"))
}
