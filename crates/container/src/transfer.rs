//! Block-based updates: `X.transfer.list` says where on the partition the bytes of `X.new.dat` lie
//! (`bootable/recovery/updater/blockimg.cpp`).

use std::sync::Arc;

use crate::member::{Member, Members};
use crate::source::{Filling, Patchwork, Source};

/// A list and the data it speaks of.
#[derive(Debug)]
pub(crate) struct Transfer {
    /// What the partition's image would be called.
    pub(crate) name: String,
    pub(crate) list: Member,
    /// The data, as it is or packed.
    pub(crate) data: Member,
}

const LIST: &str = ".transfer.list";
/// Endings of the data file, as it is first.
const DATA: &[&str] =
    &[".new.dat", ".new.dat.br", ".new.dat.xz", ".new.dat.gz", ".new.dat.lz4", ".new.dat.zst"];
/// Patches: empty in full updates, where all is new.
const PATCH: &str = ".patch.dat";
const BLOCK: u64 = 4096;
/// Real lists have some hundred kilobytes.
pub(crate) const LONGEST_LIST: u64 = 64 << 20;

/// Takes lists with their data out of `members`; the paths of all files that belong to one are added to `accounted`.
pub(crate) fn take(members: &mut Members, accounted: &mut Vec<String>) -> Vec<Transfer> {
    let at = |members: &Members, path: &str| {
        members.files.binary_search_by(|member| member.path.as_str().cmp(path)).ok()
    };
    let stems: Vec<String> = members
        .files
        .iter()
        .filter_map(|member| member.path.strip_suffix(LIST).map(str::to_string))
        .collect();
    let mut transfers = Vec::new();
    for stem in stems {
        let Some(data) = DATA.iter().find_map(|ending| at(members, &format!("{stem}{ending}"))) else {
            continue;
        };
        let data = members.files.remove(data);
        let Some(list) = at(members, &format!("{stem}{LIST}")) else { continue };
        let list = members.files.remove(list);
        accounted.extend([list.path.clone(), data.path.clone()]);
        if let Some(patch) = at(members, &format!("{stem}{PATCH}")) {
            accounted.push(members.files.remove(patch).path);
        }
        transfers.push(Transfer { name: format!("{stem}.img"), list, data });
    }
    transfers
}

/// What a list makes of its data, and what of it cannot be made.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) image: Arc<dyn Source>,
    pub(crate) trouble: Option<String>,
}

/// The partition that `list` makes of `data`.
///
/// # Errors
/// When the list cannot be read, or says nothing that can be done without the build before.
pub(crate) fn image(list: &str, data: &Arc<dyn Source>) -> Result<Made, String> {
    let mut lines = list.lines();
    let version: u32 =
        lines.next().and_then(|line| line.trim().parse().ok()).ok_or("the list has no version")?;
    if !(1..=4).contains(&version) {
        return Err(format!("version {version} of the list"));
    }
    // How many blocks are written; and since the second version how much is kept aside meanwhile.
    for _ in 0..if version == 1 { 1 } else { 3 } {
        lines.next();
    }
    let mut written: Vec<(u64, u64, Option<u64>)> = Vec::new();
    let mut at = 0u64;
    let mut blocks = 0u64;
    let mut incremental = 0usize;
    let mut trouble = None;
    for line in lines.map(str::trim).filter(|line| !line.is_empty()) {
        let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
        match command {
            "new" | "zero" | "erase" => {
                let Some(ranges) = ranges(rest) else {
                    trouble = Some(format!("a line of the list is malformed: {:.60}", line));
                    break;
                };
                for (start, end) in ranges {
                    blocks = blocks.max(end);
                    let count = end.saturating_sub(start);
                    match command {
                        "new" => {
                            written.push((start, count, Some(at)));
                            at = at.saturating_add(count.saturating_mul(BLOCK));
                        }
                        "zero" => written.push((start, count, None)),
                        _ => {}
                    }
                }
            }
            "free" | "stash" => {}
            "move" | "bsdiff" | "imgdiff" => incremental = incremental.saturating_add(1),
            _ => trouble = Some(format!("the list has the unknown command {command:.20}")),
        }
    }
    if incremental > 0 {
        let what = "it is an incremental update: it needs the build before, and is not yet supported";
        return Err(format!("{incremental} commands change blocks of an older build; {what}"));
    }
    // No update writes a block twice; where a list does, the lower range stands.
    written.sort_by_key(|(start, ..)| *start);
    let mut image = Patchwork::new();
    let error = |error: crate::ReadError| error.to_string();
    for (start, count, from) in written {
        let start = start.saturating_mul(BLOCK);
        let length = count.saturating_mul(BLOCK);
        let skipped = image.len().saturating_sub(start).min(length);
        image.push(start.saturating_sub(image.len()), Filling::Pattern([0; 4])).map_err(error)?;
        let left = length.saturating_sub(skipped);
        let Some(from) = from.map(|from| from.saturating_add(skipped)) else {
            image.push(left, Filling::Pattern([0; 4])).map_err(error)?;
            continue;
        };
        let there = data.len().saturating_sub(from).min(left);
        image.push(there, Filling::Part(Arc::clone(data), from)).map_err(error)?;
        image.push(left.saturating_sub(there), Filling::Missing).map_err(error)?;
    }
    let end = blocks.saturating_mul(BLOCK);
    image.push(end.saturating_sub(image.len()), Filling::Pattern([0; 4])).map_err(error)?;
    if at > data.len() {
        trouble = Some(format!("the list speaks of {at} bytes of data, {} are there", data.len()));
    }
    Ok(Made { image: image.simplified(), trouble })
}

