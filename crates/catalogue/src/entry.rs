//! Entries: what a word of the contract means, and the places that show it.

use std::ops::Range;

use crate::place::{Access, Defaults, Noise, Place, PlaceId, Port, read_places};
use crate::read::Section;

/// `data/<word>.toml`: what a datum is and where it is handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataEntry {
    /// The word of the contract.
    pub word: String,
    /// A noun phrase for titles: "the IMEI".
    pub noun: String,
    /// What it is, in one plain sentence.
    pub says: String,
    /// What the owner can do about it.
    pub reset: String,
    /// 1 state of the device, 2 resettable or coarse, 3 lifelong identifiers, call metadata, location, 4 content.
    pub sensitivity: u8,
    /// Permissions that go with it: they corroborate and are never proof.
    pub permissions: Vec<String>,
    pub(crate) places: Range<u32>,
}

/// `effects/<word>.toml`: what an effect does and where it happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectEntry {
    /// The word of the contract.
    pub word: String,
    /// A verb phrase for titles: "run shell commands".
    pub verb: String,
    /// What it does, in one plain sentence.
    pub says: String,
    /// 1 ordinary, 2 disturbing, 3 takes control of a part, 4 takes control of the phone.
    pub power: u8,
    /// Permissions that go with it.
    pub permissions: Vec<String>,
    /// Whether nearly every app does it.
    pub noise: Noise,
    pub(crate) places: Range<u32>,
}

/// `sinks/<name>.toml` and `sources/<name>.toml`: a channel to or from the outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelEntry {
    /// Name of the channel: `network`, `sms`, `log` …
    pub name: String,
    /// What it is, in one plain sentence.
    pub says: String,
    pub(crate) places: Range<u32>,
}

/// Whose place it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// A datum is handed out there.
    Data(String),
    /// An effect happens there.
    Effect(String),
    /// Data leaves there.
    Sink(String),
    /// Something from outside arrives there.
    Source(String),
    /// A behaviour that brings its own places.
    Behaviour(String),
}

/// The places of all files, in one dense table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    pub(crate) all: Vec<Place>,
    pub(crate) owners: Vec<Owner>,
}

impl Places {
    /// Reads the places of a file and gives them to `owner`.
    pub(crate) fn read(&mut self, file: &Section<'_, '_>, owner: &Owner, defaults: &Defaults) -> Range<u32> {
        let start = self.all.len();
        read_places(file, defaults, &mut self.all);
        self.owners.resize(self.all.len(), owner.clone());
        position(start)..position(self.all.len())
    }

    pub(crate) fn range(&self, range: &Range<u32>) -> impl Iterator<Item = (PlaceId, &Place)> {
        range.clone().filter_map(|index| Some((PlaceId(index), self.all.get(index as usize)?)))
    }
}

fn position(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

impl DataEntry {
    pub(crate) fn read(word: &str, file: Section<'_, '_>, places: &mut Places) -> DataEntry {
        let defaults = Defaults::read(&file, Some(Access::Read));
        let range = places.read(&file, &Owner::Data(word.to_owned()), &defaults);
        let entry = DataEntry {
            word: word.to_owned(),
            noun: file.required("noun").value.to_owned(),
            says: file.required("says").value.to_owned(),
            reset: file.required("reset").value.to_owned(),
            sensitivity: file.required_number("sensitivity", 1..=4),
            permissions: read_permissions(&file),
            places: range.clone(),
        };
        for (_, place) in places.range(&range) {
            if !place.carries.is_empty() {
                file.reading.error(file.at, "\"carries\" belongs to effects and sinks", None);
            }
        }
        file.finish();
        entry
    }
}

impl EffectEntry {
    pub(crate) fn read(word: &str, file: Section<'_, '_>, places: &mut Places) -> EffectEntry {
        let defaults = Defaults::read(&file, None);
        let range = places.read(&file, &Owner::Effect(word.to_owned()), &defaults);
        let entry = EffectEntry {
            word: word.to_owned(),
            verb: file.required("verb").value.to_owned(),
            says: file.required("says").value.to_owned(),
            power: file.required_number("power", 1..=4),
            permissions: read_permissions(&file),
            noise: defaults.noise,
            places: range.clone(),
        };
        for (_, place) in places.range(&range) {
            if place.gives.is_some() {
                file.reading.error(file.at, "\"gives\" belongs to data and sources", None);
            }
        }
        file.finish();
        entry
    }
}

impl ChannelEntry {
    pub(crate) fn read(
        name: &str,
        file: Section<'_, '_>,
        owner: &Owner,
        places: &mut Places,
    ) -> ChannelEntry {
        let defaults = Defaults::read(&file, None);
        let range = places.read(&file, owner, &defaults);
        let entry = ChannelEntry {
            name: name.to_owned(),
            says: file.required("says").value.to_owned(),
            places: range.clone(),
        };
        let inbound = matches!(owner, Owner::Source(_));
        for (_, place) in places.range(&range) {
            if inbound && place.gives.is_none() || !inbound && place.carries.is_empty() {
                let key = if inbound { "gives" } else { "carries" };
                file.reading.error(file.at, format!("line {}: \"{key}\" is missing", place.line), None);
            }
        }
        file.finish();
        entry
    }
}

/// `[[permission]] name = …`: what goes with the word.
fn read_permissions(file: &Section<'_, '_>) -> Vec<String> {
    let mut permissions = Vec::new();
    for section in file.sections("permission") {
        permissions.extend(section.required_texts("name").iter().map(|text| text.value.to_owned()));
        section.finish();
    }
    permissions
}

/// A port that a place must have, with a fallback so that reading can go on.
pub(crate) fn required_port(section: &Section<'_, '_>, key: &'static str) -> Port {
    let text = section.required(key);
    crate::place::read_port(section, text).unwrap_or(Port::Argument(1))
}
