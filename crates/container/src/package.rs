//! Packages and code files are leaves here: other crates open them.

use overt_base::{Cx, Locus, Problems};

use crate::apex;
use crate::member::Members;
use crate::source::{self, Source};
use crate::zip::Archive;

/// What a lone input file is; the device path tells it on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    /// The path it gets: the host's name must not matter.
    pub(crate) path: &'static str,
}

const DEX: &[u8] = b"dex\n";
const CDEX: &[u8] = b"cdex";
const VDEX: &[u8] = b"vdex";
const ELF: &[u8] = b"\x7fELF";
const OAT: &[u8] = b"oat\n";

/// What a lone file is by its content.
pub(crate) fn leaf(source: &dyn Source, head: &[u8], cx: &Cx<'_>) -> Option<Leaf> {
    let path = if head.starts_with(DEX) || head.starts_with(CDEX) {
        "/input.dex"
    } else if head.starts_with(VDEX) {
        "/input.vdex"
    } else if head.starts_with(ELF) {
        if has_oat(source) { "/input.odex" } else { "/input.so" }
    } else {
        let view = source::whole(source, ("unfolded_file_bytes", cx.limits.unfolded_file_bytes)).ok()?;
        // Whoever reads the package reports what is wrong with it.
        let problems = Problems::new(0);
        let archive = Archive::open(view, &Locus::input(), &Cx { problems: &problems, ..*cx }).ok()?;
        if archive.find(MANIFEST).is_some() {
            "/input.apk"
        } else if archive.find(CODE).is_some() {
            "/input.jar"
        } else {
            return None;
        }
    };
    Some(Leaf { path })
}

/// The `.rodata` of an odex begins with the OAT header, at a page's start.
fn has_oat(source: &dyn Source) -> bool {
    let pages = (source.len() / 4096).min(1 << 20);
    (1..pages.max(2)).any(|page| {
        let mut magic = [0; 4];
        source.read_at(page.saturating_mul(4096), &mut magic).is_ok() && magic == *OAT
    })
}

const MANIFEST: &str = "AndroidManifest.xml";
const CODE: &str = "classes.dex";

/// Endings of files that are never containers of device files, whatever their first bytes are.
static LEAVES: &[&str] = &[
    "apk", "art", "conf", "dex", "html", "jar", "js", "json", "jpg", "log", "md", "mp3", "mp4", "oat",
    "odex", "ogg", "otf", "png", "prof", "prop", "rc", "sh", "so", "ttf", "txt", "vdex", "wav", "webp",
    "xml",
];

fn ending(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default()
}

/// Whether the name says that the file is no container to be opened here.
pub(crate) fn is_leaf_name(path: &str) -> bool {
    let ending = ending(path);
    LEAVES.contains(&ending.as_str())
}

/// The name of what a packed file unfolds to: without the ending that says how it is packed.
pub(crate) fn unpacked_name(path: &str) -> Option<String> {
    let (stem, ending) = path.rsplit_once('.')?;
    match ending.to_ascii_lowercase().as_str() {
        "br" | "bz2" | "gz" | "lz4" | "xz" | "zst" | "zstd" => Some(stem.to_string()),
        "tbz2" | "tgz" | "txz" | "tzst" => Some(format!("{stem}.tar")),
        _ => None,
    }
}

/// Whether a lone archive is an APEX package.
pub(crate) fn is_lone_apex(source: &dyn Source, cx: &Cx<'_>) -> bool {
    let problems = Problems::new(0);
    let limit = ("unfolded_file_bytes", cx.limits.unfolded_file_bytes);
    source::whole(source, limit).is_ok_and(|view| {
        Archive::open(view, &Locus::input(), &Cx { problems: &problems, ..*cx })
            .is_ok_and(|archive| apex::is_apex(&archive))
    })
}

/// Whether the name is that of an archive with the parts of one app.
pub(crate) fn is_bundle(path: &str) -> bool {
    matches!(ending(path).as_str(), "apkm" | "apks" | "xapk")
}

/// Whether the name is that of an APEX package.
pub(crate) fn is_apex(path: &str) -> bool {
    matches!(ending(path).as_str(), "apex" | "capex")
}

/// Whether the name is that of a package or of an image.
fn is_firmware(path: &str) -> bool {
    matches!(ending(path).as_str(), "apk" | "dat" | "ext4" | "img" | "payload")
        || path.ends_with("payload.bin")
}

/// Whether an archive holds firmware: images, partitions' directories or packages, and is no package itself.
pub(crate) fn is_worth_opening(members: &Members) -> bool {
    let has = |path: &str| members.files.binary_search_by(|member| member.path.as_str().cmp(path)).is_ok();
    if has(MANIFEST) || has(CODE) {
        return false;
    }
    members.files.iter().any(|member| {
        let inside = member.path.split('/').any(|part| matches!(part, "system" | "vendor" | "product"));
        inside
            || is_firmware(unpacked_name(&member.path).as_deref().unwrap_or(&member.path))
            || (ending(&member.path) == "zip" && member.path.contains("image"))
    })
}
