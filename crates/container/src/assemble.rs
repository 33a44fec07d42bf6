//! From containers to one tree: one device path, one file.

use std::collections::{BTreeMap, BTreeSet};

use overt_base::{Cx, Locus};

use crate::formats::HEAD_BYTES;
use crate::listing::{Listed, Listing};
use crate::member::Member;
use crate::partition::{ALIASES, APEX, UNKNOWN, of_path};
use crate::tree::{DeviceFile, DeviceTree, Missing};
use crate::unfold::{Unfolded, Volume, unopened};

/// What one container holds of one partition.
struct Copy {
    locus: Locus,
    slot: Option<char>,
    files: Vec<DeviceFile>,
}

/// Makes the tree; what does not fit together is a problem.
pub(crate) fn tree(unfolded: Unfolded, cx: &Cx<'_>) -> DeviceTree {
    let mut tree = DeviceTree { unopened: unfolded.unopened, ..DeviceTree::default() };
    let mut copies: BTreeMap<&'static str, Vec<Copy>> = BTreeMap::new();
    let mut volumes = unfolded.volumes;
    for volume in &mut volumes {
        for (partition, files) in placed(volume) {
            let copy = Copy { locus: volume.locus.clone(), slot: volume.slot, files };
            copies.entry(partition).or_default().push(copy);
        }
    }
    let mut compared = 0;
    for (partition, copies) in copies {
        tree.files.extend(match partition {
            // No partitions, but packages and what is left over: every container's is its own.
            APEX | UNKNOWN => copies.into_iter().flat_map(|copy| copy.files).collect(),
            _ => one_copy(partition, copies, &mut compared, cx),
        });
    }
    follow_aliases(&mut tree.files);
    mount_unpacked(&mut tree.files);
    tree.files.sort_by(|one, other| {
        // A file that came from the partition its path names goes before one that an alias brought there.
        let is_guest = |file: &DeviceFile| of_path(&file.path, file.partition) != file.partition;
        one.path
            .cmp(&other.path)
            .then_with(|| is_guest(one).cmp(&is_guest(other)))
            .then_with(|| one.locus.cmp(&other.locus))
    });
    let mut files: Vec<DeviceFile> = Vec::with_capacity(tree.files.len());
    for mut file in tree.files {
        file.partition = of_path(&file.path, file.partition);
        match files.last().filter(|first| first.path == file.path) {
            Some(first) if !same(first, &file, &mut compared, cx) => {
                let detail = format!("{} is there again and differs", file.path);
                let consequence = format!("the copy at {} was used", first.locus);
                cx.problems.report(&file.locus, "container/copies-differ", detail, consequence);
            }
            Some(_) => {}
            None => files.push(file),
        }
    }
    tree.files = files;
    account(&mut tree, &volumes, cx);
    tree.unopened.sort_by(|one, other| one.locus.cmp(&other.locus));
    tree
}

/// The volume's members by partition, at their device paths.
fn placed(volume: &mut Volume) -> BTreeMap<&'static str, Vec<DeviceFile>> {
    let mut by_partition: BTreeMap<&'static str, Vec<DeviceFile>> = BTreeMap::new();
    for member in std::mem::take(&mut volume.members) {
        let (path, partition) = volume.layout.place(&member.path);
        let locus = volume.locus.child(&format!("/{}", member.path));
        let Member { size, mode, uid, gid, link, contents, .. } = member;
        let file = DeviceFile { path, partition, locus, size, mode, uid, gid, link, contents };
        by_partition.entry(partition).or_default().push(file);
    }
    by_partition
}

/// Of several copies of one partition one is the device's: files of different copies are never mixed.
fn one_copy(partition: &str, mut copies: Vec<Copy>, compared: &mut u64, cx: &Cx<'_>) -> Vec<DeviceFile> {
    // Slot a before b, then the fuller one, then by place.
    copies.sort_by(|one, other| {
        let second_slot = |copy: &Copy| copy.slot == Some('b');
        second_slot(one)
            .cmp(&second_slot(other))
            .then_with(|| other.files.len().cmp(&one.files.len()))
            .then_with(|| one.locus.cmp(&other.locus))
    });
    let mut copies = copies.into_iter();
    let Some(mut first) = copies.next() else { return Vec::new() };
    first.files.sort_by(|one, other| one.path.cmp(&other.path));
    for other in copies {
        let mut only_there = 0usize;
        let mut differing = 0usize;
        let mut example = None;
        for file in &other.files {
            let at = first.files.binary_search_by(|own| own.path.cmp(&file.path)).ok();
            match at.and_then(|at| first.files.get(at)) {
                Some(own) if same(own, file, compared, cx) => continue,
                Some(_) => differing = differing.saturating_add(1),
                None => only_there = only_there.saturating_add(1),
            }
            example.get_or_insert(&file.path);
        }
        if let Some(example) = example {
            let detail = format!(
                "another copy of {partition}: {differing} files differ, {only_there} are only here, such as {example}"
            );
            let consequence = format!("the copy at {} was used and this one left out", first.locus);
            cx.problems.report(&other.locus, "container/copies-differ", detail, consequence);
        }
    }
    first.files
}

