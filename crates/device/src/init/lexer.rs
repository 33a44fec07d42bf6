//! The words of an init script.
//!
//! Specification: the "Android Init Language" (`system/core/init/README.md`) and `next_token` of AOSP's tokenizer: words are
//! separated by spaces, tabs and carriage returns; `#` where a word could begin starts a comment; double quotes keep white
//! space (and line feeds); a backslash escapes, and one before a line feed joins the lines.

use std::borrow::Cow;

/// A line with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The line of the file, counted from 1, that the first word stands on.
    pub number: u32,
    /// Never empty.
    pub words: Vec<String>,
    /// The text ended inside quotes.
    pub unterminated: bool,
}

/// Splits a script into its lines.
pub(super) struct Lexer<'a> {
    rest: &'a [u8],
    number: u32,
}

impl<'a> Lexer<'a> {
    pub fn new(bytes: &'a [u8]) -> Lexer<'a> {
        // A NUL ends the text, as it does for init.
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        Lexer { rest: bytes.get(..end).unwrap_or(bytes), number: 1 }
    }

    fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn bump(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        if *first == b'\n' {
            self.number = self.number.saturating_add(1);
        }
        Some(*first)
    }

    fn skip_comment(&mut self) {
        let end = self.rest.iter().position(|byte| *byte == b'\n').unwrap_or(self.rest.len());
        self.rest = self.rest.get(end..).unwrap_or_default();
    }

    /// One word; the cursor stands on its first byte.
    fn word(&mut self, unterminated: &mut bool) -> String {
        let mut out: Vec<u8> = Vec::new();
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => break,
                b'"' => {
                    self.bump();
                    loop {
                        match self.bump() {
                            Some(b'"') => break,
                            Some(byte) => out.push(byte),
                            None => {
                                *unterminated = true;
                                break;
                            }
                        }
                    }
                }
                b'\\' => {
                    self.bump();
                    self.escape(&mut out);
                }
                byte => {
                    self.bump();
                    out.push(byte);
                }
            }
        }
        match String::from_utf8_lossy(&out) {
            Cow::Borrowed(text) => text.to_owned(),
            Cow::Owned(text) => text,
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) {
        match self.bump() {
            Some(b'n') => out.push(b'\n'),
            Some(b'r') => out.push(b'\r'),
            Some(b't') => out.push(b'\t'),
            Some(b'\r') if self.peek() == Some(b'\n') => {
                self.bump();
                self.skip_blanks();
            }
            Some(b'\n') => self.skip_blanks(),
            Some(byte) => out.push(byte),
            None => {}
        }
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.bump();
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        let mut line = Line { number: self.number, words: Vec::new(), unterminated: false };
        loop {
            match self.peek() {
                None => break,
                Some(b'\n') => {
                    self.bump();
                    if !line.words.is_empty() {
                        break;
                    }
                }
                Some(b' ' | b'\t' | b'\r') => {
                    self.bump();
                }
                Some(b'#') => self.skip_comment(),
                Some(_) => {
                    if line.words.is_empty() {
                        line.number = self.number;
                    }
                    let word = self.word(&mut line.unterminated);
                    line.words.push(word);
                }
            }
        }
        (!line.words.is_empty()).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lex(text: &str) -> Vec<(u32, Vec<String>)> {
        Lexer::new(text.as_bytes()).map(|line| (line.number, line.words)).collect()
    }

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn words_quotes_escapes_and_comments() {
        let text = "# head\r\n\n  service a /bin/x # not me\n\twrite /p \"two words\" a\\ b\\n x#y\n\"\"\n";
        assert_eq!(
            lex(text),
            [
                (3, words(&["service", "a", "/bin/x"])),
                (4, words(&["write", "/p", "two words", "a b\n", "x#y"])),
                (5, words(&[""])),
            ]
        );
    }

    #[test]
    fn a_backslash_joins_lines_and_the_count_goes_on() {
        let text = "service v /bin/v \\\n    --a \\\r\n  --b\nnext\none\\\n   two";
        assert_eq!(
            lex(text),
            [
                (1, words(&["service", "v", "/bin/v", "--a", "--b"])),
                (4, words(&["next"])),
                (5, words(&["onetwo"]))
            ]
        );
    }

    #[test]
    fn open_quotes_are_told_and_nul_ends_the_text() {
        let lines: Vec<Line> = Lexer::new(b"a \"b\nc").collect();
        assert_eq!(lines[0].words, ["a", "b\nc"]);
        assert!(lines[0].unterminated);
        assert_eq!(lex("a\0b"), [(1, words(&["a"]))]);
        assert_eq!(lex("\\"), [(1, words(&[""]))]);
        assert_eq!(lex(""), []);
    }

    #[test]
    fn any_bytes_lex() {
        let soup: Vec<u8> =
            (0u32..4096).map(|i| b" \t\r\n#\"\\a\xff$"[(i * 7919 % 65_521) as usize % 10]).collect();
        for end in 0..soup.len() {
            let total: usize = Lexer::new(&soup[..end]).map(|line| line.words.len()).sum();
            assert!(total <= end);
        }
    }
}
