//! Findings, app by app and theme by theme. How much of each is shown depends on how grave it is and on the room there is.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use overt_record::{Finding, Rung, Severity, Theme};

use super::chain;
use super::page::{Anchor, Page};
use crate::apps::{App, Met, counts};
use crate::facts;
use crate::text::SHORT_DIGEST;
use crate::words::{self, number, plural};

/// Endpoints named with a finding.
const ENDPOINTS: usize = 8;
/// Places named with a finding that is not shown in full.
const PLACES: usize = 3;
/// Copies of an app named with a finding.
const COPIES: usize = 8;

/// Where an app stands on the page.
pub(super) fn app_anchor(index: usize) -> Anchor {
    Anchor("app", index)
}

/// How much is shown of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Share {
    /// Its title only.
    Bare,
    /// What it says and a few places, folded.
    Row,
    /// Everything.
    Full,
}

impl Share {
    /// What a finding deserves where there is room.
    fn deserved(finding: &Finding) -> Share {
        if finding.rung >= Rung::Flow || finding.severity >= Severity::Medium {
            Share::Full
        } else {
            Share::Row
        }
    }

    /// Hundredths of the room that may be taken before this share is cut down to a smaller one.
    fn until(self) -> usize {
        match self {
            Share::Full => 80,
            Share::Row => 92,
            Share::Bare => 98,
        }
    }

    fn smaller(self) -> Option<Share> {
        match self {
            Share::Full => Some(Share::Row),
            Share::Row => Some(Share::Bare),
            Share::Bare => None,
        }
    }
}

