//! Flows of single packages: from an input to the lines of `overt flows`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use overt_apk::manifest::ComponentKind;
use overt_base::{Cancel, Cx, Locus, Problems, Progress};
use overt_catalogue::Catalogue;
use overt_detect::join::Member;
use overt_detect::{EntryKind, Index};
use overt_evaluate::Recovered;
use overt_flow::object::Place;
use overt_flow::session::Session;
use overt_flow::value::mark;
use overt_flow::{Ancestors, AppFlows, Ends, Entry, Flow, Life};
use overt_program::{ClassTable, MethodId};
use overt_record::flow::{FlowLine, FlowList, FlowPlace, FlowStep, Unmodelled};

use crate::artifact;
use crate::code::{self, Analysed};
use crate::inventory;
use crate::isolate::isolate;
use crate::scan::{ScanError, ScanOptions};

/// What to look for.
pub struct FlowQuestion {
    /// Sources and sinks instead of the catalogue's.
    pub ends: Option<Ends>,
    /// Follow what control tells.
    pub implicit: bool,
    /// With the catalogue's: also follow to effects what somebody outside the app tells.
    pub orders: bool,
}

impl FlowQuestion {
    fn catalogue_ends(&self, catalogue: &Catalogue) -> Ends {
        if self.orders { Ends::of_catalogue(catalogue) } else { Ends::of_data(catalogue) }
    }
}

/// Why nothing was followed where the host had no memory left.
pub(crate) const NO_MEMORY: &str = "no memory for following calls";

/// Stack of the thread that follows calls: they are followed as deep as the code goes.
const STACK: usize = 192 << 20;

/// Finds the flows inside each package of the inputs, and through channels from one package to another. Each input is
/// named in the result by its path as it is given.
///
/// # Errors
/// The path that cannot be read; see [`ScanError`].
pub fn flows<'p>(
    inputs: &'p [PathBuf],
    question: &FlowQuestion,
    options: &ScanOptions,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<FlowList, (&'p Path, ScanError)> {
    let mut all = FlowList::default();
    let mut members: Vec<Member> = Vec::new();
    let across = inputs.len() > 1;
    for input in inputs {
        let name = input.display().to_string();
        let found = flows_of(input, &name, question, across, &mut members, options, progress, cancel)
            .map_err(|error| (input.as_path(), error))?;
        all.extend(found);
    }
    if across {
        let made;
        let ends = match &question.ends {
            Some(ends) => ends,
            None => {
                made = question.catalogue_ends(&Catalogue::builtin());
                &made
            }
        };
        all.flows.extend(crate::across::lines(ends, &members));
    }
    Ok(all)
}

