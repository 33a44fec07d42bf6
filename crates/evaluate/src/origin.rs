//! How a string or array came about.

use std::rc::Rc;

use overt_program::MethodId;
use rustc_hash::FxHashMap;

use crate::cipher::CipherUse;

/// A row of [`Origins`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct OriginId(u32);

impl OriginId {
    /// It stands in the file as it is.
    pub const LITERAL: OriginId = OriginId(0);
}

/// How much was done to get it, least first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// Nothing: it stands in the file.
    Literal,
    /// Taken from the app's resources as it is.
    Resource,
    /// Put together from characters and parts.
    Built,
    /// Computed by a decoder.
    Evaluated,
}

impl Kind {
    /// The word of the contract.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Kind::Literal => "literal",
            Kind::Built => "built",
            Kind::Resource => "resource",
            Kind::Evaluated => "evaluated",
        }
    }
}

/// Who turned it into what it is.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Decoder {
    /// A method of the app.
    App(MethodId),
    /// A method of the platform, as `Lp/C;->m(I)V`.
    Platform(Rc<str>),
}

/// How something came about.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Origin {
    /// How much was done.
    pub kind: Kind,
    /// By whom.
    pub decoder: Option<Decoder>,
    /// The cipher that it went through last.
    pub cipher: Option<Rc<CipherUse>>,
    /// It is what the decoder gave back, unchanged since.
    pub returned: bool,
}

/// All origins met.
#[derive(Debug)]
pub struct Origins {
    rows: Vec<Origin>,
    index: FxHashMap<Origin, OriginId>,
}

impl Default for Origins {
    fn default() -> Origins {
        let mut origins = Origins { rows: Vec::new(), index: FxHashMap::default() };
        origins.add(Origin { kind: Kind::Literal, decoder: None, cipher: None, returned: false });
        origins
    }
}

impl Origins {
    /// The number of an origin.
    pub fn add(&mut self, origin: Origin) -> OriginId {
        if let Some(id) = self.index.get(&origin) {
            return *id;
        }
        let id = OriginId(self.rows.len() as u32);
        self.rows.push(origin.clone());
        self.index.insert(origin, id);
        id
    }

    /// An origin.
    #[must_use]
    pub fn get(&self, id: OriginId) -> &Origin {
        &self.rows[id.0 as usize]
    }

    /// Of something made from two things.
    pub fn join(&mut self, a: OriginId, b: OriginId) -> OriginId {
        if a == b || b == OriginId::LITERAL {
            return a;
        }
        if a == OriginId::LITERAL {
            return b;
        }
        let (first, second) = (self.get(a), self.get(b));
        let (strong, weak) = if second.kind > first.kind { (second, first) } else { (first, second) };
        let joined = Origin {
            kind: strong.kind,
            decoder: strong.decoder.clone().or_else(|| weak.decoder.clone()),
            cipher: strong.cipher.clone().or_else(|| weak.cipher.clone()),
            returned: false,
        };
        self.add(joined)
    }

    /// The same, but at least put together and no longer what a decoder gave back.
    pub fn reworked(&mut self, id: OriginId) -> OriginId {
        let mut origin = self.get(id).clone();
        origin.kind = origin.kind.max(Kind::Built);
        origin.returned = false;
        self.add(origin)
    }
}
