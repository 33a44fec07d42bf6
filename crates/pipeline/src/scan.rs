//! One scan: the stages in their order.

mod package;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use overt_apk::manifest::{ComponentKind, Manifest};
use overt_base::{Cancel, Cx, Digest, Limits, Problem, Problems, Progress};
use overt_catalogue::Catalogue;
use overt_container::DeviceTree;
use overt_container::update::Update;
use overt_detect::join::{self, Member, Provided, Taker};
use overt_detect::outlet::Outlets;
use overt_detect::{BuildProperties, Findings, Index, finding};
use overt_flow::Ends;
use overt_record::analysis::RestsOn;
use overt_record::coverage::{Coverage, Missing, Unreadable};
use overt_record::package::Code;
use overt_record::shape::Shape;
use overt_record::{Build, Depth, Finding, Native, Record, SCHEMA};
use rayon::prelude::*;

use crate::artifact;
use crate::boot;
use crate::code;
use crate::inventory::{self, Draft};
use crate::isolate::isolate;
use crate::native::{Mention, Names};
use crate::quick::FrameworkLayouts;
use crate::reuse::{self, Bases, Reuse, Shapes, Shelf};
use crate::rights;
use package::{Phone, Platform, Work, facts_of, passing};

/// Name and version of the engine, as records carry it.
pub const ENGINE: &str = concat!("overt ", env!("CARGO_PKG_VERSION"));

/// How to scan.
#[derive(Debug, Clone)]
pub struct ScanOptions {
    /// How deep to look.
    pub depth: Depth,
    /// Threads.
    pub jobs: usize,
    /// Budgets.
    pub limits: Limits,
    /// The build before, where the input is an incremental update.
    pub source: Option<PathBuf>,
}

impl Default for ScanOptions {
    fn default() -> ScanOptions {
        let jobs = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        ScanOptions { depth: Depth::Full, jobs, limits: Limits::default(), source: None }
    }
}

/// Why there is no record.
#[derive(Debug)]
pub enum ScanError {
    /// The input cannot be read at all: what, where, why and what to do next.
    Unreadable(String),
    /// Somebody asked to stop.
    Cancelled,
    /// Our own failure.
    Internal(String),
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ScanError::Unreadable(text) => f.write_str(text),
            ScanError::Cancelled => f.write_str("stopped before the end; nothing was stored"),
            ScanError::Internal(text) => write!(f, "internal error: {text}; please report it"),
        }
    }
}

impl std::error::Error for ScanError {}

/// Bytes of stack for each worker: deep but bounded recursion in third-party readers.
const STACK: usize = 16 << 20;

/// Scans `input`.
///
/// # Errors
/// See [`ScanError`]. Whatever is wrong with a part of the input is in the record's coverage instead.
pub fn scan(
    input: &Path,
    options: &ScanOptions,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<Record, ScanError> {
    scan_with(input, options, None, progress, cancel)
}

/// Scans `input` as [`scan`] does, and takes from `shelf` what an earlier scan found out: the record is the same.
///
/// # Errors
/// As [`scan`].
pub fn scan_with(
    input: &Path,
    options: &ScanOptions,
    shelf: Option<&dyn Shelf>,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<Record, ScanError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.jobs.max(1))
        .stack_size(STACK)
        .build()
        .map_err(|error| ScanError::Internal(error.to_string()))?;
    let catalogue = Catalogue::builtin();
    let reuse = shelf.map(|shelf| Reuse::new(shelf, &catalogue, options));
    pool.install(|| Scan { options, reuse, progress, cancel }.run(input, &catalogue))
}

struct Scan<'a> {
    options: &'a ScanOptions,
    reuse: Option<Reuse<'a>>,
    progress: &'a dyn Progress,
    cancel: &'a Cancel,
}

