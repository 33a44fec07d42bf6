//! One self-contained page: no network, no script, nothing of the firmware that could act in it.
//!
//! *Invariants*: every text of the record goes through `page::Page::text`; markup is only ever a literal of this crate;
//! the page is well-formed XML besides being HTML, so that a test can hold both to be true; at most [`MOST`] bytes,
//! whatever the record holds: what has no room is counted and named as left out.

mod chain;
mod coverage;
mod endpoints;
mod findings;
mod head;
mod label;
mod legend;
mod natives;
mod packages;
mod page;

use std::io::{self, Write};

use page::Page;

use crate::Output;
use crate::apps;
use crate::style::Style;
use crate::subject::{Kind, Subject, Whole};

/// One self-contained page.
pub const OUTPUT: Output = Output { name: "html", kinds: &[Kind::Whole], render };

/// Bytes that a page is held to: what a phone still opens at once.
pub const MOST: usize = 3_000_000;

fn render(subject: &Subject<'_>, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match subject {
        Subject::Whole(whole) => out.write_all(report(whole).as_bytes()),
        _ => Err(io::Error::from(io::ErrorKind::Unsupported)),
    }
}

fn report(whole: &Whole<'_>) -> String {
    let record = whole.record;
    let label = crate::label::Label::of(record);
    let dead = apps::group(record, &record.dead);
    let mut page = Page::default();
    // What has a bounded size comes first, and findings get the room that is left.
    let before = head::open(record, whole.digest);
    let answers = label::section(&label, whole.digest);
    let endpoints = endpoints::section(record);
    let packages = packages::section(record, &label.apps);
    let natives = natives::section(&record.natives);
    let coverage = coverage::section(&record.coverage);
    let legend = legend::section(record, whole.digest);
    let fixed = [&before, &answers, &endpoints, &packages, &natives, &coverage, &legend];
    let room = MOST.saturating_sub(fixed.iter().map(|part| part.size()).sum::<usize>() + ROOM_FOR_FRAMES);
    let found = findings::section(&label.apps, whole.digest, room);
    let dead = findings::dead(&dead, room.saturating_sub(found.size()));
    for part in [before, answers, found, endpoints, packages, natives, coverage, dead, legend] {
        page.append(part);
    }
    page.finish()
}

/// Bytes kept for what stands around the parts.
const ROOM_FOR_FRAMES: usize = 16 << 10;
