//! `models/*.toml`: what methods of the JDK, of Android and of common libraries do with the values they are given.
//!
//! Thousands of methods are known and an app calls a few hundred of them, so a class is taken apart when it is asked for.
//!
//! ```toml
//! says = "Maps."
//!
//! [[class]]                   # a lookup that finds nothing in the class goes on in these, in order
//! name = "java.util.HashMap"
//! like = "java.util.Map"
//!
//! [[class]]                   # an app that brings this class along is analysed by the models, not by the class's code
//! name = "com.google.gson.Gson"
//! instead = true
//!
//! [[method]]
//! class = "java.util.Map"
//! name = ["put"]
//! params = "(Ljava/lang/Object;Ljava/lang/Object;)"   # optional; without it: every overload
//! steps = ["this[arg 1] -> return", "arg 2 -> this[arg 1]"]
//! note = "optional"
//! ```
//!
//! A place is `this`, `arg N`, `arg *` or `return`, then any of `.*` (what it holds), `[arg N]`, `["text"]`, `[3]` (cells with
//! a known key) and `.name` (a part that only models speak of). In a void method `return` is a place for notes; an argument
//! that an overload does not have holds nothing. Steps, in the order written:
//!
//! | step | what happens |
//! |---|---|
//! | `A -> B` | references, constants and data pass; `A.* -> B.*` keeps the keys of cells |
//! | `A ~> B` | only the data, of A and of all it holds, passes into a new value |
//! | `append A -> B` | A comes behind what the list B holds; `append A.* -> B` loses the positions |
//! | `clear A` | A holds nothing any more |
//! | `call A.name(I)V with B, C -> D` | a method of the app's object A is called, now or later |
//! | `register A`, `unregister A`, `unregister *` | the platform calls A's callbacks from now on, or no more |
//! | `open KIND A -> B` | B becomes the thing of this kind and name that the whole app shares |
//! | `text "T" -> A` | A becomes this text; `{package}` is the app's package, `{entry}` every name in a folder |
//! | `path A + B -> C` | C becomes the path B below the path A; B may be a `"text"` |
//! | `above A -> B`, `last A -> B` | B becomes the path above the path A, or its last name |
//! | `send KIND A` | an intent or message leaves for a component |
//! | `nothing` | no data moves |
//!
//! Parts with a meaning in more than one file: `.sink` is where a row of streams and writers ends, `.source` where a row of
//! streams and readers begins; `.keys` are the keys of a map; `.row` are the columns of a cursor or of a row to be written;
//! `.words` is the text that an array of its words was made of; `.path` is the name of a file and `.text` that of an address; an intent has `.action`, `.data`, `.type`, `.target`,
//! `.package`, `.categories` and `.extras`, a message `.what`, `.obj`, `.first`, `.second`, `.data`, `.handler`, `.callback`.

pub(crate) mod compact;
pub(crate) mod read;
mod step;

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use overt_base::Digest;

pub use step::{Access, Base, Key, OpenKind, Part, SendKind, Step};

use crate::platform::Platform;

/// What one library method does with values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// Descriptor of the class.
    pub class: String,
    /// Name of the method.
    pub name: String,
    /// Its parameter list, `(I[B)`; none means every overload that has no model of its own.
    pub params: Option<String>,
    /// What happens, in this order. Empty: the method moves no data.
    pub steps: Vec<Step>,
    /// What data derived by the call passed.
    pub transform: Option<Transform>,
}

/// A transformation that data passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transform {
    /// `hash`, `cipher`, `compress`, `encode`, `json`, `xml` or `serialise`.
    pub kind: String,
    /// Its algorithm, where the model names it.
    pub algorithm: Option<String>,
    /// The argument that names the algorithm.
    pub algorithm_argument: Option<u8>,
}

/// All models, found by class and method.
#[derive(Clone, Debug, Default)]
pub struct Models {
    /// Sorted by descriptor.
    classes: Arc<[Class]>,
    platform: Platform,
}

#[derive(Clone, Debug)]
struct Class {
    descriptor: Cow<'static, str>,
    text: Cow<'static, str>,
    content: OnceLock<Content>,
}

#[derive(Clone, Debug)]
struct Content {
    instead: bool,
    like: Vec<String>,
    /// Sorted by name; those with parameters first.
    models: Vec<Model>,
}

impl Models {
    /// Models from descriptors and short texts, sorted by descriptor.
    pub(crate) fn new(classes: impl Iterator<Item = (Cow<'static, str>, Cow<'static, str>)>) -> Models {
        let classes =
            classes.map(|(descriptor, text)| Class { descriptor, text, content: OnceLock::new() }).collect();
        Models { classes, platform: Platform::default() }
    }

    /// Lets the lookup go on in the supertypes that the platform is known to have.
    pub(crate) fn set_platform(&mut self, platform: &Platform) {
        self.platform = platform.supertypes_only();
    }

