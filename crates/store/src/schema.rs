//! The tables, and how a store of an earlier version gets them.

use rusqlite::{Connection, TransactionBehavior};

/// "OVRT" in SQLite's header, so that no other program's database is taken for a store.
pub(crate) const APPLICATION_ID: i64 = 0x4f56_5254;

/// One step a version. Steps are never changed once released, only added.
const MIGRATIONS: &[&str] = &[V1, V2, V3];

/// The version that this crate reads and writes.
pub const VERSION: i64 = MIGRATIONS.len() as i64;

/// Version 1. Names (of packages, behaviours …) and findings recur in every build, so each is kept once and the tables hold
/// its number: ten thousand findings a build over a thousand builds stay small enough to search.
const V1: &str = "
CREATE TABLE name (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;

-- One row a record. `sequence` grows with every insertion, also of a record that is there already: the latest wins.
CREATE TABLE scan (
  id INTEGER PRIMARY KEY,
  sequence INTEGER NOT NULL UNIQUE,
  digest TEXT NOT NULL UNIQUE,
  fingerprint TEXT,
  brand TEXT,
  model TEXT,
  device TEXT,
  android TEXT,
  security_patch TEXT,
  build_date TEXT,
  incremental TEXT,
  engine TEXT NOT NULL,
  catalogue TEXT NOT NULL,
  limits TEXT NOT NULL,
  depth TEXT NOT NULL,
  complete INTEGER NOT NULL,
  packages INTEGER NOT NULL,
  findings INTEGER NOT NULL,
  dead INTEGER NOT NULL
) STRICT;
CREATE INDEX scan_by_fingerprint ON scan (fingerprint, sequence);

-- The record itself, apart from `scan` so that lists of builds need not step over it: canonical JSON, raw deflate.
CREATE TABLE record (
  scan INTEGER PRIMARY KEY REFERENCES scan (id) ON DELETE CASCADE,
  length INTEGER NOT NULL,
  deflated BLOB NOT NULL
) STRICT;

-- Where the input lay on this machine. Bytes, because paths need not be text.
CREATE TABLE source (
  scan INTEGER NOT NULL REFERENCES scan (id) ON DELETE CASCADE,
  path BLOB NOT NULL,
  sequence INTEGER NOT NULL,
  PRIMARY KEY (scan, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE package (
  scan INTEGER NOT NULL REFERENCES scan (id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  package INTEGER REFERENCES name (id),
  path INTEGER NOT NULL REFERENCES name (id),
  sha256 INTEGER REFERENCES name (id),
  version INTEGER REFERENCES name (id),
  privileged INTEGER NOT NULL,
  uid INTEGER,
  PRIMARY KEY (scan, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX package_by_package ON package (package, scan);
CREATE INDEX package_by_sha256 ON package (sha256, scan);

-- What was found, once for all builds in which it was found alike. `finding` is the finding's id.
CREATE TABLE finding (
  id INTEGER PRIMARY KEY,
  finding TEXT NOT NULL,
  path INTEGER NOT NULL REFERENCES name (id),
  package INTEGER REFERENCES name (id),
  behaviour INTEGER NOT NULL REFERENCES name (id),
  rung INTEGER NOT NULL REFERENCES name (id),
  severity INTEGER NOT NULL REFERENCES name (id),
  confidence INTEGER NOT NULL REFERENCES name (id)
) STRICT;
CREATE INDEX finding_by_finding ON finding (finding, path, package, behaviour, rung, severity, confidence);
CREATE INDEX finding_by_behaviour ON finding (behaviour);
CREATE INDEX finding_by_package ON finding (package);

-- In which builds. There is no index by finding on purpose: it would be written at ten thousand places for each build,
-- and asking each of a thousand builds whether it has a finding takes milliseconds.
CREATE TABLE found (
  scan INTEGER NOT NULL REFERENCES scan (id) ON DELETE CASCADE,
  finding INTEGER NOT NULL REFERENCES finding (id),
  dead INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  PRIMARY KEY (scan, finding, dead, ordinal)
) STRICT, WITHOUT ROWID;
";

/// Version 2. What scans found out about single packages and files, for the scans after them. `used` counts scans; the index
/// covers what throwing away asks, so that it reads none of the bytes.
const V2: &str = "
CREATE TABLE kept (
  key BLOB PRIMARY KEY,
  size INTEGER NOT NULL,
  used INTEGER NOT NULL,
  check_sum BLOB NOT NULL,
  deflated BLOB NOT NULL
) STRICT;
CREATE INDEX kept_by_use ON kept (used, key, size);
";

/// Version 3. What questions over time and over builds ask: what a build could not show, how far each package was read, who
/// signed it, whom it names, what its code looks like. Filled from the records of before by [`crate::over_time`].
const V3: &str = "
-- 1: the build says what it has; 2: libraries of the framework are missing.
ALTER TABLE scan ADD COLUMN listing INTEGER NOT NULL DEFAULT 0;
-- How far its code was read: 0 partly, 1 all of it, 2 and data followed to the end.
ALTER TABLE package ADD COLUMN read INTEGER NOT NULL DEFAULT 0;
ALTER TABLE package ADD COLUMN shape INTEGER;

-- Stems of files that were not there to be looked at and could hold a package.
CREATE TABLE hole (
  scan INTEGER NOT NULL REFERENCES scan (id) ON DELETE CASCADE,
  stem INTEGER NOT NULL REFERENCES name (id),
  PRIMARY KEY (scan, stem)
) STRICT, WITHOUT ROWID;

-- Sets of method shapes, once for all packages that have the same.
CREATE TABLE shape (
  id INTEGER PRIMARY KEY,
  methods INTEGER NOT NULL,
  sketch TEXT NOT NULL,
  UNIQUE (sketch, methods)
) STRICT;

CREATE TABLE family (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL,
  name TEXT NOT NULL,
  methods INTEGER NOT NULL,
  sketch TEXT NOT NULL,
  UNIQUE (digest, name)
) STRICT;

CREATE TABLE carries (
  family INTEGER NOT NULL REFERENCES family (id),
  scan INTEGER NOT NULL REFERENCES scan (id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  PRIMARY KEY (family, scan, ordinal)
) STRICT, WITHOUT ROWID;

-- What a package is found by: 'd' a DEX by its digest, 's' a signer by his certificate's, 'k' a key in its code.
CREATE TABLE mark (
  kind TEXT NOT NULL,
  name INTEGER NOT NULL REFERENCES name (id),
  scan INTEGER NOT NULL REFERENCES scan (id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  PRIMARY KEY (kind, name, scan, ordinal)
) STRICT, WITHOUT ROWID;

-- Hosts that findings name.
CREATE TABLE hosted (
  host INTEGER NOT NULL REFERENCES name (id),
  scan INTEGER NOT NULL REFERENCES scan (id) ON DELETE CASCADE,
  finding INTEGER NOT NULL REFERENCES finding (id),
  PRIMARY KEY (host, scan, finding)
) STRICT, WITHOUT ROWID;
";

/// What a file turned out to be.
pub(crate) enum Found {
    /// A store of the current version.
    Ready,
    /// Somebody else's database.
    NotAStore,
    /// A store of a later version.
    Newer(i64),
}

/// Brings the tables to the current version. Safe to run from several processes at once.
pub(crate) fn migrate(connection: &mut Connection) -> rusqlite::Result<Found> {
    match inspect(connection)? {
        (Found::Ready, version) if version == VERSION => return Ok(Found::Ready),
        (Found::Ready, _) => {}
        (other, _) => return Ok(other),
    }
    // Somebody else may be creating the same file: look again once we alone may write.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (found, version) = inspect(&transaction)?;
    if matches!(found, Found::Ready) {
        for step in MIGRATIONS.iter().skip(usize::try_from(version).unwrap_or(0)) {
            transaction.execute_batch(step)?;
        }
        if version < 3 {
            crate::over_time::fill(&transaction)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
        transaction.commit()?;
    }
    Ok(found)
}

/// What the file is, and its version; an empty database counts as a store of version 0.
pub(crate) fn inspect(connection: &Connection) -> rusqlite::Result<(Found, i64)> {
    let number =
        |pragma: &str| connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0));
    let application = number("application_id")?;
    let version = number("user_version")?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let found = match application {
        APPLICATION_ID if version > VERSION => Found::Newer(version),
        APPLICATION_ID if version >= 1 => Found::Ready,
        0 if tables == 0 && version == 0 => Found::Ready,
        _ => Found::NotAStore,
    };
    Ok((found, version))
}
