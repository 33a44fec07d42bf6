//! `overt watch`: scans builds as they come, and says what changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use overt_base::Cancel;
use overt_record::Record;
use overt_report::Subject;
use overt_store::{Shelf, Store};

use super::diff;
use super::scan::{Kept, absolute};
use crate::builds::{self, short};
use crate::exit::{Code, Failure};
use crate::flags::{High, StorePlace, Watch};
use crate::message;
use crate::progress::Bar;

/// Names of files that somebody is still writing.
const UNFINISHED: [&str; 5] = ["part", "partial", "tmp", "crdownload", "filepart"];

pub(super) fn run(high: &High, flags: &Watch) -> Result<Code, Failure> {
    let StorePlace::At(place) = &high.store else {
        return Err(Failure::wrong_use(
            "watching needs a store: what came before is known from nowhere else",
        ));
    };
    let mut store = Store::open(place)?;
    let mut worst = Code::Done;
    let mut looked = Looked::default();
    let mut told = None;
    loop {
        let code = match (&flags.folder, &flags.device) {
            (Some(folder), _) => look(high, &mut store, folder, &mut looked, flags.once)?,
            (None, Some(device)) => last_two(high, &store, device, &mut told)?,
            (None, None) => return Err(Failure::wrong_use("give a folder or --device")),
        };
        worst = worse(worst, code);
        if flags.once {
            return Ok(worst);
        }
        std::thread::sleep(Duration::from_secs(flags.every));
    }
}

/// Changes come before what is not known, that before nothing.
fn worse(a: Code, b: Code) -> Code {
    let rank = |code: Code| match code {
        Code::Findings => 2,
        Code::Incomplete => 1,
        _ => 0,
    };
    if rank(b) > rank(a) { b } else { a }
}

/// The last two builds of a device, unless they were told of before.
fn last_two(
    high: &High,
    store: &Store,
    device: &str,
    told: &mut Option<(String, String)>,
) -> Result<Code, Failure> {
    let known = store.builds_of(device)?;
    let [.., before, now] = known.as_slice() else {
        if told.is_none() {
            message::note(&format!(
                "the store has {} of {device}; there is nothing to compare",
                match known.len() {
                    0 => "no build",
                    _ => "one build",
                }
            ));
        }
        return Ok(Code::Done);
    };
    let pair = (before.record_sha256.clone(), now.record_sha256.clone());
    if told.as_ref() == Some(&pair) {
        return Ok(Code::Done);
    }
    let code = notice(high, store, &pair.0, &pair.1)?;
    *told = Some(pair);
    Ok(code)
}

fn notice(high: &High, store: &Store, before: &str, now: &str) -> Result<Code, Failure> {
    let a = builds::resolve(Some(store), before)?;
    let b = builds::resolve(Some(store), now)?;
    let diff = overt_compare::diff(diff::named(&a), diff::named(&b));
    high.sink.render(high.output, &Subject::Diff(&diff), &high.style)?;
    Ok(diff::code(&diff))
}

/// What identifies the state of a path between two looks.
type Stamp = (u64, Option<SystemTime>);

/// What was seen in the folder before.
#[derive(Default)]
struct Looked {
    stamps: BTreeMap<PathBuf, Stamp>,
    unreadable: BTreeMap<PathBuf, Stamp>,
}

/// Scans what is new in the folder.
fn look(
    high: &High,
    store: &mut Store,
    folder: &Path,
    looked: &mut Looked,
    once: bool,
) -> Result<Code, Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::unreadable(folder, format!("it is no folder that can be listed ({error})"))
    };
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let unfinished = path
            .extension()
            .is_some_and(|extension| UNFINISHED.iter().any(|known| extension.eq_ignore_ascii_case(known)));
        if !hidden && !unfinished {
            paths.push(absolute(&path));
        }
    }
    paths.sort();
    let mut worst = Code::Done;
    for path in paths {
        if store.knows_source(&path)? || path == absolute(store.path()) || is_part_of(&path, store.path()) {
            continue;
        }
        // Between two looks a file that is being written grows; a single look takes what is there.
        let stamp = stamp(&path);
        let settled = once || looked.stamps.insert(path.clone(), stamp) == Some(stamp);
        if !settled || looked.unreadable.get(&path) == Some(&stamp) {
            continue;
        }
        match scan(high, &path) {
            Ok(record) => {
                let digest = store.insert(&record, Some(&path))?;
                message::note(&format!("{}: record {} kept", path.display(), short(&digest)));
                worst = worse(worst, compare(high, store, &record, &digest)?);
            }
            // One that cannot be read must not keep the others from being looked at.
            Err(failure) => {
                message::error(&failure.text);
                looked.unreadable.insert(path, stamp);
                worst = worse(worst, Code::Incomplete);
            }
        }
    }
    Ok(worst)
}

/// The store's own files beside it: `store.sqlite-wal` and the like.
fn is_part_of(path: &Path, store: &Path) -> bool {
    absolute(store).to_str().is_some_and(|store| path.to_str().is_some_and(|path| path.starts_with(store)))
}

fn stamp(path: &Path) -> Stamp {
    std::fs::metadata(path).map_or((0, None), |metadata| (metadata.len(), metadata.modified().ok()))
}

fn scan(high: &High, path: &Path) -> Result<Record, Failure> {
    let bar = Bar::on_stderr();
    let shelf = match &high.store {
        StorePlace::At(place) => Shelf::open(place, Shelf::LIMIT).ok().map(Kept),
        _ => None,
    };
    let kept = shelf.as_ref().map(|shelf| shelf as &dyn overt_pipeline::Shelf);
    let record = overt_pipeline::scan_with(path, &high.scan, kept, &bar, &Cancel::default())
        .map_err(|error| Failure::of_scan(path, &error))?;
    if let Some(Kept(shelf)) = &shelf {
        shelf.tidy();
    }
    Ok(record)
}

/// Compares a build that came with the one before it of the same device.
fn compare(high: &High, store: &Store, record: &Record, digest: &str) -> Result<Code, Failure> {
    let device = record.build.device.as_deref().or(record.build.model.as_deref());
    let Some(device) = device else {
        message::note("it names no device, so there is nothing to compare it with");
        return Ok(Code::Done);
    };
    let known = store.builds_of(&device.replace(['*', '?'], "?"))?;
    let own = known.iter().position(|build| build.record_sha256 == digest);
    let before = own.and_then(|own| own.checked_sub(1)).and_then(|before| known.get(before));
    match before {
        Some(before) => notice(high, store, &before.record_sha256, digest),
        None => {
            message::note(&format!(
                "it is the first build of {device} in the store; there is nothing to compare"
            ));
            Ok(Code::Done)
        }
    }
}
