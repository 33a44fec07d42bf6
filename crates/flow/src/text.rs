//! Names and string constants as numbers, for one analysis.

use std::rc::Rc;

use overt_base::id;
use rustc_hash::FxHashMap;

id! {
    /// A text of a [`Texts`] table.
    pub struct Text(u32);
}

/// Interned texts.
#[derive(Debug, Default)]
pub struct Texts {
    by_text: FxHashMap<Rc<str>, Text>,
    all: Vec<Rc<str>>,
    /// Whether a text has parts that a caller must fill in.
    open: Vec<bool>,
    /// Which of them name a type whose values are their data.
    plain: Vec<bool>,
}

impl Texts {
    /// The number of `text`, given on first sight.
    pub fn intern(&mut self, text: &str) -> Text {
        if let Some(known) = self.by_text.get(text) {
            return *known;
        }
        let number = Text(self.all.len() as u32);
        let shared: Rc<str> = text.into();
        self.all.push(Rc::clone(&shared));
        self.open.push(crate::template::is_open(text));
        self.plain.push(crate::reference::is_plain(text));
        self.by_text.insert(shared, number);
        number
    }

    /// The number of `text`, when it was seen before.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<Text> {
        self.by_text.get(text).copied()
    }

    /// Has the text parts that a caller must fill in?
    #[must_use]
    pub fn is_open(&self, text: Text) -> bool {
        self.open.get(text.index()).copied().unwrap_or(false)
    }

    /// Does it name a type whose values are their data ([`crate::reference::is_plain`])?
    #[must_use]
    pub fn is_plain(&self, text: Text) -> bool {
        self.plain.get(text.index()).copied().unwrap_or(false)
    }

    /// The text.
    #[must_use]
    pub fn get(&self, text: Text) -> Rc<str> {
        self.all.get(text.index()).map_or_else(|| "".into(), Rc::clone)
    }
}
