//! Strings, each with where it comes out and how.

use std::io;

use overt_record::strings::{StringLine, StringList};

use super::canvas::Canvas;
use crate::words::plural;

/// Every string.
pub(super) fn list(canvas: &mut Canvas<'_>, list: &StringList) -> io::Result<()> {
    canvas.heading("STRINGS")?;
    let count = plural(list.strings.len() as u64, "string");
    canvas.paragraph(2, &format!("{count}; {} run.", plural(list.methods, "method")))?;
    for one in &list.strings {
        line(canvas, one)?;
    }
    if list.left_out > 0 {
        canvas.paragraph(2, &format!("not run to the end: {}", plural(list.left_out, "method")))?;
    }
    for text in &list.problems {
        canvas.paragraph(2, &format!("not looked at: {text}"))?;
    }
    Ok(())
}

fn line(canvas: &mut Canvas<'_>, one: &StringLine) -> io::Result<()> {
    canvas.paragraph(2, &format!("{} ({})", one.value.escape_debug(), one.used_as.join(", ")))?;
    let how = &one.how;
    let mut text = format!("{}: {}->{} at {:04x}, {}", one.apk, one.class, one.method, one.offset, how.kind);
    if let Some(decoder) = &how.decoder {
        text.push_str(&format!(" by {decoder}"));
    }
    if let Some(algorithm) = &how.algorithm {
        text.push_str(&format!(", {algorithm}"));
        for (before, part) in [("/", &how.mode), (", key ", &how.key), (", iv ", &how.iv)] {
            if let Some(part) = part {
                text.push_str(before);
                text.push_str(&part.escape_debug().to_string());
            }
        }
    }
    canvas.paragraph(6, &text)
}
