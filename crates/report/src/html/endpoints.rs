//! Places on the network, in a table.

use overt_record::Record;

use super::page::Page;
use crate::peers;
use crate::words::plural;

/// Bytes of the section.
const ROOM: usize = 300 << 10;
/// Apps named with a place.
const APPS: usize = 5;
/// Ways of learning an address that are told.
const WAYS: usize = 3;

/// The section.
pub(super) fn section(record: &Record) -> Page {
    let mut page = Page::default();
    page.raw(
        "<section id=\"endpoints\" aria-labelledby=\"endpoints-h\">\n<h2 id=\"endpoints-h\">Servers</h2>\n",
    );
    let all = peers::all(record);
    if all.is_empty() {
        page.raw("<p>No address was found in what was looked at.</p></section>\n");
        return page;
    }
    page.raw("<p>An address that code names is not an address that anything is sent to: the column “stands” says how much is shown. ‹ › marks what only a device would know.</p>\n");
    page.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of servers\"><table class=\"servers\"><caption>");
    page.text(&plural(all.len() as u64, "address"));
    page.raw("</caption><thead><tr><th scope=\"col\">address</th><th scope=\"col\">stands</th><th scope=\"col\">protection</th><th scope=\"col\">apps</th><th scope=\"col\">learnt</th></tr></thead><tbody>\n");
    let mut left_out = 0;
    for peer in &all {
        if page.size() > ROOM {
            left_out += 1;
            continue;
        }
        page.within("<tr><th scope=\"row\">", &peer.place, "</th>");
        page.within("<td>", peer.stands(), "</td>").within("<td>", peer.protection, "</td><td>");
        let apps = peer.apps();
        page.text(&apps.iter().take(APPS).copied().collect::<Vec<_>>().join(", "));
        if apps.len() > APPS {
            page.raw(" and ").number((apps.len() - APPS) as u64).raw(" more");
        }
        page.raw("</td><td>");
        page.text(&peer.learnt.iter().take(WAYS).cloned().collect::<Vec<_>>().join("; "));
        if peer.learnt.len() > WAYS {
            page.raw(" and in ").number((peer.learnt.len() - WAYS) as u64).raw(" more ways");
        }
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div>");
    if left_out > 0 {
        page.raw("<p class=\"note\">and ").number(left_out as u64).raw(" more, in the record</p>");
    }
    page.raw("</section>\n");
    page
}
