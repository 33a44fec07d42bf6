//! `overt report BUILD`: the whole report of a build that was scanned before, in any form.

use overt_report::{Subject, Whole};

use crate::builds;
use crate::exit::{Code, Failure};
use crate::flags::{High, Report};
use crate::verdict::verdict;

pub(super) fn run(high: &High, flags: &Report) -> Result<Code, Failure> {
    let store = builds::store(&high.store)?;
    let found = builds::resolve(store.as_ref(), &flags.build)?;
    let whole = Whole { record: &found.record, digest: &found.digest };
    high.sink.render(high.output, &Subject::Whole(whole), &high.style)?;
    let severities = found.record.findings.iter().map(|finding| finding.severity);
    Ok(verdict(severities, &found.record.coverage, high.fail_on))
}
