//! Text for people: what was looked at comes before what was found, and nothing claims more than its rung.

pub(crate) mod build;
pub(crate) mod canvas;
mod claims;
mod coverage;
mod dead;
mod decision;
mod diff;
mod explain;
mod finding;
mod findings;
mod flows;
mod history;
mod legend;
mod matches;
mod natives;
mod packages;
mod rights;
mod sinks;
mod strings;
mod summary;

use std::io::{self, Write};

pub(crate) use build::title;
use canvas::Canvas;

use crate::Output;
use crate::style::Style;
use crate::subject::{Kind, Subject, Whole};

/// Text for people.
pub const OUTPUT: Output = Output {
    name: "text",
    kinds: &[
        Kind::Whole,
        Kind::Packages,
        Kind::Findings,
        Kind::Explanation,
        Kind::Flows,
        Kind::Strings,
        Kind::Diff,
        Kind::History,
        Kind::Matches,
        Kind::Claims,
        Kind::Decision,
        Kind::Verification,
        Kind::PolicyTests,
        Kind::Draft,
    ],
    render,
};

/// How many digits of a record's digest name it in the commands that the text proposes.
pub const SHORT_DIGEST: usize = 12;

fn render(subject: &Subject<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut canvas = Canvas::new(out, *style);
    match subject {
        Subject::Whole(whole) => report(&mut canvas, whole),
        Subject::Packages(list) => packages::list(&mut canvas, list),
        Subject::Findings(list) => findings::list(&mut canvas, list),
        Subject::Explanation(explanation) => explain::explanation(&mut canvas, explanation),
        Subject::Flows(list) => flows::list(&mut canvas, list),
        Subject::Unmodelled(list) => flows::unmodelled(&mut canvas, list),
        Subject::Sinks(list) => sinks::list(&mut canvas, list),
        Subject::Claims(outcome) => claims::outcome(&mut canvas, outcome),
        Subject::Decision(decision) => decision::decision(&mut canvas, decision),
        Subject::Verification(one) => decision::verification(&mut canvas, one),
        Subject::PolicyTests(tests) => decision::tests(&mut canvas, tests),
        Subject::Draft(text) => canvas.as_it_is(text),
        Subject::Strings(list) => strings::list(&mut canvas, list, false),
        Subject::EveryString(list) => strings::list(&mut canvas, list, true),
        Subject::Diff(diff) => diff::diff(&mut canvas, diff),
        Subject::History(history) => history::history(&mut canvas, history),
        Subject::Matches(matches) => matches::matches(&mut canvas, matches),
    }
}

fn report(canvas: &mut Canvas<'_>, whole: &Whole<'_>) -> io::Result<()> {
    let record = whole.record;
    build::identity(canvas, record, whole.digest)?;
    coverage::section(canvas, &record.coverage)?;
    summary::section(canvas, record)?;
    rights::section(canvas, record, short(whole.digest))?;
    natives::section(canvas, &record.natives)?;
    findings::by_app(canvas, record, short(whole.digest))?;
    dead::section(canvas, &record.dead)?;
    legend::section(canvas, short(whole.digest))
}

/// The part of a digest that people type.
fn short(digest: &str) -> &str {
    digest.get(..SHORT_DIGEST).unwrap_or(digest)
}
