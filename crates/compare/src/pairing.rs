//! Which package of one build is which of the other.

use std::collections::{BTreeMap, BTreeSet};

use overt_record::{Package, Record};

use crate::order::match_up;
use crate::same;

/// Packages that belong together, or one that has no other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair<'a> {
    /// In the first build.
    pub a: Option<&'a Package>,
    /// In the second.
    pub b: Option<&'a Package>,
}

/// The name of a package that the next build keeps, as the ids of its findings use it.
#[must_use]
pub fn identity(package: Option<&str>, path: &str) -> String {
    match package {
        Some(name) => name.to_owned(),
        None => format!("file:{}", stem(path)),
    }
}

/// The file's name without what follows its first dot.
#[must_use]
pub fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split_once('.').map_or(file, |(stem, _)| stem)
}

/// What people call it: its name, or its path.
#[must_use]
pub fn called(package: &Package) -> &str {
    package.package.as_deref().unwrap_or(&package.path)
}

/// Pairs the packages of two builds: by name, then code without a manifest with the package whose file it belongs to, then
/// by their code.
#[must_use]
pub fn pairs<'a>(a: &'a Record, b: &'a Record) -> Vec<Pair<'a>> {
    let mut open_a: Vec<&Package> = a.packages.iter().collect();
    let mut open_b: Vec<&Package> = b.packages.iter().collect();
    let mut found: Vec<Pair<'a>> = Vec::new();
    // What must be alike, strictest first. Among several that are, the path decides.
    let rules: [fn(&Package) -> Option<String>; 3] = [
        |package| Some(format!("{:?} {}", package.package, package.path)),
        |package| package.package.clone(),
        // An odex whose APK is not there lies in the APK's folder and has its name.
        |package| Some(format!("{} {}", package.partition, stem(&package.path))),
    ];
    for (number, rule) in rules.into_iter().enumerate() {
        let mut groups: BTreeMap<String, (Vec<&'a Package>, Vec<&'a Package>)> = BTreeMap::new();
        for package in &open_a {
            if let Some(key) = rule(package) {
                groups.entry(key).or_default().0.push(package);
            }
        }
        for package in &open_b {
            if let Some(key) = rule(package) {
                groups.entry(key).or_default().1.push(package);
            }
        }
        for (left, right) in groups.into_values() {
            if left.is_empty() || right.is_empty() {
                continue;
            }
            let like = |x: usize, y: usize| match (left.get(x), right.get(y)) {
                // The third rule is for code without a manifest.
                (Some(x), Some(y)) if number == 2 && x.package.is_some() == y.package.is_some() => {
                    u32::from(x.package.is_none())
                }
                (Some(x), Some(y)) => {
                    1 + u32::from(stem(&x.path) == stem(&y.path)) + 2 * u32::from(x.path == y.path)
                }
                _ => 0,
            };
            let matched = match_up(&names(&left), &names(&right), like);
            for (x, y) in matched {
                found.push(Pair { a: left.get(x).copied(), b: right.get(y).copied() });
            }
        }
        take_out(&mut open_a, &mut open_b, &found);
    }
    // The same code under another name.
    let alike = same::Code::of(&open_a, &open_b, [&a.packages, &b.packages]);
    let matched = match_up(&names(&open_a), &names(&open_b), |x, y| alike.likeness(x, y));
    for (x, y) in matched {
        found.push(Pair { a: open_a.get(x).copied(), b: open_b.get(y).copied() });
    }
    take_out(&mut open_a, &mut open_b, &found);
    found.extend(open_a.into_iter().map(|package| Pair { a: Some(package), b: None }));
    found.extend(open_b.into_iter().map(|package| Pair { a: None, b: Some(package) }));
    found
}

fn names(list: &[&Package]) -> Vec<String> {
    list.iter().map(|package| format!("{} {}", called(package), package.path)).collect()
}

fn take_out<'a>(open_a: &mut Vec<&'a Package>, open_b: &mut Vec<&'a Package>, found: &[Pair<'a>]) {
    let address = |package: &Package| std::ptr::from_ref(package) as usize;
    let taken: BTreeSet<usize> =
        found.iter().flat_map(|pair| [pair.a, pair.b]).flatten().map(address).collect();
    open_a.retain(|package| !taken.contains(&address(package)));
    open_b.retain(|package| !taken.contains(&address(package)));
}
