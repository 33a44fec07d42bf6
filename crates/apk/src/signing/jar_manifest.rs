//! `MANIFEST.MF` and `*.SF` (JAR File Specification, "Manifest Specification"), with the byte ranges of the sections,
//! because it is them that are signed.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::RandomState;

/// A section: the attributes of one entry, or of the whole archive.
#[derive(Debug)]
pub(super) struct Section {
    /// Byte range within the file, up to and including the empty line behind it.
    pub(super) range: Range<usize>,
    attributes: Vec<(String, String)>,
}

impl Section {
    /// The attribute's value; names are compared without case.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// A file of sections.
#[derive(Debug)]
pub(super) struct JarManifest {
    /// The first section.
    pub(super) main: Section,
    entries: Vec<(String, Section)>,
    by_name: HashMap<String, usize, RandomState>,
    /// Names that occur twice: `apksigner` and Android refuse such a file.
    pub(super) duplicates: Vec<String>,
}

impl JarManifest {
    pub(super) fn parse(bytes: &[u8]) -> JarManifest {
        let mut sections = Sections { bytes, at: 0 };
        let main = sections.next_section().unwrap_or(Section { range: 0..0, attributes: Vec::new() });
        let mut file =
            JarManifest { main, entries: Vec::new(), by_name: HashMap::default(), duplicates: Vec::new() };
        while let Some(section) = sections.next_section() {
            let Some(name) = section.get("Name").map(str::to_owned) else { continue };
            if file.by_name.contains_key(&name) {
                file.duplicates.push(name);
                continue;
            }
            file.by_name.insert(name.clone(), file.entries.len());
            file.entries.push((name, section));
        }
        file
    }

    /// The section of an entry.
    pub(super) fn entry(&self, name: &str) -> Option<&Section> {
        self.by_name.get(name).and_then(|index| self.entries.get(*index)).map(|(_, section)| section)
    }

    /// All entries in the file's order.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &Section)> {
        self.entries.iter().map(|(name, section)| (name.as_str(), section))
    }
}

struct Sections<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Sections<'a> {
    /// One line without its end; `None` at the end of the file.
    fn line(&mut self) -> Option<&'a [u8]> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        let line = rest.get(..length)?;
        let end = match rest.get(length..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([_, ..]) => 1,
            _ => 0,
        };
        self.at = self.at.saturating_add(length).saturating_add(end);
        Some(line)
    }

    fn next_section(&mut self) -> Option<Section> {
        let mut start = self.at;
        let mut lines: Vec<Vec<u8>> = Vec::new();
        loop {
            let before = self.at;
            let Some(line) = self.line() else { break };
            // Some writers end the file in a NUL.
            if line.is_empty() || line == [0] {
                if lines.is_empty() {
                    start = self.at;
                    continue;
                }
                break;
            }
            match (line.split_first(), lines.last_mut()) {
                // A line that begins with a space continues the one before.
                (Some((b' ', rest)), Some(last)) => last.extend_from_slice(rest),
                _ => {
                    if lines.is_empty() {
                        start = before;
                    }
                    lines.push(line.to_vec());
                }
            }
        }
        if lines.is_empty() {
            return None;
        }
        let attributes = lines
            .into_iter()
            .filter_map(|line| {
                let line = String::from_utf8_lossy(&line).into_owned();
                let (name, value) = line.split_once(':')?;
                Some((name.trim().to_owned(), value.strip_prefix(' ').unwrap_or(value).to_owned()))
            })
            .collect();
        Some(Section { range: start..self.at, attributes })
    }
}

/// Base64 (RFC 4648) with or without padding; `None` when there is anything else in it.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut bits = 0u32;
    let mut count = 0u32;
    for byte in text.trim().trim_end_matches('=').bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        // Never more than thirteen bits are waiting.
        bits = (bits & 0x7f) << 6 | u32::from(digit);
        count = count.saturating_add(6);
        if let Some(left) = count.checked_sub(8) {
            count = left;
            out.push((bits >> count) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_have_their_exact_bytes() {
        let text = b"Manifest-Version: 1.0\r\n\r\nName: a very long na\r\n me.txt\r\nSHA1-Digest: QQ==\r\n\r\nName: b\nSHA1-Digest: QUI=\n\n";
        let file = JarManifest::parse(text);
        assert_eq!(file.main.get("manifest-version"), Some("1.0"));
        assert_eq!(&text[file.main.range.clone()], b"Manifest-Version: 1.0\r\n\r\n");
        let long = file.entry("a very long name.txt").expect("continued name");
        assert!(
            text[long.range.clone()].starts_with(b"Name: a very")
                && text[long.range.clone()].ends_with(b"QQ==\r\n\r\n")
        );
        assert_eq!(file.entry("b").and_then(|b| b.get("SHA1-Digest")), Some("QUI="));
        assert_eq!(file.entries().count(), 2);
    }

    #[test]
    fn the_last_section_needs_no_empty_line() {
        let file = JarManifest::parse(b"\n\nManifest-Version: 1.0\n\nName: a\nX: y");
        assert_eq!(file.entry("a").and_then(|a| a.get("X")), Some("y"));
        let twice = JarManifest::parse(b"A: b\n\nName: a\n\nName: a\n\n");
        assert_eq!(twice.duplicates, ["a"]);
        assert!(JarManifest::parse(b"").entries().next().is_none());
    }

    #[test]
    fn base64_is_strict_about_its_alphabet() {
        assert_eq!(base64("QUJD").as_deref(), Some(&b"ABC"[..]));
        assert_eq!(base64("QUI=").as_deref(), Some(&b"AB"[..]));
        assert_eq!(base64("QQ==").as_deref(), Some(&b"A"[..]));
        assert_eq!(base64("Q?=="), None);
    }
}
