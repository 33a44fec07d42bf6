//! `overt findings BUILD`: findings, app by app.

use overt_report::{FindingFilter, Subject};

use crate::builds;
use crate::exit::{Code, Failure};
use crate::flags::{Findings, High};
use crate::verdict::verdict;

pub(super) fn run(high: &High, flags: &Findings) -> Result<Code, Failure> {
    let store = builds::store(&high.store)?;
    let found = builds::resolve(store.as_ref(), &flags.build)?;
    let filter = FindingFilter {
        severity: flags.severity,
        package: flags.package.clone(),
        behaviour: flags.behaviour.clone(),
        theme: flags.theme,
    };
    let list = filter.select(&found.record, &found.digest);
    high.sink.render(high.output, &Subject::Findings(&list), &high.style)?;
    Ok(verdict(list.findings.iter().map(|finding| finding.severity), &found.record.coverage, high.fail_on))
}
