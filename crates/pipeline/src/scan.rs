//! One scan: the stages in their order.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use overt_apk::layout::Layouts;
use overt_apk::manifest::{ComponentKind, Manifest};
use overt_base::{Cancel, Cx, Digest, Limits, Locus, Problem, Problems, Progress};
use overt_catalogue::Catalogue;
use overt_container::DeviceTree;
use overt_detect::climb::Flows;
use overt_detect::concealed::Concealed;
use overt_detect::join::{self, Member, Provided, Taker};
use overt_detect::outlet::{self, Outlets};
use overt_detect::{BuildProperties, Findings, Index, Unit, finding};
use overt_dex::DexFile;
use overt_flow::{AppFlows, Ends};
use overt_program::ClassTable;
use overt_record::analysis::RestsOn;
use overt_record::coverage::{Coverage, Missing, Unreadable};
use overt_record::package::{Code, CodeProblem};
use overt_record::{Build, Depth, Finding, Native, Package, Record, SCHEMA};
use rayon::prelude::*;

use crate::artifact;
use crate::boot;
use crate::code::{self, PackageCode};
use crate::inventory::{self, Draft};
use crate::isolate::isolate;
use crate::native::{Mention, Names};
use crate::quick::FrameworkLayouts;
use crate::reuse::{self, Bases, Reuse, Shapes, Shelf};
use crate::rights::{self, Rights};
use crate::strings::Read;

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
}

