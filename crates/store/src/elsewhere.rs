//! Where else a behaviour, host, package, signer, code or key occurs, over all stored builds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use overt_compare::likeness::{self, Sketch};
use overt_record::matches::{Match, Matches, SCHEMA};
use overt_record::shape::{FAMILY_SKETCH, PACKAGE_SKETCH, Shape};
use overt_record::words::{Rung, Severity};
use rusqlite::{OptionalExtension, params};

use crate::error::Result;
use crate::finding::after;
use crate::store::Store;

/// From this share of the smaller code on, code counts as the same.
const SAME: f64 = 0.5;

/// Code that packages of so many names have is a library.
const CARRIERS: usize = 10;

/// What is searched for; all that is given must hold. `*` and `?` may stand in names; case does not matter there.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Behaviours.
    pub behaviour: Option<String>,
    /// Hosts.
    pub host: Option<String>,
    /// Names or paths of packages.
    pub package: Option<String>,
    /// Digest of a signer's certificate, or its beginning.
    pub signer: Option<String>,
    /// Code.
    pub code: Option<Code>,
    /// A key that stands in the code, or its beginning.
    pub key: Option<String>,
}

/// Code that is searched for.
#[derive(Clone, Debug)]
pub enum Code {
    /// A DEX or a family by its digest or the beginning of it, or a family by its name.
    Named(String),
    /// Whatever looks like this, whatever it is called.
    Like(Shape),
}

impl Search {
    /// What is asked for, as flags.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        let code = match &self.code {
            Some(Code::Named(name)) => Some(name.clone()),
            Some(Code::Like(shape)) => Some(format!("(a package of {} method shapes)", shape.methods)),
            None => None,
        };
        [
            ("behaviour", &self.behaviour),
            ("host", &self.host),
            ("package", &self.package),
            ("signer", &self.signer),
            ("code", &code),
            ("key", &self.key),
        ]
        .into_iter()
        .filter_map(|(flag, value)| value.as_ref().map(|value| format!("--{flag} {value}")))
        .collect()
    }
}

/// A package in a build, and why it is listed.
#[derive(Clone, Debug, Default)]
struct Why {
    code: Option<String>,
    value: Option<String>,
    similarity: Option<f64>,
}

type Place = (i64, i64);

