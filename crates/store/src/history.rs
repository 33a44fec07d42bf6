//! A device over all its stored builds.

use std::collections::{BTreeMap, HashMap};

use overt_compare::absence::{Read, has_capability};
use overt_compare::pairing::stem;
use overt_record::history::{History, HistoryBuild, HistoryLine, Presence, SCHEMA};
use overt_record::words::{Rung, Severity, Theme};
use rusqlite::params;

use crate::error::Result;
use crate::over_time::{LISTED, WITHOUT_FRAMEWORK};
use crate::store::Store;

/// One build as the index has it.
struct Scan {
    id: i64,
    build: HistoryBuild,
    knowledge: (String, String, String, String),
    when: (String, i64),
    listing: i64,
}

/// What a line is about: id, behaviour, package (its name, or its path), path.
type Subject = (String, i64, Option<i64>, i64);

impl Store {
    /// What became of each behaviour over the builds of a model or device; `None` where no stored build is of it.
    /// `asked` may have `*` and `?`; case does not matter.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn history(&self, asked: &str) -> Result<Option<History>> {
        self.history_of(asked).map_err(self.failed("reading"))
    }

    fn history_of(&self, asked: &str) -> rusqlite::Result<Option<History>> {
        let scans = self.scans_of(asked)?;
        if scans.is_empty() {
            return Ok(None);
        }
        let mut lines: BTreeMap<Subject, Vec<Option<(Rung, Severity)>>> = BTreeMap::new();
        let names = self.words()?;
        for (at, scan) in scans.iter().enumerate() {
            let mut query = self.connection.prepare_cached(
                "SELECT finding.finding, finding.behaviour, finding.package, finding.path, finding.rung, finding.severity
                 FROM found CROSS JOIN finding ON finding.id = found.finding WHERE found.scan = ?1 AND found.dead = 0",
            )?;
            let mut rows = query.query([scan.id])?;
            while let Some(row) = rows.next()? {
                let subject = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
                let rung =
                    names.get(&row.get(4)?).and_then(|word| Rung::parse(word)).unwrap_or(Rung::Indicator);
                let severity =
                    names.get(&row.get(5)?).and_then(|word| Severity::parse(word)).unwrap_or(Severity::Info);
                let slots = lines.entry(subject).or_insert_with(|| vec![None; scans.len()]);
                if let Some(slot) = slots.get_mut(at) {
                    *slot = (*slot).max(Some((rung, severity)));
                }
            }
        }
        let seen = scans.iter().map(|scan| self.seen(scan)).collect::<rusqlite::Result<Vec<_>>>()?;
        let mut told: BTreeMap<(String, String, String), HistoryLine> = BTreeMap::new();
        for ((id, behaviour, package, path), found) in lines {
            let (behaviour, path) = (self.name(behaviour)?, self.name(path)?);
            let package = package.map(|number| self.name(number)).transpose()?;
            let called = package.clone().unwrap_or_else(|| path.clone());
            let theme = behaviour.split('/').next().and_then(Theme::parse);
            let presence = |at: usize| match found.get(at) {
                Some(Some(_)) => Presence::Present,
                _ => seen
                    .get(at)
                    .map_or(Presence::Unknown, |seen| seen.presence(package.as_deref(), &path, theme)),
            };
            let at: Vec<Presence> = (0..scans.len()).map(presence).collect();
            let severity =
                found.iter().flatten().map(|(_, severity)| *severity).max().unwrap_or(Severity::Info);
            let rungs: Vec<Option<Rung>> = found.iter().map(|slot| slot.map(|(rung, _)| rung)).collect();
            let line = HistoryLine {
                id: id.clone(),
                behaviour: behaviour.clone(),
                package: called.clone(),
                severity,
                steady: false,
                returned: false,
                at,
                rungs,
            };
            // The same package at another path in another build is one line.
            told.entry((called, behaviour, id)).and_modify(|known| join(known, &line)).or_insert(line);
        }
        let mut lines: Vec<HistoryLine> = told.into_values().collect();
        for line in &mut lines {
            line.steady = line.at.iter().all(|presence| *presence == Presence::Present);
            let first = line.at.iter().position(|presence| *presence == Presence::Present).unwrap_or(0);
            let gone = line.at.iter().skip(first).position(|presence| *presence == Presence::Absent);
            line.returned = gone.is_some_and(|gone| {
                line.at.iter().skip(first + gone).any(|presence| *presence == Presence::Present)
            });
        }
        let mut builds: Vec<HistoryBuild> = Vec::new();
        for (at, scan) in scans.iter().enumerate() {
            let same = at == 0 || scans.get(at - 1).is_some_and(|before| before.knowledge == scan.knowledge);
            builds.push(HistoryBuild { same_knowledge: same, ..scan.build.clone() });
        }
        Ok(Some(History { schema: SCHEMA.to_owned(), device: asked.to_owned(), builds, lines }))
    }

    /// The latest scan of each build of a model or device, the oldest build first. `asked` as for [`Store::history`].
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn builds_of(&self, asked: &str) -> Result<Vec<HistoryBuild>> {
        let scans = self.scans_of(asked).map_err(self.failed("reading"))?;
        Ok(scans.into_iter().map(|scan| scan.build).collect())
    }

    /// The latest scan of each build of the device, the oldest build first.
    fn scans_of(&self, asked: &str) -> rusqlite::Result<Vec<Scan>> {
        let pattern = asked.replace('[', "[[]").to_lowercase();
        let mut query = self.connection.prepare(
            "SELECT id, sequence, digest, fingerprint, brand, model, build_date, security_patch, complete, packages, findings,
                    engine, catalogue, limits, depth, listing, device
             FROM scan WHERE lower(model) GLOB ?1 OR lower(device) GLOB ?1 ORDER BY sequence",
        )?;
        let found = query.query_map([pattern], |row| {
            let count = |number: i64| u32::try_from(number).unwrap_or(0);
            let build_date: Option<String> = row.get(6)?;
            let security_patch: Option<String> = row.get(7)?;
            Ok(Scan {
                id: row.get(0)?,
                when: (when(build_date.as_deref(), security_patch.as_deref()), row.get(1)?),
                build: HistoryBuild {
                    record_sha256: row.get(2)?,
                    fingerprint: row.get(3)?,
                    brand: row.get(4)?,
                    model: row.get(5)?,
                    build_date,
                    security_patch,
                    complete: row.get(8)?,
                    same_knowledge: true,
                    packages: count(row.get(9)?),
                    findings: count(row.get(10)?),
                },
                knowledge: (row.get(11)?, row.get(12)?, row.get(13)?, row.get(14)?),
                listing: row.get(15)?,
            })
        })?;
        let mut latest: BTreeMap<String, Scan> = BTreeMap::new();
        for scan in found {
            let scan = scan?;
            let key = scan.build.fingerprint.clone().unwrap_or_else(|| scan.build.record_sha256.clone());
            // In the order of their sequence: the later replaces.
            latest.insert(key, scan);
        }
        let mut scans: Vec<Scan> = latest.into_values().collect();
        scans.sort_by(|a, b| a.when.cmp(&b.when));
        Ok(scans)
    }

    /// Words of rungs and severities by their number.
    fn words(&self) -> rusqlite::Result<HashMap<i64, String>> {
        let all =
            Rung::ALL.iter().map(|word| word.as_str()).chain(Severity::ALL.iter().map(|word| word.as_str()));
        let mut words = HashMap::new();
        for word in all {
            let mut query = self.connection.prepare_cached("SELECT id FROM name WHERE text = ?1")?;
            let mut rows = query.query([word])?;
            if let Some(row) = rows.next()? {
                words.insert(row.get(0)?, word.to_owned());
            }
        }
        Ok(words)
    }

    pub(crate) fn name(&self, number: i64) -> rusqlite::Result<String> {
        self.connection
            .prepare_cached("SELECT text FROM name WHERE id = ?1")?
            .query_row([number], |row| row.get(0))
    }

    /// What a build shows of packages.
    fn seen(&self, scan: &Scan) -> rusqlite::Result<Seen> {
        let mut seen = Seen {
            listing: scan.listing & LISTED != 0,
            framework: scan.listing & WITHOUT_FRAMEWORK == 0,
            ..Seen::default()
        };
        let mut query = self.connection.prepare_cached(
            "SELECT called.text, place.text, package.read FROM package
             JOIN name AS place ON place.id = package.path
             LEFT JOIN name AS called ON called.id = package.package WHERE package.scan = ?1",
        )?;
        let mut rows = query.query(params![scan.id])?;
        while let Some(row) = rows.next()? {
            let (package, path): (Option<String>, String) = (row.get(0)?, row.get(1)?);
            let read: u8 = row.get(2)?;
            for key in package.into_iter().chain([format!("file:{}", stem(&path))]) {
                seen.packages.entry(key).and_modify(|known| *known = read.min(*known)).or_insert(read);
            }
        }
        let mut query = self
            .connection
            .prepare_cached("SELECT text FROM hole JOIN name ON name.id = stem WHERE scan = ?1")?;
        let mut rows = query.query(params![scan.id])?;
        while let Some(row) = rows.next()? {
            seen.holes.insert(row.get(0)?);
        }
        Ok(seen)
    }
}

