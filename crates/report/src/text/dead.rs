//! What code that nothing reaches could do. Listed apart, and never counted as behaviour.

use std::io;

use overt_record::Finding;

use super::canvas::Canvas;
use crate::style::Ink;
use crate::words::number;

/// Lines printed; the record has all.
const SHOWN: usize = 10;

/// The section; nothing when there is no such code.
pub(super) fn section<'a>(
    canvas: &mut Canvas<'_>,
    dead: impl IntoIterator<Item = &'a Finding>,
) -> io::Result<()> {
    let dead: Vec<&Finding> = dead.into_iter().collect();
    if dead.is_empty() {
        return Ok(());
    }
    canvas.heading("CODE THAT NOTHING REACHES")?;
    canvas
        .remark(2, "No entry point of this build was found to reach it. It is not counted as behaviour.")?;
    for finding in dead.iter().take(SHOWN) {
        canvas.row(
            2,
            &[
                (16, Ink::Faint, &finding.id),
                (40, Ink::Plain, finding.package.as_deref().unwrap_or(&finding.path)),
                (0, Ink::Plain, &finding.title),
            ],
        )?;
    }
    if let Some(rest) = dead.len().checked_sub(SHOWN).filter(|rest| *rest > 0) {
        canvas.remark(2, &format!("and {} more, in the record", number(rest as u64)))?;
    }
    Ok(())
}
