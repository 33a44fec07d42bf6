//! Places: what in a program shows that a datum is handed out, an effect happens or data leaves.
//!
//! **Numbers of arguments.** Argument 1 is the first *declared* parameter, in static and instance methods alike, and a
//! `long` or `double` counts once. The receiver of an instance method is `this` (argument 0 in a condition).

use std::fmt;

use toml::de::DeValue;

use crate::descriptor::{class_descriptor, is_member_name, is_parameter_list, is_return_type};
use crate::read::{Section, Text, integer};
use crate::withheld::Withheld;

overt_base::id! {
    /// Position of a [`Place`] in its catalogue; valid for one loaded catalogue only.
    pub struct PlaceId(u32);
}

/// Where a value is, seen from a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Port {
    /// What the call or the field read gives.
    Return,
    /// The receiver.
    This,
    /// The n-th declared argument, from 1.
    Argument(u8),
    /// The n-th declared parameter, from 1, of a method that the framework calls.
    Parameter(u8),
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Port::Return => f.write_str("return"),
            Port::This => f.write_str("this"),
            Port::Argument(n) => write!(f, "arg {n}"),
            Port::Parameter(n) => write!(f, "parameter {n}"),
        }
    }
}

/// How a constant is held against a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// Equals one of these texts.
    IsOneOf(Vec<String>),
    /// Starts with one of these texts.
    StartsWith(Vec<String>),
    /// Contains one of these texts.
    Contains(Vec<String>),
    /// Equals one of these numbers, also where it is written as a text.
    IsNumber(Vec<i64>),
}

/// A constant as the analysis knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constant<'a> {
    /// A string.
    Text(&'a str),
    /// An integral number or boolean.
    Number(i64),
}

/// What a constant argument must be for a place to count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// 0 is the receiver, 1 the first declared argument.
    pub argument: u8,
    /// The test.
    pub test: Test,
    /// Whether the place counts when the argument's value is not known. Default: it does not.
    pub unknown_matches: bool,
}

impl Condition {
    /// Whether the condition holds for the argument's value; `None` where that is not known.
    #[must_use]
    pub fn holds(&self, value: Option<Constant<'_>>) -> bool {
        match (value, &self.test) {
            (None, _) => self.unknown_matches,
            (Some(Constant::Text(text)), Test::IsOneOf(texts)) => texts.iter().any(|t| t == text),
            (Some(Constant::Text(text)), Test::StartsWith(texts)) => {
                texts.iter().any(|t| text.starts_with(t.as_str()))
            }
            (Some(Constant::Text(text)), Test::Contains(texts)) => {
                texts.iter().any(|t| text.contains(t.as_str()))
            }
            (Some(Constant::Number(number)), Test::IsNumber(numbers)) => numbers.contains(&number),
            // Settings hold texts: "0" is the number 0.
            (Some(Constant::Text(text)), Test::IsNumber(numbers)) => {
                text.parse().is_ok_and(|number| numbers.contains(&number))
            }
            _ => false,
        }
    }
}

impl Condition {
    /// The same for a text of which only the parts between unknown ones are known: the first of `known` is what it
    /// starts with, the last what it ends with (either may be empty).
    pub fn holds_in_part<'t>(&self, known: impl Iterator<Item = &'t str> + Clone) -> bool {
        let start = known.clone().next().unwrap_or("");
        let may_be = |text: &String| text.starts_with(start);
        match &self.test {
            Test::StartsWith(texts) if texts.iter().any(|text| start.starts_with(text.as_str())) => true,
            Test::StartsWith(texts) | Test::IsOneOf(texts) if !texts.iter().any(may_be) => false,
            Test::Contains(texts)
                if known.clone().any(|part| texts.iter().any(|text| part.contains(text.as_str()))) =>
            {
                true
            }
            _ => self.unknown_matches,
        }
    }
}

/// Methods of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodSelector {
    /// Descriptor of the declaring class.
    pub class: String,
    /// Method names; never empty.
    pub names: Vec<String>,
    /// Parameter lists such as `(I)`; empty means any.
    pub params: Vec<String>,
    /// Return type descriptor; none means any.
    pub returns: Option<String>,
    /// Whether a call through a subclass (or an implementing class) counts. Default: it does.
    pub subclasses: bool,
}

impl MethodSelector {
    /// Whether name and prototype descriptor (`(I)V`) fit; the class is for the caller, who knows the hierarchy.
    #[must_use]
    pub fn fits(&self, name: &str, prototype: &str) -> bool {
        self.names.iter().any(|n| n == name) && self.fits_prototype(prototype)
    }

