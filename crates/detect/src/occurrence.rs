//! Occurrences: where a program does what a place of the catalogue speaks of.

use std::collections::HashMap;

use overt_apk::manifest::ComponentKind;
use overt_catalogue::{Access, Body, Constant as Value, Naming, PlaceId, Port, Selector};
use overt_dex::FieldIdx;
use overt_flow::Ancestors;
use overt_program::{Argument, Bodies, ClassTable, Method, Site, SiteKind, body::Constant};

use crate::bound::Bound;
use crate::entry::{EntryKind, EntryPoint};
use crate::index::{CallMeaning, FieldMeaning, Index};

/// How directly an occurrence shows what it shows, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// The text stands in the initialiser of the class whose method uses such texts.
    SameClass,
    /// The text stands in the method that uses such texts.
    SameMethod,
    /// The call, field or text itself.
    Direct,
}

/// One occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// The place.
    pub place: PlaceId,
    /// Position of the method among the table's own methods.
    pub method: usize,
    /// Offset in code units.
    pub offset: u32,
    /// How directly it shows it.
    pub strength: Strength,
    /// The text that names the thing, for named places.
    pub text: Option<String>,
}

/// A URL of a network scheme that code loads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlText {
    /// Position of the method among the table's own methods.
    pub method: usize,
    /// Offset in code units.
    pub offset: u32,
    /// The text.
    pub text: String,
}

/// Everything of interest in a program.
#[derive(Debug, Default)]
pub struct Occurrences {
    /// Places, in the order of methods and offsets.
    pub places: Vec<Occurrence>,
    /// URLs, in the same order.
    pub urls: Vec<UrlText>,
}

struct AccessSite {
    method: usize,
    offset: u32,
    naming: Naming,
    access: Access,
    table: Option<String>,
    /// The text in the subject's register, where it is known.
    known: Option<String>,
}

#[derive(Default)]
struct MethodTexts {
    texts: Vec<(Naming, String)>,
    strings: Vec<String>,
}

impl MethodTexts {
    fn of(&self, naming: Naming) -> impl Iterator<Item = &str> {
        let spelt = self.strings.iter().map(String::as_str).filter(move |text| match naming {
            Naming::Uri => text.contains("://"),
            Naming::Command | Naming::Action | Naming::Setting | Naming::Property | Naming::File => {
                !text.contains("://")
            }
        });
        self.texts.iter().filter(move |(n, _)| *n == naming).map(|(_, text)| text.as_str()).chain(spelt)
    }
}

impl Occurrences {
    pub(crate) fn find(
        index: &Index<'_>,
        table: &ClassTable,
        bodies: &Bodies,
        bound: &Bound,
        ancestors: &Ancestors<'_>,
        entries: &[EntryPoint],
    ) -> Occurrences {
        let mut finder = Finder { index, table, bodies, bound, found: Occurrences::default() };
        let mut accesses: Vec<AccessSite> = Vec::new();
        let mut texts: HashMap<usize, MethodTexts> = HashMap::new();
        for method in 0..bodies.len() {
            finder.read(method, &mut accesses, &mut texts);
        }
        finder.join(&accesses, &texts);
        finder.callbacks(ancestors);
        finder.receivers(entries);
        let mut found = finder.found;
        found.places.retain(|occurrence| {
            let class = table.class(table.method(table.own_method_at(occurrence.method)).class).descriptor;
            let place = index.catalogue.place(occurrence.place);
            place.is_none_or(|place| place.not_in.is_empty() || place.counts_in(table.text(class)))
        });
        found.places.sort_by_key(|o| (o.method, o.offset, o.place, std::cmp::Reverse(o.strength)));
        found.places.dedup_by_key(|o| (o.method, o.offset, o.place));
        found
    }
}

struct Finder<'a, 'c> {
    index: &'a Index<'c>,
    table: &'a ClassTable,
    bodies: &'a Bodies,
    bound: &'a Bound,
    found: Occurrences,
}

