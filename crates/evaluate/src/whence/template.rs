//! Texts known in part: what is between the holes, and for each hole why it is not known.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use overt_program::MethodId;

/// Stands for a hole in [`Template::text`]: a character that no text has.
const HOLE: char = '\u{fffc}';
/// Longest text followed, in bytes; the rest of a longer one is a hole.
const LONGEST: usize = 4096;

/// Who knows what code alone does not show.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Giver {
    /// Whoever calls from outside the app: extras and data of Intents, arguments of providers and services.
    Caller,
    /// Another computer: answers, pages, messages that are pushed.
    Server,
    /// The owner of the phone.
    User,
    /// Settings, preferences, databases and files, filled elsewhere or earlier.
    Store,
    /// The device: properties, identifiers, the network it is in.
    Device,
    /// Nobody: it goes through a method that no reached code calls, or a field that none writes.
    Nobody,
    /// The code does tell, and was not followed so far.
    Code,
}

impl Giver {
    /// In words.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Giver::Caller => "given by a caller",
            Giver::Server => "given by a server",
            Giver::User => "given by the user",
            Giver::Store => "kept in a setting, database or file",
            Giver::Device => "given by the device",
            Giver::Nobody => "reached by no code",
            Giver::Code => "not followed",
        }
    }
}

/// Where somebody hands over what the code does not tell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// The method in which it comes in.
    pub method: MethodId,
    /// The call there, in code units; `None`: it is a parameter of the method itself, which the platform calls.
    pub offset: Option<u32>,
    /// What is called, or which method of the platform is implemented: `Lp/C;->m(I)V`.
    pub api: String,
    /// Of an answer: hosts that may have been asked.
    pub hosts: BTreeSet<String>,
}

/// Why a part is not known. Causes are told apart by who and what; of several places the first stands for all.
#[derive(Clone, Debug)]
pub struct Cause {
    /// Who would know.
    pub giver: Giver,
    /// What was met, as a rule the name of a method, or the key under which it was asked for.
    pub at: String,
    /// Where it comes in; `None` where the walk did not get to a place, and `giver` is told from the class alone.
    pub source: Option<Rc<Source>>,
}

impl Cause {
    /// A cause.
    #[must_use]
    pub fn new(giver: Giver, at: &str) -> Cause {
        Cause { giver, at: at.to_owned(), source: None }
    }

    /// A cause whose place is known.
    #[must_use]
    pub fn from_source(giver: Giver, at: &str, source: Source) -> Cause {
        Cause { source: Some(Rc::new(source)), ..Cause::new(giver, at) }
    }

    fn key(&self) -> (Giver, &str, bool) {
        (self.giver, &self.at, self.source.is_some())
    }
}

impl PartialEq for Cause {
    fn eq(&self, other: &Cause) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Cause {}

impl PartialOrd for Cause {
    fn partial_cmp(&self, other: &Cause) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Cause {
    fn cmp(&self, other: &Cause) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl Hash for Cause {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

/// A text known in part.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Template {
    text: String,
    causes: Vec<Cause>,
}

/// What an address says of the host.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Host {
    /// It names one.
    Known(String),
    /// It stays on the device: a file, a script, a page of the app.
    Local,
    /// It does not name one, for this reason.
    Unknown(Cause),
}

impl Template {
    /// A text known as a whole.
    #[must_use]
    pub fn known(text: &str) -> Template {
        let mut made = Template::default();
        made.push(text);
        made
    }

    /// Nothing but a hole.
    #[must_use]
    pub fn hole(giver: Giver, at: &str) -> Template {
        Template::unknown(Cause::new(giver, at))
    }

    /// Nothing but a hole of this cause.
    #[must_use]
    pub fn unknown(cause: Cause) -> Template {
        Template { text: HOLE.to_string(), causes: vec![cause] }
    }

    /// The text before the first hole.
    #[must_use]
    pub fn known_start(&self) -> &str {
        self.text.split(HOLE).next().unwrap_or("")
    }

    /// Without the first `count` UTF-16 units, where these are known.
    #[must_use]
    pub fn without_start(&self, count: usize) -> Option<Template> {
        let mut left = count;
        let mut chars = self.text.chars();
        while left > 0 {
            let c = chars.next().filter(|c| *c != HOLE)?;
            left = left.checked_sub(c.len_utf16())?;
        }
        Some(Template { text: chars.as_str().to_owned(), causes: self.causes.clone() })
    }

    /// Without a separator at its end.
    #[must_use]
    pub fn without_separator(&self) -> Template {
        let text = self.text.strip_suffix(['/', '&', '?', ',', ';', '|', '=', ' ']).unwrap_or(&self.text);
        Template { text: text.to_owned(), causes: self.causes.clone() }
    }

