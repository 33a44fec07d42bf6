//! As much of smali as is needed to know which physical line holds which instruction of which method.

/// A smali source: one class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Path relative to the app's folder.
    pub path: String,
    /// DEX descriptor of the class, `Lp/C;`.
    pub class: String,
    /// The lines, in order.
    pub lines: Vec<Line>,
}

/// A physical line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: u32,
    /// As written.
    pub text: String,
    /// What it is.
    pub kind: Kind,
    /// The method it belongs to, as `name(parameters)return`.
    pub method: Option<String>,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The head of a method.
    Method,
    /// An instruction.
    Instruction,
    /// Everything else: directives, labels, tables, comments, nothing.
    Other,
}

/// Directives whose lines are no instructions, each with what closes it.
const BLOCKS: &[(&str, &str)] = &[
    (".annotation", ".end annotation"),
    (".packed-switch", ".end packed-switch"),
    (".sparse-switch", ".end sparse-switch"),
    (".array-data", ".end array-data"),
];

impl Source {
    /// Reads a source.
    ///
    /// # Errors
    /// A sentence, when there is no `.class` line.
    pub fn parse(path: &str, text: &str) -> Result<Source, String> {
        let mut class = None;
        let mut method: Option<String> = None;
        let mut block: Option<&str> = None;
        let mut lines = Vec::new();
        for (line, number) in text.lines().zip(1..) {
            let code = line.get(..comment_start(line)).unwrap_or(line).trim();
            let mut kind = Kind::Other;
            let mut ends_method = false;
            if let Some(end) = block {
                if code == end {
                    block = None;
                }
            } else if let Some((_, end)) =
                BLOCKS.iter().find(|(begin, _)| code.split(' ').next() == Some(begin))
            {
                block = Some(end);
            } else if code.starts_with(".class ") {
                class = code.split_whitespace().next_back().map(str::to_owned);
            } else if code.starts_with(".method ") {
                kind = Kind::Method;
                method = code.split_whitespace().next_back().map(str::to_owned);
            } else if code == ".end method" {
                ends_method = true;
            } else if method.is_some() && code.starts_with(|c: char| c.is_ascii_lowercase()) {
                kind = Kind::Instruction;
            }
            lines.push(Line { number, text: line.to_owned(), kind, method: method.clone() });
            if ends_method {
                method = None;
            }
        }
        let class = class.ok_or_else(|| format!("{path}: no `.class` line"))?;
        Ok(Source { path: path.to_owned(), class, lines })
    }

    /// The source with `.line` before each instruction, so that the debug lines of the assembled code are the lines of this file.
    #[must_use]
    pub fn with_line_numbers(&self) -> String {
        let mut out = String::new();
        for line in &self.lines {
            if line.kind == Kind::Instruction {
                out.push_str(&format!("    .line {}\n", line.number));
            }
            out.push_str(&line.text);
            out.push('\n');
        }
        out
    }
}

/// Where the comment of a line starts: the first `#` outside a string literal, or the end of the line.
#[must_use]
pub fn comment_start(line: &str) -> usize {
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match quote {
            _ if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '#' => return at,
            None => {}
        }
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r##".class public Lp/C;
.super Ljava/lang/Object;

.method public f(I)V
    .locals 1
    .annotation runtime Lp/A;
        value = 1
    .end annotation
    # a comment
    :start
    const-string v0, "a # b"   #~ none x/y
    packed-switch p1, :table
    return-void
    :table
    .packed-switch 0x0
        :start
    .end packed-switch
    :data
    .array-data 1
        0x1t
        true
    .end array-data
.end method

.field private other:I
"##;

    #[test]
    fn instructions_are_told_from_the_rest() {
        let source = Source::parse("smali/C.smali", TEXT).expect("a class");
        assert_eq!(source.class, "Lp/C;");
        let numbers = |kind| {
            source.lines.iter().filter(|line| line.kind == kind).map(|line| line.number).collect::<Vec<_>>()
        };
        assert_eq!(numbers(Kind::Instruction), [11, 12, 13]);
        assert_eq!(numbers(Kind::Method), [4]);
        assert_eq!(source.lines[10].method.as_deref(), Some("f(I)V"));
        assert_eq!(source.lines[24].method, None);
    }

    #[test]
    fn line_numbers_are_the_physical_ones() {
        let numbered = Source::parse("C.smali", TEXT).expect("a class").with_line_numbers();
        assert!(numbered.contains("    .line 11\n    const-string v0"));
        assert!(numbered.contains("    .line 13\n    return-void"));
        assert_eq!(numbered.matches(".line").count(), 3);
    }

    #[test]
    fn a_file_without_a_class_is_refused() {
        assert!(Source::parse("C.smali", "# nothing\n").is_err());
    }

    #[test]
    fn comments_start_outside_strings() {
        assert_eq!(comment_start(r##"a "x#\"#" # c"##), 10);
        assert_eq!(comment_start("const/16 v0, '#'"), 16);
    }
}
