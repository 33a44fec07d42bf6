//! The label of a phone: what its owner wants to know, in plain sentences.
//!
//! *Invariant*: a sentence never says more than the rung of the findings it rests on, names them, and "nothing was found"
//! always says where. What is only a capability is counted under "can", with the catalogue's own titles.

mod sentence;
mod tally;
mod text;

pub(crate) use text::{counted, rights};

use overt_record::record::Depth;
use overt_record::words::GateKind;
use overt_record::{Confidence, Finding, Record, Rung, Severity, Theme};

use crate::Output;
use crate::apps::{self, App};
use crate::gaps;
use crate::subject::Kind;

/// The label as text.
pub const OUTPUT: Output = Output { name: "label", kinds: &[Kind::Whole], render: text::render };

/// A question of an owner.
struct Question {
    key: &'static str,
    title: &'static str,
    /// How to read the answers.
    note: &'static str,
    /// What is said where there is no sentence.
    nothing: &'static str,
    /// What is said before capabilities are counted.
    counted: &'static str,
}

/// The questions, in the order in which they are answered.
const QUESTIONS: &[Question] = &[
    Question {
        key: "sends",
        title: "What leaves the phone",
        note: "“Sends” means that the way from the data to the network was followed through the code, step by step; \
               “was seen sending” that it was found in captured traffic.",
        nothing: "No way of personal data to the network was proven in what was looked at.",
        counted: "Apps that can read the following; whether it leaves the phone is not shown:",
    },
    Question {
        key: "commands",
        title: "Who can command it",
        note: "Each of these does something because a server, a push message or an SMS says so: the way from the \
               message to the deed was followed through the code.",
        nothing: "No way from a server, a push message or an SMS to a deed was proven in what was looked at.",
        counted: "Apps that can do the following; who decides that it happens is not shown:",
    },
    Question {
        key: "doors",
        title: "What any app can make it do",
        note: "Doors that stand open to every app on the phone, also to one that asked for no permission.",
        nothing: "No deed that another app can bring about was proven in what was looked at.",
        counted: "Doors; what lies behind them is not shown:",
    },
    Question {
        key: "bypass",
        title: "Who gets around permissions",
        note: "These get what their own permissions deny, by another way.",
        nothing: "No way around a permission was proven in what was looked at.",
        counted: "Apps that could, by what their code is able to do:",
    },
    Question {
        key: "targeting",
        title: "Who is picked out",
        note: "A server's list or words decide which phones, owners or messages are treated differently.",
        nothing: "No selection by a server was proven in what was looked at.",
        counted: "Apps that could, by what their code is able to do:",
    },
    Question {
        key: "sleeps",
        title: "What sleeps",
        note: "The code is there. It runs only after a server turns it on, or waits for time to pass.",
        nothing: "No code that waits for a server's switch or for days to pass was found in what was looked at.",
        counted: "",
    },
    Question {
        key: "wakes",
        title: "When it runs by itself",
        note: "",
        nothing: "",
        counted: "Apps that run without being opened:",
    },
    Question {
        key: "hides",
        title: "What is hidden or weakly protected",
        note: "",
        nothing: "",
        counted: "Apps of which the following was found:",
    },
];

/// The label of one build.
pub(crate) struct Label<'a> {
    /// The grouped findings that the answers speak of.
    pub apps: Vec<App<'a>>,
    /// The answers.
    pub parts: Vec<Part<'a>>,
    /// What could not be looked at; the first sentence is the gravest.
    pub unseen: Vec<gaps::Remark>,
    /// Behaviours of code that nothing reaches, which no answer counts.
    pub dead: usize,
}

/// The answer to one question.
pub(crate) struct Part<'a> {
    /// The question.
    pub title: &'static str,
    /// How to read it; may be empty.
    pub note: &'static str,
    /// Sentences, the gravest first.
    pub lines: Vec<Line<'a>>,
    /// What to say where there is no sentence; may be empty.
    pub nothing: &'static str,
    /// What comes before the tallies.
    pub counted: &'static str,
    /// Capabilities, counted.
    pub tallies: Vec<Tally>,
}

