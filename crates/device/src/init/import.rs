//! Which scripts init reads, in which order: the main script, what it imports, the folders `etc/init` of the partitions.

use std::collections::BTreeSet;
use std::sync::Arc;

use overt_base::Cx;

use super::section::{self, Place, Script};
use crate::file::Files;
use crate::partition;
use crate::properties::{Piece, Properties, pieces};

/// Why a script is read at a normal boot, or that it is not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reading {
    /// init's first script.
    Main,
    /// It lies in a folder `etc/init` (or is an APEX's own script).
    Folder,
    /// An `import` line names it.
    Imported(Place),
    /// An `import` line may name it: the line holds a property that the build does not set (the boot loader does).
    Assumed {
        /// The import line.
        by: Place,
        /// The property.
        property: String,
    },
    /// Nothing in the scripts read leads here: a script for another boot mode (recovery, factory test), or one left over.
    NotRead,
}

impl Reading {
    /// Whether the script counts at a normal boot.
    #[must_use]
    pub fn is_read(&self) -> bool {
        *self != Reading::NotRead
    }
}

/// A script with its sections and the reason for reading it.
pub(super) struct Read {
    pub path: Arc<str>,
    pub reading: Reading,
    pub script: Script,
}

/// Folders whose scripts are read, in init's order (API 30; earlier releases read fewer).
const FOLDERS: [&str; 6] = ["/system", "/system_ext", "/vendor", "/odm", "/product_services", "/product"];

/// Whether a path names a script, or a file whose name tells the hardware: what a caller should put into [`Files`].
#[must_use]
pub fn is_script(path: &str) -> bool {
    let canonical = partition::canonical(path);
    if hardware_name(&canonical).is_some() {
        return true;
    }
    let (folder, file) = canonical.rsplit_once('/').unwrap_or(("", &canonical));
    is_script_name(file)
        && !file.starts_with("ueventd")
        && (folder.is_empty()
            || folder.contains("/etc/init")
            || folder.starts_with("/apex/") && folder.ends_with("/etc"))
}

