//! The evidence of a finding, drawn: a lane for each app it passes, a box for each method, a line for each instruction.

use overt_record::{Evidence, Finding, Rung};

use super::page::Page;
use crate::words::{self, plural};
use crate::{facts, harmless};

/// Pieces of evidence drawn for one finding; a record names at most some hundreds.
const MOST: usize = 400;

/// Neighbours that lie in the same app.
struct Lane<'a> {
    name: &'a str,
    nodes: Vec<Node<'a>>,
}

/// Neighbours in one method, or one piece of evidence that is not code.
struct Node<'a> {
    first: &'a Evidence,
    rest: Vec<&'a Evidence>,
}

fn lanes<'a>(evidence: &'a [Evidence]) -> Vec<Lane<'a>> {
    let mut lanes: Vec<Lane<'a>> = Vec::new();
    for one in evidence {
        let name = one.package.as_deref().unwrap_or(&one.locus);
        if lanes.last().is_none_or(|lane| lane.name != name) {
            lanes.push(Lane { name, nodes: Vec::new() });
        }
        let Some(lane) = lanes.last_mut() else { continue };
        match lane.nodes.last_mut() {
            Some(node) if node.continues(one) => node.rest.push(one),
            _ => lane.nodes.push(Node { first: one, rest: Vec::new() }),
        }
    }
    lanes
}

impl Node<'_> {
    fn continues(&self, next: &Evidence) -> bool {
        let first = self.first;
        first.class.is_some()
            && (&first.class, &first.method, &first.descriptor)
                == (&next.class, &next.method, &next.descriptor)
            && first.locus == next.locus
    }
}

/// The whole evidence of a finding, folded.
pub(super) fn folded(page: &mut Page, finding: &Finding) {
    let shown = &finding.evidence[..finding.evidence.len().min(MOST)];
    let lanes = lanes(shown);
    let what = if finding.rung >= Rung::Flow { "The way through the code" } else { "Evidence" };
    page.raw("<details class=\"way\"><summary>").text(what).raw(": ");
    page.text(&plural(shown.len() as u64, "place"));
    let mut apps: Vec<&str> = lanes.iter().map(|lane| lane.name).collect();
    if apps.len() > 1 {
        apps.dedup();
        page.raw(", ").text(&apps.join(" → "));
    }
    page.raw("</summary>");
    if finding.sites as usize > 1 {
        page.raw("<p class=\"note\">").text(&plural(u64::from(finding.sites), "site"));
        page.raw(" in all; those that are named here:</p>");
    }
    let channels = facts::channels(finding);
    // Arrows only where one place was shown to lead to the next.
    page.raw(if finding.rung >= Rung::Flow { "<div class=\"chain flow\">" } else { "<div class=\"chain\">" });
    for (index, lane) in lanes.iter().enumerate() {
        if index > 0 {
            page.raw("<p class=\"hop\"><span aria-hidden=\"true\">⇣</span> to another app");
            // With more than one step over, the record does not say which channel belongs to which.
            if lanes.len() == 2 && !channels.is_empty() {
                page.raw(", by way of ").text(&channels);
            }
            page.raw("</p>");
        }
        draw(page, lane);
    }
    page.raw("</div>");
    if finding.evidence.len() > MOST {
        page.raw("<p class=\"note\">and ").number((finding.evidence.len() - MOST) as u64);
        page.raw(" more: <code>overt explain ").text(&finding.id).raw("</code></p>");
    }
    page.raw("</details>");
}

fn draw(page: &mut Page, lane: &Lane<'_>) {
    page.raw("<div class=\"lane\">").within("<p class=\"app\">", lane.name, "</p>");
    let mut files: Vec<(&str, Option<&str>)> = lane
        .nodes
        .iter()
        .map(|node| (node.first.locus.as_str(), node.first.code_sha256.as_deref()))
        .collect();
    files.sort_unstable();
    files.dedup();
    for (locus, sha256) in files {
        page.within("<p class=\"file\">", locus, "");
        if let Some(sha256) = sha256 {
            page.raw(" · DEX ").text(sha256);
        }
        page.raw("</p>");
    }
    page.raw("<ol>");
    for node in &lane.nodes {
        page.raw("<li>");
        if let Some(class) = &node.first.class {
            method(page, class, node.first);
        }
        page.raw("<ul>");
        step(page, node.first);
        for one in &node.rest {
            step(page, one);
        }
        page.raw("</ul></li>");
    }
    page.raw("</ol></div>");
}

/// `Lp/C; › m(I)V`, with what people look for set off.
fn method(page: &mut Page, class: &str, evidence: &Evidence) {
    page.raw("<p class=\"m\">").text(class).raw(" › <b>");
    page.text(evidence.method.as_deref().unwrap_or_default()).raw("</b>");
    page.text(evidence.descriptor.as_deref().unwrap_or_default()).raw("</p>");
}

fn step(page: &mut Page, evidence: &Evidence) {
    use overt_record::Role;
    page.raw(match evidence.role {
        Role::Source => "<li class=\"source\">",
        Role::Sink => "<li class=\"sink\">",
        Role::Entry => "<li class=\"entry\">",
        Role::Channel => "<li class=\"channel\">",
        Role::Guard => "<li class=\"guard\">",
        _ => "<li>",
    });
    if evidence.role != Role::Step {
        page.within("<b>", words::role(evidence.role), "</b> ");
    }
    if let Some(offset) = evidence.offset {
        page.text(&format!("{offset:04x}")).raw(" ");
    }
    match &evidence.instruction {
        Some(instruction) => page.within("<code>", instruction, "</code>"),
        None if evidence.role == Role::Entry => page.raw("called by Android"),
        None => page,
    };
    page.raw("</li>");
}

/// A few places in one line each, for findings of which nobody needs more at first sight.
pub(super) fn few(page: &mut Page, finding: &Finding, most: usize) {
    use overt_record::Role;
    let telling = finding.evidence.iter().filter(|one| one.role != Role::Step);
    let shown: Vec<&Evidence> = telling.take(most).collect();
    page.raw("<ul class=\"few\">");
    for one in &shown {
        page.raw("<li>").within("<b>", words::role(one.role), "</b> ").text(&facts::place(one));
        if let Some(instruction) =
            one.instruction.as_ref().filter(|text| !harmless::harmless(text).is_empty())
        {
            page.within(" <code>", instruction, "</code>");
        }
        page.raw("</li>");
    }
    page.raw("</ul>");
    let all = finding.evidence.len().max(finding.sites as usize);
    if let Some(rest) = all.checked_sub(shown.len()).filter(|rest| *rest > 0) {
        page.raw("<p class=\"note\">").text(&plural(rest as u64, "more place"));
        page.raw(": <code>overt explain ").text(&finding.id).raw("</code></p>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_are_apps_and_boxes_are_methods() {
        let record = overt_testkit::record::sample();
        let mut evidence = record.findings[0].evidence.clone();
        let mut again = evidence[1].clone();
        again.offset = Some(99);
        evidence.insert(2, again);
        evidence[3].package = Some("com.example.other".into());
        let lanes = lanes(&evidence);
        let shape: Vec<(&str, usize)> = lanes.iter().map(|lane| (lane.name, lane.nodes.len())).collect();
        assert_eq!(shape, [("com.example.sync", 2), ("com.example.other", 1)]);
        assert_eq!(lanes[0].nodes[1].rest.len(), 1);
    }
}
