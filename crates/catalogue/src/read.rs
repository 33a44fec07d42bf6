//! Reads one TOML file of the catalogue so that every mistake has a file, a line, a column and a neighbour.
//!
//! A [`Section`] remembers which keys were asked for; whatever else stands in it is a mistake.

use std::cell::RefCell;
use std::ops::Range;

use overt_base::Digest;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::CatalogueError;
use crate::neighbour::nearest;

/// One file: its name relative to the catalogue's folder, its text, and the mistakes found in it so far.
pub(crate) struct Reading<'a> {
    pub(crate) name: &'a str,
    text: &'a str,
    errors: RefCell<Vec<CatalogueError>>,
}

/// A text with the place where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    pub(crate) value: &'a str,
    pub(crate) at: usize,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(name: &'a str, text: &'a str) -> Reading<'a> {
        Reading { name, text, errors: RefCell::default() }
    }

    /// Parses the file. On a syntax error nothing of it is used.
    pub(crate) fn parse(&self) -> Option<Spanned<DeTable<'a>>> {
        match DeTable::parse(self.text) {
            Ok(table) => Some(table),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                self.error(at, error.message().to_owned(), None);
                None
            }
        }
    }

    pub(crate) fn error(&self, at: usize, message: impl Into<String>, meant: Option<String>) {
        let (line, column) = position(self.text, at);
        self.errors.borrow_mut().push(CatalogueError {
            file: self.name.to_owned(),
            line,
            column,
            message: message.into(),
            meant,
        });
    }

    /// The line, from 1, of a byte offset.
    pub(crate) fn line(&self, at: usize) -> u32 {
        u32::try_from(position(self.text, at).0).unwrap_or(u32::MAX)
    }

    pub(crate) fn into_errors(self) -> Vec<CatalogueError> {
        self.errors.into_inner()
    }
}

/// Line and column (in characters) of a byte offset, both from 1.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    (line, before.get(line_start..).unwrap_or("").chars().count() + 1)
}

/// A table of a file.
pub(crate) struct Section<'r, 'a> {
    pub(crate) reading: &'r Reading<'a>,
    table: &'r DeTable<'a>,
    pub(crate) at: usize,
    asked: RefCell<Vec<&'static str>>,
}

impl<'r, 'a> Section<'r, 'a> {
    pub(crate) fn new(
        reading: &'r Reading<'a>,
        table: &'r DeTable<'a>,
        span: Range<usize>,
    ) -> Section<'r, 'a> {
        Section { reading, table, at: span.start, asked: RefCell::default() }
    }

    fn value(&self, key: &'static str) -> Option<&'r Spanned<DeValue<'a>>> {
        self.asked.borrow_mut().push(key);
        self.table.get(key)
    }

