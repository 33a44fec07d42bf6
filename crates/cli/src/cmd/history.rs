//! `overt history DEVICE`: the line of each behaviour over all builds of a device.

use overt_report::Subject;

use crate::builds;
use crate::exit::{Code, Failure};
use crate::flags::{self, High};

pub(super) fn run(high: &High, flags: &flags::History) -> Result<Code, Failure> {
    let Some(store) = builds::store(&high.store)? else {
        return Err(Failure::wrong_use("there is no store to look the device up in. Scan its builds first"));
    };
    let history = store.history(&flags.device)?.ok_or_else(|| {
        Failure::wrong_use(format!(
            "no build in {} has a model or device called {:?}. `overt report BUILD` says what a build is called; * and ? may \
             stand in the name",
            store.path().display(),
            flags.device
        ))
    })?;
    high.sink.render(high.output, &Subject::History(&history), &high.style)?;
    // What happened at some time is no verdict on the last build.
    Ok(Code::Done)
}
