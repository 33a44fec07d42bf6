//! Checks the files of models as strictly as the rest of the catalogue.

use std::collections::BTreeMap;

use super::compact::SEPARATOR;
use super::step::{self, Base, Step};
use crate::descriptor::{class_descriptor, is_member_name, is_parameter_list, parameter_count};
use crate::neighbour::nearest;
use crate::read::{Section, Text};

/// What a transformation of data can be.
const TRANSFORMS: &[(&str, ())] = &[
    ("hash", ()),
    ("cipher", ()),
    ("compress", ()),
    ("archive", ()),
    ("encode", ()),
    ("json", ()),
    ("xml", ()),
    ("serialise", ()),
];

/// What was seen in earlier files.
#[derive(Default)]
pub(crate) struct Seen {
    /// Class and the file that speaks of it.
    classes: BTreeMap<String, String>,
    /// Class, name and parameters (none: all).
    methods: BTreeMap<(String, String, String), u32>,
    /// What a class is like, with file and line.
    like: BTreeMap<String, (Vec<String>, String, u32)>,
}

impl Seen {
    /// Classes that are like themselves by way of others, with file and line.
    pub(crate) fn circles(&self) -> Vec<(&str, &str, u32)> {
        let mut circles = Vec::new();
        for (class, (_, file, line)) in &self.like {
            let mut reached: Vec<&str> = vec![class];
            let mut next = 0;
            while let Some(at) = reached.get(next).copied() {
                let above = self.like.get(at).map_or(&[][..], |(above, _, _)| above);
                if above.contains(class) {
                    circles.push((class.as_str(), file.as_str(), *line));
                    break;
                }
                let new: Vec<&str> =
                    above.iter().map(String::as_str).filter(|above| !reached.contains(above)).collect();
                reached.extend(new);
                next += 1;
            }
        }
        circles
    }
}

/// Reads one file for its mistakes.
pub(crate) fn check(file: Section<'_, '_>, seen: &mut Seen) {
    let says = file.required("says");
    if !says.value.ends_with('.') {
        file.reading.error(says.at, "\"says\" is a sentence", None);
    }
    let mut last = String::new();
    let mut stated: Vec<String> = Vec::new();
    for section in file.sections("class") {
        let names = section.required_texts("name");
        sorted(&section, names.first(), &mut last);
        let like = section.texts("like");
        if section.flag("instead") == Some(false) {
            section.reading.error(section.at, "\"instead\" is true or is not there", None);
        }
        for name in &names {
            let Some(class) = descriptor(&section, *name) else { continue };
            own(&section, *name, seen);
            if stated.contains(&class) {
                section.reading.error(name.at, format!("class \"{}\" stands here twice", name.value), None);
            }
            let above = like.iter().filter_map(|text| descriptor(&section, *text)).collect();
            let line = section.reading.line(name.at);
            seen.like.insert(class.clone(), (above, section.reading.name.to_owned(), line));
            stated.push(class);
        }
        section.finish();
    }
    last.clear();
    for section in file.sections("method") {
        method(section, seen, &mut last);
    }
    file.finish();
}