/// The flows inside each package of one input; what its packages put into channels and take out is added to `members`.
#[allow(clippy::too_many_arguments)]
fn flows_of(
    input: &Path,
    name: &str,
    question: &FlowQuestion,
    across: bool,
    members: &mut Vec<Member>,
    options: &ScanOptions,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<FlowList, ScanError> {
    let problems = Problems::new(options.limits.problems_per_code);
    let cx = Cx { limits: &options.limits, problems: &problems, progress, cancel };
    let tree = overt_container::open(input, &cx).map_err(|error| ScanError::Unreadable(error.to_string()))?;
    let artifacts =
        artifact::group(tree.files().iter().filter(|f| f.link.is_none()).map(|f| f.path.as_str()));
    let catalogue = Catalogue::builtin();
    let index = Index::new(&catalogue);
    let made;
    let ends = match &question.ends {
        Some(ends) => ends,
        None => {
            made = question.catalogue_ends(&catalogue);
            &made
        }
    };
    let single = artifacts.len() == 1;
    let boot = Arc::new(ClassTable::default());
    let mut list = FlowList::default();
    let total = artifacts.len();
    for (number, artifact) in artifacts.into_iter().enumerate() {
        if cancel.is_cancelled() {
            return Err(ScanError::Cancelled);
        }
        let draft = inventory::take(artifact, &tree, None, false, None, &cx);
        let apk = if single { name.to_owned() } else { format!("{name}!{}", draft.artifact.path) };
        let package = draft.manifest().map(|manifest| manifest.package.clone());
        let found = isolate(&cx, &draft.locus, "following data", || {
            let code = code::find(&draft, &tree, &cx);
            if code.used.is_empty() {
                return None;
            }
            let dexes = code.used.iter().map(|loaded| loaded.dex.clone()).collect();
            let places = code.used.iter().map(|loaded| loaded.place.clone()).collect();
            let level_of = |_: &str| None;
            let analysed =
                code::analyse(&index, &boot, &draft, dexes, places, &level_of, code::layouts(&draft, &cx));
            let flows = follow(
                &catalogue,
                ends,
                question.implicit,
                &analysed,
                draft.manifest().is_some(),
                // A list of ends names calls only; the catalogue also knows what providers hold.
                Known {
                    package: package.as_deref(),
                    channels: across || question.ends.is_none(),
                    joined: across,
                    ..Known::default()
                },
            );
            Some((analysed, flows))
        });
        if let Some(Some((analysed, found))) = found {
            list.methods += found.methods.len() as u64;
            for (method, why) in &found.statistics.given_up {
                let (class, name, proto) = names(&analysed.table, *method);
                list.given_up.push(format!("{class}->{name}{proto}: {why}"));
            }
            list.count_unmodelled(found.unmodelled.iter().map(counted).collect());
            if across {
                members.push(crate::across::member(&analysed.table, ends, &found, &apk, draft.manifest()));
            }
            for flow in &found.flows {
                list.flows.push(line(&analysed.table, ends, flow, &apk, package.as_deref()));
            }
        }
        progress.step("flows", &apk, number + 1, total);
    }
    list.problems = problems
        .into_sorted()
        .iter()
        .map(|problem| format!("{}: {}", problem.locus, problem.detail))
        .collect();
    Ok(list)
}

/// Says which methods were given up: flows through them may be missed.
pub(crate) fn report_given_up(table: &ClassTable, flows: &AppFlows, locus: &Locus, cx: &Cx<'_>) {
    let given_up = &flows.statistics.given_up;
    if given_up.is_empty() {
        return;
    }
    let shown: Vec<String> = (given_up.iter().take(5))
        .map(|(method, why)| {
            let (class, name, _) = names(table, *method);
            format!("{class}->{name} ({why})")
        })
        .collect();
    cx.problems.report(
        locus,
        "flow/given-up",
        format!("{} methods were not followed to the end: {}", given_up.len(), shown.join(", ")),
        "flows through them may be missed",
    );
}

/// What is known of an app besides its code.
#[derive(Clone, Copy, Default)]
pub(crate) struct Known<'a> {
    /// API level of the build that it runs on.
    pub sdk: Option<u32>,
    /// What evaluation recovered of its strings.
    pub recovered: &'a [Recovered],
    /// Name of its package.
    pub package: Option<&'a str>,
    /// Follow what comes out of channels that others may fill.
    pub channels: bool,
    /// Comparisons with a word behind which something happens.
    pub(crate) decisive: &'a [Place],
    /// Other apps are looked at too: tell what goes into channels and comes out of them.
    pub joined: bool,
}

/// Follows data through analysed code, on a stack deep enough for it.
pub(crate) fn follow(
    catalogue: &Catalogue,
    ends: &Ends,
    implicit: bool,
    analysed: &Analysed,
    declares: bool,
    known: Known<'_>,
) -> AppFlows {
    std::thread::scope(|scope| {
        let work = || {
            let table = &analysed.table;
            let ancestors = Ancestors::new(table, catalogue);
            let reach = &analysed.analysis.reach;
            let mut session = Session::new(table, reach.created(), catalogue, &ancestors, ends);
            session.implicit = implicit;
            session.sdk = known.sdk;
            session.package = known.package.map(str::to_owned);
            session.channels = known.channels;
            session.joined = known.joined;
            session.decisive.extend(known.decisive);
            for one in known.recovered {
                let Some(method) = overt_detect::concealed::method_of(table, one) else { continue };
                let place = Place { method, offset: one.offset };
                let text = session.text(&one.value);
                session.recovered.entry(place).or_default().push(text);
            }
            session.password_views.extend(analysed.password_fields.iter().map(|id| i64::from(*id)));
            if declares {
                session.declared = Some(
                    (analysed.entries.iter())
                        .filter(|entry| matches!(entry.kind, EntryKind::Component(_)))
                        .flat_map(|entry| entry.root.classes.iter().copied())
                        .collect(),
                );
            }
            let initializers: Vec<MethodId> = (table.own_methods())
                .filter(|(id, method)| {
                    table.text(method.name) == "<clinit>"
                        && table.own_index(*id).is_some_and(|index| reach.is_reached(index))
                })
                .map(|(id, _)| id)
                .collect();
            let entries: Vec<Entry> = entries(analysed).into_iter().map(|(_, entry)| entry).collect();
            overt_flow::analyse(&mut session, &entries, &initializers)
        };
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(flows)) => flows,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            // No memory for the stack: said as a method given up, for nothing was followed.
            Err(_) => {
                let mut flows = AppFlows::default();
                let first = analysed.table.own_methods().map(|(id, _)| id).next();
                flows.statistics.given_up.extend(first.map(|id| (id, NO_MEMORY)));
                flows
            }
        }
    })
}

