//! Finding the builds and findings that were named.

use overt_record::{Finding, Record};
use overt_store::{Origin, Resolved, Store};

use crate::exit::Failure;
use crate::flags::StorePlace;
use crate::message;

/// Candidates printed for an ambiguous name.
const CANDIDATES: usize = 12;

/// Opens the store for reading; `None` where there is none (yet) or none is wanted.
pub fn store(place: &StorePlace) -> Result<Option<Store>, Failure> {
    match place {
        StorePlace::At(path) => Ok(Store::open_existing(path)?),
        StorePlace::Unwanted | StorePlace::Unknown => Ok(None),
    }
}

/// The build that was named.
pub fn resolve(store: Option<&Store>, asked: &str) -> Result<Resolved, Failure> {
    let found = overt_store::resolve(store, asked)?;
    if let Origin::Stored { others } = found.origin
        && others > 0
    {
        message::note(&format!(
            "{} of this build; this is the latest, record {}",
            overt_report::words::plural(others as u64 + 1, "scan"),
            short(&found.digest)
        ));
    }
    Ok(found)
}

/// A finding that was named.
pub struct Named {
    /// The record it stems from.
    pub record: Record,
    /// Its digest.
    pub digest: String,
    /// Among the record's `dead` instead of its `findings`.
    pub dead: bool,
    /// Index in that list.
    pub ordinal: usize,
}

impl Named {
    /// The finding.
    pub fn finding(&self) -> Option<&Finding> {
        let list = if self.dead { &self.record.dead } else { &self.record.findings };
        list.get(self.ordinal)
    }
}

/// The finding whose id begins with `asked`, in one build or (the latest scan first) in all.
pub fn finding(store: Option<&Store>, asked: &str, build: Option<&str>) -> Result<Named, Failure> {
    let asked = asked.trim().to_ascii_lowercase();
    match (build, store) {
        (Some(build), _) => in_build(resolve(store, build)?, &asked),
        (None, Some(store)) => in_store(store, &asked),
        (None, None) => Err(Failure::wrong_use(
            "there is no store to look the finding up in. Scan a build first, or say with --build FILE which record it \
             is in",
        )),
    }
}

fn in_build(found: Resolved, asked: &str) -> Result<Named, Failure> {
    let lists = [(false, &found.record.findings), (true, &found.record.dead)];
    let matching: Vec<(bool, usize, &Finding)> = lists
        .into_iter()
        .flat_map(|(dead, list)| {
            list.iter().enumerate().map(move |(ordinal, finding)| (dead, ordinal, finding))
        })
        .filter(|(_, _, finding)| finding.id.starts_with(asked))
        .collect();
    let candidates = matching.iter().map(|(_, _, finding)| {
        let package = finding.package.as_deref().unwrap_or(&finding.path);
        (finding.id.as_str(), format!("{} {} in {package}", finding.id, finding.behaviour))
    });
    one_id(asked, candidates, || format!("in record {}", short(&found.digest)))?;
    let first = matching.first().map(|(dead, ordinal, _)| (*dead, *ordinal));
    same_id_twice(matching.len());
    let (dead, ordinal) = first.unwrap_or_default();
    Ok(Named { record: found.record, digest: found.digest, dead, ordinal })
}

fn in_store(store: &Store, asked: &str) -> Result<Named, Failure> {
    let ids = store.finding_ids(asked, CANDIDATES + 1)?;
    let candidates =
        ids.iter().map(|one| (one.id.as_str(), format!("{} {} in {}", one.id, one.behaviour, one.package)));
    one_id(asked, candidates, || format!("in {}", store.path().display()))?;
    let occurrences = match ids.first() {
        Some(identity) => store.occurrences(&identity.id)?,
        None => Vec::new(),
    };
    let Some(latest) = occurrences.first() else {
        return Err(Failure::own(
            "the store's index names a finding that no record has. Scan the build again",
        ));
    };
    same_id_twice(occurrences.iter().filter(|occurrence| occurrence.digest == latest.digest).count());
    let record = store.record(&latest.digest)?.ok_or_else(|| {
        Failure::own(format!(
            "the record {} is named in the store, and not there. Scan the build again",
            latest.digest
        ))
    })?;
    Ok(Named { record, digest: latest.digest.clone(), dead: latest.dead, ordinal: latest.ordinal })
}

/// The one behaviour of one package that was meant.
fn one_id<'a>(
    asked: &str,
    candidates: impl Iterator<Item = (&'a str, String)>,
    place: impl Fn() -> String,
) -> Result<(), Failure> {
    let mut lines: Vec<(&str, String)> = Vec::new();
    for (id, line) in candidates {
        if lines.iter().all(|(other, _)| *other != id) {
            lines.push((id, line));
        }
        if lines.len() > CANDIDATES {
            break;
        }
    }
    match lines.len() {
        0 => Err(Failure::wrong_use(format!(
            "no finding {} has an id that begins with {asked:?}. `overt findings BUILD` lists them with their ids",
            place()
        ))),
        1 => Ok(()),
        _ => {
            let mut text =
                format!("several findings {} have ids that begin with {asked:?}. Give more digits:", place());
            for (_, line) in lines.iter().take(CANDIDATES) {
                text.push_str(&format!("\n  {line}"));
            }
            if lines.len() > CANDIDATES {
                text.push_str("\n  and more");
            }
            Err(Failure::wrong_use(text))
        }
    }
}

fn same_id_twice(count: usize) {
    if count > 1 {
        message::note(&format!(
            "{count} findings of this record have this id (the same package lies in several places); this is the first"
        ));
    }
}

/// The part of a digest that people type.
pub fn short(digest: &str) -> &str {
    digest.get(..overt_report::text::SHORT_DIGEST).unwrap_or(digest)
}

/// The build that was named, and the package of it that was named behind a colon. Fingerprints have colons themselves: what
/// names a build as a whole is one.
pub fn resolve_part(store: Option<&Store>, asked: &str) -> Result<(Resolved, Option<String>), Failure> {
    let whole = match overt_store::resolve(store, asked) {
        Err(error @ overt_store::Error::UnknownBuild { .. }) => error,
        Err(error) => return Err(error.into()),
        Ok(_) => return Ok((resolve(store, asked)?, None)),
    };
    match asked.rsplit_once(':') {
        Some((build, package)) if !build.is_empty() && !package.is_empty() => {
            Ok((resolve(store, build)?, Some(package.to_owned())))
        }
        _ => Err(whole.into()),
    }
}
