//! The one recursion: whatever contains files is opened until only files are left.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use overt_base::{Cx, Locus};

use crate::ReadError;
use crate::apex;
use crate::folder;
use crate::formats::zip::Zip;
use crate::formats::{Blob, Contents, FORMATS, Format, HEAD_BYTES, Opened, head, known};
use crate::layout::{Layout, Origin, Paths, Properties};
use crate::listing::{self, Line};
use crate::member::{Member, Members};
use crate::memory::Memory;
use crate::package::{self, Leaf};
use crate::partition;
use crate::pieces::{self, Lone};
use crate::scatter::{self, Scatter};
use crate::source::{self, Source};
use crate::transfer::{self, Transfer};
use crate::update::Update;

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
    /// Its bytes, when the input is only what it came packed in.
    pub(crate) unpacked: Option<Arc<dyn Source>>,
    /// Images of partitions, by name without slot: what an incremental update may start from.
    pub(crate) images: BTreeMap<String, Arc<dyn Source>>,
    files: usize,
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
    /// What all containers may hold unfolded.
    memory: Memory,
    /// What an update starts from.
    update: Update,
}

impl<'a, 'c> Unfolding<'a, 'c> {
    /// Nothing yet.
    pub(crate) fn new(update: &Update, cx: &'a Cx<'c>) -> Unfolding<'a, 'c> {
        Unfolding { cx, out: Unfolded::default(), memory: Memory::of(cx.limits), update: update.clone() }
    }

