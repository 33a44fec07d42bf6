//! Executables and services outside packages: only what stands out.

use std::io;

use overt_record::Native;

use super::canvas::Canvas;
use crate::words::{number, plural};

/// Files named for each remark.
const SHOWN: usize = 12;

/// The section of the report; nothing when the build has none.
pub(super) fn section(canvas: &mut Canvas<'_>, natives: &[Native]) -> io::Result<()> {
    if natives.is_empty() {
        return Ok(());
    }
    canvas.heading("NATIVE FILES")?;
    let started = natives.iter().filter(|native| native.started_by.is_some()).count();
    let executables = natives.iter().filter(|native| native.kind == "executable").count();
    canvas.paragraph(
        2,
        &format!(
            "{} outside packages, {} of them executables; {} started by init.",
            plural(natives.len() as u64, "native file"),
            number(executables as u64),
            number(started as u64)
        ),
    )?;
    list(canvas, "started as root by init", natives, |native| {
        native.started_by.is_some() && native.starts_as.as_deref() == Some("root")
    })?;
    list(canvas, "with the set-user-id or set-group-id bit", natives, |native| native.setuid == Some(true))?;
    list(canvas, "named by init, and not there", natives, |native| {
        native.started_by.is_some() && native.sha256.is_none()
    })
}

fn list(
    canvas: &mut Canvas<'_>,
    says: &str,
    natives: &[Native],
    wanted: impl Fn(&Native) -> bool,
) -> io::Result<()> {
    let paths: Vec<&str> =
        natives.iter().filter(|native| wanted(native)).map(|native| native.path.as_str()).collect();
    if paths.is_empty() {
        return Ok(());
    }
    let mut text =
        format!("{} {says}: {}", number(paths.len() as u64), paths[..paths.len().min(SHOWN)].join(", "));
    if let Some(rest) = paths.len().checked_sub(SHOWN).filter(|rest| *rest > 0) {
        text.push_str(&format!(", and {} more in the record", number(rest as u64)));
    }
    canvas.wrapped(2, 4, &[(crate::style::Ink::Plain, &text)])
}
