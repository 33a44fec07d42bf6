//! What makes a text of the record nothing but text in Markdown.

use crate::harmless::harmless;

/// Characters of one text that are shown; the record has all of it.
const LONGEST: usize = 1_500;

fn shortened(text: &str) -> String {
    let harmless = harmless(text);
    match harmless.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &harmless[..at]),
        None => harmless,
    }
}

/// Prose: every sign that could mean something is written so that it does not. A backslash before ASCII punctuation is
/// that punctuation (CommonMark 0.31, section 2.4); words that would become links by themselves (GFM, section 6.9) stand
/// in code spans.
pub(super) fn prose(text: &str) -> String {
    let words: Vec<String> = shortened(text)
        .split(' ')
        .map(|word| {
            let is_link = ["://", "@", "www."].iter().any(|sign| word.contains(sign));
            // The sentence's own signs stay outside.
            let bare = word.trim_end_matches([':', ',', ';', '.', ')']);
            if is_link { format!("{}{}", code(bare), &word[bare.len()..]) } else { escaped(word) }
        })
        .collect();
    // Where a line begins, lists and headings do: escaped signs do not begin any, numbers are left.
    numbered(&words.join(" "))
}

fn escaped(word: &str) -> String {
    let mut out = String::new();
    for (at, character) in word.char_indices() {
        match character {
            // A colon at the end of a word makes no sign of it, a dash inside of one no list and no line.
            ':' if at + 1 == word.len() => out.push(':'),
            '-' if at > 0 && !word.starts_with('-') => out.push('-'),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '.' | ',' | ';' | '\'' | '?' | '%' | '/' | '"' | '(' | ')' => out.push(character),
            other if other.is_ascii_punctuation() => {
                out.push('\\');
                out.push(other);
            }
            other => out.push(other),
        }
    }
    out
}

/// `1. x` would begin a list.
fn numbered(text: &str) -> String {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match text.get(digits..digits + 1) {
        Some(sign @ ("." | ")")) if digits > 0 => {
            format!("{}\\{sign}{}", &text[..digits], &text[digits + 1..])
        }
        _ => text.to_owned(),
    }
}

/// A code span: longer fences than any run of backticks in it (CommonMark 0.31, section 6.1); a bar is escaped because
/// it would end a cell of a table, and only there is the escape taken away again, so it is replaced instead.
pub(super) fn code(text: &str) -> String {
    let text = shortened(text).replace('|', "¦");
    if text.is_empty() {
        return "–".to_owned();
    }
    let mut longest = 0;
    let mut run = 0;
    for character in text.chars() {
        run = if character == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A text that stands in a code span of ours: letters and digits only.
pub(super) fn word(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_no_markup() {
        assert_eq!(
            prose("<b>*x*</b> [a](b) `c` | d\n# e"),
            "&lt;b&gt;\\*x\\*&lt;/b&gt; \\[a\\](b) \\`c\\` \\| d \\# e"
        );
        assert_eq!(prose("to http://x.invalid/a*b* or www.x"), "to `http://x.invalid/a*b*` or `www.x`");
        assert_eq!(prose("12. x"), "12\\. x");
        assert_eq!(prose("so: - a-b --- :tada:"), "so: \\- a-b \\-\\-\\- \\:tada:");
    }

    #[test]
    fn code_cannot_be_left() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a``b"), "``` a``b ```");
        assert_eq!(code("a|b"), "`a¦b`");
        assert_eq!(code("`"), "`` ` ``");
    }
}
