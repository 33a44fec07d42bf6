//! JSON for programs, one finding (or package) a line. Dead code is not among the lines: it is no behaviour.

use std::io::{self, Write};

use serde::Serialize;

use crate::Output;
use crate::style::Style;
use crate::subject::{Kind, Subject};

/// One JSON document a line.
pub const OUTPUT: Output = Output {
    name: "jsonl",
    kinds: &[
        Kind::Whole,
        Kind::Packages,
        Kind::Findings,
        Kind::Flows,
        Kind::Strings,
        Kind::Diff,
        Kind::History,
        Kind::Matches,
        Kind::Claims,
        Kind::PolicyTests,
    ],
    render,
};

fn render(subject: &Subject<'_>, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match subject {
        Subject::Whole(whole) => lines(out, whole.record.findings.iter()),
        Subject::Packages(list) => lines(out, list.packages.iter()),
        Subject::Findings(list) => lines(out, list.findings.iter()),
        Subject::Flows(list) => lines(out, list.flows.iter()),
        Subject::Unmodelled(list) => lines(out, list.unmodelled.iter()),
        Subject::Sinks(list) => lines(out, list.sinks.iter()),
        Subject::Strings(list) | Subject::EveryString(list) => lines(out, list.strings.iter()),
        Subject::Diff(diff) => lines(out, diff.rows.iter()),
        Subject::History(history) => lines(out, history.lines.iter()),
        Subject::Matches(matches) => lines(out, matches.matches.iter()),
        Subject::Claims(outcome) => lines(out, outcome.claims.iter()),
        Subject::PolicyTests(tests) => lines(out, tests.iter()),
        Subject::Explanation(_) | Subject::Decision(_) | Subject::Verification(_) | Subject::Draft(_) => {
            Err(io::Error::from(io::ErrorKind::Unsupported))
        }
    }
}

fn lines(out: &mut dyn Write, values: impl Iterator<Item = impl Serialize>) -> io::Result<()> {
    for value in values {
        serde_json::to_writer(&mut *out, &value)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
