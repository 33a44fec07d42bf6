//! What could not be looked at, in full as far as there is room.

use overt_record::Coverage;

use super::page::Page;
use crate::gaps;

/// Missing files named for each reason.
const MISSING: usize = 150;
/// Places named for each problem.
const PLACES: usize = 12;
/// Bytes of the section.
const ROOM: usize = 250 << 10;

/// The section.
pub(super) fn section(coverage: &Coverage) -> Page {
    let mut page = Page::default();
    page.raw("<section id=\"coverage\" aria-labelledby=\"coverage-h\">\n<h2 id=\"coverage-h\">What could not be looked at</h2>\n");
    for remark in gaps::remarks(coverage) {
        page.raw(if remark.grave { "<p class=\"grave\">" } else { "<p>" }).text(&remark.text).raw("</p>");
    }
    if !coverage.missing.is_empty() {
        page.within("<p>", &gaps::missing_in_all(coverage), "</p>");
    }
    for (why, files) in gaps::missing_by_reason(&coverage.missing) {
        if page.size() > ROOM {
            break;
        }
        page.raw("<details><summary>").text(why).raw(" × ").number(files.len() as u64);
        page.raw("</summary><ul class=\"few\">");
        for file in files.iter().take(MISSING) {
            page.within("<li>", &gaps::missing_file(file), "</li>");
        }
        more(&mut page, files.len(), MISSING);
        page.raw("</ul></details>\n");
    }
    for (code, items) in gaps::unreadable_by_code(&coverage.unreadable) {
        if page.size() > ROOM {
            break;
        }
        page.raw("<details><summary>").text(code).raw(" × ").number(items.len() as u64);
        page.raw("</summary><ul class=\"few\">");
        for item in items.iter().take(PLACES) {
            page.within("<li>", &item.locus, "<br/>").text(&gaps::consequence(item)).raw("</li>");
        }
        more(&mut page, items.len(), PLACES);
        page.raw("</ul></details>\n");
    }
    page.raw("</section>\n");
    page
}

fn more(page: &mut Page, all: usize, shown: usize) {
    if let Some(rest) = all.checked_sub(shown).filter(|rest| *rest > 0) {
        page.raw("<li>and ").number(rest as u64).raw(" more, in the record</li>");
    }
}
