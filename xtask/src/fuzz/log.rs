//! The table of `docs/fuzzing.md`: how long each target was fuzzed in all, and what it found.

use std::collections::BTreeMap;
use std::fmt;

const HEAD: &str = "\
# Fuzzing

Each entry of the product that hostile bytes can reach is a target under `fuzz/src/targets`. `cargo xtask fuzz --seconds 60` runs
every target for a minute, the least fuzzed first; `--total N` stops after N seconds in all, so that repeated runs rotate.
Seeds come from the fixtures. Inputs that once broke a target are kept under `fuzz/regressions` and replayed in each run.
This table is written by that command; the numbers add up over all runs.

| target | seconds | executions | inputs that broke it |
|---|---:|---:|---:|
";

#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
struct Row {
    seconds: u64,
    executions: u64,
    broken: u64,
}

/// The table.
#[derive(Default, Debug, PartialEq, Eq)]
pub struct Log {
    rows: BTreeMap<String, Row>,
    /// What people wrote below the table.
    rest: String,
}

impl Log {
    /// Reads the page.
    pub fn parse(text: &str) -> Log {
        let mut log = Log::default();
        let mut behind = false;
        for line in text.lines() {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let numbers: Vec<u64> = cells.iter().skip(1).filter_map(|cell| cell.parse().ok()).collect();
            if let ([name, ..], [seconds, executions, broken], true) =
                (&cells[..], &numbers[..], line.starts_with('|'))
            {
                let row = Row { seconds: *seconds, executions: *executions, broken: *broken };
                log.rows.insert(name.trim_matches('`').to_owned(), row);
                behind = true;
            } else if behind {
                log.rest.push_str(line);
                log.rest.push('\n');
            }
        }
        log
    }

    /// Seconds spent on a target so far.
    pub fn seconds(&self, name: &str) -> u64 {
        self.rows.get(name).map_or(0, |row| row.seconds)
    }

    /// Adds a run.
    pub fn add(&mut self, name: &str, seconds: u64, executions: u64, broken: u64) {
        let row = self.rows.entry(name.to_owned()).or_default();
        row.seconds += seconds;
        row.executions += executions;
        row.broken += broken;
    }
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        for (name, row) in &self.rows {
            writeln!(f, "| `{name}` | {} | {} | {} |", row.seconds, row.executions, row.broken)?;
        }
        f.write_str(&self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_add_up_and_prose_stays() {
        let mut log = Log::parse("");
        log.add("dex", 60, 1000, 1);
        let page = format!("{log}\n## Found\n\n| what | 1 |\n");
        let mut again = Log::parse(&page);
        again.add("dex", 30, 500, 0);
        again.add("zip", 10, 5, 0);
        assert_eq!((again.seconds("dex"), again.seconds("oat")), (90, 0));
        let text = again.to_string();
        assert!(
            text.contains("| `dex` | 90 | 1500 | 1 |\n| `zip` | 10 | 5 | 0 |\n\n## Found\n\n| what | 1 |\n"),
            "{text}"
        );
    }
}
