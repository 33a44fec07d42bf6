//! `overt scan FOLDER --each`: every file of a folder is an input of its own, and one that is broken stops none of the
//! others.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use overt_record::Severity;
use overt_report::{Subject, Whole};
use serde_json::{Value, json};

use super::scan::{Keeping, Scanned};
use crate::exit::{Code, Failure};
use crate::flags::{High, Scan};
use crate::message;
use crate::verdict::verdict;

/// Files of one folder, and folders in folders: more are no shelf of artefacts.
const MOST_FILES: usize = 100_000;
const DEEPEST: usize = 32;

/// The shape of what `--json` gives.
const SCHEMA: &str = "overt.scans/1";

/// What became of one file.
struct Row {
    path: String,
    code: Code,
    /// Packages and findings, or why there is no record.
    says: String,
    /// The record's digest.
    digest: Option<String>,
}

/// Scans every file below the folder, in the order of their paths.
pub(super) fn run(high: &High, flags: &Scan, keeping: &mut Keeping) -> Result<Code, Failure> {
    let form = match high.output.name {
        name @ ("text" | "json" | "jsonl") => name,
        other => {
            return Err(Failure::wrong_use(format!(
                "--format {other} is the form of one build. With --each there are text, json and jsonl"
            )));
        }
    };
    let files = files(&flags.path)?;
    let mut out = String::new();
    let mut records = Vec::new();
    let mut rows = Vec::new();
    for file in &files {
        let path = file.strip_prefix(&flags.path).unwrap_or(file).to_string_lossy().into_owned();
        message::note(&format!("{} of {}: {path}", rows.len() + 1, files.len()));
        let (row, record) = match keeping.scan(high, flags, file) {
            Ok(scanned) => {
                let row = row(&path, &scanned, high.fail_on);
                if let Err(failure) = &scanned.kept {
                    message::error(&failure.text);
                }
                if form == "text" {
                    let _ = writeln!(out, "=== {path}\n");
                    let whole = Whole { record: &scanned.record, digest: &scanned.digest };
                    let mut text = Vec::new();
                    (high.output.render)(&Subject::Whole(whole), &high.style, &mut text)
                        .map_err(|error| Failure::own(format!("the result cannot be written: {error}")))?;
                    out.push_str(&String::from_utf8_lossy(&text));
                    out.push('\n');
                }
                let record = if form == "text" { Value::Null } else { value(&scanned)? };
                (row, record)
            }
            Err(failure) => (Row { path, code: failure.code, says: failure.text, digest: None }, Value::Null),
        };
        let entry = || {
            json!({
                "path": row.path, "code": (row.code as u8), "says": row.says, "digest": row.digest, "record": record
            })
        };
        match form {
            "json" => records.push(entry()),
            "jsonl" => {
                let _ = writeln!(out, "{}", entry());
            }
            _ => {}
        }
        rows.push(row);
    }
    let summary = summary(&rows);
    match form {
        "json" => {
            let _ = writeln!(out, "{}", json!({"schema": SCHEMA, "scans": records, "summary": summary}));
        }
        "jsonl" => {
            let _ = writeln!(out, "{}", json!({"schema": SCHEMA, "summary": summary}));
        }
        _ => told(&rows, &mut out),
    }
    high.sink.write(out.as_bytes())?;
    Ok(worst(&rows))
}

fn value(scanned: &Scanned) -> Result<Value, Failure> {
    serde_json::to_value(&scanned.record)
        .map_err(|error| Failure::own(format!("the record cannot be written: {error}")))
}

fn row(path: &str, scanned: &Scanned, fail_on: Severity) -> Row {
    let record = &scanned.record;
    let code = verdict(record.findings.iter().map(|finding| finding.severity), &record.coverage, fail_on);
    let says = format!(
        "{} packages, {} findings, {} parts not looked at",
        record.packages.len(),
        record.findings.len(),
        record.coverage.unreadable.len() + record.coverage.missing.len()
    );
    Row { path: path.to_owned(), code, says, digest: Some(scanned.digest.clone()) }
}

fn count(rows: &[Row], code: Code) -> usize {
    rows.iter().filter(|row| row.code == code).count()
}

fn summary(rows: &[Row]) -> Value {
    json!({
        "files": rows.len(),
        "done": count(rows, Code::Done),
        "findings": count(rows, Code::Findings),
        "incomplete": count(rows, Code::Incomplete),
        "unreadable": count(rows, Code::Unreadable),
        "failed": count(rows, Code::Failed),
    })
}

/// The summary in words: a line a file.
fn told(rows: &[Row], out: &mut String) {
    let _ = writeln!(out, "=== Summary of {} files\n", rows.len());
    for row in rows {
        let word = match row.code {
            Code::Done => "done",
            Code::Findings => "findings",
            Code::Incomplete => "incomplete",
            Code::Unreadable => "unreadable",
            Code::WrongUse | Code::Failed => "failed",
        };
        let says = overt_report::harmless::harmless(row.says.lines().next().unwrap_or_default());
        let _ = writeln!(out, "{word:<10}  {}  ({says})", overt_report::harmless::harmless(&row.path));
    }
}

/// One code for all: our own failure, then findings, then what was not looked at. A file that is nothing to be scanned
/// does not make the others incomplete; a folder of nothing else is unreadable.
fn worst(rows: &[Row]) -> Code {
    let order = [Code::Failed, Code::Findings, Code::Incomplete, Code::Done];
    order.into_iter().find(|&code| count(rows, code) > 0).unwrap_or(Code::Unreadable)
}

/// The regular files below `folder`, sorted; links are not followed.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error: io::Error| Failure::unreadable(folder, error);
    if !folder.is_dir() {
        return Err(Failure::wrong_use(format!("--each wants a folder, and {} is none", folder.display())));
    }
    let mut found = Vec::new();
    let mut waiting = vec![(folder.to_path_buf(), 1)];
    while let Some((place, depth)) = waiting.pop() {
        let entries = match std::fs::read_dir(&place) {
            Ok(entries) => entries,
            Err(error) if place == folder => return Err(unreadable(error)),
            Err(error) => {
                message::error(&format!("{}: {error}", place.display()));
                continue;
            }
        };
        for entry in entries.filter_map(Result::ok) {
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && depth < DEEPEST {
                waiting.push((entry.path(), depth + 1));
            } else if kind.is_file() && found.len() < MOST_FILES {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}