/// Whether two files are the same, byte for byte. Beyond the budget for comparing, equal sizes must do.
fn same(one: &DeviceFile, other: &DeviceFile, compared: &mut u64, cx: &Cx<'_>) -> bool {
    if one.link != other.link || one.size != other.size {
        return false;
    }
    if one.link.is_some() || one.size == 0 {
        return true;
    }
    *compared = compared.saturating_add(one.size);
    if *compared > cx.limits.compared_bytes {
        let detail = format!("more than {} bytes of second copies", cx.limits.compared_bytes);
        let consequence = "second copies of the same length were taken for the same";
        cx.problems.report(&Locus::input(), "container/not-compared", detail, consequence);
        return true;
    }
    match (one.read(cx), other.read(cx)) {
        (Ok(one), Ok(other)) => one.as_slice() == other.as_slice(),
        (Err(_), Err(_)) => true,
        _ => false,
    }
}

/// Where a partition of its own exists, the directory of the same name in another one is only a link to it.
fn follow_aliases(files: &mut [DeviceFile]) {
    for (alias, real) in ALIASES {
        if files.iter().any(|file| file.path.starts_with(real)) {
            for file in files.iter_mut() {
                if let Some(rest) = file.path.strip_prefix(alias) {
                    file.path = format!("{real}{rest}");
                }
            }
        }
    }
}

/// APEX packages that lie unpacked on their partition are mounted like the others.
fn mount_unpacked(files: &mut [DeviceFile]) {
    let names = ["/apex_manifest.json", "/apex_manifest.pb"];
    let folders: BTreeSet<String> = files
        .iter()
        .filter_map(|file| {
            let folder = names.iter().find_map(|name| file.path.strip_suffix(name))?;
            // The partition's own folder `apex`, and the package's in it.
            let mut steps = folder.split('/').skip(2);
            (steps.next() == Some("apex") && steps.next().is_some() && steps.next().is_none())
                .then(|| format!("{folder}/"))
        })
        .collect();
    if folders.is_empty() {
        return;
    }
    for file in files.iter_mut() {
        let end = file.path.match_indices('/').nth(3).map(|(at, _)| at.saturating_add(1));
        let Some((folder, rest)) = end.and_then(|end| file.path.split_at_checked(end)) else { continue };
        if folders.contains(folder)
            && let Some((_, name)) = folder.trim_end_matches('/').rsplit_once('/')
        {
            file.path = format!("/apex/{name}/{rest}");
        }
    }
}

/// Holds what is there against what was listed.
fn account(tree: &mut DeviceTree, volumes: &[Volume], cx: &Cx<'_>) {
    for volume in volumes {
        for lone in &volume.lone {
            let path = aliased(volume.layout.place(&lone.path).0, tree);
            if tree.get(&path).is_none() {
                tree.missing.push(Missing { path: path.clone(), size: None, why: lone.says.clone() });
            }
            for piece in &lone.pieces {
                let locus = volume.locus.child(&format!("/{}", piece.path));
                let head =
                    piece.contents.as_ref().map(|contents| contents.head(HEAD_BYTES, cx)).unwrap_or_default();
                let path = volume.layout.place(&piece.path).0;
                tree.unopened.push(unopened(&locus, &path, &head, piece.size, lone.says.clone()));
            }
        }
    }
    let mut listings = volumes.iter().filter_map(|volume| Some((volume, volume.listing.as_ref()?)));
    let Some((volume, (name, lines))) = listings.next() else {
        tree.missing.sort();
        return;
    };
    for (other, (name, _)) in listings {
        let detail = format!("a second listing, {name}");
        cx.problems.report(&other.locus, "listing/second", detail, "it was not used");
    }
    let mut entries = Vec::with_capacity(lines.len());
    for (raw, size) in lines {
        let path = aliased(volume.layout.place(raw).0, tree);
        entries.push(Listed { path: path.clone(), size: *size });
        if let Some(file) = tree.get(&path) {
            if let Some(listed) = size.filter(|&listed| file.link.is_none() && listed != file.size) {
                let detail = format!("{} bytes, listed with {listed}", file.size);
                cx.problems.report(&file.locus, "listing/size-differs", detail, "the file was used as it is");
            }
            continue;
        }
        if volume.accounted.binary_search(raw).is_ok() {
            continue;
        }
        if let Some(lone) =
            tree.missing.iter_mut().find(|missing| missing.path == path && missing.size.is_none())
        {
            lone.size = *size;
            continue;
        }
        let why = format!("listed in {name}, absent from the input");
        tree.missing.push(Missing { path, size: *size, why });
    }
    entries.sort();
    entries.dedup_by(|later, first| later.path == first.path);
    let listed: BTreeSet<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
    let mut unlisted =
        tree.files.iter().filter(|file| file.link.is_none() && !listed.contains(file.path.as_str()));
    if let Some(first) = unlisted.next() {
        let count = unlisted.count().saturating_add(1);
        let detail = format!("{count} files are not listed, such as {}", first.path);
        cx.problems.report(&volume.locus, "listing/unlisted", detail, "they were looked at like all others");
    }
    tree.listing = Some(Listing { name: name.clone(), entries });
    tree.missing.sort();
    tree.missing.dedup_by(|later, first| later.path == first.path);
}

/// The path as the tree spells it.
fn aliased(mut path: String, tree: &DeviceTree) -> String {
    for (alias, real) in ALIASES {
        if let Some(rest) = path.strip_prefix(alias)
            && tree.below(real).next().is_some()
        {
            path = format!("{real}{rest}");
        }
    }
    path
}
