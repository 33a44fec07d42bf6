//! Packages by the rights they hold.

use std::collections::BTreeMap;

use overt_record::package::Signer;
use overt_record::{Package, Record, Severity};

use super::findings::app_anchor;
use super::page::Page;
use crate::apps::App;
use crate::rights::{Rights, groups, open, signer};
use crate::words::plural;

/// Bytes of the section.
const ROOM: usize = 400 << 10;

/// The section.
pub(super) fn section(record: &Record, apps: &[App<'_>]) -> Page {
    let mut page = Page::default();
    page.raw("<section id=\"packages\" aria-labelledby=\"packages-h\">\n<h2 id=\"packages-h\">Apps by rights</h2>\n");
    if record.packages.is_empty() {
        page.raw("<p>No packages were found.</p></section>\n");
        return page;
    }
    let groups = groups(&record.packages);
    overview(&mut page, &groups);
    let found = Found::of(apps);
    for (rights, packages) in &groups {
        let grave = matches!(rights, Rights::Fixed(_) | Rights::Privileged);
        page.raw(if grave { "<details open=\"open\">" } else { "<details>" });
        page.raw("<summary><h3>").text(&rights.says()).raw("</h3> <span class=\"note\">");
        page.text(&plural(packages.len() as u64, "package")).raw("</span></summary>");
        table(&mut page, *rights, packages, &found);
        page.raw("</details>\n");
    }
    page.raw("</section>\n");
    page
}

/// How many packages hold which rights.
fn overview(page: &mut Page, groups: &BTreeMap<Rights, Vec<&Package>>) {
    page.raw("<p class=\"note\">Platform: signed with the build’s platform key. Test key: signed with a key published with Android’s sources, which anybody has. Open: exported components whose manifest asks callers for no permission.</p>");
    page.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Numbers of packages by rights\"><table class=\"counts\"><caption>Packages by rights</caption><thead><tr><th scope=\"col\">rights</th><th scope=\"col\">packages</th><th scope=\"col\">platform</th><th scope=\"col\">test key</th><th scope=\"col\">open</th></tr></thead><tbody>");
    for (rights, packages) in groups {
        let of = |wanted: &dyn Fn(&Signer) -> bool| {
            packages.iter().filter(|package| package.signer.iter().any(wanted)).count() as u64
        };
        page.within("<tr><th scope=\"row\">", &rights.says(), "</th><td>").number(packages.len() as u64);
        page.raw("</td><td>").number(of(&|signer| signer.platform == Some(true)));
        page.raw("</td><td>").number(of(&|signer| signer.test_key));
        let open = packages.iter().map(|package| open(package)).sum::<usize>();
        page.raw("</td><td>").number(open as u64).raw("</td></tr>");
    }
    page.raw("</tbody></table></div>\n");
}

/// What was found where.
struct Found<'a> {
    by_path: BTreeMap<&'a str, (usize, Vec<Severity>)>,
}

impl<'a> Found<'a> {
    fn of(apps: &[App<'a>]) -> Found<'a> {
        let mut by_path: BTreeMap<&str, (usize, Vec<Severity>)> = BTreeMap::new();
        for (index, app) in apps.iter().enumerate() {
            for met in &app.findings {
                for path in std::iter::once(met.finding.path.as_str()).chain(met.also.iter().copied()) {
                    by_path.entry(path).or_insert_with(|| (index, Vec::new())).1.push(met.finding.severity);
                }
            }
        }
        Found { by_path }
    }
}

fn table(page: &mut Page, rights: Rights, packages: &[&Package], found: &Found<'_>) {
    page.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
    page.text(&rights.says());
    page.raw(": table\"><table class=\"packages\"><thead><tr><th scope=\"col\">package</th><th scope=\"col\">signer</th><th scope=\"col\">open</th><th scope=\"col\">critical</th><th scope=\"col\">high</th><th scope=\"col\">medium</th><th scope=\"col\">minor</th></tr></thead><tbody>");
    let mut left_out = 0;
    for package in packages {
        if page.size() > ROOM {
            left_out += 1;
            continue;
        }
        page.raw("<tr><th scope=\"row\">");
        let name = package.package.as_deref().unwrap_or(&package.path);
        let found = found.by_path.get(package.path.as_str());
        match found {
            Some((app, _)) => page.link(app_anchor(*app), name),
            None => page.text(name),
        };
        let mut about: Vec<String> = Vec::new();
        about.extend(package.label.as_ref().map(|label| format!("“{label}”")));
        about.extend(package.version_name.clone());
        if package.package.is_some() {
            about.push(package.path.clone());
        }
        page.within("<br/><span class=\"note\">", &about.join(" · "), "</span></th>");
        page.within("<td>", signer(package), "</td><td>").number(open(package) as u64).raw("</td>");
        let severities = found.map(|(_, severities)| severities.as_slice()).unwrap_or_default();
        let mut count = |wanted: &dyn Fn(Severity) -> bool| {
            match severities.iter().filter(|severity| wanted(**severity)).count() {
                0 => page.raw("<td>–</td>"),
                count => page.raw("<td>").number(count as u64).raw("</td>"),
            };
        };
        count(&|severity| severity == Severity::Critical);
        count(&|severity| severity == Severity::High);
        count(&|severity| severity == Severity::Medium);
        count(&|severity| severity < Severity::Medium);
        page.raw("</tr>\n");
    }
    page.raw("</tbody></table></div>");
    if left_out > 0 {
        page.raw("<p class=\"note\">and ").number(left_out as u64).raw(" more, in the record</p>");
    }
}
