//! What a package's code looks like whatever it is called, as the record keeps it.

use std::collections::{BTreeMap, BTreeSet};

use overt_program::ClassTable;
use overt_program::shape::shapes;
use overt_record::shape::{FAMILY_SKETCH, Family, PACKAGE_SKETCH, Shape};

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
