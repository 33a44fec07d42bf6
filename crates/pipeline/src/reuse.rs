//! What was found out before is not worked out again: results of packages and native files by the digest of everything
//! that they depend on.
//!
//! Invariants: a key names the engine, what it knows, its budgets and every byte and fact that the work reads; a result that
//! does not fit comes out as none; where the input lies never enters a kept result.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use overt_base::{Cx, Digest};
use overt_catalogue::Catalogue;
use overt_catalogue::model::OpenKind;
use overt_container::DeviceTree;
use overt_detect::Findings;
use overt_detect::join::Taker;
use overt_detect::outlet::{Inlet, Origin, Outlet, Outlets};
use overt_flow::channel::Channel;
use overt_program::ClassTable;
use overt_record::analysis::{self, Analysis};
use overt_record::native::NativeCode;

use crate::inventory::Draft;
use crate::native::Mention;
use crate::scan::{CodeResult, ENGINE, ScanOptions};

/// Keeps bytes by digest, from one scan to the next. May forget anything at any time.
pub trait Shelf: Sync {
    /// What is kept under `key`.
    fn get(&self, key: &Digest) -> Option<Vec<u8>>;
    /// Keeps `bytes` under `key`.
    fn put(&self, key: &Digest, bytes: &[u8]);
}

/// A shelf, and what all keys have in common.
pub(crate) struct Reuse<'a> {
    shelf: &'a dyn Shelf,
    engine: Digest,
}

impl<'a> Reuse<'a> {
    pub(crate) fn new(shelf: &'a dyn Shelf, catalogue: &Catalogue, options: &ScanOptions) -> Reuse<'a> {
        let limits = options.limits.digest().to_string();
        let depth = format!("{:?}", options.depth);
        let engine =
            parts(&[ENGINE, env!("OVERT_ENGINE_SOURCES"), &catalogue.digest().to_string(), &limits, &depth]);
        Reuse { shelf, engine }
    }

    /// The key of something of this `kind` that depends on `facts`.
    pub(crate) fn key(&self, kind: &str, facts: &[&str]) -> Digest {
        let all = [&self.engine.0[..], kind.as_bytes()];
        Digest::of_parts(all.into_iter().chain(facts.iter().map(|fact| fact.as_bytes())))
    }

    /// What running the native code showed, from the shelf or by `work`.
    pub(crate) fn native(
        &self,
        bytes: &[u8],
        work: impl FnOnce() -> Option<NativeCode>,
    ) -> Option<NativeCode> {
        let key = self.key("native", &[&Digest::of(bytes).to_string()]);
        if let Some(known) = self.shelf.get(&key).and_then(|bytes| NativeCode::from_bytes(&bytes)) {
            return Some(known);
        }
        let found = work()?;
        if let Some(bytes) = found.to_bytes() {
            self.shelf.put(&key, &bytes);
        }
        Some(found)
    }

    pub(crate) fn package(&self, key: &Digest, bases: &Bases) -> Option<CodeResult> {
        let mut kept = Analysis::from_bytes(&self.shelf.get(key)?)?;
        for locus in kept.loci_mut() {
            *locus = bases.absolute(locus)?;
        }
        unpack(kept)
    }

    pub(crate) fn keep_package(&self, key: &Digest, bases: &Bases, result: &CodeResult) {
        let mut kept = pack(result);
        for locus in kept.loci_mut() {
            let Some(relative) = bases.relative(locus) else { return };
            *locus = relative;
        }
        if let Some(bytes) = kept.to_bytes() {
            self.shelf.put(key, &bytes);
        }
    }
}

/// A digest of texts in their order.
pub(crate) fn parts(texts: &[&str]) -> Digest {
    Digest::of_parts(texts.iter().map(|text| text.as_bytes()))
}

/// The digest of the file at a device path.
pub(crate) fn file(path: &str, tree: &DeviceTree, cx: &Cx<'_>) -> String {
    let Some(file) = tree.get(path).filter(|file| file.link.is_none()) else { return "none".to_owned() };
    file.read(cx).map_or_else(|error| error.to_string(), |bytes| Digest::of(&bytes).to_string())
}

/// Digests of the shapes of boot classes, each made once in a scan.
#[derive(Default)]
pub(crate) struct Shapes(Mutex<BTreeMap<String, Option<String>>>);

impl Shapes {
    pub(crate) fn of(&self, boot: &ClassTable, class: &str) -> Option<String> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shape) = known.get(class) {
            return shape.clone();
        }
        let shape = boot.shape(class).map(|shape| Digest::of(shape.as_bytes()).to_string());
        known.insert(class.to_owned(), shape.clone());
        shape
    }
}

/// Where the files of a package lie in the input.
pub(crate) struct Bases(Vec<String>);

impl Bases {
    pub(crate) fn of(draft: &Draft, tree: &DeviceTree) -> Bases {
        let compiled = draft.artifact.oats.iter().chain(&draft.artifact.vdexes);
        let beside = compiled.filter_map(|path| Some(tree.get(path)?.locus.to_string()));
        Bases(std::iter::once(draft.locus.to_string()).chain(beside).collect())
    }

