//! The head of the page: its policy, its style, which build it is about, and where to go.

use overt_record::Record;

use super::page::{Page, STYLE};
use crate::text::build;
use crate::words;

/// Everything up to the first section.
pub(super) fn open(record: &Record, digest: &str) -> Page {
    let mut page = Page::default();
    page.raw(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-",
    )
    .style_digest()
    .raw(
        "'; base-uri 'none'; form-action 'none'\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n<meta name=\"referrer\" content=\"no-referrer\"/>\n<title>",
    )
    .text(&name(record))
    .raw(" – Overt</title>\n<style>")
    .raw(STYLE)
    .raw(
        "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#label\">Skip to the report</a>\n<header>\n\
         <p class=\"kind\">What this phone’s pre-installed software does</p>\n<h1>",
    )
    .text(&name(record))
    .raw("</h1>\n<p>")
    .text(&build::device(record))
    .raw("</p>\n<details><summary>Build and record</summary><dl class=\"facts\">");
    let build = &record.build;
    let fingerprint = build.fingerprint.as_deref().unwrap_or("unknown: no build fingerprint was found");
    let facts = [
        ("build", fingerprint.to_owned()),
        ("built", build::made(record)),
        ("record", digest.to_owned()),
        ("looked at", words::depth(record.depth).to_owned()),
        ("engine", record.engine.clone()),
    ];
    for (label, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        page.raw("<div>").within("<dt>", label, "</dt>").within("<dd>", value, "</dd>").raw("</div>");
    }
    page.raw("</dl></details>\n<nav aria-label=\"Parts of this report\"><ul>");
    page.raw(
        "<li><a href=\"#label\">In plain words</a></li><li><a href=\"#findings\">Findings</a></li>\
         <li><a href=\"#endpoints\">Servers</a></li><li><a href=\"#packages\">Apps by rights</a></li>\
         <li><a href=\"#natives\">Native files</a></li><li><a href=\"#coverage\">Not looked at</a></li>\
         <li><a href=\"#dead\">Unreached code</a></li><li><a href=\"#legend\">How to read this</a></li>",
    );
    page.raw("</ul></nav>\n</header>\n<main>\n");
    page
}

/// What people call the phone.
fn name(record: &Record) -> String {
    let build = &record.build;
    let parts: Vec<&str> = [build.brand.as_deref(), build.model.as_deref()].into_iter().flatten().collect();
    if parts.is_empty() {
        build.device.clone().unwrap_or_else(|| "A build without a name".to_owned())
    } else {
        parts.join(" ")
    }
}