/// What a build shows of packages.
#[derive(Default)]
struct Seen {
    listing: bool,
    framework: bool,
    packages: HashMap<String, u8>,
    holes: std::collections::HashSet<String>,
}

impl Seen {
    /// Of a behaviour that was not found: whether that tells anything.
    fn presence(&self, package: Option<&str>, path: &str, theme: Option<Theme>) -> Presence {
        let stem = stem(path);
        let needed = if theme.is_some_and(has_capability) { Read::Code } else { Read::Flows } as u8;
        let read = package
            .and_then(|name| self.packages.get(name))
            .or_else(|| self.packages.get(&format!("file:{stem}")));
        let flow_only = needed == Read::Flows as u8;
        match read {
            Some(_) if flow_only && !self.framework => Presence::Unknown,
            Some(&read) if read >= needed => Presence::Absent,
            Some(_) => Presence::Unknown,
            None if path.is_empty() => Presence::Absent,
            None if self.holes.contains(stem) || !self.listing => Presence::Unknown,
            None => Presence::Absent,
        }
    }
}

fn join(known: &mut HistoryLine, other: &HistoryLine) {
    known.severity = known.severity.max(other.severity);
    for (to, from) in known.at.iter_mut().zip(&other.at) {
        // Found at either path is found; gone from both is gone.
        *to = match (*to, *from) {
            (Presence::Present, _) | (_, Presence::Present) => Presence::Present,
            (Presence::Unknown, _) | (_, Presence::Unknown) => Presence::Unknown,
            _ => Presence::Absent,
        };
    }
    for (to, from) in known.rungs.iter_mut().zip(&other.rungs) {
        *to = (*to).max(*from);
    }
}

