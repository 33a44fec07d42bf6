//! Lines of limited width. Everything that is printed passes here and is made harmless here.

use std::io::{self, Write};

use crate::harmless::{columns, harmless};
use crate::style::{Ink, Style};

/// A piece of text in one ink.
pub(crate) type Piece<'a> = (Ink, &'a str);

/// Writes lines of limited width.
pub(crate) struct Canvas<'a> {
    out: &'a mut dyn Write,
    style: Style,
}

/// Columns of the labels of [`Canvas::field`].
const LABEL: usize = 16;

impl<'a> Canvas<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, style: Style) -> Canvas<'a> {
        Canvas { out, style }
    }

    /// Columns left beside `taken` ones, for the widest column of a table.
    pub(crate) fn beside(&self, taken: usize) -> isize {
        isize::try_from(self.style.width.saturating_sub(taken).max(12)).unwrap_or(12)
    }

    /// An empty line.
    pub(crate) fn gap(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }

    /// A heading of a section, with an empty line above.
    pub(crate) fn heading(&mut self, text: &str) -> io::Result<()> {
        self.gap()?;
        self.wrapped(0, 0, &[(Ink::Strong, text)])
    }

    /// A paragraph.
    pub(crate) fn paragraph(&mut self, indent: usize, text: &str) -> io::Result<()> {
        self.wrapped(indent, indent, &[(Ink::Plain, text)])
    }

    /// A paragraph in small print.
    pub(crate) fn remark(&mut self, indent: usize, text: &str) -> io::Result<()> {
        self.wrapped(indent, indent, &[(Ink::Faint, text)])
    }

    /// A label with a value that wraps beside it; nothing for an empty value.
    pub(crate) fn field(&mut self, indent: usize, label: &str, value: &str) -> io::Result<()> {
        if value.is_empty() {
            return Ok(());
        }
        let padded = format!("{label:LABEL$}");
        self.labelled(indent, &padded, &[(Ink::Plain, value)])
    }

    /// One field with many values, one a line, the label only beside the first.
    pub(crate) fn fields(
        &mut self,
        indent: usize,
        label: &str,
        values: impl IntoIterator<Item = String>,
    ) -> io::Result<()> {
        let mut label = label;
        for value in values {
            self.field(indent, label, &value)?;
            label = "";
        }
        Ok(())
    }

    fn labelled(&mut self, indent: usize, padded: &str, pieces: &[Piece<'_>]) -> io::Result<()> {
        let hanging = indent + columns(padded);
        self.start(indent)?;
        self.ink(Ink::Faint, padded.trim_end())?;
        write!(self.out, "{:1$}", "", columns(padded) - columns(padded.trim_end()))?;
        self.flow(hanging, hanging, pieces)
    }

    /// Pieces of text that wrap at spaces: the first line indented by `first`, the others by `hanging`.
    pub(crate) fn wrapped(&mut self, first: usize, hanging: usize, pieces: &[Piece<'_>]) -> io::Result<()> {
        self.start(first)?;
        self.flow(first, hanging, pieces)
    }

    /// Cells in columns of fixed width: `(width, ink, text)`. A negative width aligns right; a cell that does not fit is
    /// cut with `…`; a last cell of width 0 takes the rest of the line and wraps inside its column.
    pub(crate) fn row(&mut self, indent: usize, cells: &[(isize, Ink, &str)]) -> io::Result<()> {
        self.start(indent)?;
        let mut at = indent;
        // Blanks are owed until something follows them: no line ends in blanks.
        let mut owed = 0;
        for (width, ink, text) in cells {
            if *width == 0 {
                write!(self.out, "{:owed$}", "")?;
                return self.flow(at + owed, at + owed, &[(*ink, text)]);
            }
            let size = width.unsigned_abs();
            let text = cut(&harmless(text), size);
            let free = size.saturating_sub(columns(&text));
            let before = if *width < 0 { free } else { 0 };
            if text.is_empty() {
                owed += size + 1;
                continue;
            }
            write!(self.out, "{:1$}", "", owed + before)?;
            self.ink(*ink, &text)?;
            at += owed + before + columns(&text);
            owed = free - before + 1;
        }
        self.gap()
    }

    /// Text as it is, made harmless but neither wrapped nor squeezed: for instructions.
    pub(crate) fn verbatim(&mut self, indent: usize, ink: Ink, prefix: &str, text: &str) -> io::Result<()> {
        self.start(indent)?;
        self.ink(ink, &format!("{prefix}{}", harmless(text)))?;
        self.gap()
    }

    /// Text of our own making, as it is: files for somebody to go on with.
    pub(crate) fn as_it_is(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    fn start(&mut self, indent: usize) -> io::Result<()> {
        write!(self.out, "{:indent$}", "")
    }

    fn ink(&mut self, ink: Ink, text: &str) -> io::Result<()> {
        if self.style.colour && !text.is_empty() {
            write!(self.out, "{}{text}{}", ink.on(), ink.off())
        } else {
            self.out.write_all(text.as_bytes())
        }
    }

    /// Continues a line on which `at` columns are taken.
    fn flow(&mut self, at: usize, hanging: usize, pieces: &[Piece<'_>]) -> io::Result<()> {
        let mut column = at;
        let mut fresh = true;
        for (ink, text) in pieces {
            // Words of one ink on one line are painted together.
            let mut run = String::new();
            for word in harmless(text).split(' ').filter(|word| !word.is_empty()) {
                let size = columns(word);
                if !fresh && column + 1 + size > self.style.width {
                    self.ink(*ink, &run)?;
                    run.clear();
                    self.gap()?;
                    self.start(hanging)?;
                    column = hanging;
                    fresh = true;
                }
                if !fresh {
                    run.push(' ');
                    column += 1;
                }
                run.push_str(word);
                column += size;
                fresh = false;
            }
            self.ink(*ink, &run)?;
        }
        self.gap()
    }
}

fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for character in text.chars() {
        if columns(&out) + columns(character.encode_utf8(&mut [0; 4])) + 1 > width {
            break;
        }
        out.push(character);
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(style: Style, draw: impl FnOnce(&mut Canvas<'_>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        draw(&mut Canvas::new(&mut out, style)).expect("a vector takes everything");
        String::from_utf8(out).expect("text")
    }

    const NARROW: Style = Style { width: 20, colour: false };

    #[test]
    fn paragraphs_wrap_at_the_width() {
        let text = drawn(NARROW, |canvas| canvas.paragraph(2, "one two three four five six"));
        assert_eq!(text, "  one two three four\n  five six\n");
        assert!(text.lines().all(|line| line.len() <= 20));
    }

    #[test]
    fn a_long_word_gets_its_own_line_and_stays_whole() {
        let path = "/system/priv-app/Sync/Sync.apk";
        let text = drawn(NARROW, |canvas| canvas.paragraph(0, &format!("in {path} there")));
        assert_eq!(text, format!("in\n{path}\nthere\n"));
    }

    #[test]
    fn fields_hang_beside_their_label() {
        let text = drawn(Style { width: 26, colour: false }, |canvas| {
            canvas.field(1, "goes to", "alpha beta gamma")
        });
        assert_eq!(text, " goes to         alpha\n                 beta\n                 gamma\n");
        assert_eq!(drawn(NARROW, |canvas| canvas.field(1, "goes to", "")), "");
    }

    #[test]
    fn rows_keep_their_columns() {
        let text = drawn(NARROW, |canvas| {
            canvas.row(
                1,
                &[(6, Ink::Plain, "相册 and more"), (-4, Ink::Plain, "7"), (0, Ink::Plain, "last cell")],
            )
        });
        assert_eq!(text, " 相册 …    7 last\n             cell\n");
    }

    #[test]
    fn no_blanks_at_the_end_of_a_row() {
        let text = drawn(NARROW, |canvas| canvas.row(0, &[(6, Ink::Plain, "a"), (6, Ink::Plain, "")]));
        assert_eq!(text, "a\n");
    }

    #[test]
    fn colours_only_when_asked() {
        let coloured = drawn(Style { width: 20, colour: true }, |canvas| canvas.heading("x"));
        assert_eq!(coloured, "\n\x1b[1mx\x1b[0m\n");
        assert_eq!(drawn(NARROW, |canvas| canvas.heading("x")), "\nx\n");
    }

    #[test]
    fn hostile_text_cannot_act() {
        let text = drawn(NARROW, |canvas| canvas.verbatim(0, Ink::Plain, "0000: ", "\x1b]0;title\x07\nnext"));
        assert_eq!(text, "0000: ⟨001b⟩]0;title⟨0007⟩ next\n");
    }
}
