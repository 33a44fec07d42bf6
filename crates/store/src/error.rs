//! What can go wrong, said so that the user knows what to do next.

use std::fmt;
use std::path::PathBuf;

/// Result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong. Prints as what, where, why and what to do next.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Nothing is called so.
    UnknownBuild {
        /// What was asked for.
        asked: String,
        /// The store that was searched, if any.
        store: Option<PathBuf>,
    },
    /// Several things are called so.
    AmbiguousBuild {
        /// What was asked for.
        asked: String,
        /// What it may mean, one a line.
        candidates: Vec<String>,
    },
    /// A record file cannot be used.
    RecordFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The file is no store of this program.
    NotAStore {
        /// The file.
        path: PathBuf,
    },
    /// The store was written by a later version of this program.
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: i64,
    },
    /// The store cannot be opened, read or written.
    Storage {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// Why it failed.
        why: String,
    },
    /// The store gave back something else than was put in.
    Damaged {
        /// The file.
        path: PathBuf,
        /// The record.
        digest: String,
        /// What is wrong.
        why: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::UnknownBuild { asked, store } => {
                write!(f, "no build is called {asked:?}: it is no file here, ")?;
                match store {
                    Some(store) => {
                        write!(
                            f,
                            "and no fingerprint or beginning of a record's digest in {}",
                            store.display()
                        )?;
                    }
                    None => f.write_str("and there is no store to look it up in")?,
                }
                f.write_str(". Scan the build first, name another store with --store, or give the path of a record file")
            }
            Error::AmbiguousBuild { asked, candidates } => {
                write!(f, "{asked:?} names several builds. Give more digits, or ./NAME for a file:")?;
                candidates.iter().try_for_each(|candidate| write!(f, "\n  {candidate}"))
            }
            Error::RecordFile { path, why } => write!(
                f,
                "{} cannot be used as a record: {why}. A record is what `overt scan PATH --format json` prints",
                path.display()
            ),
            Error::NotAStore { path } => write!(
                f,
                "{} is not an Overt store, and was left as it is. Name another file with --store",
                path.display()
            ),
            Error::Newer { path, version } => write!(
                f,
                "{} was written by a later version of Overt (store version {version}; this one knows versions up to {}). \
                 Use that version, or another file with --store",
                path.display(),
                crate::VERSION
            ),
            Error::Storage { path, doing, why } => write!(
                f,
                "{doing} the store {} failed: {why}. Check that the folder exists, is writable and has room, or go without \
                 by --no-store",
                path.display()
            ),
            Error::Damaged { path, digest, why } => write!(
                f,
                "the record {digest} in the store {} is damaged: {why}. Scan the build again",
                path.display()
            ),
        }
    }
}

impl std::error::Error for Error {}
