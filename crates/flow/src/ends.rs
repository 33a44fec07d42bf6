//! Sources and sinks: where data begins and where it leaves, from the catalogue or from a list of the user's.

use std::collections::BTreeMap;

use overt_catalogue::{
    Access, Catalogue, Condition, MethodSelector, NamedSelector, Naming, Owner, PlaceId, Port, Selector,
};

use overt_catalogue::model::OpenKind;

use crate::ancestry::Ancestors;
use crate::channel::Channel;
use crate::value::{HOLE, Marks, mark};

/// What an end is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Label {
    /// A place of the catalogue.
    Place(PlaceId),
    /// A line of a list.
    Line(u32),
}

/// A source or a sink.
#[derive(Debug, Clone)]
pub struct End {
    /// What it is called.
    pub label: Label,
    /// The kind: a word of the catalogue (`imei`, `network`), or `listed`.
    pub kind: String,
    /// What is called, or overridden, or read.
    pub what: What,
    /// Must hold for it to count.
    pub conditions: Vec<Condition>,
    /// Where the data is; empty for a sink: all arguments, or the receiver when there are none.
    pub ports: Vec<Port>,
    /// A sink at which something happens, instead of data leaving; a source that somebody outside decides.
    pub orders: bool,
}

/// What an end is in a program.
#[derive(Debug, Clone)]
pub enum What {
    /// A call.
    Call(MethodSelector),
    /// A method that Android calls: its parameters.
    Callback(MethodSelector),
    /// A field: class and names.
    Field(String, Vec<String>),
    /// What is read by its name: what a provider holds under a content URI, a file, a property, what a command prints.
    Provided(NamedSelector),
    /// The Intent that a receiver of one of these actions is given.
    Received(Vec<String>),
}

/// Names of the catalogue's sources by which somebody outside the app tells it something: what they tell is followed to
/// effects, and nothing else is.
pub const ORDERING: &[&str] = &["network", "push", "sms", "caller"];

/// Kind of the sink that is a comparison of a text with a word, behind which an effect happens.
pub const COMPARISON: &str = "comparison";

/// All sources and sinks of one analysis.
#[derive(Debug, Default)]
pub struct Ends {
    /// Sources; their position is their number.
    pub sources: Vec<End>,
    /// Sinks; their position is their number.
    pub sinks: Vec<End>,
    /// Contents of password fields count as a source.
    pub passwords: Option<u32>,
    source_calls: BTreeMap<String, Vec<u32>>,
    sink_calls: BTreeMap<String, Vec<u32>>,
    source_fields: BTreeMap<String, Vec<u32>>,
    callbacks: BTreeMap<String, Vec<u32>>,
}

impl Ends {
    /// The catalogue's own: data and inbound channels are sources, outbound channels are sinks.
    #[must_use]
    pub fn of_catalogue(catalogue: &Catalogue) -> Ends {
        Ends::of_places(catalogue, true)
    }

    /// The catalogue's without effects: what somebody outside decides is not followed, only where data goes.
    #[must_use]
    pub fn of_data(catalogue: &Catalogue) -> Ends {
        Ends::of_places(catalogue, false)
    }

    fn of_places(catalogue: &Catalogue, effects: bool) -> Ends {
        let mut ends = Ends::default();
        for (id, owner, place) in catalogue.places() {
            let what = match &place.selector {
                Selector::Call { method, .. } => What::Call(method.clone()),
                Selector::Callback { method, .. } => What::Callback(method.clone()),
                Selector::Field { class, names } => What::Field(class.clone(), names.clone()),
                Selector::Received(actions) => What::Received(actions.clone()),
                Selector::Named(named) if is_kept(named) => {
                    if let Owner::Data(word) = owner {
                        ends.sources.push(End {
                            label: Label::Place(id),
                            kind: word.to_owned(),
                            what: What::Provided(named.clone()),
                            conditions: Vec::new(),
                            ports: Vec::new(),
                            orders: false,
                        });
                    }
                    continue;
                }
                _ => continue,
            };
            let conditions = match &place.selector {
                Selector::Call { conditions, .. } => conditions.clone(),
                _ => Vec::new(),
            };
            let end = |kind: &str, ports: Vec<Port>| End {
                label: Label::Place(id),
                kind: kind.to_owned(),
                what: what.clone(),
                conditions: conditions.clone(),
                ports,
                orders: match owner {
                    Owner::Effect(_) => true,
                    Owner::Source(name) => ORDERING.contains(&name.as_str()),
                    _ => false,
                },
            };
            match owner {
                Owner::Data(word) => {
                    if let Some(gives) = place.gives {
                        ends.sources.push(end(word, vec![gives]));
                    }
                }
                Owner::Source(name) => {
                    if let Some(gives) = place.gives {
                        ends.sources.push(end(name, vec![gives]));
                    }
                }
                Owner::Sink(name) => {
                    if !place.carries.is_empty() {
                        ends.sinks.push(end(name, place.carries.clone()));
                    }
                }
                Owner::Effect(word) => {
                    if effects && !place.carries.is_empty() {
                        ends.sinks.push(end(word, place.carries.clone()));
                    }
                }
                Owner::Behaviour(_) => {}
            }
        }
        if effects {
            ends.sinks.extend(comparisons());
        }
        ends.index();
        ends
    }

