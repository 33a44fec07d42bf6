//! The catalogue's places, indexed by what a DEX shows first: names of methods and fields, and texts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use overt_catalogue::{Access, Body, Catalogue, MethodSelector, NamedSelector, Naming, PlaceId, Selector};

/// What a call to a method of some name may mean.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CallMeaning {
    /// One of the catalogue's places.
    Place(PlaceId),
    /// A method at which a text that names something becomes effective (position in the catalogue's list).
    Access(usize),
}

/// What a field may mean.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FieldMeaning {
    /// One of the catalogue's places.
    Place(PlaceId),
    /// A constant that names something (position in the catalogue's list).
    Names(usize),
}

/// A named place, with what must be done with the thing named.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NamedPlace<'c> {
    pub place: PlaceId,
    pub selector: &'c NamedSelector,
}

/// What overriding a library method may mean: the method, the shape its body must have, and the place.
pub(crate) type CallbackMeaning<'c> = (&'c MethodSelector, Option<Body>, PlaceId);

/// The index; made once a scan.
#[derive(Debug)]
pub struct Index<'c> {
    /// The catalogue.
    pub catalogue: &'c Catalogue,
    methods: HashMap<&'c str, Vec<(&'c MethodSelector, CallMeaning)>>,
    callbacks: HashMap<&'c str, Vec<CallbackMeaning<'c>>>,
    fields: HashMap<&'c str, Vec<(&'c str, FieldMeaning)>>,
    received: HashMap<&'c str, Vec<PlaceId>>,
    literals: Vec<(&'c [String], &'c [String], PlaceId)>,
    named: BTreeMap<Naming, Vec<NamedPlace<'c>>>,
    /// First words of commands.
    commands: BTreeSet<&'c str>,
    /// Whole texts of actions, settings and properties.
    exact: BTreeSet<&'c str>,
    /// Prefixes of properties.
    prefixes: Vec<&'c str>,
    /// Authorities of content URIs.
    authorities: BTreeSet<&'c str>,
}

impl<'c> Index<'c> {
    /// Indexes `catalogue`.
    #[must_use]
    pub fn new(catalogue: &'c Catalogue) -> Index<'c> {
        let mut index = Index {
            catalogue,
            methods: HashMap::new(),
            callbacks: HashMap::new(),
            fields: HashMap::new(),
            received: HashMap::new(),
            literals: Vec::new(),
            named: BTreeMap::new(),
            commands: BTreeSet::new(),
            exact: BTreeSet::new(),
            prefixes: Vec::new(),
            authorities: BTreeSet::new(),
        };
        for (id, _, place) in catalogue.places() {
            match &place.selector {
                Selector::Call { method, .. } => index.add_call(method, CallMeaning::Place(id)),
                Selector::Callback { method, body } => {
                    for name in &method.names {
                        index.callbacks.entry(name).or_default().push((method, *body, id));
                    }
                }
                Selector::Received(actions) => {
                    for action in actions {
                        index.received.entry(action).or_default().push(id);
                    }
                }
                Selector::Literal { starts_with, except } => index.literals.push((starts_with, except, id)),
                Selector::Field { class, names } => {
                    for name in names {
                        index.fields.entry(name).or_default().push((class, FieldMeaning::Place(id)));
                    }
                }
                Selector::Named(selector) => index.add_named(id, selector),
            }
        }
        for (number, access) in catalogue.access_methods().iter().enumerate() {
            index.add_call(&access.method, CallMeaning::Access(number));
        }
        for (number, constant) in catalogue.named_constants().iter().enumerate() {
            index
                .fields
                .entry(&constant.name)
                .or_default()
                .push((&constant.class, FieldMeaning::Names(number)));
        }
        index
    }

    fn add_call(&mut self, method: &'c MethodSelector, meaning: CallMeaning) {
        for name in &method.names {
            self.methods.entry(name).or_default().push((method, meaning));
        }
    }

    fn add_named(&mut self, place: PlaceId, selector: &'c NamedSelector) {
        self.named.entry(selector.naming).or_default().push(NamedPlace { place, selector });
        for text in &selector.texts {
            match selector.naming {
                Naming::Uri => {
                    let authority = text.strip_prefix("content://").unwrap_or(text);
                    self.authorities.insert(authority.split('/').next().unwrap_or(authority));
                }
                Naming::Command => {
                    self.commands.extend(text.split_whitespace().next());
                }
                Naming::Property | Naming::File => match text.split_once('*') {
                    Some((prefix, _)) => self.prefixes.push(prefix),
                    None => {
                        self.exact.insert(text);
                    }
                },
                Naming::Action | Naming::Setting => {
                    self.exact.insert(text);
                }
            }
        }
    }

    /// What calls to methods of this name may mean.
    pub(crate) fn calls(&self, name: &str) -> &[(&'c MethodSelector, CallMeaning)] {
        self.methods.get(name).map_or(&[], |found| found)
    }

    /// What overriding methods of this name may mean.
    pub(crate) fn callbacks(&self, name: &str) -> &[CallbackMeaning<'c>] {
        self.callbacks.get(name).map_or(&[], |found| found)
    }

    /// Places that are receivers of this broadcast.
    pub(crate) fn received(&self, action: &str) -> &[PlaceId] {
        self.received.get(action).map_or(&[], |found| found)
    }

    /// Places that are text constants of this form.
    pub(crate) fn literals(&self, text: &str) -> impl Iterator<Item = PlaceId> {
        self.literals
            .iter()
            .filter(move |(starts, except, _)| {
                starts.iter().any(|start| text.starts_with(start.as_str()))
                    && !except.iter().any(|start| text.starts_with(start.as_str()))
            })
            .map(|(_, _, place)| *place)
    }

    /// What fields of this name may mean, with the class they belong to.
    pub(crate) fn fields(&self, name: &str) -> &[(&'c str, FieldMeaning)] {
        self.fields.get(name).map_or(&[], |found| found)
    }

    /// Named places that the text may fit when `access` is done with what it names.
    pub(crate) fn named(&self, naming: Naming, access: Access, text: &str) -> impl Iterator<Item = PlaceId> {
        self.named
            .get(&naming)
            .into_iter()
            .flatten()
            .filter(move |named| named.selector.access == access && named.selector.fits(text))
            .map(|named| named.place)
    }

    /// Is the text worth remembering? A quick no for nearly all texts of a DEX.
    #[must_use]
    pub fn is_interesting(&self, text: &str) -> bool {
        if text.len() > 4096 {
            return false;
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            return scheme == "content" && {
                let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
                self.authorities.contains(authority)
            } || is_network_scheme(scheme)
                || self.literals(text).next().is_some();
        }
        self.exact.contains(text)
            || self.authorities.contains(text)
            || self.literals(text).next().is_some()
            || self.prefixes.iter().any(|prefix| text.starts_with(prefix))
            || text.split([' ', '\n', ';', '|', '&', '"', '\'']).any(|word| {
                let name = word.rsplit_once('/').map_or(word, |(_, name)| name);
                self.commands.contains(name)
            })
    }
}

/// Schemes of URLs that name a place on a network.
#[must_use]
pub fn is_network_scheme(scheme: &str) -> bool {
    matches!(scheme, "http" | "https" | "ftp" | "ftps" | "ws" | "wss" | "tcp" | "udp" | "mqtt")
}
