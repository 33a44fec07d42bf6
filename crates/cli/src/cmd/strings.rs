//! `overt strings PATH…`: strings of apps, concealed ones included.

use overt_base::Cancel;
use overt_record::sinks::SinkList;
use overt_record::strings::StringList;
use overt_report::Subject;

use crate::exit::{Code, Failure};
use crate::flags::{High, Strings};
use crate::message;
use crate::progress::Bar;

pub(super) fn run(high: &High, flags: &Strings) -> Result<Code, Failure> {
    if flags.sinks {
        return sinks(high, flags);
    }
    let mut all = StringList::default();
    let bar = Bar::on_stderr();
    for path in &flags.paths {
        let name = path.display().to_string();
        let found = overt_pipeline::strings(path, &name, flags.hidden, &high.scan, &bar, &Cancel::default())
            .map_err(|error| Failure::of_scan(path, &error))?;
        all.strings.extend(found.strings);
        all.methods += found.methods;
        all.left_out += found.left_out;
        all.problems.extend(found.problems);
    }
    drop(bar);
    for text in &all.problems {
        message::note(&format!("not looked at: {text}"));
    }
    let subject = if flags.all { Subject::EveryString(&all) } else { Subject::Strings(&all) };
    high.sink.render(high.output, &subject, &high.style)?;
    Ok(if all.problems.is_empty() { Code::Done } else { Code::Incomplete })
}

fn sinks(high: &High, flags: &Strings) -> Result<Code, Failure> {
    let mut all = SinkList::default();
    let bar = Bar::on_stderr();
    for path in &flags.paths {
        let name = path.display().to_string();
        let found = overt_pipeline::sinks(path, &name, &high.scan, &bar, &Cancel::default())
            .map_err(|error| Failure::of_scan(path, &error))?;
        all.sinks.extend(found.sinks);
        all.problems.extend(found.problems);
    }
    drop(bar);
    for text in &all.problems {
        message::note(&format!("not looked at: {text}"));
    }
    high.sink.render(high.output, &Subject::Sinks(&all), &high.style)?;
    Ok(if all.problems.is_empty() { Code::Done } else { Code::Incomplete })
}
