//! The only way to write into a page: markup is a literal, everything else is a text and stays one.

use std::fmt::Write as _;

use overt_base::digest::Digest;

use crate::harmless::harmless;

/// The style of the page.
pub(super) const STYLE: &str = include_str!("style.css");

/// Characters of one text that are shown; the record has all of it.
const LONGEST_TEXT: usize = 1_500;

/// A page, or a part of one.
#[derive(Debug, Default)]
pub(super) struct Page {
    out: String,
}

/// A name inside the page that links can point to. Made of our own letters and of numbers only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Anchor(pub &'static str, pub usize);

impl Page {
    /// Markup: literals only.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Page {
        self.out.push_str(markup);
        self
    }

    /// Text: made harmless, cut to a readable length, and written so that it is nothing but text.
    pub(super) fn text(&mut self, text: &str) -> &mut Page {
        let harmless = harmless(text);
        let mut characters = harmless.chars();
        for character in characters.by_ref().take(LONGEST_TEXT) {
            self.character(character);
        }
        if characters.next().is_some() {
            self.out.push('…');
        }
        self
    }

    fn character(&mut self, character: char) {
        match character {
            '&' => self.out.push_str("&amp;"),
            '<' => self.out.push_str("&lt;"),
            '>' => self.out.push_str("&gt;"),
            '"' => self.out.push_str("&quot;"),
            '\'' => self.out.push_str("&#39;"),
            // No character of any text: HTML forbids them, XML too.
            '\u{fdd0}'..='\u{fdef}' => self.out.push('\u{fffd}'),
            other if u32::from(other) & 0xfffe == 0xfffe => self.out.push('\u{fffd}'),
            other => self.out.push(other),
        }
    }

    /// A number, with its thousands set apart.
    pub(super) fn number(&mut self, value: u64) -> &mut Page {
        self.out.push_str(&crate::words::number(value));
        self
    }

    /// Text in an element.
    pub(super) fn within(&mut self, open: &'static str, text: &str, close: &'static str) -> &mut Page {
        self.raw(open).text(text).raw(close)
    }

    /// ` id="…"`, inside a tag.
    pub(super) fn id(&mut self, anchor: Anchor) -> &mut Page {
        let _ = write!(self.out, " id=\"{}{}\"", anchor.0, anchor.1);
        self
    }

    /// A link inside the page.
    pub(super) fn link(&mut self, anchor: Anchor, text: &str) -> &mut Page {
        let _ = write!(self.out, "<a href=\"#{}{}\">", anchor.0, anchor.1);
        self.text(text).raw("</a>")
    }

    /// Our own digest of the style, for the policy that lets it in and nothing else.
    pub(super) fn style_digest(&mut self) -> &mut Page {
        self.out.push_str(&base64(&Digest::of(STYLE.as_bytes()).0));
        self
    }

    /// Another part of the page.
    pub(super) fn append(&mut self, part: Page) -> &mut Page {
        self.out.push_str(&part.out);
        self
    }

    /// Bytes so far.
    pub(super) fn size(&self) -> usize {
        self.out.len()
    }

    /// The bytes of the page.
    pub(super) fn finish(self) -> String {
        self.out
    }
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for letter in 0..4 {
            if letter <= chunk.len() {
                out.push(char::from(LETTERS[(bits >> (18 - 6 * letter) & 63) as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_the_standard() {
        for (bytes, expected) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), expected);
        }
    }

    #[test]
    fn text_stays_text() {
        let mut page = Page::default();
        page.text("</p><script>alert('1')</script>&amp;\u{202e}\u{0}\u{ffff}\"");
        assert_eq!(
            page.finish(),
            "&lt;/p&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;⟨202e⟩⟨0000⟩\u{fffd}&quot;"
        );
    }

    #[test]
    fn long_texts_are_cut() {
        let mut page = Page::default();
        page.text(&"ab ".repeat(1_000_000));
        assert_eq!(page.finish().chars().count(), LONGEST_TEXT + 1);
    }
}
