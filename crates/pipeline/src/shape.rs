//! What a package's code looks like whatever it is called, as the record keeps it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use overt_evaluate::Recovered;
use overt_evaluate::form::form;
use overt_program::ClassTable;
use overt_program::shape::shapes;
use overt_record::shape::{ConcealedText, FAMILY_SKETCH, Family, PACKAGE_SKETCH, Shape, text_digest};

/// Segments of a Java package that make a family: `com.example.sdk` with all below it.
const SEGMENTS: usize = 3;
/// Families with fewer different shapes tell too little to be known again.
const LEAST: usize = 8;
/// Families kept of a package, the largest: an app has one or two dozen libraries.
const FAMILIES: usize = 24;

/// Shapes of a package, and of each class by its name in dotted form.
#[derive(Debug, Default)]
pub(crate) struct Shapes {
    pub(crate) package: Shape,
    pub(crate) classes: BTreeMap<String, String>,
}

/// The shapes of a table's own code. `components` are the classes whose own shape is wanted, dotted.
pub(crate) fn of(table: &ClassTable, components: &BTreeSet<String>) -> Shapes {
    let mut all: BTreeSet<u64> = BTreeSet::new();
    let mut families: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    let mut classes = BTreeMap::new();
    for one in shapes(table) {
        if one.shapes.is_empty() {
            continue;
        }
        let descriptor = table.text(table.class(one.class).descriptor);
        let name = descriptor.trim_start_matches('L').trim_end_matches(';').replace('/', ".");
        all.extend(&one.shapes);
        families.entry(family(&name)).or_default().extend(&one.shapes);
        if components.contains(&name) {
            classes.insert(name, digest(one.shapes.iter().copied()));
        }
    }
    let mut families: Vec<(String, BTreeSet<u64>)> =
        families.into_iter().filter(|(_, shapes)| shapes.len() >= LEAST).collect();
    families.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
    families.truncate(FAMILIES);
    families.sort();
    Shapes {
        package: Shape {
            conceals: Vec::new(),
            plain: String::new(),
            methods: count(all.len()),
            sketch: sketch(&all, PACKAGE_SKETCH),
            families: families
                .into_iter()
                .map(|(name, shapes)| Family {
                    name,
                    methods: count(shapes.len()),
                    digest: digest(shapes.iter().copied()),
                    sketch: sketch(&shapes, FAMILY_SKETCH),
                })
                .collect(),
        },
        classes,
    }
}

/// What a text must be used as, or look like, to be compared from build to build.
const TELLING: [&str; 4] = ["url", "host", "uri", "command"];
/// Shorter texts stand anywhere.
const SHORTEST: usize = 6;
/// Longer texts are cut out of the comparison: they are put together, not hidden.
const LONGEST: usize = 160;
/// Texts kept of a package at most, of either kind.
const TEXTS: usize = 256;

/// Which telling texts the code makes, and which stand in it. `recovered` are those that evaluation saw.
pub(crate) fn texts(table: &ClassTable, recovered: &[Recovered], shape: &mut Shape) {
    let telling = |used: Vec<&'static str>| -> Vec<String> {
        used.into_iter().filter(|word| TELLING.contains(word)).map(str::to_owned).collect()
    };
    let literals = crate::strings::literals(table);
    let mut plain: BTreeSet<String> = BTreeSet::new();
    for text in literals.iter().filter(|text| fits(text)) {
        if !telling(form(text).words()).is_empty() {
            plain.insert(text_digest(text));
        }
    }
    shape.plain = plain.into_iter().take(TEXTS).collect();
    let mut made: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for one in recovered.iter().filter(|one| !matches!(one.how.kind, "literal" | "resource")) {
        let used = telling(one.used.words());
        if !used.is_empty() && fits(&one.value) && !one.value.contains('‹') {
            made.entry(&one.value).or_default().extend(used);
        }
    }
    shape.conceals = made
        .into_iter()
        .filter(|(value, _)| !stands_in_parts(value, &literals))
        .take(TEXTS)
        .map(|(value, used_as)| ConcealedText {
            value: value.to_owned(),
            used_as: used_as.into_iter().collect(),
        })
        .collect();
}

fn fits(text: &str) -> bool {
    (SHORTEST..=LONGEST).contains(&text.len()) && text.chars().all(|character| !character.is_control())
}

/// Whether half of the text or more stands in the string tables, in pieces that say something: then it is put together, which
/// hides nothing.
fn stands_in_parts(text: &str, literals: &HashSet<String>) -> bool {
    let bounds: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let (mut covered, mut at) = (0, 0);
    while let Some(&start) = bounds.get(at) {
        // The longest piece from here.
        let ends = bounds.iter().enumerate().skip(at + SHORTEST - 2).rev();
        let piece = ends
            .map(|(number, &end)| (number, end))
            .find(|(_, end)| text.get(start..*end).is_some_and(|piece| literals.contains(piece)));
        match piece {
            Some((number, end)) => {
                covered += end - start;
                at = number;
            }
            None => at += 1,
        }
    }
    covered * 2 >= text.len()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The part of the code that a class belongs to: the first segments of its Java package.
fn family(class: &str) -> String {
    let package = class.rsplit_once('.').map_or("", |(package, _)| package);
    package.split('.').take(SEGMENTS).collect::<Vec<_>>().join(".")
}

/// The least shapes, shortened: any order that depends on the shapes alone does.
fn sketch(shapes: &BTreeSet<u64>, size: usize) -> String {
    let short: BTreeSet<u32> = shapes.iter().map(|shape| (shape >> 32) as u32).collect();
    short.iter().take(size).map(|shape| format!("{shape:08x}")).collect()
}

fn digest(shapes: impl Iterator<Item = u64>) -> String {
    let bytes: Vec<u8> = shapes.flat_map(u64::to_le_bytes).collect();
    let mut text = overt_base::Digest::of(&bytes).to_string();
    text.truncate(16);
    text
}