    /// What the sandbox made, with its holes written `‹name›`.
    #[must_use]
    pub fn of_shown(shown: &str) -> Template {
        let mut made = Template::default();
        let mut rest = shown;
        while let Some((before, behind)) = rest.split_once('‹') {
            let Some((label, behind)) = behind.split_once('›') else { break };
            made.push(before);
            made = made.then(&Template::hole(super::platform::giver_of(label), label));
            rest = behind;
        }
        made.push(rest);
        made
    }

    fn push(&mut self, text: &str) {
        if self.text.len() + text.len() > LONGEST {
            self.text.push(HOLE);
            self.causes.push(Cause::new(Giver::Code, "a longer text"));
        } else {
            self.text.extend(text.chars().filter(|c| *c != HOLE));
        }
    }

    /// This one, then the other.
    #[must_use]
    pub fn then(&self, other: &Template) -> Template {
        let mut joined = self.clone();
        if joined.text.len() + other.text.len() > LONGEST {
            joined.push(&other.text);
        } else {
            joined.text.push_str(&other.text);
            joined.causes.extend(other.causes.iter().cloned());
        }
        joined
    }

    /// The text, where nothing of it is unknown.
    #[must_use]
    pub fn whole(&self) -> Option<&str> {
        self.causes.is_empty().then_some(self.text.as_str())
    }

    /// The text with each hole as `‹what›`.
    #[must_use]
    pub fn show(&self) -> String {
        let mut shown = String::new();
        let mut causes = self.causes.iter();
        for c in self.text.chars() {
            match c {
                HOLE => {
                    let at = causes.next().map_or("?", |cause| cause.at.as_str());
                    let _ = write!(shown, "‹{at}›");
                }
                c => shown.push(c),
            }
        }
        shown
    }

    /// The known text with `change` done to the pieces between the holes.
    #[must_use]
    pub fn map(&self, change: impl Fn(&str) -> String) -> Template {
        let pieces: Vec<String> = self.text.split(HOLE).map(change).collect();
        Template { text: pieces.join(HOLE.encode_utf8(&mut [0; 4])), causes: self.causes.clone() }
    }

    /// The pieces between the arguments of a format, `%s` and the like.
    #[must_use]
    pub fn formatted(&self, arguments: &[Template]) -> Template {
        let mut made = Template::default();
        let mut causes = self.causes.iter();
        let mut next = 0;
        let mut chars = self.text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                HOLE => {
                    made.text.push(HOLE);
                    made.causes.extend(causes.next().cloned());
                }
                '%' => {
                    let mut spec = String::new();
                    while let Some(c) = chars.peek().copied() {
                        spec.push(c);
                        chars.next();
                        if c.is_ascii_alphabetic() || c == '%' || spec.len() > 12 {
                            break;
                        }
                    }
                    match spec.chars().last() {
                        Some('%') => made.push("%"),
                        Some('n') => made.push("\n"),
                        _ => {
                            let position = spec.split_once('$').and_then(|(n, _)| n.parse::<usize>().ok());
                            let at = position.map_or(next, |position| position.wrapping_sub(1));
                            next += usize::from(position.is_none());
                            let hole = Template::hole(Giver::Code, "format");
                            made = made.then(arguments.get(at).unwrap_or(&hole));
                        }
                    }
                }
                c => made.push(c.encode_utf8(&mut [0; 4])),
            }
        }
        made
    }

    /// Why parts of it are not known, in order.
    pub(super) fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// The reason of the hole with this number, or of the first.
    fn cause(&self, number: usize) -> Cause {
        self.causes
            .get(number)
            .or_else(|| self.causes.first())
            .cloned()
            .unwrap_or_else(|| Cause::new(Giver::Code, "an empty text"))
    }

