//! One finding in full: what it says, what it rests on, and the code around each piece of evidence.

use std::io;

use overt_record::derivation::{Derivation, Verdict};

use super::canvas::Canvas;
use super::{build, coverage, finding, short};
use crate::explanation::{Explanation, Reopened, Shown};
use crate::style::Ink;
use crate::{facts, words};

/// What `overt explain` prints.
pub(super) fn explanation(canvas: &mut Canvas<'_>, explanation: &Explanation<'_>) -> io::Result<()> {
    let finding = explanation.finding;
    finding::title(canvas, 0, finding)?;
    if explanation.dead {
        canvas.wrapped(
            2,
            2,
            &[(
                Ink::Warning,
                "No entry point of this build was found to reach this code. It is not counted as behaviour.",
            )],
        )?;
    }
    canvas.gap()?;
    canvas.paragraph(2, &finding.says)?;
    canvas.gap()?;
    canvas.field(2, "build", &build::one_line(explanation.record, explanation.digest))?;
    canvas.field(2, "package", finding.package.as_deref().unwrap_or("code without a manifest"))?;
    canvas.field(2, "path", &finding.path)?;
    canvas.field(2, "runs as", &facts::runs_as(finding))?;
    canvas.field(2, "behaviour", &format!("{} (theme {})", finding.behaviour, finding.theme))?;
    canvas.field(2, "rung", &format!("{}: {}", finding.rung, words::rung(finding.rung)))?;
    canvas.field(2, "severity", finding.severity.as_str())?;
    canvas.field(2, "confidence", finding.confidence.as_str())?;
    canvas.field(2, facts::data_label(finding.rung), &facts::data(finding))?;
    canvas.field(2, facts::effect_label(finding.rung), &facts::effects(finding))?;
    canvas.field(2, "by way of", &facts::channels(finding))?;
    canvas.fields(2, facts::endpoint_label(finding.rung), finding.endpoints.iter().map(endpoint))?;
    canvas.field(2, "reached from", &facts::reach(finding))?;
    canvas.field(2, "woken by", &facts::triggers(finding))?;
    canvas.field(2, "only if", &facts::gates(finding))?;
    canvas.fields(2, "changed by", finding.transforms.iter().map(facts::transform))?;
    canvas.fields(2, "assumed", facts::assumptions(finding))?;
    canvas.field(2, "wrong if", finding.would_be_wrong_if.as_deref().unwrap_or_default())?;
    coverage::brief(canvas, &explanation.record.coverage, short(explanation.digest))?;

    canvas.heading("EVIDENCE")?;
    if finding.sites > 1 {
        canvas.remark(
            2,
            &format!(
                "{} in all; those that are named here:",
                words::plural(u64::from(finding.sites), "site")
            ),
        )?;
    }
    if let Some(says) = explanation.input.says() {
        let ink = if matches!(explanation.input, Reopened::Unknown(_)) { Ink::Faint } else { Ink::Warning };
        canvas.wrapped(2, 2, &[(ink, says)])?;
    }
    for (index, shown) in explanation.evidence.iter().enumerate() {
        canvas.gap()?;
        evidence(canvas, index + 1, shown)?;
    }
    if !explanation.derivations.is_empty() {
        canvas.heading("RUN AGAIN")?;
        canvas.remark(2, "The code of the input was run again for each address and key that code makes.")?;
        for derivation in &explanation.derivations {
            canvas.gap()?;
            derived(canvas, derivation)?;
        }
    }
    Ok(())
}

fn derived(canvas: &mut Canvas<'_>, derivation: &Derivation) -> io::Result<()> {
    let ink = if derivation.verdict == Verdict::Same { Ink::Plain } else { Ink::Warning };
    canvas.wrapped(2, 4, &[(Ink::Strong, &derivation.of), (ink, &derivation.says)])?;
    let how = &derivation.how;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    canvas.field(4, "value", &text(&derivation.value))?;
    canvas.field(4, "decoder", &text(&how.decoder))?;
    canvas.field(4, "algorithm", &text(&how.algorithm))?;
    canvas.field(4, "mode", &text(&how.mode))?;
    canvas.field(4, "key", &text(&how.key))?;
    canvas.field(4, "iv", &text(&how.iv))?;
    canvas.field(4, "class", &text(&how.class))?;
    match &how.file {
        Some(file) => {
            canvas.field(4, "file", file)?;
            canvas.field(4, "function", &text(&how.method))?;
            canvas.field(4, "bytes at", &how.offset.map_or_else(String::new, |at| format!("{at:#x}")))?;
        }
        None => {
            let method = format!("{}{}", text(&how.method), text(&how.descriptor));
            canvas.field(4, "method", &method)?;
            canvas.field(4, "offset", &how.offset.map_or_else(String::new, |at| format!("{at:04x}")))?;
        }
    }
    if let Some(instruction) = &derivation.instruction {
        let at = how.offset.unwrap_or_default();
        canvas.verbatim(6, Ink::Plain, &format!("> {at:04x}: "), instruction)?;
    }
    match (&derivation.locus, &derivation.code_sha256) {
        (Some(locus), Some(sha256)) => canvas.remark(4, &format!("in {locus}, DEX {sha256}")),
        _ => Ok(()),
    }
}

fn endpoint(endpoint: &overt_record::finding::Endpoint) -> String {
    let mut text = words::endpoint(endpoint);
    if let Some(how) = &endpoint.how {
        if let (Some(class), Some(method)) = (&how.class, &how.method) {
            text.push_str(&format!(" — at {class} › {method}"));
            if let Some(offset) = how.offset {
                text.push_str(&format!(" › {offset:04x}"));
            }
        }
        if let Some(key) = &how.key {
            text.push_str(&format!(", key {key}"));
        }
    }
    text
}

fn evidence(canvas: &mut Canvas<'_>, number: usize, shown: &Shown<'_>) -> io::Result<()> {
    let evidence = shown.evidence;
    let number = format!("{number}.");
    canvas.wrapped(
        2,
        6,
        &[
            (Ink::Plain, &format!("{number:3}")),
            (Ink::Strong, words::role(evidence.role)),
            (Ink::Plain, &facts::place(evidence)),
        ],
    )?;
    if evidence.class.is_some() {
        canvas.remark(6, &format!("in {}", evidence.locus))?;
        if let Some(sha256) = &evidence.code_sha256 {
            canvas.remark(6, &format!("DEX {sha256}"))?;
        }
    }
    match (&shown.around, &evidence.instruction) {
        (Some(lines), _) => {
            for line in lines {
                let (ink, mark) = if line.marked { (Ink::Strong, '>') } else { (Ink::Plain, ' ') };
                canvas.verbatim(6, ink, &format!("{mark} {:04x}: ", line.offset), &line.text)?;
            }
        }
        (None, Some(instruction)) => match evidence.offset {
            Some(offset) => canvas.verbatim(6, Ink::Plain, &format!("> {offset:04x}: "), instruction)?,
            None => canvas.verbatim(6, Ink::Plain, "> ", instruction)?,
        },
        (None, None) => {}
    }
    match &shown.why_not {
        Some(why) => canvas.wrapped(6, 6, &[(Ink::Warning, &format!("Not shown from the input: {why}"))]),
        None => Ok(()),
    }
}
