//! Strings, each with where it comes out and how.

use std::io;

use overt_record::strings::{StringLine, StringList};

use super::canvas::Canvas;
use crate::words::plural;

/// What strings are used as, in the order in which they are told.
const ORDER: &[&str] = &["url", "host", "uri", "command", "key", "class", "file", "action"];
/// Places told of one string.
const PLACES: usize = 3;

fn rank(one: &StringLine) -> usize {
    ORDER.iter().position(|used| one.used_as.iter().any(|word| word == used)).unwrap_or(ORDER.len())
}

/// Strings by what they are used as. Those of no known use are counted only, unless `all`.
pub(super) fn list(canvas: &mut Canvas<'_>, list: &StringList, all: bool) -> io::Result<()> {
    canvas.heading("STRINGS")?;
    let count = plural(list.strings.len() as u64, "string");
    canvas.paragraph(2, &format!("{count}; {} run.", plural(list.methods, "method")))?;
    let mut lines: Vec<&StringLine> = list.strings.iter().collect();
    lines.sort_by(|a, b| (rank(a), &a.value, *a).cmp(&(rank(b), &b.value, *b)));
    let shown = if all { lines.len() } else { lines.partition_point(|one| rank(one) < ORDER.len()) };
    let (shown, others) = lines.split_at(shown);
    for places in shown.chunk_by(|a, b| a.value == b.value && rank(a) == rank(b)) {
        let Some(first) = places.first() else { continue };
        canvas.paragraph(2, &format!("{} ({})", first.value.escape_debug(), first.used_as.join(", ")))?;
        for one in places.iter().take(PLACES) {
            place(canvas, one)?;
        }
        if places.len() > PLACES {
            let more = plural((places.len() - PLACES) as u64, "place");
            canvas.paragraph(6, &format!("and {more} more"))?;
        }
    }
    if !others.is_empty() {
        let count = plural(others.len() as u64, "string");
        canvas.paragraph(2, &format!("of no known use, left out here: {count} (--all shows them)"))?;
    }
    if list.left_out > 0 {
        canvas.paragraph(2, &format!("not run to the end: {}", plural(list.left_out, "method")))?;
    }
    for text in &list.problems {
        canvas.paragraph(2, &format!("not looked at: {text}"))?;
    }
    Ok(())
}

fn place(canvas: &mut Canvas<'_>, one: &StringLine) -> io::Result<()> {
    let how = &one.how;
    let mut text = match (&one.class, &one.file) {
        (Some(class), None) => {
            format!("{}: {class}->{} at {:04x}, {}", one.apk, one.method, one.offset, how.kind)
        }
        (class, file) => {
            let file = file.as_deref().unwrap_or(&one.apk);
            let java = class.as_ref().map_or_else(String::new, |class| format!("{class}->"));
            format!("{file}: {java}{} at {:#x}, {}", one.method, one.offset, how.kind)
        }
    };
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
