//! The whole catalogue, loaded.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use overt_base::Digest;

use crate::access::{AccessMethod, NamedConstant};
use crate::behaviour::Behaviour;
use crate::entry::{ChannelEntry, DataEntry, EffectEntry, Owner, Places};
use crate::entrypoint::EntryPoints;
use crate::error::{CatalogueError, CatalogueErrors};
use crate::gate::{GateRule, GateWord};
use crate::indicator::Indicator;
use crate::model::{self, Models};
use crate::neighbour::nearest;
use crate::place::{Naming, Noise, Place, PlaceId, Selector};
use crate::read::{Reading, Section, canonical_digest};
use crate::trigger::{TriggerRule, TriggerWord};
use crate::vocabulary::Vocabulary;

include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Why a catalogue could not be loaded.
#[derive(Debug)]
pub enum LoadError {
    /// The folder or a file in it cannot be read.
    Unreadable {
        /// Path as given, with the file.
        path: String,
        /// The system's reason.
        reason: io::Error,
    },
    /// Files contain mistakes.
    Wrong(CatalogueErrors),
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LoadError::Unreadable { path, reason } => write!(f, "{path}: {reason}"),
            LoadError::Wrong(errors) => errors.fmt(f),
        }
    }
}

impl std::error::Error for LoadError {}

/// The knowledge: immutable once loaded; everything is iterated in sorted order.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    digest: Digest,
    vocabulary: Vocabulary,
    places: Places,
    data: BTreeMap<String, DataEntry>,
    effects: BTreeMap<String, EffectEntry>,
    sinks: BTreeMap<String, ChannelEntry>,
    sources: BTreeMap<String, ChannelEntry>,
    access_methods: Vec<AccessMethod>,
    named_constants: Vec<NamedConstant>,
    entry_points: EntryPoints,
    trigger_words: BTreeMap<String, TriggerWord>,
    trigger_rules: Vec<TriggerRule>,
    gate_words: BTreeMap<String, GateWord>,
    gate_rules: Vec<GateRule>,
    behaviours: BTreeMap<String, Behaviour>,
    indicators: BTreeMap<String, Indicator>,
    models: Models,
}

