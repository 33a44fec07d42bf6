//! One package of a scan: its code read, linked, followed and held against the catalogue; or all of that taken from what an
//! earlier scan kept.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use overt_apk::layout::Layouts;
use overt_base::{Cx, Digest, Limits, Locus};
use overt_container::DeviceTree;
use overt_detect::climb::Flows;
use overt_detect::concealed::Concealed;
use overt_detect::decided::Decided;
use overt_detect::outlet::Outlets;
use overt_detect::{Findings, Index, Unit};
use overt_dex::{DexFile, StringIdx};
use overt_evaluate::whence::Call;
use overt_flow::{AppFlows, Ends};
use overt_program::ClassTable;
use overt_record::analysis::RestsOn;
use overt_record::coverage::Unreadable;
use overt_record::package::{Code, CodeProblem};
use overt_record::{Build, Depth, Package};

use super::{CodeResult, Scan, unreadables};
use crate::boot;
use crate::code::{self, Analysed, PackageCode};
use crate::inventory::Draft;
use crate::native::Names;
use crate::quick::FrameworkLayouts;
use crate::reuse::{Bases, Shapes};
use crate::rights::{self, Rights};
use crate::strings::Read;

/// The build around its packages, and what they are held against.
pub(super) struct Phone<'a> {
    pub(super) index: &'a Index<'a>,
    pub(super) ends: &'a Ends,
    pub(super) tree: &'a DeviceTree,
    pub(super) device: &'a rights::Device,
    pub(super) rights: &'a Rights,
    pub(super) names: &'a Names,
    pub(super) limits: &'a Limits,
}

/// The boot class path that packages are linked against.
pub(super) struct Platform {
    pub(super) boot: Arc<ClassTable>,
    pub(super) layouts: FrameworkLayouts,
    pub(super) shapes: Shapes,
}

/// One package at work.
pub(super) struct Work<'a> {
    pub(super) scan: &'a Scan<'a>,
    pub(super) phone: &'a Phone<'a>,
    pub(super) platform: &'a Platform,
    pub(super) draft: &'a Draft,
    /// The draft's position, by which rights are asked for.
    pub(super) number: usize,
}

/// What working on a package leaves behind besides its result.
#[derive(Default)]
struct Remains {
    dexes: Vec<DexFile>,
    strings: Vec<overt_evaluate::Recovered>,
    /// Classes looked for on the boot class path; `None` when there were too many to note.
    asked: Option<Vec<String>>,
}

/// Code of a package as `detect` is given it.
fn code_of<'a>(
    analysed: &'a Analysed,
    flows: Option<Flows<'a>>,
    concealed: Option<&'a Concealed>,
) -> overt_detect::Code<'a> {
    overt_detect::Code {
        table: &analysed.table,
        bodies: &analysed.analysis.bodies,
        entries: &analysed.entries,
        reach: &analysed.analysis.reach,
        occurrences: &analysed.analysis.occurrences,
        places: &analysed.places,
        flows,
        concealed,
    }
}

/// Code of a package and what following it found, to be held against the catalogue.
type Held<'a> = (&'a Analysed, Option<Flows<'a>>, Option<&'a Concealed>);

impl Phone<'_> {
    /// What a package shows; with no code, what its manifest alone does.
    pub(super) fn findings(
        &self,
        draft: &Draft,
        number: usize,
        code: &[Code],
        analysed: Option<Held<'_>>,
    ) -> (Findings, Outlets) {
        let Phone { index, device, rights, .. } = *self;
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
            code: analysed.map(|(a, flows, concealed)| code_of(a, flows, concealed)),
            permissions: rights.permissions(number),
            holds_all: rights.holds_all(number),
            user_in_part: rights.user_in_part(number),
            protected: rights.protected(),
            level_of: &level_of,
            build: &facts_of(device.build()),
            limits: self.limits,
        };
        let properties = device.build_properties();
        overt_detect::of_package(index, &unit, properties)
    }
}

impl Platform {
    /// A digest of what a class of the boot class path looks like to those who use it; `None` for one that is not there.
    fn shape(&self, class: &str) -> Option<String> {
        self.shapes.of(&self.boot, class)
    }
}