    /// Whether the prototype descriptor fits.
    #[must_use]
    pub fn fits_prototype(&self, prototype: &str) -> bool {
        (self.params.is_empty() || self.params.iter().any(|params| prototype.starts_with(params.as_str())))
            && self
                .returns
                .as_deref()
                .is_none_or(|returns| prototype.rsplit_once(')').is_some_and(|(_, found)| found == returns))
    }
}

/// What is done with something named by a text (a content URI, a setting, a property).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Queried, opened for reading, observed.
    Read,
    /// Inserted, updated, put, opened for writing.
    Write,
    /// Deleted.
    Delete,
    /// Handed over to be run, started or sent.
    Use,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Access::Read => "read",
            Access::Write => "write",
            Access::Delete => "delete",
            Access::Use => "use",
        })
    }
}

pub(crate) const ACCESSES: &[(&str, Access)] =
    &[("read", Access::Read), ("write", Access::Write), ("delete", Access::Delete), ("use", Access::Use)];

/// What kind of thing a text names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Naming {
    /// A content URI or its authority.
    Uri,
    /// A shell command.
    Command,
    /// An Intent action.
    Action,
    /// A key of the settings provider.
    Setting,
    /// A system property.
    Property,
    /// A file by its path on the device.
    File,
}

impl Naming {
    /// All kinds, in their fixed order.
    pub const ALL: [Naming; 6] =
        [Naming::Uri, Naming::Command, Naming::Action, Naming::Setting, Naming::Property, Naming::File];

    /// The word as the catalogue spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Naming::Uri => "uri",
            Naming::Command => "command",
            Naming::Action => "action",
            Naming::Setting => "setting",
            Naming::Property => "property",
            Naming::File => "file",
        }
    }
}

/// Things named by constant texts. They count where such a text arrives at a method of [`crate::AccessMethod`] with the
/// same naming and access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedSelector {
    /// What the texts name.
    pub naming: Naming,
    /// The texts; never empty. See [`NamedSelector::fits`] for how each kind is compared.
    pub texts: Vec<String>,
    /// What fits one of these is something else.
    pub except: Vec<String>,
    /// What must be done with it.
    pub access: Access,
    /// For settings: `global`, `secure`, `system`; empty means any table.
    pub tables: Vec<String>,
    /// For URIs: the columns that hold it; empty means any.
    pub columns: Vec<String>,
    /// For URIs: a number that is read from a known column may be it too. Default: it may.
    pub numbers: bool,
    /// For URIs: rows of the package's own provider are it too. Default: they are.
    pub own: bool,
}

impl NamedSelector {
    /// Whether a constant text of the program names one of these things.
    ///
    /// URIs fit when they start with a text that ends at a border (`content://sms` fits `content://sms/inbox`, not
    /// `content://smsx`), or when a bare authority equals the URI's. Commands fit when their words start with the words
    /// of a text, after shells, folders and `su` in front are taken away. The rest fits when equal; a property or
    /// file that ends in `*` is a prefix, and a `*` inside a path is any one name.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        let one = |known: &String| match self.naming {
            Naming::Uri => uri_fits(known, text),
            Naming::Command => command_fits(known, text),
            Naming::Property | Naming::File => match known.split_once('*') {
                Some((prefix, "")) => text.starts_with(prefix),
                // Inside, a star is any one name of a folder.
                Some((prefix, suffix)) => text
                    .strip_prefix(prefix)
                    .and_then(|rest| rest.strip_suffix(suffix))
                    .is_some_and(|name| !name.is_empty() && !name.contains('/')),
                None => known == text,
            },
            Naming::Action | Naming::Setting => known == text,
        };
        self.texts.iter().any(one) && !self.except.iter().any(one)
    }
}

fn uri_fits(known: &str, found: &str) -> bool {
    let authority = known.strip_prefix("content://").unwrap_or(known);
    if !found.contains("://") {
        return found == authority;
    }
    match found.strip_prefix(known) {
        Some(rest) => rest.is_empty() || known.ends_with('/') || rest.starts_with(['/', '?', '#']),
        // A path that stops short with a slash names the same place.
        None => known.strip_suffix('/') == Some(found),
    }
}

/// Words in front of a command that run what follows them.
const WRAPPERS: &[&str] =
    &["su", "sh", "-c", "0", "root", "system", "shell", "exec", "nohup", "busybox", "toybox"];

