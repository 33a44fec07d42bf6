//! `overt gate`, `overt policy`, `overt waiver`, `overt key`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use overt_claims::{Answer, Builds, Day, Held};
use overt_compare::Named;
use overt_policy::policy::{DEFAULT, DEFAULT_TESTS};
use overt_policy::{Case, Decision, State, Waivers, Word, waiver};
use overt_record::diff::Diff;
use overt_report::Subject;
use overt_seal::Envelope;

use super::claims::statements;
use crate::builds;
use crate::exit::{Code, Failure};
use crate::flags::{Gate, High, Key, Policy, PolicyTest, Waiver};
use crate::{keys, message};

/// Everything a decision rests on.
pub(super) struct Judged {
    pub(super) found: overt_store::Resolved,
    pub(super) policy: overt_policy::Policy,
    pub(super) diff: Option<Diff>,
    pub(super) answers: Vec<Answer>,
    pub(super) waivers: Waivers,
    pub(super) decision: Decision,
}

/// Decides on what the flags name.
pub(super) fn judge(high: &High, flags: &Gate) -> Result<Judged, Failure> {
    let policy =
        if flags.policy.is_empty() { overt_policy::Policy::default() } else { loaded(&flags.policy)? };
    let state = state(&flags.state)?;
    let today = day("--today", flags.today.as_deref())?.unwrap_or_else(today);
    let waivers = match &flags.waivers {
        Some(path) => signed_waivers(path, &flags.trust)?,
        None => Waivers::default(),
    };
    let store = builds::store(&high.store)?;
    let found = builds::resolve(store.as_ref(), &flags.build)?;
    let against = flags.against.as_ref().map(|asked| builds::resolve(store.as_ref(), asked)).transpose()?;
    let diff = against.as_ref().map(|against| {
        overt_compare::diff(
            Named { record: &against.record, digest: &against.digest },
            Named { record: &found.record, digest: &found.digest },
        )
    });
    let answers = match &flags.claims {
        None => Vec::new(),
        Some(path) => {
            let statements = statements(path)?;
            let held =
                against.iter().chain([&found]).map(|one| Held::new(&one.record, &one.digest)).collect();
            overt_claims::check(&statements, &Builds::new(held, BTreeMap::new())).claims
        }
    };
    let case = Case {
        record: &found.record,
        digest: &found.digest,
        diff: diff.as_ref(),
        claims: &answers,
        waivers: &waivers,
        state,
        today,
    };
    let decision = policy.decide(&case).map_err(|why| unusable(&flags.policy, &why))?;
    Ok(Judged { found, policy, diff, answers, waivers, decision })
}

/// `overt gate`.
pub(super) fn gate(high: &High, flags: &Gate) -> Result<Code, Failure> {
    let decision = judge(high, flags)?.decision;
    high.sink.render(high.output, &Subject::Decision(&decision), &high.style)?;
    Ok(match decision.decision {
        Word::Allow | Word::Reinstate => Code::Done,
        Word::Hold | Word::Suspend => Code::Findings,
        Word::Incomplete => Code::Incomplete,
    })
}

/// A day that was typed.
pub(super) fn day(flag: &str, typed: Option<&str>) -> Result<Option<Day>, Failure> {
    let read = |text: &str| {
        Day::parse(text)
            .ok_or_else(|| Failure::wrong_use(format!("{flag} {text:?} is no day: write 2026-11-22")))
    };
    typed.map(read).transpose()
}

fn state(word: &str) -> Result<State, Failure> {
    Ok(match word {
        "listed" => State::Listed,
        "on-hold" => State::OnHold,
        "suspended" => State::Suspended,
        "reinstated" => State::Reinstated,
        "withdrawn" => State::Withdrawn,
        _ => {
            return Err(Failure::wrong_use(format!(
                "--state {word:?} is none of listed, on-hold, suspended, reinstated, withdrawn"
            )));
        }
    })
}

/// Today in UTC: the only place that looks at a clock, and only where no day was given.
pub(super) fn today() -> Day {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Day::of_unix(since.as_secs())
}

fn unusable(paths: &[PathBuf], why: &str) -> Failure {
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    Failure { code: Code::Unreadable, text: format!("the policy {} cannot be used: {why}", names.join(", ")) }
}

fn loaded(paths: &[PathBuf]) -> Result<overt_policy::Policy, Failure> {
    let mut files = Vec::new();
    for path in paths {
        let text = keys::text(path, "a policy", overt_policy::policy::LARGEST as u64)?;
        files.push((path.display().to_string(), text));
    }
    overt_policy::Policy::new(files).map_err(|why| unusable(paths, &why))
}

fn signed_waivers(path: &Path, trust: &[PathBuf]) -> Result<Waivers, Failure> {
    let trusted = keys::public(trust)?;
    let payload = keys::opened(path, "a file of waivers", waiver::PAYLOAD_TYPE, &trusted)?;
    Waivers::read(&payload).map_err(|why| Failure {
        code: Code::Unreadable,
        text: format!("{} cannot be used as a file of waivers: {why}", path.display()),
    })
}

/// `overt policy`.
pub(super) fn policy(high: &High, flags: &Policy) -> Result<Code, Failure> {
    match flags {
        Policy::Show => {
            high.sink.render(high.output, &Subject::Draft(DEFAULT), &high.style)?;
            Ok(Code::Done)
        }
        Policy::Test(flags) => test(high, flags),
    }
}

fn test(high: &High, flags: &PolicyTest) -> Result<Code, Failure> {
    let policy = if flags.files.is_empty() {
        let files = [("default.rego", DEFAULT), ("default_test.rego", DEFAULT_TESTS)];
        let files = files.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
        overt_policy::Policy::new(files).map_err(Failure::own)?
    } else {
        loaded(&flags.files)?
    };
    let tested = policy.test().map_err(|why| unusable(&flags.files, &why))?;
    if tested.is_empty() {
        return Err(Failure::wrong_use("none of these files has a rule that begins with test_"));
    }
    high.sink.render(high.output, &Subject::PolicyTests(&tested), &high.style)?;
    Ok(if tested.iter().all(|one| one.passed) { Code::Done } else { Code::Findings })
}

/// `overt waiver sign`.
pub(super) fn waiver(high: &High, flags: &Waiver) -> Result<Code, Failure> {
    let Waiver::Sign(flags) = flags;
    let text = keys::text(&flags.file, "a file of waivers", 8 << 20)?;
    let unreadable = |why: String| Failure {
        code: Code::Unreadable,
        text: format!("{} cannot be used as a file of waivers: {why}", flags.file.display()),
    };
    let waivers = Waivers::of_toml(&text).map_err(unreadable)?;
    let keys = keys::private(&flags.key)?;
    let payload = waivers.to_payload();
    let sealed = Envelope::seal(waiver::PAYLOAD_TYPE, &payload, &keys).to_file();
    high.sink.render(high.output, &Subject::Draft(&sealed), &high.style)?;
    Ok(Code::Done)
}

/// `overt key new`.
pub(super) fn key(flags: &Key) -> Result<Code, Failure> {
    let Key::New(flags) = flags;
    let public = keys::make(&flags.file, &flags.name)?;
    message::note(&format!(
        "made {} (keep it secret) and {}; the key's id is {}",
        flags.file.display(),
        flags.file.with_extension("pub").display(),
        public.id()
    ));
    Ok(Code::Done)
}
