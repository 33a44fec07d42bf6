//! Where each app connects to: from an input to the lines of `overt strings --sinks`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use overt_base::progress::Silent;
use overt_base::{Cancel, Cx, Problems, Progress};
use overt_catalogue::{Catalogue, MethodSelector, Owner, Selector};
use overt_detect::Index;
use overt_dex::DexFile;
use overt_evaluate::whence::{Call, Sink, Source};
use overt_evaluate::{Budget, Recovered};
use overt_program::MethodId;
use overt_record::sinks::{SinkLine, SinkList, UnknownPart, UnknownSource};
use rayon::prelude::*;

use crate::artifact::{self, Artifact};
use crate::code::{self, Analysed};
use crate::inventory::{self, Draft};
use crate::isolate::isolate;
use crate::scan::{ScanError, ScanOptions};
use crate::{boot, quick, rights, strings};

/// Bytes of stack for each worker: the walk backwards is as deep as its own limit allows.
const STACK: usize = 64 << 20;

/// Calls of network sinks that code reaches. What a library inside an app does on behalf of the app is counted where the
/// app calls it: the packages of the catalogue's own sinks are left out.
pub(crate) fn calls(catalogue: &Catalogue, analysed: &Analysed) -> Vec<(MethodId, u32)> {
    let table = &analysed.table;
    let network = |owner: &Owner| matches!(owner, Owner::Sink(name) if name == "network");
    let libraries: BTreeSet<&str> = (catalogue.places())
        .filter(|(_, owner, _)| network(owner))
        .filter_map(|(_, _, place)| match &place.selector {
            Selector::Call { method, .. } => method.class.rsplit_once('/').map(|(package, _)| package),
            _ => None,
        })
        .filter(|package| !["Ljava/", "Ljavax/net", "Landroid/"].iter().any(|own| package.starts_with(own)))
        .collect();
    let in_library = |class: &str| {
        libraries.iter().any(|package| class.strip_prefix(package).is_some_and(|rest| rest.starts_with('/')))
    };
    let mut all: Vec<(MethodId, u32)> = (analysed.analysis.occurrences.places.iter())
        .filter(|occurrence| catalogue.owner(occurrence.place).is_some_and(network))
        .filter(|occurrence| analysed.analysis.reach.is_reached(occurrence.method))
        .map(|occurrence| (table.own_method_at(occurrence.method), occurrence.offset))
        .filter(|(method, _)| !in_library(table.text(table.class(table.method(*method).class).descriptor)))
        .collect();
    all.extend(
        bundled(catalogue, analysed).into_iter().filter(|(method, _)| {
            !in_library(table.text(table.class(table.method(*method).class).descriptor))
        }),
    );
    all.sort_unstable();
    all.dedup();
    all
}

/// Reached calls of network sinks of libraries that the app brings along.
fn bundled(catalogue: &Catalogue, analysed: &Analysed) -> Vec<(MethodId, u32)> {
    let table = &analysed.table;
    let bodies = &analysed.analysis.bodies;
    let mut selectors: BTreeMap<&str, Vec<&MethodSelector>> = BTreeMap::new();
    for (_, owner, place) in catalogue.places() {
        if let (Owner::Sink(name), Selector::Call { method, .. }) = (owner, &place.selector)
            && name == "network"
            && table.find(&method.class).is_some_and(|class| table.is_own(class))
        {
            selectors.entry(method.class.as_str()).or_default().push(method);
        }
    }
    let mut all = Vec::new();
    if selectors.is_empty() {
        return all;
    }
    for method in (0..bodies.len()).filter(|method| analysed.analysis.reach.is_reached(*method)) {
        let id = table.own_method_at(method);
        let Some(linked) = table.dexes().get(usize::from(table.method(id).dex)) else { continue };
        for call in bodies.calls(bodies.body(method)) {
            let Some(key) = linked.method_key(call.method) else { continue };
            let name = table.text(key.name);
            let meant = selectors.get(table.text(key.class)).into_iter().flatten().any(|selector| {
                selector.names.iter().any(|one| one == name) && selector.fits_prototype(table.text(key.proto))
            });
            if meant {
                all.push((id, call.offset));
            }
        }
    }
    all
}

/// What is known of the addresses that these calls are given.
pub(crate) fn resolve(
    draft: &Draft,
    analysed: &Analysed,
    calls: &[Call],
    recovered: &[Recovered],
    read: Option<&strings::Read>,
    cx: &Cx<'_>,
) -> Vec<Sink> {
    let table = &analysed.table;
    let reach = &analysed.analysis.reach;
    let counts = |method| table.own_index(method).is_some_and(|index| reach.is_reached(index));
    strings::with_resources(draft, read, cx, |resources| {
        overt_evaluate::whence::sinks(table, resources, Budget::default(), calls, recovered, &counts)
    })
}