impl Store {
    /// Where it occurs.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn find(&self, search: &Search) -> Result<Matches> {
        self.find_all(search).map_err(self.failed("reading"))
    }

    fn find_all(&self, search: &Search) -> rusqlite::Result<Matches> {
        let searched: u32 = self.connection.query_row("SELECT count(*) FROM scan", [], |row| row.get(0))?;
        let mut places: Option<HashMap<Place, Why>> = None;
        for (kind, asked) in [("s", &search.signer), ("k", &search.key)] {
            if let Some(asked) = asked {
                let found = self
                    .marked(kind, asked)?
                    .into_iter()
                    .map(|(place, value)| (place, Why { value: Some(value), ..Why::default() }));
                places = Some(narrowed(places, found.collect()));
            }
        }
        match &search.code {
            Some(Code::Named(name)) => places = Some(narrowed(places, self.code_named(name)?)),
            Some(Code::Like(shape)) => places = Some(narrowed(places, self.code_like(shape)?)),
            None => {}
        }
        let packages = search.package.as_ref().map(|glob| self.names_like(glob)).transpose()?;
        let mut matches = Vec::new();
        let mut builds = Builds::new(self);
        if search.behaviour.is_some() || search.host.is_some() {
            for (scan, finding, host) in self.findings(search, packages.as_ref())? {
                let Some(one) = builds.package_of(scan, finding.path)? else { continue };
                let why = match &places {
                    Some(places) => match places.get(&(scan, one.ordinal)) {
                        Some(why) => why.clone(),
                        None => continue,
                    },
                    None => Why::default(),
                };
                let why = Why { value: why.value.or(host), ..why };
                if packages.as_ref().is_none_or(|names| one.is_among(names)) {
                    matches.push(builds.matched(scan, &one, why, Some(&finding))?);
                }
            }
        } else {
            let found: Vec<(Place, Why)> = match (places, &packages) {
                (Some(places), _) => places.into_iter().collect(),
                (None, Some(names)) => self.packages(names)?,
                (None, None) => Vec::new(),
            };
            for ((scan, ordinal), why) in found {
                let Some(one) = builds.package_at(scan, ordinal)? else { continue };
                if packages.as_ref().is_none_or(|names| one.is_among(names)) {
                    matches.push(builds.matched(scan, &one, why, None)?);
                }
            }
        }
        matches.sort_by(|a: &Match, b: &Match| {
            let key = |one: &Match| {
                (
                    one.brand.clone(),
                    one.model.clone(),
                    one.build.clone(),
                    one.record_sha256.clone(),
                    one.package.clone(),
                    one.path.clone(),
                    one.behaviour.clone(),
                    one.id.clone(),
                    one.code.clone(),
                    one.value.clone(),
                )
            };
            key(a).cmp(&key(b)).then_with(|| b.similarity.total_cmp(&a.similarity))
        });
        Ok(Matches { schema: SCHEMA.to_owned(), asked: search.asked(), searched, matches })
    }

    /// Numbers of names that match.
    fn names_like(&self, glob: &str) -> rusqlite::Result<BTreeSet<i64>> {
        if !glob.contains(['*', '?']) {
            let mut query =
                self.connection.prepare_cached("SELECT id FROM name WHERE text = ?1 OR text = lower(?1)")?;
            return query.query_map([glob], |row| row.get(0))?.collect();
        }
        let mut query = self.connection.prepare_cached("SELECT id FROM name WHERE lower(text) GLOB ?1")?;
        query.query_map([glob.replace('[', "[[]").to_lowercase()], |row| row.get(0))?.collect()
    }

    /// Packages with a mark that begins so.
    fn marked(&self, kind: &str, prefix: &str) -> rusqlite::Result<Vec<(Place, String)>> {
        let prefix = if kind == "k" { prefix.to_owned() } else { prefix.to_ascii_lowercase() };
        let mut query = self.connection.prepare_cached(
            "SELECT mark.scan, mark.ordinal, name.text FROM name JOIN mark ON mark.name = name.id AND mark.kind = ?1
             WHERE name.text >= ?2 AND name.text < ?3",
        )?;
        query
            .query_map(params![kind, prefix, after(&prefix)], |row| {
                Ok(((row.get(0)?, row.get(1)?), row.get(2)?))
            })?
            .collect()
    }

    fn code_named(&self, name: &str) -> rusqlite::Result<HashMap<Place, Why>> {
        let mut found: HashMap<Place, Why> = HashMap::new();
        for (place, digest) in self.marked("d", name)? {
            found.insert(place, Why { code: Some(digest), ..Why::default() });
        }
        let mut query = self.connection.prepare_cached(
            "SELECT carries.scan, carries.ordinal, family.name, family.digest FROM family
             JOIN carries ON carries.family = family.id
             WHERE lower(family.name) GLOB ?1 OR family.digest >= ?2 AND family.digest < ?3",
        )?;
        let lower = name.to_ascii_lowercase();
        let glob = name.replace('[', "[[]").to_lowercase();
        let mut rows = query.query(params![glob, lower, after(&lower)])?;
        while let Some(row) = rows.next()? {
            let code = format!("{} {}", row.get::<_, String>(2)?, row.get::<_, String>(3)?);
            found.entry((row.get(0)?, row.get(1)?)).or_insert(Why { code: Some(code), ..Why::default() });
        }
        Ok(found)
    }

    /// Packages whose code as a whole, or one of whose families, looks like the asked one's.
    fn code_like(&self, asked: &Shape) -> rusqlite::Result<HashMap<Place, Why>> {
        let whole = Sketch::of_package(asked);
        let mut found: HashMap<Place, Why> = HashMap::new();
        let mut offer = |place: Place, code: &str, similarity: f64| {
            let known = found.get(&place).and_then(|why| why.similarity).unwrap_or(0.0);
            if similarity > known {
                let why = Why { code: Some(code.to_owned()), value: None, similarity: Some(similarity) };
                found.insert(place, why);
            }
        };
        let mut sketches: HashMap<i64, Sketch> = HashMap::new();
        let mut query =
            self.connection.prepare_cached("SELECT id, methods, sketch FROM shape ORDER BY id")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let sketch = Sketch::read(row.get(1)?, row.get_ref(2)?.as_str()?, PACKAGE_SKETCH);
            sketches.insert(row.get(0)?, sketch);
        }
        // Which names carry a shape: what many do is a library.
        let mut query = self.connection.prepare_cached(
            "SELECT DISTINCT package.shape, name.text FROM package JOIN name ON name.id = package.package
             WHERE package.shape IS NOT NULL",
        )?;
        let carried: Vec<(i64, String)> =
            query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
        let named = carried.iter().filter_map(|(shape, name)| Some((name.as_str(), sketches.get(shape)?)));
        let common = likeness::common(named, CARRIERS);
        let mut alike: Vec<(i64, f64)> = sketches
            .iter()
            .map(|(shape, sketch)| {
                // The very same set is the same code, however small.
                let same = sketch == &whole;
                (*shape, if same { 1.0 } else { whole.similarity_without(sketch, &common) })
            })
            .filter(|(_, similarity)| *similarity >= SAME)
            .collect();
        alike.sort_by_key(|(shape, _)| *shape);
        for (shape, similarity) in alike {
            let mut query =
                self.connection.prepare_cached("SELECT scan, ordinal FROM package WHERE shape = ?1")?;
            let mut rows = query.query([shape])?;
            while let Some(row) = rows.next()? {
                offer((row.get(0)?, row.get(1)?), "the whole package", similarity);
            }
        }
        let families: Vec<Sketch> = asked.families.iter().map(Sketch::of_family).collect();
        let mut query =
            self.connection.prepare_cached("SELECT id, name, methods, sketch FROM family ORDER BY id")?;
        let mut rows = query.query([])?;
        let mut alike: Vec<(i64, String, f64)> = Vec::new();
        while let Some(row) = rows.next()? {
            let sketch = Sketch::read(row.get(2)?, row.get_ref(3)?.as_str()?, FAMILY_SKETCH);
            let similarity = families.iter().map(|family| family.similarity(&sketch)).fold(0.0, f64::max);
            if similarity >= SAME {
                alike.push((row.get(0)?, row.get(1)?, similarity));
            }
        }
        for (family, name, similarity) in alike {
            let mut query =
                self.connection.prepare_cached("SELECT scan, ordinal FROM carries WHERE family = ?1")?;
            let mut rows = query.query([family])?;
            while let Some(row) = rows.next()? {
                // A shared library is less than the whole: it stands only where the whole does not.
                offer((row.get(0)?, row.get(1)?), &format!("the part {name}"), similarity * SAME);
            }
        }
        Ok(found)
    }

    fn packages(&self, names: &BTreeSet<i64>) -> rusqlite::Result<Vec<(Place, Why)>> {
        let mut found = Vec::new();
        for name in names {
            let mut query =
                self.connection.prepare_cached("SELECT scan, ordinal FROM package WHERE package = ?1")?;
            let mut rows = query.query([name])?;
            while let Some(row) = rows.next()? {
                found.push(((row.get(0)?, row.get(1)?), Why::default()));
            }
        }
        // Code without a manifest has only a path. There are few.
        let mut query = self
            .connection
            .prepare_cached("SELECT scan, ordinal, path FROM package WHERE package IS NULL")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            if names.contains(&row.get(2)?) {
                found.push(((row.get(0)?, row.get(1)?), Why::default()));
            }
        }
        Ok(found)
    }

    /// Findings with such a behaviour and host, each with its build.
    fn findings(
        &self,
        search: &Search,
        packages: Option<&BTreeSet<i64>>,
    ) -> rusqlite::Result<Vec<(i64, Finding, Option<String>)>> {
        let behaviours = search.behaviour.as_ref().map(|glob| self.names_like(glob)).transpose()?;
        let mut found = Vec::new();
        let wanted = |finding: &Finding| {
            behaviours.as_ref().is_none_or(|names| names.contains(&finding.behaviour))
                && packages.is_none_or(|names| {
                    finding.package.is_some_and(|name| names.contains(&name)) || names.contains(&finding.path)
                })
        };
        if let Some(host) = &search.host {
            let mut known: HashMap<i64, Finding> = HashMap::new();
            for host in self.names_like(host)? {
                let text = self.name(host)?;
                let mut query =
                    self.connection.prepare_cached("SELECT scan, finding FROM hosted WHERE host = ?1")?;
                let mut rows = query.query([host])?;
                while let Some(row) = rows.next()? {
                    let (scan, number): (i64, i64) = (row.get(0)?, row.get(1)?);
                    let finding = match known.get(&number) {
                        Some(finding) => finding.clone(),
                        None => {
                            let finding = self.finding_at(number)?;
                            known.insert(number, finding.clone());
                            finding
                        }
                    };
                    if wanted(&finding) {
                        found.push((scan, finding, Some(text.clone())));
                    }
                }
            }
            return Ok(found);
        }
        let scans: Vec<i64> = self
            .connection
            .prepare_cached("SELECT id FROM scan")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let mut probe = self
            .connection
            .prepare_cached("SELECT 1 FROM found WHERE scan = ?1 AND finding = ?2 AND dead = 0 LIMIT 1")?;
        for behaviour in behaviours.iter().flatten() {
            let mut query =
                self.connection.prepare_cached(&format!("{FINDING} WHERE finding.behaviour = ?1"))?;
            let all: Vec<Finding> =
                query.query_map([behaviour], Finding::of)?.collect::<rusqlite::Result<_>>()?;
            for finding in all.iter().filter(|finding| wanted(finding)) {
                for &scan in &scans {
                    if probe.exists(params![scan, finding.number])? {
                        found.push((scan, finding.clone(), None));
                    }
                }
            }
        }
        Ok(found)
    }

    fn finding_at(&self, number: i64) -> rusqlite::Result<Finding> {
        self.connection
            .prepare_cached(&format!("{FINDING} WHERE finding.id = ?1"))?
            .query_row([number], Finding::of)
    }
}

