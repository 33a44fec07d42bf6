//! `overt scan PATH`: opens a build, keeps the record, reports.

use std::path::{Path, PathBuf};

use overt_base::{Cancel, Digest};
use overt_pipeline::ScanOptions;
use overt_record::{Build, Record};
use overt_report::{Subject, Whole};
use overt_store::{Shelf, Store};

use crate::builds::short;
use crate::exit::{Code, Failure};
use crate::flags::{High, Scan, StorePlace};
use crate::message;
use crate::progress::Bar;
use crate::verdict::verdict;

pub(super) fn run(high: &High, flags: &Scan) -> Result<Code, Failure> {
    let mut keeping = Keeping::open(high, flags)?;
    if flags.each {
        return super::each::run(high, flags, &mut keeping);
    }
    let Scanned { record, digest, kept } = keeping.scan(high, flags, &flags.path)?;
    high.sink.render(
        high.output,
        &Subject::Whole(Whole { record: &record, digest: &digest }),
        &high.style,
    )?;
    kept?;
    Ok(verdict(record.findings.iter().map(|finding| finding.severity), &record.coverage, high.fail_on))
}

/// What came out of one input.
pub(super) struct Scanned {
    pub(super) record: Record,
    pub(super) digest: String,
    /// A result that cannot be kept is a result all the same.
    pub(super) kept: Result<(), Failure>,
}

/// Where records and what was found out about packages are kept.
pub(super) struct Keeping {
    store: Option<Store>,
    shelf: Option<Kept>,
}

impl Keeping {
    /// Opened first: a wrong path is said before the work, not after.
    fn open(high: &High, flags: &Scan) -> Result<Keeping, Failure> {
        let store = match &high.store {
            StorePlace::At(path) => Some(Store::open(path)?),
            StorePlace::Unwanted => None,
            StorePlace::Unknown => {
                return Err(Failure::wrong_use(
                    "there is no folder for the store: neither XDG_DATA_HOME nor HOME is set. Name a file with --store, \
                     or go without by --no-store",
                ));
            }
        };
        // Without it everything is worked out: slower, not otherwise.
        let shelf = match &high.store {
            StorePlace::At(path) if !flags.no_cache => Shelf::open(path, Shelf::LIMIT).ok().map(Kept),
            _ => None,
        };
        Ok(Keeping { store, shelf })
    }

    /// Scans the input at `path`.
    ///
    /// # Errors
    /// There is no record of it.
    pub(super) fn scan(&mut self, high: &High, flags: &Scan, path: &Path) -> Result<Scanned, Failure> {
        let bar = Bar::on_stderr();
        let kept = self.shelf.as_ref().map(|shelf| shelf as &dyn overt_pipeline::Shelf);
        let options = ScanOptions { source: flags.source.clone(), ..high.scan.clone() };
        let record = overt_pipeline::scan_with(path, &options, kept, &bar, &Cancel::default())
            .map_err(|error| Failure::of_scan(path, &error))?;
        drop(bar);
        if let Some(Kept(shelf)) = &self.shelf {
            shelf.tidy();
        }
        if holds_nothing(&record) {
            return Err(Failure::unreadable(
                path,
                "it holds no package, no native file and no build properties",
            ));
        }
        let digest = record
            .digest()
            .map_err(|error| Failure::own(format!("the record cannot be written: {error}")))?;
        let kept = match &mut self.store {
            None => Ok(()),
            Some(store) => store.insert(&record, Some(&absolute(path))).map(|_| {
                message::note(&format!("record {} kept in {}", short(&digest), store.path().display()));
            }),
        };
        Ok(Scanned { record, digest, kept: kept.map_err(Failure::from) })
    }
}

/// The store's shelf as the pipeline sees it.
pub(super) struct Kept(pub(super) Shelf);

impl overt_pipeline::Shelf for Kept {
    fn get(&self, key: &Digest) -> Option<Vec<u8>> {
        self.0.get(key)
    }

    fn put(&self, key: &Digest, bytes: &[u8]) {
        self.0.put(key, bytes);
    }
}

/// A wrong folder must not look like a clean build.
fn holds_nothing(record: &Record) -> bool {
    record.packages.is_empty()
        && record.natives.is_empty()
        && record.build == Build::default()
        && record.coverage.unreadable.is_empty()
        && record.coverage.missing.is_empty()
}

/// Where `path` lies whatever the working folder is when somebody asks again.
pub(super) fn absolute(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}