impl Finder<'_, '_> {
    fn read(
        &mut self,
        method: usize,
        accesses: &mut Vec<AccessSite>,
        texts: &mut HashMap<usize, MethodTexts>,
    ) {
        let definition = self.table.method(self.table.own_method_at(method));
        let dex_number = usize::from(definition.dex);
        let linked = &self.table.dexes()[dex_number];
        let bound = &self.bound.dexes[dex_number];
        let constants = self.index.catalogue.named_constants();
        let named_field = |field: FieldIdx| {
            bound.fields.get(&field)?.iter().find_map(|meaning| match *meaning {
                FieldMeaning::Names(number) => constants.get(number).map(|constant| constant.text.clone()),
                FieldMeaning::Place(_) => None,
            })
        };
        for site in self.bodies.sites(self.bodies.body(method)) {
            match site.kind {
                SiteKind::Method(reference) => {
                    let Some(meanings) = bound.calls.get(&reference) else { continue };
                    let Some(key) = linked.method_key(reference) else { continue };
                    let arguments = Arguments::new(site, linked, self.table.text(key.proto), &named_field);
                    for meaning in meanings {
                        match *meaning {
                            CallMeaning::Place(place) => self.call(method, site, place, &arguments),
                            CallMeaning::Access(number) => {
                                let Some(access) = self.index.catalogue.access_methods().get(number) else {
                                    continue;
                                };
                                accesses.push(AccessSite {
                                    method,
                                    offset: site.offset,
                                    naming: access.naming,
                                    access: access.access,
                                    table: access.table.clone(),
                                    known: arguments.text(access.subject),
                                });
                            }
                        }
                    }
                }
                SiteKind::Field(field) => {
                    for meaning in bound.fields.get(&field).map_or(&[][..], |found| found) {
                        match *meaning {
                            FieldMeaning::Place(place) => self.found.places.push(Occurrence {
                                place,
                                method,
                                offset: site.offset,
                                strength: Strength::Direct,
                                text: None,
                            }),
                            FieldMeaning::Names(number) => {
                                if let Some(constant) = self.index.catalogue.named_constants().get(number) {
                                    let entry = texts.entry(method).or_default();
                                    entry.texts.push((constant.naming, constant.text.clone()));
                                }
                            }
                        }
                    }
                }
                SiteKind::String(string) => {
                    let Ok(text) = linked.dex.string(string) else { continue };
                    for place in self.index.literals(&text) {
                        self.found.places.push(Occurrence {
                            place,
                            method,
                            offset: site.offset,
                            strength: Strength::Direct,
                            text: Some(text.to_string()),
                        });
                    }
                    if text
                        .split_once("://")
                        .is_some_and(|(scheme, _)| crate::index::is_network_scheme(scheme))
                    {
                        self.found.urls.push(UrlText {
                            method,
                            offset: site.offset,
                            text: text.into_owned(),
                        });
                    } else {
                        texts.entry(method).or_default().strings.push(text.into_owned());
                    }
                }
            }
        }
    }

    fn call(&mut self, method: usize, site: &Site, place: PlaceId, arguments: &Arguments<'_>) {
        let Some(found) = self.index.catalogue.place(place) else { return };
        let Selector::Call { method: selector, conditions } = &found.selector else { return };
        if !selector.fits_prototype(arguments.proto) {
            return;
        }
        let mut text = None;
        for condition in conditions {
            let value = arguments.value(condition.argument);
            let value = match &value {
                Some(Known::Text(text)) => Some(Value::Text(text)),
                Some(Known::Number(number)) => Some(Value::Number(*number)),
                None => None,
            };
            if !condition.holds(value) {
                return;
            }
            if let Some(Value::Text(found)) = value {
                text = Some(found.to_owned());
            }
        }
        self.found.places.push(Occurrence {
            place,
            method,
            offset: site.offset,
            strength: Strength::Direct,
            text,
        });
    }

