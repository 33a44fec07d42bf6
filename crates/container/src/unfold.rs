//! The one recursion: whatever contains files is opened until only files are left.

use std::path::Path;
use std::sync::Arc;

use overt_base::{Cx, Locus};

use crate::ReadError;
use crate::folder;
use crate::formats::zip::Zip;
use crate::formats::{Blob, Contents, FORMATS, Format as _, HEAD_BYTES, Opened, head, known};
use crate::layout::{Layout, Origin, Paths, Properties};
use crate::listing::{self, Line};
use crate::member::{Member, Members};
use crate::package::{self, Leaf};
use crate::partition;
use crate::pieces::{self, Lone};
use crate::source::Source;

/// A file that may be a container and could not be opened as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unopened {
    /// Where it lies in the input.
    pub locus: Locus,
    /// Where it would lie on the device, or its path in the container it came in.
    pub path: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its first bytes, at most 16, in hexadecimal digits.
    pub head: String,
    /// Why it was not opened.
    pub reason: String,
}

/// The files of one folder, archive or file system, and where they lie on the device.
#[derive(Debug)]
pub(crate) struct Volume {
    pub(crate) locus: Locus,
    pub(crate) slot: Option<char>,
    pub(crate) members: Vec<Member>,
    pub(crate) layout: Layout,
    /// The listing that lay at its root: name and lines.
    pub(crate) listing: Option<(String, Vec<Line>)>,
    /// Paths that are there although they are no files of the device: directories, containers, the listing.
    pub(crate) accounted: Vec<String>,
    pub(crate) lone: Vec<Lone>,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub(crate) struct Unfolded {
    pub(crate) volumes: Vec<Volume>,
    pub(crate) unopened: Vec<Unopened>,
    /// What a lone input file is, when it is no container but a package or code.
    pub(crate) leaf: Option<Leaf>,
    files: usize,
    /// Bytes of containers that are held unfolded in memory.
    held: u64,
}

/// What became of a file that was offered as a container.
enum Outcome {
    Opened,
    /// It is a package or an ordinary archive: a file like any other.
    Leaf,
    /// It is no container.
    No(Option<String>),
}

pub(crate) struct Unfolding<'a, 'c> {
    pub(crate) cx: &'a Cx<'c>,
    pub(crate) out: Unfolded,
}

impl Unfolding<'_, '_> {
    /// Opens a folder of the host.
    pub(crate) fn folder(&mut self, path: &Path) -> std::io::Result<()> {
        let locus = Locus::input();
        let members = folder::walk(path, &locus, self.cx)?;
        self.volume(members, locus, Origin::Folder, 0);
        Ok(())
    }

    /// Opens a single file; `name` is its own without folders.
    ///
    /// # Errors
    /// Why nothing can be made of it.
    pub(crate) fn single(&mut self, contents: &dyn Contents, name: &str) -> Result<(), Unopened> {
        let locus = Locus::input();
        let source = match contents.source(self.cx) {
            Ok(source) => source,
            Err(error) => return Err(unopened(&locus, "", &[], 0, error.to_string())),
        };
        let bytes = head(source.as_ref(), HEAD_BYTES);
        // What begins like an image is one, though its last file may be a package and look like its end.
        let is_image = !Zip.sniff(&bytes)
            && (FORMATS.iter().any(|format| format.sniff(&bytes)) || known::recognise(&bytes).is_some());
        if !is_image && let Some(leaf) = package::leaf(source.as_ref(), &bytes, self.cx) {
            self.out.leaf = Some(leaf);
            return Ok(());
        }
        let blob = Blob { source, locus: locus.clone() };
        let size = blob.source.len();
        match self.blob(&blob, &bytes, name, 0, true) {
            Outcome::Opened => Ok(()),
            Outcome::Leaf => Err(unopened(&locus, "", &bytes, size, "not a container".to_string())),
            Outcome::No(reason) => {
                let reason = reason.unwrap_or_else(|| "no known format".to_string());
                Err(unopened(&locus, "", &bytes, size, reason))
            }
        }
    }