    /// Whether the key stands here, whatever its type.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    fn wrong(&self, value: &Spanned<DeValue<'a>>, key: &str, wanted: &str) {
        let found = value.get_ref().type_str();
        self.reading.error(value.span().start, format!("\"{key}\" is a {found}, not {wanted}"), None);
    }

    pub(crate) fn text(&self, key: &'static str) -> Option<Text<'r>> {
        let value = self.value(key)?;
        match value.get_ref().as_str() {
            Some(text) => Some(Text { value: text, at: value.span().start }),
            None => {
                self.wrong(value, key, "a text");
                None
            }
        }
    }

    /// A text that must be there and must not be blank; where it is not, an empty one.
    pub(crate) fn required(&self, key: &'static str) -> Text<'r> {
        match self.text(key) {
            Some(text) if !text.value.trim().is_empty() => text,
            Some(text) => {
                self.reading.error(text.at, format!("\"{key}\" is empty"), None);
                text
            }
            None => {
                if !self.has(key) {
                    let meant = self.unasked_neighbour(key);
                    self.reading.error(self.at, format!("\"{key}\" is missing"), meant);
                }
                Text { value: "", at: self.at }
            }
        }
    }

    fn unasked_neighbour(&self, key: &str) -> Option<String> {
        nearest(key, self.table.keys().map(|present| present.get_ref().as_ref()))
            .map(|present| format!("{key}\" where it says \"{present}"))
    }

    /// A text or a list of texts.
    pub(crate) fn texts(&self, key: &'static str) -> Vec<Text<'r>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        match value.get_ref() {
            DeValue::String(text) => vec![Text { value: text.as_ref(), at: value.span().start }],
            DeValue::Array(items) => items
                .iter()
                .filter_map(|item| match item.get_ref().as_str() {
                    Some(text) => Some(Text { value: text, at: item.span().start }),
                    None => {
                        self.wrong(item, key, "a text");
                        None
                    }
                })
                .collect(),
            _ => {
                self.wrong(value, key, "a text or a list of texts");
                Vec::new()
            }
        }
    }

    /// As [`Section::texts`], but at least one is needed.
    pub(crate) fn required_texts(&self, key: &'static str) -> Vec<Text<'r>> {
        let texts = self.texts(key);
        if texts.is_empty() {
            let meant = self.unasked_neighbour(key);
            let problem = if self.has(key) { "empty" } else { "missing" };
            self.reading.error(self.at, format!("\"{key}\" is {problem}"), meant.filter(|_| !self.has(key)));
        }
        texts
    }

    /// The items of a list, whatever their types.
    pub(crate) fn items(&self, key: &'static str) -> Vec<&'r Spanned<DeValue<'a>>> {
        match self.value(key) {
            None => Vec::new(),
            Some(value) => match value.get_ref() {
                DeValue::Array(items) => items.iter().collect(),
                _ => vec![value],
            },
        }
    }

    pub(crate) fn flag(&self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong(value, key, "true or false");
        }
        flag
    }

    pub(crate) fn number(&self, key: &'static str) -> Option<i64> {
        let value = self.value(key)?;
        let number = integer(value.get_ref());
        if number.is_none() {
            self.wrong(value, key, "a whole number");
        }
        number
    }

    /// A number that must be there, from `range`; the lowest of the range where it is not.
    pub(crate) fn required_number(&self, key: &'static str, range: std::ops::RangeInclusive<u8>) -> u8 {
        let number = self.number(key).and_then(|number| u8::try_from(number).ok());
        match number {
            Some(number) if range.contains(&number) => number,
            _ => {
                let (low, high) = (range.start(), range.end());
                self.reading.error(self.at, format!("\"{key}\" must be a number from {low} to {high}"), None);
                *low
            }
        }
    }

    pub(crate) fn section(&self, key: &'static str) -> Option<Section<'r, 'a>> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(Section::new(self.reading, table, value.span())),
            _ => {
                self.wrong(value, key, "a table");
                None
            }
        }
    }

    /// A table or a list of tables.
    pub(crate) fn sections(&self, key: &'static str) -> Vec<Section<'r, 'a>> {
        self.items(key)
            .into_iter()
            .filter_map(|value| match value.get_ref() {
                DeValue::Table(table) => Some(Section::new(self.reading, table, value.span())),
                _ => {
                    self.wrong(value, key, "a table");
                    None
                }
            })
            .collect()
    }

    /// Keys and texts of a table whose keys are not fixed.
    pub(crate) fn pairs(&self) -> Vec<(Text<'r>, Text<'r>)> {
        let mut pairs = Vec::new();
        for (key, value) in self.table.iter() {
            match value.get_ref().as_str() {
                Some(text) => pairs.push((
                    Text { value: key.get_ref().as_ref(), at: key.span().start },
                    Text { value: text, at: value.span().start },
                )),
                None => self.wrong(value, key.get_ref(), "a text"),
            }
        }
        pairs
    }

    /// Reads a word out of a fixed list.
    pub(crate) fn choice<T: Copy>(&self, key: &'static str, choices: &[(&'static str, T)]) -> Option<T> {
        self.text(key).and_then(|text| self.chosen(text, key, choices))
    }

    /// Holds a text against a fixed list of words.
    pub(crate) fn chosen<T: Copy>(
        &self,
        text: Text<'_>,
        what: &str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let found = choices.iter().find(|(word, _)| *word == text.value).map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let meant = nearest(text.value, words.iter().copied());
            let known = words.join(", ");
            self.reading.error(
                text.at,
                format!("unknown word \"{}\" for \"{what}\" (known: {known})", text.value),
                meant,
            );
        }
        found
    }

    /// Reports every key that nobody asked for.
    pub(crate) fn finish(self) {
        let asked = self.asked.into_inner();
        for key in self.table.keys() {
            let name: &str = key.get_ref();
            if !asked.contains(&name) {
                let meant = nearest(name, asked.iter().copied());
                self.reading.error(key.span().start, format!("unknown key \"{name}\""), meant);
            }
        }
    }
}

/// The value of a TOML integer that fits in 64 bits.
pub(crate) fn integer(value: &DeValue<'_>) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// The digest of what a file says: comments, blanks, order of keys and ways of quoting do not count.
pub(crate) fn canonical_digest(table: &DeTable<'_>) -> Digest {
    let mut bytes = Vec::new();
    write_table(table, &mut bytes);
    Digest::of(&bytes)
}

fn write_text(tag: u8, text: &str, out: &mut Vec<u8>) {
    out.push(tag);
    out.extend_from_slice(&(text.len() as u64).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn write_table(table: &DeTable<'_>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (key, value) in table.iter() {
        write_text(b'k', key.get_ref(), out);
        write_value(value.get_ref(), out);
    }
    out.push(b'}');
}

fn write_value(value: &DeValue<'_>, out: &mut Vec<u8>) {
    match value {
        DeValue::String(text) => write_text(b's', text, out),
        DeValue::Integer(number) => write_text(b'i', number.as_str(), out),
        DeValue::Float(number) => write_text(b'f', number.as_str(), out),
        DeValue::Boolean(flag) => write_text(b'b', if *flag { "1" } else { "0" }, out),
        DeValue::Datetime(date) => write_text(b'd', &date.to_string(), out),
        DeValue::Array(items) => {
            out.push(b'[');
            for item in items.iter() {
                write_value(item.get_ref(), out);
            }
            out.push(b']');
        }
        DeValue::Table(table) => write_table(table, out),
    }
}
