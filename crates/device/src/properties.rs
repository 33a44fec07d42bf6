//! Build properties: what the property files of all partitions come to, by the rules of Android's init.
//!
//! The order of files and the rule for a property named twice follow `property_load_boot_defaults` and `load_system_props` of
//! AOSP's `init/property_service.cpp`. Up to Android 9 a `ro.` property belongs to whoever sets it first and any other to
//! whoever sets it last; from Android 10 on the last file wins for all.

use std::collections::BTreeMap;
use std::sync::Arc;

use overt_base::Cx;

use crate::file::{File, Files};

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Path of the property file on the device.
    pub file: Arc<str>,
    /// Line, counted from 1.
    pub line: u32,
}

/// A value with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// The value, trimmed as init trims it.
    pub value: String,
    /// The line that won.
    pub origin: Origin,
}

/// An `import` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Where the line stands.
    pub origin: Origin,
    /// The file it names, as written.
    pub target: String,
    /// Which names it takes over: all, one name, or a prefix ending in `*`.
    pub filter: Option<String>,
    /// Whether the file was there and was read.
    pub followed: bool,
}

/// All properties of a build.
#[derive(Clone, Debug, Default)]
pub struct Properties {
    values: BTreeMap<String, Property>,
    /// The `import` lines met, in the order of reading.
    pub imports: Vec<Import>,
    /// The files read, in the order of reading.
    pub files: Vec<String>,
}

impl Properties {
    /// The value of `name`. An empty value is a value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|property| property.value.as_str())
    }

    /// The value of `name`, if there is one that is not empty.
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// The value of `name` with its place.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Property> {
        self.values.get(name)
    }

    /// All names and values, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Property)> {
        self.values.iter().map(|(name, property)| (name.as_str(), property))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The API level of the build, from `ro.build.version.sdk` or the same of a partition.
    #[must_use]
    pub fn sdk(&self) -> Option<u32> {
        SDK_NAMES.iter().find_map(|name| self.filled(name)?.parse().ok())
    }

    /// Replaces every `${name}`, `${name:-default}` and `$$` of `text` as init does.
    ///
    /// # Errors
    /// The first property that has neither a value here nor a default.
    pub fn expand(&self, text: &str) -> Result<String, String> {
        let mut out = String::new();
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Property { name, default } => match (self.filled(name), default) {
                    (Some(value), _) => out.push_str(value),
                    (None, Some(default)) => out.push_str(default),
                    (None, None) => return Err(name.to_owned()),
                },
            }
        }
        Ok(out)
    }
}

/// A piece of a text that init expands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Stands for itself.
    Text(&'a str),
    /// Stands for a property.
    Property {
        /// Its name.
        name: &'a str,
        /// What stands there when the property has no value.
        default: Option<&'a str>,
    },
}

/// Splits a text at its `${…}`, `$name` (the deprecated form, which runs to the end) and `$$` (`expand_props` of AOSP's init).
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        if !before.is_empty() {
            out.push(Piece::Text(before));
        }
        if let Some(after) = after.strip_prefix('$') {
            out.push(Piece::Text("$"));
            rest = after;
        } else if let Some(braced) = after.strip_prefix('{') {
            let (inside, behind) = braced.split_once('}').unwrap_or((braced, ""));
            let (name, default) = match inside.split_once(":-") {
                Some((name, default)) => (name, Some(default)),
                None => (inside, None),
            };
            out.push(Piece::Property { name, default });
            rest = behind;
        } else {
            out.push(Piece::Property { name: after, default: None });
            rest = "";
        }
    }
    if !rest.is_empty() {
        out.push(Piece::Text(rest));
    }
    out
}

const SDK_NAMES: [&str; 7] = [
    "ro.build.version.sdk",
    "ro.system.build.version.sdk",
    "ro.system_ext.build.version.sdk",
    "ro.product.build.version.sdk",
    "ro.product_services.build.version.sdk",
    "ro.odm.build.version.sdk",
    "ro.vendor.build.version.sdk",
];

/// One step of the reading order: of the files named, all, or the first that exists.
enum Step {
    All(&'static [&'static str]),
    First(&'static [&'static str]),
    /// Only names that begin with `ro.`.
    ReadOnly(&'static str),
}

/// Up to API 28.
const ORDER_TO_9: &[Step] = &[
    Step::First(&["/system/etc/prop.default", "/prop.default", "/default.prop"]),
    Step::All(&["/product/build.prop", "/odm/default.prop", "/vendor/default.prop"]),
    Step::All(&["/system/build.prop", "/odm/build.prop", "/vendor/build.prop"]),
    Step::ReadOnly("/factory/factory.prop"),
];