    /// Tries every format on `blob`.
    fn blob(&mut self, blob: &Blob, bytes: &[u8], name: &str, depth: usize, alone: bool) -> Outcome {
        let cx = self.cx;
        if depth > cx.limits.nesting_depth {
            return Outcome::No(Some(format!("nested deeper than {} containers", cx.limits.nesting_depth)));
        }
        let mut reason = None;
        let mut opened = None;
        let is_unknown =
            !FORMATS.iter().any(|format| format.sniff(bytes)) && known::recognise(bytes).is_none();
        for format in FORMATS {
            // An archive may have anything before it; a lone file is worth the look at its end.
            let last_resort = alone && is_unknown && format.doc().name == "zip";
            if !format.sniff(bytes) && !last_resort {
                continue;
            }
            if opened.is_some() {
                let detail = format!("it could also be {}", format.doc().name);
                cx.problems.report(
                    &blob.locus,
                    "container/ambiguous",
                    detail,
                    "it was opened as one thing only",
                );
                continue;
            }
            match format.open(blob, cx) {
                Ok(what) => opened = Some((format.doc().name, what)),
                Err(not) if format.sniff(bytes) => reason = Some(not.to_string()),
                Err(_) => {}
            }
        }
        let Some((format, opened)) = opened else {
            let known = known::recognise(bytes).map(|known| format!("{}: not yet supported", known.says));
            return Outcome::No(reason.or(known));
        };
        match opened {
            Opened::Bytes(source) => {
                let inner = Blob { source, locus: blob.locus.clone() };
                let bytes = inner.head();
                match self.blob(&inner, &bytes, name, depth.saturating_add(1), false) {
                    Outcome::No(reason) => {
                        let reason = reason.unwrap_or_else(|| "no known format".to_string());
                        Outcome::No(Some(format!("inside {format}: {reason}")))
                    }
                    other => other,
                }
            }
            Opened::Parts(parts) => {
                let outer =
                    if blob.locus == Locus::input() { blob.locus.child(format) } else { blob.locus.clone() };
                for (part, source) in parts {
                    self.partition(&part, source, &outer, depth);
                }
                Outcome::Opened
            }
            Opened::Files(members) => {
                if format == "zip" && !alone && !package::is_worth_opening(&members) {
                    return Outcome::Leaf;
                }
                // An archive's name is its packer's; an image is called after its partition.
                let origin =
                    if format == "zip" { Origin::Archive } else { Origin::Image(partition::hint(name)) };
                self.volume(members, blob.locus.clone(), origin, depth);
                Outcome::Opened
            }
        }
    }

    /// The bytes of a nested container, within what all of them together may take.
    fn container_source(&mut self, contents: &dyn Contents) -> Result<Arc<dyn Source>, ReadError> {
        let cx = self.cx;
        if !contents.is_unfolded() {
            return contents.source(cx);
        }
        let allowed = cx.limits.unfolded_memory_bytes;
        let left = allowed.saturating_sub(self.out.held);
        let mut limits = cx.limits.clone();
        limits.unfolded_file_bytes = limits.unfolded_file_bytes.min(left);
        let source = contents.source(&Cx { limits: &limits, ..*cx }).map_err(|error| match error {
            ReadError::TooLarge { limit: "unfolded_file_bytes", .. }
                if left < cx.limits.unfolded_file_bytes =>
            {
                ReadError::TooLarge { limit: "unfolded_memory_bytes", allowed }
            }
            other => other,
        })?;
        self.out.held = self.out.held.saturating_add(source.len());
        Ok(source)
    }

    fn partition(&mut self, name: &str, source: Arc<dyn Source>, outer: &Locus, depth: usize) {
        if source.is_empty() {
            return;
        }
        let size = source.len();
        let blob = Blob { source, locus: outer.child(name) };
        let bytes = blob.head();
        match self.blob(&blob, &bytes, name, depth.saturating_add(1), false) {
            Outcome::Opened => {}
            Outcome::Leaf => {
                self.out.unopened.push(unopened(&blob.locus, name, &bytes, size, "a package".into()))
            }
            Outcome::No(reason) => {
                // The second slot of a fresh device is there and empty.
                if reason.is_none() && bytes.iter().all(|&byte| byte == 0) {
                    return;
                }
                let reason = reason.unwrap_or_else(|| "no known format".to_string());
                self.out.unopened.push(unopened(&blob.locus, name, &bytes, size, reason));
            }
        }
    }

