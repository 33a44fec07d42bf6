//! What is said on standard error.

use std::io::Write;

use overt_report::harmless::harmless;

/// Something went wrong.
pub fn error(text: &str) {
    say("overt: error: ", text);
}

/// Something the user may want to know.
pub fn note(text: &str) {
    say("overt: ", text);
}

fn say(prefix: &str, text: &str) {
    // Names in messages stem from the input as well; line feeds are ours.
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            let indent = line.len() - line.trim_start_matches(' ').len();
            format!("{:indent$}{}", "", harmless(line))
        })
        .collect();
    // Nobody is left to be told that standard error is gone.
    let _ = writeln!(std::io::stderr(), "{prefix}{}", lines.join("\n"));
}