/// `x.rc`, or `x.33rc` for API 33 and later.
fn is_script_name(file: &str) -> bool {
    file.rsplit_once('.').is_some_and(|(_, extension)| {
        extension.strip_suffix("rc").is_some_and(|level| level.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// The hardware that a file name speaks of: AOSP names them `fstab.${ro.hardware}` and `ueventd.${ro.hardware}.rc`.
fn hardware_name(path: &str) -> Option<&str> {
    let (folder, file) = path.rsplit_once('/')?;
    let known = folder.is_empty() || matches!(folder, "/vendor/etc" | "/odm/etc" | "/system/etc");
    let name = file
        .strip_prefix("fstab.")
        .or_else(|| file.strip_prefix("ueventd.").and_then(|rest| rest.strip_suffix(".rc")))?;
    (known && !name.is_empty() && !name.contains('.')).then_some(name)
}

/// Names that `ro.hardware` may have: those for which the build has a file system table or device rules *and* an init script.
fn hardware<'f>(files: &'f Files<'_>) -> Vec<&'f str> {
    let mut out: BTreeSet<&str> = BTreeSet::new();
    for (path, _) in files.iter() {
        if let Some(name) = hardware_name(path)
            && ["/init.", "/vendor/etc/init/hw/init.", "/system/etc/init/hw/init."]
                .iter()
                .any(|start| files.contains(&format!("{start}{name}.rc")))
        {
            out.insert(name);
        }
    }
    out.into_iter().collect()
}

/// Reads every script of `files`, each once. Imports are followed without recursion, in init's order: a script's imports come after the script.
pub(super) fn read(files: &Files<'_>, properties: &Properties, cx: &Cx<'_>) -> Vec<Read> {
    let mut reader = Reader {
        files,
        properties,
        cx,
        hardware: hardware(files),
        done: BTreeSet::new(),
        out: Vec::new(),
        left: cx.limits.configuration_imports.saturating_mul(8),
    };
    let main = ["/system/etc/init/hw/init.rc", "/init.rc"].into_iter().find(|path| files.contains(path));
    if let Some(main) = main {
        reader.tree(main, Reading::Main);
    }
    // The folders came with Android 7.
    let folders = properties.sdk().is_none_or(|sdk| sdk >= 24);
    if folders {
        for partition in FOLDERS {
            reader.folder(&format!("{partition}/etc/init"), Reading::Folder);
        }
        let apex: Vec<&str> = files
            .iter()
            .map(|(path, _)| path)
            .filter(|path| path.starts_with("/apex/") && path.split('/').nth(3) == Some("etc"))
            .collect();
        for path in apex {
            if is_script(path) && reader.fits(path) {
                reader.tree(path, Reading::Folder);
            }
        }
    }
    let rest: Vec<&str> = files.iter().map(|(path, _)| path).filter(|path| is_script(path)).collect();
    for path in rest {
        if hardware_name(path).is_none() {
            reader.one(path, Reading::NotRead);
        }
    }
    reader.out
}

struct Reader<'f, 'b, 'c> {
    files: &'f Files<'b>,
    properties: &'f Properties,
    cx: &'c Cx<'c>,
    hardware: Vec<&'f str>,
    done: BTreeSet<String>,
    out: Vec<Read>,
    left: usize,
}

impl<'f> Reader<'f, '_, '_> {
    /// Reads one script, if it is there and was not read before; its import lines.
    fn one(&mut self, path: &str, reading: Reading) -> Vec<(String, Place)> {
        let canonical = partition::canonical(path).into_owned();
        let Some(file) = self.files.get(&canonical) else { return Vec::new() };
        if !self.done.insert(canonical.clone()) {
            return Vec::new();
        }
        if self.left == 0 {
            self.cx.problems.report(
                &file.locus,
                "init/too-many-scripts",
                format!("{canonical} is beyond the limit for imported files"),
                "the script was not read; what it starts is unknown",
            );
            return Vec::new();
        }
        self.left = self.left.saturating_sub(1);
        let path: Arc<str> = canonical.into();
        let script = section::read(file, &path, self.cx);
        let imports = script.imports.clone();
        self.out.push(Read { path, reading, script });
        imports
    }

    /// Reads a script and everything it imports, depth first as init does, on a stack of our own.
    fn tree(&mut self, path: &str, reading: Reading) {
        let mut stack = vec![(path.to_owned(), reading)];
        while let Some((path, reading)) = stack.pop() {
            let imports = self.one(&path, reading);
            let mut next = Vec::new();
            for (target, place) in imports {
                self.targets(&target, &place, &mut next);
            }
            stack.extend(next.into_iter().rev());
        }
    }

    /// The scripts that an import line names.
    fn targets(&self, target: &str, place: &Place, out: &mut Vec<(String, Reading)>) {
        // init's working folder is the root.
        let absolute = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        match self.properties.expand(&absolute) {
            Ok(path) => self.existing(&path, &Reading::Imported(place.clone()), out),
            Err(property) => {
                let assumed = Reading::Assumed { by: place.clone(), property: property.clone() };
                let values: &[&str] = if matches!(property.as_str(), "ro.hardware" | "ro.boot.hardware") {
                    &self.hardware
                } else {
                    &[]
                };
                if values.is_empty() {
                    let pattern = self.pattern(&absolute);
                    for (path, _) in self.files.iter() {
                        if is_script(path) && matches(&pattern, path) {
                            out.push((path.to_owned(), assumed.clone()));
                        }
                    }
                }
                for value in values {
                    let path =
                        absolute.replace("${ro.hardware}", value).replace("${ro.boot.hardware}", value);
                    if let Ok(path) = self.properties.expand(&path) {
                        self.existing(&path, &assumed, out);
                    }
                }
            }
        }
    }

    /// A script, or (since Android 7) every script of a folder.
    fn existing(&self, path: &str, reading: &Reading, out: &mut Vec<(String, Reading)>) {
        if self.files.contains(path) {
            out.push((path.to_owned(), reading.clone()));
        } else {
            out.extend(self.inside(path).into_iter().map(|path| (path.to_owned(), reading.clone())));
        }
    }

    /// The text before, between and behind the properties that are not known.
    fn pattern(&self, text: &str) -> Vec<String> {
        let mut out = vec![String::new()];
        for piece in pieces(text) {
            let known = match piece {
                Piece::Text(text) => Some(text),
                Piece::Property { name, default } => self.properties.filled(name).or(default),
            };
            match (known, out.last_mut()) {
                (Some(text), Some(last)) => last.push_str(text),
                _ => out.push(String::new()),
            }
        }
        out
    }

    /// The files right in a folder, by name.
    fn inside(&self, folder: &str) -> Vec<&'f str> {
        let canonical = partition::canonical(folder).into_owned();
        let files = self.files;
        files
            .iter()
            .map(|(path, _)| path)
            .filter(|path| {
                path.strip_prefix(canonical.as_str())
                    .and_then(|rest| rest.strip_prefix('/'))
                    .is_some_and(|rest| !rest.contains('/'))
            })
            .filter(|path| is_script_name(path) && self.fits(path))
            .collect()
    }

    fn folder(&mut self, folder: &str, reading: Reading) {
        for path in self.inside(folder) {
            self.tree(path, reading.clone());
        }
    }

    /// Whether a script with an API level in its name (`x.33rc`) is for this build.
    fn fits(&self, path: &str) -> bool {
        let level = path.rsplit_once('.').and_then(|(_, extension)| extension.strip_suffix("rc"));
        match (level.and_then(|level| level.parse::<u32>().ok()), self.properties.sdk()) {
            (Some(level), Some(sdk)) => level <= sdk,
            _ => true,
        }
    }
}

/// Whether `path` is the pattern's pieces with anything but `/` between them.
fn matches(pattern: &[String], path: &str) -> bool {
    let (Some(first), Some(last)) = (pattern.first(), pattern.last()) else { return false };
    if pattern.len() == 1 {
        return path == first;
    }
    let Some(mut rest) = path.strip_prefix(first.as_str()) else { return false };
    for middle in pattern.iter().skip(1).take(pattern.len().saturating_sub(2)) {
        let Some((gap, behind)) = rest.split_once(middle.as_str()) else { return false };
        if gap.contains('/') {
            return false;
        }
        rest = behind;
    }
    rest.strip_suffix(last.as_str()).is_some_and(|gap| !gap.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::properties;
    use crate::testing::{Context, files};

    fn order(list: &[(&str, &str)]) -> Vec<(String, Reading)> {
        let context = Context::new();
        let files = files(list);
        let properties = properties::read(&files, &context.cx());
        read(&files, &properties, &context.cx())
            .into_iter()
            .map(|read| (read.path.to_string(), read.reading))
            .collect()
    }

    fn place(file: &str, line: u32) -> Place {
        Place { file: file.into(), line }
    }

    #[test]
    fn imports_come_after_their_script_in_order() {
        let order = order(&[
            ("/system/build.prop", "ro.build.version.sdk=23\nro.zygote=zygote32\n"),
            ("/init.rc", "import /a.rc\nimport init.${ro.zygote}.rc\nimport /missing.rc\n"),
            ("/a.rc", "import /c.rc\nimport /init.rc\n"),
            ("/c.rc", ""),
            ("/init.zygote32.rc", ""),
            ("/factory_init.rc", ""),
            ("/system/etc/init/x.rc", ""),
        ]);
        assert_eq!(
            order,
            [
                ("/init.rc".to_owned(), Reading::Main),
                ("/a.rc".to_owned(), Reading::Imported(place("/init.rc", 1))),
                ("/c.rc".to_owned(), Reading::Imported(place("/a.rc", 1))),
                ("/init.zygote32.rc".to_owned(), Reading::Imported(place("/init.rc", 2))),
                ("/factory_init.rc".to_owned(), Reading::NotRead),
                // The folders came with API 24.
                ("/system/etc/init/x.rc".to_owned(), Reading::NotRead),
            ]
        );
    }

    #[test]
    fn folders_are_read_in_the_order_of_partitions_and_names() {
        let order = order(&[
            ("/system/build.prop", "ro.build.version.sdk=30\n"),
            ("/system/etc/init/hw/init.rc", "import /system/etc/extra\n"),
            ("/init.rc", ""),
            ("/system/etc/extra/b.rc", ""),
            ("/system/etc/extra/a.rc", ""),
            ("/vendor/etc/init/a.rc", ""),
            ("/vendor/etc/init/hw/init.x.rc", ""),
            ("/system/etc/init/b.rc", ""),
            ("/system/etc/init/a.rc", ""),
            ("/system/etc/init/new.31rc", ""),
            ("/system/etc/init/old.29rc", ""),
            ("/apex/com.android.x/etc/x.rc", ""),
        ]);
        let read: Vec<&str> =
            order.iter().filter(|(_, reading)| reading.is_read()).map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            read,
            [
                "/system/etc/init/hw/init.rc",
                "/system/etc/extra/a.rc",
                "/system/etc/extra/b.rc",
                "/system/etc/init/a.rc",
                "/system/etc/init/b.rc",
                "/system/etc/init/old.29rc",
                "/vendor/etc/init/a.rc",
                "/apex/com.android.x/etc/x.rc",
            ]
        );
        assert!(order.iter().any(|(path, reading)| path == "/init.rc" && !reading.is_read()));
    }

    #[test]
    fn the_hardware_is_taken_from_the_names_that_speak_of_it() {
        let list = [
            ("/init.rc", "import /init.${ro.hardware}.rc\n"),
            ("/init.mt1.rc", ""),
            ("/init.usb.rc", ""),
            ("/init.recovery.mt1.rc", ""),
            ("/fstab.mt1", ""),
            ("/ueventd.rc", ""),
        ];
        let read = order(&list);
        let assumed = Reading::Assumed { by: place("/init.rc", 1), property: "ro.hardware".to_owned() };
        assert_eq!(read[1], ("/init.mt1.rc".to_owned(), assumed));
        assert_eq!(read.iter().filter(|(_, reading)| reading.is_read()).count(), 2);
        // Without such a name every script that the line could mean counts, and says so.
        let without: Vec<(&str, &str)> =
            list.iter().copied().filter(|(path, _)| !path.contains("fstab")).collect();
        let read = order(&without);
        assert_eq!(read.iter().filter(|(_, reading)| matches!(reading, Reading::Assumed { .. })).count(), 3);
    }

    #[test]
    fn patterns_do_not_cross_folders() {
        let pattern =
            |pieces: &[&str]| -> Vec<String> { pieces.iter().map(|piece| (*piece).to_owned()).collect() };
        assert!(matches(&pattern(&["/init.", ".rc"]), "/init.x.rc"));
        assert!(!matches(&pattern(&["/init.", ".rc"]), "/init.x/y.rc"));
        assert!(matches(&pattern(&["/a", "b", "c"]), "/aXbYc"));
        assert!(!matches(&pattern(&["/a", "b", "c"]), "/aXYc"));
        assert!(!matches(&pattern(&["/a/b", "b"]), "/a/b"));
        assert!(matches(&pattern(&["/a"]), "/a"));
        assert!(!matches(&[], "/a"));
    }

    #[test]
    fn cycles_of_imports_end() {
        let order = order(&[
            ("/init.rc", "import /a.rc\nimport /a.rc\n"),
            ("/a.rc", "import /init.rc\nimport /a.rc\nimport /b.rc\n"),
            ("/b.rc", "import a.rc\n"),
        ]);
        assert_eq!(order.len(), 3);
    }

    #[test]
    fn scripts_are_told_from_other_files() {
        for (path, expected) in [
            ("/init.rc", true),
            ("/vendor/etc/init/hw/init.x.rc", true),
            ("/system/etc/init/x.34rc", true),
            ("/apex/com.android.x/etc/x.rc", true),
            ("/fstab.x", true),
            ("/vendor/etc/fstab.x", true),
            ("/ueventd.x.rc", true),
            ("/ueventd.rc", false),
            ("/vendor/ueventd.rc", false),
            ("/system/etc/mkshrc", false),
            ("/system/etc/bash/bashrc.rc", false),
            ("/system/etc/x.arc", false),
        ] {
            assert_eq!(is_script(path), expected, "{path}");
        }
    }
}