impl Default for ScanOptions {
    fn default() -> ScanOptions {
        let jobs = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        ScanOptions { depth: Depth::Full, jobs, limits: Limits::default() }
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
        let tree = overt_container::open(input, &self.cx(&opening))
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
        let rights = rights::settle(&device, &drafts);

        let results = if self.options.depth >= Depth::Capability {
            self.analyse(catalogue, &drafts, &tree, &device, &rights, &names)
        } else {
            self.list_code(catalogue, &drafts, &tree, &device, &rights)
        };
        self.stop()?;
        Ok(self.assemble(catalogue, &tree, &device, drafts, rights, natives, &names, results, problems))
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
    fn list_code(
        &self,
        catalogue: &Catalogue,
        drafts: &[Draft],
        tree: &DeviceTree,
        device: &rights::Device,
        rights: &Rights,
    ) -> Vec<CodeResult> {
        let index = Index::new(catalogue);
        drafts
            .par_iter()
            .enumerate()
            .map(|(number, draft)| {
                let own = self.problems();
                let cx = self.cx(&own);
                let code = isolate(&cx, &draft.locus, "listing code", || code::find(draft, tree, &cx));
                let code = code.unwrap_or_default();
                let methods = code.used.iter().map(|loaded| u64::from(loaded.record.methods)).sum();
                let records: Vec<Code> = code.records().cloned().collect();
                let (findings, _) = self.findings(&index, draft, number, device, rights, &records, None);
                CodeResult {
                    code: records,
                    findings,
                    outlets: Outlets::default(),
                    methods,
                    methods_incomplete: 0,
                    incomplete: code.incomplete,
                    names: BTreeSet::new(),
                    problems: unreadables(own),
                    rests_on: None,
                }
            })
            .collect()
    }

    /// Depth capability and deeper: the code of every package is read, linked and held against the catalogue.
    fn analyse(
        &self,
        catalogue: &Catalogue,
        drafts: &[Draft],
        tree: &DeviceTree,
        device: &rights::Device,
        rights: &Rights,
        names: &Names,
    ) -> Vec<CodeResult> {
        let index = Index::new(catalogue);
        let total = drafts.len();
        let done = AtomicUsize::new(0);
        let keys = self.keys(drafts, tree, device, rights, names);
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
        let boot_dexes = boot::dexes(&framework, tree, &self.options.limits, self.progress, self.cancel);
        let boot = boot::link(boot_dexes.clone());
        let layouts = FrameworkLayouts::new(boot_dexes);
        let shapes = Shapes::default();
        let ends = Ends::of_catalogue(catalogue);
        // Large packages first, so that no thread is left with a large one at the end; results keep the drafts' order.
        let mut order: Vec<usize> = (0..drafts.len()).filter(|number| !known.contains(number)).collect();
        let weight = |draft: &Draft| -> u64 {
            let own = tree.get(&draft.artifact.path).map_or(0, |file| file.size);
            own + draft
                .artifact
                .oats
                .iter()
                .filter_map(|path| tree.get(path))
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
                let result = isolate(&cx, &draft.locus, "analysing code", || {
                    self.package(
                        &index, &boot, &layouts, &shapes, draft, number, tree, device, rights, &ends, names,
                        &cx,
                    )
                });
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

    /// By draft: the digest of everything that [`Scan::package`] depends on, and where the package's files lie.
    fn keys(
        &self,
        drafts: &[Draft],
        tree: &DeviceTree,
        device: &rights::Device,
        rights: &Rights,
        names: &Names,
    ) -> Vec<(Digest, Bases)> {
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

    #[allow(clippy::too_many_arguments)]
    fn package(
        &self,
        index: &Index<'_>,
        boot: &Arc<ClassTable>,
        framework: &FrameworkLayouts,
        shapes: &Shapes,
        draft: &Draft,
        number: usize,
        tree: &DeviceTree,
        device: &rights::Device,
        rights: &Rights,
        ends: &Ends,
        names: &Names,
        cx: &Cx<'_>,
    ) -> CodeResult {
        let mut code = code::find(draft, tree, cx);
        crate::quick::restore(&mut code, framework, draft, cx);
        for loaded in &mut code.other {
            loaded.record.instructions = Some(crate::quick::count_instructions(&loaded.dex));
        }
        let layouts = code::layouts(draft, cx);
        let key = self.content_key(&code, layouts.as_ref(), draft, number, device, rights);
        let bases = Bases::alone(draft);
        if let Some((reuse, key)) = self.reuse.as_ref().zip(key.as_ref())
            && let Some(known) = reuse.package(key, &bases)
            && let Some(rests) = &known.rests_on
            && rests.boot.iter().all(|(class, shape)| shapes.of(boot, class) == *shape)
            && names.find_no_more(&rests.names, &rests.texts)
            && crate::strings::answers(draft, rests, cx)
        {
            for (loaded, known) in code.used.iter_mut().zip(&known.code) {
                loaded.record.analysed = known.analysed;
                loaded.record.instructions = known.instructions;
                loaded.record.problems.clone_from(&known.problems);
            }
            return CodeResult {
                code: code.records().cloned().collect(),
                incomplete: code.incomplete,
                rests_on: None,
                ..known
            };
        }
        // Problems of the work itself are kept with it, those of finding the code are told each time.
        let own = self.problems();
        let read = Read::default();
        let mut result = self.work(
            index,
            boot,
            &mut code,
            layouts,
            draft,
            number,
            device,
            rights,
            ends,
            names,
            &read,
            &self.cx(&own),
        );
        let (dexes, recovered) = std::mem::take(&mut result.1);
        let mut result = result.0;
        result.problems = unreadables(own);
        if let Some((reuse, key)) = self.reuse.as_ref().zip(key.as_ref())
            && !self.cancel.is_cancelled()
            && !result.problems.iter().any(passing)
            && let Some(asked) = &recovered.asked
        {
            let Read { strings, entries } = read;
            let all = std::mem::take(&mut result.code);
            result.code = code.used.iter().map(|loaded| loaded.record.clone()).collect();
            result.rests_on = Some(RestsOn {
                boot: asked.iter().map(|class| (class.clone(), shapes.of(boot, class))).collect(),
                strings: strings.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner),
                entries: entries.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner),
                names: names.all(),
                texts: Names::texts(&dexes, &recovered.strings),
            });
            reuse.keep_package(key, &bases, &result);
            result.code = all;
            result.rests_on = None;
        }
        result
    }

    /// The digest of everything that [`Scan::work`] depends on in its package; `None` where that is not known.
    fn content_key(
        &self,
        code: &PackageCode,
        layouts: Option<&Layouts>,
        draft: &Draft,
        number: usize,
        device: &rights::Device,
        rights: &Rights,
    ) -> Option<Digest> {
        let reuse = self.reuse.as_ref()?;
        // Restored code depends on the layouts of the whole framework. What has no manifest is started by its role there.
        if code.used.is_empty() || code.used.iter().any(|loaded| loaded.quickened.is_some()) {
            return None;
        }
        let mut manifest = draft.manifest()?.clone();
        manifest.version_name = None;
        manifest.version_code = 0;
        manifest.label = None;
        manifest.label_resource = None;
        let levels: Vec<Option<String>> = (manifest.components.iter())
            .flat_map(|one| [&one.permission, &one.read_permission, &one.write_permission])
            .map(|name| rights.level(name.as_ref()?))
            .collect();
        let mut package = bare(draft.package.clone());
        rights.apply(number, draft.manifest(), &mut package);
        let code: Vec<(&Code, &str)> =
            (code.used.iter()).map(|loaded| (&loaded.record, loaded.place.sha256.as_str())).collect();
        let facts = [
            format!("{:?} {}", draft.artifact.kind, draft.identity()),
            format!("{code:?}"),
            format!("{layouts:?}"),
            format!("{manifest:?}"),
            format!("{levels:?}"),
            format!("{package:?}"),
            format!("{:?}", draft.network_config),
            format!("{:?}", draft.package.natives),
            format!("{:?} {}", rights.permissions(number), rights.holds_all(number)),
            format!("{:?} {:?}", facts_of(device.build()), device.build_properties()),
        ];
        let facts: Vec<&str> = facts.iter().map(String::as_str).collect();
        Some(reuse.key("code", &facts))
    }

    /// What the code shows that was found for a package.
    #[allow(clippy::too_many_arguments)]
    fn work(
        &self,
        index: &Index<'_>,
        boot: &Arc<ClassTable>,
        code: &mut PackageCode,
        layouts: Option<Layouts>,
        draft: &Draft,
        number: usize,
        device: &rights::Device,
        rights: &Rights,
        ends: &Ends,
        names: &Names,
        read: &Read,
        cx: &Cx<'_>,
    ) -> (CodeResult, (Vec<DexFile>, Recalled)) {
        let dexes: Vec<DexFile> = code.used.iter().map(|loaded| loaded.dex.clone()).collect();
        let tables = dexes.clone();
        let places = code.used.iter().map(|loaded| loaded.place.clone()).collect();
        let level_of = |permission: &str| rights.level(permission);
        let analysed = code::analyse(index, boot, draft, dexes, places, &level_of, layouts);
        let bodies = &analysed.analysis.bodies;
        for (dex, loaded) in code.used.iter_mut().enumerate() {
            loaded.record.analysed = true;
            loaded.record.instructions = bodies.instructions_per_dex.get(dex).copied();
            let broken = bodies
                .incomplete
                .iter()
                .filter(|incomplete| usize::from(analysed.table.method(incomplete.method).dex) == dex)
                .count();
            if broken > 0 {
                let problem = CodeProblem { code: "dex/body-unreadable".into(), count: broken as u32 };
                loaded.record.problems.push(problem);
                cx.problems.report(
                    &Locus::parse(&loaded.place.locus).unwrap_or_else(Locus::input),
                    "dex/body-unreadable",
                    format!("{broken} method bodies cannot be read to their end"),
                    "what they do behind that point was not looked at",
                );
            }
        }
        if !analysed.absent.is_empty() {
            let shown: Vec<&str> = analysed.absent.iter().take(5).map(String::as_str).collect();
            cx.problems.report(
                &draft.locus,
                "program/component-class-missing",
                format!("{} classes named in the manifest are not in the code: {} …", analysed.absent.len(), shown.join(", ")),
                "these components were not analysed; they may lie in code that is loaded at run time or that is missing",
            );
        }
        let mut has_entry = !analysed.entries.is_empty();
        has_entry |= code.used.is_empty() || boot::is_framework(draft);
        if !has_entry {
            cx.problems.report(
                &draft.locus,
                "program/no-entry-point",
                "no component, program or layout leads into the code".to_owned(),
                "all of its behaviours are listed as dead",
            );
        }
        let records: Vec<Code> = code.records().cloned().collect();
        let flows = (self.options.depth >= Depth::Flow
            && !analysed.entries.is_empty()
            && !boot::is_framework(draft))
        .then(|| {
            let recovered = crate::strings::recover(draft, &analysed.table, false, Some(read), cx).strings;
            let known = crate::flows::Known {
                sdk: device.build().sdk,
                recovered: &recovered,
                package: draft.manifest().map(|manifest| manifest.package.as_str()),
                channels: true,
            };
            let found = self.follow(index, draft, &analysed, ends, known, cx);
            let untold = overt_detect::climb::untold(ends, &found);
            let sinks = if untold.is_empty() {
                Vec::new()
            } else {
                crate::sinks::resolve(draft, &analysed, &untold, &recovered, Some(read), cx)
            };
            (found, recovered, sinks)
        });
        let native_names = names
            .among(&tables, flows.as_ref().map(|(_, recovered, _)| recovered.as_slice()).unwrap_or_default());
        let concealed = flows
            .as_ref()
            .map(|(_, recovered, _)| Concealed::of(&analysed.table, &analysed.analysis.reach, recovered))
            .map(|concealed| concealed.with_natives(&analysed.table, &draft.package.natives));
        let (findings, outlets) = self.findings(
            index,
            draft,
            number,
            device,
            rights,
            &records,
            Some((
                &analysed,
                flows.as_ref().map(|(found, recovered, sinks)| Flows { ends, found, recovered, sinks }),
                concealed.as_ref(),
            )),
        );
        let asked = analysed.table.asked_of_boot();
        let result = CodeResult {
            code: records,
            findings,
            outlets,
            methods: u64::from(bodies.methods),
            methods_incomplete: bodies.incomplete.len() as u64,
            incomplete: code.incomplete,
            names: native_names,
            ..CodeResult::default()
        };
        let strings = flows.map(|(_, recovered, _)| recovered).unwrap_or_default();
        (result, (tables, Recalled { strings, asked }))
    }

    /// Depth flow and deeper: where data of the package goes.
    fn follow(
        &self,
        index: &Index<'_>,
        draft: &Draft,
        analysed: &code::Analysed,
        ends: &Ends,
        known: crate::flows::Known<'_>,
        cx: &Cx<'_>,
    ) -> AppFlows {
        let declares = draft.manifest().is_some();
        let flows = crate::flows::follow(index.catalogue, ends, false, analysed, declares, known);
        crate::flows::report_given_up(&analysed.table, &flows, &draft.locus, cx);
        flows
    }

    #[allow(clippy::too_many_arguments)]
    fn findings(
        &self,
        index: &Index<'_>,
        draft: &Draft,
        number: usize,
        device: &rights::Device,
        rights: &Rights,
        code: &[Code],
        analysed: Option<(&code::Analysed, Option<Flows<'_>>, Option<&Concealed>)>,
    ) -> (Findings, Outlets) {
        // Libraries of the framework run in the processes of those who call them: they have no rights or entry of their own.
        let only_library = boot::is_framework(draft) && analysed.is_none_or(|(a, ..)| a.entries.is_empty());
        if only_library {
            return (Findings::default(), Outlets::default());
        }
        let mut package: Package = bare(draft.package.clone());
        package.code = code.to_vec();
        rights.apply(number, draft.manifest(), &mut package);
        let identity = draft.identity();
        let level_of = |permission: &str| rights.level(permission);
        let manifest_locus = draft.locus.child("AndroidManifest.xml");
        let network_config =
            draft.network_config.as_ref().map(|file| (&file.config, draft.locus.child(&file.entry)));
        let unit = Unit {
            package: &package,
            identity: &identity,
            manifest: draft.manifest(),
            manifest_locus: manifest_locus.as_str(),
            network_config: network_config.as_ref().map(|(config, locus)| (*config, locus.as_str())),
            code: analysed.map(|(a, flows, concealed)| overt_detect::Code {
                table: &a.table,
                bodies: &a.analysis.bodies,
                entries: &a.entries,
                reach: &a.analysis.reach,
                occurrences: &a.analysis.occurrences,
                places: &a.places,
                flows,
                concealed,
            }),
            permissions: rights.permissions(number),
            holds_all: rights.holds_all(number),
            level_of: &level_of,
            build: &facts_of(device.build()),
            limits: &self.options.limits,
        };
        let properties = device.build_properties();
        (finding::of_package(index, &unit, properties), outlet::of_package(index, &unit, properties))
    }

    #[allow(clippy::too_many_arguments)]
    fn assemble(
        &self,
        catalogue: &Catalogue,
        tree: &DeviceTree,
        device: &rights::Device,
        drafts: Vec<Draft>,
        rights: Rights,
        mut natives: Vec<Native>,
        names: &Names,
        results: Vec<CodeResult>,
        mut problems: Vec<Problem>,
    ) -> Record {
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
                takers: draft.manifest().map(takers).unwrap_or_default(),
                asked: result.outlets.asked.clone(),
                outlets: result.outlets,
            });
            names.tell(&mut natives, &result.names, package.package.as_deref(), &package.path);
            packages.push(package);
        }
        findings.extend(device.findings(catalogue));
        findings.extend(join::join(catalogue, &Ends::of_catalogue(catalogue), &members));
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

/// Does the problem say something of this run instead of the input? What came with it is not kept.
fn passing(problem: &Unreadable) -> bool {
    matches!(problem.code.as_str(), "pipeline/panic" | "pipeline/unreadable")
        || problem.code == "flow/given-up" && problem.detail.contains(crate::flows::NO_MEMORY)
}

/// What working on a package leaves behind besides its result.
#[derive(Default)]
struct Recalled {
    strings: Vec<overt_evaluate::Recovered>,
    /// Classes looked for on the boot class path.
    asked: Option<Vec<String>>,
}

/// A package without what its findings must not depend on: a new version of the same code is not new code.
fn bare(package: Package) -> Package {
    Package {
        label: None,
        version_name: None,
        version_code: None,
        sha256: None,
        natives: Vec::new(),
        code: Vec::new(),
        ..package
    }
}

/// What of a build the findings of a package may depend on: a change of anything else must not make its code new.
fn facts_of(build: &Build) -> Build {
    Build {
        sdk: build.sdk,
        build_type: build.build_type.clone(),
        tags: build.tags.clone(),
        ..Build::default()
    }
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