impl Catalogue {
    /// The catalogue that this program was built with.
    ///
    /// # Panics
    /// Never in a build whose tests passed: they load it.
    #[must_use]
    #[allow(
        clippy::panic,
        reason = "a build whose catalogue is wrong fails its own tests and is never shipped"
    )]
    pub fn builtin() -> Catalogue {
        let models = MODELS.iter().map(|(class, text)| (Cow::Borrowed(*class), Cow::Borrowed(*text)));
        match Catalogue::from_parts(FILES.iter().copied(), Some(Models::new(models))) {
            Ok(catalogue) => catalogue,
            Err(errors) => panic!("the catalogue of this build is wrong:\n{errors}"),
        }
    }

    /// A catalogue from a folder laid out like `/catalogue`.
    ///
    /// # Errors
    /// When a file cannot be read or contains a mistake; all mistakes are reported at once.
    pub fn load(folder: &Path) -> Result<Catalogue, LoadError> {
        let mut files = Vec::new();
        list(folder, "", &mut files)?;
        files.sort();
        let files = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        Catalogue::from_files(files).map_err(LoadError::Wrong)
    }

    /// A catalogue from texts: pairs of a name relative to the catalogue's folder, with `/`, and a content.
    ///
    /// # Errors
    /// All mistakes in all files.
    pub fn from_files<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Catalogue, CatalogueErrors> {
        Catalogue::from_parts(files, None)
    }

    /// As [`Catalogue::from_files`], where the models may already be at hand.
    fn from_parts<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
        models: Option<Models>,
    ) -> Result<Catalogue, CatalogueErrors> {
        let mut files: Vec<(&str, &str)> = files.into_iter().collect();
        files.sort_unstable();
        // The vocabulary comes first: other files are held against it.
        files.sort_by_key(|(name, _)| *name != "vocab.toml");
        let mut catalogue = Catalogue::default();
        let mut errors = Vec::new();
        let mut digests = Vec::new();
        let mut modelled = Vec::new();
        let mut seen = model::read::Seen::default();
        for (name, text) in files {
            let reading = Reading::new(name, text);
            if let Some(table) = reading.parse() {
                if name.starts_with(MODEL_FOLDER) {
                    named_right(&reading, name);
                    model::read::check(Section::new(&reading, table.get_ref(), 0..0), &mut seen);
                    errors.extend(reading.into_errors());
                    modelled.push(table);
                    continue;
                }
                digests.push((name, canonical_digest(table.get_ref())));
                catalogue.read(name, Section::new(&reading, table.get_ref(), 0..0));
            }
            errors.extend(reading.into_errors());
        }
        catalogue.check_whole(&mut errors);
        for (class, file, line) in seen.circles() {
            let (file, line) = (file.to_owned(), usize::try_from(line).unwrap_or(0));
            let message = format!("{class} is like itself");
            errors.push(CatalogueError { file, line, column: 1, message, meant: None });
        }
        if !errors.is_empty() {
            errors.sort();
            return Err(CatalogueErrors(errors));
        }
        let models = models.unwrap_or_else(|| {
            let classes = model::compact::compact(modelled.iter().map(|table| table.get_ref()));
            Models::new(classes.into_iter().map(|(class, text)| (Cow::Owned(class), Cow::Owned(text))))
        });
        if !models.is_empty() {
            digests.push((MODEL_FOLDER, models.digest()));
        }
        catalogue.models = models;
        catalogue.models.set_platform(&catalogue.entry_points.platform);
        digests.sort_unstable();
        catalogue.digest = Digest::of_parts(
            digests.iter().flat_map(|(name, digest)| [name.as_bytes(), digest.0.as_slice()]),
        );
        Ok(catalogue)
    }

    fn read(&mut self, name: &str, file: Section<'_, '_>) {
        let stem = name.strip_suffix(".toml").unwrap_or(name);
        let parts: Vec<&str> = stem.split('/').collect();
        named_right(file.reading, stem);
        match parts.as_slice() {
            ["vocab"] => self.vocabulary = Vocabulary::read(file),
            ["data", word] => {
                self.known(&file, word, "data word", &self.vocabulary.data);
                let entry = DataEntry::read(word, file, &mut self.places);
                self.data.insert(entry.word.clone(), entry);
            }
            ["effects", word] => {
                self.known(&file, word, "effect word", &self.vocabulary.effects);
                let entry = EffectEntry::read(word, file, &mut self.places);
                self.effects.insert(entry.word.clone(), entry);
            }
            ["sinks", name] => {
                let owner = Owner::Sink((*name).to_owned());
                let entry = ChannelEntry::read(name, file, &owner, &mut self.places);
                self.sinks.insert(entry.name.clone(), entry);
            }
            ["sources", name] => {
                let owner = Owner::Source((*name).to_owned());
                let entry = ChannelEntry::read(name, file, &owner, &mut self.places);
                self.sources.insert(entry.name.clone(), entry);
            }
            ["access", name] => match Naming::ALL.into_iter().find(|naming| naming.as_str() == *name) {
                Some(naming) => {
                    crate::access::read(naming, file, &mut self.access_methods, &mut self.named_constants);
                }
                None => {
                    let meant = nearest(name, Naming::ALL.map(Naming::as_str));
                    file.reading.error(0, format!("unknown kind of name \"{name}\""), meant);
                }
            },
            ["entrypoints", _] => self.entry_points.read(file),
            ["platform", "subtypes"] => self.entry_points.platform.read_subtypes(file),
            ["platform", "protected"] => self.entry_points.platform.read_protected(file),
            ["platform", name @ ("interfaces" | "overridable")] => {
                self.entry_points.platform.read_methods(name, file);
            }
            ["triggers", kind] => {
                self.known(&file, kind, "trigger word", &self.vocabulary.triggers);
                let word = crate::trigger::read(kind, file, &mut self.trigger_rules);
                self.trigger_words.insert(word.kind.clone(), word);
            }
            ["gates", kind] => {
                self.known(&file, kind, "gate word", &self.vocabulary.gates);
                let word = crate::gate::read(kind, file, &mut self.gate_rules);
                self.gate_words.insert(word.kind.clone(), word);
            }
            ["behaviours", theme, slug] => {
                self.known(&file, theme, "theme", &self.vocabulary.themes);
                let behaviour =
                    Behaviour::read(&format!("{theme}/{slug}"), file, &self.vocabulary, &mut self.places);
                self.behaviours.insert(behaviour.id.clone(), behaviour);
            }
            ["indicators", slug] => {
                let indicator = Indicator::read(slug, file);
                self.indicators.insert(indicator.slug.clone(), indicator);
            }
            [folder, ..] => {
                let meant = nearest(folder, FOLDERS.iter().copied());
                file.reading.error(0, format!("no file is expected at \"{name}\""), meant);
            }
            [] => {}
        }
    }

    fn known(&self, file: &Section<'_, '_>, word: &str, what: &str, known: &[String]) {
        if !known.iter().any(|k| k == word) {
            let meant = nearest(word, known.iter().map(String::as_str));
            file.reading.error(0, format!("the file is named after no {what}: \"{word}\""), meant);
        }
    }

    /// What only all files together show.
    fn check_whole(&self, errors: &mut Vec<CatalogueError>) {
        for (class, supertype) in self.entry_points.unlisted() {
            errors.push(CatalogueError {
                file: "entrypoints".to_owned(),
                line: 0,
                column: 0,
                message: format!("{class} extends {supertype}, which no file lists"),
                meant: nearest(supertype, self.entry_points.classes.keys().map(String::as_str)),
            });
        }
    }

    /// The digest of what the catalogue says: comments, blanks and order of keys do not count.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The words that files may use.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// All data, sorted by word.
    pub fn data(&self) -> impl Iterator<Item = &DataEntry> {
        self.data.values()
    }

    /// The datum of this word.
    #[must_use]
    pub fn datum(&self, word: &str) -> Option<&DataEntry> {
        self.data.get(word)
    }

    /// All effects, sorted by word.
    pub fn effects(&self) -> impl Iterator<Item = &EffectEntry> {
        self.effects.values()
    }

    /// The effect of this word.
    #[must_use]
    pub fn effect(&self, word: &str) -> Option<&EffectEntry> {
        self.effects.get(word)
    }

    /// All channels by which data leaves, sorted by name.
    pub fn sinks(&self) -> impl Iterator<Item = &ChannelEntry> {
        self.sinks.values()
    }

    /// All channels by which something arrives, sorted by name.
    pub fn sources(&self) -> impl Iterator<Item = &ChannelEntry> {
        self.sources.values()
    }

    /// Methods at which naming texts become effective.
    #[must_use]
    pub fn access_methods(&self) -> &[AccessMethod] {
        &self.access_methods
    }

    /// Library fields that hold naming texts.
    #[must_use]
    pub fn named_constants(&self) -> &[NamedConstant] {
        &self.named_constants
    }

    /// What Android calls by itself.
    #[must_use]
    pub fn entry_points(&self) -> &EntryPoints {
        &self.entry_points
    }

    /// What each trigger word means, sorted.
    pub fn trigger_words(&self) -> impl Iterator<Item = &TriggerWord> {
        self.trigger_words.values()
    }

    /// All rules that show triggers, by trigger word and line.
    #[must_use]
    pub fn trigger_rules(&self) -> &[TriggerRule] {
        &self.trigger_rules
    }

    /// What a gate word means.
    #[must_use]
    pub fn gate_word(&self, kind: &str) -> Option<&GateWord> {
        self.gate_words.get(kind)
    }

    /// What each gate word means, sorted.
    pub fn gate_words(&self) -> impl Iterator<Item = &GateWord> {
        self.gate_words.values()
    }

    /// All rules that show gates, by gate word.
    #[must_use]
    pub fn gate_rules(&self) -> &[GateRule] {
        &self.gate_rules
    }

    /// All behaviours, sorted by id.
    pub fn behaviours(&self) -> impl Iterator<Item = &Behaviour> {
        self.behaviours.values()
    }

    /// The behaviour with this id.
    #[must_use]
    pub fn behaviour(&self, id: &str) -> Option<&Behaviour> {
        self.behaviours.get(id)
    }

    /// All indicators, sorted by slug.
    pub fn indicators(&self) -> impl Iterator<Item = &Indicator> {
        self.indicators.values()
    }

    /// What library methods do with values.
    #[must_use]
    pub fn models(&self) -> &Models {
        &self.models
    }

    /// Every place of every file, with whose it is; ids are dense and in this order.
    pub fn places(&self) -> impl Iterator<Item = (PlaceId, &Owner, &Place)> {
        self.places
            .all
            .iter()
            .zip(&self.places.owners)
            .enumerate()
            .filter_map(|(index, (place, owner))| Some((PlaceId(u32::try_from(index).ok()?), owner, place)))
    }

    /// How many places there are.
    #[must_use]
    pub fn place_count(&self) -> usize {
        self.places.all.len()
    }

    /// The place with this id.
    ///
    /// # Errors
    /// `None` for an id of another catalogue.
    #[must_use]
    pub fn place(&self, id: PlaceId) -> Option<&Place> {
        self.places.all.get(id.index())
    }

    /// Whose place it is.
    #[must_use]
    pub fn owner(&self, id: PlaceId) -> Option<&Owner> {
        self.places.owners.get(id.index())
    }

    /// The places of a datum.
    pub fn places_of_datum<'a>(&'a self, entry: &DataEntry) -> impl Iterator<Item = (PlaceId, &'a Place)> {
        self.places.range(&entry.places)
    }

    /// The places of an effect.
    pub fn places_of_effect<'a>(&'a self, entry: &EffectEntry) -> impl Iterator<Item = (PlaceId, &'a Place)> {
        self.places.range(&entry.places)
    }

    /// The places of a channel.
    pub fn places_of_channel<'a>(
        &'a self,
        entry: &ChannelEntry,
    ) -> impl Iterator<Item = (PlaceId, &'a Place)> {
        self.places.range(&entry.places)
    }

    /// The places a behaviour brings itself.
    pub fn places_of_behaviour<'a>(
        &'a self,
        entry: &Behaviour,
    ) -> impl Iterator<Item = (PlaceId, &'a Place)> {
        self.places.range(&entry.places)
    }

    /// For each method name, the places that are calls or callbacks of a method so named, sorted by name and id: what is
    /// needed to hold the method table of a DEX file against the catalogue in one pass.
    #[must_use]
    pub fn methods_by_name(&self) -> BTreeMap<&str, Vec<PlaceId>> {
        let mut index: BTreeMap<&str, Vec<PlaceId>> = BTreeMap::new();
        for (id, _, place) in self.places() {
            let (Selector::Call { method, .. } | Selector::Callback { method, .. }) = &place.selector else {
                continue;
            };
            for name in &method.names {
                index.entry(name).or_default().push(id);
            }
        }
        index
    }

    /// How bad a finding of this behaviour is on this rung, as a word of the contract.
    ///
    /// `data` and `effects` are the words that the finding concerns, `noise` is the lowest noise among its places, `holds`
    /// says which facts hold for its subject. Without a severity of its own the behaviour takes the highest of its data and
    /// effects; then its shifts are applied. A *capability* at noisy places only stays `info` unless a shift for a fact
    /// raises it.
    #[must_use]
    pub fn severity(
        &self,
        behaviour: &Behaviour,
        rung: &str,
        data: &[&str],
        effects: &[&str],
        noise: Noise,
        holds: &dyn Fn(&str) -> bool,
    ) -> &str {
        let words = &self.vocabulary.severities;
        let rank = |word: &str| words.iter().position(|w| w == word).unwrap_or(0);
        let step = |table: &BTreeMap<String, Vec<String>>, level: u8| {
            let row = table.get(rung);
            row.and_then(|row| row.get(usize::from(level).saturating_sub(1))).map_or(0, |word| rank(word))
        };
        let of_data = data.iter().filter_map(|word| self.datum(word));
        let of_data = of_data.map(|entry| step(&self.vocabulary.data_severity, entry.sensitivity)).max();
        let of_effects = effects.iter().filter_map(|word| self.effect(word));
        let of_effects = of_effects.map(|entry| step(&self.vocabulary.effect_severity, entry.power)).max();
        let mut severity = match behaviour.severity.get(rung) {
            Some(word) => rank(word),
            None => of_data.max(of_effects).unwrap_or(0),
        };
        if noise == Noise::High && rung == "capability" && !behaviour.severity.contains_key(rung) {
            severity = 0;
        }
        for shift in &behaviour.shifts {
            let applies = (shift.rungs.is_empty() || shift.rungs.iter().any(|r| r == rung))
                && shift.facts.iter().all(|fact| holds(fact));
            if applies {
                severity =
                    severity.saturating_add_signed(isize::from(shift.by)).min(words.len().saturating_sub(1));
            }
        }
        words.get(severity).map_or("info", String::as_str)
    }
}