    /// Takes in the files of one container, and opens those among them that are containers themselves.
    fn volume(&mut self, mut members: Members, locus: Locus, origin: Origin, depth: usize) {
        let cx = self.cx;
        let room = cx.limits.files.saturating_sub(self.out.files);
        if members.files.len() > room {
            let detail = format!("{} files, room for {room}", members.files.len());
            cx.problems.report(
                &locus,
                "container/too-many-files",
                detail,
                "the rest of this container is missing",
            );
            members.files.truncate(room);
        }
        self.out.files = self.out.files.saturating_add(members.files.len());
        cx.progress.step("open", locus.as_str(), self.out.files, self.out.files);

        let mut accounted = std::mem::take(&mut members.directories);
        let listing = take_listing(&mut members, &locus, cx);
        if let Some((path, _)) = &listing {
            accounted.push(path.clone());
        }
        let lines = listing.as_ref().map_or(&[][..], |(_, lines)| lines);
        let listed = |path: &str| {
            let index = lines.binary_search_by(|line| line.0.as_str().cmp(path)).ok()?;
            lines.get(index).map(|line| line.1)
        };
        let lone = pieces::join(&mut members, listed, &locus, cx);
        let layout = {
            let own = members.files.iter().map(|member| member.path.as_str());
            let paths = Paths::new(own.chain(lines.iter().map(|line| line.0.as_str())));
            Layout::of(&paths, &PropertyFiles { members: &members, cx }, origin)
        };
        if let Some(said) = layout.contradicted {
            let detail = format!("its name says {said}");
            cx.problems.report(
                &locus,
                "container/name-contradicts-content",
                detail,
                "the content was believed",
            );
        }
        if !layout.several.is_empty() {
            let detail = format!("several builds lie side by side: {}", layout.several.join(", "));
            let consequence = "they were not taken for one; paths are those of the input";
            cx.problems.report(&locus, "container/several-builds", detail, consequence);
        }

        let mut files = Vec::with_capacity(members.files.len());
        for member in members.files {
            if cx.cancel.is_cancelled() {
                break;
            }
            if self.member(&member, &layout, &locus, depth) {
                files.push(member);
            } else {
                accounted.push(member.path);
            }
        }
        accounted.sort();
        let slot = origin.hint().and_then(|hint| hint.slot);
        let listing = listing.map(|(path, lines)| (path.rsplit('/').next().unwrap_or("").to_string(), lines));
        self.out.volumes.push(Volume { locus, slot, members: files, layout, listing, accounted, lone });
    }