/// The name at the end of a path.
fn last_name(path: &str) -> &str {
    path.rsplit_once('/').filter(|(_, name)| !name.is_empty()).map_or(path, |(_, name)| name)
}

fn command_fits(known: &str, found: &str) -> bool {
    found.split(['\n', ';', '|', '&']).any(|command| {
        let mut words = command
            .split_whitespace()
            .map(|word| word.trim_matches(['"', '\'']))
            .filter(|word| !word.is_empty())
            .peekable();
        let mut wanted = known.split_whitespace().peekable();
        while words
            .peek()
            .map(|word| last_name(word))
            .is_some_and(|word| WRAPPERS.contains(&word) && wanted.peek() != Some(&word))
        {
            words.next();
        }
        // A program is known without its folder; what it is given, as it stands.
        wanted.all(|wanted| words.next().is_some_and(|word| word == wanted || last_name(word) == wanted))
    })
}

/// What in a program a place is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// A call to a method.
    Call {
        /// The method.
        method: MethodSelector,
        /// All must hold.
        conditions: Vec<Condition>,
    },
    /// A method of the app that overrides or implements this one, and that the framework calls.
    Callback {
        /// The library's method.
        method: MethodSelector,
        /// What the app's body must look like; none means anything.
        body: Option<Body>,
    },
    /// A read of a field of a library class.
    Field {
        /// Descriptor of the declaring class.
        class: String,
        /// Field names; never empty.
        names: Vec<String>,
    },
    /// Something named by a constant text.
    Named(NamedSelector),
    /// A broadcast receiver of the app, declared or registered, for one of these actions: the Intent it gets.
    Received(Vec<String>),
    /// A text constant of reachable code, wherever it goes: never more than an indicator.
    Literal {
        /// The text starts with one of these; never empty.
        starts_with: Vec<String>,
        /// But with none of these.
        except: Vec<String>,
    },
}

/// The shape of a method body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Body {
    /// Returns at once: no call, no branch, no throw. (A constant or a field may be loaded for the return.)
    ReturnsAtOnce,
    /// Returns the constant `true` at once.
    ReturnsTrue,
}

const BODIES: &[(&str, Body)] =
    &[("returns-at-once", Body::ReturnsAtOnce), ("returns-true", Body::ReturnsTrue)];

/// How much a place says by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Noise {
    /// Rare enough to be worth a line of its own.
    #[default]
    Low,
    /// Nearly every app does it: alone it is of severity info.
    High,
}

/// One place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What to look for.
    pub selector: Selector,
    /// Where the datum is afterwards (data and inbound channels).
    pub gives: Option<Port>,
    /// What is commanded or carried out (effects and outbound channels).
    pub carries: Vec<Port>,
    /// The package needs one of these permissions for it to work; empty means none. A fixed uid of the system has all.
    pub needs: Vec<String>,
    /// Counts only for a package that holds none of these permissions.
    pub unless: Vec<String>,
    /// From when on, and from whom, the platform keeps the datum back.
    pub withheld: Option<Withheld>,
    /// Starts of descriptors (a package `Landroid/support/multidex/`, a class `Lp/C`) in which it does not count: libraries
    /// that do it for a reason that says nothing about the app. See [`Place::counts_in`].
    pub not_in: Vec<String>,
    /// How much it says by itself.
    pub noise: Noise,
    /// A remark for people who read evidence.
    pub note: Option<String>,
    /// Line in the file that states it.
    pub line: u32,
}

impl Place {
    /// Whether it counts in this class (a descriptor): not in what [`Place::not_in`] names, be it a package, or a class
    /// with the classes inside it.
    #[must_use]
    pub fn counts_in(&self, class: &str) -> bool {
        !self.not_in.iter().any(|known| {
            class
                .strip_prefix(known.as_str())
                .is_some_and(|rest| known.ends_with('/') || rest.starts_with([';', '$']))
        })
    }
}

/// What a file's places share unless a place says otherwise.
#[derive(Clone, Default)]
pub(crate) struct Defaults {
    pub(crate) needs: Vec<String>,
    pub(crate) noise: Noise,
    pub(crate) access: Option<Access>,
}

const NOISES: &[(&str, Noise)] = &[("low", Noise::Low), ("high", Noise::High)];

impl Defaults {
    pub(crate) fn read(section: &Section<'_, '_>, access: Option<Access>) -> Defaults {
        Defaults {
            needs: permissions(section, "needs"),
            noise: section.choice("noise", NOISES).unwrap_or_default(),
            access,
        }
    }
}