    /// Lets naming texts meet the methods at which they become effective.
    fn join(&mut self, accesses: &[AccessSite], texts: &HashMap<usize, MethodTexts>) {
        let none = MethodTexts::default();
        for site in accesses {
            if let Some(text) = &site.known {
                self.named(site, text, Strength::Direct);
                continue;
            }
            let here = texts.get(&site.method).unwrap_or(&none);
            let mut any = false;
            for text in here.of(site.naming) {
                any |= self.named(site, text, Strength::SameMethod);
            }
            if any {
                continue;
            }
            let class = self.table.class(self.table.method(self.table.own_method_at(site.method)).class);
            for number in class.methods.clone() {
                let Some(other) = self.table.own_index(overt_program::MethodId(number)) else { continue };
                let name = self.table.text(self.table.method(self.table.own_method_at(other)).name);
                if !matches!(name, "<clinit>" | "<init>") {
                    continue;
                }
                let Some(there) = texts.get(&other) else { continue };
                for text in there.of(site.naming) {
                    self.named(site, text, Strength::SameClass);
                }
            }
        }
    }

    fn named(&mut self, site: &AccessSite, text: &str, strength: Strength) -> bool {
        let mut any = false;
        for place in self.index.named(site.naming, site.access, text) {
            let Some(Selector::Named(selector)) = self.index.catalogue.place(place).map(|p| &p.selector)
            else {
                continue;
            };
            let table_fits = selector.tables.is_empty()
                || site.table.as_ref().is_none_or(|table| selector.tables.contains(table));
            if !table_fits {
                continue;
            }
            any = true;
            self.found.places.push(Occurrence {
                place,
                method: site.method,
                offset: site.offset,
                strength,
                text: Some(text.to_owned()),
            });
        }
        any
    }

    /// Methods of the package that override what the framework calls with a datum.
    fn callbacks(&mut self, ancestors: &Ancestors<'_>) {
        for (method, definition) in self.table.own_methods() {
            if definition.direct || definition.code_off == 0 {
                continue;
            }
            let candidates = self.index.callbacks(self.table.text(definition.name));
            if candidates.is_empty() {
                continue;
            }
            let class = self.table.class(definition.class).descriptor;
            let proto = self.table.text(definition.proto);
            for (selector, body, place) in candidates {
                if selector.fits_prototype(proto)
                    && body.is_none_or(|body| self.has_shape(definition, body))
                    && ancestors.is_a(class, &selector.class)
                    && let Some(index) = self.table.own_index(method)
                {
                    self.found.places.push(Occurrence {
                        place: *place,
                        method: index,
                        offset: 0,
                        strength: Strength::Direct,
                        text: None,
                    });
                }
            }
        }
    }
}

impl Finder<'_, '_> {
    /// Components that receive what a place speaks of: their `onReceive`.
    fn receivers(&mut self, entries: &[EntryPoint]) {
        for entry in
            entries.iter().filter(|entry| entry.kind == EntryKind::Component(ComponentKind::Receiver))
        {
            for place in entry.actions.iter().flat_map(|action| self.index.received(action)) {
                for class in &entry.root.classes {
                    let methods = self.table.class(*class).methods.clone().map(overt_program::MethodId);
                    let on_receive = methods
                        .filter(|method| self.table.text(self.table.method(*method).name) == "onReceive");
                    for method in on_receive.filter_map(|method| self.table.own_index(method)) {
                        self.found.places.push(Occurrence {
                            place: *place,
                            method,
                            offset: 0,
                            strength: Strength::Direct,
                            text: None,
                        });
                    }
                }
            }
        }
    }

