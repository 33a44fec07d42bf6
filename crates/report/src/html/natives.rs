//! Executables and services outside packages: who starts them, and what their code makes and serves.

use std::collections::BTreeSet;

use overt_record::Native;

use super::page::Page;
use crate::words::{plural, sockets};

/// Bytes of the section.
const ROOM: usize = 150 << 10;
/// Texts and sockets told of one file.
const TOLD: usize = 12;

/// The section.
pub(super) fn section(natives: &[Native]) -> Page {
    let mut page = Page::default();
    page.raw(
        "<section id=\"natives\" aria-labelledby=\"natives-h\">\n<h2 id=\"natives-h\">Native files</h2>\n",
    );
    if natives.is_empty() {
        page.raw("<p>None was found outside packages.</p></section>\n");
        return page;
    }
    let started = natives.iter().filter(|native| native.started_by.is_some()).count();
    page.raw("<p>").text(&plural(natives.len() as u64, "file")).raw(" outside packages, ");
    page.number(started as u64).raw(" of them started by init.</p>\n");
    let telling: Vec<&Native> = natives.iter().filter(|native| tells(native)).collect();
    if telling.is_empty() {
        page.raw("</section>\n");
        return page;
    }
    page.raw("<details><summary>").text(&plural(telling.len() as u64, "file"));
    page.raw(" started by init, running with other rights, or hiding texts</summary>");
    page.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of native files\"><table class=\"natives\"><thead><tr><th scope=\"col\">file</th><th scope=\"col\">runs as</th><th scope=\"col\">started by</th><th scope=\"col\">what its code shows</th></tr></thead><tbody>\n");
    let mut left_out = 0;
    for native in telling {
        if page.size() > ROOM {
            left_out += 1;
            continue;
        }
        page.within("<tr><th scope=\"row\">", &native.path, "</th>");
        let user = match native.setuid {
            Some(true) => "set-user-id or set-group-id bit",
            _ => native.starts_as.as_deref().unwrap_or("–"),
        };
        page.within("<td>", user, "</td>");
        page.within("<td>", native.started_by.as_deref().unwrap_or("–"), "</td><td>");
        page.text(&shows(native)).raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div>");
    if left_out > 0 {
        page.raw("<p class=\"note\">and ").number(left_out as u64).raw(" more, in the record</p>");
    }
    page.raw("</details></section>\n");
    page
}

fn tells(native: &Native) -> bool {
    native.started_by.is_some()
        || native.setuid == Some(true)
        || native.code.as_ref().is_some_and(|code| !code.decoded.is_empty())
        || !native.named_by.is_empty()
}

/// What running its code showed, in a line.
fn shows(native: &Native) -> String {
    let mut parts: Vec<String> = Vec::new();
    if native.sha256.is_none() {
        parts.push("named by init, and not there".to_owned());
    }
    if let Some(code) = &native.code {
        parts.extend(some(sockets(code)));
        let hidden = code.decoded.iter().map(|text| format!("hides {:?}", text.value));
        parts.extend(some(hidden.collect()));
    }
    let named: BTreeSet<String> = native
        .named_by
        .iter()
        .map(|by| format!("{} names {:?} (indicator)", by.package.as_deref().unwrap_or(&by.path), by.text))
        .collect();
    parts.extend(some(named));
    parts.join("; ")
}

fn some(all: BTreeSet<String>) -> Vec<String> {
    let rest = all.len().saturating_sub(TOLD);
    let mut shown: Vec<String> = all.into_iter().take(TOLD).collect();
    if rest > 0 {
        shown.push(format!("and {rest} more in the record"));
    }
    shown
}
