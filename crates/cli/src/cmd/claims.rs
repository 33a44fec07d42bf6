//! `overt claims check FILE BUILD…`: public statements held against builds; `overt claims start`: a first file of them.

use std::collections::BTreeMap;
use std::path::Path;

use overt_claims::{Builds, Held, Statements, Verdict, data_safety};
use overt_report::Subject;
use overt_store::{Resolved, Store};

use crate::builds;
use crate::exit::{Code, Failure};
use crate::flags::{Claims, ClaimsCheck, ClaimsStart, High};
use crate::message;
use crate::verdict::has_holes;

pub(super) fn run(high: &High, flags: &Claims) -> Result<Code, Failure> {
    match flags {
        Claims::Check(flags) => check(high, flags),
        Claims::Start(flags) => start(high, flags),
    }
}

fn check(high: &High, flags: &ClaimsCheck) -> Result<Code, Failure> {
    let statements = statements(&flags.file)?;
    let store = builds::store(&high.store)?;
    let found: Vec<Resolved> =
        flags.builds.iter().map(|asked| builds::resolve(store.as_ref(), asked)).collect::<Result<_, _>>()?;
    let peers = peers(store.as_ref(), &statements);
    let held = found.iter().map(|one| Held::new(&one.record, &one.digest)).collect();
    let named = peers.iter().map(|(name, one)| (name.clone(), Held::new(&one.record, &one.digest))).collect();
    let outcome = overt_claims::check(&statements, &Builds::new(held, named));
    high.sink.render(high.output, &Subject::Claims(&outcome), &high.style)?;
    Ok(if outcome.claims.iter().any(|answer| answer.result == Verdict::Contradicted) {
        Code::Findings
    } else if found.iter().any(|one| has_holes(&one.record.coverage)) {
        Code::Incomplete
    } else {
        Code::Done
    })
}

/// Reads a file of statements.
pub(super) fn statements(path: &Path) -> Result<Statements, Failure> {
    let unreadable = |why: String| Failure {
        code: Code::Unreadable,
        text: format!("{} cannot be used as a file of statements: {why}", path.display()),
    };
    let size = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
    if size > overt_claims::statement::LARGEST as u64 {
        return Err(unreadable(format!("it has {size} bytes, more than any file of statements")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    Statements::parse(&text).map_err(unreadable)
}

/// The builds that statements name to compare with. One that is not there makes no failure: the answer says so.
fn peers(store: Option<&Store>, statements: &Statements) -> BTreeMap<String, Resolved> {
    let mut peers = BTreeMap::new();
    for baseline in statements.claims.iter().flat_map(|claim| &claim.baseline) {
        if peers.contains_key(&baseline.build) {
            continue;
        }
        match builds::resolve(store, &baseline.build) {
            Ok(found) => _ = peers.insert(baseline.build.clone(), found),
            Err(failure) => message::note(&format!("to compare with: {}", failure.text)),
        }
    }
    peers
}

fn start(high: &High, flags: &ClaimsStart) -> Result<Code, Failure> {
    let path = &flags.data_safety;
    let unreadable = |why: String| Failure {
        code: Code::Unreadable,
        text: format!("{} cannot be used as a Data safety export: {why}", path.display()),
    };
    let size = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
    if size > data_safety::LARGEST as u64 {
        return Err(unreadable(format!("it has {size} bytes, more than any such export")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    let declared = data_safety::read(&text).map_err(unreadable)?;
    let draft = data_safety::statements(&declared, flags.package.as_deref(), flags.date.as_deref());
    // What was typed into the file must be readable again.
    Statements::parse(&draft).map_err(|why| Failure::wrong_use(format!("--package or --date: {why}")))?;
    high.sink.render(high.output, &Subject::Draft(&draft), &high.style)?;
    Ok(Code::Done)
}
