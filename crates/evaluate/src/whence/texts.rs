//! What methods of `String` and its builders make of texts known in part, and numbers that cut them.

use std::rc::Rc;

use overt_program::MethodId;
use overt_program::ir::{Arithmetic, Definition, Definitions, Literal, Operation, Register};

use super::index::At;
use super::parameters;
use super::resolve::{MOST, Resolver, Texts, Way, add};
use super::template::Template;
use crate::linkage::MethodTarget;
use crate::sandbox::Plain;

/// Pieces of one text that is split.
const PIECES: usize = 16;

impl Resolver<'_> {
    /// The one number that a register holds.
    pub(super) fn number(&mut self, way: &Way, method: MethodId, at: u32, register: Register) -> Option<i64> {
        self.number_within(way, method, at, register, 12)
    }

    fn number_within(
        &mut self,
        way: &Way,
        method: MethodId,
        at: u32,
        register: Register,
        left: u32,
    ) -> Option<i64> {
        let left = left.checked_sub(1)?;
        let code = self.code(method)?;
        let definitions = code.definitions(at, register);
        let [definition] = definitions.as_slice() else { return None };
        let Definition::At(position) = *definition else {
            return self.number_given(way, method, &code, register, left);
        };
        match code.body.instructions.get(position as usize)?.operation {
            Operation::Constant { value: Literal::Number(number), .. } => Some(number),
            Operation::Move { from, .. } => self.number_within(way, method, position, from, left),
            Operation::Compute { what, a, b, literal, .. } => {
                let a = self.number_within(way, method, position, a, left)?;
                let b = match b {
                    Some(b) => self.number_within(way, method, position, b, left)?,
                    None => literal,
                };
                match what {
                    Arithmetic::Add => a.checked_add(b),
                    Arithmetic::Subtract => a.checked_sub(b),
                    _ => None,
                }
            }
            Operation::StaticGet { field, .. } => {
                let link = &mut self.sandbox.machine.link;
                let dex = link.table.method(method).dex;
                let target = link.field(dex, field)?;
                // Numbers of resources are kept in fields that nobody writes again.
                match self.sandbox.static_value(target.owner?, &target.name)? {
                    Plain::Number(number) => Some(number),
                    _ => None,
                }
            }
            Operation::Invoke { .. } => {
                let (target, registers) = self.call_at((method, position))?;
                let counts = matches!(&*target.name, "length" | "indexOf" | "lastIndexOf");
                if !counts || &*target.class != "Ljava/lang/String;" {
                    return None;
                }
                match self.computed(way, (method, position), &target, &registers).as_slice() {
                    [Plain::Number(number)] => Some(*number),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// A number that is a parameter: as the call gives it by which the walk came, or the only one there is.
    fn number_given(
        &mut self,
        way: &Way,
        method: MethodId,
        code: &Definitions,
        register: Register,
        left: u32,
    ) -> Option<i64> {
        let number = self.number_of(method, code, register)?;
        let (by, before) = match way {
            Some(entered) => (entered.by, entered.before.clone()),
            None => match self.index.callers(&mut self.sandbox.machine.link, method).as_slice() {
                [only] => (*only, None),
                _ => return None,
            },
        };
        let (_, registers) = self.call_at(by)?;
        self.number_within(&before, by.0, by.1, *registers.get(number)?, left)
    }

    /// What a method of the platform makes of its arguments, for every combination of them that is known as a whole.
    fn computed(
        &mut self,
        way: &Way,
        by: At,
        target: &Rc<MethodTarget>,
        registers: &[Register],
    ) -> Vec<Plain> {
        let Some(code) = self.code(by.0) else { return Vec::new() };
        let Some(Operation::Invoke { kind, .. }) =
            code.body.instructions.get(by.1 as usize).map(|one| one.operation)
        else {
            return Vec::new();
        };
        let receiver = super::index::has_receiver(kind).then_some(&*target.class);
        let descriptors: Vec<&str> = receiver.into_iter().chain(parameters(&target.prototype)).collect();
        let mut given: Vec<Vec<Plain>> = vec![Vec::new()];
        for (register, descriptor) in registers.iter().zip(descriptors) {
            let options: Vec<Plain> = match descriptor {
                "Ljava/lang/String;" | "Ljava/lang/CharSequence;" | "Ljava/lang/Object;" => {
                    let texts = self.value(way, by.0, by.1, *register);
                    let whole = texts.iter().filter_map(Template::whole);
                    whole.map(|text| Plain::Text(text.to_owned())).collect()
                }
                "I" | "C" | "S" | "B" | "Z" => {
                    self.number(way, by.0, by.1, *register).map(Plain::Number).into_iter().collect()
                }
                _ => return Vec::new(),
            };
            given = (given.iter())
                .flat_map(|known| {
                    options.iter().map(|option| [known.as_slice(), std::slice::from_ref(option)].concat())
                })
                .take(MOST)
                .collect();
        }
        given.into_iter().filter_map(|arguments| self.sandbox.evaluate_model(target, &arguments)).collect()
    }

    /// What a call cuts out of texts, or makes of them otherwise; empty where that is not known.
    pub(super) fn made_of_texts(
        &mut self,
        way: &Way,
        by: At,
        target: &Rc<MethodTarget>,
        registers: &[Register],
    ) -> Texts {
        let modelled = matches!(
            &*target.class,
            "Ljava/lang/String;" | "Ljava/net/URLDecoder;" | "Ljava/net/URLEncoder;" | "Landroid/net/Uri;"
        );
        if !modelled || &*target.return_type != "Ljava/lang/String;" {
            return Texts::new();
        }
        let mut all = Texts::new();
        // The rest of a text is known as far as the text is.
        if (&*target.name, &*target.prototype) == ("substring", "(I)")
            && let [text, from] = registers
            && let Some(from) =
                self.number(way, by.0, by.1, *from).and_then(|from| usize::try_from(from).ok())
        {
            for text in self.value(way, by.0, by.1, *text) {
                add(&mut all, text.without_start(from).into_iter().collect());
            }
            return all;
        }
        for made in self.computed(way, by, target, registers) {
            if let Plain::Text(text) = made {
                add(&mut all, vec![Template::of_shown(&text)]);
            }
        }
        all
    }

    /// What a builder holds after a call that is not `append`; `None`: not known.
    pub(super) fn builder_changed(
        &mut self,
        way: &Way,
        by: At,
        target: &MethodTarget,
        registers: &[Register],
    ) -> Option<Texts> {
        let builder = *registers.first()?;
        match &*target.name {
            "setLength" if self.number(way, by.0, by.1, *registers.get(1)?) == Some(0) => {
                Some(vec![Template::default()])
            }
            // The separator after the last part: the length before, less one. Where there is none, as a rule the code
            // asks whether there is before.
            "setLength" | "deleteCharAt" if self.is_last(by, *registers.get(1)?) => {
                let before = self.builder(way, by.0, by.1, builder);
                Some(before.iter().map(Template::without_separator).collect())
            }
            "insert" if self.number(way, by.0, by.1, *registers.get(1)?) == Some(0) => {
                let piece = self.value(way, by.0, by.1, *registers.get(2)?);
                let before = self.builder(way, by.0, by.1, builder);
                Some(super::resolve::joined(&piece, &before))
            }
            "reverse" => {
                let before = self.builder(way, by.0, by.1, builder);
                let reversed =
                    |text: &Template| Some(Template::known(&text.whole()?.chars().rev().collect::<String>()));
                Some(before.iter().filter_map(reversed).collect())
            }
            _ => None,
        }
    }

    /// Is this number the length of something less one?
    fn is_last(&mut self, (method, at): At, register: Register) -> bool {
        let Some(code) = self.code(method) else { return false };
        let operation = |at: u32| code.body.instructions.get(at as usize).map(|one| one.operation);
        let [Definition::At(position)] = code.definitions(at, register)[..] else { return false };
        let Some(Operation::Compute { what, a, b: None, literal, .. }) = operation(position) else {
            return false;
        };
        let one_less = matches!((what, literal), (Arithmetic::Add, -1) | (Arithmetic::Subtract, 1));
        let [Definition::At(length)] = code.definitions(position, a)[..] else { return false };
        one_less && self.call_at((method, length)).is_some_and(|(target, _)| &*target.name == "length")
    }

    /// The pieces of a text that is split at another one.
    pub(super) fn pieces(&mut self, way: &Way, (method, at): At, registers: &[Register]) -> Texts {
        let [text, separator, ..] = registers else { return Texts::new() };
        let separators = self.value(way, method, at, *separator);
        let [separator] = separators.as_slice() else { return Texts::new() };
        let Some(separator) = separator.whole().and_then(plain_separator) else { return Texts::new() };
        let mut all = Texts::new();
        for text in self.value(way, method, at, *text) {
            let Some(text) = text.whole() else { continue };
            let pieces = text.split(separator.as_str()).filter(|piece| !piece.is_empty());
            add(&mut all, pieces.take(PIECES).map(Template::known).collect());
        }
        all
    }
}

/// The text that a regular expression means, where it means one.
fn plain_separator(expression: &str) -> Option<String> {
    let mut plain = String::new();
    let mut chars = expression.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => plain.push(chars.next().filter(|c| !c.is_ascii_alphanumeric())?),
            '.' | '$' | '|' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '?' | '*' | '+' => return None,
            c => plain.push(c),
        }
    }
    (!plain.is_empty()).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::plain_separator;

    #[test]
    fn separators_are_texts_or_expressions() {
        assert_eq!(plain_separator(";").as_deref(), Some(";"));
        assert_eq!(plain_separator("\\|").as_deref(), Some("|"));
        assert_eq!(plain_separator("\\s"), None);
        assert_eq!(plain_separator("[,;]"), None);
    }
}
