//! Where the files of a container lie on the device: told by what is there first, by names second.

mod content;
mod paths;

use crate::partition::{self, APEX, Hint, ROOT, SYSTEM, UNKNOWN};

pub use content::Properties;
use content::{Content, Sureness, content, is_partition};
pub use paths::Paths;

/// A directory of the container and where it lies on the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The directory with its final slash; empty for the container's root.
    pub prefix: String,
    /// The directory on the device with its final slash.
    pub device: String,
    /// The partition of what lies in no other partition's directory.
    pub partition: &'static str,
}

/// Where everything in a container lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Longest prefix first; the last one has the empty prefix and takes what is left.
    mounts: Vec<Mount>,
    /// Whether anything was recognised at all.
    pub recognised: bool,
    /// What the name said and the content contradicted.
    pub contradicted: Option<&'static str>,
    /// Builds that lie side by side, when there are several: then nothing was recognised.
    pub several: Vec<String>,
}

/// What kind of container it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin<'a> {
    /// A folder of the host.
    Folder,
    /// An archive, whose packer may have put a directory around everything.
    Archive,
    /// A file system image, and what its name says.
    Image(Option<Hint>),
    /// A ramdisk, and the partition it boots.
    Ramdisk(&'a str),
    /// An APEX package's file system, and the package's name.
    Apex(&'a str),
    /// The parts of one app, and where the archive lies.
    Bundle(&'a str),
}

impl Origin<'_> {
    /// What the name says.
    #[must_use]
    pub fn hint(self) -> Option<Hint> {
        match self {
            Origin::Image(hint) => hint,
            _ => None,
        }
    }
}

/// How deep a dump may be wrapped in directories that are no part of it.
const DEEPEST_WRAPPER: usize = 4;

impl Layout {
    /// Finds out from the paths, from build properties, and from where they come.
    #[must_use]
    pub fn of(paths: &Paths<'_>, properties: &dyn Properties, origin: Origin<'_>) -> Layout {
        let mut layout =
            Layout { mounts: Vec::new(), recognised: true, contradicted: None, several: Vec::new() };
        match origin {
            Origin::Ramdisk(partition) => layout.ramdisk(partition, paths),
            Origin::Apex(name) => layout.mount("", &format!("/apex/{name}/"), APEX),
            // Apart from other apps' parts, which have the same names.
            Origin::Bundle(path) => layout.mount("", &format!("/{path}/"), UNKNOWN),
            _ => layout.find(paths, properties, origin),
        }
        if !layout.mounts.iter().any(|mount| mount.prefix.is_empty()) {
            layout.mount("", "/", UNKNOWN);
        }
        layout.mounts.sort_by(|one, other| {
            other.prefix.len().cmp(&one.prefix.len()).then_with(|| one.prefix.cmp(&other.prefix))
        });
        layout
    }

    fn find(&mut self, paths: &Paths<'_>, properties: &dyn Properties, origin: Origin<'_>) {
        let layout = self;
        let hint = origin.hint();
        if !layout.recognise("", paths, properties, hint) {
            let mut found = Vec::new();
            wrapped("", 1, paths, properties, &mut found);
            match (found.as_slice(), hint) {
                ([wrapper], _) => {
                    layout.recognise(wrapper, paths, properties, None);
                }
                (_, Some(hint)) => {
                    layout.mount("", &format!("{}/", hint.partition.mount), hint.partition.name)
                }
                ([], None) => {
                    layout.recognised = false;
                    if let ([(wrapper, true)], Origin::Archive) = (paths.children("").as_slice(), origin) {
                        layout.mount(&format!("{wrapper}/"), "/", UNKNOWN);
                    }
                }
                (_, None) => {
                    layout.recognised = false;
                    layout.several = found;
                }
            }
        }
    }

    /// The device path of `path`, and its partition.
    #[must_use]
    pub fn place(&self, path: &str) -> (String, &'static str) {
        for mount in &self.mounts {
            if let Some(rest) = path.strip_prefix(mount.prefix.as_str()) {
                let device = format!("{}{rest}", mount.device);
                let partition = match mount.device.as_str() {
                    "/" => partition::of_path(&device, mount.partition),
                    _ => mount.partition,
                };
                return (device, partition);
            }
        }
        (format!("/{path}"), UNKNOWN)
    }

    /// Whether `path` lies in a partition's own directory, where images and archives are the device's business.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        !matches!(self.place(path).1, ROOT | UNKNOWN)
    }

    fn mount(&mut self, prefix: &str, device: &str, partition: &'static str) {
        self.mounts.push(Mount { prefix: prefix.to_string(), device: device.to_string(), partition });
    }

    /// A ramdisk is the device's root where `init` reads its scripts there. Elsewhere it is only the first stage, or
    /// another system altogether, and lies beside the device's files.
    fn ramdisk(&mut self, partition: &str, paths: &Paths<'_>) {
        let is_recovery = ["sbin/recovery", "system/bin/recovery", "res/images/", "twres/"]
            .into_iter()
            .any(|path| paths.below(path).next().is_some());
        if paths.has_file("init.rc") && !is_recovery && partition != "recovery" {
            self.mount("", "/", ROOT);
        } else {
            self.mount("", &format!("/{}/ramdisk/", partition.trim_matches('/')), UNKNOWN);
        }
    }

    /// Recognises what lies at `prefix`: partitions side by side, a device's root, or one partition's content.
    fn recognise(
        &mut self,
        prefix: &str,
        paths: &Paths<'_>,
        properties: &dyn Properties,
        hint: Option<Hint>,
    ) -> bool {
        let directories: Vec<_> = paths
            .children(prefix)
            .into_iter()
            .filter(|(_, directory)| *directory)
            .filter_map(|(name, _)| partition::named(name))
            .filter(|partition| is_partition(&format!("{prefix}{}/", partition.name), paths, properties))
            .collect();
        let own = content(prefix, paths, properties);
        let has_system = directories.iter().any(|partition| partition.name == SYSTEM);
        if has_system || (own.is_none() && !directories.is_empty()) {
            let mut root_is_inside = false;
            for partition in directories {
                let below = format!("{prefix}{}/", partition.name);
                // A system-as-root image unpacked into a directory of its partition's name.
                if partition.name == SYSTEM && is_root_of_system(&below, paths, properties) {
                    self.mount(&below, "/", ROOT);
                    root_is_inside = true;
                } else {
                    self.mount(&below, &format!("{}/", partition.mount), partition.name);
                }
            }
            // Where the system image holds the root, the ramdisk is only the first stage.
            if !root_is_inside {
                for ramdisk in ["boot/ramdisk/", "boot/RAMDISK/", "ramdisk/"] {
                    let below = format!("{prefix}{ramdisk}");
                    if paths.has_directory(&below) {
                        self.mount(&below, "/", ROOT);
                        break;
                    }
                }
            }
            let is_root = ["init.rc", "init", "default.prop", "init.environ.rc", "prop.default"]
                .into_iter()
                .any(|name| paths.has_file(&format!("{prefix}{name}")));
            if is_root && !root_is_inside {
                self.mount(prefix, "/", ROOT);
            } else {
                self.mount(prefix, "/", UNKNOWN);
            }
            return true;
        }
        let Some(own) = own else { return false };
        let partition = self.resolve(own, hint);
        let device = partition::named(partition).map_or("/system", |partition| partition.mount);
        self.mount(prefix, &format!("{device}/"), partition);
        true
    }

    /// Content against name: content wins where it is sure.
    fn resolve(&mut self, own: Content, hint: Option<Hint>) -> &'static str {
        let Some(hint) = hint else { return own.partition };
        let said = hint.partition.name;
        let wins = match own.sureness {
            Sureness::Certain => true,
            // Makers' own partitions carry property files like the system's.
            Sureness::Properties => own.partition != SYSTEM,
            Sureness::Packages => false,
        };
        if !wins || own.partition == said {
            return said;
        }
        self.contradicted = Some(said);
        own.partition
    }
}

/// Whether the directory holds a root with `system/` below.
fn is_root_of_system(prefix: &str, paths: &Paths<'_>, properties: &dyn Properties) -> bool {
    let system = format!("{prefix}system/");
    let own = content(prefix, paths, properties);
    own.is_none_or(|own| own.sureness != Sureness::Certain) && is_partition(&system, paths, properties)
}

/// Directories below `prefix` that hold something recognisable, the outermost of each branch.
fn wrapped(
    prefix: &str,
    depth: usize,
    paths: &Paths<'_>,
    properties: &dyn Properties,
    found: &mut Vec<String>,
) {
    for (name, directory) in paths.children(prefix) {
        if !directory || found.len() > 8 {
            continue;
        }
        let below = format!("{prefix}{name}/");
        let mut trial =
            Layout { mounts: Vec::new(), recognised: true, contradicted: None, several: Vec::new() };
        if trial.recognise(&below, paths, properties, None) {
            found.push(below);
        } else if depth < DEEPEST_WRAPPER {
            wrapped(&below, depth.saturating_add(1), paths, properties, found);
        }
    }
}
