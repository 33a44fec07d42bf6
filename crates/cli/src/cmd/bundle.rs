//! `overt bundle make|redact`, `overt verify`: evidence that stands on its own.

use overt_bundle::{Bundle, Contents, Expected, Refused, Verified};
use overt_pipeline::Inspector;
use overt_report::{Subject, Verification};

use super::judgement::{day, judge, today};
use crate::exit::{Code, Failure};
use crate::flags::{self, BundleMake, BundleRedact, High};
use crate::{keys, message};

/// Bytes of a bundle: that of a large record, with some room.
const LARGEST: u64 = 4 << 30;

pub(super) fn run(high: &High, flags: &flags::Bundle) -> Result<Code, Failure> {
    match flags {
        flags::Bundle::Make(flags) => make(high, flags),
        flags::Bundle::Redact(flags) => redact(high, flags),
    }
}

fn make(high: &High, flags: &BundleMake) -> Result<Code, Failure> {
    let keys = keys::private(&flags.key)?;
    let expires = day("--expires", flags.expires.as_deref())?;
    let judged = judge(high, &flags.gate)?;
    let contents = Contents {
        record: &judged.found.record,
        digest: &judged.found.digest,
        decision: &judged.decision,
        policy: &judged.policy,
        diff: judged.diff.as_ref(),
        claims: &judged.answers,
        waivers: &judged.waivers,
        expires: expires.unwrap_or_else(|| judged.decision.today.a_year_later()),
    };
    let bundle = Bundle::make(&contents, &keys, &keys::seed()?).map_err(Failure::own)?;
    write(high, &bundle)
}

fn write(high: &High, bundle: &Bundle) -> Result<Code, Failure> {
    let text = bundle.to_file().map_err(Failure::own)?;
    high.sink.render(high.output, &Subject::Draft(&text), &high.style)?;
    Ok(Code::Done)
}

fn redact(high: &High, flags: &BundleRedact) -> Result<Code, Failure> {
    let text = keys::text(&flags.file, "a bundle", LARGEST)?;
    let mut bundle: Bundle = serde_json::from_str(&text).map_err(|error| Failure {
        code: Code::Unreadable,
        text: format!("{} cannot be used as a bundle: {error}", flags.file.display()),
    })?;
    let names = bundle.withhold(&flags.part);
    if names.is_empty() {
        return Err(Failure::wrong_use("no part that is given is called so; nothing was written"));
    }
    message::note(&format!("{} withheld", overt_report::words::plural(names.len() as u64, "part")));
    write(high, &bundle)
}

/// `overt verify`.
pub(super) fn verify(high: &High, flags: &flags::Verify) -> Result<Code, Failure> {
    let trusted = keys::public(&flags.trust)?;
    let text = keys::text(&flags.file, "a bundle", LARGEST)?;
    let expected = Expected {
        trusted: &trusted,
        as_of: Some(day("--as-of", flags.as_of.as_deref())?.unwrap_or_else(today)),
        not_before: day("--not-before", flags.not_before.as_deref())?,
        about: flags.build.as_deref(),
    };
    let mut outcome = overt_bundle::verify(&text, &expected);
    let mut rederived = None;
    if let (Ok(verified), Some(input)) = (&outcome, &flags.input) {
        let inspector =
            Inspector::open(input, &high.scan.limits).map_err(|error| Failure::of_scan(input, &error))?;
        match found_again(verified, &inspector) {
            Ok(number) => rederived = Some(number),
            Err(refused) => outcome = Err(refused),
        }
    }
    let refused = outcome.is_err();
    high.sink.render(
        high.output,
        &Subject::Verification(&Verification { outcome, rederived }),
        &high.style,
    )?;
    Ok(if refused { Code::Findings } else { Code::Done })
}

/// Looks each cited instruction up in the image. Returns how many there are.
fn found_again(verified: &Verified, inspector: &Inspector) -> Result<usize, Refused> {
    let wrong = |says: String| Refused { code: "wrong-image", says };
    let mut number = 0;
    for evidence in &verified.evidence {
        if evidence.class.is_none() || evidence.method.is_none() || evidence.offset.is_none() {
            continue;
        }
        let lines = inspector.instructions_around(evidence, 0).map_err(wrong)?;
        let there = lines.iter().find(|line| line.marked).map(|line| line.text.as_str());
        if let (Some(cited), Some(there)) = (&evidence.instruction, there)
            && cited != there
        {
            return Err(wrong(format!(
                "at {} the image has {there:?}, and {cited:?} is cited",
                evidence.locus
            )));
        }
        number += 1;
    }
    Ok(number)
}