const FINDING: &str = "SELECT id, finding, path, package, behaviour, rung, severity FROM finding";

/// A finding as the index has it: numbers of names.
#[derive(Clone, Debug)]
struct Finding {
    number: i64,
    id: String,
    path: i64,
    package: Option<i64>,
    behaviour: i64,
    rung: i64,
    severity: i64,
}

impl Finding {
    fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Finding> {
        Ok(Finding {
            number: row.get(0)?,
            id: row.get(1)?,
            path: row.get(2)?,
            package: row.get(3)?,
            behaviour: row.get(4)?,
            rung: row.get(5)?,
            severity: row.get(6)?,
        })
    }
}

/// Keeps of `places` what is also in `found`.
fn narrowed(places: Option<HashMap<Place, Why>>, found: HashMap<Place, Why>) -> HashMap<Place, Why> {
    let Some(places) = places else { return found };
    let mut both = HashMap::new();
    for (place, why) in places {
        if let Some(other) = found.get(&place) {
            both.insert(
                place,
                Why {
                    code: why.code.or_else(|| other.code.clone()),
                    value: why.value.or_else(|| other.value.clone()),
                    similarity: why.similarity.or(other.similarity),
                },
            );
        }
    }
    both
}

/// A package of a build as the index has it.
#[derive(Clone, Debug)]
struct One {
    ordinal: i64,
    package: Option<i64>,
    path: i64,
    version: Option<i64>,
}

