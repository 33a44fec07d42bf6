//! Files made for the tests.

/// An executable with one segment at 0x1000 that holds `blob`, and a page of zeroes behind it.
pub fn elf(wide: bool, entry: u64, blob: &[u8]) -> Vec<u8> {
    let word = |out: &mut Vec<u8>, value: u64| {
        out.extend_from_slice(&value.to_le_bytes()[..if wide { 8 } else { 4 }]);
    };
    let header = if wide { 64 } else { 52 };
    let segment = if wide { 56 } else { 32 };
    let mut out = vec![0x7f, b'E', b'L', b'F', 1 + u8::from(wide), 1, 1];
    out.resize(16, 0);
    out.extend_from_slice(&2_u16.to_le_bytes());
    out.extend_from_slice(&if wide { 183_u16 } else { 40 }.to_le_bytes());
    out.extend_from_slice(&1_u32.to_le_bytes());
    for value in [entry, header, 0] {
        word(&mut out, value);
    }
    out.extend_from_slice(&0_u32.to_le_bytes());
    for half in [header as u16, segment as u16, 1, 0, 0, 0] {
        out.extend_from_slice(&half.to_le_bytes());
    }
    out.extend_from_slice(&1_u32.to_le_bytes());
    if wide {
        out.extend_from_slice(&7_u32.to_le_bytes());
    }
    let size = blob.len() as u64;
    for value in [header + segment, 0x1000, 0x1000, size, size + 0x1000] {
        word(&mut out, value);
    }
    if !wide {
        out.extend_from_slice(&7_u32.to_le_bytes());
    }
    word(&mut out, 0x1000);
    assert_eq!(out.len() as u64, header + segment);
    out.extend_from_slice(blob);
    out
}

/// The files of `decoders.txt` with their descriptions.
#[allow(dead_code, reason = "shared with other tests")]
pub fn files() -> Vec<(String, Vec<u8>)> {
    include_str!("../decoders/decoders.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (what, hex) = line.rsplit_once(' ').unwrap();
            let (what, entry) = what.rsplit_once(' ').unwrap();
            let blob: Vec<u8> = (0..hex.len() / 2)
                .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
                .collect();
            let entry = u64::from_str_radix(entry, 16).unwrap();
            (what.to_owned(), elf(what.contains(" arm64 "), entry, &blob))
        })
        .collect()
}