/// What the code stage finds out about one package.
#[derive(Default)]
pub(crate) struct CodeResult {
    pub(crate) code: Vec<Code>,
    pub(crate) findings: Findings,
    /// Its halves of ways through more than one app.
    pub(crate) outlets: Outlets,
    /// What its code looks like whatever it is called.
    pub(crate) shape: Option<Shape>,
    /// The same of the classes of components, by name.
    pub(crate) component_shapes: BTreeMap<String, String>,
    pub(crate) methods: u64,
    pub(crate) methods_incomplete: u64,
    pub(crate) incomplete: bool,
    /// Names of native files that the string tables hold.
    pub(crate) names: BTreeSet<Mention>,
    pub(crate) problems: Vec<Unreadable>,
    /// What it depends on besides its key.
    pub(crate) rests_on: Option<RestsOn>,
}

impl Scan<'_> {
    fn cx<'c>(&'c self, problems: &'c Problems) -> Cx<'c> {
        Cx { limits: &self.options.limits, problems, progress: self.progress, cancel: self.cancel }
    }

    fn problems(&self) -> Problems {
        Problems::new(self.options.limits.problems_per_code)
    }

    fn run(&self, input: &Path, catalogue: &Catalogue) -> Result<Record, ScanError> {
        let mut problems: Vec<Problem> = Vec::new();
        let opening = self.problems();
        self.progress.step("open", "", 0, 1);
        let cx = self.cx(&opening);
        let update = match &self.options.source {
            None => Update::default(),
            Some(source) => Update::open(source, &cx).map_err(|error| {
                ScanError::Unreadable(format!("the build that it starts from (--source): {}", error.reason()))
            })?,
        };
        let tree = overt_container::open_from(input, &update, &cx)
            .map_err(|error| ScanError::Unreadable(error.reason()))?;
        self.progress.step("open", "", 1, 1);
        let device = rights::Device::read(&tree, &self.cx(&opening));
        problems.extend(opening.into_sorted());
        self.stop()?;

        let artifacts =
            artifact::group(tree.files().iter().filter(|f| f.link.is_none()).map(|f| f.path.as_str()));
        let drafts = self.inventory(artifacts, &tree, device.sdk(), &mut problems);
        self.stop()?;
        let natives = self.natives(&tree, &device, &mut problems);
        let names = Names::of(&natives);
        self.stop()?;
        let rights = rights::settle(catalogue, &device, &drafts, &tree);

        let phone = Phone {
            index: &Index::new(catalogue),
            ends: &Ends::of_catalogue(catalogue),
            tree: &tree,
            device: &device,
            rights: &rights,
            names: &names,
            limits: &self.options.limits,
        };
        let results = if self.options.depth >= Depth::Capability {
            self.analyse(&phone, &drafts)
        } else {
            self.list_code(&phone, &drafts)
        };
        self.stop()?;
        Ok(self.assemble(&phone, drafts, natives, results, problems))
    }

    fn stop(&self) -> Result<(), ScanError> {
        if self.cancel.is_cancelled() { Err(ScanError::Cancelled) } else { Ok(()) }
    }

    fn inventory(
        &self,
        artifacts: Vec<artifact::Artifact>,
        tree: &DeviceTree,
        sdk: Option<u32>,
        problems: &mut Vec<Problem>,
    ) -> Vec<Draft> {
        let total = artifacts.len();
        let done = AtomicUsize::new(0);
        let taken: Vec<(Draft, Vec<Problem>)> = artifacts
            .into_par_iter()
            .map(|artifact| {
                let own = self.problems();
                let draft = inventory::take(
                    artifact,
                    tree,
                    sdk,
                    self.options.depth >= Depth::Capability,
                    self.reuse.as_ref(),
                    &self.cx(&own),
                );
                let count = done.fetch_add(1, Ordering::Relaxed) + 1;
                self.progress.step("inventory", &draft.artifact.path, count, total);
                (draft, own.into_sorted())
            })
            .collect();
        let mut drafts = Vec::with_capacity(total);
        for (draft, own) in taken {
            problems.extend(own);
            drafts.push(draft);
        }
        drafts
    }

    fn natives(
        &self,
        tree: &DeviceTree,
        device: &rights::Device,
        problems: &mut Vec<Problem>,
    ) -> Vec<Native> {
        let own = self.problems();
        let natives = device.natives(
            tree,
            self.options.depth >= Depth::Capability,
            self.reuse.as_ref(),
            &self.cx(&own),
        );
        problems.extend(own.into_sorted());
        natives
    }

    /// Depth inventory: code is listed, bodies are not read; behaviours that rest on facts alone are held against packages.
    fn list_code(&self, phone: &Phone<'_>, drafts: &[Draft]) -> Vec<CodeResult> {
        drafts
            .par_iter()
            .enumerate()
            .map(|(number, draft)| {
                let own = self.problems();
                let cx = self.cx(&own);
                let code = isolate(&cx, &draft.locus, "listing code", || code::find(draft, phone.tree, &cx));
                let code = code.unwrap_or_default();
                let methods = code.used.iter().map(|loaded| u64::from(loaded.record.methods)).sum();
                let records: Vec<Code> = code.records().cloned().collect();
                let (findings, _) = phone.findings(draft, number, &records, None);
                CodeResult {
                    code: records,
                    findings,
                    methods,
                    incomplete: code.incomplete,
                    problems: unreadables(own),
                    ..CodeResult::default()
                }
            })
            .collect()
    }

    /// Depth capability and deeper: the code of every package is read, linked and held against the catalogue.
    fn analyse(&self, phone: &Phone<'_>, drafts: &[Draft]) -> Vec<CodeResult> {
        let total = drafts.len();
        let done = AtomicUsize::new(0);
        let keys = self.keys(phone, drafts);
        let mut results: Vec<(usize, CodeResult)> = match &self.reuse {
            Some(reuse) => (keys.par_iter().enumerate())
                .filter_map(|(number, (key, bases))| {
                    let known = reuse.package(key, bases)?;
                    let count = done.fetch_add(1, Ordering::Relaxed) + 1;
                    self.progress.step("code", &drafts.get(number)?.identity(), count, total);
                    Some((number, known))
                })
                .collect(),
            None => Vec::new(),
        };
        let known: BTreeSet<usize> = results.iter().map(|(number, _)| *number).collect();
        if known.len() == total {
            return results.into_iter().map(|(_, result)| result).collect();
        }
        let framework: Vec<&Draft> = drafts.iter().filter(|draft| boot::is_framework(draft)).collect();
        let boot_dexes =
            boot::dexes(&framework, phone.tree, &self.options.limits, self.progress, self.cancel);
        let platform = Platform {
            boot: boot::link(boot_dexes.clone()),
            layouts: FrameworkLayouts::new(boot_dexes),
            shapes: Shapes::default(),
        };
        // Large packages first, so that no thread is left with a large one at the end; results keep the drafts' order.
        let mut order: Vec<usize> = (0..drafts.len()).filter(|number| !known.contains(number)).collect();
        let weight = |draft: &Draft| -> u64 {
            let own = phone.tree.get(&draft.artifact.path).map_or(0, |file| file.size);
            own + draft
                .artifact
                .oats
                .iter()
                .filter_map(|path| phone.tree.get(path))
                .map(|file| file.size)
                .sum::<u64>()
        };
        order.sort_by_key(|number| std::cmp::Reverse(drafts.get(*number).map_or(0, weight)));
        let found: Vec<(usize, CodeResult)> = order
            .into_par_iter()
            .with_max_len(1)
            .filter_map(|number| Some((number, drafts.get(number)?)))
            .map(|(number, draft)| {
                let own = self.problems();
                let cx = self.cx(&own);
                let work = Work { scan: self, phone, platform: &platform, draft, number };
                let result = isolate(&cx, &draft.locus, "analysing code", || work.result(&cx));
                let whole = result.is_some();
                let mut result =
                    result.unwrap_or_else(|| CodeResult { incomplete: true, ..CodeResult::default() });
                result.problems.extend(unreadables(own));
                if let Some((reuse, (key, bases))) = self.reuse.as_ref().zip(keys.get(number))
                    && whole
                    && !self.cancel.is_cancelled()
                    && !result.problems.iter().any(passing)
                {
                    reuse.keep_package(key, bases, &result);
                }
                let count = done.fetch_add(1, Ordering::Relaxed) + 1;
                self.progress.step("code", &draft.identity(), count, total);
                (number, result)
            })
            .collect();
        results.extend(found);
        results.sort_by_key(|(number, _)| *number);
        results.into_iter().map(|(_, result)| result).collect()
    }

    /// By draft: the digest of everything that [`Work::result`] depends on, and where the package's files lie.
    fn keys(&self, phone: &Phone<'_>, drafts: &[Draft]) -> Vec<(Digest, Bases)> {
        let Phone { tree, device, rights, names, .. } = *phone;
        let Some(reuse) = &self.reuse else { return Vec::new() };
        // Problems are reported where the files are used.
        let unheard = self.problems();
        let compiled: Vec<String> = drafts
            .par_iter()
            .map(|draft| {
                let oats = draft.artifact.oats.iter().map(|path| reuse::file(path, tree, &self.cx(&unheard)));
                oats.collect::<Vec<_>>().join(" ")
            })
            .collect();
        let framework: Vec<&str> = (drafts.iter().zip(&compiled))
            .filter(|(draft, _)| boot::is_framework(draft))
            .flat_map(|(draft, compiled)| [draft.package.sha256.as_deref().unwrap_or(""), compiled.as_str()])
            .collect();
        let build = format!("{:?} {:?}", facts_of(device.build()), device.build_properties());
        let around = [
            reuse::parts(&framework).to_string(),
            names.digest().to_string(),
            reuse::parts(&[&rights.levels()]).to_string(),
            build,
        ];
        let around: Vec<&str> = around.iter().map(String::as_str).collect();
        (drafts.par_iter().zip(&compiled).enumerate())
            .map(|(number, (draft, compiled))| {
                let mut package = draft.package.clone();
                rights.apply(number, draft.manifest(), &mut package);
                let mut facts = around.clone();
                let package = format!("{:?} {package:?} {}", draft.artifact, draft.incomplete);
                let held = format!("{:?} {}", rights.permissions(number), rights.holds_all(number));
                facts.extend([package.as_str(), held.as_str(), compiled.as_str()]);
                (reuse.key("package", &facts), Bases::of(draft, tree))
            })
            .collect()
    }

    fn assemble(
        &self,
        phone: &Phone<'_>,
        drafts: Vec<Draft>,
        mut natives: Vec<Native>,
        results: Vec<CodeResult>,
        mut problems: Vec<Problem>,
    ) -> Record {
        let Phone { index: Index { catalogue, .. }, ends, tree, device, rights, names, .. } = *phone;
        let mut coverage = Coverage {
            packages_seen: drafts.len() as u32,
            listing: tree.listing.as_ref().map(|listing| listing.name.clone()),
            ..Coverage::default()
        };
        let mut packages = Vec::with_capacity(drafts.len());
        let mut findings: Vec<Finding> = Vec::new();
        let mut dead: Vec<Finding> = Vec::new();
        let mut unreadable: Vec<Unreadable> = Vec::new();
        let mut members: Vec<Member> = Vec::with_capacity(drafts.len());
        for (number, (draft, result)) in drafts.into_iter().zip(results).enumerate() {
            let mut package = draft.package.clone();
            rights.apply(number, draft.manifest(), &mut package);
            package.code = result.code;
            package.shape = result.shape;
            for component in &mut package.components {
                component.shape = result.component_shapes.get(&component.name).cloned();
            }
            let reads: BTreeSet<_> =
                result.findings.living.iter().flat_map(|f| f.data.iter().copied()).collect();
            package.reads = reads.into_iter().collect();
            coverage.methods_seen += result.methods;
            coverage.methods_incomplete += result.methods_incomplete;
            coverage.packages_incomplete +=
                u32::from(draft.incomplete || result.incomplete || result.methods_incomplete > 0);
            findings.extend(result.findings.living);
            dead.extend(result.findings.dead);
            unreadable.extend(result.problems);
            members.push(Member {
                name: package.package.clone().unwrap_or_else(|| package.path.clone()),
                identity: draft.identity(),
                user: package.runs_as.shared_user.clone().or_else(|| package.package.clone()),
                permissions: rights.permissions(number).clone(),
                holds_all: rights.holds_all(number),
                providers: draft.manifest().map(providers).unwrap_or_default(),
                takers: (draft.manifest().map(takers).unwrap_or_default().into_iter())
                    .chain(result.outlets.takers.iter().cloned())
                    .collect(),
                asked: result.outlets.asked.clone(),
                outlets: result.outlets,
            });
            names.tell(&mut natives, &result.names, package.package.as_deref(), &package.path);
            packages.push(package);
        }
        findings.extend(device.findings(catalogue));
        findings.extend(join::join(catalogue, ends, &members));
        coverage.missing = tree
            .missing
            .iter()
            .map(|missing| Missing {
                path: missing.path.clone(),
                why: missing.why.clone(),
                size: missing.size,
            })
            .collect();
        let told: BTreeSet<&str> = (problems.iter().map(|problem| problem.locus.as_str()))
            .chain(unreadable.iter().map(|problem| problem.locus.as_str()))
            .collect();
        let untold = tree.unopened.iter().filter(|unopened| !told.contains(unopened.locus.as_str()));
        let untold: Vec<_> = untold.collect();
        for unopened in untold {
            problems.push(Problem {
                locus: unopened.locus.clone(),
                code: "container/not-understood",
                detail: format!(
                    "{}: {} bytes, begins {}: {}",
                    unopened.path, unopened.size, unopened.head, unopened.reason
                ),
                consequence: "what it holds was not looked at".into(),
            });
        }
        unreadable.extend(problems.into_iter().map(told_of));
        coverage.unreadable = unreadable;
        coverage.unreadable.sort();
        coverage.unreadable.dedup();
        coverage.complete = coverage.listing.is_some()
            && coverage.missing.is_empty()
            && coverage.unreadable.is_empty()
            && coverage.packages_incomplete == 0
            && coverage.methods_incomplete == 0;
        let mut record = Record {
            schema: SCHEMA.to_owned(),
            engine: ENGINE.to_owned(),
            catalogue: catalogue.digest().to_string(),
            limits: self.options.limits.digest().to_string(),
            depth: self.options.depth,
            build: device.build().clone(),
            coverage,
            packages,
            natives,
            findings,
            dead,
        };
        record.canonicalise();
        record
    }
}