/// `4,0,10,20,30`: how many numbers follow, then the first block of each range and the one behind it.
fn ranges(text: &str) -> Option<Vec<(u64, u64)>> {
    let mut numbers = text.split(',').map(|number| number.trim().parse::<u64>().ok());
    let count = numbers.next()??;
    let mut ranges = Vec::new();
    while let Some(start) = numbers.next() {
        let (start, end) = (start?, numbers.next()??);
        // A partition of 2^52 bytes is none.
        if end < start || end > 1 << 40 {
            return None;
        }
        ranges.push((start, end));
    }
    (count == (ranges.len() as u64).saturating_mul(2)).then_some(ranges)
}

#[cfg(test)]
mod tests {
    use super::*;
    use overt_base::View;

    fn made(list: &str, blocks: &[u8]) -> Result<(Vec<u8>, Option<String>), String> {
        let data: Vec<u8> = blocks.iter().flat_map(|&byte| [byte; BLOCK as usize]).collect();
        let data: Arc<dyn Source> = Arc::new(View::from_vec(data));
        let made = image(list, &data)?;
        let mut out = Vec::new();
        for at in (0..made.image.len()).step_by(BLOCK as usize) {
            let mut byte = [0xff];
            out.push(made.image.read_at(at, &mut byte).map_or(0xee, |()| byte[0]));
        }
        Ok((out, made.trouble))
    }

    #[test]
    fn blocks_come_where_the_list_says() {
        let list = "4\n3\n0\n0\nerase 2,0,8\nnew 4,5,7,1,2\nzero 2,2,3\nnew 2,3,4\n";
        assert_eq!(made(list, &[1, 2, 3, 4]), Ok((vec![0, 3, 0, 4, 0, 1, 2, 0], None)));
        assert_eq!(made("1\n2\nnew 2,0,2\n", &[1, 2]), Ok((vec![1, 2], None)));
        let (image, trouble) = made("1\n2\nnew 2,0,3\n", &[1, 2]).expect("a list");
        assert_eq!(image, [1, 2, 0xee]);
        assert!(trouble.is_some_and(|says| says.contains("8192")));
        let twice = made("1\n2\nnew 2,0,2\nnew 2,1,3\n", &[1, 2, 3, 4]).expect("a list").0;
        assert_eq!(twice, [1, 2, 4]);
    }

    #[test]
    fn lists_that_lie_are_refused() {
        for list in ["", "x\n", "9\n1\n", "3\n1\n0\n0\nbsdiff 0 1 a b 2,0,1 1 2,0,1\n"] {
            assert!(made(list, &[1]).is_err(), "{list}");
        }
        for line in ["new 2,0", "new 2,5,1", "new 4,0,1", "new", "new 2,0,99999999999999", "dance 2,0,1"] {
            let (_, trouble) = made(&format!("1\n1\n{line}\n"), &[1]).expect("a list");
            assert!(trouble.is_some(), "{line}");
        }
    }
}
