//! Names are compared as numbers: descriptors, member names and prototypes of all DEX files of a program.

use std::collections::HashMap;
use std::sync::Arc;

use overt_base::id;

id! {
    /// A name of a [`Names`] table (or of its parent).
    pub struct Sym(u32);
}

/// An interner that may stand on a frozen parent: numbers of the parent stay valid in the child.
#[derive(Debug, Default)]
pub struct Names {
    parent: Option<Arc<Names>>,
    first: u32,
    by_text: HashMap<Arc<str>, Sym, foldhash::fast::RandomState>,
    texts: Vec<Arc<str>>,
}

impl Names {
    /// An empty table on top of `parent`.
    #[must_use]
    pub fn on(parent: Option<Arc<Names>>) -> Names {
        let first = parent.as_ref().map_or(0, |parent| parent.end());
        Names { parent, first, by_text: HashMap::default(), texts: Vec::new() }
    }

    pub(crate) fn end(&self) -> u32 {
        self.first + self.texts.len() as u32
    }

    /// The number of `text`, or `None` when nothing in the program is called so.
    #[must_use]
    pub fn get(&self, text: &str) -> Option<Sym> {
        if let Some(sym) = self.by_text.get(text) {
            return Some(*sym);
        }
        self.parent.as_ref().and_then(|parent| parent.get(text))
    }

    /// The number of `text`, given on first sight.
    pub fn intern(&mut self, text: &str) -> Sym {
        if let Some(sym) = self.get(text) {
            return sym;
        }
        let sym = Sym(self.end());
        let shared: Arc<str> = text.into();
        self.texts.push(Arc::clone(&shared));
        self.by_text.insert(shared, sym);
        sym
    }

    /// The name of `sym`.
    #[must_use]
    pub fn text(&self, sym: Sym) -> &str {
        if sym.0 < self.first {
            return self.parent.as_ref().map_or("", |parent| parent.text(sym));
        }
        self.texts.get((sym.0 - self.first) as usize).map_or("", |text| text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_keeps_its_parents_numbers() {
        let mut parent = Names::on(None);
        let object = parent.intern("Ljava/lang/Object;");
        let mut child = Names::on(Some(Arc::new(parent)));
        let own = child.intern("Lp/C;");
        assert_eq!(child.intern("Ljava/lang/Object;"), object);
        assert_ne!(own, object);
        assert_eq!(child.text(object), "Ljava/lang/Object;");
        assert_eq!(child.text(own), "Lp/C;");
        assert_eq!(child.get("Lp/D;"), None);
    }
}
