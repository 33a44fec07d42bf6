//! Pages as a browser shows them: they fit narrow and wide screens in light and dark, open at once, ask for nothing, and
//! are held against axe where it is there. Skipped, loudly, where no Chromium is (`OVERT_CHROMIUM` names one).
//! `OVERT_AXE` names an `axe.min.js`. Screenshots are kept, their folder is printed: run with `--nocapture`.
#![allow(missing_docs, clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::Command;

use overt_record::Record;
use overt_report::{Style, Subject, Whole, output};
use overt_testkit::record::{sized, telling};

/// Screens: a phone's and a desk's.
const WIDTHS: [u32; 2] = [390, 1280];

fn chromium() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("OVERT_CHROMIUM") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|program| program.is_file())
}

fn page(record: &Record) -> String {
    let digest = record.digest().expect("a digest");
    let subject = Subject::Whole(Whole { record, digest: &digest });
    let mut out = Vec::new();
    (output("html").expect("an output").render)(&subject, &Style::PLAIN, &mut out).expect("a vector");
    String::from_utf8(out).expect("text")
}

/// Runs Chromium without a network on a file; what it says on standard output.
fn run(chromium: &Path, page: &Path, dark: bool, arguments: &[String]) -> String {
    let profile = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(chromium);
    command
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"])
        // Every name leads to nowhere.
        .arg("--host-resolver-rules=MAP * ~NOTFOUND")
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--blink-settings=preferredColorScheme={}", if dark { 0 } else { 1 }))
        .args(arguments)
        .arg(format!("file://{}", page.display()));
    let output = command.output().expect("Chromium runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A copy of the page that measures itself: its own policy would not let it.
fn measuring(page: &str) -> String {
    let axe = std::env::var_os("OVERT_AXE").map(|path| std::fs::read_to_string(path).expect("axe"));
    let policy = page.find("<meta http-equiv").expect("a policy");
    let end = policy + page[policy..].find('>').expect("its end") + 1;
    let script = format!(
        "<script>{}</script><script>addEventListener('load', async () => {{\
         const root = document.documentElement, loaded = Math.round(performance.now());\
         const put = (key, value) => parent.document.documentElement.setAttribute('data-' + key, value);\
         put('width', innerWidth);\
         put('loaded', loaded);\
         put('asked', performance.getEntriesByType('resource').length);\
         put('overflow', root.scrollWidth - innerWidth);\
         put('ink', getComputedStyle(document.body).backgroundColor);\
         document.querySelectorAll('details').forEach((one, index) => {{ if (index < 60) one.open = true; }});\
         put('opened', root.scrollWidth - innerWidth);\
         if (window.axe) {{ const found = (await axe.run()).violations;\
         put('axe', found.map(one => one.id + ' ' + one.nodes[0].html.slice(0, 99).replace(/[<>\"&]/g, '')).join('; ') || 'clean'); }}\
         put('measured', 'yes'); }});</script>",
        axe.unwrap_or_default().replace("</script", "<\\/script")
    );
    format!("{}{script}{}", &page[..policy], &page[end..])
}

/// The page in a frame of exactly that width: a window is never narrower than 500.
fn framed(page: &str, width: u32) -> String {
    let inner = page.replace('&', "&amp;").replace('"', "&quot;");
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>frame</title></head><body style=\"margin:0\"><iframe title=\"page\" style=\"border:0;width:{width}px;height:900px\" \
         srcdoc=\"{inner}\"></iframe></body></html>"
    )
}

/// The value of an attribute of the root element.
fn measured<'a>(dom: &'a str, key: &str) -> Option<&'a str> {
    let root = dom.split_once("<html")?.1.split_once('>')?.0;
    Some(root.split_once(&format!("data-{key}=\""))?.1.split_once('"')?.0)
}

#[test]
fn pages_fit_every_screen_and_ask_for_nothing() {
    let Some(chromium) = chromium() else {
        eprintln!("SKIPPED: no Chromium on the search path; no page was looked at");
        return;
    };
    if std::env::var_os("OVERT_AXE").is_none() {
        eprintln!("SKIPPED: OVERT_AXE names no axe.min.js; accessibility was not checked by program");
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pages");
    std::fs::create_dir_all(&folder).expect("a folder");
    eprintln!("screenshots: {}", folder.display());
    for (name, record) in [("small", telling()), ("large", sized(1, 150, 40))] {
        let page = page(&record);
        for width in WIDTHS {
            let plain = folder.join(format!("{name}-{width}.html"));
            std::fs::write(&plain, framed(&page, width)).expect("a page");
            let measuring_file = folder.join(format!("{name}-{width}-measuring.html"));
            std::fs::write(&measuring_file, framed(&measuring(&page), width)).expect("a page");
            let mut inks = Vec::new();
            for (scheme, dark) in [("light", false), ("dark", true)] {
                let size = format!("--window-size={width},900");
                let shot = folder.join(format!("{name}-{width}-{scheme}.png"));
                run(&chromium, &plain, dark, &[size.clone(), format!("--screenshot={}", shot.display())]);
                assert!(std::fs::metadata(&shot).expect("a screenshot").len() > 10_000, "{}", shot.display());
                // One look at so large a page is enough for each scheme.
                if name == "large" && dark == (width == WIDTHS[0]) {
                    continue;
                }
                let budget = "--virtual-time-budget=60000".to_owned();
                let dom = run(&chromium, &measuring_file, dark, &[size, budget, "--dump-dom".into()]);
                let value = |key: &str| measured(&dom, key).unwrap_or("nothing");
                eprintln!(
                    "{name} {width} {scheme}: {} bytes, loaded in {} ms, axe: {}",
                    page.len(),
                    value("loaded"),
                    value("axe")
                );
                assert_eq!(value("measured"), "yes", "{name} {width} {scheme}");
                assert_eq!(value("width"), width.to_string());
                assert_eq!(value("asked"), "0", "it asked for something");
                for key in ["overflow", "opened"] {
                    let over: i32 = value(key).parse().expect("a number");
                    assert!(over <= 0, "{name} {width}: {over} pixels too wide ({key})");
                }
                assert!(matches!(value("axe"), "clean" | "nothing"), "{}", value("axe"));
                inks.push(value("ink").to_owned());
            }
            if let [light, dark] = inks.as_slice() {
                assert_ne!(light, dark, "light and dark look the same");
            }
        }
    }
}