pub(crate) fn permissions(section: &Section<'_, '_>, key: &'static str) -> Vec<String> {
    let texts = section.texts(key);
    for text in &texts {
        if !text.value.contains('.') {
            section.reading.error(text.at, format!("\"{}\" is no permission name", text.value), None);
        }
    }
    owned(&texts)
}

pub(crate) fn owned(texts: &[Text<'_>]) -> Vec<String> {
    texts.iter().map(|text| text.value.to_owned()).collect()
}

/// Reads every place of a file: `[[method]]`, `[[callback]]`, `[[field]]`, `[[received]]`, `[[literal]]`,
/// `[[uri]]`, `[[command]]`, `[[action]]`, `[[setting]]`, `[[property]]`, `[[file]]`.
pub(crate) fn read_places(file: &Section<'_, '_>, defaults: &Defaults, places: &mut Vec<Place>) {
    for section in file.sections("method") {
        let method = read_method(&section);
        let conditions = section.sections("where").into_iter().filter_map(read_condition).collect();
        push(places, section, Selector::Call { method, conditions }, defaults);
    }
    for section in file.sections("callback") {
        let method = read_method(&section);
        let body = section.choice("body", BODIES);
        push(places, section, Selector::Callback { method, body }, defaults);
    }
    for section in file.sections("field") {
        let class = read_class(&section);
        let names = read_names(&section);
        push(places, section, Selector::Field { class, names }, defaults);
    }
    for section in file.sections("received") {
        let actions = owned(&section.required_texts("action"));
        push(places, section, Selector::Received(actions), defaults);
    }
    for section in file.sections("literal") {
        let starts_with = owned(&section.required_texts("starts-with"));
        let except = owned(&section.texts("except"));
        push(places, section, Selector::Literal { starts_with, except }, defaults);
    }
    for naming in Naming::ALL {
        for section in file.sections(naming.as_str()) {
            let named = read_named(&section, naming, defaults);
            push(places, section, Selector::Named(named), defaults);
        }
    }
}

fn push(places: &mut Vec<Place>, section: Section<'_, '_>, selector: Selector, defaults: &Defaults) {
    let gives = section.text("gives").and_then(|text| read_port(&section, text));
    let carries = section.texts("carries").into_iter().filter_map(|text| read_port(&section, text)).collect();
    let needs = if section.has("needs") { permissions(&section, "needs") } else { defaults.needs.clone() };
    let not_in = section.texts("not-in");
    for text in &not_in {
        if class_descriptor(text.value.trim_end_matches('.')).is_none() {
            section.reading.error(text.at, format!("\"{}\" is no package or class name", text.value), None);
        }
    }
    places.push(Place {
        selector,
        gives,
        carries,
        needs,
        unless: permissions(&section, "unless"),
        withheld: section.section("withheld").map(Withheld::read),
        not_in: not_in.iter().map(|text| format!("L{}", text.value.replace('.', "/"))).collect(),
        noise: section.choice("noise", NOISES).unwrap_or(defaults.noise),
        note: section.text("note").map(|text| text.value.to_owned()),
        line: section.reading.line(section.at),
    });
    section.finish();
}

fn read_named(section: &Section<'_, '_>, naming: Naming, defaults: &Defaults) -> NamedSelector {
    let key = match naming {
        Naming::Uri => "prefix",
        Naming::Command => "text",
        Naming::Action => "name",
        Naming::Setting | Naming::Property => "key",
        Naming::File => "path",
    };
    let texts = section.required_texts(key);
    for text in &texts {
        if naming == Naming::Uri && !text.value.contains("://") {
            section.reading.error(text.at, format!("\"{}\" is no URI", text.value), None);
        }
        if text.value.trim() != text.value || text.value.is_empty() {
            section.reading.error(text.at, "blanks at an end, or nothing at all", None);
        }
    }
    let fallback = match naming {
        Naming::Uri | Naming::Setting | Naming::Property | Naming::File => {
            if defaults.access.is_none() && !section.has("access") {
                section.reading.error(section.at, "\"access\" is missing", None);
            }
            defaults.access.unwrap_or(Access::Read)
        }
        Naming::Command | Naming::Action => Access::Use,
    };
    let access = section.choice("access", ACCESSES).unwrap_or(fallback);
    let tables = section
        .texts("table")
        .into_iter()
        .filter_map(|text| section.chosen(text, "table", &TABLES.map(|table| (table, table))))
        .map(str::to_owned)
        .collect();
    let columns = if naming == Naming::Uri { owned(&section.texts("column")) } else { Vec::new() };
    NamedSelector {
        naming,
        texts: owned(&texts),
        except: owned(&section.texts("except")),
        access,
        tables,
        columns,
        numbers: naming != Naming::Uri || section.flag("numbers").unwrap_or(true),
        own: naming != Naming::Uri || section.flag("own").unwrap_or(true),
    }
}

pub(crate) const TABLES: [&str; 3] = ["global", "secure", "system"];

pub(crate) fn read_class(section: &Section<'_, '_>) -> String {
    let text = section.required("class");
    descriptor_of(section, text)
}

pub(crate) fn descriptor_of(section: &Section<'_, '_>, text: Text<'_>) -> String {
    class_descriptor(text.value).unwrap_or_else(|| {
        if !text.value.is_empty() {
            section.reading.error(text.at, format!("\"{}\" is no class name", text.value), None);
        }
        String::new()
    })
}

fn read_names(section: &Section<'_, '_>) -> Vec<String> {
    let names = section.required_texts("name");
    for name in &names {
        if !is_member_name(name.value) {
            section.reading.error(name.at, format!("\"{}\" is no method or field name", name.value), None);
        }
    }
    owned(&names)
}

pub(crate) fn read_method(section: &Section<'_, '_>) -> MethodSelector {
    let class = read_class(section);
    let names = read_names(section);
    let params = section.texts("params");
    for text in &params {
        if !is_parameter_list(text.value) {
            section.reading.error(
                text.at,
                format!("\"{}\" is no parameter list such as (ILjava/lang/String;)", text.value),
                None,
            );
        }
    }
    let returns = section.text("returns");
    if let Some(text) = returns.filter(|text| !is_return_type(text.value)) {
        section.reading.error(text.at, format!("\"{}\" is no type descriptor", text.value), None);
    }
    MethodSelector {
        class,
        names,
        params: owned(&params),
        returns: returns.map(|text| text.value.to_owned()),
        subclasses: section.flag("subclasses").unwrap_or(true),
    }
}

pub(crate) fn read_port(section: &Section<'_, '_>, text: Text<'_>) -> Option<Port> {
    let numbered =
        |prefix: &str| text.value.strip_prefix(prefix).and_then(|n| n.parse::<u8>().ok()).filter(|n| *n > 0);
    let port = match text.value {
        "return" => Some(Port::Return),
        "this" => Some(Port::This),
        _ => numbered("arg ").map(Port::Argument).or_else(|| numbered("parameter ").map(Port::Parameter)),
    };
    if port.is_none() {
        section.reading.error(
            text.at,
            format!("\"{}\" is no port (return, this, arg N, parameter N; N from 1)", text.value),
            None,
        );
    }
    port
}

fn read_condition(section: Section<'_, '_>) -> Option<Condition> {
    let argument = section.number("arg").and_then(|n| u8::try_from(n).ok());
    if argument.is_none() {
        section.reading.error(
            section.at,
            "\"arg\" is missing: 0 is the receiver, 1 the first argument",
            None,
        );
    }
    let mut tests = Vec::new();
    let items = section.items("is-one-of");
    if !items.is_empty() {
        let numbers: Vec<i64> = items.iter().filter_map(|item| number_of(item.get_ref())).collect();
        if numbers.len() == items.len() {
            tests.push(Test::IsNumber(numbers));
        } else {
            tests.push(Test::IsOneOf(owned(&section.texts("is-one-of"))));
        }
    }
    let starts = section.texts("starts-with");
    if !starts.is_empty() {
        tests.push(Test::StartsWith(owned(&starts)));
    }
    let contains = section.texts("contains");
    if !contains.is_empty() {
        tests.push(Test::Contains(owned(&contains)));
    }
    let unknown_matches =
        section.choice("unknown", &[("matches", true), ("does-not-match", false)]).unwrap_or(false);
    if tests.len() != 1 {
        section.reading.error(section.at, "a condition has one of is-one-of, starts-with, contains", None);
    }
    section.finish();
    Some(Condition { argument: argument?, test: tests.pop()?, unknown_matches })
}

fn number_of(value: &DeValue<'_>) -> Option<i64> {
    integer(value).or_else(|| value.as_bool().map(i64::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(naming: Naming, text: &str) -> NamedSelector {
        NamedSelector {
            naming,
            texts: vec![text.to_owned()],
            except: Vec::new(),
            access: Access::Read,
            tables: Vec::new(),
            columns: Vec::new(),
            numbers: true,
            own: true,
        }
    }

    #[test]
    fn uris_fit_at_borders() {
        let sms = named(Naming::Uri, "content://sms");
        for good in ["content://sms", "content://sms/", "content://sms/inbox", "content://sms?x=1", "sms"] {
            assert!(sms.fits(good), "{good}");
        }
        for bad in ["content://smsx", "content://mms-sms", "content://mms", "smsx", "", "https://sms/"] {
            assert!(!sms.fits(bad), "{bad}");
        }
        assert!(named(Naming::Uri, "content://sms/").fits("content://sms"));
    }

    #[test]
    fn exceptions_are_something_else() {
        let mut uri = named(Naming::Uri, "content://mms-sms");
        uri.except.push("content://mms-sms/threadID".to_owned());
        assert!(uri.fits("content://mms-sms/conversations") && uri.fits("content://mms-sms/"));
        assert!(
            !uri.fits("content://mms-sms/threadID") && !uri.fits("content://mms-sms/threadID?recipient=1")
        );
    }

    #[test]
    fn commands_fit_behind_shells() {
        let install = named(Naming::Command, "pm install");
        for good in [
            "pm install -r /sdcard/a.apk",
            "/system/bin/pm install",
            "su -c pm install x",
            "sh -c \"pm install x\"",
            "cd /tmp; pm  install x",
        ] {
            assert!(install.fits(good), "{good}");
        }
        for bad in ["pm", "pm uninstall x", "pminstall", "echo pm install", ""] {
            assert!(!install.fits(bad), "{bad}");
        }
        let cat = named(Naming::Command, "cat /proc/version");
        assert!(cat.fits("/system/bin/cat /proc/version") && !cat.fits("cat version"));
        assert!(named(Naming::Command, "su").fits("su"));
        assert!(!named(Naming::Command, "su").fits("sum"));
    }

    #[test]
    fn properties_are_exact_or_prefixes() {
        assert!(named(Naming::Property, "ro.serialno").fits("ro.serialno"));
        assert!(!named(Naming::Property, "ro.serialno").fits("ro.serialno2"));
        assert!(named(Naming::Property, "gsm.imei*").fits("gsm.imei2"));
    }

    #[test]
    fn a_star_in_a_path_is_one_name() {
        let address = named(Naming::File, "/sys/class/net/*/address");
        assert!(address.fits("/sys/class/net/wlan0/address"));
        for bad in ["/sys/class/net//address", "/sys/class/net/a/b/address", "/sys/class/net/wlan0/mtu"] {
            assert!(!address.fits(bad), "{bad}");
        }
        assert!(named(Naming::File, "/data/tombstones*").fits("/data/tombstones/tombstone_00"));
    }

    #[test]
    fn conditions_on_unknown_values_default_to_no() {
        let mut condition =
            Condition { argument: 1, test: Test::IsNumber(vec![2, 3]), unknown_matches: false };
        assert!(condition.holds(Some(Constant::Number(2))));
        assert!(!condition.holds(Some(Constant::Number(1))));
        assert!(condition.holds(Some(Constant::Text("2"))) && !condition.holds(Some(Constant::Text("two"))));
        assert!(!condition.holds(None));
        condition.unknown_matches = true;
        assert!(condition.holds(None));
    }

    #[test]
    fn a_place_does_not_count_in_the_libraries_it_names() {
        let place = Place {
            selector: Selector::Received(vec!["a".to_owned()]),
            gives: None,
            carries: Vec::new(),
            needs: Vec::new(),
            unless: Vec::new(),
            withheld: None,
            not_in: vec!["Llib/inner/".to_owned(), "Llib/One".to_owned()],
            noise: Noise::Low,
            note: None,
            line: 1,
        };
        for class in ["Llib/inner/A;", "Llib/inner/deep/A;", "Llib/One;", "Llib/One$1;"] {
            assert!(!place.counts_in(class), "{class}");
        }
        for class in ["Llib/innermost/A;", "Llib/A;", "Llib/OneMore;", "Lapp/lib/inner/A;"] {
            assert!(place.counts_in(class), "{class}");
        }
    }

    #[test]
    fn prototypes_fit_whole_parameter_lists() {
        let method = MethodSelector {
            class: "La;".into(),
            names: vec!["m".into()],
            params: vec!["(I)".into()],
            returns: None,
            subclasses: true,
        };
        assert!(method.fits("m", "(I)V") && method.fits("m", "(I)I"));
        assert!(!method.fits("m", "(II)V") && !method.fits("n", "(I)V") && !method.fits("m", "()V"));
    }
}
