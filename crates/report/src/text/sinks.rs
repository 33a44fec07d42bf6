//! Calls that connect to a network, each with the hosts it may reach.

use std::io;

use overt_record::sinks::{SinkLine, SinkList, UnknownPart};

use super::canvas::Canvas;
use crate::words::plural;

/// States in the order in which they are told, with what they are called.
const STATES: &[(&str, &str)] = &[
    ("known", "whose host is known"),
    ("partly", "of whose hosts some are known"),
    ("unknown", "whose host is not known"),
];

/// All of them, with those whose host is not known last.
pub(super) fn list(canvas: &mut Canvas<'_>, list: &SinkList) -> io::Result<()> {
    canvas.heading("CALLS THAT CONNECT TO A NETWORK")?;
    for (state, says) in STATES {
        let all: Vec<&SinkLine> = list.sinks.iter().filter(|sink| sink.state == *state).collect();
        canvas.gap()?;
        canvas.paragraph(2, &format!("{} {says}", plural(all.len() as u64, "call")))?;
        for sink in all {
            let place = format!("{}: {}->{} at {:04x}", sink.apk, sink.class, sink.method, sink.offset);
            canvas.paragraph(4, &place)?;
            for address in &sink.addresses {
                canvas.paragraph(6, &address.escape_debug().to_string())?;
            }
            if !sink.requests.is_empty() {
                canvas.paragraph(6, &format!("asked with {}", sink.requests.join(", ")))?;
            }
            for unknown in &sink.unknown {
                canvas.paragraph(6, &reason(unknown))?;
            }
        }
    }
    for text in &list.problems {
        canvas.paragraph(2, &format!("not looked at: {text}"))?;
    }
    Ok(())
}

/// Why an address is not known, with where it comes in.
fn reason(unknown: &UnknownPart) -> String {
    let mut says = format!("{}: {}", unknown.giver, unknown.at.escape_debug());
    if let Some(source) = &unknown.source {
        says.push_str(&format!(", by {} in {}->{}", source.api, source.class, source.method));
        if !source.hosts.is_empty() {
            says.push_str(&format!(", asked: {}", source.hosts.join(", ")));
        }
    }
    says
}
