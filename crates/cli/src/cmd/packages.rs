//! `overt packages BUILD`: packages with their signers, rights and components.

use std::collections::BTreeSet;

use overt_report::{PackageFilter, Subject};

use crate::builds;
use crate::exit::{Code, Failure};
use crate::flags::{High, Packages};
use crate::verdict::verdict;

pub(super) fn run(high: &High, flags: &Packages) -> Result<Code, Failure> {
    let store = builds::store(&high.store)?;
    let found = builds::resolve(store.as_ref(), &flags.build)?;
    let filter = PackageFilter { privileged: flags.privileged, package: flags.package.clone() };
    let list = filter.select(&found.record, &found.digest);
    high.sink.render(high.output, &Subject::Packages(&list), &high.style)?;
    let paths: BTreeSet<&str> = list.packages.iter().map(|package| package.path.as_str()).collect();
    let theirs = found.record.findings.iter().filter(|finding| paths.contains(finding.path.as_str()));
    Ok(verdict(theirs.map(|finding| finding.severity), &found.record.coverage, high.fail_on))
}