/// A sentence about one app.
pub(crate) struct Line<'a> {
    /// Index of the app in [`Label::apps`].
    pub app: usize,
    /// The sentence, to follow the app's name.
    pub says: String,
    /// Short sentences of their own: protection, occasion, conditions.
    pub remarks: Vec<String>,
    /// The rung that all its findings stand on.
    pub rung: Rung,
    /// The worst of them.
    pub severity: Severity,
    /// The least of them.
    pub confidence: Confidence,
    /// What it rests on.
    pub findings: Vec<&'a Finding>,
}

/// How many apps can do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tally {
    /// The catalogue's title.
    pub title: String,
    /// Apps.
    pub apps: usize,
    /// Of these, with more rights than an app that the owner installs.
    pub mighty: usize,
    /// What they are called, where they are few.
    pub named: Vec<String>,
    /// The worst severity.
    pub severity: Severity,
}

/// Which question a finding answers.
fn question(finding: &Finding) -> &'static str {
    match finding.theme {
        Theme::Privacy => "sends",
        Theme::RemoteControl => "commands",
        Theme::Exposure => "doors",
        Theme::Bypass => "bypass",
        Theme::Targeting => "targeting",
        Theme::Schedule => "wakes",
        // What was followed or seen to leave the phone answers what leaves it, whatever it is listed under.
        Theme::Transport | Theme::Concealment | Theme::Supply
            if finding.rung >= Rung::Flow && !finding.data.is_empty() =>
        {
            "sends"
        }
        Theme::Transport | Theme::Concealment | Theme::Supply => "hides",
    }
}

/// Whether a finding gets a sentence of its own: what is proven does. What could be is counted.
fn deserves_a_sentence(finding: &Finding) -> bool {
    finding.rung >= Rung::Flow
}

/// What is said instead of "nothing was proven" where the scan did not look for proofs.
const NOT_LOOKED_FOR: &str = "This was not looked for: the scan did not follow data through the code.";

/// Whether it waits for a server or for time to pass.
fn sleeps(finding: &Finding) -> bool {
    let waits = |kind: GateKind| {
        matches!(kind, GateKind::ServerSwitch | GateKind::ElapsedDays | GateKind::Uptime | GateKind::Counter)
    };
    finding.dormant || finding.gates.iter().any(|gate| waits(gate.kind))
}

impl<'a> Label<'a> {
    /// The label of a record.
    pub(crate) fn of(record: &'a Record) -> Label<'a> {
        let apps = apps::group(record, &record.findings);
        let parts = QUESTIONS
            .iter()
            .map(|asked| {
                let (lines, tallies) = if asked.key == "sleeps" {
                    (sentence::sleeping(&apps, sleeps), Vec::new())
                } else {
                    let wanted = |finding: &Finding| question(finding) == asked.key;
                    let lines = sentence::lines(&apps, asked.key, &|finding| {
                        wanted(finding) && deserves_a_sentence(finding)
                    });
                    let counted = |finding: &Finding| wanted(finding) && !deserves_a_sentence(finding);
                    (lines, tally::count(&apps, &counted))
                };
                Part {
                    title: asked.title,
                    note: asked.note,
                    lines,
                    nothing: match asked.nothing {
                        "" => "",
                        _ if record.depth < Depth::Flow => NOT_LOOKED_FOR,
                        nothing => nothing,
                    },
                    counted: asked.counted,
                    tallies,
                }
            })
            .filter(|part| !(part.lines.is_empty() && part.tallies.is_empty() && part.nothing.is_empty()))
            .collect();
        Label { apps, parts, unseen: gaps::remarks(&record.coverage), dead: record.dead.len() }
    }
}
