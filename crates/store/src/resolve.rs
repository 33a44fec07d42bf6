//! Which build a text means.

use std::path::{Path, PathBuf};

use overt_record::Record;

use crate::build::Build;
use crate::error::{Error, Result};
use crate::record_file;
use crate::store::Store;

/// Fewer digits of a digest name nothing: they would be met by accident.
const FEWEST_DIGITS: usize = 4;
/// Candidates printed for an ambiguous name.
const CANDIDATES: usize = 12;

/// Where a record was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the store; so many other scans carry the same fingerprint.
    Stored {
        /// Other, earlier scans of the same fingerprint, when it was asked for by fingerprint.
        others: usize,
    },
    /// In a file.
    File(PathBuf),
}

/// A build that was found.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// Its record.
    pub record: Record,
    /// Digest of the record.
    pub digest: String,
    /// Where it was found.
    pub origin: Origin,
}

/// Finds the build that `asked` names: a fingerprint (of several scans the latest), the beginning of a record's digest,
/// or the path of a record file. Without a store only the last.
///
/// # Errors
/// Nothing or several things are called so; the record cannot be read.
pub fn resolve(store: Option<&Store>, asked: &str) -> Result<Resolved> {
    let mut named: Vec<(Build, usize)> = Vec::new();
    if let Some(store) = store {
        let same = store.by_fingerprint(asked)?;
        let others = same.len().saturating_sub(1);
        named.extend(same.into_iter().take(1).map(|build| (build, others)));
        let digits = asked.to_ascii_lowercase();
        if asked.len() >= FEWEST_DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            for build in store.by_digest(&digits)? {
                if named.iter().all(|(other, _)| other.digest != build.digest) {
                    named.push((build, 0));
                }
            }
        }
    }
    let file = Path::new(asked);
    let is_file = !asked.is_empty() && file.exists();
    match (named.as_slice(), is_file, store) {
        ([], true, _) => {
            let record = record_file::read(file)?;
            let digest = record
                .digest()
                .map_err(|error| Error::RecordFile { path: file.to_owned(), why: error.to_string() })?;
            Ok(Resolved { record, digest, origin: Origin::File(file.to_owned()) })
        }
        ([(build, others)], false, Some(store)) => {
            let record = store.record(&build.digest)?.ok_or_else(|| Error::Damaged {
                path: store.path().to_owned(),
                digest: build.digest.clone(),
                why: "it is named, and not there".into(),
            })?;
            Ok(Resolved { record, digest: build.digest.clone(), origin: Origin::Stored { others: *others } })
        }
        ([], false, _) => Err(Error::UnknownBuild {
            asked: asked.to_owned(),
            store: store.map(|store| store.path().to_owned()),
        }),
        _ => {
            let mut candidates: Vec<String> =
                named.iter().take(CANDIDATES).map(|(build, _)| build.line()).collect();
            if named.len() > CANDIDATES {
                candidates.push(format!("and {} more", named.len() - CANDIDATES));
            }
            if is_file {
                candidates.push(format!("./{asked} (a file)"));
            }
            Err(Error::AmbiguousBuild { asked: asked.to_owned(), candidates })
        }
    }
}
