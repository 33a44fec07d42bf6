//! What a table asked of its parent, so that it is known on which of the parent's classes a result depends.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::names::{Names, Sym};

/// Texts noted that are no names of the table.
const MOST_TEXTS: usize = 20_000;

/// Names of the classes asked for.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    names: Box<[AtomicBool]>,
    texts: Mutex<BTreeSet<String>>,
}

impl Asked {
    /// Nothing yet, with room for all of `names`.
    pub(crate) fn of(names: &Names) -> Asked {
        Asked { names: (0..names.end()).map(|_| AtomicBool::new(false)).collect(), texts: Mutex::default() }
    }

    pub(crate) fn note(&self, name: Sym) {
        // Read first: what is only read stays in the caches of all threads.
        if let Some(asked) = self.names.get(name.0 as usize)
            && !asked.load(Ordering::Relaxed)
        {
            asked.store(true, Ordering::Relaxed);
        }
    }

    pub(crate) fn note_text(&self, text: &str) {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if texts.len() <= MOST_TEXTS && !texts.contains(text) {
            texts.insert(text.to_owned());
        }
    }

    pub(crate) fn all(&self, names: &Names) -> Option<Vec<String>> {
        let texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if texts.len() > MOST_TEXTS {
            return None;
        }
        let mut all: BTreeSet<String> = texts.clone();
        for (number, asked) in self.names.iter().enumerate() {
            if asked.load(Ordering::Relaxed) {
                all.insert(names.text(Sym(number as u32)).to_owned());
            }
        }
        Some(all.into_iter().collect())
    }
}