    /// Of the main file alone: what does not depend on compiled copies.
    pub(crate) fn alone(draft: &Draft) -> Bases {
        Bases(vec![draft.locus.to_string()])
    }

    /// A place inside one of the files, as the file's number and the rest.
    fn relative(&self, locus: &str) -> Option<String> {
        let inside = self.0.iter().enumerate().filter_map(|(number, base)| {
            let rest = locus.strip_prefix(base.as_str())?;
            (rest.is_empty() || rest.starts_with('!')).then_some((base.len(), number, rest))
        });
        // Of equal files the first.
        let (_, number, rest) = inside.max_by_key(|(length, number, _)| (*length, usize::MAX - number))?;
        Some(format!("{number}{rest}"))
    }

    fn absolute(&self, relative: &str) -> Option<String> {
        let end = relative.find('!').unwrap_or(relative.len());
        let (number, rest) = relative.split_at(end);
        Some(format!("{}{rest}", self.0.get(number.parse::<usize>().ok()?)?))
    }
}

fn pack(result: &CodeResult) -> Analysis {
    let channel = |channel: &Channel| analysis::Channel {
        kind: channel.kind.word().unwrap_or_default().to_owned(),
        key: channel.key.clone(),
        part: channel.part.clone(),
    };
    let outlet = |Outlet { into, from, whole, answers, marks, steps, at }: &Outlet| analysis::Outlet {
        into: channel(into),
        from: match from {
            Origin::Data(kind, evidence) => analysis::Origin::Data(kind.clone(), evidence.clone()),
            Origin::Channel(from, opened) => analysis::Origin::Channel(channel(from), opened.clone()),
        },
        whole: *whole,
        answers: *answers,
        marks: *marks,
        steps: steps.clone(),
        at: at.clone(),
    };
    let inlet =
        |Inlet { from, at, marks, steps, sink, kind, draft, words, selected }: &Inlet| analysis::Inlet {
            from: channel(from),
            at: at.clone(),
            marks: *marks,
            steps: steps.clone(),
            sink: sink.clone(),
            kind: kind.clone(),
            draft: draft.clone(),
            words: words.clone(),
            selected: selected.clone(),
        };
    let Outlets { outlets, inlets, asked, severities, takers } = &result.outlets;
    Analysis {
        code: result.code.clone(),
        living: result.findings.living.clone(),
        dead: result.findings.dead.clone(),
        outlets: outlets.iter().map(outlet).collect(),
        inlets: inlets.iter().map(inlet).collect(),
        asked: asked.clone(),
        severities: severities.clone(),
        shape: result.shape.clone(),
        component_shapes: result.component_shapes.clone(),
        takers: (takers.iter().cloned())
            .map(|Taker { name, exported, guard, actions }| analysis::Taker {
                name,
                exported,
                guard,
                actions,
            })
            .collect(),
        methods: result.methods,
        methods_incomplete: result.methods_incomplete,
        incomplete: result.incomplete,
        mentions: result.names.iter().map(|mention| (mention.text.clone(), mention.place.clone())).collect(),
        problems: result.problems.clone(),
        rests_on: result.rests_on.clone(),
    }
}

fn unpack(kept: Analysis) -> Option<CodeResult> {
    let channel = |channel: analysis::Channel| {
        let kind = OpenKind::of_word(&channel.kind)?;
        Some(Channel { kind, key: channel.key, part: channel.part })
    };
    let mut outlets = Outlets { asked: kept.asked, severities: kept.severities, ..Outlets::default() };
    outlets.takers = (kept.takers.into_iter())
        .map(|analysis::Taker { name, exported, guard, actions }| Taker { name, exported, guard, actions })
        .collect();
    for one in kept.outlets {
        outlets.outlets.push(Outlet {
            into: channel(one.into)?,
            from: match one.from {
                analysis::Origin::Data(kind, evidence) => Origin::Data(kind, evidence),
                analysis::Origin::Channel(from, opened) => Origin::Channel(channel(from)?, opened),
            },
            whole: one.whole,
            answers: one.answers,
            marks: one.marks,
            steps: one.steps,
            at: one.at,
        });
    }
    for one in kept.inlets {
        outlets.inlets.push(Inlet {
            from: channel(one.from)?,
            at: one.at,
            marks: one.marks,
            steps: one.steps,
            sink: one.sink,
            kind: one.kind,
            draft: one.draft,
            words: one.words,
            selected: one.selected,
        });
    }
    Some(CodeResult {
        code: kept.code,
        findings: Findings { living: kept.living, dead: kept.dead },
        outlets,
        shape: kept.shape,
        component_shapes: kept.component_shapes,
        methods: kept.methods,
        methods_incomplete: kept.methods_incomplete,
        incomplete: kept.incomplete,
        names: kept.mentions.into_iter().map(|(text, place)| Mention { text, place }).collect(),
        problems: kept.problems,
        rests_on: kept.rests_on,
    })
}
