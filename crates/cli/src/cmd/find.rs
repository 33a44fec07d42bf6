//! `overt find`: where else something occurs.

use overt_report::Subject;
use overt_store::{Code as Wanted, Search, Store};

use crate::builds;
use crate::exit::{Code, Failure};
use crate::flags::{self, High};

pub(super) fn run(high: &High, flags: &flags::Find) -> Result<Code, Failure> {
    let Some(store) = builds::store(&high.store)? else {
        return Err(Failure::wrong_use("there is no store to search. Scan builds first"));
    };
    let search = Search {
        behaviour: flags.behaviour.clone(),
        host: flags.host.clone(),
        package: flags.package.clone(),
        signer: flags.signer.clone(),
        code: flags.code.as_deref().map(|asked| code(&store, asked)).transpose()?,
        key: flags.key.clone(),
    };
    let mut found = store.find(&search)?;
    if let Some(asked) = &flags.code {
        for one in &mut found.asked {
            if one.starts_with("--code") {
                *one = format!("--code {asked}");
            }
        }
    }
    high.sink.render(high.output, &Subject::Matches(&found), &high.style)?;
    let severe = found.matches.iter().filter_map(|one| one.severity).any(|severity| severity >= high.fail_on);
    Ok(if severe { Code::Findings } else { Code::Done })
}

/// The code of a package of a build, or whatever is named so.
fn code(store: &Store, asked: &str) -> Result<Wanted, Failure> {
    if !asked.contains(':') {
        return Ok(Wanted::Named(asked.to_owned()));
    }
    let (found, package) = builds::resolve_part(Some(store), asked)?;
    let Some(package) = package else {
        return Err(Failure::wrong_use("a whole build is too much to search for. Give BUILD:PACKAGE"));
    };
    let mut all = found.record.packages.iter();
    let here = all
        .find(|one| one.package.as_deref() == Some(package.as_str()) || one.path == package)
        .ok_or_else(|| {
            Failure::wrong_use(format!(
                "the record {} has no package that is called {package:?}. `overt packages BUILD` lists them",
                builds::short(&found.digest)
            ))
        })?;
    match &here.shape {
        Some(shape) if shape.methods > 0 => Ok(Wanted::Like(shape.clone())),
        // Without a shape only the same bytes can be found.
        _ => match here.code.first() {
            Some(code) => Ok(Wanted::Named(code.sha256.clone())),
            None => Err(Failure::wrong_use(format!("{package} has no code in that record"))),
        },
    }
}