    /// Whether `member` is a file of the device; if not, it was opened or listed as unopened.
    fn member(&mut self, member: &Member, layout: &Layout, locus: &Locus, depth: usize) -> bool {
        let cx = self.cx;
        let Some(contents) = &member.contents else { return true };
        let own = locus.child(&format!("/{}", member.path));
        if package::is_apex(&member.path) {
            let reason = "APEX package: not yet supported".to_string();
            let path = layout.place(&member.path).0;
            self.out.unopened.push(unopened(
                &own,
                &path,
                &contents.head(HEAD_BYTES, cx),
                member.size,
                reason,
            ));
            return true;
        }
        if layout.covers(&member.path) || package::is_leaf_name(&member.path) {
            return true;
        }
        let bytes = contents.head(HEAD_BYTES, cx);
        let known = known::recognise(&bytes).map(|known| format!("{}: not yet supported", known.says));
        let mut outcome = Outcome::No(None);
        if FORMATS.iter().any(|format| format.sniff(&bytes)) {
            outcome = match self.container_source(contents.as_ref()) {
                Ok(source) => {
                    let blob = Blob { source, locus: own.clone() };
                    self.blob(&blob, &bytes, &member.path, depth.saturating_add(1), false)
                }
                Err(error) => Outcome::No(Some(error.to_string())),
            };
        }
        let reason = match outcome {
            Outcome::Opened => return false,
            Outcome::Leaf => return true,
            Outcome::No(Some(reason)) => reason,
            Outcome::No(None) => match known {
                Some(known) => known,
                None if known::promises_container(&member.path) && member.size > 0 => {
                    "no known format".to_string()
                }
                None => return true,
            },
        };
        let path = layout.place(&member.path).0;
        self.out.unopened.push(unopened(&own, &path, &bytes, member.size, reason));
        false
    }
}

pub(crate) fn unopened(locus: &Locus, path: &str, bytes: &[u8], size: u64, reason: String) -> Unopened {
    let head = bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Unopened { locus: locus.clone(), path: path.to_string(), size, head, reason }
}

/// Takes the listing at the root, or in the one directory that everything lies in, out of the members.
fn take_listing(members: &mut Members, locus: &Locus, cx: &Cx<'_>) -> Option<(String, Vec<Line>)> {
    let wrapper = common_directory(members);
    let position = listing::NAMES.iter().find_map(|name| {
        let at = |path: &str| members.files.binary_search_by(|member| member.path.as_str().cmp(path)).ok();
        at(name).or_else(|| at(&format!("{wrapper}{name}")))
    })?;
    let member = members.files.get(position)?;
    let text = match member.contents.as_ref()?.read(cx) {
        Ok(view) => String::from_utf8_lossy(&view).into_owned(),
        Err(error) => {
            let locus = locus.child(&format!("/{}", member.path));
            cx.problems.report(&locus, "listing/unreadable", error.to_string(), "completeness is unknown");
            return None;
        }
    };
    let own = member.path.clone();
    let mut lines = listing::parse(&text);
    lines.truncate(cx.limits.files);
    // A list may have been made inside the wrapper or one level above it.
    let matches = |prefix: &str, strip: usize| {
        lines
            .iter()
            .filter(|line| respelt(&line.0, prefix, strip).is_some_and(|path| has(members, &path)))
            .count()
    };
    let candidates = [(wrapper.as_str(), 0), ("", 0), (wrapper.as_str(), 1), ("", 1)];
    let best = candidates.iter().enumerate().max_by_key(|(index, (prefix, strip))| {
        (matches(prefix, *strip), candidates.len().saturating_sub(*index))
    });
    let (_, &(prefix, strip)) = best?;
    let mut lines: Vec<Line> = lines
        .iter()
        .filter_map(|line| Some((respelt(&line.0, prefix, strip)?, line.1)))
        .filter(|line| line.0 != own)
        .collect();
    lines.sort();
    // A text of another kind that happens to have the name lists nothing that is there.
    let known = lines.iter().filter(|line| has(members, &line.0)).count();
    let has_images = members.files.iter().any(|member| known::promises_container(&member.path));
    if lines.is_empty() || (known == 0 && !has_images) {
        return None;
    }
    members.files.remove(position);
    Some((own, lines))
}

/// A listed path as the container would spell it.
fn respelt(path: &str, prefix: &str, strip: usize) -> Option<String> {
    let rest = if strip == 0 { path } else { path.split_once('/')?.1 };
    Some(format!("{prefix}{rest}"))
}

fn has(members: &Members, path: &str) -> bool {
    members.files.binary_search_by(|member| member.path.as_str().cmp(path)).is_ok()
}

/// The directories that all files lie in, with the final slash; empty when there is none.
fn common_directory(members: &Members) -> String {
    let (Some(first), Some(last)) = (members.files.first(), members.files.last()) else {
        return String::new();
    };
    let mut common = String::new();
    let parts = first.path.split('/').zip(last.path.split('/'));
    for (one, _) in parts.take_while(|(one, other)| one == other) {
        common.push_str(one);
        common.push('/');
    }
    // The members are sorted, so what the first and the last share all share; a name of a file is no directory.
    if first.path.len() < common.len() { String::new() } else { common }
}

/// Property files among the members.
struct PropertyFiles<'a, 'c> {
    members: &'a Members,
    cx: &'a Cx<'c>,
}

/// Real ones have a few kilobytes.
const LONGEST_PROPERTIES: usize = 256 << 10;

impl Properties for PropertyFiles<'_, '_> {
    fn text(&self, path: &str) -> Option<String> {
        let files = &self.members.files;
        let member = files.get(files.binary_search_by(|member| member.path.as_str().cmp(path)).ok()?)?;
        let text = member.contents.as_ref()?.head(LONGEST_PROPERTIES, self.cx);
        Some(String::from_utf8_lossy(&text).into_owned())
    }
}
