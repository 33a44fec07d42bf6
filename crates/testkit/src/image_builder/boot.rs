//! Boot images of versions that the usual tools do not make (`system/tools/mkbootimg/include/bootimg/bootimg.h`).

/// A boot image of version 4.
#[must_use]
pub fn version_4(kernel: &[u8], ramdisk: &[u8]) -> Vec<u8> {
    let mut out = b"ANDROID!".to_vec();
    let words = [kernel.len() as u32, ramdisk.len() as u32, 0, 1584, 0, 0, 0, 0, 4];
    out.extend(words.into_iter().flat_map(u32::to_le_bytes));
    for part in [&[][..], kernel, ramdisk] {
        out.extend(part);
        out.resize(out.len().next_multiple_of(4096), 0);
    }
    out
}

/// A vendor boot image of version 4 with these ramdisks, by name.
#[must_use]
pub fn vendor_4(ramdisks: &[(&str, &[u8])], page: u32) -> Vec<u8> {
    let all: Vec<u8> = ramdisks.iter().flat_map(|(_, bytes)| bytes.to_vec()).collect();
    let device_tree = [0xd0, 0x0d, 0xfe, 0xed];
    let mut out = b"VNDRBOOT".to_vec();
    out.extend([4, page, 0, 0, all.len() as u32].into_iter().flat_map(u32::to_le_bytes));
    out.resize(2096, 0);
    out.extend([2128, device_tree.len() as u32, 0, 0].into_iter().flat_map(u32::to_le_bytes));
    let count = ramdisks.len() as u32;
    out.extend([count * 108, count, 108, 0].into_iter().flat_map(u32::to_le_bytes));
    let whole = |out: &mut Vec<u8>| out.resize(out.len().next_multiple_of(page as usize), 0);
    whole(&mut out);
    for part in [&all[..], &device_tree] {
        out.extend(part);
        whole(&mut out);
    }
    let mut offset = 0u32;
    for (index, (name, bytes)) in ramdisks.iter().enumerate() {
        let row = out.len();
        out.extend([bytes.len() as u32, offset, index as u32].into_iter().flat_map(u32::to_le_bytes));
        out.extend(name.as_bytes());
        out.resize(row + 108, 0);
        offset += bytes.len() as u32;
    }
    whole(&mut out);
    out
}