/// The section, in at most about `room` bytes.
pub(super) fn section(apps: &[App<'_>], digest: &str, room: usize) -> Page {
    let mut page = Page::default();
    page.raw(
        "<section id=\"findings\" aria-labelledby=\"findings-h\">\n<h2 id=\"findings-h\">Findings</h2>\n",
    );
    if apps.is_empty() {
        page.raw("<p>No findings in what was looked at.</p></section>\n");
        return page;
    }
    summary(&mut page, apps);
    let mut heads: Vec<Page> = Vec::new();
    for (index, app) in apps.iter().enumerate() {
        let mut head = Page::default();
        app_head(&mut head, index, app);
        heads.push(head);
    }
    let mut used = heads.iter().map(Page::size).sum::<usize>() + page.size();
    let mut bodies = shares(apps, room, &mut used);
    let mut left_out = 0;
    for (index, (app, head)) in apps.iter().zip(heads).enumerate() {
        // Only a record made to be large gets here.
        if page.size() + head.size() > room {
            left_out += apps.len() - index;
            break;
        }
        page.append(head);
        app_body(&mut page, index, app, &mut bodies, digest);
    }
    if left_out > 0 {
        page.raw("<p class=\"note\">").text(&plural(left_out as u64, "more app"));
        page.raw(" for which there is no room: <code>overt findings ");
        page.text(digest.get(..SHORT_DIGEST).unwrap_or(digest)).raw("</code></p>");
    }
    page.raw("</section>\n");
    page
}

/// Findings, drawn, by app and place in it.
type Bodies = BTreeMap<(usize, usize), Page>;

/// The gravest findings choose first; what has no room any more is absent.
fn shares(apps: &[App<'_>], room: usize, used: &mut usize) -> Bodies {
    let mut order: Vec<(Reverse<Severity>, Reverse<Rung>, usize, usize)> = Vec::new();
    for (app, one) in apps.iter().enumerate() {
        for (slot, met) in one.findings.iter().enumerate() {
            order.push((Reverse(met.finding.severity), Reverse(met.finding.rung), app, slot));
        }
    }
    order.sort_unstable();
    let mut bodies = Bodies::new();
    for (.., app, slot) in order {
        let Some(met) = apps.get(app).and_then(|app| app.findings.get(slot)) else { continue };
        let mut share = Some(Share::deserved(met.finding));
        while let Some(wanted) = share {
            // Not drawn at all where even the room before it is gone: a record may name very many.
            if *used <= room / 100 * wanted.until() {
                let mut page = Page::default();
                one(&mut page, met, wanted);
                if *used + page.size() <= room / 100 * wanted.until() {
                    *used += page.size();
                    bodies.insert((app, slot), page);
                    break;
                }
            }
            share = wanted.smaller();
        }
    }
    bodies
}

/// How many of which severity on which rung.
fn summary(page: &mut Page, apps: &[App<'_>]) {
    let findings = || apps.iter().flat_map(|app| &app.findings).map(|met| met.finding);
    page.raw("<p>").text(&plural(findings().count() as u64, "finding")).raw(" in ");
    page.text(&plural(apps.len() as u64, "app")).raw(". ");
    page.raw("Open an app to see what was found in it, and a finding to see the code.</p>\n");
    page.raw(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Findings by rung and severity\">",
    );
    page.raw(
        "<table class=\"counts\"><caption>Findings by rung of evidence and severity</caption><thead><tr>",
    );
    page.raw("<th scope=\"col\">rung</th>");
    for severity in Severity::ALL.iter().rev() {
        page.within("<th scope=\"col\">", severity.as_str(), "</th>");
    }
    page.raw("</tr></thead><tbody>");
    for rung in Rung::ALL.iter().rev() {
        let of = |severity: Severity| {
            findings().filter(|finding| finding.rung == *rung && finding.severity == severity).count()
        };
        if findings().all(|finding| finding.rung != *rung) {
            continue;
        }
        page.within("<tr><th scope=\"row\">", rung.as_str(), "</th>");
        for severity in Severity::ALL.iter().rev() {
            match of(*severity) {
                0 => page.raw("<td>–</td>"),
                count => page.raw("<td>").number(count as u64).raw("</td>"),
            };
        }
        page.raw("</tr>");
    }
    page.raw("</tbody></table></div>\n");
}

/// A severity as a word in its colour.
pub(super) fn severity(page: &mut Page, severity: Severity) {
    page.raw(match severity {
        Severity::Critical => "<span class=\"sev critical\">critical</span>",
        Severity::High => "<span class=\"sev high\">high</span>",
        Severity::Medium => "<span class=\"sev medium\">medium</span>",
        Severity::Low => "<span class=\"sev low\">low</span>",
        Severity::Info => "<span class=\"sev info\">info</span>",
    });
}

fn app_head(page: &mut Page, index: usize, app: &App<'_>) {
    page.raw("<details class=\"app\"><summary><h3>");
    page.text(&app.called()).raw("</h3> <span class=\"note\">");
    page.text(&counts(app.findings.iter().map(|met| &met.finding.severity))).raw("</span></summary>\n");
    let mut about: Vec<String> = Vec::new();
    if let Some(version) = app.package.and_then(|package| package.version_name.as_ref()) {
        about.push(format!("version {version}"));
    }
    about.extend(app.rights());
    about.extend(app.paths.iter().take(COPIES).map(|path| (*path).to_owned()));
    // Inside, because a browser unfolds what a link's aim lies in, and not the aim itself.
    page.raw("<p class=\"note\"").id(app_anchor(index)).raw(">").text(&about.join(" · ")).raw("</p>\n");
}

fn app_body(page: &mut Page, index: usize, app: &App<'_>, bodies: &mut Bodies, digest: &str) {
    let mut by_theme: BTreeMap<Theme, Vec<usize>> = BTreeMap::new();
    for (slot, met) in app.findings.iter().enumerate() {
        by_theme.entry(met.finding.theme).or_default().push(slot);
    }
    let mut absent = 0;
    for (theme, slots) in by_theme {
        let there: Vec<Page> = slots.iter().filter_map(|slot| bodies.remove(&(index, *slot))).collect();
        absent += slots.len() - there.len();
        if there.is_empty() {
            continue;
        }
        page.within("<h4>", words::theme(theme), "</h4>\n");
        for body in there {
            page.append(body);
        }
    }
    if absent > 0 {
        page.raw("<p class=\"note\">").text(&plural(absent as u64, "more finding"));
        page.raw(" for which there is no room: <code>overt findings ");
        page.text(digest.get(..SHORT_DIGEST).unwrap_or(digest)).raw(" --package ");
        page.text(app.handle()).raw("</code></p>");
    }
    page.raw("</details>\n");
}

fn one(page: &mut Page, met: &Met<'_>, share: Share) {
    let finding = met.finding;
    match share {
        Share::Full => {
            // The way of a grave finding belongs on paper, too.
            page.raw(if finding.severity >= Severity::High {
                "<article class=\"grave\"><h5>"
            } else {
                "<article><h5>"
            });
            title(page, finding);
            page.raw("</h5>");
            stand(page, finding);
            if facts::says_more(finding) {
                page.within("<p>", &finding.says, "</p>");
            }
            all_facts(page, met);
            chain::folded(page, finding);
            page.raw("</article>\n");
        }
        Share::Row => {
            page.raw("<details class=\"row\"><summary>");
            title(page, finding);
            page.raw("</summary>");
            stand(page, finding);
            if facts::says_more(finding) {
                page.within("<p>", &finding.says, "</p>");
            }
            let names: Vec<String> = finding.endpoints.iter().take(ENDPOINTS).map(words::endpoint).collect();
            if !names.is_empty() {
                page.raw("<dl class=\"facts\">");
                fact(page, facts::endpoint_label(finding.rung), &names);
                page.raw("</dl>");
            }
            copies(page, met);
            chain::few(page, finding, PLACES);
            page.raw("</details>\n");
        }
        Share::Bare => {
            page.raw("<p class=\"bare\">");
            title(page, finding);
            page.within(" <code>", &finding.id, "</code></p>\n");
        }
    }
}

fn title(page: &mut Page, finding: &Finding) {
    severity(page, finding.severity);
    page.raw(" ").text(&finding.title);
    if finding.dormant {
        page.raw(" <span class=\"dormant\">dormant</span>");
    }
}

/// Rung, confidence and name.
fn stand(page: &mut Page, finding: &Finding) {
    page.within("<p class=\"stand\"><b>", finding.rung.as_str(), "</b> · confidence ");
    page.text(finding.confidence.as_str()).raw(" · ").text(&finding.behaviour);
    page.within(" · <code>", &finding.id, "</code></p>");
}

fn fact(page: &mut Page, label: &str, values: &[String]) {
    page.raw("<div>").within("<dt>", label, "</dt>");
    for value in values {
        page.within("<dd>", value, "</dd>");
    }
    page.raw("</div>");
}

fn all_facts(page: &mut Page, met: &Met<'_>) {
    let finding = met.finding;
    page.raw("<dl class=\"facts\">");
    for (label, values) in facts::first(finding, ENDPOINTS) {
        // The head has said it already, and the evidence shows it.
        if label != "confidence" && label != "entry" {
            fact(page, label, &values);
        }
    }
    fact(page, "runs as", &[facts::runs_as(finding)]);
    for (label, values) in [
        ("by way of", finding.via.iter().map(|via| words::via(*via).to_owned()).collect::<Vec<_>>()),
        ("changed by", finding.transforms.iter().map(facts::transform).collect()),
        ("assumed", facts::assumptions(finding)),
        ("wrong if", finding.would_be_wrong_if.iter().cloned().collect()),
    ] {
        if !values.is_empty() {
            fact(page, label, &values);
        }
    }
    page.raw("</dl>");
    copies(page, met);
}

/// Where else the same was found.
fn copies(page: &mut Page, met: &Met<'_>) {
    if met.also.is_empty() {
        return;
    }
    let mut text = met.also.iter().take(COPIES).copied().collect::<Vec<_>>().join(", ");
    if let Some(rest) = met.also.len().checked_sub(COPIES).filter(|rest| *rest > 0) {
        text.push_str(&format!(" and {} more", number(rest as u64)));
    }
    page.raw("<p class=\"note\">The same was found in another copy: ").text(&text).raw("</p>");
}

/// What code that nothing reaches could do: apart, and never counted.
pub(super) fn dead(apps: &[App<'_>], room: usize) -> Page {
    let mut page = Page::default();
    page.raw("<section id=\"dead\" aria-labelledby=\"dead-h\">\n<h2 id=\"dead-h\">Code that nothing reaches</h2>\n");
    let all = apps.iter().map(|app| app.findings.len()).sum::<usize>();
    if all == 0 {
        page.raw("<p>None with a behaviour of the catalogue was found.</p></section>\n");
        return page;
    }
    page.raw("<p>No entry point of this build was found to reach it. It is not counted as behaviour, and nothing above speaks of it.</p>");
    page.raw("<details><summary>").text(&plural(all as u64, "behaviour")).raw(" in ");
    page.text(&plural(apps.len() as u64, "app")).raw("</summary>\n");
    let mut left_out = 0;
    for app in apps {
        if page.size() > room {
            left_out += app.findings.len();
            continue;
        }
        page.raw("<p class=\"bare\"><b>").text(&app.called()).raw("</b></p><ul class=\"few\">");
        for met in &app.findings {
            if page.size() > room {
                left_out += 1;
                continue;
            }
            page.raw("<li>").text(&met.finding.title).within(" <code>", &met.finding.id, "</code></li>");
        }
        page.raw("</ul>");
    }
    if left_out > 0 {
        page.raw("<p class=\"note\">and ").number(left_out as u64).raw(" more, in the record</p>");
    }
    page.raw("</details></section>\n");
    page
}