/// For each entry that the engine plays, its position among the entry points.
pub(crate) fn played(analysed: &Analysed) -> Vec<usize> {
    entries(analysed).into_iter().map(|(number, _)| number).collect()
}

/// Entry points as the engine plays them, with their positions. Disabled components do not run; click methods of layouts belong to the screens.
fn entries(analysed: &Analysed) -> Vec<(usize, Entry)> {
    let clicks: Vec<MethodId> = (analysed.entries.iter())
        .filter(|entry| entry.kind == EntryKind::Layout)
        .flat_map(|entry| entry.root.methods.iter().copied())
        .collect();
    let mut all = Vec::new();
    for (number, entry) in analysed.entries.iter().enumerate().filter(|(_, entry)| entry.enabled) {
        let life = match entry.kind {
            EntryKind::Application => Life::Application,
            EntryKind::Component(ComponentKind::Activity | ComponentKind::ActivityAlias) => Life::Activity,
            EntryKind::Component(ComponentKind::Service) => Life::Service,
            EntryKind::Component(ComponentKind::Receiver) => Life::Receiver,
            EntryKind::Component(ComponentKind::Provider) => Life::Provider,
            EntryKind::Layout | EntryKind::Main | EntryKind::Candidate => Life::Other,
        };
        let made = Entry {
            life,
            class: entry.root.classes.first().copied(),
            name: entry.name.clone(),
            exported: entry.exported,
            actions: entry.actions.clone(),
            authorities: entry.authorities.clone(),
            methods: if life == Life::Activity { clicks.clone() } else { entry.root.methods.clone() },
        };
        if entry.kind == EntryKind::Layout {
            let views = entry.root.classes.iter();
            all.extend(
                views.map(|class| {
                    (number, Entry { class: Some(*class), methods: Vec::new(), ..made.clone() })
                }),
            );
        } else {
            all.push((number, made));
        }
    }
    all
}

pub(crate) fn names(table: &ClassTable, method: MethodId) -> (&str, &str, &str) {
    let method = table.method(method);
    (table.text(table.class(method.class).descriptor), table.text(method.name), table.text(method.proto))
}

pub(crate) fn words(marks: u32, table: &[(u32, &'static str)]) -> Vec<String> {
    mark::words(marks, table).map(str::to_owned).collect()
}

fn counted(one: &overt_flow::flow::Unmodelled) -> Unmodelled {
    Unmodelled { api: one.api.clone(), flows: one.flows, sites: one.sites, own: one.own }
}

/// A flow as a line.
fn line(table: &ClassTable, ends: &Ends, flow: &Flow, apk: &str, package: Option<&str>) -> FlowLine {
    let place = |end: &overt_flow::flow::FlowEnd, kind: &str| {
        let (class, method, descriptor) = names(table, end.place.method);
        FlowPlace {
            apk: apk.to_owned(),
            package: package.map(str::to_owned),
            class: class.to_owned(),
            method: method.to_owned(),
            descriptor: descriptor.to_owned(),
            offset: end.place.offset,
            api: end.api.clone(),
            kind: kind.to_owned(),
        }
    };
    FlowLine {
        apk: apk.to_owned(),
        source: place(
            &flow.source,
            ends.sources.get(flow.source.end as usize).map_or("", |end| end.kind.as_str()),
        ),
        sink: place(&flow.sink, ends.sinks.get(flow.sink.end as usize).map_or("", |end| end.kind.as_str())),
        steps: (flow.steps.iter())
            .map(|step| {
                let (class, method, _) = names(table, step.place.method);
                FlowStep {
                    class: class.to_owned(),
                    method: method.to_owned(),
                    offset: step.place.offset,
                    note: step.note.words().to_owned(),
                }
            })
            .collect(),
        via: words(flow.marks, mark::VIA),
        assumptions: words(flow.marks, mark::ASSUMPTIONS),
        transforms: words(flow.marks, mark::TRANSFORMS),
        implicit: flow.marks & mark::IMPLICIT != 0,
    }
}
