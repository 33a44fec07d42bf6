//! Which build this is.

use std::io;

use overt_record::Record;

use super::canvas::Canvas;
use super::short;
use crate::style::Ink;
use crate::words;

/// The head of a report: build, device, record.
pub(super) fn identity(canvas: &mut Canvas<'_>, record: &Record, digest: &str) -> io::Result<()> {
    canvas.wrapped(0, 0, &[(Ink::Strong, "FIRMWARE BUILD")])?;
    title(canvas, record)?;
    canvas.field(2, "built", &made(record))?;
    canvas.field(2, "record", digest)?;
    canvas.field(2, "depth", words::depth(record.depth))?;
    canvas.field(2, "engine", &record.engine)
}

/// The head of everything that is not the whole report: build and device, no more.
pub(crate) fn title(canvas: &mut Canvas<'_>, record: &Record) -> io::Result<()> {
    canvas.field(
        2,
        "build",
        record.build.fingerprint.as_deref().unwrap_or("unknown: no build fingerprint was found"),
    )?;
    canvas.field(2, "device", &device(record))
}

/// Build and record in one line.
pub(super) fn one_line(record: &Record, digest: &str) -> String {
    let fingerprint = record.build.fingerprint.as_deref().unwrap_or("a build without fingerprint");
    format!("{fingerprint} (record {})", short(digest))
}

/// The device and its Android, in a line.
pub(crate) fn device(record: &Record) -> String {
    let build = &record.build;
    let mut parts = Vec::new();
    let name: Vec<&str> = [build.brand.as_deref(), build.model.as_deref()].into_iter().flatten().collect();
    match (name.is_empty(), &build.device) {
        (false, Some(device)) => parts.push(format!("{} ({device})", name.join(" "))),
        (false, None) => parts.push(name.join(" ")),
        (true, Some(device)) => parts.push(device.clone()),
        (true, None) => {}
    }
    match (&build.android, build.sdk) {
        (Some(android), Some(sdk)) => parts.push(format!("Android {android} (SDK {sdk})")),
        (Some(android), None) => parts.push(format!("Android {android}")),
        (None, Some(sdk)) => parts.push(format!("SDK {sdk}")),
        (None, None) => {}
    }
    if let Some(patch) = &build.security_patch {
        parts.push(format!("security patch of {patch}"));
    }
    parts.join(", ")
}

/// When and as what it was built.
pub(crate) fn made(record: &Record) -> String {
    let build = &record.build;
    [
        build.build_date.clone(),
        build.build_type.as_ref().map(|kind| format!("type {kind}")),
        build.tags.as_ref().map(|tags| format!("tags {tags}")),
        build.incremental.as_ref().map(|incremental| format!("incremental {incremental}")),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(", ")
}