/// From API 29 on. Since API 31 `etc/build.prop` is the canonical place on most partitions and the others are read only where it is missing.
const ORDER_FROM_10: &[Step] = &[
    Step::First(&["/system/etc/prop.default", "/prop.default", "/default.prop"]),
    Step::All(&["/system/build.prop"]),
    Step::First(&["/system_ext/etc/build.prop", "/system_ext/build.prop"]),
    Step::All(&["/system_dlkm/etc/build.prop"]),
    Step::All(&["/vendor/default.prop", "/vendor/build.prop"]),
    Step::All(&["/vendor_dlkm/etc/build.prop", "/odm_dlkm/etc/build.prop"]),
    Step::First(&["/odm/etc/build.prop", "/odm/default.prop"]),
    Step::First(&["/odm/etc/build.prop", "/odm/build.prop"]),
    Step::First(&["/product/etc/build.prop", "/product/build.prop"]),
    Step::First(&["/product_services/etc/build.prop", "/product_services/build.prop"]),
    Step::ReadOnly("/factory/factory.prop"),
];

/// Whether a path names a property file: what a caller should put into [`Files`] for [`read`].
#[must_use]
pub fn is_property_file(path: &str) -> bool {
    path.ends_with(".prop") || path.ends_with("/prop.default")
}

/// Reads all property files of a build. Files that AOSP's init would not read (a maker's own partition, a recovery ramdisk) come last and only
/// fill gaps: no value of theirs takes the place of one that init sets.
#[must_use]
pub fn read(files: &Files<'_>, cx: &Cx<'_>) -> Properties {
    let last_wins = announced_sdk(files, cx).is_none_or(|sdk| sdk >= 29);
    let mut reading =
        Reading { files, cx, last_wins, left: cx.limits.configuration_imports, out: Properties::default() };
    let order = if last_wins { ORDER_FROM_10 } else { ORDER_TO_9 };
    let mut known: Vec<&str> = Vec::new();
    for step in order {
        match step {
            Step::All(paths) => {
                for path in *paths {
                    reading.file(path, None, Rule::Init);
                    known.push(path);
                }
            }
            Step::First(paths) => {
                let there = paths.iter().copied().find(|path| files.contains(path));
                if let Some(path) = there
                    && !reading.out.files.iter().any(|read| read == path)
                {
                    reading.file(path, None, Rule::Init);
                }
                known.extend(there);
            }
            Step::ReadOnly(path) => {
                reading.file(path, Some("ro.*"), Rule::Init);
                known.push(path);
            }
        }
    }
    let rest: Vec<&str> = files
        .iter()
        .map(|(path, _)| path)
        .filter(|path| is_property_file(path) && !known.contains(path))
        .filter(|path| !reading.out.files.iter().any(|read| read == path))
        .collect();
    for path in rest {
        reading.file(path, None, Rule::FillGaps);
    }
    reading.out
}

/// The API level, before it is known which rule merges the files.
fn announced_sdk(files: &Files<'_>, cx: &Cx<'_>) -> Option<u32> {
    let mut best: Option<(usize, u32)> = None;
    for (path, file) in files.iter() {
        if !is_property_file(path) {
            continue;
        }
        for (_, line) in lines(head(file.bytes, cx.limits.configuration_file_bytes)) {
            let Line::Value(name, value) = line else { continue };
            let Some(rank) = SDK_NAMES.iter().position(|known| known.as_bytes() == name) else { continue };
            let Some(sdk) = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()) else {
                continue;
            };
            if best.is_none_or(|(known, _)| rank < known) {
                best = Some((rank, sdk));
            }
        }
    }
    best.map(|(_, sdk)| sdk)
}

fn head(bytes: &[u8], limit: usize) -> &[u8] {
    bytes.get(..limit).unwrap_or(bytes)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    Init,
    FillGaps,
}

struct Reading<'f, 'b, 'c> {
    files: &'f Files<'b>,
    cx: &'c Cx<'c>,
    last_wins: bool,
    left: usize,
    out: Properties,
}

