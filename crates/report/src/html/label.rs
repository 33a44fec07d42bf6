//! The label: what the owner wants to know.

use super::findings::{self, app_anchor};
use super::page::{Anchor, Page};
use crate::label::{Label, Line, Part, Tally, counted, rights};
use crate::text::SHORT_DIGEST;
use crate::words::plural;

/// Sentences that stand open for one question; the rest can be unfolded.
const OPEN: usize = 8;
/// Sentences at all.
const SENTENCES: usize = 200;

/// The section.
pub(super) fn section(label: &Label<'_>, digest: &str) -> Page {
    let mut page = Page::default();
    page.raw("<section id=\"label\" aria-labelledby=\"label-h\">\n<h2 id=\"label-h\">In plain words</h2>\n");
    let grave = label.unseen.iter().any(|remark| remark.grave);
    page.raw(if grave { "<div class=\"unseen grave\">" } else { "<div class=\"unseen\">" });
    page.raw("<h3>What could not be looked at</h3>");
    for remark in &label.unseen {
        page.within("<p>", &remark.text, "</p>");
    }
    page.raw("<p><a href=\"#coverage\">What exactly</a></p></div>\n");
    glance(&mut page, label);
    for (index, part) in label.parts.iter().enumerate() {
        answer(&mut page, label, index, part);
    }
    if label.dead > 0 {
        page.raw("<p class=\"note\">Not counted above: ")
            .text(&plural(label.dead as u64, "behaviour"))
            .raw(" of <a href=\"#dead\">code that nothing was found to reach</a>.</p>");
    }
    page.raw("<p class=\"note\">The code behind a finding: <code>overt explain ID --build ")
        .text(digest.get(..SHORT_DIGEST).unwrap_or(digest))
        .raw("</code></p>\n</section>\n");
    page
}

/// Where an answer stands on the page.
fn answer_anchor(index: usize) -> Anchor {
    Anchor("answer", index)
}

/// The answers in a number each.
fn glance(page: &mut Page, label: &Label<'_>) {
    page.raw("<ul class=\"glance\">");
    for (index, part) in label.parts.iter().enumerate().filter(|(_, part)| !part.nothing.is_empty()) {
        let mut apps: Vec<usize> = part.lines.iter().map(|line| line.app).collect();
        apps.sort_unstable();
        apps.dedup();
        page.raw("<li>").link(answer_anchor(index), part.title).raw(": ");
        match apps.len() {
            0 => page.raw("nothing proven"),
            count => page.raw("<b>").text(&plural(count as u64, "app")).raw("</b>"),
        };
        page.raw("</li>");
    }
    page.raw("</ul>\n");
}

fn answer(page: &mut Page, label: &Label<'_>, index: usize, part: &Part<'_>) {
    page.raw("<section class=\"answer\"")
        .id(answer_anchor(index))
        .raw(">")
        .within("<h3>", part.title, "</h3>");
    if part.lines.is_empty() {
        if !part.nothing.is_empty() {
            page.within("<p>", part.nothing, "</p>");
        }
    } else {
        if !part.note.is_empty() {
            page.within("<p class=\"note\">", part.note, "</p>");
        }
        let (open, folded) = part.lines.split_at(part.lines.len().min(OPEN));
        list(page, label, open);
        if !folded.is_empty() {
            let shown = folded.len().min(SENTENCES);
            page.raw("<details><summary>").text(&plural(shown as u64, "more sentence")).raw("</summary>");
            list(page, label, &folded[..shown]);
            page.raw("</details>");
            if folded.len() > shown {
                let rest = plural((folded.len() - shown) as u64, "more sentence");
                page.raw("<p class=\"note\">and ").text(&rest).raw(" for which there is no room</p>");
            }
        }
    }
    if !part.tallies.is_empty() {
        page.within("<p class=\"note\">", part.counted, "</p>");
        let (open, folded) = part.tallies.split_at(part.tallies.len().min(OPEN));
        tallies(page, open);
        if !folded.is_empty() {
            page.raw("<details><summary>").text(&plural(folded.len() as u64, "more kind")).raw("</summary>");
            tallies(page, &folded[..folded.len().min(SENTENCES)]);
            page.raw("</details>");
        }
    }
    page.raw("</section>\n");
}

fn tallies(page: &mut Page, tallies: &[Tally]) {
    page.raw("<ul class=\"tallies\">");
    for tally in tallies {
        page.raw("<li>");
        findings::severity(page, tally.severity);
        page.raw(" ").text(&counted(tally)).raw("</li>");
    }
    page.raw("</ul>");
}

fn list(page: &mut Page, label: &Label<'_>, lines: &[Line<'_>]) {
    page.raw("<ul class=\"sentences\">");
    for line in lines {
        let Some(app) = label.apps.get(line.app) else { continue };
        page.raw("<li><p class=\"says\">");
        findings::severity(page, line.severity);
        page.raw(" <b>").link(app_anchor(line.app), &app.called()).raw("</b> ").text(&line.says).raw(".</p>");
        let about = rights(&app.rights());
        for remark in line.remarks.iter().chain([&about]).filter(|remark| !remark.is_empty()) {
            page.raw("<p class=\"remark\">").text(remark.trim_end_matches('.')).raw(".</p>");
        }
        page.raw("<p class=\"remark\">").text(line.rung.as_str()).raw(", confidence ");
        page.text(line.confidence.as_str()).raw(":");
        for finding in line.findings.iter().take(OPEN) {
            page.within(" <code>", &finding.id, "</code>");
        }
        if line.findings.len() > OPEN {
            page.raw(" and ").number((line.findings.len() - OPEN) as u64).raw(" more");
        }
        page.raw("</p></li>");
    }
    page.raw("</ul>");
}
