//! `triggers/<kind>.toml`: how a program shows what wakes it.

use crate::entrypoint::texts_of;
use crate::place::{MethodSelector, Port, read_method, read_port};
use crate::read::Section;

/// The unit of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// In the `TimeUnit` that the next argument gives.
    NextArgument,
}

impl Unit {
    /// The period in whole seconds, where the unit is fixed.
    #[must_use]
    pub fn seconds(self, value: i64) -> Option<u64> {
        let value = u64::try_from(value).ok()?;
        match self {
            Unit::Milliseconds => Some(value / 1000),
            Unit::Seconds => Some(value),
            Unit::NextArgument => None,
        }
    }
}

/// What shows the trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TriggerSign {
    /// A receiver for one of these broadcast actions, declared in the manifest or registered in code.
    Received(Vec<String>),
    /// A component (`activity`, `service`, `receiver`, `provider`) with an intent filter of one of these actions.
    Component {
        /// The component kind.
        kind: String,
        /// Actions, any of which is enough; empty means any component of this kind.
        actions: Vec<String>,
        /// Categories, any of which is needed; empty means none.
        categories: Vec<String>,
    },
    /// A call that asks to be woken.
    Schedule {
        /// The method.
        method: MethodSelector,
        /// Where the period is.
        period: Option<Port>,
        /// Its unit.
        unit: Unit,
        /// Where the time is until it happens, or at which, in milliseconds.
        after: Option<Port>,
        /// Where the object is that will be run or sent: `Runnable`, `PendingIntent`, `ComponentName`, `Message`.
        target: Option<Port>,
    },
    /// A method of the app that the framework calls when it happens.
    Callback(MethodSelector),
    /// A manifest attribute of the application: `persistent`.
    Attribute(String),
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriggerRule {
    /// Trigger word of the contract.
    pub kind: String,
    /// Happens without the user doing or seeing anything.
    pub silent: bool,
    /// What shows it.
    pub sign: TriggerSign,
    /// Line in the file that states it.
    pub line: u32,
}

/// What `triggers/<kind>.toml` says of the trigger itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriggerWord {
    /// Trigger word of the contract.
    pub kind: String,
    /// What it means, in one plain sentence.
    pub says: String,
    /// Happens without the user doing or seeing anything.
    pub silent: bool,
}

const COMPONENTS: &[(&str, &str)] =
    &[("activity", "activity"), ("service", "service"), ("receiver", "receiver"), ("provider", "provider")];
const UNITS: &[(&str, Unit)] = &[
    ("milliseconds", Unit::Milliseconds),
    ("seconds", Unit::Seconds),
    ("next-argument", Unit::NextArgument),
];

pub(crate) fn read(kind: &str, file: Section<'_, '_>, rules: &mut Vec<TriggerRule>) -> TriggerWord {
    let silent = file.flag("silent").unwrap_or(true);
    let word = TriggerWord { kind: kind.to_owned(), says: file.required("says").value.to_owned(), silent };
    let mut add = |section: Section<'_, '_>, sign: TriggerSign| {
        let silent = section.flag("silent").unwrap_or(silent);
        rules.push(TriggerRule {
            kind: kind.to_owned(),
            silent,
            sign,
            line: section.reading.line(section.at),
        });
        section.finish();
    };
    for section in file.sections("received") {
        let actions = texts_of(&section, "action");
        add(section, TriggerSign::Received(actions));
    }
    for section in file.sections("component") {
        let kind = section.choice("kind", COMPONENTS).unwrap_or("").to_owned();
        let actions = section.texts("action").iter().map(|text| text.value.to_owned()).collect();
        let categories = section.texts("category").iter().map(|text| text.value.to_owned()).collect();
        add(section, TriggerSign::Component { kind, actions, categories });
    }
    for section in file.sections("schedule") {
        let method = read_method(&section);
        let period = section.text("period").and_then(|text| read_port(&section, text));
        let after = section.text("after").and_then(|text| read_port(&section, text));
        let target = section.text("target").and_then(|text| read_port(&section, text));
        let unit = section.choice("unit", UNITS).unwrap_or(Unit::Milliseconds);
        add(section, TriggerSign::Schedule { method, period, unit, after, target });
    }
    for section in file.sections("callback") {
        let method = read_method(&section);
        add(section, TriggerSign::Callback(method));
    }
    for section in file.sections("attribute") {
        let name = section.required("name").value.to_owned();
        add(section, TriggerSign::Attribute(name));
    }
    file.finish();
    word
}
