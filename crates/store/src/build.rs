//! Stored builds: their list, their records, where their inputs lay.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::DeflateDecoder;
use overt_base::Digest;
use overt_record::Record;
use rusqlite::{OptionalExtension, Row};

use crate::error::{Error, Result};
use crate::store::Store;

/// A stored build, without its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// Digest of the record.
    pub digest: String,
    /// Grows with every insertion.
    pub sequence: i64,
    /// `ro.build.fingerprint`.
    pub fingerprint: Option<String>,
    /// `ro.product.brand`.
    pub brand: Option<String>,
    /// `ro.product.model`.
    pub model: Option<String>,
    /// How deep the scan looked.
    pub depth: String,
    /// Engine name and version.
    pub engine: String,
    /// Packages in the record.
    pub packages: u64,
    /// Findings in the record, without those of dead code.
    pub findings: u64,
}

const COLUMNS: &str = "digest, sequence, fingerprint, brand, model, depth, engine, packages, findings";

fn build(row: &Row<'_>) -> rusqlite::Result<Build> {
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    Ok(Build {
        digest: row.get(0)?,
        sequence: row.get(1)?,
        fingerprint: row.get(2)?,
        brand: row.get(3)?,
        model: row.get(4)?,
        depth: row.get(5)?,
        engine: row.get(6)?,
        packages: count(row.get(7)?),
        findings: count(row.get(8)?),
    })
}

impl Build {
    /// One line that tells it apart from others.
    #[must_use]
    pub fn line(&self) -> String {
        let name = match (&self.fingerprint, &self.brand, &self.model) {
            (Some(fingerprint), _, _) => fingerprint.clone(),
            (None, brand, model) => {
                let parts: Vec<&str> = [brand.as_deref(), model.as_deref()].into_iter().flatten().collect();
                if parts.is_empty() { "without fingerprint".to_owned() } else { parts.join(" ") }
            }
        };
        format!("{} {name} (depth {}, {}, {} findings)", self.digest, self.depth, self.engine, self.findings)
    }
}

impl Store {
    /// All builds, the latest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn list(&self) -> Result<Vec<Build>> {
        self.builds("1 = 1", [])
    }

    /// Builds of that fingerprint, the latest first.
    pub(crate) fn by_fingerprint(&self, fingerprint: &str) -> Result<Vec<Build>> {
        self.builds("fingerprint = ?1", [fingerprint])
    }

    /// Builds whose digest begins so, the latest first.
    pub(crate) fn by_digest(&self, prefix: &str) -> Result<Vec<Build>> {
        // Hexadecimal digits only, so that there is nothing to escape and 'g' is the end of the range.
        self.builds("digest >= ?1 AND digest < ?1 || 'g'", [prefix])
    }

    fn builds(&self, condition: &str, parameters: impl rusqlite::Params) -> Result<Vec<Build>> {
        let read = || -> rusqlite::Result<Vec<_>> {
            let sql = format!("SELECT {COLUMNS} FROM scan WHERE {condition} ORDER BY sequence DESC");
            self.connection.prepare(&sql)?.query_map(parameters, build)?.collect()
        };
        read().map_err(self.failed("reading"))
    }

    /// The record of that (whole) digest, as the bytes that went in.
    ///
    /// # Errors
    /// The store cannot be read, or gives back other bytes than went in.
    pub fn record_bytes(&self, digest: &str) -> Result<Option<Vec<u8>>> {
        let row: Option<(i64, Vec<u8>)> = self
            .connection
            .query_row(
                "SELECT length, deflated FROM record JOIN scan ON scan.id = record.scan WHERE digest = ?1",
                [digest],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            .map_err(self.failed("reading"))?;
        let Some((length, deflated)) = row else { return Ok(None) };
        unfold(self.path(), digest, length, &deflated).map(Some)
    }

    /// Two records, unfolded side by side; `None` where one of them is not there.
    ///
    /// # Errors
    /// As [`Store::record_bytes`].
    pub fn records(&self, a: &str, b: &str) -> Result<Option<(Record, Record)>> {
        let kept = |digest: &str| -> Result<Option<(i64, Vec<u8>)>> {
            self.connection
                .query_row(
                    "SELECT length, deflated FROM record JOIN scan ON scan.id = record.scan WHERE digest = ?1",
                    [digest],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()
                .map_err(self.failed("reading"))
        };
        let (Some(x), Some(y)) = (kept(a)?, kept(b)?) else { return Ok(None) };
        let path = self.path();
        let read = |digest: &str, (length, deflated): &(i64, Vec<u8>)| -> Result<Record> {
            parse(path, digest, &unfold(path, digest, *length, deflated)?)
        };
        let (x, y) = std::thread::scope(|scope| {
            let other = scope.spawn(|| read(b, &y));
            let x = read(a, &x);
            let y = other.join().unwrap_or_else(|_| {
                Err(Error::Damaged {
                    path: path.to_owned(),
                    digest: b.to_owned(),
                    why: "it could not be unfolded".into(),
                })
            });
            (x, y)
        });
        Ok(Some((x?, y?)))
    }

    /// The record of that (whole) digest.
    ///
    /// # Errors
    /// As [`Store::record_bytes`].
    pub fn record(&self, digest: &str) -> Result<Option<Record>> {
        let Some(bytes) = self.record_bytes(digest)? else { return Ok(None) };
        parse(self.path(), digest, &bytes).map(Some)
    }

    /// Whether something that lay at `path` on this machine was scanned.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn knows_source(&self, path: &Path) -> Result<bool> {
        let bytes = crate::insert::path_bytes(path);
        let read =
            || self.connection.prepare("SELECT 1 FROM source WHERE path = ?1 LIMIT 1")?.exists([bytes]);
        read().map_err(self.failed("reading"))
    }

    /// Where the input of that record lay on this machine, the latest place first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn sources(&self, digest: &str) -> Result<Vec<PathBuf>> {
        let read = || -> rusqlite::Result<Vec<_>> {
            self.connection
                .prepare(
                    "SELECT path FROM source JOIN scan ON scan.id = source.scan WHERE digest = ?1
                     ORDER BY source.sequence DESC, path",
                )?
                .query_map([digest], |row| row.get(0).map(path_of))?
                .collect()
        };
        read().map_err(self.failed("reading"))
    }
}

fn unfold(path: &Path, digest: &str, length: i64, deflated: &[u8]) -> Result<Vec<u8>> {
    let damaged = |why: String| Error::Damaged { path: path.to_owned(), digest: digest.to_owned(), why };
    let length = u64::try_from(length).map_err(|_| damaged("its length is negative".into()))?;
    let mut bytes = Vec::new();
    // One byte more than announced shows that there is more, without unfolding all of it.
    DeflateDecoder::new(deflated)
        .take(length.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| damaged(error.to_string()))?;
    let found = Digest::of(&bytes).to_string();
    if found == digest { Ok(bytes) } else { Err(damaged(format!("its bytes have the digest {found}"))) }
}

fn parse(path: &Path, digest: &str, bytes: &[u8]) -> Result<Record> {
    serde_json::from_slice(bytes).map_err(|error| Error::Damaged {
        path: path.to_owned(),
        digest: digest.to_owned(),
        why: error.to_string(),
    })
}

#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(&bytes).into_owned())
}
