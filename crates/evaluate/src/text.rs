//! Strings as Java has them: UTF-16 units, here with holes where a part is not known.

use crate::value::Hole;

/// A string. A hole has no units of its own; it lies before the unit at its position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The known units.
    pub units: Vec<u16>,
    /// Where parts are missing, in order.
    pub holes: Vec<(u32, Hole)>,
}

impl Text {
    /// A known string.
    #[must_use]
    pub fn of(text: &str) -> Text {
        Text { units: text.encode_utf16().collect(), holes: Vec::new() }
    }

    /// A known string.
    #[must_use]
    pub fn of_units(units: Vec<u16>) -> Text {
        Text { units, holes: Vec::new() }
    }

    /// Nothing but a hole.
    #[must_use]
    pub fn of_hole(hole: Hole) -> Text {
        Text { units: Vec::new(), holes: vec![(0, hole)] }
    }

    /// Has it no hole?
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.holes.is_empty()
    }

    /// Adds `other` behind it.
    pub fn push(&mut self, other: &Text) {
        let offset = self.units.len() as u32;
        self.units.extend_from_slice(&other.units);
        for (at, hole) in &other.holes {
            // One hole after another says no more than one; this also bounds what a loop can add.
            if self.holes.last() != Some(&(offset + at, *hole)) {
                self.holes.push((offset + at, *hole));
            }
        }
    }

    /// For reading; lone surrogates become U+FFFD.
    #[must_use]
    pub fn to_text(&self) -> String {
        String::from_utf16_lossy(&self.units)
    }

    /// For reading, with the names of holes.
    #[must_use]
    pub fn show(&self, label: impl Fn(Hole) -> String) -> String {
        let mut shown = String::new();
        let mut from = 0;
        for (at, hole) in &self.holes {
            let at = (*at as usize).min(self.units.len()).max(from);
            shown.push_str(&String::from_utf16_lossy(self.units.get(from..at).unwrap_or(&[])));
            shown.push('‹');
            shown.push_str(&label(*hole));
            shown.push('›');
            from = at;
        }
        shown.push_str(&String::from_utf16_lossy(self.units.get(from..).unwrap_or(&[])));
        shown
    }

    /// `String.hashCode`.
    #[must_use]
    pub fn hash_code(&self) -> i32 {
        self.units.iter().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(*unit)))
    }
}
