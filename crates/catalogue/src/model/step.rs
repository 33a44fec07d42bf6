//! The language of steps: what each does, and how its text is read.

use std::fmt;

/// Where a place begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Base {
    /// The object on which the method is called; of a constructor, the new one.
    This,
    /// An argument; the first declared parameter is 1, a long or double counts once.
    Argument(u8),
    /// Every argument.
    AllArguments,
    /// What the call returns.
    Return,
}

/// One step from an object to a cell of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Everything it holds that has no known key.
    Content,
    /// The cell whose key is the constant in this argument.
    Key(u8),
    /// The cell with this key.
    Literal(String),
    /// The cell with this index.
    Index(i64),
    /// A part that only models speak of, such as `target`.
    Named(String),
}

/// A place that values come from or go to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Access {
    /// Where it begins.
    pub base: Base,
    /// The way from there; empty for the value itself.
    pub parts: Vec<Part>,
}

/// The name of a thing that the whole app shares.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// The constant found at a place.
    At(Access),
    /// This text.
    Literal(String),
}

/// What a call does with values. A model's steps apply in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// References, constants and data pass.
    Copy {
        /// Whence.
        from: Access,
        /// Whither.
        to: Access,
    },
    /// Only the data of the value and of all it holds passes, into a new value.
    Derive {
        /// Whence.
        from: Access,
        /// Whither.
        to: Access,
    },
    /// A value is put behind what an ordered container holds.
    Append {
        /// The value.
        from: Access,
        /// The container.
        to: Access,
    },
    /// The place holds nothing any more.
    Clear(Access),
    /// A method of the object at a place is called, now or later.
    Call {
        /// The object.
        on: Access,
        /// Name of the method.
        name: String,
        /// Its prototype, `(I)V`.
        proto: String,
        /// What it is handed; fewer than it has parameters where the rest is the platform's.
        arguments: Vec<Access>,
        /// Where its result goes.
        into: Option<Access>,
    },
    /// The platform keeps the object and calls its callback methods from now on.
    Register(Access),
    /// It stops; none means for every object registered here.
    Unregister(Option<Access>),
    /// A place becomes the thing of this kind and name that the whole app shares.
    Open {
        /// What kind of thing.
        kind: OpenKind,
        /// Its name.
        key: Key,
        /// The place.
        into: Access,
    },
    /// A place becomes this text. `{package}` in it is the app's package, `{entry}` every name that a folder holds.
    Text {
        /// The text.
        text: String,
        /// The place.
        into: Access,
    },
    /// A place becomes the text of a path: one below another.
    Path {
        /// Text of the upper path.
        base: Access,
        /// The lower one.
        below: Key,
        /// The place.
        into: Access,
    },
    /// A place becomes the path above a path, or its last name.
    Segment {
        /// The last name, not the path above.
        last: bool,
        /// Text of the path.
        of: Access,
        /// The place.
        into: Access,
    },
    /// An intent or message leaves for a component.
    Send {
        /// How.
        kind: SendKind,
        /// The intent or message.
        what: Access,
    },
}

/// Kinds of things that a whole app shares by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OpenKind {
    /// Shared preferences.
    Preferences,
    /// A file.
    File,
    /// A database.
    Database,
    /// A table of a database.
    Table,
    /// A content provider.
    Provider,
    /// A setting of the system.
    Setting,
    /// A system property.
    Property,
    /// A socket.
    Socket,
    /// The clipboard.
    Clipboard,
    /// A program that is run, by the words of its command: what it prints.
    Process,
    /// What an Intent between components carries; the engine alone opens it.
    Intent,
    /// What a component hands back to the one that started it; the engine alone opens it.
    Result,
}

impl OpenKind {
    /// Every kind that a model may open, with its word.
    pub const ALL: &[(&str, OpenKind)] = &[
        ("preferences", OpenKind::Preferences),
        ("file", OpenKind::File),
        ("database", OpenKind::Database),
        ("table", OpenKind::Table),
        ("provider", OpenKind::Provider),
        ("setting", OpenKind::Setting),
        ("property", OpenKind::Property),
        ("socket", OpenKind::Socket),
        ("clipboard", OpenKind::Clipboard),
        ("process", OpenKind::Process),
    ];