impl Reading<'_, '_, '_> {
    fn file(&mut self, path: &str, filter: Option<&str>, rule: Rule) -> bool {
        let mut open = Vec::new();
        self.nested(path, filter, rule, &mut open)
    }

    /// Reads one file and what it imports. `open` holds the files being read, so that a cycle ends at its second visit.
    fn nested(&mut self, path: &str, filter: Option<&str>, rule: Rule, open: &mut Vec<String>) -> bool {
        let files = self.files;
        let Some(file) = files.get(path) else { return false };
        let canonical = crate::partition::canonical(path).into_owned();
        if open.contains(&canonical) {
            self.cx.problems.report(
                &file.locus,
                "properties/import-cycle",
                format!("{canonical} imports itself through {}", open.join(" -> ")),
                "the file was read once",
            );
            return false;
        }
        if self.left == 0 || open.len() >= 16 {
            self.cx.problems.report(
                &file.locus,
                "properties/too-many-imports",
                format!("{canonical} is beyond the limit of {} files", self.cx.limits.configuration_imports),
                "its values were not read",
            );
            return false;
        }
        self.left = self.left.saturating_sub(1);
        if !self.out.files.contains(&canonical) {
            self.out.files.push(canonical.clone());
        }
        open.push(canonical.clone());
        let name: Arc<str> = canonical.as_str().into();
        let mut foreign = 0usize;
        for (number, line) in lines(file.text(self.cx)) {
            let origin = Origin { file: Arc::clone(&name), line: number };
            match line {
                // init follows imports only where it takes over everything.
                Line::Import(_) if filter.is_some() => {}
                Line::Import(text) => self.import(&String::from_utf8_lossy(text), origin, rule, open),
                Line::Value(name, value) => {
                    if std::str::from_utf8(name).is_err() || std::str::from_utf8(value).is_err() {
                        foreign = foreign.saturating_add(1);
                    }
                    let name = String::from_utf8_lossy(name);
                    if wanted(&name, filter) && !is_command(&name) {
                        self.set(&name, &String::from_utf8_lossy(value), origin, rule);
                    }
                }
            }
        }
        if foreign > 0 {
            report_foreign(file, foreign, self.cx);
        }
        open.pop();
        true
    }

    fn import(&mut self, text: &str, origin: Origin, rule: Rule, open: &mut Vec<String>) {
        let (target, filter) = match text.split_once(' ') {
            Some((target, filter)) => (target, Some(filter.trim())),
            None => (text, None),
        };
        let filter = filter.filter(|filter| !filter.is_empty());
        let followed = match self.out.expand(target) {
            Ok(path) => self.nested(&path, filter, rule, open),
            Err(_) => false,
        };
        self.out.imports.push(Import {
            origin,
            target: target.to_owned(),
            filter: filter.map(str::to_owned),
            followed,
        });
    }

    fn set(&mut self, name: &str, value: &str, origin: Origin, rule: Rule) {
        let keep_first = rule == Rule::FillGaps || (!self.last_wins && name.starts_with("ro."));
        if keep_first && self.out.values.contains_key(name) {
            return;
        }
        self.out.values.insert(name.to_owned(), Property { value: value.to_owned(), origin });
    }
}

fn report_foreign(file: &File<'_>, count: usize, cx: &Cx<'_>) {
    cx.problems.report(
        &file.locus,
        "properties/not-utf8",
        format!("{count} lines of {} are not UTF-8", file.path),
        "the bytes that are not were replaced by U+FFFD",
    );
}

fn wanted(name: &str, filter: Option<&str>) -> bool {
    match filter {
        None => true,
        Some(filter) => match filter.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => name == filter,
        },
    }
}

/// Names that act instead of holding a value; init ignores them in files.
fn is_command(name: &str) -> bool {
    name.starts_with("ctl.") || name == "sys.powerctl" || name == "selinux.restorecon_recursive"
}

enum Line<'a> {
    Value(&'a [u8], &'a [u8]),
    Import(&'a [u8]),
}

/// The lines that say something, with their numbers. The rules are those of `LoadProperties`: white space is trimmed around name and value, `#` begins a
/// comment only at the start, a line without `=` says nothing.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (u32, Line<'_>)> {
    bytes.split(|byte| *byte == b'\n').zip(1u32..).filter_map(|(line, number)| {
        let line = line.trim_ascii();
        if line.starts_with(b"#") {
            return None;
        }
        if let Some(target) = line.strip_prefix(b"import ") {
            return Some((number, Line::Import(target.trim_ascii_start())));
        }
        let at = line.iter().position(|byte| *byte == b'=')?;
        let (name, value) = line.split_at_checked(at)?;
        Some((number, Line::Value(name.trim_ascii_end(), value.get(1..)?.trim_ascii_start())))
    })
}

#[cfg(test)]
#[path = "properties/tests.rs"]
mod tests;