    /// A list in FlowDroid's text form: `<class: type name(types)> -> _SOURCE_`, `_SINK_` or `_BOTH_`, `%` for comments.
    /// Anything in it that is not understood is returned with its line.
    pub fn of_list(text: &str) -> (Ends, Vec<(usize, String)>) {
        let mut ends = Ends::default();
        let mut wrong = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('%') {
                continue;
            }
            let Some((method, parameters, kinds)) = parse_line(line) else {
                wrong.push((number + 1, line.to_owned()));
                continue;
            };
            let label = Label::Line(number as u32 + 1);
            let end = |what: What, ports: Vec<Port>| End {
                label: label.clone(),
                kind: "listed".into(),
                what,
                conditions: Vec::new(),
                ports,
                orders: false,
            };
            for kind in kinds {
                if kind == "_SOURCE_" || kind == "_BOTH_" {
                    if parameters.is_empty() {
                        // A constructor gives nothing back: the datum is the new object.
                        let made = method.names.iter().any(|name| name == "<init>");
                        let port = if made { Port::This } else { Port::Return };
                        ends.sources.push(end(What::Call(method.clone()), vec![port]));
                    } else {
                        let ports = parameters.iter().map(|number| Port::Parameter(*number)).collect();
                        ends.sources.push(end(What::Callback(method.clone()), ports));
                    }
                }
                if kind == "_SINK_" || kind == "_BOTH_" {
                    ends.sinks.push(end(What::Call(method.clone()), Vec::new()));
                }
            }
        }
        ends.passwords = Some(ends.sources.len() as u32);
        ends.sources.push(End {
            label: Label::Line(0),
            kind: "account_credentials".into(),
            what: What::Field(String::new(), Vec::new()),
            conditions: Vec::new(),
            ports: vec![Port::Return],
            orders: false,
        });
        ends.index();
        (ends, wrong)
    }

    fn index(&mut self) {
        for (number, end) in self.sources.iter().enumerate() {
            let (index, names) = match &end.what {
                What::Call(method) => (&mut self.source_calls, &method.names),
                What::Callback(method) => (&mut self.callbacks, &method.names),
                What::Field(_, names) => (&mut self.source_fields, names),
                What::Provided(_) | What::Received(_) => continue,
            };
            for name in names {
                index.entry(name.clone()).or_default().push(number as u32);
            }
        }
        for (number, end) in self.sinks.iter().enumerate() {
            if let What::Call(method) = &end.what {
                for name in &method.names {
                    self.sink_calls.entry(name.clone()).or_default().push(number as u32);
                }
            }
        }
    }

    fn fitting(
        ends: &[End],
        index: &BTreeMap<String, Vec<u32>>,
        ancestors: &Ancestors<'_>,
        class: &str,
        name: &str,
        prototype: &str,
    ) -> Vec<u32> {
        let Some(candidates) = index.get(name) else { return Vec::new() };
        let fits = |number: &&u32| match &ends[**number as usize].what {
            What::Call(method) | What::Callback(method) => {
                method.fits_prototype(prototype)
                    && (method.class == class
                        || method.subclasses && ancestors.is_named(class, &method.class))
            }
            What::Field(..) | What::Provided(_) | What::Received(_) => false,
        };
        candidates.iter().filter(fits).copied().collect()
    }

    /// Is this a sink at which something happens?
    #[must_use]
    pub fn is_effect(&self, sink: u32) -> bool {
        self.sinks.get(sink as usize).is_some_and(|end| end.orders)
    }

    /// Does somebody outside decide what this source gives?
    #[must_use]
    pub fn is_order(&self, source: u32) -> bool {
        self.sources.get(source as usize).is_some_and(|end| end.orders)
    }

    /// Sources that a call may be.
    #[must_use]
    pub fn sources_of(
        &self,
        ancestors: &Ancestors<'_>,
        class: &str,
        name: &str,
        prototype: &str,
    ) -> Vec<u32> {
        Ends::fitting(&self.sources, &self.source_calls, ancestors, class, name, prototype)
    }

    /// Sinks that a call may be.
    #[must_use]
    pub fn sinks_of(&self, ancestors: &Ancestors<'_>, class: &str, name: &str, prototype: &str) -> Vec<u32> {
        Ends::fitting(&self.sinks, &self.sink_calls, ancestors, class, name, prototype)
    }

    /// Sources that parameters of an overriding method of the app are.
    #[must_use]
    pub fn callbacks_of(
        &self,
        ancestors: &Ancestors<'_>,
        class: &str,
        name: &str,
        prototype: &str,
    ) -> Vec<u32> {
        Ends::fitting(&self.sources, &self.callbacks, ancestors, class, name, prototype)
    }

    /// Sources that the Intent of a receiver for these actions is; whether each is certain: it is for no other action.
    #[must_use]
    pub fn received(&self, actions: &[String]) -> Vec<(u32, bool)> {
        let mut all = Vec::new();
        for (number, end) in self.sources.iter().enumerate() {
            let What::Received(wanted) = &end.what else { continue };
            if actions.iter().any(|action| wanted.contains(action)) {
                all.push((number as u32, actions.iter().all(|action| wanted.contains(action))));
            }
        }
        all
    }

    /// Sources that reading a part of a channel is, whoever wrote it: of a provider, a file, a property, a setting, or what a
    /// command prints; where what was read has these marks.
    #[must_use]
    pub fn kept(&self, channel: &Channel, marks: Marks) -> Vec<u32> {
        let mut all = self.named(channel);
        // Of a column that is not known a number may be one of many things that were read.
        if marks & mark::COUNT != 0 && channel.part.is_some() {
            let tells = |source: &u32| match self.sources.get(*source as usize).map(|end| &end.what) {
                Some(What::Provided(named)) => named.numbers,
                _ => true,
            };
            all.retain(tells);
        }
        all
    }

    fn named(&self, channel: &Channel) -> Vec<u32> {
        let named = |naming: Naming, text: &str| -> Vec<u32> {
            let fits = |end: &End| matches!(&end.what, What::Provided(named) if named.naming == naming && named.fits(text));
            (self.sources.iter().enumerate())
                .filter(|(_, end)| fits(end))
                .map(|(number, _)| number as u32)
                .collect()
        };
        match channel.kind {
            OpenKind::Provider => self.provided(&channel.key, channel.part.as_deref()),
            OpenKind::File => named(Naming::File, &channel.key),
            OpenKind::Property => named(Naming::Property, &channel.key),
            OpenKind::Setting => named(Naming::Setting, &channel.key),
            OpenKind::Process => {
                let mut all = named(Naming::Command, &channel.key);
                for path in printed(&channel.key) {
                    all.extend(named(Naming::File, path));
                }
                all.sort_unstable();
                all.dedup();
                all
            }
            _ => Vec::new(),
        }
    }

    /// Sources that reading a column under a content URI is; a column that is not known may be any. The number of a row is
    /// nobody's datum.
    #[must_use]
    pub fn provided(&self, uri: &str, column: Option<&str>) -> Vec<u32> {
        if matches!(column, Some("_id" | "_count")) {
            return Vec::new();
        }
        let known = uri.split(HOLE).next().unwrap_or(uri).trim_end_matches('/');
        let fits = |end: &End| match &end.what {
            What::Provided(named) if named.naming == Naming::Uri => {
                let holds =
                    |column: &str| named.columns.is_empty() || named.columns.iter().any(|one| one == column);
                named.fits(known) && column.is_none_or(holds)
            }
            _ => false,
        };
        (self.sources.iter().enumerate())
            .filter(|(_, end)| fits(end))
            .map(|(number, _)| number as u32)
            .collect()
    }

    /// Sources that reading a field may be.
    #[must_use]
    pub fn fields_of(&self, ancestors: &Ancestors<'_>, class: &str, name: &str) -> Vec<u32> {
        let Some(candidates) = self.source_fields.get(name) else { return Vec::new() };
        let fits = |number: &&u32| match &self.sources[**number as usize].what {
            What::Field(wanted, _) => ancestors.is_named(class, wanted),
            _ => false,
        };
        candidates.iter().filter(fits).copied().collect()
    }
}