    /// Those that the engine alone opens.
    const OWN: &[(&str, OpenKind)] = &[("intent", OpenKind::Intent), ("result", OpenKind::Result)];

    /// The kind that a word means; of every kind, [`OpenKind::word`] turned round.
    #[must_use]
    pub fn of_word(word: &str) -> Option<OpenKind> {
        Self::words().find(|(one, _)| *one == word).map(|(_, kind)| kind)
    }

    /// Its word.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        Self::words().find(|(_, kind)| *kind == self).map(|(word, _)| word)
    }

    fn words() -> impl Iterator<Item = (&'static str, OpenKind)> {
        Self::ALL.iter().chain(Self::OWN).copied()
    }
}

/// How an intent or message leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SendKind {
    /// An activity is started.
    Activity,
    /// An activity is started that hands a result back.
    ActivityForResult,
    /// A service is started.
    Service,
    /// A service is bound.
    Bind,
    /// A broadcast.
    Broadcast,
    /// The result of this activity.
    Result,
    /// A message for a handler.
    Message,
}

impl SendKind {
    /// Every kind with its word.
    pub const ALL: &[(&str, SendKind)] = &[
        ("activity", SendKind::Activity),
        ("activity-for-result", SendKind::ActivityForResult),
        ("service", SendKind::Service),
        ("bind", SendKind::Bind),
        ("broadcast", SendKind::Broadcast),
        ("result", SendKind::Result),
        ("message", SendKind::Message),
    ];
}

impl Step {
    /// Every place that the step names.
    pub fn places(&self) -> impl Iterator<Item = &Access> {
        let all: Vec<&Access> = match self {
            Step::Copy { from, to } | Step::Derive { from, to } | Step::Append { from, to } => vec![from, to],
            Step::Clear(place) | Step::Register(place) | Step::Send { what: place, .. } => vec![place],
            Step::Unregister(place) => place.iter().collect(),
            Step::Open { key: Key::At(key), into, .. } => vec![key, into],
            Step::Open { into, .. } | Step::Text { into, .. } => vec![into],
            Step::Path { base, below: Key::At(below), into } => vec![base, below, into],
            Step::Path { base, into, .. } => vec![base, into],
            Step::Segment { of, into, .. } => vec![of, into],
            Step::Call { on, arguments, into, .. } => {
                std::iter::once(on).chain(arguments).chain(into).collect()
            }
        };
        all.into_iter()
    }
}

impl Access {
    /// The highest number of an argument that the place names; 0 where it names none.
    #[must_use]
    pub fn highest_argument(&self) -> u8 {
        let base = if let Base::Argument(number) = self.base { number } else { 0 };
        let keys = self.parts.iter().filter_map(|part| match part {
            Part::Key(number) => Some(*number),
            _ => None,
        });
        keys.fold(base, u8::max)
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.base {
            Base::This => f.write_str("this")?,
            Base::Argument(number) => write!(f, "arg {number}")?,
            Base::AllArguments => f.write_str("arg *")?,
            Base::Return => f.write_str("return")?,
        }
        for part in &self.parts {
            match part {
                Part::Content => f.write_str(".*")?,
                Part::Key(number) => write!(f, "[arg {number}]")?,
                Part::Literal(text) => write!(f, "[\"{text}\"]")?,
                Part::Index(number) => write!(f, "[{number}]")?,
                Part::Named(name) => write!(f, ".{name}")?,
            }
        }
        Ok(())
    }
}

/// What is wrong with the text of a step, and at which byte of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) at: usize,
    pub(crate) message: String,
    /// The known words, where the text has an unknown one.
    pub(crate) word: Option<(String, Vec<&'static str>)>,
}

/// The words that steps begin with, besides places.
pub(crate) const VERBS: &[&str] = &[
    "append",
    "clear",
    "call",
    "register",
    "unregister",
    "open",
    "send",
    "text",
    "path",
    "above",
    "last",
    "nothing",
];

