//! The index for questions over time and over builds, filled when a record is put in, and once for records of before.

use std::collections::BTreeSet;
use std::io::Read as _;

use flate2::read::DeflateDecoder;
use overt_compare::absence::Absences;
use overt_record::Record;
use rusqlite::{OptionalExtension, Transaction, params};

use crate::insert::{Names, count};

/// Texts longer than this are not searched for.
const LONGEST: usize = 1_024;

/// Fills the tables for one record. `findings` are the numbers of its living findings, in their order.
pub(crate) fn index(
    transaction: &Transaction<'_>,
    scan: i64,
    record: &Record,
    findings: &[i64],
) -> rusqlite::Result<()> {
    let absences = Absences::of(record);
    let mut names = Names::of(transaction)?;
    transaction.execute("UPDATE scan SET listing = ?1 WHERE id = ?2", params![listing(record), scan])?;
    let mut hole = transaction.prepare("INSERT OR IGNORE INTO hole (scan, stem) VALUES (?1, ?2)")?;
    for stem in absences.holes() {
        hole.execute(params![scan, names.number(stem)?])?;
    }
    let mut marks: BTreeSet<(char, i64, i64)> = BTreeSet::new();
    let mut update =
        transaction.prepare("UPDATE package SET read = ?1, shape = ?2 WHERE scan = ?3 AND ordinal = ?4")?;
    let mut carries =
        transaction.prepare("INSERT OR IGNORE INTO carries (family, scan, ordinal) VALUES (?1, ?2, ?3)")?;
    for (ordinal, package) in record.packages.iter().enumerate() {
        let ordinal = count(ordinal);
        let mut shape = None;
        if let Some(known) = package.shape.as_ref().filter(|shape| shape.methods > 0) {
            shape = Some(number_of(
                transaction,
                "SELECT id FROM shape WHERE sketch = ?1 AND methods = ?2",
                "INSERT INTO shape (sketch, methods) VALUES (?1, ?2) RETURNING id",
                params![known.sketch, known.methods],
            )?);
            for family in &known.families {
                let number = match transaction
                    .prepare_cached("SELECT id FROM family WHERE digest = ?1 AND name = ?2")?
                    .query_row(params![family.digest, family.name], |row| row.get(0))
                    .optional()?
                {
                    Some(number) => number,
                    None => transaction
                        .prepare_cached(
                            "INSERT INTO family (digest, name, methods, sketch) VALUES (?1, ?2, ?3, ?4) RETURNING id",
                        )?
                        .query_row(params![family.digest, family.name, family.methods, family.sketch], |row| {
                            row.get::<_, i64>(0)
                        })?,
                };
                carries.execute(params![number, scan, ordinal])?;
            }
        }
        update.execute(params![absences.read_of(package) as u8, shape, scan, ordinal])?;
        for code in &package.code {
            marks.insert(('d', names.number(&code.sha256)?, ordinal));
        }
        for signer in &package.signer {
            marks.insert(('s', names.number(&signer.sha256)?, ordinal));
        }
    }
    let ordinals: std::collections::HashMap<&str, i64> =
        record.packages.iter().enumerate().map(|(at, package)| (package.path.as_str(), count(at))).collect();
    let mut hosted: BTreeSet<(i64, i64)> = BTreeSet::new();
    for (finding, number) in record.findings.iter().zip(findings) {
        for endpoint in &finding.endpoints {
            if let Some(host) =
                endpoint.host.as_deref().filter(|host| !host.is_empty() && host.len() < LONGEST)
            {
                hosted.insert((names.number(&host.to_ascii_lowercase())?, *number));
            }
        }
        let Some(&ordinal) = ordinals.get(finding.path.as_str()) else { continue };
        let how = finding.endpoints.iter().filter_map(|endpoint| endpoint.how.as_ref()?.key.as_deref());
        let keys = how.chain(finding.transforms.iter().filter_map(|transform| transform.key.as_deref()));
        for key in keys.filter(|key| !key.is_empty() && key.len() < LONGEST) {
            marks.insert(('k', names.number(key)?, ordinal));
        }
    }
    let mut mark = transaction
        .prepare("INSERT OR IGNORE INTO mark (kind, name, scan, ordinal) VALUES (?1, ?2, ?3, ?4)")?;
    for (kind, name, ordinal) in marks {
        mark.execute(params![kind.to_string(), name, scan, ordinal])?;
    }
    let mut host =
        transaction.prepare("INSERT OR IGNORE INTO hosted (host, scan, finding) VALUES (?1, ?2, ?3)")?;
    for (name, finding) in hosted {
        host.execute(params![name, scan, finding])?;
    }
    Ok(())
}

/// Set where the build says what it has, so that what is not named is not there.
pub(crate) const LISTED: i64 = 1;
/// Set where libraries of the framework are missing, without which ways of data are not known.
pub(crate) const WITHOUT_FRAMEWORK: i64 = 2;

fn listing(record: &Record) -> i64 {
    let listed = record.coverage.listing.is_some() || record.coverage.complete;
    let framework = (record.coverage.missing.iter())
        .any(|file| file.path.contains("/framework/") && file.path.ends_with(".jar"));
    i64::from(listed) * LISTED + i64::from(framework) * WITHOUT_FRAMEWORK
}

fn number_of(
    transaction: &Transaction<'_>,
    find: &str,
    add: &str,
    values: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<i64> {
    match transaction.prepare_cached(find)?.query_row(values, |row| row.get(0)).optional()? {
        Some(number) => Ok(number),
        None => transaction.prepare_cached(add)?.query_row(values, |row| row.get(0)),
    }
}

/// Fills the tables for all records that are there already. A record that cannot be read stays without: whoever asks for it is
/// told what is wrong with it.
pub(crate) fn fill(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let scans: Vec<i64> = transaction
        .prepare("SELECT id FROM scan ORDER BY id")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for scan in scans {
        let kept: Option<(i64, Vec<u8>)> = transaction
            .query_row("SELECT length, deflated FROM record WHERE scan = ?1", [scan], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let Some((length, deflated)) = kept else { continue };
        let mut bytes = Vec::new();
        let most = u64::try_from(length).unwrap_or(0);
        if DeflateDecoder::new(deflated.as_slice()).take(most).read_to_end(&mut bytes).is_err() {
            continue;
        }
        let Ok(record) = serde_json::from_slice::<Record>(&bytes) else { continue };
        let findings: Vec<i64> = transaction
            .prepare_cached("SELECT finding FROM found WHERE scan = ?1 AND dead = 0 ORDER BY ordinal")?
            .query_map([scan], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        index(transaction, scan, &record, &findings)?;
    }
    Ok(())
}