/// Finds the calls of each package of `input` that connect to a network, and to which hosts. The input is named `name` in
/// the result.
///
/// # Errors
/// See [`ScanError`].
pub fn sinks(
    input: &Path,
    name: &str,
    options: &ScanOptions,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<SinkList, ScanError> {
    let problems = Problems::new(options.limits.problems_per_code);
    let cx = Cx { limits: &options.limits, problems: &problems, progress, cancel };
    let tree = overt_container::open(input, &cx).map_err(|error| ScanError::Unreadable(error.reason()))?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.jobs.max(1))
        .stack_size(STACK)
        .build()
        .map_err(|error| ScanError::Internal(error.to_string()))?;
    let mut list = SinkList::default();
    let found: Vec<Vec<SinkLine>> = pool.install(|| {
        let sdk = rights::Device::read(&tree, &cx).sdk();
        let files = tree.files().iter().filter(|file| file.link.is_none());
        let artifacts = artifact::group(files.map(|file| file.path.as_str()));
        let single = artifacts.len() == 1;
        let take = |artifact: Artifact| inventory::take(artifact, &tree, sdk, false, None, &cx);
        let drafts: Vec<Draft> = artifacts.into_par_iter().map(take).collect();
        let framework: Vec<&Draft> = drafts.iter().filter(|draft| boot::is_framework(draft)).collect();
        let boot_dexes = boot::dexes(&framework, &tree, &options.limits, &Silent, cancel);
        let boot = boot::link(boot_dexes.clone());
        let layouts = quick::FrameworkLayouts::new(boot_dexes);
        let catalogue = Catalogue::builtin();
        let index = Index::new(&catalogue);
        let one = |draft: &Draft| -> Vec<SinkLine> {
            if cancel.is_cancelled() || boot::is_framework(draft) {
                return Vec::new();
            }
            let work = || {
                let mut code = code::find(draft, &tree, &cx);
                quick::restore(&mut code, &layouts, draft, &cx);
                let dexes: Vec<DexFile> = code.used.iter().map(|loaded| loaded.dex.clone()).collect();
                let places = code.used.iter().map(|loaded| loaded.place.clone()).collect();
                let analysed =
                    code::analyse(&index, &boot, draft, dexes, places, &|_| None, code::layouts(draft, &cx));
                let calls: Vec<Call> = calls(&catalogue, &analysed).into_iter().map(Call::from).collect();
                if calls.is_empty() {
                    return Vec::new();
                }
                let recovered = strings::recover(draft, &analysed.table, false, None, &cx).strings;
                let mut found = resolve(draft, &analysed, &calls, &recovered, None, &cx);
                // What is done with a connection goes where it was opened to: counted there.
                found.retain(|sink| {
                    !sink.api.split("->").next().is_some_and(|class| class.ends_with("URLConnection;"))
                });
                let apk = if single { name.to_owned() } else { format!("{name}!{}", draft.artifact.path) };
                let package = draft.manifest().map(|manifest| manifest.package.clone());
                found.into_iter().map(|sink| line(&analysed, sink, &apk, package.as_deref())).collect()
            };
            isolate(&cx, &draft.locus, "finding addresses", work).unwrap_or_default()
        };
        drafts.par_iter().with_max_len(1).map(one).collect()
    });
    if cancel.is_cancelled() {
        return Err(ScanError::Cancelled);
    }
    list.sinks = found.into_iter().flatten().collect();
    list.problems = problems
        .into_sorted()
        .iter()
        .map(|problem| format!("{}: {}", problem.locus, problem.detail))
        .collect();
    Ok(list)
}

fn line(analysed: &Analysed, sink: Sink, apk: &str, package: Option<&str>) -> SinkLine {
    let table = &analysed.table;
    let method = table.method(sink.method);
    let state = match (sink.local, sink.hosts.is_empty(), sink.unknown.is_empty()) {
        (true, ..) => "local",
        (_, true, _) => "unknown",
        (_, false, true) => "known",
        (_, false, false) => "partly",
    };
    SinkLine {
        apk: apk.to_owned(),
        package: package.map(str::to_owned),
        class: table.text(table.class(method.class).descriptor).to_owned(),
        method: table.text(method.name).to_owned(),
        descriptor: table.text(method.proto).to_owned(),
        offset: sink.offset,
        api: sink.api,
        state: state.to_owned(),
        hosts: sink.hosts,
        requests: sink.requests.into_iter().map(str::to_owned).collect(),
        addresses: sink.addresses,
        unknown: (sink.unknown.into_iter())
            .map(|cause| UnknownPart {
                giver: cause.giver.word().to_owned(),
                source: cause.source.as_deref().map(|source| told(analysed, source)),
                at: cause.at,
            })
            .collect(),
    }
}

fn told(analysed: &Analysed, source: &Source) -> UnknownSource {
    let table = &analysed.table;
    let method = table.method(source.method);
    UnknownSource {
        class: table.text(table.class(method.class).descriptor).to_owned(),
        method: table.text(method.name).to_owned(),
        descriptor: table.text(method.proto).to_owned(),
        offset: source.offset,
        api: source.api.clone(),
        hosts: source.hosts.iter().cloned().collect(),
    }
}