    /// Does the body look like this?
    fn has_shape(&self, method: &Method, shape: Body) -> bool {
        let dex = &self.table.dexes()[usize::from(method.dex)].dex;
        let Ok(code) = dex.code(method.code_off) else { return false };
        let mut constant = None;
        for insn in code.instructions() {
            let Ok(insn) = insn else { return false };
            if insn.op.is_return() {
                return match shape {
                    Body::ReturnsAtOnce => true,
                    Body::ReturnsTrue => constant == Some((insn.a, 1)),
                };
            }
            // nop, moves, constants and field reads may stand before the return; anything else does something.
            match insn.op as u8 {
                0x12..=0x15 => constant = Some((insn.a, insn.literal)),
                0x00..=0x09 | 0x16..=0x1b | 0x52..=0x58 | 0x60..=0x66 => {}
                _ => return false,
            }
        }
        false
    }
}

/// A known argument.
enum Known {
    Text(String),
    Number(i64),
}

/// Constant arguments of a call by declared position.
struct Arguments<'a> {
    proto: &'a str,
    known: &'a [Argument],
    linked: &'a overt_program::classes::LinkedDex,
    /// The text that a library field stands for.
    named_field: &'a dyn Fn(FieldIdx) -> Option<String>,
    /// Register position of each declared parameter; the receiver, if any, is at 0.
    positions: Vec<u8>,
}

impl<'a> Arguments<'a> {
    fn new(
        site: &'a Site,
        linked: &'a overt_program::classes::LinkedDex,
        proto: &'a str,
        named_field: &'a dyn Fn(FieldIdx) -> Option<String>,
    ) -> Arguments<'a> {
        // The number of argument registers tells whether there is a receiver.
        let widths = parameter_widths(proto);
        let declared: u32 = widths.iter().map(|width| u32::from(*width)).sum();
        let first = u32::from(site.registers > declared);
        let mut positions = Vec::with_capacity(widths.len());
        let mut at = first;
        for width in widths {
            positions.push(u8::try_from(at).unwrap_or(u8::MAX));
            at += u32::from(width);
        }
        Arguments { proto, known: &site.arguments, linked, named_field, positions }
    }

    /// The constant of argument `number`: 0 is the receiver, 1 the first declared parameter.
    fn value(&self, number: u8) -> Option<Known> {
        let position = match number.checked_sub(1) {
            None => 0,
            Some(declared) => *self.positions.get(usize::from(declared))?,
        };
        let argument = self.known.iter().find(|argument| argument.position == position)?;
        match argument.value {
            Constant::Field(field) => (self.named_field)(field).map(Known::Text),
            Constant::String(string) => {
                self.linked.dex.string(string).ok().map(|text| Known::Text(text.into_owned()))
            }
            Constant::Number(number) => Some(Known::Number(number)),
        }
    }

    fn text(&self, port: Port) -> Option<String> {
        let number = match port {
            Port::This => 0,
            Port::Argument(number) => number,
            Port::Return | Port::Parameter(_) => return None,
        };
        match self.value(number)? {
            Known::Text(text) => Some(text),
            Known::Number(_) => None,
        }
    }
}

/// Registers that each declared parameter of a prototype takes.
fn parameter_widths(proto: &str) -> Vec<u8> {
    let mut widths = Vec::new();
    let mut chars = proto.strip_prefix('(').unwrap_or("").chars();
    while let Some(c) = chars.next() {
        match c {
            ')' => break,
            'J' | 'D' => widths.push(2),
            'L' => {
                widths.push(1);
                chars.by_ref().find(|c| *c == ';');
            }
            '[' => {
                widths.push(1);
                let mut inner = c;
                while inner == '[' {
                    match chars.next() {
                        Some(next) => inner = next,
                        None => break,
                    }
                }
                if inner == 'L' {
                    chars.by_ref().find(|c| *c == ';');
                }
            }
            _ => widths.push(1),
        }
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::parameter_widths;

    #[test]
    fn wide_parameters_take_two_registers() {
        assert_eq!(parameter_widths("(IJLjava/lang/String;[[J[Lp/C;D)V"), [1, 2, 1, 1, 1, 2]);
        assert!(parameter_widths("()V").is_empty());
        assert_eq!(parameter_widths("(["), [1]);
    }
}