    /// The digest of what the models say. Remarks and the order of keys do not count.
    pub(crate) fn digest(&self) -> Digest {
        let parts =
            self.classes.iter().flat_map(|class| [class.descriptor.as_bytes(), class.text.as_bytes()]);
        Digest::of_parts(parts)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// The model of a method, by its class, name and prototype `(I)V`.
    ///
    /// In a class the entry with these parameters counts before the one for all overloads. Where the class has neither,
    /// the lookup goes on in the classes it is `like`, nearest first, then in its known supertypes, and at last, but for
    /// constructors, in `java.lang.Object`.
    #[must_use]
    pub fn find(&self, class_descriptor: &str, name: &str, proto: &str) -> Option<&Model> {
        let params = proto.find(')').and_then(|at| proto.get(..=at)).unwrap_or(proto);
        let own = |class: &str| self.class(class).and_then(|class| class.content().find(name, params));
        if let Some(model) = own(class_descriptor) {
            return Some(model);
        }
        let mut visited: Vec<&str> = vec![class_descriptor];
        let mut followed = 0;
        let mut climbed = 0;
        // Classes stand in `visited` once, so that circles of a wrong catalogue end.
        while let Some(class) = visited.get(climbed).copied() {
            while let Some(class) = visited.get(followed).copied() {
                if followed > 0
                    && let Some(model) = own(class)
                {
                    return Some(model);
                }
                let like = self.class(class).map_or(&[][..], |class| &class.content().like);
                add(&mut visited, like.iter().map(String::as_str));
                followed += 1;
            }
            add(&mut visited, self.platform.supertypes(class));
            climbed += 1;
        }
        if name == "<init>" { None } else { own(OBJECT) }
    }

    /// The model of a method whose class an app brings along, where models stand in for the class's code.
    #[must_use]
    pub fn find_instead(&self, class_descriptor: &str, name: &str, proto: &str) -> Option<&Model> {
        let content = self.class(class_descriptor)?.content();
        let params = proto.find(')').and_then(|at| proto.get(..=at)).unwrap_or(proto);
        if !content.instead {
            return None;
        }
        let alike = || content.like.iter().find_map(|like| self.class(like)?.content().find(name, params));
        content.find(name, params).or_else(alike)
    }

    /// Every model, sorted by class and name.
    pub fn iter(&self) -> impl Iterator<Item = &Model> {
        self.classes.iter().flat_map(|class| &class.content().models)
    }

    /// Whether a file speaks of the class itself.
    #[must_use]
    pub fn knows_class(&self, class_descriptor: &str) -> bool {
        self.class(class_descriptor).is_some()
    }

    fn class(&self, descriptor: &str) -> Option<&Class> {
        let at = self.classes.binary_search_by(|class| class.descriptor.as_ref().cmp(descriptor)).ok()?;
        self.classes.get(at)
    }
}

const OBJECT: &str = "Ljava/lang/Object;";

fn add<'a>(visited: &mut Vec<&'a str>, classes: impl Iterator<Item = &'a str>) {
    for class in classes {
        if !visited.contains(&class) {
            visited.push(class);
        }
    }
}

impl Class {
    fn content(&self) -> &Content {
        self.content.get_or_init(|| {
            let mut lines = self.text.split('\n');
            let mut like: Vec<String> =
                lines.next().unwrap_or("").split_whitespace().map(str::to_owned).collect();
            let instead = like.first().is_some_and(|first| first == compact::INSTEAD);
            like.retain(|class| class != compact::INSTEAD);
            let mut models = Vec::new();
            for line in lines {
                entry(&self.descriptor, line, &mut models);
            }
            models.sort_by(|a: &Model, b: &Model| {
                (&a.name, a.params.is_none(), &a.params).cmp(&(&b.name, b.params.is_none(), &b.params))
            });
            Content { instead, like, models }
        })
    }
}

impl Content {
    fn find(&self, name: &str, params: &str) -> Option<&Model> {
        let start = self.models.partition_point(|model| model.name.as_str() < name);
        let named = self.models.get(start..)?.iter().take_while(|model| model.name == name);
        named.into_iter().find(|model| model.params.as_deref().is_none_or(|own| own == params))
    }
}

/// Adds the models of one line. A step that cannot be read takes its line with it: loading the folder reports it.
fn entry(class: &str, line: &str, models: &mut Vec<Model>) {
    let mut parts = line.split(compact::SEPARATOR);
    let mut next = || parts.next().unwrap_or("");
    let (names, lists, kind, algorithm) = (next(), next(), next(), next());
    let Ok(steps) = parts.map(step::parse).collect::<Result<Vec<_>, _>>() else { return };
    let steps: Vec<Step> = steps.into_iter().flatten().collect();
    let argument = algorithm.strip_prefix("arg ").and_then(|number| number.parse().ok());
    let transform = (!kind.is_empty()).then(|| Transform {
        kind: kind.to_owned(),
        algorithm: (argument.is_none() && !algorithm.is_empty()).then(|| algorithm.to_owned()),
        algorithm_argument: argument,
    });
    for name in names.split(' ') {
        let lists = if lists.is_empty() { vec![None] } else { lists.split(' ').map(Some).collect() };
        models.extend(lists.into_iter().map(|params| Model {
            class: class.to_owned(),
            name: name.to_owned(),
            params: params.map(str::to_owned),
            steps: steps.clone(),
            transform: transform.clone(),
        }));
    }
}
