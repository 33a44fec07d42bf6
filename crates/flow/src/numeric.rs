//! What is a number, or one out of a list that stands in the code: it cannot name anything, whatever it was made of.
//!
//! Of a port the caller's marks are not known yet: [`mark::PLAIN`] says that a text ended there, and [`after`] obeys.

use crate::frame::Frame;
use crate::text::Text;
use crate::value::{Marks, Value, mark};

/// The marks of what had some before and then came by others.
pub(crate) fn after(before: Marks, then: Marks) -> Marks {
    if then & mark::PLAIN != 0 { before & !mark::TEXT | then } else { before | then }
}

/// Types whose values are numbers and are not taken for characters either.
fn is_number(class: &str) -> bool {
    matches!(class, "J" | "Z" | "F" | "D")
}

impl Frame<'_, '_> {
    /// The value as one of this type: what a number is made of is a text no longer.
    pub(crate) fn of_plain_type(&self, value: Value, class: Option<Text>) -> Value {
        if value.data.is_empty() {
            return value;
        }
        match class {
            Some(class) if is_number(&self.session.texts.get(class)) => plain(value, mark::NUMBER),
            _ => value,
        }
    }
}

/// The value without the way back to a text, marked for what it is now.
pub(crate) fn plain(value: Value, marks: Marks) -> Value {
    let all = marks | mark::PLAIN;
    if value.data.iter().all(|datum| datum.marks & (all | mark::TEXT) == all) {
        return value;
    }
    let mut parts = (*value).clone();
    for datum in &mut parts.data {
        datum.marks = after(datum.marks, all);
    }
    Value::from(parts)
}

#[cfg(test)]
mod tests {
    use super::after;
    use crate::value::mark;

    #[test]
    fn a_number_is_no_text_any_more() {
        assert_eq!(after(mark::TEXT, mark::NUMBER), mark::TEXT | mark::NUMBER);
        let number = mark::NUMBER | mark::PLAIN;
        assert_eq!(after(mark::TEXT | mark::JSON, number), number | mark::JSON);
        assert_eq!(after(0, number | mark::TEXT), number | mark::TEXT);
    }
}
