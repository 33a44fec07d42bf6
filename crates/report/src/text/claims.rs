//! Statements, and what became of each.

use std::io;

use overt_claims::outcome::Against;
use overt_claims::{Answer, Outcome, Verdict};

use super::canvas::Canvas;
use super::short;
use crate::style::Ink;
use crate::words::plural;

/// Findings and gaps named below an answer; the JSON has all.
const MOST_NAMED: usize = 8;

/// All of them.
pub(super) fn outcome(canvas: &mut Canvas<'_>, outcome: &Outcome) -> io::Result<()> {
    canvas.heading("HELD AGAINST")?;
    for against in &outcome.builds {
        canvas.paragraph(2, &build(against))?;
    }
    canvas.heading("STATEMENTS")?;
    let summary = outcome.summary;
    canvas.paragraph(
        2,
        &format!(
            "{}: {} upheld, {} contradicted, {} not decidable. Contradicted is what a finding of rung flow or above says \
             otherwise; upheld only what was wholly looked at.",
            plural(outcome.claims.len() as u64, "statement"),
            summary.upheld,
            summary.contradicted,
            summary.not_decidable
        ),
    )?;
    outcome.claims.iter().try_for_each(|answer| one(canvas, answer))
}

fn build(against: &Against) -> String {
    let build = &against.build;
    let names: Vec<&str> = [build.brand.as_deref(), build.model.as_deref()].into_iter().flatten().collect();
    let date = against.date.map_or_else(|| "of unknown date".to_owned(), |day| format!("of {day}"));
    let complete = if against.complete { "" } else { "; not everything of it was there and read" };
    format!(
        "{} {date}, {} {}{complete}",
        short(&against.record_sha256),
        names.join(" "),
        build.fingerprint.as_deref().unwrap_or("without fingerprint")
    )
}

fn one(canvas: &mut Canvas<'_>, answer: &Answer) -> io::Result<()> {
    let (ink, word) = match answer.result {
        Verdict::Upheld => (Ink::Strong, "UPHELD"),
        Verdict::Contradicted => (Ink::Alarm, "CONTRADICTED"),
        Verdict::NotDecidable => (Ink::Notice, "NOT DECIDABLE"),
    };
    canvas.gap()?;
    canvas.wrapped(2, 2, &[(ink, word), (Ink::Faint, &format!(" {} ({})", answer.id, answer.kind))])?;
    if let Some(quote) = &answer.quote {
        canvas.paragraph(4, &format!("“{quote}”"))?;
    }
    if let Some(says) = &answer.says {
        canvas.paragraph(4, says)?;
    }
    let mut who = format!("{}, {}", answer.speaker, answer.date);
    if let Some(other) = &answer.attributed_to {
        who.push_str(&format!("; said to be the words of {other}"));
    }
    if !answer.disputed_by.is_empty() {
        who.push_str(&format!("; denied by {}", answer.disputed_by.join(", ")));
    }
    canvas.field(4, "said by", &who)?;
    canvas.field(4, "source", &answer.source)?;
    canvas.field(4, "because", &answer.because)?;
    let named = answer.cited.iter().take(MOST_NAMED).map(|cited| {
        format!(
            "{} {} {} ({}, {} confidence)",
            cited.id,
            cited.behaviour,
            cited.package.as_deref().unwrap_or("code without a manifest"),
            cited.rung,
            cited.confidence
        )
    });
    let more = answer.cited.len().saturating_sub(MOST_NAMED);
    let rest = (more > 0).then(|| format!("and {more} more"));
    canvas.fields(4, "findings", named.chain(rest))?;
    let coverage = &answer.coverage;
    let gaps = coverage.gaps.iter().take(3).map(|gap| {
        let of = gap.package.as_ref().map(|package| format!("{package}: ")).unwrap_or_default();
        format!("{of}{}", gap.says)
    });
    let more = coverage.gaps_total.saturating_sub(3);
    let rest = (more > 0).then(|| format!("and {more} more"));
    canvas.fields(4, "not looked at", gaps.chain(rest))
}