impl Work<'_> {
    /// What the package's code shows.
    pub(super) fn result(&self, cx: &Cx<'_>) -> CodeResult {
        let mut code = code::find(self.draft, self.phone.tree, cx);
        crate::quick::restore(&mut code, &self.platform.layouts, self.draft, cx);
        for loaded in &mut code.other {
            loaded.record.instructions = Some(crate::quick::count_instructions(&loaded.dex));
        }
        let layouts = code::layouts(self.draft, cx);
        let key = self.content_key(&code, layouts.as_ref());
        let bases = Bases::alone(self.draft);
        if let Some((reuse, key)) = self.scan.reuse.as_ref().zip(key.as_ref())
            && let Some(known) = reuse.package(key, &bases)
            && let Some(rests) = &known.rests_on
            && rests.boot.iter().all(|(class, shape)| self.platform.shape(class) == *shape)
            && self.phone.names.find_no_more(&rests.names, &rests.texts)
            && crate::strings::answers(self.draft, rests, cx)
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
        let own = self.scan.problems();
        let read = Read::default();
        let (mut result, left) = self.work(&mut code, layouts, &read, &self.scan.cx(&own));
        result.problems = unreadables(own);
        if let Some((reuse, key)) = self.scan.reuse.as_ref().zip(key.as_ref())
            && !self.scan.cancel.is_cancelled()
            && !result.problems.iter().any(passing)
            && let Some(asked) = &left.asked
        {
            let Read { strings, entries } = read;
            let all = std::mem::take(&mut result.code);
            result.code = code.used.iter().map(|loaded| loaded.record.clone()).collect();
            result.rests_on = Some(RestsOn {
                boot: asked.iter().map(|class| (class.clone(), self.platform.shape(class))).collect(),
                strings: strings.into_inner().unwrap_or_else(PoisonError::into_inner),
                entries: entries.into_inner().unwrap_or_else(PoisonError::into_inner),
                names: self.phone.names.all(),
                texts: Names::texts(&left.dexes, &left.strings),
            });
            reuse.keep_package(key, &bases, &result);
            result.code = all;
            result.rests_on = None;
        }
        result
    }

    /// The digest of everything that [`Work::work`] depends on in its package; `None` where that is not known.
    fn content_key(&self, code: &PackageCode, layouts: Option<&Layouts>) -> Option<Digest> {
        let (draft, number) = (self.draft, self.number);
        let Phone { device, rights, .. } = self.phone;
        let reuse = self.scan.reuse.as_ref()?;
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
        let protected: BTreeSet<&str> = (manifest.components.iter())
            .flat_map(|component| component.actions())
            .filter(|action| rights.protected().contains(*action))
            .collect();
        let mut package = bare(draft.package.clone());
        rights.apply(number, draft.manifest(), &mut package);
        let named = self.named(code);
        let code: Vec<(&Code, &str)> =
            (code.used.iter()).map(|loaded| (&loaded.record, loaded.place.sha256.as_str())).collect();
        let facts = [
            format!("{:?} {}", draft.artifact.kind, draft.identity()),
            format!("{code:?}"),
            format!("{layouts:?}"),
            format!("{manifest:?}"),
            format!("{levels:?} {protected:?}"),
            format!("{named:?}"),
            format!("{package:?}"),
            format!("{:?}", draft.network_config),
            format!("{:?}", draft.package.natives),
            format!(
                "{:?} {} {}",
                rights.permissions(number),
                rights.holds_all(number),
                rights.user_in_part(number)
            ),
            format!("{:?} {:?}", facts_of(device.build()), device.build_properties()),
        ];
        let facts: Vec<&str> = facts.iter().map(String::as_str).collect();
        Some(reuse.key("code", &facts))
    }

    /// Broadcasts of the system and permissions that the code names, with what they are in this build: receivers that it
    /// registers depend on them.
    fn named(&self, code: &PackageCode) -> BTreeSet<(String, Option<String>)> {
        let rights = self.phone.rights;
        let mut all = BTreeSet::new();
        for dex in code.used.iter().map(|loaded| &loaded.dex) {
            let texts = (0..dex.string_count()).filter_map(|index| dex.string_bytes(StringIdx(index)).ok());
            for text in texts.filter(|text| text.contains(&b'.')).filter_map(|text| str::from_utf8(text).ok())
            {
                let level = rights.level(text);
                if level.is_some() || rights.protected().contains(text) {
                    all.insert((text.to_owned(), level));
                }
            }
        }
        all
    }

    /// What the code shows that was found for the package.
    fn work(
        &self,
        code: &mut PackageCode,
        layouts: Option<Layouts>,
        read: &Read,
        cx: &Cx<'_>,
    ) -> (CodeResult, Remains) {
        let Work { phone, draft, .. } = *self;
        let dexes: Vec<DexFile> = code.used.iter().map(|loaded| loaded.dex.clone()).collect();
        let tables = dexes.clone();
        let places = code.used.iter().map(|loaded| loaded.place.clone()).collect();
        let level_of = |permission: &str| phone.rights.level(permission);
        let analysed =
            code::analyse(phone.index, &self.platform.boot, draft, dexes, places, &level_of, layouts);
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
        let flows = (self.scan.options.depth >= Depth::Flow
            && !analysed.entries.is_empty()
            && !boot::is_framework(draft))
        .then(|| {
            let recovered = crate::strings::recover(draft, &analysed.table, false, Some(read), cx).strings;
            let decided = Decided::of(phone.index.catalogue, code_of(&analysed, None, None));
            let decisive: Vec<_> = decided.places().collect();
            let known = crate::flows::Known {
                sdk: phone.device.build().sdk,
                recovered: &recovered,
                package: draft.manifest().map(|manifest| manifest.package.as_str()),
                channels: true,
                joined: true,
                decisive: &decisive,
            };
            let found = self.follow(&analysed, known, cx);
            let mut away: Vec<Call> =
                overt_detect::endpoint::away(phone.ends, &found).into_iter().map(Call::from).collect();
            away.extend(overt_detect::order::requests(
                phone.index.catalogue,
                phone.ends,
                &found,
                &analysed.table,
                &analysed.analysis.occurrences,
            ));
            away.sort_unstable();
            away.dedup();
            let sinks = if away.is_empty() {
                Vec::new()
            } else {
                crate::sinks::resolve(draft, &analysed, &away, &recovered, Some(read), cx)
            };
            (found, recovered, sinks, crate::flows::played(&analysed), decided)
        });
        let native_names = phone.names.among(
            &tables,
            flows.as_ref().map(|(_, recovered, ..)| recovered.as_slice()).unwrap_or_default(),
        );
        let concealed = flows
            .as_ref()
            .map(|(_, recovered, ..)| Concealed::of(&analysed.table, &analysed.analysis.reach, recovered))
            .map(|concealed| concealed.with_natives(&analysed.table, &draft.package.natives));
        let followed = flows.as_ref().map(|(found, recovered, sinks, played, decided)| Flows {
            ends: phone.ends,
            found,
            recovered,
            sinks,
            played,
            decided,
        });
        let (findings, outlets) =
            phone.findings(draft, self.number, &records, Some((&analysed, followed, concealed.as_ref())));
        let asked = analysed.table.asked_of_boot();
        let components = draft.package.components.iter().map(|component| component.name.clone()).collect();
        let mut shapes = crate::shape::of(&analysed.table, &components);
        if let Some((_, recovered, ..)) = &flows {
            crate::shape::texts(&analysed.table, recovered, &mut shapes.package);
        }
        let result = CodeResult {
            code: records,
            findings,
            outlets,
            shape: Some(shapes.package),
            component_shapes: shapes.classes,
            methods: u64::from(bodies.methods),
            methods_incomplete: bodies.incomplete.len() as u64,
            incomplete: code.incomplete,
            names: native_names,
            ..CodeResult::default()
        };
        let strings = flows.map(|(_, recovered, ..)| recovered).unwrap_or_default();
        (result, Remains { dexes: tables, strings, asked })
    }

    /// Depth flow and deeper: where data of the package goes.
    fn follow(&self, analysed: &Analysed, known: crate::flows::Known<'_>, cx: &Cx<'_>) -> AppFlows {
        let declares = self.draft.manifest().is_some();
        let flows = crate::flows::follow(
            self.phone.index.catalogue,
            self.phone.ends,
            false,
            analysed,
            declares,
            known,
        );
        crate::flows::report_given_up(&analysed.table, &flows, &self.draft.locus, cx);
        flows
    }
}

/// Does the problem say something of this run instead of the input? What came with it is not kept.
pub(super) fn passing(problem: &Unreadable) -> bool {
    matches!(problem.code.as_str(), "pipeline/panic" | "pipeline/unreadable")
        || problem.code == "flow/given-up" && problem.detail.contains(crate::flows::NO_MEMORY)
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
pub(super) fn facts_of(build: &Build) -> Build {
    Build {
        sdk: build.sdk,
        build_type: build.build_type.clone(),
        tags: build.tags.clone(),
        ..Build::default()
    }
}
