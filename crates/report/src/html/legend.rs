//! How to read the page, and what it was made of.

use overt_record::{Record, Rung};

use super::page::Page;
use crate::text::SHORT_DIGEST;
use crate::words;

/// The section, and the end of the page.
pub(super) fn section(record: &Record, digest: &str) -> Page {
    let mut page = Page::default();
    page.raw(
        "<section id=\"legend\" aria-labelledby=\"legend-h\">\n<h2 id=\"legend-h\">How to read this</h2>\n",
    );
    page.raw("<p>Each finding states how much is proven, and never more:</p><dl class=\"facts\">");
    for rung in Rung::ALL {
        page.raw("<div>").within("<dt>", rung.as_str(), "</dt>");
        page.within("<dd>", words::rung(*rung), "</dd></div>");
    }
    page.raw("</dl><p>Severity follows from the data or effect, the rights, who can reach it and whether anybody notices. Confidence says how sure the analysis is. Where something was assumed, or could turn out otherwise, the finding says so.</p>");
    page.raw("<p>From this record, on any machine that has it:</p><ul><li><code>overt explain ID --build ");
    page.text(digest.get(..SHORT_DIGEST).unwrap_or(digest));
    page.raw("</code> – the instructions around each piece of evidence</li><li><code>overt findings ");
    page.text(digest.get(..SHORT_DIGEST).unwrap_or(digest));
    page.raw(
        "</code> – every finding as text, or as JSON</li></ul>\n</section>\n</main>\n<footer><p>Made by ",
    );
    page.text(&record.engine).raw(" from record ").text(digest).raw(". Catalogue ").text(&record.catalogue);
    page.raw(", limits ").text(&record.limits);
    page.raw(". This page loads nothing and runs nothing.</p></footer>\n</body>\n</html>\n");
    page
}
