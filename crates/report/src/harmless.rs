//! Makes strings of hostile origin safe to print: a label in a manifest may hold terminal commands, line feeds, or
//! marks that make the rest of the line read backwards.

use unicode_width::UnicodeWidthChar;

/// Columns a single word may take before it is cut: beyond that nobody reads it, and the record has all of it.
const LONGEST_WORD: usize = 400;

/// Whether a character would do something to the line instead of standing in it.
fn acts(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}'                      // soft hyphen: invisible
            | '\u{061c}'                    // Arabic letter mark
            | '\u{180e}'                    // Mongolian vowel separator
            | '\u{200b}'..='\u{200f}'       // zero-width, direction marks
            | '\u{2028}'..='\u{202e}'       // line and paragraph separators, embeddings, overrides
            | '\u{2060}'..='\u{206f}'       // invisible operators, isolates
            | '\u{fe00}'..='\u{fe0f}'       // variation selectors
            | '\u{feff}'                    // byte order mark
            | '\u{fff9}'..='\u{fffb}'       // interlinear annotation
            | '\u{e0000}'..='\u{e0fff}') // tags
}

/// The text on one line, with characters that act shown as `⟨200f⟩` and with runs of white space made one space.
#[must_use]
pub fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = 0_usize;
    let mut pending = false;
    let mut cut = false;
    for character in text.chars() {
        if matches!(character, ' ' | '\n' | '\r' | '\t') {
            pending = !out.is_empty();
            word = 0;
            cut = false;
            continue;
        }
        if cut {
            continue;
        }
        if std::mem::take(&mut pending) {
            out.push(' ');
        }
        if acts(character) {
            let shown = format!("⟨{:04x}⟩", u32::from(character));
            word += shown.chars().count();
            out.push_str(&shown);
        } else {
            word += character.width().unwrap_or(0).max(1);
            out.push(character);
        }
        if word >= LONGEST_WORD {
            out.push('…');
            cut = true;
        }
    }
    out
}

/// Columns that harmless text takes on a terminal.
#[must_use]
pub fn columns(text: &str) -> usize {
    text.chars().map(|character| character.width().unwrap_or(0)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_to_the_terminal_become_visible() {
        assert_eq!(harmless("\x1b[31mred\x07"), "⟨001b⟩[31mred⟨0007⟩");
        assert_eq!(harmless("abc\u{202e}gpj.exe"), "abc⟨202e⟩gpj.exe");
        assert_eq!(harmless("\u{9b}2J"), "⟨009b⟩2J");
    }

    #[test]
    fn a_label_stays_on_its_line() {
        assert_eq!(harmless("  two\r\n  lines\t"), "two lines");
        assert_eq!(harmless(""), "");
        assert_eq!(harmless("\n"), "");
    }

    #[test]
    fn endless_words_are_cut_and_the_rest_goes_on() {
        let long = "x".repeat(100_000);
        let shown = harmless(&format!("{long} end"));
        assert!(shown.ends_with("x… end"), "{}", shown.len());
        assert!(shown.len() < 500);
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(columns("相册"), 4);
        assert_eq!(columns("album"), 5);
        assert_eq!(columns("e\u{301}"), 1);
    }
}