/// Reads a step; `Ok(None)` is `nothing`.
pub(crate) fn parse(text: &str) -> Result<Option<Step>, Mistake> {
    let mut cursor = Cursor { text, at: 0 };
    let step = cursor.step()?;
    if cursor.at < text.len() {
        return Err(cursor.mistake("the step ends before this"));
    }
    Ok(step)
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn mistake(&self, message: impl Into<String>) -> Mistake {
        Mistake { at: self.at, message: message.into(), word: None }
    }

    fn eat(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    fn expect(&mut self, wanted: &str) -> Result<(), Mistake> {
        if self.eat(wanted) { Ok(()) } else { Err(self.mistake(format!("\"{wanted}\" is missing here"))) }
    }

    /// The text up to the first character that does not fit.
    fn while_fits(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| !fits(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or("")
    }

    fn step(&mut self) -> Result<Option<Step>, Mistake> {
        let start = self.at;
        let verb = self.while_fits(|c| c.is_ascii_lowercase());
        if verb == "nothing" {
            return Ok(None);
        }
        if verb == "unregister" && self.eat(" *") {
            return Ok(Some(Step::Unregister(None)));
        }
        if matches!(verb, "this" | "arg" | "return") {
            self.at = start;
            let from = self.place()?;
            let derive = self.eat(" ~> ");
            if !derive {
                self.expect(" -> ")?;
            }
            let to = self.place()?;
            return Ok(Some(if derive { Step::Derive { from, to } } else { Step::Copy { from, to } }));
        }
        if !VERBS.contains(&verb) {
            let mut known = VERBS.to_vec();
            known.extend(["this", "arg", "return"]);
            let word = Some((verb.to_owned(), known));
            return Err(Mistake { at: start, message: format!("no step begins with \"{verb}\""), word });
        }
        self.expect(" ")?;
        Ok(Some(match verb {
            "append" => {
                let from = self.place()?;
                self.expect(" -> ")?;
                Step::Append { from, to: self.place()? }
            }
            "clear" => Step::Clear(self.place()?),
            "register" => Step::Register(self.place()?),
            "unregister" => Step::Unregister(Some(self.place()?)),
            "send" => {
                let kind = self.word(SendKind::ALL)?;
                self.expect(" ")?;
                Step::Send { kind, what: self.place()? }
            }
            "text" => {
                self.expect("\"")?;
                let text = self.quoted()?;
                self.expect(" -> ")?;
                Step::Text { text, into: self.place()? }
            }
            "path" => {
                let base = self.place()?;
                self.expect(" + ")?;
                let below = self.key()?;
                self.expect(" -> ")?;
                Step::Path { base, below, into: self.place()? }
            }
            "above" | "last" => {
                let of = self.place()?;
                self.expect(" -> ")?;
                Step::Segment { last: verb == "last", of, into: self.place()? }
            }
            "open" => {
                let kind = self.word(OpenKind::ALL)?;
                self.expect(" ")?;
                let key = self.key()?;
                self.expect(" -> ")?;
                Step::Open { kind, key, into: self.place()? }
            }
            _ => self.call()?,
        }))
    }

    fn key(&mut self) -> Result<Key, Mistake> {
        Ok(if self.eat("\"") { Key::Literal(self.quoted()?) } else { Key::At(self.place()?) })
    }

    fn call(&mut self) -> Result<Step, Mistake> {
        let on = self.place()?;
        if !self.eat(".") {
            return Err(self.mistake("a call is PLACE.name(params)return"));
        }
        let name = self.while_fits(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$')).to_owned();
        let start = self.at;
        let proto = self.while_fits(|c| c != ' ').to_owned();
        let params = proto.find(')').map(|at| proto.split_at(at + 1));
        let valid = params.is_some_and(|(params, returns)| {
            crate::descriptor::is_parameter_list(params) && crate::descriptor::is_return_type(returns)
        });
        if name.is_empty() || !valid {
            self.at = start;
            return Err(self.mistake("a call is PLACE.name(params)return"));
        }
        let mut arguments = Vec::new();
        if self.eat(" with ") {
            arguments.push(self.place()?);
            while self.eat(", ") {
                arguments.push(self.place()?);
            }
        }
        let into = if self.eat(" -> ") { Some(self.place()?) } else { None };
        if arguments.len() > params.map_or(0, |(params, _)| crate::descriptor::parameter_count(params)) {
            return Err(self.mistake(format!("{name} has fewer parameters")));
        }
        Ok(Step::Call { on, name, proto, arguments, into })
    }

    fn word<T: Copy>(&mut self, choices: &'static [(&'static str, T)]) -> Result<T, Mistake> {
        let start = self.at;
        let word = self.while_fits(|c| c.is_ascii_lowercase() || c == '-');
        choices.iter().find(|(known, _)| *known == word).map(|(_, value)| *value).ok_or_else(|| Mistake {
            at: start,
            message: format!("unknown kind \"{word}\""),
            word: Some((word.to_owned(), choices.iter().map(|(known, _)| *known).collect())),
        })
    }

    fn number(&mut self) -> Result<u8, Mistake> {
        let start = self.at;
        let number = self.while_fits(|c| c.is_ascii_digit()).parse().ok().filter(|number| *number > 0);
        number.ok_or_else(|| Mistake {
            at: start,
            message: "arguments are numbered from 1 to 255".to_owned(),
            word: None,
        })
    }

    /// What stands before the closing quote.
    fn quoted(&mut self) -> Result<String, Mistake> {
        let text = self.while_fits(|c| c != '"').to_owned();
        self.expect("\"")?;
        Ok(text)
    }

    fn place(&mut self) -> Result<Access, Mistake> {
        let base = if self.eat("this") {
            Base::This
        } else if self.eat("return") {
            Base::Return
        } else if self.eat("arg *") {
            Base::AllArguments
        } else if self.eat("arg ") {
            Base::Argument(self.number()?)
        } else {
            return Err(self.mistake("a place begins with this, arg N, arg * or return"));
        };
        let mut parts = Vec::new();
        while let Some(part) = self.part()? {
            parts.push(part);
        }
        Ok(Access { base, parts })
    }

    fn part(&mut self) -> Result<Option<Part>, Mistake> {
        if self.eat(".*") {
            return Ok(Some(Part::Content));
        }
        if self.eat("[arg ") {
            let number = self.number()?;
            self.expect("]")?;
            return Ok(Some(Part::Key(number)));
        }
        if self.eat("[\"") {
            let text = self.quoted()?;
            self.expect("]")?;
            return Ok(Some(Part::Literal(text)));
        }
        if self.eat("[") {
            let number = self.while_fits(|c| c.is_ascii_digit() || c == '-').parse();
            let number = number.map_err(|_| self.mistake("a cell is [arg N], [\"text\"] or [number]"))?;
            self.expect("]")?;
            return Ok(Some(Part::Index(number)));
        }
        let start = self.at;
        if self.eat(".") {
            let name = self.while_fits(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$'));
            // What stands before a bracket is the method of a call.
            if self.rest().starts_with('(') {
                self.at = start;
                return Ok(None);
            }
            // A digit at the end: the platform's own fields are parts by their name, `arg1` of a message.
            let word = name.trim_end_matches(|c: char| c.is_ascii_digit());
            if word.is_empty() || !word.chars().all(|c| c.is_ascii_lowercase()) {
                self.at = start;
                return Err(self.mistake("the name of a part is a word in lower case"));
            }
            return Ok(Some(Part::Named(name.to_owned())));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Access {
        let mut cursor = Cursor { text, at: 0 };
        cursor.place().unwrap_or_else(|mistake| panic!("{text}: {mistake:?}"))
    }

    #[test]
    fn places_print_as_they_are_read() {
        for text in ["this", "arg 2", "arg *", "return", "this.target.*", "arg 1[arg 2][\"a b\"][-3].name"] {
            assert_eq!(place(text).to_string(), text);
        }
        assert_eq!(place("arg 1[arg 3]").highest_argument(), 3);
    }

    #[test]
    fn every_kind_of_thing_has_a_word_of_its_own() {
        use OpenKind::{
            Clipboard, Database, File, Intent, Preferences, Process, Property, Provider, Result, Setting,
            Socket, Table,
        };
        let all = [
            Preferences,
            File,
            Database,
            Table,
            Provider,
            Setting,
            Property,
            Socket,
            Clipboard,
            Process,
            Intent,
            Result,
        ];
        for kind in all {
            // A kind that is added must come into the list above too.
            match kind {
                Preferences | File | Database | Table | Provider | Setting | Property | Socket
                | Clipboard | Process | Intent | Result => {}
            }
            assert_eq!(kind.word().and_then(OpenKind::of_word), Some(kind));
        }
    }

    #[test]
    fn every_kind_of_step() {
        let at = |text: &str| place(text);
        for (text, step) in [
            ("this -> return", Step::Copy { from: at("this"), to: at("return") }),
            ("this.* ~> return", Step::Derive { from: at("this.*"), to: at("return") }),
            ("append arg 1 -> this", Step::Append { from: at("arg 1"), to: at("this") }),
            ("clear this.*", Step::Clear(at("this.*"))),
            ("register arg 2", Step::Register(at("arg 2"))),
            ("unregister arg 2", Step::Unregister(Some(at("arg 2")))),
            ("unregister *", Step::Unregister(None)),
            (
                "open preferences arg 1 -> return",
                Step::Open { kind: OpenKind::Preferences, key: Key::At(at("arg 1")), into: at("return") },
            ),
            (
                "open clipboard \"it\" -> this",
                Step::Open { kind: OpenKind::Clipboard, key: Key::Literal("it".into()), into: at("this") },
            ),
            (
                "send activity-for-result arg 1",
                Step::Send { kind: SendKind::ActivityForResult, what: at("arg 1") },
            ),
            (
                "call this.target.run()V",
                Step::Call {
                    on: at("this.target"),
                    name: "run".into(),
                    proto: "()V".into(),
                    arguments: vec![],
                    into: None,
                },
            ),
            (
                "call arg 1.compare(Ljava/lang/Object;Ljava/lang/Object;)I with this.*, this[1] -> return",
                Step::Call {
                    on: at("arg 1"),
                    name: "compare".into(),
                    proto: "(Ljava/lang/Object;Ljava/lang/Object;)I".into(),
                    arguments: vec![at("this.*"), at("this[1]")],
                    into: Some(at("return")),
                },
            ),
        ] {
            assert_eq!(parse(text), Ok(Some(step)), "{text}");
        }
        assert_eq!(parse("nothing"), Ok(None));
    }

    #[test]
    fn mistakes_have_a_place() {
        for (text, at) in [
            ("", 0),
            ("this", 4),
            ("this -> ", 8),
            ("this -> that", 8),
            ("this => return", 4),
            ("this -> return.", 14),
            ("this -> return ", 14),
            ("arg 0 -> return", 4),
            ("arg 256 -> return", 4),
            ("arg x -> return", 4),
            ("this[arg 1 -> return", 10),
            ("this[\"a -> return", 17),
            ("this[x] -> return", 5),
            ("this.Upper -> return", 4),
            ("open nowhere arg 1 -> return", 5),
            ("send activity", 13),
            ("call this.run", 4),
            ("call this.run()", 13),
            ("call this.run()V with arg 1", 27),
            ("forget this", 0),
            ("nothing else", 7),
        ] {
            let found = parse(text).expect_err(text);
            assert!(found.at == at || text.starts_with("call"), "{text}: {found:?}");
        }
    }

    #[test]
    fn no_text_makes_it_panic() {
        let right = "call arg 1[\"é\"].compare(Ljava/lang/Object;)I with this.*, this[1] -> return";
        for (end, _) in right.char_indices() {
            let _ = parse(&right[..end]);
            let _ = parse(&format!("{}\u{e9}{}", &right[..end], &right[end..]));
        }
    }
}
