//! One finding: its title with severity and rung, and what an investigator asks first.

use std::io;

use overt_record::Finding;

use super::canvas::Canvas;
use crate::style::Ink;
use crate::{facts, words};

/// Endpoints printed with a finding.
const ENDPOINTS: usize = 5;

/// The title line: severity, rung, title, id.
pub(super) fn title(canvas: &mut Canvas<'_>, indent: usize, finding: &Finding) -> io::Result<()> {
    let severity = format!("{:9}", finding.severity.as_str().to_uppercase());
    let rung = format!("{:11}", finding.rung.as_str());
    let title = if finding.dormant { format!("{} [dormant]", finding.title) } else { finding.title.clone() };
    canvas.row(
        indent,
        &[
            (9, words::severity_ink(finding.severity), severity.trim_end()),
            (10, Ink::Plain, rung.trim_end()),
            (16, Ink::Faint, &finding.id),
            (0, Ink::Strong, &title),
        ],
    )
}

/// What an investigator asks first.
pub(super) fn facts(canvas: &mut Canvas<'_>, indent: usize, finding: &Finding) -> io::Result<()> {
    for (label, values) in facts::first(finding, ENDPOINTS) {
        canvas.fields(indent, label, values)?;
    }
    Ok(())
}
