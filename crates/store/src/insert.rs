//! Putting a record in.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use overt_base::Digest;
use overt_record::{Finding, Record};
use rusqlite::{Transaction, TransactionBehavior, params};

use crate::error::{Error, Result};
use crate::store::Store;

impl Store {
    /// Keeps a record, and where its input lies on this machine. A record that is there already becomes the latest.
    /// Returns its digest.
    ///
    /// # Errors
    /// The store cannot be written. It is then as it was before.
    pub fn insert(&mut self, record: &Record, source: Option<&Path>) -> Result<String> {
        let text = record.to_json().map_err(|error| Error::Storage {
            path: self.path().to_owned(),
            doing: "writing to",
            why: error.to_string(),
        })?;
        let digest = Digest::of(text.as_bytes()).to_string();
        // Everything slow happens before the lock is taken.
        let deflated = deflate(text.as_bytes());
        let path = self.path().to_owned();
        let failed = |error: rusqlite::Error| Error::Storage {
            path: path.clone(),
            doing: "writing to",
            why: error.to_string(),
        };
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&failed)?;
        write(&transaction, record, &digest, text.len(), &deflated, source).map_err(&failed)?;
        transaction.commit().map_err(&failed)?;
        Ok(digest)
    }
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    // The fastest level: JSON of many like findings shrinks to a tenth all the same.
    let mut encoder = DeflateEncoder::new(Vec::with_capacity(bytes.len() / 8), Compression::fast());
    // Writing to a vector does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

fn write(
    transaction: &Transaction<'_>,
    record: &Record,
    digest: &str,
    length: usize,
    deflated: &[u8],
    source: Option<&Path>,
) -> rusqlite::Result<()> {
    let sequence: i64 =
        transaction.query_row("SELECT coalesce(max(sequence), 0) + 1 FROM scan", [], |row| row.get(0))?;
    let known = transaction
        .execute("UPDATE scan SET sequence = ?1 WHERE digest = ?2", params![sequence, digest])?
        > 0;
    if !known {
        let build = &record.build;
        let depth = serde_json::to_value(record.depth).ok();
        transaction.execute(
            "INSERT INTO scan (sequence, digest, fingerprint, brand, model, device, android, security_patch, build_date,
                               incremental, engine, catalogue, limits, depth, complete, packages, findings, dead)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
            params![
                sequence,
                digest,
                build.fingerprint,
                build.brand,
                build.model,
                build.device,
                build.android,
                build.security_patch,
                build.build_date,
                build.incremental,
                record.engine,
                record.catalogue,
                record.limits,
                depth.as_ref().and_then(|depth| depth.as_str()).unwrap_or_default(),
                record.coverage.complete,
                count(record.packages.len()),
                count(record.findings.len()),
                count(record.dead.len()),
            ],
        )?;
    }
    let scan: i64 =
        transaction.query_row("SELECT id FROM scan WHERE digest = ?1", [digest], |row| row.get(0))?;
    if !known {
        transaction.execute(
            "INSERT INTO record (scan, length, deflated) VALUES (?1, ?2, ?3)",
            params![scan, count(length), deflated],
        )?;
        let findings = index(transaction, scan, record)?;
        crate::over_time::index(transaction, scan, record, &findings)?;
    }
    if let Some(source) = source {
        transaction.execute(
            "INSERT INTO source (scan, path, sequence) VALUES (?1, ?2, ?3)
             ON CONFLICT (scan, path) DO UPDATE SET sequence = excluded.sequence",
            params![scan, path_bytes(source), sequence],
        )?;
    }
    Ok(())
}

pub(crate) fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Fills the tables beside the record. Returns the numbers of the living findings, in their order.
fn index(transaction: &Transaction<'_>, scan: i64, record: &Record) -> rusqlite::Result<Vec<i64>> {
    let mut names = Names::of(transaction)?;
    let mut insert = transaction.prepare(
        "INSERT INTO package (scan, ordinal, package, path, sha256, version, privileged, uid)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for (ordinal, package) in record.packages.iter().enumerate() {
        insert.execute(params![
            scan,
            count(ordinal),
            names.maybe(package.package.as_deref())?,
            names.number(&package.path)?,
            names.maybe(package.sha256.as_deref())?,
            names.maybe(package.version_name.as_deref())?,
            package.privileged,
            package.runs_as.uid,
        ])?;
    }
    let mut find = transaction.prepare(
        "SELECT id FROM finding WHERE finding = ?1 AND path = ?2 AND package IS ?3 AND behaviour = ?4 AND rung = ?5
         AND severity = ?6 AND confidence = ?7",
    )?;
    let mut add = transaction.prepare(
        "INSERT INTO finding (finding, path, package, behaviour, rung, severity, confidence)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
    )?;
    let mut found: Vec<(i64, bool, i64)> = Vec::with_capacity(record.findings.len());
    let lists: [(bool, &[Finding]); 2] = [(false, &record.findings), (true, &record.dead)];
    for (dead, findings) in lists {
        for (ordinal, finding) in findings.iter().enumerate() {
            let values = params![
                finding.id,
                names.number(&finding.path)?,
                names.maybe(finding.package.as_deref())?,
                names.number(&finding.behaviour)?,
                names.number(finding.rung.as_str())?,
                names.number(finding.severity.as_str())?,
                names.number(finding.confidence.as_str())?,
            ];
            let number = match find.query_row(values, |row| row.get(0)) {
                Err(rusqlite::Error::QueryReturnedNoRows) => add.query_row(values, |row| row.get(0))?,
                other => other?,
            };
            found.push((number, dead, count(ordinal)));
        }
    }
    let living: Vec<i64> = found.iter().take(record.findings.len()).map(|(number, ..)| *number).collect();
    // In the order of the table, so that it only grows at its end.
    found.sort_unstable();
    let mut insert =
        transaction.prepare("INSERT INTO found (scan, finding, dead, ordinal) VALUES (?1, ?2, ?3, ?4)")?;
    for (number, dead, ordinal) in found {
        insert.execute(params![scan, number, dead, ordinal])?;
    }
    Ok(living)
}

/// Numbers of names, looked up once each.
pub(crate) struct Names<'t> {
    find: rusqlite::Statement<'t>,
    add: rusqlite::Statement<'t>,
    known: HashMap<String, i64>,
}

impl<'t> Names<'t> {
    pub(crate) fn of(transaction: &'t Transaction<'_>) -> rusqlite::Result<Names<'t>> {
        Ok(Names {
            find: transaction.prepare("SELECT id FROM name WHERE text = ?1")?,
            add: transaction.prepare("INSERT INTO name (text) VALUES (?1) RETURNING id")?,
            known: HashMap::new(),
        })
    }

    pub(crate) fn number(&mut self, text: &str) -> rusqlite::Result<i64> {
        if let Some(&number) = self.known.get(text) {
            return Ok(number);
        }
        let number = match self.find.query_row([text], |row| row.get(0)) {
            Err(rusqlite::Error::QueryReturnedNoRows) => self.add.query_row([text], |row| row.get(0))?,
            other => other?,
        };
        self.known.insert(text.to_owned(), number);
        Ok(number)
    }

    pub(crate) fn maybe(&mut self, text: Option<&str>) -> rusqlite::Result<Option<i64>> {
        text.map(|text| self.number(text)).transpose()
    }
}

#[cfg(unix)]
pub(crate) fn path_bytes(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().to_vec()
}

#[cfg(not(unix))]
pub(crate) fn path_bytes(path: &Path) -> Vec<u8> {
    path.to_string_lossy().into_owned().into_bytes()
}
