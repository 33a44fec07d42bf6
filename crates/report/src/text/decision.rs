//! A decision on a build; a bundle that was verified; tests of a policy.

use std::io;

use overt_policy::{Decision, Tested, Word};

use super::canvas::Canvas;
use super::short;
use crate::style::Ink;
use crate::subject::Verification;
use crate::words::plural;

/// Findings named below a reason; the JSON has all.
const MOST_NAMED: usize = 12;

/// A decision.
pub(super) fn decision(canvas: &mut Canvas<'_>, decision: &Decision) -> io::Result<()> {
    let build = &decision.build;
    let names: Vec<&str> = [build.brand.as_deref(), build.model.as_deref()].into_iter().flatten().collect();
    let (ink, word) = match decision.decision {
        Word::Allow => (Ink::Strong, "ALLOW"),
        Word::Reinstate => (Ink::Strong, "REINSTATE"),
        Word::Hold => (Ink::Warning, "HOLD"),
        Word::Incomplete => (Ink::Warning, "INCOMPLETE"),
        Word::Suspend => (Ink::Alarm, "SUSPEND"),
    };
    canvas.gap()?;
    canvas.wrapped(0, 0, &[(ink, word), (Ink::Plain, &format!(" {}", names.join(" ")))])?;
    canvas.field(2, "build", build.fingerprint.as_deref().unwrap_or("without fingerprint"))?;
    canvas.field(2, "record", short(&decision.record_sha256))?;
    if let Some(against) = &decision.against_sha256 {
        canvas.field(2, "compared with", short(against))?;
    }
    canvas.field(2, "policy", short(&decision.policy_sha256))?;
    canvas.field(2, "decided on", &decision.today.to_string())?;
    canvas.heading("REASONS")?;
    if decision.reasons.is_empty() {
        canvas.paragraph(2, "No rule of the policy was met, and everything was looked at.")?;
    }
    for reason in &decision.reasons {
        canvas.wrapped(2, 2, &[(Ink::Strong, &reason.rule), (Ink::Plain, &format!(" {}", reason.says))])?;
        if !reason.findings.is_empty() {
            let mut ids = reason.findings.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(" ");
            let more = reason.findings.len().saturating_sub(MOST_NAMED);
            if more > 0 {
                ids.push_str(&format!(" and {more} more"));
            }
            canvas.field(4, "findings", &ids)?;
        }
    }
    if !decision.waivers_used.is_empty() || !decision.waivers_unused.is_empty() {
        canvas.heading("WAIVERS")?;
        canvas.field(2, "used", &decision.waivers_used.join(", "))?;
        let unused = decision.waivers_unused_because.iter().map(|one| format!("{} ({})", one.id, one.why));
        canvas.fields(2, "not used", unused)?;
    }
    Ok(())
}

/// Tests of a policy: those that failed by name, the others counted.
pub(super) fn tests(canvas: &mut Canvas<'_>, tests: &[Tested]) -> io::Result<()> {
    let failed: Vec<&Tested> = tests.iter().filter(|test| !test.passed).collect();
    for test in &failed {
        let why = test.error.as_deref().unwrap_or("it is not true");
        canvas.wrapped(0, 4, &[(Ink::Alarm, "FAILED"), (Ink::Plain, &format!(" {}: {why}", test.name))])?;
    }
    canvas.paragraph(0, &format!("{}, {} failed", plural(tests.len() as u64, "test"), failed.len()))
}

/// What became of a bundle.
pub(super) fn verification(canvas: &mut Canvas<'_>, verification: &Verification) -> io::Result<()> {
    let verified = match &verification.outcome {
        Ok(verified) => verified,
        Err(refused) => {
            return canvas.wrapped(
                0,
                2,
                &[(Ink::Alarm, "REFUSED"), (Ink::Plain, &format!(" {}: {}", refused.code, refused.says))],
            );
        }
    };
    canvas.wrapped(0, 2, &[(Ink::Strong, "VERIFIED"), (Ink::Plain, &format!(" {}", verified.build))])?;
    canvas.field(2, "record", &verified.record_sha256)?;
    let signers = verified.signers.iter().map(|signer| format!("{} {}", signer.name, short(&signer.key)));
    canvas.fields(2, "signed by", signers)?;
    canvas.field(
        2,
        "decided on",
        &format!("{}, to be relied on until {}", verified.made, verified.expires),
    )?;
    let decision = verified.decision.as_ref().map_or("withheld", |decision| decision.decision.as_str());
    canvas.field(2, "decision", decision)?;
    for reason in verified.decision.iter().flat_map(|decision| &decision.reasons) {
        canvas.field(2, "", &format!("{}: {}", reason.rule, reason.says))?;
    }
    let repeated = match verified.repeated {
        Some(true) => "the policy was asked again and decides the same",
        _ => "something that the policy needs is withheld, so it was not asked again",
    };
    canvas.field(2, "repeated", repeated)?;
    let withheld = verified.withheld.len();
    canvas.field(
        2,
        "parts",
        &format!("{} given as they were signed, {withheld} withheld", verified.given),
    )?;
    if let Some(rederived) = verification.rederived {
        canvas.field(
            2,
            "image",
            &format!("{} found again in it", plural(rederived as u64, "cited instruction")),
        )?;
    }
    Ok(())
}
