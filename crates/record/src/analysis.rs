//! What the code of one package showed, in the form in which a store keeps it for the next scan. Not part of a record:
//! of no use without the engine that wrote it, and read by no other.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::coverage::Unreadable;
use crate::evidence::Evidence;
use crate::finding::Finding;
use crate::native::NativeCode;
use crate::package::Code;
use crate::shape::Shape;
use crate::words::Severity;

/// What the code of one package showed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// Its code.
    pub code: Vec<Code>,
    /// Findings of code that runs.
    pub living: Vec<Finding>,
    /// Findings of code that no entry point reaches.
    pub dead: Vec<Finding>,
    /// What it puts into channels.
    pub outlets: Vec<Outlet>,
    /// What it takes out of channels and sends away.
    pub inlets: Vec<Inlet>,
    /// Who of it started whom for a result.
    pub asked: Vec<(String, String)>,
    /// How severe each behaviour would be on the rung of a flow.
    pub severities: BTreeMap<String, Severity>,
    /// What its code looks like whatever it is called.
    pub shape: Option<Shape>,
    /// The same of the classes of components, by name.
    pub component_shapes: BTreeMap<String, String>,
    /// Receivers that its code registers, as other apps reach them.
    pub takers: Vec<Taker>,
    /// Methods with code.
    pub methods: u64,
    /// Of these, how many could not be read to their end.
    pub methods_incomplete: u64,
    /// Something that should be code could not be read.
    pub incomplete: bool,
    /// Names of native files that it comes out with.
    pub mentions: Vec<Mention>,
    /// What could not be looked at.
    pub problems: Vec<Unreadable>,
    /// What else it depends on; `None` where its key says everything.
    pub rests_on: Option<RestsOn>,
}

/// What a result depends on besides its key: to be compared with what is there now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RestsOn {
    /// Classes looked for on the boot class path, with a digest of their shape; `None` for those that were not there.
    pub boot: BTreeMap<String, Option<String>>,
    /// Resources asked for by number, with a digest of the answer.
    pub strings: BTreeMap<u32, Option<String>>,
    /// Entries of the archive asked for, with a digest of their content.
    pub entries: BTreeMap<String, Option<String>>,
    /// Names of native files that were looked for.
    pub names: BTreeSet<String>,
    /// Short digests of all texts that such a name would have been found among, sorted.
    pub texts: Vec<u32>,
}

/// A name, and class, method and offset where the code comes out with it.
pub type Mention = (String, Option<(String, String, u32)>);

/// Something shared by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// The catalogue's word for its kind.
    pub kind: String,
    /// Its name.
    pub key: String,
    /// A column or key of it.
    pub part: Option<String>,
}

/// A receiver that code registers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taker {
    /// Its name.
    pub name: String,
    /// Other apps may send it broadcasts.
    pub exported: bool,
    /// The permission that they need.
    pub guard: Option<String>,
    /// Actions of the broadcasts that it hears.
    pub actions: Vec<String>,
}

/// Where a datum comes from that goes into a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Origin {
    /// Data of this kind, handed out here.
    Data(String, Evidence),
    /// Another channel, opened here.
    Channel(Channel, Vec<Evidence>),
}

/// Something put into a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outlet {
    /// Into which.
    pub into: Channel,
    /// From where.
    pub from: Origin,
    /// It is handed on as it is.
    pub whole: bool,
    /// It answers a question.
    pub answers: bool,
    /// What happened on the way, as the engine's bits.
    pub marks: u32,
    /// The way.
    pub steps: Vec<Evidence>,
    /// Where it goes in.
    pub at: Option<Evidence>,
}

/// Something taken from a channel that leaves the package.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inlet {
    /// From which.
    pub from: Channel,
    /// Where it is taken out.
    pub at: Option<Evidence>,
    /// What happened on the way, as the engine's bits.
    pub marks: u32,
    /// The way.
    pub steps: Vec<Evidence>,
    /// Where it leaves.
    pub sink: Evidence,
    /// Kind of the sink.
    pub kind: String,
    /// What is known of the finding that it would be.
    pub draft: Option<Finding>,
    /// Words for its sentences.
    pub words: BTreeMap<String, String>,
    /// How somebody outside decides what is taken out.
    pub selected: Vec<Evidence>,
}

impl Analysis {
    /// Everything in it that says where in the input something lies.
    pub fn loci_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let findings = self.living.iter_mut().chain(&mut self.dead).flat_map(|finding| &mut finding.evidence);
        let outlets = self.outlets.iter_mut().flat_map(|outlet| {
            let from: Vec<&mut Evidence> = match &mut outlet.from {
                Origin::Data(_, evidence) => vec![evidence],
                Origin::Channel(_, opened) => opened.iter_mut().collect(),
            };
            from.into_iter().chain(&mut outlet.steps).chain(&mut outlet.at)
        });
        let inlets = self.inlets.iter_mut().flat_map(|inlet| {
            let own = inlet.at.iter_mut().chain(&mut inlet.steps).chain([&mut inlet.sink]);
            let own = own.chain(&mut inlet.selected);
            own.chain(inlet.draft.iter_mut().flat_map(|draft| &mut draft.evidence))
        });
        findings
            .chain(outlets)
            .chain(inlets)
            .map(|evidence| &mut evidence.locus)
            .chain(self.problems.iter_mut().map(|problem| &mut problem.locus))
    }

    /// As bytes to keep.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        serde_json::to_vec(self).ok()
    }

    /// From bytes that were kept; `None` for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Analysis> {
        serde_json::from_slice(bytes).ok()
    }
}

impl NativeCode {
    /// As bytes to keep.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        serde_json::to_vec(self).ok()
    }

    /// From bytes that were kept; `None` for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<NativeCode> {
        serde_json::from_slice(bytes).ok()
    }
}
