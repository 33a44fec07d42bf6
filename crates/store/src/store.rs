//! An open store.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::{Error, Result};
use crate::schema::{self, Found};

/// How long to wait for other writers. One record takes a second at most.
const PATIENCE: Duration = Duration::from_secs(60);

/// An open store.
#[derive(Debug)]
pub struct Store {
    pub(crate) connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens the store at `path`; creates it, with its folder, where there is none.
    ///
    /// # Errors
    /// The file cannot be opened or made, is something else than a store, or is of a later version.
    pub fn open(path: &Path) -> Result<Store> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|error| storage(path, "opening", &error))?;
        }
        Store::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
    }

    /// Opens the store at `path`, or says that there is none.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_existing(path: &Path) -> Result<Option<Store>> {
        match path.try_exists() {
            Ok(false) => Ok(None),
            Ok(true) => Store::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map(Some),
            Err(error) => Err(storage(path, "opening", &error)),
        }
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Store> {
        let open = || -> rusqlite::Result<(Connection, Found)> {
            let mut connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
            connection.busy_timeout(PATIENCE)?;
            connection.pragma_update(None, "foreign_keys", true)?;
            // Kibibytes. A record's findings are looked up all over the index of findings.
            connection.pragma_update(None, "cache_size", -65_536)?;
            // Nothing is written to a file before it is known to be a store.
            let (found, _) = schema::inspect(&connection)?;
            if !matches!(found, Found::Ready) {
                return Ok((connection, found));
            }
            if connection.is_readonly(rusqlite::MAIN_DB)? {
                return Ok((connection, found));
            }
            write_ahead(&connection)?;
            // Safe against the death of the process; the death of the machine may cost the last scan, never the store.
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            let found = schema::migrate(&mut connection)?;
            Ok((connection, found))
        };
        match open() {
            Ok((connection, Found::Ready)) => Ok(Store { connection, path: path.to_owned() }),
            Ok((_, Found::NotAStore)) => Err(Error::NotAStore { path: path.to_owned() }),
            Ok((_, Found::Newer(version))) => Err(Error::Newer { path: path.to_owned(), version }),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
                Err(Error::NotAStore { path: path.to_owned() })
            }
            Err(error) => Err(storage(path, "opening", &error)),
        }
    }

    /// Wraps an error of SQLite.
    pub(crate) fn failed(&self, doing: &'static str) -> impl Fn(rusqlite::Error) -> Error + '_ {
        move |error| storage(&self.path, doing, &error)
    }
}

fn storage(path: &Path, doing: &'static str, why: &dyn std::fmt::Display) -> Error {
    Error::Storage { path: path.to_owned(), doing, why: why.to_string() }
}

/// Switches to the write-ahead log. Two processes that switch a new file at once may find it locked without SQLite
/// calling the busy handler (a wait could deadlock), so the wait is ours.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let start = Instant::now();
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())) {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && start.elapsed() < PATIENCE =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            other => return other,
        }
    }
}