/// A date that sorts, from what a build says of itself: RFC 3339, or what `date` prints (`Sat Aug 27 20:07:56 CST 2016`);
/// without either its security patch.
fn when(date: Option<&str>, patch: Option<&str>) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let Some(date) = date else { return patch.unwrap_or_default().to_owned() };
    if date.as_bytes().first().is_some_and(u8::is_ascii_digit) {
        return date.replace('T', " ");
    }
    let words: Vec<&str> = date.split_whitespace().collect();
    let month = words.get(1).and_then(|word| MONTHS.iter().position(|name| name == word));
    match (month, words.get(2).and_then(|day| day.parse::<u32>().ok()), words.get(3), words.last()) {
        (Some(month), Some(day), Some(time), Some(year)) => {
            format!("{year}-{:02}-{day:02} {time}", month + 1)
        }
        _ => patch.unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::when;

    #[test]
    fn dates_sort() {
        assert_eq!(when(Some("Sat Aug 27 20:07:56 CST 2016"), None), "2016-08-27 20:07:56");
        assert_eq!(when(Some("2017-04-05T11:03:06Z"), None), "2017-04-05 11:03:06Z");
        assert_eq!(when(None, Some("2017-03-05")), "2017-03-05");
        assert_eq!(when(Some("once upon a time"), Some("2017-03-05")), "2017-03-05");
        assert_eq!(when(None, None), "");
    }
}
