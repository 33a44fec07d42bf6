//! `overt flows PATH…`: data followed inside apps.

use overt_base::Cancel;
use overt_pipeline::{Ends, FlowQuestion, flows};
use overt_report::Subject;

use crate::exit::{Code, Failure};
use crate::flags::{Flows, High};
use crate::message;
use crate::progress::Bar;

pub(super) fn run(high: &High, flags: &Flows) -> Result<Code, Failure> {
    let ends = match &flags.definitions {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| Failure::unreadable(path, error.to_string()))?;
            let (ends, wrong) = Ends::of_list(&text);
            if let Some((line, what)) = wrong.first() {
                return Err(Failure::wrong_use(format!(
                    "{} line {line}: \"{what}\" is not understood. A line reads `<class: type name(types)> -> _SOURCE_`, \
                     _SINK_ or _BOTH_; a comment begins with %",
                    path.display()
                )));
            }
            Some(ends)
        }
    };
    let question = FlowQuestion { ends, implicit: flags.implicit, orders: flags.orders };
    let bar = Bar::on_stderr();
    let all = flows(&flags.paths, &question, &high.scan, &bar, &Cancel::default())
        .map_err(|(path, error)| Failure::of_scan(path, &error))?;
    drop(bar);
    for text in &all.problems {
        message::note(&format!("not looked at: {text}"));
    }
    let subject = if flags.unmodelled { Subject::Unmodelled(&all) } else { Subject::Flows(&all) };
    high.sink.render(high.output, &subject, &high.style)?;
    Ok(if all.problems.is_empty() { Code::Done } else { Code::Incomplete })
}