/// The components that take Intents, of a manifest.
pub(crate) fn takers(manifest: &Manifest) -> Vec<Taker> {
    let declared =
        manifest.components.iter().filter(|one| one.kind != ComponentKind::Provider && one.enabled);
    declared
        .map(|one| Taker {
            name: one.name.clone(),
            exported: one.exported,
            guard: one.permission.clone(),
            actions: one.actions().into_iter().map(str::to_owned).collect(),
        })
        .collect()
}

/// The providers that a manifest declares.
pub(crate) fn providers(manifest: &Manifest) -> Vec<Provided> {
    let declared = manifest.components.iter().filter(|one| one.kind == ComponentKind::Provider);
    declared
        .flat_map(|one| {
            one.authorities.iter().map(|authority| Provided {
                authority: authority.clone(),
                exported: one.exported,
                read: one.read_permission.clone(),
                write: one.write_permission.clone(),
            })
        })
        .collect()
}

fn unreadables(problems: Problems) -> Vec<Unreadable> {
    problems.into_sorted().into_iter().map(told_of).collect()
}

fn told_of(problem: Problem) -> Unreadable {
    Unreadable {
        locus: problem.locus.to_string(),
        code: problem.code.to_owned(),
        consequence: problem.consequence,
        detail: problem.detail,
    }
}

/// What the record says of the build.
pub(crate) fn build_findings(
    catalogue: &Catalogue,
    build: &Build,
    properties: BuildProperties,
    locus: &str,
) -> Vec<Finding> {
    finding::of_build(&Index::new(catalogue), build, properties, locus)
}