    fn at(&self, locus: Locus, source: Arc<dyn Source>) -> Blob {
        Blob { source, locus, memory: self.memory.clone(), update: self.update.clone() }
    }

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
        if Zip.sniff(&bytes) && package::is_lone_apex(source.as_ref(), self.cx) {
            return self
                .apex(contents, name, &locus, 0)
                .map_err(|reason| unopened(&locus, "", &bytes, source.len(), reason));
        }
        // What begins like an image is one, though its last file may be a package and look like its end.
        let is_image = !Zip.sniff(&bytes)
            && (FORMATS.iter().any(|format| format.sniff(&bytes)) || known::recognise(&bytes).is_some());
        if !is_image && let Some(leaf) = package::leaf(source.as_ref(), &bytes, self.cx) {
            self.out.leaf = Some(leaf);
            return Ok(());
        }
        let blob = self.at(locus.clone(), source);
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
            let last_resort = alone && is_unknown && opened.is_none() && format.doc().name == "zip";
            let fits = format.sniff(bytes) || is_unknown && format.claims(name);
            if !fits && !last_resort {
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
                Ok(what) => opened = Some((*format, what)),
                Err(not) if fits => reason = Some(not.to_string()),
                Err(_) => {}
            }
        }
        let Some((format, opened)) = opened else {
            let known = known::recognise(bytes).map(|known| format!("{}: not yet supported", known.says));
            return Outcome::No(reason.or(known));
        };
        if !format.is_archive() && !matches!(opened, Opened::Bytes(_)) {
            let name = partition::without_slot(stem(name));
            self.out.images.entry(name).or_insert_with(|| Arc::clone(&blob.source));
        }
        match opened {
            Opened::Bytes(source) => self.inside(format, source, blob, name, depth, alone),
            Opened::Parts(parts) => {
                let outer = if blob.locus == Locus::input() {
                    blob.locus.child(format.doc().name)
                } else {
                    blob.locus.clone()
                };
                // A ramdisk is told by the partition it boots; of anything else the part's name is all.
                let stem = (format.doc().name == "boot").then(|| stem(name));
                for (part, source) in parts {
                    let name = stem.map_or_else(|| part.clone(), |stem| format!("{stem}.{part}"));
                    self.partition(&part, &name, source, &outer, depth);
                }
                Outcome::Opened
            }
            Opened::Files(members) => {
                if format.is_archive() && !alone && !package::is_worth_opening(&members) {
                    return Outcome::Leaf;
                }
                // An archive's name is its packer's; an image is called after its partition.
                let origin = match format.doc().name {
                    "cpio" => Origin::Ramdisk(partition::booted(stem(name))),
                    _ if !alone && format.is_archive() && package::is_bundle(name) => Origin::Bundle(name),
                    _ if format.is_archive() => Origin::Archive,
                    _ if package::is_apex(name) => Origin::Apex(name.trim_end_matches(".apex")),
                    _ => Origin::Image(partition::hint(name)),
                };
                self.volume(members, blob.locus.clone(), origin, depth);
                Outcome::Opened
            }
        }
    }

    /// Opens the file system of an APEX package.
    fn apex(
        &mut self,
        contents: &dyn Contents,
        path: &str,
        locus: &Locus,
        depth: usize,
    ) -> Result<(), String> {
        let cx = self.cx;
        let source = self.container_source(contents).map_err(|error| error.to_string())?;
        let limit = ("unfolded_memory_bytes", self.memory.left());
        let view = source::whole(source.as_ref(), limit).map_err(|error| error.to_string())?;
        let apex = apex::open(view, stem(path), locus, cx)?;
        self.memory.take(apex.unfolded).map_err(|error| error.to_string())?;
        let blob = self.at(locus.child(apex::PAYLOAD), apex.payload);
        let bytes = blob.head();
        let name = format!("{}.apex", apex.name);
        match self.blob(&blob, &bytes, &name, depth.saturating_add(1), false) {
            Outcome::Opened => Ok(()),
            Outcome::Leaf => Err("its file system is none".to_string()),
            Outcome::No(reason) => {
                Err(format!("its file system: {}", reason.unwrap_or_else(|| "no known format".to_string())))
            }
        }
    }

    /// What `blob` is without what it was packed in.
    fn inside(
        &mut self,
        format: &dyn Format,
        source: Arc<dyn Source>,
        blob: &Blob,
        name: &str,
        depth: usize,
        alone: bool,
    ) -> Outcome {
        let wrapping = package::unpacked_name(name);
        let inner = self.at(blob.locus.clone(), source);
        let bytes = inner.head();
        // Only what packs a file of any kind: a sparse image holds an image.
        let alone = alone && format.doc().name != "sparse";
        let is_image = FORMATS.iter().any(|format| format.sniff(&bytes)) && !Zip.sniff(&bytes);
        if alone
            && !is_image
            && let Some(leaf) = package::leaf(inner.source.as_ref(), &bytes, self.cx)
        {
            self.out.leaf = Some(leaf);
            self.out.unpacked = Some(inner.source);
            return Outcome::Opened;
        }
        let name = wrapping.as_deref().unwrap_or(name);
        match self.blob(&inner, &bytes, name, depth.saturating_add(1), alone) {
            // A packed log or picture is a file like any other.
            Outcome::No(None) if !alone && wrapping.is_some() && !known::promises_container(name) => {
                Outcome::Leaf
            }
            Outcome::No(reason) => {
                let reason = reason.unwrap_or_else(|| "no known format".to_string());
                Outcome::No(Some(format!("inside {}: {reason}", format.doc().name)))
            }
            other => other,
        }
    }

    /// The bytes of a nested container, within what all of them together may take.
    fn container_source(&mut self, contents: &dyn Contents) -> Result<Arc<dyn Source>, ReadError> {
        let cx = self.cx;
        if !contents.is_unfolded() {
            return contents.source(cx);
        }
        let left = self.memory.left();
        let mut limits = cx.limits.clone();
        limits.unfolded_file_bytes = left;
        let source = contents.source(&Cx { limits: &limits, ..*cx }).map_err(|error| match error {
            ReadError::TooLarge { limit: "unfolded_file_bytes", .. } => {
                ReadError::TooLarge { limit: "unfolded_memory_bytes", allowed: self.memory.allowed() }
            }
            other => other,
        })?;
        self.memory.take(source.len())?;
        Ok(source)
    }

    fn partition(&mut self, part: &str, name: &str, source: Arc<dyn Source>, outer: &Locus, depth: usize) {
        if source.is_empty() {
            return;
        }
        let size = source.len();
        let blob = self.at(outer.child(part), source);
        let bytes = blob.head();
        match self.blob(&blob, &bytes, name, depth.saturating_add(1), false) {
            Outcome::Opened => {}
            Outcome::Leaf => {
                self.out.unopened.push(unopened(&blob.locus, part, &bytes, size, "a package".into()))
            }
            Outcome::No(reason) => {
                // The second slot of a fresh device is there and empty.
                if reason.is_none() && bytes.iter().all(|&byte| byte == 0) {
                    return;
                }
                // Nothing may be known of it because nothing of it can be read.
                let mut first = [0];
                let unreadable = || blob.source.read_at(0, &mut first).err().map(|error| error.to_string());
                let reason = reason.or_else(unreadable).unwrap_or_else(|| "no known format".to_string());
                self.out.unopened.push(unopened(&blob.locus, part, &bytes, size, reason));
            }
        }
    }

    /// Opens the partition that a transfer list makes.
    fn transfer(&mut self, transfer: &Transfer, layout: &Layout, locus: &Locus, depth: usize) {
        let own = locus.child(&format!("/{}", transfer.data.path));
        let path = layout.place(&transfer.data.path).0;
        let source = match self.transferred(transfer, &own) {
            Ok(source) => source,
            Err(reason) => {
                self.out.unopened.push(unopened(&own, &path, &[], transfer.data.size, reason));
                return;
            }
        };
        let blob = self.at(own, source);
        let bytes = blob.head();
        let reason = match self.blob(&blob, &bytes, &transfer.name, depth.saturating_add(1), false) {
            Outcome::Opened => return,
            Outcome::Leaf => "a package".to_string(),
            Outcome::No(reason) => reason.unwrap_or_else(|| "no known format".to_string()),
        };
        self.out.unopened.push(unopened(&blob.locus, &path, &bytes, transfer.data.size, reason));
    }

    /// The partition's bytes, with the data taken out of what it came packed in.
    fn transferred(&mut self, transfer: &Transfer, locus: &Locus) -> Result<Arc<dyn Source>, String> {
        let cx = self.cx;
        let (Some(list), Some(data)) = (&transfer.list.contents, &transfer.data.contents) else {
            return Err("the list or the data is a link".to_string());
        };
        if transfer.list.size > transfer::LONGEST_LIST {
            return Err(format!("a list of {} bytes", transfer.list.size));
        }
        let list = list.read(cx).map_err(|error| error.to_string())?;
        let mut data = self.container_source(data.as_ref()).map_err(|error| error.to_string())?;
        if package::unpacked_name(&transfer.data.path).is_some() {
            let blob = self.at(locus.clone(), data);
            let bytes = blob.head();
            let fits = |format: &&&dyn Format| format.sniff(&bytes) || format.claims(&transfer.data.path);
            let format = FORMATS.iter().find(fits).ok_or("not packed as its name says")?;
            data = match format.open(&blob, cx).map_err(|not| not.to_string())? {
                Opened::Bytes(source) => source,
                Opened::Parts(_) | Opened::Files(_) => return Err("not packed as its name says".to_string()),
            };
        }
        let made = transfer::image(&String::from_utf8_lossy(&list), &data)?;
        if let Some(trouble) = made.trouble {
            cx.problems.report(locus, "transfer/list", trouble, "a part of the partition is missing");
        }
        Ok(made.image)
    }

    /// Takes in the files of one container, and opens those among them that are containers themselves.
    fn volume(&mut self, mut members: Members, locus: Locus, origin: Origin<'_>, depth: usize) {
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
        if let Some(fingerprint) = starts_from(&members, cx) {
            self.update = self.update.said_to_start_from(Some(&fingerprint));
        }
        let lone = pieces::join(&mut members, listed, &locus, cx);
        let scatter = scatter_of(&members, cx);
        let transfers = transfer::take(&mut members, &mut accounted);
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
            let name = scatter.partition(&member.path).map(|partition| called(&member.path, partition));
            let name = name.as_deref().unwrap_or(&member.path);
            if self.member(&member, name, &layout, &locus, depth) {
                files.push(member);
            } else {
                accounted.push(member.path);
            }
        }
        for transfer in transfers {
            self.transfer(&transfer, &layout, &locus, depth);
        }
        accounted.sort();
        let slot = origin.hint().and_then(|hint| hint.slot);
        let listing = listing.map(|(path, lines)| (path.rsplit('/').next().unwrap_or("").to_string(), lines));
        self.out.volumes.push(Volume { locus, slot, members: files, layout, listing, accounted, lone });
    }

    /// Whether `member` is a file of the device; if not, it was opened or listed as unopened. `name` tells which partition
    /// it is.
    fn member(&mut self, member: &Member, name: &str, layout: &Layout, locus: &Locus, depth: usize) -> bool {
        let cx = self.cx;
        let Some(contents) = &member.contents else { return true };
        let own = locus.child(&format!("/{}", member.path));
        if package::is_apex(&member.path) {
            if let Err(reason) = self.apex(contents.as_ref(), &member.path, &own, depth) {
                let (path, bytes) = (layout.place(&member.path).0, contents.head(HEAD_BYTES, cx));
                self.out.unopened.push(unopened(&own, &path, &bytes, member.size, reason));
            }
            return true;
        }
        if layout.covers(&member.path) || package::is_leaf_name(&member.path) {
            return true;
        }
        let bytes = contents.head(HEAD_BYTES, cx);
        let known = known::recognise(&bytes).map(|known| format!("{}: not yet supported", known.says));
        let mut outcome = Outcome::No(None);
        let is_claimed =
            || known.is_none() && FORMATS.iter().any(|format| format.claims(&member.path)) && member.size > 0;
        if FORMATS.iter().any(|format| format.sniff(&bytes)) || is_claimed() {
            outcome = match self.container_source(contents.as_ref()) {
                Ok(source) => {
                    let blob = self.at(own.clone(), source);
                    self.blob(&blob, &bytes, name, depth.saturating_add(1), false)
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

/// The path of a file, called after its partition.
fn called(path: &str, partition: &str) -> String {
    match path.rsplit('/').next().unwrap_or(path).split_once('.') {
        Some((_, endings)) => format!("{partition}.{endings}"),
        None => partition.to_string(),
    }
}

/// What the scatter files among the members say.
fn scatter_of(members: &Members, cx: &Cx<'_>) -> Scatter {
    let file = members
        .files
        .iter()
        .find(|member| scatter::is_scatter(&member.path) && (1..=scatter::LONGEST).contains(&member.size));
    let text = file.and_then(|file| file.contents.as_ref()?.read(cx).ok());
    text.map(|text| Scatter::read(&String::from_utf8_lossy(&text))).unwrap_or_default()
}

/// A file's name without folders, up to its first point.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.').next().unwrap_or(name)
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

/// The fingerprint of the build that an update package says it starts from (`ota_metadata.proto`, in its old form).
fn starts_from(members: &Members, cx: &Cx<'_>) -> Option<String> {
    let text = PropertyFiles { members, cx }.text("META-INF/com/android/metadata")?;
    let line = text.lines().find_map(|line| line.strip_prefix("pre-build="))?;
    Some(line.trim().to_string()).filter(|line| !line.is_empty())
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