/// Calls that say whether a text is another.
fn comparisons() -> impl Iterator<Item = End> {
    let of = |class: &str, names: &[&str], ports: Vec<Port>| End {
        label: Label::Line(0),
        kind: COMPARISON.to_owned(),
        what: What::Call(MethodSelector {
            class: class.to_owned(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            params: Vec::new(),
            returns: None,
            subclasses: false,
        }),
        conditions: Vec::new(),
        ports,
        orders: true,
    };
    let text = of(
        "Ljava/lang/String;",
        &["equals", "equalsIgnoreCase", "contentEquals"],
        vec![Port::This, Port::Argument(1)],
    );
    let either = of("Landroid/text/TextUtils;", &["equals"], vec![Port::Argument(1), Port::Argument(2)]);
    [text, either].into_iter()
}

/// Is it a thing that is read by its name, without a call that gives the datum alone?
fn is_kept(named: &NamedSelector) -> bool {
    named.access != Access::Write && named.naming != Naming::Action
}

/// The files that a command prints: what stands behind `cat`.
fn printed(command: &str) -> impl Iterator<Item = &str> {
    command.split(['\n', ';', '|', '&']).flat_map(|one| {
        let words = one.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
        words
            .skip_while(|word| word.rsplit('/').next() != Some("cat"))
            .skip(1)
            .take_while(|word| !word.starts_with('>'))
            .filter(|word| word.starts_with('/'))
    })
}

/// `android.view.View$OnClickListener[]` as a descriptor.
fn descriptor(name: &str) -> Option<String> {
    let name = name.trim();
    let element = name.trim_end_matches("[]");
    let arrays = (name.len() - element.len()) / 2;
    let one = match element {
        "void" => "V".to_owned(),
        "boolean" => "Z".to_owned(),
        "byte" => "B".to_owned(),
        "char" => "C".to_owned(),
        "short" => "S".to_owned(),
        "int" => "I".to_owned(),
        "long" => "J".to_owned(),
        "float" => "F".to_owned(),
        "double" => "D".to_owned(),
        "" => return None,
        class => format!("L{};", class.replace('.', "/")),
    };
    Some("[".repeat(arrays) + &one)
}

/// Method, numbers of the parameters that are meant (`callback` sources), kinds.
fn parse_line(line: &str) -> Option<(MethodSelector, Vec<u8>, Vec<&str>)> {
    let (signature, rest) = line.strip_prefix('<')?.rsplit_once('>').and_then(|(left, right)| {
        // `<init>` and `->` contain the sign too: the signature ends at the bracket behind the parameters.
        let end = line.find(")>")?;
        let _ = (left, right);
        Some((line.get(1..=end)?, line.get(end + 2..)?))
    })?;
    let (class, member) = signature.split_once(':')?;
    let member = member.trim();
    let open = member.find('(')?;
    let (head, parameters) = member.split_at_checked(open)?;
    let parameters = parameters.strip_prefix('(')?.strip_suffix(')')?;
    let (returns, name) = head.trim().rsplit_once(' ')?;
    let mut params = String::from("(");
    for parameter in parameters.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        params.push_str(&descriptor(parameter)?);
    }
    params.push(')');
    let kinds: Vec<&str> = rest.split_whitespace().filter(|word| word.starts_with('_')).collect();
    if kinds.is_empty() {
        return None;
    }
    let selector = MethodSelector {
        class: descriptor(class)?,
        names: vec![name.to_owned()],
        params: vec![params],
        returns: descriptor(returns),
        subclasses: true,
    };
    Some((selector, Vec::new(), kinds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_prints_the_files_behind_cat() {
        let files = |command| printed(command).collect::<Vec<_>>();
        assert_eq!(files("/system/bin/cat /sys/class/net/wlan0/address"), ["/sys/class/net/wlan0/address"]);
        assert_eq!(files("sh -c \"cat /proc/a /proc/b; rm /proc/c\""), ["/proc/a", "/proc/b"]);
        assert_eq!(files("cat /proc/a | grep /b"), ["/proc/a"]);
        assert!(files("ls /proc/a").is_empty() && files("cat").is_empty() && files("concat /a").is_empty());
    }
}