/// Where the models are; each file there speaks of a family of classes.
const MODEL_FOLDER: &str = "models/";

/// Remarks names of files and folders that break the rule for names.
fn named_right(reading: &Reading<'_>, name: &str) {
    let right = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
    };
    if let Some(part) = name.strip_suffix(".toml").unwrap_or(name).split('/').find(|part| !right(part)) {
        reading.error(0, format!("\"{part}\": names are lower case, digits, - and _"), None);
    }
}

/// The folders of the catalogue.
const FOLDERS: &[&str] = &[
    "data",
    "effects",
    "sinks",
    "sources",
    "access",
    "entrypoints",
    "triggers",
    "gates",
    "behaviours",
    "indicators",
    "models",
];

fn list(root: &Path, below: &str, files: &mut Vec<(String, String)>) -> Result<(), LoadError> {
    let folder = root.join(below);
    let unreadable =
        |path: &Path, reason: io::Error| LoadError::Unreadable { path: path.display().to_string(), reason };
    for entry in fs::read_dir(&folder).map_err(|reason| unreadable(&folder, reason))? {
        let entry = entry.map_err(|reason| unreadable(&folder, reason))?;
        let path = entry.path();
        let kind = entry.file_type().map_err(|reason| unreadable(&path, reason))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let name = if below.is_empty() { name } else { format!("{below}/{name}") };
        if kind.is_dir() {
            list(root, &name, files)?;
        } else if name.ends_with(".toml") {
            let text = fs::read_to_string(&path).map_err(|reason| unreadable(&path, reason))?;
            files.push((name, text));
        }
    }
    Ok(())
}