fn method(section: Section<'_, '_>, seen: &mut Seen, last: &mut String) {
    let classes = section.required_texts("class");
    sorted(&section, classes.first(), last);
    let names = section.required_texts("name");
    for name in names.iter().filter(|name| !is_member_name(name.value)) {
        section.reading.error(name.at, format!("\"{}\" is no method name", name.value), None);
    }
    let params = section.texts("params");
    for list in params.iter().filter(|list| !is_parameter_list(list.value)) {
        section.reading.error(list.at, format!("\"{}\" is no list of parameters", list.value), None);
    }
    let fewest = params.iter().map(|list| parameter_count(list.value)).min();
    steps(&section, fewest, names.iter().any(|name| name.value == "<init>"));
    if let Some(transform) = section.section("transform") {
        let _ = transform.choice("kind", TRANSFORMS);
        if !transform.has("kind") {
            transform.reading.error(transform.at, "\"kind\" is missing", None);
        }
        if let Some(algorithm) = transform.text("algorithm")
            && let Some(number) = algorithm.value.strip_prefix("arg ")
        {
            match number.parse::<u8>() {
                Ok(number) if number > 0 => exists(&transform, algorithm.at, number, fewest),
                _ => transform.reading.error(algorithm.at, "arguments are numbered from 1 to 255", None),
            }
        }
        transform.finish();
    }
    let _ = section.text("note");
    let any = [""];
    let lists: Vec<&str> = params.iter().map(|list| list.value).collect();
    let line = section.reading.line(section.at);
    for class in &classes {
        own(&section, *class, seen);
        let Some(descriptor) = descriptor(&section, *class) else { continue };
        for name in &names {
            for list in if lists.is_empty() { &any[..] } else { &lists } {
                let key = (descriptor.clone(), name.value.to_owned(), (*list).to_owned());
                if let Some(first) = seen.methods.insert(key, line) {
                    let found =
                        format!("{}.{}{list} stands here and in line {first}", class.value, name.value);
                    section.reading.error(name.at, found, None);
                }
            }
        }
    }
    section.finish();
}

fn steps(section: &Section<'_, '_>, fewest: Option<usize>, constructor: bool) {
    let steps = section.required_texts("steps");
    for text in &steps {
        // The text begins behind its quote.
        let start = text.at + 1;
        if text.value.contains(|c: char| c.is_control() || c == SEPARATOR) {
            section.reading.error(text.at, "a step is one line without control characters", None);
        }
        let step = match step::parse(text.value) {
            Ok(Some(step)) => step,
            Ok(None) => {
                if steps.len() > 1 {
                    section.reading.error(text.at, "\"nothing\" stands alone", None);
                }
                continue;
            }
            Err(mistake) => {
                let meant = mistake.word.and_then(|(word, known)| nearest(&word, known));
                section.reading.error(start + mistake.at, mistake.message, meant);
                continue;
            }
        };
        for place in step.places() {
            exists(section, text.at, place.highest_argument(), fewest);
            if constructor && place.base == Base::Return {
                section.reading.error(text.at, "a constructor returns nothing; its object is \"this\"", None);
            }
        }
        let target = match &step {
            Step::Copy { to, .. } | Step::Derive { to, .. } | Step::Append { to, .. } => Some(to),
            _ => None,
        };
        if target.is_some_and(|to| to.parts.is_empty() && matches!(to.base, Base::AllArguments)) {
            section.reading.error(text.at, "an argument itself cannot be replaced, only what it holds", None);
        }
    }
}

fn exists(section: &Section<'_, '_>, at: usize, argument: u8, fewest: Option<usize>) {
    if fewest.is_some_and(|fewest| usize::from(argument) > fewest) {
        section.reading.error(at, format!("there is no argument {argument}"), None);
    }
}

/// The classes of a file are in order, so that everybody finds and adds a method at the same place.
fn sorted(section: &Section<'_, '_>, name: Option<&Text<'_>>, last: &mut String) {
    let Some(name) = name else { return };
    if name.value < last.as_str() {
        section.reading.error(name.at, format!("\"{}\" stands before \"{last}\"", name.value), None);
    }
    name.value.clone_into(last);
}

/// One file speaks of a class.
fn own(section: &Section<'_, '_>, class: Text<'_>, seen: &mut Seen) {
    let file = section.reading.name;
    let owner = seen.classes.entry(class.value.to_owned()).or_insert_with(|| file.to_owned());
    if owner != file {
        section.reading.error(class.at, format!("\"{}\" is spoken of in {owner}", class.value), None);
    }
}

fn descriptor(section: &Section<'_, '_>, text: Text<'_>) -> Option<String> {
    let descriptor = class_descriptor(text.value);
    if descriptor.is_none() {
        section.reading.error(text.at, format!("\"{}\" is no class name", text.value), None);
    }
    descriptor
}