impl One {
    fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<One> {
        Ok(One { ordinal: row.get(0)?, package: row.get(1)?, path: row.get(2)?, version: row.get(3)? })
    }

    fn is_among(&self, names: &BTreeSet<i64>) -> bool {
        self.package.is_some_and(|name| names.contains(&name)) || names.contains(&self.path)
    }
}

struct Build {
    digest: String,
    fingerprint: Option<String>,
    brand: Option<String>,
    model: Option<String>,
    build_date: Option<String>,
}

/// Builds, packages and names that were looked up, each once.
struct Builds<'s> {
    store: &'s Store,
    builds: HashMap<i64, Build>,
    packages: HashMap<i64, BTreeMap<i64, One>>,
    by_path: HashMap<(i64, i64), i64>,
    names: HashMap<i64, String>,
}

impl<'s> Builds<'s> {
    fn new(store: &'s Store) -> Builds<'s> {
        Builds {
            store,
            builds: HashMap::new(),
            packages: HashMap::new(),
            by_path: HashMap::new(),
            names: HashMap::new(),
        }
    }

    fn load(&mut self, scan: i64) -> rusqlite::Result<()> {
        if self.packages.contains_key(&scan) {
            return Ok(());
        }
        let connection = &self.store.connection;
        let mut query = connection
            .prepare_cached("SELECT ordinal, package, path, version FROM package WHERE scan = ?1")?;
        let all: Vec<One> = query.query_map([scan], One::of)?.collect::<rusqlite::Result<_>>()?;
        for one in &all {
            self.by_path.insert((scan, one.path), one.ordinal);
        }
        self.packages.insert(scan, all.into_iter().map(|one| (one.ordinal, one)).collect());
        self.load_build(scan)
    }

    fn load_build(&mut self, scan: i64) -> rusqlite::Result<()> {
        if self.builds.contains_key(&scan) {
            return Ok(());
        }
        let connection = &self.store.connection;
        let build = connection
            .prepare_cached("SELECT digest, fingerprint, brand, model, build_date FROM scan WHERE id = ?1")?
            .query_row([scan], |row| {
                Ok(Build {
                    digest: row.get(0)?,
                    fingerprint: row.get(1)?,
                    brand: row.get(2)?,
                    model: row.get(3)?,
                    build_date: row.get(4)?,
                })
            })?;
        self.builds.insert(scan, build);
        Ok(())
    }

    fn package_at(&mut self, scan: i64, ordinal: i64) -> rusqlite::Result<Option<One>> {
        if let Some(all) = self.packages.get(&scan) {
            return Ok(all.get(&ordinal).cloned());
        }
        self.load_build(scan)?;
        self.store
            .connection
            .prepare_cached(
                "SELECT ordinal, package, path, version FROM package WHERE scan = ?1 AND ordinal = ?2",
            )?
            .query_row([scan, ordinal], One::of)
            .optional()
    }

    fn package_of(&mut self, scan: i64, path: i64) -> rusqlite::Result<Option<One>> {
        self.load(scan)?;
        match self.by_path.get(&(scan, path)).copied() {
            Some(ordinal) => self.package_at(scan, ordinal),
            // What speaks of the build itself.
            None => Ok(Some(One { ordinal: -1, package: None, path, version: None })),
        }
    }

    fn name(&mut self, number: i64) -> rusqlite::Result<String> {
        if let Some(known) = self.names.get(&number) {
            return Ok(known.clone());
        }
        let name = self.store.name(number)?;
        self.names.insert(number, name.clone());
        Ok(name)
    }

    fn matched(
        &mut self,
        scan: i64,
        one: &One,
        why: Why,
        finding: Option<&Finding>,
    ) -> rusqlite::Result<Match> {
        let path = self.name(one.path)?;
        let package = one.package.map(|name| self.name(name)).transpose()?;
        let version = one.version.map(|name| self.name(name)).transpose()?;
        let (mut behaviour, mut rung, mut severity) = (None, None, None);
        if let Some(finding) = finding {
            behaviour = Some(self.name(finding.behaviour)?);
            rung = Rung::parse(&self.name(finding.rung)?);
            severity = Severity::parse(&self.name(finding.severity)?);
        }
        let build = self.builds.get(&scan);
        let text = |pick: fn(&Build) -> Option<String>| build.and_then(pick);
        let digest = text(|build| Some(build.digest.clone())).unwrap_or_default();
        Ok(Match {
            build: text(|build| build.fingerprint.clone()).unwrap_or_else(|| digest.clone()),
            record_sha256: digest,
            brand: text(|build| build.brand.clone()),
            model: text(|build| build.model.clone()),
            build_date: text(|build| build.build_date.clone()),
            package: package.or_else(|| Some(path.clone()).filter(|path| !path.is_empty())),
            path,
            version,
            behaviour,
            id: finding.map(|finding| finding.id.clone()),
            rung,
            severity,
            code: why.code,
            value: why.value,
            similarity: why.similarity.unwrap_or(1.0),
        })
    }
}
