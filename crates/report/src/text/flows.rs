//! Flows inside apps, each with its way.

use std::io;

use overt_record::flow::{FlowLine, FlowList};

use super::canvas::Canvas;
use crate::words::plural;

/// Every flow: source, sink, what it passes, and the steps between.
pub(super) fn list(canvas: &mut Canvas<'_>, list: &FlowList) -> io::Result<()> {
    canvas.heading("FLOWS")?;
    canvas.paragraph(
        2,
        &format!(
            "{} in {} analysed.",
            plural(list.flows.len() as u64, "flow"),
            plural(list.methods, "method")
        ),
    )?;
    for flow in &list.flows {
        one(canvas, flow)?;
    }
    for text in &list.given_up {
        canvas.paragraph(2, &format!("given up: {text}"))?;
    }
    for text in &list.problems {
        canvas.paragraph(2, &format!("not looked at: {text}"))?;
    }
    Ok(())
}

/// Library methods that a model would settle, most frequent first.
pub(super) fn unmodelled(canvas: &mut Canvas<'_>, list: &FlowList) -> io::Result<()> {
    canvas.heading("METHODS WITHOUT A MODEL")?;
    canvas.paragraph(
        2,
        &format!(
            "{}; on their ways {} without a model.",
            plural(list.flows.len() as u64, "flow"),
            plural(list.unmodelled.len() as u64, "method"),
        ),
    )?;
    for one in &list.unmodelled {
        let own = if one.own { " (the app's own: no implementation is known to run)" } else { "" };
        canvas.paragraph(
            2,
            &format!("{}, {}: {}{own}", plural(one.flows, "flow"), plural(one.sites, "call"), one.api),
        )?;
    }
    Ok(())
}

fn one(canvas: &mut Canvas<'_>, flow: &FlowLine) -> io::Result<()> {
    let (source, sink) = (&flow.source, &flow.sink);
    canvas.paragraph(
        2,
        &format!("{}: {} ({}) goes to {} ({})", flow.apk, source.kind, source.api, sink.kind, sink.api),
    )?;
    for step in &flow.steps {
        canvas.paragraph(
            6,
            &format!("{}->{} at {:04x}: {}", step.class, step.method, step.offset, step.note),
        )?;
    }
    for (says, words) in
        [("passes", &flow.via), ("transformed by", &flow.transforms), ("assumes", &flow.assumptions)]
    {
        if !words.is_empty() {
            canvas.paragraph(6, &format!("{says}: {}", words.join(", ")))?;
        }
    }
    if flow.implicit {
        canvas.paragraph(6, "told only by the way that control took")?;
    }
    Ok(())
}