    /// What it says of the host. `bare`: a name of a host alone is expected.
    #[must_use]
    pub fn host(&self, bare: bool) -> Host {
        let text = self.text.trim();
        let until_hole = text.find(HOLE).unwrap_or(text.len());
        let scheme = text.get(..until_hole).and_then(|known| known.split_once("://"));
        let authority = match scheme {
            Some((scheme, _)) => {
                let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
                if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(plain) {
                    let cause = Cause::new(Giver::Code, "no scheme of an address");
                    return Host::Unknown(self.causes.first().cloned().unwrap_or(cause));
                }
                if !super::platform::is_network(scheme) {
                    return Host::Local;
                }
                text.get(scheme.len() + 3..).unwrap_or("")
            }
            None if until_hole == text.len() && !bare => {
                let known = text.to_ascii_lowercase();
                let looks_like_host = crate::form::form(&known) == crate::form::Use::HOST
                    || crate::form::form(&known) == crate::form::Use::URL;
                if !looks_like_host {
                    return if known.is_empty() { Host::Unknown(self.cause(0)) } else { Host::Local };
                }
                text
            }
            // `file:`, `javascript:`, `tel:` and the like, whatever follows.
            None if !bare && stays(text.get(..until_hole).unwrap_or("")) => return Host::Local,
            None => text,
        };
        let end = authority.find(['/', '?', '#']).unwrap_or(authority.len());
        let authority = authority.get(..end).unwrap_or("");
        let host = authority.rsplit('@').next().unwrap_or(authority);
        let name = host.split(':').next().unwrap_or(host);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        // What is put behind a whole name is a path or a port: `"http://a.example.com" + path`.
        let before = name.split(HOLE).next().unwrap_or("");
        let top = before.rsplit('.').next().unwrap_or("");
        // Two letters may be the beginning of a longer end.
        let ended = top == "cn" || top.len() > 2 && top.chars().all(|c| c.is_ascii_alphabetic());
        let whole = ended && scheme.is_some() && crate::form::form(before) == crate::form::Use::HOST;
        let name = if whole && before.chars().all(plain) { before } else { name };
        if name.contains(HOLE) || name.is_empty() || !name.chars().all(plain) {
            let holes = |text: &str| text.chars().filter(|c| *c == HOLE).count();
            let cause = if !self.causes.is_empty() {
                // Holes before the host are those of the user.
                let before = holes(authority) - holes(host);
                self.cause(before)
            } else {
                Cause::new(Giver::Code, "no name of a host")
            };
            return Host::Unknown(cause);
        }
        let name = name.to_ascii_lowercase();
        if name == "localhost" || name.starts_with("127.") {
            return Host::Local;
        }
        // A single word (`http` of `http://http`) is a part that went wrong, not a host that anybody reaches.
        if !name.contains('.') {
            return Host::Unknown(Cause::new(Giver::Code, "no name of a host"));
        }
        Host::Known(name)
    }
}

fn stays(known: &str) -> bool {
    let known = known.to_ascii_lowercase();
    [
        "file:",
        "javascript:",
        "about:",
        "data:",
        "content:",
        "tel:",
        "mailto:",
        "/",
        "market:",
        "android.resource:",
    ]
    .iter()
    .any(|start| known.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_known_where_no_hole_touches_it() {
        let hole = Template::hole(Giver::Server, "optString");
        let host = |template: Template, bare| template.host(bare);
        let known = |name: &str| Host::Known(name.to_owned());
        assert_eq!(host(Template::known("http://a.example/x?y=").then(&hole), false), known("a.example"));
        assert_eq!(host(Template::known("HTTPS://u@A.example:8080"), false), known("a.example"));
        assert_eq!(host(Template::known("http://a.example:").then(&hole), false), known("a.example"));
        assert_eq!(host(Template::known("push.example.com"), true), known("push.example.com"));
        assert_eq!(host(Template::known("file:///sdcard/x"), false), Host::Local);
        assert_eq!(host(Template::known("javascript:").then(&hole), false), Host::Local);
        assert_eq!(host(Template::known("http://127.0.0.1:80/"), false), Host::Local);
        for wrong in ["http://http/x", "+a+https://a.example/", "http://"] {
            assert!(matches!(host(Template::known(wrong), false), Host::Unknown(_)), "{wrong}");
        }
        let unknown = Host::Unknown(Cause::new(Giver::Server, "optString"));
        assert_eq!(host(Template::known("http://").then(&hole), false), unknown);
        assert_eq!(host(Template::known("http://push.").then(&hole), false), unknown);
        assert_eq!(host(hole.then(&Template::known("/path")), false), unknown);
        // A path may be put behind a whole name; a part of a name is none.
        assert_eq!(host(Template::known("http://a.example.com").then(&hole), false), known("a.example.com"));
        assert_eq!(host(Template::known("http://push.ad").then(&hole), false), unknown);
        assert_eq!(host(Template::known("http://10.0.0.127").then(&hole), false), unknown);
        assert_eq!(host(Template::known("https+client://a.example.com/"), false), known("a.example.com"));
    }

    #[test]
    fn formats_take_their_arguments_in_order_or_by_number() {
        let arguments = [Template::known("a.example"), Template::known("x")];
        let made = Template::known("http://%s/%2$s?%d%%").formatted(&arguments);
        assert_eq!(made.show(), "http://a.example/x?x%");
    }

    #[test]
    fn holes_of_the_sandbox_keep_their_names() {
        let made = Template::of_shown("http://a.example/‹getDeviceId›/x");
        assert_eq!(made.show(), "http://a.example/‹getDeviceId›/x");
        assert_eq!(made.whole(), None);
    }
}
